// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The border and the float islands: bounds against double, and the bits of the
// documented order of operations.

#include "Oracle.h"

#include "qrt/qrt.h"
#include "runtime/ref/float_math.h"

#include "gtest/gtest.h"

#include <cfloat>

using namespace quench;

namespace {

TEST(Border, QuantizeEveryElement) {
  oracle::Random random(23);
  qrt_border p{
      1, 1, 1000, 0.25f, {7, -100, 101},
          0
  };
  std::vector<float> x;
  for (int i = 0; i < p.pixels; ++i)
    x.push_back(static_cast<float>(random.integer(-300, 300)) * 0.125f);
  std::vector<int8_t> y(x.size());
  qrt_ref_quantize_f32_s8(&p, x.data(), y.data());
  oracle::Disagreements told;
  for (size_t i = 0; i < x.size(); ++i) {
    double quotient = double(x[i]) / double(p.scale);
    ASSERT_EQ(y[i], oracle::toCode(std::nearbyint(quotient), p.out)) << x[i];
    told.count(static_cast<int64_t>(x[i] * 8), 0.5f, p.out);
  }
  EXPECT_TELLS_ROUNDINGS_APART(told);
}

// Two images of three planes of four pixels: where each element goes.
TEST(Border, PlanesBecomePixelsAndBack) {
  for (int32_t gap : {0, 3}) {
    const qrt_border p{
        2, 3, 4, 1.0f, {0, -128, 127},
            gap
    };
    const size_t plane = size_t(4 + gap);
    std::vector<float> planes(6 * plane), back(6 * plane, -1.0f);
    for (size_t i = 0; i < planes.size(); ++i)
      planes[i] = i % plane < 4 ? float(i) : -1.0f;
    std::vector<int8_t> pixels(24);
    qrt_ref_quantize_f32_s8(&p, planes.data(), pixels.data());
    for (size_t n = 0; n < 2; ++n)
      for (size_t c = 0; c < 3; ++c)
        for (size_t i = 0; i < 4; ++i)
          EXPECT_EQ(pixels[(n * 4 + i) * 3 + c],
                    int8_t((n * 3 + c) * plane + i));
    qrt_ref_dequantize_s8_f32(&p, pixels.data(), back.data());
    EXPECT_EQ(back, planes);
  }
}

TEST(Border, DequantizeEveryCode) {
  qrt_border p{
      1, 1, 256, 0.0317f, {-9, 0, 0},
          0
  };
  std::vector<int8_t> x;
  for (int code = -128; code <= 127; ++code)
    x.push_back(static_cast<int8_t>(code));
  std::vector<float> y(256);
  qrt_ref_dequantize_s8_f32(&p, x.data(), y.data());
  for (int code = -128; code <= 127; ++code)
    ASSERT_EQ(y[size_t(code + 128)],
              static_cast<float>((code + 9) * double(p.scale)));
}

// A stride through the bits of all floats of [-87, 88] that is prime to every
// period of the mantissa; about four million of them.
TEST(Expf, RelativeErrorIsBelowTwoToTheMinus22) {
  double worst = 0;
  auto check = [&](float x) {
    double exact = std::exp(double(x));
    double error = std::abs(double(qrt_expf(x)) - exact) / exact;
    if (error > worst)
      worst = error;
  };
  for (uint32_t bits = 0; bits <= qrt_float_bits(88.0f); bits += 521)
    check(qrt_bits_float(bits));
  for (uint32_t bits = 0; bits <= qrt_float_bits(87.0f); bits += 521)
    check(-qrt_bits_float(bits));
  // Where n steps: around odd multiples of ln(2) / 2.
  for (int n = -125; n <= 126; ++n) {
    float middle = static_cast<float>((n + 0.5) * std::log(2.0));
    for (int step = -2000; step <= 2000; ++step)
      if (float x = middle + static_cast<float>(step) * 1e-5f;
          x >= -87 && x <= 88)
        check(x);
  }
  RecordProperty("worst_error_log2", std::to_string(std::log2(worst)));
  EXPECT_LT(worst, 0x1p-22) << "2^" << std::log2(worst);
}

// Float islands promise the same bits from every compiler and target: one
// checksum over a sweep of all signs and magnitudes.
TEST(Expf, BitsArePinned) {
  uint32_t crc = 0;
  for (uint32_t bits = 0; bits < 0x7F800000; bits += 9973)
    for (float x : {qrt_bits_float(bits), -qrt_bits_float(bits)}) {
      float y = qrt_expf(x);
      crc = qrt_crc32(crc, &y, sizeof y);
    }
  EXPECT_EQ(crc, 0xCD67CD24u);
}

TEST(Expf, Ends) {
  EXPECT_EQ(qrt_expf(0.0f), 1.0f);
  EXPECT_EQ(qrt_expf(-0.0f), 1.0f);
  EXPECT_EQ(qrt_expf(std::nextafter(-87.0f, -100.0f)), 0.0f);
  EXPECT_EQ(qrt_expf(-INFINITY), 0.0f);
  EXPECT_EQ(qrt_expf(std::nextafter(88.0f, 100.0f)), FLT_MAX);
  EXPECT_EQ(qrt_expf(INFINITY), FLT_MAX);
  EXPECT_TRUE(std::isnan(qrt_expf(std::nanf(""))));
}

// Correctly rounded: the bits of the IEEE instruction.
TEST(Sqrtf, EqualsTheInstruction) {
  for (uint32_t bits = 0x00800000; bits < 0x7F800000; bits += 997)
    ASSERT_EQ(qrt_sqrtf(qrt_bits_float(bits)), std::sqrt(qrt_bits_float(bits)))
        << qrt_bits_float(bits);
  // Two whole binades: every mantissa with either parity of the exponent.
  for (uint32_t bits = qrt_float_bits(1.0f); bits < qrt_float_bits(4.0f);
       ++bits)
    ASSERT_EQ(qrt_sqrtf(qrt_bits_float(bits)), std::sqrt(qrt_bits_float(bits)));
  EXPECT_EQ(qrt_sqrtf(0.0f), 0.0f);
  EXPECT_EQ(qrt_sqrtf(0x1p-127f), 0.0f); // subnormal, as documented
  EXPECT_EQ(qrt_sqrtf(INFINITY), INFINITY);
  EXPECT_TRUE(std::isnan(qrt_sqrtf(std::nanf(""))));
}

struct RowsCase {
  const char *name;
  int32_t outer, length, inner;
};

class Rows : public testing::TestWithParam<RowsCase> {
protected:
  qrt_rows p{GetParam().outer, GetParam().length, GetParam().inner, 1e-5f};
  size_t count = size_t(p.outer) * p.length * p.inner;
  std::vector<float> reals(double low, double high, size_t n, uint32_t seed) {
    oracle::Random random(seed);
    std::vector<float> result(n);
    for (float &value : result)
      value = static_cast<float>(random.real(low, high));
    return result;
  }
  size_t at(int32_t o, int32_t k, int32_t i) {
    return (size_t(o) * p.length + k) * p.inner + i;
  }
};

TEST_P(Rows, SoftmaxIsCloseToDouble) {
  for (double spread : {1.0, 20.0, 300.0}) {
    std::vector<float> x = reals(-spread, spread, count, 29), y(count);
    qrt_ref_softmax_f32(&p, x.data(), y.data());
    for (int32_t o = 0; o < p.outer; ++o)
      for (int32_t i = 0; i < p.inner; ++i) {
        double max = -1e9, sum = 0, total = 0;
        for (int32_t k = 0; k < p.length; ++k)
          max = std::max(max, double(x[at(o, k, i)]));
        for (int32_t k = 0; k < p.length; ++k)
          sum += std::exp(double(x[at(o, k, i)]) - max);
        for (int32_t k = 0; k < p.length; ++k) {
          double exact = std::exp(double(x[at(o, k, i)]) - max) / sum;
          // x - max rounds to float, which exp turns into a relative error.
          ASSERT_NEAR(y[at(o, k, i)], exact, exact * 5e-5 + 1e-37);
          total += double(y[at(o, k, i)]);
        }
        ASSERT_NEAR(total, 1.0, 1e-5);
      }
  }
}

// The bits, not only the value: lanes as float_math.h states.
TEST_P(Rows, SoftmaxSumsInEightLanes) {
  std::vector<float> x = reals(-3, 3, count, 31), y(count);
  qrt_ref_softmax_f32(&p, x.data(), y.data());
  for (int32_t o = 0; o < p.outer; ++o)
    for (int32_t i = 0; i < p.inner; ++i) {
      float max = x[at(o, 0, i)];
      for (int32_t k = 0; k < p.length; ++k)
        max = std::max(max, x[at(o, k, i)]);
      float lane[8] = {};
      for (int32_t k = 0; k < p.length; ++k) {
        float shifted = x[at(o, k, i)] - max;
        lane[k & 7] += qrt_expf(shifted);
      }
      for (int half : {4, 2, 1})
        for (int l = 0; l < half; ++l)
          lane[l] += lane[l + half];
      for (int32_t k = 0; k < p.length; ++k) {
        float shifted = x[at(o, k, i)] - max;
        ASSERT_EQ(y[at(o, k, i)], qrt_expf(shifted) / lane[0]);
      }
    }
}

class DenseRows : public Rows {};

TEST_P(DenseRows, LayerNormIsCloseToDouble) {
  std::vector<float> x = reals(-4, 9, count, 37), y(count);
  std::vector<float> scale = reals(-2, 2, size_t(p.length), 41);
  std::vector<float> bias = reals(-1, 1, size_t(p.length), 43);
  for (bool withBias : {true, false}) {
    qrt_ref_layer_norm_f32(&p, x.data(), scale.data(),
                           withBias ? bias.data() : nullptr, y.data());
    for (int32_t o = 0; o < p.outer; ++o) {
      double mean = 0, variance = 0;
      for (int32_t k = 0; k < p.length; ++k)
        mean += double(x[at(o, k, 0)]) / p.length;
      for (int32_t k = 0; k < p.length; ++k)
        variance += std::pow(double(x[at(o, k, 0)]) - mean, 2) / p.length;
      for (int32_t k = 0; k < p.length; ++k) {
        double exact = (double(x[at(o, k, 0)]) - mean) /
                           std::sqrt(variance + double(p.epsilon)) *
                           double(scale[size_t(k)]) +
                       (withBias ? double(bias[size_t(k)]) : 0.0);
        ASSERT_NEAR(y[at(o, k, 0)], exact, 2e-5) << o << ", " << k;
      }
    }
  }
}

TEST(LayerNorm, BitsArePinned) {
  oracle::Random random(47);
  const qrt_rows p{7, 100, 1, 1e-6f};
  std::vector<float> x, y(700), scale, bias;
  for (size_t i = 0; i < y.size(); ++i)
    x.push_back(static_cast<float>(random.real(-5, 5)));
  for (int32_t i = 0; i < p.length; ++i) {
    scale.push_back(static_cast<float>(random.real(-2, 2)));
    bias.push_back(static_cast<float>(random.real(-1, 1)));
  }
  qrt_ref_layer_norm_f32(&p, x.data(), scale.data(), bias.data(), y.data());
  EXPECT_EQ(qrt_crc32(0, y.data(), y.size() * sizeof(float)), 0x82086BB6u);
}

std::string caseName(const testing::TestParamInfo<RowsCase> &info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Shapes, Rows,
                         testing::Values(RowsCase{"one", 3, 1, 1},
                                         RowsCase{"short", 4, 5, 1},
                                         RowsCase{"classes", 2, 1000, 1},
                                         RowsCase{"strided", 3, 21, 6}),
                         caseName);
INSTANTIATE_TEST_SUITE_P(Shapes, DenseRows,
                         testing::Values(RowsCase{"one", 3, 1, 1},
                                         RowsCase{"short", 4, 5, 1},
                                         RowsCase{"features", 5, 768, 1}),
                         caseName);

} // namespace
