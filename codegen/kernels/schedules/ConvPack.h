// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Packed layouts of convolution weights, one function a schedule.

#ifndef QUENCH_CODEGEN_KERNELS_SCHEDULES_CONVPACK_H
#define QUENCH_CODEGEN_KERNELS_SCHEDULES_CONVPACK_H

#include "codegen/kernels/Catalogue.h"
#include "codegen/kernels/isa/Isa.h"

namespace quench::kernels {

/// How a convolution's window is walked: `count` taps of `depth` products, in
/// `steps` dots each.
struct ConvTaps {
  int count;
  int depth;
  int steps;
  /// The taps of a kernel row are one run (row copies, dilation 1, one group).
  bool merged;
};
ConvTaps convTaps(const Isa &isa, const qrt_conv2d &conv, bool copiesRows);

/// [groups][OC/nr][taps][steps][nr][kr], the last block of a group with the
/// channels that there are; with a filter zero point the `ones` pattern of a
/// tap follows, then what loads without masks read besides.
PackedFilter packConvTile(const Kernel &kernel, bool copiesRows,
                          const qrt_conv2d &conv, const int8_t *filter,
                          const int32_t *bias, const float *mul);

/// [OC/nr][IC/2][3][3][nr][2], the last block with the channels that there are;
/// then what loads without masks read besides.
PackedFilter packWinograd(const Kernel &kernel, const qrt_conv2d &conv,
                          const int8_t *filter, const int32_t *bias,
                          const float *mul);

/// s32: where the weights begin, a multiple of 32 bytes. For each block of
/// pairBlock channels, the last with those that there are: u16 how many pairs
/// are split (SafePairs::split), an even number, u16 the first byte of each,
/// u64 SafePairs::codes. Then their weights, [depth / 4 + split /
/// 2][channels][4] with depth in the order of SafePairs; those at the end meet
/// the pairs that are split once more. Then what loads read besides.
PackedFilter packConvPairs(const Kernel &kernel, const qrt_conv2d &conv,
                           const int8_t *filter, const int32_t *bias,
                           const float *mul);

/// Channel blocks of a depthwise kernel: widths from the full vector down.
struct ChannelBlock {
  int first;
  /// Channels stored, and the width the block is computed in.
  int count, width;
  /// Vector bytes of the Isa that computes it.
  int vectorBytes;
};
std::vector<ChannelBlock> channelBlocks(const Isa &isa, int channels);

/// Per channel block: [KH][KW][channels], nothing padded; kernels interleave
/// the rows.
PackedFilter packDepthwise(const Kernel &kernel, const qrt_conv2d &conv,
                           const int8_t *filter, const int32_t *bias,
                           const float *mul);

} // namespace quench::kernels

#endif // QUENCH_CODEGEN_KERNELS_SCHEDULES_CONVPACK_H
