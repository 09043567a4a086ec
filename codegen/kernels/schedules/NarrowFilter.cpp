// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Storing and unpacking of narrow filters; the layout is in the header.

#include "codegen/kernels/schedules/NarrowFilter.h"

#include <cassert>

namespace quench::kernels {

static std::string number(int64_t value) { return std::to_string(value); }

void storeNarrow(PackedFilter &packed, int bits, int chunkBytes) {
  const int half = 1 << (bits - 1);
  const auto bytes = static_cast<size_t>(chunkBytes);
  const auto parts = static_cast<size_t>(8 / bits);
  const std::vector<uint8_t> codes = std::move(packed.filter);
  size_t begin = packed.blocks.empty() ? 0 : packed.blocks.back();
  packed.filter.assign(codes.begin() + ptrdiff_t(begin), codes.end());
  begin = 0;
  for (size_t end : packed.blocks) {
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
  // The stores set the pace: Zen 4 stores 32 bytes a cycle.
  return kernel.filterBits == 8 ? 0 : count / 32 + 10;
}

unsigned unpackHelper(const Kernel &kernel) {
  return kernel.filterBits == 4   ? HelperUnpack4
         : kernel.filterBits == 2 ? HelperUnpack2
                                  : HelperNone;
}

void emitWiden(CppWriter &writer, const Isa &isa) {
  const std::string step = number(isa.vectorBytes() / 2);
  writer.blank();
  writer.comment("int16 of `count` codes, a multiple of " + step + ".");
  auto body = writer.function(
      "QUENCH_INLINE " + isa.attributeMacro() + " void", isa.helper("widen"),
      {"int8_t *y", "const int8_t *x", "ptrdiff_t count"});
  auto loop =
      writer.block("for (ptrdiff_t i = 0; i < count; i += " + step + ")");
  writer.line("const " + isa.intVector() +
              " wide = " + isa.loadRow("x + i", false) + ";");
  writer.line(isa.storeBytes("y + 2 * i", "wide") + ";");
}

/// Weights a kernel reads as int16 take two bytes more.
static bool widens(const Kernel &kernel) {
  return isaOf(kernel).activationBytes() == 2;
}

unsigned depthwiseUnpackHelpers(const Kernel &kernel) {
  if (kernel.filterBits == 8)
    return HelperNone;
  return unpackHelper(kernel) | (widens(kernel) ? HelperWiden : HelperNone);
}

std::string depthwiseWeightType(const Kernel &kernel) {
  const std::string bits = number(kernel.filterBits);
  if (kernel.filterBits < 8)
    return "s8, each block stored with " + bits + " bits a code (unpack" +
           bits + ")";
  return widens(kernel) ? "s16" : "s8";
}

int64_t depthwiseUnpackedBytes(const Kernel &kernel, int64_t codes) {
  return unpackedBytes(kernel, isaOf(kernel).rowChannels() * codes) *
         (widens(kernel) ? 3 : 1);
}

void declareDepthwiseUnpack(CppWriter &writer, const Kernel &kernel,
                            std::string_view codes) {
  const Isa &isa = isaOf(kernel);
  const std::string chunk =
      number(chunkCodes(kernel.filterBits, isa.vectorBytes()));
  writer.comment("The weights of a block, unpacked.");
  writer.line("const ptrdiff_t size = (" + number(isa.rowChannels()) + " * " +
              std::string(codes) + " + " + chunk + " - 1) / " + chunk + " * " +
              chunk + ";");
  writer.line("int8_t *unpacked = (int8_t *)scratch;");
  writer.line("scratch += size;");
  if (!widens(kernel))
    return;
  writer.line("int8_t *words = (int8_t *)scratch;");
  writer.line("scratch += 2 * size;");
}

void emitDepthwiseUnpack(CppWriter &writer, const Kernel &kernel,
                         std::string_view codes) {
  const Isa &isa = isaOf(kernel);
  const std::string narrowest = number(findIsa(kernel.isa, 16)->rowChannels());
  writer.line("int32_t width = " + number(isa.rowChannels()) + ";");
  writer.guarded("while (width > " + narrowest + " && width / 2 >= left)",
                 "width /= 2;");
  const std::string count = "width * " + std::string(codes);
  writer.line(isa.helper("unpack" + number(kernel.filterBits)) +
              "(unpacked, &stored, " + count + ");");
  if (widens(kernel))
    writer.line(isa.helper("widen") + "(words, unpacked, " + count + ");");
  writer.line(std::string("const int8_t *w = ") +
              (widens(kernel) ? "words;" : "unpacked;"));
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
  writer.line("const " + isa.intVector() + " mask = " +
              isa.call("set1_epi8", number((1 << bits) - 1)) + ";");
  writer.line("const " + isa.intVector() +
              " half = " + isa.call("set1_epi8", number(half)) + ";");
  {
    auto loop = writer.block("for (; count > 0; count -= " + chunk + ")");
    writer.line("const " + isa.intVector() + " packed = " + isa.loadBytes("x") +
                ";");
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

} // namespace quench::kernels
