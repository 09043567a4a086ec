// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Predicates, accessors and builders of quantized types.

#include "dialects/q/Types.h"

#include "dialects/nn/Elements.h"
#include "dialects/nn/Shapes.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/OpImplementation.h"
#include "qrt/kernels.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace quench;

namespace {

/// A tensor whose sizes the runtime's structs can hold, or null.
RankedTensorType staticTensor(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  const bool fits = tensor && tensor.hasStaticShape() &&
                    tensor.getRank() <= QRT_MAX_RANK &&
                    nn::isCountable(tensor.getShape());
  return fits ? tensor : RankedTensorType();
}

bool hasStorage(quant::QuantizedType type, unsigned bits) {
  return type.isSigned() && type.getStorageTypeIntegralWidth() == bits &&
         type.getExpressedType().isF32();
}

struct TypeAliases : OpAsmDialectInterface {
  using OpAsmDialectInterface::OpAsmDialectInterface;
  AliasResult getAlias(Type type, raw_ostream &os) const override {
    if (!isa<quant::UniformQuantizedPerAxisType>(type))
      return AliasResult::NoAlias;
    os << "per_channel";
    return AliasResult::OverridableAlias;
  }
};

/// An exact f32 in the normal range: products and quotients of two such scales
/// are what the runtime computes.
bool isScale(double scale) {
  return double(float(scale)) == scale && std::isnormal(float(scale)) &&
         scale > 0;
}

} // namespace

quant::QuantizedType q::quantizedElement(Type type) {
  return dyn_cast<quant::QuantizedType>(getElementTypeOrSelf(type));
}

bool q::isQuantizedTensor(Type type) {
  RankedTensorType tensor = staticTensor(type);
  return tensor &&
         isa<quant::UniformQuantizedType, quant::UniformQuantizedPerAxisType>(
             tensor.getElementType());
}

bool q::isActivation(Type type) {
  RankedTensorType tensor = staticTensor(type);
  if (!tensor)
    return false;
  auto element = dyn_cast<quant::UniformQuantizedType>(tensor.getElementType());
  return element && (hasStorage(element, 8) ||
                     (hasStorage(element, 16) && element.getZeroPoint() == 0));
}

bool q::isFilter(Type type) {
  RankedTensorType tensor = staticTensor(type);
  if (!tensor)
    return false;
  if (auto axis =
          dyn_cast<quant::UniformQuantizedPerAxisType>(tensor.getElementType()))
    return hasStorage(axis, 8) && axis.getQuantizedDimension() == 0 &&
           tensor.getRank() > 0 &&
           int64_t(axis.getScales().size()) == tensor.getDimSize(0) &&
           llvm::all_of(axis.getZeroPoints(), [](int64_t z) { return z == 0; });
  return isActivation(type) && storageType(type).getWidth() == 8;
}

int q::filterBits(Type type) {
  quant::QuantizedType element = quantizedElement(type);
  for (int bits : {2, 4}) {
    const int64_t half = int64_t{1} << (bits - 1);
    if (element.getStorageTypeMin() >= -half &&
        element.getStorageTypeMax() < half)
      return bits;
  }
  return 8;
}

bool q::isBias(Type type) {
  RankedTensorType tensor = staticTensor(type);
  if (!tensor || tensor.getRank() != 1)
    return false;
  if (auto axis =
          dyn_cast<quant::UniformQuantizedPerAxisType>(tensor.getElementType()))
    return hasStorage(axis, 32) && axis.getQuantizedDimension() == 0 &&
           int64_t(axis.getScales().size()) == tensor.getDimSize(0) &&
           llvm::all_of(axis.getZeroPoints(), [](int64_t z) { return z == 0; });
  auto element = dyn_cast<quant::UniformQuantizedType>(tensor.getElementType());
  return element && hasStorage(element, 32) && element.getZeroPoint() == 0;
}

bool q::isWide(Type type) { return storageType(type).getWidth() == 16; }

q::ActParams q::actParams(Type type) {
  auto element = cast<quant::UniformQuantizedType>(getElementTypeOrSelf(type));
  return {float(element.getScale()), int32_t(element.getZeroPoint()),
          int32_t(element.getStorageTypeMin()),
          int32_t(element.getStorageTypeMax())};
}

int64_t q::reachOf(const ActParams &params) {
  return std::max<int64_t>(int64_t(params.max) - params.zero,
                           int64_t(params.zero) - params.min);
}

float q::scaleOf(Type type, int64_t channel) {
  Type element = getElementTypeOrSelf(type);
  if (auto axis = dyn_cast<quant::UniformQuantizedPerAxisType>(element))
    return float(axis.getScales()[channel]);
  return float(cast<quant::UniformQuantizedType>(element).getScale());
}

int32_t q::zeroOf(Type type) {
  Type element = getElementTypeOrSelf(type);
  if (auto axis = dyn_cast<quant::UniformQuantizedPerAxisType>(element))
    return int32_t(axis.getZeroPoints().front());
  return int32_t(cast<quant::UniformQuantizedType>(element).getZeroPoint());
}

static quant::QuantizedType makeType(MLIRContext *context, unsigned bits,
                                     ArrayRef<float> scales, int32_t zero,
                                     int64_t low, int64_t high) {
  const unsigned flags = quant::QuantizationFlags::Signed;
  Type storage = IntegerType::get(context, bits);
  Type expressed = Float32Type::get(context);
  if (scales.size() == 1)
    return quant::UniformQuantizedType::get(flags, storage, expressed,
                                            scales.front(), zero, low, high);
  SmallVector<double> wide(scales.begin(), scales.end());
  SmallVector<int64_t> zeros(scales.size(), zero);
  return quant::UniformQuantizedPerAxisType::get(
      flags, storage, expressed, wide, zeros, /*quantizedDimension=*/0, low,
      high);
}

quant::UniformQuantizedType q::makeActType(MLIRContext *context, float scale,
                                           int32_t zero, int32_t low,
                                           int32_t high, unsigned storage) {
  return cast<quant::UniformQuantizedType>(
      makeType(context, storage, scale, zero, low, high));
}

quant::QuantizedType q::makeFilterType(MLIRContext *context,
                                       ArrayRef<float> scales, int32_t zero,
                                       int32_t low, int32_t high) {
  return makeType(context, 8, scales, zero, low, high);
}

quant::QuantizedType q::makeBiasType(MLIRContext *context,
                                     ArrayRef<float> scales) {
  return makeType(context, 32, scales, 0, INT32_MIN, INT32_MAX);
}

std::unique_ptr<DialectInterface> q::makeTypeAliases(Dialect *dialect) {
  return std::make_unique<TypeAliases>(dialect);
}

IntegerType q::storageType(Type type) {
  quant::QuantizedType element = quantizedElement(type);
  return IntegerType::get(type.getContext(),
                          element.getStorageTypeIntegralWidth());
}

LogicalResult q::verifyQuantizedType(Operation *op, StringRef what, Type type) {
  auto element = dyn_cast_or_null<quant::QuantizedType>(quantizedElement(type));
  if (!element || (!hasStorage(element, 8) && !hasStorage(element, 16) &&
                   !hasStorage(element, 32)))
    return op->emitOpError(what)
           << " expects signed 8-bit, 16-bit or 32-bit codes of f32, but is "
           << type;
  SmallVector<double> scales;
  SmallVector<int64_t> zeros;
  if (auto axis = dyn_cast<quant::UniformQuantizedPerAxisType>(element)) {
    llvm::append_range(scales, axis.getScales());
    llvm::append_range(zeros, axis.getZeroPoints());
    if (auto tensor = dyn_cast<RankedTensorType>(type)) {
      const int64_t dim = axis.getQuantizedDimension();
      if (dim >= tensor.getRank() ||
          tensor.getDimSize(dim) != int64_t(scales.size()))
        return op->emitOpError(what)
               << " expects one scale for each index of axis " << dim
               << ", but has " << scales.size() << " scales in " << type;
    }
  } else if (auto uniform = dyn_cast<quant::UniformQuantizedType>(element)) {
    scales.push_back(uniform.getScale());
    zeros.push_back(uniform.getZeroPoint());
  } else {
    return op->emitOpError(what) << " expects a uniform type, but is " << type;
  }
  for (double scale : scales)
    if (!isScale(scale))
      return op->emitOpError(what)
             << " expects scales that are positive normal f32 values, but has "
             << scale;
  for (int64_t zero : zeros)
    if (zero < element.getStorageTypeMin() ||
        zero > element.getStorageTypeMax())
      return op->emitOpError(what)
             << " expects a zero point in [" << element.getStorageTypeMin()
             << ", " << element.getStorageTypeMax() << "], but has " << zero;
  if (hasStorage(element, 16) &&
      llvm::any_of(zeros, [](int64_t zero) { return zero != 0; }))
    return op->emitOpError(what)
           << " expects zero point 0 for 16-bit codes, but is " << type;
  return success();
}

LogicalResult q::verifyCodes(Operation *op, StringRef what, ElementsAttr codes,
                             Type type) {
  if (failed(nn::verifyElements(op, what, codes)))
    return failure();
  quant::QuantizedType element = quantizedElement(type);
  const unsigned bits = element.getStorageTypeIntegralWidth();
  if (!codes.getElementType().isInteger(bits))
    return op->emitOpError(what)
           << " expects i" << bits << " elements, but has "
           << codes.getElementType();
  auto checkRange = [&](auto values) -> LogicalResult {
    if (values.empty())
      return success();
    auto [low, high] = std::minmax_element(values.begin(), values.end());
    if (*low >= element.getStorageTypeMin() &&
        *high <= element.getStorageTypeMax())
      return success();
    return op->emitOpError(what)
           << " expects values in [" << element.getStorageTypeMin() << ", "
           << element.getStorageTypeMax() << "], but reaches from "
           << int64_t(*low) << " to " << int64_t(*high);
  };
  if (bits == 8)
    return checkRange(nn::elementValues<int8_t>(codes));
  if (bits == 16)
    return checkRange(nn::elementValues<int16_t>(codes));
  return checkRange(nn::elementValues<int32_t>(codes));
}
