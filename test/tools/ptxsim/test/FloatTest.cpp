// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// f32 and f64, comparisons, and conversions between numbers.

#include "test/tools/ptxsim/test/Harness.h"

#include <bit>
#include <cfenv>
#include <cmath>
#include <functional>
#include <limits>

using namespace ptxsim::test;

namespace {

constexpr uint32_t noNumber = 0x7fffffff;

float f(uint64_t bits) { return std::bit_cast<float>(uint32_t(bits)); }
uint32_t bitsOf(float value) {
  return value != value ? noNumber : std::bit_cast<uint32_t>(value);
}

std::vector<uint64_t> floats() {
  const auto values = interestingFloats();
  return {values.begin(), values.end()};
}

TEST(PtxFloat, ArithmeticOfF32RoundsOnce) {
  struct {
    const char *op;
    std::function<float(float, float, float)> formula;
    int sources;
  } cases[] = {
      // In double, whose 53 bits hold sums and products well enough that the
      // second rounding is that of f32.
      {"add.rn",  [](float a, float b, float) { return float(double(a) + b); },
       2                                                                           },
      {"sub.rn",  [](float a, float b, float) { return float(double(a) - b); },
       2                                                                           },
      {"mul.rn",  [](float a, float b, float) { return float(double(a) * b); },
       2                                                                           },
      {"mul",     [](float a, float b, float) { return float(double(a) * b); },   2},
      {"div.rn",  [](float a, float b, float) { return float(double(a) / b); },
       2                                                                           },
      {"fma.rn",  [](float a, float b, float c) { return fmaf(a, b, c); },        3},
      {"sqrt.rn", [](float a, float,   float) { return float(sqrt(double(a))); },
       1                                                                           },
      {"rcp.rn",  [](float a, float,   float) { return float(1 / double(a)); },   1},
  };
  const std::string operands[] = {"", " d, a;", " d, a, b;", " d, a, b, c;"};
  for (const auto &test : cases) {
    SCOPED_TRACE(test.op);
    const auto rows = combine(floats(), floats(), floats());
    const auto results =
        evaluate({std::string(test.op) + ".f32" + operands[test.sources], "f32",
                  "f32", "f32", "f32"},
                 rows);
    for (size_t i = 0; i < rows.size(); ++i)
      ASSERT_EQ(results[i], bitsOf(test.formula(f(rows[i][0]), f(rows[i][1]),
                                                f(rows[i][2]))))
          << std::hex << rows[i][0] << ", " << rows[i][1];
  }
}

// A product and a sum in two roundings is not fma.
TEST(PtxFloat, ProductAndSumAreNotContracted) {
  const uint64_t a = 0x3f800001, c = 0xbf800002;
  EXPECT_EQ(
      evaluate(
          {
              "mul.f32 d, a, b; add.f32 d, d, c;", "f32", "f32", "f32", "f32"
  },
          {{a, a, c}})[0],
      0u);
  EXPECT_EQ(evaluate(
                {
                    "fma.rn.f32 d, a, b, c;", "f32", "f32", "f32", "f32"
  },
                {{a, a, c}})[0],
            bitsOf(0x1p-46f));
}

TEST(PtxFloat, MinimumAndMaximumPreferNumbersAndOrderZeros) {
  const auto rows = combine(floats(), floats());
  for (bool isMax : {false, true}) {
    const auto results = evaluate(
        {isMax ? "max.f32 d, a, b;" : "min.f32 d, a, b;", "f32", "f32", "f32"},
        rows);
    for (size_t i = 0; i < rows.size(); ++i) {
      const float a = f(rows[i][0]), b = f(rows[i][1]);
      float expected = a;
      if (a != a)
        expected = b;
      else if (b == b && a == b)
        expected = std::signbit(a) == isMax ? b : a;
      else if (b == b)
        expected = (a < b) == isMax ? b : a;
      ASSERT_EQ(results[i], bitsOf(expected)) << a << ", " << b;
    }
  }
}

TEST(PtxFloat, SignsAndSaturation) {
  const auto rows = combine(floats(), floats());
  const auto negated = evaluate({"neg.f32 d, a;", "f32", "f32"}, rows);
  const auto absolute = evaluate({"abs.f32 d, a;", "f32", "f32"}, rows);
  const auto copied =
      evaluate({"copysign.f32 d, a, b;", "f32", "f32", "f32"}, rows);
  const auto clamped =
      evaluate({"add.sat.f32 d, a, b;", "f32", "f32", "f32"}, rows);
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto a = uint32_t(rows[i][0]), b = uint32_t(rows[i][1]);
    ASSERT_EQ(negated[i], a ^ 0x80000000);
    ASSERT_EQ(absolute[i], a & 0x7fffffff);
    ASSERT_EQ(copied[i], (a & 0x80000000) | (b & 0x7fffffff));
    const float sum = f(a) + f(b);
    ASSERT_EQ(clamped[i], bitsOf(sum > 0 ? std::min(sum, 1.f) : 0.f));
  }
}

TEST(PtxFloat, DoublesAreDoubles) {
  const uint64_t third = std::bit_cast<uint64_t>(1 / 3.),
                 two = 0x4000000000000000;
  auto d = [](uint64_t bits) { return std::bit_cast<double>(bits); };
  auto once = [&](const char *text) {
    return d(evaluate(
        {
            text, "f64", "f64", "f64", "f64"
    },
        {{third, two, third}})[0]);
  };
  EXPECT_EQ(once("add.f64 d, a, b;"), 1 / 3. + 2);
  EXPECT_EQ(once("mul.f64 d, a, c;"), (1 / 3.) * (1 / 3.));
  EXPECT_EQ(once("div.rn.f64 d, b, a;"), 2 / (1 / 3.));
  EXPECT_EQ(once("fma.rn.f64 d, a, c, b;"), fma(1 / 3., 1 / 3., 2));
  EXPECT_EQ(once("sqrt.rn.f64 d, b;"), sqrt(2.));
}

// Ordered comparisons are false, unordered ones true, where a NaN takes part.
TEST(PtxFloat, Comparisons) {
  const struct {
    const char *name;
    std::function<bool(double, double)> formula;
  } cases[] = {
      {"eq",  [](double a, double b) { return a == b; }           },
      {"ne",  [](double a, double b) { return a < b || a > b; }   },
      {"lt",  [](double a, double b) { return a < b; }            },
      {"le",  [](double a, double b) { return a <= b; }           },
      {"gt",  [](double a, double b) { return a > b; }            },
      {"ge",  [](double a, double b) { return a >= b; }           },
      {"equ", [](double a, double b) { return !(a < b || a > b); }},
      {"neu", [](double a, double b) { return !(a == b); }        },
      {"ltu", [](double a, double b) { return !(a >= b); }        },
      {"leu", [](double a, double b) { return !(a > b); }         },
      {"gtu", [](double a, double b) { return !(a <= b); }        },
      {"geu", [](double a, double b) { return !(a < b); }         },
      {"num", [](double a, double b) { return a == a && b == b; } },
      {"nan", [](double a, double b) { return a != a || b != b; } },
  };
  const auto rows = combine(floats(), floats());
  for (const auto &test : cases) {
    SCOPED_TRACE(test.name);
    const auto results =
        evaluate({std::string("setp.") + test.name + ".f32 d, a, b;", "pred",
                  "f32", "f32"},
                 rows);
    for (size_t i = 0; i < rows.size(); ++i)
      ASSERT_EQ(results[i], test.formula(f(rows[i][0]), f(rows[i][1])))
          << f(rows[i][0]) << ", " << f(rows[i][1]);
  }
}

TEST(PtxCompare, IntegersBySign) {
  for (int width : {16, 32, 64})
    for (bool isSigned : {false, true}) {
      const std::string w = std::to_string(width);
      const auto rows = combine(interesting(width), interesting(width));
      const char *names[] = {"eq", "ne", "lt", "le", "gt", "ge"};
      for (int op = 0; op < 6; ++op) {
        SCOPED_TRACE(names[op] + w);
        const auto results =
            evaluate({std::string("setp.") + names[op] +
                          (isSigned ? ".s" : ".u") + w + " d, a, b;",
                      "pred", "b" + w, "b" + w},
                     rows);
        for (size_t i = 0; i < rows.size(); ++i) {
          // The sign bit flipped orders signed numbers as unsigned ones.
          const uint64_t flip = isSigned ? 1ull << (width - 1) : 0;
          const uint64_t a = rows[i][0] ^ flip, b = rows[i][1] ^ flip;
          const bool expected[] = {a == b, a != b, a<b, a <= b, a> b, a >= b};
          ASSERT_EQ(results[i], expected[op]) << a << ", " << b;
        }
      }
    }
}

TEST(PtxCompare, CombinesWithAnotherPredicate) {
  const auto rows = combine({0, 5}, {3}, {0, 1});
  for (bool negated : {false, true})
    for (int op = 0; op < 3; ++op) {
      const char *names[] = {"and", "or", "xor"};
      const auto results =
          evaluate({std::string("setp.lt.") + names[op] + ".s32 d|%p5, a, b, " +
                        (negated ? "!c;" : "c;") + " selp.b32 %r9, 2, 0, %p5;" +
                        " st.global.u32 [%rd0+4], %r9;",
                    "pred", "b32", "b32", "pred"},
                   rows);
      for (size_t i = 0; i < rows.size(); ++i) {
        const bool less = rows[i][0] < rows[i][1], c = rows[i][2] ^ negated;
        auto with = [=](bool x) {
          return op == 0 ? x && c : op == 1 ? x || c : x != c;
        };
        EXPECT_EQ(results[i], with(less) | uint64_t(with(!less)) << 33);
      }
    }
}

TEST(PtxCompare, Selection) {
  const auto rows = combine({11}, {22}, {0, 1, 0x80000000, 0x7fffffff});
  const auto bySign =
      evaluate({"slct.b32.s32 d, a, b, c;", "b32", "b32", "b32", "b32"}, rows);
  const auto byPredicate =
      evaluate({"selp.b32 d, a, b, c;", "b32", "b32", "b32", "pred"}, rows);
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(bySign[i], int32_t(rows[i][2]) >= 0 ? 11u : 22u);
    EXPECT_EQ(byPredicate[i], rows[i][2] != 0 ? 11u : 22u);
  }
}

/// Value of the low `width` bits.
int64_t integer(uint64_t bits, int width, bool isSigned) {
  return isSigned ? int64_t(bits << (64 - width)) >> (64 - width)
                  : int64_t(bits << (64 - width) >> (64 - width));
}

// Narrow results stand extended in registers of 32 bits; sources are the low
// bits of theirs.
TEST(PtxConvert, IntegersToIntegers) {
  for (std::string to : {"u8", "s8", "u16", "s16", "u32", "s32"})
    for (std::string from : {"u8", "s8", "u16", "s16", "u32", "s32"})
      for (bool saturate : {false, true}) {
        SCOPED_TRACE(to + "." + from);
        const int width = std::stoi(to.substr(1)),
                  source = std::stoi(from.substr(1));
        const bool isSigned = to[0] == 's';
        const auto rows = combine(interesting(32));
        const auto results =
            evaluate({std::string("cvt.") + (saturate ? "sat." : "") + to +
                          "." + from + " d, a;",
                      "b32", "b32"},
                     rows);
        for (size_t i = 0; i < rows.size(); ++i) {
          int64_t value = integer(rows[i][0], source, from[0] == 's');
          if (saturate)
            value = std::clamp<int64_t>(
                value, isSigned ? -(1ll << (width - 1)) : 0,
                (1ll << (isSigned ? width - 1 : width)) - 1);
          ASSERT_EQ(results[i],
                    uint32_t(integer(uint64_t(value), width, isSigned)))
              << rows[i][0];
        }
      }
}

TEST(PtxConvert, FloatsToIntegersClampAndRound) {
  const std::pair<const char *, int> modes[] = {
      {"rni", FE_TONEAREST },
      {"rzi", FE_TOWARDZERO},
      {"rmi", FE_DOWNWARD  },
      {"rpi", FE_UPWARD    }
  };
  std::vector<uint64_t> values = floats();
  for (float tie :
       {0.5f, 1.5f, -0.5f, -2.5f, 126.5f, 255.5f, 3e9f, -3e9f, 1e30f})
    values.push_back(std::bit_cast<uint32_t>(tie));
  for (std::string to : {"u8", "s8", "u16", "s16", "u32", "s32"})
    for (const auto &[mode, rounding] : modes) {
      SCOPED_TRACE(to + mode);
      const int width = std::stoi(to.substr(1));
      const bool isSigned = to[0] == 's';
      const auto rows = combine(values);
      const auto results = evaluate(
          {std::string("cvt.") + mode + "." + to + ".f32 d, a;", "b32", "f32"},
          rows);
      for (size_t i = 0; i < rows.size(); ++i) {
        const float value = f(rows[i][0]);
        fesetround(rounding);
        volatile double input = value;
        double rounded = std::nearbyint(input);
        fesetround(FE_TONEAREST);
        const double low = isSigned ? -std::ldexp(1, width - 1) : 0;
        const double high = std::ldexp(1, isSigned ? width - 1 : width) - 1;
        rounded = value != value ? 0 : std::clamp(rounded, low, high);
        ASSERT_EQ(results[i], uint32_t(int64_t(rounded))) << value;
      }
    }
}

TEST(PtxConvert, IntegersToFloatsRoundToEven) {
  const auto rows = combine({0, 1, 0x7f, 0x80, 0xff, 16777217, 16777219,
                             0x7fffffff, 0x80000000, 0xffffffff, 0xfeffffff});
  const auto fromSigned =
      evaluate({"cvt.rn.f32.s32 d, a;", "f32", "b32"}, rows);
  const auto fromUnsigned =
      evaluate({"cvt.rn.f32.u32 d, a;", "f32", "b32"}, rows);
  const auto fromByte = evaluate({"cvt.rn.f32.s8 d, a;", "f32", "b32"}, rows);
  for (size_t i = 0; i < rows.size(); ++i) {
    ASSERT_EQ(fromSigned[i], bitsOf(float(double(int32_t(rows[i][0])))));
    ASSERT_EQ(fromUnsigned[i], bitsOf(float(double(uint32_t(rows[i][0])))));
    ASSERT_EQ(fromByte[i], bitsOf(float(int8_t(rows[i][0]))));
  }
}

TEST(PtxConvert, FloatsToFloats) {
  const auto rows = combine(floats());
  const auto whole = evaluate({"cvt.rni.f32.f32 d, a;", "f32", "f32"}, rows);
  const auto wide = evaluate({"cvt.f64.f32 d, a;", "f64", "f32"}, rows);
  for (size_t i = 0; i < rows.size(); ++i) {
    const float value = f(rows[i][0]);
    ASSERT_EQ(whole[i], bitsOf(std::nearbyint(value)));
    const double result = std::bit_cast<double>(wide[i]);
    ASSERT_TRUE(result == value || (result != result && value != value));
  }
}

// All 65536 halves go to f32 and come back; between two of them, the nearer
// one.
TEST(PtxConvert, HalvesAreExact) {
  std::vector<uint64_t> all;
  for (uint32_t bits = 0; bits < 65536; ++bits)
    all.push_back(bits);
  const auto rows = combine(all);
  const auto single = evaluate({"cvt.f32.f16 d, a;", "f32", "b16"}, rows);
  std::vector<uint64_t> back;
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    const int exponent = int(bits >> 10 & 31), mantissa = int(bits & 1023);
    const double size = exponent == 31 ? INFINITY
                        : exponent ? std::ldexp(1024 + mantissa, exponent - 25)
                                   : std::ldexp(mantissa, -24);
    const float expected = float(bits & 0x8000 ? -size : size);
    if (exponent == 31 && mantissa)
      ASSERT_EQ(single[bits], noNumber);
    else
      ASSERT_EQ(single[bits], std::bit_cast<uint32_t>(expected)) << bits;
    back.push_back(single[bits]);
  }
  const auto half =
      evaluate({"cvt.rn.f16.f32 d, a;", "b16", "f32"}, combine(back));
  for (uint32_t bits = 0; bits < 65536; ++bits)
    ASSERT_EQ(half[bits], (bits & 0x7fff) > 0x7c00 ? 0x7fffu : bits);

  // Half a unit above an even number stays, above an odd one rounds up.
  const auto ties = evaluate(
      {"cvt.rn.f16.f32 d, a;", "b16", "f32"},
      combine({bitsOf(1 + 0x1p-11f), bitsOf(1 + 0x3p-11f),
               bitsOf(1 + 0x1.01p-11f), bitsOf(65519.f), bitsOf(65520.f),
               bitsOf(0x1p-25f), bitsOf(0x1.01p-25f), bitsOf(0x1.ffep-15f)}));
  EXPECT_EQ(ties, (std::vector<uint64_t>{0x3c00, 0x3c02, 0x3c01, 0x7bff, 0x7c00,
                                         0, 1, 0x0400}));
}

TEST(PtxConvert, PackSaturates) {
  const auto rows = combine({0x7f, 0x80, 0xffffff80, 0xffffff7f, 0xffffffff},
                            {1, 300, 0xffff0000}, {0x11223344});
  for (bool isSigned : {true, false}) {
    const auto results =
        evaluate({std::string("cvt.pack.sat.") + (isSigned ? "s8" : "u8") +
                      ".s32.b32 d, a, b, c;",
                  "b32", "b32", "b32", "b32"},
                 rows);
    auto byte = [=](uint64_t value) {
      return uint64_t(uint8_t(std::clamp<int32_t>(
          int32_t(value), isSigned ? -128 : 0, isSigned ? 127 : 255)));
    };
    for (size_t i = 0; i < rows.size(); ++i)
      ASSERT_EQ(results[i],
                0x33440000 | byte(rows[i][0]) << 8 | byte(rows[i][1]));
  }
}

} // namespace
