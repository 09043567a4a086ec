# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Real inputs of the end-to-end tests and benchmarks, as .npy: one stacked array
# [N, ...] of network inputs in the ONNX layout, and the labels beside it.
#
#   data.py photos  FOLDER OUT --rows odd --mean 127 --std 128 [--label-offset 1]
#   data.py fashion FOLDER OUT [--first N] [--train]
#   data.py kws     FOLDER OUT [--first N]
#
# writes OUT/x.npy, OUT/labels.txt (a line per input: the accepted classes), and
# with --split OUT/inputs/NNNN.npy, one file an input.

import argparse
import csv
import gzip
import pathlib

import numpy as np


def photos(args):
    """Short side to size / 0.875 (bicubic), centre crop; [N, 3, size, size]."""
    from PIL import Image

    rows = list(csv.DictReader(open(args.folder / "labels.csv")))
    rows = {"even": rows[0::2], "odd": rows[1::2], "all": rows}[args.rows]
    inputs, labels = [], []
    for row in rows[: args.first]:
        values = list(row.values())
        image = Image.open(args.folder / values[0]).convert("RGB")
        short = round(args.size / 0.875)
        scale = short / min(image.size)
        size = tuple(max(short, round(s * scale)) for s in image.size)
        image = image.resize(size, Image.BICUBIC)
        left, top = ((s - args.size) // 2 for s in size)
        crop = image.crop((left, top, left + args.size, top + args.size))
        pixels = np.asarray(crop, np.float32)
        inputs.append(((pixels - args.mean) / args.std).transpose(2, 0, 1))
        labels.append([int(c) + args.label_offset for c in values[1].split("|")])
    return np.stack(inputs), labels


def fashion(args):
    """Fashion-MNIST (Debian dataset-fashion-mnist); [N, 1, 28, 28]."""
    part = "train" if args.train else "t10k"

    def read(name, header):
        with gzip.open(args.folder / name) as file:
            return np.frombuffer(file.read(), np.uint8, offset=header)

    pixels = read(f"{part}-images-idx3-ubyte.gz", 16).reshape(-1, 1, 28, 28)
    labels = read(f"{part}-labels-idx1-ubyte.gz", 8)
    pixels, labels = pixels[: args.first], labels[: args.first]
    inputs = (pixels.astype(np.float32) / 255 - 0.2860) / 0.3530
    return inputs.astype(np.float32), [[int(c)] for c in labels]


def kws(args):
    """MFCC inputs of MLPerf Tiny keyword spotting; [N, 1, 49, 10]."""
    codes = np.fromfile(args.folder / "kws01_x_s8_1000x49x10.bin", np.int8)
    labels = np.fromfile(args.folder / "kws01_y_u8_1000.bin", np.uint8)
    inputs = (codes.reshape(-1, 1, 49, 10).astype(np.float32) - 83) * 0.58470290899
    return (inputs[: args.first].astype(np.float32),
            [[int(c)] for c in labels[: args.first]])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set", choices=["photos", "fashion", "kws"])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--rows", choices=["even", "odd", "all"], default="all")
    parser.add_argument("--first", type=int, default=None)
    parser.add_argument("--train", action="store_true")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--mean", type=float, default=127)
    parser.add_argument("--std", type=float, default=128)
    parser.add_argument("--label-offset", type=int, default=0)
    parser.add_argument("--split", action="store_true")
    args = parser.parse_args()

    inputs, labels = globals()[args.set](args)
    args.out.mkdir(parents=True, exist_ok=True)
    np.save(args.out / "x.npy", inputs)
    (args.out / "labels.txt").write_text(
        "".join(" ".join(map(str, classes)) + "\n" for classes in labels))
    if args.split:
        (args.out / "inputs").mkdir(exist_ok=True)
        for index, x in enumerate(inputs):
            np.save(args.out / "inputs" / f"{index:05}.npy", x[None])


if __name__ == "__main__":
    main()
