// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Growth of ranges, and the text about it.

#include "compiler/quantize/Convergence.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace quench::quantize;
using llvm::formatv;

/// The point that stands for half of the samples, or null.
static const RangeAt *half(const Trajectory &trajectory) {
  if (trajectory.points.empty())
    return nullptr;
  const int64_t samples = trajectory.points.back().samples;
  for (const RangeAt &point : llvm::reverse(trajectory.points))
    if (3 * point.samples <= 2 * samples)
      return &point;
  return nullptr;
}

double quench::quantize::lastGrowth(const Trajectory &trajectory) {
  const RangeAt *before = half(trajectory);
  if (!before)
    return 0;
  const Range &a = before->range, &b = trajectory.points.back().range;
  const double grown = std::max(0.0, double(a.min) - b.min) +
                       std::max(0.0, double(b.max) - a.max);
  if (grown == 0)
    return 0;
  const double width = double(a.max) - a.min;
  return width > 0 ? grown / width : std::numeric_limits<double>::infinity();
}

std::string quench::quantize::describeConvergence(const CalibrationLog &log,
                                                  double percent, size_t rows) {
  std::vector<std::pair<double, const Trajectory *>> growing;
  const RangeAt *before = nullptr;
  for (const Trajectory &trajectory : log.tensors) {
    if (const RangeAt *point = half(trajectory))
      before = point;
    const double growth = lastGrowth(trajectory);
    if (growth * 100 > percent)
      growing.emplace_back(growth, &trajectory);
  }
  std::string text = "range convergence: ";
  if (!before)
    return text + formatv("unknown, {0} sample{1} cannot tell\n"
                          "  a few dozen typical inputs are usual\n",
                          log.samples, log.samples == 1 ? "" : "s")
                      .str();
  text += formatv("{0} of {1} ranges grew by more than {2} % from {3} to {4} "
                  "samples\n",
                  growing.size(), log.tensors.size(), percent, before->samples,
                  log.samples);
  if (growing.empty())
    return text + "  more samples of this kind would change little\n";
  llvm::sort(growing, [](const auto &a, const auto &b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  for (const auto &[growth, trajectory] :
       llvm::ArrayRef(growing).take_front(rows)) {
    const Range &from = half(*trajectory)->range;
    const Range &to = trajectory->points.back().range;
    const std::string amount = std::isinf(growth)
                                   ? "from nothing"
                                   : formatv("+{0:F0} %", growth * 100).str();
    text +=
        formatv("  {0,-12} [{1:F3}, {2:F3}] to [{3:F3}, {4:F3}]  {5}\n", amount,
                from.min, from.max, to.min, to.max, trajectory->tensor);
  }
  if (growing.size() > rows)
    text += formatv("  and {0} more\n", growing.size() - rows);
  return text + "  give more samples, or more varied ones; where single "
                "outliers stretch a range,\n"
                "  an observer that lets them fade (--observer=ema) keeps the "
                "scale fine\n";
}
