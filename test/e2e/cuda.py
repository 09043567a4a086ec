# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Compiles a model to CUDA sources and lets the program prove itself: what each
# layer computes, or the model's outputs, against the compiler's interpreter.
# ptxsim stands in for the CUDA runtime; with QUENCH_GPU the device of this
# machine proves it, too. The environment is that of lit.cfg.py.
#
#   cuda.py MODEL --out DIR [--level 80] [--program MAIN.cpp]
#       [option of 'quench compile' ...]
#
# With --program the main is that file, and DIR/net is built but not run.

import argparse
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(*command, **environment):
    subprocess.run([str(c) for c in command], check=True,
                   env={**os.environ, **environment})


def build(out, level, libraries, flags=(), main=None):
    """A program of the sources in `out`; returns its path."""
    include = ROOT / "runtime" / "include"
    cxx, nvcc = os.environ["QUENCH_CXX"], os.environ["QUENCH_NVCC"]
    run(nvcc, "-std=c++17", "-O3", "-Werror", "all-warnings", f"-I{include}",
        "-gencode", f"arch=compute_{level},code=compute_{level}",
        "-Xfatbin", "--compress=false", "-c", out / "net.cu", "-o",
        out / "net_cuda.o")
    program = out / "net"
    run(cxx, "-std=c++17", "-O1", f"-I{include}", f"-I{out}", "-isystem",
        os.environ["QUENCH_CUDA_INCLUDE"], *flags,
        main or out / "net_main.cpp", out / "net_cuda.o", "-Wa,-I" + str(out),
        out / "net_weights.S", os.environ["QUENCH_QRT"], *libraries,
        "-lpthread", "-o", program)
    return program


def compile_model(model, out, level, options):
    run("quench", "compile", model, f"--target=cuda_sm{level}", "--quiet",
        "--main", "--prefix=net", "-o", out, *options)


def selftest(model, out, level, options=()):
    out = pathlib.Path(out)
    compile_model(model, out, level, options)
    program = build(out, level, [os.environ["QUENCH_CUDART"]])
    run(program, "--selftest", PTXSIM_ARCH=str(level))
    if "QUENCH_GPU" in os.environ:
        device = pathlib.Path(os.environ["QUENCH_NVCC"]).parents[1] / "lib64"
        program = build(out, level, ["-L" + str(device), "-lcudart_static",
                                     "-ldl", "-lrt"])
        run(program, "--selftest")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--out", required=True)
    parser.add_argument("--level", type=int, default=80)
    parser.add_argument("--program", type=pathlib.Path)
    arguments, options = parser.parse_known_args()
    if arguments.program:
        out = pathlib.Path(arguments.out)
        compile_model(arguments.model, out, arguments.level, options)
        build(out, arguments.level, [os.environ["QUENCH_CUDART"]],
              main=arguments.program)
        return
    selftest(arguments.model, arguments.out, arguments.level, options)


if __name__ == "__main__":
    main()
