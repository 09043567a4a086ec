# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# The networks of the side-by-side table: their ONNX files, what their input is
# normalised with, and their multiplications.
#
#   models.py FOLDER [NAME...]     writes those that are made, lists all
#
# Packages are imported where they are used, here and in what bench/run and
# bench/layers import: --help needs none.

import pathlib
import sys

SHARED = pathlib.Path(__file__).resolve().parent.parent.parent / "shared"

# Name -> mean that the pixels' values 0..255 are relative to (deviation 128).
MODELS = {
    "efficientnet_lite0": 127,
    "mobilenet_v2_224": 128,
    "resnet18": 127,
    "resnet50": 127,
}


def path_of(name, folder):
    """The .onnx file: of ../shared, else made in `folder` if it is not there."""
    import onnx

    import resnet

    if name not in resnet.ARCHITECTURES:
        return SHARED / f"models/{name}.onnx"
    file = folder / f"{name}.onnx"
    if not file.exists():
        onnx.save(resnet.build(name), file)
    return file


def macs_of(file):
    """Multiplications of the convolutions and matrix products, batch 1."""
    import numpy as np
    import onnx

    model = onnx.shape_inference.infer_shapes(onnx.load(file))
    graph = model.graph
    filters = {w.name: w.dims for w in graph.initializer}
    shapes = {v.name: [d.dim_value or 1 for d in v.type.tensor_type.shape.dim]
              for v in [*graph.value_info, *graph.output]}
    total = 0
    for node in graph.node:
        if node.op_type == "Conv":
            out = np.prod(shapes[node.output[0]][2:])
            total += int(np.prod(filters[node.input[1]]) * out)
        elif node.op_type in ("Gemm", "MatMul"):
            total += int(np.prod(filters[node.input[1]]))
    return total


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[2:] or MODELS:
        file = path_of(name, folder)
        print(f"{name}: {macs_of(file) / 1e6:.0f} million MACs, {file}")


if __name__ == "__main__":
    main()
