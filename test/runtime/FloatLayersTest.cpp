// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Float kernels besides the convolutions: the bits of the stated order, and
// bounds against double.

#include "FloatOracle.h"

#include "qrt/qrt.h"
#include "runtime/ref/float_math.h"

#include <functional>

using namespace quench;
using oracle::reals;
using oracle::sameBits;

namespace {

float clamp(float x, float low, float high) {
  return std::min(std::max(x, low), high);
}

//===-- Products and sums -------------------------------------------------===//

struct MatmulCase {
  const char *name;
  int32_t batches[2];
  bool broadcastA, broadcastB; // along the first batch axis
  int32_t m, k, n;
};
void PrintTo(const MatmulCase &c, std::ostream *os) { *os << c.name; }

class MatmulF32 : public testing::TestWithParam<MatmulCase> {};
TEST_P(MatmulF32, GivesTheBitsOfTheStatedOrder) {
  const MatmulCase &c = GetParam();
  qrt_matmul_f32 p = {};
  p.batch.rank = 2;
  p.batch.size[0] = c.batches[0];
  p.batch.size[1] = c.batches[1];
  p.m = c.m;
  p.k = c.k;
  p.n = c.n;
  const int32_t a1 = c.m * c.k, b1 = c.k * c.n;
  p.a_stride[0] = c.broadcastA ? 0 : a1 * c.batches[1];
  p.a_stride[1] = a1;
  p.b_stride[0] = c.broadcastB ? 0 : b1 * c.batches[1];
  p.b_stride[1] = b1;
  const size_t batches = size_t(c.batches[0]) * c.batches[1];
  const std::vector<float> a = reals(batches * a1, -2, 3, 11);
  const std::vector<float> b = reals(batches * b1, -1, 1, 13);
  std::vector<float> y(batches * c.m * c.n, -99), expected;
  qrt_ref_matmul_f32(&p, a.data(), b.data(), y.data());
  for (int32_t i = 0; i < c.batches[0]; ++i)
    for (int32_t j = 0; j < c.batches[1]; ++j)
      for (int32_t m = 0; m < c.m; ++m)
        for (int32_t n = 0; n < c.n; ++n) {
          const float *pa = a.data() + i * p.a_stride[0] + j * p.a_stride[1];
          const float *pb = b.data() + i * p.b_stride[0] + j * p.b_stride[1];
          oracle::LaneSum sum;
          for (int32_t k = 0; k < c.k; ++k)
            sum.add(size_t(k), pa[m * c.k + k], pb[k * c.n + n]);
          expected.push_back(sum.sum());
          ASSERT_NEAR(sum.sum(), sum.exact, sum.bound());
        }
  EXPECT_TRUE(sameBits(y, expected));
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, MatmulF32,
    testing::Values(
        MatmulCase{
            "plain", {1, 1},
             false, false, 5, 37, 40
},
        MatmulCase{"batches", {2, 3}, false, false, 4, 16, 16},
        MatmulCase{"broadcast_a", {3, 2}, true, false, 3, 9, 17},
        MatmulCase{"broadcast_b", {3, 2}, false, true, 1, 8, 1},
        MatmulCase{"short", {1, 2}, false, false, 7, 3, 5}),
    [](const auto &info) { return std::string(info.param.name); });

// Every axis broadcast once, and both operands of one shape.
TEST(BinaryF32, GivesTheBitsOfNumPy) {
  const int32_t size[] = {2, 3, 4, 5};
  const size_t count = 2 * 3 * 4 * 5;
  using Kernel =
      void(const qrt_binary_f32 *, const float *, const float *, float *);
  const struct {
    Kernel *kernel;
    float (*function)(float, float);
  } table[] = {
      {qrt_ref_add_f32, [](float a, float b) { return a + b; }},
      {qrt_ref_sub_f32, [](float a, float b) { return a - b; }},
      {qrt_ref_mul_f32, [](float a, float b) { return a * b; }},
  };
  const std::vector<float> a = reals(count, -3, 3, 17),
                           b = reals(count, -3, 3, 19);
  for (const auto &row : table)
    for (int mask = 0; mask < 16; ++mask) { // axes that b has not
      qrt_binary_f32 p = {};
      p.space.rank = 4;
      int32_t aStride = 1, bStride = 1;
      for (int axis = 4; axis-- > 0;) {
        p.space.size[axis] = size[axis];
        p.a_stride[axis] = aStride;
        aStride *= size[axis];
        const bool broadcast = mask >> axis & 1;
        p.b_stride[axis] = broadcast ? 0 : bStride;
        bStride *= broadcast ? 1 : size[axis];
      }
      for (bool clamps : {false, true}) {
        p.min = clamps ? -2.5f : -INFINITY;
        p.max = clamps ? 2.0f : INFINITY;
        std::vector<float> y(count), swapped(count), expected, mirrored;
        for (int32_t i = 0; i < int32_t(count); ++i) {
          int32_t rest = i, at = 0;
          for (int axis = 4; axis-- > 0; rest /= size[axis])
            at += rest % size[axis] * p.b_stride[axis];
          const float u = a[size_t(i)], v = b[size_t(at)];
          expected.push_back(clamp(row.function(u, v), p.min, p.max));
          mirrored.push_back(clamp(row.function(v, u), p.min, p.max));
        }
        row.kernel(&p, a.data(), b.data(), y.data());
        EXPECT_TRUE(sameBits(y, expected)) << mask;
        std::swap(p.a_stride, p.b_stride);
        row.kernel(&p, b.data(), a.data(), swapped.data());
        EXPECT_TRUE(sameBits(swapped, mirrored)) << mask;
        std::swap(p.a_stride, p.b_stride);
      }
    }
}

TEST(BinaryF32, InPlace) {
  qrt_binary_f32 p = {};
  p.space = {1, {100}};
  p.a_stride[0] = p.b_stride[0] = 1;
  p.min = -INFINITY;
  p.max = INFINITY;
  const std::vector<float> a = reals(100, -3, 3, 21), b = reals(100, -3, 3, 22);
  std::vector<float> apart(100), together = a;
  qrt_ref_sub_f32(&p, a.data(), b.data(), apart.data());
  qrt_ref_sub_f32(&p, together.data(), b.data(), together.data());
  EXPECT_TRUE(sameBits(together, apart));
}

// Axes 1 and 3 of four are reduced: rows of the walk have steps.
TEST(ReduceF32, GivesTheBitsOfTheStatedOrder) {
  const int32_t s[] = {3, 5, 4, 7};
  const std::vector<float> x = reals(3 * 5 * 4 * 7, -5, 4, 23);
  qrt_reduce p = {};
  p.outer = {
      2, {3, 4}
  };
  p.outer_stride[0] = 5 * 4 * 7;
  p.outer_stride[1] = 7;
  p.inner = {
      2, {5, 7}
  };
  p.inner_stride[0] = 4 * 7;
  p.inner_stride[1] = 1;
  std::vector<float> sums(12), means(12), maxima(12), sum, mean, max;
  qrt_ref_reduce_sum_f32(&p, x.data(), sums.data());
  qrt_ref_reduce_mean_f32(&p, x.data(), means.data());
  qrt_ref_reduce_max_f32(&p, x.data(), maxima.data());
  for (int32_t a = 0; a < s[0]; ++a)
    for (int32_t c = 0; c < s[2]; ++c) {
      oracle::LaneSum lanes;
      size_t at = 0;
      float largest = -INFINITY;
      for (int32_t b = 0; b < s[1]; ++b)
        for (int32_t d = 0; d < s[3]; ++d) {
          const float value = x[size_t(((a * s[1] + b) * s[2] + c) * s[3] + d)];
          lanes.add(at++, value);
          largest = std::max(largest, value);
        }
      sum.push_back(lanes.sum());
      mean.push_back(lanes.sum() / 35.0f);
      max.push_back(largest);
      EXPECT_NEAR(lanes.sum(), lanes.exact, lanes.bound());
    }
  EXPECT_TRUE(sameBits(sums, sum));
  EXPECT_TRUE(sameBits(means, mean));
  EXPECT_TRUE(sameBits(maxima, max));
}

//===-- Windows -----------------------------------------------------------===//

TEST(PoolF32, GivesTheBitsOfTheStatedOrder) {
  for (int32_t dilation : {1, 2})
    for (int32_t includePad : {0, 1}) {
      qrt_pool2d p = {};
      p.batch = 2;
      p.in_h = 9;
      p.in_w = 8;
      p.channels = 70; // more than a block
      p.kernel_h = 3;
      p.kernel_w = 2;
      p.stride_h = 2;
      p.stride_w = 1;
      p.dilation_h = p.dilation_w = dilation;
      p.pad_top = p.pad_left = 1;
      p.out_h = (9 + 2 - (dilation * 2 + 1)) / 2 + 1;
      p.out_w = (8 + 2 - (dilation + 1)) + 1;
      p.count_include_pad = includePad;
      p.padded_h = 11;
      p.padded_w = 10;
      const std::vector<float> x = reals(2 * 9 * 8 * 70, -4, 3, 29);
      std::vector<float> mean, max;
      for (int32_t n = 0; n < 2; ++n)
        for (int32_t i = 0; i < p.out_h; ++i)
          for (int32_t j = 0; j < p.out_w; ++j)
            for (int32_t c = 0; c < 70; ++c) {
              float sum = 0, largest = -INFINITY;
              int count = 0, padded = 0;
              for (int32_t kh = 0; kh < 3; ++kh)
                for (int32_t kw = 0; kw < 2; ++kw) {
                  const int32_t row = i * 2 - 1 + kh * dilation;
                  const int32_t col = j - 1 + kw * dilation;
                  padded += row < 10 && col < 9;
                  if (row < 0 || row >= 9 || col < 0 || col >= 8)
                    continue;
                  const float value =
                      x[size_t(((n * 9 + row) * 8 + col) * 70 + c)];
                  sum += value;
                  largest = std::max(largest, value);
                  ++count;
                }
              mean.push_back(sum / float(includePad ? padded : count));
              max.push_back(largest);
            }
      std::vector<float> means(mean.size()), maxima(max.size());
      qrt_ref_avg_pool2d_f32(&p, x.data(), means.data());
      qrt_ref_max_pool2d_f32(&p, x.data(), maxima.data());
      EXPECT_TRUE(sameBits(means, mean)) << dilation << includePad;
      EXPECT_TRUE(sameBits(maxima, max)) << dilation << includePad;
    }
}

TEST(ResizeF32, GivesTheBitsOfTheStatedOrder) {
  qrt_resize2d p = {};
  p.batch = 2;
  p.in_h = 3;
  p.in_w = 4;
  p.channels = 5;
  p.out_h = 4;
  p.out_w = 3;
  const int32_t row[] = {0, 1, 1, 2}, col[] = {3, 0, 2};
  const float rowShare[] = {0.25f, 0.7f, 1.0f / 3, 0.0f};
  const float colShare[] = {0.0f, 0.1f, 0.9f};
  const std::vector<float> x = reals(2 * 3 * 4 * 5, -2, 2, 31);
  std::vector<float> nearest(2 * 4 * 3 * 5), linear(nearest.size());
  std::vector<float> copied, mixed;
  qrt_ref_resize_nearest_f32(&p, row, col, x.data(), nearest.data());
  qrt_ref_resize_bilinear_f32(&p, row, rowShare, col, colShare, x.data(),
                              linear.data());
  for (int32_t n = 0; n < 2; ++n)
    for (int i = 0; i < 4; ++i)
      for (int j = 0; j < 3; ++j)
        for (int c = 0; c < 5; ++c) {
          auto at = [&](int32_t r, int32_t k) {
            return x[size_t(
                ((n * 3 + std::min(r, 2)) * 4 + std::min(k, 3)) * 5 + c)];
          };
          copied.push_back(at(row[i], col[j]));
          const float left = 1 - colShare[j], top = 1 - rowShare[i];
          float above[2];
          for (int r : {0, 1}) {
            const float a = left * at(row[i] + r, col[j]);
            const float b = colShare[j] * at(row[i] + r, col[j] + 1);
            above[r] = a + b;
          }
          const float a = top * above[0], b = rowShare[i] * above[1];
          mixed.push_back(a + b);
        }
  EXPECT_TRUE(sameBits(nearest, copied));
  EXPECT_TRUE(sameBits(linear, mixed));
}

//===-- Functions of one value --------------------------------------------===//

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

struct Function {
  const char *name;
  void (*kernel)(const qrt_unary_f32 *, const float *, float *);
  double (*exact)(double);
  double absolute, relative; // error: the larger of both is allowed
};
void PrintTo(const Function &f, std::ostream *os) { *os << f.name; }

// Coefficients of clip, leaky_relu and hard_sigmoid below.
constexpr float alpha = 0.2f, beta = 0.6f;

const Function functions[] = {
    {"clip",         qrt_ref_clip_f32,
     [](double x) {
       return std::min(std::max(x, double(alpha)), double(beta));
     },                                                                                 0,       0      },
    {"leaky_relu",   qrt_ref_leaky_relu_f32,
     [](double x) { return x < 0 ? double(alpha) * x : x; },                            0,       0x1p-24},
    {"sigmoid",      qrt_ref_sigmoid_f32,      sigmoid,                                 1e-37,   0x1p-21},
    {"tanh",         qrt_ref_tanh_f32,         [](double x) { return std::tanh(x); },   0,
     0x1p-22                                                                                            },
    {"hard_sigmoid", qrt_ref_hard_sigmoid_f32,
     [](double x) {
       return std::min(std::max(double(alpha) * x + double(beta), 0.0), 1.0);
     },                                                                                 0x1p-24, 0x1p-24},
    {"hard_swish",   qrt_ref_hard_swish_f32,
     [](double x) { return x * std::min(std::max(x / 6 + 0.5, 0.0), 1.0); },
     0x1p-23,                                                                                    0x1p-23},
    {"silu",         qrt_ref_silu_f32,         [](double x) { return x * sigmoid(x); }, 1e-35,
     0x1p-21                                                                                            },
    {"gelu",         qrt_ref_gelu_f32,
     [](double x) { return x / 2 * (1 + std::erf(x * M_SQRT1_2)); },                    0x1p-22,
     0x1p-22                                                                                            },
    {"gelu_tanh",    qrt_ref_gelu_tanh_f32,
     [](double x) {
       return x / 2 *
              (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
     },                                                                                 0x1p-21, 0x1p-22},
    {"erf",          qrt_ref_erf_f32,          [](double x) { return std::erf(x); },    0,       0x1p-22},
    {"exp",          qrt_ref_exp_f32,          [](double x) { return std::exp(x); },    1e-37,
     0x1p-22                                                                                            },
    {"sqrt",         qrt_ref_sqrt_f32,
     [](double x) { return x > 0 ? std::sqrt(x) : 0; },                                 0x1p-63, 0x1p-24},
    {"abs",          qrt_ref_abs_f32,          [](double x) { return std::fabs(x); },   0,       0      },
};

class FunctionF32 : public testing::TestWithParam<Function> {
protected:
  /// About half a million floats of every sign and exponent up to 85.
  static std::vector<float> sweep() {
    std::vector<float> x = {0.0f, -0.0f};
    for (uint32_t bits = 0; bits <= qrt_float_bits(85.0f); bits += 4099)
      for (float sign : {1.0f, -1.0f})
        x.push_back(sign * qrt_bits_float(bits));
    // Where the formulas change.
    for (double edge : {0.625, 1.0, 4.0, 3.0, 6.0})
      for (int step = -3000; step <= 3000; ++step)
        for (double sign : {1.0, -1.0})
          x.push_back(static_cast<float>(sign * (edge + step * 1e-6)));
    return x;
  }
};

TEST_P(FunctionF32, IsCloseToDouble) {
  const Function &f = GetParam();
  const std::vector<float> x = sweep();
  const qrt_unary_f32 p = {int32_t(x.size()), 1, alpha, beta};
  std::vector<float> y(x.size());
  f.kernel(&p, x.data(), y.data());
  double absolute = 0, relative = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double exact = f.exact(double(x[i]));
    const double error = std::abs(double(y[i]) - exact);
    // Below the smallest normal number there are fewer bits.
    ASSERT_LE(error,
              std::max(f.absolute, std::abs(exact) * f.relative) + 0x1p-149)
        << x[i] << " gives " << y[i] << ", exact " << exact;
    absolute = std::max(absolute, error);
    if (std::abs(exact) > 1e-30)
      relative = std::max(relative, error / std::abs(exact));
  }
  RecordProperty("absolute_log2", std::to_string(std::log2(absolute)));
  RecordProperty("relative_log2", std::to_string(std::log2(relative)));
}

TEST_P(FunctionF32, InPlace) {
  std::vector<float> x = sweep(), y(x.size());
  const qrt_unary_f32 p = {int32_t(x.size()), 1, alpha, beta};
  GetParam().kernel(&p, x.data(), y.data());
  GetParam().kernel(&p, x.data(), x.data());
  EXPECT_TRUE(sameBits(x, y));
}

INSTANTIATE_TEST_SUITE_P(All, FunctionF32, testing::ValuesIn(functions),
                         [](const auto &info) {
                           return std::string(info.param.name);
                         });

// One checksum a function over a sweep: every compiler and target gives it.
TEST(FunctionsF32, BitsArePinned) {
  uint32_t crc = 0;
  for (const Function &f : functions)
    for (uint32_t bits = 0; bits < 0x7F800000; bits += 9973)
      for (float x : {qrt_bits_float(bits), -qrt_bits_float(bits)}) {
        const qrt_unary_f32 p = {1, 1, alpha, beta};
        float y;
        f.kernel(&p, &x, &y);
        crc = qrt_crc32(crc, &y, sizeof y);
      }
  EXPECT_EQ(crc, 0x2739B99Du);
}

TEST(FunctionsF32, Ends) {
  auto value = [](auto kernel, float x) {
    const qrt_unary_f32 p = {1, 1, alpha, beta};
    kernel(&p, &x, &x);
    return x;
  };
  EXPECT_EQ(value(qrt_ref_sigmoid_f32, INFINITY), 1.0f);
  EXPECT_LT(value(qrt_ref_sigmoid_f32, -INFINITY), 1e-37f);
  EXPECT_EQ(value(qrt_ref_tanh_f32, INFINITY), 1.0f);
  EXPECT_EQ(value(qrt_ref_tanh_f32, -INFINITY), -1.0f);
  EXPECT_EQ(value(qrt_ref_erf_f32, INFINITY), 1.0f);
  EXPECT_EQ(value(qrt_ref_erf_f32, -INFINITY), -1.0f);
  EXPECT_EQ(value(qrt_ref_gelu_f32, 50.0f), 50.0f);
  EXPECT_EQ(value(qrt_ref_gelu_f32, -50.0f), 0.0f);
  EXPECT_TRUE(std::signbit(value(qrt_ref_tanh_f32, -0.0f)));
  EXPECT_TRUE(std::signbit(value(qrt_ref_erf_f32, -0.0f)));
  for (auto kernel : {qrt_ref_sigmoid_f32, qrt_ref_tanh_f32, qrt_ref_erf_f32,
                      qrt_ref_gelu_f32, qrt_ref_clip_f32, qrt_ref_abs_f32})
    EXPECT_TRUE(std::isnan(value(kernel, std::nanf(""))));
}

TEST(PReluF32, HasASlopeAChannel) {
  const float x[] = {-2, -2, -2, 3, -0.5f, 0}, slope[] = {0.5f, -1, 2};
  float y[6];
  const qrt_unary_f32 p = {6, 3, 0, 0};
  qrt_ref_prelu_f32(&p, x, slope, y);
  const float expected[] = {-1, 2, -4, 3, 0.5f, 0};
  EXPECT_TRUE(sameBits({y, y + 6}, {expected, expected + 6}));
}

} // namespace
