// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constant folding: ONNX ops on tensors whose elements are known. Exporters
// compute shapes with such ops; only what they use is here.

#ifndef QUENCH_COMPILER_IMPORT_ONNX_FOLD_H
#define QUENCH_COMPILER_IMPORT_ONNX_FOLD_H

#include "compiler/import/onnx/ImportOnnx.h"
#include "compiler/import/onnx/Movement.h"

namespace quench::importer {

class Model;

/// One node to evaluate. The function puts one tensor per output into `out`, or
/// rejects the node.
struct Fold {
  Node &node;
  Model &model; // decodes tensor attributes
  Consts in;
  const OnnxLimits &limits;
  int64_t &budgetBytes; // what folding may still allocate
  llvm::SmallVector<HostTensor, 1> out;

  /// False after a rejection for the rank.
  bool checkRank(DimsRef shape);
  /// A new tensor, or nothing after a rejection for its size.
  std::optional<HostTensor> make(DType type, DimsRef shape);
};

/// How an op is folded; the first `inputs` inputs must be there.
struct FoldOp {
  void (*fold)(Fold &) = nullptr; // null: it cannot be folded
  unsigned inputs = 0;
};
FoldOp findFold(llvm::StringRef opType);

// The rows of the table, by file.
FoldOp findArithmeticFold(llvm::StringRef opType);
FoldOp findShapeFold(llvm::StringRef opType);

} // namespace quench::importer

#endif // QUENCH_COMPILER_IMPORT_ONNX_FOLD_H
