# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Prints a qf graph in which 8-bit and 16-bit tensors meet in every kind of op.
#
#   int16_graph.py [--channels N] > graph.mlir
#
# Scales are arbitrary floats, weights full-size random codes; each 16-bit type
# is as wide as the sums of its readers allow (spec Q-WRAP).

import argparse

import numpy as np

rng = np.random.default_rng(16)
lines = []
tensors = {}  # name -> (shape, type)
count = 0


def f32(x):
    return float(np.float32(x))


def s8(scale, zero=0):
    return ("i8", f32(scale), zero)


def s16(scale, reach=32767):
    return (f"i16<{-reach}:{reach}>" if reach < 32767 else "i16", f32(scale), 0)


def text(kind, width=None):
    storage, scale, zero = kind
    return f"!quant.uniform<{storage}:f32, {scale!r}" + (
        f":{zero}>" if zero else ">")


def shape_text(shape):
    return "tensor<" + "".join(f"{n}x" for n in shape) + "f32>"


def fresh():
    global count
    count += 1
    return f"%{count}"


def emit(what, operands, shape, attributes=""):
    """A float op; its result has to be rounded."""
    name = fresh()
    types = ", ".join(shape_text(tensors[o][0]) for o in operands)
    lines.append(f"{name} = nn.{what.format(*operands)} {attributes} : "
                 f"({types}) -> {shape_text(shape)}")
    tensors[name] = (shape, None)
    return name


def unary(what, operand, attributes=""):
    name = fresh()
    shape = tensors[operand][0]
    lines.append(f"{name} = nn.{what} {operand} {attributes} : "
                 f"{shape_text(shape)}")
    tensors[name] = (shape, None)
    return name


def quantized(value, kind, label):
    name = fresh()
    shape = tensors[value][0]
    lines.append(f"{name} = qf.fake_quant {value} as {text(kind)} : "
                 f'{shape_text(shape)} loc("{label}")')
    tensors[name] = (shape, kind)
    return name


def constant(codes, bits, scales, axis=True):
    name = fresh()
    scales = [f32(s) for s in scales]
    storage = f"i{bits}" + ("<-127:127>" if bits == 8 else "")
    per_axis = ":0" if axis else ""
    inside = ", ".join(repr(s) for s in scales)
    inside = "{" + inside + "}" if axis else inside
    kind = f"!quant.uniform<{storage}:f32{per_axis}, {inside}>"
    shape = list(codes.shape)
    lines.append(f"{name} = qf.constant dense<{codes.tolist()}> : "
                 f"tensor<{'x'.join(map(str, shape))}xi{bits}> as {kind} : "
                 f"{shape_text(shape)}")
    tensors[name] = (shape, None)
    return name


def filtered(op, x, shape, filter_shape, options):
    """A filter and a bias for a conv or linear on x."""
    sx = tensors[x][1][1]
    channels = filter_shape[0]
    w = rng.integers(-127, 128, filter_shape)
    sw = [f32(s) for s in rng.uniform(0.002, 0.01, channels)]
    b = rng.integers(-(1 << 20), 1 << 20, channels)
    filters = constant(w, 8, sw)
    bias = constant(b, 32, [np.float32(sx) * np.float32(s) for s in sw])
    return emit(op + " {0}, {1}, {2}" + options, [x, filters, bias], shape)


def build(c):
    x = "%x"
    tensors[x] = ([1, 9, 9, 3], None)
    q8 = quantized(x, s8(0.031, -7), "input8")
    q16 = quantized(x, s16(0.0001, 8191), "input16")
    conv = " strides [{}, {}] pads [1, 1, 1, 1]"

    # Convolutions: 8 to 16, 16 to 16, depthwise, 16 to 8.
    a = quantized(filtered("conv2d", q8, [1, 9, 9, c], [c, 3, 3, 3],
                           conv.format(1, 1)), s16(0.0003, 20000), "conv8to16")
    b = quantized(filtered("conv2d", q16, [1, 9, 9, c], [c, 3, 3, 3],
                           conv.format(1, 1)), s16(0.0004, 8191), "conv16")
    d = quantized(filtered("conv2d", a, [1, 9, 9, c], [c, 3, 3, 1],
                           conv.format(1, 1) + f" {{{{groups = {c} : i64}}}}"),
                  s16(0.0007, 8191), "depthwise16")
    e = quantized(filtered("conv2d", d, [1, 9, 9, c], [c, 1, 1, c],
                           " strides [1, 1] pads [0, 0, 0, 0]"),
                  s8(0.07, 11), "conv16to8")
    f = quantized(filtered("conv2d", b, [1, 9, 9, c], [c, 3, 3, c],
                           conv.format(1, 1) + " clamp [0.0, 6.0]"),
                  s16(0.0002, 8191), "dense16")

    # Sums and products of both widths, with a convolution to fuse.
    s = quantized(emit("add {0}, {1}", [e, f], [1, 9, 9, c]),
                  s16(0.0005, 32767), "sum8and16")
    t = quantized(emit("sub {0}, {1}", [s, d], [1, 9, 9, c]),
                  s16(0.0006, 8191), "difference16")
    u = quantized(emit("mul {0}, {1}", [t, e], [1, 9, 9, c]),
                  s8(0.3, 3), "product16to8")
    v = quantized(emit("add {0}, {1}", [
        quantized(filtered("conv2d", u, [1, 9, 9, c], [c, 1, 1, c],
                           " strides [1, 1] pads [0, 0, 0, 0]"),
                  s16(0.001), "fused16"), t], [1, 9, 9, c]),
        s16(0.001, 8191), "residual16")

    # Functions: interpolated, and tables of wide entries.
    g = quantized(unary("sigmoid", v), s16(1 / 32768, 16383), "sigmoid16")
    h = quantized(unary("tanh", e), s16(1 / 32768, 8191), "tanh8to16")
    i = quantized(unary("silu", t), s8(0.02, -100), "silu16to8")
    name = fresh()
    slopes = ", ".join(repr(f32(z)) for z in rng.uniform(-0.5, 0.5, c))
    lines.append(f"{name} = nn.constant dense<[{slopes}]> : tensor<{c}xf32>")
    tensors[name] = ([c], None)
    j = quantized(emit("prelu {0}, {1}", [s, name], [1, 9, 9, c]),
                  s16(0.0005, 8191), "prelu16")
    k = quantized(quantized(j, s8(0.05, -3), "requantize16to8"),
                  s16(0.0004, 8191), "requantize8to16")

    # Pools, movement, resizing.
    m = emit("max_pool2d {0} kernel [3, 3] strides [2, 2] pads [1, 1, 1, 1]",
             [k], [1, 5, 5, c])
    n = quantized(emit("avg_pool2d {0} kernel [3, 3] strides [2, 2] pads "
                       "[1, 1, 1, 1]", [h], [1, 5, 5, c]),
                  s16(0.0004, 8191), "average16")
    o = emit("concat {0}, {1} axis 3", [m, n], [1, 5, 5, 2 * c])
    p = emit("slice {0} starts [0, 1, 0, 1] sizes [1, 4, 5, {1}] steps "
             "[1, 1, 1, 1]".replace("{1}", str(2 * c - 2)), [o],
             [1, 4, 5, 2 * c - 2])
    r = emit("pad {0} low [0, 0, 1, 0] high [0, 1, 0, 0]", [p],
             [1, 5, 6, 2 * c - 2])
    w = emit("transpose {0} perm [0, 2, 1, 3]", [r], [1, 6, 5, 2 * c - 2])
    # Moved tensors keep the grid of what they move.
    for moved in (m, o, p, r, w):
        tensors[moved] = (tensors[moved][0], tensors[k][1])
    y = quantized(emit('resize {0} mode "linear" coordinates "half_pixel" '
                       "scales [2.0, 1.6]", [w], [1, 12, 8, 2 * c - 2]),
                  s16(0.0004, 8191), "linear16")
    z = quantized(emit('resize {0} mode "linear" coordinates "align_corners" '
                       "scales [0.75, 0.75]", [y], [1, 9, 6, 2 * c - 2]),
                  s8(0.03, 20), "linear16to8")
    near = emit('resize {0} mode "nearest" coordinates "asymmetric" '
                "scales [2.0, 2.0]", [w], [1, 12, 10, 2 * c - 2])
    tensors[near] = (tensors[near][0], tensors[k][1])
    up = quantized(filtered("conv_transpose2d", near, [1, 23, 19, c],
                            [c, 3, 3, 2 * c - 2], conv.format(2, 2)),
                   s8(0.2, 5), "transposed16to8")

    # Reductions and matrix products.
    mean = quantized(emit("reduce_mean {0} axes [1, 2]", [y],
                          [1, 1, 1, 2 * c - 2]), s16(0.0003, 8191), "mean16")
    sums = quantized(emit("reduce_sum {0} axes [2]", [z],
                          [1, 9, 1, 2 * c - 2]),
                     s16(0.003, min(8191, (2**31 - 1) // (8191 * (2 * c - 2)))),
                     "sum8to16")
    left = emit("reshape {0}", [sums], [9, 2 * c - 2])
    tensors[left] = (tensors[left][0], tensors[sums][1])
    right = emit("reshape {0}", [mean], [2 * c - 2, 1])
    tensors[right] = (tensors[right][0], tensors[mean][1])
    product = quantized(emit("matmul {0}, {1}", [left, right], [9, 1]),
                        s16(0.004, 32767), "matmul16")
    largest = emit("reduce_max {0} axes [1, 2]", [i], [1, 1, 1, c])
    tensors[largest] = (tensors[largest][0], tensors[i][1])
    dense = quantized(filtered("linear", mean, [1, 1, 1, 10],
                               [10, 2 * c - 2], ""),
                      s16(0.0005), "linear16out")
    soft = unary("softmax", dense, "axis 3")
    index = fresh()
    lines.append(f"{index} = nn.arg_max {dense} axis 3 : "
                 f"({shape_text([1, 1, 1, 10])}) -> tensor<1x1x1x1xi64>")
    return [g, up, product, largest, dense, soft], index


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--channels", type=int, default=6)
    outputs, index = build(parser.parse_args().channels)
    types = [shape_text(tensors[o][0]) for o in outputs] + [
        "tensor<1x1x1x1xi64>"]
    print(f"func.func @main(%x: {shape_text(tensors['%x'][0])}) -> "
          f"({', '.join(types)}) {{")
    for line in lines:
        print("  " + line)
    print(f"  return {', '.join(outputs + [index])} : {', '.join(types)}\n}}")


if __name__ == "__main__":
    main()
