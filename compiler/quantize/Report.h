// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What became of a model: per op, whether it runs in integers and if not why.

#ifndef QUENCH_COMPILER_QUANTIZE_REPORT_H
#define QUENCH_COMPILER_QUANTIZE_REPORT_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/JSON.h"

#include <string>
#include <vector>

namespace quench::quantize {

/// How an op of the integer graph computes.
enum class Arithmetic { Integer, Table, Movement, Border, Float };

/// "integer", "table", "movement", "border", "float".
llvm::StringRef arithmeticName(Arithmetic arithmetic);

struct OpReport {
  std::string name; // of the tensor or node in the source model
  std::string op;   // "conv2d"
  Arithmetic arithmetic;
  /// Why it is float; the function of a table; how large the accumulator gets.
  std::string detail;
};

struct QuantizeReport {
  std::vector<OpReport> ops; // in execution order

  int64_t count(Arithmetic arithmetic) const;
  /// A summary line, then one line for each op that stays float; with `all`,
  /// for each op.
  std::string text(bool all = false) const;
  llvm::json::Value json() const;
};

/// Reads the report off a function of level q.
QuantizeReport makeReport(mlir::func::FuncOp function);

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_REPORT_H
