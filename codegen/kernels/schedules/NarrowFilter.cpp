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
