// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// qrt_ref_conv2d_s8 and qrt_ref_conv_transpose2d_s8, and their forms for
// filters of 4 and 2 bits, against tap-by-tap loops in int64. The biases are
// chosen so that one accumulator of every output channel lies next to the
// middle of two codes.

#include "Oracle.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <memory>
#include <string>

using namespace quench;

namespace {

struct Pads {
  int32_t top, left, bottom, right;
};

struct Shape {
  std::string name;
  qrt_conv2d conv; // sizes; the rest is filled in by the tests
  bool bias = true;
  bool residual = false;
};

int32_t extent(int32_t in, int32_t pads, int32_t kernel, int32_t dilation,
               int32_t stride) {
  return (in + pads - (kernel - 1) * dilation - 1) / stride + 1;
}

Shape shape(std::string name, std::vector<int32_t> in, int32_t outC,
            std::vector<int32_t> kernel, std::vector<int32_t> stride = {1, 1},
            Pads pads = {0, 0, 0, 0}, int32_t groups = 1,
            std::vector<int32_t> dilation = {1, 1}) {
  qrt_conv2d p{};
  p.batch = in[0], p.in_h = in[1], p.in_w = in[2], p.in_c = in[3];
  p.out_c = outC;
  p.kernel_h = kernel[0], p.kernel_w = kernel[1];
  p.stride_h = stride[0], p.stride_w = stride[1];
  p.dilation_h = dilation[0], p.dilation_w = dilation[1];
  p.pad_top = pads.top, p.pad_left = pads.left;
  p.groups = groups;
  p.out_h = extent(p.in_h, pads.top + pads.bottom, p.kernel_h, p.dilation_h,
                   p.stride_h);
  p.out_w = extent(p.in_w, pads.left + pads.right, p.kernel_w, p.dilation_w,
                   p.stride_w);
  p.in_zero = -3;
  p.out = {5, -128, 127};
  return {std::move(name), p};
}

Shape filterZero(Shape s, int32_t zero) {
  s.conv.filter_zero = zero;
  return s;
}
Shape withoutBias(Shape s) {
  s.bias = false;
  return s;
}
Shape clamped(Shape s, int32_t min, int32_t max) {
  s.conv.out.min = min, s.conv.out.max = max;
  return s;
}
Shape residual(Shape s) {
  s.residual = true;
  // 0.5 and 0.75 of the units of y, as in qrt_add; ties occur.
  s.conv.add = {
      5, 9, 1 << 21, 3 << 20, 0x1p-22f, {-1, -128, 127}
  };
  return s;
}

struct ConvData {
  std::vector<int8_t> x, filter, residual;
  std::vector<int32_t> bias;
  std::vector<float> mul;
};

// Offset of x[n][h][w][c], or -1 in the padding.
int64_t inputAt(const qrt_conv2d &p, int64_t n, int64_t h, int64_t w,
                int64_t c) {
  if (h < 0 || h >= p.in_h || w < 0 || w >= p.in_w)
    return -1;
  return ((n * p.in_h + h) * p.in_w + w) * p.in_c + c;
}

// One tap: the input pixel that tap (kh, kw) brings to output (oh, ow).
using TapRule = int64_t (*)(const qrt_conv2d &, int64_t n, int64_t oh,
                            int64_t ow, int64_t kh, int64_t kw, int64_t c);

int64_t convTap(const qrt_conv2d &p, int64_t n, int64_t oh, int64_t ow,
                int64_t kh, int64_t kw, int64_t c) {
  return inputAt(p, n, oh * p.stride_h - p.pad_top + kh * p.dilation_h,
                 ow * p.stride_w - p.pad_left + kw * p.dilation_w, c);
}

// By search instead of division: the input pixel whose definition in kernels.h
// names this output.
int64_t transposeTap(const qrt_conv2d &p, int64_t n, int64_t oh, int64_t ow,
                     int64_t kh, int64_t kw, int64_t c) {
  for (int64_t i = 0; i < p.in_h; ++i)
    for (int64_t j = 0; j < p.in_w; ++j)
      if (i * p.stride_h - p.pad_top + kh * p.dilation_h == oh &&
          j * p.stride_w - p.pad_left + kw * p.dilation_w == ow)
        return inputAt(p, n, i, j, c);
  return -1;
}

// All sums without bias, [batch][out_h][out_w][out_c].
std::vector<int64_t> sums(const qrt_conv2d &p, const ConvData &d, TapRule tap) {
  std::vector<int64_t> result;
  int64_t depth = p.in_c / p.groups, span = p.out_c / p.groups;
  for (int64_t n = 0; n < p.batch; ++n)
    for (int64_t oh = 0; oh < p.out_h; ++oh)
      for (int64_t ow = 0; ow < p.out_w; ++ow)
        for (int64_t oc = 0; oc < p.out_c; ++oc) {
          int64_t acc = 0;
          for (int64_t kh = 0; kh < p.kernel_h; ++kh)
            for (int64_t kw = 0; kw < p.kernel_w; ++kw)
              for (int64_t ic = 0; ic < depth; ++ic) {
                int64_t at = tap(p, n, oh, ow, kh, kw, oc / span * depth + ic);
                int64_t w = d.filter[static_cast<size_t>(
                    ((oc * p.kernel_h + kh) * p.kernel_w + kw) * depth + ic)];
                if (at >= 0)
                  acc += (d.x[static_cast<size_t>(at)] - p.in_zero) *
                         (w - p.filter_zero);
              }
          result.push_back(acc);
        }
  return result;
}

// Codes, multipliers (every other one a power of two, so that ties exist) and
// biases that put the accumulator of one pixel of each channel near a tie.
ConvData directedData(const Shape &s, TapRule tap, int bits = 8) {
  const qrt_conv2d &p = s.conv;
  oracle::Random random(7);
  ConvData d;
  d.x = random.codes(size_t(p.batch) * p.in_h * p.in_w * p.in_c);
  d.filter = random.codes(size_t(p.out_c) * p.kernel_h * p.kernel_w *
                          (p.in_c / p.groups));
  for (int8_t &code : d.filter)
    code = static_cast<int8_t>(code >> (8 - bits)); // extremes stay extreme
  size_t pixels = size_t(p.batch) * p.out_h * p.out_w;
  if (s.residual)
    d.residual = random.codes(pixels * p.out_c);
  for (int32_t oc = 0; oc < p.out_c; ++oc)
    d.mul.push_back(oc % 2 ? random.scale(1e-4, 1e-1)
                           : std::ldexp(1.0f, -4 - oc / 2 % 4));
  if (!s.bias)
    return d;
  std::vector<int64_t> acc = sums(p, d, tap);
  for (int32_t oc = 0; oc < p.out_c; ++oc) {
    // From an even code half-to-even goes down and half-away goes up.
    int code = 2 * static_cast<int>(random.integer(0, 40));
    int64_t wanted = oracle::nearTie(code, d.mul[oc], oc % 4 == 3 ? 1 : 0);
    size_t pixel = size_t(oc) % pixels;
    d.bias.push_back(
        static_cast<int32_t>(wanted - acc[pixel * p.out_c + size_t(oc)]));
  }
  return d;
}

std::vector<int8_t> expected(const Shape &s, const ConvData &d, TapRule tap,
                             oracle::Disagreements &told) {
  const qrt_conv2d &p = s.conv;
  std::vector<int8_t> y;
  std::vector<int64_t> acc = sums(p, d, tap);
  for (size_t i = 0; i < acc.size(); ++i) {
    size_t oc = i % size_t(p.out_c);
    int64_t total = acc[i] + (s.bias ? d.bias[oc] : 0);
    int8_t code = oracle::requantize(total, d.mul[oc], p.out);
    told.count(total, d.mul[oc], p.out);
    if (s.residual) {
      int64_t sum = int64_t(code - p.add.a_zero) * p.add.a_mul +
                    int64_t(d.residual[i] - p.add.b_zero) * p.add.b_mul;
      code = oracle::requantize(sum, p.add.scale, p.add.out);
    }
    y.push_back(code);
  }
  return y;
}

const std::vector<Shape> &convShapes() {
  static const std::vector<Shape> shapes = {
      shape("pointwise", {1, 5, 4, 16}, 24, {1, 1}),
      shape("linear", {1, 1, 7, 33}, 70, {1, 1}),
      shape("stem3x3s2", {2, 9, 11, 3}, 16, {3, 3}, {2, 2}, {1, 1, 1, 1}),
      shape("fourPads", {1, 6, 5, 4}, 8, {3, 2}, {1, 1}, {2, 0, 1, 3}),
      shape("padsBeyondKernel", {1, 3, 3, 2}, 6, {2, 2}, {1, 1}, {3, 4, 3, 4}),
      shape("unequalStrides", {1, 10, 9, 5}, 7, {3, 3}, {3, 2}, {0, 1, 1, 0}),
      shape("dilated", {1, 9, 10, 6}, 8, {3, 3}, {1, 1}, {2, 3, 2, 3}, 1,
            {2, 3}),
      shape("dilatedStrided", {1, 12, 11, 4}, 8, {3, 2}, {2, 3}, {3, 1, 0, 2},
            1, {3, 2}),
      shape("groups", {1, 6, 6, 12}, 16, {3, 3}, {1, 1}, {1, 1, 1, 1}, 4),
      shape("groupsWide", {1, 3, 3, 8}, 144, {1, 2}, {1, 1}, {0, 1, 0, 0}, 2),
      shape("depthwise", {1, 7, 8, 70}, 70, {3, 3}, {1, 1}, {1, 1, 1, 1}, 70),
      shape("depthwise5x5s2", {2, 9, 9, 17}, 17, {5, 5}, {2, 2}, {2, 1, 2, 2},
            17),
      shape("depthwiseDilated", {1, 9, 9, 8}, 8, {3, 3}, {1, 1}, {2, 2, 2, 2},
            8, {2, 2}),
      shape("singleChannel", {2, 60, 50, 1}, 1, {3, 3}, {1, 1}, {1, 1, 1, 1}),
      shape("depthMultiplier", {1, 5, 6, 6}, 18, {3, 3}, {1, 1}, {1, 1, 1, 1},
            6),
      filterZero(
          shape("filterZero", {1, 6, 6, 5}, 9, {3, 3}, {1, 1}, {1, 1, 1, 1}),
          -37),
      filterZero(shape("depthwiseFilterZero", {1, 6, 6, 9}, 9, {3, 3}, {1, 1},
                       {1, 1, 1, 1}, 9),
                 127),
      withoutBias(shape("noBias", {1, 12, 12, 4}, 12, {3, 3})),
      clamped(shape("relu6", {1, 6, 6, 8}, 16, {3, 3}), 5, 90),
      residual(
          shape("residual", {1, 6, 5, 8}, 16, {3, 3}, {1, 1}, {1, 1, 1, 1})),
      residual(shape("depthwiseResidual", {1, 6, 5, 16}, 16, {3, 3}, {1, 1},
                     {1, 1, 1, 1}, 16)),
  };
  return shapes;
}

std::string shapeName(const testing::TestParamInfo<Shape> &info) {
  return info.param.name;
}

class Conv2D : public testing::TestWithParam<Shape> {};

TEST_P(Conv2D, EqualsOracle) {
  const Shape &s = GetParam();
  ConvData d = directedData(s, convTap);
  oracle::Disagreements told;
  std::vector<int8_t> wanted = expected(s, d, convTap, told);
  std::vector<int8_t> y(wanted.size());
  qrt_ref_conv2d_s8(&s.conv, d.x.data(), d.filter.data(),
                    s.bias ? d.bias.data() : nullptr, d.mul.data(),
                    s.residual ? d.residual.data() : nullptr, y.data());
  EXPECT_EQ(y, wanted);
  EXPECT_TELLS_ROUNDINGS_APART(told);
  if (s.residual) { // in place over the residual
    std::vector<int8_t> inPlace = d.residual;
    qrt_ref_conv2d_s8(&s.conv, d.x.data(), d.filter.data(), d.bias.data(),
                      d.mul.data(), inPlace.data(), inPlace.data());
    EXPECT_EQ(inPlace, wanted);
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, Conv2D, testing::ValuesIn(convShapes()),
                         shapeName);

// Codes of `bits` bits as kernels.h has them stored: every row of `row` codes
// begins a byte.
std::vector<int8_t> stored(const std::vector<int8_t> &codes, size_t row,
                           int bits) {
  const int radix = 1 << bits;
  std::vector<int8_t> bytes;
  for (size_t first = 0; first < codes.size(); first += row)
    for (size_t i = 0; i < row; i += static_cast<size_t>(8 / bits)) {
      int byte = 0;
      for (size_t j = std::min(row, i + size_t(8 / bits)); j > i; --j)
        byte = byte * radix + codes[first + j - 1] + radix / 2;
      bytes.push_back(static_cast<int8_t>(byte));
    }
  return bytes;
}

// What a narrow kernel wants besides the data of the 8-bit one; nothing lies
// behind it.
struct Narrow {
  Narrow(const qrt_conv2d &p, const ConvData &d, int bits)
      : row(size_t(p.kernel_h) * p.kernel_w * (p.in_c / p.groups)),
        filter(stored(d.filter, row, bits)),
        scratch(new uint8_t[row * size_t(qrt_narrow_channels(&p))]) {}
  size_t row;
  std::vector<int8_t> filter;
  std::unique_ptr<uint8_t[]> scratch;
};

Shape narrowed(Shape s, int bits) {
  s.conv.filter_zero >>= 8 - bits;
  return s;
}

TEST_P(Conv2D, NarrowFiltersEqualOracle) {
  for (int bits : {4, 2}) {
    const Shape s = narrowed(GetParam(), bits);
    ConvData d = directedData(s, convTap, bits);
    oracle::Disagreements told;
    std::vector<int8_t> wanted = expected(s, d, convTap, told);
    Narrow narrow(s.conv, d, bits);
    std::vector<int8_t> y(wanted.size());
    auto *kernel = bits == 4 ? qrt_ref_conv2d_s8w4 : qrt_ref_conv2d_s8w2;
    kernel(&s.conv, d.x.data(), narrow.filter.data(),
           s.bias ? d.bias.data() : nullptr, d.mul.data(),
           s.residual ? d.residual.data() : nullptr, y.data(),
           narrow.scratch.get());
    EXPECT_EQ(y, wanted) << bits;
    if (s.residual) { // in place over the residual
      kernel(&s.conv, d.x.data(), narrow.filter.data(), d.bias.data(),
             d.mul.data(), d.residual.data(), d.residual.data(),
             narrow.scratch.get());
      EXPECT_EQ(d.residual, wanted) << bits;
    }
  }
}

// A filter of products: what narrow kernels with groups of 16 input channels
// have stored, and scratch.
struct Grouped {
  static constexpr int group = 16;

  // Turns the codes of `d.filter` into products.
  Grouped(const qrt_conv2d &p, ConvData &d, int bits)
      : scratch(
            new uint8_t[size_t(p.kernel_h) * p.kernel_w * (p.in_c / p.groups) *
                        size_t(qrt_narrow_channels(&p))]) {
    const int32_t depth = p.in_c / p.groups, taps = p.kernel_h * p.kernel_w;
    const size_t row = size_t(taps) * depth;
    oracle::Random random(bits);
    for (size_t first = 0; first < d.filter.size(); first += row) {
      const std::vector<int8_t> codes(d.filter.begin() + ptrdiff_t(first),
                                      d.filter.begin() +
                                          ptrdiff_t(first + row));
      for (int32_t tap = 0; tap < taps; ++tap)
        for (int32_t begin = 0; begin < depth; begin += group) {
          // The lowest code has a product that fits.
          const int64_t factor = random.integer(1, bits == 4 ? 15 : 63);
          filter.push_back(static_cast<int8_t>(factor));
          for (int32_t i = begin; i < depth && i < begin + group; ++i) {
            int8_t &code = d.filter[first + size_t(tap) * depth + i];
            code = static_cast<int8_t>(code * factor);
          }
        }
      const std::vector<int8_t> bytes = stored(codes, row, bits);
      filter.insert(filter.end(), bytes.begin(), bytes.end());
    }
  }

  std::vector<int8_t> filter;
  std::unique_ptr<uint8_t[]> scratch;
};

TEST_P(Conv2D, FiltersWithGroupsEqualOracle) {
  for (int bits : {4, 2}) {
    const Shape s = narrowed(GetParam(), bits);
    ConvData d = directedData(s, convTap, bits);
    Grouped grouped(s.conv, d, bits);
    oracle::Disagreements told;
    std::vector<int8_t> wanted = expected(s, d, convTap, told);
    std::vector<int8_t> y(wanted.size());
    auto *kernel = bits == 4 ? qrt_ref_conv2d_s8w4g : qrt_ref_conv2d_s8w2g;
    kernel(&s.conv, Grouped::group, d.x.data(), grouped.filter.data(),
           s.bias ? d.bias.data() : nullptr, d.mul.data(),
           s.residual ? d.residual.data() : nullptr, y.data(),
           grouped.scratch.get());
    EXPECT_EQ(y, wanted) << bits;
  }
}

// Biases as qrt_conv2d::bias_bits says; nothing lies behind them.
std::unique_ptr<uint16_t[]> narrowBiases(const std::vector<int32_t> &bias,
                                         int bits) {
  const size_t count = bias.size();
  std::unique_ptr<uint16_t[]> stored(new uint16_t[(count * bits / 8 + 1) / 2]);
  auto *high = reinterpret_cast<uint8_t *>(stored.get() + count);
  for (size_t i = 0; i < count; ++i) {
    stored[i] = static_cast<uint16_t>(bias[i]);
    if (bits == 24)
      high[i] = static_cast<uint8_t>(bias[i] >> 16);
  }
  return stored;
}

// Whatever kernel reads them, narrow biases are the biases. 70 channels: more
// than a block of accumulators.
TEST(NarrowBias, GivesTheBytesOfInt32) {
  for (int bits : {16, 24}) {
    Shape s = shape("", {1, 5, 4, 6}, 70, {3, 3}, {1, 1}, {1, 1, 1, 1});
    qrt_conv2d &p = s.conv;
    oracle::Random random(11);
    ConvData d;
    d.x = random.codes(size_t(p.in_h * p.in_w * p.in_c));
    d.filter = random.codes(size_t(p.out_c * 9 * p.in_c));
    for (int8_t &code : d.filter)
      code = static_cast<int8_t>(code >> 4);
    const int32_t most = (1 << (bits - 1)) - 1;
    for (int32_t oc = 0; oc < p.out_c; ++oc) {
      d.bias.push_back(oc == 0   ? most
                       : oc == 1 ? -most - 1
                                 : int32_t(random.integer(-most, most)));
      d.mul.push_back(64.0f / float(most));
    }
    const auto bias = narrowBiases(d.bias, bits);
    Narrow narrow(p, d, 4);
    for (int kernel = 0; kernel < 4; ++kernel) {
      std::vector<int8_t> y[2];
      for (bool isNarrow : {false, true}) {
        p.bias_bits = isNarrow ? bits : 0;
        const void *from =
            isNarrow ? static_cast<const void *>(bias.get()) : d.bias.data();
        std::vector<int8_t> &to = y[isNarrow];
        to.resize(size_t(p.out_h * p.out_w * p.out_c));
        const auto *w4 = narrow.filter.data();
        uint8_t *scratch = narrow.scratch.get();
        if (kernel == 0)
          qrt_ref_conv2d_s8(&p, d.x.data(), d.filter.data(), from, d.mul.data(),
                            nullptr, to.data());
        else if (kernel == 1)
          qrt_ref_conv_transpose2d_s8(&p, d.x.data(), d.filter.data(), from,
                                      d.mul.data(), to.data());
        else if (kernel == 2)
          qrt_ref_conv2d_s8w4(&p, d.x.data(), w4, from, d.mul.data(), nullptr,
                              to.data(), scratch);
        else
          qrt_ref_conv_transpose2d_s8w4(&p, d.x.data(), w4, from, d.mul.data(),
                                        to.data(), scratch);
      }
      EXPECT_EQ(y[0], y[1]) << bits << " bits, kernel " << kernel;
    }
  }
}

// Blocks are bounded by bytes, by accumulators, by the group, and never empty.
TEST(NarrowChannels, FitTheirBytes) {
  auto channels = [](const Shape &s) { return qrt_narrow_channels(&s.conv); };
  EXPECT_EQ(channels(shape("", {1, 9, 9, 32}, 100, {3, 3})), 2048 / 288);
  EXPECT_EQ(channels(shape("", {1, 9, 9, 512}, 100, {3, 3})), 1);
  EXPECT_EQ(channels(shape("", {1, 9, 9, 8}, 100, {1, 1})), 64);
  EXPECT_EQ(channels(shape("", {1, 9, 9, 8}, 24, {1, 1})), 24);
  EXPECT_EQ(channels(shape("", {1, 9, 9, 8}, 24, {1, 1}, {1, 1}, {}, 4)), 6);
  EXPECT_EQ(channels(shape("", {1, 9, 9, 96}, 96, {3, 3}, {1, 1}, {}, 96)), 64);
}

// Per-channel scales of all magnitudes and biases that aim at ties: here also
// the multiplier rounded once and a bias kept in float give other codes.
TEST(Conv2DContract, TellsMultiplierOrderAndFloatBiasApart) {
  Shape s = shape("wide", {1, 1, 2, 64}, 4096, {1, 1});
  qrt_conv2d &p = s.conv;
  oracle::Random random(3);
  ConvData d;
  d.x = random.codes(size_t(p.in_w) * p.in_c);
  d.filter = random.codes(size_t(p.out_c) * p.in_c);
  float sx = 0.0173f, sy = 0.0411f;
  std::vector<float> sw;
  for (int32_t oc = 0; oc < p.out_c; ++oc) {
    sw.push_back(random.scale(1e-6, 1e-2));
    d.mul.push_back(oracle::multiplier(sx, sw.back(), sy));
  }
  std::vector<int64_t> acc = sums(p, d, convTap);
  for (int32_t oc = 0; oc < p.out_c; ++oc)
    d.bias.push_back(static_cast<int32_t>(
        oracle::nearTie(static_cast<int>(random.integer(-100, 100)), d.mul[oc],
                        oc % 3 - 1) -
        acc[size_t(oc)]));
  oracle::Disagreements told;
  std::vector<int8_t> wanted = expected(s, d, convTap, told);
  int roundedOnce = 0, floatBias = 0;
  for (size_t i = 0; i < wanted.size(); ++i) {
    size_t oc = i % size_t(p.out_c);
    int64_t total = acc[i] + d.bias[oc];
    float once = oracle::multiplierRoundedOnce(sx, sw[oc], sy);
    roundedOnce += oracle::requantize(total, once, p.out) != wanted[i];
    // The real bias is not on the grid of sx * sw.
    double realBias = d.bias[oc] + random.real(-0.5, 0.5);
    double real = (double(acc[i]) + realBias) * double(sx) * double(sw[oc]);
    floatBias +=
        oracle::toCode(std::nearbyint(real / double(sy)), p.out) != wanted[i];
  }
  EXPECT_GT(roundedOnce, 0);
  EXPECT_GT(floatBias, 0);
  EXPECT_GT(told.exactProduct, 0);
  std::vector<int8_t> y(wanted.size());
  qrt_ref_conv2d_s8(&p, d.x.data(), d.filter.data(), d.bias.data(),
                    d.mul.data(), nullptr, y.data());
  EXPECT_EQ(y, wanted);
}

// Out sizes of a transposed convolution are free within a stride; the tests set
// them to (in - 1) * stride - pads + (kernel - 1) * dilation + 1 + extra.
Shape transposed(Shape s, Pads pads, int32_t extra = 0) {
  qrt_conv2d &p = s.conv;
  p.pad_top = pads.top, p.pad_left = pads.left;
  p.out_h = (p.in_h - 1) * p.stride_h - pads.top - pads.bottom +
            (p.kernel_h - 1) * p.dilation_h + 1 + extra;
  p.out_w = (p.in_w - 1) * p.stride_w - pads.left - pads.right +
            (p.kernel_w - 1) * p.dilation_w + 1 + extra;
  return s;
}

const std::vector<Shape> &transposeShapes() {
  Pads none{0, 0, 0, 0};
  static const std::vector<Shape> shapes = {
      transposed(shape("upsample2x2", {1, 4, 5, 6}, 8, {2, 2}, {2, 2}), none),
      transposed(shape("overlapping", {2, 4, 4, 5}, 7, {4, 3}, {2, 2}),
                 {1, 1, 1, 0}),
      transposed(shape("outputPadding", {1, 3, 4, 4}, 6, {3, 3}, {2, 2}),
                 {1, 1, 1, 1}, 1),
      transposed(shape("gaps", {1, 3, 3, 4}, 6, {2, 2}, {3, 4}), none),
      transposed(shape("dilatedTransposed", {1, 4, 4, 3}, 4, {3, 2}, {2, 1},
                       none, 1, {2, 3}),
                 {1, 2, 0, 1}),
      transposed(
          shape("groupsTransposed", {1, 4, 4, 6}, 150, {3, 3}, {2, 2}, none, 2),
          {1, 1, 1, 1}),
      filterZero(transposed(shape("filterZeroTransposed", {1, 4, 4, 3}, 5,
                                  {3, 3}, {2, 2}),
                            none),
                 11),
      withoutBias(transposed(
          shape("noBiasTransposed", {1, 8, 8, 3}, 8, {3, 3}, {2, 2}), none)),
  };
  return shapes;
}

class ConvTranspose2D : public testing::TestWithParam<Shape> {};

TEST_P(ConvTranspose2D, EqualsOracle) {
  const Shape &s = GetParam();
  ConvData d = directedData(s, transposeTap);
  oracle::Disagreements told;
  std::vector<int8_t> wanted = expected(s, d, transposeTap, told);
  std::vector<int8_t> y(wanted.size());
  qrt_ref_conv_transpose2d_s8(&s.conv, d.x.data(), d.filter.data(),
                              s.bias ? d.bias.data() : nullptr, d.mul.data(),
                              y.data());
  EXPECT_EQ(y, wanted);
  EXPECT_TELLS_ROUNDINGS_APART(told);
}

TEST_P(ConvTranspose2D, NarrowFiltersEqualOracle) {
  for (int bits : {4, 2}) {
    const Shape s = narrowed(GetParam(), bits);
    ConvData d = directedData(s, transposeTap, bits);
    oracle::Disagreements told;
    std::vector<int8_t> wanted = expected(s, d, transposeTap, told);
    Narrow narrow(s.conv, d, bits);
    std::vector<int8_t> y(wanted.size());
    auto *kernel = bits == 4 ? qrt_ref_conv_transpose2d_s8w4
                             : qrt_ref_conv_transpose2d_s8w2;
    kernel(&s.conv, d.x.data(), narrow.filter.data(),
           s.bias ? d.bias.data() : nullptr, d.mul.data(), y.data(),
           narrow.scratch.get());
    EXPECT_EQ(y, wanted) << bits;
  }
}

TEST_P(ConvTranspose2D, FiltersWithGroupsEqualOracle) {
  for (int bits : {4, 2}) {
    const Shape s = narrowed(GetParam(), bits);
    ConvData d = directedData(s, transposeTap, bits);
    Grouped grouped(s.conv, d, bits);
    oracle::Disagreements told;
    std::vector<int8_t> wanted = expected(s, d, transposeTap, told);
    std::vector<int8_t> y(wanted.size());
    auto *kernel = bits == 4 ? qrt_ref_conv_transpose2d_s8w4g
                             : qrt_ref_conv_transpose2d_s8w2g;
    kernel(&s.conv, Grouped::group, d.x.data(), grouped.filter.data(),
           s.bias ? d.bias.data() : nullptr, d.mul.data(), y.data(),
           grouped.scratch.get());
    EXPECT_EQ(y, wanted) << bits;
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, ConvTranspose2D,
                         testing::ValuesIn(transposeShapes()), shapeName);

} // namespace
