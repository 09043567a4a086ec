# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# progress.py terminal|file <command>...: runs it with a terminal or a file as its
# standard error and prints what came there, escapes and carriage returns spelled.

import os
import pty
import subprocess
import sys
import tempfile

kind, *command = sys.argv[1:]
if kind == "terminal":
    master, slave = pty.openpty()
    process = subprocess.Popen(command, stderr=slave, stdout=subprocess.DEVNULL)
    os.close(slave)
    text = b""
    while True:
        try:
            part = os.read(master, 4096)
        except OSError:  # Linux says so when the last writer is gone
            break
        if not part:
            break
        text += part
    code = process.wait()
else:
    with tempfile.TemporaryFile() as file:
        code = subprocess.call(command, stderr=file, stdout=subprocess.DEVNULL)
        file.seek(0)
        text = file.read()
print(text.decode().replace("\r\n", "\n").replace("\r", "<CR>\n")
      .replace("\x1b", "<ESC>"))
sys.exit(code)
