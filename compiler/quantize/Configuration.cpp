// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Overrides and what they match.

#include "compiler/quantize/Configuration.h"

#include "compiler/quantize/Constants.h"
#include "dialects/nn/NN.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Regex.h"

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

FailureOr<QConfig> quantize::qconfigOf(Operation *op, StringRef fallback) {
  auto module = dyn_cast<ModuleOp>(op);
  if (!module)
    module = op->getParentOfType<ModuleOp>();
  auto text =
      module ? module->getAttrOfType<StringAttr>(qconfigAttr) : StringAttr();
  if (text) {
    llvm::Expected<QConfig> config = parseQConfig(text.getValue(), qconfigAttr);
    if (config)
      return std::move(*config);
    return emitError(module.getLoc()) << llvm::toString(config.takeError());
  }
  if (const QConfig *preset = findPreset(fallback))
    return *preset;
  return emitError(op->getLoc()) << "unknown preset '" << fallback
                                 << "', expected one of " << presetNames();
}

void quantize::setQConfig(ModuleOp module, const QConfig &config) {
  module->setAttr(qconfigAttr,
                  StringAttr::get(module.getContext(), printQConfig(config)));
}

static std::string kindOf(Value value) {
  if (Operation *op = value.getDefiningOp())
    return op->getName().stripDialect().str();
  return "input";
}

static bool matches(const Override &entry, StringRef kind, StringRef name) {
  if (!entry.ops.empty() && !llvm::is_contained(entry.ops, kind))
    return false;
  // The whole name: "conv1" is not meant to be "conv10" as well.
  return entry.name.empty() ||
         llvm::Regex("^(" + entry.name + ")$").match(name);
}

OpConfig quantize::configOf(const QConfig &config, Value value) {
  OpConfig result{config.weight, config.activation, {}, false};
  const std::string kind = kindOf(value), name = valueName(value);
  for (const Override &entry : config.overrides) {
    if (!matches(entry, kind, name))
      continue;
    result.weight = entry.weight.applied(std::move(result.weight));
    result.activation = entry.activation.applied(std::move(result.activation));
    if (entry.activation.range)
      result.range = entry.activation.range;
    result.keepFloat |= entry.keepFloat;
  }
  return result;
}

LogicalResult quantize::checkOverrides(const QConfig &config,
                                       func::FuncOp function) {
  for (const auto &[index, entry] : llvm::enumerate(config.overrides)) {
    auto matched = [&, &entry = entry](Value value) {
      return matches(entry, kindOf(value), valueName(value));
    };
    bool found = llvm::any_of(function.getArguments(), matched);
    function.walk([&](Operation *op) {
      found |= op->getNumResults() == 1 && !isa<nn::ConstantOp>(op) &&
               matched(op->getResult(0));
    });
    if (found)
      continue;
    InFlightDiagnostic error = emitError(function.getLoc())
                               << "override " << index + 1 << " (";
    if (!entry.name.empty())
      error << "name '" << entry.name << "'";
    if (!entry.ops.empty())
      error << (entry.name.empty() ? "ops " : ", ops ")
            << llvm::join(entry.ops, ", ");
    error << ") matches no op";
    error.attachNote() << "a name is a regular expression that has to match a "
                          "whole tensor name; 'quench inspect' lists them";
    return error;
  }
  return success();
}
