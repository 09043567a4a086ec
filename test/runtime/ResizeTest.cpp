// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Nearest and bilinear resize against per-element index arithmetic.

#include "Oracle.h"

#include "gtest/gtest.h"

using namespace quench;

namespace {

class Resize : public testing::Test {
protected:
  qrt_resize2d p{};
  std::vector<int8_t> x;

  void SetUp() override {
    p.batch = 2, p.in_h = 4, p.in_w = 5, p.channels = 7;
    p.out_h = 9, p.out_w = 8;
    p.in_zero = -5;
    p.out = {3, -128, 127};
    x = oracle::Random(19).codes(size_t(p.batch) * p.in_h * p.in_w *
                                 p.channels);
  }
  int64_t at(int64_t n, int64_t h, int64_t w, int64_t c) {
    return x[size_t(((n * p.in_h + h) * p.in_w + w) * p.channels + c)];
  }
  std::vector<int32_t> indices(int32_t count, int32_t below, uint32_t seed) {
    oracle::Random random(seed);
    std::vector<int32_t> result;
    for (int32_t i = 0; i < count; ++i)
      result.push_back(static_cast<int32_t>(random.integer(0, below - 1)));
    return result;
  }
};

TEST_F(Resize, NearestCopiesTheNamedPixels) {
  std::vector<int32_t> row = indices(p.out_h, p.in_h, 1);
  std::vector<int32_t> col = indices(p.out_w, p.in_w, 2);
  std::vector<int8_t> y(size_t(p.batch) * p.out_h * p.out_w * p.channels);
  qrt_ref_resize_nearest_s8(&p, row.data(), col.data(), x.data(), y.data());
  size_t i = 0;
  for (int32_t n = 0; n < p.batch; ++n)
    for (int32_t h : row)
      for (int32_t w : col)
        for (int32_t c = 0; c < p.channels; ++c, ++i)
          ASSERT_EQ(y[i], at(n, h, w, c)) << "element " << i;
}

// Weights in sixteenths put results on ties; the last row and column mix with
// themselves.
TEST_F(Resize, BilinearMixesFourPixels) {
  std::vector<int32_t> row = indices(p.out_h, p.in_h, 3);
  std::vector<int32_t> col = indices(p.out_w, p.in_w, 4);
  row.back() = p.in_h - 1, col.back() = p.in_w - 1;
  std::vector<int32_t> rowWeight, colWeight;
  for (int32_t i : indices(p.out_h, 17, 5))
    rowWeight.push_back(i * 128);
  for (int32_t i : indices(p.out_w, 17, 6))
    colWeight.push_back(i * 128);
  p.mul = 0x1p-22f;
  std::vector<int8_t> y(size_t(p.batch) * p.out_h * p.out_w * p.channels);
  qrt_ref_resize_bilinear_s8(&p, row.data(), rowWeight.data(), col.data(),
                             colWeight.data(), x.data(), y.data());
  oracle::Disagreements told;
  size_t i = 0;
  for (int32_t n = 0; n < p.batch; ++n)
    for (size_t h = 0; h < row.size(); ++h)
      for (size_t w = 0; w < col.size(); ++w)
        for (int32_t c = 0; c < p.channels; ++c, ++i) {
          int64_t acc = 0;
          for (int down : {0, 1})
            for (int right : {0, 1}) {
              int64_t sourceRow = std::min(row[h] + down, p.in_h - 1);
              int64_t sourceCol = std::min(col[w] + right, p.in_w - 1);
              int64_t wr = down ? rowWeight[h] : 2048 - rowWeight[h];
              int64_t wc = right ? colWeight[w] : 2048 - colWeight[w];
              acc += (at(n, sourceRow, sourceCol, c) - p.in_zero) * wr * wc;
            }
          ASSERT_EQ(y[i], oracle::requantize(acc, p.mul, p.out))
              << "element " << i;
          told.count(acc, p.mul, p.out);
        }
  EXPECT_TELLS_ROUNDINGS_APART(told);
}

// The extreme sums need all of int32.
TEST_F(Resize, BilinearExtremesDoNotWrap) {
  for (int code : {-128, 127}) {
    p.in_zero = code < 0 ? 127 : -128;
    p.mul = 0x1p-24f;
    p.out = {0, -128, 127};
    std::fill(x.begin(), x.end(), static_cast<int8_t>(code));
    std::vector<int32_t> row = indices(p.out_h, p.in_h, 3);
    std::vector<int32_t> col = indices(p.out_w, p.in_w, 4);
    std::vector<int32_t> rowWeight = indices(p.out_h, 2049, 5);
    std::vector<int32_t> colWeight = indices(p.out_w, 2049, 6);
    std::vector<int8_t> y(size_t(p.batch) * p.out_h * p.out_w * p.channels);
    qrt_ref_resize_bilinear_s8(&p, row.data(), rowWeight.data(), col.data(),
                               colWeight.data(), x.data(), y.data());
    for (int8_t result : y)
      ASSERT_EQ(result, code < 0 ? -64 : 64); // 255 / 4
  }
}

} // namespace
