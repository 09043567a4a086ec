// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which input rows and columns a resized picture reads.

#include "dialects/q/Params.h"

#include "llvm/ADT/StringSwitch.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace quench;

namespace {

/// Coordinate in the input of output index i (ONNX Resize,
/// coordinate_transformation_mode), in double.
double sourceCoordinate(StringRef map, int64_t i, double scale, int64_t in,
                        int64_t out) {
  if (map == "align_corners")
    return out == 1 ? 0.0 : double(i) * double(in - 1) / double(out - 1);
  if (map == "asymmetric")
    return double(i) / scale;
  if (map == "pytorch_half_pixel" && out == 1)
    return 0.0;
  return (double(i) + 0.5) / scale - 0.5;
}

double roundCoordinate(StringRef rounding, double x) {
  return llvm::StringSwitch<double>(rounding)
      .Case("round_prefer_floor", std::ceil(x - 0.5))
      .Case("round_prefer_ceil", std::floor(x + 0.5))
      .Case("floor", std::floor(x))
      .Default(std::ceil(x));
}

void fillAxis(StringRef mode, StringRef map, StringRef rounding, float scale,
              int64_t in, int64_t out, std::vector<int32_t> &index,
              std::vector<int32_t> &weight, std::vector<float> &share) {
  const double last = double(in - 1);
  for (int64_t i = 0; i < out; ++i) {
    const double x = sourceCoordinate(map, i, scale, in, out);
    if (mode == "nearest") {
      index.push_back(
          int32_t(std::clamp(roundCoordinate(rounding, x), 0.0, last)));
      continue;
    }
    const double inside = std::clamp(x, 0.0, last);
    const double base = std::floor(inside);
    index.push_back(int32_t(base));
    weight.push_back(int32_t(std::nearbyint((inside - base) * 2048.0)));
    share.push_back(float(inside - base));
  }
}

} // namespace

q::ResizeTables q::resizeTables(StringRef mode, StringRef coordinates,
                                StringRef rounding, ArrayRef<float> scales,
                                ArrayRef<int64_t> inputShape,
                                ArrayRef<int64_t> outputShape) {
  ResizeTables tables;
  fillAxis(mode, coordinates, rounding, scales[0], inputShape[1],
           outputShape[1], tables.row, tables.rowWeight, tables.rowShare);
  fillAxis(mode, coordinates, rounding, scales[1], inputShape[2],
           outputShape[2], tables.col, tables.colWeight, tables.colShare);
  return tables;
}
