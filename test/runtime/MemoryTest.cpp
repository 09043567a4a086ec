// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// memcpy, memmove and memset of a runtime without a C library, compiled under
// other names, at every small size, distance and alignment.

#include "gtest/gtest.h"

#include <algorithm>
#include <cstddef>
#include <vector>

extern "C" {
void *qrt_test_memcpy(void *to, const void *from, size_t count);
void *qrt_test_memmove(void *to, const void *from, size_t count);
void *qrt_test_memset(void *to, int value, size_t count);
}

namespace {

using Bytes = std::vector<unsigned char>;

constexpr size_t size = 200;

Bytes numbered() {
  Bytes bytes(size);
  for (size_t i = 0; i < size; ++i)
    bytes[i] = static_cast<unsigned char>(i + 1);
  return bytes;
}

TEST(Memory, CopiesEverySize) {
  const Bytes from = numbered();
  for (size_t count = 0; count <= 70; ++count)
    for (size_t at = 0; at < 3; ++at) {
      Bytes to(size, 0), expected(size, 0);
      std::copy_n(from.begin() + 2, count, expected.begin() + long(at));
      EXPECT_EQ(qrt_test_memcpy(&to[at], &from[2], count), &to[at]);
      ASSERT_EQ(to, expected) << count << " bytes to " << at;
    }
}

TEST(Memory, MovesAcrossEveryDistance) {
  for (size_t count = 0; count <= 70; ++count)
    for (int distance = -40; distance <= 40; ++distance) {
      Bytes bytes = numbered(), expected = bytes;
      const Bytes source = bytes;
      const size_t from = 60, to = size_t(60 + distance);
      std::copy_n(source.begin() + from, count, expected.begin() + long(to));
      EXPECT_EQ(qrt_test_memmove(&bytes[to], &bytes[from], count), &bytes[to]);
      ASSERT_EQ(bytes, expected) << count << " bytes by " << distance;
    }
}

TEST(Memory, SetsEverySize) {
  for (size_t count = 0; count <= 70; ++count)
    for (int value : {0, 1, 0x80, -2, 0x1ff}) {
      Bytes bytes(size, 7), expected(size, 7);
      std::fill_n(expected.begin() + 5, count,
                  static_cast<unsigned char>(value));
      EXPECT_EQ(qrt_test_memset(&bytes[5], value, count), &bytes[5]);
      ASSERT_EQ(bytes, expected) << count << " times " << value;
    }
}

} // namespace
