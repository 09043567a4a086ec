// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Biases in fewer than 32 bits, where all of a layer fit: the forms of
// qrt_conv2d::bias_bits.

#ifndef QUENCH_CODEGEN_KERNELS_BIASES_H
#define QUENCH_CODEGEN_KERNELS_BIASES_H

#include <cstdint>
#include <vector>

namespace quench::kernels {

/// The fewest of 16, 24 and 32 bits that hold every bias.
int biasBits(const std::vector<int32_t> &biases);

/// 24 bits each: the low 16 bits of all, little endian, then the high 8 of all.
/// As two planes, vectors of either widen in one instruction.
std::vector<uint8_t> storeBiases24(const std::vector<int32_t> &biases);

} // namespace quench::kernels

#endif // QUENCH_CODEGEN_KERNELS_BIASES_H
