// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Registration, the buffer type and verifiers of the `plan` dialect. What needs
// the catalogue or lifetimes is checked by the pass `verify-plan`.

#include "dialects/plan/Plan.h"

#include "dialects/nn/Elements.h"
#include "qrt/threads.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace quench::plan;

#include "dialects/plan/PlanDialect.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/plan/PlanTypes.cpp.inc"

void PlanDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/plan/PlanTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/plan/PlanOps.cpp.inc"
      >();
}

/// `<1x8x8x16xi8>`.
Type BufferType::parse(AsmParser &parser) {
  SmallVector<int64_t> shape;
  Type element;
  if (parser.parseLess() ||
      parser.parseDimensionList(shape, /*allowDynamic=*/false) ||
      parser.parseType(element) || parser.parseGreater())
    return {};
  return parser.getChecked<BufferType>(parser.getContext(), shape, element);
}

void BufferType::print(AsmPrinter &printer) const {
  printer << "<";
  for (int64_t size : getShape())
    printer << size << "x";
  printer << getElementType() << ">";
}

LogicalResult BufferType::verify(function_ref<InFlightDiagnostic()> emitError,
                                 ArrayRef<int64_t> shape, Type element) {
  if (!element.isF32() && !element.isInteger(8) && !element.isInteger(16) &&
      !element.isInteger(32) && !element.isInteger(64))
    return emitError()
           << "buffer expects i8, i16, i32, i64 or f32 elements, but has "
           << element;
  int64_t count = 1;
  for (int64_t size : shape) {
    if (size < 1 || size > INT32_MAX / count)
      return emitError() << "buffer expects sizes of at least 1 and at most "
                            "2^31 - 1 elements";
    count *= size;
  }
  return success();
}

int64_t BufferType::getNumElements() const {
  int64_t count = 1;
  for (int64_t size : getShape())
    count *= size;
  return count;
}

int64_t BufferType::getNumBytes() const {
  return getNumElements() * getElementType().getIntOrFloatBitWidth() / 8;
}

LogicalResult ModelOp::verify() {
  if (int64_t(getArenaBytes()) < 0)
    return emitOpError("expects an arena of at least 0 bytes");
  if (getTargets().empty())
    return emitOpError("expects at least one target");
  if (const auto threads = static_cast<int64_t>(getThreads().value_or(1));
      threads < 1 || threads > QRT_MAX_WORKERS)
    return emitOpError("threads expects a number from 1 to ")
           << int{QRT_MAX_WORKERS} << ", but is " << threads;
  for (Operation &op : getBody().front())
    if (op.getDialect() != getOperation()->getDialect())
      return op.emitOpError("does not belong into a plan.model");
  return success();
}

LogicalResult WeightsOp::verify() {
  if (failed(quench::nn::verifyElements(*this, "value", getValue())))
    return failure();
  BufferType type = getType();
  if (getValue().getShapedType().getShape() != type.getShape() ||
      getValue().getElementType() != type.getElementType())
    return emitOpError("value has type ")
           << getValue().getShapedType() << ", but the buffer is " << type;
  const uint64_t element = type.getElementType().getIntOrFloatBitWidth() / 8;
  const uint64_t alignment = getAlignment().value_or(element);
  if (!llvm::isPowerOf2_64(alignment) || alignment < element || alignment > 64)
    return emitOpError("alignment expects a power of two from ")
           << element << " to 64, but is " << alignment;
  return success();
}

LogicalResult CallOp::verify() {
  const int64_t given = llvm::count(getPresent(), true);
  if (given != int64_t(getOperands().size()))
    return emitOpError("present names ")
           << given << " operands, but there are " << getOperands().size();
  auto model = (*this)->getParentOfType<ModelOp>();
  if (!model)
    return emitOpError("expects to be inside a plan.model");
  if (int64_t(getVariant()) < -1 ||
      int64_t(getVariant()) >= int64_t(model.getTargets().size()))
    return emitOpError("variant expects a value in [-1, ")
           << model.getTargets().size() << "), but is "
           << int64_t(getVariant());
  if (getScratchBytes().has_value() != getScratchOffset().has_value())
    return emitOpError("expects both scratch_bytes and scratch_offset or none");
  if (getScratchBytes()) {
    const auto bytes = static_cast<int64_t>(*getScratchBytes());
    const auto offset = static_cast<int64_t>(*getScratchOffset());
    const auto arena = static_cast<int64_t>(model.getArenaBytes());
    if (bytes < 1 || offset < 0 || bytes > arena || offset > arena - bytes)
      return emitOpError("scratch of ") << bytes << " bytes at " << offset
                                        << " is not in the arena of " << arena;
  }
  return success();
}
