# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# What ptxas makes of the tensor core convolutions, read with nvdisasm: registers,
# spills, the instructions of the inner loop. Compared with a golden table, which
# is of one version of nvcc; with another one, only limits are checked.
#
#   sass.py --gen quench-cuda-gen --out DIR --level 80 [--golden FILE] [--write]

import argparse
import collections
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
# CUTLASS 4.2, the same tile (128 x 128 x 64, warps of 64 x 64, sm_80): 197
# instructions in a loop of 64 multiplications.
CUTLASS = 197 / 64
COLUMNS = ("registers", "instructions", "loop", "IMMA", "LDSM", "LDGSTS",
           "conversions")


def nvcc_version():
    text = subprocess.run([os.environ["QUENCH_NVCC"], "--version"], check=True,
                          capture_output=True, text=True).stdout
    return re.search(r"release [\d.]+, V([\d.]+)", text)[1]


def compile_cubin(generator, out, level):
    out.mkdir(parents=True, exist_ok=True)
    source, cubin = out / "static.cu", out / f"static_{level}.cubin"
    subprocess.run([generator, source, "--static"], check=True)
    log = subprocess.run(
        [os.environ["QUENCH_NVCC"], "-std=c++17", "-O3",
         f"-I{ROOT / 'runtime/include'}", f"-arch=sm_{level}", "-cubin",
         "-Xptxas", "-v", source, "-o", cubin],
        check=True, capture_output=True, text=True).stderr
    spills, registers = {}, {}
    name = None
    for line in log.splitlines():
        if match := re.search(r"Function properties for (\S+)", line):
            name = match[1]
        if match := re.search(r"(\d+) bytes spill stores, (\d+) bytes spill",
                              line):
            spills[name] = int(match[1]) + int(match[2])
        if match := re.search(r"Used (\d+) registers", line):
            registers[name] = int(match[1])
    return cubin, spills, registers


def functions(cubin):
    """Name, labels and instructions of each kernel."""
    text = subprocess.run([os.environ["QUENCH_NVDISASM"], "-c", cubin],
                          check=True, capture_output=True, text=True).stdout
    for body in re.split(r"\n\s*\.section\s+\.text\.", text)[1:]:
        labels, instructions = {}, []
        for line in body.splitlines():
            if match := re.match(r"\s*(\.L_\S+):", line):
                labels[match[1]] = len(instructions)
            if match := re.match(r"\s+/\*[0-9a-f]+\*/\s+(.*?);", line):
                instructions.append(match[1].strip())
        yield body.split(",")[0], labels, instructions


def opcode(instruction):
    return re.sub(r"^@!?\S+\s+", "", instruction).split()[0]


def inner_loop(labels, instructions):
    """The shortest piece that ends in a jump back and multiplies."""
    best = []
    for end, instruction in enumerate(instructions):
        target = re.search(r"BRA.*`\((\.L_\S+)\)", instruction)
        begin = labels.get(target[1], end + 1) if target else end + 1
        body = instructions[begin:end + 1]
        if any(opcode(i).startswith("IMMA") for i in body) and (
                not best or len(body) < len(best)):
            best = body
    return best


def measure(cubin, registers):
    rows = {}
    for name, labels, instructions in functions(cubin):
        layer = re.search(r"conv2d_s8_\d+x\d+_cuda(_zero)?", name)
        if "conv_tile_kernel" not in name or not layer:
            continue
        loop = inner_loop(labels, instructions)
        count = collections.Counter(opcode(i).split(".")[0] for i in loop)
        conversions = sum(opcode(i).split(".")[0] in ("I2F", "F2I", "I2FP")
                          for i in instructions)
        kinds = {opcode(i) for i in instructions if opcode(i).startswith("IMMA")}
        rows[layer[0]] = (name, kinds, dict(zip(COLUMNS, (
            registers[name], len(instructions), len(loop), count["IMMA"],
            count["LDSM"], count["LDGSTS"], conversions))))
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gen", required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--level", type=int, default=80)
    parser.add_argument("--golden", type=pathlib.Path)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    cubin, spills, registers = compile_cubin(arguments.gen, arguments.out, arguments.level)
    rows = measure(cubin, registers)
    if len(rows) < 12:
        sys.exit(f"sass.py: found only {sorted(rows)}")

    expected = "8816" if arguments.level == 75 else "16832"
    lines = [f"# nvcc {nvcc_version()}, sm_{arguments.level}",
             f"{'kernel':<30}" + "".join(f"{c:>13}" for c in COLUMNS)]
    wrong = []
    for layer, (name, kinds, row) in sorted(rows.items()):
        lines.append(f"{layer:<30}" + "".join(f"{row[c]:>13}" for c in COLUMNS))
        if kinds != {f"IMMA.{expected}.S8.S8"}:
            wrong.append(f"{layer}: multiplies by {sorted(kinds)}")
        if spills[name]:
            wrong.append(f"{layer}: spills {spills[name]} bytes")
        # Two blocks of four warps have the registers of a multiprocessor.
        if row["registers"] > 255:
            wrong.append(f"{layer}: {row['registers']} registers")
        if row["conversions"]:
            wrong.append(f"{layer}: converts where sums are exact as floats")
    best = rows["conv2d_s8_128x128_cuda"][2]
    if arguments.level == 80 and best["loop"] / best["IMMA"] > CUTLASS:
        wrong.append(f"128x128: {best['loop']} instructions for {best['IMMA']} "
                     "IMMA, CUTLASS has 197 for 64")
    text = "\n".join(lines) + "\n"
    print(text, end="")
    if arguments.golden and arguments.write:
        arguments.golden.write_text(text)
    elif arguments.golden:
        golden = arguments.golden.read_text()
        if golden.splitlines()[0] != lines[0]:
            print("another version: limits only")
        elif golden != text:
            wrong.append(f"the table differs from {arguments.golden.name}:\n"
                         f"{golden}(--write makes it anew)")
    sys.exit("\n".join(wrong) if wrong else 0)


if __name__ == "__main__":
    main()
