// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Float convolutions: the bits of the stated order, and bounds against double.

#include "FloatOracle.h"

using namespace quench;

namespace {

struct ConvCase {
  const char *name;
  int32_t batch, inH, inW, inC, outC, kernelH, kernelW, stride, dilation,
      padTop, padLeft, padBottom, padRight, groups;
  bool bias, clamp;
};

void PrintTo(const ConvCase &c, std::ostream *os) { *os << c.name; }

const ConvCase cases[] = {
    // Deep: whole vectors, remainders, several blocks of outputs.
    {"deep",              1, 5,  6,  16, 8,  3,  3,  1, 1, 1, 1, 1, 1, 1,  true,  false},
    {"deep_rest",         2, 4,  5,  19, 21, 3,  2,  1, 1, 1, 0, 0, 1, 1,  true,  true },
    {"deep_dilated",      1, 9,  8,  8,  5,  3,  3,  2, 2, 2, 1, 2, 3, 1,  false, true },
    {"deep_groups",       1, 5,  5,  36, 12, 3,  3,  1, 1, 1, 1, 1, 1, 4,  true,  false},
    {"pointwise",         1, 3,  3,  24, 35, 1,  1,  1, 1, 0, 0, 0, 0, 1,  true,  true },
    {"row",               1, 1,  7,  33, 10, 1,  1,  1, 1, 0, 0, 0, 0, 1,  true,  false},
    // Shallow: the picture's channels, one channel, the largest turned filter.
    {"picture",           2, 9,  11, 3,  19, 3,  3,  2, 1, 0, 1, 1, 0, 1,  true,  true },
    {"one_channel",       1, 8,  8,  1,  8,  5,  5,  1, 1, 2, 2, 2, 2, 1,  false, false},
    {"seven",             1, 12, 12, 3,  9,  7,  7,  2, 1, 3, 3, 3, 3, 1,  true,  false},
    {"seven_channels",    1, 6,  5,  7,  8,  3,  3,  1, 1, 1, 1, 1, 1, 1,  true,  false},
    // Shallow, but too large to be turned.
    {"eleven",            1, 16, 15, 3,  6,  11, 11, 4, 1, 2, 2, 2, 2, 1,  true,  true },
    // Depthwise, with a rest of channels; groups that are neither.
    {"depthwise",         1, 7,  8,  21, 21, 3,  3,  2, 1, 1, 1, 1, 1, 21, true,  true },
    {"depthwise_dilated", 1, 9,  9,  16, 16, 3,  5,  1, 2, 2, 4, 2, 4, 16, false,
     false                                                                             },
    {"depthwise_large",   1, 15, 15, 9,  9,  15, 15, 1, 1, 7, 7, 7, 7, 9,  true,
     false                                                                             },
    {"multiplier",        1, 5,  5,  6,  12, 3,  3,  1, 1, 1, 1, 1, 1, 6,  true,  false},
    {"narrow_groups",     1, 5,  5,  12, 12, 3,  3,  1, 1, 1, 1, 1, 1, 4,  true,  true },
    // Windows that see padding only.
    {"outside",           1, 2,  2,  8,  4,  2,  2,  2, 1, 3, 3, 3, 3, 1,  true,  false},
};

class FloatConv : public testing::TestWithParam<ConvCase> {
protected:
  const ConvCase &c = GetParam();
  const int32_t depth = c.inC / c.groups;
  qrt_conv2d_f32 p = {};
  std::vector<float> x, filter, bias;

  void SetUp() override {
    p.batch = c.batch;
    p.in_h = c.inH;
    p.in_w = c.inW;
    p.in_c = c.inC;
    p.out_c = c.outC;
    p.kernel_h = c.kernelH;
    p.kernel_w = c.kernelW;
    p.stride_h = p.stride_w = c.stride;
    p.dilation_h = p.dilation_w = c.dilation;
    p.pad_top = c.padTop;
    p.pad_left = c.padLeft;
    p.groups = c.groups;
    p.min = c.clamp ? -1.25f : -INFINITY;
    p.max = c.clamp ? 1.5f : INFINITY;
    x = oracle::reals(size_t(c.batch) * c.inH * c.inW * c.inC, -3, 2, 3);
    filter =
        oracle::reals(size_t(c.outC) * c.kernelH * c.kernelW * depth, -1, 1, 5);
    bias = oracle::reals(size_t(c.outC), -2, 2, 7);
  }

  float at(int32_t n, int32_t i, int32_t j, int32_t channel) const {
    return x[((size_t(n) * c.inH + i) * c.inW + j) * c.inC + channel];
  }
  float weight(int32_t oc, int32_t kh, int32_t kw, int32_t ic) const {
    return filter[((size_t(oc) * c.kernelH + kh) * c.kernelW + kw) * depth +
                  ic];
  }
  const float *biasOrNull() const { return c.bias ? bias.data() : nullptr; }

  /// What the sum of an output becomes, in float as stated and in double.
  float finish(const oracle::LaneSum &sum, int32_t oc) const {
    float y = sum.sum();
    if (c.bias)
      y += bias[size_t(oc)];
    return std::min(std::max(y, p.min), p.max);
  }
  double finishExact(const oracle::LaneSum &sum, int32_t oc) const {
    double y = sum.exact + (c.bias ? double(bias[size_t(oc)]) : 0.0);
    return std::min(std::max(y, double(p.min)), double(p.max));
  }

  /// Walks the outputs; `collect` adds the products of one.
  template <typename Collect>
  void compare(const std::vector<float> &y, Collect collect) {
    std::vector<float> expected;
    size_t clamped = 0;
    for (int32_t n = 0; n < c.batch; ++n)
      for (int32_t i = 0; i < p.out_h; ++i)
        for (int32_t j = 0; j < p.out_w; ++j)
          for (int32_t oc = 0; oc < c.outC; ++oc) {
            oracle::LaneSum sum;
            collect(n, i, j, oc, sum);
            const float value = finish(sum, oc);
            EXPECT_NEAR(value, finishExact(sum, oc), sum.bound() + 1e-6);
            clamped += value == p.min || value == p.max;
            expected.push_back(value);
          }
    EXPECT_TRUE(oracle::sameBits(y, expected));
    EXPECT_EQ(clamped > 0, c.clamp);
  }
};

class Conv2DF32 : public FloatConv {};
TEST_P(Conv2DF32, GivesTheBitsOfTheStatedOrder) {
  auto size = [&](int32_t in, int32_t pads, int32_t kernel) {
    return (in + pads - (c.dilation * (kernel - 1) + 1)) / c.stride + 1;
  };
  p.out_h = size(c.inH, c.padTop + c.padBottom, c.kernelH);
  p.out_w = size(c.inW, c.padLeft + c.padRight, c.kernelW);
  std::vector<float> y(size_t(c.batch) * p.out_h * p.out_w * c.outC, -99);
  qrt_ref_conv2d_f32(&p, x.data(), filter.data(), biasOrNull(), y.data());
  compare(y, [&](int32_t n, int32_t i, int32_t j, int32_t oc,
                 oracle::LaneSum &sum) {
    const int32_t first = oc / (c.outC / c.groups) * depth;
    for (int32_t kh = 0; kh < c.kernelH; ++kh)
      for (int32_t kw = 0; kw < c.kernelW; ++kw) {
        const int32_t row = i * c.stride - c.padTop + kh * c.dilation;
        const int32_t col = j * c.stride - c.padLeft + kw * c.dilation;
        if (row < 0 || row >= c.inH || col < 0 || col >= c.inW)
          continue;
        for (int32_t ic = 0; ic < depth; ++ic)
          sum.add(size_t(ic), at(n, row, col, first + ic),
                  weight(oc, kh, kw, ic));
      }
  });
}

class ConvTranspose2DF32 : public FloatConv {};
TEST_P(ConvTranspose2DF32, GivesTheBitsOfTheStatedOrder) {
  auto size = [&](int32_t in, int32_t pads, int32_t kernel) {
    return std::max(1,
                    c.stride * (in - 1) + c.dilation * (kernel - 1) + 1 - pads);
  };
  p.out_h = size(c.inH, c.padTop + c.padBottom, c.kernelH);
  p.out_w = size(c.inW, c.padLeft + c.padRight, c.kernelW);
  std::vector<float> y(size_t(c.batch) * p.out_h * p.out_w * c.outC, -99);
  qrt_ref_conv_transpose2d_f32(&p, x.data(), filter.data(), biasOrNull(),
                               y.data());
  compare(y, [&](int32_t n, int32_t i, int32_t j, int32_t oc,
                 oracle::LaneSum &sum) {
    const int32_t first = oc / (c.outC / c.groups) * depth;
    for (int32_t kh = 0; kh < c.kernelH; ++kh)
      for (int32_t kw = 0; kw < c.kernelW; ++kw)
        // Every input pixel is asked where it goes.
        for (int32_t row = 0; row < c.inH; ++row)
          for (int32_t col = 0; col < c.inW; ++col)
            if (row * c.stride - c.padTop + kh * c.dilation == i &&
                col * c.stride - c.padLeft + kw * c.dilation == j)
              for (int32_t ic = 0; ic < depth; ++ic)
                sum.add(size_t(ic), at(n, row, col, first + ic),
                        weight(oc, kh, kw, ic));
  });
}

std::string caseName(const testing::TestParamInfo<ConvCase> &info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Shapes, Conv2DF32, testing::ValuesIn(cases), caseName);
INSTANTIATE_TEST_SUITE_P(Shapes, ConvTranspose2DF32, testing::ValuesIn(cases),
                         caseName);

} // namespace
