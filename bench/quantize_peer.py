# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Makes the int8 model that the peers run: onnxruntime's own static quantization
# (QDQ, uint8 activations, int8 weights per channel, min-max), calibrated on the
# .npy inputs of a folder.

import argparse
import pathlib
import tempfile


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("samples", help="folder of .npy inputs")
    parser.add_argument("output")
    args = parser.parse_args()

    import numpy as np
    import onnx
    from onnxruntime.quantization import (
        CalibrationDataReader,
        QuantFormat,
        QuantType,
        quantize_static,
    )
    from onnxruntime.quantization.shape_inference import quant_pre_process

    name = onnx.load(args.model).graph.input[0].name

    class Samples(CalibrationDataReader):
        def __init__(self):
            self.files = iter(sorted(pathlib.Path(args.samples).glob("*.npy")))

        def get_next(self):
            file = next(self.files, None)
            return None if file is None else {name: np.load(file)}

    with tempfile.TemporaryDirectory() as folder:
        prepared = f"{folder}/prepared.onnx"
        quant_pre_process(args.model, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared,
            args.output,
            Samples(),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
        )


if __name__ == "__main__":
    main()
