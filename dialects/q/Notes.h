// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What passes did to an op, or declined to do and why, in words: a discardable
// attribute that travels with the op down to --explain and means nothing to
// anybody else.

#ifndef QUENCH_DIALECTS_Q_NOTES_H
#define QUENCH_DIALECTS_Q_NOTES_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

namespace quench::q {

inline constexpr llvm::StringLiteral notesAttr = "quench.notes";

/// The notes of an op, oldest first; null for none.
inline mlir::ArrayAttr notesOf(mlir::Operation *op) {
  return op->getAttrOfType<mlir::ArrayAttr>(notesAttr);
}

/// Adds a note unless it is there already.
inline void addNote(mlir::Operation *op, llvm::StringRef text) {
  auto note = mlir::StringAttr::get(op->getContext(), text);
  llvm::SmallVector<mlir::Attribute> notes;
  if (mlir::ArrayAttr old = notesOf(op))
    llvm::append_range(notes, old);
  if (llvm::is_contained(notes, note))
    return;
  notes.push_back(note);
  op->setAttr(notesAttr, mlir::ArrayAttr::get(op->getContext(), notes));
}

} // namespace quench::q

#endif // QUENCH_DIALECTS_Q_NOTES_H
