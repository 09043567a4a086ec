// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Convolution with VPMADDUBSW: the tiles of ConvTile, on a copy of a panel's
// activations in which no two neighbours saturate with the weights of the block
// of output channels at hand (SafePairs). Loop order: panels of pixels, blocks
// of channels, the copy, tiles. A copy costs two VPSHUFB for 32 codes, which
// are 24 dots.

#include "codegen/kernels/SafePairs.h"
#include "codegen/kernels/schedules/Channels.h"
#include "codegen/kernels/schedules/ConvPack.h"
#include "codegen/kernels/schedules/ConvTile.h"
#include "codegen/kernels/schedules/Schedule.h"
#include "codegen/targets/Dot.h"

#include <algorithm>

namespace quench::kernels {

namespace {

std::string number(int64_t value) { return std::to_string(value); }

/// Bytes of a pixel in the copy: in order, then perhaps each pair once more.
int64_t copiedBytes(const qrt_conv2d &conv) {
  return 2 * int64_t(conv.kernel_h) * conv.kernel_w * conv.in_c;
}

class ConvPairs final : public Schedule {
public:
  bool accepts(const Kernel &kernel, const Problem &problem,
               std::string *why) const override;
  double cost(const Kernel &kernel, const Problem &problem,
              const targets::Target &target) const override;
  std::string proof(const Problem &problem) const override;
  size_t scratchBytes(const Kernel &kernel,
                      const Problem &problem) const override;
  PackedFilter pack(const Kernel &kernel, const qrt_conv2d &conv,
                    const int8_t *filter, const int32_t *bias,
                    const float *mul) const override {
    return packConvPairs(kernel, conv, filter, bias, mul);
  }
  unsigned helpers(const Kernel &) const override {
    return HelperBytes | HelperVerbs | HelperAddRun | HelperChannels |
           HelperConv | HelperPairs;
  }
  void emitInner(CppWriter &writer, const Kernel &kernel) const override {
    convTileSchedule(false).emitInner(writer, kernel);
  }
  void emit(CppWriter &writer, const Kernel &kernel,
            std::string_view linkage) const override;
};

bool ConvPairs::accepts(const Kernel &, const Problem &problem,
                        std::string *why) const {
  const auto *conv = std::get_if<qrt_conv2d>(&problem.params);
  if (problem.op != Op::Conv2D || !conv)
    return decline(why, "another op");
  if (conv->filter_zero)
    return decline(why, "filter zero point is not 0");
  if (!hasPairs(*conv))
    return decline(why, number(conv->in_c) + " input channels in " +
                            number(conv->groups) +
                            " groups, wants a multiple of 4 and " +
                            number(pairWindow) + " or more in one");
  return true;
}

std::string ConvPairs::proof(const Problem &problem) const {
  if (problem.splitPairs < 0)
    return "";
  const auto &conv = std::get<qrt_conv2d>(problem.params);
  const int pairs = conv.kernel_h * conv.kernel_w * conv.in_c / 2;
  return "no pair of products saturates, " + number(problem.splitPairs) +
         " of " + number(pairs) + " multiplied apart";
}

double ConvPairs::cost(const Kernel &kernel, const Problem &problem,
                       const targets::Target &target) const {
  const qrt_conv2d conv = flattened(std::get<qrt_conv2d>(problem.params));
  const Isa &isa = isaOf(kernel);
  const int mr = kernel.tile.mr;
  const int taps = conv.kernel_h * conv.kernel_w, depth = taps * conv.in_c;
  const double pixels = double(conv.out_h) * conv.out_w;
  const double tiles = double(divideUp(int64_t(pixels), mr));
  const double panels = double(divideUp(int64_t(pixels), mr * tilesPerPanel));
  // Unknown: as many as weights of a normal distribution have.
  const double split =
      problem.splitPairs < 0 ? depth / 32.0 : problem.splitPairs;
  const double steps = depth / 4.0 + split / 2;
  const double windows = taps * double(divideUp(conv.in_c, pairWindow));
  double cycles = 0;
  for (int64_t left = conv.out_c; left > 0; left -= kernel.tile.nr) {
    const double vectors =
        double(divideUp(std::min<int64_t>(left, kernel.tile.nr), isa.lanes()));
    cycles +=
        blockCycles(kernel, target, {tiles, panels, steps, vectors, 0, 38});
    cycles += tiles * mr * (windows * 2.2 + split);
    cycles += panels * windows * 5;
    cycles += tiles * mr * pixelCycles(isa, vectors);
  }
  cycles += pixels * taps * 1.5;
  if (problem.hasResidual)
    cycles += 1.5 * outputCycles(kernel, pixels * conv.out_c);
  return cycles * conv.batch + 100;
}

size_t ConvPairs::scratchBytes(const Kernel &kernel,
                               const Problem &problem) const {
  const auto &conv = std::get<qrt_conv2d>(problem.params);
  const int64_t panel = kernel.tile.mr * tilesPerPanel;
  const int64_t taps = int64_t(conv.kernel_h) * conv.kernel_w;
  return size_t(channelBytes(kernel.tile.nr) +
                roundUp(panel * (taps + 1) * 8, 64) + roundUp(conv.in_c, 64) +
                panel * copiedBytes(conv));
}

void ConvPairs::emit(CppWriter &writer, const Kernel &kernel,
                     std::string_view linkage) const {
  const Isa &isa = isaOf(kernel);
  const int mr = kernel.tile.mr, nr = kernel.tile.nr;
  const std::string panel = number(mr * tilesPerPanel);
  std::string text = kernel.symbol + "\n\n";
  text += "y[m, n] = requantize(bias[n] + sum over taps, ic of (x + 128) * "
          "w[n], mul[n])\n\n";
  text += "Shapes   x: batch x in_h x in_w x in_c, y: batch x out_h x out_w x "
          "out_c, int8, gaps between pixels; residual like y or null.\n";
  text += "Packing  filter: s32 where the weights begin; for each block of " +
          number(nr) +
          " output channels how many pairs of activations are multiplied "
          "twice and where they are (u16), and the order of the channels of "
          "each window of 32 (u64, arrange_pairs); weights [depth / "
          "4][channels][4] s8. bias (qrt_conv2d::bias_bits) has all zero "
          "points folded in.\n";
  text += "Exact    VPMADDUBSW sums two products in int16: in that order, of "
          "no two weights do those with one sign sum to more than 128.\n";
  text += "Tile     " + number(mr) + " pixels x " + number(nr) +
          " channels, 4 products a dot: " + number(mr * nr / isa.lanes()) +
          " accumulators in registers.\n";
  text += "Tails    pixels: the last one repeated, stored once. channels: "
          "narrower tiles, partial store.\n";
  text += "Reads    x exactly, copied into scratch once for each block; "
          "padding reads a pixel of in_zero there.\n";
  text += "ISA      " + std::string(kernel.isa) + ": " +
          std::string(dotOf(kernel).mnemonic) + ".";
  writer.comment(text);
  writer.blank();
  auto body = writer.function(entryPrefix(kernel, linkage), kernel.symbol,
                              convParameters(kernel));
  writer.line("const qrt_conv2d c = conv_flatten(p);");
  writer.line("const int32_t pixels = c.out_h * c.out_w;");
  writer.line("const ptrdiff_t taps = c.kernel_h * c.kernel_w;");
  writer.line("const ptrdiff_t depth = taps * c.in_c;");
  writer.line("const ptrdiff_t windows = taps * ((c.in_c + 31) / 32);");
  writer.comment("Of a pixel's copy.");
  writer.line("const ptrdiff_t bytes = 2 * depth;");
  declareChannels(writer, nr, "biases", "muls");
  writer.comment("Activations of taps and pixels, and their copies.");
  writer.line("const int8_t **table = (const int8_t **)(void *)scratch;");
  writer.line("const int8_t **copies = table + " + panel + " * taps;");
  writer.line("int8_t *zeros = (int8_t *)scratch + (" + panel +
              " * (taps + 1) * 8 + 63) / 64 * 64;");
  writer.line("int8_t *copy = zeros + (c.in_c + 63) / 64 * 64;");
  writer.guarded("for (int32_t i = 0; i < c.in_c; ++i)",
                 "zeros[i] = (int8_t)c.in_zero;");
  writer.guarded("for (int32_t i = 0; i < " + panel + "; ++i)",
                 "copies[i] = copy + i * bytes;");
  writer.line("conv_panel t;");
  writer.line("t.rows = copies;");
  writer.line("t.taps = 1;");
  writer.line("t.stride = qrt_y_pixel(&c);");
  writer.line("t.ones = filter;");
  auto images =
      writer.block("for (int32_t image = 0; image < c.batch; ++image)");
  writer.line("const int8_t *input = x + (ptrdiff_t)image * c.in_h * c.in_w * "
              "qrt_x_pixel(&c);");
  auto panels = writer.block(
      "for (int32_t first = 0; first < pixels; first += " + panel + ")");
  writer.line("t.pixels = pixels - first < " + panel +
              " ? pixels - first : " + panel + ";");
  writer.line("conv_pixels(&c, input, zeros, first, t.pixels, " + number(mr) +
              ", table);");
  writer.line("const int8_t *header = filter + 4;");
  writer.line("t.filter = filter + load_s32(filter);");
  auto blocks = writer.block(
      "for (int32_t oc = 0; oc < c.out_c; oc += " + number(nr) + ")");
  writer.line("t.channels = c.out_c - oc < " + number(nr) +
              " ? c.out_c - oc : " + number(nr) + ";");
  writer.line("const ptrdiff_t twice = load_u16(header);");
  writer.line("const int8_t *codes = header + 2 + 2 * twice;");
  writer.line(isa.helper("arrange_pairs") + "(table, t.pixels, " + number(mr) +
              ", taps, c.in_c, codes, copy, bytes);");
  writer.guarded("if (twice)", isa.helper("repeat_pairs") +
                                   "(header + 2, twice, t.pixels, copy, "
                                   "depth, bytes);");
  writer.line("header = codes + 8 * windows;");
  writer.line("t.depth = depth + 2 * twice;");
  writer.line("t.ahead = t.depth * t.channels;");
  writer.line(isa.helper("take_channels") +
              "(p, bias, mul, oc, biases, muls, &t);");
  writer.line("const ptrdiff_t offset = ((ptrdiff_t)image * pixels + first) * "
              "qrt_y_pixel(&c) + oc;");
  writer.line("t.y = y + offset;");
  writer.line("t.residual = residual ? residual + offset : nullptr;");
  emitTileCall(writer, kernel);
  writer.line("t.filter += t.depth * t.channels;");
}

} // namespace

/// The emitted table of the ways to halve a window.
static void emitHalves(CppWriter &writer) {
  std::vector<std::string> values;
  for (const PairHalves &halves : pairHalves())
    for (uint8_t channel : halves)
      values.push_back(number(channel));
  writer.blank();
  writer.comment("Ways to halve 32 channels: the first half, the second.");
  writer.array("alignas(32) static const int8_t pair_halves[]", values);
}

void emitArrangePairs(CppWriter &writer, const Isa &isa) {
  const std::string window = number(pairWindow);
  emitHalves(writer);
  writer.blank();
  writer.comment("Codes + 128 of the pixels of `table`, in the order of a "
                 "block, window by window; the first one of a tap may have "
                 "fewer than " +
                 window +
                 " channels, and the next overwrites the others. A code has "
                 "16 numbers of four bits: how the window is halved, in the "
                 "highest, whose place is for what the others leave; and for "
                 "each channel of the first half its neighbour in the "
                 "second.");
  {
    auto body = writer.function(
        "QUENCH_INLINE " + isa.attributeMacro() + " void",
        isa.helper("arrange_pairs"),
        {"const int8_t *const *table", "int32_t pixels", "int32_t mr",
         "ptrdiff_t taps", "ptrdiff_t depth", "const int8_t *codes",
         "int8_t *copy", "ptrdiff_t bytes"});
    writer.line("const __m256i sign = _mm256_set1_epi8(-128);");
    auto tap = writer.block("for (ptrdiff_t tap = 0; tap < taps; ++tap)");
    writer.line("const ptrdiff_t rest = depth % " + window + ";");
    auto windows =
        writer.block("for (ptrdiff_t c = rest ? rest - " + window +
                     " : 0; c < depth; c += " + window + ", codes += 8)");
    writer.line("const ptrdiff_t at = c < 0 ? 0 : c;");
    writer.line("uint64_t code;");
    writer.line("__builtin_memcpy(&code, codes, 8);");
    writer.line("const __m128i *halves = (const __m128i *)(const void "
                "*)(pair_halves + (code >> 60) * " +
                window + ");");
    writer.line("code &= ~0ull >> 4;");
    writer.comment("Exclusive or of all numbers.");
    writer.line("uint64_t last = code ^ code >> 32;");
    writer.line("last ^= last >> 16;");
    writer.line("last ^= last >> 8;");
    writer.line("last ^= last >> 4;");
    writer.line("code |= last << 60;");
    writer.line("const __m128i pairs = _mm_cvtsi64_si128((long long)code);");
    writer.line("const __m128i four = _mm_set1_epi8(15);");
    writer.line("const __m128i partners = _mm_unpacklo_epi8(_mm_and_si128("
                "pairs, four), _mm_and_si128(_mm_srli_epi16(pairs, 4), "
                "four));");
    writer.line("const __m128i left = _mm_load_si128(halves);");
    writer.line("const __m128i right = _mm_shuffle_epi8(_mm_load_si128(halves "
                "+ 1), partners);");
    writer.line("const __m256i from = "
                "_mm256_set_m128i(_mm_unpackhi_epi8(left, right), "
                "_mm_unpacklo_epi8(left, right));");
    writer.comment("A byte of a shuffle whose highest bit is set gives 0.");
    writer.line("const __m256i low = _mm256_add_epi8(from, "
                "_mm256_set1_epi8(112));");
    writer.line("const __m256i high = _mm256_sub_epi8(from, "
                "_mm256_set1_epi8(16));");
    writer.line("const int8_t *const *rows = table + tap * mr;");
    writer.line("int8_t *y = copy + (tap * depth + at);");
    auto tiles = writer.block("for (int32_t left_pixels = pixels; left_pixels "
                              "> 0; left_pixels -= mr, rows += taps * mr)");
    auto row = writer.block("for (int32_t i = 0; i < mr; ++i, y += bytes)");
    writer.line("const __m128i *x = (const __m128i *)(const void "
                "*)(rows[i] + at);");
    writer.line("const __m256i first = "
                "_mm256_broadcastsi128_si256(_mm_loadu_si128(x));");
    writer.line("const __m256i second = "
                "_mm256_broadcastsi128_si256(_mm_loadu_si128(x + 1));");
    writer.line("const __m256i both = "
                "_mm256_or_si256(_mm256_shuffle_epi8(first, low), "
                "_mm256_shuffle_epi8(second, high));");
    writer.line("_mm256_storeu_si256((__m256i *)(void *)y, "
                "_mm256_xor_si256(both, sign));");
  }
  writer.blank();
  writer.comment("Pairs once more, behind the `depth` bytes of a pixel.");
  auto body = writer.function("QUENCH_INLINE " + isa.attributeMacro() + " void",
                              isa.helper("repeat_pairs"),
                              {"const int8_t *pairs", "ptrdiff_t count",
                               "int32_t pixels", "int8_t *copy",
                               "ptrdiff_t depth", "ptrdiff_t bytes"});
  auto pair = writer.block("for (ptrdiff_t i = 0; i < count; ++i)");
  writer.line("const int8_t *from = copy + load_u16(pairs + 2 * i);");
  writer.line("int8_t *to = copy + depth + 2 * i;");
  auto pixel = writer.block("for (int32_t left = pixels; left > 0; --left, "
                            "from += bytes, to += bytes)");
  writer.line("__builtin_memcpy(to, from, 2);");
}

const Schedule &convPairsSchedule() {
  static const ConvPairs schedule;
  return schedule;
}

} // namespace quench::kernels
