// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Packing and deduplication of constants.

#include "compiler/place/Weights.h"

#include "codegen/kernels/Biases.h"
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
  if (!kernel.isEmitted() || kernel.tile.nr == 1)
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

static int64_t elementBytes(plan::WeightsOp op) {
  return op.getType().getElementType().getIntOrFloatBitWidth() / 8;
}

static int64_t alignmentOf(plan::WeightsOp op) {
  return static_cast<int64_t>(
      op.getAlignment().value_or(static_cast<uint64_t>(elementBytes(op))));
}

/// Raises the alignment of `op`.
static void align(plan::WeightsOp op, int64_t alignment) {
  if (alignment > alignmentOf(op))
    op.setAlignment(static_cast<uint64_t>(alignment));
}

Value Weights::get(Location loc, StringRef name, ElementsAttr value,
                   StringRef packing, int64_t alignment) {
  auto buffer = plan::BufferType::get(builder.getContext(),
                                      value.getShapedType().getShape(),
                                      value.getElementType());
  const std::vector<char> bytes = bytesOf(value);
  const uint64_t hash =
      llvm::xxh3_64bits(StringRef(bytes.data(), bytes.size()));
  auto [begin, end] = made.equal_range(hash);
  for (auto it = begin; it != end; ++it)
    if (it->second.getType() == buffer && it->second.getPacking() == packing &&
        bytesOf(it->second.getValue()) == bytes) {
      align(it->second, alignment);
      return it->second.getBuffer();
    }
  auto op = plan::WeightsOp::create(
      builder, loc, buffer, builder.getStringAttr(names.unique(name)), value,
      builder.getStringAttr(packing), IntegerAttr());
  align(op, alignment);
  made.insert({hash, op});
  return op.getBuffer();
}

template <typename T>
Value Weights::get(const Call &call, StringRef what, ArrayRef<T> values,
                   Type element, StringRef packing, int64_t alignment) {
  if (values.empty())
    return {};
  auto type =
      RankedTensorType::get({static_cast<int64_t>(values.size())}, element);
  auto name = dyn_cast<NameLoc>(call.loc);
  const std::string full =
      (name ? name.getName().str() : "layer") + "_" + what.str();
  return get(call.loc, full, nn::makeElements<T>(type, values, full), packing,
             alignment);
}

Weights::Packed Weights::pack(const Call &call, const kernels::Kernel &kernel,
                              const std::optional<kernels::Split> &split) {
  const auto &conv = std::get<qrt_conv2d>(call.problem.params);
  const FilterData &data = *call.filter;
  const kernels::PackedFilter packed = kernels::pack(
      kernel, conv, data.filter.data(), data.bias ? data.bias->data() : nullptr,
      data.mul.data(), data.groups);
  const std::string packing = packingOf(kernel, conv);
  int bits = kernels::biasBits(packed.bias);
  if (kernel.isCuda() || (bits == 24 && split && split->axis == "channels"))
    bits = 32;
  return {get<uint8_t>(call, "filter", packed.filter, builder.getI8Type(),
                       packing, packed.filterAlignment),
          getBias(call, packed, bits),
          get<float>(call, "mul", packed.mul, builder.getF32Type(), "dense",
                     packed.channelAlignment),
          bits == 32 || packed.bias.empty() ? 0 : bits};
}

Value Weights::getBias(const Call &call, const kernels::PackedFilter &packed,
                       int bits) {
  if (bits == 32)
    return get<int32_t>(call, "bias", packed.bias, builder.getI32Type(),
                        "dense", packed.channelAlignment);
  if (bits == 16) {
    const std::vector<int16_t> narrow(packed.bias.begin(), packed.bias.end());
    return get<int16_t>(call, "bias", narrow, builder.getI16Type(), "dense", 2);
  }
  // The low 16 bits are read as such.
  return get<uint8_t>(call, "bias", kernels::storeBiases24(packed.bias),
                      builder.getI8Type(), "low 16 bits, then high 8", 2);
}

void Weights::sort(plan::ModelOp model) {
  auto ops = llvm::to_vector(model.getOps<plan::WeightsOp>());
  if (ops.empty())
    return;
  mlir::Block *block = ops.back()->getBlock();
  const auto end = std::next(mlir::Block::iterator(ops.back()));
  for (int64_t alignment = 64; alignment > 0; alignment /= 2)
    for (plan::WeightsOp op : ops)
      if (alignmentOf(op) == alignment)
        op->moveBefore(block, end);
}

} // namespace quench::place
