# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# exit-code.py <expected> <command>...: runs the command and fails unless it
# ends with that exit code.

import subprocess
import sys

result = subprocess.run(sys.argv[2:], check=False)
if result.returncode != int(sys.argv[1]):
    sys.exit(f"expected exit code {sys.argv[1]}, found {result.returncode}")
