// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pictures as calibration and test data: decoding JPEG and PNG, resizing,
// cropping. No MLIR.

#ifndef QUENCH_COMPILER_DRIVER_PICTURE_H
#define QUENCH_COMPILER_DRIVER_PICTURE_H

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace quench {

/// 8-bit RGB, [height][width][3], top row first.
struct Picture {
  int width = 0, height = 0;
  std::vector<uint8_t> rgb;
};

/// Whether `bytes` begin like a JPEG or PNG file.
bool looksLikePicture(const uint8_t *bytes, size_t size);

/// Decodes a JPEG or PNG file in memory; grey becomes RGB, an alpha channel is
/// dropped, the Exif orientation of a JPEG is applied. On failure the result is
/// empty and `error` says why; a file that ends too early is a failure.
/// Pictures of more than 2^26 pixels are refused.
std::optional<Picture> decodePicture(const uint8_t *bytes, size_t size,
                                     std::string &error);

enum class Filter { Bilinear, Bicubic };

/// Resamples to `width` x `height`: one axis after the other, the one that
/// shrinks more first (rows if equal), 8 bits in between. When shrinking, the
/// filter widens by the same factor (antialias). Triangle of radius 1, or Keys'
/// cubic with a = -0.5 of radius 2: what Pillow 13's Image.resize does with
/// BILINEAR and BICUBIC (its fixed-point sums may differ by one).
Picture resize(const Picture &picture, int width, int height, Filter filter);

/// The `width` x `height` rectangle in the middle; the picture must be as
/// large. An odd margin is split like torchvision does: half to even.
Picture centreCrop(const Picture &picture, int width, int height);

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_PICTURE_H
