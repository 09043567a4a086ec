#!/usr/bin/env python3
# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Checks that every source file starts with the two lines of the licence. lit
# tests, data and generated text are no sources.
"""usage: licence_header.py <root of the checkout>"""

import os
import shutil
import subprocess
import sys

LINES = [
    "Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.",
    "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception",
]
SLASHES = (".c", ".cc", ".cpp", ".cu", ".h", ".inc", ".S", ".td")
HASHES = (".cmake", ".py", ".sh", ".in", ".py.in")
NO_SOURCES = ("build", ".git", ".venv", ".venv-bench", "Inputs", "__pycache__")


def tracked(root):
    """The files of the commit and index; all files where git does not answer."""
    paths = []
    if shutil.which("git"):
        listing = subprocess.run(
            ["git", "-C", root, "ls-files", "-z", "."],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        paths = [path for path in listing.stdout.decode().split("\0") if path]
    if not paths:
        for folder, folders, names in os.walk(root):
            folders[:] = [name for name in folders if name not in NO_SOURCES]
            paths += [
                os.path.relpath(os.path.join(folder, name), root) for name in names
            ]
    for path in sorted(paths):
        if not set(path.split(os.sep)) & set(NO_SOURCES):
            yield path


def comment_prefix(path, first_line):
    """How a comment starts in this file; None if it is no source."""
    name = os.path.basename(path)
    if first_line.startswith("#!") or name == "CMakeLists.txt":
        return "#"
    if name.endswith(tuple(suffix + ".in" for suffix in SLASHES)):
        return "//"
    if name.endswith(SLASHES):
        return "//"
    if name.endswith(HASHES):
        return "#"
    return None


def main(root):
    checked = wrong = 0
    for path in tracked(root):
        full = os.path.join(root, path)
        if not os.path.isfile(full):
            continue
        with open(full, encoding="utf-8", errors="replace") as file:
            head = [file.readline().rstrip("\n") for _ in range(3)]
        prefix = comment_prefix(path, head[0])
        if prefix is None:
            continue
        checked += 1
        if head[0].startswith("#!"):
            head = head[1:]
        if head[:2] != ["%s %s" % (prefix, line) for line in LINES]:
            wrong += 1
            print("%s: does not start with the licence header" % path)
    print("%d sources, %d without the licence header" % (checked, wrong))
    return 1 if wrong or not checked else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
