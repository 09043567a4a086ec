// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Integer arithmetic, against the host's integers of twice the width.

#include "test/tools/ptxsim/test/Harness.h"

#include <functional>

using namespace ptxsim::test;

namespace {

using Wide = __int128;

struct Case {
  std::string op;
  std::string type;
  int sources;
  std::function<Wide(Wide, Wide, Wide)> formula;
};

bool isSignedType(const std::string &type) { return type[0] == 's'; }

Wide valueOf(uint64_t bits, int width, bool isSigned) {
  bits &= width == 64 ? ~uint64_t(0) : (uint64_t(1) << width) - 1;
  if (isSigned && (bits >> (width - 1) & 1))
    return Wide(bits) - (Wide(1) << width);
  return Wide(bits);
}

std::vector<Case> cases() {
  std::vector<Case> list;
  for (std::string type : {"s16", "u16", "s32", "u32", "s64", "u64"}) {
    const int width = std::stoi(type.substr(1));
    auto high = [=](Wide a, Wide b, Wide c) { return ((a * b) >> width) + c; };
    list.push_back(
        {"add", type, 2, [](Wide a, Wide b, Wide) { return a + b; }});
    list.push_back(
        {"sub", type, 2, [](Wide a, Wide b, Wide) { return a - b; }});
    list.push_back(
        {"mul.lo", type, 2, [](Wide a, Wide b, Wide) { return a * b; }});
    if (type != "u64") // its product needs 129 bits with a sign
      list.push_back({"mul.hi", type, 2,
                      [=](Wide a, Wide b, Wide) { return high(a, b, 0); }});
    list.push_back(
        {"min", type, 2, [](Wide a, Wide b, Wide) { return a < b ? a : b; }});
    list.push_back(
        {"max", type, 2, [](Wide a, Wide b, Wide) { return a > b ? a : b; }});
    list.push_back({"div", type, 2, [](Wide a, Wide b, Wide) {
                      return b == 0 ? Wide(-1) : a / b;
                    }});
    list.push_back({"rem", type, 2,
                    [](Wide a, Wide b, Wide) { return b == 0 ? a : a % b; }});
    list.push_back(
        {"mad.lo", type, 3, [](Wide a, Wide b, Wide c) { return a * b + c; }});
    if (type[0] == 's') {
      list.push_back({"neg", type, 1, [](Wide a, Wide, Wide) { return -a; }});
      list.push_back(
          {"abs", type, 1, [](Wide a, Wide, Wide) { return a < 0 ? -a : a; }});
    }
    if (width == 32)
      list.push_back({"mad.hi", type, 3, high});
  }
  list.push_back({"add.sat", "s32", 2, [](Wide a, Wide b, Wide) {
                    return std::clamp<Wide>(a + b, INT32_MIN, INT32_MAX);
                  }});
  list.push_back({"sub.sat", "s32", 2, [](Wide a, Wide b, Wide) {
                    return std::clamp<Wide>(a - b, INT32_MIN, INT32_MAX);
                  }});
  list.push_back({"sad", "s32", 3, [](Wide a, Wide b, Wide c) {
                    return c + (a < b ? b - a : a - b);
                  }});
  return list;
}

TEST(PtxInteger, ArithmeticWrapsAtTheTypesWidth) {
  for (const Case &test : cases()) {
    SCOPED_TRACE(test.op + "." + test.type);
    const int width = std::stoi(test.type.substr(1));
    const bool isSigned = isSignedType(test.type);
    const auto values = interesting(width);
    const auto rows =
        combine(values, test.sources > 1 ? values : std::vector<uint64_t>{0},
                test.sources > 2 ? values : std::vector<uint64_t>{0});
    const std::string operands[] = {"", " d, a;", " d, a, b;", " d, a, b, c;"};
    const std::string bits = "b" + std::to_string(width);
    const auto results =
        evaluate({test.op + "." + test.type + operands[test.sources], bits,
                  bits, bits, bits},
                 rows);
    for (size_t i = 0; i < rows.size(); ++i) {
      const auto [a, b, c] = rows[i];
      const Wide expected =
          test.formula(valueOf(a, width, isSigned), valueOf(b, width, isSigned),
                       valueOf(c, width, isSigned));
      ASSERT_EQ(results[i], uint64_t(valueOf(uint64_t(expected), width, false)))
          << a << ", " << b << ", " << c;
    }
  }
}

TEST(PtxInteger, WideProductsHaveTwiceTheWidth) {
  for (std::string type : {"s16", "u16", "s32", "u32"})
    for (bool add : {false, true}) {
      SCOPED_TRACE(type);
      const int width = std::stoi(type.substr(1));
      const bool isSigned = isSignedType(type);
      const auto values = interesting(width);
      const auto rows = combine(values, values, interesting(2 * width));
      const std::string narrow = "b" + std::to_string(width);
      const std::string wide = "b" + std::to_string(2 * width);
      const auto results = evaluate({add ? "mad.wide." + type + " d, a, b, c;"
                                         : "mul.wide." + type + " d, a, b;",
                                     wide, narrow, narrow, add ? wide : ""},
                                    rows);
      for (size_t i = 0; i < rows.size(); ++i) {
        const auto [a, b, c] = rows[i];
        const Wide expected =
            valueOf(a, width, isSigned) * valueOf(b, width, isSigned) +
            (add ? valueOf(c, 2 * width, isSigned) : 0);
        ASSERT_EQ(results[i],
                  uint64_t(valueOf(uint64_t(expected), 2 * width, false)));
      }
    }
}

} // namespace
