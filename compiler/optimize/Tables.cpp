// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tables of q.lut and q.requantize, and their composition.

#include "compiler/optimize/Tables.h"

#include "dialects/nn/Elements.h"
#include "dialects/q/Params.h"

#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>

using namespace mlir;

namespace quench::optimize {

static CodeTable lutTable(q::LutOp lut) {
  CodeTable table;
  table.function = lut.getFunction().str();
  table.codes = nn::elementValues<int8_t>(lut.getTable());
  table.channels = static_cast<int64_t>(table.codes.size()) / 256;
  return table;
}

static CodeTable requantizeTable(q::RequantizeOp op) {
  const q::ActParams in = q::actParams(op.getInput().getType());
  const q::ActParams out = q::actParams(op.getType());
  return {"requantize", 1, q::requantizeTable(in, out)};
}

std::optional<CodeTable> tableOf(Operation *op) {
  auto wide = [](Value value) { return q::isWide(value.getType()); };
  if (isa<q::LutOp, q::RequantizeOp>(op) &&
      (wide(op->getOperand(0)) || wide(op->getResult(0))))
    return std::nullopt;
  return llvm::TypeSwitch<Operation *, std::optional<CodeTable>>(op)
      .Case<q::LutOp>([](q::LutOp lut) { return lutTable(lut); })
      .Case<q::RequantizeOp>(
          [](q::RequantizeOp op) { return requantizeTable(op); })
      .Default([](Operation *) { return std::nullopt; });
}

CodeTable compose(const CodeTable &first, const CodeTable &second) {
  CodeTable both;
  both.function = first.function + " then " + second.function;
  both.channels = std::max(first.channels, second.channels);
  for (int64_t channel = 0; channel < both.channels; ++channel)
    for (int32_t code = -128; code < 128; ++code)
      both.codes.push_back(second.at(channel, first.at(channel, code)));
  return both;
}

} // namespace quench::optimize
