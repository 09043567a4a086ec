// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How depthwise kernels come by the weights of a block of channels: they lie in
// the filter as the kernel reads them, or are unpacked (narrow filters) and
// widened (int16 products) into scratch, once a block and image.

#ifndef QUENCH_CODEGEN_KERNELS_SCHEDULES_DEPTHWISEWEIGHTS_H
#define QUENCH_CODEGEN_KERNELS_SCHEDULES_DEPTHWISEWEIGHTS_H

#include "codegen/kernels/schedules/Schedule.h"

namespace quench::kernels {

/// In the functions below `codes` are the packed codes of one channel, as a
/// number or as an expression of the emitted text.

/// Helpers the weights need.
unsigned depthwiseWeightHelpers(const Kernel &kernel);
/// Their type, for the header of a kernel.
std::string depthwiseWeightType(const Kernel &kernel);
/// Bytes at the start of scratch that they take, a multiple of 64.
int64_t depthwiseWeightScratch(const Kernel &kernel, int64_t codes);
/// Estimated cycles of preparing `width` channels.
double depthwiseWeightCycles(const Kernel &kernel, int width, int64_t codes);

/// Before the loop over images: declares places in scratch and steps over them.
void declareDepthwiseWeights(CppWriter &writer, const Kernel &kernel,
                             std::string_view codes);
/// In the loop over images, before that over blocks.
void startDepthwiseWeights(CppWriter &writer, const Kernel &kernel);
/// In the loop over blocks: declares `w`, the weights of the block that begins
/// at channel `c` and has `left` channels or a whole width.
void nextDepthwiseWeights(CppWriter &writer, const Kernel &kernel,
                          std::string_view codes);

/// widen_<level>(y, x, count): int16 of codes.
void emitWiden(CppWriter &writer, const Isa &isa);

} // namespace quench::kernels

#endif // QUENCH_CODEGEN_KERNELS_SCHEDULES_DEPTHWISEWEIGHTS_H
