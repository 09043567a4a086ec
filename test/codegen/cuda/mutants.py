# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Breaks the tensor core convolution in one place at a time and expects ptxsim, or
# the comparison with the reference, to notice: what the tests of the kernels are
# worth. The unbroken kernel goes first and has to pass.
#
#   mutants.py --out DIR --build BUILD

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
HEADER = "conv_tile.cuh"

# name, text, replacement, what has to be said.
MUTANTS = [
    ("no barrier", "    __syncthreads();\n", "", "race"),
    ("waits for one group too few", "wait_for_copies<Tile::stages - 2>()",
     "wait_for_copies<Tile::stages - 1>()", "has not delivered"),
    ("reads before the copies have arrived",
     "    wait_for_copies<Tile::stages - 2>();\n", "", "has not delivered"),
    ("a buffer beyond the last",
     "    writes = writes == end ? shared : writes;\n", "", "out of bounds"),
    ("multiplies in half of the warp",
     "          multiply_16x8x32(acc",
     "          if (lane < 16) multiply_16x8x32(acc", "diverge"),
    ("matrices in half of the warp",
     "        load_matrices(a[i], reads",
     "        if (lane < 16) load_matrices(a[i], reads", "diverge"),
    ("fragments exchanged",
     "b[j / 2][j % 2 * 2],\n", "b[j / 2][1 - j % 2],\n", "expected"),
    ("the last step left out",
     "for (int step = 0; step < steps; ++step)",
     "for (int step = 0; step + 1 < steps; ++step)", "expected"),
    ("pixels behind the last one stored",
     "        if (pixel >= S::pixels)\n          continue;\n", "",
     "out of bounds"),
    ("padding is zero", "if (mayBeOutside && !valid)", "if (false)", "expected"),
]
# Right bytes, but eight rows of a matrix in the same banks: filter and input
# are stored as they come.
SLOW = ("(half * 2 + lane / 16) ^ a_row / 2 % 4", "(half * 2 + lane / 16)")
SLOW_COPY = ("u * unit / 16 ^ row / 2 % 4", "u * unit / 16")
SLOW_PLACE = ("to ^ i * rowsApart / 2 % 4 * 16", "to")


def build(arguments, folder, edits):
    """The test program with an edited header."""
    include = folder / "include" / "qrt"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "runtime/include/qrt", include)
    text = (include / "cuda" / HEADER).read_text()
    for before, after in edits:
        if before not in text:
            sys.exit(f"mutants.py: '{before}' is not in {HEADER}: fix the mutant")
        text = text.replace(before, after, 1)
    (include / "cuda" / HEADER).write_text(text)
    tests = arguments.build / "test/codegen/cuda"
    subprocess.run([tests / "quench-cuda-gen", folder / "layers.cu",
                    "--only=conv2d_s8_64x64_cuda"], check=True)
    subprocess.run(
        [os.environ["QUENCH_NVCC"], "-std=c++17", "-O3", f"-I{ROOT}",
         f"-I{folder / 'include'}", "-gencode",
         "arch=compute_80,code=compute_80", "-Xfatbin", "--compress=false",
         "-c", folder / "layers.cu", "-o", folder / "layers.o"], check=True)
    lib = arguments.build / "lib"
    program = folder / "test"
    subprocess.run(
        [os.environ["QUENCH_CXX"],
         tests / "CMakeFiles/QuenchCudaKernelsTest.dir/CudaConvTest.cpp.o",
         folder / "layers.o", lib / "libQuenchKernels.a",
         lib / "libQuenchTargets.a", lib / "libqrt.a",
         lib / "libptxsim_cudart.a", "-lgtest_main", "-lgtest", "-lpthread",
         "-o", program], check=True)
    return program


def execute(program, report=None):
    environment = dict(os.environ, PTXSIM_ARCH="80")
    if report:
        environment["PTXSIM_REPORT"] = str(report)
    return subprocess.run([program, "--gtest_brief=1"], env=environment,
                          capture_output=True, text=True, check=False)


def wavefronts(report):
    """Of all ldmatrix, and the least there could be."""
    kernels = json.loads(report.read_text())["kernels"].values()
    return [sum(k["ldmatrix"][what] for k in kernels)
            for what in ("wavefronts", "minimum")]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    report = arguments.out / "report.json"

    whole = execute(build(arguments, arguments.out / "whole", []), report)
    if whole.returncode:
        sys.exit("the kernel itself fails:\n" + whole.stdout + whole.stderr)
    found, least = wavefronts(report)
    if found != least:
        sys.exit(f"the kernel itself has bank conflicts: {found} of {least}")
    print("whole: passes, no bank conflicts")

    survivors = []
    for number, (name, before, after, word) in enumerate(MUTANTS):
        program = build(arguments, arguments.out / f"mutant{number}",
                        [(before, after)])
        result = execute(program)
        text = (result.stdout + result.stderr).lower()
        caught = result.returncode != 0 and word in text
        print(f"{name}: {'caught' if caught else 'SURVIVES'}")
        if not caught:
            survivors.append(name)
            print(text)

    slow = execute(build(arguments, arguments.out / "slow",
                         [SLOW, SLOW_COPY, SLOW_PLACE]), report)
    found, least = wavefronts(report)
    print(f"chunks of the input not exchanged: {found / least:.2f} wavefronts "
          "for one")
    if slow.returncode or found < 1.5 * least:
        survivors.append("exchange")
    sys.exit("survivors: " + ", ".join(survivors) if survivors else 0)


if __name__ == "__main__":
    main()
