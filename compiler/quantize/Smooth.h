// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Smoothing: outliers of activations move into the filters that read them.
//
// Source: Xiao, Lin, Seznec, Wu, Demouth, Han, "SmoothQuant: Accurate and
// Efficient Post-Training Quantization for Large Language Models", ICML 2023,
// section 4 (equation 4).

#ifndef QUENCH_COMPILER_QUANTIZE_SMOOTH_H
#define QUENCH_COMPILER_QUANTIZE_SMOOTH_H

#include "compiler/quantize/ChannelRanges.h"

namespace quench::quantize {

struct SmoothingOptions {
  double alpha = 0.5;
  bool powersOfTwo = true;
  double headroom = 1.5; // as in EqualizationOptions
  double deviations = 6;
};

struct Smoothing {
  int64_t paths = 0;    // producers whose channels were scaled
  int64_t channels = 0; // with a scale other than 1
};

/// s[j] = max |X[j]|^alpha / max |W[:, j]|^(1 - alpha), divided by the
/// geometric mean of all s of the path; X[j] / s[j], W[:, j] * s[j]. Channels
/// with X or W of 0, and those on which an upper clamp may act, keep s = 1.
///
/// max |X[j]| is taken from `observed` (may be null, is scaled along), else
/// from statistics. Every decision and refusal is a note on the producer.
Smoothing smooth(mlir::func::FuncOp function, ChannelRanges *observed,
                 const SmoothingOptions &options = {});

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_SMOOTH_H
