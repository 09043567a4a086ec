// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Elementwise and pooling rows the host can run, bit for bit against the
// reference.

#include "codegen/kernels/Split.h"
#include "qrt/split.h"
#include "test/codegen/kernels/KernelTest.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace quench::kernels;

namespace {

struct Shape {
  std::vector<int> y, a, b; // a and b: 1 broadcasts
};

/// Broadcasts whose dense trailing run is below, at and above a vector.
std::vector<Shape> broadcastShapes() {
  return {
      {{1},           {1},           {1}          },
      {{7},           {7},           {7}          },
      {{8},           {8},           {8}          },
      {{16},          {16},          {16}         },
      {{31},          {31},          {31}         },
      {{64},          {64},          {64}         },
      {{257},         {257},         {257}        },
      {{1, 5, 6, 24}, {1, 5, 6, 24}, {1, 5, 6, 24}},
      {{2, 5, 6, 24}, {2, 5, 6, 24}, {2, 1, 1, 24}},
      {{2, 3, 4, 40}, {1, 1, 1, 40}, {2, 3, 4, 40}},
      {{2, 3, 20, 1}, {2, 1, 20, 1}, {1, 3, 20, 1}},
      {{3, 4, 16},    {3, 4, 16},    {3, 4, 1}    }
  };
}

/// Strides of a dense tensor of `shape`, 0 where it broadcasts.
void setStrides(const std::vector<int> &shape, int32_t *strides) {
  int stride = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    strides[i] = shape[i] == 1 ? 0 : stride;
    stride *= shape[i];
  }
}

size_t product(const std::vector<int> &shape) {
  size_t count = 1;
  for (int size : shape)
    count *= size_t(size);
  return count;
}

template <typename Params>
Params broadcast(const Shape &shape) {
  Params p = {};
  p.space.rank = int32_t(shape.y.size());
  for (size_t i = 0; i < shape.y.size(); ++i)
    p.space.size[i] = shape.y[i];
  setStrides(shape.a, p.a_stride);
  setStrides(shape.b, p.b_stride);
  return p;
}

qrt_add_nd_part outermost(const qrt_add_nd *p, qrt_range items) {
  return qrt_add_nd_outermost(p, items);
}
qrt_mul_nd_part outermost(const qrt_mul_nd *p, qrt_range items) {
  return qrt_mul_nd_outermost(p, items);
}

/// Calls `run` with each part for three workers, after `y` was overwritten;
/// backwards, so that a part that wrote beyond its end would destroy the next
/// one. Not at all where the kernel cannot be cut.
template <typename Y, typename RunPart>
void checkParts(const Kernel &kernel, const Problem &problem, Exact<Y> &y,
                RunPart run) {
  const std::optional<Split> split = splitOf(kernel, problem, 2);
  if (!split || !scratchBytes(kernel, problem, split, std::nullopt, 3))
    return;
  std::memset(y.data(), 0x5A, y.size() * sizeof(Y));
  const int workers = std::min(3, split->units());
  for (int worker = workers; worker-- > 0;)
    run(*split, qrt_items(qrt_part(split->units(), workers, worker),
                          split->step, split->count));
}

template <typename Params, typename Function>
void checkBinary(const Compiled &compiled, const Params &p, const Shape &shape,
                 Function reference, std::mt19937 &random, int *checked) {
  Problem problem;
  problem.op = compiled.kernel->op;
  problem.params = p;
  if (!compiled.kernel->accepts(problem))
    return;
  ++*checked;
  Exact<int8_t> a(product(shape.a)), b(product(shape.b));
  fillCodes(a, random);
  fillCodes(b, random);
  Exact<int8_t> expected(product(shape.y)), y(product(shape.y));
  reference(&p, a.data(), b.data(), expected.data());
  const auto function = reinterpret_cast<Function>(compiled.function);
  function(&p, a.data(), b.data(), y.data());
  ASSERT_EQ(y.values(), expected.values());
  checkParts(*compiled.kernel, problem, y, [&](const Split &, qrt_range items) {
    const auto part = outermost(&p, items);
    function(&part.p, a.data() + part.a, b.data() + part.b, y.data() + part.y);
  });
  ASSERT_EQ(y.values(), expected.values()) << "in parts";
  if (a.size() == y.size()) {
    function(&p, a.data(), b.data(), a.data());
    ASSERT_EQ(a.values(), expected.values()) << "in place";
  }
}

std::string compiledName(const testing::TestParamInfo<Compiled> &info) {
  return info.param.name;
}

class AddKernel : public testing::TestWithParam<Compiled> {};

TEST_P(AddKernel, EqualsReference) {
  std::mt19937 random(5);
  int checked = 0;
  for (const Shape &shape : broadcastShapes())
    for (int form = 0; form < 4; ++form) {
      auto p = broadcast<qrt_add_nd>(shape);
      // Form 1 subtracts, 2 has the largest multipliers, 3 makes ties.
      p.add = {
          -3, 12, 1 << 20, 923451, 1.0f / (1 << 20), {5, -128, 127}
      };
      if (form == 1)
        p.add.b_mul = -p.add.b_mul;
      if (form == 2)
        p.add = {
            -128, 127, 1 << 22, -(1 << 22), 1.0f / (1 << 22), {0, -90, 90}
        };
      if (form == 3)
        p.add = {
            0, 0, 1 << 21, 1 << 21, 1.0f / (1 << 22), {-1, -128, 127}
        };
      SCOPED_TRACE(testing::Message() << product(shape.y) << ", form " << form);
      checkBinary(GetParam(), p, shape, &qrt_ref_add_s8, random, &checked);
      if (HasFatalFailure())
        return;
    }
  EXPECT_GE(checked, 20);
}

INSTANTIATE_TEST_SUITE_P(Catalogue, AddKernel,
                         testing::ValuesIn(hostKernels(Op::Add, narrowCodes)),
                         compiledName);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(AddKernel);

class MulKernel : public testing::TestWithParam<Compiled> {};

TEST_P(MulKernel, EqualsReference) {
  std::mt19937 random(6);
  int checked = 0;
  for (const Shape &shape : broadcastShapes())
    for (float mul : {0.0078125f, 0.5f, 0.0013f}) {
      auto p = broadcast<qrt_mul_nd>(shape);
      p.a_zero = -128;
      p.b_zero = 19;
      p.mul = mul;
      p.out = {-20, -100, 127};
      SCOPED_TRACE(testing::Message() << product(shape.y) << ", mul " << mul);
      checkBinary(GetParam(), p, shape, &qrt_ref_mul_s8, random, &checked);
      if (HasFatalFailure())
        return;
    }
  EXPECT_GE(checked, 15);
}

INSTANTIATE_TEST_SUITE_P(Catalogue, MulKernel,
                         testing::ValuesIn(hostKernels(Op::Mul, narrowCodes)),
                         compiledName);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(MulKernel);

class LutKernel : public testing::TestWithParam<Compiled> {};

TEST_P(LutKernel, EqualsReferenceForEveryCode) {
  std::mt19937 random(8);
  Exact<int8_t> table(256);
  fillCodes(table, random);
  for (int count : {0, 1, 31, 32, 33, 64, 256, 1000}) {
    const qrt_lut p = {count, 1};
    Exact<int8_t> x(size_t(count), 1), expected(size_t(count), 1);
    for (size_t i = 0; i < x.size(); ++i)
      x[i] = int8_t(i);
    qrt_ref_lut_s8(&p, x.data(), table.data(), expected.data());
    reinterpret_cast<decltype(&qrt_ref_lut_s8)>(GetParam().function)(
        &p, x.data(), table.data(), x.data());
    ASSERT_EQ(x.values(), expected.values()) << count;
  }
}

TEST_P(LutKernel, DeclinesATablePerChannel) {
  Problem problem;
  problem.op = Op::Lut;
  problem.params = qrt_lut{64, 4};
  std::string why;
  EXPECT_FALSE(GetParam().kernel->accepts(problem, &why));
  EXPECT_EQ(why, "one table per channel");
}

INSTANTIATE_TEST_SUITE_P(Catalogue, LutKernel,
                         testing::ValuesIn(hostKernels(Op::Lut)), compiledName);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(LutKernel);

class BorderKernel : public testing::TestWithParam<Compiled> {};

/// Ties, neighbours of ties, values outside, infinities and NaN.
std::vector<float> directedFloats(float scale) {
  std::vector<float> values = {0.0f, -0.0f, 1e30f, -1e30f};
  const float infinity = std::numeric_limits<float>::infinity();
  values.push_back(infinity);
  values.push_back(-infinity);
  values.push_back(std::numeric_limits<float>::quiet_NaN());
  for (int i = -300; i <= 300; ++i) {
    const float tie = (float(i) + 0.5f) * scale;
    values.push_back(tie);
    values.push_back(std::nextafter(tie, infinity));
    values.push_back(std::nextafter(tie, -infinity));
  }
  return values;
}

TEST_P(BorderKernel, EqualsReference) {
  for (float scale : {0.5f, 0.1f, 0.0078431377f, 3.7f})
    for (int zero : {-128, -3, 0, 127})
      for (int drop = 0; drop < 9; ++drop) {
        std::vector<float> values = directedFloats(scale);
        values.resize(values.size() - size_t(drop));
        const qrt_border p = {
            1, 1, int32_t(values.size()), scale, {zero, -128, 127},
                0
        };
        if (GetParam().kernel->op == Op::QuantizeF32) {
          Exact<float> x(values);
          Exact<int8_t> expected(values.size()), y(values.size());
          qrt_ref_quantize_f32_s8(&p, x.data(), expected.data());
          reinterpret_cast<decltype(&qrt_ref_quantize_f32_s8)>(
              GetParam().function)(&p, x.data(), y.data());
          ASSERT_EQ(y.values(), expected.values()) << scale << ", " << zero;
        } else {
          Exact<int8_t> x(values.size());
          for (size_t i = 0; i < x.size(); ++i)
            x[i] = int8_t(i);
          Exact<float> expected(values.size()), y(values.size());
          qrt_ref_dequantize_s8_f32(&p, x.data(), expected.data());
          reinterpret_cast<decltype(&qrt_ref_dequantize_s8_f32)>(
              GetParam().function)(&p, x.data(), y.data());
          ASSERT_EQ(y.values(), expected.values()) << scale << ", " << zero;
        }
      }
}

// Planes and pixels; all counts of pixels around the steps of a vector.
TEST_P(BorderKernel, ReordersPlanes) {
  for (int32_t batch : {1, 2})
    for (int32_t channels : {1, 2, 3, 4, 19})
      for (int32_t pixels : {1, 7, 8, 15, 16, 17, 33, 80}) {
        const qrt_border p = {
            batch, channels, pixels, 0.25f, {3, -100, 90},
                0
        };
        const size_t count = size_t(batch) * size_t(channels) * size_t(pixels);
        const Problem problem = {GetParam().kernel->op, p};
        auto partOf = [&](const Split &split, qrt_range items) {
          return split.axis == "images"   ? qrt_border_images(&p, items)
                 : split.axis == "pixels" ? qrt_border_pixels(&p, items)
                                          : qrt_border_elements(&p, items);
        };
        SCOPED_TRACE(testing::Message()
                     << batch << " x " << channels << " x " << pixels);
        if (GetParam().kernel->op == Op::QuantizeF32) {
          Exact<float> x(count);
          for (size_t i = 0; i < count; ++i)
            x[i] = 0.125f * float(int(i * 37 % 1001) - 500);
          Exact<int8_t> expected(count), y(count);
          qrt_ref_quantize_f32_s8(&p, x.data(), expected.data());
          const auto function =
              reinterpret_cast<decltype(&qrt_ref_quantize_f32_s8)>(
                  GetParam().function);
          function(&p, x.data(), y.data());
          ASSERT_EQ(y.values(), expected.values());
          checkParts(*GetParam().kernel, problem, y,
                     [&](const Split &split, qrt_range items) {
                       const qrt_border_part part = partOf(split, items);
                       function(&part.p, x.data() + part.planes,
                                y.data() + part.codes);
                     });
          ASSERT_EQ(y.values(), expected.values()) << "in parts";
        } else {
          Exact<int8_t> x(count);
          for (size_t i = 0; i < count; ++i)
            x[i] = int8_t(i * 37);
          Exact<float> expected(count), y(count);
          qrt_ref_dequantize_s8_f32(&p, x.data(), expected.data());
          const auto function =
              reinterpret_cast<decltype(&qrt_ref_dequantize_s8_f32)>(
                  GetParam().function);
          function(&p, x.data(), y.data());
          ASSERT_EQ(y.values(), expected.values());
          checkParts(*GetParam().kernel, problem, y,
                     [&](const Split &split, qrt_range items) {
                       const qrt_border_part part = partOf(split, items);
                       function(&part.p, x.data() + part.codes,
                                y.data() + part.planes);
                     });
          ASSERT_EQ(y.values(), expected.values()) << "in parts";
        }
      }
}

INSTANTIATE_TEST_SUITE_P(Quantize, BorderKernel,
                         testing::ValuesIn(hostKernels(Op::QuantizeF32,
                                                       narrowCodes)),
                         compiledName);
INSTANTIATE_TEST_SUITE_P(Dequantize, BorderKernel,
                         testing::ValuesIn(hostKernels(Op::Dequantize,
                                                       narrowCodes)),
                         compiledName);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(BorderKernel);

class PoolKernel : public testing::TestWithParam<Compiled> {};

qrt_pool2d pool(int h, int w, int channels, int kernel, int stride, int pad,
                int dilation = 1) {
  qrt_pool2d p = {};
  p.batch = 2;
  p.in_h = h;
  p.in_w = w;
  p.channels = channels;
  p.kernel_h = p.kernel_w = kernel;
  p.stride_h = p.stride_w = stride;
  p.dilation_h = p.dilation_w = dilation;
  p.pad_top = p.pad_left = pad;
  const int span = (kernel - 1) * dilation + 1;
  p.out_h = (h + 2 * pad - span) / stride + 1;
  p.out_w = (w + 2 * pad - span) / stride + 1;
  p.padded_h = h + 2 * pad;
  p.padded_w = w + 2 * pad;
  p.in_zero = -9;
  p.in_scale = 0.04f;
  p.out_scale = 0.03f;
  p.out = {4, -128, 127};
  return p;
}

TEST_P(PoolKernel, EqualsReference) {
  std::vector<qrt_pool2d> cases;
  for (int channels : {8, 15, 16, 17, 24, 32, 33, 63, 64, 65, 100, 144})
    cases.push_back(pool(7, 6, channels, 3, 2, 1));
  for (int kernel : {2, 3, 7})
    for (int stride : {1, 2})
      cases.push_back(pool(9, 8, 40, kernel, stride, kernel / 2));
  cases.push_back(pool(7, 7, 80, 7, 1, 0)); // global
  cases.push_back(pool(9, 9, 40, 3, 1, 2, 2));
  cases.push_back(pool(5, 5, 20, 2, 2, 0));
  // One image: cut by rows.
  for (int stride : {1, 2, 3}) {
    cases.push_back(pool(11, 9, 40, 3, stride, 1));
    cases.back().batch = 1;
  }
  const Kernel &kernel = *GetParam().kernel;
  const auto reference = kernel.op == Op::MaxPool2D ? &qrt_ref_max_pool2d_s8
                                                    : &qrt_ref_avg_pool2d_s8;
  const auto function =
      reinterpret_cast<decltype(&qrt_ref_max_pool2d_s8)>(GetParam().function);
  struct Gaps {
    int32_t x, y;
  };
  std::mt19937 random(9);
  for (qrt_pool2d p : cases)
    for (int include = 0; include < 2; ++include) {
      p.count_include_pad = include;
      if (include) // ceil_mode: windows hang over the padded input
        ++p.out_h;
      Problem problem;
      problem.op = kernel.op;
      problem.params = p;
      if (!kernel.accepts(problem))
        continue;
      Exact<int8_t> dense(2 * size_t(p.in_h) * size_t(p.in_w) *
                          size_t(p.channels));
      fillCodes(dense, random);
      Exact<int8_t> result(size_t(p.batch) * size_t(p.out_h) * size_t(p.out_w) *
                           size_t(p.channels));
      reference(&p, dense.data(), result.data());
      for (const Gaps gaps : {
               Gaps{0,  0 },
               Gaps{3,  5 },
               Gaps{40, 0 },
               Gaps{0,  24}
      }) {
        SCOPED_TRACE(testing::Message()
                     << p.in_h << "x" << p.in_w << "x" << p.channels
                     << ", kernel " << p.kernel_h << ", stride " << p.stride_h
                     << ", include " << include << ", gaps " << gaps.x << " "
                     << gaps.y);
        qrt_pool2d wide = p;
        wide.x_gap = gaps.x;
        wide.y_gap = gaps.y;
        problem.params = wide;
        const auto x =
            spread(dense.values(), size_t(p.channels), size_t(gaps.x));
        const auto expected =
            spread(result.values(), size_t(p.channels), size_t(gaps.y));
        Exact<int8_t> y(expected.size());
        std::memset(y.data(), 0x5A, y.size());
        function(&wide, x.data(), y.data());
        ASSERT_EQ(y.values(), expected.values());
        checkParts(kernel, problem, y,
                   [&](const Split &split, qrt_range items) {
                     const qrt_pool2d_part part =
                         split.axis == "rows" ? qrt_pool2d_rows(&wide, items)
                                              : qrt_pool2d_images(&wide, items);
                     function(&part.p, x.data() + part.x, y.data() + part.y);
                   });
        ASSERT_EQ(y.values(), expected.values()) << "in parts";
      }
    }
}

INSTANTIATE_TEST_SUITE_P(Max, PoolKernel,
                         testing::ValuesIn(hostKernels(Op::MaxPool2D,
                                                       narrowCodes)),
                         compiledName);
INSTANTIATE_TEST_SUITE_P(Average, PoolKernel,
                         testing::ValuesIn(hostKernels(Op::AvgPool2D,
                                                       narrowCodes)),
                         compiledName);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(PoolKernel);

} // namespace
