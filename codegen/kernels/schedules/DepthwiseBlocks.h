// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The outer loops of depthwise kernels that have a function for each width of
// registers and horizontal stride.

#ifndef QUENCH_CODEGEN_KERNELS_SCHEDULES_DEPTHWISEBLOCKS_H
#define QUENCH_CODEGEN_KERNELS_SCHEDULES_DEPTHWISEBLOCKS_H

#include "codegen/kernels/schedules/Schedule.h"

namespace quench::kernels {

/// Whether a problem is a depthwise convolution as all of them take it: a
/// filter of size x size, horizontal stride 1 or 2 and dilation 1, no negative
/// padding, filter zero point or residual.
bool fitsDepthwiseBlocks(const Kernel &kernel, const Problem &problem, int size,
                         std::string *why);

/// Name of the function for isa.rowChannels() channels and a stride of 1 or 2.
/// Its parameters: the kernel's struct; x and filter of the block; biases, muls
/// and the number of the block's first channel; y of the block; its channels;
/// scratch.
std::string depthwiseBlock(const Kernel &kernel, const Isa &isa, int stride);

/// Requantizes the accumulators of one pixel, stores `channels` codes at the
/// pointer `y` and steps it. Uses the emitted variables mul, whole, channels
/// and pixel.
void storeDepthwiseBlock(CppWriter &writer, const Isa &isa,
                         const std::vector<std::string> &accs,
                         const std::string &y);

/// Calls them for all images and blocks of channels.
void emitDepthwiseBlocks(CppWriter &writer, const Kernel &kernel);

} // namespace quench::kernels

#endif // QUENCH_CODEGEN_KERNELS_SCHEDULES_DEPTHWISEBLOCKS_H
