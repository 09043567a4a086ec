# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""An exported QDQ model against Quench, with real inputs.

  1. onnx.checker accepts it; it has no Transpose more than the source.
  2. Teacher forcing: every operator of the file gets the codes that Quench
     computed, in onnxruntime, and its codes are compared. Those of EXACT must
     be equal, others differ by at most one code.
  3. Imported again, it gives the codes of the graph it was written from.
  4. With --accuracy: right answers of onnxruntime end to end beside Quench's,
     and the codes of the output that differ.

    check_export.py MODEL.onnx --shared DIR --out DIR
"""

import argparse
import collections
import pathlib
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(pathlib.Path(__file__).parents[4] / "e2e"))
import check_model  # noqa: E402

# onnxruntime computes these as docs/spec.md does, or only copies codes.
EXACT = {
    "input", "Conv", "Gemm", "MaxPool", "GlobalAveragePool", "Concat", "Pad",
    "Reshape", "Slice", "Transpose", "Relu", "Clip",
}
# onnxruntime has integer kernels for these.
INTEGER = {"Conv", "Gemm", "GlobalAveragePool", "Add", "Mul"}


def session(model, optimized=None):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # Without VNNI, sums of products would saturate in int16.
    options.add_session_config_entry("session.x64quantprecision", "1")
    if optimized:
        options.optimized_model_filepath = str(optimized)
        # Beyond lies code for this very machine, which onnx cannot read.
        options.graph_optimization_level = (
            onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED)
    return onnxruntime.InferenceSession(model.SerializeToString(), options)


class Exported:
    def __init__(self, path):
        self.model = onnx.load(path)
        onnx.checker.check_model(self.model, full_check=True)
        self.graph = self.model.graph
        self.constants = {c.name: numpy_helper.to_array(c)
                          for c in self.graph.initializer}
        self.producer = {n.output[0]: n for n in self.graph.node}
        # QuantizeLinear of activations, and the DequantizeLinear behind each.
        self.quantize = [n for n in self.graph.node if n.op_type == "QuantizeLinear"]
        self.real = {}
        for node in self.graph.node:
            if node.op_type == "DequantizeLinear" and node.input[0] in self.producer:
                self.real[node.input[0]] = node.output[0]

    def kind(self, node):
        """The operator whose result a QuantizeLinear rounds."""
        producer = self.producer.get(node.input[0])
        if producer is None:
            return "input"
        if producer.op_type == "DequantizeLinear":
            return "requantize"
        if producer.op_type == "Resize":
            mode = [a.s.decode() for a in producer.attribute if a.name == "mode"]
            return "Resize " + mode[0]
        return producer.op_type

    def copy(self, outputs, inputs=None, nodes=None):
        graph = helper.make_graph(
            nodes or list(self.graph.node), "copy",
            list(self.graph.input) if inputs is None else inputs, outputs,
            list(self.graph.initializer))
        return helper.make_model(graph, opset_imports=self.model.opset_import,
                                 ir_version=self.model.ir_version)

    def all_real(self):
        """The model with every rounded activation among its outputs."""
        have = {o.name for o in self.graph.output}
        return self.copy(list(self.graph.output) + [
            helper.make_tensor_value_info(r, TensorProto.FLOAT, None)
            for r in self.real.values() if r not in have])

    def forced(self, shapes):
        """Every operator alone: a pair of its own, fed with a float input of its
        own, in front of each operand, and its result, behind its pair, an
        output. That is the pattern for which onnxruntime has integer kernels; a
        shared input would make it merge the pairs. Also gives the inputs, as
        name -> QuantizeLinear whose value they take."""
        nodes, outputs, feed = [], [], {}
        codes_of = {r: q for q, r in self.real.items()}
        quantize = {n.output[0]: n for n in self.quantize}
        for node in self.graph.node:
            node = onnx.NodeProto.FromString(node.SerializeToString())
            if node.output[0] in codes_of:
                outputs.append(node.output[0])
            else:
                for i, real in enumerate(node.input):
                    if real not in codes_of:
                        continue
                    given = quantize[codes_of[real]]
                    name = f"{node.name}.{i}"
                    nodes += [
                        helper.make_node(
                            "QuantizeLinear", [name + ".given", *given.input[1:]],
                            [name + ".codes"]),
                        helper.make_node(
                            "DequantizeLinear", [name + ".codes", *given.input[1:]],
                            [name + ".real"])]
                    node.input[i] = name + ".real"
                    feed[name + ".given"] = given.output[0]
            nodes.append(node)
        used = {i for n in nodes for i in n.input}
        inputs = [i for i in self.graph.input if i.name in used] + [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, shapes[q])
            for name, q in feed.items()]
        return self.copy([helper.make_tensor_value_info(o, TensorProto.FLOAT, None)
                          for o in outputs], inputs, nodes), feed

    def codes(self, node, real):
        scale, zero = (self.constants[i] for i in node.input[1:])
        return (np.rint(real / scale) + zero).astype(zero.dtype)


def quench_values(exported, sample, out):
    """What we make of every QuantizeLinear, dequantized, in the order of axes of
    the file."""
    path = out / "all.onnx"
    model = exported.all_real()
    onnx.save(model, path)
    check_model.run("quench", "compile", path, "--emit=qf", "--quiet",
                    "-o", out / "all.mlir")
    folder = out / "all"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.npy"):
        old.unlink()
    # Outputs by number: their names are no file names.
    files = [folder / f"{i}.npy" for i in range(len(model.graph.output))]
    names = [o.name for o in model.graph.output]
    check_model.run("quench", "run", out / "all.mlir", sample, "--quiet",
                    *[x for f in files for x in ("-o", f)],
                    stdout=subprocess.DEVNULL)
    values = dict(zip(names, map(np.load, files)))
    return {q: values[real] for q, real in exported.real.items()}


def force(exported, sample, out, table):
    ours = quench_values(exported, sample, out)
    model, source = exported.forced({k: v.shape for k, v in ours.items()})
    forced = session(model, out / "forced.onnx")
    left = collections.Counter(
        n.op_type for n in onnx.load(out / "forced.onnx").graph.node)
    print("IN FLOAT:", {k: v for k, v in left.items() if k in INTEGER})
    feed = {name: ours[q] for name, q in source.items()}
    feed[exported.graph.input[0].name] = np.load(sample)
    names = [exported.real[q.output[0]] for q in exported.quantize]
    theirs = forced.run(names, feed)
    for node, their in zip(exported.quantize, theirs):
        our = exported.codes(node, ours[node.output[0]])
        their = exported.codes(node, their)
        difference = np.abs(our.astype(np.int64) - their.astype(np.int64))
        row = table[exported.kind(node)]
        row["ops"].add(node.output[0])
        row["codes"] += difference.size
        row["different"] += int((difference != 0).sum())
        if difference.any():
            print("DIFFERENT:", node.name, int((difference != 0).sum()), "of",
                  difference.size)
        row["largest"] = max(row["largest"], int(difference.max()))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--shared", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--samples", type=int, default=2)
    parser.add_argument("--accuracy", action="store_true")
    parser.add_argument("--type", default="int8")
    args = parser.parse_args()
    model, out, stem = args.model, args.out, args.model.stem
    out.mkdir(parents=True, exist_ok=True)
    labels = None
    if stem in check_model.LABELLED:
        calibration, inputs, labels, _ = check_model.labelled(stem, args.shared, out)
    else:
        calibration = inputs = check_model.unlabelled(model, stem, args.shared, out)

    path = out / f"{stem}_qdq.onnx"
    quantize = [f"--calibrate={calibration}", "--samples=64"] if calibration else []
    check_model.run("quench", "quantize", model, *quantize, "--quiet",
                    f"--export-qdq={path}", f"--qdq-type={args.type}", "--emit=qf", "-o", out / "qf.mlir")
    exported = Exported(path)
    found = collections.Counter(n.op_type for n in exported.graph.node)
    print("nodes:", dict(sorted(found.items())))
    before = sum(n.op_type == "Transpose" for n in onnx.load(model).graph.node)
    assert found["Transpose"] <= before, (found["Transpose"], before)

    x = np.load(inputs)
    table = collections.defaultdict(
        lambda: {"ops": set(), "codes": 0, "different": 0, "largest": 0})
    check_model.run("quench", "compile", out / "qf.mlir", "--emit=q",
                    "--no-optimize", "--quiet", "-o", out / "q.mlir")
    check_model.run("quench", "compile", path, "--emit=q", "--no-optimize",
                    "--quiet", "-o", out / "again.mlir")
    for index in range(min(args.samples, len(x))):
        sample = out / f"sample{index}.npy"
        np.save(sample, x[index: index + 1])
        force(exported, sample, out, table)
        done = subprocess.run(
            ["quench-run", out / "q.mlir", "--input", sample, "--compare",
             out / "again.mlir"], stdout=subprocess.PIPE, text=True)
        print("IMPORTED AGAIN:", done.stdout.strip().splitlines()[-1])
        assert done.returncode == 0 and ", 0 different" in done.stdout, done.stdout
        for level in ("q", "again"):
            (out / level).mkdir(exist_ok=True)
            check_model.run("quench-run", out / f"{level}.mlir", "--input", sample,
                            "--output-dir", out / level, stdout=subprocess.DEVNULL)
        results = sorted((out / "q").glob("*.npy"))
        assert results
        for result in results:
            again = out / "again" / result.name
            assert result.read_bytes() == again.read_bytes(), result.name

    print(f"{'operator':18} {'ops':>4} {'codes':>9} {'different':>9} {'largest':>7}")
    wrong = []
    for kind, row in sorted(table.items()):
        print(f"FORCED {stem} {kind:18} {len(row['ops']):4} {row['codes']:9} "
              f"{row['different']:9} {row['largest']:7}")
        limit = 0 if kind in EXACT or kind == "Resize nearest" else 1
        if row["largest"] > limit:
            wrong.append(kind)
    assert not wrong, wrong

    if args.accuracy:
        end_to_end = session(exported.model)
        name = exported.graph.input[0].name
        theirs = np.concatenate([
            end_to_end.run(None, {name: x[i: i + 1]})[0].reshape(1, -1)
            for i in range(len(x))])
        right = sum(int(r.argmax()) in ok for r, ok in zip(theirs, labels))
        check_model.run("quench", "compile", out / "qf.mlir", "--emit=exe",
                        "--quiet", f"--prefix={stem}", "-o", out / "program")
        check_model.run(out / "program" / stem, inputs, "-o", out / "y.npy",
                        stdout=subprocess.DEVNULL)
        ours = np.load(out / "y.npy").reshape(len(labels), -1)
        our_right = sum(int(r.argmax()) in ok for r, ok in zip(ours, labels))
        # Not bits: a softmax at the end is float, and two libraries' exp.
        differ = int((~np.isclose(theirs, ours, rtol=1e-5, atol=1e-7)).sum())
        print(f"ACCURACY {stem} {args.type}: onnxruntime {right}, quench "
              f"{our_right} of {len(labels)}; {differ} of {ours.size} outputs differ")
        assert abs(right - our_right) <= 1 + len(labels) // 500, (right, our_right)


if __name__ == "__main__":
    main()
