// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Elementwise kernels and pools of 16-bit codes, and of both widths, bit for
// bit against the reference: every combination that the catalogue has, around
// whole vectors, with codes at the ends of their ranges.

#include "test/codegen/kernels/KernelTest.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace quench::kernels;

namespace {

/// Rows of `length` elements; b is one row, or as many as a.
struct Shape {
  int32_t rows, length;
  bool broadcast;
};

std::vector<Shape> shapes() {
  std::vector<Shape> all;
  for (int32_t length : {1, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 130})
    for (bool broadcast : {false, true})
      all.push_back({3, length, broadcast});
  return all;
}

template <typename Params>
Params spaceOf(const Shape &shape) {
  Params p = {};
  p.space.rank = 2;
  p.space.size[0] = shape.rows;
  p.space.size[1] = shape.length;
  p.a_stride[0] = shape.length;
  p.b_stride[0] = shape.broadcast ? 0 : shape.length;
  p.a_stride[1] = p.b_stride[1] = 1;
  return p;
}

template <typename Params, typename A, typename B, typename Y>
void checkBinary(const Compiled &compiled, const Params &p, const Shape &shape,
                 void (*reference)(const Params *, const A *, const B *, Y *),
                 std::mt19937 &random, int *checked) {
  Problem problem;
  problem.op = compiled.kernel->op;
  problem.params = p;
  problem.codes = compiled.kernel->codes;
  if (!compiled.kernel->accepts(problem))
    return;
  ++*checked;
  const size_t size = size_t(shape.rows) * size_t(shape.length);
  Exact<A> a(size);
  Exact<B> b(shape.broadcast ? size_t(shape.length) : size);
  Exact<Y> expected(size), y(size);
  fillCodes(a, random);
  fillCodes(b, random);
  reference(&p, a.data(), b.data(), expected.data());
  reinterpret_cast<decltype(reference)>(compiled.function)(&p, a.data(),
                                                           b.data(), y.data());
  ASSERT_EQ(y.values(), expected.values());
}

/// Zero points of 8-bit codes only, and the whole range.
template <typename Code>
int32_t zeroOf(int32_t zero) {
  return sizeof(Code) == 1 ? zero : 0;
}
template <typename Y>
qrt_output outputOf() {
  if (sizeof(Y) == 1)
    return {5, -120, 127};
  return {0, -32000, 32767};
}

template <typename A, typename B, typename Y>
void checkAdd(const Compiled &compiled,
              void (*reference)(const qrt_add_nd *, const A *, const B *,
                                Y *)) {
  std::mt19937 random(5);
  int checked = 0;
  const float scale = sizeof(Y) == 2 ? 1.0f / (1 << 15) : 1.0f / (1 << 23);
  for (const Shape &shape : shapes())
    for (int32_t b_mul : {32767, -32767, 11111}) {
      auto p = spaceOf<qrt_add_nd>(shape);
      p.add = {zeroOf<A>(-3), zeroOf<B>(12), 32767,
               b_mul,         scale,         outputOf<Y>()};
      SCOPED_TRACE(testing::Message() << shape.length << ", " << b_mul);
      checkBinary(compiled, p, shape, reference, random, &checked);
      if (testing::Test::HasFatalFailure())
        return;
    }
  EXPECT_GE(checked, 20);
}

template <typename A, typename B, typename Y>
void checkMul(const Compiled &compiled,
              void (*reference)(const qrt_mul_nd *, const A *, const B *,
                                Y *)) {
  std::mt19937 random(6);
  int checked = 0;
  const int bits = 8 * int(sizeof(A) + sizeof(B) - sizeof(Y));
  for (const Shape &shape : shapes())
    for (float share : {0.5f, 1.0f, 0.013f}) {
      auto p = spaceOf<qrt_mul_nd>(shape);
      p.a_zero = zeroOf<A>(-128);
      p.b_zero = zeroOf<B>(19);
      p.mul = float(std::ldexp(share, 1 - bits));
      p.out = outputOf<Y>();
      SCOPED_TRACE(testing::Message() << shape.length << ", " << share);
      checkBinary(compiled, p, shape, reference, random, &checked);
      if (testing::Test::HasFatalFailure())
        return;
    }
  EXPECT_GE(checked, 20);
}

/// The check with the reference kernel of the widths of a row.
#define CHECK_BINARY(CHECK, OP, COMPILED)                                      \
  switch (const Codes &c = (COMPILED).kernel->codes;                           \
          (c.a == 16) * 4 + (c.b == 16) * 2 + (c.y == 16)) {                   \
  case 1:                                                                      \
    return CHECK(COMPILED, qrt_ref_##OP##_s8_s8_s16);                          \
  case 2:                                                                      \
    return CHECK(COMPILED, qrt_ref_##OP##_s8_s16_s8);                          \
  case 3:                                                                      \
    return CHECK(COMPILED, qrt_ref_##OP##_s8_s16_s16);                         \
  case 4:                                                                      \
    return CHECK(COMPILED, qrt_ref_##OP##_s16_s8_s8);                          \
  case 5:                                                                      \
    return CHECK(COMPILED, qrt_ref_##OP##_s16_s8_s16);                         \
  case 6:                                                                      \
    return CHECK(COMPILED, qrt_ref_##OP##_s16_s16_s8);                         \
  case 7:                                                                      \
    return CHECK(COMPILED, qrt_ref_##OP##_s16);                                \
  default:                                                                     \
    FAIL() << "8-bit codes are tested elsewhere";                              \
  }

class WideAddKernel : public testing::TestWithParam<Compiled> {};
TEST_P(WideAddKernel, EqualsReference) {
  CHECK_BINARY(checkAdd, add, GetParam())
}

class WideMulKernel : public testing::TestWithParam<Compiled> {};
TEST_P(WideMulKernel, EqualsReference){CHECK_BINARY(checkMul, mul, GetParam())}

//===-- One operand -------------------------------------------------------===//

std::vector<int32_t> counts() {
  return {0, 1, 7, 8, 9, 15, 16, 17, 33, 1000};
}

template <typename Y>
void checkRequantize(const Compiled &compiled,
                     void (*reference)(const qrt_rescale *, const int16_t *,
                                       Y *)) {
  std::mt19937 random(9);
  for (int32_t count : counts())
    for (float mul : {0.5f, 1.0f / 257, 0.013f, 40.0f}) {
      const qrt_rescale p = {count, mul, outputOf<Y>()};
      Exact<int16_t> x(size_t(count), 2);
      Exact<Y> expected(size_t(count), 2), y(size_t(count), 2);
      fillCodes(x, random);
      reference(&p, x.data(), expected.data());
      reinterpret_cast<decltype(reference)>(compiled.function)(&p, x.data(),
                                                               y.data());
      ASSERT_EQ(y.values(), expected.values()) << count << ", " << mul;
    }
}

class WideRequantizeKernel : public testing::TestWithParam<Compiled> {};
TEST_P(WideRequantizeKernel, EqualsReference) {
  if (GetParam().kernel->codes.y == 16)
    checkRequantize(GetParam(), qrt_ref_requantize_s16);
  else
    checkRequantize(GetParam(), qrt_ref_requantize_s16_s8);
}

/// Every code, those outside the range of a small shift too; entries at their
/// limits, and a table that has nothing behind its last one.
template <typename Y>
void checkInterpolate(const Compiled &compiled,
                      void (*reference)(const qrt_interpolate *,
                                        const int16_t *, const int32_t *,
                                        Y *)) {
  std::mt19937 random(10);
  for (int32_t shift : {0, 1, 5, 7})
    for (int32_t count : {65536, 1, 8, 9, 31}) {
      Exact<int32_t> table(size_t(513));
      for (size_t i = 0; i < table.size(); ++i)
        table[i] = i % 7 == 0   ? 1 << 23
                   : i % 7 == 1 ? -(1 << 23)
                                : int32_t(random() % (1u << 24)) - (1 << 23);
      const qrt_interpolate p = {count, 1, shift, outputOf<Y>()};
      Exact<int16_t> x(size_t(count), 2);
      Exact<Y> expected(size_t(count), 2), y(size_t(count), 2);
      for (int32_t i = 0; i < count; ++i)
        x[size_t(i)] = int16_t(i - 32768);
      reference(&p, x.data(), table.data(), expected.data());
      reinterpret_cast<decltype(reference)>(compiled.function)(
          &p, x.data(), table.data(), y.data());
      ASSERT_EQ(y.values(), expected.values()) << count << ", " << shift;
    }
}

class WideInterpolateKernel : public testing::TestWithParam<Compiled> {};
TEST_P(WideInterpolateKernel, EqualsReference) {
  if (GetParam().kernel->codes.y == 16)
    checkInterpolate(GetParam(), qrt_ref_interpolate_s16);
  else
    checkInterpolate(GetParam(), qrt_ref_interpolate_s16_s8);
}

class WideBorderKernel : public testing::TestWithParam<Compiled> {};
TEST_P(WideBorderKernel, EqualsReference) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (int32_t count : counts())
    for (float scale : {0.5f, 0.0031f}) {
      const qrt_border p = {
          1, 1, count, scale, {0, -30000, 32767},
              0
      };
      const bool quantizes = GetParam().kernel->op == Op::QuantizeF32;
      Exact<float> real(size_t(count), 4), back(size_t(count), 4);
      Exact<int16_t> codes(size_t(count), 2), found(size_t(count), 2);
      for (int32_t i = 0; i < count; ++i)
        real[size_t(i)] = i % 11 == 0 ? infinity
                          : i % 11 == 1
                              ? NAN
                              : (float(i * 67 - 33000) + 0.5f) * scale;
      qrt_ref_quantize_f32_s16(&p, real.data(), codes.data());
      if (quantizes) {
        reinterpret_cast<decltype(&qrt_ref_quantize_f32_s16)>(
            GetParam().function)(&p, real.data(), found.data());
        ASSERT_EQ(found.values(), codes.values()) << count;
        continue;
      }
      qrt_ref_dequantize_s16_f32(&p, codes.data(), real.data());
      reinterpret_cast<decltype(&qrt_ref_dequantize_s16_f32)>(
          GetParam().function)(&p, codes.data(), back.data());
      ASSERT_EQ(back.values(), real.values()) << count;
    }
}

//===-- Pools -------------------------------------------------------------===//

template <typename X, typename Y>
void checkPool(const Compiled &compiled,
               void (*reference)(const qrt_pool2d *, const X *, Y *)) {
  std::mt19937 random(11);
  int checked = 0;
  for (int32_t channels : {1, 7, 8, 9, 16, 17, 24, 31, 32, 33, 64, 70, 130})
    for (int32_t pad : {0, 1, 3})
      for (int32_t include : {0, 1}) {
        qrt_pool2d p = {};
        p.batch = 2, p.in_h = 7, p.in_w = 6, p.channels = channels;
        p.kernel_h = 3, p.kernel_w = 2, p.stride_h = 2, p.stride_w = 1;
        p.dilation_h = p.dilation_w = 1, p.pad_top = p.pad_left = pad;
        p.out_h = (7 + 2 * pad - 3) / 2 + 1, p.out_w = 6 + 2 * pad - 1;
        p.in_zero = zeroOf<X>(-7);
        p.in_scale = 0.3f;
        p.out_scale =
            float(std::ldexp(0.2, 8 * (int(sizeof(X)) - int(sizeof(Y)))));
        p.count_include_pad = include;
        p.padded_h = 7 + 2 * pad, p.padded_w = 6 + 2 * pad;
        p.out = outputOf<Y>();
        Problem problem;
        problem.op = compiled.kernel->op;
        problem.params = p;
        problem.codes = compiled.kernel->codes;
        if (!compiled.kernel->accepts(problem))
          continue;
        ++checked;
        Exact<X> x(size_t(2 * 7 * 6 * channels));
        Exact<Y> expected(size_t(2 * p.out_h * p.out_w * channels));
        Exact<Y> y(expected.size());
        fillCodes(x, random);
        reference(&p, x.data(), expected.data());
        reinterpret_cast<decltype(reference)>(compiled.function)(&p, x.data(),
                                                                 y.data());
        ASSERT_EQ(y.values(), expected.values()) << channels << ", " << pad;
      }
  EXPECT_GE(checked, 20);
}

class WidePoolKernel : public testing::TestWithParam<Compiled> {};
TEST_P(WidePoolKernel, EqualsReference) {
  const Codes &codes = GetParam().kernel->codes;
  if (GetParam().kernel->op == Op::MaxPool2D)
    checkPool(GetParam(), qrt_ref_max_pool2d_s16);
  else if (codes.a == 8)
    checkPool(GetParam(), qrt_ref_avg_pool2d_s8_s16);
  else if (codes.y == 8)
    checkPool(GetParam(), qrt_ref_avg_pool2d_s16_s8);
  else
    checkPool(GetParam(), qrt_ref_avg_pool2d_s16);
}

std::string compiledName(const testing::TestParamInfo<Compiled> &info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Catalogue, WideAddKernel,
                         testing::ValuesIn(hostKernels(Op::Add, wideCodes)),
                         compiledName);
INSTANTIATE_TEST_SUITE_P(Catalogue, WideMulKernel,
                         testing::ValuesIn(hostKernels(Op::Mul, wideCodes)),
                         compiledName);
INSTANTIATE_TEST_SUITE_P(Catalogue, WideRequantizeKernel,
                         testing::ValuesIn(hostKernels(Op::Requantize,
                                                       wideCodes)),
                         compiledName);
INSTANTIATE_TEST_SUITE_P(Catalogue, WideInterpolateKernel,
                         testing::ValuesIn(hostKernels(Op::Interpolate,
                                                       wideCodes)),
                         compiledName);
INSTANTIATE_TEST_SUITE_P(Quantize, WideBorderKernel,
                         testing::ValuesIn(hostKernels(Op::QuantizeF32,
                                                       wideCodes)),
                         compiledName);
INSTANTIATE_TEST_SUITE_P(Dequantize, WideBorderKernel,
                         testing::ValuesIn(hostKernels(Op::Dequantize,
                                                       wideCodes)),
                         compiledName);
INSTANTIATE_TEST_SUITE_P(Max, WidePoolKernel,
                         testing::ValuesIn(hostKernels(Op::MaxPool2D,
                                                       wideCodes)),
                         compiledName);
INSTANTIATE_TEST_SUITE_P(Average, WidePoolKernel,
                         testing::ValuesIn(hostKernels(Op::AvgPool2D,
                                                       wideCodes)),
                         compiledName);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(WideAddKernel);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(WideRequantizeKernel);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(WideInterpolateKernel);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(WideBorderKernel);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(WidePoolKernel);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(WideMulKernel);

} // namespace
