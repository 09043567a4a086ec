# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# normalize.onnx: layer normalization of opset 13. other_mean.onnx: the variance
# is about the mean of other axes, so that it is no layer normalization.

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def save(name, variance_axes):
    constants = {
        "two": np.float32(2), "eps": np.float32(1e-5),
        "scale": np.linspace(1, 2, 8, dtype=np.float32),
    }
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["mean"], axes=[-1]),
        helper.make_node("Sub", ["x", "mean"], ["centred"]),
        helper.make_node("Pow", ["centred", "two"], ["square"]),
        helper.make_node("ReduceMean", ["square"], ["var"], axes=variance_axes),
        helper.make_node("Add", ["var", "eps"], ["sum"]),
        helper.make_node("Sqrt", ["sum"], ["deviation"]),
        helper.make_node("Div", ["centred", "deviation"], ["normal"]),
        helper.make_node("Mul", ["normal", "scale"], ["y"]),
    ]
    shape = [1, 5, 8]
    graph = helper.make_graph(
        nodes, name,
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(np.asarray(v), k) for k, v in constants.items()])
    onnx.save(helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8),
        f"{name}.onnx")


save("normalize", [-1])
save("other_mean", [-2])
