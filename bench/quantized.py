# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# What bench/accuracy and bench/sqnr share: data sets, quantized programs, and the
# float network in onnxruntime.

import json
import os
import pathlib
import subprocess
import sys
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
QUENCH = ROOT / "build/dev/bin/quench"
FOLDERS = {
    "photos": SHARED / "data/photos",
    "fashion": pathlib.Path("/usr/share/datasets/fashion-mnist"),
    "kws": SHARED / "data/kws01",
}


def run(*command):
    command = [str(c) for c in command]
    done = subprocess.run(command, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")


def cpu_flags():
    for line in open("/proc/cpuinfo"):
        if line.startswith("flags"):
            return set(line.split())
    return set()


def best_target():
    flags = cpu_flags()
    if "avx512_vnni" in flags:
        return "x86_avx512vnni"
    return "x86_avx2" if {"avx2", "fma"} <= flags else "scalar"


def data(folder, kind, *options):
    """Inputs and labels of test/e2e/data.py: [N, ...], a set of classes each."""
    out = folder / "-".join([kind, *options]).replace("--", "")
    if not out.exists():
        run(sys.executable, ROOT / "test/e2e/data.py", kind, FOLDERS[kind], out,
            *options)
    labels = [set(map(int, line.split())) for line in open(out / "labels.txt")]
    return out / "x.npy", labels


def float_logits(model, inputs, threads=0):
    """What onnxruntime computes, one input at a time: [N, outputs]."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or len(os.sched_getaffinity(0))
    session = onnxruntime.InferenceSession(
        str(model), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return np.stack([session.run(None, {name: x[None]})[0].ravel()
                     for x in np.load(inputs)])


def options_of(recipe, folder):
    """Options of quench: a list as it is, a dict as the file of --qconfig."""
    if not isinstance(recipe, dict):
        return list(recipe)
    file = folder / "qconfig.json"
    file.write_text(json.dumps(recipe))
    return [f"--qconfig={file}"]


def quantize(model, options, folder):
    """Seconds of `quench quantize`, and the artefact."""
    artefact = folder / "net.qfb"
    begin = time.perf_counter()
    run(QUENCH, "quantize", model, "--quiet", *options, "-o", artefact)
    return time.perf_counter() - begin, artefact


def logits(artefact, inputs, folder):
    """What the compiled program computes: [N, outputs]."""
    run(QUENCH, "compile", artefact, "--emit=exe", "--quiet", "--prefix=m",
        f"--target={best_target()}", "-o", folder / "program")
    run(folder / "program/m", inputs, "-o", folder / "y.npy")
    y = np.load(folder / "y.npy")
    return y.reshape(len(y), -1)


def weights_bytes(artefact, folder):
    run(QUENCH, "compile", artefact, "--quiet", "--prefix=m",
        f"--target={best_target()}", "-o", folder / "sources")
    return (folder / "sources/m_weights.bin").stat().st_size


def right(y, labels):
    return sum(int(row.argmax()) in ok for row, ok in zip(y, labels))
