# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Top-1 of the compiled programs beside the float networks in onnxruntime, on
# labelled data; seconds of `quench quantize`; bytes of the weights file as a share
# of the .onnx file. Prints Markdown.

import argparse
import pathlib
import sys
import tempfile

import quantized

TRAINING = ["fashion", "--train", "--first", "512"]
PIXELS = ["--mean=72.93", "--std=90.015"]  # of Fashion-MNIST, from 0..255
TENSORFLOW = ["--mean", "128", "--label-offset", "1"]

# Rows: model, what is said about it, calibration data (None: none), evaluation
# data, options besides.
PHOTOS = [
    ("efficientnet_lite0", "even, odd", ["photos", "--rows", "even"],
     ["photos", "--rows", "odd"], []),
    ("efficientnet_lite0", "odd, even", ["photos", "--rows", "odd"],
     ["photos", "--rows", "even"], []),
    ("efficientnet_lite0", "even, all", ["photos", "--rows", "even"],
     ["photos"], []),
    ("efficientnet_lite0", "all, all", ["photos"], ["photos"], []),
    ("mobilenet_v2_224", "even, odd",
     ["photos", "--rows", "even", *TENSORFLOW],
     ["photos", "--rows", "odd", *TENSORFLOW], []),
]
SMALL = [
    ("fmnist_resnet", "", TRAINING, ["fashion"], []),
    ("fmnist_mbv2", "", TRAINING, ["fashion"], []),
    ("fmnist_mbv2_spread", "", TRAINING, ["fashion"], []),
    ("fmnist_mbv2_spread", "per tensor", TRAINING, ["fashion"],
     ["--per-tensor"]),
    ("kws_dscnn", "", ["kws"], ["kws"], []),
]
WITHOUT_DATA = [
    ("fmnist_resnet_bn", "", None, ["fashion"], PIXELS),
    ("fmnist_mbv2_bn", "", None, ["fashion"], PIXELS),
    ("fmnist_mbv2_spread_bn", "", None, ["fashion"], PIXELS),
    ("fmnist_mbv2_spread_bn", "per tensor", None, ["fashion"],
     ["--per-tensor", *PIXELS]),
]


def without_data(recipe):
    return "data_free" in recipe or "data-free" in recipe


def main():
    parser = argparse.ArgumentParser(
        prog="bench/accuracy",
        description="A Markdown table: top-1 of quantized networks beside float, "
        "seconds of quantization and bytes of weights.")
    parser.add_argument(
        "--recipe", action="append", metavar="OPTIONS",
        help="preset or QConfig file, and options of quench behind it, in one "
        "argument ('w4 --observer=ema'); may be repeated; default: default, best, "
        "w4 and data_free")
    parser.add_argument("--models", default="", metavar="NAME,NAME",
                        help="only these")
    args = parser.parse_args()
    models = args.models.split(",") if args.models else None
    known = {row[0] for row in PHOTOS + SMALL + WITHOUT_DATA}
    if models and not set(models) <= known:
        sys.exit(f"accuracy: --models: known are {', '.join(sorted(known))}")

    print("| model | calibrated, evaluated on | recipe | float | quantized "
          "| difference | s | weights bytes | of .onnx |")
    print("|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder, floats = pathlib.Path(name), {}
        for stem, note, calibration, evaluation, options in (
                PHOTOS + SMALL + WITHOUT_DATA):
            if models and stem not in models:
                continue
            model = quantized.SHARED / f"models/{stem}.onnx"
            inputs, labels = quantized.data(folder, *evaluation)
            key = (stem, *evaluation)
            if key not in floats:
                floats[key] = quantized.right(
                    quantized.float_logits(model, inputs), labels)
            for recipe in args.recipe or ["default", "best", "w4", "data_free"]:
                if without_data(recipe) != (calibration is None):
                    continue
                extra = list(options)
                if calibration:
                    few, _ = quantized.data(folder, *calibration)
                    extra.append(f"--calibrate={few}")
                seconds, artefact = quantized.quantize(
                    model, [*f"--qconfig={recipe}".split(), *extra], folder)
                found = quantized.right(
                    quantized.logits(artefact, inputs, folder), labels)
                size = quantized.weights_bytes(artefact, folder)
                count, wanted = len(labels), floats[key]
                show = (lambda n: f"{100 * n / count:.2f} %") if count > 200 \
                    else (lambda n: f"{n} of {count}")
                print(f"| {stem} | {note} | {recipe} | {show(wanted)} | "
                      f"{show(found)} | {100 * (found - wanted) / count:+.2f} | "
                      f"{seconds:.1f} | {size} | "
                      f"{100 * size / model.stat().st_size:.1f} % |",
                      flush=True)


if __name__ == "__main__":
    main()
