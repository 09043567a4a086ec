// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whole vectors of channels where lanes are in natural order. In interleaved
// order four channels lie together.

#include "codegen/kernels/schedules/Channels.h"

namespace quench::kernels {

static std::string number(int64_t value) { return std::to_string(value); }

static std::string inlineOf(const Isa &isa) {
  return "QUENCH_INLINE " + isa.attributeMacro();
}

/// Copies biases to `to` (an expression of i) as long as `condition` holds, a
/// vector of `isa` at a time, from the form that qrt_conv2d::bias_bits says.
static void emitBiasLoops(CppWriter &writer, const Isa &isa,
                          const std::string &to, const std::string &condition) {
  const std::string high = isa.shiftLeft(isa.widen("high + i", 8), 16);
  const struct {
    const char *when;
    std::string biases;
  } forms[] = {
      {"if (p->bias_bits == 0)", isa.loadAcc("words + i")},
      {"else if (p->bias_bits == 16)", isa.widen("low + i", 16)},
      {"else", isa.add(high, isa.widenLow("low + i"))},
  };
  writer.line("const int32_t *words = (const int32_t *)from + at;");
  writer.line("const int16_t *low = (const int16_t *)from + at;");
  writer.line("const int8_t *high = (const int8_t *)from + 2 * "
              "(ptrdiff_t)p->out_c + at;");
  writer.line("int32_t i = 0;");
  for (const auto &form : forms) {
    auto when = writer.block(form.when);
    writer.guarded("for (; " + condition + "; i += " + number(isa.lanes()) +
                       ")",
                   isa.storeAcc(to, form.biases) + ";");
  }
}

void emitTakeChannels(CppWriter &writer, const Isa &isa) {
  const std::string lanes = number(isa.lanes());
  writer.blank();
  writer.comment("Bias and multipliers of t->channels channels from `at` on: "
                 "where they lie if those are whole vectors of int32 and "
                 "float, else copied into `biases` and `muls`.");
  auto body = writer.function(
      inlineOf(isa) + " void", isa.helper("take_channels"),
      {"const qrt_conv2d *p", "const void *from", "const float *mul",
       "ptrdiff_t at", "int32_t *biases", "float *muls", "conv_panel *t"});
  writer.line("const int32_t count = t->channels;");
  writer.line("const bool whole = count % " + lanes + " == 0;");
  writer.line("t->mul = mul + at;");
  {
    auto part = writer.block("if (!whole)");
    writer.line("copy_bytes((int8_t *)muls, (const int8_t *)t->mul, 4 * "
                "count);");
    writer.comment("Whatever else lies there may multiply slowly, as denormal "
                   "numbers do.");
    writer.guarded("for (int32_t i = count; i % " + lanes + " != 0; ++i)",
                   "muls[i] = 0;");
    writer.line("t->mul = muls;");
  }
  {
    auto there = writer.block("if (whole && p->bias_bits == 0)");
    writer.line("t->bias = (const int32_t *)from + at;");
    writer.line("return;");
  }
  emitBiasLoops(writer, isa, "biases + i", "i + " + lanes + " <= count");
  writer.guarded("for (; i < count; ++i)",
                 "biases[i] = qrt_bias(p, from, at + i);");
  writer.line("t->bias = biases;");
}

static void emitTapChannels(CppWriter &writer, const Isa &isa) {
  // Part L of vector v has the channels 4 * vectors * L + 4 * v + 0 ... 3.
  const std::string part = number(4 * isa.interleavedVectors());
  const std::string width = number(isa.rowChannels());
  writer.blank();
  writer.comment("Biases and multipliers of `count` channels from `at` on, in "
                 "the order of interleaved columns, where four are together; "
                 "zero beyond.");
  auto body = writer.function(
      inlineOf(isa) + " void", isa.helper("take_tap_channels"),
      {"const qrt_conv2d *p", "const void *from", "const float *muls",
       "ptrdiff_t at", "int32_t count", "int32_t *bias", "float *mul"});
  const std::string to =
      "i / " + part + " * 4 + i % " + part + " / 4 * " + number(isa.lanes());
  emitBiasLoops(writer, isa.atWidth(16), "bias + (" + to + ")",
                "i + 4 <= count");
  writer.guarded("for (i = 0; i + 4 <= count; i += 4)",
                 "__builtin_memcpy(mul + (" + to + "), muls + at + i, 16);");
  auto rest = writer.block("for (; i < " + width + "; ++i)");
  writer.line("const int32_t lane = " + to + " + i % 4;");
  writer.line("bias[lane] = i < count ? qrt_bias(p, from, at + i) : 0;");
  writer.line("mul[lane] = i < count ? muls[at + i] : 0;");
}

void emitTakeTapChannels(CppWriter &writer, const Isa &isa) {
  for (int bytes = isa.vectorBytes(); bytes >= 16; bytes /= 2)
    emitTapChannels(writer, isa.atWidth(bytes));
}

void declareChannels(CppWriter &writer, int channels, std::string_view biases,
                     std::string_view muls) {
  writer.comment("Of a block of channels.");
  writer.line("int32_t *" + std::string(biases) +
              " = (int32_t *)(void *)scratch;");
  writer.line("float *" + std::string(muls) +
              " = (float *)(void *)(scratch + " + number(4 * channels) + ");");
  writer.line("scratch += " + number(channelBytes(channels)) + ";");
}

void takeTapChannels(CppWriter &writer, const Isa &isa) {
  declareChannels(writer, isa.rowChannels(), "bias", "mul");
  writer.line(isa.helper("take_tap_channels") +
              "(p, biases, muls, first, channels, bias, mul);");
}

} // namespace quench::kernels
