// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of a model.

#include "compiler/driver/Inspect.h"

#include "codegen/emit/Print.h"
#include "compiler/driver/Lower.h"
#include "compiler/driver/Phases.h"
#include "compiler/interpret/Interpreter.h"
#include "compiler/place/Explain.h"
#include "dialects/nn/NN.h"
#include "dialects/q/Q.h"
#include "dialects/qf/QF.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace quench;

namespace {

ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

int64_t elementsOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getNumElements();
}

/// Each output is a sum over one filter row.
template <typename OpT>
int64_t filterMacs(OpT op) {
  return elementsOf(op.getOutput()) * elementsOf(op.getFilter()) /
         shapeOf(op.getFilter())[0];
}

/// Each input is multiplied with one tap of every output channel of its group.
template <typename OpT>
int64_t transposedMacs(OpT op) {
  return elementsOf(op.getInput()) * elementsOf(op.getFilter()) /
         shapeOf(op.getInput()).back();
}

template <typename OpT>
int64_t matmulMacs(OpT op) {
  return elementsOf(op.getOutput()) * shapeOf(op.getLhs()).back();
}

int64_t bytesOf(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return 0;
  Type element = tensor.getElementType();
  if (auto quantized = dyn_cast<quant::QuantizedType>(element))
    element = quantized.getStorageType();
  return tensor.getNumElements() * element.getIntOrFloatBitWidth() / 8;
}

/// Bytes that the constants among an op's operands take at this level.
int64_t constantBytes(Operation *op) {
  int64_t sum = 0;
  for (Value operand : op->getOperands()) {
    Operation *producer = operand.getDefiningOp();
    if (auto codes = dyn_cast_or_null<qf::ConstantOp>(producer))
      sum += codes.getCodes().getNumElements() *
             codes.getCodes().getElementType().getIntOrFloatBitWidth() / 8;
    else if (isa_and_nonnull<nn::ConstantOp, q::ConstantOp>(producer))
      sum += bytesOf(operand.getType());
  }
  return sum;
}

bool isConstant(Operation *op) {
  return isa<nn::ConstantOp, qf::ConstantOp, q::ConstantOp>(op);
}

std::string typeText(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return "?";
  std::string text = interpret::shapeText(tensor.getShape());
  if (auto act = dyn_cast<quant::UniformQuantizedType>(tensor.getElementType()))
    return llvm::formatv(
        "{0} {1} scale {2} zero {3}", text, act.getStorageType(),
        StringRef(emit::floatLiteral(float(act.getScale()))).drop_back(),
        act.getZeroPoint());
  llvm::raw_string_ostream(text) << ' ' << tensor.getElementType();
  return text;
}

void printBorder(func::FuncOp main, raw_ostream &os) {
  auto nameOf = [](DictionaryAttr attributes) {
    auto name =
        attributes ? attributes.getAs<StringAttr>("quench.name") : StringAttr();
    return name ? name.getValue() : StringRef("?");
  };
  for (unsigned i = 0; i < main.getNumArguments(); ++i)
    os << "input   " << nameOf(main.getArgAttrDict(i)) << "  "
       << typeText(main.getArgument(i).getType()) << '\n';
  for (unsigned i = 0; i < main.getNumResults(); ++i)
    os << "output  " << nameOf(main.getResultAttrDict(i)) << "  "
       << typeText(main.getResultTypes()[i]) << '\n';
}

void inspectFunction(func::FuncOp main, raw_ostream &os) {
  struct Row {
    std::string op, name, shape;
    int64_t macs, bytes;
  };
  std::vector<Row> rows;
  int64_t macs = 0, bytes = 0;
  main.walk([&](Operation *op) {
    if (op->getNumResults() != 1 || isConstant(op))
      return;
    Row row{op->getName().getStringRef().str(), interpret::tensorName(op),
            typeText(op->getResult(0).getType()), macsOf(op),
            constantBytes(op)};
    macs += row.macs;
    bytes += row.bytes;
    rows.push_back(std::move(row));
  });
  printBorder(main, os);
  os << "ops     " << rows.size() << "\nMACs    " << emit::grouped(macs)
     << "\nweights " << emit::grouped(bytes) << " bytes\n\n";
  os << llvm::formatv("{0,-20}{1,15}{2,12}  {3,-44}  {4}\n", "op", "MACs",
                      "weights", "result", "name");
  for (const Row &row : rows)
    os << llvm::formatv("{0,-20}{1,15}{2,12}  {3,-44}  {4}\n", row.op,
                        emit::grouped(row.macs), emit::grouped(row.bytes),
                        row.shape, row.name);
}

} // namespace

int64_t quench::macsOf(Operation *op) {
  return llvm::TypeSwitch<Operation *, int64_t>(op)
      .Case<nn::Conv2DOp, q::Conv2DOp, nn::LinearOp, q::LinearOp>(
          [](auto typed) { return filterMacs(typed); })
      .Case<nn::ConvTranspose2DOp, q::ConvTranspose2DOp>(
          [](auto typed) { return transposedMacs(typed); })
      .Case<nn::MatMulOp, q::MatMulOp>(
          [](auto typed) { return matmulMacs(typed); })
      .Default(int64_t(0));
}

void quench::inspect(ModuleOp module, raw_ostream &os) {
  const PhaseRow &level = row(levelOf(module));
  if (auto name = module->getAttrOfType<StringAttr>("quench.model"))
    os << "model   " << name.getValue() << '\n';
  if (auto hash = module->getAttrOfType<StringAttr>("quench.source_sha256"))
    os << "sha256  " << hash.getValue() << '\n';
  os << "level   " << level.name << ": " << level.sentence << '\n';
  for (plan::ModelOp plan : module.getOps<plan::ModelOp>())
    place::explain(plan, os, {/*brief=*/true});
  if (auto main = module.lookupSymbol<func::FuncOp>("main"))
    inspectFunction(main, os);
}
