# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Makes what the contenders of one network run, in a folder of its own: inputs, our
# programs, and the peers' models. What is there is kept; our programs are made
# anew when the compiler is newer.

import pathlib
import subprocess
import sys

import compare
import models

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
QUENCH = ROOT / "build/dev/bin/quench"
PNNX = ROOT / ".venv-bench/pnnx/pnnx/pnnx"

# Our targets, and what they are held to.
TARGETS = {"x86_avx512vnni": "", "x86_avx2": "AVX2"}


def run(*command, folder=None):
    done = subprocess.run([str(c) for c in command], cwd=folder, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        sys.exit(f"bench: {' '.join(map(str, command))} failed:\n{done.stdout}")
    return done.stdout


class Prepared:
    """Of one network: `model` (float ONNX), `macs`, `sample` (.npy), and the
    contenders; the first of them is the float network in onnxruntime, which
    results are compared with. Our programs may use `threads` threads."""

    def __init__(self, name, work, with_peers=True, threads=1):
        self.name, self.folder, self.threads = name, work / name, threads
        self.folder.mkdir(parents=True, exist_ok=True)
        self.model = models.path_of(name, work)
        self.macs = models.macs_of(self.model)
        inputs = self.folder / "inputs"
        if not inputs.exists():
            run(sys.executable, ROOT / "test/e2e/data.py", "photos",
                models.SHARED / "data/photos", self.folder, "--rows", "even",
                "--first", 16, "--mean", models.MODELS[name], "--split")
        self.inputs, self.sample = inputs, inputs / "00000.npy"
        reference = compare.Peer(
            "onnxruntime fp32", "fp32", "onnxruntime", self.model)
        self.contenders = [reference, *self.programs()]
        if with_peers:
            self.contenders += self.peers()

    def programs(self):
        return [compare.Program(f"quench int8 {target}", self.program(target), isa)
                for target, isa in TARGETS.items()]

    def program(self, target):
        """The program, and beside it what `--explain` said in explain.txt."""
        folder, options = target, []
        if self.threads > 1:
            folder += f"-{self.threads}-threads"
            options = [f"--threads={self.threads}"]
        file = self.folder / folder / self.name
        if not file.exists() or file.stat().st_mtime < QUENCH.stat().st_mtime:
            said = run(QUENCH, "compile", self.model, "--quiet", "--explain",
                       "--emit=exe", f"--calibrate={self.inputs}",
                       f"--target={target}", f"--prefix={self.name}",
                       *options, "-o", file.parent)
            (file.parent / "explain.txt").write_text(said)
        return file

    def peers(self):
        """int8 of onnxruntime's making, the same network for all of them."""
        int8, tflite = self.folder / "int8.onnx", self.folder / "int8.tflite"
        if not int8.exists():
            run(sys.executable, HERE / "quantize_peer.py", self.model, self.inputs,
                int8)
        if not tflite.exists():
            run(sys.executable, HERE / "write_tflite.py", int8, tflite)
        peer = compare.Peer
        return [
            peer("onnxruntime int8", "int8", "onnxruntime", int8),
            peer("openvino int8", "int8", "openvino", int8),
            peer("litert int8", "int8", "litert", tflite),
            peer("openvino fp32", "fp32", "openvino", self.model),
            peer("ncnn fp32", "fp32", "ncnn", self.ncnn()),
            peer("openvino int8 AVX2", "int8", "openvino", int8, "AVX2"),
            peer("openvino fp32 AVX2", "fp32", "openvino", self.model, "AVX2"),
        ]

    def ncnn(self):
        """The .param file of the float network."""
        folder = self.folder / "ncnn"
        file = folder / f"{self.name}.ncnn.param"
        if not file.exists():
            folder.mkdir(exist_ok=True)
            # It writes beside the model it reads.
            copy = folder / f"{self.name}.onnx"
            copy.write_bytes(self.model.read_bytes())
            run(PNNX, copy, "inputshape=[1,3,224,224]", "fp16=0", folder=folder)
            for other in folder.iterdir():
                if ".ncnn." not in other.name:
                    other.unlink()
        return file
