# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Small ONNX models for the import tests, in a few words:
#
#   g = Graph(opset=17)
#   x = g.input("x", [1, 3, 8, 8])
#   y = g.node("Conv", x, g.const("w", ramp(4, 3, 3, 3)), pads=[1, 1, 1, 1])
#   g.save("conv", y)                    # conv.onnx in the folder argv[1]
#
# Nodes and their outputs are named after the op and a number: conv_0.

import os
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def ramp(*shape, dtype=np.float32):
    """0, 1, 2, ...: every element shows where it went."""
    return np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)


class Graph:
    def __init__(self, opset=17, ir_version=8):
        self.opset = opset
        self.ir_version = ir_version
        self.nodes, self.inputs, self.initializers = [], [], []

    def input(self, name, shape, dtype=TensorProto.FLOAT):
        self.inputs.append(helper.make_tensor_value_info(name, dtype, shape))
        return name

    def const(self, name, values, dtype=None):
        array = np.asarray(values)
        if dtype is None and array.dtype == np.float64:
            dtype = np.float32
        self.initializers.append(
            numpy_helper.from_array(array.astype(dtype or array.dtype), name)
        )
        return name

    def node(self, op, *inputs, outputs=1, domain="", name=None, **attributes):
        name = name or "%s_%d" % (op.lower(), len(self.nodes))
        names = [name] if outputs == 1 else ["%s_%d" % (name, i) for i in range(outputs)]
        self.nodes.append(
            helper.make_node(op, inputs, names, name=name, domain=domain, **attributes)
        )
        return names[0] if outputs == 1 else names

    def model(self, *outputs):
        graph = helper.make_graph(
            self.nodes,
            "test",
            self.inputs,
            [helper.make_tensor_value_info(o, TensorProto.FLOAT, None) for o in outputs],
            self.initializers,
        )
        return helper.make_model(
            graph,
            opset_imports=[
                helper.make_opsetid("", self.opset),
                helper.make_opsetid("com.microsoft", 1),
            ],
            ir_version=self.ir_version,
        )

    def save(self, stem, *outputs):
        path = os.path.join(sys.argv[1], stem + ".onnx")
        with open(path, "wb") as file:
            file.write(self.model(*outputs).SerializeToString())
        return path
