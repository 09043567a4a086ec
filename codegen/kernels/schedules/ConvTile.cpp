// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Convolution as an implicit matrix product. A register tile of mr pixels x nr
// channels walks all taps and input channels; where the activations of a tap
// lie is looked up in a table of pointers, so that strides, dilation and
// padding cost nothing in the inner loop. Two ways to fill the table:
//   direct  pointers into the input; needs in_c / groups to be a multiple of
//   kr. rows    pointers into a padded copy of the input rows a panel reads:
//   any
//           channel count (with few channels the taps of a kernel row become
//           one run), and the place where AVX2 widens to int16.
// Loop order: panels of pixels, blocks of channels, tiles, taps, channels. A
// panel of 16 tiles re-reads each weight block from L1 or L2 16 times.

#include "codegen/kernels/schedules/ConvTile.h"
#include "codegen/kernels/schedules/Channels.h"
#include "codegen/kernels/schedules/ConvPack.h"
#include "codegen/kernels/schedules/NarrowFilter.h"
#include "codegen/kernels/schedules/Schedule.h"
#include "codegen/targets/Dot.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace quench::kernels {

qrt_conv2d flattened(const qrt_conv2d &p) {
  qrt_conv2d flat = p;
  if (p.kernel_h == 1 && p.kernel_w == 1 && p.stride_h == 1 &&
      p.stride_w == 1 && p.in_h == p.out_h && p.in_w == p.out_w &&
      p.pad_top == 0 && p.pad_left == 0) {
    flat.in_w = flat.out_w = p.batch * p.out_h * p.out_w;
    flat.batch = flat.in_h = flat.out_h = 1;
  }
  return flat;
}

double pixelCycles(const Isa &isa, double vectors) {
  const double groups = std::ceil(vectors / isa.naturalVectors());
  const double operations =
      3 * vectors + 2 * std::ceil(vectors / 2) + 5 * groups;
  return operations * 0.75 * isa.vectorBytes() / 64;
}

double blockCycles(const Kernel &kernel, const targets::Target &target,
                   const BlockWork &work) {
  const Isa &isa = isaOf(kernel);
  const int mr = kernel.tile.mr;
  // Vector operations of 32 bytes; Zen 4 loads two of them a cycle.
  const double halves = isa.vectorBytes() / 32.0;
  const double rowSums = kernel.filterZero ? mr : 0;
  const double dots = (mr * work.vectors + rowSums) * isa.lanes() * isa.kr() /
                      dotOf(kernel).macsPerCycle;
  const double loads = (mr + work.vectors) * halves / 2;
  double step = std::max({dots, loads, work.leastStep});
  const double bytes = work.steps * work.vectors * isa.loadBBytes();
  // Blocks past L1 stream from L2, past L2 from L3, once a tile.
  if (bytes > target.l1Bytes * 0.75)
    step = std::max(step, work.vectors * isa.loadBBytes() / 24.0);
  // The first tile of a panel finds its block cold: about 20 bytes a cycle.
  const double compute =
      work.tiles * (work.steps * (step + 0.5) + work.perTile);
  const double cold = bytes * kernel.filterBits / 8;
  return std::max(compute + work.panels * cold / 64, work.panels * cold / 20);
}

void emitTileCall(CppWriter &writer, const Kernel &kernel) {
  const int lanes = isaOf(kernel).lanes(), vectors = kernel.tile.nr / lanes;
  auto call = [&](int v) {
    return kernel.inner + "_" + std::to_string(v * lanes) + "(p, &t" +
           (isaOf(kernel).pairsPixels() ? ", pairs);" : ");");
  };
  if (vectors == 1) {
    writer.line(call(1));
    return;
  }
  for (int v = vectors; v > 1; --v)
    writer.guarded(
        (v == vectors ? "if (t.channels > " : "else if (t.channels > ") +
            std::to_string((v - 1) * lanes) + ")",
        call(v));
  writer.guarded("else", call(1));
}

namespace {

std::string number(int64_t value) { return std::to_string(value); }

/// Bytes of activations that are copied as pairs of pixels, which stay in L1
/// or near it while all blocks of channels read them.
constexpr int pairBytes = 64 * 1024;

/// Pixels of a panel; `column` is products of an output.
int64_t panelPixels(const Isa &isa, int mr, int64_t column) {
  const int64_t most = mr * tilesPerPanel;
  return isa.pairsPixels()
             ? std::clamp<int64_t>(pairBytes / mr / column * mr, mr, most)
             : most;
}

/// "int8", "int16", "int8 to int16": of x and y.
std::string codesText(const Kernel &kernel) {
  const std::string x = "int" + number(kernel.codes.a);
  const std::string y = "int" + number(kernel.codes.y);
  return x == y ? x : x + " to " + y;
}

/// Of pixel i and vector j of channels.
std::string accumulator(int i, int j) {
  return "c" + number(i) + "_" + number(j);
}

/// Vector j of the weights of a step, of so many.
std::string weights(const Isa &isa, int j, int vectors) {
  const std::string pointer =
      j ? "w + " + number(j * isa.loadBBytes()) : std::string("w");
  return j + 1 == vectors ? isa.loadLastB(pointer) : isa.loadB(pointer);
}

/// Whether the next block's weights are fetched while one is multiplied, a line
/// a step and each tile the next ones: of large filters, which no cache keeps
/// until the next run, the first tile would wait for them (resnet18: 2 % of the
/// time with one worker, 3 % with two). Narrower blocks are the last ones. What
/// follows the last block are mostly the next layer's weights.
bool prefetches(const Isa &isa, const Kernel &kernel, int vectors) {
  return vectors * isa.lanes() == kernel.tile.nr && !isa.prefetch("w").empty();
}

class ConvTile final : public Schedule {
public:
  explicit ConvTile(bool copiesRows) : copiesRows(copiesRows) {}

  bool accepts(const Kernel &kernel, const Problem &problem,
               std::string *why) const override;
  double cost(const Kernel &kernel, const Problem &problem,
              const targets::Target &target) const override;
  size_t scratchBytes(const Kernel &kernel,
                      const Problem &problem) const override;
  PackedFilter pack(const Kernel &kernel, const qrt_conv2d &conv,
                    const int8_t *filter, const int32_t *bias,
                    const float *mul) const override {
    return packConvTile(kernel, copiesRows, conv, filter, bias, mul);
  }
  int32_t filterColumn(const Kernel &kernel,
                       const qrt_conv2d &conv) const override {
    // One group of several would have its taps packed as runs.
    if (conv.groups > 1)
      return 0;
    const ConvTaps taps = convTaps(isaOf(kernel), conv, copiesRows);
    return taps.count * taps.steps * kernel.tile.kr;
  }
  unsigned helpers(const Kernel &kernel) const override {
    return HelperBytes | HelperVerbs | HelperAddRun | HelperChannels |
           unpackHelpers(kernel) |
           (kernel.codes.y == 16 ? HelperWords : HelperNone) |
           (copiesRows ? HelperRows : HelperConv);
  }
  void emitInner(CppWriter &writer, const Kernel &kernel) const override;
  void emit(CppWriter &writer, const Kernel &kernel,
            std::string_view linkage) const override;

private:
  void emitHeader(CppWriter &writer, const Kernel &kernel) const;
  void emitTile(CppWriter &writer, const Kernel &kernel, int vectors) const;
  void emitStep(CppWriter &writer, const Kernel &kernel, int vectors) const;
  void emitLaneSteps(CppWriter &writer, const Kernel &kernel, int vectors,
                     bool half) const;
  void emitPairDots(CppWriter &writer, const Kernel &kernel, int vectors,
                    const std::string &x) const;
  void emitPairSteps(CppWriter &writer, const Kernel &kernel,
                     int vectors) const;
  void emitStart(CppWriter &writer, const Kernel &kernel, int vectors) const;
  void emitPairCopy(CppWriter &writer, const Kernel &kernel) const;
  void emitPairEpilogue(CppWriter &writer, const Kernel &kernel,
                        int vectors) const;
  void emitEpilogue(CppWriter &writer, const Kernel &kernel, int vectors) const;
  void emitWholeTile(CppWriter &writer, const Kernel &kernel) const;
  void emitWholePixel(CppWriter &writer, const Isa &isa, int vectors,
                      const std::vector<std::string> &codes,
                      bool addsResidual) const;
  void loadResiduals(CppWriter &writer, const Kernel &kernel,
                     int vectors) const;
  void storeCodes(CppWriter &writer, const Kernel &kernel, int vectors,
                  int pixel, const std::vector<std::string> &accs) const;
  void storeWords(CppWriter &writer, const Kernel &kernel, int vectors,
                  const std::vector<std::string> &accs) const;
  void emitEntry(CppWriter &writer, const Kernel &kernel,
                 std::string_view linkage) const;
  void emitUnpackedBlock(CppWriter &writer, const Kernel &kernel) const;

  bool copiesRows;
};

bool ConvTile::accepts(const Kernel &kernel, const Problem &problem,
                       std::string *why) const {
  const auto *conv = std::get_if<qrt_conv2d>(&problem.params);
  if (problem.op != Op::Conv2D || !conv)
    return decline(why, "another op");
  if (kernel.filterZero != (conv->filter_zero != 0))
    return decline(why, kernel.filterZero ? "filter zero point is 0"
                                          : "filter zero point is not 0");
  if (kernel.codes.a == 16 && conv->in_zero != 0)
    return decline(why, "input zero point is not 0");
  if (!fitsDots(kernel, problem, why))
    return false;
  const int depth = conv->in_c / conv->groups;
  if (!copiesRows && depth % kernel.tile.kr)
    return decline(why, number(depth) +
                            " input channels a group, wants a "
                            "multiple of " +
                            number(kernel.tile.kr));
  // A step whose products belong to two taps belongs to two groups.
  if (kernel.grouped && convTaps(isaOf(kernel), *conv, copiesRows).merged &&
      conv->kernel_w > 1 && depth % kernel.tile.kr)
    return decline(why, "groups in taps of " + number(depth) +
                            " input channels, wants a multiple of " +
                            number(kernel.tile.kr));
  return true;
}

double ConvTile::cost(const Kernel &kernel, const Problem &problem,
                      const targets::Target &target) const {
  const qrt_conv2d conv = flattened(std::get<qrt_conv2d>(problem.params));
  const Isa &isa = isaOf(kernel);
  const ConvTaps taps = convTaps(isa, conv, copiesRows);
  const double pixels = double(conv.out_h) * conv.out_w;
  const double images = conv.batch;
  const double channels = conv.out_c / conv.groups;
  const int mr = kernel.tile.mr;
  const double tiles = double(divideUp(int64_t(pixels), mr));
  const int64_t panel =
      panelPixels(isa, mr, int64_t(taps.count) * taps.steps * isa.kr());
  const double panels = double(divideUp(int64_t(pixels), panel));
  const double steps = double(taps.count) * taps.steps;
  // A tap begins with the pointers of its rows, and ends a loop that is short
  // where channels are few. Measured on Zen 4 with 8-bit codes; rows, whose
  // taps are longer runs, do not show it.
  const bool manyTaps = !copiesRows && taps.count > 1 && kernel.codes.a == 8;
  const double tapCycles = manyTaps ? 2.8 * mr : 8;

  double cycles = 0;
  for (double left = channels; left > 0; left -= kernel.tile.nr) {
    const double vectors = double(
        divideUp(int64_t(std::min<double>(left, kernel.tile.nr)), isa.lanes()));
    // A dot waits four cycles for its accumulator.
    cycles += blockCycles(
        kernel, target,
        {tiles, panels, steps, vectors, 4.0, 30 + tapCycles * taps.count});
    cycles += panels * unpackCycles(kernel, steps * vectors * isa.loadBBytes());
    cycles += tiles * mr * pixelCycles(isa, vectors);
  }
  // Filling the table, and the copy where there is one.
  cycles += pixels * taps.count * 1.5;
  if (problem.hasResidual)
    cycles += 1.5 * outputCycles(kernel, pixels * channels);
  cycles *= conv.groups * images;
  if (copiesRows) {
    const double count = double(panel);
    const double rows = std::min<double>(count / conv.out_w + 1, conv.out_h);
    const double width =
        conv.out_h == 1 ? std::min<double>(count, conv.out_w) * conv.stride_w
                        : conv.in_w;
    const double copied =
        panels * images *
        (rows * conv.stride_h + (conv.kernel_h - 1) * conv.dilation_h) * width *
        conv.in_c * isa.activationBytes();
    cycles += copied / 8 + panels * images * 100;
  }
  return cycles + 100;
}

size_t ConvTile::scratchBytes(const Kernel &kernel,
                              const Problem &problem) const {
  const qrt_conv2d conv = flattened(std::get<qrt_conv2d>(problem.params));
  const Isa &isa = isaOf(kernel);
  const ConvTaps taps = convTaps(isa, conv, copiesRows);
  const int channels = conv.out_c / conv.groups;
  const int64_t column = int64_t(taps.count) * taps.steps * isa.kr();
  const int64_t panel = panelPixels(isa, kernel.tile.mr, column);
  const int64_t pairs = isa.pairsPixels() ? roundUp(panel * column, 64) : 0;
  const int64_t table =
      channelBytes(kernel.tile.nr) + pairs +
      roundUp(panel * taps.count * 8, 64) +
      unpackedBytes(kernel, std::min(channels, kernel.tile.nr) * column);
  if (!copiesRows)
    return size_t(table +
                  roundUp(conv.in_c / conv.groups * isa.inputBytes(), 64));
  // Panels inside one row of pixels copy only the columns they need; others
  // whole rows.
  const int64_t spanH = int64_t(conv.kernel_h - 1) * conv.dilation_h + 1;
  const int64_t spanW = int64_t(conv.kernel_w - 1) * conv.dilation_w + 1;
  const int64_t inRow = std::min<int64_t>(panel, conv.out_w);
  const int64_t one = spanH * ((inRow - 1) * conv.stride_w + spanW);
  const int64_t last =
      std::min<int64_t>((panel - 2) / conv.out_w + 1, conv.out_h - 1);
  const int64_t many = (last * conv.stride_h + spanH) *
                       (int64_t(conv.out_w - 1) * conv.stride_w + spanW);
  const int64_t pixels = last > 0 ? std::max(one, many) : one;
  // 64: a vector may read past the last run.
  return size_t(table +
                roundUp(pixels * conv.in_c * isa.activationBytes(), 64) + 64);
}

void ConvTile::emitHeader(CppWriter &writer, const Kernel &kernel) const {
  const Isa &isa = isaOf(kernel);
  const std::string mr = number(kernel.tile.mr), nr = number(kernel.tile.nr),
                    kr = number(kernel.tile.kr);
  const std::string codes =
      isa.biasA() ? "(x + " + number(isa.biasA()) + ")" : "x";
  std::string text = kernel.symbol + "\n\n";
  text += "y[m, n] = requantize(bias[n] + sum over taps, ic of " + codes +
          " * w[n]" +
          (kernel.filterZero ? " - filter_zero * sum of " + codes : "") +
          ", mul[n])\n\n";
  text += "Shapes   x: batch x in_h x in_w x in_c, y: batch x out_h x out_w x "
          "out_c, " +
          codesText(kernel) +
          ", gaps between pixels; residual like y or null.\n";
  text += "Packing  filter: [groups][out_c / " + nr + "][taps][depth / " + kr +
          "][" + nr + "][" + kr +
          "] s8, the last block with the channels that there are, "
          "depth zero padded" +
          (kernel.filterBits < 8
               ? "; each block stored with " + number(kernel.filterBits) +
                     " bits a code (unpack" + number(kernel.filterBits) + ")"
               : "") +
          (kernel.grouped ? ", behind the multipliers of groups of `group` "
                            "input channels of a tap (scale_groups)"
                          : "") +
          ". bias (qrt_conv2d::bias_bits) has all zero points folded in.\n";
  text += "Tile     " + mr + " pixels x " + nr + " channels, " + kr +
          " products a dot: " +
          number(kernel.tile.mr * kernel.tile.nr / isa.lanes()) +
          " accumulators in registers.\n";
  text += "Tails    pixels: the last one repeated, stored once. channels: "
          "narrower tiles, partial store. depth: zero weights.\n";
  text += copiesRows
              ? "Reads    x exactly, copied row by row into scratch with its "
                "padding" +
                    std::string(isa.activationBytes() > isa.inputBytes()
                                    ? " and widened to int16.\n"
                                    : ".\n")
              : "Reads    x exactly; padding reads a pixel of in_zero in "
                "scratch.\n";
  text += "ISA      " + std::string(kernel.isa) + ": " +
          std::string(dotOf(kernel).mnemonic) + ".";
  writer.comment(text);
}

/// The products of the steps that are left of a tap, one at a time.
void ConvTile::emitStep(CppWriter &writer, const Kernel &kernel,
                        int vectors) const {
  const Isa &isa = isaOf(kernel);
  const int mr = kernel.tile.mr;
  auto step =
      writer.block("for (; k < depth; k += " + number(isa.stepBytes()) + ")");
  if (prefetches(isa, kernel, vectors))
    writer.line(isa.prefetch("w + ahead"));
  for (int j = 0; j < vectors; ++j)
    writer.line("const " + isa.weightsVector(j + 1 == vectors) + " b" +
                number(j) + " = " + weights(isa, j, vectors) + ";");
  if (kernel.filterZero)
    writer.line("const " + isa.operandVector() +
                " one = " + isa.splat("load_s32(t->ones + k)") + ";");
  writer.line(isa.activationVector() + " a;");
  for (int i = 0; i < mr; ++i) {
    const std::string pointer = "a" + number(i);
    writer.line(
        "a = " + isa.loadA(isa.loadsAIndexed() ? pointer + " + k" : pointer) +
        ";");
    if (!isa.loadsAIndexed()) {
      writer.line(pointer + " += " + number(isa.stepBytes()) + ";");
      // Else Clang adds to another register than the load could.
      writer.line("__asm__(\"\" : \"+r\"(" + pointer + "));");
    }
    std::vector<std::string> accs, blocks;
    for (int j = 0; j < vectors; ++j) {
      accs.push_back(accumulator(i, j));
      blocks.push_back("b" + number(j));
    }
    isa.dots(writer, accs, "a", blocks);
    if (kernel.filterZero) {
      const std::string sum = "sum" + number(i);
      writer.line(sum + " = " + isa.dot(sum, "a", "one") + ";");
      writer.line(isa.keepInRegister(sum));
    }
  }
  writer.line("w += step;");
}

/// The same of as many steps as a vector of activations has, or half a vector,
/// which saves most of their loads. Weights come one vector at a time:
/// accumulators and activations leave few registers.
void ConvTile::emitLaneSteps(CppWriter &writer, const Kernel &kernel,
                             int vectors, bool half) const {
  const Isa &isa = isaOf(kernel);
  const int mr = kernel.tile.mr;
  const std::string bytes = number(isa.vectorBytes() / (half ? 2 : 1));
  auto steps = writer.block(half ? "if (k + " + bytes + " <= depth)"
                                 : "for (; k + " + bytes +
                                       " <= depth; k += " + bytes + ")");
  for (int i = 0; i < mr; ++i) {
    const std::string pointer = "a" + number(i) + " + k";
    writer.line("const " + (half ? isa.halfOperand() : isa.operandVector()) +
                " x" + number(i) + " = " +
                (half ? isa.loadHalfBytes(pointer) : isa.loadBytes(pointer)) +
                ";");
  }
  writer.line(isa.operandVector() + " b;");
  for (int lane = 0; lane < isa.laneSteps() / (half ? 2 : 1); ++lane) {
    for (int j = 0; j < vectors; ++j) {
      writer.line("b = " + weights(isa, j, vectors) + ";");
      for (int i = 0; i < mr; ++i) {
        const std::string acc = accumulator(i, j), x = "x" + number(i);
        writer.line(acc + " = " +
                    (half ? isa.dotHalfLane(acc, x, "b", lane)
                          : isa.dotLane(acc, x, "b", lane)) +
                    ";");
        writer.line(isa.keepInRegister(acc));
      }
    }
    writer.line("w += step;");
  }
  if (half)
    writer.line("k += " + bytes + ";");
}

/// The products of pairs of pixels with one step of weights; x<i> are the
/// activations of pixels i and i + 1.
void ConvTile::emitPairDots(CppWriter &writer, const Kernel &kernel,
                            int vectors, const std::string &x) const {
  const Isa &isa = isaOf(kernel);
  for (int j = 0; j < vectors; ++j) {
    writer.line("b = " + weights(isa, j, vectors) + ";");
    for (int i = 0; i < kernel.tile.mr; ++i) {
      const std::string acc = accumulator(i, j);
      writer.line(acc + " = " +
                  isa.dotPair(acc, x + number(i / 2 * 2), "b", i % 2) + ";");
      writer.line(isa.keepInRegister(acc));
    }
  }
  writer.line("w += step;");
}

/// All steps of a tile, two pixels at a time, two steps a loop: `pairs` has
/// their activations, the pairs of a step side by side.
void ConvTile::emitPairSteps(CppWriter &writer, const Kernel &kernel,
                             int vectors) const {
  const Isa &isa = isaOf(kernel);
  const int count = kernel.tile.mr / 2;
  auto step = [&](const std::string &x, int first) {
    for (int i = 0; i < count; ++i) {
      const int at = (first + i) * isa.vectorBytes();
      writer.line(
          "const " + isa.activationVector() + " " + x + number(2 * i) + " = " +
          isa.loadBytes("pairs" + (at ? " + " + number(at) : "")) + ";");
    }
    emitPairDots(writer, kernel, vectors, x);
  };
  auto advance = [&](int steps) {
    writer.line("pairs += " + number(steps * count * isa.vectorBytes()) + ";");
  };
  writer.line("ptrdiff_t left_steps = steps;");
  {
    auto two = writer.block("for (; left_steps >= 2; left_steps -= 2)");
    writer.line(isa.weightsVector(false) + " b;");
    step("x", 0);
    step("z", count);
    advance(2);
  }
  auto one = writer.block("if (left_steps)");
  writer.line(isa.weightsVector(false) + " b;");
  step("x", 0);
  advance(1);
}

/// Copies the activations of a panel, the steps of a tile one after the other.
void ConvTile::emitPairCopy(CppWriter &writer, const Kernel &kernel) const {
  const Isa &isa = isaOf(kernel);
  const int mr = kernel.tile.mr, count = mr / 2, bytes = isa.vectorBytes();
  auto body = writer.function(
      "static __attribute__((noinline)) " + isa.attributeMacro() + " void",
      kernel.inner + "_pairs", {"const conv_panel *t", "int8_t *pairs"});
  writer.line("const int8_t *const *rows = t->rows;");
  writer.line("const ptrdiff_t depth = t->depth;");
  auto tiles = writer.block(
      "for (int32_t left = t->pixels; left > 0; left -= " + number(mr) + ")");
  auto taps = writer.block("for (ptrdiff_t tap = t->taps; tap > 0; --tap)");
  for (int i = 0; i < mr; ++i)
    writer.line("const int8_t *a" + number(i) + " = rows[" + number(i) + "];");
  writer.line("rows += " + number(mr) + ";");
  auto at = [](const std::string &pointer, int offset) {
    return pointer + (offset ? " + " + number(offset) : "");
  };
  const std::string step = number(bytes);
  writer.line("ptrdiff_t k = 0;");
  {
    auto two =
        writer.block("for (; k + " + step + " <= depth; k += " + step + ")");
    for (int i = 0; i < mr; ++i)
      writer.line("const " + isa.activationVector() + " x" + number(i) + " = " +
                  isa.loadBytes("a" + number(i) + " + k") + ";");
    for (int half = 0; half < 2; ++half)
      for (int i = 0; i < count; ++i)
        writer.line(isa.storeBytes(at("pairs", (half * count + i) * bytes),
                                   isa.pairOf("x" + number(2 * i),
                                              "x" + number(2 * i + 1), half)) +
                    ";");
    writer.line("pairs += " + number(mr * bytes) + ";");
  }
  auto rest = writer.block("if (k < depth)");
  for (int i = 0; i < count; ++i)
    writer.line(
        isa.storeBytes(at("pairs", i * bytes),
                       isa.loadAPair("a" + number(2 * i) + " + k",
                                     "a" + number(2 * i + 1) + " + k")) +
        ";");
  writer.line("pairs += " + number(count * bytes) + ";");
}

/// Declares the accumulators, with the biases. Pairs of pixels load theirs, two
/// vectors an instruction, since accumulators and biases fill all registers.
void ConvTile::emitStart(CppWriter &writer, const Kernel &kernel,
                         int vectors) const {
  const Isa &isa = isaOf(kernel);
  const int mr = kernel.tile.mr;
  if (isa.pairsPixels()) {
    writer.line("const " + isa.intVector() + " *start = starts;");
    for (int i = 0; i < mr; i += 2) {
      writer.line("__asm__(\"\" : \"+r\"(start));");
      for (int j = 0; j < vectors; ++j)
        for (int half = 0; half < 2; ++half)
          writer.line(isa.intVector() + " " + accumulator(i + half, j) +
                      " = start[" + number(2 * j + half) + "];");
    }
    return;
  }
  for (int i = 0; i < mr; ++i)
    for (int j = 0; j < vectors; ++j) {
      const std::string at = j ? " + " + number(j * isa.lanes()) : "";
      writer.line(isa.intVector() + " " + accumulator(i, j) + " = " +
                  (i ? accumulator(0, j) : isa.loadAcc("t->bias" + at)) + ";");
    }
}

void ConvTile::emitTile(CppWriter &writer, const Kernel &kernel,
                        int vectors) const {
  const Isa &isa = isaOf(kernel);
  const int mr = kernel.tile.mr;
  writer.blank();
  // Inlined, GCC 12 lacks the registers.
  auto body = writer.function(
      "static __attribute__((noinline)) " + isa.attributeMacro() + " void",
      kernel.inner + "_" + number(vectors * isa.lanes()),
      isa.pairsPixels() ? std::vector<std::string>{"const qrt_conv2d *p",
                                                   "const conv_panel *t",
                                                   "const int8_t *pairs"}
                        : std::vector<std::string>{"const qrt_conv2d *p",
                                                   "const conv_panel *t"});
  if (const std::string sign = isa.declareSign(); !sign.empty()) {
    writer.line(sign);
    writer.comment("Hides the constant: else Clang flips bits before the "
                   "broadcast, which then is no longer a plain load.");
    writer.line("__asm__(\"\" : \"+x\"(sign));");
  }
  if (!isa.pairsPixels())
    writer.line("const int8_t *const *rows = t->rows;");
  writer.line("const int8_t *residual = t->residual;");
  writer.line("int8_t *y = t->y;");
  if (isa.pairsPixels())
    writer.line("const ptrdiff_t steps = t->taps * t->depth / " +
                number(isa.kr()) + ";");
  else
    writer.line("const ptrdiff_t depth = t->depth;");
  writer.comment("Stores of codes may change what t points to, for all the "
                 "compiler knows.");
  writer.line("const int32_t channels = t->channels;");
  const int whole = (vectors - 1) * isa.lanes();
  writer.comment("The last vector of weights has those of the channels that "
                 "there are.");
  const std::string tail =
      whole ? "(channels - " + number(whole) + ")" : "channels";
  if (const std::string last = isa.declareLastB(tail); !last.empty())
    writer.line(last);
  writer.line("const ptrdiff_t step = " + number(isa.kr()) + " * channels;");
  const bool ahead = prefetches(isa, kernel, vectors);
  if (ahead)
    writer.line("ptrdiff_t ahead = t->ahead;");
  if (kernel.codes.y == 16) {
    isa.declareWordOutput(writer, "p->out");
  } else {
    isa.declareOutput(writer, "p->out");
    isa.declareAdd(writer, "&p->add");
  }
  if (isa.pairsPixels())
    isa.declarePairChannels(writer, "t->bias", "t->mul", vectors);
  auto tiles = writer.block(
      "for (int32_t left = t->pixels; left > 0; left -= " + number(mr) + ")");
  emitStart(writer, kernel, vectors);
  if (kernel.filterZero)
    for (int i = 0; i < mr; ++i)
      writer.line(isa.intVector() + " sum" + number(i) + " = " + isa.zeroAcc() +
                  ";");
  writer.line("const int8_t *w = t->filter;");
  if (isa.pairsPixels()) {
    emitPairSteps(writer, kernel, vectors);
    emitPairEpilogue(writer, kernel, vectors);
    return;
  }
  {
    auto taps = writer.block("for (ptrdiff_t tap = t->taps; tap > 0; --tap)");
    for (int i = 0; i < mr; ++i)
      writer.line("const int8_t *a" + number(i) + " = rows[" + number(i) +
                  "];");
    writer.line("ptrdiff_t k = 0;");
    if (isa.laneSteps() && !kernel.filterZero) {
      emitLaneSteps(writer, kernel, vectors, /*half=*/false);
      if (!isa.halfOperand().empty())
        emitLaneSteps(writer, kernel, vectors, /*half=*/true);
    }
    if (isa.laneSteps() && !isa.loadsAIndexed())
      for (int i = 0; i < mr; ++i)
        writer.line("a" + number(i) + " += k;");
    emitStep(writer, kernel, vectors);
    writer.line("rows += " + number(mr) + ";");
  }
  if (ahead)
    writer.line("ahead += 64;");
  emitEpilogue(writer, kernel, vectors);
}

/// Channels that are stored of `count` vectors of a tile, from `first` on.
static std::string storedChannels(const Isa &isa, int first, int count,
                                  int vectors) {
  if (first + count < vectors)
    return number(count * isa.lanes());
  return "channels" + (first ? " - " + number(first * isa.lanes()) : "");
}

/// r<pixel>_<first>: the residuals of a tile.
void ConvTile::loadResiduals(CppWriter &writer, const Kernel &kernel,
                             int vectors) const {
  const Isa &isa = isaOf(kernel);
  const int group = isa.naturalVectors();
  auto name = [](int i, int first) {
    return "r" + number(i) + "_" + number(first);
  };
  std::string names;
  for (int i = 0; i < kernel.tile.mr; ++i)
    for (int first = 0; first < vectors; first += group)
      names += (names.empty() ? "" : ", ") + name(i, first) + " = {}";
  const std::string type = isa.codeVector(LaneOrder::Natural);
  writer.line(type + " " + names + ";");
  auto some = writer.block("if (residual)");
  for (int i = 0; i < kernel.tile.mr; ++i) {
    auto row = writer.block(i ? "if (left > " + number(i) + ")" : "");
    for (int first = 0; first < vectors; first += group) {
      const int size = std::min(group, vectors - first);
      const std::string offset =
          first ? " + " + number(first * isa.lanes()) : "";
      writer.line(
          name(i, first) + " = " +
          isa.loadPartialCodes("residual" + offset,
                               storedChannels(isa, first, size, vectors)) +
          ";");
    }
    writer.line("residual += t->stride;");
  }
}

/// The codes of one pixel, at `y`: several vectors a requantization, the last
/// one perhaps in part. `accs` are the sums or, of pairs, the codes.
void ConvTile::storeCodes(CppWriter &writer, const Kernel &kernel, int vectors,
                          int pixel,
                          const std::vector<std::string> &accs) const {
  const Isa &isa = isaOf(kernel);
  const std::string width = number(vectors * isa.lanes());
  const int group = isa.naturalVectors();
  for (int first = 0; first < vectors; first += group) {
    const int size = std::min(group, vectors - first);
    const int channel = first * isa.lanes();
    const std::string offset = channel ? " + " + number(channel) : "";
    const std::string name = "q" + number(first);
    writer.line(isa.codeVector(LaneOrder::Natural) + " " + name + " = " +
                (isa.pairsPixels()
                     ? accs[size_t(first / group)]
                     : isa.requantize(
                           {accs.begin() + first, accs.begin() + first + size},
                           isa.mulsOf("t->mul", first), LaneOrder::Natural)) +
                ";");
    std::string other = "r" + number(pixel) + "_" + number(first);
    if (!isa.loadsResidualsFirst()) {
      const std::string all = number(size * isa.lanes());
      const std::string stored = storedChannels(isa, first, size, vectors);
      other = isa.loadPartialCodes("residual" + offset, all);
      if (stored != all)
        other = "channels == " + width + " ? " + other + " : " +
                isa.loadPartialCodes("residual" + offset, stored);
    }
    writer.guarded("if (residual)",
                   name + " = " + isa.addCodes(size, name, other) + ";");
    const std::string whole = isa.storeCodes(
        "y" + offset, name, size * isa.lanes(), LaneOrder::Natural);
    if (first + size < vectors) {
      writer.line(whole);
      continue;
    }
    writer.guarded("if (channels == " + width + ")", whole);
    writer.guarded(
        "else", isa.storePartialCodes("y" + offset, name,
                                      storedChannels(isa, first, size, vectors),
                                      LaneOrder::Natural));
  }
}

/// The same for 16-bit codes, one vector at a time.
void ConvTile::storeWords(CppWriter &writer, const Kernel &kernel, int vectors,
                          const std::vector<std::string> &accs) const {
  const Isa &isa = isaOf(kernel);
  for (int v = 0; v < vectors; ++v) {
    const int channel = v * isa.lanes();
    const std::string name = "q" + number(v);
    writer.line("const " + isa.wordVector(1) + " " + name + " = " +
                isa.requantizeWords({accs[size_t(v)]},
                                    channel ? "t->mul + " + number(channel)
                                            : std::string("t->mul")) +
                ";");
    const std::string to =
        channel ? "y + " + number(2 * channel) : std::string("y");
    const std::string whole = isa.storeWords(to, name, 1);
    if (v + 1 < vectors) {
      writer.line(whole);
      continue;
    }
    writer.guarded("if (channels == " + number(vectors * isa.lanes()) + ")",
                   whole);
    writer.guarded("else", isa.storePartialWords(
                               to, name, 1,
                               "channels" + (channel ? " - " + number(channel)
                                                     : std::string())));
  }
}

/// Stores `codes`, one for each group of vectors, of all channels of a pixel,
/// perhaps with the residual's codes added.
void ConvTile::emitWholePixel(CppWriter &writer, const Isa &isa, int vectors,
                              const std::vector<std::string> &codes,
                              bool addsResidual) const {
  const int group = isa.naturalVectors();
  for (int first = 0; first < vectors; first += group) {
    const int size = std::min(group, vectors - first);
    const int count = size * isa.lanes();
    const std::string offset =
        first ? " + " + number(first * isa.lanes()) : std::string();
    std::string value = codes[size_t(first / group)];
    if (addsResidual) {
      value = isa.addCodes(
          size, value,
          isa.loadPartialCodes("residual" + offset, number(count)));
    }
    writer.line(isa.storeCodes("y" + offset, value, count, LaneOrder::Natural));
  }
  writer.line("y += stride;");
  if (addsResidual)
    writer.line("residual += stride;");
}

/// The codes of all pixels and channels of a tile, without a branch between
/// them. Where something is added to them only if they are there already: of
/// two ways that begin alike compilers do first what both have in common, and
/// keep it in memory.
void ConvTile::emitWholeTile(CppWriter &writer, const Kernel &kernel) const {
  const Isa &isa = isaOf(kernel);
  const int mr = kernel.tile.mr, vectors = kernel.tile.nr / isa.lanes();
  const int group = isa.naturalVectors();
  const bool pairs = isa.pairsPixels();
  auto whole = writer.block("if (left >= " + number(mr) +
                            " && channels == " + number(kernel.tile.nr) +
                            (pairs ? ")" : " && !residual)"));
  if (!pairs)
    isa.declareMuls(writer, "t->mul", vectors);
  writer.line("const ptrdiff_t stride = t->stride;");
  auto pixels = [&](bool addsResidual) {
    for (int i = 0; i < mr; ++i) {
      std::vector<std::string> codes;
      for (int first = 0; first < vectors; first += group) {
        std::vector<std::string> accs;
        for (int j = first; j < std::min(first + group, vectors); ++j)
          accs.push_back(accumulator(i, j));
        codes.push_back(pairs
                            ? isa.codesOfPair("pair" + number(i / 2 * 2), i % 2)
                            : isa.requantize(accs, isa.mulsOf("t->mul", first),
                                             LaneOrder::Natural));
      }
      emitWholePixel(writer, isa, vectors, codes, addsResidual);
    }
  };
  if (pairs) {
    auto adds = writer.block("if (residual)");
    pixels(true);
    writer.line("continue;");
  }
  pixels(false);
  writer.line("continue;");
}

/// The output stage of pairs of pixels: accumulators become codes before the
/// pixels part, which takes two instructions for two pixels.
void ConvTile::emitPairEpilogue(CppWriter &writer, const Kernel &kernel,
                                int vectors) const {
  const Isa &isa = isaOf(kernel);
  const int mr = kernel.tile.mr;
  writer.blank();
  // Vector by vector, so that few multipliers are in registers.
  writer.line("const " + isa.floatVector() + " *mul = muls;");
  writer.line("__asm__(\"\" : \"+r\"(mul));");
  for (int j = 0; j < vectors; ++j)
    for (int i = 0; i < mr; i += 2)
      writer.line(
          "const " + isa.pairWordsVector() + " w" + number(i) + "_" +
          number(j) + " = " +
          isa.pairWords(accumulator(i, j), accumulator(i + 1, j),
                        j ? "mul + " + number(2 * j) : std::string("mul")) +
          ";");
  for (int i = 0; i < mr; i += 2) {
    std::vector<std::string> words;
    for (int j = 0; j < vectors; ++j)
      words.push_back("w" + number(i) + "_" + number(j));
    writer.line("const " + isa.pairCodesVector() + " pair" + number(i) + " = " +
                isa.pairCodes(words) + ";");
  }
  if (vectors * isa.lanes() == kernel.tile.nr)
    emitWholeTile(writer, kernel);
  for (int i = 0; i < mr; ++i) {
    auto row = writer.block(i ? "if (left > " + number(i) + ")" : "");
    storeCodes(writer, kernel, vectors, i,
               {isa.codesOfPair("pair" + number(i / 2 * 2), i % 2)});
    writer.line("y += t->stride;");
    writer.guarded("if (residual)", "residual += t->stride;");
  }
}

void ConvTile::emitEpilogue(CppWriter &writer, const Kernel &kernel,
                            int vectors) const {
  const Isa &isa = isaOf(kernel);
  const int mr = kernel.tile.mr, size = kernel.codes.y / 8;
  const std::string width = number(vectors * isa.lanes() * size);
  writer.blank();
  if (isa.separatesWholeTiles() && size == 1 && !kernel.filterZero && mr > 1 &&
      vectors * isa.lanes() == kernel.tile.nr)
    emitWholeTile(writer, kernel);
  if (kernel.filterZero)
    writer.line("const " + isa.intVector() +
                " filter_zero = " + isa.splat("p->filter_zero") + ";");
  if (size == 1) {
    isa.declareMuls(writer, "t->mul", vectors);
    if (isa.loadsResidualsFirst())
      loadResiduals(writer, kernel, vectors);
  }
  // Sums of 16-bit codes take a trip through memory.
  if (size == 2) {
    writer.line("alignas(64) int8_t codes[" + number(mr) + " * " + width +
                "];");
    writer.line("int8_t *const first = y;");
    writer.guarded("if (residual)", "y = codes;");
    if (mr > 1)
      writer.line("const ptrdiff_t stride = residual ? " + width +
                  " : t->stride;");
  }
  for (int i = 0; i < mr; ++i) {
    // The first pixel is always there.
    auto row = writer.block(i ? "if (left > " + number(i) + ")" : "");
    const std::string sum = "sum" + number(i);
    if (kernel.filterZero)
      writer.line(sum + " = " + isa.multiply(sum, "filter_zero") + ";");
    std::vector<std::string> accs;
    for (int j = 0; j < vectors; ++j) {
      const std::string acc = "c" + number(i) + "_" + number(j);
      accs.push_back(kernel.filterZero ? isa.subtract(acc, sum) : acc);
    }
    if (size == 1) {
      storeCodes(writer, kernel, vectors, i, accs);
      writer.line("y += t->stride;");
      if (!isa.loadsResidualsFirst())
        writer.guarded("if (residual)", "residual += t->stride;");
    } else {
      storeWords(writer, kernel, vectors, accs);
      if (i + 1 < mr)
        writer.line("y += stride;");
    }
  }
  if (size == 1)
    return;
  writer.line("y = first + " + number(mr) + " * t->stride;");
  auto add = writer.block("if (residual)");
  {
    auto loop = writer.block("for (int32_t i = 0; i < " + number(mr) +
                             " && i < left; ++i)");
    writer.line(addRunOf(kernel) + "(&p->add, codes + i * " + width +
                ", residual + i * t->stride, first + i * t->stride, "
                "channels);");
  }
  writer.line("residual += " + number(mr) + " * t->stride;");
}

void ConvTile::emitEntry(CppWriter &writer, const Kernel &kernel,
                         std::string_view linkage) const {
  const Isa &isa = isaOf(kernel);
  const int mr = kernel.tile.mr, nr = kernel.tile.nr;
  const int size = isa.activationBytes();
  const bool pairs = isa.pairsPixels();
  const std::string panel = pairs ? "panel" : number(mr * tilesPerPanel);
  writer.blank();
  auto body = writer.function(entryPrefix(kernel, linkage), kernel.symbol,
                              convParameters(kernel));
  declareBytes(writer, kernel);
  writer.line("const qrt_conv2d c = conv_flatten(p);");
  // The walks over the input count in bytes.
  const bool wide = isa.inputBytes() == 2;
  const std::string at = wide ? "bytes" : "c";
  if (wide) {
    writer.comment("Offsets in bytes: two for each code.");
    writer.line("qrt_conv2d bytes = c;");
    writer.line("bytes.in_c *= 2;");
    writer.line("bytes.x_gap *= 2;");
  }
  const std::string twice = wide ? " * 2" : "";
  writer.line("const int32_t pixels = c.out_h * c.out_w;");
  writer.line("const int32_t depth = c.in_c / c.groups;");
  writer.line("const int32_t channels = c.out_c / c.groups;");
  declareChannels(writer, nr, "biases", "muls");
  writer.line("conv_panel t;");
  if (copiesRows) {
    writer.line("const bool merged = c.dilation_w == 1 && c.groups == 1;");
    writer.line("t.taps = merged ? c.kernel_h : c.kernel_h * c.kernel_w;");
    writer.line("t.depth = ((merged ? c.kernel_w * depth : depth) * " +
                number(size) + " + " + number(isa.stepBytes() - 1) + ") / " +
                number(isa.stepBytes()) + " * " + number(isa.stepBytes()) +
                ";");
  } else {
    writer.line("t.taps = c.kernel_h * c.kernel_w;");
    writer.line("t.depth = depth" + twice + ";");
  }
  const std::string outBytes = kernel.codes.y == 16 ? " * 2" : "";
  writer.line("t.stride = qrt_y_pixel(&c)" + outBytes + ";");
  writer.comment("Packed weights of one output channel.");
  writer.line("const ptrdiff_t column = t.taps * t.depth" +
              std::string(size > 1 ? " / " + number(size) : "") + ";");
  if (kernel.filterBits == 8) {
    writer.line("t.ones = filter + c.out_c * column;");
  } else {
    const std::string chunk =
        number(chunkCodes(kernel.filterBits, isa.vectorBytes()));
    writer.line("t.ones = filter;");
    if (kernel.grouped) {
      writer.line("const ptrdiff_t taps = (ptrdiff_t)c.kernel_h * c.kernel_w;");
      writer.comment("Steps of a tap, and multipliers of an output channel.");
      writer.line("const ptrdiff_t steps = (depth + " +
                  number(kernel.tile.kr - 1) + ") / " + number(kernel.tile.kr) +
                  ";");
      writer.line("const ptrdiff_t groups = qrt_filter_groups(&c, group);");
    }
    writer.comment("The weights of a block, unpacked.");
    writer.line("const ptrdiff_t widest = channels < " + number(nr) +
                " ? channels : " + number(nr) + ";");
    writer.line("int8_t *weights = (int8_t *)scratch;");
    writer.line("scratch += (widest * column + " + chunk + " - 1) / " + chunk +
                " * " + chunk + ";");
  }
  if (pairs) {
    const std::string least = number(mr), most = number(mr * tilesPerPanel);
    writer.comment("Pixels whose activations are copied at a time.");
    writer.line("int32_t panel = (int32_t)(" + number(pairBytes / mr) +
                " / column * " + least + ");");
    writer.guarded("if (panel < " + least + ")", "panel = " + least + ";");
    writer.guarded("if (panel > " + most + ")", "panel = " + most + ";");
    writer.line("int8_t *pairs = (int8_t *)scratch;");
    writer.line("scratch += (panel * column + 63) / 64 * 64;");
  }
  writer.line("const int8_t **table = (const int8_t **)(void *)scratch;");
  writer.line("int8_t *copy = (int8_t *)scratch + (" + panel +
              " * t.taps * 8 + 63) / 64 * 64;");
  if (!copiesRows)
    writer.guarded("for (int32_t i = 0; i < depth" + twice + "; ++i)",
                   "copy[i] = (int8_t)c.in_zero;");
  auto images =
      writer.block("for (int32_t image = 0; image < c.batch; ++image)");
  writer.line("const int8_t *input = " + asBytes("x", kernel.codes.a) +
              " + (ptrdiff_t)image * c.in_h * c.in_w * qrt_x_pixel(&" + at +
              ");");
  writer.line("const ptrdiff_t origin = (ptrdiff_t)image * pixels;");
  auto panels = writer.block(
      "for (int32_t first = 0; first < pixels; first += " + panel + ")");
  writer.line("const int32_t count = pixels - first < " + panel +
              " ? pixels - first : " + panel + ";");
  if (copiesRows) {
    writer.line("const conv_window window = conv_window_of(&c, first, count);");
    writer.line(isa.helper("conv_rows") + "(&" + at +
                ", &window, input, copy);");
  }
  if (kernel.filterBits < 8)
    writer.line(std::string("const int8_t *stored = filter") +
                (kernel.filterZero ? " + t.depth;" : ";"));
  {
    auto groups = writer.block("for (int32_t g = 0; g < c.groups; ++g)");
    if (copiesRows)
      writer.line("conv_window_pixels(&" + at +
                  ", &window, copy + g * depth * " + number(size) +
                  ", merged, " + number(size / isa.inputBytes()) +
                  ", first, count, " + number(mr) + ", table);");
    else
      writer.line("conv_pixels(&" + at + ", input + g * depth" + twice +
                  ", copy, first, count, " + number(mr) + ", table);");
    if (pairs) {
      writer.line("t.rows = table;");
      writer.line("t.pixels = count;");
      writer.line(kernel.inner + "_pairs(&t, pairs);");
    }
    auto blocks = writer.block(
        "for (int32_t oc = 0; oc < channels; oc += " + number(nr) + ")");
    const std::string offset =
        "(origin + first) * qrt_y_pixel(&c) + g * channels + oc";
    writer.line("const ptrdiff_t offset = " +
                (outBytes.empty() ? offset : "(" + offset + ")" + outBytes) +
                ";");
    if (kernel.filterBits == 8)
      writer.line("t.filter = filter + (g * channels + oc) * column;");
    else
      emitUnpackedBlock(writer, kernel);
    writer.line("t.channels = channels - oc < " + number(nr) +
                " ? channels - oc : " + number(nr) + ";");
    writer.line(isa.helper("take_channels") +
                "(p, bias, mul, g * channels + oc, biases, muls, &t);");
    if (!pairs) {
      writer.line("t.rows = table;");
      writer.line("t.pixels = count;");
    }
    if (prefetches(isa, kernel, nr / isa.lanes()))
      writer.line(kernel.filterBits == 8 ? "t.ahead = t.channels * column;"
                                         : "t.ahead = 0; // unpacked already");
    writer.line("t.y = " + asBytes("y", kernel.codes.y) + " + offset;");
    writer.line("t.residual = residual ? " +
                asBytes("residual", kernel.codes.y) + " + offset : nullptr;");
    emitTileCall(writer, kernel);
  }
}

/// Unpacks the next block of `stored`.
void ConvTile::emitUnpackedBlock(CppWriter &writer,
                                 const Kernel &kernel) const {
  const std::string nr = number(kernel.tile.nr);
  writer.line("const int32_t width = channels - oc < " + nr +
              " ? channels - oc : " + nr + ";");
  if (kernel.grouped) {
    writer.line("const int8_t *multipliers = stored;");
    writer.line("stored += groups * width;");
  }
  writer.line(isaOf(kernel).helper("unpack" + number(kernel.filterBits)) +
              "(weights, &stored, width * column);");
  if (kernel.grouped)
    writer.line(isaOf(kernel).helper("scale_groups") +
                "(weights, multipliers, taps, steps, group / " +
                number(kernel.tile.kr) + ", width);");
  writer.line("t.filter = weights;");
}

void ConvTile::emitInner(CppWriter &writer, const Kernel &kernel) const {
  writer.comment("Panels of " + kernel.inner + ", one function a width.");
  for (int v = kernel.tile.nr / isaOf(kernel).lanes(); v > 0; --v)
    emitTile(writer, kernel, v);
  if (isaOf(kernel).pairsPixels()) {
    writer.blank();
    emitPairCopy(writer, kernel);
  }
  writer.blank();
}

void ConvTile::emit(CppWriter &writer, const Kernel &kernel,
                    std::string_view linkage) const {
  emitHeader(writer, kernel);
  emitEntry(writer, kernel, linkage);
}

} // namespace

const Schedule &convTileSchedule(bool copiesRows) {
  static const ConvTile direct(false), rows(true);
  return copiesRows ? rows : direct;
}

} // namespace quench::kernels
