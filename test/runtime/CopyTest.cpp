// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// qrt_ref_copy against index arithmetic: every op of the compiler that only
// moves elements is one of these cases.

#include "Oracle.h"

#include "gtest/gtest.h"

using namespace quench;

namespace {

struct CopyCase {
  const char *name;
  std::vector<int32_t> size, xStride, yStride;
  int32_t xOffset, yOffset;
};

class Copy : public testing::TestWithParam<CopyCase> {
protected:
  qrt_copy params(int32_t elementBytes) {
    const CopyCase &c = GetParam();
    qrt_copy p{};
    p.space.rank = static_cast<int32_t>(c.size.size());
    std::copy(c.size.begin(), c.size.end(), p.space.size);
    std::copy(c.xStride.begin(), c.xStride.end(), p.x_stride);
    std::copy(c.yStride.begin(), c.yStride.end(), p.y_stride);
    p.x_offset = c.xOffset, p.y_offset = c.yOffset;
    p.element_bytes = elementBytes;
    return p;
  }

  // y after the copy, one element at a time. Elements not written keep their
  // value: neighbours of a slice must survive.
  template <typename T>
  void check() {
    const CopyCase &c = GetParam();
    std::vector<T> x(4096), y(4096, T(77));
    for (size_t i = 0; i < x.size(); ++i)
      x[i] = static_cast<T>(i * 40503u + 1);
    std::vector<T> wanted = y;
    size_t count = 1;
    for (int32_t size : c.size)
      count *= size_t(size);
    for (size_t i = 0; i < count; ++i) {
      int64_t from = c.xOffset, to = c.yOffset, rest = int64_t(i);
      for (size_t axis = c.size.size(); axis-- > 0;) {
        from += rest % c.size[axis] * c.xStride[axis];
        to += rest % c.size[axis] * c.yStride[axis];
        rest /= c.size[axis];
      }
      wanted.at(size_t(to)) = x.at(size_t(from));
    }
    qrt_copy p = params(sizeof(T));
    qrt_ref_copy(&p, x.data(), y.data());
    EXPECT_EQ(y, wanted) << "element size " << sizeof(T);
  }
};

TEST_P(Copy, EqualsOracle) {
  check<uint8_t>();
  check<uint32_t>();
  check<uint64_t>();
}

INSTANTIATE_TEST_SUITE_P(
    Uses, Copy,
    testing::Values(
        CopyCase{
            "dense", {2,  3,  4, 5},
             {60, 20, 5, 1},
             {60, 20, 5, 1},
             0, 0
},
        CopyCase{"scalar", {}, {}, {}, 5, 9},
        CopyCase{"ones", {1, 1}, {7, 3}, {2, 9}, 5, 9},
        CopyCase{"concatChannels", {6, 7, 5}, {35, 5, 1}, {84, 12, 1}, 0, 4},
        CopyCase{"sliceRows", {3, 8, 4}, {64, 4, 1}, {32, 4, 1}, 12, 0},
        CopyCase{"sliceSteps", {4, 5, 3}, {120, 12, 1}, {15, 3, 1}, 6, 0},
        CopyCase{
            "nchwToNhwc", {2, 5, 6, 7}, {210, 6, 1, 30}, {210, 42, 7, 1}, 0, 0},
        CopyCase{"transpose", {9, 11}, {1, 9}, {11, 1}, 0, 0},
        CopyCase{"backwards", {5, 7}, {-7, -1}, {7, 1}, 34, 0},
        CopyCase{"reversedColumns", {5, 7}, {7, -1}, {7, 1}, 6, 3},
        CopyCase{"reversedRows", {5, 7}, {-7, 1}, {7, 1}, 28, 0},
        CopyCase{"broadcast", {4, 6}, {0, 1}, {6, 1}, 3, 0},
        CopyCase{"repeatInner", {4, 6}, {1, 0}, {6, 1}, 3, 0},
        CopyCase{"padBody", {4, 5, 3}, {15, 3, 1}, {27, 3, 1}, 0, 30},
        CopyCase{"depthToSpace",
                 {3, 4, 2, 2, 5},
                 {80, 20, 10, 5, 1},
                 {80, 10, 40, 5, 1},
                 0,
                 0},
        CopyCase{"rankSix",
                 {2, 3, 2, 3, 2, 3},
                 {1, 2, 6, 12, 36, 72},
                 {108, 36, 18, 6, 3, 1},
                 0,
                 0},
        CopyCase{"empty", {3, 0, 2}, {2, 2, 1}, {2, 2, 1}, 0, 0}),
    [](const auto &info) { return std::string(info.param.name); });

TEST(Fill, WritesExactlyCount) {
  std::vector<int8_t> y(20, 5);
  qrt_ref_fill_s8(13, -128, y.data() + 3);
  for (size_t i = 0; i < y.size(); ++i)
    EXPECT_EQ(y[i], i >= 3 && i < 16 ? -128 : 5) << i;
  qrt_ref_fill_s8(0, 1, y.data());
  EXPECT_EQ(y[0], 5);
}

} // namespace
