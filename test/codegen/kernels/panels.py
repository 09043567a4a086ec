# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# What an inner function of emitted kernels reads of the panel `t`, whoever calls it
# must have set: an entry point of another schedule that shares it, too.
#
#   panels.py kernels.cpp

import pathlib
import re
import sys

text = pathlib.Path(sys.argv[1]).read_text()
# A function ends with a brace in the first column.
functions = re.findall(r"^(?:[^\n(]* )?(\w+)\(([^;{}()]*)\) \{\n(.*?)^\}", text,
                       re.MULTILINE | re.DOTALL)
reads, writes = {}, {}
for name, parameters, body in functions:
    if "conv_panel *t" in parameters:
        written = set(re.findall(r"\bt->(\w+) = ", body))
        writes[name] = written
        reads[name] = set(re.findall(r"\bt->(\w+)", body)) - written
checked = missing = 0
for name, _, body in functions:
    if "conv_panel t;" not in body:
        continue
    called = re.findall(r"\b(\w+)\([^();]*&t\);", body)
    given = set(re.findall(r"\bt\.(\w+) [+]?= ", body)).union(
        *(writes.get(c, set()) for c in called))
    for callee in called:
        checked += 1
        for field in sorted(reads.get(callee, set()) - given):
            missing += 1
            print(f"{name}: {callee} reads t->{field}, which is not set")
print(f"{checked} calls, {missing} fields missing")
sys.exit(missing > 0 or checked < 20)
