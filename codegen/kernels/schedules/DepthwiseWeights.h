// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How depthwise kernels come by their weights. The filter has nothing but
// weights, tap after tap of a block of channels; those of kr kernel rows are
// interleaved, and the missing rows made zero, when a block begins. Narrow
// filters are unpacked into scratch before, all at once: they are small, and
// blocks of few channels would leave most of a chunk empty.

#ifndef QUENCH_CODEGEN_KERNELS_SCHEDULES_DEPTHWISEWEIGHTS_H
#define QUENCH_CODEGEN_KERNELS_SCHEDULES_DEPTHWISEWEIGHTS_H

#include "codegen/kernels/schedules/Schedule.h"

namespace quench::kernels {

/// What all of them say of their filters.
class DepthwiseSchedule : public Schedule {
public:
  PackedFilter pack(const Kernel &kernel, const qrt_conv2d &conv,
                    const int8_t *filter, const int32_t *bias,
                    const float *mul) const override;
  int32_t filterColumn(const Kernel &, const qrt_conv2d &conv) const override {
    return conv.kernel_h * conv.kernel_w;
  }
  int unpackedChannels(const Kernel &, const Problem &problem) const override {
    return std::get<qrt_conv2d>(problem.params).out_c;
  }
};

/// Their layout and type, for the header of a kernel.
std::string depthwisePacking(const Kernel &kernel);
/// Bytes at the start of scratch that unpacked weights take, a multiple of 64.
int64_t depthwiseUnpackedBytes(const Kernel &kernel, const qrt_conv2d &conv);
/// Estimated cycles of preparing `width` channels of `taps` weights.
double depthwiseWeightCycles(const Kernel &kernel, int width, int64_t taps);

/// Declares `taps`, the weights of a channel, and, where they are unpacked,
/// `weights` in their place, stepping over what that takes of scratch. Returns
/// the name of the pointer to the weights.
std::string declareDepthwiseWeights(CppWriter &writer, const Kernel &kernel);

/// The row of weights at `pointer`, where `keep` is declared, and `whole` for
/// instruction sets without masks.
std::string weightRow(const Isa &isa, std::string_view pointer);

/// arrange_weights_<level>(y, x, step, kernel_h, kernel_w, count).
void emitArrangeWeights(CppWriter &writer, const Isa &isa);

} // namespace quench::kernels

#endif // QUENCH_CODEGEN_KERNELS_SCHEDULES_DEPTHWISEWEIGHTS_H
