// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Division and conversion of a runtime without a compiler's library, against
// those of this machine.

#include "gtest/gtest.h"

#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

extern "C" {
uint32_t qrt_test_uidiv(uint32_t a, uint32_t b);
int32_t qrt_test_idiv(int32_t a, int32_t b);
uint64_t qrt_test_uidivmod(uint32_t a, uint32_t b);
uint64_t qrt_test_idivmod(int32_t a, int32_t b);
int64_t qrt_ldivmod(int64_t a, int64_t b, int64_t *rest);
float qrt_test_l2f(int64_t a);
}

namespace {

/// Ends, powers of two and their neighbours, and random numbers of every
/// length.
std::vector<int64_t> numbers() {
  std::vector<int64_t> all = {0, std::numeric_limits<int64_t>::min(),
                              std::numeric_limits<int64_t>::max()};
  std::mt19937_64 random(7);
  for (int shift = 0; shift < 63; ++shift)
    for (int64_t add : {-1, 0, 1}) {
      all.push_back((int64_t{1} << shift) + add);
      all.push_back(-(int64_t{1} << shift) + add);
      all.push_back(int64_t(random() >> shift));
      all.push_back(-int64_t(random() >> shift >> 1));
    }
  return all;
}

TEST(Aeabi, DividesAsTheMachineDoes) {
  const std::vector<int64_t> all = numbers();
  for (int64_t a : all)
    for (int64_t b : all) {
      const auto u = uint32_t(a), v = uint32_t(b);
      const auto i = int32_t(u), j = int32_t(v);
      if (v != 0) {
        ASSERT_EQ(qrt_test_uidiv(u, v), u / v) << u << " / " << v;
        ASSERT_EQ(qrt_test_uidivmod(u, v), uint64_t{u % v} << 32 | u / v);
      }
      if (v != 0 && (j != -1 || i != std::numeric_limits<int32_t>::min())) {
        ASSERT_EQ(qrt_test_idiv(i, j), i / j) << i << " / " << j;
        ASSERT_EQ(qrt_test_idivmod(i, j),
                  uint64_t{uint32_t(i % j)} << 32 | uint32_t(i / j));
      }
      if (b != 0 && (b != -1 || a != std::numeric_limits<int64_t>::min())) {
        int64_t rest = 0;
        ASSERT_EQ(qrt_ldivmod(a, b, &rest), a / b) << a << " / " << b;
        ASSERT_EQ(rest, a % b) << a << " % " << b;
      }
    }
}

TEST(Aeabi, ConvertsAsTheMachineDoes) {
  auto check = [](int64_t a) {
    const float got = qrt_test_l2f(a), expected = float(a);
    ASSERT_EQ(std::memcmp(&got, &expected, sizeof(got)), 0) << a;
  };
  for (int64_t a : numbers()) {
    check(a);
    // Halfway between two floats, and beside that.
    for (int shift = 0; shift < 38; ++shift)
      for (int64_t add : {-1, 0, 1}) {
        const int64_t odd = (a & 0xffffff) | 0x800001;
        check((2 * odd + 1) * (int64_t{1} << shift) + add);
        check((2 * (odd + 1) + 1) * -(int64_t{1} << shift) + add);
      }
  }
}

} // namespace
