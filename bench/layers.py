# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Every layer's time (`--profile` of the program) beside its limit, the larger of
#
#   MACs / the best GMAC/s of the target's instructions, and
#   weights / what L3 gives + activations / what L2 (or L3, if they are larger) gives
#
# since the weights of all layers together do not fit L2.

import argparse
import math
import os
import pathlib
import re
import subprocess
import tempfile

import compare
import drawing
import machine
import models
import prepare

PEAK = prepare.ROOT / "build/dev/bin/quench-bench-peak"
STEP = re.compile(r" *\d+  (?P<op>\w+) +(?P<name>.+?)  "
                  r"\[(?P<inputs>.+) -> (?P<output>\S+)\](?:  (?P<macs>\d+) MAC)?(?:  \d+ bands)?")
KERNEL = re.compile(r" +(?:all targets|\w+): (\w+), \d+ cycles")
ELEMENT_BYTES = {"f32": 4, "s16": 2, "i16": 2, "s32": 4, "i32": 4, "i64": 8}


def elements(shape):
    return math.prod(int(d) for d in shape.split("x") if d.isdigit())


def bytes_of(shape):
    return elements(shape) * ELEMENT_BYTES.get(shape.split("x")[-1], 1)


class Layer:
    """One step of the plan: `op`, `name`, `kernel`, `macs`, `activations` and
    `weights` in bytes, and `time` and `limit` in microseconds."""

    def __init__(self, step):
        self.op, self.name, self.kernel = step["op"], step["name"], ""
        self.shapes = f"{step['inputs'].split(', ')[0]} -> {step['output']}"
        self.macs = int(step["macs"] or 0)
        output = step["output"]
        self.activations = bytes_of(output) + sum(
            map(bytes_of, step["inputs"].split(", ")))
        channels = int(output.split("x")[-1]) if self.macs else 0
        # The filter's once for each pixel; bias and multiplier for a channel.
        self.weights = (self.macs * channels // elements(output) + 8 * channels
                        if self.macs else 0)
        self.time = math.inf

    def set_limit(self, best, isa, l2_bytes):
        rates = best.rates
        near = "read_l2" if self.activations <= l2_bytes else "read_l3"
        memory = (self.weights / rates["read_l3"]
                  + self.activations / rates[near]) / 1e3
        self.limit = max(self.macs / best.peak("int8", isa) / 1e3, memory)


def read_layers(explained):
    """The layers of what `quench compile --explain` printed."""
    layers = []
    for line in explained.splitlines():
        if step := STEP.fullmatch(line):
            layers.append(Layer(step))
        elif layers and not layers[-1].kernel and (kernel := KERNEL.match(line)):
            layers[-1].kernel = kernel[1]
    return layers


def measure(program, sample, layers, rounds, iterations):
    """Sets the times: of the means of each round, the least."""
    for _ in range(rounds):
        printed = subprocess.run(
            [program, sample, "--bench", str(iterations), "--profile"], check=True,
            text=True, stdout=subprocess.PIPE).stdout.splitlines()[iterations:]
        if len(printed) != len(layers):
            raise SystemExit(f"bench: {len(printed)} layers profiled, "
                             f"{len(layers)} explained")
        for line, layer in zip(printed, layers):
            layer.time = min(layer.time, float(line.split()[0]))


def table(layers, best, isa):
    total, so_far = sum(layer.time for layer in layers), 0
    lines = ["| step | layer | shapes | kernel | us | of it limit | time / limit "
             "| million MACs | GMAC/s | % of peak | share % | cumulative % |",
             "|---|---|---|---|---|---|---|---|---|---|---|---|"]
    order = sorted(enumerate(layers), key=lambda item: -item[1].time)
    for step, layer in order:
        so_far += layer.time
        rate = layer.macs / layer.time / 1e3 if layer.macs else 0
        cells = [
            str(step), layer.name, layer.shapes, layer.kernel,
            f"{layer.time:.1f}", f"{layer.limit:.1f}",
            f"{layer.time / layer.limit:.1f}",
            f"{layer.macs / 1e6:.1f}" if layer.macs else "",
            f"{rate:.0f}" if layer.macs else "",
            f"{100 * rate / best.peak('int8', isa):.0f}" if layer.macs else "",
            f"{100 * layer.time / total:.1f}", f"{100 * so_far / total:.1f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def best_target():
    has_vnni = "avx512_vnni" in pathlib.Path("/proc/cpuinfo").read_text()
    return "x86_avx512vnni" if has_vnni else "x86_avx2"


def parse():
    parser = argparse.ArgumentParser(
        prog="bench/layers", description="Every layer's time beside its limit on "
        "this machine, the slowest first. Prints Markdown.")
    parser.add_argument("model", choices=models.MODELS)
    parser.add_argument("--target", choices=prepare.TARGETS,
                        default=best_target(),
                        help="default: %(default)s")
    parser.add_argument("--rounds", type=compare.positive, default=10)
    parser.add_argument("--iterations", type=compare.positive, default=10)
    parser.add_argument("--svg", type=pathlib.Path, metavar="FILE",
                        help="also draw bars of time and limit")
    parser.add_argument("--work", type=pathlib.Path, metavar="FOLDER",
                        help="keep models and programs here, as bench/run does")
    args = parser.parse_args(compare.arguments())
    compare.end_of_check()
    return args


def main():
    args = parse()
    isa = prepare.TARGETS[args.target]
    with tempfile.TemporaryDirectory() as name:
        work = args.work.resolve() if args.work else pathlib.Path(name)
        prepared = prepare.Prepared(args.model, work)
        program = prepared.program(args.target)
        layers = read_layers((program.parent / "explain.txt").read_text())
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-1:])
        best = machine.Machine(PEAK)
        measure(program, prepared.sample, layers, args.rounds, args.iterations)
        l2_bytes = int(subprocess.run(["getconf", "LEVEL2_CACHE_SIZE"], text=True,
                                      stdout=subprocess.PIPE).stdout or 0) or 1 << 20
        for layer in layers:
            layer.set_limit(best, isa, l2_bytes)
    total = sum(layer.time for layer in layers)
    title = f"{args.model}, {args.target}, one thread, {compare.cpu_name()}"
    print(f"### {title}\n\n{total / 1e3:.2f} ms, limits "
          f"{sum(layer.limit for layer in layers) / 1e3:.2f} ms; {best}\n")
    print(table(layers, best, isa))
    if args.svg:
        args.svg.write_text(drawing.bars(title, layers))


if __name__ == "__main__":
    main()
