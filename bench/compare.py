# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Times a model compiled by quench beside other runtimes in one interleaved run:
# A B C A B C ..., every contender in its own process, all pinned to the same
# cores. Prints a Markdown table; absolute times drift on shared machines, the
# ratios of one run are what counts.

import argparse
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent


class Peer:
    """A runtime behind peers.py, kept alive between rounds."""

    def __init__(self, engine, model, sample, threads):
        self.process = subprocess.Popen(
            [sys.executable, HERE / "peers.py", engine, model, sample,
             "--threads", str(threads)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        word, seconds = self.process.stdout.readline().split()
        assert word == "ready"
        self.first_result = float(seconds)

    def round(self, iterations):
        self.process.stdin.write(f"{iterations}\n")
        self.process.stdin.flush()
        return [float(t) for t in self.process.stdout.readline().split()]

    def close(self):
        self.process.stdin.close()
        self.memory = int(self.process.stdout.readline()) / 1024
        self.process.wait()


class Program:
    """A standalone program made by quench: `--bench N` warms up, then prints N
    latencies."""

    def __init__(self, path, sample):
        self.command = [str(path), str(sample)]
        begin = time.perf_counter()
        self._run(1)
        self.first_result = time.perf_counter() - begin

    def _run(self, iterations):
        process = subprocess.Popen(
            [*self.command, "--bench", str(iterations)],
            stdout=subprocess.PIPE, text=True)
        lines = process.stdout.read().split()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
        if status != 0:
            sys.exit(f"{self.command[0]} failed with status {status}")
        self.memory = usage.ru_maxrss / 1024
        return [float(t) for t in lines]

    def round(self, iterations):
        return self._run(iterations)  # a process of its own for each round

    def close(self):
        pass


def cpu_name():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--title", default="")
    parser.add_argument("--sample", required=True, help=".npy input")
    parser.add_argument("--quench", action="append", default=[],
                        metavar="NAME=PROGRAM")
    parser.add_argument("--peer", action="append", default=[],
                        metavar="NAME=ENGINE:MODEL")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--iterations", type=int, default=20)
    parser.add_argument("--cpus", default="0", help="cores to pin to: 0 or 0,1")
    args = parser.parse_args()

    cpus = {int(c) for c in args.cpus.split(",")}
    os.sched_setaffinity(0, cpus)  # children inherit it

    contenders = {}
    for spec in args.quench:
        name, program = spec.split("=", 1)
        contenders[name] = Program(program, args.sample)
    for spec in args.peer:
        name, rest = spec.split("=", 1)
        engine, model = rest.split(":", 1)
        contenders[name] = Peer(engine, model, args.sample, len(cpus))

    times = {name: [] for name in contenders}
    for _ in range(args.rounds):
        for name, contender in contenders.items():
            times[name] += contender.round(args.iterations)
    for contender in contenders.values():
        contender.close()

    ours = [name for name in contenders
            if isinstance(contenders[name], Program)]
    best = min(ours or contenders, key=lambda name: min(times[name]))
    print(f"### {args.title}")
    print(f"{cpu_name()}, cores {args.cpus}, {args.rounds} interleaved rounds "
          f"of {args.iterations}\n")
    print("| | min ms | median ms | time / best of ours (min) | peak RSS MiB "
          "| start to first result ms |")
    print("|---|---|---|---|---|---|")
    for name, t in times.items():
        c = contenders[name]
        print(f"| {name} | {min(t) / 1e3:.2f} | "
              f"{statistics.median(t) / 1e3:.2f} | "
              f"{min(t) / min(times[best]):.2f} | {c.memory:.0f} | "
              f"{c.first_result * 1e3:.0f} |")
    print()


if __name__ == "__main__":
    main()
