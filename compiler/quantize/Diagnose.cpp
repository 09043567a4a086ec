// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reporting many ops at once.

#include "compiler/quantize/Diagnose.h"

#include "compiler/interpret/Interpreter.h"

using namespace mlir;
using namespace quench;

LogicalResult quantize::Misfits::report(func::FuncOp function,
                                        StringRef what) const {
  if (list.empty())
    return success();
  // At the location, not on the op: that would print the whole function.
  InFlightDiagnostic diagnostic = emitError(function.getLoc());
  diagnostic << list.size() << (list.size() == 1 ? " op " : " ops ") << what;
  for (const Misfit &misfit : list) {
    Diagnostic &note = diagnostic.attachNote(misfit.op->getLoc());
    const std::string name = interpret::tensorName(misfit.op);
    const StringRef kind = misfit.op->getName().getStringRef();
    if (name != kind)
      note << "'" << name << "' (" << kind << "): ";
    else
      note << kind << ": ";
    note << misfit.reason;
  }
  return diagnostic;
}
