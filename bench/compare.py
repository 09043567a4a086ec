# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Contenders, and rounds A B C A B C ... of them, every one in its own process.
# Absolute times drift on shared machines; the ratios of one run are what counts.

import os
import pathlib
import platform
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent

# Runs a command and prints its peak memory in KiB, from a process that is small
# itself: what a parent has counts for its children.
SMALL_PARENT = """import os, sys
pid = os.fork() or os.execv(sys.argv[1], sys.argv[1:])
print(os.wait4(pid, 0)[2].ru_maxrss)"""


def positive(text):
    """An argument of argparse."""
    number = int(text)
    if number < 1:
        raise ValueError
    return number


# bench/run and bench/layers ask with --check whether arguments are right, before they
# install and build anything.
def arguments():
    return [a for a in sys.argv[1:] if a != "--check"]


def end_of_check():
    if "--check" in sys.argv:
        sys.exit(10)


class Contender:
    """Something that runs a model. `precision`: "int8" or "fp32"; `isa`: the
    instruction set it is held to, "" for all of the machine. After `close`:
    `times` in microseconds, `memory` in MiB, `size` in bytes, `first_result` in
    seconds, and `result`, the first output."""

    is_ours = False

    def __init__(self, name, precision, isa=""):
        self.name, self.precision, self.isa = name, precision, isa
        self.times = []

    def load_result(self, file):
        import numpy as np

        self.result = np.load(file).ravel()
        file.unlink()


class Peer(Contender):
    """A runtime behind peers.py, kept alive between rounds."""

    def __init__(self, name, precision, engine, model, isa=""):
        super().__init__(name, precision, isa)
        self.arguments = [engine, str(model)]

    def start(self, sample, folder, threads):
        result = folder / "result.npy"
        # OpenVINO's kernels are oneDNN's, and what it generates itself asks
        # oneDNN what the machine has.
        environment = {"ONEDNN_MAX_CPU_ISA": self.isa} if self.isa else {}
        self.process = subprocess.Popen(
            [sys.executable, HERE / "peers.py", *self.arguments, sample, result,
             "--threads", str(threads)],
            env={**os.environ, **environment}, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.first_result = float(self._answer("ready").split()[1])
        self.round(1)
        self.times.clear()
        self.load_result(result)

    def _answer(self, word=""):
        for line in self.process.stdout:  # some runtimes talk there as well
            if line.startswith(word) and (word or line[0].isdigit()):
                return line
        raise RuntimeError(f"{self.name} ended early")

    def round(self, iterations):
        self.process.stdin.write(f"{iterations}\n")
        self.process.stdin.flush()
        self.times += [float(t) for t in self._answer().split()]

    def close(self):
        self.process.stdin.close()
        memory, self.size = map(int, self._answer().split())
        self.memory = memory / 1024
        self.process.wait()


class Program(Contender):
    """A standalone program made by quench: `--bench N` warms up, then prints N
    latencies. A process of its own for each round."""

    is_ours = True

    def __init__(self, name, path, isa=""):
        super().__init__(name, "int8", isa)
        self.path = path

    def start(self, sample, folder, threads):
        self.command = [str(self.path), str(sample)]
        if threads > 1:
            self.command += ["--threads", str(threads)]
        self.size = self.path.stat().st_size
        result = folder / "result.npy"
        begin = time.perf_counter()
        self._run("-o", result)
        self.first_result = time.perf_counter() - begin
        self.load_result(result)

    def _run(self, *options):
        done = subprocess.run([*self.command, *map(str, options)],
                              stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{self.name} ended with code {done.returncode}")
        return done.stdout

    def round(self, iterations):
        self.times += [float(t)
                       for t in self._run("--bench", iterations).split()]

    def close(self):
        printed = subprocess.run(
            [sys.executable, "-ISc", SMALL_PARENT, *self.command],
            check=True, stdout=subprocess.PIPE, text=True).stdout
        self.memory = int(printed.split()[-1]) / 1024


# Seconds between contenders: threads of the last one may poll for work for a
# while, and would take the cores of the next one.
SETTLE = 0.2


def interleaved(contenders, sample, folder, threads, rounds, iterations):
    """Runs them all in turns; those that cannot start, or fail, are left out
    with a word on stderr. The others, closed."""
    alive = []
    for contender in contenders:
        try:
            contender.start(sample, folder, threads)
            alive.append(contender)
        except (RuntimeError, OSError) as error:
            print(f"bench: left out: {error}", file=sys.stderr)
    for _ in range(rounds):
        for contender in alive:
            time.sleep(SETTLE)
            contender.round(iterations)
    for contender in alive:
        contender.close()
    return alive


def cpu_name():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()
