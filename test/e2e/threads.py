# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# A program gives the same bytes with any number of threads, on each instruction
# set, and those of a program that knows of none.
#
#   threads.py MODEL.onnx --shared DIR --out DIR [--option=--activation-bits=16]

import argparse
import pathlib
import subprocess

import numpy as np

import check_model
from check_model import ISAS, LABELLED, run

MOST = 3


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--shared", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--option", action="append", default=[],
                        help="of quench compile, at the step to q")
    args = parser.parse_args()
    model, out, stem = args.model, args.out, args.model.stem
    out.mkdir(parents=True, exist_ok=True)
    if stem in LABELLED:
        calibration, inputs, _, _ = check_model.labelled(stem, args.shared, out)
    else:
        calibration = inputs = check_model.unlabelled(model, stem, args.shared, out)
    few = out / "few.npy"
    np.save(few, np.load(inputs)[:3])
    run("quench", "compile", model, *args.option, f"--calibrate={calibration}",
        "--samples=4", "--emit=q", "--quiet", "-o", out / "q.mlir")

    programs = {}
    for threads in 1, MOST:
        folder = out / f"program{threads}"
        run("quench", "compile", out / "q.mlir", "--emit=exe", "--quiet",
            f"--target={','.join(ISAS)}", f"--threads={threads}", "--prefix=net",
            "-o", folder)
        programs[threads] = folder / "net"

    y = out / "y.npy"
    run(programs[1], few, "--isa", "scalar", "-o", y)
    expected = y.read_bytes()
    for isa in ISAS:
        for threads in range(1, MOST + 1):
            y.unlink(missing_ok=True)
            done = subprocess.run([programs[MOST], few, "--isa", isa, "--threads",
                                   str(threads), "-o", y])
            if done.returncode != 0:
                print(f"UNAVAILABLE here: {isa}")
                assert isa != "scalar"
                break
            assert y.read_bytes() == expected, (isa, threads)
            print(f"{isa}, {threads} threads: the same bytes")
    run(programs[MOST], "--selftest")


if __name__ == "__main__":
    main()
