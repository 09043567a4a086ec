// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Storing and unpacking of narrow filters; the layout is in the header.

#include "codegen/kernels/schedules/NarrowFilter.h"

#include <cassert>

namespace quench::kernels {

static std::string number(int64_t value) { return std::to_string(value); }

std::vector<int8_t> narrowCodes(const qrt_conv2d &conv, const int8_t *filter,
                                const FilterGroups &groups) {
  const int depth = conv.in_c / conv.groups;
  const int taps = conv.out_c * conv.kernel_h * conv.kernel_w;
  std::vector<int8_t> codes;
  codes.reserve(size_t(taps) * size_t(depth));
  const int8_t *multiplier = groups.multipliers.data();
  for (int tap = 0; tap < taps; ++tap)
    for (int first = 0; first < depth; first += groups.size, ++multiplier)
      for (int i = first; i < depth && i < first + groups.size; ++i, ++filter) {
        assert(*filter % *multiplier == 0 && "verified");
        codes.push_back(static_cast<int8_t>(*filter / *multiplier));
      }
  return codes;
}

std::vector<std::vector<uint8_t>>
multipliersOfBlocks(const PackedFilter &packed, const FilterGroups &groups,
                    const qrt_conv2d &conv) {
  const ptrdiff_t each = qrt_filter_groups(&conv, groups.size);
  std::vector<std::vector<uint8_t>> fronts;
  for (const PackedFilter::Block &block : packed.blocks) {
    std::vector<uint8_t> &front = fronts.emplace_back();
    for (ptrdiff_t group = 0; group < each; ++group)
      for (int c = block.first; c < block.first + block.count; ++c)
        front.push_back(
            static_cast<uint8_t>(groups.multipliers[size_t(c * each + group)]));
  }
  return fronts;
}

void storeNarrow(PackedFilter &packed, int bits, int chunkBytes,
                 const std::vector<std::vector<uint8_t>> &fronts) {
  const int half = 1 << (bits - 1);
  const auto bytes = static_cast<size_t>(chunkBytes);
  const auto parts = static_cast<size_t>(8 / bits);
  const std::vector<uint8_t> codes = std::move(packed.filter);
  size_t begin = packed.blocks.empty() ? 0 : packed.blocks.back().end;
  packed.filter.assign(codes.begin() + ptrdiff_t(begin), codes.end());
  begin = 0;
  for (size_t block = 0; block < packed.blocks.size(); ++block) {
    if (!fronts.empty())
      packed.filter.insert(packed.filter.end(), fronts[block].begin(),
                           fronts[block].end());
    const size_t end = packed.blocks[block].end;
    for (; begin < end; begin += parts * bytes)
      for (size_t i = 0; i < bytes; ++i) {
        int stored = 0;
        for (size_t j = 0; j < parts; ++j) {
          const size_t at = begin + i + j * bytes;
          const int code = at < end ? static_cast<int8_t>(codes[at]) : 0;
          assert(-half <= code && code < half && "the type says so");
          stored |= (code + half) << (j * size_t(bits));
        }
        packed.filter.push_back(static_cast<uint8_t>(stored));
      }
    begin = end;
  }
}

int64_t unpackedBytes(const Kernel &kernel, int64_t count) {
  if (kernel.filterBits == 8)
    return 0;
  return roundUp(count,
                 chunkCodes(kernel.filterBits, isaOf(kernel).vectorBytes()));
}

double unpackCycles(const Kernel &kernel, double count) {
  if (kernel.filterBits == 8)
    return 0;
  // The stores set the pace: Zen 4 stores 32 bytes a cycle. Multiplying, it is
  // two products and five other operations for each vector.
  const int vector = isaOf(kernel).scaledChannels() * isaOf(kernel).kr();
  return count / 32 + 10 + (kernel.grouped ? 3 * count / vector : 0);
}

unsigned unpackHelpers(const Kernel &kernel) {
  if (kernel.filterBits == 8)
    return HelperNone;
  return (kernel.filterBits == 4 ? HelperUnpack4 : HelperUnpack2) |
         (kernel.grouped ? HelperGroups : HelperNone);
}

void emitUnpack(CppWriter &writer, const Isa &isa, int bits) {
  const int bytes = isa.vectorBytes(), half = 1 << (bits - 1);
  const std::string chunk = number(chunkCodes(bits, bytes));
  writer.blank();
  writer.comment("Unpacks `count` codes of " + number(bits) +
                 " bits, stored plus " + number(half) + ": byte i of " +
                 number(bytes) + " holds the codes i, i + " + number(bytes) +
                 ", ..., lowest bits first. Reads and writes whole chunks of " +
                 chunk + " codes, and steps over them.");
  auto body = writer.function(
      "[[maybe_unused]] static " + isa.attributeMacro() + " void",
      isa.helper("unpack" + number(bits)),
      {"int8_t *y", "const int8_t **stored", "ptrdiff_t count"});
  writer.line("const int8_t *x = *stored;");
  writer.line("const " + isa.operandVector() +
              " mask = " + isa.splatByte(number((1 << bits) - 1)) + ";");
  writer.line("const " + isa.operandVector() +
              " half = " + isa.splatByte(number(half)) + ";");
  {
    auto loop = writer.block("for (; count > 0; count -= " + chunk + ")");
    writer.line("const " + isa.operandVector() +
                " packed = " + isa.loadBytes("x") + ";");
    for (int part = 0; part < 8 / bits; ++part)
      writer.line(isa.storeBytes(
                      part ? "y + " + number(part * bytes) : "y",
                      isa.bitsOfBytes("packed", part * bits, "mask", "half")) +
                  ";");
    writer.line("x += " + number(bytes) + ";");
    writer.line("y += " + chunk + ";");
  }
  writer.line("*stored = x;");
}

void emitScaleGroups(CppWriter &writer, const Isa &isa) {
  const int kr = isa.kr();
  const Isa &part = isa.atWidth(isa.scaledChannels() * kr);
  const std::string type = "const " + part.operandVector() + " ";
  writer.blank();
  writer.comment("Multiplies codes [taps][steps][width][" + number(kr) +
                 "] by the multipliers of their groups, [taps][steps / each, "
                 "rounded up][width]. " +
                 part.scaleComment() +
                 "Channels that fill no "
                 "vector come one by one.");
  auto body = writer.function(
      "[[maybe_unused]] static " + isa.attributeMacro() + " void",
      isa.helper("scale_groups"),
      {"int8_t *y", "const int8_t *multipliers", "ptrdiff_t taps",
       "ptrdiff_t steps", "ptrdiff_t each", "ptrdiff_t width"});
  part.declareScale(writer);
  auto tap = writer.block("for (; taps > 0; --taps)");
  auto group =
      writer.block("for (ptrdiff_t first = 0; first < steps; first += each)");
  writer.line(
      "const ptrdiff_t count = steps - first < each ? steps - first : each;");
  writer.line("ptrdiff_t c = 0;");
  {
    const std::string channels = number(isa.scaledChannels());
    auto column = writer.block("for (; c + " + channels +
                               " <= width; c += " + channels + ")");
    part.declareMultipliers(writer, "m", "multipliers + c");
    writer.line("int8_t *at = y + c * " + number(kr) + ";");
    auto step = writer.block("for (ptrdiff_t i = 0; i < count; ++i)");
    writer.line(type + "codes = " + part.loadBytes("at") + ";");
    const std::string scaled = part.scaleCodes(writer, "codes", "m");
    writer.line(part.storeBytes("at", scaled) + ";");
    writer.line("at += width * " + number(kr) + ";");
  }
  {
    // What is left is one vector, with runs of products.
    const int run = isa.productRun();
    if (run < kr)
      writer.line("const ptrdiff_t whole = c, rest = width - c;");
    auto column = writer.block("for (; c < width; ++c)");
    writer.line("int8_t *at = y + " +
                (run < kr ? "whole * " + number(kr) + " + (c - whole) * "
                          : std::string("c * ")) +
                number(run) + ";");
    auto step = writer.block("for (ptrdiff_t i = 0; i < count; ++i)");
    for (int k = 0; k < kr; ++k) {
      std::string code =
          k < run ? number(k)
                  : "rest * " + number(k / run * run) +
                        (k % run ? " + " + number(k % run) : std::string());
      code = "at[" + code + "]";
      writer.line(code + " = (int8_t)(" + code + " * multipliers[c]);");
    }
    writer.line("at += width * " + number(kr) + ";");
  }
  writer.line("multipliers += width;");
  writer.line("y += count * width * " + number(kr) + ";");
}

} // namespace quench::kernels
