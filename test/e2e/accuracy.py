# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Top-1 of a Fashion-MNIST network compiled with the given options, on the 10,000
# test pictures.
#
#   accuracy.py MODEL.onnx --out DIR --at-least 9100 [--at-most N]
#               [--calibrate] -- OPTIONS OF quench compile
#
# --calibrate: on the first 512 training pictures.

import argparse
import pathlib
import subprocess
import sys

import numpy as np

import data

FASHION = pathlib.Path("/usr/share/datasets/fashion-mnist")


def run(*command):
    command = [str(c) for c in command]
    print("+", " ".join(command), flush=True)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def pictures(folder, *options):
    run(sys.executable, data.__file__, "fashion", FASHION, folder, *options)
    return folder / "x.npy"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--at-least", type=int, required=True)
    parser.add_argument("--at-most", type=int, default=10000)
    parser.add_argument("--calibrate", action="store_true")
    # What is behind the "--" is not ours.
    split = sys.argv.index("--")
    args = parser.parse_args(sys.argv[1:split])
    options = sys.argv[split + 1:]
    args.out.mkdir(parents=True, exist_ok=True)

    inputs = pictures(args.out / "evaluation")
    if args.calibrate:
        few = pictures(args.out / "calibration", "--train", "--first", "512")
        options.append(f"--calibrate={few}")
    print(args.model.stem, *options)
    program = args.out / "program"
    run("quench", "compile", args.model, "--emit=exe", "--quiet", "--prefix=m",
        "-o", program, *options)
    run(program / "m", inputs, "-o", args.out / "y.npy")

    labels = np.loadtxt(args.out / "evaluation/labels.txt", dtype=int)
    logits = np.load(args.out / "y.npy").reshape(len(labels), -1)
    right = int((logits.argmax(1) == labels).sum())
    print(f"ACCURACY {args.model.stem}: {right} of {len(labels)} "
          f"({args.at_least} to {args.at_most})")
    assert args.at_least <= right <= args.at_most


if __name__ == "__main__":
    main()
