# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""q.max_pool2d against MaxPool on int8, q.reduce_mean over the picture against
QLinearGlobalAveragePool (com.microsoft)."""

import numpy as np
from onnx import TensorProto, helper

from oracle import F32, act, clamp, half_away, judge, rne, run_onnx, run_quench, tensor

random = np.random.default_rng(11)


def max_pool(title, x, kernel, strides, pads, dilations, ceil_mode):
    node = helper.make_node("MaxPool", ["x"], ["y"], kernel_shape=kernel,
                            strides=strides, pads=pads, dilations=dilations,
                            ceil_mode=ceil_mode)
    (theirs,) = run_onnx([node], {"x": x.transpose(0, 3, 1, 2).copy()},
                         [("y", TensorProto.INT8)])
    theirs = theirs.transpose(0, 2, 3, 1)
    tx, ty = (tensor(shape, act(0.5, 3)) for shape in (x.shape, theirs.shape))
    (ours,) = run_quench("""
func.func @main(%%x: %s) -> %s {
  %%y = q.max_pool2d %%x kernel %s strides %s pads %s
     {dilations = array<i64: %d, %d>, ceil_mode = %s} : (%s) -> %s
  return %%y : %s
}
""" % (tx, ty, list(kernel), list(strides), list(pads), dilations[0], dilations[1],
       "true" if ceil_mode else "false", tx, ty, ty), [x])

    def padded_with(code):
        p = np.pad(x, ((0, 0), (pads[0], pads[2] + 8), (pads[1], pads[3] + 8), (0, 0)),
                   constant_values=code)
        y = np.full(theirs.shape, -128, np.int8)
        for i in range(kernel[0]):
            for j in range(kernel[1]):
                r, c = i * dilations[0], j * dilations[1]
                y = np.maximum(y, p[:, r:r + strides[0] * y.shape[1]:strides[0],
                                    c:c + strides[1] * y.shape[2]:strides[1]])
        return y

    judge(title, ours, theirs, {
        "f32_rne": padded_with(-128),
        "padding with code 0": padded_with(0),
        "padding with the zero point": padded_with(3),
    })


def global_average(title, x, sx, sy, zx, zy, may_agree=()):
    sx, sy = F32(sx), F32(sy)
    node = helper.make_node("QLinearGlobalAveragePool", ["x", "sx", "zx", "sy", "zy"],
                            ["y"], domain="com.microsoft", channels_last=0)
    (theirs,) = run_onnx(
        [node], {"x": x.transpose(0, 3, 1, 2).copy()}, [("y", TensorProto.INT8)],
        {"sx": sx, "zx": np.int8(zx), "sy": sy, "zy": np.int8(zy)})
    theirs = theirs.transpose(0, 2, 3, 1)
    tx = tensor(x.shape, act(sx, zx))
    ty = tensor(theirs.shape, act(sy, zy))
    (ours,) = run_quench("""
func.func @main(%%x: %s) -> %s {
  %%y = q.reduce_mean %%x axes [1, 2] : (%s) -> %s
  return %%y : %s
}
""" % (tx, ty, tx, ty, ty), [x])
    count = x.shape[1] * x.shape[2]
    acc = (x.astype(np.int64) - zx).sum(axis=(1, 2), keepdims=True)
    m = sx / F32(sy * F32(count))
    p = acc.astype(F32) * m
    judge(title, ours, theirs, {
        "f32_rne": clamp(rne(p) + zy),
        "ties away from zero": clamp(half_away(p) + zy),
        "rounding after the zero point": clamp(rne(p + F32(zy))),
        "mean first": clamp(rne((acc.astype(F32) / F32(count)) * (sx / sy)) + zy),
        "(sx / sy) / count": clamp(rne(acc.astype(F32) * ((sx / sy) / F32(count))) + zy),
    }, may_agree=may_agree)


# Mostly negative codes, so that padding with 0 or the zero point would win.
x = random.integers(-128, -20, (1, 9, 8, 5)).astype(np.int8)
max_pool("max pool", x, (3, 2), (2, 1), (1, 1, 0, 1), (1, 2), 0)
max_pool("max pool, ceil_mode", x, (2, 2), (2, 3), (1, 0, 1, 1), (1, 1), 1)

# Four positions and equal scales: sums 4k + 2 are ties.
x = random.integers(-128, 128, (1, 2, 2, 512)).astype(np.int8)
global_average("global average ties", x, 0.5, 0.5, -3, 5,
               may_agree=["mean first", "(sx / sy) / count"])

# 49 positions: the three orders of the scales give different multipliers. Every
# channel has a chosen sum; kept are scales for which a candidate errs on one.
acc = np.arange(-49 * 120, 49 * 120)
each = np.arange(49)
x = ((acc // 49)[None] + (each[:, None] < (acc % 49)[None]) - 3).astype(np.int8)
x = x.reshape(1, 7, 7, acc.size)
open_ = {"mean first", "(sx / sy) / count"}
for attempt in range(3000):
    sx = F32(random.uniform(0.01, 0.1))
    sy = F32(sx * random.uniform(1.0, 1.1))
    p = acc.astype(F32)
    truth = clamp(rne(p * (sx / F32(sy * F32(49)))) + 5)
    found = set()
    if (clamp(rne(p * ((sx / sy) / F32(49))) + 5) != truth).any():
        found.add("(sx / sy) / count")
    if (clamp(rne((p / F32(49)) * (sx / sy)) + 5) != truth).any():
        found.add("mean first")
    if not found & open_:
        continue
    agree = {"ties away from zero", "rounding after the zero point", "mean first",
             "(sx / sy) / count"} - found
    global_average("global average multipliers (%s)" % ", ".join(sorted(found)), x, sx,
                   sy, -3, 5, may_agree=sorted(agree))
    open_ -= found
    if not open_:
        break
assert not open_, "no scales tell these apart: %s" % open_
