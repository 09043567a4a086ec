// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The end of a depthwise pixel, the same in every depthwise loop nest.

#ifndef QUENCH_CODEGEN_KERNELS_SCHEDULES_DEPTHWISESTORE_H
#define QUENCH_CODEGEN_KERNELS_SCHEDULES_DEPTHWISESTORE_H

#include "codegen/kernels/isa/Isa.h"
#include "codegen/kernels/schedules/Schedule.h"

#include <string>
#include <vector>

namespace quench::kernels {

/// Requantizes the accumulators `accs` of one pixel, adds the residual if there
/// is one, stores `channels` codes at y, and steps y and residual to the next
/// pixel. Uses the emitted variables p, y, residual, codes, mul, whole,
/// channels.
void storeDepthwisePixel(CppWriter &writer, const Kernel &kernel,
                         const Isa &isa, const std::vector<std::string> &accs);

} // namespace quench::kernels

#endif // QUENCH_CODEGEN_KERNELS_SCHEDULES_DEPTHWISESTORE_H
