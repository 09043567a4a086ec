# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fake-quantizers against torch: its own operators where it has them, and its
autograd over the formulas of the papers where it has not.

As in oracle.py, the inputs must tell formulas apart that somebody could have
meant: `compare` fails when a candidate agrees with torch.
"""

import subprocess
import sys

import numpy as np
import torch

failures = 0
random = np.random.default_rng(11)


def ours(row, bits, symmetry, scale, zero, x, dy, power_of_two=True):
    """y, dx, gradients of scale and zero parameter, grid."""
    done = subprocess.run(
        ["quench-fake-quant", row, str(bits), symmetry, str(int(power_of_two)),
         repr(float(scale)), repr(float(zero))],
        input=np.concatenate([x, dy]).astype(np.float32).tobytes(),
        stdout=subprocess.PIPE, check=True)
    out = np.frombuffer(done.stdout, np.float64)
    n = len(x)
    return out[:n], out[n:2 * n], out[2 * n], out[2 * n + 1], out[2 * n + 2:]


def values(count, scale, zero, codes, ties):
    """Numbers inside and outside the codes; half of a step apart from one if
    `ties`, else clearly nearer to one."""
    low, high = codes
    levels = random.integers(low - 40, high + 41, count) - zero
    parts = random.choice([-0.5, -0.25, 0.0, 0.25, 0.5], count) if ties else \
        random.uniform(-0.45, 0.45, count)
    x = ((levels + parts) * scale).astype(np.float32)
    return x, random.normal(size=count).astype(np.float32)


def compare(title, pairs, candidates=None):
    """pairs: name -> (ours, torch's, tolerance relative to the sum of terms);
    candidates: name -> (number, torch's, tolerance)."""
    global failures
    for name, (mine, theirs, tolerance) in pairs.items():
        worst = float(np.max(np.abs(np.asarray(mine) - np.asarray(theirs))))
        bad = not worst <= tolerance
        failures += bad
        print("%s %s, %s: differs by %.3g of %.3g allowed"
              % ("FAIL" if bad else "ok  ", title, name, worst, tolerance))
    for name, (other, theirs, tolerance) in (candidates or {}).items():
        if abs(other - theirs) <= 2 * tolerance:
            failures += 1
            print("FAIL %s: the input cannot tell '%s' apart" % (title, name))


def parameters(scale, zero=0.0):
    return (torch.tensor([scale], requires_grad=True),
            torch.tensor([float(zero)], requires_grad=True))


def plain(bits, scale, zero, ties):
    codes = -2**(bits - 1), 2**(bits - 1) - 1
    scale = np.float32(scale)
    x, dy = values(5000, scale, zero, codes, ties)
    y, dx, ds, dz, _ = ours("plain", bits, "asymmetric", scale, zero, x, dy)
    tx = torch.tensor(x, requires_grad=True)
    ty = torch.fake_quantize_per_tensor_affine(tx, float(scale), zero, *codes)
    ty.backward(torch.tensor(dy))
    assert 0 < np.count_nonzero(dx) < len(x)
    compare("plain, %d bits, scale %g, zero %d" % (bits, scale, zero), {
        "y": (y, ty.detach().numpy(), 0), "dx": (dx, tx.grad.numpy(), 0),
        "ds and dz": ([ds, dz], [0, 0], 0)})


def lsq_plus(bits, scale, zero, ties):
    codes = -2**(bits - 1), 2**(bits - 1) - 1
    scale = np.float32(scale)
    x, dy = values(4000, scale, round(zero), codes, ties)
    y, dx, ds, dz, grid = ours("lsq_plus", bits, "asymmetric", scale, zero, x, dy)
    g = 1 / np.sqrt(len(x) * (2.0**bits - 1))
    tx = torch.tensor(x, requires_grad=True)
    # What torch 1.13 does on its way back, but not forward: it rounds a negative
    # zero point towards 0, hence unsigned codes here; and it adds the zero point
    # before it rounds, hence no odd one together with ties.
    ts, tz = parameters(scale, zero + 2**(bits - 1))
    ty = torch._fake_quantize_learnable_per_tensor_affine(
        tx, ts, tz, 0, 2**bits - 1, g)
    ty.backward(torch.tensor(dy))
    # torch sums in float.
    terms = g * np.sum(np.abs(dy)) * 2.0**bits
    tolerance = 1e-6 * terms
    zp = int(grid[1])
    code = np.rint(x / scale) + zp
    slip = ds + g * np.sum(
        dy * zp * ((code < codes[0]) | (code > codes[1])), dtype=np.float64)
    candidates = {"gradient without g": (ds / g, ts.grad.item(), tolerance)}
    if zp:
        candidates["clipped by the code, not its distance from zero"] = (
            slip, ts.grad.item(), tolerance)
    compare("lsq_plus, %d bits, scale %g, zero %g" % (bits, scale, zero), {
        "y": (y, ty.detach().numpy(), 0), "dx": (dx, tx.grad.numpy(), 0),
        "ds": (ds, ts.grad.item(), tolerance),
        "dz": (dz, tz.grad.item(), tolerance * float(scale))}, candidates)


class RoundPass(torch.autograd.Function):
    """Rounds; the gradient passes."""

    @staticmethod
    def forward(ctx, v):
        return torch.round(v)

    @staticmethod
    def backward(ctx, dv):
        return dv


class CeilPass(torch.autograd.Function):
    """Rounds up; the gradient passes."""

    @staticmethod
    def forward(ctx, v):
        return torch.ceil(v)

    @staticmethod
    def backward(ctx, dv):
        return dv


class ScaleGradient(torch.autograd.Function):
    """Itself; the gradient is multiplied by g."""

    @staticmethod
    def forward(ctx, v, g):
        ctx.g = g
        return v.clone()

    @staticmethod
    def backward(ctx, dv):
        return dv * ctx.g, None


def by_autograd(x, dy, param, scale_of, codes):
    """y, dx, d param in double; codes are distances from the zero point."""
    tx = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    tp = torch.tensor(param, dtype=torch.float64, requires_grad=True)
    s = scale_of(tp)
    ty = torch.clamp(RoundPass.apply(tx / s), *codes) * s
    ty.backward(torch.tensor(dy, dtype=torch.float64))
    return ty.detach().numpy(), tx.grad.numpy(), tp.grad.item()


def lsq(bits, symmetry, scale, zero):
    low = -2**(bits - 1) + (symmetry == "narrow")
    high = 2**(bits - 1) - 1
    scale = float(np.float32(scale))
    x, dy = values(4000, scale, zero, (low, high), False)
    y, dx, ds, dz, _ = ours("lsq", bits, symmetry, scale, zero, x, dy)
    g = 1 / np.sqrt(len(x) * (2.0**bits - 1 if symmetry == "asymmetric" else high))
    ty, tdx, tds = by_autograd(x, dy, scale, lambda s: ScaleGradient.apply(s, g),
                               (low - zero, high - zero))
    tolerance = 1e-6 * g * np.sum(np.abs(dy)) * high
    compare("lsq, %d bits, %s, scale %g, zero %d" % (bits, symmetry, scale, zero), {
        "y": (y, ty, 1e-6 * np.max(np.abs(ty))), "dx": (dx, tdx, 1e-12),
        "ds": (ds, tds, tolerance), "dz": (dz, 0, 0)},
        {"gradient without g": (ds / g, tds, tolerance)})


def tqt(bits, symmetry, t, power_of_two):
    low = -2**(bits - 1) + (symmetry == "narrow")
    high = 2**(bits - 1) - 1
    scale = 2.0**(np.ceil(t) if power_of_two else t)
    x, dy = values(4000, scale, 0, (low, high), False)
    y, dx, dt, dz, grid = ours("tqt", bits, symmetry, t, 0, x, dy, power_of_two)
    scale_of = (lambda p: 2 ** CeilPass.apply(p)) if power_of_two else (lambda p: 2**p)
    ty, tdx, tdt = by_autograd(x, dy, float(t), scale_of, (low, high))
    tolerance = 1e-6 * scale * np.sum(np.abs(dy)) * high
    compare("tqt, %d bits, %s, t %g, power of two %d" % (bits, symmetry, t, power_of_two), {
        "y": (y, ty, 1e-6 * np.max(np.abs(ty))), "dx": (dx, tdx, 1e-12),
        "dt": (dt, tdt, tolerance), "dz": (dz, 0, 0),
        "scale": (grid[0], np.float32(scale), 0)},
        {"gradient without ln 2": (dt / np.log(2), tdt, tolerance)})


plain(8, 0.25, 3, ties=True)
plain(8, 0.5, -101, ties=True)
plain(8, 0.1, 127, ties=False)
plain(4, 0.03, -8, ties=False)
lsq_plus(8, 0.25, -6, ties=True)
lsq_plus(8, 0.1, 33.3, ties=False)
lsq_plus(4, 0.7, -8, ties=False)
lsq_plus(8, 0.02, 0, ties=False)
lsq(8, "narrow", 0.01, 0)
lsq(4, "symmetric", 0.3, 0)
lsq(8, "asymmetric", 0.05, -128)
lsq(2, "asymmetric", 0.9, -2)
tqt(8, "narrow", -6.4, True)
tqt(4, "symmetric", -2.3, True)
tqt(8, "narrow", -6.4, False)
tqt(8, "narrow", 3.0, True)
sys.exit(1 if failures else 0)
