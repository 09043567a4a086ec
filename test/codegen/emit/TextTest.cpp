// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names from a model cannot leave the comment or the string they are put in.

#include "codegen/emit/Print.h"

#include "gtest/gtest.h"

using namespace quench::emit;

namespace {

TEST(Text, NumbersAreGrouped) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(385211392), "385,211,392");
  EXPECT_EQ(grouped(-1234), "-1,234");
}

TEST(Text, CommentsStayOnOneLine) { EXPECT_EQ(commentText("a\nb\\"), "a b/"); }

TEST(Text, StringLiteralsAreEscaped) {
  EXPECT_EQ(stringLiteral("a\"b\\c\n"), "\"a\\042b\\134c\\012\"");
  EXPECT_EQ(stringLiteral("\xc3\xa4"), "\"\\303\\244\"");
  EXPECT_EQ(stringLiteral("?"
                          "?="),
            "\"\\077\\077=\"");
}

/// The generator of the self-test, by hand: 0 * 1664525 + 1013904223 is
/// 0x3c6ef35f, then 0x47502932.
TEST(Text, SelftestDataFollowsTheGenerator) {
  Model model;
  Buffer input;
  input.kind = Buffer::Input;
  input.element = Element::S8;
  input.shape = {1, 2};
  model.buffers.push_back(input);
  model.inputs = {0};
  const std::vector<std::vector<uint8_t>> data = selftestData(model);
  ASSERT_EQ(data.size(), 1u);
  EXPECT_EQ(data[0], (std::vector<uint8_t>{0x3c, 0x47}));
}

} // namespace
