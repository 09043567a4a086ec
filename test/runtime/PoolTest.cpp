// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Max and average pooling against loops over padded coordinates, with padding,
// dilation, count_include_pad and the overhang of ceil_mode.

#include "Oracle.h"

#include "gtest/gtest.h"

using namespace quench;

namespace {

struct PoolCase {
  const char *name;
  int32_t inH, inW, channels;
  int32_t kernelH, kernelW, strideH, strideW, dilationH, dilationW;
  int32_t top, left, bottom, right;
  bool ceil, includePad;
};

// ONNX: ceil_mode rounds the size up, but a window starts inside the input or
// its leading padding.
int32_t outSize(int32_t in, int32_t before, int32_t after, int32_t kernel,
                int32_t dilation, int32_t stride, bool ceil) {
  int32_t span = in + before + after - (kernel - 1) * dilation - 1;
  int32_t size = (span + (ceil ? stride - 1 : 0)) / stride + 1;
  if (ceil && (size - 1) * stride >= in + before)
    --size;
  return size;
}

qrt_pool2d poolOf(const PoolCase &c) {
  qrt_pool2d p{};
  p.batch = 2;
  p.in_h = c.inH, p.in_w = c.inW, p.channels = c.channels;
  p.kernel_h = c.kernelH, p.kernel_w = c.kernelW;
  p.stride_h = c.strideH, p.stride_w = c.strideW;
  p.dilation_h = c.dilationH, p.dilation_w = c.dilationW;
  p.pad_top = c.top, p.pad_left = c.left;
  p.out_h = outSize(c.inH, c.top, c.bottom, c.kernelH, c.dilationH, c.strideH,
                    c.ceil);
  p.out_w = outSize(c.inW, c.left, c.right, c.kernelW, c.dilationW, c.strideW,
                    c.ceil);
  p.in_zero = -11;
  p.in_scale = 0.75f, p.out_scale = 0.5f;
  p.count_include_pad = c.includePad;
  p.padded_h = c.inH + c.top + c.bottom;
  p.padded_w = c.inW + c.left + c.right;
  p.out = {3, -128, 127};
  return p;
}

class Pool : public testing::TestWithParam<PoolCase> {
protected:
  qrt_pool2d p = poolOf(GetParam());
  std::vector<int8_t> x =
      oracle::Random(13).codes(size_t(p.batch) * p.in_h * p.in_w * p.channels);
  size_t outputs = size_t(p.batch) * p.out_h * p.out_w * p.channels;

  // Calls visit(inside, code) for the taps of output `index` that lie within
  // the padded input; taps in the overhang are not visited.
  template <typename Visit>
  void forTaps(size_t index, Visit visit) {
    int64_t c = int64_t(index) % p.channels, rest = int64_t(index) / p.channels;
    int64_t ow = rest % p.out_w, oh = rest / p.out_w % p.out_h;
    int64_t n = rest / p.out_w / p.out_h;
    for (int64_t kh = 0; kh < p.kernel_h; ++kh)
      for (int64_t kw = 0; kw < p.kernel_w; ++kw) {
        int64_t row = oh * p.stride_h + kh * p.dilation_h;
        int64_t col = ow * p.stride_w + kw * p.dilation_w;
        if (row >= p.padded_h || col >= p.padded_w)
          continue;
        row -= p.pad_top, col -= p.pad_left;
        bool inside = row >= 0 && row < p.in_h && col >= 0 && col < p.in_w;
        visit(inside,
              inside
                  ? x[size_t(((n * p.in_h + row) * p.in_w + col) * p.channels +
                             c)]
                  : 0);
      }
  }
};

TEST_P(Pool, Max) {
  std::vector<int8_t> y(outputs);
  qrt_ref_max_pool2d_s8(&p, x.data(), y.data());
  for (size_t i = 0; i < outputs; ++i) {
    int best = -128;
    forTaps(i, [&](bool inside, int code) {
      best = inside ? std::max(best, code) : best;
    });
    ASSERT_EQ(y[i], best) << "element " << i;
  }
}

TEST_P(Pool, Average) {
  std::vector<int8_t> y(outputs);
  qrt_ref_avg_pool2d_s8(&p, x.data(), y.data());
  oracle::Disagreements told;
  for (size_t i = 0; i < outputs; ++i) {
    int64_t sum = 0;
    int count = 0;
    forTaps(i, [&](bool inside, int code) {
      sum += inside ? code - p.in_zero : 0;
      count += inside || p.count_include_pad;
    });
    count = std::max(count, 1); // a window in nothing but padding
    float divisor = static_cast<float>(double(p.out_scale) * count);
    float mul = static_cast<float>(double(p.in_scale) / double(divisor));
    ASSERT_EQ(y[i], oracle::requantize(sum, mul, p.out))
        << "element " << i << ", sum " << sum << ", count " << count;
    told.count(sum, mul, p.out);
  }
  EXPECT_TELLS_ROUNDINGS_APART(told);
}

INSTANTIATE_TEST_SUITE_P(
    Windows, Pool,
    testing::Values(
        PoolCase{"plain", 8, 8, 70, 2, 2, 2, 2, 1, 1, 0, 0, 0, 0, 0, 0},
        PoolCase{"pads", 9, 7, 8, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 0, 0},
        PoolCase{"padsCounted", 9, 7, 8, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 0, 1},
        PoolCase{"ceil", 8, 10, 8, 3, 3, 2, 2, 1, 1, 0, 0, 0, 0, 1, 0},
        PoolCase{"ceilCounted", 8, 10, 8, 3, 2, 2, 3, 1, 1, 1, 0, 1, 1, 1, 1},
        PoolCase{"fourPads", 6, 5, 8, 4, 3, 1, 1, 1, 1, 0, 2, 3, 1, 0, 1},
        PoolCase{"dilated", 9, 9, 8, 2, 2, 1, 2, 3, 2, 1, 2, 2, 0, 0, 0},
        PoolCase{"dilatedCounted", 9, 9, 8, 2, 2, 2, 2, 3, 2, 1, 2, 2, 0, 1, 1},
        PoolCase{"windowsInPadding", 5, 6, 8, 2, 2, 1, 1, 1, 1, 4, 3, 3, 4, 0,
                 0},
        PoolCase{"global", 4, 8, 130, 4, 8, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0}),
    [](const auto &info) { return std::string(info.param.name); });

} // namespace
