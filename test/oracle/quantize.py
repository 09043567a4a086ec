# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""q.quantize and q.dequantize against QuantizeLinear and DequantizeLinear."""

import numpy as np
from onnx import TensorProto, helper

from oracle import F32, act, clamp, half_away, judge, rne, run_onnx, run_quench, tensor


def quantize(title, x, scale, zero, may_agree=()):
    x = x.astype(F32)
    node = helper.make_node("QuantizeLinear", ["x", "s", "z"], ["y"])
    (theirs,) = run_onnx([node], {"x": x}, [("y", TensorProto.INT8)],
                         {"s": F32(scale), "z": np.int8(zero)})
    ty, tx = tensor(x.shape, act(F32(scale), zero)), tensor(x.shape, "f32")
    (ours,) = run_quench(
        "func.func @main(%%x: %s) -> %s {\n  %%y = q.quantize %%x : (%s) -> %s\n"
        "  return %%y : %s\n}\n" % (tx, ty, tx, ty, ty), [x])
    s = F32(scale)
    judge(title, ours, theirs, {
        "f32_rne": clamp(rne(x / s) + zero),
        "ties away from zero": clamp(half_away(x / s) + zero),
        "rounding after the zero point": clamp(rne(x / s + F32(zero))),
        "product with the inverse": clamp(rne(x * (F32(1) / s)) + zero),
    }, may_agree=may_agree)


def dequantize(title, scale, zero):
    x = np.arange(-128, 128).astype(np.int8)
    node = helper.make_node("DequantizeLinear", ["x", "s", "z"], ["y"])
    (theirs,) = run_onnx([node], {"x": x}, [("y", TensorProto.FLOAT)],
                         {"s": F32(scale), "z": np.int8(zero)})
    tx, ty = tensor(x.shape, act(F32(scale), zero)), tensor(x.shape, "f32")
    (ours,) = run_quench(
        "func.func @main(%%x: %s) -> %s {\n  %%y = q.dequantize %%x : (%s) -> %s\n"
        "  return %%y : %s\n}\n" % (tx, ty, tx, ty, ty), [x])
    s = F32(scale)
    judge(title, ours.view(np.int32), theirs.view(np.int32), {
        "f32_rne": ((x.astype(F32) - F32(zero)) * s).view(np.int32),
        "two products": (x.astype(F32) * s - F32(zero) * s).view(np.int32),
    })


# A power of two as scale, an odd zero point, and all multiples of half a step.
half_steps = np.arange(-300, 300) * 0.25
quantize("quantize ties", half_steps, 0.5, 3, may_agree=["product with the inverse"])

# Values next to a half of a scale that is no power of two: the quotient and the
# product with the inverse fall on different sides.
scale = F32(0.1)
near = ((np.arange(-120, 120) + 0.5) * 0.1).astype(F32)
near = np.concatenate([near, np.nextafter(near, F32(0)), np.nextafter(near, F32(99))])
quantize("quantize next to halves", near, scale, 3)

for s, z in ((0.1, 3), (0.0123, -128), (7.7e-5, 127)):
    dequantize("dequantize scale %g zero %d" % (s, z), s, z)
