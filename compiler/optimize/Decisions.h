// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Collects what the patterns of one pass did and declined to do, and writes it
// on the ops that are left at the end (`quench.notes`). A pattern must not
// change an op that it declines, so notes wait until the driver has finished.

#ifndef QUENCH_COMPILER_OPTIMIZE_DECISIONS_H
#define QUENCH_COMPILER_OPTIMIZE_DECISIONS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SmallVector.h"

#include <string>

namespace quench::optimize {

class Decisions : public mlir::RewriterBase::Listener {
public:
  /// \param pass  its flag, which begins every note.
  explicit Decisions(llvm::StringRef pass) : pass(pass) {}

  /// Records why `op` stays as it is, tells the rewriter, and fails. A later
  /// reason replaces an earlier one.
  mlir::LogicalResult decline(mlir::PatternRewriter &rewriter,
                              mlir::Operation *op, const llvm::Twine &why);

  /// Records what was done to `op`, and hands it the notes of the op it
  /// replaces.
  void done(mlir::Operation *op, const llvm::Twine &what,
            mlir::Operation *replaced);

  void notifyOperationErased(mlir::Operation *op) override { notes.erase(op); }

  /// Runs the patterns on `func` with this listener, then writes the notes.
  mlir::LogicalResult run(mlir::func::FuncOp func,
                          mlir::RewritePatternSet &&patterns);

private:
  struct Note {
    llvm::SmallVector<std::string> done;
    std::string declined;
  };
  std::string pass;
  llvm::MapVector<mlir::Operation *, Note> notes;
};

/// The location of an op that does the work of two: the name of `last`, whose
/// result it gives, with the names of `first` behind it.
mlir::Location fusedLocation(mlir::Location first, mlir::Location last);

/// The ONNX name of an op, quoted, or its op name: what notes call it.
std::string describe(mlir::Operation *op);

} // namespace quench::optimize

#endif // QUENCH_COMPILER_OPTIMIZE_DECISIONS_H
