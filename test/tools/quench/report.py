# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Numbers of a JSON report against NumPy, for the model Inputs/report.mlir.
#
#   report.py data FOLDER     writes x.npy to calibrate with, wide.npy to measure
#   report.py check FOLDER    reads report.json
#
# The input's rounding is all there is to know of it; the other layers are
# checked where a float simulation cannot be wrong: what the report calls float.

import json
import pathlib
import sys

import numpy as np

folder = pathlib.Path(sys.argv[2])
if sys.argv[1] == "data":
    x = np.random.default_rng(5).uniform(-4, 4, (16, 1, 4)).astype(np.float32)
    np.save(folder / "x.npy", x)
    np.save(folder / "wide.npy", x * np.float32(1.5))
    sys.exit()

report = json.loads((folder / "report.json").read_text())
layers = {layer["name"]: layer for layer in report["layers"]}
calibrated = np.load(folder / "x.npy")
x = np.load(folder / "wide.npy").astype(np.float64)[:, 0]


def same(what, found, expected, tolerance=1e-5):
    if not abs(found - expected) <= tolerance * max(1, abs(expected)):
        sys.exit(f"{what}: expected {expected}, found {found}")


def sqnr(exact, noisy):
    return 10 * np.log10((exact**2).sum() / ((exact - noisy) ** 2).sum())


# The input: an asymmetric grid of 8 bits over the calibrated range.
low, high = float(calibrated.min()), float(calibrated.max())
scale = np.float32((high - low) / 255)
zero = int(np.rint(-128 - low / float(scale)))
exact_code = x / float(scale) + zero
codes = np.clip(np.rint(exact_code), -128, 127)
rounded = (codes - zero) * float(scale)
layer = layers["x"]
same("scale", layer["grid"]["scale"], float(scale), 1e-9)
same("zero point", layer["grid"]["zero_point"], zero)
same("SQNR", layer["local"]["sqnr_db"], sqnr(x, rounded))
same("SQNR", layer["accumulated"]["sqnr_db"], sqnr(x, rounded))
cosine = (x * rounded).sum() / np.sqrt((x**2).sum() * (rounded**2).sum())
same("cosine", layer["local"]["cosine"], cosine)
same("clipped low", layer["codes"]["clipped_low"], (exact_code < -128.5).sum())
same("clipped high", layer["codes"]["clipped_high"], (exact_code > 127.5).sum())
assert layer["codes"]["clipped_low"] > 0 < layer["codes"]["clipped_high"]
bars = np.histogram(codes, bins=64, range=(-128, 128))[0]
assert layer["codes"]["bars"] == bars.tolist(), layer["codes"]["bars"]
same("codes", layer["codes"]["count"], x.size)
seen = [[i + 1, x[: i + 1].min(), x[: i + 1].max()] for i in range(len(x))]
assert np.allclose(layer["float_range"], seen), layer["float_range"]

# Float values and filters of the layers behind.
filter = np.array([[1, 0.5, 0, 0], [0, 1, 0, 0.3], [0, 0.2, 1, 0], [0.005, 0, 0, 0.01]])
spread = x @ filter.T
assert np.allclose(layers["spread"]["float_range"][-1][1:],
                   [spread.min(), spread.max()])
step = np.abs(filter).max(axis=1, keepdims=True) / 127
same("filter", layers["spread"]["filter"]["sqnr_db"],
     sqnr(filter, np.rint(filter / step) * step), 1e-4)
worst = min(sqnr(*row) for row in zip(filter, np.rint(filter / step) * step)
            if (row[0] != row[1]).any())
same("worst channel", layers["spread"]["filter"]["worst_sqnr_db"], worst, 1e-4)
assert layers["spread"]["channels"]["small"] == 1
assert layers["dead"]["channels"]["dead"] == 1
assert layers["dead"]["filter"]["zero_channels"] == 1

# The input's own error in the float model, relative to the output.
dead = np.array([[1, 0, 0, 0], [0, 0.7, 0, 0], [0, 0, 0, 0], [0, 0, 0.3, 1]])
def model(x):
    hidden = x @ filter.T
    return np.concatenate([hidden @ dead.T, hidden * 0.01], axis=1)
n = report["attribution"]["samples"]
exact = model(x[:n])
noise = ((model(rounded[:n]) - exact) ** 2).sum() / (exact**2).sum()
same("alone", layer["output_noise_alone"], noise)
alone = [layer["output_noise_alone"] for layer in report["layers"]]
same("regained", layer["regained_db"],
     10 * np.log10(sum(alone) / (sum(alone) - alone[0])))
assert report["worst"][0] == 0, report["worst"]

assert report["format"] == "quench-report" and report["version"] == 1
assert report["model"] == "errors" and report["samples"] == 16
assert report["memory"]["arena_bytes"] >= report["memory"]["lower_bound"] > 0
kinds = {(w["kind"], report["layers"][w["layer"]]["name"]) for w in report["warnings"]}
for expected in [("clipped", "x"), ("channel-spread", "spread"),
                 ("dead-channels", "dead"), ("range-clash", "joined")]:
    assert expected in kinds, (expected, kinds)
print("ok")
