# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints an ONNX model a line a tensor, for FileCheck."""

import sys

import onnx
from onnx import helper, numpy_helper

model = onnx.load(sys.argv[1])
onnx.checker.check_model(model, full_check=True)
print("ir", model.ir_version, "opset", model.opset_import[0].version)
print("producer", model.producer_name, model.producer_version)
print("graph", model.graph.name)
for entry in model.metadata_props:
    print("metadata", entry.key, entry.value)


def border(what, value):
    kind = value.type.tensor_type
    sizes = "x".join(str(d.dim_value) for d in kind.shape.dim)
    print(what, value.name, helper.tensor_dtype_to_np_dtype(kind.elem_type), sizes)


for value in model.graph.input:
    border("input", value)
for constant in model.graph.initializer:
    array = numpy_helper.to_array(constant)
    assert constant.HasField("raw_data")
    print("constant", constant.name, array.dtype, "x".join(map(str, array.shape)),
          array.reshape(-1)[:8].tolist())
for node in model.graph.node:
    attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    print(node.output[0], "=", node.op_type, list(node.input), attributes or "")
for value in model.graph.output:
    border("output", value)
