# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""q.matmul and q.linear against QLinearMatMul."""

import numpy as np
from onnx import TensorProto, helper

from oracle import (F32, act, dense, judge, multiplier, number, run_onnx,
                    run_quench, stage_candidates, tensor)

MULTIPLIERS = ["multiplier in double", "multiplier rounded once", "sx * (sw / sy)"]


def matmul(title, a, b, sa, sb, sy, za, zb, zy, may_agree=()):
    sa, sb, sy = F32(sa), F32(sb), F32(sy)
    node = helper.make_node(
        "QLinearMatMul", ["a", "sa", "za", "b", "sb", "zb", "sy", "zy"], ["y"])
    (theirs,) = run_onnx(
        [node], {"a": a, "b": b}, [("y", TensorProto.INT8)],
        {"sa": sa, "za": np.int8(za), "sb": sb, "zb": np.int8(zb), "sy": sy,
         "zy": np.int8(zy)})
    m = multiplier(sa, sb, sy)
    ta, tb = tensor(a.shape, act(sa, za)), tensor(b.shape, act(sb, zb))
    ty = tensor(theirs.shape, act(sy, zy))
    (ours,) = run_quench("""
func.func @main(%%a: %s, %%b: %s) -> %s {
  %%y = q.matmul %%a, %%b clamp [-128, 127] {multiplier = %s : f32} : (%s, %s) -> %s
  return %%y : %s
}
""" % (ta, tb, ty, number(m), ta, tb, ty, ty), [a, b])
    acc = (a.astype(np.int64) - za) @ (b.astype(np.int64) - zb)
    candidates = stage_candidates(acc, sa, sb, sy, zy)
    judge(title, ours, theirs, candidates, may_agree=may_agree)
    if a.ndim != 2:
        return
    # The same product with a constant filter, [N, K].
    filter_ = b.T.copy()
    tf = tensor(filter_.shape, act(sb, zb))
    (linear,) = run_quench("""
func.func @main(%%a: %s) -> %s {
  %%w = q.constant %s as %s
  %%y = q.linear %%a, %%w clamp [-128, 127] {multiplier = %s} : (%s, %s) -> %s
  return %%y : %s
}
""" % (ta, ty, dense(filter_), tf, dense(np.array([m])), ta, tf, ty, ty), [a])
    judge(title + ", as linear", linear, theirs, candidates, may_agree=may_agree)


random = np.random.default_rng(5)


def codes(*shape):
    return random.integers(-64, 64, shape).astype(np.int8)


matmul("matmul ties", codes(16, 20), codes(20, 24), 0.5, 0.25, 4.0, -3, 7, 5,
       may_agree=MULTIPLIERS)
matmul("matmul ties, batched", codes(3, 16, 20), codes(3, 20, 24), 0.5, 0.25, 4.0, 9,
       -7, -5, may_agree=MULTIPLIERS)

# Scales for which the multipliers differ: a multiplier that is one float off moves
# a sum to the other side of a half about once in 100,000 sums.
a, b = codes(512, 400), codes(400, 512)
acc = (a.astype(np.int64) + 3) @ (b.astype(np.int64) - 7)
open_ = set(MULTIPLIERS)
tried = 0
while open_:
    tried += 1
    assert tried < 200, "no scales tell these apart: %s" % open_
    sa, sb = (F32(s) for s in random.uniform(0.01, 0.1, 2))
    sy = F32(np.float64(sa) * sb * random.uniform(200, 400))
    values = stage_candidates(acc, sa, sb, sy, 5)
    found = {n for n in open_ if (values[n] != values["f32_rne"]).any()}
    if not found:
        continue
    agree = [n for n, v in values.items()
             if n != "f32_rne" and not (v != values["f32_rne"]).any()]
    matmul("matmul multipliers (%s)" % ", ".join(sorted(found)), a, b, sa, sb, sy, -3, 7,
           5, may_agree=agree)
    open_ -= found
