// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Depthwise 3x3 with horizontal stride 1 or 2, without memory between input and
// output: a column of input rows is interleaved in registers and goes at once
// to the outputs it belongs to, whose accumulators slide along the row. On x86
// with stride 1 a column has four rows, which serve two rows of outputs: dots
// of VPDPBUSD have four taps anyway, and each input byte is loaded and
// interleaved twice instead of three times.

#include "codegen/kernels/schedules/Channels.h"
#include "codegen/kernels/schedules/ConvPack.h"
#include "codegen/kernels/schedules/DepthwiseBlocks.h"
#include "codegen/kernels/schedules/DepthwiseWeights.h"
#include "codegen/kernels/schedules/NarrowFilter.h"
#include "codegen/kernels/schedules/Schedule.h"
#include "codegen/targets/Dot.h"

#include <algorithm>

namespace quench::kernels {

namespace {

constexpr int kernelSize = 3;

/// Rows of outputs computed together, and the rows of inputs they read.
int outputRows(const Isa &isa, int stride) {
  return stride == 1 ? isa.slidingRows() : 1;
}
int inputRows(const Isa &isa, int stride) {
  return kernelSize + outputRows(isa, stride) - 1;
}

std::string number(int64_t value) { return std::to_string(value); }

class DepthwiseSlide final : public DepthwiseSchedule {
public:
  bool accepts(const Kernel &kernel, const Problem &problem,
               std::string *why) const override;
  double cost(const Kernel &kernel, const Problem &problem,
              const targets::Target &target) const override;
  size_t scratchBytes(const Kernel &kernel,
                      const Problem &problem) const override {
    const auto &conv = std::get<qrt_conv2d>(problem.params);
    return size_t(channelBytes(isaOf(kernel).rowChannels()) +
                  depthwiseUnpackedBytes(kernel, conv));
  }
  int rowsTogether(const Problem &problem) const override {
    return std::get<qrt_conv2d>(problem.params).stride_w == 1 ? 2 : 1;
  }
  unsigned helpers(const Kernel &kernel) const override {
    return HelperBytes | HelperVerbs | HelperTapChannels |
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

/// Dots of one kernel column for one row of outputs: vectors of channels times
/// groups of rows.
int columnDots(const Isa &isa, int stride) {
  return isa.interleavedVectors() *
         int(divideUp(inputRows(isa, stride), isa.kr()));
}

bool DepthwiseSlide::accepts(const Kernel &kernel, const Problem &problem,
                             std::string *why) const {
  if (!fitsDepthwiseBlocks(kernel, problem, kernelSize, why))
    return false;
  const auto &conv = std::get<qrt_conv2d>(problem.params);
  if (conv.stride_w == 1 && (conv.stride_h != 1 || conv.dilation_h != 1))
    return decline(why, "wants vertical stride and dilation 1 beside "
                        "horizontal stride 1");
  return true;
}

double DepthwiseSlide::cost(const Kernel &kernel, const Problem &problem,
                            const targets::Target &) const {
  const auto &conv = std::get<qrt_conv2d>(problem.params);
  const Isa &isa = isaOf(kernel);
  const int rowsTogether = outputRows(isa, conv.stride_w);
  const double rows = double(conv.out_h) * conv.batch;
  const double outputs = rows * conv.out_w;
  // Of all rows of outputs computed together.
  const double columns = double(divideUp(conv.out_h, rowsTogether)) *
                         conv.batch *
                         (double(conv.out_w - 1) * conv.stride_w + 3);
  double cycles = 100;
  for (const ChannelBlock &block : channelBlocks(isa, conv.in_c)) {
    // Cycles of one whole vector dot, load or shuffle.
    const double vector = block.vectorBytes <= 32 ? 0.5 : 1.0;
    const double dots =
        columnDots(isa, conv.stride_w) * rowsTogether * 3.0 / conv.stride_w;
    const double shuffles = 2.0 * isa.interleavedVectors() * 4 / isa.kr() / 2;
    // VPMADDWD needs an addition besides.
    const double dotCost = isa.kr() == 2 ? 1.5 : 1.0;
    cycles += columns * (dots * dotCost * vector + shuffles * vector + 4);
    // Partial loads without masks copy through a buffer.
    if (block.count < block.width && isa.vectorBytes() < 64)
      cycles += columns * kernelSize * 8;
    cycles += outputCycles(kernel, outputs * block.width *
                                       (block.vectorBytes < 64 ? 1.2 : 1));
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
          "int8, gaps between pixels; no residual. Horizontal stride 1 or 2.\n";
  text += "Packing  " + depthwisePacking(kernel) + "\n";
  text += "Tile     one column of three rows" +
          std::string(outputRows(isa, 1) == 2
                          ? " (four with stride 1, for two rows of outputs)"
                          : "") +
          " x " + width +
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
  BlockText(CppWriter &writer, const Kernel &kernel, const Isa &isa, int stride)
      : writer(writer), kernel(kernel), isa(isa), type(isa.operandVector()),
        accType(isa.intVector()), stride(stride),
        vectors(isa.interleavedVectors()),
        groups(int(divideUp(inputRows(isa, stride), isa.kr()))) {}

  void constants() {
    const std::string width = number(isa.rowChannels());
    writer.line("const bool whole = channels == " + width + ";");
    writer.line(isa.declareKeep("channels"));
    isa.declareOutput(writer, "p->out");
    if (groups * isa.kr() > inputRows(isa, stride))
      writer.line("const " + type + " pad = " + isa.splatRow("p->in_zero") +
                  ";");
    writer.comment("What a pixel outside the input holds.");
    writer.line("int8_t outside[" + width + "];");
    writer.guarded("for (int32_t i = 0; i < " + width + "; ++i)",
                   "outside[i] = (int8_t)p->in_zero;");
    writer.comment("Stores of codes may change what p points to, for all the "
                   "compiler knows.");
    writer.line(
        "const ptrdiff_t pixel = qrt_x_pixel(p), y_pixel = qrt_y_pixel(p);");
    writer.line("const ptrdiff_t row = p->in_w * pixel;");
    writer.line("const int32_t out_w = p->out_w;");
    writer.line("const int32_t right = p->pad_left + p->in_w;");
    for (int kw = 0; kw < kernelSize; ++kw)
      weights(kw);
  }

  /// The weights of kernel column kw as w<kw>_<r>[], for each row r of outputs:
  /// that row's window begins r rows further down, unless taps are shifted.
  void weights(int kw) {
    for (int r = 0; r < weightRows(); ++r)
      writer.line(type + " " + array(kw, r) + "[" + number(vectors * groups) +
                  "];");
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
    for (int r = 0; r < weightRows(); ++r)
      for (int g = 0; g < groups; ++g)
        writer.line(isa.takeWeights(
            array(kw, r) + (g ? " + " + number(g * vectors) : std::string()),
            groupRows(g, r, kernelSize, isa.zeroRow())));
  }

  /// Pointers to the rows that output row `oh` and its companion read, and
  /// their steps.
  void rows() {
    writer.line("const int32_t top = oh * p->stride_h - p->pad_top;");
    for (int i = 0; i < inputRows(isa, stride); ++i) {
      const std::string n = number(i);
      std::string down;
      if (i)
        down = stride == 1 ? " + " + n
                           : " + " + (i > 1 ? n + " * " : std::string()) +
                                 "p->dilation_h";
      writer.line("const int32_t h" + n + " = top" + down + ";");
      writer.line("const bool in" + n + " = h" + n + " >= 0 && h" + n +
                  " < p->in_h;");
      writer.line("const int8_t *r" + n + " = in" + n + " ? x + h" + n +
                  " * row : outside;");
      writer.line("const ptrdiff_t s" + n + " = in" + n + " ? pixel : 0;");
    }
  }

  /// The taps of a column into t[], read at `from`<i>, after which `next`<i>
  /// are `steps`<i> further; of all channels where it `isWhole`.
  void taps(const std::string &from, const std::string &next,
            const std::string &steps, bool isWhole = false) {
    for (int i = 0; i < inputRows(isa, stride); ++i) {
      const std::string n = number(i);
      std::string value = isa.loadRow(from + n, !isWhole);
      if (!isWhole && !isa.hasMasks())
        value = "whole ? " + isa.loadRow(from + n, false) + " : " + value;
      writer.line("const " + type + " x" + n + " = " + value + ";");
    }
    for (int g = 0; g < groups; ++g)
      writer.line(isa.takeTaps(g ? "t + " + number(g * vectors) : "t",
                               groupRows(g, 0, inputRows(isa, stride), "pad")));
    for (int i = 0; i < inputRows(isa, stride); ++i)
      writer.line(next + number(i) + " += " + steps + number(i) + ";");
  }

  /// The taps of a column that may lie outside.
  void column() {
    writer.line("const bool inside = column >= p->pad_left && column < right;");
    for (int i = 0; i < inputRows(isa, stride); ++i) {
      const std::string n = number(i);
      writer.line("const int8_t *from" + n + " = inside ? r" + n +
                  " : outside;");
      writer.line("const ptrdiff_t in" + n + " = inside ? s" + n + " : 0;");
    }
    taps("from", "r", "in");
    writer.line("++column;");
  }

  /// The taps of the second row of outputs.
  void shiftDown() {
    if (isa.canShiftTaps())
      for (int v = 0; v < vectors; ++v) {
        const std::string t = "t[" + number(v) + "]";
        writer.line(t + " = " + isa.shiftTaps(t) + ";");
      }
  }

  /// `to`<v> = `from`<v> + the dots of kernel column kw for row r of outputs,
  /// for all v.
  void accumulate(std::string_view declare, const std::string &to,
                  const std::string &from, int kw, int r) {
    for (int v = 0; v < vectors; ++v) {
      std::string acc = from + number(v);
      for (int g = 0; g < groups; ++g) {
        const std::string i = "[" + number(g * vectors + v) + "]";
        acc =
            isa.dot(acc, "t" + i, array(kw, std::min(r, weightRows() - 1)) + i);
      }
      writer.line(std::string(declare) + to + number(v) + " = " + acc + ";");
    }
  }

  /// `name`<v> += the dots of kernel column kw, of all v together.
  void addDots(const std::string &name, int kw) {
    std::vector<std::string> accs, tapVectors, weightVectors;
    for (int v = 0; v < vectors; ++v) {
      const std::string i = "[" + number(v) + "]";
      accs.push_back(name + number(v));
      tapVectors.push_back("t" + i);
      weightVectors.push_back(array(kw, 0) + i);
    }
    isa.dotsOfTaps(writer, accs, tapVectors, weightVectors);
  }

  /// `name`<v> = the biases, from memory: registers are for weights.
  void restart(const std::string &name) {
    writer.line("const int32_t *again = bias;");
    writer.line("__asm__(\"\" : \"+r\"(again));");
    for (int v = 0; v < vectors; ++v)
      writer.line(name + number(v) + " = " +
                  isa.loadAcc("again" + (v ? " + " + number(v * isa.lanes())
                                           : std::string())) +
                  ";");
  }

  /// Declares `name`<v> with the biases.
  void declareStart(const std::string &name) {
    for (int v = 0; v < vectors; ++v)
      writer.line(accType + " " + name + number(v) + " = start" + number(v) +
                  ";");
  }

  /// Requantizes done<v> and stores them at y<row>.
  void store(std::string_view row = "") {
    storeDepthwiseBlock(writer, isa, all("done"), "y" + std::string(row));
  }
  /// The same of all channels of `name`<v>, at y.
  void storeWhole(const std::string &y, const std::string &name) {
    const LaneOrder order = LaneOrder::Interleaved;
    writer.line(isa.storeCodes(y, isa.requantize(all(name), "mul", order),
                               isa.rowChannels(), order));
    writer.line(y + " += y_pixel;");
  }

  CppWriter &writer;
  const Kernel &kernel;
  const Isa &isa;
  const std::string type, accType;
  const int stride, vectors, groups;

private:
  std::vector<std::string> all(const std::string &name) const {
    std::vector<std::string> accs;
    for (int v = 0; v < vectors; ++v)
      accs.push_back(name + number(v));
    return accs;
  }
  /// Rows of outputs with weights of their own.
  int weightRows() const {
    return isa.canShiftTaps() ? 1 : outputRows(isa, stride);
  }

  static std::string array(int kw, int r) {
    return "w" + number(kw) + "_" + number(r);
  }

  /// The kr() rows of one dot: x<i> for its rows `down`, `down` + 1, ... as far
  /// as there are `count`, or what stands for a missing one.
  std::vector<std::string> groupRows(int group, int down, int count,
                                     const std::string &missing) const {
    std::vector<std::string> rows;
    for (int i = group * isa.kr(); i < (group + 1) * isa.kr(); ++i) {
      const int row = i - down;
      rows.push_back(row >= 0 && row < count ? "x" + number(row) : missing);
    }
    return rows;
  }
};

/// Three columns inside a row of outputs, at the top of a loop over columns:
/// after three the accumulators have their names again, and none was copied.
static void emitThreeColumns(CppWriter &writer, BlockText &text) {
  auto three =
      writer.block("if (whole && column >= 2 && column + 3 <= ends[part])");
  text.declareStart("new0_");
  const std::string names[] = {"one0_", "two0_", "new0_"};
  for (int i = 0; i < kernelSize; ++i) {
    const std::string &one = names[i], &two = names[(i + 1) % kernelSize],
                      &next = names[(i + 2) % kernelSize];
    auto column = writer.block("");
    writer.line(text.type + " t[" + number(text.vectors * text.groups) + "];");
    text.taps("from", "from", "step", /*isWhole=*/true);
    text.addDots(one, 2);
    text.addDots(two, 1);
    text.restart(next);
    text.addDots(next, 0);
    text.storeWhole("y0", one);
  }
  writer.line("column += 2;");
  writer.line("continue;");
}

/// Stride 1: one row of outputs at a time, or two.
static void emitSlide(CppWriter &writer, BlockText &text) {
  const int together = outputRows(text.isa, 1);
  writer.line("const ptrdiff_t line = out_w * y_pixel;");
  writer.comment("Columns before the input, those in it, those behind it.");
  writer.line("const int32_t columns = out_w + 2;");
  writer.line("int32_t ends[3] = {p->pad_left, right, columns};");
  for (const char *end : {"ends[0]", "ends[1]"})
    writer.guarded("if (" + std::string(end) + " > columns)",
                   std::string(end) + " = columns;");
  auto rows = writer.block(
      "for (int32_t oh = 0; oh < p->out_h; oh += " + number(together) + ")");
  text.rows();
  if (together == 2) {
    writer.comment("The second row, which the last pair may lack.");
    writer.line("const bool both = oh + 1 < p->out_h;");
  }
  writer.line(together == 2 ? "int8_t *y0 = y, *y1 = y + line;"
                            : "int8_t *y0 = y;");
  writer.comment("Outputs that still miss one column, and two.");
  for (int r = 0; r < together; ++r)
    for (const char *name : {"one", "two"})
      text.declareStart(name + number(r) + "_");
  writer.line("int32_t column = 0;");
  {
    auto parts = writer.block("for (int32_t part = 0; part < 3; ++part)");
    for (int i = 0; i < inputRows(text.isa, 1); ++i) {
      const std::string n = number(i);
      writer.line("const int8_t *from" + n + " = part == 1 ? r" + n +
                  " : outside;");
      writer.line("const ptrdiff_t step" + n + " = part == 1 ? s" + n +
                  " : 0;");
    }
    auto columns = writer.block("for (; column < ends[part]; ++column)");
    if (text.isa.separatesWholeTiles())
      emitThreeColumns(writer, text);
    writer.line(text.type + " t[" + number(text.vectors * text.groups) + "];");
    text.taps("from", "from", "step");
    for (int r = 0; r < together; ++r) {
      const std::string row = number(r);
      auto half = writer.block("");
      if (r)
        text.shiftDown();
      text.accumulate("const " + text.accType + " ", "done", "one" + row + "_",
                      2, r);
      text.accumulate("", "one" + row + "_", "two" + row + "_", 1, r);
      text.accumulate("", "two" + row + "_", "start", 0, r);
      auto stored =
          writer.block(r ? "if (column >= 2 && both)" : "if (column >= 2)");
      text.store(row);
    }
  }
  writer.line(together == 2 ? "y += 2 * line;" : "y += line;");
}

/// Two columns inside a row with stride 2, at the top of a loop over outputs.
static void emitTwoColumns(CppWriter &writer, BlockText &text) {
  auto two = writer.block("if (whole && ow >= 0 && ow + 1 < out_w && column >= "
                          "p->pad_left && column + 1 < right)");
  for (int odd = 0; odd < 2; ++odd) {
    auto column = writer.block("");
    writer.line(text.type + " t[" + number(text.vectors * text.groups) + "];");
    text.taps("r", "r", "s", /*isWhole=*/true);
    text.addDots("c", odd ? 1 : 2);
    if (odd)
      continue;
    for (int v = 0; v < text.vectors; ++v)
      writer.line("const " + text.accType + " done" + number(v) + " = c" +
                  number(v) + ";");
    text.restart("c");
    text.addDots("c", 0);
    text.storeWhole("y", "done");
  }
  writer.line("column += 2;");
  writer.line("continue;");
}

/// Stride 2: one row of outputs at a time.
static void emitRows(CppWriter &writer, BlockText &text) {
  auto rows = writer.block("for (int32_t oh = 0; oh < p->out_h; ++oh)");
  text.rows();
  writer.line("int32_t column = 0;");
  writer.comment("The output under way: it lacks its last column at the top.");
  text.declareStart("c");
  auto columns = writer.block("for (int32_t ow = -1;; ++ow)");
  if (text.isa.separatesWholeTiles())
    emitTwoColumns(writer, text);
  writer.line(text.type + " t[" + number(text.vectors * text.groups) + "];");
  {
    auto even = writer.block("");
    text.column();
  }
  text.accumulate("const " + text.accType + " ", "done", "c", 2, 0);
  text.accumulate("", "c", "start", 0, 0);
  {
    auto finished = writer.block("if (ow >= 0)");
    text.store();
  }
  writer.guarded("if (ow + 1 == out_w)", "break;");
  {
    auto odd = writer.block("");
    text.column();
  }
  text.accumulate("", "c", "c", 1, 0);
}

void DepthwiseSlide::emitBlock(CppWriter &writer, const Kernel &kernel,
                               const Isa &isa, int stride) const {
  writer.blank();
  auto body = writer.function(
      "static " + isa.attributeMacro() + " void",
      kernel.inner + "_" + number(isa.rowChannels()) + "_stride" +
          number(stride),
      {"const qrt_conv2d *p", "const int8_t *x", "const int8_t *filter",
       "const void *biases", "const float *muls", "ptrdiff_t first",
       "int8_t *y", "int32_t channels", "uint8_t *scratch"});
  BlockText text(writer, kernel, isa, stride);
  text.constants();
  takeTapChannels(writer, isa);
  for (int v = 0; v < text.vectors; ++v)
    writer.line("const " + text.accType + " start" + number(v) + " = " +
                isa.loadAcc("bias" + (v ? " + " + number(v * isa.lanes())
                                        : std::string())) +
                ";");
  if (stride == 1)
    emitSlide(writer, text);
  else
    emitRows(writer, text);
}

void DepthwiseSlide::emitEntry(CppWriter &writer, const Kernel &kernel,
                               std::string_view linkage) const {
  writer.blank();
  auto body = writer.function(entryPrefix(kernel, linkage), kernel.symbol,
                              convParameters(kernel));
  writer.line("(void)residual;");
  emitDepthwiseBlocks(writer, kernel);
}

void DepthwiseSlide::emitInner(CppWriter &writer, const Kernel &kernel) const {
  writer.comment("Blocks of " + kernel.inner + ", one function a width.");
  for (int bytes = isaOf(kernel).vectorBytes(); bytes >= 16; bytes /= 2)
    for (int stride : {1, 2})
      emitBlock(writer, kernel, isaOf(kernel).atWidth(bytes), stride);
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
