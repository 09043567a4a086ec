# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""q.conv2d against QLinearConv, int8 activations, one filter scale a channel.

Filters stay within [-63, 63]: without VNNI onnxruntime adds pairs of products in
saturating int16, which is its own deviation and not the subject here.
"""

import numpy as np
from onnx import TensorProto, helper

from oracle import (F32, act, dense, judge, multiplier, per_axis, run_onnx,
                    run_quench, stage_candidates, tensor)


def accumulate(x, zero, w, bias, strides, pads, dilations, groups):
    """int64 accumulators, NHWC and OHWI, by definition."""
    x = np.pad(x.astype(np.int64) - zero,
               ((0, 0), (pads[0], pads[2]), (pads[1], pads[3]), (0, 0)))
    n, h, wide, c = x.shape
    oc, kh, kw, depth = w.shape
    oh = (h - dilations[0] * (kh - 1) - 1) // strides[0] + 1
    ow = (wide - dilations[1] * (kw - 1) - 1) // strides[1] + 1
    acc = np.zeros((n, oh, ow, oc), np.int64) + bias.astype(np.int64)
    for o in range(oc):
        first = o // (oc // groups) * depth
        for i in range(kh):
            for j in range(kw):
                part = x[:, i * dilations[0]:i * dilations[0] + strides[0] * (oh - 1) + 1:strides[0],
                         j * dilations[1]:j * dilations[1] + strides[1] * (ow - 1) + 1:strides[1],
                         first:first + depth]
                acc[..., o] += part @ w[o, i, j].astype(np.int64)
    return acc


def conv(title, x, w, bias, sx, sw, sy, zx, zy, strides=(1, 1), pads=(0, 0, 0, 0),
         dilations=(1, 1), groups=1, may_agree=()):
    sw = np.broadcast_to(np.asarray(sw, F32), w.shape[:1]).copy()
    node = helper.make_node(
        "QLinearConv", ["x", "sx", "zx", "w", "sw", "zw", "sy", "zy", "b"], ["y"],
        strides=strides, pads=pads, dilations=dilations, group=groups)
    (theirs,) = run_onnx(
        [node], {"x": x.transpose(0, 3, 1, 2).copy()}, [("y", TensorProto.INT8)],
        {"sx": F32(sx), "zx": np.int8(zx), "w": w.transpose(0, 3, 1, 2).copy(),
         "sw": sw, "zw": np.zeros(sw.shape, np.int8), "sy": F32(sy),
         "zy": np.int8(zy), "b": bias})
    theirs = theirs.transpose(0, 2, 3, 1)
    m = multiplier(sx, sw, sy)
    bias_scales = F32(sx) * sw
    tx, ty = tensor(x.shape, act(F32(sx), zx)), tensor(theirs.shape, act(F32(sy), zy))
    tw = tensor(w.shape, per_axis("i8", sw))
    tb = tensor(bias.shape, per_axis("i32", bias_scales))
    (ours,) = run_quench("""
func.func @main(%%x: %s) -> %s {
  %%w = q.constant %s as %s
  %%b = q.constant %s as %s
  %%y = q.conv2d %%x, %%w, bias %%b strides %s pads %s clamp [-128, 127]
     {dilations = array<i64: %d, %d>, groups = %d : i64, multiplier = %s}
     : (%s, %s, %s) -> %s
  return %%y : %s
}
""" % (tx, ty, dense(w), tw, dense(bias), tb, list(strides), list(pads),
       dilations[0], dilations[1], groups, dense(m), tx, tw, tb, ty, ty), [x])
    acc = accumulate(x, zx, w, bias, strides, pads, dilations, groups)
    judge(title, ours, theirs, stage_candidates(acc, sx, sw, sy, zy),
          may_agree=may_agree)


random = np.random.default_rng(3)
MULTIPLIERS = ["multiplier in double", "multiplier rounded once", "sx * (sw / sy)"]

# Ties: M = 1/4 and small filters, so that a quarter of the sums end in .5; all
# attributes at once. Powers of two cannot tell the multipliers apart.
x = random.integers(-128, 128, (1, 9, 8, 6)).astype(np.int8)
w = random.integers(-3, 4, (8, 3, 2, 3)).astype(np.int8)
bias = random.integers(-50, 50, 8).astype(np.int32)
conv("conv ties, groups, strides, dilations, pads", x, w, bias, 0.5, 0.25, 0.5, -3, 5,
     strides=(2, 1), pads=(1, 0, 2, 1), dilations=(2, 3), groups=2,
     may_agree=MULTIPLIERS)

# Depthwise.
w = random.integers(-3, 4, (6, 3, 3, 1)).astype(np.int8)
conv("conv ties, depthwise", x, w, bias[:6], 0.5, 0.25, 0.5, 7, -5,
     pads=(1, 1, 1, 1), groups=6, may_agree=MULTIPLIERS)

# Directed: with x at its zero point the accumulator is the bias, and each output
# channel is one experiment. Kept are those where some candidate disagrees.
sx, sy, zy = F32(0.0235), F32(0.0471), 5
count = 400000
scales = np.exp(random.uniform(np.log(1e-9), np.log(1e-2), count)).astype(F32)
m = multiplier(sx, scales, sy)
target = random.integers(-130, 120, count) + 0.5 + random.normal(0, 1e-6, count)
# x - zx is at most 130, and the verifier wants the largest sum to fit int32.
limit = 2**31 - 131
acc = np.clip(np.rint(target / m.astype(np.float64)), -limit, limit)
acc = acc.astype(np.int64)
values = stage_candidates(acc, sx, scales, sy, zy)
chosen = np.zeros(count, bool)
for name, value in values.items():
    different = np.flatnonzero(value != values["f32_rne"])
    chosen[different[:400]] = True
large = np.flatnonzero(np.abs(acc) > 2**24)
chosen[large[:300]] = True
bias, scales = acc[chosen].astype(np.int32), scales[chosen]
print("directed accumulators: %d, above 2^24: %d" % (
    bias.size, int((np.abs(bias.astype(np.int64)) > 2**24).sum())))
x = np.full((1, 1, 1, 1), -3, np.int8)
w = np.ones((bias.size, 1, 1, 1), np.int8)
# A random accumulator is no tie: that is the first case's subject.
conv("conv directed accumulators", x, w, bias, sx, scales, sy, -3, zy,
     may_agree=["ties away from zero"])
