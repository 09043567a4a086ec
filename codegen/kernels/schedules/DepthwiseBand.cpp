// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Depthwise 5x5 with horizontal stride 1 or 2, a band of output rows and one
// block of channels at a time. Eight input rows are interleaved into columns
// once, a dword of a column holding kr vertical taps of one channel. They serve
// all output rows whose windows lie in them, each with the weights moved down
// to where its window begins. A tile of neighbouring outputs walks its columns
// so that each is loaded once for all the outputs it belongs to.

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

constexpr int kernelSize = 5;
/// Input rows of a band, and the positions a window can have in them.
constexpr int bandRows = 8;
constexpr int positions = bandRows - kernelSize + 1;

std::string number(int64_t value) { return std::to_string(value); }

/// Dots that the rows of a band, and of one window, fill.
int bandGroups(const Isa &isa) { return bandRows / isa.kr(); }
int windowGroups(const Isa &isa) {
  return int(divideUp(kernelSize + isa.kr() - 1, isa.kr()));
}

/// Bytes of one group of a column, of a column, of the weights of a position.
int groupBytes(const Isa &isa) { return isa.rowChannels() * 4; }
int columnBytes(const Isa &isa) { return bandGroups(isa) * groupBytes(isa); }
int weightBytes(const Isa &isa) {
  return kernelSize * windowGroups(isa) * groupBytes(isa);
}

/// Rows of outputs whose windows lie in a band.
int outputRows(int stride) { return (positions - 1) / stride + 1; }

/// Columns of a row of outputs, whole tiles.
int64_t columnCount(const Kernel &kernel, const qrt_conv2d &conv) {
  return (roundUp(conv.out_w, kernel.tile.mr) - 1) * conv.stride_w + kernelSize;
}

class DepthwiseBand final : public DepthwiseSchedule {
public:
  bool accepts(const Kernel &kernel, const Problem &problem,
               std::string *why) const override;
  double cost(const Kernel &kernel, const Problem &problem,
              const targets::Target &target) const override;
  size_t scratchBytes(const Kernel &kernel,
                      const Problem &problem) const override;
  int rowsTogether(const Problem &problem) const override {
    return outputRows(std::get<qrt_conv2d>(problem.params).stride_h);
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
};

bool DepthwiseBand::accepts(const Kernel &kernel, const Problem &problem,
                            std::string *why) const {
  if (!fitsDepthwiseBlocks(kernel, problem, kernelSize, why))
    return false;
  const auto &conv = std::get<qrt_conv2d>(problem.params);
  if (conv.stride_h >= positions || conv.dilation_h != 1)
    return decline(why, "wants vertical stride below " + number(positions) +
                            ", dilation 1");
  return true;
}

double DepthwiseBand::cost(const Kernel &kernel, const Problem &problem,
                           const targets::Target &) const {
  const auto &conv = std::get<qrt_conv2d>(problem.params);
  const Isa &isa = isaOf(kernel);
  const double outputs =
      double(roundUp(conv.out_w, kernel.tile.mr)) * conv.out_h * conv.batch;
  const int rows = outputRows(conv.stride_h);
  const double bands = double(divideUp(conv.out_h, rows)) * conv.batch;
  double cycles = 100;
  for (const ChannelBlock &block : channelBlocks(isa, conv.in_c)) {
    // Cycles of one whole vector operation.
    const double vector = std::max(0.5, block.vectorBytes / 64.0);
    const double vectors = isa.interleavedVectors();
    cycles += outputs * (kernelSize * windowGroups(isa) * vectors * vector *
                             (isa.kr() == 2 ? 1.5 : 1.1) +
                         4);
    cycles += bands * double(columnCount(kernel, conv)) * bandGroups(isa) *
              vectors * vector * 3;
    // Edge tiles copy through a buffer without byte masks.
    if (block.count < block.width && isa.vectorBytes() < 64)
      cycles += bands * double(columnCount(kernel, conv)) * bandRows * 6;
    cycles += outputCycles(kernel, outputs * block.width);
    cycles += conv.batch * positions *
              depthwiseWeightCycles(kernel, block.width,
                                    kernelSize * windowGroups(isa) * isa.kr());
  }
  return cycles;
}

size_t DepthwiseBand::scratchBytes(const Kernel &kernel,
                                   const Problem &problem) const {
  const auto &conv = std::get<qrt_conv2d>(problem.params);
  const Isa &full = isaOf(kernel);
  int64_t most = 0;
  for (const ChannelBlock &block : channelBlocks(full, conv.in_c)) {
    const Isa &isa = full.atWidth(block.vectorBytes);
    most = std::max(most, positions * int64_t(weightBytes(isa)) +
                              columnCount(kernel, conv) * columnBytes(isa));
  }
  return size_t(channelBytes(full.rowChannels()) +
                depthwiseUnpackedBytes(kernel, conv) + most);
}

void DepthwiseBand::emitHeader(CppWriter &writer, const Kernel &kernel) const {
  const Isa &isa = isaOf(kernel);
  const std::string codes =
      isa.biasA() ? "(x[c] + " + number(isa.biasA()) + ")" : "x[c]";
  std::string text = kernel.symbol + "\n\n";
  text += "y[m, c] = requantize(bias[c] + sum over 5x5 taps of " + codes +
          " * w[c], mul[c])\n\n";
  text += "Shapes   x: batch x in_h x in_w x C, y: batch x out_h x out_w x C, "
          "int8, gaps between pixels; no residual. Horizontal stride 1 or 2.\n";
  text += "Packing  " + depthwisePacking(kernel) + "\n";
  text += "Tile     a band of " + number(bandRows) +
          " input rows, in columns; " + number(kernel.tile.mr) +
          " pixels of a row x " + number(isa.rowChannels()) + " channels.\n";
  text += "Tails    pixels: columns of padding, not stored. channels: narrower "
          "registers, partial loads and stores.\n";
  text += "Reads    x and filter exactly.\n";
  text += "ISA      " + std::string(kernel.isa) + ": " +
          std::string(dotOf(kernel).mnemonic) + ".";
  writer.comment(text);
}

/// The weights at all positions: [positions][5][groups][vectors].
void emitWeights(CppWriter &writer, const Isa &isa) {
  const int vectors = isa.interleavedVectors();
  writer.comment("Weights, for windows that begin 0, 1, ... rows down.");
  writer.line("int8_t *weights = (int8_t *)scratch;");
  auto columns = writer.block("for (int32_t kw = 0; kw < " +
                              number(kernelSize) + "; ++kw)");
  for (int kh = 0; kh < kernelSize; ++kh)
    writer.line("const " + isa.operandVector() + " x" + number(kh) + " = " +
                weightRow(isa, "filter + (" + number(kh * kernelSize) +
                                   " + kw) * channels") +
                ";");
  writer.line("int8_t *to = weights + kw * " +
              number(windowGroups(isa) * groupBytes(isa)) + ";");
  writer.line(isa.operandVector() + " t[" + number(vectors) + "];");
  for (int down = 0; down < positions; ++down)
    for (int g = 0; g < windowGroups(isa); ++g) {
      std::vector<std::string> rows;
      for (int i = 0; i < isa.kr(); ++i) {
        const int kh = (down / isa.kr() + g) * isa.kr() + i - down;
        rows.push_back(kh >= 0 && kh < kernelSize ? "x" + number(kh)
                                                  : isa.zeroRow());
      }
      writer.line(isa.takeWeights("t", rows));
      for (int v = 0; v < vectors; ++v)
        writer.line(isa.storeBytes("to + " + number(down * weightBytes(isa) +
                                                    g * groupBytes(isa) +
                                                    v * isa.vectorBytes()),
                                   "t[" + number(v) + "]") +
                    ";");
    }
}

/// Fills `columns` with the rows from `top` on.
void emitColumns(CppWriter &writer, const Isa &isa) {
  auto groups = writer.block("for (int32_t g = 0; g < " +
                             number(bandGroups(isa)) + "; ++g)");
  std::vector<std::string> rows;
  for (int i = 0; i < isa.kr(); ++i) {
    const std::string n = number(i);
    rows.push_back("x" + n);
    writer.line("const int32_t h" + n + " = top + g * " + number(isa.kr()) +
                " + " + n + ";");
    writer.line("const bool in" + n + " = h" + n + " >= 0 && h" + n +
                " < p->in_h;");
    writer.line("const int8_t *r" + n + " = in" + n + " ? x + h" + n +
                " * row : outside;");
    writer.line("const ptrdiff_t s" + n + " = in" + n + " ? pixel : 0;");
  }
  writer.line("int8_t *to = columns + g * " + number(groupBytes(isa)) + ";");
  const std::string step = "++column, to += " + number(columnBytes(isa));
  const std::vector<std::string> pads(size_t(isa.kr()), "pad");
  writer.line("int32_t column = 0;");
  writer.guarded("for (; column < left; " + step + ")",
                 isa.interleaveTaps("to", pads));
  {
    auto loop = writer.block("for (; column < right; " + step + ")");
    for (int i = 0; i < isa.kr(); ++i) {
      const std::string r = "r" + number(i);
      std::string value = isa.loadRow(r, true);
      if (!isa.hasMasks())
        value = "whole ? " + isa.loadRow(r, false) + " : " + value;
      writer.line("const " + isa.operandVector() + " " + rows[size_t(i)] +
                  " = " + value + ";");
      writer.line(r + " += s" + number(i) + ";");
    }
    writer.line(isa.interleaveTaps("to", rows));
  }
  writer.guarded("for (; column < width; " + step + ")",
                 isa.interleaveTaps("to", pads));
}

/// The outputs of one row: weights `w`, columns `from`, results at `to`.
void emitPixels(CppWriter &writer, const Kernel &kernel, const Isa &isa,
                int stride) {
  const int mr = kernel.tile.mr, vectors = isa.interleavedVectors();
  const int groups = windowGroups(isa);
  auto acc = [](int i, int v) { return "c" + number(i) + "_" + number(v); };
  auto tiles =
      writer.block("for (int32_t ow = 0; ow < out_w; ow += " + number(mr) +
                   ", from += " + number(mr * stride * columnBytes(isa)) + ")");
  for (int i = 0; i < mr; ++i)
    for (int v = 0; v < vectors; ++v)
      writer.line(
          isa.intVector() + " " + acc(i, v) + " = " +
          (i ? acc(0, v) : isa.loadAcc("bias + " + number(v * isa.lanes()))) +
          ";");
  for (int v = 0; v < vectors; ++v) {
    auto vector = writer.block("");
    for (int kw = 0; kw < kernelSize; ++kw)
      for (int g = 0; g < groups; ++g)
        writer.line(
            "const " + isa.operandVector() + " w" + number(kw) + "_" +
            number(g) + " = " +
            isa.loadBytes("w + " + number((kw * groups + g) * groupBytes(isa) +
                                          v * isa.vectorBytes())) +
            ";");
    writer.line(isa.operandVector() + " t;");
    for (int column = 0; column < (mr - 1) * stride + kernelSize; ++column)
      for (int g = 0; g < groups; ++g) {
        writer.line("t = " +
                    isa.loadTaps("from + " + number(column * columnBytes(isa) +
                                                    g * groupBytes(isa) +
                                                    v * isa.vectorBytes())) +
                    ";");
        for (int i = 0; i < mr; ++i) {
          const int kw = column - i * stride;
          if (kw >= 0 && kw < kernelSize)
            writer.line(
                acc(i, v) + " = " +
                isa.dot(acc(i, v), "t", "w" + number(kw) + "_" + number(g)) +
                ";");
        }
      }
    if (v == 0)
      writer.comment("Finishes one vector of channels before the next: else "
                     "compilers move all loads to the front, for which there "
                     "are not enough registers.");
    std::string sums;
    for (int i = 0; i < mr; ++i)
      sums += std::string(i ? ", " : "") + "\"+" +
              std::string(isa.registerConstraint()) + "\"(" + acc(i, v) + ")";
    writer.line("__asm__ volatile(\"\" : " + sums + " : : \"memory\");");
  }
  for (int i = 0; i < mr; ++i) {
    auto pixel = writer.block(i ? "if (ow + " + number(i) + " < out_w)" : "");
    std::vector<std::string> accs;
    for (int v = 0; v < vectors; ++v)
      accs.push_back(acc(i, v));
    storeDepthwiseBlock(writer, isa, accs, "to");
  }
}

void DepthwiseBand::emitBlock(CppWriter &writer, const Kernel &kernel,
                              const Isa &isa, int stride) const {
  const std::string mr = number(kernel.tile.mr);
  const std::string width = number(isa.rowChannels());
  writer.blank();
  auto body = writer.function(
      "static " + isa.attributeMacro() + " void",
      depthwiseBlock(kernel, isa, stride),
      {"const qrt_conv2d *p", "const int8_t *x", "const int8_t *filter",
       "const void *biases", "const float *muls", "ptrdiff_t first",
       "int8_t *y", "int32_t channels", "uint8_t *scratch"});
  writer.line("const bool whole = channels == " + width + ";");
  writer.line(isa.declareKeep("channels"));
  isa.declareOutput(writer, "p->out");
  writer.line("const " + isa.operandVector() +
              " pad = " + isa.splatRow("p->in_zero") + ";");
  writer.comment("What a row outside the input holds.");
  writer.line("int8_t outside[" + width + "];");
  writer.guarded("for (int32_t i = 0; i < " + width + "; ++i)",
                 "outside[i] = (int8_t)p->in_zero;");
  writer.comment("Stores of codes may change what p points to, for all the "
                 "compiler knows.");
  writer.line(
      "const ptrdiff_t pixel = qrt_x_pixel(p), y_pixel = qrt_y_pixel(p);");
  writer.line("const ptrdiff_t row = p->in_w * pixel;");
  writer.line("const int32_t out_w = p->out_w, out_h = p->out_h;");
  writer.line("const int32_t stride_h = p->stride_h;");
  writer.comment("Columns of whole tiles, before the input and in it.");
  writer.line("const int32_t width = ((out_w + " + mr + " - 1) / " + mr +
              " * " + mr + " - 1) * " + number(stride) + " + " +
              number(kernelSize) + ";");
  writer.line(
      "const int32_t left = p->pad_left < width ? p->pad_left : width;");
  writer.line("const int32_t right = p->pad_left + p->in_w < width ? "
              "p->pad_left + p->in_w : width;");
  takeTapChannels(writer, isa);
  emitWeights(writer, isa);
  writer.line("int8_t *columns = weights + " +
              number(positions * weightBytes(isa)) + ";");
  writer.comment("Rows of outputs in a band.");
  writer.line("const int32_t rows = " + number(positions - 1) +
              " / stride_h + 1;");
  auto bands = writer.block("for (int32_t oh = 0; oh < out_h; oh += rows)");
  writer.line("const int32_t top = oh * stride_h - p->pad_top;");
  emitColumns(writer, isa);
  auto outputs = writer.block("for (int32_t r = 0; r < rows && oh + r < out_h; "
                              "++r)");
  writer.line("const int32_t down = r * stride_h;");
  writer.line("const int8_t *w = weights + down * " + number(weightBytes(isa)) +
              ";");
  writer.line("const int8_t *from = columns + down / " + number(isa.kr()) +
              " * " + number(groupBytes(isa)) + ";");
  writer.line("int8_t *to = y + (ptrdiff_t)(oh + r) * out_w * y_pixel;");
  emitPixels(writer, kernel, isa, stride);
}

void DepthwiseBand::emitInner(CppWriter &writer, const Kernel &kernel) const {
  writer.comment("Blocks of " + kernel.inner + ", one function a width.");
  for (int bytes = isaOf(kernel).vectorBytes(); bytes >= 16; bytes /= 2)
    for (int stride : {1, 2})
      emitBlock(writer, kernel, isaOf(kernel).atWidth(bytes), stride);
  writer.blank();
}

void DepthwiseBand::emit(CppWriter &writer, const Kernel &kernel,
                         std::string_view linkage) const {
  emitHeader(writer, kernel);
  writer.blank();
  auto body = writer.function(entryPrefix(kernel, linkage), kernel.symbol,
                              convParameters(kernel));
  writer.line("(void)residual;");
  emitDepthwiseBlocks(writer, kernel);
}

} // namespace

const Schedule &depthwiseBandSchedule() {
  static const DepthwiseBand schedule;
  return schedule;
}

} // namespace quench::kernels
