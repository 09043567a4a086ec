# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# full.py <command>...: runs the command with a standard output that is full,
# prints its exit code and what it says.

import subprocess
import sys

with open("/dev/full", "wb") as full:
    result = subprocess.run(
        sys.argv[1:], stdout=full, stderr=subprocess.PIPE, text=True, check=False
    )
print("exit code", result.returncode)
print(result.stderr, end="")
