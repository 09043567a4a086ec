# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fails when a static library needs foreign symbols or has too much code."""

import argparse
import fnmatch
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


def text_bytes(library, skip):
    """Sum of the text column of llvm-size, without the header line and without
    the members that a pattern of `skip` matches."""
    lines = subprocess.run(
        ["llvm-size", library], stdout=subprocess.PIPE, check=True, text=True
    ).stdout.splitlines()
    return sum(
        int(text) for text, *_, name in (line.split(None, 5) for line in lines[1:])
        if not any(fnmatch.fnmatch(name.split()[0], pattern) for pattern in skip))


parser = argparse.ArgumentParser()
parser.add_argument("library")
parser.add_argument("--limit", type=int, required=True)
parser.add_argument("--skip", nargs="*", default=[])
parser.add_argument("--allow", nargs="*", default=[])
options = parser.parse_args()

own = symbols(options.library, "--defined-only")
needed = symbols(options.library, "--undefined-only") - own
size = text_bytes(options.library, options.skip)
print("undefined:", " ".join(sorted(needed)))
print("text: %d of %d bytes" % (size, options.limit))
foreign = needed - set(options.allow)
if foreign:
    sys.exit("not allowed: " + " ".join(sorted(foreign)))
if not own or size == 0:
    sys.exit("no symbols in " + options.library)
if size > options.limit:
    sys.exit("too large")
