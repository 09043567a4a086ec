// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One error for everything that cannot be converted, instead of one a run.

#ifndef QUENCH_COMPILER_QUANTIZE_DIAGNOSE_H
#define QUENCH_COMPILER_QUANTIZE_DIAGNOSE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <string>
#include <vector>

namespace quench::quantize {

/// Ops that do not fit, in the order of the graph, and why.
class Misfits {
public:
  void add(mlir::Operation *op, const llvm::Twine &reason) {
    list.push_back({op, reason.str()});
  }
  bool empty() const { return list.empty(); }

  /// One error on the function, "`count` ops `what`", with a note for each op:
  /// its node's name, its kind, the reason. Failure unless empty.
  mlir::LogicalResult report(mlir::func::FuncOp function,
                             llvm::StringRef what) const;

private:
  struct Misfit {
    mlir::Operation *op;
    std::string reason;
  };
  std::vector<Misfit> list;
};

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_DIAGNOSE_H
