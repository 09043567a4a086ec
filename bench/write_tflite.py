# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# The int8 network of onnxruntime (QDQ) as .tflite: the same codes, less 128, with
# the same scales, so that LiteRT runs the same quantized network. Channels come
# last, input and output are float. Knows the ops of models.py and arm.py, and
# nothing else.
#
#   write_tflite.py int8.onnx int8.tflite

import pathlib
import sys

import flatbuffers
import numpy as np
import onnx
from ai_edge_litert import schema_py_generated as tfl
from onnx import numpy_helper

TYPES = {"float32": tfl.TensorType.FLOAT32, "int8": tfl.TensorType.INT8,
         "int32": tfl.TensorType.INT32}


def make(kind, **fields):
    """An object of the schema with these fields."""
    result = getattr(tfl, f"{kind}T")()
    for name, value in fields.items():
        setattr(result, name, value)
    return result


class Model:
    """Tensors and operators of the one graph in a file."""

    def __init__(self):
        self.buffers, self.tensors = [make("Buffer")], []
        self.codes, self.operators = {}, []

    def tensor(self, name, shape, kind, scale=None, zero=0, axis=0, data=None):
        """Index of a new tensor; `scale`: of a code, or of each along `axis`."""
        quantization = None
        if scale is not None:
            scale = np.atleast_1d(np.float32(scale))
            quantization = make(
                "QuantizationParameters", scale=scale, quantizedDimension=axis,
                zeroPoint=np.full(len(scale), zero, np.int64))
        buffer = 0
        if data is not None:
            buffer = len(self.buffers)
            data = np.ascontiguousarray(data)
            self.buffers.append(
                make("Buffer", data=np.frombuffer(data.tobytes(), np.uint8)))
        self.tensors.append(make(
            "Tensor", name=name, shape=[int(d) for d in shape], buffer=buffer,
            type=TYPES[kind], quantization=quantization))
        return len(self.tensors) - 1

    def operator(self, code, version, inputs, output, options=None, **fields):
        """Appends CODE; `options`: name of its table of options."""
        key = getattr(tfl.BuiltinOperator, code), version
        operator = make(
            "Operator", opcodeIndex=self.codes.setdefault(key, len(self.codes)),
            inputs=inputs, outputs=[output])
        if options:
            operator.builtinOptionsType = getattr(tfl.BuiltinOptions, options)
            operator.builtinOptions = make(options, **fields)
        self.operators.append(operator)

    def bytes(self, inputs, outputs):
        codes = [make("OperatorCode", builtinCode=code, version=version,
                      deprecatedBuiltinCode=min(code, 127))
                 for code, version in self.codes]
        graph = make("SubGraph", tensors=self.tensors, inputs=inputs,
                     outputs=outputs, operators=self.operators)
        model = make("Model", version=3, operatorCodes=codes, subgraphs=[graph],
                     buffers=self.buffers)
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def channels_last(shape):
    return [shape[0], *shape[2:], shape[1]] if len(shape) == 4 else shape


class Translation:
    """From the nodes between DequantizeLinear and QuantizeLinear to operators."""

    def __init__(self, source):
        graph = onnx.shape_inference.infer_shapes(source).graph
        self.graph, self.model = graph, Model()
        self.weights = {w.name: numpy_helper.to_array(w)
                        for w in graph.initializer}
        self.shapes = {
            v.name: [d.dim_value or 1 for d in v.type.tensor_type.shape.dim]
            for v in [*graph.input, *graph.value_info, *graph.output]}
        nodes = graph.node
        self.quantizers = {n.input[0]: n for n in nodes
                           if n.op_type == "QuantizeLinear"}
        self.dequantizers = {n.output[0]: n for n in nodes
                             if n.op_type == "DequantizeLinear"}
        self.indices = {}  # of tensors, by the name of what QuantizeLinear makes

    def run(self):
        source, target = self.graph.input[0].name, self.graph.output[0].name
        begin = self.model.tensor(
            "input", channels_last(self.shapes[source]), "float32")
        self.model.operator("QUANTIZE", 1, [begin], self.result(source))
        end = None
        for node in self.graph.node:
            if node.op_type in ("QuantizeLinear", "DequantizeLinear"):
                continue
            if node.op_type == "Softmax":  # the last layer: stays float
                end = self.dequantize(self.operand(node.input[0]), "logits")
                begin_softmax, end = end, self.model.tensor(
                    "output", self.shapes[target], "float32")
                self.model.operator("SOFTMAX", 1, [begin_softmax], end,
                                    "SoftmaxOptions", beta=1.0)
                break
            translate = getattr(self, node.op_type.lower())
            attributes = {a.name: onnx.helper.get_attribute_value(a)
                          for a in node.attribute}
            translate(node, **attributes)
        if end is None:
            last = self.dequantizers[target].input[0]
            end = self.dequantize(self.indices[last], "output")
        return self.model.bytes([begin], [end])

    def dequantize(self, index, name):
        y = self.model.tensor(name, self.model.tensors[index].shape, "float32")
        self.model.operator("DEQUANTIZE", 2, [index], y)
        return y

    def operand(self, name):
        """Index of the tensor whose codes `name` is the value of."""
        return self.indices[self.dequantizers[name].input[0]]

    def result(self, name):
        """A tensor for the codes of what a node makes, `name`."""
        quantizer = self.quantizers[name]
        zero = int(self.weights[quantizer.input[2]]) - 128
        index = self.model.tensor(
            name, channels_last(self.shapes[name]), "int8",
            self.weights[quantizer.input[1]], zero)
        self.indices[quantizer.output[0]] = index
        return index

    def constant(self, name, arrange=lambda w: w, axis=0):
        """A tensor for filter or bias, its axes as `arrange` leaves them."""
        codes, scale = (self.weights[i]
                        for i in self.dequantizers[name].input[:2])
        codes = arrange(codes)
        return self.model.tensor(name, codes.shape, str(codes.dtype), scale,
                                 axis=axis, data=codes)

    def padding(self, x, pads, kernel, stride):
        """What of SAME and VALID these pads are, and the operand; other pads
        become an operator in front, as converters from PyTorch do it."""
        tensor = self.model.tensors[x]
        same = []
        for size, k, s in zip(tensor.shape[1:3], kernel, stride):
            total = max((-(-size // s) - 1) * s + k - size, 0)
            same.append((total // 2, total - total // 2))
        pads = [(pads[0], pads[2]), (pads[1], pads[3])]
        if not np.any(pads):
            return tfl.Padding.VALID, x
        if pads == same:
            return tfl.Padding.SAME, x
        table = np.array([(0, 0), *pads, (0, 0)], np.int32)
        y = self.model.tensor(
            f"{tensor.name}/pad", np.add(tensor.shape, table.sum(axis=1)), "int8",
            tensor.quantization.scale, tensor.quantization.zeroPoint[0])
        pads = self.table(f"{tensor.name}/pads", table)
        self.model.operator("PAD", 2, [x, pads], y, "PadOptions")
        return tfl.Padding.VALID, y

    def conv(self, node, kernel_shape, strides, pads, group=1, dilations=None,
             auto_pad=None):
        padding, x = self.padding(
            self.operand(node.input[0]), pads, kernel_shape, strides)
        options = {"padding": padding, "strideH": strides[0],
                   "strideW": strides[1], "dilationHFactor": 1,
                   "dilationWFactor": 1}
        if group == 1:
            kind, options_kind = "CONV_2D", "Conv2DOptions"
            filter = self.constant(
                node.input[1], lambda w: w.transpose(0, 2, 3, 1))
        else:
            kind, options_kind = "DEPTHWISE_CONV_2D", "DepthwiseConv2DOptions"
            options["depthMultiplier"] = 1
            filter = self.constant(
                node.input[1], lambda w: w.transpose(1, 2, 3, 0), axis=3)
        self.model.operator(
            kind, 3, [x, filter, self.constant(node.input[2])],
            self.result(node.output[0]), options_kind, **options)

    def gemm(self, node, transB, transA=0, alpha=1.0, beta=1.0):
        assert transB and not transA and alpha == 1 and beta == 1
        inputs = [self.operand(node.input[0]), self.constant(node.input[1]),
                  self.constant(node.input[2])]
        self.model.operator("FULLY_CONNECTED", 12, inputs,
                            self.result(node.output[0]), "FullyConnectedOptions")

    def add(self, node):
        self.model.operator("ADD", 2, [self.operand(x) for x in node.input],
                            self.result(node.output[0]), "AddOptions")

    def maxpool(self, node, kernel_shape, strides, pads, **_):
        # Codes after ReLUs are not below zero, which PAD pads with.
        padding, x = self.padding(
            self.operand(node.input[0]), pads, kernel_shape, strides)
        self.model.operator(
            "MAX_POOL_2D", 2, [x], self.result(node.output[0]), "Pool2DOptions",
            padding=padding, strideH=strides[0], strideW=strides[1],
            filterHeight=kernel_shape[0], filterWidth=kernel_shape[1])

    def table(self, name, numbers):
        numbers = np.array(numbers, np.int32)
        return self.model.tensor(name, numbers.shape, "int32", data=numbers)

    def slice(self, node):
        x = self.operand(node.input[0])
        shape = self.model.tensors[x].shape
        bounds = np.array([np.zeros(4, np.int64), shape, np.ones(4, np.int64)])
        starts, ends, axes, steps = (self.weights[i] for i in node.input[1:])
        for axis, *bound in zip(axes, starts, ends, steps):
            place = [0, 3, 1, 2][axis]
            bounds[:, place] = np.minimum(bound, [shape[place]] * 3)
        y = self.result(node.output[0])
        self.model.operator(
            "STRIDED_SLICE", 2,
            [x, *(self.table(f"{node.output[0]}/{i}", b)
                  for i, b in enumerate(bounds))], y, "StridedSliceOptions")

    def pad(self, node, mode=b"constant"):
        assert mode == b"constant"
        pads = self.weights[node.input[1]].reshape(2, 4)[:, [0, 2, 3, 1]].T
        self.model.operator(
            "PAD", 2, [self.operand(node.input[0]),
                       self.table(f"{node.output[0]}/pads", pads)],
            self.result(node.output[0]), "PadOptions")

    def globalaveragepool(self, node):
        axes = self.table(f"{node.output[0]}/axes", [1, 2])
        self.model.operator(
            "MEAN", 2, [self.operand(node.input[0]), axes],
            self.result(node.output[0]), "ReducerOptions", keepDims=True)

    def reshape(self, node, **_):
        shape = self.shapes[node.output[0]]
        new = self.table(f"{node.output[0]}/shape", shape)
        self.model.operator(
            "RESHAPE", 1, [self.operand(node.input[0]), new],
            self.result(node.output[0]), "ReshapeOptions", newShape=shape)

    flatten = reshape


if __name__ == "__main__":
    source, target = sys.argv[1:]
    pathlib.Path(target).write_bytes(Translation(onnx.load(source)).run())
