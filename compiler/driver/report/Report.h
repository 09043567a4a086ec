// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The error report of a model as text, JSON and one HTML page. docs/report.md
// explains it.

#ifndef QUENCH_COMPILER_DRIVER_REPORT_REPORT_H
#define QUENCH_COMPILER_DRIVER_REPORT_REPORT_H

#include "compiler/quantize/Advice.h"
#include "compiler/quantize/Convergence.h"
#include "dialects/plan/Plan.h"

#include "llvm/Support/JSON.h"

#include <optional>
#include <string>
#include <vector>

namespace quench {

/// A tensor in the arena: bytes [offset, offset + bytes) during steps first to
/// last.
struct ArenaSlot {
  std::string name;
  int64_t offset = 0, bytes = 0, first = 0, last = 0;
};

/// Memory of the compiled model.
struct MemoryFacts {
  int64_t arenaBytes = 0;
  int64_t lowerBound = 0; ///< of any arena for this order of calls
  int64_t weightBytes = 0;
  int64_t steps = 0;
  std::vector<ArenaSlot> slots; ///< views of others left out; scratch is one
};

MemoryFacts memoryFacts(plan::ModelOp plan);

struct ReportData {
  std::string model;
  /// What the errors are measured against, and on which data.
  std::string reference, data;
  quantize::Measurement measurement;
  std::vector<quantize::Warning> warnings;
  /// Of a model that was calibrated for the report; no samples otherwise.
  quantize::CalibrationLog calibration;
  std::optional<MemoryFacts> memory;
};

/// Layers that the summary is about.
inline constexpr size_t summarySize = 3;

/// "21.3", "exact" without noise, "-inf".
std::string decibelText(double decibels);

std::string reportText(const ReportData &data);

/// Version of the JSON; it rises when a key changes its meaning or goes.
inline constexpr int64_t reportVersion = 1;
llvm::json::Value reportJson(const ReportData &data);

/// One page without any external resource.
std::string reportHtml(const ReportData &data);

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_REPORT_REPORT_H
