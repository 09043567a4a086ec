# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One small qf function per op: exported, checked, run by onnxruntime and by
quench-run, and imported again, to integers. Codes may differ by `slack` (0: none).

    ops.py OUT int8|uint8 [NAME...]
"""

import pathlib
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

X = "!quant.uniform<i8:f32, 3.125000e-02:-5>"  # of inputs
STEP = np.float32(0.047)  # no power of two, so that products are rounded
Y = "!quant.uniform<i8:f32, %.17e:3>" % STEP  # of results

random = np.random.default_rng(5)


def tensor(shape, element="f32"):
    return "tensor<%s%s>" % ("".join("%dx" % s for s in shape), element)


def dense(array):
    element = {"int8": "i8", "int32": "i32", "float32": "f32"}[array.dtype.name]
    return 'dense<"0x%s"> : %s' % (
        np.ascontiguousarray(array).tobytes().hex().upper(),
        tensor(array.shape, element))


def codes(*shape, low=-127, high=127, dtype=np.int8):
    return random.integers(low, high + 1, shape).astype(dtype)


def filters(shape, bias=True, axis=True, groups=1):
    """%w and %b, with scales per channel; `groups` that have the same ones."""
    n = shape[0]
    scales = np.tile(np.float32(random.uniform(0.002, 0.01, n // groups)), groups)
    each = scales if axis else scales[:1]
    of = lambda s: ("{%s}" if axis else "%s") % ",".join("%.17e" % v for v in s)
    colon = ":0" if axis else ""
    text = ("%%w = qf.constant %s as !quant.uniform<i8<-127:127>:f32%s, %s> : %s\n"
            % (dense(codes(*shape)), colon, of(each), tensor(shape)))
    if bias:
        sums = np.float32(0.03125) * each
        text += ("%%b = qf.constant %s as !quant.uniform<i32:f32%s, %s> : %s\n" % (
            dense(codes(n, low=-4000, high=4000, dtype=np.int32)), colon, of(sums),
            tensor((n,))))
    return text


NCHW = (1, 6, 9, 8)
NHWC = (1, 9, 8, 6)
PICTURE = "%p = nn.transpose %x perm [0, 2, 3, 1] : ({}) -> {}\n".format(
    tensor(NCHW), tensor(NHWC))


def window(op, result, before=""):
    """An op on a picture %p, its result %y of NHWC shape `result`."""
    n, h, w, c = result
    return (PICTURE + before + "%y = " + op + "\n"
            + "%%q = qf.fake_quant %%y as %s : %s\n" % (Y, tensor(result))
            + "%%r = nn.transpose %%q perm [0, 3, 1, 2] : (%s) -> %s\n" % (
                tensor(result), tensor((n, c, h, w)))), (n, c, h, w)


def moved(op, result, grid=X):
    """The same for an op whose result is on the grid of %p."""
    text, shape = window(op, result)
    return text.replace(Y, grid), shape


def plain(op, result, before=""):
    """An op on %x as it is."""
    return before + "%%y = %s\n%%r = qf.fake_quant %%y as %s : %s\n" % (
        op, Y, tensor(result)), result


def unary(name, attrs=""):
    t = tensor(NCHW)
    return plain("nn.%s %%x %s : %s" % (name, attrs, t), NCHW)


def conv(shape, result, extra, bias=True, axis=True, clamp=""):
    operands = ["%p", "%w"] + ["%b"] * bias
    types = [tensor(NHWC), tensor(shape)] + [tensor(shape[:1])] * bias
    return window("nn.conv2d %s strides %s %s %s : (%s) -> %s" % (
        ", ".join(operands), extra[0], clamp, extra[1], ", ".join(types),
        tensor(result)), result, filters(shape, bias, axis))


def transposed(shape, result, groups=1):
    return window(
        "nn.conv_transpose2d %%p, %%w, %%b strides [2, 1] pads [1, 0, 0, 1] "
        "{groups = %d : i64, output_pads = array<i64: 1, 0>} : (%s, %s, %s) -> %s" % (
            groups, tensor(NHWC), tensor(shape), tensor(shape[:1]), tensor(result)),
        result, filters(shape, groups=groups))


def linear(shape, k, n, clamp=""):
    result = shape[:-1] + (n,)
    before = "%%v = nn.reshape %%x : (%s) -> %s\n" % (tensor(NCHW), tensor(shape))
    return plain("nn.linear %%v, %%w, %%b %s : (%s, %s, %s) -> %s" % (
        clamp, tensor(shape), tensor((n, k)), tensor((n,)), tensor(result)), result,
        before + filters((n, k)))


P = tensor(NHWC)
A = "as !quant.uniform<i8:f32, 1.562500e-02>"
POOL = "kernel [3, 2] strides [2, 1] pads [1, 0, 1, 1]"

# name -> (body and shape of %r, by how much codes may differ, operators expected).
# None: onnxruntime (1.32) breaks the model when it fuses the operator; what is
# exported is a dilated AveragePool, for which it has no QLinearAveragePool.
OPS = {
    "conv": (conv((4, 3, 2, 6), (1, 5, 8, 4),
                  ("[2, 1] pads [1, 0, 1, 1]", "")), 0, {"Conv": 1}),
    "conv_no_bias": (conv((4, 1, 1, 6), (1, 9, 8, 4),
                          ("[1, 1] pads [0, 0, 0, 0]", ""), bias=False), 0,
                     {"Conv": 1}),
    "conv_per_tensor": (conv((4, 1, 1, 6), (1, 9, 8, 4),
                             ("[1, 1] pads [0, 0, 0, 0]", ""), axis=False), 0,
                        {"Conv": 1}),
    "depthwise": (conv((12, 3, 3, 1), (1, 5, 4, 12),
                       ("[1, 1] pads [0, 0, 0, 0]",
                        "{dilations = array<i64: 2, 2>, groups = 6 : i64}")), 0,
                  {"Conv": 1}),
    # 3 is the zero point of the result: relu cuts codes, relu6 at the top too;
    # what lies outside the grid needs no operator.
    "conv_relu": (conv((4, 1, 1, 6), (1, 9, 8, 4), ("[1, 1] pads [0, 0, 0, 0]", ""),
                       clamp="clamp [0.0, inf]"), 0, {"Conv": 1, "Relu": 1}),
    "conv_clip": (conv((4, 1, 1, 6), (1, 9, 8, 4), ("[1, 1] pads [0, 0, 0, 0]", ""),
                       clamp="clamp [-0.5, 1.7]"), 0, {"Conv": 1, "Clip": 1}),
    "conv_open": (conv((4, 1, 1, 6), (1, 9, 8, 4), ("[1, 1] pads [0, 0, 0, 0]", ""),
                       clamp="clamp [-9.0, 8.0]"), 0, {"Conv": 1, "Clip": 0}),
    "conv_transpose": (transposed((4, 3, 2, 6), (1, 19, 8, 4)), 1,
                       {"ConvTranspose": 1}),
    "conv_transpose_groups": (transposed((4, 3, 2, 3), (1, 19, 8, 4), 2), 1,
                              {"ConvTranspose": 1}),
    "linear": (linear((6, 72), 72, 5), 0, {"Gemm": 1}),
    "linear_rank3": (linear((2, 3, 72), 72, 5, "clamp [0.0, inf]"), 0,
                     {"Gemm": 1, "Relu": 1}),
    "linear_vector": (linear((432,), 432, 24), 0, {"Gemm": 1}),
    "matmul": (plain("nn.matmul %%a, %%t : (%s, %s) -> %s" % (
        tensor((1, 6, 9, 8)), tensor((1, 6, 8, 9)), tensor((1, 6, 9, 9))),
        (1, 6, 9, 9),
        "%%a = nn.reshape %%x : (%s) -> %s\n" % (tensor(NCHW), tensor(NCHW))
        + "%%t = nn.transpose %%x perm [0, 1, 3, 2] : (%s) -> %s\n" % (
            tensor(NCHW), tensor((1, 6, 8, 9)))), 0,
        {"MatMul": 1, "Transpose": 1}),
    "max_pool": (moved("nn.max_pool2d %%p %s : (%s) -> %s" % (
        POOL, P, tensor((1, 5, 8, 6))), (1, 5, 8, 6)), 0, {"MaxPool": 1}),
    "max_pool_ceil": (moved("nn.max_pool2d %%p kernel [2, 2] strides [2, 2] "
                            "pads [0, 0, 0, 0] {ceil_mode = true} : (%s) -> %s" % (
                                P, tensor((1, 5, 4, 6))), (1, 5, 4, 6)), 0,
                      {"MaxPool": 1}),
    "avg_pool": (window("nn.avg_pool2d %%p %s : (%s) -> %s" % (
        POOL, P, tensor((1, 5, 8, 6))), (1, 5, 8, 6)), 1, {"AveragePool": 1}),
    "avg_pool_include": (window(
        "nn.avg_pool2d %%p %s {count_include_pad = true} : (%s) -> %s" % (
            POOL, P, tensor((1, 5, 8, 6))), (1, 5, 8, 6)), 1, {"AveragePool": 1}),
    "avg_pool_dilated": (window(
        "nn.avg_pool2d %%p kernel [2, 2] strides [1, 1] pads [0, 0, 0, 0] "
        "{dilations = array<i64: 2, 2>} : (%s) -> %s" % (
            P, tensor((1, 7, 6, 6))), (1, 7, 6, 6)), None, {"AveragePool": 1}),
    "global_average": (window("nn.reduce_mean %%p axes [1, 2] : (%s) -> %s" % (
        P, tensor((1, 1, 1, 6))), (1, 1, 1, 6)), 0, {"GlobalAveragePool": 1}),
    "reduce_mean": (plain("nn.reduce_mean %%p axes [1, 3] {keepdims = false} : "
                          "(%s) -> %s" % (P, tensor((1, 8))), (1, 8), PICTURE), 1,
                    {"ReduceMean": 1, "Transpose": 0}),
    "reduce_sum": (window("nn.reduce_sum %%p axes [3] : (%s) -> %s" % (
        P, tensor((1, 9, 8, 1))), (1, 9, 8, 1)), 1, {"ReduceSum": 1}),
    "reduce_max": (moved("nn.reduce_max %%p axes [1] : (%s) -> %s" % (
        P, tensor((1, 1, 8, 6))), (1, 1, 8, 6)), 0, {"ReduceMax": 1}),
    "add": (window("nn.add %%p, %%p : (%s, %s) -> %s" % (P, P, P), NHWC), 1,
            {"Add": 1}),
    "add_clamp": (window("nn.add %%p, %%p clamp [0.0, inf] : (%s, %s) -> %s" % (
        P, P, P), NHWC), 1, {"Add": 1, "Relu": 1}),
    "sub_rows": (window("nn.sub %%p, %%c : (%s, %s) -> %s" % (
        P, tensor((8, 1)), P), NHWC,
        "%%c = qf.constant %s %s : %s\n" % (dense(codes(8, 1)), A, tensor((8, 1)))),
        1, {"Sub": 1, "Transpose": 0}),
    "mul_channels": (window("nn.mul %%c, %%p : (%s, %s) -> %s" % (
        tensor((6,)), P, P), NHWC,
        "%%c = qf.constant %s %s : %s\n" % (dense(codes(6)), A, tensor((6,)))), 1,
        {"Mul": 1, "Transpose": 0}),
    # An activation of lower rank.
    "mul_gate": (window("nn.mul %%p, %%g : (%s, %s) -> %s" % (
        P, tensor((8, 6)), P), NHWC,
        "%%s = nn.slice %%p starts [0, 2, 0, 0] sizes [1, 1, 8, 6] steps [1, 1, 1, 1]"
        " : (%s) -> %s\n%%g = nn.reshape %%s : (%s) -> %s\n" % (
            P, tensor((1, 1, 8, 6)), tensor((1, 1, 8, 6)), tensor((8, 6)))), 1,
        {"Mul": 1}),
    "relu": (unary("relu"), 1, {"Relu": 1}),
    "clip": (unary("clip", "{min = -1.0 : f32, max = 2.0 : f32}"), 1, {"Clip": 1}),
    "leaky_relu": (unary("leaky_relu", "{alpha = 0.1 : f32}"), 1, {"LeakyRelu": 1}),
    "sigmoid": (unary("sigmoid"), 1, {"Sigmoid": 1}),
    "tanh": (unary("tanh"), 1, {"Tanh": 1}),
    "hard_sigmoid": (unary("hard_sigmoid", "{alpha = 0.16 : f32, beta = 0.4 : f32}"),
                     1, {"HardSigmoid": 1}),
    "hard_swish": (unary("hard_swish"), 1, {"HardSwish": 1}),
    "silu": (unary("silu"), 1, {"Sigmoid": 1, "Mul": 1}),
    "gelu": (unary("gelu"), 1, {"Gelu": 1}),
    "gelu_tanh": (unary("gelu", "{approximate = true}"), 1, {"Gelu": 1}),
    "erf": (unary("erf"), 1, {"Erf": 1}),
    "exp": (unary("exp"), 1, {"Exp": 1}),
    "abs": (unary("abs"), 1, {"Abs": 1}),
    "sqrt": (plain("nn.sqrt %%a : %s" % tensor(NCHW), NCHW,
                   "%%n = nn.abs %%x : %s\n%%a = qf.fake_quant %%n as %s : %s\n" % (
                       tensor(NCHW), Y, tensor(NCHW))), 1, {"Sqrt": 1}),
    "prelu": (window("nn.prelu %%p, %%s : (%s, %s) -> %s" % (P, tensor((6,)), P),
                     NHWC, "%%s = nn.constant dense<[%s]> : %s\n" % (
                         ", ".join("%.3f" % (0.1 * i) for i in range(6)),
                         tensor((6,)))), 1, {"PRelu": 1, "Transpose": 0}),
    "concat": (moved("nn.concat %%p, %%p axis 3 : (%s, %s) -> %s" % (
        P, P, tensor((1, 9, 8, 12))), (1, 9, 8, 12)), 0, {"Concat": 1}),
    "slice": (moved("nn.slice %%p starts [0, 7, 1, 5] sizes [1, 4, 3, 6] "
                    "steps [1, -2, 2, -1] : (%s) -> %s" % (P, tensor((1, 4, 3, 6))),
                    (1, 4, 3, 6)), 0, {"Slice": 1}),
    "pad": (moved("nn.pad %%p low [0, 1, 0, 2] high [0, 0, 3, 0] "
                  "{value = 1.0 : f32} : (%s) -> %s" % (P, tensor((1, 10, 11, 8))),
                  (1, 10, 11, 8)), 0, {"Pad": 1}),
    "pad_reflect": (moved("nn.pad %%p low [0, 1, 2, 0] high [0, 2, 0, 0] "
                          '{mode = "reflect"} : (%s) -> %s' % (
                              P, tensor((1, 12, 10, 6))), (1, 12, 10, 6)), 0,
                    {"Pad": 1}),
    "resize_nearest": (moved(
        'nn.resize %%p mode "nearest" coordinates "asymmetric" scales [2.0, 1.5] '
        '{rounding = "floor"} : (%s) -> %s' % (P, tensor((1, 18, 12, 6))),
        (1, 18, 12, 6)), 0, {"Resize": 1}),
    "resize_sizes": (moved(
        'nn.resize %%p mode "nearest" coordinates "half_pixel" '
        "scales [1.2222222, 0.875] : (%s) -> %s" % (P, tensor((1, 11, 7, 6))),
        (1, 11, 7, 6)), 0, {"Resize": 1}),
    "resize_linear": (window(
        'nn.resize %%p mode "linear" coordinates "half_pixel" scales [2.0, 2.0] '
        ": (%s) -> %s" % (P, tensor((1, 18, 16, 6))), (1, 18, 16, 6)), 1,
        {"Resize": 1}),
    "softmax": (window("nn.softmax %%p axis 3 : %s" % P, NHWC), 1,
                {"Softmax": 1, "Transpose": 0}),
    "layer_norm": (window(
        "nn.layer_norm %%p, %%s, %%b axis 3 {epsilon = 1.0e-5 : f32} : (%s, %s, %s) "
        "-> %s" % (P, tensor((6,)), tensor((6,)), P), NHWC,
        "%%s = nn.constant dense<%s> : %s\n%%b = nn.constant dense<%s> : %s\n" % (
            [1.0, 0.5, 2.0, 1.5, 1.0, 0.75], tensor((6,)),
            [0.0, 0.5, -0.5, 0.25, 0.0, 1.0], tensor((6,)))), 1,
        {"LayerNormalization": 1, "Transpose": 2}),
    "arg_max": (("%p0 = nn.transpose %x perm [0, 2, 3, 1] : ({0}) -> {1}\n"
                 "%r = nn.arg_max %p0 axis 3 {{keepdims = false}} : ({1}) -> {2}\n"
                 ).format(tensor(NCHW), P, tensor((1, 9, 8), "i64")), 0,
                {"ArgMax": 1, "Transpose": 0}),
    "requantize": (("%%r = qf.fake_quant %%x as %s : %s\n" % (Y, tensor(NCHW)),
                    NCHW), 1, {"QuantizeLinear": 2}),
    "reshape_flatten": (("%%y = nn.reshape %%p : (%s) -> %s\n%%r = nn.reshape %%y : "
                         "(%s) -> %s\n" % (P, tensor((72, 6)), tensor((72, 6)),
                                           tensor((432,))), (432,)), 0,
                        {"Reshape": 1, "Transpose": 1}),
    "identity": (("%%r = nn.transpose %%p perm [0, 3, 1, 2] : (%s) -> %s\n" % (
        P, tensor(NCHW)), NCHW), 0, {"Transpose": 0, "Identity": 0}),
}
OPS["arg_max"] = ((OPS["arg_max"][0], (1, 9, 8)),) + OPS["arg_max"][1:]
for name in ("reshape_flatten", "identity"):
    (body, shape), *rest = OPS[name]
    OPS[name] = ((PICTURE + body, shape), *rest)


def check(name, out, kind):
    (body, shape), slack, operators = OPS[name]
    element = "i64" if name == "arg_max" else "f32"
    source = out / (name + ".mlir")
    source.write_text(
        'func.func @main(%%i: %s {quench.name = "in"}) -> (%s {quench.name = "out"}) '
        "{\n%%x = qf.fake_quant %%i as %s : %s\n%sreturn %%r : %s\n}\n" % (
            tensor(NCHW), tensor(shape, element), X, tensor(NCHW), body,
            tensor(shape, element)))
    path = out / (name + ".onnx")
    subprocess.run(["quench", "quantize", source, "--quiet",
                    "--export-qdq=%s" % path, "--qdq-type=" + kind], check=True)
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    for given in model.graph.node:
        if given.op_type == "QuantizeLinear":
            zero, = (c for c in model.graph.initializer if c.name == given.input[2])
            assert numpy_helper.to_array(zero).dtype == kind
    for operator, count in operators.items():
        found = sum(n.op_type == operator for n in model.graph.node)
        assert found == count, "%s: %d times %s" % (name, found, operator)
    for border, sizes in ((model.graph.input[0], NCHW), (model.graph.output[0], shape)):
        assert [d.dim_value for d in border.type.tensor_type.shape.dim] == list(sizes)
    assert model.graph.input[0].name == "in" and model.graph.output[0].name == "out"

    # Every code of the input's grid, and both sides of it.
    x = np.float32(random.integers(-140, 140, NCHW) * 0.03125)
    np.save(out / "in.npy", x)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.add_session_config_entry("session.x64quantprecision", "1")
    if slack is None:
        options.graph_optimization_level = (
            onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL)
    theirs, = onnxruntime.InferenceSession(
        model.SerializeToString(), options).run(None, {"in": x})

    def quench(path, level):
        lowered = out / "lowered.mlir"
        subprocess.run(["quench", "compile", path, "--emit=" + level, "--quiet",
                        "--no-optimize", "-o", lowered], check=True)
        subprocess.run(["quench-run", lowered, "--input", out / "in.npy",
                        "--output-dir", out], check=True)
        return np.load(out / "out.npy")

    ours = quench(source, "qf")
    step = 1.0 if name == "arg_max" else STEP
    assert ours.shape == theirs.shape and len(np.unique(ours)) > 3, name
    difference = np.rint(np.abs(np.float64(ours) - theirs) / step)
    print("%-22s opset %d: %d of %d codes differ" % (
        name, model.opset_import[0].version, (difference != 0).sum(), ours.size))
    assert difference.max() <= (1 if slack is None else slack), (
        name, difference.max())
    again = quench(path, "q")
    assert np.array_equal(ours, again), (name, "imported again")


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    wrong = []
    for name in sys.argv[3:] or OPS:
        try:
            check(name, out, sys.argv[2])
        except Exception as error:
            wrong.append(name)
            print("WRONG", name, str(error)[-600:])
    print("%d ops, %d wrong" % (len(sys.argv[3:] or OPS), len(wrong)))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
