# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fails when a static library needs foreign symbols or has too much code."""

import argparse
import subprocess
import sys


def symbols(library, *options):
    """Names listed by llvm-nm, without the lines that name archive members."""
    text = subprocess.run(
        ["llvm-nm", "--just-symbol-name", *options, library],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    ).stdout
    return {line for line in text.split("\n") if line and line[-1] != ":"}


def members(library):
    """[(names defined, bytes of text)], one for each object: llvm-nm and
    llvm-size list them in the order of the archive, where names repeat."""
    names = []
    text = subprocess.run(
        ["llvm-nm", "--just-symbol-name", "--defined-only", library],
        stdout=subprocess.PIPE, check=True, text=True).stdout
    for line in text.splitlines():
        if line.endswith(":"):
            names.append([])
        elif line:
            names[-1].append(line)
    lines = subprocess.run(
        ["llvm-size", library], stdout=subprocess.PIPE, check=True, text=True
    ).stdout.splitlines()
    sizes = [int(line.split()[0]) for line in lines[1:]]
    assert len(names) == len(sizes), (len(names), len(sizes))
    return list(zip(names, sizes))


parser = argparse.ArgumentParser()
parser.add_argument("library")
parser.add_argument("--limit", type=int, required=True)
parser.add_argument("--allow", nargs="*", default=[])
parser.add_argument("--wide-limit", type=int, default=0,
                    help="bytes of the objects that define a name with _s16, "
                    "which --limit is not about")
options = parser.parse_args()

own = symbols(options.library, "--defined-only")
needed = symbols(options.library, "--undefined-only") - own
objects = members(options.library)
wide = sum(bytes for names, bytes in objects if any("_s16" in n for n in names))
size = sum(bytes for _, bytes in objects) - wide
print("undefined:", " ".join(sorted(needed)))
print("text: %d of %d bytes" % (size, options.limit))
print("text of 16-bit codes: %d of %d bytes" % (wide, options.wide_limit))
foreign = needed - set(options.allow)
if foreign:
    sys.exit("not allowed: " + " ".join(sorted(foreign)))
if not own or size == 0:
    sys.exit("no symbols in " + options.library)
if size > options.limit or wide > options.wide_limit:
    sys.exit("too large")
