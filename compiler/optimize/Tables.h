// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Ops that are a function of one code, as that function's table.

#ifndef QUENCH_COMPILER_OPTIMIZE_TABLES_H
#define QUENCH_COMPILER_OPTIMIZE_TABLES_H

#include "dialects/q/Q.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace quench::optimize {

struct CodeTable {
  /// What it computes, for q.lut's `function`.
  std::string function;
  /// 1, or the size of the last axis.
  int64_t channels = 1;
  /// [channels][256], entry x + 128.
  std::vector<int8_t> codes;

  int8_t at(int64_t channel, int32_t code) const {
    return codes[(channels == 1 ? 0 : channel) * 256 + code + 128];
  }
};

/// The table of a q.lut or q.requantize from 8-bit to 8-bit codes; none for
/// other ops.
std::optional<CodeTable> tableOf(mlir::Operation *op);

/// second(first(x)). At most one of the channel counts differs from the other,
/// and then one of them is 1: both have the same last axis.
CodeTable compose(const CodeTable &first, const CodeTable &second);

} // namespace quench::optimize

#endif // QUENCH_COMPILER_OPTIMIZE_TABLES_H
