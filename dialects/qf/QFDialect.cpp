// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Registration, verifiers and folders of the `qf` dialect.

#include "dialects/qf/QF.h"

#include "dialects/nn/Elements.h"
#include "dialects/q/Types.h"

#include <cmath>

using namespace mlir;
using namespace quench;
using namespace quench::qf;

#include "dialects/qf/QFDialect.cpp.inc"

void QFDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/qf/QFOps.cpp.inc"
      >();
  addInterface(q::makeTypeAliases(this));
}

LogicalResult ObserveOp::verify() {
  if (!getRange())
    return success();
  ArrayRef<float> range = *getRange();
  if (range.size() != 2)
    return emitOpError("range expects 2 entries, but has ") << range.size();
  if (!std::isfinite(range[0]) || !std::isfinite(range[1]) ||
      range[0] > range[1])
    return emitOpError("range expects finite min <= max, but has ")
           << range[0] << " and " << range[1];
  return success();
}

/// The element type `qtype` on the tensor's shape.
static Type quantizedTensor(Type tensor, Type qtype) {
  return cast<RankedTensorType>(tensor).clone(qtype);
}

static LogicalResult verifyQType(Operation *op, Type tensor, Type qtype) {
  if (!isa<quant::QuantizedType>(qtype))
    return op->emitOpError("qtype expects a !quant.uniform type, but is ")
           << qtype;
  return q::verifyQuantizedType(op, "qtype", quantizedTensor(tensor, qtype));
}

LogicalResult FakeQuantOp::verify() {
  return verifyQType(*this, getType(), getQtype());
}

/// fake_quant(fake_quant(x) as T) as T => the inner one: the second truncation
/// finds values on the grid already. Not for 32 bits: f32(code * s) / s rounds
/// back to a code of at most 2^16, not to one above 2^24.
OpFoldResult FakeQuantOp::fold(FoldAdaptor) {
  auto producer = getInput().getDefiningOp<FakeQuantOp>();
  if (producer && producer.getQtype() == getQtype() &&
      q::storageType(getQtype()).getWidth() <= 16)
    return producer.getOutput();
  return {};
}

LogicalResult ConstantOp::verify() {
  if (failed(verifyQType(*this, getType(), getQtype())) ||
      failed(q::verifyCodes(*this, "codes", getCodes(), getQtype())))
    return failure();
  if (getCodes().getShapedType().getShape() != getType().getShape())
    return emitOpError("codes have type ")
           << getCodes().getShapedType() << ", but the result is " << getType();
  return success();
}
