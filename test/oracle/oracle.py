# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the oracles share: running one op in onnxruntime and in quench-run, and
the formulas that an input must be able to tell apart.

An oracle counts only if its inputs make the candidate formulas disagree: random
codes give the same bytes for half-to-even, half-away and every other rounding.
`judge` therefore fails when a candidate agrees with onnxruntime everywhere.
"""

import os
import subprocess
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

F32 = np.float32


def rne(p):
    """Nearest, ties to even."""
    return np.rint(p)


def half_away(p):
    """Nearest, ties away from zero."""
    return np.sign(p) * np.floor(np.abs(p) + 0.5)


def clamp(code):
    return np.clip(code, -128, 127).astype(np.int8)


def multiplier(sx, sw, sy):
    """Spec A4: f32(f32(sx * sw) / sy)."""
    return (F32(sx) * np.asarray(sw, F32)).astype(F32) / F32(sy)


def stage_candidates(acc, sx, sw, sy, zero):
    """Output stages somebody could have meant; sw may be an array."""
    acc = np.asarray(acc, np.int64)
    m = multiplier(sx, sw, sy)
    exact = np.float64(sx) * np.asarray(sw, np.float64) / np.float64(sy)
    p = acc.astype(F32) * m
    return {
        "f32_rne": clamp(rne(p) + zero),
        "ties away from zero": clamp(half_away(p) + zero),
        "rounding after the zero point": clamp(rne(p + F32(zero))),
        "multiplier in double": clamp(rne(acc * exact) + zero),
        "multiplier rounded once": clamp(rne(acc.astype(F32) * F32(exact)) + zero),
        "sx * (sw / sy)": clamp(
            rne(acc.astype(F32) * (F32(sx) * (np.asarray(sw, F32) / F32(sy)))) + zero),
    }


def judge(title, ours, theirs, candidates, truth="f32_rne", may_agree=()):
    """Fails unless ours equals theirs bit for bit and every candidate but the
    true one differs somewhere."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape, (title, ours.shape, theirs.shape)
    wrong = int((ours != theirs).sum())
    assert wrong == 0, "%s: %d of %d differ, first at %s: ours %s, onnxruntime %s" % (
        title, wrong, ours.size, np.argwhere(ours != theirs)[0],
        ours[ours != theirs][0], theirs[ours != theirs][0])
    for name, value in candidates.items():
        differs = int((value.reshape(theirs.shape) != theirs).sum())
        if name == truth:
            assert differs == 0, "%s: the model of the test is wrong" % title
        elif name not in may_agree:
            assert differs, "%s: the inputs do not tell '%s' apart" % (title, name)
    print("ok: %s: %d values, %d candidates told apart" % (
        title, ours.size, len(candidates) - 1 - len(may_agree)))


def run_onnx(nodes, inputs, outputs, constants=(), opset=17):
    """One onnxruntime session. inputs: name -> array; outputs: (name, type)."""
    types = {np.dtype(k): v for k, v in (
        (np.float32, TensorProto.FLOAT), (np.int8, TensorProto.INT8),
        (np.uint8, TensorProto.UINT8), (np.int32, TensorProto.INT32))}
    graph = helper.make_graph(
        nodes, "oracle",
        [helper.make_tensor_value_info(k, types[v.dtype], v.shape)
         for k, v in inputs.items()],
        [helper.make_tensor_value_info(name, type_, None) for name, type_ in outputs],
        [onnx.numpy_helper.from_array(np.asarray(v), k)
         for k, v in dict(constants).items()])
    model = helper.make_model(graph, opset_imports=[
        helper.make_opsetid("", opset), helper.make_opsetid("com.microsoft", 1)])
    model.ir_version = 8
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    return session.run(None, inputs)


def run_quench(text, inputs):
    """Results of @main, inputs in order."""
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "main.mlir")
        with open(source, "w", encoding="utf-8") as file:
            file.write(text)
        command = ["quench-run", source, "--output-dir", folder]
        for index, array in enumerate(inputs):
            path = os.path.join(folder, "in%d.npy" % index)
            np.save(path, np.array(array, order="C"))
            command.append("--input=" + path)
        subprocess.run(command, check=True)
        results = []
        while os.path.exists(os.path.join(folder, "result%d.npy" % len(results))):
            results.append(np.load(os.path.join(folder, "result%d.npy" % len(results))))
        return results


# MLIR text.


def number(x):
    """A double that reads back as itself, spelled the way MLIR wants it."""
    text = repr(float(x))
    if "." not in text.split("e")[0]:
        text = text.replace("e", ".0e") if "e" in text else text + ".0"
    return text


def act(scale, zero=0):
    return "!quant.uniform<i8:f32, %s:%d>" % (number(scale), zero)


def per_axis(storage, scales):
    return "!quant.uniform<%s:f32:0, {%s}>" % (
        storage, ", ".join(number(s) for s in scales))


def tensor(shape, element):
    return "tensor<%sx%s>" % ("x".join(map(str, shape)), element)


def dense(array):
    """The bytes as they are: MLIR reads a hexadecimal string."""
    element = {"int8": "i8", "int32": "i32", "float32": "f32"}[array.dtype.name]
    data = np.array(array, order="C").tobytes().hex().upper()
    if array.size == 1:
        value = array.reshape(-1)[0]
        data = number(value) if element == "f32" else str(int(value))
        return "dense<%s> : %s" % (data, tensor(array.shape, element))
    return 'dense<"0x%s"> : %s' % (data, tensor(array.shape, element))
