# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# The whole straight line on one model of the test set, with real inputs:
#
#   1. the QFloat level gives the codes of the Q level, on every tensor;
#   2. one program for several instruction sets gives the same bytes on each, and
#      those of the interpreter of Q;
#   3. the program's self-test passes;
#   4. where labels are known, the program's accuracy reaches the table's bound;
#   5. with --weights-percent the weights of a program for one instruction set
#      take at most so many percent of the model file;
#   6. where QUENCH_ANDROID_CLANG is set (lit.cfg.py), the self-test passes on
#      emulated ARM processors, on every instruction set that they have;
#   7. where there is nvcc, every layer gives the same codes as CUDA, executed by
#      ptxsim.
#
#   check_model.py MODEL.onnx --shared DIR --out DIR [--weight-bits 4]
#       [--weight-group 16] [--weights-percent 14] [--keep-float REGEX] [--correct N]

import argparse
import os
import pathlib
import subprocess
import sys

import numpy as np

import cuda
import data

# Platform, the flags of its triple, and a processor with all its levels.
EMULATED = [
    ("aarch64-linux-android", ["--target=aarch64-linux-android24"],
     ["qemu-aarch64", "-cpu", "max,sve=off"]),
    ("armv7a-linux-androideabi",
     ["--target=armv7a-linux-androideabi24", "-march=armv7-a", "-mfpu=neon",
      "-mfloat-abi=softfp"],
     ["qemu-arm", "-cpu", "cortex-a15"]),
]
ISAS = ["x86_avx512vnni", "x86_avx2", "scalar"]
FASHION = pathlib.Path("/usr/share/datasets/fashion-mnist")
IMAGENET = ["--mean=123.675,116.28,103.53", "--std=58.395,57.12,57.375"]

# Model stem -> where its inputs come from.
#   labelled: a set of data.py for calibration, another one to measure accuracy
#   on, and the least number of right answers (the network in float: see comment).
#   pictures: a folder of shared/data and the options of `quench prepare`.
LABELLED = {
    # 56 of 66 in float: at most 2 pictures less.
    "efficientnet_lite0": (
        ["photos", "--rows", "even"], ["photos", "--rows", "odd"], 54),
    # 51 of 66 in float.
    "mobilenet_v2_224": (
        ["photos", "--rows", "even", "--mean", "128", "--label-offset", "1"],
        ["photos", "--rows", "odd", "--mean", "128", "--label-offset", "1"], 49),
    "mobilenet_v2_224_qdq_u8": (
        None,
        ["photos", "--rows", "odd", "--mean", "128", "--label-offset", "1"], 49),
    # 92.02 % and 91.34 % of 10,000 in float: at most 0.3 points less.
    "fmnist_resnet": (["fashion", "--train", "--first", "512"], ["fashion"], 9190),
    "fmnist_resnet_bn": (
        ["fashion", "--train", "--first", "512"], ["fashion"], 9172),
    "fmnist_mbv2": (["fashion", "--train", "--first", "512"], ["fashion"], 9120),
    "fmnist_mbv2_bn": (
        ["fashion", "--train", "--first", "512"], ["fashion"], 9104),
    # The hard case for min-max ranges: bounds well above chance.
    "fmnist_mbv2_spread": (
        ["fashion", "--train", "--first", "512"], ["fashion"], 8800),
    "fmnist_mbv2_spread_bn": (
        ["fashion", "--train", "--first", "512"], ["fashion"], 8800),
    # Quantized elsewhere: what onnxruntime makes of the file, within 0.3 points.
    "fmnist_resnet_qdq_pc": (None, ["fashion"], 9170),
    "fmnist_resnet_qdq_pt": (None, ["fashion"], 9175),
    "fmnist_mbv2_qdq_pc": (None, ["fashion"], 9095),
    "fmnist_mbv2_qdq_pt": (None, ["fashion"], 9100),
    "fmnist_mbv2_spread_qdq_pc": (None, ["fashion"], 8919),
    "fmnist_mbv2_spread_qdq_pt": (None, ["fashion"], 1384),
    # 90.1 % of 1000 in float.
    "kws_dscnn": (["kws"], ["kws"], 900),
}
# (stem, bits, group) -> the bound with filters of fewer bits, min-max scales and
# no AdaRound to mend them; None: nothing is left of the accuracy.
NARROW = {
    ("fmnist_resnet", 4, None): 9100,
    ("fmnist_resnet", 2, None): None,
    ("fmnist_resnet", 4, 16): 9160,
    ("fmnist_resnet", 2, 32): None,
    ("fmnist_mbv2", 4, 16): 9080,
    ("kws_dscnn", 4, 32): 880,
}
PICTURES = {
    "ppocr_v2_cls": (
        "ocr_face/line*.png",
        ["--mean=127.5", "--std=127.5", "--resize=exact", "--bgr"]),
    "ppocr_v4_det_320": ("ocr_face/line*.png", [*IMAGENET, "--resize=exact"]),
    "resnet8_cifar10": ("photos/00*.jpg", []),
    "resnet20_cifar10_bn": ("photos/00*.jpg", IMAGENET),
    "resnet56_cifar10": ("photos/00*.jpg", IMAGENET),
    "ultraface_rfb320_bn": (
        "ocr_face/grace_hopper*.png",
        ["--mean=127", "--std=128", "--resize=exact"]),
    "yunet_n_320": ("ocr_face/grace_hopper*.png", ["--bgr", "--resize=exact"]),
}
# No recording is at hand: numbers in the range of log-mel energies.
RANDOM = {"ad01_autoencoder": (1, 640)}


def run(*command, **kwargs):
    command = [str(c) for c in command]
    print("+", " ".join(command), flush=True)
    return subprocess.run(command, check=True, **kwargs)


def labelled(stem, shared, out):
    """Calibration folder (or None), evaluation inputs and their labels."""
    calibration, evaluation, bound = LABELLED[stem]
    folders = {"photos": shared / "data/photos", "fashion": FASHION,
               "kws": shared / "data/kws01"}

    def make(options, folder):
        run(sys.executable, pathlib.Path(data.__file__), options[0],
            folders[options[0]], folder, *options[1:])

    make(evaluation, out / "evaluation")
    if calibration:
        make(calibration, out / "calibration")
    labels = [set(map(int, line.split())) for line in open(
        out / "evaluation/labels.txt")]
    return (out / "calibration/x.npy" if calibration else None,
            out / "evaluation/x.npy", labels, bound)


def unlabelled(model, stem, shared, out):
    inputs = out / "x.npy"
    if stem in RANDOM:
        rng = np.random.default_rng(1)
        shape = RANDOM[stem]
        np.save(inputs, rng.normal(0, 1, (8, *shape[1:])).astype(np.float32))
        return inputs
    pattern, options = PICTURES[stem]
    files = sorted((shared / "data").glob(pattern))
    assert files, pattern
    run("quench", "prepare", model, *files, *options, "--quiet", "-o", inputs)
    return inputs


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--shared", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--compare-samples", type=int, default=2)
    parser.add_argument("--weight-bits", type=int, default=8)
    parser.add_argument("--weight-group", type=int)
    parser.add_argument("--activation-bits", type=int, default=8)
    parser.add_argument("--weights-percent", type=float)
    parser.add_argument("--keep-float")
    parser.add_argument("--option", action="append", default=[],
                        help="of quench compile, at the step to qf")
    parser.add_argument("--correct", type=int, help="right answers, exactly")
    args = parser.parse_args()
    model, out, stem = args.model, args.out, args.model.stem
    out.mkdir(parents=True, exist_ok=True)

    if stem in LABELLED:
        calibration, inputs, labels, bound = labelled(stem, args.shared, out)
    else:
        calibration = inputs = unlabelled(model, stem, args.shared, out)
        labels = None

    # 1. QFloat equals Q.
    quantize = [f"--calibrate={calibration}", "--samples=64"] if calibration else []
    if args.weight_bits != 8:
        quantize.append(f"--weight-bits={args.weight_bits}")
    if args.weight_group:
        quantize.append(f"--weight-group={args.weight_group}")
    if args.activation_bits != 8:
        quantize.append(f"--activation-bits={args.activation_bits}")
    if args.keep_float:
        quantize.append(f"--keep-float={args.keep_float}")
    run("quench", "compile", model, *quantize, *args.option, "--emit=qf", "--quiet",
        "-o", out / "qf.mlir")
    run("quench", "compile", out / "qf.mlir", "--emit=q", "--no-optimize", "--quiet",
        "-o", out / "q.mlir")
    x = np.load(inputs)
    for index in range(min(args.compare_samples, len(x))):
        sample = out / f"sample{index}.npy"
        np.save(sample, x[index: index + 1])
        done = run("quench-run", out / "qf.mlir", "--input", sample,
                   "--compare", out / "q.mlir", stdout=subprocess.PIPE, text=True)
        summary = done.stdout.strip().splitlines()[-1]
        print(summary)
        equal = int(summary.split("tensors: ")[1].split(" equal")[0])
        assert equal > 3 and ", 0 different" in summary, summary
        run("quench", "run", out / "q.mlir", sample, "--quiet",
            "-o", out / f"expected{index}.npy", stdout=subprocess.DEVNULL)

    # 2. The same bytes on every instruction set.
    run("quench", "compile", out / "qf.mlir", "--emit=exe", "--quiet",
        f"--target={','.join(ISAS)}", f"--prefix={stem}", "-o", out / "program")
    program = out / "program" / stem
    few = out / "few.npy"
    np.save(few, x[:20])
    results = {}
    for isa in ISAS:
        result = out / f"{isa}.npy"
        done = subprocess.run([program, few, "--isa", isa, "-o", result])
        if done.returncode != 0:
            print(f"UNAVAILABLE here: {isa}")
            assert isa != "scalar"
            continue
        results[isa] = np.load(result)
    for isa, result in results.items():
        assert result.tobytes() == results["scalar"].tobytes(), isa
    for index in range(min(args.compare_samples, len(x))):
        expected = np.load(out / f"expected{index}.npy")
        found = results["scalar"][index: index + 1]
        assert expected.tobytes() == found.tobytes(), f"sample {index}"
    print(f"{len(results['scalar'])} samples equal on {', '.join(results)}")

    # 3. The program proves itself: every output, on every instruction set.
    for isa in results:
        run(program, "--selftest", "--isa", isa)

    # 4. Accuracy.
    if labels:
        run(program, inputs, "-o", out / "y.npy", stdout=subprocess.DEVNULL)
        y = np.load(out / "y.npy").reshape(len(labels), -1)
        right = sum(int(row.argmax()) in ok for row, ok in zip(y, labels))
        bound = NARROW.get((stem, args.weight_bits, args.weight_group), bound)
        print(f"ACCURACY {stem}: {right} of {len(labels)} (at least {bound})")
        assert bound is None or right >= bound
        assert args.correct in (None, right), f"expected {args.correct}"

    # 5. Bytes of flash.
    if args.weights_percent:
        for isa in ISAS:
            run("quench", "compile", out / "qf.mlir", "--quiet", f"--target={isa}",
                "--prefix=one", "-o", out / isa)
            size = (out / isa / "one_weights.bin").stat().st_size
            percent = 100 * size / model.stat().st_size
            print(f"WEIGHTS {stem} {isa}: {size} bytes, {percent:.1f} %")
            assert percent <= args.weights_percent

    # 6. Emulated processors.
    clang = os.environ.get("QUENCH_ANDROID_CLANG")
    start = pathlib.Path(__file__).parent / "Inputs/android/start.c"
    for platform, flags, emulator in EMULATED if clang else []:
        run("quench", "compile", out / "qf.mlir", "--emit=static", "--quiet",
            f"--target={platform}", "--prefix=net", "-o", out / platform)
        run(*clang.split(), *flags, "-O1", start, f"-I{out / platform}",
            out / platform / "libnet.a", "-o", out / platform / "start")
        run(*emulator, out / platform / "start")

    if "QUENCH_NVCC" in os.environ:
        cuda.selftest(out / "qf.mlir", out / "cuda", 80, ["--all-results"])


if __name__ == "__main__":
    main()
