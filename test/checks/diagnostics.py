# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# usage: diagnostics.py <root>
#
# Every sentence that a dialect can refuse an op with is expected by a negative
# test in test/dialects. A sentence is the string literals of one emitOpError,
# emitError or fail(error, ...) statement, in order, with anything between.

import os
import re
import sys

START = re.compile(
    r"\b(?:emitOpError|emitError|emitOptionalError|fail)\s*\("
)
STRING = r'"(?:[^"\\]|\\.)*"'
LITERALS = re.compile(r"%s(?:\s*%s)*" % (STRING, STRING))
EXPECTED = re.compile(r"expected-error\S*(?: \S+)? ?\{\{(.*?)\}\}\s*$", re.MULTILINE)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def files(root, folder, suffix):
    for parent, _, names in os.walk(os.path.join(root, folder)):
        for name in sorted(names):
            if name.endswith(suffix):
                yield os.path.join(parent, name)


def sentences(text):
    """(line, literals) of every diagnostic statement."""
    text = re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)
    for match in START.finditer(text):
        end = match.end()
        # To the semicolon that is not inside a string.
        statement = re.compile(r'(?:[^";]|%s)*' % STRING).match(text, end)
        literals = []
        for group in LITERALS.findall(statement.group(0)):
            parts = [p[1:-1] for p in re.findall(STRING, group)]
            literals.append("".join(parts))
        if literals:
            yield text.count("\n", 0, match.start()) + 1, literals


def main(root):
    expected = []
    for path in files(root, os.path.join("test", "dialects"), ".mlir"):
        expected += EXPECTED.findall(read(path))
    found = missing = 0
    for path in files(root, "dialects", ".cpp"):
        for line, literals in sentences(read(path)):
            found += 1
            literals[0] = literals[0].lstrip()
            literals[-1] = literals[-1].rstrip()
            pattern = re.compile(".*".join(re.escape(part) for part in literals))
            if any(pattern.search(text) for text in expected):
                continue
            missing += 1
            print(
                "%s:%d: no test expects '%s'"
                % (os.path.relpath(path, root), line, " ... ".join(literals))
            )
    print("%d sentences, %d without a test" % (found, missing))
    return 1 if missing or not found else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: diagnostics.py <root>")
    sys.exit(main(sys.argv[1]))
