// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of parameter structs says what qrt/kernels.h says, and literals
// come back to the same bits.

#include "codegen/emit/Params.h"

#include "gtest/gtest.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

using namespace quench::emit;

namespace {

TEST(Params, FieldsAddUpToTheStruct) {
  for (const ParamStruct &type : paramStructs()) {
    size_t bytes = 0;
    for (const FieldGroup &group : type.groups)
      for (const char *letter = group.types; *letter; ++letter)
        bytes += fieldBytes(*letter);
    EXPECT_EQ(bytes, type.bytes) << type.name;
  }
}

FieldValue integer(int64_t value) {
  return {FieldValue::Integer, value, 0, {}};
}
FieldValue real(float value) { return {FieldValue::Real, 0, value, {}}; }

TEST(Params, WrongFieldsAreRefused) {
  const ParamStruct &border = *findParamStruct("qrt_border");
  const FieldValue out = {
      FieldValue::List, 0, 0, {integer(0), integer(-128), integer(127)}
  };
  const FieldValue n = integer(4), half = real(0.5f), no = integer(0);
  EXPECT_EQ(checkFields(border, {n, n, n, half, out, no}), "");
  EXPECT_NE(checkFields(border, {n, n, n, half, out}), "");
  EXPECT_NE(checkFields(border, {n, n, n, half, out, no, out}), "");
  EXPECT_NE(checkFields(border, {n, n, n, n, out, no}), "");
  EXPECT_NE(checkFields(border, {half, n, n, half, out, no}), "");
  EXPECT_NE(checkFields(border, {n, n, n, half, n, no}), "");
  EXPECT_EQ(findParamStruct("qrt_nothing"), nullptr);
}

TEST(Params, FloatLiteralsKeepEveryBit) {
  const float values[] = {0.0f,
                          -0.0f,
                          1.0f,
                          -3.0f,
                          0.1f,
                          1.0f / 3,
                          1e-38f,
                          1.17549421e-38f, // the largest subnormal
                          1e-45f,
                          16777216.0f,
                          3.4028235e38f};
  for (float value : values) {
    const std::string text = floatLiteral(value);
    EXPECT_EQ(text.back(), 'f');
    EXPECT_NE(text.find_first_of(".e"), std::string::npos) << text;
    const float back = std::strtof(text.c_str(), nullptr);
    EXPECT_EQ(std::memcmp(&back, &value, 4), 0) << text;
  }
  EXPECT_EQ(floatLiteral(0.5f), "0.5f");
  EXPECT_EQ(floatLiteral(2.0f), "2.0f");
}

TEST(Params, ListsAndTheSmallestInteger) {
  EXPECT_EQ(literal({
                FieldValue::List, 0, 0, {integer(1), real(0.25f)}
  }),
            "{1, 0.25f}");
  EXPECT_EQ(literal(integer(std::numeric_limits<int32_t>::min())), "INT32_MIN");
}

} // namespace
