// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How few bits do.

#include "codegen/kernels/Biases.h"

#include <algorithm>

namespace quench::kernels {

int biasBits(const std::vector<int32_t> &biases) {
  for (int bits : {16, 24}) {
    const int32_t limit = int32_t(1) << (bits - 1);
    if (std::all_of(biases.begin(), biases.end(), [&](int32_t bias) {
          return -limit <= bias && bias < limit;
        }))
      return bits;
  }
  return 32;
}

std::vector<uint8_t> storeBiases24(const std::vector<int32_t> &biases) {
  std::vector<uint8_t> stored;
  for (int32_t bias : biases) {
    stored.push_back(static_cast<uint8_t>(bias));
    stored.push_back(static_cast<uint8_t>(bias >> 8));
  }
  for (int32_t bias : biases)
    stored.push_back(static_cast<uint8_t>(bias >> 16));
  return stored;
}

} // namespace quench::kernels
