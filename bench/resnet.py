# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ResNet-18 and ResNet-50 (v1.5: the stride is in the 3x3 convolution) as plain
# ONNX, 1x3x224x224 to 1000 classes, batch normalization folded, weights from a
# fixed seed: speed does not depend on their values. They keep activations in
# range all the same, so that int8 results can be compared with float ones.

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# Blocks of each of the four stages, and whether they are bottlenecks.
ARCHITECTURES = {
    "resnet18": ([2, 2, 2, 2], False),
    "resnet50": ([3, 4, 6, 3], True),
}


class Network:
    """Nodes and weights in the order of execution; tensors go by name."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.nodes, self.weights = [], []
        self.channels = {}

    def node(self, kind, name, inputs, channels, **attributes):
        self.nodes.append(
            helper.make_node(kind, inputs, [name], name=name, **attributes))
        self.channels[name] = channels
        return name

    def constant(self, name, values):
        self.weights.append(
            numpy_helper.from_array(values.astype(np.float32), name))
        return name

    def filter(self, name, shape, gain):
        """He-initialised, each filter free of a mean: the common part of what
        ReLUs let through would drown the picture."""
        w = self.random.standard_normal(shape)
        w -= w.mean(axis=tuple(range(1, len(shape))), keepdims=True)
        w *= gain * np.sqrt(2 / np.prod(shape[1:]))
        bias = 0.1 * self.random.standard_normal(shape[0])
        return [self.constant(f"{name}.weight", w),
                self.constant(f"{name}.bias", bias)]

    def conv(self, name, x, out, kernel, stride=1, relu=True, gain=1.0):
        shape = (out, self.channels[x], kernel, kernel)
        y = self.node(
            "Conv", name, [x, *self.filter(name, shape, gain)], out,
            kernel_shape=[kernel] * 2, strides=[stride] * 2,
            pads=[kernel // 2] * 4)
        return self.node("Relu", f"{name}.relu", [y], out) if relu else y


def block(net, name, x, width, stride, is_bottleneck, gain):
    """Adds to `x`, or its projection, what two or three convolutions make of it;
    their gain keeps the sum of all blocks from growing."""
    out = 4 * width if is_bottleneck else width
    if is_bottleneck:
        y = net.conv(f"{name}.conv1", x, width, 1)
        y = net.conv(f"{name}.conv2", y, width, 3, stride)
        y = net.conv(f"{name}.conv3", y, out, 1, relu=False, gain=gain)
    else:
        y = net.conv(f"{name}.conv1", x, width, 3, stride)
        y = net.conv(f"{name}.conv2", y, out, 3, relu=False, gain=gain)
    if stride != 1 or net.channels[x] != out:
        x = net.conv(f"{name}.downsample", x, out, 1, stride, relu=False)
    y = net.node("Add", f"{name}.add", [y, x], out)
    return net.node("Relu", f"{name}.relu", [y], out)


def build(architecture, seed=1):
    """The onnx.ModelProto of a key of ARCHITECTURES."""
    blocks, is_bottleneck = ARCHITECTURES[architecture]
    net = Network(seed)
    net.channels["input"] = 3
    x = net.conv("conv1", "input", 64, 7, 2)
    x = net.node("MaxPool", "maxpool", [x], 64, kernel_shape=[3, 3],
                 strides=[2, 2], pads=[1, 1, 1, 1])
    gain = sum(blocks) ** -0.5
    for stage, count in enumerate(blocks):
        for index in range(count):
            stride = 2 if stage > 0 and index == 0 else 1
            x = block(net, f"layer{stage + 1}.{index}", x, 64 << stage, stride,
                      is_bottleneck, gain)
    features = net.channels[x]
    x = net.node("GlobalAveragePool", "avgpool", [x], features)
    x = net.node("Flatten", "flatten", [x], features)
    net.node("Gemm", "output", [x, *net.filter("fc", (1000, features), 1.0)], 1000,
             transB=1)
    graph = helper.make_graph(
        net.nodes, architecture,
        [helper.make_tensor_value_info(
            "input", TensorProto.FLOAT, [1, 3, 224, 224])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 1000])],
        net.weights)
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model
