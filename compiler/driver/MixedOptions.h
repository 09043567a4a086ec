// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is asked of a quantized model: the options of mixed precision.

#ifndef QUENCH_COMPILER_DRIVER_MIXEDOPTIONS_H
#define QUENCH_COMPILER_DRIVER_MIXEDOPTIONS_H

#include "compiler/driver/CommandLine.h"
#include "compiler/driver/Data.h"

#include <optional>
#include <string>
#include <vector>

namespace quench {

struct MixedOptions {
  std::optional<double> minSqnr; ///< dB, of the noisiest output
  std::optional<double> maxDrop; ///< of top-1, in percent of the samples
  std::string labels;            ///< path; empty: the float model's answers
  std::optional<int64_t> flash;  ///< bytes that the weights may take
  bool leastFlash = false;       ///< as few as the other two allow

  bool hasGoal() const { return minSqnr || maxDrop; }
  bool isEmpty() const { return !hasGoal() && !flash && !leastFlash; }
};

/// Decibels settle with so many, a percentage does not.
inline constexpr int64_t fewSamples = 32;

/// The options as on a command line, without paths.
std::string describe(const MixedOptions &options);

/// Their rows of the help.
std::vector<Option> mixedOptions(MixedOptions &options);

/// What models are measured on: --evaluate, --evaluate-samples.
std::vector<Option> evaluateOptions(DataOptions &options);

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_MIXEDOPTIONS_H
