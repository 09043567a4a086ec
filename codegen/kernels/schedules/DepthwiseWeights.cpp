// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Weights of depthwise kernels.

#include "codegen/kernels/schedules/DepthwiseWeights.h"

#include "codegen/kernels/schedules/ConvPack.h"
#include "codegen/kernels/schedules/NarrowFilter.h"

namespace quench::kernels {

static std::string number(int64_t value) { return std::to_string(value); }

PackedFilter DepthwiseSchedule::pack(const Kernel &kernel,
                                     const qrt_conv2d &conv,
                                     const int8_t *filter, const int32_t *bias,
                                     const float *mul) const {
  return packDepthwise(kernel, conv, filter, bias, mul);
}

std::string depthwisePacking(const Kernel &kernel) {
  const std::string bits = number(kernel.filterBits);
  return "filter: [C / " + number(isaOf(kernel).rowChannels()) +
         "][kernel_h][kernel_w][channels of the block] s8, not padded" +
         (kernel.filterBits < 8
              ? ", stored with " + bits + " bits a code (unpack" + bits + ")"
              : "") +
         ". bias (qrt_conv2d::bias_bits) has all zero points folded in.";
}

int64_t depthwiseUnpackedBytes(const Kernel &kernel, const qrt_conv2d &conv) {
  return unpackedBytes(kernel,
                       int64_t(conv.out_c) * conv.kernel_h * conv.kernel_w);
}

double depthwiseWeightCycles(const Kernel &kernel, int width, int64_t taps) {
  // A load, about two shuffles and a store for 32 bytes of products.
  const double count = double(width) * double(taps);
  return unpackCycles(kernel, count) +
         count * isaOf(kernel).activationBytes() / 32 + 10;
}

std::string declareDepthwiseWeights(CppWriter &writer, const Kernel &kernel) {
  writer.line("const ptrdiff_t taps = (ptrdiff_t)p->kernel_h * p->kernel_w;");
  if (kernel.filterBits == 8)
    return "filter";
  const Isa &isa = isaOf(kernel);
  const std::string chunk =
      number(chunkCodes(kernel.filterBits, isa.vectorBytes()));
  writer.comment("The weights, unpacked.");
  writer.line("int8_t *weights = (int8_t *)scratch;");
  writer.line("const int8_t *stored = filter;");
  writer.line(isa.helper("unpack" + number(kernel.filterBits)) +
              "(weights, &stored, p->in_c * taps);");
  writer.line("scratch += (p->in_c * taps + " + chunk + " - 1) / " + chunk +
              " * " + chunk + ";");
  return "weights";
}

std::string weightRow(const Isa &isa, std::string_view pointer) {
  const std::string partial = isa.loadWeightRow(pointer, true);
  // Without masks the partial form costs a trip through memory.
  return isa.hasMasks()
             ? partial
             : "whole ? " + isa.loadWeightRow(pointer, false) + " : " + partial;
}

void emitArrangeWeights(CppWriter &writer, const Isa &isa) {
  writer.blank();
  writer.comment("Weights of `count` channels as interleaved columns lie: " +
                 number(isa.kr()) +
                 " kernel rows side by side, missing ones zero, columns one "
                 "after the other. Taps are `step` bytes apart.");
  auto body = writer.function(
      "[[maybe_unused]] static " + isa.attributeMacro() + " void",
      isa.helper("arrange_weights"),
      {"int8_t *y", "const int8_t *x", "ptrdiff_t step", "int32_t kernel_h",
       "int32_t kernel_w", "int32_t count"});
  writer.line(isa.declareKeep("count"));
  if (!isa.hasMasks())
    writer.line("const bool whole = count == " + number(isa.rowChannels()) +
                ";");
  auto columns = writer.block("for (int32_t kw = 0; kw < kernel_w; ++kw)");
  writer.line("const int8_t *tap = x + kw * step;");
  auto groups = writer.block(
      "for (int32_t kh = 0; kh < kernel_h; kh += " + number(isa.kr()) + ")");
  std::vector<std::string> rows;
  for (int i = 0; i < isa.kr(); ++i) {
    rows.push_back("x" + number(i));
    writer.line(isa.operandVector() + " " + rows.back() + " = " +
                isa.zeroRow() + ";");
    // Groups begin with a row that is there.
    auto row = writer.block(i ? "if (kh + " + number(i) + " < kernel_h)" : "");
    writer.line(rows.back() + " = " + weightRow(isa, "tap") + ";");
    writer.line("tap += kernel_w * step;");
  }
  const std::string vectors = number(isa.interleavedVectors());
  writer.line(isa.operandVector() + " t[" + vectors + "];");
  writer.line(isa.takeWeights("t", rows));
  for (int v = 0; v < isa.interleavedVectors(); ++v)
    writer.line(isa.storeBytes(v ? "y + " + number(v * isa.vectorBytes()) : "y",
                               "t[" + number(v) + "]") +
                ";");
  writer.line("y += " + number(isa.interleavedVectors() * isa.vectorBytes()) +
              ";");
}

} // namespace quench::kernels
