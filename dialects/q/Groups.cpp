// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Attributes of filters with groups, and their verifier.

#include "dialects/q/Groups.h"

#include "dialects/nn/Elements.h"

using namespace mlir;
using namespace quench;

static constexpr StringLiteral bitsAttr = "group_bits";
static constexpr StringLiteral sizeAttr = "group_size";
static constexpr StringLiteral multipliersAttr = "group_multipliers";

std::string q::groupSizeList() {
  std::string list;
  for (int64_t size : groupSizes)
    list += (list.empty() ? "" : ", ") + std::to_string(size);
  return list;
}

std::optional<q::Groups> q::groupsOf(Operation *constant) {
  auto multipliers = constant->getAttrOfType<ElementsAttr>(multipliersAttr);
  if (!multipliers)
    return std::nullopt;
  return Groups{constant->getAttrOfType<IntegerAttr>(bitsAttr).getInt(),
                constant->getAttrOfType<IntegerAttr>(sizeAttr).getInt(),
                multipliers};
}

void q::setGroups(Operation *constant, const Groups &groups) {
  Builder builder(constant->getContext());
  constant->setAttr(bitsAttr, builder.getI64IntegerAttr(groups.bits));
  constant->setAttr(sizeAttr, builder.getI64IntegerAttr(groups.size));
  constant->setAttr(multipliersAttr, groups.multipliers);
}

void q::copyGroups(Operation *from, Operation *to) {
  if (std::optional<Groups> groups = groupsOf(from))
    setGroups(to, *groups);
}

SmallVector<int64_t> q::multipliersShape(ArrayRef<int64_t> filter,
                                         int64_t size) {
  SmallVector<int64_t> shape(filter);
  shape.back() = groupsInTap(shape.back(), size);
  return shape;
}

std::vector<int8_t> q::multipliersOfCodes(const Groups &groups,
                                          ArrayRef<int64_t> filter) {
  const std::vector<int8_t> multipliers =
      nn::elementValues<int8_t>(groups.multipliers);
  const int64_t channels = filter.back();
  const int64_t inTap = groupsInTap(channels, groups.size);
  std::vector<int8_t> all;
  for (size_t first = 0; first < multipliers.size(); first += inTap)
    for (int64_t channel = 0; channel < channels; ++channel)
      all.push_back(multipliers[first + channel / groups.size]);
  return all;
}

LogicalResult q::verifyGroups(Operation *op, ElementsAttr codes) {
  auto bits = op->getAttrOfType<IntegerAttr>(bitsAttr);
  auto size = op->getAttrOfType<IntegerAttr>(sizeAttr);
  auto multipliers = op->getAttrOfType<ElementsAttr>(multipliersAttr);
  if (!bits && !size && !multipliers)
    return success();
  if (!bits || !size || !multipliers)
    return op->emitOpError(
        "expects group_bits, group_size and group_multipliers together");
  if (bits.getInt() < fewestGroupBits || bits.getInt() > mostGroupBits)
    return op->emitOpError("group_bits expects ")
           << fewestGroupBits << " to " << mostGroupBits << ", but is "
           << bits.getInt();
  if (!isGroupSize(size.getInt()))
    return op->emitOpError("group_size expects one of ")
           << groupSizeList() << ", but is " << size.getInt();
  ArrayRef<int64_t> filter = codes.getShapedType().getShape();
  if (filter.size() < 2 || !codes.getElementType().isInteger(8))
    return op->emitOpError("with groups expects the i8 codes of a filter, but "
                           "has ")
           << codes.getShapedType();
  if (failed(nn::verifyElements(op, multipliersAttr, multipliers)))
    return failure();
  const auto expected =
      RankedTensorType::get(multipliersShape(filter, size.getInt()),
                            IntegerType::get(op->getContext(), 8));
  if (multipliers.getShapedType() != expected)
    return op->emitOpError("group_multipliers expects ")
           << expected << ", but is " << multipliers.getShapedType();

  const auto width = static_cast<int>(bits.getInt());
  for (int64_t multiplier : nn::elementValues<int8_t>(multipliers))
    if (multiplier < 1 || multiplier > largestMultiplier(width))
      return op->emitOpError("group_multipliers expects 1 to ")
             << largestMultiplier(width) << " for codes of " << width
             << " bits, but has " << multiplier;
  const std::vector<int8_t> values = nn::elementValues<int8_t>(codes);
  const std::vector<int8_t> factors =
      multipliersOfCodes({bits.getInt(), size.getInt(), multipliers}, filter);
  for (auto [index, code] : llvm::enumerate(values)) {
    const int factor = factors[index];
    if (code % factor || std::abs(code / factor) > largestGroupCode(width))
      return op->emitOpError("codes expect multiples of their group's "
                             "multiplier by at most ")
             << largestGroupCode(width) << ", but code " << index << " is "
             << int(code) << ", and its multiplier " << factor;
  }
  return success();
}
