// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// VPMADDUBSW adds the products of two neighbours, u8 by s8, and saturates the
// sum to int16. With activations of up to 255 it is exact where of the two
// weights the positive ones sum to at most 128 and the negative ones to at
// least -128. Most pairs of channels are like that for a few output channels at
// a time; an order is looked for in which all neighbours are, and where there
// is none, one of the two is multiplied in a later step.
//
// An order takes eight bytes for 32 channels: of a few ways to halve them one
// is taken, and each channel of the first half, as they come, gets a partner in
// the second.

#ifndef QUENCH_CODEGEN_KERNELS_SAFEPAIRS_H
#define QUENCH_CODEGEN_KERNELS_SAFEPAIRS_H

#include "qrt/kernels.h"

#include <array>
#include <cstdint>
#include <vector>

namespace quench::kernels {

/// Channels in which partners are looked for: what two VPSHUFB permute. Of a
/// channel count that is no multiple, the first window has the rest.
inline constexpr int pairWindow = 32;

/// Largest sum of weights with one sign: 255 * 128 < 2^15.
inline constexpr int pairLimit = 128;

/// Output channels that share an order: a tile has as many.
inline constexpr int pairBlock = 24;

/// Whether weights u and v may be neighbours.
constexpr bool isSafePair(int u, int v) {
  return (u > 0 ? u : 0) + (v > 0 ? v : 0) <= pairLimit &&
         (u < 0 ? u : 0) + (v < 0 ? v : 0) >= -pairLimit;
}

/// The first half of a window, then the second, both ascending.
using PairHalves = std::array<uint8_t, pairWindow>;

/// The ways to halve a window: two of every four channels are in each half, so
/// that the first channels of a window can be halved as well.
const std::array<PairHalves, 8> &pairHalves();

/// The order of the input channels for a block of output channels.
struct SafePairs {
  /// For each window of each tap 16 numbers of four bits, the lowest first:
  /// partners, as places in the second half; but the last one, which the others
  /// leave, is which halves.
  std::vector<uint64_t> codes;
  /// [taps * depth]: the byte of the filter's column that a byte is.
  std::vector<int> column;
  /// Pairs of neighbours some output channels saturate with: the first byte of
  /// each.
  std::vector<int> split;
};

/// Of `count` output channels.
/// \param filter  [count][taps][depth]; depth a multiple of 4, not less than
///                pairWindow
SafePairs safePairs(const int8_t *filter, int count, int taps, int depth);

/// Whether an order can be looked for.
bool hasPairs(const qrt_conv2d &conv);

/// Most pairs that are split in a block of pairBlock output channels; -1 where
/// no order can be looked for.
int mostSplitPairs(const qrt_conv2d &conv, const int8_t *filter);

} // namespace quench::kernels

#endif // QUENCH_CODEGEN_KERNELS_SAFEPAIRS_H
