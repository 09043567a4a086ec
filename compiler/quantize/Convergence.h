// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Have the ranges settled? A range that still grows with the last samples will
// grow with those that were not shown, and clip them.

#ifndef QUENCH_COMPILER_QUANTIZE_CONVERGENCE_H
#define QUENCH_COMPILER_QUANTIZE_CONVERGENCE_H

#include "compiler/quantize/observers/Observer.h"

#include <string>
#include <vector>

namespace quench::quantize {

/// The range after that many samples.
struct RangeAt {
  int64_t samples;
  Range range;
};

/// The ranges of one observed tensor after 1, 2, 4, 8, ... and all samples.
struct Trajectory {
  std::string tensor;
  std::vector<RangeAt> points;
};

/// What calibration saw, in the order of the graph.
struct CalibrationLog {
  int64_t samples = 0;
  std::vector<Trajectory> tensors;

  /// Whether a trajectory has a point at `samples`, which is not the last.
  static bool isPoint(int64_t samples) {
    return samples > 0 && (samples & (samples - 1)) == 0;
  }
};

/// By how much a range grew in the last doubling, about: from the last point
/// with at most two thirds of the samples to the last, on both sides, relative
/// to the width before. 0.1 is 10 %; infinite if the width was 0. Shrinking, as
/// averages may, does not count. 0 for fewer than two points.
double lastGrowth(const Trajectory &trajectory);

/// A paragraph: the tensors whose range grew by more than `percent` in the last
/// doubling, most first and at most `rows`, and what to do about it.
std::string describeConvergence(const CalibrationLog &log, double percent = 5,
                                size_t rows = 10);

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_CONVERGENCE_H
