// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The steps of Preprocess (Data.h) on one number, one picture.

#ifndef QUENCH_COMPILER_DRIVER_PREPROCESS_H
#define QUENCH_COMPILER_DRIVER_PREPROCESS_H

#include "compiler/driver/Data.h"

namespace quench {

/// Where the channels of an input are.
struct Axes {
  int64_t channels, height, width;
  bool channelsLast;
};

/// Those of a shape [1, C, H, W] or [1, H, W, C] with 1 or 3 channels.
std::optional<Axes> axesOf(llvm::ArrayRef<int64_t> shape, PixelLayout layout);

/// A number of a channel, with mean and std or scale.
float normalize(double number, int64_t channel, const Preprocess &preprocess);

/// Refuses lists that have neither one number nor as many as `channels`, std
/// together with scale, and a std of 0.
llvm::Error checkLengths(const InputInfo &input, const Preprocess &preprocess,
                         int64_t channels);

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_PREPROCESS_H
