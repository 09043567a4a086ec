// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Codes: QuantizeLinear, DequantizeLinear, scales and zero points, constants.

#include "compiler/export/onnx/OpTable.h"

#include "dialects/nn/Elements.h"
#include "dialects/nn/NN.h"
#include "dialects/q/Types.h"
#include "dialects/qf/QF.h"

#include <limits>

using namespace mlir;
using namespace quench;
using namespace quench::exporter;

std::optional<Element> quench::exporter::elementOf(Grid grid) {
  if (!grid.isSigned())
    return std::nullopt;
  switch (grid.getStorageTypeIntegralWidth()) {
  case 8:
    return Element::I8;
  case 16:
    return Element::I16;
  case 32:
    return Element::I32;
  default:
    return std::nullopt;
  }
}

/// `count` times a zero point in the element type of codes.
static std::vector<char> zeroBytes(int64_t zero, int64_t count, size_t bytes) {
  std::vector<char> result;
  for (int64_t i = 0; i < count; ++i)
    for (size_t byte = 0; byte < bytes; ++byte) // little-endian
      result.push_back(static_cast<char>(zero >> (8 * byte)));
  return result;
}

Parameters GraphExporter::parameters(StringRef base, Grid grid,
                                     int64_t channels, bool isActivation) {
  auto [it, isNew] =
      gridTensors.try_emplace({Type(grid), channels, int(isActivation)});
  if (!isNew)
    return it->second;
  const std::string scale = (base + ".scale").str();
  const std::string zero = (base + ".zero_point").str();
  const bool perAxis = isa<quant::UniformQuantizedPerAxisType>(grid);
  std::vector<float> scales;
  for (int64_t i = 0; i < (perAxis ? channels : 1); ++i)
    scales.push_back(q::scaleOf(grid, i));
  const unsigned width = grid.getStorageTypeIntegralWidth();
  Parameters made;
  made.scale =
      perAxis ? writer.floats(scale, scales) : writer.number(scale, scales[0]);
  if (width != 32)
    made.zero = writer.constant(
        zero, isShifted(grid, isActivation) ? Element::U8 : *elementOf(grid),
        perAxis ? Dims{channels} : Dims{},
        zeroBytes(q::zeroOf(grid) + (isShifted(grid, isActivation) ? 128 : 0),
                  scales.size(), width / 8));
  return it->second = made;
}

std::string GraphExporter::pair(StringRef base, const std::string &tensor,
                                Grid grid) {
  const Parameters p = parameters(base, grid, 0, /*isActivation=*/true);
  const std::string codes = writer.node(
      "QuantizeLinear", (base + ".quantized").str(), {tensor, p.scale, p.zero});
  return writer.node("DequantizeLinear", (base + ".dequantized").str(),
                     {codes, p.scale, p.zero});
}

void GraphExporter::quantized(Operation *op, std::string tensor, DimsRef perm,
                              Grid grid) {
  alias(op, {pair(nameOf(op), tensor, grid), Perm(perm)}, grid);
}

/// QuantizeLinear saturates at the ends of its type. A grid that ends before
/// needs a Clip in front.
static std::string narrowed(GraphExporter &e, Operation *op, std::string tensor,
                            Grid grid) {
  const q::ActParams p = q::actParams(grid);
  const int64_t half = int64_t(1) << (grid.getStorageTypeIntegralWidth() - 1);
  constexpr float open = std::numeric_limits<float>::infinity();
  const float low = p.min == -half ? -open : float(p.min - p.zero) * p.scale;
  const float high = p.max == half - 1 ? open : float(p.max - p.zero) * p.scale;
  return e.clip(e.nameOf(op) + ".narrowed", tensor, low, high);
}

void quench::exporter::exportFakeQuant(GraphExporter &e, Operation *op) {
  auto fakeQuant = cast<qf::FakeQuantOp>(op);
  const Grid grid = cast<Grid>(fakeQuant.getQtype());
  if (!isa<quant::UniformQuantizedType>(grid) || !elementOf(grid) ||
      *elementOf(grid) == Element::I32)
    return e.reject(op, "activations have int8 or int16 codes and one scale");
  Value input = fakeQuant.getInput();
  const Perm perm = e.permOf(input);
  e.quantized(op, narrowed(e, op, e.in(input, perm), grid), perm, grid);
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

void quench::exporter::exportConstant(GraphExporter &e, Operation *op) {
  auto codes = dyn_cast<qf::ConstantOp>(op);
  if (!codes)
    return; // added where it is used, in the order that is wanted there
  const Grid grid = cast<Grid>(codes.getQtype());
  if (!elementOf(grid))
    return e.reject(op, "codes of " +
                            Twine(grid.getStorageTypeIntegralWidth()) +
                            " bits; int8, int16 and int32 are written");
  if (auto axis = dyn_cast<quant::UniformQuantizedPerAxisType>(grid))
    if (axis.getQuantizedDimension() != 0)
      return e.reject(op, "scales along axis " +
                              Twine(axis.getQuantizedDimension()) +
                              "; axis 0 is expected");
  e.alias(op, {"", identityPerm(shapeOf(codes.getOutput()).size())}, grid);
}

std::string GraphExporter::filter(Value value, DimsRef perm) {
  if (!isa_and_nonnull<nn::ConstantOp, qf::ConstantOp>(value.getDefiningOp()))
    return in(value, perm);
  const DimsRef shape = shapeOf(value);
  return constant(value, {Dims(shape), Perm(perm), permuted(shape, perm),
                          inversePerm(perm)[0]});
}

/// Spec I1, the other way round: code + 128, which flips the upper bit.
static std::vector<char> shifted(ArrayRef<char> codes) {
  std::vector<char> result(codes.begin(), codes.end());
  for (char &code : result)
    code ^= char(0x80);
  return result;
}

std::string GraphExporter::constant(Value value, const Arrangement &how) {
  for (const Constant &known : constants[value])
    if (known.how.perm == how.perm && known.how.to == how.to &&
        known.how.from == how.from &&
        known.how.isActivation == how.isActivation)
      return known.tensor;
  Operation *op = value.getDefiningOp();
  auto coded = dyn_cast<qf::ConstantOp>(op);
  if (coded && !gridOf(value))
    return ""; // rejected
  ElementsAttr elements =
      coded ? coded.getCodes() : cast<nn::ConstantOp>(op).getValue();
  const Grid grid = gridOf(value);
  const bool isUnsigned = coded && isShifted(grid, how.isActivation);
  const Element element = !coded       ? Element::F32
                          : isUnsigned ? Element::U8
                                       : *elementOf(grid);
  const size_t width = elements.getElementType().getIntOrFloatBitWidth() / 8;
  const std::string base = nameOf(op);
  std::string tensor;
  nn::withBytes(elements, [&](ArrayRef<char> bytes) {
    std::vector<char> moved = permutedBytes(bytes, how.from, how.perm, width);
    tensor = writer.constant(base + (coded ? ".quantized" : ""), element,
                             how.to, isUnsigned ? shifted(moved) : moved);
  });
  if (coded) {
    const bool perAxis = isa<quant::UniformQuantizedPerAxisType>(grid);
    const int64_t channels = perAxis ? how.to[how.axis] : 0;
    const Parameters p = parameters(base, grid, channels, how.isActivation);
    SmallVector<std::string, 3> inputs = {tensor, p.scale};
    if (!p.zero.empty())
      inputs.push_back(p.zero);
    SmallVector<Attr, 1> attrs;
    if (perAxis)
      attrs.push_back({"axis", how.axis});
    tensor = writer.node("DequantizeLinear", base, inputs, attrs);
  }
  constants[value].push_back({how, tensor});
  return tensor;
}
