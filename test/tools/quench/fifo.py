# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# fifo.py <fifo> <file> <command>...: makes the fifo, runs the command, which
# writes to it, and compares what came through with the file.

import os
import subprocess
import sys

fifo, expected, command = sys.argv[1], sys.argv[2], sys.argv[3:]
os.mkfifo(fifo)
# Both ends stay open, so that neither side waits for the other.
reader = os.open(fifo, os.O_RDWR)
subprocess.run(command, check=True)
with open(expected, "rb") as file:
    want = file.read()
found = os.read(reader, 1 << 20)
assert found == want, (len(found), len(want))
