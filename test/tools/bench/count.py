# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Counts the loops of Inputs/loops.c, which have three and four instructions.

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "bench"))
import instructions

folder, program = map(pathlib.Path, sys.argv[1:])
blocks, _ = instructions.count(instructions.plugin(folder), "cortex-a72", [program],
                               mark="window_")
for window in ("first", "second"):
    for symbol, size in (("three", 3), ("four", 4)):
        # The first turn may belong to the block before it.
        ran = [b for b in blocks if (b.window, b.symbol) == (window, symbol)]
        if ran:
            turns = sum(b.runs for b in ran if b.instructions >= size)
            print(f"{window}: {symbol} ran {turns} times")
loop = [max((b for b in blocks if b.symbol == "three"), key=lambda b: b.runs)]
print("cycles of three once:", list(instructions.cycles_of(loop, "neoverse-v1").values())[0])
