// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Notes on ops, and the names they use.

#include "compiler/optimize/Decisions.h"

#include "dialects/q/Notes.h"

#include "mlir/IR/Location.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace quench::optimize {

LogicalResult Decisions::decline(PatternRewriter &rewriter, Operation *op,
                                 const Twine &why) {
  notes[op].declined = why.str();
  return rewriter.notifyMatchFailure(op, why);
}

void Decisions::done(Operation *op, const Twine &what, Operation *replaced) {
  Note &note = notes[op];
  note.declined.clear();
  if (ArrayAttr old = q::notesOf(replaced))
    for (auto text : old.getAsRange<StringAttr>())
      note.done.push_back(text.str());
  auto pending = notes.find(replaced);
  if (pending != notes.end() && replaced != op)
    llvm::append_range(notes[op].done,
                       SmallVector<std::string>(pending->second.done));
  notes[op].done.push_back((pass + ": " + what).str());
}

LogicalResult Decisions::run(func::FuncOp func, RewritePatternSet &&patterns) {
  GreedyRewriteConfig config;
  config.setListener(this);
  if (failed(applyPatternsGreedily(func, std::move(patterns), config)))
    return func.emitError() << pass << " does not come to an end";
  for (const auto &[op, note] : notes) {
    for (const std::string &text : note.done)
      q::addNote(op, text);
    if (!note.declined.empty())
      q::addNote(op, pass + ": declined, " + note.declined);
  }
  return success();
}

Location fusedLocation(Location first, Location last) {
  if (auto name = dyn_cast<NameLoc>(last))
    return NameLoc::get(name.getName(), first);
  return first;
}

std::string describe(Operation *op) {
  if (auto name = dyn_cast<NameLoc>(op->getLoc()))
    return "'" + name.getName().str() + "'";
  return op->getName().getStringRef().str();
}

} // namespace quench::optimize
