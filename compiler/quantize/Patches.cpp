// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Rows of the matrix that a convolution multiplies with.

#include "compiler/quantize/Patches.h"

#include "compiler/interpret/FloatKernels.h"
#include "dialects/nn/NN.h"

#include <algorithm>

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

std::optional<Patches> Patches::of(Operation *op) {
  if (isa<nn::Conv2DOp>(op))
    return Patches{interpret::convolutionSizes(op)};
  if (!isa<nn::LinearOp>(op))
    return std::nullopt;
  auto input = cast<RankedTensorType>(op->getOperand(0).getType());
  auto output = cast<RankedTensorType>(op->getResult(0).getType());
  Patches patches;
  patches.sizes.inC = input.getShape().back();
  patches.sizes.outC = output.getShape().back();
  patches.sizes.batch = output.getNumElements() / patches.sizes.outC;
  return patches;
}

void Patches::read(const float *x, int64_t position, int64_t group,
                   float *row) const {
  const interpret::Convolution &s = sizes;
  const int64_t channels = s.inC / s.groups;
  const int64_t column = position % s.out[1];
  const int64_t line = position / s.out[1] % s.out[0];
  const int64_t image = position / (s.out[0] * s.out[1]);
  for (int64_t kh = 0; kh < s.kernel[0]; ++kh) {
    const int64_t h = line * s.strides[0] - s.pads[0] + kh * s.dilations[0];
    for (int64_t kw = 0; kw < s.kernel[1]; ++kw, row += channels) {
      const int64_t w = column * s.strides[1] - s.pads[1] + kw * s.dilations[1];
      if (h < 0 || h >= s.in[0] || w < 0 || w >= s.in[1]) {
        std::fill_n(row, channels, 0.0f);
        continue;
      }
      const int64_t pixel = (image * s.in[0] + h) * s.in[1] + w;
      std::copy_n(x + pixel * s.inC + group * channels, channels, row);
    }
  }
}
