// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The walk, operands and results.

#include "compiler/export/onnx/GraphExporter.h"

#include "compiler/export/onnx/OpTable.h"
#include "dialects/nn/NN.h"
#include "dialects/q/Types.h"
#include "dialects/qf/QF.h"
#include "qrt/requantize.h"

#include <limits>

using namespace mlir;
using namespace quench;
using namespace quench::exporter;

static constexpr float infinity = std::numeric_limits<float>::infinity();

GraphExporter::GraphExporter(func::FuncOp function, int64_t opset,
                             bool unsignedCodes)
    : writer(opset), function(function), unsignedCodes(unsignedCodes) {}

//===----------------------------------------------------------------------===//
// The walk
//===----------------------------------------------------------------------===//

static Border borderOf(DictionaryAttr attrs, Type type,
                       const Twine &otherwise) {
  auto tensor = cast<RankedTensorType>(type);
  auto name = attrs ? attrs.getAs<StringAttr>("quench.name") : StringAttr();
  return {name ? name.str() : otherwise.str(),
          tensor.getElementType().isF32() ? Element::F32 : Element::I64,
          Dims(tensor.getShape())};
}

void GraphExporter::addBorder() {
  for (BlockArgument argument : function.getArguments()) {
    const unsigned i = argument.getArgNumber();
    Border border = borderOf(function.getArgAttrDict(i), argument.getType(),
                             "input" + Twine(i));
    forms[argument] = {
        Form{border.name, identityPerm(border.shape.size())}
    };
    writer.addInput(border);
  }
  for (auto [i, type] : llvm::enumerate(function.getResultTypes()))
    writer.reserveOutput(
        borderOf(function.getResultAttrDict(i), type, "output" + Twine(i)));
}

void GraphExporter::exportOp(Operation *op) {
  const OpRow *row = findRow(op->getName().getStringRef());
  if (row)
    row->emit(*this, op);
  else
    reject(op, isa<qf::ObserveOp>(op) ? "it is an observer: calibrate first"
                                      : "it has no ONNX form");
}

LogicalResult GraphExporter::run() {
  addBorder();
  Block &body = function.getBody().front();
  for (Operation &op : body.without_terminator())
    exportOp(&op);
  SmallVector<std::string> outputs;
  for (Value value : body.getTerminator()->getOperands())
    outputs.push_back(in(value, identityPerm(shapeOf(value).size())));
  if (failed(report()))
    return failure();
  writer.bindOutputs(outputs);
  return success();
}

void GraphExporter::reject(Operation *op, const Twine &reason) {
  problems.push_back({op, reason.str()});
  // Something that its users find.
  for (Value value : op->getResults())
    forms[value] = {
        Form{"", identityPerm(shapeOf(value).size())}
    };
}

LogicalResult GraphExporter::report() {
  if (problems.empty())
    return success();
  InFlightDiagnostic diagnostic = emitError(function.getLoc());
  diagnostic << problems.size() << (problems.size() == 1 ? " op " : " ops ")
             << "cannot be exported to ONNX";
  for (const Problem &problem : problems)
    diagnostic.attachNote(problem.op->getLoc())
        << problem.op->getName() << ": " << problem.reason;
  return diagnostic;
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

static bool isConstant(Value value) {
  return isa_and_nonnull<nn::ConstantOp, qf::ConstantOp>(value.getDefiningOp());
}

Perm GraphExporter::permOf(Value value) const {
  auto it = forms.find(value);
  return it == forms.end() ? identityPerm(shapeOf(value).size())
                           : it->second.front().perm;
}

Perm GraphExporter::commonPerm(ValueRange values, int64_t rank) const {
  Perm best = identityPerm(rank);
  int64_t bestSize = -1;
  for (Value value : values) {
    const auto type = cast<RankedTensorType>(value.getType());
    if (type.getRank() != rank || isConstant(value))
      continue;
    const int64_t size = type.getNumElements();
    if (size > bestSize || (size == bestSize && best == identityPerm(rank))) {
      best = permOf(value);
      bestSize = size;
    }
  }
  return best;
}

std::string GraphExporter::in(Value value, DimsRef perm) {
  if (isConstant(value)) {
    const DimsRef shape = shapeOf(value);
    const int64_t axis = shape.empty() ? 0 : inversePerm(perm)[0];
    return constant(value, Arrangement{Dims(shape), Perm(perm),
                                       permuted(shape, perm), axis, true});
  }
  for (const Form &form : forms[value])
    if (DimsRef(form.perm) == perm)
      return form.tensor;
  const Form from = forms[value].front();
  const DimsRef shape = shapeOf(value);
  const Grid grid = gridOf(value);
  std::string tensor;
  if (sameBytes(shape, from.perm, perm)) {
    tensor = reshape(from.tensor + ".reshaped", from.tensor,
                     permuted(shape, perm), grid);
  } else {
    const std::string base = from.tensor + ".transposed";
    const Dims moves = permuted(inversePerm(from.perm), perm);
    tensor = writer.node("Transpose", base, from.tensor,
                         Attr{"perm", DimsRef(moves)});
    if (grid)
      tensor = pair(base, tensor, grid);
  }
  forms[value].push_back({tensor, Perm(perm)});
  return tensor;
}

std::string GraphExporter::broadcast(Value value, DimsRef perm) {
  const DimsRef shape = shapeOf(value);
  if (shape.size() == perm.size())
    return in(value, perm);
  Dims padded(perm.size() - shape.size(), 1);
  const int64_t added = padded.size();
  llvm::append_range(padded, shape);
  const Dims to = permuted(padded, perm);
  if (isConstant(value))
    return constant(value, Arrangement{padded, Perm(perm), to,
                                       inversePerm(perm)[added], true});
  // In the order of its own axes, so that the new ones can go anywhere.
  const std::string own = in(value, identityPerm(shape.size()));
  const std::string aligned =
      reshape(own + ".broadcast", own, padded, gridOf(value));
  if (to == padded)
    return aligned;
  if (sameBytes(padded, identityPerm(perm.size()), perm))
    return reshape(own + ".broadcast", aligned, to, gridOf(value));
  std::string tensor =
      writer.node("Transpose", own + ".broadcast", aligned, Attr{"perm", perm});
  return gridOf(value) ? pair(own + ".broadcast", tensor, gridOf(value))
                       : tensor;
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

/// What its fake_quant is called, if it has one of its own: the importer names
/// that after the tensor, and names stay the same when the file is imported
/// again. Behind an op that moves codes it is a requantization.
static std::string nodeName(Operation *op) {
  Location location = op->getLoc();
  if (op->hasOneUse() && !movesCodes(op))
    if (auto rounded = dyn_cast<qf::FakeQuantOp>(*op->user_begin()))
      if (isa<NameLoc>(rounded.getLoc()))
        location = rounded.getLoc();
  if (auto name = dyn_cast<NameLoc>(location))
    return name.getName().str();
  return op->getName().stripDialect().str();
}

Grid quench::exporter::commonGridOfUsers(Operation *op) {
  Grid grid;
  for (Operation *user : op->getUsers()) {
    auto fakeQuant = dyn_cast<qf::FakeQuantOp>(user);
    if (!fakeQuant || (grid && grid != fakeQuant.getQtype()))
      return nullptr;
    grid = cast<Grid>(fakeQuant.getQtype());
  }
  return grid;
}

namespace {

/// The clamp of an op as it has to be spelled out.
struct Clamp {
  float low, high;
  Grid grid; // of the result, if there is one
};

} // namespace

/// Nothing where the range of the codes is the clamp.
static std::optional<Clamp> clampOf(Operation *op) {
  auto bounds = op->getAttrOfType<DenseF32ArrayAttr>("clamp");
  if (!bounds)
    return std::nullopt;
  Clamp clamp{bounds[0], bounds[1], commonGridOfUsers(op)};
  if (!clamp.grid)
    return clamp;
  // Spec A5 of its ends; an end beyond the last code is open.
  const q::ActParams p = q::actParams(clamp.grid);
  auto end = [&](float bound, int32_t last, float open) {
    const int32_t code = qrt_quantize(bound, p.scale, p.zero, p.min, p.max);
    return code == last ? open : qrt_dequantize(code, p.zero, p.scale);
  };
  clamp.low = end(clamp.low, p.min, -infinity);
  clamp.high = end(clamp.high, p.max, infinity);
  if (clamp.low == -infinity && clamp.high == infinity)
    return std::nullopt;
  return clamp;
}

std::string GraphExporter::nameOf(Operation *op) const {
  return nodeName(op) + (clampOf(op) ? ".unclamped" : "");
}

/// onnxruntime computes an op in integers only if QuantizeLinear stands behind
/// it, so a clamp works on codes: it has a pair on either side.
std::string GraphExporter::clamped(Operation *op, std::string tensor) {
  const std::optional<Clamp> clamp = clampOf(op);
  if (!clamp)
    return tensor;
  if (clamp->grid)
    tensor = pair(nameOf(op), tensor, clamp->grid);
  return clip(nodeName(op), tensor, clamp->low, clamp->high);
}

void GraphExporter::result(Operation *op, std::string tensor, DimsRef perm) {
  Grid grid;
  if (movesCodes(op)) {
    grid = gridOf(op->getOperand(0));
    for (Value operand : op->getOperands())
      if (gridOf(operand) != grid)
        grid = nullptr;
  }
  if (grid)
    tensor = pair(nameOf(op), tensor, grid);
  else
    tensor = clamped(op, tensor);
  alias(op, {tensor, Perm(perm)}, grid);
}

void GraphExporter::alias(Operation *op, Form form, Grid grid) {
  forms[op->getResult(0)] = {std::move(form)};
  grids[op->getResult(0)] = grid;
}

std::string GraphExporter::clip(StringRef base, const std::string &tensor,
                                float low, float high) {
  if (low == -infinity && high == infinity)
    return tensor;
  if (low == 0 && high == infinity)
    return writer.node("Relu", base, tensor);
  SmallVector<std::string, 3> inputs = {tensor};
  inputs.push_back(
      low == -infinity ? "" : writer.number((base + ".min").str(), low));
  if (high != infinity)
    inputs.push_back(writer.number((base + ".max").str(), high));
  return writer.node("Clip", base, inputs);
}

std::string GraphExporter::reshape(StringRef base, const std::string &tensor,
                                   DimsRef shape, Grid grid) {
  std::string result = writer.node(
      "Reshape", base, {tensor, writer.ints((base + ".shape").str(), shape)});
  return grid ? pair(base, result, grid) : result;
}
