# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Makes 16-bit tensors of some of the 8-bit tensors of a real network, on the qf
# level, and checks what check_model.py checks of all of them: QFloat predicts Q
# on every tensor, and the program gives the interpreter's bytes on each
# instruction set.
#
#   widen.py MODEL.onnx --out DIR [--every N]
#
# Every N-th of the network's activation types becomes i16 with zero point 0, the
# same largest value, and a range that leaves room for the sums of its readers.
# Tensors that shared a type still do, so moved codes stay on one grid. Biases
# that lie on a changed grid get new codes. Inputs are random: it is about bits.

import argparse
import pathlib
import re
import subprocess

import numpy as np
import onnx

ISAS = ["x86_avx512vnni", "x86_avxvnni", "x86_avx2", "scalar"]
ACTIVATION = re.compile(
    r"!quant\.uniform<i8:f32, ([-+.eE\d]+)(?::(-?\d+))?>")
CONSTANT = re.compile(r"(%\w+) = qf\.constant (.*) : tensor<(\d+)xi32> as "
                      r"(\S.*?) : tensor")
FAKE_QUANT = re.compile(r"(%\w+) = qf\.fake_quant %\w+ as (.*) : tensor")
MOVED = re.compile(r"(%\w+) = nn\.(?:max_pool2d|concat|slice|pad|reshape|"
                   r"transpose|resize|reduce_max) (%\w+)")
FILTERED = re.compile(r"= nn\.(?:conv2d|conv_transpose2d|linear) (%\w+), (%\w+), "
                      r"(%\w+)")
FILTER = re.compile(r"(%\w+) = qf\.constant .* as (\S.*?) : tensor")


def run(*command, **kwargs):
    command = [str(c) for c in command]
    print("+", " ".join(command), flush=True)
    return subprocess.run(command, check=True, **kwargs)


def f32(x):
    return float(np.float32(x))


def wide(match, reach):
    scale, zero = float(match[1]), int(match[2] or 0)
    largest = max(127 - zero, 128 + zero) * scale
    return (f"!quant.uniform<i16<{-reach}:{reach}>:f32, "
            f"{f32(largest / reach)!r}>")


class Text:
    """The qf text, with what is behind its aliases and resources."""

    def __init__(self, text):
        self.lines = text.splitlines()
        self.alias = dict(re.findall(r"^(!\w+) = (.*)$", text, re.M))
        self.resource = dict(re.findall(r'^\s*(\w+): "0x(\w+)"', text, re.M))

    def scales(self, kind):
        kind = self.alias.get(kind, kind)
        inside = kind[kind.index("f32") + 3:]
        per_axis = re.search(r"\{(.*)\}", inside)
        if per_axis:
            return np.array([float(s.split(":")[0])
                             for s in per_axis[1].split(",")], np.float32)
        return np.array([float(re.search(r", ([-+.eE\d]+)", inside)[1])],
                        np.float32)

    def codes(self, attribute, count):
        if attribute.startswith("dense_resource<"):
            data = self.resource[attribute[len("dense_resource<"):-1]]
            return np.frombuffer(bytes.fromhex(data)[4:], np.int32)
        inside = attribute[len("dense<"):-1]
        if inside.startswith('"0x'):
            return np.frombuffer(bytes.fromhex(inside[3:-1]), np.int32)
        values = [int(v) for v in inside.strip("[]").split(",")]
        return np.array(values * (count // len(values)), np.int32)


def widened(text, every, reach):
    source = Text(text)
    kinds = []
    for line in source.lines:
        match = ACTIVATION.search(line)
        if match and "qf.fake_quant" in line and match[0] not in kinds:
            kinds.append(match[0])
    new = {kind: wide(ACTIVATION.fullmatch(kind), reach)
           for kind in kinds[every - 1::every]}
    # The type of every activation, and the filter of every bias.
    types, filters, input_of, filter_of = {}, {}, {}, {}
    for line in source.lines:
        if match := FAKE_QUANT.search(line):
            types[match[1]] = match[2]
        elif match := MOVED.search(line):
            types[match[1]] = types.get(match[2])
        elif match := FILTERED.search(line):
            input_of[match[3]], filter_of[match[3]] = match[1], match[2]
        elif match := FILTER.search(line):
            filters[match[1]] = match[2]
    result = []
    for line in source.lines:
        match = CONSTANT.search(line)
        kind = types.get(input_of.get(match[1])) if match else None
        if kind in new:
            count = int(match[3])
            sx = source.scales(new[kind])[0]
            scales = sx * source.scales(filters[filter_of[match[1]]])
            real = source.codes(match[2], count) * np.broadcast_to(
                source.scales(match[4]).astype(np.float64), count)
            codes = np.rint(real / scales.astype(np.float64)).astype(np.int64)
            inside = ", ".join(repr(float(s)) for s in scales)
            if len(scales) > 1:
                quantized = f"!quant.uniform<i32:f32:0, {{{inside}}}>"
            else:
                quantized = f"!quant.uniform<i32:f32, {inside}>"
            line = (f"{match[1]} = qf.constant dense<{codes.tolist()}> : "
                    f"tensor<{count}xi32> as {quantized} : "
                    f"tensor<{count}xf32>" + line[line.rindex(" loc("):])
        # Constants keep the codes and the type that they have.
        if "qf.constant" not in line:
            line = ACTIVATION.sub(lambda m: new.get(m[0], m[0]), line)
        result.append(line)
    return "\n".join(result) + "\n", len(new), len(kinds)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--every", type=int, default=1)
    args = parser.parse_args()
    out, stem = args.out, args.model.stem
    out.mkdir(parents=True, exist_ok=True)
    shape = [d.dim_value or 1 for d in onnx.load(
        args.model).graph.input[0].type.tensor_type.shape.dim]
    x = np.random.default_rng(1).normal(0, 1, [4, *shape[1:]])
    np.save(out / "x.npy", x.astype(np.float32))
    np.save(out / "sample.npy", x[:1].astype(np.float32))
    run("quench", "compile", args.model, f"--calibrate={out / 'x.npy'}",
        "--emit=qf", "--quiet", "-o", out / "narrow.mlir")
    narrow = (out / "narrow.mlir").read_text()

    # The widest range whose sums all fit int32.
    reach = 32767
    while True:
        text, count, total = widened(narrow, args.every, reach)
        (out / "wide.mlir").write_text(text)
        done = subprocess.run(
            ["quench", "compile", out / "wide.mlir", "--emit=q",
             "--no-optimize", "--quiet", "-o", out / "q.mlir"],
            stderr=subprocess.PIPE, text=True)
        if done.returncode == 0:
            break
        assert "wraps at 2147483648" in done.stderr, done.stderr
        reach //= 2
    print(f"{count} of {total} types have codes of up to {reach}")
    assert count > 0 and reach >= 1023

    done = run("quench-run", out / "wide.mlir", "--input", out / "sample.npy",
               "--compare", out / "q.mlir", stdout=subprocess.PIPE, text=True)
    summary = done.stdout.strip().splitlines()[-1]
    print(summary)
    equal = int(summary.split("tensors: ")[1].split(" equal")[0])
    assert equal > 3 and ", 0 different" in summary, summary

    run("quench", "run", out / "q.mlir", out / "sample.npy", "--quiet",
        "-o", out / "expected.npy", stdout=subprocess.DEVNULL)
    run("quench", "compile", out / "wide.mlir", "--emit=exe", "--quiet",
        f"--target={','.join(ISAS)}", f"--prefix={stem}", "-o", out / "program")
    program = out / "program" / stem
    for isa in ISAS:
        done = subprocess.run([program, out / "sample.npy", "--isa", isa,
                               "-o", out / "y.npy"])
        if done.returncode != 0:
            print(f"UNAVAILABLE here: {isa}")
            assert isa != "scalar"
            continue
        found = (out / "y.npy").read_bytes()
        assert found == (out / "expected.npy").read_bytes(), isa
        print(f"equal on {isa}")
    run(program, "--selftest")


if __name__ == "__main__":
    main()
