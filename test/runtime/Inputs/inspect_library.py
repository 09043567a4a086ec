# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fails when a static library needs foreign symbols or has too much code."""

import argparse
import re
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
parser.add_argument("--part", nargs=3, action="append", default=[],
                    metavar=("TITLE", "REGEX", "BYTES"),
                    help="objects that define a name which REGEX matches as a "
                    "whole have a limit of their own")
options = parser.parse_args()

own = symbols(options.library, "--defined-only")
needed = symbols(options.library, "--undefined-only") - own
objects = members(options.library)
print("undefined:", " ".join(sorted(needed)))
large = []
for title, pattern, limit in [*options.part, ("others", ".*", options.limit)]:
    inside = [o for o in objects if any(re.fullmatch(pattern, n) for n in o[0])]
    objects = [o for o in objects if o not in inside]
    size = sum(bytes for _, bytes in inside)
    print("text of %s: %d of %d bytes" % (title, size, int(limit)))
    if size == 0 or size > int(limit):
        large.append(title)
foreign = needed - set(options.allow)
if foreign:
    sys.exit("not allowed: " + " ".join(sorted(foreign)))
if not own:
    sys.exit("no symbols in " + options.library)
if large:
    sys.exit("nothing, or too much: " + ", ".join(large))
