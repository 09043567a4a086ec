#!/usr/bin/env python3
# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Checks that the folders include each other downwards only. The table below is
# the one of README.md and of the folders' own READMEs.
"""usage: include_direction.py <root of the checkout>"""

import os
import re
import sys

# Folder -> folders of ours that it may include, beside itself. The longest
# folder that holds a file decides. `qrt` stands for runtime/include/qrt.
ALLOWED = {
    "tools": {"compiler/driver"},
    "compiler/driver": {"compiler", "codegen", "dialects", "qrt"},
    "compiler/import": {"dialects"},
    "compiler/export": {"dialects", "qrt/requantize.h"},
    "compiler/artefact": {"dialects"},
    "compiler/quantize": {"dialects", "compiler/interpret", "qrt/requantize.h"},
    "compiler/interpret": {"dialects", "qrt"},
    "compiler/optimize": {"dialects", "qrt/requantize.h"},
    "compiler/place": {"dialects", "codegen/kernels", "codegen/targets", "qrt"},
    "codegen/emit": {
        "dialects/nn",  # Constants.h: how weights are read
        "dialects/plan",
        "codegen/kernels",
        "codegen/targets",
        "qrt",
    },
    "codegen/kernels": {"codegen/targets", "qrt"},
    "codegen/targets": set(),
    "dialects/nn": {"qrt/requantize.h"},
    "dialects/qf": {
        "dialects/nn",
        "dialects/q/Types.h",  # how !quant.uniform is read
        "dialects/q/Groups.h",  # attributes that constants of both have
        "qrt/requantize.h",
    },
    "dialects/q": {"dialects/nn", "qrt"},  # q op -> parameters of its kernel
    "dialects/plan": {"dialects/nn", "qrt/threads.h"},  # the most workers
    "runtime": {"qrt"},
}

# Headers from outside -> the only folders that may include them.
COMPILER = {"tools", "compiler", "dialects", "codegen/emit"}
OUTSIDE = [
    (r"(mlir|llvm|mlir-c|llvm-c)/", COMPILER),
    (r"google/protobuf/|onnx", {"compiler/export", "compiler/import"}),
    (r"oneapi/|dnnl", {"compiler/interpret"}),
    (r"flatbuffers/", {"compiler/artefact"}),
]

# What a freestanding C11 implementation has, and stdatomic.h, which the compilers
# bring themselves; and the one file that needs a system.
FREESTANDING = {
    "float.h",
    "iso646.h",
    "limits.h",
    "stdalign.h",
    "stdarg.h",
    "stdatomic.h",
    "stdbool.h",
    "stddef.h",
    "stdint.h",
    "stdnoreturn.h",
}
HOSTED = {"runtime/src/threads.c": {"pthread.h"}}

ROOTS = ("tools", "compiler", "codegen", "dialects", "runtime")
SUFFIXES = (".h", ".c", ".cc", ".cpp", ".inc")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def within(path, folder):
    """True if path is folder or lies in it."""
    return path == folder or path.startswith(folder + "/")


def owner(path):
    """The row of ALLOWED that a file falls under."""
    rows = [folder for folder in ALLOWED if within(path, folder)]
    return max(rows, key=len) if rows else None


def reason_against(path, bracket, header):
    """Why this file may not include this header, or None."""
    row = owner(path)
    if row is None:
        return "its folder has no row in the table of " + os.path.basename(__file__)
    if row == "runtime" and bracket == "<":
        if header not in FREESTANDING | HOSTED.get(path, set()):
            return "the runtime is freestanding C11"
        return None
    for pattern, folders in OUTSIDE:
        if re.match(pattern, header):
            if not any(within(path, folder) for folder in folders):
                return "only %s may" % ", ".join(sorted(folders))
            return None
    if not any(within(header, root) for root in ROOTS + ("qrt",)):
        return None
    if within(header, row) or any(within(header, up) for up in ALLOWED[row]):
        return None
    allowed = ", ".join(sorted(ALLOWED[row])) or "only the standard library"
    return "%s may include %s" % (row, allowed)


def sources(root):
    """Our sources, as paths from the root with forward slashes."""
    for top in ROOTS:
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in sorted(names):
                if name.endswith(SUFFIXES):
                    full = os.path.join(folder, name)
                    yield os.path.relpath(full, root).replace(os.sep, "/")


def main(root):
    includes = wrong = 0
    for path in sources(root):
        with open(os.path.join(root, path), encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                match = INCLUDE.match(line)
                if not match:
                    continue
                includes += 1
                reason = reason_against(path, *match.groups())
                if reason:
                    wrong += 1
                    print(
                        "%s:%d: must not include '%s': %s"
                        % (path, number, match.group(2), reason)
                    )
    print("%d includes, %d in the wrong direction" % (includes, wrong))
    return 1 if wrong or not includes else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
