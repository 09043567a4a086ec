# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# What mixed precision promises, measured by others: the signal to noise ratio and
# the accuracy of the compiled program beside onnxruntime's float outputs, the
# bytes of the weights by the file system.
#
#   mixed_precision.py MODELS OUT

import pathlib
import subprocess
import sys

import numpy as np
import onnxruntime

import accuracy


def run(*command):
    command = [str(c) for c in command]
    print("+", " ".join(command), flush=True)
    return subprocess.run(command, check=True, text=True, stderr=subprocess.PIPE).stderr


def main():
    models, out = map(pathlib.Path, sys.argv[1:])
    out.mkdir(parents=True, exist_ok=True)
    calibration = accuracy.pictures(out / "calibration", "--train", "--first", "512")
    x = np.load(accuracy.pictures(out / "evaluation", "--first", "1000"))
    labels = np.loadtxt(out / "evaluation/labels.txt", dtype=int)

    def program(model, *options):
        """Outputs on the evaluation pictures, and bytes of weights."""
        goals = [each for each in options if each.startswith(("--m", "--flash"))]
        if goals:
            options = [*options, f"--evaluate={out / 'evaluation/x.npy'}"]
        print(run("quench", "quantize", models / f"{model}.onnx", *options,
                  f"--calibrate={calibration}", "-o", out / "m.qfb"))
        for emitted in "source", "exe":
            run("quench", "compile", out / "m.qfb", f"--emit={emitted}", "--quiet",
                "--prefix=m", "--target=scalar", "-o", out / model)
        run(out / model / "m", out / "evaluation/x.npy", "-o", out / "y.npy")
        return (np.load(out / "y.npy").reshape(len(x), -1),
                (out / model / "m_weights.bin").stat().st_size)

    def floating(model):
        session = onnxruntime.InferenceSession(str(models / f"{model}.onnx"))
        name = session.get_inputs()[0].name
        return np.concatenate([session.run(None, {name: each[None]})[0] for each in x])

    def sqnr(exact, found, count):
        exact = exact[:count].astype(np.float64)
        return 10 * np.log10((exact ** 2).sum() / ((exact - found[:count]) ** 2).sum())

    def right(scores):
        return int((scores.argmax(1) == labels).sum())

    # 1. Decibels, on the first 32 samples. Without changes there are fewer.
    exact = floating("fmnist_mbv2")
    plain, plain_bytes = program("fmnist_mbv2")
    found, _ = program("fmnist_mbv2", "--min-sqnr=44")
    print("SQNR", sqnr(exact, plain, 32), sqnr(exact, found, 32))
    assert sqnr(exact, plain, 32) < 40 and 44 <= sqnr(exact, found, 32) < 46

    # 2. Accuracy, on all samples: a network that 8 bits per tensor break.
    spread = floating("fmnist_mbv2_spread")
    broken, _ = program("fmnist_mbv2_spread", "--per-tensor")
    mended, _ = program("fmnist_mbv2_spread", "--per-tensor", "--max-drop=1",
                        f"--labels={out / 'evaluation/labels.txt'}")
    print("RIGHT", right(spread), right(broken), right(mended))
    assert right(broken) < right(spread) - 50 and right(mended) >= right(spread) - 10

    # 3. Bytes: a budget, and as few as half a percent allows.
    _, size = program("fmnist_mbv2", "--flash=56K")
    print("BYTES", plain_bytes, size)
    assert plain_bytes > 60000 and 50000 < size <= 56 * 1024
    least, size = program("fmnist_mbv2", "--flash=least", "--max-drop=0.5",
                          f"--labels={out / 'evaluation/labels.txt'}")
    print("LEAST", size, right(exact), right(least))
    assert size < 50000 and right(least) >= right(exact) - 5


if __name__ == "__main__":
    main()
