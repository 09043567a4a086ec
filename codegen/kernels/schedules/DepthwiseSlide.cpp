// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Depthwise 3x3 with horizontal stride 1 or 2, without memory between input and
// output: a column of three input rows is interleaved in registers and goes at
// once to the outputs it belongs to, whose accumulators slide along the row.
// Each input byte is loaded and interleaved once a row of outputs.

#include "codegen/kernels/schedules/Channels.h"
#include "codegen/kernels/schedules/ConvPack.h"
#include "codegen/kernels/schedules/DepthwiseStore.h"
#include "codegen/kernels/schedules/DepthwiseWeights.h"
#include "codegen/kernels/schedules/NarrowFilter.h"
#include "codegen/kernels/schedules/Schedule.h"
#include "codegen/targets/Dot.h"

namespace quench::kernels {

namespace {

constexpr int kernelSize = 3;

std::string number(int64_t value) { return std::to_string(value); }

class DepthwiseSlide final : public Schedule {
public:
  bool accepts(const Kernel &kernel, const Problem &problem,
               std::string *why) const override;
  double cost(const Kernel &kernel, const Problem &problem,
              const targets::Target &target) const override;
  PackedFilter pack(const Kernel &kernel, const qrt_conv2d &conv,
                    const int8_t *filter, const int32_t *bias,
                    const float *mul) const override {
    return packDepthwise(kernel, conv, filter, bias, mul);
  }
  size_t scratchBytes(const Kernel &kernel,
                      const Problem &problem) const override {
    const auto &conv = std::get<qrt_conv2d>(problem.params);
    return size_t(channelBytes(isaOf(kernel).rowChannels()) +
                  depthwiseUnpackedBytes(kernel, conv));
  }
  int unpackedChannels(const Kernel &, const Problem &problem) const override {
    return std::get<qrt_conv2d>(problem.params).out_c;
  }
  unsigned helpers(const Kernel &kernel) const override {
    return HelperBytes | HelperVerbs | HelperAddRun | HelperTapChannels |
           unpackHelpers(kernel);
  }
  void emitInner(CppWriter &writer, const Kernel &kernel) const override;
  void emit(CppWriter &writer, const Kernel &kernel,
            std::string_view linkage) const override;

private:
  void emitHeader(CppWriter &writer, const Kernel &kernel) const;
  void emitBlock(CppWriter &writer, const Kernel &kernel, const Isa &isa,
                 int stride) const;
  void emitEntry(CppWriter &writer, const Kernel &kernel,
                 std::string_view linkage) const;
};

/// Dots of one kernel column: vectors of channels times groups of rows.
int columnDots(const Isa &isa) {
  return isa.interleavedVectors() * int(divideUp(kernelSize, isa.kr()));
}

bool DepthwiseSlide::accepts(const Kernel &, const Problem &problem,
                             std::string *why) const {
  const auto *conv = std::get_if<qrt_conv2d>(&problem.params);
  if (problem.op != Op::Conv2D || !conv)
    return decline(why, "another op");
  if (conv->groups != conv->in_c || conv->out_c != conv->in_c)
    return decline(why, "not depthwise");
  if (conv->kernel_h != kernelSize || conv->kernel_w != kernelSize)
    return decline(why, "kernel " + number(conv->kernel_h) + "x" +
                            number(conv->kernel_w) + ", wants 3x3");
  if (conv->stride_w > 2 || conv->dilation_w != 1)
    return decline(why, "wants horizontal stride 1 or 2, dilation 1");
  if (conv->pad_top < 0 || conv->pad_left < 0)
    return decline(why, "negative padding");
  if (conv->filter_zero != 0)
    return decline(why, "filter zero point is not 0");
  return true;
}

double DepthwiseSlide::cost(const Kernel &kernel, const Problem &problem,
                            const targets::Target &) const {
  const auto &conv = std::get<qrt_conv2d>(problem.params);
  const Isa &isa = isaOf(kernel);
  const double rows = double(conv.out_h) * conv.batch;
  const double outputs = rows * conv.out_w;
  const double columns = rows * (double(conv.out_w - 1) * conv.stride_w + 3);
  double cycles = 100;
  for (const ChannelBlock &block : channelBlocks(isa, conv.in_c)) {
    // Cycles of one whole vector dot, load or shuffle.
    const double vector = block.vectorBytes <= 32 ? 0.5 : 1.0;
    const double dots = columnDots(isa) * 3.0 / conv.stride_w;
    const double shuffles = 2.0 * isa.interleavedVectors() * 4 / isa.kr() / 2;
    // VPMADDWD needs an addition besides.
    const double dotCost = isa.kr() == 2 ? 1.5 : 1.0;
    cycles += columns * (dots * dotCost * vector + shuffles * vector + 4);
    // Partial loads without masks copy through a buffer.
    if (block.count < block.width && isa.vectorBytes() < 64)
      cycles += columns * kernelSize * 8;
    cycles += outputCycles(kernel, outputs * block.width *
                                       (block.vectorBytes < 64 ? 1.2 : 1));
    if (problem.hasResidual)
      cycles += 1.5 * outputCycles(kernel, outputs * block.width);
    cycles += rows * 30;
    cycles += conv.batch * depthwiseWeightCycles(kernel, block.width,
                                                 kernelSize * kernelSize);
  }
  return cycles;
}

void DepthwiseSlide::emitHeader(CppWriter &writer, const Kernel &kernel) const {
  const Isa &isa = isaOf(kernel);
  const std::string width = number(isa.rowChannels());
  const std::string codes =
      isa.biasA() ? "(x[c] + " + number(isa.biasA()) + ")" : "x[c]";
  std::string text = kernel.symbol + "\n\n";
  text += "y[m, c] = requantize(bias[c] + sum over 3x3 taps of " + codes +
          " * w[c], mul[c])\n\n";
  text += "Shapes   x: batch x in_h x in_w x C, y: batch x out_h x out_w x C, "
          "dense int8; residual like y or null. Horizontal stride 1 or 2.\n";
  text += "Packing  " + depthwisePacking(kernel) + "\n";
  text += "Tile     one column of three rows x " + width +
          " channels at a time; the accumulators of the outputs it belongs to "
          "stay in registers.\n";
  text += "Tails    channels: narrower registers, partial loads and stores.\n";
  text += "Reads    x and filter exactly.\n";
  text += "ISA      " + std::string(kernel.isa) + ": " +
          std::string(targets::findDot(kernel.isa)->mnemonic) + ".";
  writer.comment(text);
}

/// Names and text of one block function.
class BlockText {
public:
  BlockText(CppWriter &writer, const Kernel &kernel, const Isa &isa)
      : writer(writer), kernel(kernel), isa(isa), type(isa.intVector()),
        vectors(isa.interleavedVectors()),
        groups(int(divideUp(kernelSize, isa.kr()))) {}

  void constants() {
    const std::string width = number(isa.rowChannels());
    writer.line("const bool whole = channels == " + width + ";");
    writer.line(isa.declareKeep("channels"));
    isa.declareOutput(writer, "p->out");
    writer.line("const " + type + " pad = " + isa.splatRow("p->in_zero") + ";");
    writer.comment("What a pixel outside the input holds.");
    writer.line("int8_t outside[" + width + "];");
    writer.guarded("for (int32_t i = 0; i < " + width + "; ++i)",
                   "outside[i] = (int8_t)p->in_zero;");
    writer.line("int8_t codes[" + width + "];");
    writer.line("const ptrdiff_t row = (ptrdiff_t)p->in_w * p->in_c;");
    writer.line("const int32_t right = p->pad_left + p->in_w;");
    for (int kw = 0; kw < kernelSize; ++kw)
      weights(kw);
  }

  /// The weights of kernel column kw as w<kw>[].
  void weights(int kw) {
    const std::string to = "w" + number(kw);
    writer.line(type + " " + to + "[" + number(vectors * groups) + "];");
    auto column = writer.block("");
    writer.line("const int8_t *tap = filter" +
                (kw ? " + " + number(kw) + " * channels" : std::string()) +
                ";");
    for (int kh = 0; kh < kernelSize; ++kh) {
      writer.line("const " + type + " x" + number(kh) + " = " +
                  weightRow(isa, "tap") + ";");
      if (kh + 1 < kernelSize)
        writer.line("tap += " + number(kernelSize) + " * channels;");
    }
    for (int g = 0; g < groups; ++g)
      writer.line(isa.takeWeights(g ? to + " + " + number(g * vectors) : to,
                                  groupRows(g, isa.zeroAcc())));
  }

  /// Pointers to the three rows of output row `oh`, and their steps.
  void rows() {
    writer.line("const int32_t top = oh * p->stride_h - p->pad_top;");
    for (int i = 0; i < kernelSize; ++i) {
      const std::string n = number(i);
      writer.line(
          "const int32_t h" + n + " = top" +
          (i ? " + " + (i > 1 ? n + " * " : std::string()) + "p->dilation_h"
             : "") +
          ";");
      writer.line("const bool in" + n + " = h" + n + " >= 0 && h" + n +
                  " < p->in_h;");
      writer.line("const int8_t *r" + n + " = in" + n + " ? x + h" + n +
                  " * row : outside;");
      writer.line("const ptrdiff_t s" + n + " = in" + n + " ? p->in_c : 0;");
    }
  }

  /// The taps of `column` into t[].
  void column() {
    writer.line("const bool inside = column >= p->pad_left && column < right;");
    for (int i = 0; i < kernelSize; ++i) {
      const std::string n = number(i);
      const std::string from = "from" + n;
      writer.line("const int8_t *" + from + " = inside ? r" + n +
                  " : outside;");
      std::string value = isa.loadRow(from, true);
      if (!isa.hasMasks())
        value = "whole ? " + isa.loadRow(from, false) + " : " + value;
      writer.line("const " + type + " x" + n + " = " + value + ";");
      writer.line("r" + n + " += inside ? s" + n + " : 0;");
    }
    for (int g = 0; g < groups; ++g)
      writer.line(isa.takeTaps(g ? "t + " + number(g * vectors) : "t",
                               groupRows(g, "pad")));
    writer.line("++column;");
  }

  /// The kr() rows of one dot, x<row> or what stands for a missing one.
  std::vector<std::string> groupRows(int group, const std::string &missing) {
    std::vector<std::string> rows;
    for (int i = group * isa.kr(); i < (group + 1) * isa.kr(); ++i)
      rows.push_back(i < kernelSize ? "x" + number(i) : missing);
    return rows;
  }

  /// acc + the dots of kernel column kw for vector v.
  std::string dots(std::string acc, int kw, int v) {
    for (int g = 0; g < groups; ++g) {
      const int i = g * vectors + v;
      acc = isa.dot(acc, "t[" + number(i) + "]", weight(kw, i));
    }
    return acc;
  }

  /// `to`<v> = `from`<v> + the dots of kernel column kw, for all v.
  void accumulate(std::string_view declare, std::string_view to,
                  std::string_view from, int kw) {
    for (int v = 0; v < vectors; ++v)
      writer.line(std::string(declare) + std::string(to) + number(v) + " = " +
                  dots(std::string(from) + number(v), kw, v) + ";");
  }

  /// Requantizes done<v> and stores them at y.
  void store() {
    std::vector<std::string> accs;
    for (int v = 0; v < vectors; ++v)
      accs.push_back("done" + number(v));
    storeDepthwisePixel(writer, kernel, isa, accs);
  }

  std::string weight(int kw, int i) const {
    return "w" + number(kw) + "[" + number(i) + "]";
  }

  CppWriter &writer;
  const Kernel &kernel;
  const Isa &isa;
  const std::string type;
  const int vectors, groups;
};

void DepthwiseSlide::emitBlock(CppWriter &writer, const Kernel &kernel,
                               const Isa &isa, int stride) const {
  writer.blank();
  auto body = writer.function("static " + isa.attributeMacro() + " void",
                              kernel.inner + "_" + number(isa.rowChannels()) +
                                  "_stride" + number(stride),
                              {"const qrt_conv2d *p", "const int8_t *x",
                               "const int8_t *filter", "const void *biases",
                               "const float *muls", "ptrdiff_t first",
                               "const int8_t *residual", "int8_t *y",
                               "int32_t channels", "uint8_t *scratch"});
  BlockText text(writer, kernel, isa);
  text.constants();
  takeTapChannels(writer, isa);
  for (int v = 0; v < text.vectors; ++v)
    writer.line("const " + text.type + " start" + number(v) + " = " +
                isa.loadAcc("bias" + (v ? " + " + number(v * isa.lanes())
                                        : std::string())) +
                ";");
  auto rows = writer.block("for (int32_t oh = 0; oh < p->out_h; ++oh)");
  text.rows();
  writer.line("int32_t column = 0;");
  const std::string declareTaps =
      text.type + " t[" + number(text.vectors * text.groups) + "];";
  auto copyStart = [&](const char *name) {
    for (int v = 0; v < text.vectors; ++v)
      writer.line(text.type + " " + name + number(v) + " = start" + number(v) +
                  ";");
  };
  const std::string declareDone = "const " + text.type + " ";
  if (stride == 1) {
    writer.comment("Outputs that still miss one column, and two.");
    copyStart("one");
    copyStart("two");
    auto columns = writer.block("while (column < p->out_w + 2)");
    writer.line(declareTaps);
    text.column();
    text.accumulate(declareDone, "done", "one", 2);
    text.accumulate("", "one", "two", 1);
    text.accumulate("", "two", "start", 0);
    writer.guarded("if (column < 3)", "continue;");
    text.store();
    return;
  }
  writer.comment("The output under way: it lacks its last column at the top.");
  copyStart("c");
  auto columns = writer.block("for (int32_t ow = -1;; ++ow)");
  writer.line(declareTaps);
  {
    auto even = writer.block("");
    text.column();
  }
  text.accumulate(declareDone, "done", "c", 2);
  text.accumulate("", "c", "start", 0);
  {
    auto finished = writer.block("if (ow >= 0)");
    text.store();
  }
  writer.guarded("if (ow + 1 == p->out_w)", "break;");
  {
    auto odd = writer.block("");
    text.column();
  }
  text.accumulate("", "c", "c", 1);
}

void DepthwiseSlide::emitEntry(CppWriter &writer, const Kernel &kernel,
                               std::string_view linkage) const {
  const Isa &isa = isaOf(kernel);
  writer.blank();
  auto body = writer.function(entryPrefix(kernel, linkage), kernel.symbol,
                              convParameters(kernel));
  const std::string weights = declareDepthwiseWeights(writer, kernel);
  auto images = writer.block("for (int32_t n = 0; n < p->batch; ++n)");
  auto blocks = writer.block("for (int32_t c = 0; c < p->in_c; c += " +
                             number(isa.rowChannels()) + ")");
  writer.line("const ptrdiff_t in = (ptrdiff_t)n * p->in_h * p->in_w * p->in_c "
              "+ c;");
  writer.line("const ptrdiff_t out = (ptrdiff_t)n * p->out_h * p->out_w * "
              "p->in_c + c;");
  writer.line("const int8_t *r = residual ? residual + out : nullptr;");
  writer.line("const int32_t left = p->in_c - c;");
  writer.line("const int8_t *w = " + weights + " + c * taps;");
  const std::string full = number(isa.rowChannels());
  writer.line("const int32_t channels = left < " + full + " ? left : " + full +
              ";");
  auto choose = [&](const Isa &width) {
    const std::string block = kernel.inner + "_" + number(width.rowChannels());
    return "p->stride_w == 1 ? " + block + "_stride1 : " + block + "_stride2;";
  };
  writer.line("auto *block = " + choose(isa));
  for (int bytes = isa.vectorBytes() / 2; bytes >= 16; bytes /= 2) {
    const Isa &narrow = *findIsa(kernel.isa, bytes);
    writer.guarded("if (left <= " + number(narrow.rowChannels()) + ")",
                   "block = " + choose(narrow));
  }
  writer.line(
      "block(p, x + in, w, bias, mul, c, r, y + out, channels, scratch);");
}

void DepthwiseSlide::emitInner(CppWriter &writer, const Kernel &kernel) const {
  writer.comment("Blocks of " + kernel.inner + ", one function a width.");
  for (int bytes = isaOf(kernel).vectorBytes(); bytes >= 16; bytes /= 2)
    for (int stride : {1, 2})
      emitBlock(writer, kernel, *findIsa(kernel.isa, bytes), stride);
  writer.blank();
}

void DepthwiseSlide::emit(CppWriter &writer, const Kernel &kernel,
                          std::string_view linkage) const {
  emitHeader(writer, kernel);
  emitEntry(writer, kernel, linkage);
}

} // namespace

const Schedule &depthwiseSlideSchedule() {
  static const DepthwiseSlide schedule;
  return schedule;
}

} // namespace quench::kernels
