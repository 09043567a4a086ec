// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Filters whose codes have 4 or 2 bits. A packed filter is made of s8 codes
// first, then stored narrow: every block that a kernel unpacks at a time
// becomes whole chunks of a vector,
//
//   byte i of a chunk of B bytes = sum over j < 8 / bits of
//                                  (code[i + j * B] + 2^(bits - 1)) << j * bits
//
// so that a load, and a shift, a mask and a subtraction for each of the 8 /
// bits results unpack it. The reference has B = 1 and a block for each output
// channel. What no kernel unpacks, the ones of row sums, goes in front.
//
// Where groups of codes have multipliers, a block begins with them, one byte
// each, [KH * KW][groups of a tap][channels of the block].

#ifndef QUENCH_CODEGEN_KERNELS_SCHEDULES_NARROWFILTER_H
#define QUENCH_CODEGEN_KERNELS_SCHEDULES_NARROWFILTER_H

#include "codegen/kernels/schedules/Schedule.h"

namespace quench::kernels {

/// Codes in a chunk of `chunkBytes` bytes.
constexpr int64_t chunkCodes(int bits, int chunkBytes) {
  return int64_t(chunkBytes) * 8 / bits;
}

/// The codes of a filter divided by the multipliers of their groups.
std::vector<int8_t> narrowCodes(const qrt_conv2d &conv, const int8_t *filter,
                                const FilterGroups &groups);

/// For each block, the multipliers it begins with.
std::vector<std::vector<uint8_t>>
multipliersOfBlocks(const PackedFilter &packed, const FilterGroups &groups,
                    const qrt_conv2d &conv);

/// Replaces the s8 codes of packed.filter by their stored form. The codes fit
/// `bits`; the last chunk of a block is filled with zeros. `fronts` has what
/// each block begins with, or is empty.
void storeNarrow(PackedFilter &packed, int bits, int chunkBytes,
                 const std::vector<std::vector<uint8_t>> &fronts);

/// Bytes that unpacking `count` codes in `kernel` writes: whole chunks.
int64_t unpackedBytes(const Kernel &kernel, int64_t count);

/// Estimated cycles of unpacking `count` codes.
double unpackCycles(const Kernel &kernel, double count);

/// The helpers that a row needs to unpack; HelperNone for 8 bits.
unsigned unpackHelpers(const Kernel &kernel);

/// unpack<bits>_<level>(y, &stored, count).
void emitUnpack(CppWriter &writer, const Isa &isa, int bits);

/// scale_groups_<level>(y, multipliers, taps, steps, each, width).
void emitScaleGroups(CppWriter &writer, const Isa &isa);

} // namespace quench::kernels

#endif // QUENCH_CODEGEN_KERNELS_SCHEDULES_NARROWFILTER_H
