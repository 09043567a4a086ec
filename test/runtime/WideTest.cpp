// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The kernels of 16-bit codes, in all combinations of widths, against loops in
// int64. Codes are at the ends of the range often, so that sums come close to
// 2^31; multipliers and factors make ties.

#include "Oracle.h"

#include "gtest/gtest.h"

using namespace quench;

namespace {

/// Contract f32_rne for codes of any width.
int64_t requantize(int64_t acc, float mul, const qrt_output &out) {
  EXPECT_LT(std::abs(acc), int64_t(1) << 31) << "the test must not wrap";
  const double code = std::nearbyint(oracle::scaled(acc, mul)) + out.zero;
  return int64_t(std::min(std::max(code, double(out.min)), double(out.max)));
}

template <typename Code>
qrt_output outputOf(int32_t zero8 = 5) {
  if (sizeof(Code) == 1)
    return {zero8, -128, 127};
  return {0, -32768, 32767};
}

template <typename Code>
int32_t zeroOf(int32_t zero8) {
  return sizeof(Code) == 1 ? zero8 : 0;
}

/// Random codes, every fourth at an end.
template <typename Code>
std::vector<Code> codesOf(size_t count, oracle::Random &random) {
  const int64_t low = std::numeric_limits<Code>::min();
  const int64_t high = std::numeric_limits<Code>::max();
  std::vector<Code> codes(count);
  for (Code &code : codes)
    switch (random.integer(0, 7)) {
    case 0:
      code = Code(low);
      break;
    case 1:
      code = Code(high);
      break;
    default:
      code = Code(random.integer(low, high));
    }
  return codes;
}

//===-- Two operands ------------------------------------------------------===//

template <typename A, typename B, typename Y>
void checkAdd(void (*kernel)(const qrt_add_nd *, const A *, const B *, Y *)) {
  oracle::Random random(1);
  const size_t rows = 37, columns = 53;
  const std::vector<A> a = codesOf<A>(rows * columns, random);
  const std::vector<B> b = codesOf<B>(columns, random);
  qrt_add_nd p{};
  p.space = {
      2, {int32_t(rows), int32_t(columns)}
  };
  p.a_stride[0] = int32_t(columns);
  p.a_stride[1] = p.b_stride[1] = 1;
  // The largest factors there are; a half, so that ties occur.
  p.add = {zeroOf<A>(-3),
           zeroOf<B>(7),
           16384,
           -32767,
           sizeof(Y) == 2 ? 0x1p-15f : 0x1p-23f,
           outputOf<Y>()};
  std::vector<Y> y(rows * columns);
  kernel(&p, a.data(), b.data(), y.data());
  for (size_t i = 0; i < y.size(); ++i) {
    const int64_t acc = (int64_t(a[i]) - p.add.a_zero) * p.add.a_mul +
                        (int64_t(b[i % columns]) - p.add.b_zero) * p.add.b_mul;
    ASSERT_EQ(y[i], requantize(acc, p.add.scale, p.add.out)) << i;
  }
}

TEST(Wide, AddEqualsOracle) {
  checkAdd(qrt_ref_add_s16);
  checkAdd(qrt_ref_add_s8_s8_s16);
  checkAdd(qrt_ref_add_s8_s16_s8);
  checkAdd(qrt_ref_add_s8_s16_s16);
  checkAdd(qrt_ref_add_s16_s8_s8);
  checkAdd(qrt_ref_add_s16_s8_s16);
  checkAdd(qrt_ref_add_s16_s16_s8);
}

template <typename A, typename B, typename Y>
void checkMul(void (*kernel)(const qrt_mul_nd *, const A *, const B *, Y *)) {
  oracle::Random random(2);
  const std::vector<A> a = codesOf<A>(4001, random);
  const std::vector<B> b = codesOf<B>(4001, random);
  qrt_mul_nd p{};
  p.space = {1, {4001}};
  p.a_stride[0] = p.b_stride[0] = 1;
  p.a_zero = zeroOf<A>(-3), p.b_zero = zeroOf<B>(7);
  p.mul = sizeof(Y) == 2 ? 0x1p-14f : 0x1p-21f;
  p.out = outputOf<Y>();
  std::vector<Y> y(a.size());
  kernel(&p, a.data(), b.data(), y.data());
  for (size_t i = 0; i < y.size(); ++i)
    ASSERT_EQ(y[i], requantize((int64_t(a[i]) - p.a_zero) *
                                   (int64_t(b[i]) - p.b_zero),
                               p.mul, p.out))
        << i;
}

TEST(Wide, MulEqualsOracle) {
  checkMul(qrt_ref_mul_s16);
  checkMul(qrt_ref_mul_s8_s8_s16);
  checkMul(qrt_ref_mul_s8_s16_s8);
  checkMul(qrt_ref_mul_s8_s16_s16);
  checkMul(qrt_ref_mul_s16_s8_s8);
  checkMul(qrt_ref_mul_s16_s8_s16);
  checkMul(qrt_ref_mul_s16_s16_s8);
}

/// Two codes of 16 bits leave room for one product, so they are halved.
template <typename A, typename B, typename Y>
void checkMatmul(void (*kernel)(const qrt_matmul *, const A *, const B *,
                                Y *)) {
  oracle::Random random(3);
  qrt_matmul p{};
  p.batch = 2, p.m = 5, p.k = 7, p.n = 67;
  p.a_batch_stride = p.m * p.k;
  p.a_zero = zeroOf<A>(-3), p.b_zero = zeroOf<B>(7);
  p.mul = sizeof(Y) == 2 ? 0x1p-15f : 0x1p-23f;
  p.out = outputOf<Y>();
  std::vector<A> a = codesOf<A>(size_t(p.batch * p.m * p.k), random);
  std::vector<B> b = codesOf<B>(size_t(p.k * p.n), random);
  if (sizeof(A) == 2 && sizeof(B) == 2)
    for (A &code : a)
      code = A(code / 8);
  std::vector<Y> y(size_t(p.batch * p.m * p.n));
  kernel(&p, a.data(), b.data(), y.data());
  for (size_t i = 0; i < y.size(); ++i) {
    const size_t row = i / size_t(p.n), column = i % size_t(p.n);
    int64_t acc = 0;
    for (size_t k = 0; k < size_t(p.k); ++k)
      acc += (int64_t(a[row * size_t(p.k) + k]) - p.a_zero) *
             (int64_t(b[k * size_t(p.n) + column]) - p.b_zero);
    ASSERT_EQ(y[i], requantize(acc, p.mul, p.out)) << i;
  }
}

TEST(Wide, MatmulEqualsOracle) {
  checkMatmul(qrt_ref_matmul_s16);
  checkMatmul(qrt_ref_matmul_s8_s8_s16);
  checkMatmul(qrt_ref_matmul_s8_s16_s8);
  checkMatmul(qrt_ref_matmul_s8_s16_s16);
  checkMatmul(qrt_ref_matmul_s16_s8_s8);
  checkMatmul(qrt_ref_matmul_s16_s8_s16);
  checkMatmul(qrt_ref_matmul_s16_s16_s8);
}

//===-- Convolutions ------------------------------------------------------===//

struct Filtered {
  qrt_conv2d p{};
  std::vector<int8_t> filter;
  std::vector<int32_t> bias;
  std::vector<float> mul;
};

/// 3 x 3 of 8 channels in `groups`, stride 2, padded; weights of 127 often.
Filtered filtered(int32_t groups, oracle::Random &random) {
  Filtered f;
  qrt_conv2d &p = f.p;
  p.batch = 2, p.in_h = 9, p.in_w = 7, p.in_c = 8;
  p.out_c = 8, p.kernel_h = p.kernel_w = 3;
  p.stride_h = p.stride_w = 2, p.dilation_h = p.dilation_w = 1;
  p.pad_top = p.pad_left = 1, p.groups = groups;
  p.out_h = 5, p.out_w = 4;
  const size_t depth = size_t(9 * p.in_c / groups);
  f.filter.resize(size_t(p.out_c) * depth);
  for (int8_t &w : f.filter)
    w = int8_t(random.integer(0, 1) ? 127 : random.integer(-127, 127));
  for (int32_t c = 0; c < p.out_c; ++c) {
    f.bias.push_back(int32_t(random.integer(-(1 << 22), 1 << 22)));
    f.mul.push_back(c % 2 ? 0x1p-12f : random.scale(1e-5, 1e-3));
  }
  return f;
}

template <typename X>
int64_t sumOf(const Filtered &f, const std::vector<X> &x, int64_t n, int64_t i,
              int64_t j, int64_t oc, bool transposed) {
  const qrt_conv2d &p = f.p;
  const int64_t depth = p.in_c / p.groups, span = p.out_c / p.groups;
  int64_t acc = f.bias[size_t(oc)];
  for (int64_t h = 0; h < p.in_h; ++h)
    for (int64_t w = 0; w < p.in_w; ++w)
      for (int64_t kh = 0; kh < p.kernel_h; ++kh)
        for (int64_t kw = 0; kw < p.kernel_w; ++kw) {
          // The definitions of kernels.h, by search.
          const bool meets = transposed
                                 ? h * p.stride_h - p.pad_top + kh == i &&
                                       w * p.stride_w - p.pad_left + kw == j
                                 : i * p.stride_h - p.pad_top + kh == h &&
                                       j * p.stride_w - p.pad_left + kw == w;
          for (int64_t c = 0; meets && c < depth; ++c) {
            const size_t from =
                size_t(((n * p.in_h + h) * p.in_w + w) * p.in_c +
                       oc / span * depth + c);
            const size_t at =
                size_t(((oc * p.kernel_h + kh) * p.kernel_w + kw) * depth + c);
            acc += (int64_t(x[from]) - p.in_zero) *
                   (int64_t(f.filter[at]) - p.filter_zero);
          }
        }
  return acc;
}

template <typename X, typename Y>
void checkConv(void (*kernel)(const qrt_conv2d *, const X *, const int8_t *,
                              const void *, const float *, const Y *, Y *)) {
  oracle::Random random(4);
  for (int32_t groups : {1, 2, 8})
    for (bool residual : {false, true}) {
      Filtered f = filtered(groups, random);
      qrt_conv2d &p = f.p;
      p.in_zero = zeroOf<X>(-3);
      p.out = outputOf<Y>();
      // u is a code of y's type as well.
      p.add = {p.out.zero, p.out.zero, 16384, 12288, 0x1p-14f, outputOf<Y>(-1)};
      const std::vector<X> x =
          codesOf<X>(size_t(p.batch * p.in_h * p.in_w * p.in_c), random);
      const std::vector<Y> r =
          codesOf<Y>(size_t(p.batch * p.out_h * p.out_w * p.out_c), random);
      std::vector<Y> y(r.size());
      kernel(&p, x.data(), f.filter.data(), f.bias.data(), f.mul.data(),
             residual ? r.data() : nullptr, y.data());
      size_t at = 0;
      for (int64_t n = 0; n < p.batch; ++n)
        for (int64_t i = 0; i < p.out_h; ++i)
          for (int64_t j = 0; j < p.out_w; ++j)
            for (int64_t oc = 0; oc < p.out_c; ++oc, ++at) {
              int64_t code = requantize(sumOf(f, x, n, i, j, oc, false),
                                        f.mul[size_t(oc)], p.out);
              if (residual)
                code = requantize((code - p.add.a_zero) * p.add.a_mul +
                                      (int64_t(r[at]) - p.add.b_zero) *
                                          p.add.b_mul,
                                  p.add.scale, p.add.out);
              ASSERT_EQ(y[at], code) << groups << ", " << at;
            }
    }
}

TEST(Wide, ConvEqualsOracle) {
  checkConv(qrt_ref_conv2d_s16);
  checkConv(qrt_ref_conv2d_s8_s16);
  checkConv(qrt_ref_conv2d_s16_s8);
}

template <typename X, typename Y>
void checkTranspose(void (*kernel)(const qrt_conv2d *, const X *,
                                   const int8_t *, const void *, const float *,
                                   Y *)) {
  oracle::Random random(5);
  Filtered f = filtered(2, random);
  qrt_conv2d &p = f.p;
  p.in_zero = zeroOf<X>(-3);
  p.out = outputOf<Y>();
  p.out_h = 17, p.out_w = 13; // stride * (size - 1) + kernel - 2
  const std::vector<X> x =
      codesOf<X>(size_t(p.batch * p.in_h * p.in_w * p.in_c), random);
  std::vector<Y> y(size_t(p.batch * p.out_h * p.out_w * p.out_c));
  kernel(&p, x.data(), f.filter.data(), f.bias.data(), f.mul.data(), y.data());
  size_t at = 0;
  for (int64_t n = 0; n < p.batch; ++n)
    for (int64_t i = 0; i < p.out_h; ++i)
      for (int64_t j = 0; j < p.out_w; ++j)
        for (int64_t oc = 0; oc < p.out_c; ++oc, ++at)
          ASSERT_EQ(y[at], requantize(sumOf(f, x, n, i, j, oc, true),
                                      f.mul[size_t(oc)], p.out))
              << at;
}

TEST(Wide, ConvTransposeEqualsOracle) {
  checkTranspose(qrt_ref_conv_transpose2d_s16);
  checkTranspose(qrt_ref_conv_transpose2d_s8_s16);
  checkTranspose(qrt_ref_conv_transpose2d_s16_s8);
}

//===-- One operand -------------------------------------------------------===//

/// Every code; tables of random entries at their limits, per channel.
template <typename Y>
void checkInterpolate(void (*kernel)(const qrt_interpolate *, const int16_t *,
                                     const int32_t *, Y *)) {
  oracle::Random random(6);
  for (int32_t channels : {1, 3})
    for (int32_t shift = 0; shift <= 7; ++shift) {
      const int64_t reach = int64_t(256) << shift;
      std::vector<int16_t> x;
      for (int64_t code = -reach; code < reach; ++code)
        for (int32_t c = 0; c < channels; ++c)
          x.push_back(int16_t(code));
      std::vector<int32_t> table;
      for (int32_t i = 0; i < 513 * channels; ++i)
        table.push_back(int32_t(i % 16 == 0 ? 1 << 23
                                : i % 16 == 1
                                    ? -(1 << 23)
                                    : random.integer(-(1 << 23), 1 << 23)));
      const qrt_interpolate p = {int32_t(x.size()), channels, shift,
                                 outputOf<Y>()};
      std::vector<Y> y(x.size());
      kernel(&p, x.data(), table.data(), y.data());
      for (size_t i = 0; i < x.size(); ++i) {
        const int64_t cell = int64_t(1) << shift;
        const int64_t index = (x[i] + reach) / cell;
        const int64_t part = (x[i] + reach) % cell;
        const size_t at = i % size_t(channels) * 513 + size_t(index);
        const int64_t acc =
            int64_t(table[at]) * (cell - part) + int64_t(table[at + 1]) * part;
        ASSERT_EQ(y[i], requantize(acc, float(1.0 / double(128 * cell)), p.out))
            << x[i] << ", shift " << shift;
      }
    }
}

TEST(Wide, InterpolateEqualsOracle) {
  checkInterpolate(qrt_ref_interpolate_s16);
  checkInterpolate(qrt_ref_interpolate_s16_s8);
}

TEST(Wide, InterpolateReadsItsTableOnly) {
  // Codes that the type of x does not have read the nearest line.
  std::vector<int32_t> table(513, 0);
  table.front() = 128, table.back() = 256;
  const qrt_interpolate p = {2, 1, 0, outputOf<int16_t>()};
  const int16_t x[] = {-32768, 32767};
  int16_t y[2];
  qrt_ref_interpolate_s16(&p, x, table.data(), y);
  EXPECT_EQ(y[0], 1);
  EXPECT_EQ(y[1], 0); // entry 511: the line to 512 begins there
}

template <typename Y>
void checkRequantize(void (*kernel)(const qrt_rescale *, const int16_t *,
                                    Y *)) {
  std::vector<int16_t> x;
  for (int code = -32768; code <= 32767; ++code)
    x.push_back(int16_t(code));
  for (float mul : {0.5f, 1.0f / 257, 1.0f, 0.33f, 3.0f}) {
    const qrt_rescale p = {int32_t(x.size()), mul, outputOf<Y>()};
    std::vector<Y> y(x.size());
    kernel(&p, x.data(), y.data());
    for (size_t i = 0; i < x.size(); ++i)
      ASSERT_EQ(y[i], requantize(x[i], mul, p.out)) << x[i];
  }
}

TEST(Wide, RequantizeEqualsOracle) {
  checkRequantize(qrt_ref_requantize_s16);
  checkRequantize(qrt_ref_requantize_s16_s8);
}

TEST(Wide, LutOfEightBitsHasWideEntries) {
  oracle::Random random(7);
  const std::vector<int16_t> table = codesOf<int16_t>(3 * 256, random);
  const std::vector<int8_t> x = codesOf<int8_t>(999, random);
  std::vector<int16_t> y(x.size());
  const qrt_lut p = {999, 3};
  qrt_ref_lut_s8_s16(&p, x.data(), table.data(), y.data());
  for (size_t i = 0; i < x.size(); ++i)
    ASSERT_EQ(y[i], table[i % 3 * 256 + size_t(x[i] + 128)]);
}

/// 3 x 3 windows at stride 2 over 5 x 5, padded by 1, of 70 channels.
qrt_pool2d windows() {
  qrt_pool2d p{};
  p.batch = 1, p.in_h = p.in_w = 5, p.channels = 70;
  p.out_h = p.out_w = 3, p.kernel_h = p.kernel_w = 3;
  p.stride_h = p.stride_w = 2, p.dilation_h = p.dilation_w = 1;
  p.pad_top = p.pad_left = 1;
  return p;
}

/// Calls `tap` for the taps of window (i, j) inside the picture.
template <typename Tap>
void taps(const qrt_pool2d &p, int64_t i, int64_t j, Tap tap) {
  for (int64_t kh = 0; kh < p.kernel_h; ++kh)
    for (int64_t kw = 0; kw < p.kernel_w; ++kw) {
      const int64_t h = i * p.stride_h - p.pad_top + kh * p.dilation_h;
      const int64_t w = j * p.stride_w - p.pad_left + kw * p.dilation_w;
      if (h >= 0 && h < p.in_h && w >= 0 && w < p.in_w)
        tap(size_t((h * p.in_w + w) * p.channels));
    }
}

template <typename X, typename Y>
void checkAverage(void (*kernel)(const qrt_pool2d *, const X *, Y *)) {
  oracle::Random random(8);
  qrt_pool2d p = windows();
  p.in_zero = zeroOf<X>(-3);
  p.in_scale = 0.25f;
  p.out_scale = sizeof(X) == sizeof(Y)  ? 0.2f
                : sizeof(X) < sizeof(Y) ? 0.001f
                                        : 60.0f;
  p.out = outputOf<Y>();
  const std::vector<X> x = codesOf<X>(size_t(25 * p.channels), random);
  std::vector<Y> y(size_t(9 * p.channels));
  kernel(&p, x.data(), y.data());
  for (int64_t i = 0; i < 9; ++i)
    for (int64_t c = 0; c < p.channels; ++c) {
      int64_t sum = 0, count = 0;
      taps(p, i / 3, i % 3, [&](size_t at) {
        sum += x[at + size_t(c)] - p.in_zero;
        ++count;
      });
      const float divisor = p.out_scale * float(count);
      ASSERT_EQ(y[size_t(i * p.channels + c)],
                requantize(sum, p.in_scale / divisor, p.out));
    }
}

TEST(Wide, AveragePoolEqualsOracle) {
  checkAverage(qrt_ref_avg_pool2d_s16);
  checkAverage(qrt_ref_avg_pool2d_s8_s16);
  checkAverage(qrt_ref_avg_pool2d_s16_s8);
}

TEST(Wide, MaxPoolGivesTheLargestCodeOrTheSmallestOfTheRange) {
  oracle::Random random(9);
  qrt_pool2d p = windows();
  p.out = {0, -1000, 1000};
  // The last window misses the picture.
  p.dilation_h = p.dilation_w = 5, p.pad_top = p.pad_left = 4;
  p.out_h = p.out_w = 5, p.stride_h = p.stride_w = 1,
  p.kernel_h = p.kernel_w = 1;
  std::vector<int16_t> x = codesOf<int16_t>(size_t(25 * p.channels), random);
  std::vector<int16_t> y(size_t(25 * p.channels));
  qrt_ref_max_pool2d_s16(&p, x.data(), y.data());
  for (int64_t i = 0; i < 25; ++i)
    for (int64_t c = 0; c < p.channels; ++c) {
      int64_t expected = p.out.min;
      bool any = false;
      taps(p, i / 5, i % 5, [&](size_t at) {
        const int64_t code = x[at + size_t(c)];
        expected =
            any ? std::max(expected, code) : std::max<int64_t>(code, p.out.min);
        any = true;
      });
      ASSERT_EQ(y[size_t(i * p.channels + c)], expected);
    }
}

/// The middle axis of [7][11][13].
qrt_reduce middleAxis() {
  qrt_reduce p{};
  p.outer = {
      2, {7, 13}
  };
  p.inner = {1, {11}};
  p.outer_stride[0] = 143, p.outer_stride[1] = 1;
  p.inner_stride[0] = 13;
  return p;
}

template <typename X, typename Y>
void checkSum(void (*kernel)(const qrt_reduce *, const X *, Y *)) {
  oracle::Random random(10);
  qrt_reduce p = middleAxis();
  p.in_zero = zeroOf<X>(-3);
  p.mul = sizeof(Y) == 2 ? 0.125f : 0x1p-11f;
  p.out = outputOf<Y>();
  const std::vector<X> x = codesOf<X>(1001, random);
  std::vector<Y> y(91);
  kernel(&p, x.data(), y.data());
  for (size_t i = 0; i < 91; ++i) {
    int64_t sum = 0;
    for (size_t k = 0; k < 11; ++k)
      sum += x[i / 13 * 143 + k * 13 + i % 13] - p.in_zero;
    ASSERT_EQ(y[i], requantize(sum, p.mul, p.out));
  }
}

TEST(Wide, ReduceEqualsOracle) {
  checkSum(qrt_ref_reduce_sum_s16);
  checkSum(qrt_ref_reduce_sum_s8_s16);
  checkSum(qrt_ref_reduce_sum_s16_s8);
  oracle::Random random(11);
  const qrt_reduce p = middleAxis();
  const std::vector<int16_t> x = codesOf<int16_t>(1001, random);
  std::vector<int16_t> y(91);
  std::vector<int64_t> first(91), last(91);
  qrt_ref_reduce_max_s16(&p, x.data(), y.data());
  qrt_ref_arg_max_s16(&p, 0, x.data(), first.data());
  qrt_ref_arg_max_s16(&p, 1, x.data(), last.data());
  size_t different = 0;
  for (size_t i = 0; i < 91; ++i) {
    std::vector<int16_t> row;
    for (size_t k = 0; k < 11; ++k)
      row.push_back(x[i / 13 * 143 + k * 13 + i % 13]);
    const int16_t largest = *std::max_element(row.begin(), row.end());
    ASSERT_EQ(y[i], largest);
    ASSERT_EQ(first[i],
              std::find(row.begin(), row.end(), largest) - row.begin());
    ASSERT_EQ(last[i], 10 - (std::find(row.rbegin(), row.rend(), largest) -
                             row.rbegin()));
    different += first[i] != last[i];
  }
  EXPECT_GT(different, 0u);
}

//===-- Movement and border -----------------------------------------------===//

TEST(Wide, CopyFillAndNearestMoveTwoBytes) {
  oracle::Random random(12);
  const std::vector<int16_t> x = codesOf<int16_t>(12, random);
  std::vector<int16_t> y(13);
  qrt_ref_fill_s16(13, -12345, y.data());
  EXPECT_EQ(y, std::vector<int16_t>(13, -12345));
  // The transpose of 3 x 4, behind the first element.
  qrt_copy copy{};
  copy.space = {
      2, {4, 3}
  };
  copy.x_stride[0] = 1, copy.x_stride[1] = 4;
  copy.y_stride[0] = 3, copy.y_stride[1] = 1;
  copy.y_offset = 1;
  copy.element_bytes = 2;
  qrt_ref_copy(&copy, x.data(), y.data());
  EXPECT_EQ(y[0], -12345);
  for (size_t i = 0; i < 12; ++i)
    EXPECT_EQ(y[1 + i], x[i % 3 * 4 + i / 3]);
  // 2 x 2 of three channels, rows and columns exchanged.
  qrt_resize2d p{};
  p.batch = 1, p.in_h = p.in_w = p.out_h = p.out_w = 2, p.channels = 3;
  const int32_t row[] = {1, 0}, col[] = {1, 1};
  qrt_ref_resize_nearest_s16(&p, row, col, x.data(), y.data());
  for (size_t i = 0; i < 12; ++i)
    EXPECT_EQ(y[i], x[(i < 6 ? 9 : 3) + i % 3]);
}

template <typename X, typename Y>
void checkBilinear(void (*kernel)(const qrt_resize2d *, const int32_t *,
                                  const int32_t *, const int32_t *,
                                  const int32_t *, const X *, Y *)) {
  oracle::Random random(13);
  qrt_resize2d p{};
  p.batch = 2, p.in_h = 3, p.in_w = 4, p.channels = 5, p.out_h = p.out_w = 4;
  p.in_zero = zeroOf<X>(-3);
  p.mul = sizeof(X) == sizeof(Y)  ? 0x1p-22f
          : sizeof(X) < sizeof(Y) ? 0x1p-15f
                                  : 0x1p-30f;
  p.out = outputOf<Y>();
  const int32_t row[] = {0, 1, 1, 2}, rowWeight[] = {0, 1, 2047, 1000};
  const int32_t col[] = {0, 1, 2, 3}, colWeight[] = {1024, 2047, 5, 0};
  const std::vector<X> x = codesOf<X>(2 * 3 * 4 * 5, random);
  std::vector<Y> y(2 * 4 * 4 * 5);
  kernel(&p, row, rowWeight, col, colWeight, x.data(), y.data());
  size_t at = 0;
  for (int64_t n = 0; n < 2; ++n)
    for (size_t i = 0; i < 4; ++i)
      for (size_t j = 0; j < 4; ++j)
        for (int64_t c = 0; c < 5; ++c, ++at) {
          int64_t acc = 0;
          for (int64_t a : {0, 1})
            for (int64_t b : {0, 1}) {
              const int64_t h = std::min<int64_t>(row[i] + a, 2);
              const int64_t w = std::min<int64_t>(col[j] + b, 3);
              acc += (int64_t(x[size_t(((n * 3 + h) * 4 + w) * 5 + c)]) -
                      p.in_zero) *
                     (a ? rowWeight[i] : 2048 - rowWeight[i]) *
                     (b ? colWeight[j] : 2048 - colWeight[j]);
            }
          // Beyond int32, so not the function above.
          const double code =
              std::nearbyint(oracle::scaled(acc, p.mul)) + p.out.zero;
          ASSERT_EQ(y[at], std::min(std::max(code, double(p.out.min)),
                                    double(p.out.max)))
              << at;
        }
}

TEST(Wide, BilinearEqualsOracle) {
  checkBilinear(qrt_ref_resize_bilinear_s16);
  checkBilinear(qrt_ref_resize_bilinear_s8_s16);
  checkBilinear(qrt_ref_resize_bilinear_s16_s8);
}

TEST(Wide, BorderQuantizesAndDequantizes) {
  const qrt_border p = {
      1, 1, 7, 0.1f, {0, -20000, 20000},
          0
  };
  const float infinity = std::numeric_limits<float>::infinity();
  const float x[] = {0.05f, 0.15f, -0.25f, 1234.5f, infinity, -infinity, NAN};
  std::vector<int16_t> y(7);
  qrt_ref_quantize_f32_s16(&p, x, y.data());
  for (size_t i = 0; i < 4; ++i)
    EXPECT_EQ(y[i], std::nearbyint(x[i] / 0.1f)) << i;
  EXPECT_EQ(y[4], 20000);
  EXPECT_EQ(y[5], -20000);
  EXPECT_EQ(y[6], 0);
  std::vector<float> back(7);
  qrt_ref_dequantize_s16_f32(&p, y.data(), back.data());
  for (size_t i = 0; i < 7; ++i)
    EXPECT_EQ(back[i], float(y[i]) * 0.1f);
}

} // namespace
