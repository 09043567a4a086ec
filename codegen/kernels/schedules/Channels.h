// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Biases and multipliers of a block of output channels. Stored are those of the
// channels that there are, in their order, the biases narrow where they fit
// (qrt_conv2d::bias_bits); kernels take a block of them as whole vectors of
// int32 and float when the block begins.

#ifndef QUENCH_CODEGEN_KERNELS_SCHEDULES_CHANNELS_H
#define QUENCH_CODEGEN_KERNELS_SCHEDULES_CHANNELS_H

#include "codegen/kernels/schedules/Schedule.h"

namespace quench::kernels {

/// take_channels_<level>(p, from, mul, at, biases, muls, t): t->bias and
/// t->mul; `biases` and `muls` are room for t->channels in whole vectors.
void emitTakeChannels(CppWriter &writer, const Isa &isa);

/// take_tap_channels_<level>(p, from, muls, at, count, bias, mul): those of
/// one block of a depthwise kernel, in interleaved order; for every width.
void emitTakeTapChannels(CppWriter &writer, const Isa &isa);

/// Bytes at the start of scratch for a block of so many channels, a multiple of
/// 64. In scratch, not in local arrays: compilers keep those in registers that
/// the dots need.
constexpr int64_t channelBytes(int channels) {
  return roundUp(int64_t(channels) * 8, 64);
}
/// Declares pointers to them and steps over them.
void declareChannels(CppWriter &writer, int channels, std::string_view biases,
                     std::string_view muls);
/// Declares `bias` and `mul` of a depthwise block in the order of its lanes,
/// from the parameters `biases`, `muls`, `first`, `channels` and `scratch`.
void takeTapChannels(CppWriter &writer, const Isa &isa);

} // namespace quench::kernels

#endif // QUENCH_CODEGEN_KERNELS_SCHEDULES_CHANNELS_H
