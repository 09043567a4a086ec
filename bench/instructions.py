# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Counts the instructions of programs for AArch64 on qemu (instructions.c), and what
# llvm-mca makes of them: the cycles of a straight piece of code repeated over and over,
# times how often it ran. The model has every load hit L1 and every branch predicted.

import collections
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
LLVM = pathlib.Path("/usr/lib/llvm-22/bin")
FEATURES = "+dotprod,+i8mm,+fullfp16"
# BRK #0x1234, which no compiler writes: between pieces of code.
SEPARATOR, SEPARATOR_TEXT = "0x80 0x46 0x22 0xd4", "brk\t#0x1234"

# Window, runs, instructions, symbol, code (bytes) of a straight piece of code.
Block = collections.namedtuple("Block", "window runs instructions symbol code")


def run(*command, **options):
    done = subprocess.run([str(c) for c in command], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, **options)
    if done.returncode != 0:
        sys.exit(f"bench: {' '.join(map(str, command))} failed:\n"
                 f"{done.stdout}{done.stderr}")
    return done.stdout


def plugin(folder):
    """Builds the plugin in `folder`."""
    file = folder / "libinstructions.so"
    run("gcc", "-O2", "-shared", "-fPIC", "-fvisibility=hidden", "-o", file,
        HERE / "instructions.c")
    return file


def count(plugin, processor, command, mark=None, environment=None):
    """The blocks that `command` ran on `processor`, and what it printed."""
    out = plugin.parent / "blocks.txt"
    options = f"{plugin},out={out}" + (f",mark={mark}" if mark else "")
    printed = run("qemu-aarch64", "-cpu", processor, "-plugin", options, *command,
                  env={**os.environ, **{k: str(v) for k, v in
                                        (environment or {}).items()}})
    blocks = []
    for line in out.read_text().splitlines():
        window, _, runs, instructions, symbol, code = line.split()
        blocks.append(Block(window, int(runs), int(instructions), symbol,
                            bytes.fromhex(code)))
    return blocks, printed


def instructions(blocks):
    return sum(b.runs * b.instructions for b in blocks)


def _assembly(codes):
    """Lines of assembly of each of `codes`."""
    lines = []
    for code in codes:
        lines += [" ".join(f"0x{byte:02x}" for byte in code[at:at + 4])
                  for at in range(0, len(code), 4)]
        lines.append(SEPARATOR)
    # An encoding it does not know is a warning and left out.
    printed = run(LLVM / "llvm-mc", "--disassemble", "--triple=aarch64",
                  f"--mattr={FEATURES}", input="\n".join(lines))
    texts, text = [], []
    for line in map(str.strip, printed.splitlines()):
        if line == SEPARATOR_TEXT:
            texts.append(text)
            text = []
        elif line and not line.startswith("."):
            text.append(line)
    assert len(texts) == len(codes)
    return texts


def cycles_of(blocks, processor, iterations=100):
    """{code: cycles of one run} for those of `blocks` that make 99 % of them."""
    weight = collections.Counter()
    for block in blocks:
        weight[block.code] += block.runs * block.instructions
    codes, covered, total = [], 0, sum(weight.values())
    for code, share in weight.most_common():
        if covered >= 0.99 * total:
            break
        codes.append(code)
        covered += share
    regions = []
    for number, text in enumerate(_assembly(codes)):
        regions += [f"# LLVM-MCA-BEGIN {number}", *(text or ["nop"]),
                    "# LLVM-MCA-END"]
    printed = run(LLVM / "llvm-mca", "-mtriple=aarch64", f"-mcpu={processor}",
                  f"-mattr={FEATURES}", f"-iterations={iterations}",
                  "-instruction-info=0", "-resource-pressure=0",
                  input="\n".join(regions) + "\n")
    totals = re.findall(r"^Total Cycles: +(\d+)", printed, re.MULTILINE)
    assert len(totals) == len(codes), "a region each"
    return {code: int(cycles) / iterations for code, cycles in zip(codes, totals)}


def cycles(blocks, costs):
    """Of all runs of `blocks`, scaled up from those that have a cost."""
    known = [b for b in blocks if b.code in costs]
    covered = instructions(known)
    if not covered:
        return 0.0
    return (sum(b.runs * costs[b.code] for b in known)
            * instructions(blocks) / covered)
