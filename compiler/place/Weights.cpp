// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Packing and deduplication of constants.

#include "compiler/place/Weights.h"

#include "dialects/nn/Elements.h"

#include "llvm/Support/xxhash.h"

using namespace mlir;

namespace quench::place {

/// How a kernel wants its filter, in words.
static std::string packingOf(const kernels::Kernel &kernel,
                             const qrt_conv2d &conv) {
  const std::string bits =
      kernel.filterBits == 8
          ? ""
          : ", " + std::to_string(kernel.filterBits) + " bits a code" +
                (kernel.grouped ? " and multipliers of groups" : "");
  if (!kernel.isEmitted())
    return "dense" + bits;
  const bool depthwise = conv.groups == conv.in_c && conv.groups > 1;
  if (depthwise)
    return "c" + std::to_string(kernel.tile.nr) + bits;
  return "oc" + std::to_string(kernel.tile.nr) + "k" +
         std::to_string(kernel.tile.kr) + bits;
}

static std::vector<char> bytesOf(ElementsAttr value) {
  std::vector<char> bytes;
  nn::withBytes(
      value, [&](ArrayRef<char> all) { bytes.assign(all.begin(), all.end()); });
  return bytes;
}

std::string Names::unique(StringRef wanted) {
  std::string name = wanted.str();
  while (!taken.insert(name).second)
    name = (wanted + "_" + Twine(++suffixes[wanted] + 1)).str();
  return name;
}

Value Weights::get(Location loc, StringRef name, ElementsAttr value,
                   StringRef packing) {
  auto buffer = plan::BufferType::get(builder.getContext(),
                                      value.getShapedType().getShape(),
                                      value.getElementType());
  const std::vector<char> bytes = bytesOf(value);
  const uint64_t hash =
      llvm::xxh3_64bits(StringRef(bytes.data(), bytes.size()));
  auto [begin, end] = made.equal_range(hash);
  for (auto it = begin; it != end; ++it)
    if (it->second.getType() == buffer && it->second.getPacking() == packing &&
        bytesOf(it->second.getValue()) == bytes)
      return it->second.getBuffer();
  auto op = plan::WeightsOp::create(builder, loc, buffer,
                                    builder.getStringAttr(names.unique(name)),
                                    value, builder.getStringAttr(packing));
  made.insert({hash, op});
  return op.getBuffer();
}

template <typename T>
Value Weights::get(const Call &call, StringRef what, ArrayRef<T> values,
                   Type element, StringRef packing) {
  if (values.empty())
    return {};
  auto type =
      RankedTensorType::get({static_cast<int64_t>(values.size())}, element);
  auto name = dyn_cast<NameLoc>(call.loc);
  const std::string full =
      (name ? name.getName().str() : "layer") + "_" + what.str();
  return get(call.loc, full, nn::makeElements<T>(type, values, full), packing);
}

Weights::Packed Weights::pack(const Call &call, const kernels::Kernel &kernel) {
  const auto &conv = std::get<qrt_conv2d>(call.problem.params);
  const FilterData &data = *call.filter;
  const kernels::PackedFilter packed = kernels::pack(
      kernel, conv, data.filter.data(), data.bias ? data.bias->data() : nullptr,
      data.mul.data(), data.groups);
  const std::string packing = packingOf(kernel, conv);
  return {
      get<uint8_t>(call, "filter", packed.filter, builder.getI8Type(), packing),
      get<int32_t>(call, "bias", packed.bias, builder.getI32Type(), "dense"),
      get<float>(call, "mul", packed.mul, builder.getF32Type(), "dense")};
}

} // namespace quench::place
