# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# onnxruntime's static quantization as calibrate.py compares it: MinMax, QDQ, int8
# weights per channel, uint8 activations. Pictures are decoded by Pillow when they
# are asked for, one at a time: short side 256 (bicubic), centre crop 224,
# (pixel - 127) / 128, as quench does it. Prints the seconds without imports.

import pathlib
import sys
import time

import numpy as np
import onnx
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process
from PIL import Image


def load(path):
    picture = Image.open(path).convert("RGB")
    width, height = picture.size
    shorter = min(width, height)
    size = (width * 256 // shorter, height * 256 // shorter)
    if size != picture.size:
        picture = picture.resize(size, Image.BICUBIC)
    top, left = round((size[1] - 224) / 2), round((size[0] - 224) / 2)
    pixels = np.asarray(picture)[top : top + 224, left : left + 224]
    scaled = (pixels.astype(np.float32) - 127) / 128
    return np.ascontiguousarray(scaled.transpose(2, 0, 1)[None])


class Pictures(CalibrationDataReader):
    def __init__(self, name, paths):
        self.name = name
        self.paths = iter(paths)

    def get_next(self):
        path = next(self.paths, None)
        return None if path is None else {self.name: load(path)}


def main():
    what, model, output, *rest = sys.argv[1:]
    if what == "prepare":
        quant_pre_process(model, output, skip_symbolic_shape=True)
        return
    begin = time.perf_counter()
    paths = pathlib.Path(rest[0]).read_text().split()
    name = onnx.load(model).graph.input[0].name
    quantize_static(
        model,
        output,
        Pictures(name, paths),
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        per_channel=True,
        calibrate_method=CalibrationMethod.MinMax,
    )
    print(f"{time.perf_counter() - begin:.3f}")


if __name__ == "__main__":
    main()
