# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# usage: spec_rules.py <root>
#
# docs/spec.md, the sources that cite its rules and the tests it names belong
# together: every cited rule has a heading, every rule names a test, and every
# test it names exists.

import os
import re
import sys

RULE = r"(?:[ATFI]\d|Q-[A-Z]+(?:-[A-Z]+)*)"
HEADING = re.compile(r"^### (%s)\. " % RULE)
# "spec A3", "Spec Q-ADD", "docs/spec.md, T1 to T4", "spec A5, A6".
CITATION = re.compile(
    r"spec(?:\.md)?[,:]? \(?((?:%s)(?:(?:,| and| to|, or) (?:%s))*)" % (RULE, RULE),
    re.IGNORECASE,
)
# A comment of a verifier that begins with its rule: "/// Q-WRAP. |acc| ...".
COMMENT = re.compile(r"^\s*//+ (%s)[.:,] " % RULE)
NAMED_TEST = re.compile(r"`(test/[^`]+)`(?:\s*\(((?:[^()]|\n)*)\))?")
SOURCES = (".h", ".c", ".cpp", ".td", ".mlir")


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def spec_rules(text):
    """Rule name -> its section."""
    rules, current = {}, None
    for line in text.splitlines():
        match = HEADING.match(line)
        if match:
            current = match.group(1)
            rules[current] = ""
        elif line.startswith("## "):
            current = None
        elif current:
            rules[current] += line + "\n"
    return rules


def citations(root):
    """(file, rule) for every rule that a source names."""
    for top in ("codegen", "compiler", "dialects", "runtime", "test"):
        for folder, folders, names in os.walk(os.path.join(root, top)):
            folders[:] = [name for name in folders if name != "Inputs"]
            for name in names:
                if not name.endswith(SOURCES):
                    continue
                path = os.path.join(folder, name)
                text = read(path)
                # A citation may continue on the next line of a comment.
                joined = re.sub(r"\n\s*//+ ?", " ", text)
                cited = [m.group(1) for m in CITATION.finditer(joined)]
                for line in text.splitlines():
                    match = COMMENT.match(line)
                    if match:
                        cited.append(match.group(1))
                for group in cited:
                    for rule in re.findall(RULE, group):
                        yield os.path.relpath(path, root), rule


def has_test(text, name):
    if name.startswith("@"):
        return re.search(re.escape(name) + r"\b", text) is not None
    suite, _, case = name.partition(".")
    return (
        re.search(r"TEST(_F|_P)?\(%s,\s*%s\)" % (suite, case), text) is not None
    )


def main(root):
    problems = []
    rules = spec_rules(read(os.path.join(root, "docs", "spec.md")))
    cited = list(citations(root))
    for path, rule in cited:
        if rule not in rules:
            problems.append("%s: docs/spec.md has no rule %s" % (path, rule))
    named = 0
    for rule, section in sorted(rules.items()):
        tests = NAMED_TEST.findall(section)
        if not tests and not rule.startswith(("F", "I")):
            problems.append("docs/spec.md: %s names no test" % rule)
        for path, names in tests:
            full = os.path.join(root, path)
            if not os.path.exists(full):
                problems.append("docs/spec.md: %s: no file %s" % (rule, path))
                continue
            text = read(full)
            for name in re.findall(r"`([^`]+)`", names):
                named += 1
                if not has_test(text, name):
                    problems.append(
                        "docs/spec.md: %s: %s has no test %s" % (rule, path, name)
                    )
    for problem in sorted(set(problems)):
        print(problem)
    print(
        "%d rules, %d citations, %d tests named, %d problems"
        % (len(rules), len(cited), named, len(set(problems)))
    )
    return 1 if problems or not rules or not cited else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__ or "usage: spec_rules.py <root>")
    sys.exit(main(sys.argv[1]))
