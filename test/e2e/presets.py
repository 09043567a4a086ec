# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# QFloat equals Q, bit for bit on every tensor, for every preset and every number
# of bits, on one network with real inputs.
#
#   presets.py MODEL.onnx DATA OUT     (DATA: a .npy of stacked inputs)
#
# The preset `passive` gets its ranges from what `quench dump` says of another
# calibration.

import json
import pathlib
import re
import subprocess
import sys

import numpy as np
import yaml

CASES = [
    ["--weight-bits=4"],
    ["--weight-bits=2"],
    ["--weight-bits=3", "--per-tensor"],
    ["--weight-bits=4", "--weight-group=16"],
    ["--weight-bits=3", "--weight-group=32", "--qconfig=calibration"],
    ["--weight-bits=2", "--weight-group=16", "--activation-bits=16"],
    ["--activation-bits=4"],
    ["--observer=percentile", "--weight-bits=4", "--activation-bits=6"],
    ["--observer=entropy"],
    ["--activation-bits=16"],
    ["--activation-bits=16", "--weight-bits=4"],
]
# These two have tests of their own, with batch normalization and with time.
ELSEWHERE = {"data_free"}


def run(*command):
    command = [str(c) for c in command]
    print("+", " ".join(command), flush=True)
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout


def passive(model, data, out):
    """A QConfig with a range for every tensor, from a calibration."""
    run("quench", "quantize", model, f"--calibrate={data}", "--samples=16", "--quiet",
        "--qconfig=min_max", "-o", out / "calibrated.qfb")
    dump = json.loads(run("quench", "dump", out / "calibrated.qfb", "--json"))
    overrides = [
        {"name": re.sub(r"([][().*+?^$\\|{}])", r"\\\1", row["tensor"]),
         "activation": {"range": [row["min"], row["max"]]}}
        for row in dump["calibration"] if row["observer"] != "passive"]
    assert overrides
    file = out / "passive.yaml"
    file.write_text(yaml.safe_dump({"base": "passive", "overrides": overrides}))
    return file


def main():
    model, data, out = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    out.mkdir(parents=True, exist_ok=True)
    few, sample = out / "few.npy", out / "sample.npy"
    inputs = np.load(data)
    np.save(few, inputs[:16])
    np.save(sample, inputs[20:21])

    listed = run("quench", "qconfig").splitlines()
    presets = [line.split()[0] for line in listed]
    cases = [[f"--qconfig={name}"] for name in presets
             if name not in ELSEWHERE and name != "passive"]
    cases.append([f"--qconfig={passive(model, few, out)}"])
    for options in cases + CASES:
        run("quench", "quantize", model, f"--calibrate={few}", "--quiet", "--emit=qf",
            *options, "-o", out / "qf.mlir")
        run("quench", "compile", out / "qf.mlir", "--emit=q", "--no-optimize", "--quiet",
            "-o", out / "q.mlir")
        compared = run("quench-run", out / "qf.mlir", "--input", sample, "--compare",
                       out / "q.mlir").strip().splitlines()[-1]
        equal = int(compared.split("tensors: ")[1].split(" equal")[0])
        assert equal > 3 and ", 0 different" in compared, (options, compared)
        print("EQUAL", *options, compared)
    print(len(cases) + len(CASES), "quantizations agree")


main()
