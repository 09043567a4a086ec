// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Depthwise convolution, one output row and one block of channels at a time.
// The input rows under the kernel are interleaved into columns once: a dword of
// a column holds kr vertical taps of one channel, as the dot instruction wants
// them. Every output then takes one dot a kernel column and vector, whatever
// the stride, and neighbouring outputs share the columns.

#include "codegen/kernels/schedules/Channels.h"
#include "codegen/kernels/schedules/ConvPack.h"
#include "codegen/kernels/schedules/DepthwiseStore.h"
#include "codegen/kernels/schedules/DepthwiseWeights.h"
#include "codegen/kernels/schedules/NarrowFilter.h"
#include "codegen/kernels/schedules/Schedule.h"
#include "codegen/targets/Dot.h"

#include <algorithm>

namespace quench::kernels {

namespace {

std::string number(int64_t value) { return std::to_string(value); }

class DepthwiseRows final : public DepthwiseSchedule {
public:
  bool accepts(const Kernel &kernel, const Problem &problem,
               std::string *why) const override;
  double cost(const Kernel &kernel, const Problem &problem,
              const targets::Target &target) const override;
  size_t scratchBytes(const Kernel &kernel,
                      const Problem &problem) const override;
  unsigned helpers(const Kernel &kernel) const override {
    return HelperBytes | HelperVerbs | HelperAddRun |
           (kernel.codes.y == 16 ? HelperWords : HelperNone) | HelperArrange |
           HelperTapChannels | unpackHelpers(kernel);
  }
  void emitInner(CppWriter &writer, const Kernel &kernel) const override;
  void emit(CppWriter &writer, const Kernel &kernel,
            std::string_view linkage) const override;

private:
  void emitHeader(CppWriter &writer, const Kernel &kernel) const;
  void emitBlock(CppWriter &writer, const Kernel &kernel, const Isa &isa) const;
  void emitWeights(CppWriter &writer, const Kernel &kernel,
                   const Isa &isa) const;
  void emitColumns(CppWriter &writer, const Isa &isa) const;
  void emitPixels(CppWriter &writer, const Kernel &kernel,
                  const Isa &isa) const;
  void emitEntry(CppWriter &writer, const Kernel &kernel,
                 std::string_view linkage) const;
};

/// Codes of one channel as the dots take them, with the ones of row sums.
int64_t codesOf(const Kernel &kernel, const qrt_conv2d &conv) {
  return roundUp(conv.kernel_h, kernel.tile.kr) * conv.kernel_w *
         (kernel.filterZero ? 2 : 1);
}

/// Bytes from one input pixel to the next.
std::string pixelOf(const Isa &isa) {
  return isa.inputBytes() == 2 ? "qrt_x_pixel(p) * 2" : "qrt_x_pixel(p)";
}

int32_t columnCount(const qrt_conv2d &conv) {
  return (conv.out_w - 1) * conv.stride_w +
         (conv.kernel_w - 1) * conv.dilation_w + 1;
}

bool DepthwiseRows::accepts(const Kernel &kernel, const Problem &problem,
                            std::string *why) const {
  const auto *conv = std::get_if<qrt_conv2d>(&problem.params);
  if (problem.op != Op::Conv2D || !conv)
    return decline(why, "another op");
  if (conv->groups != conv->in_c || conv->out_c != conv->in_c)
    return decline(why, "not depthwise");
  if (kernel.codes.a == 16 && conv->in_zero != 0)
    return decline(why, "input zero point is not 0");
  if (conv->pad_top < 0 || conv->pad_left < 0)
    return decline(why, "negative padding");
  if (kernel.filterZero != (conv->filter_zero != 0))
    return decline(why, kernel.filterZero ? "filter zero point is 0"
                                          : "filter zero point is not 0");
  return fitsDots(kernel, problem, why);
}

double DepthwiseRows::cost(const Kernel &kernel, const Problem &problem,
                           const targets::Target &) const {
  const auto &conv = std::get<qrt_conv2d>(problem.params);
  const Isa &isa = isaOf(kernel);
  const double groups = double(divideUp(conv.kernel_h, isa.kr()));
  const double outputs =
      double(roundUp(conv.out_w, kernel.tile.mr)) * conv.out_h * conv.batch;
  const double columns = double(columnCount(conv)) * conv.out_h * conv.batch;
  double cycles = 100;
  for (const ChannelBlock &block : channelBlocks(isa, conv.in_c)) {
    // Cycles of one whole vector operation: two 256-bit loads, shuffles or
    // dots.
    const double vector = std::max(0.5, block.vectorBytes / 64.0);
    const double vectors = isa.interleavedVectors();
    const double dots = conv.kernel_w * groups * vectors * vector *
                        (kernel.filterZero ? 2 : 1) *
                        (isa.kr() == 2 ? 1.5 : 1.25);
    cycles += outputs * (dots + 4);
    cycles += columns * groups * vectors * vector * 3;
    // Edge tiles copy through a buffer without byte masks.
    if (block.count < block.width && isa.vectorBytes() < 64)
      cycles += columns * groups * isa.kr() * 6;
    cycles += outputCycles(kernel, outputs * block.width);
    if (problem.hasResidual)
      cycles += 1.5 * outputCycles(kernel, outputs * block.width);
    cycles += double(conv.out_h) * conv.batch * 40;
    cycles += conv.batch *
              depthwiseWeightCycles(kernel, block.width, codesOf(kernel, conv));
  }
  return cycles;
}

size_t DepthwiseRows::scratchBytes(const Kernel &kernel,
                                   const Problem &problem) const {
  const auto &conv = std::get<qrt_conv2d>(problem.params);
  const Isa &isa = isaOf(kernel);
  int width = 0;
  for (const ChannelBlock &block : channelBlocks(isa, conv.in_c))
    width = std::max(width, block.width);
  const int64_t weights = codesOf(kernel, conv) * width * isa.activationBytes();
  const int64_t columns =
      columnCount(conv) * divideUp(conv.kernel_h, isa.kr()) * width * 4;
  return size_t(channelBytes(isa.rowChannels()) +
                depthwiseUnpackedBytes(kernel, conv) + weights + columns);
}

void DepthwiseRows::emitHeader(CppWriter &writer, const Kernel &kernel) const {
  const Isa &isa = isaOf(kernel);
  const std::string codes =
      isa.biasA() ? "(x[c] + " + number(isa.biasA()) + ")" : "x[c]";
  std::string text = kernel.symbol + "\n\n";
  text += "y[m, c] = requantize(bias[c] + sum over taps of " + codes +
          " * w[c]" +
          (kernel.filterZero ? " - filter_zero * sum of " + codes : "") +
          ", mul[c])\n\n";
  text +=
      "Shapes   x: batch x in_h x in_w x C, y: batch x out_h x out_w x C, "
      "int" +
      number(kernel.codes.a) +
      (kernel.codes.a == kernel.codes.y ? ""
                                        : " to int" + number(kernel.codes.y)) +
      ", gaps between pixels; residual like y or null.\n";
  text += "Packing  " + depthwisePacking(kernel) + "\n";
  text += "Tile     " + number(kernel.tile.mr) + " pixels of a row x " +
          number(isa.rowChannels()) + " channels; " + number(isa.kr()) +
          " kernel rows a dot.\n";
  text += "Tails    pixels: the last one repeated, stored once. channels: "
          "narrower registers, partial loads and stores. rows: zero weights.\n";
  text += "Reads    x and filter exactly.\n";
  text += "ISA      " + std::string(kernel.isa) + ": " +
          std::string(dotOf(kernel).mnemonic) + ".";
  writer.comment(text);
}

/// Arranges the weights at the start of scratch, then those of row sums;
/// `columns` come behind.
void DepthwiseRows::emitWeights(CppWriter &writer, const Kernel &kernel,
                                const Isa &isa) const {
  const std::string arrange = isa.helper("arrange_weights");
  writer.line("int8_t *weights = (int8_t *)scratch;");
  writer.line(arrange + "(weights, filter, channels, p->kernel_h, "
                        "p->kernel_w, channels);");
  if (!kernel.filterZero) {
    writer.line("int8_t *columns = weights + p->kernel_w * entry;");
    return;
  }
  const std::string width = number(isa.rowChannels());
  writer.line("const ptrdiff_t ones = p->kernel_w * entry;");
  writer.line("int8_t one[" + width + "];");
  writer.guarded("for (int32_t i = 0; i < " + width + "; ++i)", "one[i] = 1;");
  writer.line(arrange + "(weights + ones, one, 0, p->kernel_h, p->kernel_w, "
                        "channels);");
  writer.line("int8_t *columns = weights + 2 * ones;");
}

/// Fills `columns` for output row `oh`.
void DepthwiseRows::emitColumns(CppWriter &writer, const Isa &isa) const {
  const int kr = isa.kr();
  const std::string width = number(isa.rowChannels());
  auto groups = writer.block(
      "for (int32_t kh = 0; kh < p->kernel_h; kh += " + number(kr) + ")");
  for (int i = 0; i < kr; ++i) {
    const std::string n = number(i);
    writer.line("const int32_t h" + n + " = top + " +
                (i ? "(kh + " + n + ")" : "kh") + " * p->dilation_h;");
    writer.line("const bool in" + n + " = h" + n + " >= 0 && h" + n +
                " < p->in_h;");
    writer.line("const int8_t *r" + n + " = in" + n + " ? x + h" + n +
                " * row : outside;");
    writer.line("const ptrdiff_t s" + n + " = in" + n + " ? " + pixelOf(isa) +
                " : 0;");
  }
  writer.line("int8_t *to = columns + kh * " +
              number(isa.rowChannels() * (4 / kr)) + ";");
  writer.line("int32_t column = 0;");
  const std::vector<std::string> pads(size_t(kr), "pad");
  {
    auto loop = writer.block("for (; column < left; ++column, to += entry)");
    writer.line(isa.interleaveTaps("to", pads));
  }
  {
    auto loop = writer.block("for (; column < right; ++column, to += entry)");
    std::vector<std::string> rows;
    for (int i = 0; i < kr; ++i)
      rows.push_back("x" + number(i));
    for (int i = 0; i < kr; ++i) {
      const std::string r = "r" + number(i);
      std::string value = isa.loadRow(r, true);
      if (!isa.hasMasks())
        value = "whole ? " + isa.loadRow(r, false) + " : " + value;
      writer.line("const " + isa.operandVector() + " x" + number(i) + " = " +
                  value + ";");
      writer.line(r + " += s" + number(i) + ";");
    }
    writer.line(isa.interleaveTaps("to", rows));
  }
  auto loop = writer.block("for (; column < width; ++column, to += entry)");
  writer.line(isa.interleaveTaps("to", pads));
}

/// mr pixels from `ow` on.
void DepthwiseRows::emitPixels(CppWriter &writer, const Kernel &kernel,
                               const Isa &isa) const {
  const int mr = kernel.tile.mr, vectors = isa.interleavedVectors();
  const std::string width = number(isa.rowChannels());
  auto acc = [](int i, int v) { return "c" + number(i) + "_" + number(v); };
  auto sum = [](int i, int v) { return "s" + number(i) + "_" + number(v); };
  auto pixels = writer.block(
      "for (int32_t ow = 0; ow < p->out_w; ow += " + number(mr) + ")");
  if (mr > 1)
    writer.line("const int32_t last = p->out_w - 1 - ow;");
  writer.line("const int8_t *t0 = columns + ow * step;");
  for (int i = 1; i < mr; ++i)
    writer.line("const int8_t *t" + number(i) + " = t" + number(i - 1) +
                " + (last >= " + number(i) + " ? step : 0);");
  for (int i = 0; i < mr; ++i)
    for (int v = 0; v < vectors; ++v) {
      writer.line(
          isa.intVector() + " " + acc(i, v) + " = " +
          (i ? acc(0, v) : isa.loadAcc("bias + " + number(v * isa.lanes()))) +
          ";");
      if (kernel.filterZero)
        writer.line(isa.intVector() + " " + sum(i, v) + " = " + isa.zeroAcc() +
                    ";");
    }
  writer.line("const int8_t *w = weights;");
  {
    auto kw = writer.block("for (int32_t kw = 0; kw < p->kernel_w; ++kw)");
    writer.line("ptrdiff_t at = kw * p->dilation_w * entry;");
    auto kh =
        writer.block("for (const ptrdiff_t end = at + entry; at < end; at += " +
                     number(isa.rowChannels() * 4) + ")");
    for (int v = 0; v < vectors; ++v) {
      const std::string offset = number(v * isa.vectorBytes());
      writer.line("const " + isa.operandVector() + " w" + number(v) + " = " +
                  isa.loadBytes("w + " + offset) + ";");
      if (kernel.filterZero)
        writer.line("const " + isa.operandVector() + " one" + number(v) +
                    " = " + isa.loadBytes("w + ones + " + offset) + ";");
    }
    writer.line(isa.operandVector() + " t;");
    for (int i = 0; i < mr; ++i)
      for (int v = 0; v < vectors; ++v) {
        writer.line("t = " +
                    isa.loadTaps("t" + number(i) + " + at + " +
                                 number(v * isa.vectorBytes())) +
                    ";");
        writer.line(acc(i, v) + " = " +
                    isa.dot(acc(i, v), "t", "w" + number(v)) + ";");
        if (kernel.filterZero)
          writer.line(sum(i, v) + " = " +
                      isa.dot(sum(i, v), "t", "one" + number(v)) + ";");
      }
    writer.line("w += " + number(vectors * isa.vectorBytes()) + ";");
  }
  for (int i = 0; i < mr; ++i) {
    auto row = writer.block(i ? "if (last >= " + number(i) + ")" : "");
    std::vector<std::string> accs;
    for (int v = 0; v < vectors; ++v) {
      accs.push_back(acc(i, v));
      if (kernel.filterZero)
        writer.line(
            acc(i, v) + " = " +
            isa.subtract(acc(i, v), isa.multiply(sum(i, v), "filter_zero")) +
            ";");
    }
    storeDepthwisePixel(writer, kernel, isa, accs);
  }
}

void DepthwiseRows::emitBlock(CppWriter &writer, const Kernel &kernel,
                              const Isa &isa) const {
  const std::string width = number(isa.rowChannels());
  writer.blank();
  auto body = writer.function(
      "static " + isa.attributeMacro() + " void", kernel.inner + "_" + width,
      {"const qrt_conv2d *p", "const int8_t *x", "const int8_t *filter",
       "const void *biases", "const float *muls", "ptrdiff_t first",
       "const int8_t *residual", "int8_t *y", "int32_t channels",
       "uint8_t *scratch"});
  // With masks and 16-bit results every block is treated alike.
  if (kernel.codes.y == 8 || !isa.hasMasks())
    writer.line("const bool whole = channels == " + width + ";");
  writer.line(isa.declareKeep("channels"));
  if (kernel.codes.y == 16)
    isa.declareWordOutput(writer, "p->out");
  else
    isa.declareOutput(writer, "p->out");
  writer.line("const " + isa.operandVector() +
              " pad = " + isa.splatRow("p->in_zero") + ";");
  writer.comment("What a row outside the input holds.");
  const std::string inputs = number(isa.rowChannels() * isa.inputBytes());
  writer.line("int8_t outside[" + inputs + "];");
  writer.guarded("for (int32_t i = 0; i < " + inputs + "; ++i)",
                 "outside[i] = (int8_t)p->in_zero;");
  writer.line(
      (kernel.codes.y == 16 ? "alignas(64) int8_t codes[" : "int8_t codes[") +
      number(isa.rowChannels() * kernel.codes.y / 8) + "];");
  if (kernel.filterZero)
    writer.line("const " + isa.intVector() +
                " filter_zero = " + isa.splat("p->filter_zero") + ";");
  writer.line("const int32_t width = (p->out_w - 1) * p->stride_w + "
              "(p->kernel_w - 1) * p->dilation_w + 1;");
  writer.line(
      "const int32_t left = p->pad_left < width ? p->pad_left : width;");
  writer.line(
      "const int32_t right = p->pad_left + p->in_w < width ? p->pad_left "
      "+ p->in_w : width;");
  writer.comment("Bytes of a column, of a step to the next output, of a row.");
  writer.line("const ptrdiff_t entry = (p->kernel_h + " + number(isa.kr() - 1) +
              ") / " + number(isa.kr()) + " * " +
              number(isa.rowChannels() * 4) + ";");
  writer.line("const ptrdiff_t step = p->stride_w * entry;");
  writer.line("const ptrdiff_t row = p->in_w * " + pixelOf(isa) + ";");
  takeTapChannels(writer, isa);
  emitWeights(writer, kernel, isa);
  auto rows = writer.block("for (int32_t oh = 0; oh < p->out_h; ++oh)");
  writer.line("const int32_t top = oh * p->stride_h - p->pad_top;");
  emitColumns(writer, isa);
  emitPixels(writer, kernel, isa);
}

void DepthwiseRows::emitEntry(CppWriter &writer, const Kernel &kernel,
                              std::string_view linkage) const {
  const Isa &isa = isaOf(kernel);
  writer.blank();
  auto body = writer.function(entryPrefix(kernel, linkage), kernel.symbol,
                              convParameters(kernel));
  const std::string weights = declareDepthwiseWeights(writer, kernel);
  declareBytes(writer, kernel);
  auto images = writer.block("for (int32_t n = 0; n < p->batch; ++n)");
  auto blocks = writer.block("for (int32_t c = 0; c < p->in_c; c += " +
                             number(isa.rowChannels()) + ")");
  auto offset = [](const char *size, const std::string &image, int bits) {
    const std::string codes = "(ptrdiff_t)n * " + image + " + c";
    return "const ptrdiff_t " + std::string(size) + " = " +
           (bits == 16 ? "(" + codes + ") * 2" : codes) + ";";
  };
  writer.line(
      offset("in", "p->in_h * p->in_w * qrt_x_pixel(p)", kernel.codes.a));
  writer.line(
      offset("out", "p->out_h * p->out_w * qrt_y_pixel(p)", kernel.codes.y));
  writer.line("const int8_t *r = residual ? " +
              asBytes("residual", kernel.codes.y) + " + out : nullptr;");
  writer.line("const int32_t left = p->in_c - c;");
  writer.line("const int8_t *w = " + weights + " + c * taps;");
  auto call = [&](const Isa &narrow, std::string_view count) {
    return kernel.inner + "_" + number(narrow.rowChannels()) + "(p, " +
           asBytes("x", kernel.codes.a) + " + in, w, bias, mul, c, r, " +
           asBytes("y", kernel.codes.y) + " + out, " + std::string(count) +
           ", scratch);";
  };
  writer.guarded("if (left >= " + number(isa.rowChannels()) + ")",
                 call(isa, number(isa.rowChannels())));
  for (int bytes = 16; bytes < isa.vectorBytes(); bytes *= 2) {
    const Isa &narrow = isa.atWidth(bytes);
    writer.guarded("else if (left <= " + number(narrow.rowChannels()) + ")",
                   call(narrow, "left"));
  }
  writer.guarded("else", call(isa, "left"));
}

void DepthwiseRows::emitInner(CppWriter &writer, const Kernel &kernel) const {
  writer.comment("Blocks of " + kernel.inner + ", one function a width.");
  for (int bytes = isaOf(kernel).vectorBytes(); bytes >= 16; bytes /= 2)
    emitBlock(writer, kernel, isaOf(kernel).atWidth(bytes));
  writer.blank();
}

void DepthwiseRows::emit(CppWriter &writer, const Kernel &kernel,
                         std::string_view linkage) const {
  emitHeader(writer, kernel);
  emitEntry(writer, kernel, linkage);
}

} // namespace

const Schedule &depthwiseRowsSchedule() {
  static const DepthwiseRows schedule;
  return schedule;
}

} // namespace quench::kernels
