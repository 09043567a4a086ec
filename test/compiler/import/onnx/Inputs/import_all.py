# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# import_all.py <tool> <folder>: imports every .onnx file of a folder but
# silero_vad_16k, and counts the transposes of each module.

import glob
import os
import subprocess
import sys

tool, folder = sys.argv[1:]
count = 0
for path in sorted(glob.glob(os.path.join(folder, "*.onnx"))):
    name = os.path.basename(path)
    if name == "silero_vad_16k.onnx":
        continue
    result = subprocess.run([tool, path], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        print(name, "failed:", result.stderr)
    else:
        print(name, "transposes:", result.stdout.count("nn.transpose"))
        count += 1
print("imported", count, "models")
