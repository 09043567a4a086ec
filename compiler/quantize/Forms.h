// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What becomes of each nn op in an integer graph: one row an op. Observers,
// parameters, conversion, verifiers and the report all read this table.

#ifndef QUENCH_COMPILER_QUANTIZE_FORMS_H
#define QUENCH_COMPILER_QUANTIZE_FORMS_H

#include "compiler/quantize/observers/Observer.h"

#include "mlir/IR/Operation.h"

#include <optional>

namespace quench::quantize {

enum class Form {
  /// Computes a sum or product in int32 and rounds it to the grid of its
  /// result.
  OutputStage,
  /// A function of one value: a table of 256 codes.
  Table,
  /// Moves or compares codes; operand and result are on one grid.
  SameGrid,
  /// Gives indices, not values.
  Index,
  /// Stays float: the runtime has a float kernel, 8 bits do not suit it.
  Island,
  /// Known at compile time.
  Constant,
  /// Cannot be in an integer graph.
  None,
};

struct OpForm {
  llvm::StringRef op;
  Form form;
  /// Range of the function, where it is bounded for every input.
  std::optional<Range> range;
  /// Why it is float, or why there is no form.
  llvm::StringRef reason;
};

/// conv2d, conv_transpose2d, linear: operand 1 is a filter, operand 2 a bias.
bool isFilterOp(mlir::Operation *op);

/// The row of an nn op. A resize is SameGrid when it picks the nearest pixel.
/// An op of another dialect, or one without a row, gives Form::None.
const OpForm &formOf(mlir::Operation *op);

/// True if the form's result needs a fake_quant of its own.
inline bool hasOwnGrid(Form form) {
  return form == Form::OutputStage || form == Form::Table;
}

/// All rows, for the table of supported ops.
llvm::ArrayRef<OpForm> opForms();

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_FORMS_H
