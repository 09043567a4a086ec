// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The border between real numbers and codes. With several channels it is also
// the border between planes outside (NCHW) and pixels inside (NHWC): converting
// and reordering in one go saves a tensor and a walk over it.

#include "codegen/kernels/schedules/Schedule.h"

namespace quench::kernels {

namespace {

std::string number(int64_t value) { return std::to_string(value); }

class Border : public Schedule {
public:
  bool accepts(const Kernel &kernel, const Problem &problem,
               std::string *why) const override {
    return problem.op == kernel.op || decline(why, "another op");
  }

  double cost(const Kernel &, const Problem &problem,
              const targets::Target &) const override {
    const auto &border = std::get<qrt_border>(problem.params);
    const double count = double(border.batch) * border.channels * border.pixels;
    return 40 + count * elementCycles(border.channels);
  }

  unsigned helpers(const Kernel &) const override {
    return HelperBytes | HelperVerbs;
  }

protected:
  virtual double elementCycles(int channels) const = 0;
};

/// Pixels of RGB images interleaved at a time.
constexpr int step = 16;

class Quantize final : public Border {
  double elementCycles(int channels) const override {
    // A division takes five cycles; single stores take one each.
    return channels == 1 ? 0.7 : channels == 3 ? 0.8 : 1.7;
  }

  void emit(CppWriter &writer, const Kernel &kernel,
            std::string_view linkage) const override;

  void emitRun(CppWriter &writer, const Kernel &kernel) const;
  void emitInterleave(CppWriter &writer, const Kernel &kernel) const;
};

/// y[i] = quantize(x[i]).
void Quantize::emitRun(CppWriter &writer, const Kernel &kernel) const {
  const std::string type = codeType(kernel.codes.y);
  auto body = writer.function(
      "QUENCH_INLINE " + isaOf(kernel).attributeMacro() + " void",
      kernel.symbol + "_run",
      {"const qrt_border *p", "const float *x", type + " *y", "int32_t count"});
  const Isa &isa = isaOf(kernel);
  isa.declareQuantize(writer);
  writer.line("int32_t i = 0;");
  {
    const std::string some = number(isa.borderStep());
    auto loop =
        writer.block("for (; i + " + some + " <= count; i += " + some + ")");
    isa.quantizeStep(writer, kernel.codes.y);
  }
  writer.guarded("for (; i < count; ++i)",
                 "y[i] = (" + type +
                     ")qrt_quantize(x[i], p->scale, p->out.zero, "
                     "p->out.min, p->out.max);");
}

/// y[3 * i + c] = lines[16 * c + i].
void Quantize::emitInterleave(CppWriter &writer, const Kernel &kernel) const {
  writer.blank();
  auto body = writer.function(
      "QUENCH_INLINE " + isaOf(kernel).attributeMacro() + " void",
      kernel.symbol + "_interleave3", {"const int8_t *lines", "int8_t *y"});
  isaOf(kernel).interleaveThree(writer);
}

void Quantize::emit(CppWriter &writer, const Kernel &kernel,
                    std::string_view linkage) const {
  const std::string type = codeType(kernel.codes.y);
  const bool bytes = kernel.codes.y == 8;
  writer.comment(kernel.symbol +
                 "\n\ny = clamp(rne(x / scale) + zero), 0 for NaN before the "
                 "zero point. A true division.\n\nShapes   x: batch x channels "
                 "x pixels, y: batch x pixels x channels.\nReads    x "
                 "exactly.");
  emitRun(writer, kernel);
  if (bytes)
    emitInterleave(writer, kernel);
  writer.blank();
  auto body =
      writer.function(entryPrefix(kernel, linkage), kernel.symbol,
                      {"const qrt_border *p", "const float *x", type + " *y"});
  const std::string run = kernel.symbol + "_run(p, ";
  {
    auto flat = writer.block("if (p->channels == 1)");
    writer.line(run + "x, y, p->batch * p->pixels);");
    writer.line("return;");
  }
  writer.comment("Some pixels of one channel, or of three.");
  writer.line("alignas(16) " + type + " lines[3 * " + number(step) + "];");
  writer.line("const int32_t channels = p->channels;");
  writer.line("const ptrdiff_t pixels = p->pixels;");
  writer.line("const ptrdiff_t plane = pixels + p->plane_gap;");
  auto images = writer.block("for (int32_t n = 0; n < p->batch; ++n, x += "
                             "channels * plane, y += channels * pixels)");
  writer.line("int32_t i = 0;");
  if (bytes) {
    auto rgb = writer.block("for (; channels == 3 && i + " + number(step) +
                            " <= pixels; i += " + number(step) + ")");
    for (int c = 0; c < 3; ++c)
      writer.line(run + "x + i" + (c ? " + " + number(c) + " * plane" : "") +
                  ", lines" + (c ? " + " + number(step * c) : "") + ", " +
                  number(step) + ");");
    writer.line(kernel.symbol + "_interleave3(lines, y + 3 * i);");
  }
  auto rest = writer.block("for (; i < pixels; i += " + number(step) + ")");
  writer.line("const int32_t count = pixels - i < " + number(step) +
              " ? (int32_t)(pixels - i) : " + number(step) + ";");
  auto scatter = writer.block("for (int32_t c = 0; c < channels; ++c)");
  writer.line(run + "x + i + c * plane, lines, count);");
  writer.guarded("for (int32_t j = 0; j < count; ++j)",
                 "y[(ptrdiff_t)(i + j) * channels + c] = lines[j];");
}

class Dequantize final : public Border {
  double elementCycles(int channels) const override {
    return channels == 1 ? 0.5 : 1.5;
  }

  void emit(CppWriter &writer, const Kernel &kernel,
            std::string_view linkage) const override {
    writer.comment(kernel.symbol +
                   "\n\ny = (x - zero) * scale\n\nShapes   x: batch x pixels x "
                   "channels, y: batch x channels x pixels.\nReads    x "
                   "exactly.");
    auto body = writer.function(entryPrefix(kernel, linkage), kernel.symbol,
                                {"const qrt_border *p",
                                 "const " + codeType(kernel.codes.a) + " *x",
                                 "float *y"});
    {
      auto planes = writer.block("if (p->channels != 1)");
      writer.line("const ptrdiff_t channels = p->channels;");
      auto images = writer.block("for (int32_t n = 0; n < p->batch; ++n, x += "
                                 "channels * p->pixels)");
      auto plane = writer.block(
          "for (int32_t c = 0; c < channels; ++c, y += p->plane_gap)");
      writer.guarded("for (int32_t i = 0; i < p->pixels; ++i)",
                     "*y++ = qrt_dequantize(x[i * channels + c], "
                     "p->out.zero, p->scale);");
    }
    const Isa &isa = isaOf(kernel);
    isa.declareDequantize(writer);
    writer.line(
        "const int32_t count = p->channels == 1 ? p->batch * p->pixels : 0;");
    writer.line("int32_t i = 0;");
    {
      const std::string some = number(isa.borderStep());
      auto loop =
          writer.block("for (; i + " + some + " <= count; i += " + some + ")");
      isa.dequantizeStep(writer, kernel.codes.a);
    }
    writer.guarded("for (; i < count; ++i)",
                   "y[i] = qrt_dequantize(x[i], p->out.zero, p->scale);");
  }
};

} // namespace

const Schedule &quantizeSchedule() {
  static const Quantize schedule;
  return schedule;
}

const Schedule &dequantizeSchedule() {
  static const Dequantize schedule;
  return schedule;
}

} // namespace quench::kernels
