# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Reads x86 assembly and prints, for every innermost loop with at least MIN
# multiplications of a dot product, how many vectors it stores on the stack. Fails
# above one for eight dots: accumulators belong in registers.

import re
import sys

DOT = re.compile(r"\s+vp(dpbusd|dpwssd|maddwd|maddubsw)\s")
STORE = re.compile(r"\s+vmov\w+\s+%[xyz]mm\d+, -?\d*\(%r[sb]p\)")
LABEL = re.compile(r"(\.L\w+):")
JUMP = re.compile(r"\s+j\w+\s+(\.L\w+)")


def loops(lines):
    """Stretches of lines that a jump at their end repeats, innermost ones."""
    labels = {}
    for number, line in enumerate(lines):
        if label := LABEL.match(line):
            labels[label[1]] = number
        jump = JUMP.match(line)
        if jump and jump[1] in labels:
            begin = labels[jump[1]]
            if max(labels.values()) == begin:
                yield lines[begin:number]


def main():
    least = int(sys.argv[2])
    lines = open(sys.argv[1]).read().splitlines()
    found = bad = 0
    for loop in loops(lines):
        dots = sum(bool(DOT.match(line)) for line in loop)
        if dots < least:
            continue
        stores = sum(bool(STORE.match(line)) for line in loop)
        print(f"loop of {dots} dots stores {stores} vectors")
        found += 1
        bad += stores * 8 > dots
    print(f"{found} loops, {bad} of them store accumulators")
    sys.exit(found == 0 or bad != 0)


if __name__ == "__main__":
    main()
