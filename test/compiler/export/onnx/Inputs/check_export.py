# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""An exported QDQ model against Quench, with real inputs.

  1. onnx.checker accepts it; it has at most --transposes Transpose nodes.
  2. Teacher forcing: every operator of the file gets the codes that Quench
     computed, in onnxruntime, and its codes are compared. Those of EXACT must
     be equal, others differ by at most one code.
  3. Imported again, it gives the codes of the graph it was written from.
  4. With --accuracy: right answers of onnxruntime end to end beside Quench's.

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
CODES = {TensorProto.INT8: np.int8, TensorProto.INT16: np.int16}


def session(model):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # Without VNNI, sums of products would saturate in int16.
    options.add_session_config_entry("session.x64quantprecision", "1")
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

    def code_type(self, node):
        return helper.np_dtype_to_tensor_dtype(self.constants[node.input[2]].dtype)

    def all_real(self):
        """The model with every rounded activation among its outputs."""
        have = {o.name for o in self.graph.output}
        return self.copy(list(self.graph.output) + [
            helper.make_tensor_value_info(r, TensorProto.FLOAT, None)
            for r in self.real.values() if r not in have])

    def forced(self, shapes):
        """Every DequantizeLinear reads an input; every QuantizeLinear is an
        output."""
        nodes = []
        for node in self.graph.node:
            node = onnx.NodeProto.FromString(node.SerializeToString())
            if node.op_type == "DequantizeLinear" and node.input[0] in self.real:
                node.input[0] += ".given"
            nodes.append(node)
        inputs = list(self.graph.input) + [
            helper.make_tensor_value_info(
                q.output[0] + ".given", self.code_type(q), shapes[q.output[0]])
            for q in self.quantize if q.output[0] in self.real]
        outputs = [helper.make_tensor_value_info(q.output[0], self.code_type(q), None)
                   for q in self.quantize]
        return self.copy(outputs, inputs, nodes)


def quench_codes(exported, sample, out):
    """Our codes of every QuantizeLinear, in the order of axes of the file."""
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
    codes = {}
    for node in exported.quantize:
        scale, zero = (exported.constants[i] for i in node.input[1:])
        real = values[exported.real[node.output[0]]]
        codes[node.output[0]] = (np.rint(real / scale) + zero).astype(zero.dtype)
    return codes


def force(exported, sample, out, table):
    ours = quench_codes(exported, sample, out)
    forced = session(exported.forced({k: v.shape for k, v in ours.items()}))
    feed = {k + ".given": v for k, v in ours.items()}
    feed[exported.graph.input[0].name] = np.load(sample)
    wanted = {i.name for i in forced.get_inputs()}
    theirs = forced.run([q.output[0] for q in exported.quantize],
                        {k: v for k, v in feed.items() if k in wanted})
    for node, their in zip(exported.quantize, theirs):
        our = ours[node.output[0]]
        difference = np.abs(our.astype(np.int64) - their.astype(np.int64))
        row = table[exported.kind(node)]
        row["ops"].add(node.output[0])
        row["codes"] += difference.size
        row["different"] += int((difference != 0).sum())
        row["largest"] = max(row["largest"], int(difference.max()))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--shared", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--transposes", type=int, default=0)
    parser.add_argument("--samples", type=int, default=2)
    parser.add_argument("--accuracy", action="store_true")
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
                    f"--export-qdq={path}", "--emit=qf", "-o", out / "qf.mlir")
    exported = Exported(path)
    found = collections.Counter(n.op_type for n in exported.graph.node)
    print("nodes:", dict(sorted(found.items())))
    assert found["Transpose"] <= args.transposes, found["Transpose"]

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
        print(f"ACCURACY {stem}: onnxruntime {right}, quench {our_right} "
              f"of {len(labels)}")
        assert abs(right - our_right) <= len(labels) * 0.002, (right, our_right)


if __name__ == "__main__":
    main()
