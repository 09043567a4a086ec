// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// qrt_ref_matmul_s8 against a triple loop in int64.

#include "Oracle.h"

#include "gtest/gtest.h"

using namespace quench;

namespace {

struct MatmulCase {
  const char *name;
  int32_t batch, m, k, n;
  bool sharedA, sharedB; // batch stride 0
  int32_t aZero, bZero;
};

class Matmul : public testing::TestWithParam<MatmulCase> {};

TEST_P(Matmul, EqualsOracle) {
  const MatmulCase &c = GetParam();
  qrt_matmul p{};
  p.batch = c.batch, p.m = c.m, p.k = c.k, p.n = c.n;
  p.a_batch_stride = c.sharedA ? 0 : c.m * c.k;
  p.b_batch_stride = c.sharedB ? 0 : c.k * c.n;
  p.a_zero = c.aZero, p.b_zero = c.bZero;
  p.mul = 0x1p-6f;
  p.out = {3, -128, 127};
  oracle::Random random(11);
  std::vector<int8_t> a = random.codes(size_t(c.batch) * c.m * c.k, -40, 40);
  std::vector<int8_t> b = random.codes(size_t(c.batch) * c.k * c.n, -40, 40);
  std::vector<int8_t> wanted;
  oracle::Disagreements told;
  for (int32_t batch = 0; batch < c.batch; ++batch)
    for (int32_t m = 0; m < c.m; ++m)
      for (int32_t n = 0; n < c.n; ++n) {
        int64_t acc = 0;
        for (int32_t k = 0; k < c.k; ++k)
          acc += int64_t(a[size_t(batch * p.a_batch_stride + m * c.k + k)] -
                         c.aZero) *
                 (b[size_t(batch * p.b_batch_stride + k * c.n + n)] - c.bZero);
        wanted.push_back(oracle::requantize(acc, p.mul, p.out));
        told.count(acc, p.mul, p.out);
      }
  std::vector<int8_t> y(wanted.size());
  qrt_ref_matmul_s8(&p, a.data(), b.data(), y.data());
  EXPECT_EQ(y, wanted);
  EXPECT_TELLS_ROUNDINGS_APART(told);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, Matmul,
    testing::Values(MatmulCase{"oneBatch", 1, 40, 17, 65, false, false, 0, 0},
                    MatmulCase{"zeroPoints", 1, 30, 9, 130, false, false, -7,
                               100},
                    MatmulCase{"batches", 4, 16, 8, 33, false, false, 5, -5},
                    MatmulCase{"sharedA", 4, 16, 8, 33, true, false, 5, 0},
                    MatmulCase{"sharedB", 4, 16, 8, 33, false, true, 0, 5}),
    [](const auto &info) { return std::string(info.param.name); });

} // namespace
