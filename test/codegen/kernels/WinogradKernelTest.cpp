// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Winograd convolutions beyond what every convolution row is tried with: tiles
// over the edges, blocks and tails of channels, chunks and parts of tiles,
// accumulators that wrap, and filters for which exactness is not proved.

#include "test/codegen/kernels/KernelTest.h"

#include <gmock/gmock.h>

#include <cmath>

namespace targets = quench::targets;
using namespace quench::kernels;
using testing::HasSubstr;
using testing::StartsWith;

namespace {

qrt_conv2d conv(int h, int w, int ic, int oc, int pad, int batch = 1) {
  qrt_conv2d p = {};
  p.batch = batch;
  p.in_h = h, p.in_w = w, p.in_c = ic;
  p.out_h = h + 2 * pad - 2, p.out_w = w + 2 * pad - 2, p.out_c = oc;
  p.kernel_h = p.kernel_w = 3;
  p.stride_h = p.stride_w = p.dilation_h = p.dilation_w = 1;
  p.pad_top = p.pad_left = pad;
  p.groups = 1;
  p.in_zero = 11;
  p.out = {-9, -128, 120};
  p.add = {
      3, -11, 1 << 20, 700001, 1.0f / (1 << 20), {-5, -100, 90}
  };
  return p;
}

Problem problemOf(const qrt_conv2d &p, int64_t filterSum = -1) {
  Problem problem{Op::Conv2D, p};
  problem.filterSum = filterSum;
  return problem;
}

struct Operands {
  explicit Operands(const qrt_conv2d &p)
      : x(size_t(p.batch * p.in_h * p.in_w * p.in_c)),
        filter(size_t(p.out_c * 9 * p.in_c)), bias(size_t(p.out_c)),
        mul(size_t(p.out_c)),
        residual(size_t(p.batch * p.out_h * p.out_w * p.out_c)) {
    std::mt19937 random(5);
    fillCodes(x, random);
    fillCodes(filter, random);
    fillCodes(residual, random);
    for (size_t i = 0; i < bias.size(); ++i) {
      bias[i] = int32_t(random() % 20001) - 10000;
      mul[i] = float(0.01 / std::sqrt(9.0 * p.in_c));
    }
  }

  Exact<int8_t> x, filter;
  Exact<int32_t> bias;
  Exact<float> mul;
  Exact<int8_t> residual;
};

/// Whether the kernel gives the bytes of the reference.
testing::AssertionResult equalsReference(const Compiled &compiled,
                                         const qrt_conv2d &p, Operands &in,
                                         bool withResidual = false) {
  const PackedFilter packed = pack(*compiled.kernel, p, in.filter.data(),
                                   in.bias.data(), in.mul.data());
  Exact<int8_t> filter(packed.filter);
  Exact<int32_t> bias(packed.bias);
  Exact<uint8_t> scratch(compiled.kernel->scratchBytes(problemOf(p)), 64);
  std::memset(scratch.data(), 0xA5, scratch.size());
  const int8_t *residual = withResidual ? in.residual.data() : nullptr;
  Exact<int8_t> expected(in.residual.size()), y(in.residual.size());
  qrt_ref_conv2d_s8(&p, in.x.data(), in.filter.data(), in.bias.data(),
                    in.mul.data(), residual, expected.data());
  reinterpret_cast<ConvFunction<>>(compiled.function)(
      &p, in.x.data(), filter.data(), bias.data(), in.mul.data(), residual,
      y.data(), scratch.data());
  for (size_t i = 0; i < y.size(); ++i)
    if (y[i] != expected[i])
      return testing::AssertionFailure()
             << p.in_h << "x" << p.in_w << "x" << p.in_c << " -> " << p.out_c
             << ", pad " << p.pad_top << ": " << int(y[i]) << " at " << i
             << ", expected " << int(expected[i]);
  return testing::AssertionSuccess();
}

class Winograd : public testing::TestWithParam<Compiled> {};

TEST_P(Winograd, TilesOverTheEdges) {
  for (int h : {1, 2, 3, 4, 5, 9})
    for (int w : {1, 4, 6, 7, 8})
      for (int pad : {0, 1, 2, 7}) {
        const qrt_conv2d p = conv(h, w, 5, 18, pad);
        if (p.out_h < 1 || p.out_w < 1)
          continue;
        Operands in(p);
        ASSERT_TRUE(equalsReference(GetParam(), p, in));
        ASSERT_TRUE(equalsReference(GetParam(), p, in, true));
      }
  // Pads of two sides are no pads of the others.
  qrt_conv2d p = conv(6, 7, 4, 20, 0);
  p.pad_top = 2, p.pad_left = 3;
  p.out_h = 9, p.out_w = 11;
  Operands in(p);
  ASSERT_TRUE(equalsReference(GetParam(), p, in));
}

TEST_P(Winograd, TailsAndBlocksOfChannels) {
  for (int ic : {1, 2, 3, 15, 16, 17, 32, 33, 63, 64, 65, 96, 130, 200})
    for (int oc : {1, 7, 15, 16, 17, 31, 32, 33, 50}) {
      const qrt_conv2d p = conv(6, 5, ic, oc, 1);
      Operands in(p);
      ASSERT_TRUE(equalsReference(GetParam(), p, in, ic % 2 == 0));
    }
}

// More tiles than a part, than a chunk, of several images; with one block of
// input channels and with more.
TEST_P(Winograd, ChunksOfTiles) {
  for (const qrt_conv2d &p : {conv(40, 40, 4, 20, 1), conv(110, 106, 2, 17, 1),
                              conv(7, 9, 9, 20, 1, 7), conv(36, 33, 70, 17, 1),
                              conv(21, 22, 130, 33, 1, 2)}) {
    Operands in(p);
    ASSERT_TRUE(equalsReference(GetParam(), p, in));
  }
}

// All weights and inputs at their extremes, then inputs with the signs of the
// row of B' for one of the points: the products of that point are far beyond
// int32, and so is 576 times the results.
TEST_P(Winograd, WrappedAccumulatorsAreExact) {
  const qrt_conv2d p = conv(18, 18, 227, 20, 0);
  Operands in(p);
  std::fill_n(in.filter.data(), in.filter.size(), int8_t(-128));
  std::fill_n(in.mul.data(), in.mul.size(), 3.0e-6f);
  const int row[] = {0, -2, -1, 2, 1, 0};
  for (bool constant : {true, false}) {
    auto positive = [&](int i) { return constant || i % 4 == 0 || i % 4 == 3; };
    size_t at = 0;
    for (int h = 0; h < p.in_h; ++h)
      for (int w = 0; w < p.in_w; ++w)
        for (int c = 0; c < p.in_c; ++c)
          in.x[at++] = positive(h) == positive(w) ? 127 : -128;
    // A product and an output of the first tile.
    int64_t v = 0, output = 0;
    for (int h = 0; h < 6; ++h)
      for (int w = 0; w < 6; ++w) {
        const int code = in.x[size_t((h * p.in_w + w) * p.in_c)];
        v += int64_t(row[h]) * row[w] * code;
        if (h < 3 && w < 3)
          output += int64_t(code) * -128 * p.in_c;
      }
    if (constant)
      EXPECT_GT(576 * std::abs(output), int64_t(1) << 34);
    else
      EXPECT_GT(std::abs(v * (49 * -128) * p.in_c), int64_t(1) << 32);
    ASSERT_TRUE(equalsReference(GetParam(), p, in)) << constant;
  }
}

INSTANTIATE_TEST_SUITE_P(Catalogue, Winograd,
                         testing::ValuesIn(hostConvolutions("winograd")),
                         [](const testing::TestParamInfo<Compiled> &info) {
                           return info.param.name;
                         });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Winograd);

const Kernel &avx2Row() {
  return *findKernel("conv2d_winograd_s8_6x16x2_x86_avx2");
}

TEST(WinogradRow, ProvesThatSumsAreExact) {
  const qrt_conv2d p = conv(14, 14, 512, 64, 1);
  std::string why;
  // |sum| <= 128 * sum |w| must stay below 2^25.
  EXPECT_TRUE(avx2Row().accepts(problemOf(p, (1 << 18) - 1)));
  EXPECT_FALSE(avx2Row().accepts(problemOf(p, 1 << 18), &why));
  EXPECT_EQ(why, "not exact, sums may reach 33554432 >= 2^25");
  // Without the sum, 4608 weights of 128.
  EXPECT_FALSE(avx2Row().accepts(problemOf(p), &why));
  EXPECT_EQ(why, "not exact, sums may reach 75497472 >= 2^25");
  Problem small = problemOf(p);
  small.filterMax = 50;
  EXPECT_TRUE(avx2Row().accepts(small));
}

TEST(WinogradRow, ReasonHasTheProof) {
  const targets::Target &target = *targets::findTarget("x86_avx2");
  const Problem proved = problemOf(conv(56, 56, 64, 64, 1), 10000);
  EXPECT_THAT(select(proved, target).reason,
              StartsWith(avx2Row().symbol + ": "));
  EXPECT_THAT(select(proved, target).reason,
              HasSubstr(" cycles, exact, sums of at most 1280000 < 2^25\n"));
  const Problem failing = problemOf(conv(56, 56, 64, 64, 1), 300000);
  EXPECT_THAT(select(failing, target).reason,
              HasSubstr(avx2Row().symbol +
                        ": not exact, sums may reach 38400000 >= 2^25\n"));
}

TEST(WinogradRow, Declines) {
  auto why = [](auto change) {
    qrt_conv2d p = conv(8, 8, 4, 16, 1);
    change(p);
    std::string text;
    EXPECT_FALSE(avx2Row().accepts(problemOf(p), &text));
    return text;
  };
  const char *shape = "not 3x3 with stride and dilation 1";
  EXPECT_EQ(why([](qrt_conv2d &p) { p.kernel_w = 5; }), shape);
  EXPECT_EQ(why([](qrt_conv2d &p) { p.stride_h = 2; }), shape);
  EXPECT_EQ(why([](qrt_conv2d &p) { p.dilation_w = 2; }), shape);
  EXPECT_EQ(why([](qrt_conv2d &p) { p.groups = 2; }), "more than one group");
  EXPECT_EQ(why([](qrt_conv2d &p) { p.pad_left = -1; }), "negative padding");
  EXPECT_EQ(why([](qrt_conv2d &p) { p.filter_zero = 1; }),
            "filter zero point is not 0");
  Problem narrow = problemOf(conv(8, 8, 4, 16, 1));
  narrow.filterBits = 4;
  std::string text;
  EXPECT_FALSE(avx2Row().accepts(narrow, &text));
  EXPECT_EQ(text, "stores weights of 8 bits, the filter has 4");
}

// Two output channels of three inputs: pairs of inputs, then taps, then
// channels; what a load of eight channels reads follows.
TEST(WinogradRow, PacksPairsOfInputs) {
  const qrt_conv2d p = conv(4, 4, 3, 2, 1);
  std::vector<int8_t> filter;
  for (int oc = 0; oc < 2; ++oc)
    for (int tap = 0; tap < 9; ++tap)
      for (int ic = 0; ic < 3; ++ic)
        filter.push_back(int8_t((oc ? -1 : 1) * (10 * tap + ic)));
  const float mul[] = {1.0f, 1.0f};
  const PackedFilter packed = pack(avx2Row(), p, filter.data(), nullptr, mul);
  ASSERT_EQ(packed.filter.size(), 2u * 9 * 2 * 2 + 6 * 2);
  size_t at = 0;
  for (int ic : {0, 2})
    for (int tap = 0; tap < 9; ++tap)
      for (int oc = 0; oc < 2; ++oc)
        for (int k = ic; k < ic + 2; ++k)
          EXPECT_EQ(int8_t(packed.filter[at++]),
                    k < 3 ? (oc ? -1 : 1) * (10 * tap + k) : 0);
  // bias - in_zero * sum(w), nothing added to the codes
  EXPECT_EQ(packed.bias[0], -11 * (3 * 10 * 36 + 9 * 3));
}

TEST(WinogradRow, ScratchIsBounded) {
  for (const Kernel &kernel : kernels()) {
    if (kernel.symbol.find("winograd") == std::string::npos)
      continue;
    for (int size : {224, 112, 56, 28, 14, 7})
      for (int channels : {3, 16, 64, 128, 512})
        EXPECT_LE(kernel.scratchBytes(
                      problemOf(conv(size, size, channels, channels, 1))),
                  size_t(700) << 10)
            << kernel.symbol << ", " << size << ", " << channels;
  }
}

} // namespace
