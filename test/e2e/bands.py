# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Programs whose layers run in bands give the interpreter's bytes, as those do
# whose layers run one by one: random filters and inputs, so that no two rows are
# alike.
#
#   bands.py OUT [--option=--cxx=clang++]

import argparse
import pathlib
import subprocess

import numpy as np

A = "!quant.uniform<i8:f32, 0.0625:-5>"
THREADS = 3


class Network:
    """Text of a function on q ops, from an input of height x width x channels."""

    def __init__(self, seed, height, width, channels):
        self.random = np.random.default_rng(seed)
        self.shapes = {"%in": (1, height, width, channels)}
        self.lines = []

    def type(self, value):
        return "tensor<%sx%s>" % ("x".join(map(str, self.shapes[value])), A)

    def define(self, shape):
        value = f"%v{len(self.lines)}"
        self.shapes[value] = shape
        return value

    def window(self, x, size, stride, pad, channels):
        _, h, w, _ = self.shapes[x]
        return (1, (h + 2 * pad - size) // stride + 1,
                (w + 2 * pad - size) // stride + 1, channels)

    def conv(self, x, channels, size=1, stride=1, pad=None, depthwise=False):
        pad = size // 2 if pad is None else pad
        depth = 1 if depthwise else self.shapes[x][3]
        groups = channels if depthwise else 1
        filter = self.random.integers(-127, 128, (channels, size, size, depth))
        # Results fill the range of codes. All tensors have one scale.
        scale = float(2.0 ** round(np.log2(0.011 / (size * size * depth) ** 0.5)))
        weights = f"!quant.uniform<i8<-127:127>:f32, {scale}>"
        kind = f"tensor<{channels}x{size}x{size}x{depth}x"
        y = self.define(self.window(x, size, stride, pad, channels))
        self.lines.append(f"""
  %w{y[1:]} = q.constant dense<{filter.tolist()}> : {kind}i8> as {kind}{weights}>
  {y} = q.conv2d {x}, %w{y[1:]} strides [{stride}, {stride}] pads [{pad}, {pad}, {pad}, {pad}]
     clamp [-128, 127] {{groups = {groups} : i64, multiplier = dense<{scale}> : tensor<1xf32>}}
     : ({self.type(x)}, {kind}{weights}>) -> {self.type(y)}""")
        return y

    def depthwise(self, x, size=3, stride=1, pad=None):
        return self.conv(x, self.shapes[x][3], size, stride, pad, True)

    def pool(self, x, kind, size=3, stride=2, pad=1):
        y = self.define(self.window(x, size, stride, pad, self.shapes[x][3]))
        clamp = " {clamp = array<i64: -128, 127>}" if kind == "avg" else ""
        self.lines.append(f"""
  {y} = q.{kind}_pool2d {x} kernel [{size}, {size}] strides [{stride}, {stride}]
     pads [{pad}, {pad}, {pad}, {pad}]{clamp} : ({self.type(x)}) -> {self.type(y)}""")
        return y

    def lut(self, x):
        table = self.random.integers(-128, 128, 256).tolist()
        y = self.define(self.shapes[x])
        self.lines.append(f"""
  {y} = q.lut {x} function "f" {{table = dense<{table}> : tensor<256xi8>}}
     : ({self.type(x)}) -> {self.type(y)}""")
        return y

    def transpose(self, x):
        """Height and width, which no band has all of."""
        n, h, w, c = self.shapes[x]
        y = self.define((n, w, h, c))
        self.lines.append(f"""
  {y} = q.transpose {x} perm [0, 2, 1, 3] : ({self.type(x)}) -> {self.type(y)}""")
        return y

    def add(self, a, b):
        y = self.define(self.shapes[a])
        self.lines.append(f"""
  {y} = q.add {a}, {b} clamp [-128, 127] : ({self.type(a)}, {self.type(b)}) -> {self.type(y)}""")
        return y

    def text(self, name, *results):
        types = ", ".join(map(self.type, results))
        return (f'module attributes {{quench.model = "{name}"}} {{\n'
                f"func.func @main(%in: {self.type('%in')}) -> ({types}) {{"
                + "".join(self.lines)
                + f"\n  return {', '.join(results)} : {types}\n}}\n}}\n")


def residual():
    """The result overwrites what is added; the window is 3 rows high."""
    n = Network(1, 29, 21, 16)
    x = n.lut("%in")
    y = n.add(n.conv(n.depthwise(n.conv(x, 64)), 16), x)
    return n, [n.lut(n.conv(y, 8, 3, 2))]


def overwritten():
    """Bands would not help: the next one reads rows of the operand that the
    result overwrites."""
    n = Network(5, 24, 24, 16)
    x = n.transpose("%in")
    return n, [n.pool(n.add(n.conv(n.depthwise(x), 16), x), "avg", 24, 1, 0)]


def strides():
    """Heights that no number of bands divides, windows of 5 rows, and of 2 rows
    that do not overlap; from the model's input to its output."""
    n = Network(2, 61, 43, 3)
    x = n.conv("%in", 32, 3, 2)
    x = n.depthwise(n.depthwise(x, 5), 3, 2)
    x = n.conv(n.conv(x, 64), 16, 2, 2, 0)
    return n, [x]


def deep():
    """Rows of several windows are kept; a tensor inside is a result too."""
    n = Network(3, 40, 26, 8)
    x = n.conv("%in", 48)
    x = n.depthwise(n.depthwise(n.depthwise(x)))
    y = n.conv(x, 8)
    z = n.conv(n.depthwise(n.conv(y, 48), 5), 8)
    return n, [y, z]


def pools():
    """Two readers of one tensor, poolings, tables."""
    n = Network(4, 43, 30, 16)
    x = n.lut(n.conv("%in", 32, 3))
    a = n.pool(n.depthwise(x), "max")
    b = n.pool(x, "avg")
    return n, [n.pool(n.lut(n.add(a, b)), "avg", 2, 2, 0)]


def run(*command):
    subprocess.run(command, check=True)


def check(network, out, options):
    out.mkdir(parents=True, exist_ok=True)
    built, results = network()
    model, x, y = out / "q.mlir", out / "x.npy", out / "y.npy"
    model.write_text(built.text(network.__name__, *results))
    np.save(x, built.random.integers(-128, 128, built.shapes["%in"]).astype(np.int8))
    run("quench-run", model, "--input", x, "--output-dir", out)
    expected = [(out / f"result{i}.npy").read_bytes() for i in range(len(results))]

    def compare(program, *arguments):
        files = [word for i in range(len(results)) for word in ("-o", f"{y}{i}.npy")]
        run(program, x, *arguments, *files)
        got = [pathlib.Path(f"{y}{i}.npy").read_bytes() for i in range(len(results))]
        assert got == expected, (program, arguments)

    for name, targets, extra in (("one", "scalar", []), ("host", "host,scalar", []),
                                 ("threads", "scalar", [f"--threads={THREADS}"]),
                                 ("whole", "scalar", ["--no-bands"])):
        plan = out / f"{name}.plan"
        run("quench", "compile", model, "--quiet", f"--target={targets}", *extra,
            "--emit=plan", "-o", plan)
        # On others bands may cost too much, or scratch may be what is large.
        if name in ("one", "whole"):
            expects = name == "one" and network is not overwritten
            assert ("bands = {" in plan.read_text()) == expects, name
        run("quench", "compile", model, "--quiet", f"--target={targets}", *extra,
            "--emit=exe", "--prefix=net", *options, "-o", out / name)
        program = out / name / "net"
        compare(program)
        if name == "host":
            compare(program, "--isa", "scalar")
        if name == "threads":
            compare(program, "--threads", str(THREADS))
        run(program, "--selftest")
    print(f"{network.__name__}: the same bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--option", action="append", default=[],
                        help="of quench compile --emit=exe")
    args = parser.parse_args()
    for network in residual, overwritten, strides, deep, pools:
        check(network, args.out / network.__name__, args.option)


if __name__ == "__main__":
    main()
