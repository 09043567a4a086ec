# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# seeds.py <tests> <onnx folder> <mlir folder>: writes the seed corpora. ONNX
# seeds are small models that reach every handler of the importer, and hostile
# variants; MLIR seeds are the test files, cut at their "// -----" lines.

import os
import sys

import numpy as np

tests, onnx_folder, mlir_folder = sys.argv[1:]
sys.path.insert(0, os.path.join(tests, "compiler", "import", "onnx", "Inputs"))
sys.argv[1] = onnx_folder
from build import Graph, TensorProto, numpy_helper, ramp  # noqa: E402

f, i64 = np.float32, np.int64
for folder in (onnx_folder, mlir_folder):
    os.makedirs(folder, exist_ok=True)


def ints(g, name, *values):
    return g.const(name, np.array(values, i64))


def convolutions():
    g = Graph()
    x = g.input("x", ["N", 2, 6, 6])
    c = g.node("Conv", x, g.const("w", ramp(4, 2, 3, 3)), g.const("b", ramp(4)),
               strides=[2, 1], pads=[1, 1, 0, 1], dilations=[1, 1], group=1)
    n = g.node("BatchNormalization", c, *[g.const("n%d" % k, ramp(4)) for k in range(4)])
    r = g.node("Clip", n, g.const("lo", f(0)), g.const("hi", f(6)))
    t = g.node("ConvTranspose", r, g.const("t", ramp(4, 1, 2, 2)), group=2, strides=[2, 2])
    m = g.node("MaxPool", t, kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)
    a = g.node("AveragePool", m, kernel_shape=[3, 3], auto_pad="SAME_LOWER")
    p = g.node("GlobalAveragePool", a)
    g.save("convolutions", g.node("Gemm", g.node("Flatten", p), g.const("g", ramp(2, 3))))


def movement():
    g = Graph(18)
    x = g.input("x", [1, 4, 6, 6])
    s = g.node("Slice", x, ints(g, "s", 1), ints(g, "e", 5), ints(g, "a", 2), ints(g, "t", 2))
    q = g.node("Split", s, ints(g, "q", 1, 3), outputs=2, axis=1)
    c = g.node("Concat", q[1], q[0], axis=-3)
    p = g.node("Pad", c, ints(g, "p", 0, 0, 1, 1, 0, 0, 1, 1), mode="reflect")
    z = g.node("Resize", p, "", g.const("z", f([1, 1, 2, 2])), mode="linear")
    t = g.node("Transpose", z, perm=[0, 2, 3, 1])
    r = g.node("Reshape", t, ints(g, "r", 1, -1, 4))
    k = g.node("Gather", r, ints(g, "k", 0, 2), axis=1)
    g.save("movement", g.node("Unsqueeze", k, ints(g, "u", 1)), g.node("Softmax", r))


def arithmetic():
    g = Graph(20)
    x = g.input("x", [2, 3, 4])
    y = g.node("Mul", g.node("Add", x, g.const("c", ramp(3, 1))), x)
    y = g.node("Div", g.node("Sub", y, g.const("d", f(2))), g.const("e", f([3])))
    y = g.node("PRelu", y, g.const("p", ramp(4)))
    for op in ("Relu", "Sigmoid", "Tanh", "Erf", "Exp", "Sqrt", "Abs", "HardSwish", "Neg"):
        y = g.node(op, y)
    y = g.node("Gelu", g.node("HardSigmoid", g.node("LeakyRelu", y)), approximate="tanh")
    y = g.node("LayerNormalization", y, g.const("s", ramp(4)), g.const("o", ramp(4)))
    y = g.node("MatMul", y, g.node("Transpose", y, perm=[0, 2, 1]))
    y = g.node("MatMul", g.node("Pow", y, g.const("two", f(2))), g.const("m", ramp(3, 2)))
    r = g.node("ReduceMean", y, ints(g, "axis", -1), keepdims=0)
    g.save("arithmetic", g.node("ReduceMax", r), g.node("ArgMax", y, axis=1))


def shapes():
    g = Graph(9, ir_version=3)
    x = g.input("x", [2, 3, 4])
    g.input(g.const("w", ramp(5, 12)), [5, 12])
    zero = g.node("Constant", value=numpy_helper.from_array(np.array(0)))
    size = g.node("Gather", g.node("Shape", x), zero)
    rest = g.node("ConstantOfShape", ints(g, "one", 1), value=numpy_helper.from_array(i64([-1])))
    shape = g.node("Concat", g.node("Unsqueeze", size, axes=[0]), rest, axis=0)
    g.save("shapes", g.node("Gemm", g.node("Reshape", x, shape), "w", g.const("b", f(1)), transB=1))

    g = Graph(17)
    r = g.node("Range", g.const("a", f(0)), g.const("b", f(9)), g.const("c", f(2)))
    t = g.node("Transpose", g.node("Reshape", r, ints(g, "s", 5, 1)), perm=[1, 0])
    e = g.node("Expand", g.node("Cast", g.node("Cast", t, to=7), to=1), ints(g, "x", 3, 5))
    w = g.node("Where", g.node("Greater", e, t), e, g.node("Min", e, t))
    g.save("folding", g.node("ReduceSum", g.node("Slice", w, ints(g, "f", 1), ints(g, "l", 9))))


def quantized():
    g = Graph(13)
    x = g.input("x", [1, 2, 4, 4])
    s, z = g.const("s", f(0.5)), g.const("z", np.uint8(3))
    q = g.node("DequantizeLinear", g.node("QuantizeLinear", x, s, z), s, z)
    w = g.node("DequantizeLinear", g.const("w", np.int8(ramp(2, 2, 1, 1))),
               g.const("ws", f([1, 2])), g.const("wz", np.int8([0, 0])), axis=0)
    b = g.node("DequantizeLinear", g.const("b", np.int32([1, -1])), g.const("bs", f([0.5, 1])),
               axis=0)
    y = g.node("QuantizeLinear", g.node("Conv", q, w, b), s, z)
    m = g.node("MaxPool", y, kernel_shape=[2, 2])
    g.save("quantized", g.node("DequantizeLinear", m, s, z))


def hostile():
    g = Graph()
    x = g.input("x", [4])
    big = TensorProto(name="big", data_type=TensorProto.FLOAT, dims=[2**62, 4])
    g.initializers = [big]
    g.save("hostile_dims", g.node("Add", x, "big"))
    g = Graph()
    g.save("hostile_fill", g.node("ConstantOfShape", ints(g, "n", 2**40, 2**40)))
    g = Graph()
    x = g.input("x", [1, 1, 4, 4])
    w = g.const("w", ramp(1, 1, 3, 3))
    big = 2**63 - 1
    g.save("hostile_window", g.node("Conv", x, w, pads=[big] * 4, strides=[big] * 2),
           g.node("MaxPool", x, kernel_shape=[big, 1]),
           g.node("Reshape", x, ints(g, "s", -(2**63), -1)),
           g.node("Softmax", x, axis=-(2**63)),
           g.node("Slice", x, ints(g, "b", -(2**63)), ints(g, "e", big), ints(g, "a", 0),
                  ints(g, "t", -(2**63))))
    g = Graph()
    y = g.node("Relu", "b", name="a")
    g.save("hostile_cycle", g.node("Relu", y, name="b"))


for write in (convolutions, movement, arithmetic, shapes, quantized, hostile):
    write()

count = 0
for folder, _, names in sorted(os.walk(tests)):
    for name in sorted(names):
        if not name.endswith(".mlir"):
            continue
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            parts = file.read().split("// -----")
        for part in parts:
            text = "\n".join(
                line for line in part.splitlines() if not line.lstrip().startswith("//")
            )
            if 0 < len(text) < 4096:
                with open(os.path.join(mlir_folder, "%04d.mlir" % count), "w") as file:
                    file.write(text)
                count += 1
