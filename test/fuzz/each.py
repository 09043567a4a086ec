# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# each.py <tool> [argument ...] <folder>: runs the tool on every file; fails if it
# does not end with 0 or 1 by itself.

import os
import subprocess
import sys

*tool, folder = sys.argv[1:]
failures = 0
for name in sorted(os.listdir(folder)):
    if name.startswith("."):
        continue
    path = os.path.join(folder, name)
    result = subprocess.run([*tool, path], capture_output=True, check=False, timeout=60)
    if result.returncode not in (0, 1):
        print(name, "ended with", result.returncode)
        failures += 1
sys.exit(failures != 0)
