// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// 3x3 convolution by exact Winograd F(4x4, 3x3), see Winograd.h. Filters stay
// s8 in memory and are transformed at run time, a block of channels at a time:
//
//   chunk of tiles                       V of all its input channels
//     nr output channels
//       part of the chunk
//         blockDepth input channels      U; 36 matrix products U * V onto M
//         its tiles                      output transform, requantization
//
// With more than one block of input channels M holds the whole chunk, so that a
// filter is transformed once a chunk.

#include "codegen/kernels/schedules/Channels.h"
#include "codegen/kernels/schedules/ConvPack.h"
#include "codegen/kernels/schedules/Winograd.h"
#include "codegen/targets/Dot.h"

#include <algorithm>

namespace quench::kernels {

using namespace winograd;

namespace {

/// Input channels multiplied at a time: a panel of U then stays in L1.
constexpr int blockDepth = 64;
/// Bounds of a chunk: bytes of V, and of M where it holds the chunk, which
/// should stay in L2 and are memory that the program needs; and tiles, as many
/// as make the transform of a filter, once a chunk, a few per cent of the work.
constexpr int64_t chunkBytes = 384 << 10;
constexpr int64_t chunkTiles = 56;
/// Tiles of a part, where it is not the chunk: whole register tiles.
constexpr int64_t partTiles = 12;

/// |conv| of raw codes must stay below.
constexpr int64_t exactBound = int64_t(1) << 25;

std::string number(int64_t value) { return std::to_string(value); }

/// Codes of a vector of int16.
int wordsOf(const Kernel &kernel) { return 2 * isaOf(kernel).lanes(); }

/// How a problem is cut up, as the entry point does it.
struct Blocking {
  Blocking(const Kernel &kernel, const qrt_conv2d &conv);
  int64_t tiles;  ///< of all images
  int64_t slices; ///< of input channels, a vector of int16 each
  int64_t chunks; ///< of tiles
  int64_t chunk;  ///< tiles of one
  int64_t part;   ///< tiles of a part
};

Blocking::Blocking(const Kernel &kernel, const qrt_conv2d &conv) {
  const bool one = conv.in_c <= blockDepth;
  tiles = divideUp(conv.out_h, tileOut) * divideUp(conv.out_w, tileOut) *
          conv.batch;
  slices = divideUp(conv.in_c, wordsOf(kernel));
  const int64_t bytes = points * (slices * isaOf(kernel).vectorBytes() +
                                  (one ? 0 : 4 * kernel.tile.nr));
  const int64_t most = std::min(
      chunkTiles, std::max<int64_t>(chunkBytes / bytes, kernel.tile.mr));
  chunks = divideUp(tiles, most);
  chunk = roundUp(divideUp(tiles, chunks), fewRows(kernel));
  part = one ? std::min(chunk, partTiles) : chunk;
}

int64_t stepsOf(int64_t channels) { return divideUp(channels, 2); }

class ConvWinograd final : public Schedule {
public:
  bool accepts(const Kernel &kernel, const Problem &problem,
               std::string *why) const override;
  double cost(const Kernel &kernel, const Problem &problem,
              const targets::Target &target) const override;
  std::string proof(const Problem &problem) const override;
  size_t scratchBytes(const Kernel &kernel,
                      const Problem &problem) const override;
  int rowsTogether(const Problem &) const override { return tileOut; }
  PackedFilter pack(const Kernel &kernel, const qrt_conv2d &conv,
                    const int8_t *filter, const int32_t *bias,
                    const float *mul) const override {
    return packWinograd(kernel, conv, filter, bias, mul);
  }
  int32_t filterColumn(const Kernel &, const qrt_conv2d &conv) const override {
    return int32_t(stepsOf(conv.in_c)) * 2 * taps * taps;
  }
  unsigned helpers(const Kernel &) const override {
    return HelperBytes | HelperVerbs | HelperChannels | HelperTile |
           HelperWinograd;
  }
  void emitInner(CppWriter &writer, const Kernel &kernel) const override;
  void emit(CppWriter &writer, const Kernel &kernel,
            std::string_view linkage) const override;

private:
  void emitHeader(CppWriter &writer, const Kernel &kernel) const;
  void emitEntry(CppWriter &writer, const Kernel &kernel,
                 std::string_view linkage) const;
  void emitBlocking(CppWriter &writer, const Kernel &kernel) const;
  void emitScratch(CppWriter &writer, const Kernel &kernel) const;
  void emitInputs(CppWriter &writer, const Kernel &kernel) const;
  void emitDepths(CppWriter &writer, const Kernel &kernel) const;
  void emitOutputs(CppWriter &writer, const Kernel &kernel) const;
};

/// The largest |conv| of 8-bit codes that the problem may have.
int64_t largestSum(const Problem &problem) {
  const auto &conv = std::get<qrt_conv2d>(problem.params);
  const int64_t weights = problem.filterSum >= 0
                              ? problem.filterSum
                              : problem.filterMax * taps * taps * conv.in_c;
  return 128 * weights;
}

std::string ConvWinograd::proof(const Problem &problem) const {
  return "exact, sums of at most " + number(largestSum(problem)) + " < 2^25";
}

bool ConvWinograd::accepts(const Kernel &, const Problem &problem,
                           std::string *why) const {
  const auto *conv = std::get_if<qrt_conv2d>(&problem.params);
  if (problem.op != Op::Conv2D || !conv)
    return decline(why, "another op");
  if (conv->groups != 1)
    return decline(why, "more than one group");
  if (conv->kernel_h != taps || conv->kernel_w != taps || conv->stride_h != 1 ||
      conv->stride_w != 1 || conv->dilation_h != 1 || conv->dilation_w != 1)
    return decline(why, "not 3x3 with stride and dilation 1");
  if (conv->pad_top < 0 || conv->pad_left < 0)
    return decline(why, "negative padding");
  if (conv->filter_zero != 0)
    return decline(why, "filter zero point is not 0");
  if (largestSum(problem) >= exactBound)
    return decline(why, "not exact, sums may reach " +
                            number(largestSum(problem)) + " >= 2^25");
  return true;
}

double ConvWinograd::cost(const Kernel &kernel, const Problem &problem,
                          const targets::Target &) const {
  const auto &conv = std::get<qrt_conv2d>(problem.params);
  const Isa &isa = isaOf(kernel);
  const Blocking blocking(kernel, conv);
  const double tiles = double(blocking.tiles);
  const double outputVectors = double(divideUp(conv.out_c, isa.lanes()));
  const double steps = double(stepsOf(conv.in_c));
  // Measured on Zen 4: transforms of inputs and outputs wait for their loads
  // and stores and take about as long for 32 bytes as for 64, those of filters
  // do not; the dots need a little more than their throughput.
  double inputs = tiles * (100 + 110 * double(blocking.slices));
  // Without masks, channels that fill no vector are loaded piece by piece.
  if (isa.vectorBytes() < 64 && conv.in_c % wordsOf(kernel))
    inputs += tiles * 900;
  const double filters = double(blocking.chunks) * outputVectors * steps * 60 *
                         isa.vectorBytes() / 32;
  // Few accumulators wait for each other, in part: three cycles a step.
  auto stepOf = [&](int64_t rows) {
    return std::max(
        double(rows) * kernel.tile.nr * 2 / dotOf(kernel).macsPerCycle, 3.0);
  };
  const int mr = kernel.tile.mr, few = fewRows(kernel);
  const double step = double(blocking.chunk / mr) * stepOf(mr) +
                      double(blocking.chunk % mr / few) * stepOf(few);
  const double dots = points * double(blocking.chunks) * steps * step *
                      outputVectors * isa.lanes() / kernel.tile.nr;
  double cycles = inputs + filters + 1.08 * dots + 200 * tiles * outputVectors;
  if (problem.hasResidual)
    cycles += 1.5 * outputCycles(kernel, double(conv.batch) * conv.out_h *
                                             conv.out_w * conv.out_c);
  return cycles + 200;
}

/// Bytes of what the entry point takes from scratch, in order.
size_t ConvWinograd::scratchBytes(const Kernel &kernel,
                                  const Problem &problem) const {
  const auto &conv = std::get<qrt_conv2d>(problem.params);
  const Blocking blocking(kernel, conv);
  const int nr = kernel.tile.nr;
  const int64_t steps = stepsOf(std::min(conv.in_c, blockDepth));
  const int64_t u = points * (steps * nr * 4 + gap);
  const int64_t v = blocking.slices * points *
                    (blocking.chunk * isaOf(kernel).vectorBytes() + gap);
  const int64_t m = points * blocking.part * nr * 4;
  const int64_t sums = int64_t(tileOut) * tileOut * nr * 4;
  return size_t(channelBytes(nr) + u + v + m + sums + roundUp(conv.in_c, 64));
}

void ConvWinograd::emitHeader(CppWriter &writer, const Kernel &kernel) const {
  const std::string nr = number(kernel.tile.nr);
  std::string text = kernel.symbol + "\n\n";
  text += "y[m, n] = requantize(bias[n] + sum over 3x3 taps, ic of x * w[n], "
          "mul[n]) by Winograd F(4x4, 3x3), exact where every sum is below "
          "2^25\n\n";
  text += "Shapes   x: batch x in_h x in_w x in_c, y: batch x out_h x out_w x "
          "out_c, int8, gaps between pixels; residual like y or null.\n";
  text += "Packing  filter: [out_c / " + nr + "][in_c / 2][3][3][" + nr +
          "][2] s8, the last block with the channels that there are, in_c "
          "zero padded. bias (qrt_conv2d::bias_bits) has the zero point "
          "folded in.\n";
  text += "Tile     4x4 pixels, 36 products; " + number(kernel.tile.mr) +
          " tiles x " + nr + " channels, 2 products a dot: " +
          number(kernel.tile.mr * kernel.tile.nr / isaOf(kernel).lanes()) +
          " accumulators in registers.\n";
  text += "Tails    tiles: fewer rows; pixels: not stored. channels: narrower "
          "tiles, partial store.\n";
  text += "Reads    x exactly; padding reads a pixel of in_zero in scratch.\n";
  text += "ISA      " + std::string(kernel.isa) + ": " +
          std::string(dotOf(kernel).mnemonic) + ".";
  writer.comment(text);
}

/// Declares what Blocking has.
void ConvWinograd::emitBlocking(CppWriter &writer, const Kernel &kernel) const {
  const int words = wordsOf(kernel), few = fewRows(kernel);
  const std::string out = number(tileOut), nr = number(kernel.tile.nr);
  const std::string rounding = " + " + number(tileOut - 1) + ") / " + out + ";";
  writer.line("const int32_t tiles_w = (p->out_w" + rounding);
  writer.line("const int32_t tiles_h = (p->out_h" + rounding);
  writer.line("const ptrdiff_t tiles = (ptrdiff_t)p->batch * tiles_h * "
              "tiles_w;");
  writer.line("const bool one = p->in_c <= " + number(blockDepth) + ";");
  writer.comment("Vectors of int16 that the input channels fill.");
  writer.line("const ptrdiff_t slices = (p->in_c + " + number(words - 1) +
              ") / " + number(words) + ";");
  writer.line("ptrdiff_t most = " + number(chunkBytes) + " / (" +
              number(points) + " * (slices * " + number(2 * words) +
              " + (one ? 0 : " + number(4 * kernel.tile.nr) + ")));");
  writer.guarded("if (most > " + number(chunkTiles) + ")",
                 "most = " + number(chunkTiles) + ";");
  writer.guarded("if (most < " + number(kernel.tile.mr) + ")",
                 "most = " + number(kernel.tile.mr) + ";");
  writer.line("const ptrdiff_t chunks = (tiles + most - 1) / most;");
  writer.line("const ptrdiff_t chunk = ((tiles + chunks - 1) / chunks + " +
              number(few - 1) + ") / " + number(few) + " * " + number(few) +
              ";");
  const std::string part = number(partTiles);
  writer.line("const ptrdiff_t part = one && chunk > " + part + " ? " + part +
              " : chunk;");
}

void ConvWinograd::emitScratch(CppWriter &writer, const Kernel &kernel) const {
  const int nr = kernel.tile.nr;
  declareChannels(writer, nr, "biases", "muls");
  writer.comment("Filters, inputs and products, transformed; sums of a tile; "
                 "a pixel of in_zero.");
  writer.line("int8_t *u = (int8_t *)scratch;");
  writer.line("scratch += " + number(points) +
              " * ((one ? (p->in_c + 1) / 2 : " + number(blockDepth / 2) +
              ") * " + number(4 * nr) + " + " + number(gap) + ");");
  writer.line("int8_t *v = (int8_t *)scratch;");
  writer.comment("Bytes of V between two points.");
  writer.line("const ptrdiff_t stride = chunk * " +
              number(isaOf(kernel).vectorBytes()) + " + " + number(gap) + ";");
  writer.line("scratch += slices * " + number(points) + " * stride;");
  writer.line("int32_t *m = (int32_t *)(void *)scratch;");
  writer.line("int32_t *sums = m + part * " + number(points * nr) + ";");
  writer.line("int8_t *zeros = (int8_t *)(sums + " +
              number(tileOut * tileOut * nr) + ");");
  writer.guarded("for (int32_t i = 0; i < p->in_c; ++i)",
                 "zeros[i] = (int8_t)p->in_zero;");
}

/// Splits tile number `tile` into an image and its first output pixel.
static void emitTilePlace(CppWriter &writer) {
  const std::string out = number(tileOut);
  writer.line("const int32_t image = (int32_t)(tile / (tiles_h * tiles_w));");
  writer.line("const int32_t row = (int32_t)(tile / tiles_w % tiles_h) * " +
              out + ";");
  writer.line("const int32_t column = (int32_t)(tile % tiles_w) * " + out +
              ";");
}

void ConvWinograd::emitInputs(CppWriter &writer, const Kernel &kernel) const {
  auto loop = writer.block("for (ptrdiff_t i = 0; i < count; ++i)");
  writer.line("const ptrdiff_t tile = first + i;");
  emitTilePlace(writer);
  writer.line("const int8_t *pixels[" + number(points) + "];");
  writer.line("winograd_pixels(p, x + (ptrdiff_t)image * p->in_h * p->in_w * "
              "qrt_x_pixel(p), zeros, row - p->pad_top, column - p->pad_left, "
              "pixels);");
  writer.line(kernel.inner + "_input(p, pixels, stride, v + i * " +
              number(isaOf(kernel).vectorBytes()) + ");");
}

void ConvWinograd::emitOutputs(CppWriter &writer, const Kernel &kernel) const {
  const std::string out = number(tileOut);
  auto loop = writer.block("for (ptrdiff_t i = 0; i < some; ++i)");
  writer.line("const ptrdiff_t tile = first + at + i;");
  emitTilePlace(writer);
  writer.line("const ptrdiff_t offset = (((ptrdiff_t)image * p->out_h + row) * "
              "p->out_w + column) * t.stride + oc;");
  writer.line("t.y = y + offset;");
  writer.line("t.residual = residual ? residual + offset : nullptr;");
  for (const char *axis : {"row", "column"}) {
    const std::string size =
        axis == std::string_view("row") ? "p->out_h" : "p->out_w";
    const std::string rest = size + " - " + axis;
    writer.line(std::string("const int32_t ") + axis + "s = " + rest + " < " +
                out + " ? " + rest + " : " + out + ";");
  }
  writer.line(kernel.inner + "_output(p, &t, m + i * " +
              number(points * kernel.tile.nr) + ", sums, rows, columns);");
}

void ConvWinograd::emitEntry(CppWriter &writer, const Kernel &kernel,
                             std::string_view linkage) const {
  const std::string nr = number(kernel.tile.nr);
  writer.blank();
  auto body = writer.function(entryPrefix(kernel, linkage), kernel.symbol,
                              convParameters(kernel));
  emitBlocking(writer, kernel);
  emitScratch(writer, kernel);
  writer.line("conv_panel t;");
  writer.line("t.stride = qrt_y_pixel(p);");
  auto chunks =
      writer.block("for (ptrdiff_t first = 0; first < tiles; first += chunk)");
  writer.line("const ptrdiff_t count = tiles - first < chunk ? tiles - first : "
              "chunk;");
  emitInputs(writer, kernel);
  writer.line("const int8_t *w = filter;");
  auto blocks =
      writer.block("for (int32_t oc = 0; oc < p->out_c; oc += " + nr + ")");
  writer.line("t.channels = p->out_c - oc < " + nr +
              " ? p->out_c - oc : " + nr + ";");
  writer.line(isaOf(kernel).helper("take_channels") +
              "(p, bias, mul, oc, biases, muls, &t);");
  {
    auto parts = writer.block("for (ptrdiff_t at = 0; at < count; at += part)");
    writer.line("const ptrdiff_t some = count - at < part ? count - at : "
                "part;");
    emitDepths(writer, kernel);
    emitOutputs(writer, kernel);
  }
}

/// M of a part.
void ConvWinograd::emitDepths(CppWriter &writer, const Kernel &kernel) const {
  const std::string block = number(blockDepth);
  writer.line("const int8_t *from = v;");
  auto depths =
      writer.block("for (int32_t ic = 0; ic < p->in_c; ic += " + block + ")");
  writer.line("const int32_t left = p->in_c - ic;");
  writer.line("const ptrdiff_t steps = left < " + block +
              " ? (left + 1) / 2 : " + number(blockDepth / 2) + ";");
  {
    auto first = writer.block("if (at == 0)");
    writer.line(kernel.inner + "_filter(w, t.channels, steps, u);");
    writer.line("w += steps * t.channels * " + number(2 * taps * taps) + ";");
  }
  writer.line(kernel.inner + "_products(from + at * " +
              number(isaOf(kernel).vectorBytes()) +
              ", stride, u, steps, ic > 0, some, t.channels, m, w);");
  writer.line("from += " + number(blockDepth / wordsOf(kernel) * points) +
              " * stride;");
}

void ConvWinograd::emitInner(CppWriter &writer, const Kernel &kernel) const {
  writer.comment("Transforms and products of " + kernel.inner + ".");
  emitInput(writer, kernel);
  emitFilter(writer, kernel);
  emitProducts(writer, kernel);
  emitOutput(writer, kernel);
  writer.blank();
}

void ConvWinograd::emit(CppWriter &writer, const Kernel &kernel,
                        std::string_view linkage) const {
  emitHeader(writer, kernel);
  emitEntry(writer, kernel, linkage);
}

} // namespace

const Schedule &convWinogradSchedule() {
  static const ConvWinograd schedule;
  return schedule;
}

} // namespace quench::kernels
