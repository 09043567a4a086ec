// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The rows themselves, the choice among them, packed layouts.

#include "codegen/kernels/Catalogue.h"
#include "codegen/kernels/Biases.h"
#include "codegen/targets/Dot.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#include <sstream>

namespace targets = quench::targets;
using namespace quench::kernels;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

namespace {

Problem convProblem(int size, int ic, int oc, int kernel, int stride = 1,
                    int groups = 1, int filterZero = 0) {
  qrt_conv2d p = {};
  p.batch = 1;
  p.in_h = p.in_w = size;
  p.in_c = ic;
  p.out_h = p.out_w = (size + stride - 1) / stride;
  p.out_c = oc;
  p.kernel_h = p.kernel_w = kernel;
  p.stride_h = p.stride_w = stride;
  p.dilation_h = p.dilation_w = 1;
  p.pad_top = p.pad_left = kernel / 2;
  p.groups = groups;
  p.filter_zero = filterZero;
  p.out = {0, -128, 127};
  return {Op::Conv2D, p};
}

std::string chosen(const Problem &problem, std::string_view target) {
  return select(problem, *targets::findTarget(target)).kernel->symbol;
}

TEST(Catalogue, SymbolsAreUniqueAndFound) {
  std::set<std::string> symbols;
  for (const Kernel &kernel : kernels()) {
    EXPECT_TRUE(symbols.insert(kernel.symbol).second) << kernel.symbol;
    EXPECT_EQ(findKernel(kernel.symbol), &kernel);
    EXPECT_NE(targets::findTarget(kernel.isa), nullptr) << kernel.symbol;
  }
  EXPECT_EQ(findKernel("conv2d"), nullptr);
}

TEST(Catalogue, EveryOpHasAReference) {
  for (int op = 0; op <= int(lastOp); ++op) {
    const bool filtered = Op(op) == Op::Conv2D || Op(op) == Op::ConvTranspose2D;
    for (int bits = 0; bits < 8; ++bits) {
      auto width = [&](int i) { return bits >> i & 1 ? 16 : 8; };
      const Codes codes = codesOf(Op(op), width(0), width(1), width(2));
      // Tables are of 8-bit codes, and what replaces them is of 16.
      if ((Op(op) == Op::Lut && codes.a == 16) ||
          ((Op(op) == Op::Interpolate || Op(op) == Op::Requantize) &&
           codes.a == 8))
        continue;
      // And filters of 4 and 2 bits two each, between 8-bit codes: one with
      // groups.
      std::multiset<int> stored;
      for (const Kernel &kernel : kernels())
        if (int(kernel.op) == op && kernel.codes == codes &&
            !kernel.isEmitted())
          stored.insert(kernel.filterBits);
      EXPECT_EQ(stored, filtered && codes == Codes()
                            ? std::multiset<int>({2, 2, 4, 4, 8})
                            : std::multiset<int>({8}))
          << opName(Op(op)) << ' ' << codes.a << ' ' << codes.b << ' '
          << codes.y;
    }
  }
}

TEST(Catalogue, CodesOfAnOp) {
  EXPECT_EQ(codesOf(Op::Conv2D, 16, 8, 8), (Codes{16, 16, 8}));
  EXPECT_EQ(codesOf(Op::Add, 16, 8, 8), (Codes{16, 8, 8}));
  EXPECT_EQ(codesOf(Op::QuantizeF32, 0, 0, 16), (Codes{16, 16, 16}));
  EXPECT_EQ(codesOf(Op::Dequantize, 16, 16, 0), (Codes{16, 16, 16}));
  EXPECT_EQ(codesOf(Op::ArgMax, 16, 16, 0), (Codes{16, 16, 16}));
  EXPECT_EQ(codesOf(Op::Copy, 16, 16, 16), Codes());
}

// The register file is the hard limit of a tile: past it a compiler spills
// accumulators in the inner loop.
TEST(Catalogue, TilesFitTheRegisters) {
  for (const Kernel &kernel : kernels()) {
    if (kernel.op != Op::Conv2D || !kernel.isEmitted() || kernel.isCuda())
      continue;
    const auto *dot = targets::findDot(kernel.isa, kernel.tile.kr);
    const int vectors = kernel.tile.nr / dot->lanes;
    const int weights = kernel.tile.mr == 1 ? 1 : vectors;
    const int sums = kernel.filterZero ? kernel.tile.mr + 1 : 0;
    EXPECT_LE(kernel.tile.mr * vectors + weights + sums + 2,
              targets::findTarget(kernel.isa)->vectorRegisters)
        << kernel.symbol;
    EXPECT_EQ(kernel.tile.kr, dot->k) << kernel.symbol;
    EXPECT_EQ(kernel.tile.nr % dot->lanes, 0) << kernel.symbol;
  }
}

/// The row that stores filters of 8 bits beside one that stores fewer.
const Kernel &eightBitRow(const Kernel &narrow) {
  std::string symbol = narrow.symbol;
  const std::string bits = "w" + std::to_string(narrow.filterBits);
  symbol.erase(symbol.find(bits), bits.size() + narrow.grouped);
  return *findKernel(symbol);
}

TEST(Select, GoldenChoices) {
  const struct {
    const char *target;
    Problem problem;
    const char *symbol;
  } table[] = {
      // The usual shapes of image networks.
      {"x86_avx512vnni", convProblem(56, 64, 64, 3),
       "conv2d_winograd_s8_12x32x2_x86_avx512vnni"},
      {"x86_avx512vnni", convProblem(32, 16, 16, 3),
       "conv2d_winograd_s8_12x32x2_x86_avx512vnni"},
      {"x86_avx512vnni", convProblem(14, 256, 256, 1),
       "conv2d_s8_6x64x4_x86_avx512vnni"},
      {"x86_avx512vnni", convProblem(56, 24, 144, 1),
       "conv2d_s8_7x48x4_x86_avx512vnni"},
      {"x86_avx512vnni", convProblem(112, 32, 16, 1),
       "conv2d_s8_12x32x4_x86_avx512vnni"},
      {"x86_avx512vnni", convProblem(224, 3, 32, 3, 2),
       "conv2d_rows_s8_12x32x4_x86_avx512vnni"},
      {"x86_avx512vnni", convProblem(1, 1280, 1000, 1),
       "conv2d_s8_1x128x4_x86_avx512vnni"},
      {"x86_avx512vnni", convProblem(56, 144, 144, 3, 1, 144),
       "depthwise3x3_s8_1x64x4_x86_avx512vnni"},
      {"x86_avx512vnni", convProblem(28, 240, 240, 5, 1, 240),
       "depthwise5x5_s8_4x64x4_x86_avx512vnni"},
      {"x86_avx512vnni", convProblem(28, 240, 240, 7, 1, 240),
       "depthwise_s8_4x64x4_x86_avx512vnni"},
      {"x86_avx512vnni", convProblem(112, 16, 96, 1),
       "conv2d_s8_6x64x4_x86_avx512vnni"},
      {"x86_avx512vnni", convProblem(14, 64, 64, 3, 1, 1, -3),
       "conv2d_s8_4x64x4_x86_avx512vnni_fz"},
      {"x86_avx512vnni", convProblem(14, 64, 64, 3, 1, 64, -3),
       "depthwise_s8_2x64x4_x86_avx512vnni_fz"},
      {"x86_avxvnni", convProblem(14, 256, 256, 1),
       "conv2d_s8_6x16x4_x86_avxvnni"},
      {"x86_avxvnni", convProblem(28, 128, 128, 3),
       "conv2d_winograd_s8_6x16x2_x86_avxvnni"},
      {"x86_avxvnni", convProblem(8, 64, 64, 3),
       "conv2d_rows_s8_6x16x4_x86_avxvnni"},
      {"x86_avxvnni", convProblem(14, 30, 256, 1),
       "conv2d_rows_s8_6x16x4_x86_avxvnni"},
      {"x86_avx2", convProblem(14, 256, 256, 1),
       "conv2d_pairs_s8_3x24x4_x86_avx2"},
      {"x86_avx2", convProblem(14, 30, 256, 1),
       "conv2d_rows_s8_6x16x2_x86_avx2"},
      {"x86_avx2", convProblem(14, 128, 128, 3),
       "conv2d_winograd_s8_6x16x2_x86_avx2"},
      {"x86_avx2", convProblem(56, 144, 144, 3, 1, 144),
       "depthwise3x3_s8_1x16x2_x86_avx2"},
      {"scalar", convProblem(14, 256, 256, 1), "qrt_ref_conv2d_s8"},
  };
  for (const auto &row : table)
    EXPECT_EQ(chosen(row.problem, row.target), row.symbol);
  // Few tiles do not pay for the transform of a large filter.
  Problem last = convProblem(7, 512, 512, 3);
  last.filterSum = 100000;
  EXPECT_EQ(chosen(last, "x86_avx512vnni"), "conv2d_s8_7x48x4_x86_avx512vnni");
  EXPECT_EQ(chosen(last, "x86_avx2"), "conv2d_winograd_s8_6x16x2_x86_avx2");
}

// 11 blocks of 48 channels are 6 for one of two workers, 8 of 64 are 4.
TEST(Select, LargestPartCounts) {
  const auto &target = *targets::findTarget("x86_avx512vnni");
  Problem problem = convProblem(7, 512, 512, 3);
  problem.filterSum = 100000;
  SelectOptions options;
  options.threads = 2;
  const Selection two = select(problem, target, options);
  EXPECT_EQ(two.kernel->symbol, "conv2d_s8_6x64x4_x86_avx512vnni");
  EXPECT_EQ(two.cost, two.kernel->cost(problem, target));
  EXPECT_THAT(two.reason, HasSubstr(" cycles, largest part "));
  // One worker runs what is short.
  problem = convProblem(3, 64, 96, 1);
  const std::string reason = select(problem, target, options).reason;
  EXPECT_EQ(reason.substr(0, reason.find('\n')),
            "conv2d_s8_6x64x4_x86_avx512vnni: 1852 cycles");
}

// Layers share the tiles that compute everything.
TEST(Select, SizeLeavesSpecialRowsOut) {
  const targets::Target &target = *targets::findTarget("x86_avx512vnni");
  auto small = [&](const Problem &problem) {
    return select(problem, target, {nullptr, /*size=*/true}).kernel->symbol;
  };
  EXPECT_EQ(small(convProblem(56, 64, 64, 3)),
            "conv2d_s8_6x64x4_x86_avx512vnni");
  EXPECT_EQ(small(convProblem(112, 32, 16, 1)),
            "conv2d_s8_6x64x4_x86_avx512vnni");
  EXPECT_EQ(small(convProblem(1, 1280, 1000, 1)),
            "conv2d_s8_6x64x4_x86_avx512vnni");
  EXPECT_EQ(small(convProblem(56, 144, 144, 3, 1, 144)),
            "depthwise_s8_4x64x4_x86_avx512vnni");
  EXPECT_NE(select(convProblem(56, 64, 64, 3), target, {nullptr, /*size=*/true})
                .reason.find("conv2d_winograd_s8_12x32x2_x86_avx512vnni: costs "
                             "code"),
            std::string::npos);
  // Every special row has a stand-in of its level.
  for (const Kernel &kernel : kernels())
    if (kernel.special) {
      const bool depthwise = kernel.symbol.find("depthwise") == 0;
      Problem problem = depthwise ? convProblem(14, 64, 64, 3, 1, 64)
                                  : convProblem(14, 64, 64, 3);
      problem.filterMax = 127;
      EXPECT_EQ(
          select(problem, *targets::findTarget(kernel.isa), {nullptr, true})
              .kernel->isa,
          kernel.isa)
          << kernel.symbol;
    }
}

// Where nothing is clamped and 16 bits hold all results, AArch64 rounds, adds
// the zero point and narrows with fewer instructions.
TEST(Select, NearResultsTakeTheShorterOutputStage) {
  for (std::string_view name : {"arm_neon", "arm_dotprod", "arm_i8mm"}) {
    const targets::Target &target = *targets::findTarget(name);
    Problem problem = convProblem(14, 64, 64, 1);
    problem.filterMax = 127;
    qrt_output &out = std::get<qrt_conv2d>(problem.params).out;
    std::string reason;
    auto isNear = [&] {
      const Selection selection = select(problem, target);
      reason = selection.reason;
      return selection.kernel->near;
    };
    auto says = [&](const char *why) {
      return reason.find(why) != std::string::npos;
    };
    problem.largestProduct = nearLimit;
    EXPECT_TRUE(isNear()) << name;
    problem.largestProduct = nearLimit + 1;
    EXPECT_FALSE(isNear()) << name;
    EXPECT_TRUE(says("accumulators times multipliers reach 32001, wants at "
                     "most 32000"))
        << reason;
    problem.largestProduct = 0;
    EXPECT_FALSE(isNear()) << name;
    EXPECT_TRUE(says("unknown accumulators")) << reason;
    problem.largestProduct = 100;
    out = {-127, -128, 127};
    EXPECT_FALSE(isNear()) << name;
    EXPECT_TRUE(says("zero point is odd")) << reason;
    out = {-128, -128, 126};
    EXPECT_FALSE(isNear()) << name;
    EXPECT_TRUE(says("results are clamped")) << reason;
    out = {-128, -127, 127};
    EXPECT_FALSE(isNear()) << name;
    out = {-128, -128, 127};
    EXPECT_TRUE(isNear()) << name;
    // Layers share kernels where code counts.
    SelectOptions size;
    size.size = true;
    EXPECT_FALSE(select(problem, target, size).kernel->near) << name;
  }
}

// Emitted kernels convert to int32 before they clamp.
TEST(Select, ProductsBeyondInt32TakeTheReference) {
  const targets::Target &target = *targets::findTarget("x86_avx512vnni");
  Problem conv = convProblem(14, 256, 256, 1);
  conv.largestProduct = 2147483647.0;
  EXPECT_TRUE(select(conv, target).kernel->isEmitted());
  conv.largestProduct = 2147483648.0;
  EXPECT_EQ(select(conv, target).kernel->symbol, "qrt_ref_conv2d_s8");
  EXPECT_NE(select(conv, target)
                .reason.find("accumulators times multipliers reach 2147483648"),
            std::string::npos);

  Problem product = {Op::Mul, qrt_mul_nd{}};
  auto &mul = std::get<qrt_mul_nd>(product.params);
  mul.space.rank = 1;
  mul.space.size[0] = 64;
  mul.a_stride[0] = mul.b_stride[0] = 1;
  // Codes differ by 255 at most: 65025 * 33025.2 is 2^31.
  mul.mul = 33025;
  EXPECT_TRUE(select(product, target).kernel->isEmitted());
  mul.mul = 33026;
  EXPECT_FALSE(select(product, target).kernel->isEmitted());

  Problem mean = {Op::AvgPool2D, qrt_pool2d{}};
  auto &pool = std::get<qrt_pool2d>(mean.params);
  pool.batch = pool.out_h = pool.out_w = 1;
  pool.in_h = pool.in_w = pool.kernel_h = pool.kernel_w = 7;
  pool.stride_h = pool.stride_w = pool.dilation_h = pool.dilation_w = 1;
  pool.channels = 64;
  pool.in_scale = 1, pool.out_scale = 0.5f;
  EXPECT_TRUE(select(mean, target).kernel->isEmitted());
  pool.out_scale = 1e-8f;
  EXPECT_FALSE(select(mean, target).kernel->isEmitted());
}

TEST(Select, WidthsOfCodesChooseTheKernel) {
  auto wide = [](Problem problem, int a, int y) {
    problem.codes = codesOf(problem.op, a, a, y);
    return problem;
  };
  const Problem dense = convProblem(56, 64, 64, 3);
  EXPECT_EQ(chosen(wide(dense, 16, 16), "x86_avx512vnni"),
            "conv2d_s16_6x64x2_x86_avx512vnni");
  EXPECT_EQ(chosen(wide(dense, 16, 8), "x86_avx512vnni"),
            "conv2d_s16_s8_6x64x2_x86_avx512vnni");
  EXPECT_EQ(chosen(wide(dense, 8, 16), "x86_avx512vnni"),
            "conv2d_s8_s16_6x64x4_x86_avx512vnni");
  EXPECT_EQ(chosen(wide(dense, 16, 16), "x86_avx2"),
            "conv2d_s16_6x16x2_x86_avx2");
  EXPECT_EQ(chosen(wide(convProblem(56, 144, 144, 3, 1, 144), 16, 16),
                   "x86_avx512vnni"),
            "depthwise_s16_4x32x2_x86_avx512vnni");
  EXPECT_EQ(chosen(wide(convProblem(224, 3, 32, 3, 2), 16, 16), "x86_avx2"),
            "conv2d_rows_s16_6x16x2_x86_avx2");
  EXPECT_EQ(chosen(wide(
                       {
                           Op::Add, qrt_add_nd{{1, {64}}, {1}, {1}, {}}
  },
                       16, 16),
                   "x86_avx2"),
            "add_s16_x86_avx2");
  EXPECT_EQ(chosen(wide(
                       {
                           Op::Interpolate, qrt_interpolate{10, 1, 7, {}}
  },
                       16, 8),
                   "x86_avx2"),
            "interpolate_s16_s8_x86_avx2");
}

TEST(Select, ElementwiseFallsBackAlongTheChain) {
  EXPECT_EQ(chosen(
                {
                    Op::Lut, qrt_lut{1000, 1}
  },
                "x86_avx512vnni"),
            "lut_s8_x86_avx2");
  EXPECT_EQ(chosen(
                {
                    Op::Lut, qrt_lut{1000, 4}
  },
                "x86_avx512vnni"),
            "qrt_ref_lut_s8");
  EXPECT_EQ(chosen(
                {
                    Op::SoftmaxF32, qrt_rows{1, 1000, 1, 0}
  },
                "x86_avx512vnni"),
            "qrt_ref_softmax_f32");
  EXPECT_EQ(chosen(
                {
                    Op::Fill, FillParams{10, 0}
  },
                "x86_avx2"),
            "qrt_ref_fill_s8");
}

TEST(Select, ReasonNamesEveryRowOnTheChain) {
  const Problem problem = convProblem(14, 30, 64, 1);
  const targets::Target &target = *targets::findTarget("x86_avx512vnni");
  const Selection selection = select(problem, target);
  EXPECT_THAT(selection.reason, StartsWith(selection.kernel->symbol + ": "));
  EXPECT_THAT(selection.reason,
              HasSubstr("conv2d_s8_6x64x4_x86_avx512vnni: 30 input channels a "
                        "group, wants a multiple of 4\n"));
  EXPECT_THAT(selection.reason,
              HasSubstr("depthwise_s8_4x64x4_x86_avx512vnni: not depthwise\n"));
  const std::vector<const targets::Target *> chain = targets::isaChain(target);
  auto isOnChain = [&](std::string_view isa) {
    return std::any_of(chain.begin(), chain.end(),
                       [&](const auto *level) { return level->name == isa; });
  };
  for (const Kernel &kernel : kernels()) {
    if (kernel.op != Op::Conv2D || kernel.codes != Codes() ||
        !isOnChain(kernel.isa))
      continue;
    if (kernel.filterBits != 8) {
      EXPECT_THAT(selection.reason, Not(HasSubstr(kernel.symbol + ": ")));
      continue;
    }
    EXPECT_THAT(selection.reason, HasSubstr(kernel.symbol + ": "));
  }
  EXPECT_NE(selection.reason.back(), '\n');
  EXPECT_EQ(selection.cost, selection.kernel->cost(problem, target));
}

// Two output channels of one 1x1 tap, five inputs: [2][2], three steps, then
// what a load of eight channels reads behind the last one.
TEST(Pack, Avx2Layout) {
  qrt_conv2d p = std::get<qrt_conv2d>(convProblem(3, 5, 2, 1).params);
  p.in_zero = 10;
  const int8_t filter[] = {1, 2, 3, 4, 5, -1, -2, -3, -4, -6};
  const int32_t bias[] = {1000, 2000};
  const float mul[] = {0.5f, 0.25f};
  const PackedFilter packed =
      pack(*findKernel("conv2d_rows_s8_6x16x2_x86_avx2"), p, filter, bias, mul);
  ASSERT_EQ(packed.filter.size(), 3u * 2 * 2 + 6 * 2);
  EXPECT_THAT(
      std::vector<int8_t>(packed.filter.begin(), packed.filter.begin() + 13),
      ElementsAre(1, 2, -1, -2, 3, 4, -3, -4, 5, 0, -6, 0, 0));
  EXPECT_EQ(packed.filterAlignment, 4);
  EXPECT_EQ(packed.channelAlignment, 8);
  // bias - in_zero * sum(w)
  EXPECT_THAT(packed.bias, ElementsAre(1000 - 150, 2000 + 160));
  EXPECT_THAT(packed.mul, ElementsAre(0.5f, 0.25f));
}

// VPDPBUSD adds 128 to activations: (128 + in_zero) * (sum(w) - K * zw) leaves
// the bias.
TEST(Pack, VnniFoldsItsUnsignedSideAndTheFilterZero) {
  qrt_conv2d p = std::get<qrt_conv2d>(convProblem(3, 4, 1, 1).params);
  p.in_zero = -28;
  const int8_t filter[] = {1, 2, 3, 4};
  const float mul[] = {1.0f};
  EXPECT_EQ(pack(*findKernel("conv2d_s8_6x64x4_x86_avx512vnni"), p, filter,
                 nullptr, mul)
                .bias[0],
            -100 * 10);
  p.filter_zero = 2;
  const PackedFilter packed =
      pack(*findKernel("conv2d_s8_4x64x4_x86_avx512vnni_fz"), p, filter,
           nullptr, mul);
  EXPECT_EQ(packed.bias[0], -100 * (10 - 4 * 2));
  ASSERT_EQ(packed.filter.size(), 1u * 4 + 4); // and the ones of a tap
  EXPECT_EQ(packed.bias.size(), 1u);
  EXPECT_THAT(std::vector<int>(packed.filter.end() - 4, packed.filter.end()),
              ElementsAre(1, 1, 1, 1));
}

// Masks load the channels that there are: nothing is padded but the depth.
TEST(Pack, MasksNeedNoPadding) {
  for (const char *symbol : {"conv2d_s8_6x64x4_x86_avx512vnni",
                             "conv2d_s16_6x64x2_x86_avx512vnni"}) {
    const Kernel &kernel = *findKernel(symbol);
    const qrt_conv2d p = std::get<qrt_conv2d>(convProblem(3, 8, 67, 3).params);
    const std::vector<int8_t> filter(67 * 9 * 8, 1);
    const std::vector<float> mul(67, 1.0f);
    const PackedFilter packed =
        pack(kernel, p, filter.data(), nullptr, mul.data());
    EXPECT_EQ(packed.filter.size(), filter.size()) << symbol;
    EXPECT_THAT(packed.filter, testing::Each(1)) << symbol;
    ASSERT_EQ(packed.blocks.size(), 2u) << symbol;
    EXPECT_EQ(packed.blocks[0].end, 64u * 72) << symbol;
    EXPECT_EQ(packed.blocks[1].end, 67u * 72) << symbol;
  }
}

// Depthwise filters are stored tap after tap in blocks of channels, whatever
// the dots of the kernel want: 16 channels, then 3.
TEST(Pack, DepthwiseHasNothingButWeights) {
  const qrt_conv2d p = std::get<qrt_conv2d>(
      convProblem(8, 19, 19, 3, 1, 19, /*filterZero=*/2).params);
  std::vector<int8_t> filter(19 * 9);
  for (int c = 0; c < 19; ++c)
    for (int tap = 0; tap < 9; ++tap)
      filter[size_t(9 * c + tap)] = int8_t(9 * c + tap - 80);
  const std::vector<float> mul(19, 1.0f);
  const PackedFilter packed =
      pack(*findKernel("depthwise_s8_2x16x2_x86_avx2_fz"), p, filter.data(),
           nullptr, mul.data());
  ASSERT_EQ(packed.filter.size(), filter.size());
  for (int tap = 0; tap < 9; ++tap) {
    for (int c = 0; c < 16; ++c)
      EXPECT_EQ(int8_t(packed.filter[size_t(16 * tap + c)]), 9 * c + tap - 80);
    for (int c = 0; c < 3; ++c)
      EXPECT_EQ(int8_t(packed.filter[size_t(16 * 9 + 3 * tap + c)]),
                9 * (16 + c) + tap - 80);
  }
  EXPECT_EQ(packed.filterAlignment, 1);
}

// The least width that holds all, both ends of it, and 24 bits as two planes.
TEST(Pack, BiasesTakeAsFewBitsAsHoldThem) {
  EXPECT_EQ(biasBits({}), 16);
  EXPECT_EQ(biasBits({-32768, 32767}), 16);
  EXPECT_EQ(biasBits({0, 32768}), 24);
  EXPECT_EQ(biasBits({-32769}), 24);
  EXPECT_EQ(biasBits({-8388608, 8388607}), 24);
  EXPECT_EQ(biasBits({8388608}), 32);
  EXPECT_EQ(biasBits({-8388609, 1}), 32);
  const std::vector<int32_t> biases = {0x123456, -2, -8388608};
  const std::vector<uint8_t> stored = storeBiases24(biases);
  EXPECT_THAT(stored, ElementsAre(0x56, 0x34, 0xFE, 0xFF, 0x00, 0x00, 0x12,
                                  0xFF, 0x80));
  qrt_conv2d p = {};
  p.out_c = 3;
  p.bias_bits = 24;
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(qrt_bias(&p, stored.data(), i), biases[size_t(i)]);
}

// Sizes are multiples of alignments: sorted arrays have no gaps between them.
TEST(Pack, SizesAreMultiplesOfTheAlignment) {
  int compared = 0;
  for (const Kernel &kernel : kernels())
    for (int channels : {10, 16, 24, 64, 100})
      for (int groups : {1, channels}) {
        if (kernel.op != Op::Conv2D || kernel.filterZero)
          continue;
        Problem problem = convProblem(5, channels, channels, 3, 1, groups);
        problem.filterBits = kernel.filterBits;
        problem.codes = kernel.codes;
        if (!kernel.accepts(problem))
          continue;
        const auto &p = std::get<qrt_conv2d>(problem.params);
        const std::vector<int8_t> filter(
            size_t(channels * 9 * channels / groups), 1);
        const std::vector<float> mul(size_t(channels), 1.0f);
        const PackedFilter packed =
            pack(kernel, p, filter.data(), nullptr, mul.data());
        EXPECT_EQ(packed.filter.size() % size_t(packed.filterAlignment), 0u)
            << kernel.symbol << ", " << channels;
        EXPECT_EQ(packed.mul.size() * 4 % size_t(packed.channelAlignment), 0u)
            << kernel.symbol << ", " << channels;
        ++compared;
      }
  EXPECT_GT(compared, 100);
}

TEST(Pack, ReferenceCopies) {
  const qrt_conv2d p = std::get<qrt_conv2d>(convProblem(3, 2, 2, 1).params);
  const int8_t filter[] = {1, 2, 3, -4};
  const float mul[] = {1.0f, 2.0f};
  const PackedFilter packed =
      pack(*findKernel("qrt_ref_conv2d_s8"), p, filter, nullptr, mul);
  EXPECT_THAT(packed.filter, ElementsAre(1, 2, 3, uint8_t(-4)));
  EXPECT_TRUE(packed.bias.empty());
  EXPECT_THAT(packed.mul, ElementsAre(1.0f, 2.0f));
}

/// The s8 codes of a stored filter, byte by byte from the formula of
/// NarrowFilter.h.
std::vector<int> decoded(const PackedFilter &packed, size_t front, int bits,
                         int chunk) {
  std::vector<int> codes;
  size_t at = front;
  for (const auto &[end, first, count] : packed.blocks) {
    const size_t begin = codes.size();
    std::vector<int> block;
    while (begin + block.size() < end) {
      for (int j = 0; j < 8 / bits; ++j)
        for (int i = 0; i < chunk; ++i) {
          const int byte = packed.filter[at + size_t(i)];
          block.push_back(byte / (1 << j * bits) % (1 << bits) -
                          (1 << (bits - 1)));
        }
      at += size_t(chunk);
    }
    // What fills the last chunk is 0.
    for (size_t i = end - begin; i < block.size(); ++i)
      EXPECT_EQ(block[i], 0);
    block.resize(end - begin);
    codes.insert(codes.end(), block.begin(), block.end());
  }
  EXPECT_EQ(at, packed.filter.size());
  return codes;
}

TEST(Pack, NarrowFiltersHoldTheCodesOfTheEightBitRow) {
  const qrt_conv2d shapes[] = {
      std::get<qrt_conv2d>(convProblem(5, 7, 150, 3).params),
      std::get<qrt_conv2d>(convProblem(5, 16, 33, 1).params),
      std::get<qrt_conv2d>(convProblem(5, 12, 20, 3, 1, 4).params),
      std::get<qrt_conv2d>(convProblem(5, 81, 81, 3, 1, 81).params),
      std::get<qrt_conv2d>(convProblem(5, 20, 20, 5, 1, 20).params)};
  int compared = 0;
  for (const Kernel &kernel : kernels()) {
    if (kernel.op != Op::Conv2D || kernel.filterBits == 8)
      continue;
    const int bits = kernel.filterBits, half = 1 << (bits - 1);
    const Kernel &wide = kernel.isEmitted() ? eightBitRow(kernel)
                                            : *findKernel("qrt_ref_conv2d_s8");
    for (qrt_conv2d p : shapes) {
      p.filter_zero = kernel.filterZero ? 1 : 0;
      const size_t size = size_t(p.out_c) * size_t(p.kernel_h) *
                          size_t(p.kernel_w) * size_t(p.in_c / p.groups);
      std::vector<int8_t> filter(size);
      for (size_t i = 0; i < size; ++i)
        filter[i] = int8_t(int(i * 5 % size_t(2 * half)) - half);
      std::vector<float> mul(size_t(p.out_c), 0.5f);
      Problem problem{Op::Conv2D, p};
      EXPECT_FALSE(kernel.accepts(problem));
      problem.filterBits = bits;
      EXPECT_FALSE(wide.accepts(problem));
      if (!kernel.accepts(problem))
        continue;
      SCOPED_TRACE(kernel.symbol);
      const PackedFilter packed =
          pack(kernel, p, filter.data(), nullptr, mul.data());
      const PackedFilter expected =
          pack(wide, p, filter.data(), nullptr, mul.data());
      EXPECT_EQ(packed.bias, expected.bias);
      EXPECT_EQ(packed.mul, expected.mul);
      std::vector<int> codes;
      for (uint8_t byte : expected.filter)
        codes.push_back(int8_t(byte));
      const int chunk =
          kernel.isEmitted() ? targets::findTarget(kernel.isa)->vectorBytes : 1;
      size_t stored = 0, begin = 0;
      for (const PackedFilter::Block &block : packed.blocks) {
        const size_t step = size_t(chunk * 8 / bits);
        stored += (block.end - begin + step - 1) / step * size_t(chunk);
        begin = block.end;
      }
      // The ones of row sums: behind the blocks, in front of the stored.
      const size_t end = packed.blocks.back().end;
      ASSERT_GE(packed.filter.size(), stored);
      const size_t front = packed.filter.size() - stored;
      const bool depthwise = kernel.symbol.find("depthwise") == 0;
      EXPECT_EQ(front > 0, kernel.filterZero && !depthwise);
      ASSERT_GE(codes.size(), end + front);
      for (size_t i = 0; i < front; ++i)
        EXPECT_EQ(int8_t(packed.filter[i]), codes[end + i]);
      codes.resize(end);
      EXPECT_EQ(decoded(packed, front, bits, chunk), codes);
      ++compared;
    }
  }
  EXPECT_GT(compared, 60);
}

// Two rows of five codes: the reference begins a byte with each.
TEST(Pack, NarrowReference) {
  const qrt_conv2d p = std::get<qrt_conv2d>(convProblem(3, 5, 2, 1).params);
  const int8_t filter[] = {-8, 7, 0, -1, 1, 2, 3, 4, 5, 6};
  const float mul[] = {1.0f, 2.0f};
  EXPECT_THAT(
      pack(*findKernel("qrt_ref_conv2d_s8w4"), p, filter, nullptr, mul).filter,
      ElementsAre(0xF0, 0x78, 0x89, 0xBA, 0xDC, 0x8E));
  const int8_t narrow[] = {-2, 1, 0, -1, 1, 0, 0, 0, 0, 0};
  EXPECT_THAT(
      pack(*findKernel("qrt_ref_conv2d_s8w2"), p, narrow, nullptr, mul).filter,
      ElementsAre(0x6C, 0xAB, 0xAA, 0xAA));
}

// Multipliers stand in front of what is unpacked with them. Two taps of 18
// channels, a group of 16 and one of 2 each.
TEST(Pack, MultipliersInFrontOfTheirCodes) {
  qrt_conv2d p = std::get<qrt_conv2d>(convProblem(3, 18, 9, 1).params);
  p.kernel_w = 2;
  p.pad_left = 0;
  p.out_w = 2;
  FilterGroups groups;
  groups.size = 16;
  std::vector<int8_t> filter;
  for (int oc = 0; oc < 9; ++oc)
    for (int group = 0; group < 4; ++group) {
      const int multiplier = 1 + (oc + 3 * group) % 15;
      groups.multipliers.push_back(int8_t(multiplier));
      for (int i = 0; i < (group % 2 ? 2 : 16); ++i)
        filter.push_back(int8_t(multiplier * ((oc + i) % 15 - 7)));
    }
  const std::vector<float> mul(9, 1.0f);

  const PackedFilter reference =
      pack(*findKernel("qrt_ref_conv2d_s8w4g"), p, filter.data(), nullptr,
           mul.data(), groups);
  // An output channel: four multipliers, 36 codes stored plus 8.
  ASSERT_EQ(reference.filter.size(), 9u * (4 + 18));
  EXPECT_THAT(std::vector<uint8_t>(reference.filter.begin() + 22,
                                   reference.filter.begin() + 28),
              ElementsAre(2, 5, 8, 11, 0x32, 0x54));

  // AVX2: one block of 9 channels, multipliers [2 taps][2 groups][9], then 18
  // steps [9][2], 64 codes a chunk of 32 bytes.
  const PackedFilter packed =
      pack(*findKernel("conv2d_rows_s8w4g_6x16x2_x86_avx2"), p, filter.data(),
           nullptr, mul.data(), groups);
  ASSERT_EQ(packed.filter.size(), 36u + 6 * 32);
  for (size_t group = 0; group < 4; ++group)
    for (size_t c = 0; c < 9; ++c)
      EXPECT_EQ(packed.filter[9 * group + c],
                groups.multipliers[4 * c + group]);
  // Code 0, -7 of channel 0, and code 32, 2 of channel 7 a step on.
  EXPECT_EQ(packed.filter[36], 0xa1);
  // The bias has the sums of the products.
  const PackedFilter wide = pack(*findKernel("conv2d_rows_s8_6x16x2_x86_avx2"),
                                 p, filter.data(), nullptr, mul.data());
  EXPECT_EQ(packed.bias, wide.bias);
}

// Where only the reference would unpack groups, codes are stored with 8 bits.
TEST(Select, GroupsFallBackToEightBits) {
  Problem problem = convProblem(14, 18, 64, 3);
  problem.filterBits = 4;
  problem.filterGroup = 16;
  // Taps of 18 channels: in a row of them a step of 2 has one group, a step of
  // 4 has not.
  const targets::Target &vnni = *targets::findTarget("x86_avx512vnni");
  const Selection avx2 = select(problem, vnni);
  EXPECT_EQ(avx2.kernel->isa, "x86_avx2");
  EXPECT_TRUE(avx2.kernel->grouped);
  EXPECT_THAT(avx2.reason, HasSubstr("groups in taps of 18 input channels, "
                                     "wants a multiple of 4\n"));
  // Of 17, only the reference unpacks.
  std::get<qrt_conv2d>(problem.params).in_c = 17;
  EXPECT_EQ(chosen(problem, "scalar"), "qrt_ref_conv2d_s8w4g");
  const Selection stored = select(problem, vnni);
  EXPECT_TRUE(stored.kernel->isEmitted());
  EXPECT_EQ(stored.kernel->filterBits, 8);
  EXPECT_THAT(stored.reason,
              HasSubstr("\nstored with 8 bits: no kernel of these codes "
                        "unpacks groups here\n"));
  // No kernel of 16-bit codes unpacks, not even a reference.
  problem.codes = {16, 16, 16};
  EXPECT_EQ(select(problem, vnni).kernel->filterBits, 8);
}

// Narrow filters run the tiles of their 8-bit twins and pay for unpacking, a
// little where many pixels share a block.
TEST(Select, NarrowFiltersTakeTheSameTiles) {
  Problem problem = convProblem(56, 24, 144, 1);
  const targets::Target &target = *targets::findTarget("x86_avx512vnni");
  const double wide = select(problem, target).cost;
  for (int bits : {4, 2}) {
    problem.filterBits = bits;
    const Selection narrow = select(problem, target);
    EXPECT_EQ(narrow.kernel->filterBits, bits);
    EXPECT_EQ(narrow.kernel->inner, "conv2d_s8_7x48x4_x86_avx512vnni");
    EXPECT_GT(narrow.cost, wide);
    EXPECT_LT(narrow.cost, 1.05 * wide);
    EXPECT_EQ(narrow.kernel->unpackedChannels(problem), 48);
  }
}

// Scratch is bounded by a block, not by the filter.
TEST(Select, UnpackingNeedsABlockOfScratch) {
  for (std::string_view name : {"x86_avx512vnni", "x86_avx2", "scalar"}) {
    Problem problem = convProblem(14, 64, 64, 3);
    const targets::Target &target = *targets::findTarget(name);
    size_t bytes = 0, block = 0;
    auto grow = [&](int channels) {
      std::get<qrt_conv2d>(problem.params).out_c = channels;
      problem.filterBits = 4;
      const Kernel *narrow = select(problem, target).kernel;
      problem.filterBits = 8;
      const size_t before = eightBitRow(*narrow).scratchBytes(problem);
      problem.filterBits = 4;
      bytes = narrow->scratchBytes(problem) - before;
      block = size_t(narrow->unpackedChannels(problem)) * 64 * 9;
    };
    for (int channels : {64, 1024}) {
      grow(channels);
      EXPECT_EQ(bytes, block) << name;
      EXPECT_LE(block, 64u * 64 * 9);
    }
  }
}

TEST(Emit, TwinsShareTheirTiles) {
  const Kernel *wide = findKernel("conv2d_s8_6x64x4_x86_avx512vnni");
  const Kernel *narrow = findKernel("conv2d_s8w4_6x64x4_x86_avx512vnni");
  CppWriter one, both;
  emitKernels(one, {wide});
  emitKernels(both, {narrow, wide});
  const std::string tile = wide->inner + "_64(const qrt_conv2d *p";
  const size_t first = both.str().find(tile);
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(both.str().find(tile, first + 1), std::string::npos);
  EXPECT_LT(both.str().size(), one.str().size() * 3 / 2);
}

TEST(Emit, EveryKernelIsDocumentedStableAndFitsEightyColumns) {
  for (const Kernel &kernel : kernels()) {
    if (!kernel.isEmitted() || kernel.isCuda())
      continue;
    SCOPED_TRACE(kernel.symbol);
    CppWriter first, second;
    emitPrelude(first, {&kernel});
    emitKernel(first, kernel);
    emitPrelude(second, {&kernel});
    emitKernel(second, kernel);
    EXPECT_EQ(first.str(), second.str());
    EXPECT_NE(first.str().find("\n// " + kernel.symbol + "\n//\n"),
              std::string::npos);
    EXPECT_NE(first.str().find(kernel.symbol + "("), std::string::npos);
    std::istringstream lines(first.str());
    std::string line;
    while (std::getline(lines, line)) {
      EXPECT_LE(line.size(), 80u) << line;
      EXPECT_TRUE(line.empty() || line.back() != ' ') << line;
    }
  }
}

TEST(Emit, PreludeWithoutEmittedKernelsIsOneInclude) {
  CppWriter writer;
  emitPrelude(writer, {findKernel("qrt_ref_fill_s8")});
  EXPECT_EQ(writer.str(), "#include \"qrt/kernels.h\"\n");
}

} // namespace
