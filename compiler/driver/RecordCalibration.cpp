// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Observers to records.

#include "compiler/driver/RecordCalibration.h"

#include "compiler/artefact/Records.h"
#include "compiler/interpret/Interpreter.h"
#include "dialects/qf/QF.h"

using namespace mlir;
using namespace quench;

void quench::recordCalibration(ModuleOp module) {
  std::vector<artefact::Calibration> entries;
  module.walk([&](qf::ObserveOp op) {
    if (!op.getRange())
      return;
    const ArrayRef<float> range = *op.getRange();
    entries.push_back({interpret::tensorName(op), op.getObserver().str(),
                       range[0], range[1],
                       int64_t(op.getSamples().value_or(0))});
  });
  artefact::setCalibration(module, entries);
}
