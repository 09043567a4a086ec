// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Weights of depthwise kernels.

#include "codegen/kernels/schedules/DepthwiseWeights.h"

#include "codegen/kernels/schedules/NarrowFilter.h"

namespace quench::kernels {

static std::string number(int64_t value) { return std::to_string(value); }

static bool unpacks(const Kernel &kernel) { return kernel.filterBits < 8; }

static bool widens(const Kernel &kernel) {
  return isaOf(kernel).activationBytes() == 2;
}

unsigned depthwiseWeightHelpers(const Kernel &kernel) {
  return unpackHelpers(kernel) | (widens(kernel) ? HelperWiden : HelperNone);
}

std::string depthwiseWeightType(const Kernel &kernel) {
  const std::string bits = number(kernel.filterBits);
  std::string type = "s8";
  if (unpacks(kernel))
    type += ", each block stored with " + bits + " bits a code (unpack" + bits +
            ")";
  return widens(kernel) ? type + ", widened to s16 in scratch" : type;
}

int64_t depthwiseWeightScratch(const Kernel &kernel, int64_t codes) {
  const int64_t block = isaOf(kernel).rowChannels() * codes;
  const int64_t unpacked = unpackedBytes(kernel, block);
  if (!widens(kernel))
    return unpacked;
  return unpacked + 2 * (unpacks(kernel) ? unpacked : block);
}

double depthwiseWeightCycles(const Kernel &kernel, int width, int64_t codes) {
  const double count = double(width) * double(codes);
  return unpackCycles(kernel, count) + (widens(kernel) ? count / 16 + 10 : 0);
}

void declareDepthwiseWeights(CppWriter &writer, const Kernel &kernel,
                             std::string_view codes) {
  if (!unpacks(kernel) && !widens(kernel))
    return;
  const Isa &isa = isaOf(kernel);
  std::string size = number(isa.rowChannels()) + " * " + std::string(codes);
  if (unpacks(kernel)) {
    const std::string chunk =
        number(chunkCodes(kernel.filterBits, isa.vectorBytes()));
    size = "(" + size + " + " + chunk + " - 1) / " + chunk + " * " + chunk;
  }
  writer.comment("The weights of a block.");
  writer.line("const ptrdiff_t size = " + size + ";");
  if (unpacks(kernel)) {
    writer.line("int8_t *unpacked = (int8_t *)scratch;");
    writer.line("scratch += size;");
  }
  if (widens(kernel)) {
    writer.line("int8_t *words = (int8_t *)scratch;");
    writer.line("scratch += 2 * size;");
  }
}

void startDepthwiseWeights(CppWriter &writer, const Kernel &kernel) {
  if (unpacks(kernel))
    writer.line("const int8_t *stored = filter;");
}

void nextDepthwiseWeights(CppWriter &writer, const Kernel &kernel,
                          std::string_view codes) {
  const Isa &isa = isaOf(kernel);
  std::string weights = "filter + (ptrdiff_t)c * " + std::string(codes);
  if (unpacks(kernel) || widens(kernel)) {
    // As channelBlocks() cuts the last block.
    const std::string narrowest = number(isa.atWidth(16).rowChannels());
    writer.line("int32_t width = " + number(isa.rowChannels()) + ";");
    writer.guarded("while (width > " + narrowest + " && width / 2 >= left)",
                   "width /= 2;");
  }
  const std::string count = "width * " + std::string(codes);
  if (unpacks(kernel)) {
    writer.line(isa.helper("unpack" + number(kernel.filterBits)) +
                "(unpacked, &stored, " + count + ");");
    weights = "unpacked";
  }
  if (widens(kernel)) {
    writer.line(isa.helper("widen") + "(words, " + weights + ", " + count +
                ");");
    weights = "words";
  }
  writer.line("const int8_t *w = " + weights + ";");
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
  writer.line("const " + isa.intVector() + " wide = " + isa.loadB("x + i") +
              ";");
  writer.line(isa.storeBytes("y + 2 * i", "wide") + ";");
}

} // namespace quench::kernels
