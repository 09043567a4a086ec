# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Logits of quantized efficientnet_lite0 against the float network, one algorithm
# after the other: signal-to-quantization-noise in dB,
#
#   10 log10( sum y^2 / sum (y - yq)^2 )    over all logits of all pictures,
#
# on pictures that were not calibrated on. Splits are disjoint halves of the
# photographs, drawn with the seeds 1, 2, ... Prints Markdown: mean of the splits,
# and the smallest and largest.

import argparse
import pathlib
import tempfile

import numpy as np

import quantized


def recipe(weight="min_max", activation="min_max", bits=8, per="channel",
           bias="none", equalize=False, adaround=0, **others):
    """A QConfig that says all that differs from the preset `fast`."""
    return {
        "base": "fast",
        "weight": {"observer": weight, "bits": bits, "granularity": per},
        "activation": {"observer": activation},
        "algorithms": {"bias_correction": bias, "equalize": equalize,
                       "adaround": adaround},
        **others,
    }


EMPIRICAL = {"bias": "empirical"}
BOTH = {"bias": "empirical", "equalize": True}


def compared(activation):
    """Section -> row -> recipe; `activation` observes where rows do not say."""
    def of(**changes):
        return recipe(**{"activation": activation, **changes})

    observers = {name: recipe(activation=name) for name in
                 ("min_max", "ema", "entropy", "mse")}
    for percentile in (99.9, 99.99, 99.999):
        observers[f"percentile {percentile}"] = recipe(
            activation="percentile", percentile=percentile)

    def algorithms(**changes):
        return {
            "weights min_max": of(**changes),
            "weights mse": of(weight="mse", **changes),
            "weights min_max, bias correction": of(**EMPIRICAL, **changes),
            "weights mse, bias correction": of(
                weight="mse", **EMPIRICAL, **changes),
            "weights min_max, equalized": of(equalize=True, **changes),
            "weights mse, equalized": of(
                weight="mse", equalize=True, **changes),
            "weights min_max, both": of(**BOTH, **changes),
            "weights mse, both": of(weight="mse", **BOTH, **changes),
        }

    def rounded(**changes):
        return {f"weights {weight}, bias correction, AdaRound":
                of(weight=weight, adaround=1000, **EMPIRICAL, **changes)
                for weight in ("min_max", "mse")}

    corrected = {
        f"{samples} samples": {
            **of(**EMPIRICAL),
            "algorithms": {"bias_correction": "empirical", "samples": samples}}
        for samples in (8, 16, 32, 64)}
    return {
        "activations (weights min_max, no corrections)": observers,
        "activations (weights min_max, bias correction)": {
            name: {**row, "algorithms": {"bias_correction": "empirical"}}
            for name, row in observers.items()},
        f"per channel (activations {activation})": algorithms(),
        f"per tensor (activations {activation})": algorithms(per="tensor"),
        f"bias correction (activations {activation}, weights min_max)": corrected,
        f"AdaRound (activations {activation})": rounded(),
        f"4-bit weights (activations {activation})": {
            **algorithms(bits=4), **rounded(bits=4)},
        "presets": {name: [f"--qconfig={name}"] for name in
                    ("fast", "default", "best", "w4", "min_max", "ema",
                     "calibration", "tqt")},
    }


def sqnr(wanted, found):
    error = np.square(found.astype(np.float64) - wanted).sum()
    return 10 * np.log10(np.square(wanted.astype(np.float64)).sum() / error)


def main():
    parser = argparse.ArgumentParser(
        prog="bench/sqnr", description="Markdown tables of the logits' SQNR of "
        "efficientnet_lite0 by algorithm, on pictures not calibrated on.")
    parser.add_argument("--splits", type=int, default=3)
    parser.add_argument("--activation", default="mse", metavar="OBSERVER",
                        help="of the tables that do not compare observers; "
                        "default: %(default)s")
    parser.add_argument("--sections", default="", metavar="TEXT,TEXT",
                        help="only those whose title begins with one of these")
    args = parser.parse_args()
    model = quantized.SHARED / "models/efficientnet_lite0.onnx"

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        pictures, labels = quantized.data(folder, "photos")
        x, wanted = np.load(pictures), quantized.float_logits(model, pictures)
        splits = []
        for seed in range(1, args.splits + 1):
            order = np.random.default_rng(seed).permutation(len(x))
            few, rest = np.split(order, [len(x) // 2])
            np.save(folder / f"few{seed}.npy", x[few])
            np.save(folder / f"rest{seed}.npy", x[rest])
            splits.append((seed, rest))
        for title, rows in compared(args.activation).items():
            if not title.startswith(tuple(args.sections.split(","))):
                continue
            print(f"\n| {title} | SQNR dB | min..max | right of "
                  f"{sum(len(rest) for _, rest in splits)} |", flush=True)
            print("|---|---|---|---|")
            for row, what in rows.items():
                found, correct = [], 0
                for seed, rest in splits:
                    options = quantized.options_of(what, folder)
                    _, artefact = quantized.quantize(
                        model, [*options, f"--calibrate={folder}/few{seed}.npy"],
                        folder)
                    y = quantized.logits(
                        artefact, folder / f"rest{seed}.npy", folder)
                    found.append(sqnr(wanted[rest], y))
                    correct += quantized.right(y, [labels[i] for i in rest])
                print(f"| {row} | {np.mean(found):.1f} | {min(found):.1f}.."
                      f"{max(found):.1f} | {correct} |", flush=True)


if __name__ == "__main__":
    main()
