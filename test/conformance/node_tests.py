# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ONNX's own node tests, imported and interpreted.

Usage: node_tests.py [--write <file.md> | --check <file.md>] [--filter <regex>]

Every case of the PyPI package `onnx` is one of
  passed    imported, and the results are within the case's own tolerances
  declined  the importer refused it with a diagnostic
  failed    a wrong result, a crash, or a refusal without a diagnostic
The test passes if none failed. `--write` puts the counts into the file, between
the two marker lines; `--check` compares them with what stands there.

Cases are written for the newest opset. The quench importer reads 9 to 21, so that
a case is moved to the nearest opset in there, if the ops it uses exist there with
the attributes and the number of operands it uses.

The node tests give every operand as a graph input. What is a constant in any
real model (shapes, axes, filters) is made an initializer: first the operands
that are not float, then, if that is declined, all but the first.
"""

import argparse
import collections
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import onnx
from onnx import numpy_helper

BEGIN = "<!-- conformance: begin (test/conformance/node_tests.py --write) -->"
END = "<!-- conformance: end -->"
PASSED, DECLINED, FAILED = "passed", "declined", "failed"
REFUSED = re.compile(r"error: |note: ")


def move_opset(model):
    """Changes the opset to one between 9 and 21 if the nodes allow it."""
    for imported in model.opset_import:
        if imported.domain or 9 <= imported.version <= 21:
            continue
        target = min(max(imported.version, 9), 21)
        for node in model.graph.node:
            try:
                schema = onnx.defs.get_schema(node.op_type, target, node.domain)
            except onnx.defs.SchemaError:
                return
            if any(a.name not in schema.attributes for a in node.attribute):
                return
            if len(node.input) > schema.max_input:
                return
        imported.version = target


def variants(case):
    """The model with more and more operands as initializers, and the names of
    the operands that stay inputs."""
    inputs = case.data_sets[0][0]
    names = [value.name for value in case.model.graph.input]
    arrays = [np.asarray(a) if not isinstance(a, list) else None for a in inputs]
    seen = []
    for keep in (
        [a is None or a.dtype == np.float32 for a in arrays],
        [index == 0 for index in range(len(arrays))],
    ):
        if keep in seen or any(
            a is None or a.dtype.kind not in "fiub"
            for a, k in zip(arrays, keep)
            if not k
        ):
            continue
        seen.append(keep)
        model = onnx.ModelProto()
        model.CopyFrom(case.model)
        move_opset(model)
        kept = []
        del model.graph.input[:]
        for value, array, k in zip(case.model.graph.input, arrays, keep):
            if k:
                model.graph.input.append(value)
                kept.append(value.name)
            else:
                model.graph.initializer.append(
                    numpy_helper.from_array(np.array(array, order="C"), value.name)
                )
        yield model, kept, names


def reason_of(text):
    """The importer's explanation, without the node's name."""
    lines = [re.sub(r"^.*?(error|note): ", "", line)
             for line in text.splitlines() if REFUSED.search(line)]
    notes = [line for line in lines[1:] if "more nodes depend" not in line]
    line = (notes or lines)[0]
    line = re.sub(r" \('.*", "", line)  # names of the nodes
    return re.sub(r"^input '[^']*' has", "an input has", line)


def run_case(case):
    """(outcome, detail)"""
    detail = "has no operand that could be a graph input"
    with tempfile.TemporaryDirectory() as folder:
        model_path = os.path.join(folder, "model.onnx")
        text_path = os.path.join(folder, "model.mlir")
        for model, kept, names in variants(case):
            onnx.save(model, model_path)
            with open(text_path, "wb") as out:
                done = subprocess.run(
                    ["quench-import", model_path], stdout=out, stderr=subprocess.PIPE
                )
            message = done.stderr.decode(errors="replace")
            if done.returncode == 0:
                return run_imported(case, kept, names, folder, text_path)
            if done.returncode != 1 or not REFUSED.search(message):
                return FAILED, "importer: %d %s" % (done.returncode, message[-300:])
            detail = reason_of(message)
    return DECLINED, detail


def run_imported(case, kept, names, folder, text_path):
    for inputs, expected in case.data_sets[:1]:
        command = ["quench-run", text_path, "--output-dir", folder]
        for name, array in zip(names, inputs):
            if name in kept:
                path = os.path.join(folder, "in%d.npy" % len(command))
                np.save(path, np.array(array, order="C"))
                command.append("--input=" + path)
        done = subprocess.run(command, stderr=subprocess.PIPE)
        if done.returncode:
            return FAILED, done.stderr.decode(errors="replace")[-300:]
        for value, theirs in zip(case.model.graph.output, expected):
            path = os.path.join(folder, value.name.replace("/", "_") + ".npy")
            ours = np.load(path)
            if ours.shape != theirs.shape or ours.dtype != theirs.dtype:
                return FAILED, "%s is %s of %s, expected %s of %s" % (
                    value.name, ours.shape, ours.dtype, theirs.shape, theirs.dtype)
            if not np.allclose(
                ours, theirs, rtol=case.rtol, atol=case.atol, equal_nan=True
            ):
                return FAILED, "%s differs by %g" % (
                    value.name, np.nanmax(np.abs(ours - theirs)))
    return PASSED, ""


def op_of(case):
    """The op a case is about; the expansions of function ops are one group."""
    nodes = [n.op_type for n in case.model.graph.node if n.op_type != "Constant"]
    if len(nodes) == 1 and not case.name.endswith("_expanded"):
        return nodes[0]
    return "(expanded functions)" if "_expanded" in case.name else "(others)"


def table(outcomes):
    """Markdown: one row per op with a case that passes, one line for the rest."""
    rows = collections.defaultdict(collections.Counter)
    reasons = collections.defaultdict(collections.Counter)
    for case, (outcome, detail) in outcomes:
        op = op_of(case)
        rows[op][outcome] += 1
        if outcome == DECLINED:
            reasons[op][detail] += 1
    total = collections.Counter(outcome for _, (outcome, _) in outcomes)
    lines = [
        "Of the %d node tests of the PyPI package `onnx` %s, %d pass, %d are "
        "declined with a diagnostic, %d fail."
        % (len(outcomes), onnx.__version__, total[PASSED], total[DECLINED], total[FAILED]),
        "",
        "| ONNX op | passed | declined | failed | most common reason to decline |",
        "|---|---|---|---|---|",
    ]
    none = collections.Counter()
    for op in sorted(rows):
        counts = rows[op]
        if not counts[PASSED] and not counts[FAILED]:
            none[op] = counts[DECLINED]
            continue
        why = ""
        if reasons[op]:
            why = min(reasons[op].items(), key=lambda item: (-item[1], item[0]))[0]
        lines.append("| %s | %d | %d | %d | %s |" % (
            op, counts[PASSED], counts[DECLINED], counts[FAILED],
            why.replace("|", "\\|")))
    lines += ["", "Declined altogether: %d cases of %d other ops." % (
        sum(none.values()), len(none))]
    return "\n".join(lines)


def splice(path, text):
    """The file's content with `text` between the markers."""
    with open(path, encoding="utf-8") as file:
        content = file.read()
    head, found, rest = content.partition(BEGIN)
    _, closed, tail = rest.partition(END)
    if not found or not closed:
        sys.exit("%s lacks the lines\n%s\n%s" % (path, BEGIN, END))
    return content, head + BEGIN + "\n\n" + text + "\n\n" + END + tail


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--write")
    parser.add_argument("--check")
    parser.add_argument("--filter", default="")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    from onnx.backend.test.case.node import collect_testcases

    cases = sorted(collect_testcases(None), key=lambda case: case.name)
    cases = [case for case in cases if re.search(options.filter, case.name)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = list(zip(cases, pool.map(run_case, cases)))
    failed = False
    for case, (outcome, detail) in outcomes:
        if outcome == FAILED or options.verbose:
            print("%s: %s: %s" % (outcome, case.name, detail))
        failed |= outcome == FAILED
    text = table(outcomes)
    if options.write:
        _, content = splice(options.write, text)
        with open(options.write, "w", encoding="utf-8") as file:
            file.write(content)
    elif options.check:
        old, content = splice(options.check, text)
        if old != content:
            print("%s is out of date: run node_tests.py --write" % options.check)
            failed = True
    else:
        print(text)
    print("node tests: %s" % ("FAILED" if failed else "ok"))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
