# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Makes everything, measures in interleaved rounds, prints a table for each network.

import argparse
import importlib.metadata
import os
import pathlib
import re
import subprocess
import tempfile

import compare
import machine
import models
import prepare
import table

PEAK = prepare.ROOT / "build/dev/bin/quench-bench-peak"


def parse():
    parser = argparse.ArgumentParser(
        prog="bench/run", description="Our int8 programs beside other runtimes, all "
        "in one interleaved run. Prints Markdown.")
    parser.add_argument("--models", default=",".join(models.MODELS),
                        metavar="NAME,NAME", help="default: %(default)s")
    parser.add_argument("--threads", type=compare.positive, default=1,
                        help="cores to pin to, the last ones of those allowed, and "
                        "threads that each contender uses")
    parser.add_argument("--rounds", type=compare.positive, default=10)
    parser.add_argument("--iterations", type=compare.positive, default=10,
                        help="of each contender in a round")
    parser.add_argument("--no-peers", action="store_true",
                        help="ours only, beside onnxruntime fp32 for the results")
    parser.add_argument("--work", type=pathlib.Path, metavar="FOLDER",
                        help="keep models and programs here for the next run")
    parser.add_argument("--prepare", action="store_true",
                        help="fill the folder of --work and measure nothing")
    args = parser.parse_args(compare.arguments())
    args.models = args.models.split(",")
    unknown = set(args.models) - set(models.MODELS)
    if unknown:
        parser.error(f"--models: unknown are {', '.join(sorted(unknown))}")
    if args.prepare and not args.work:
        parser.error("--prepare needs --work")
    if args.threads > len(os.sched_getaffinity(0)):
        parser.error("--threads: more than there are cores")
    compare.end_of_check()
    return args


def sections(program):
    """Bytes of code, and of constants with the weights."""
    printed = subprocess.run(["size", "-A", program], check=True, text=True,
                             stdout=subprocess.PIPE).stdout
    sizes = [(f[0], int(f[1])) for f in map(str.split, printed.splitlines())
             if len(f) == 3 and f[1].isdigit()]
    return (sum(n for name, n in sizes if name == ".text"),
            sum(n for name, n in sizes
                if name.startswith((".rodata", ".data.rel.ro"))))


def sizes(prepared):
    """A table of our programs."""
    lines = [f"| {prepared.name} | program bytes | of it code (.text) "
             "| constants, weights included | arena |", "|---|---|---|---|---|"]
    for target in prepare.TARGETS:
        program = prepared.program(target)
        code, constants = sections(program)
        help_ = subprocess.run([program, "--help"], check=True, text=True,
                               stdout=subprocess.PIPE).stdout
        arena = re.search(r"^Arena: (\d+)", help_, re.MULTILINE)[1]
        lines.append(f"| {target} | {program.stat().st_size} | {code} "
                     f"| {constants} | {arena} |")
    return "\n".join(lines)


def measure(prepared, args, cores):
    """Everything about one network, the machine's peak right before."""
    best = machine.Machine(PEAK, args.threads)
    print(f"\n### {prepared.name}, batch 1, {prepared.macs / 1e6:.0f} million MACs\n"
          f"{compare.cpu_name()}, cores {', '.join(map(str, cores))}, {args.rounds} "
          f"interleaved rounds of {args.iterations}; {best}\n")
    done = compare.interleaved(prepared.contenders, prepared.sample, prepared.folder,
                               args.threads, args.rounds, args.iterations)
    print(table.table(done, prepared.macs, best, prepared.contenders[0]))
    print(f"\n{sizes(prepared)}", flush=True)


def main():
    args = parse()
    peers = ["ai-edge-litert", "ncnn", "onnxruntime", "openvino"]
    with tempfile.TemporaryDirectory() as name:
        work = args.work.resolve() if args.work else pathlib.Path(name)
        ready = [prepare.Prepared(model, work, not args.no_peers, args.threads)
                 for model in args.models]
        if args.prepare:
            return
        cores = sorted(os.sched_getaffinity(0))[-args.threads:]
        os.sched_setaffinity(0, cores)  # children inherit it
        print(", ".join(f"{p} {importlib.metadata.version(p)}" for p in peers))
        for prepared in ready:
            measure(prepared, args, cores)


if __name__ == "__main__":
    main()
