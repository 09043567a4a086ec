// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Verifiers of the `q` ops. Comments name the rules of docs/spec.md.

#include "dialects/nn/Elements.h"
#include "dialects/nn/Shapes.h"
#include "dialects/q/Groups.h"
#include "dialects/q/Params.h"
#include "dialects/q/Q.h"
#include "qrt/kernels.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <type_traits>

using namespace mlir;
using namespace quench;
using namespace quench::q;
using nn::Shape;
using nn::ShapeError;
using nn::ShapeRef;

namespace {

ShapeRef shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

Type elementOf(Value value) { return getElementTypeOrSelf(value.getType()); }

/// T4 on every quantized operand and result.
LogicalResult verifyTypes(Operation *op) {
  for (Value value : op->getOperands())
    if (quantizedElement(value.getType()) &&
        failed(verifyQuantizedType(op, "operand", value.getType())))
      return failure();
  for (Value value : op->getResults())
    if (quantizedElement(value.getType()) &&
        failed(verifyQuantizedType(op, "result", value.getType())))
      return failure();
  return success();
}

/// Checks the result's shape against the rule `infer` of Shapes.h.
LogicalResult verifyShape(Operation *op,
                          function_ref<FailureOr<Shape>(ShapeError)> infer) {
  FailureOr<Shape> shape =
      infer([&](const Twine &sentence) { op->emitOpError(sentence); });
  if (failed(shape))
    return failure();
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  if (ShapeRef(*shape) == type.getShape())
    return success();
  return op->emitOpError("result expects shape ")
         << RankedTensorType::get(*shape, type.getElementType()) << ", but is "
         << type;
}

/// A7. [min, max] inside the storage range of `type`.
LogicalResult verifyClamp(Operation *op, StringRef what,
                          ArrayRef<int64_t> clamp, Type type) {
  const ActParams range = actParams(type);
  if (clamp.size() != 2)
    return op->emitOpError(what)
           << " expects 2 entries, but has " << clamp.size();
  if (clamp[0] > clamp[1] || clamp[0] < range.min || clamp[1] > range.max)
    return op->emitOpError(what)
           << " expects a range inside [" << range.min << ", " << range.max
           << "], but is [" << clamp[0] << ", " << clamp[1] << "]";
  return success();
}

/// Q-MOVE. Codes are copied, so both sides mean the same.
LogicalResult verifySameElement(Operation *op, ValueRange inputs,
                                Value output) {
  for (Value input : inputs)
    if (elementOf(input) != elementOf(output)) {
      InFlightDiagnostic diag = op->emitOpError("expects operands of type ")
                                << elementOf(output) << ", but has "
                                << elementOf(input);
      diag.attachNote(input.getLoc()) << "operand is defined here";
      return diag;
    }
  return success();
}

/// Codes of a q.constant whose elements are `bits` wide; null for anything
/// else. Text may use a value before its definition, which then is not verified
/// yet.
ElementsAttr constantCodes(Value value, unsigned bits) {
  auto constant = value ? value.getDefiningOp<q::ConstantOp>() : nullptr;
  ElementsAttr codes = constant ? constant.getProperties().codes : nullptr;
  const bool usable = codes && nn::hasBytes(codes) &&
                      codes.getElementType().isInteger(bits) &&
                      codes.getShapedType().getShape() == shapeOf(value);
  return usable ? codes : ElementsAttr();
}

/// Q-WRAP. |acc| stays below 2^31 for every input code, whatever the order of
/// summation: |bias| + sum |w - zw| * max |x - zx|, output channel by channel.
LogicalResult verifyNoWrap(Operation *op, Value input, Value filter,
                           Value bias) {
  ElementsAttr filterCodes = constantCodes(filter, 8);
  ElementsAttr biasCodes = constantCodes(bias, 32);
  if (!filterCodes || (bias && !biasCodes))
    return op->emitOpError("filter and bias expect q.constant operands, whose "
                           "codes prove that no accumulator wraps");
  const ActParams x = actParams(input.getType());
  const int64_t reach = reachOf(x);
  const int32_t zero = zeroOf(filter.getType());
  std::vector<int8_t> w = nn::elementValues<int8_t>(filterCodes);
  std::vector<int32_t> b;
  if (bias)
    b = nn::elementValues<int32_t>(biasCodes);
  const int64_t channels = shapeOf(filter)[0];
  const int64_t taps = int64_t(w.size()) / channels;
  for (int64_t oc = 0; oc < channels; ++oc) {
    int64_t bound = bias ? std::abs(int64_t(b[oc])) : 0;
    for (int64_t i = 0; i < taps; ++i)
      bound += reach * std::abs(int64_t(w[oc * taps + i]) - zero);
    if (bound >= int64_t(1) << 31)
      return op->emitOpError("accumulator of output channel ")
             << oc << " may reach " << bound << ", which wraps int32";
  }
  return success();
}

/// A4. Every multiplier of an output stage is a positive normal f32: no product
/// acc * M is then NaN, and no target may flush it to 0.
LogicalResult verifyMultiplier(Operation *op, float multiplier) {
  if (std::isnormal(multiplier) && multiplier > 0)
    return success();
  return op->emitOpError("expects scales whose multiplier is a normal f32, but "
                         "it is ")
         << multiplier;
}

/// Q-ADD. Factors of the sum fit 2^22 for ratios sa / sy up to 2^100.
LogicalResult verifyAddScales(Operation *op, Type a, Type b, Type y) {
  for (Type operand : {a, b}) {
    const double ratio =
        double(actParams(operand).scale) / double(actParams(y).scale);
    if (ratio > 0x1p100)
      return op->emitOpError(
                 "expects operand scales of at most 2^100 times the "
                 "result's, but has ")
             << ratio << " times";
  }
  return success();
}

/// Filter, bias, multiplier and clamp of conv2d, conv_transpose2d and linear.
/// `stage` is the type that the output stage requantizes to.
template <typename Op>
LogicalResult verifyWeighted(Op op, Type stage) {
  if (failed(verifyTypes(op)) ||
      failed(verifyClamp(op, "clamp", op.getClamp(), stage)) ||
      failed(nn::verifyElements(op, "multiplier", op.getMultiplier())))
    return failure();
  const int64_t channels = shapeOf(op.getFilter())[0];
  const float sx = actParams(op.getInput().getType()).scale;
  const float sy = actParams(stage).scale;
  Type filterType = op.getFilter().getType();

  // Q-CONV-B: one bias a channel, in the scale of the accumulator.
  if (Value bias = op.getBias()) {
    if (shapeOf(bias)[0] != channels)
      return op->emitOpError("bias expects ")
             << channels << " elements, but has " << shapeOf(bias)[0];
    for (int64_t oc = 0; oc < channels; ++oc) {
      const float expected = sx * scaleOf(filterType, oc);
      if (scaleOf(bias.getType(), oc) != expected)
        return op->emitOpError("bias expects scale ")
               << expected << " on channel " << oc << ", but has "
               << scaleOf(bias.getType(), oc);
    }
  }

  // Q-CONV-M: the multiplier is the one that the types imply, bit for bit.
  if (!op.getMultiplier().getElementType().isF32())
    return op->emitOpError("multiplier expects f32 elements");
  std::vector<float> given = nn::elementValues<float>(op.getMultiplier());
  if (given.size() != 1 && int64_t(given.size()) != channels)
    return op->emitOpError("multiplier expects 1 or ")
           << channels << " elements, but has " << given.size();
  for (int64_t oc = 0; oc < channels; ++oc) {
    const float expected = qrt_multiplier(sx, scaleOf(filterType, oc), sy);
    const float found = given.size() == 1 ? given.front() : given[oc];
    if (found != expected)
      return op->emitOpError("multiplier expects ")
             << expected << " on channel " << oc << ", but has " << found;
    if (failed(verifyMultiplier(op, found)))
      return failure();
  }
  return verifyNoWrap(op, op.getInput(), op.getFilter(), op.getBias());
}

template <typename Op>
LogicalResult verifyBinary(Op op) {
  if (failed(verifyTypes(op)) ||
      failed(verifyClamp(op, "clamp", op.getClamp(), op.getType())))
    return failure();
  Type a = op.getLhs().getType(), b = op.getRhs().getType();
  if (std::is_same_v<Op, q::MulOp>) {
    if (failed(verifyMultiplier(
            op, qrt_multiplier(actParams(a).scale, actParams(b).scale,
                               actParams(op.getType()).scale))))
      return failure();
  } else if (failed(verifyAddScales(op, a, b, op.getType()))) {
    return failure();
  }
  return verifyShape(op, [&](ShapeError error) {
    return nn::inferBroadcast(shapeOf(op.getLhs()), shapeOf(op.getRhs()),
                              error);
  });
}

template <typename Op>
LogicalResult verifyPool(Op op) {
  if (failed(verifyTypes(op)))
    return failure();
  return verifyShape(op, [&](ShapeError error) {
    return nn::inferPool2D(
        shapeOf(op.getInput()),
        {op.getKernel(), op.getStrides(), op.getPads(), op.getDilations()},
        op.getCeilMode(), error);
  });
}

/// Q-AVGPOOL, Q-REDUCE. sx / f32(sy * count) of the smallest and largest count.
LogicalResult verifyMean(Operation *op, Value x, Value y, int64_t count) {
  for (int64_t divisor : {int64_t(1), count}) {
    const float scaled = actParams(y.getType()).scale * float(divisor);
    if (failed(verifyMultiplier(op, actParams(x.getType()).scale / scaled)))
      return failure();
  }
  return success();
}

/// A sum of `terms` codes of a 16-bit type fits int32; for 8 bits there are
/// other limits on the terms.
LogicalResult verifySum(Operation *op, Value x, int64_t terms) {
  const int64_t bound = terms * reachOf(actParams(x.getType()));
  if (bound < int64_t(1) << 31)
    return success();
  return op->emitOpError("sum of ")
         << terms << " codes may reach " << bound << ", which wraps int32";
}

/// Q-REDUCE. At most 2^23 terms of at most 2^8: a sum fits int32.
template <typename Op>
LogicalResult verifyReduce(Op op) {
  if (failed(verifyTypes(op)))
    return failure();
  const LogicalResult shape = verifyShape(op, [&](ShapeError error) {
    return nn::inferReduce(shapeOf(op.getInput()), op.getAxes(),
                           op.getKeepdims(), error);
  });
  if (failed(shape))
    return failure();
  int64_t terms = 1;
  for (int64_t axis : op.getAxes())
    terms *= shapeOf(op.getInput())[axis];
  if (terms > int64_t(1) << 23)
    return op->emitOpError("expects at most 2^23 reduced elements, but has ")
           << terms;
  if (!std::is_same_v<Op, q::ReduceMaxOp> &&
      failed(verifySum(op, op.getInput(), terms)))
    return failure();
  const bool mean = std::is_same_v<Op, q::ReduceMeanOp>;
  return verifyMean(op, op.getInput(), op.getOutput(), mean ? terms : 1);
}

} // namespace

LogicalResult q::ConstantOp::verify() {
  if (failed(verifyTypes(*this)) ||
      failed(verifyCodes(*this, "codes", getCodes(), getType())))
    return failure();
  if (getCodes().getShapedType().getShape() !=
      cast<RankedTensorType>(getType()).getShape())
    return emitOpError("codes have type ")
           << getCodes().getShapedType() << ", but the result is " << getType();
  return verifyGroups(*this, getCodes());
}

static LogicalResult verifyBorder(Operation *op) {
  if (failed(verifyTypes(op)))
    return failure();
  return verifyShape(op, [&](ShapeError) -> FailureOr<Shape> {
    return Shape(shapeOf(op->getOperand(0)));
  });
}
LogicalResult QuantizeOp::verify() { return verifyBorder(*this); }
LogicalResult DequantizeOp::verify() { return verifyBorder(*this); }
LogicalResult RequantizeOp::verify() {
  if (failed(verifyBorder(*this)))
    return failure();
  return verifyMultiplier(*this, actParams(getInput().getType()).scale /
                                     actParams(getType()).scale);
}

LogicalResult Conv2DOp::verify() {
  const LogicalResult shape = verifyShape(*this, [&](ShapeError error) {
    return nn::inferConv2D(shapeOf(getInput()), shapeOf(getFilter()),
                           getStrides(), getPads(), getDilations(), getGroups(),
                           error);
  });
  if (failed(shape))
    return failure();
  const bool fused = bool(getResidual());
  if (fused != bool(getFusedType()) || fused != bool(getAddClamp()))
    return emitOpError("expects residual, fused_type and add_clamp together");
  if (!fused)
    return verifyWeighted(*this, getType());
  if (shapeOf(getResidual()) != shapeOf(getOutput()))
    return emitOpError("residual expects the shape of the result, but is ")
           << getResidual().getType();
  if (storageType(getResidual().getType()) != storageType(getType()))
    return emitOpError(
               "residual expects codes as wide as the result's, but is ")
           << getResidual().getType();
  auto fusedType = dyn_cast<quant::UniformQuantizedType>(*getFusedType());
  if (!fusedType || !isActivation(RankedTensorType::get({1}, fusedType)))
    return emitOpError(
               "fused_type expects an 8-bit or 16-bit per-tensor type, but is ")
           << *getFusedType();
  if (storageType(fusedType) != storageType(getType()))
    return emitOpError("fused_type expects codes as wide as the result's, but "
                       "is ")
           << *getFusedType();
  Type stage = RankedTensorType::get({1}, fusedType);
  if (failed(verifyTypes(*this)) ||
      failed(verifyQuantizedType(*this, "fused_type", stage)) ||
      failed(verifyClamp(*this, "add_clamp", *getAddClamp(), getType())) ||
      failed(verifyAddScales(*this, stage, getResidual().getType(), getType())))
    return failure();
  return verifyWeighted(*this, stage);
}

LogicalResult ConvTranspose2DOp::verify() {
  const LogicalResult shape = verifyShape(*this, [&](ShapeError error) {
    return nn::inferConvTranspose2D(shapeOf(getInput()), shapeOf(getFilter()),
                                    getStrides(), getPads(), getDilations(),
                                    getOutputPads(), getGroups(), error);
  });
  return failed(shape) ? failure() : verifyWeighted(*this, getType());
}

LogicalResult LinearOp::verify() {
  const LogicalResult shape = verifyShape(*this, [&](ShapeError error) {
    return nn::inferLinear(shapeOf(getInput()), shapeOf(getFilter()), error);
  });
  return failed(shape) ? failure() : verifyWeighted(*this, getType());
}

LogicalResult MatMulOp::verify() {
  if (failed(verifyTypes(*this)) ||
      failed(verifyClamp(*this, "clamp", getClamp(), getType())))
    return failure();
  const LogicalResult shape = verifyShape(*this, [&](ShapeError error) {
    return nn::inferMatMul(shapeOf(getLhs()), shapeOf(getRhs()), error);
  });
  if (failed(shape))
    return failure();
  // Q-MATMUL: an operand has one matrix or one for each of the result's.
  ShapeRef batch = shapeOf(getOutput()).drop_back(2);
  for (Value operand : {getLhs(), getRhs()}) {
    ShapeRef lead = shapeOf(operand).drop_back(2);
    if (lead != batch && !llvm::all_of(lead, [](int64_t n) { return n == 1; }))
      return emitOpError("operand expects one matrix or one for each of the "
                         "result's, but is ")
             << operand.getType();
  }
  const int64_t k = shapeOf(getLhs()).back();
  if (k > int64_t(1) << 15)
    return emitOpError("expects at most 2^15 terms a sum, but has ") << k;
  const int64_t bound = k * reachOf(actParams(getLhs().getType())) *
                        reachOf(actParams(getRhs().getType()));
  if (bound >= int64_t(1) << 31)
    return emitOpError("sum of ")
           << k << " products may reach " << bound << ", which wraps int32";
  const float expected = qrt_multiplier(actParams(getLhs().getType()).scale,
                                        actParams(getRhs().getType()).scale,
                                        actParams(getType()).scale);
  if (getMultiplier().convertToFloat() != expected)
    return emitOpError("multiplier expects ")
           << expected << ", but has " << getMultiplier().convertToFloat();
  return verifyMultiplier(*this, expected);
}

LogicalResult AddOp::verify() { return verifyBinary(*this); }
LogicalResult SubOp::verify() { return verifyBinary(*this); }
LogicalResult MulOp::verify() { return verifyBinary(*this); }

LogicalResult LutOp::verify() {
  if (failed(verifyTypes(*this)) ||
      failed(nn::verifyElements(*this, "table", getTable())))
    return failure();
  ShapeRef shape = shapeOf(getInput());
  if (shape != shapeOf(getOutput()))
    return emitOpError("result expects the shape of the input");
  // Codes of the result, or for 16-bit codes what is interpolated.
  const bool wide = storageType(getInput().getType()).getWidth() == 16;
  const int64_t entries = wide ? interpolationEntries : 256;
  const unsigned bits = wide ? 32 : storageType(getType()).getWidth();
  ShapeRef table = getTable().getShapedType().getShape();
  const bool perTensor = table.size() == 1 && table[0] == entries;
  const bool perChannel = !shape.empty() && table.size() == 2 &&
                          table[0] == shape.back() && table[1] == entries;
  if (!getTable().getElementType().isInteger(bits) ||
      (!perTensor && !perChannel))
    return emitOpError("table expects ")
           << entries << " i" << bits << " entries, or " << entries
           << " for each channel of the last axis, but is "
           << getTable().getShapedType();
  if (!wide)
    return verifyCodes(*this, "table", getTable(), getType());
  for (int64_t entry : nn::elementValues<int32_t>(getTable()))
    if (std::abs(entry) > interpolationLimit)
      return emitOpError("table expects entries of at most ")
             << interpolationLimit << " in magnitude, but has " << entry;
  return success();
}

LogicalResult MaxPool2DOp::verify() {
  if (failed(verifySameElement(*this, getInput(), getOutput())))
    return failure();
  return verifyPool(*this);
}

LogicalResult AvgPool2DOp::verify() {
  if (failed(verifyClamp(*this, "clamp", getClamp(), getType())))
    return failure();
  if (failed(verifyPool(*this)))
    return failure();
  // The sum fits int32, as in Q-REDUCE.
  const int64_t taps = getKernel()[0] * getKernel()[1];
  if (taps > int64_t(1) << 23)
    return emitOpError("expects a window of at most 2^23 elements, but has ")
           << taps;
  if (failed(verifySum(*this, getInput(), taps)))
    return failure();
  return verifyMean(*this, getInput(), getOutput(), taps);
}

LogicalResult ReduceMeanOp::verify() { return verifyReduce(*this); }
LogicalResult ReduceSumOp::verify() { return verifyReduce(*this); }
LogicalResult ReduceMaxOp::verify() {
  if (failed(verifySameElement(*this, getInput(), getOutput())))
    return failure();
  return verifyReduce(*this);
}

LogicalResult ArgMaxOp::verify() {
  if (failed(verifyTypes(*this)))
    return failure();
  return verifyShape(*this, [&](ShapeError error) {
    return nn::inferReduce(shapeOf(getInput()), {int64_t(getAxis())},
                           getKeepdims(), error);
  });
}

LogicalResult ConcatOp::verify() {
  if (failed(verifySameElement(*this, getInputs(), getOutput())) ||
      failed(verifyTypes(*this)))
    return failure();
  return verifyShape(*this, [&](ShapeError error) {
    return nn::inferConcat(llvm::map_to_vector(getInputs(), shapeOf), getAxis(),
                           error);
  });
}

LogicalResult SliceOp::verify() {
  if (failed(verifyTypes(*this)) ||
      failed(verifySameElement(*this, getInput(), getOutput())))
    return failure();
  return verifyShape(*this, [&](ShapeError error) {
    return nn::inferSlice(shapeOf(getInput()), getStarts(), getSizes(),
                          getSteps(), error);
  });
}

LogicalResult PadOp::verify() {
  if (failed(verifyTypes(*this)) ||
      failed(verifySameElement(*this, getInput(), getOutput())))
    return failure();
  const ActParams range = actParams(getType());
  if (int64_t(getCode()) < range.min || int64_t(getCode()) > range.max)
    return emitOpError("code expects a value in [")
           << range.min << ", " << range.max << "], but is "
           << int64_t(getCode());
  return verifyShape(*this, [&](ShapeError error) {
    return nn::inferPad(shapeOf(getInput()), getLow(), getHigh(), getMode(),
                        error);
  });
}

LogicalResult ReshapeOp::verify() {
  if (failed(verifyTypes(*this)) ||
      failed(verifySameElement(*this, getInput(), getOutput())))
    return failure();
  const int64_t from =
      cast<RankedTensorType>(getInput().getType()).getNumElements();
  const int64_t to = cast<RankedTensorType>(getType()).getNumElements();
  if (from != to)
    return emitOpError("expects ")
           << from << " elements, but the result has " << to;
  return success();
}

LogicalResult TransposeOp::verify() {
  if (failed(verifyTypes(*this)) ||
      failed(verifySameElement(*this, getInput(), getOutput())))
    return failure();
  return verifyShape(*this, [&](ShapeError error) {
    return nn::inferTranspose(shapeOf(getInput()), getPerm(), error);
  });
}

LogicalResult ResizeOp::verify() {
  if (failed(verifyTypes(*this)) ||
      failed(nn::checkResize(
          shapeOf(getInput()), shapeOf(getOutput()), getMode(),
          getCoordinates(), getRounding(), getScales(),
          [&](const Twine &sentence) { emitOpError(sentence); })))
    return failure();
  if (getMode() == "nearest")
    return verifySameElement(*this, getInput(), getOutput());
  const float ratio =
      actParams(getInput().getType()).scale / actParams(getType()).scale;
  return verifyMultiplier(*this, ratio * 0x1p-22f);
}

LogicalResult FloatIslandOp::verifyRegions() {
  Block &block = getBody().front();
  if (block.getArgumentTypes() != getInputs().getTypes())
    return emitOpError("block arguments expect the types of the operands");
  auto yield = dyn_cast<q::YieldOp>(block.getTerminator());
  if (!yield || yield.getValue().getType() != getType())
    return emitOpError("expects a q.yield of ") << getType();
  for (Operation &op : block.without_terminator())
    if (op.getName().getDialectNamespace() != "nn")
      return op.emitOpError("is not an nn op; a float island holds no other");
  return success();
}
