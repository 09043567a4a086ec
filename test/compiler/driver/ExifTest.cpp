// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Orientations, and segments that make no sense.

#include "compiler/driver/Exif.h"

#include "gmock/gmock.h"

using namespace quench;
using testing::ElementsAre;

namespace {

/// An Exif segment with two entries, the second being `orientation`.
std::vector<uint8_t> segment(bool isLittle, unsigned orientation,
                             unsigned type = 3) {
  std::vector<uint8_t> bytes = {'E', 'x', 'i', 'f', 0, 0};
  auto put = [&](unsigned value, int width) {
    for (int i = 0; i < width; ++i)
      bytes.push_back(
          uint8_t(value >> 8 * (isLittle ? i : width - 1 - i) & 255));
  };
  bytes.insert(bytes.end(), 2, isLittle ? 'I' : 'M');
  put(42, 2);
  put(10, 4); // two bytes behind the header
  put(0xffff, 2);
  put(2, 2);
  put(271, 2), put(2, 2), put(4, 4), put(7, 4); // the maker
  put(274, 2), put(type, 2), put(1, 4), put(orientation, 2), put(0, 2);
  return bytes;
}

int read(const std::vector<uint8_t> &bytes) {
  return exifOrientation(bytes.data(), bytes.size());
}

TEST(Exif, BothByteOrders) {
  for (unsigned orientation = 1; orientation <= 8; ++orientation)
    for (bool isLittle : {false, true})
      EXPECT_EQ(read(segment(isLittle, orientation)), int(orientation));
}

TEST(Exif, WhatMakesNoSenseIsUpright) {
  EXPECT_EQ(read({}), 1);
  EXPECT_EQ(read(segment(true, 0)), 1);
  EXPECT_EQ(read(segment(true, 9)), 1);
  EXPECT_EQ(read(segment(true, 6, /*type=*/4)), 1);
  const std::vector<uint8_t> whole = segment(false, 6);
  for (size_t at : {0, 6, 8}) { // "Exif", the byte order, 42
    std::vector<uint8_t> wrong = whole;
    wrong[at] ^= 0x20;
    EXPECT_EQ(read(wrong), 1) << at;
  }
  std::vector<uint8_t> far = whole;
  far[10] = 0xff; // the directory lies beyond the end
  EXPECT_EQ(read(far), 1);
  // Cut short at every length; the last two bytes fill the value up only.
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(read({whole.begin(), whole.begin() + ptrdiff_t(size)}),
              size + 2 < whole.size() ? 1 : 6)
        << size;
}

// Stored as a b c / d e f; by hand from the table of the specification.
TEST(Exif, EightWaysUp) {
  Picture stored{3, 2, {}};
  for (uint8_t value : {1, 2, 3, 4, 5, 6})
    stored.rgb.insert(stored.rgb.end(), {value, 0, uint8_t(value + 100)});
  const std::vector<int> expected[] = {
      {1, 2, 3, 4, 5, 6},
      {3, 2, 1, 6, 5, 4},
      {6, 5, 4, 3, 2, 1},
      {4, 5, 6, 1, 2, 3},
      {1, 4, 2, 5, 3, 6},
      {4, 1, 5, 2, 6, 3},
      {6, 3, 5, 2, 4, 1},
      {3, 6, 2, 5, 1, 4},
  };
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Picture turned = upright(stored, orientation);
    EXPECT_EQ(turned.width, orientation < 5 ? 3 : 2);
    EXPECT_EQ(turned.height, orientation < 5 ? 2 : 3);
    std::vector<int> values;
    for (size_t i = 0; i < turned.rgb.size(); i += 3) {
      values.push_back(turned.rgb[i]);
      EXPECT_EQ(turned.rgb[i + 2], turned.rgb[i] + 100);
    }
    EXPECT_EQ(values, expected[orientation - 1]) << orientation;
  }
}

} // namespace
