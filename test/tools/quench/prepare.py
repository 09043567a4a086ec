# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# make <jpg> <png>: two pictures, one wide, one tall, with edges and gradients.
# check <npy> <picture>...: compares the samples of the file with Pillow's.

import sys

import numpy as np
from PIL import Image


def make(path, height, width):
    y, x = np.mgrid[0:height, 0:width]
    red = x * 255 // width
    green = (x // 16 + y // 16) % 2 * 255
    blue = (x * y) % 256
    pixels = np.stack([red, green, blue], axis=-1).astype(np.uint8)
    Image.fromarray(pixels).save(path, quality=95)


def expected(path):
    picture = Image.open(path).convert("RGB")
    width, height = picture.size
    shorter = min(width, height)
    size = (width * 256 // shorter, height * 256 // shorter)
    pixels = np.asarray(picture.resize(size, Image.BICUBIC)).astype(np.int32)
    top = round((size[1] - 224) / 2)
    left = round((size[0] - 224) / 2)
    return pixels[top : top + 224, left : left + 224].transpose(2, 0, 1)


if sys.argv[1] == "make":
    make(sys.argv[2], 300, 517)
    make(sys.argv[3], 611, 301)
else:
    samples = np.load(sys.argv[2])
    assert samples.dtype == np.float32
    assert samples.shape == (len(sys.argv) - 3, 3, 224, 224), samples.shape
    for sample, path in zip(samples, sys.argv[3:]):
        codes = sample * 128 + 127
        assert (codes == np.round(codes)).all()
        off = np.abs(codes - expected(path))
        assert off.max() <= 1 and off.mean() < 0.01, (off.max(), off.mean())
