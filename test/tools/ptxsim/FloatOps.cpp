// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Arithmetic of f32 and f64, rounded to nearest even as IEEE 754 has it, so
// that the host's own operations give the bits. Approximations, flushing of
// subnormals (.ftz) and the other roundings are not known.
// Source: PTX ISA, "Floating Point Instructions".

#include "test/tools/ptxsim/Decoder.h"
#include "test/tools/ptxsim/Lanes.h"

#include <cmath>

using namespace ptxsim;

namespace {

/// f32 results that are no number are 0x7fffffff, whatever came in. Asks the
/// bits: of sqrt of a negative subnormal number, clang 22 thinks it equals itself.
template <class T>
T canonical(T value) {
  if constexpr (std::is_same_v<T, float>) {
    const uint32_t bits = std::bit_cast<uint32_t>(value);
    const bool isNumber = (bits & 0x7fffffff) <= 0x7f800000;
    return std::bit_cast<float>(isNumber ? bits : 0x7fffffff);
  } else {
    return value;
  }
}

struct Add {
  template <class T>
  static T apply(T a, T b) {
    return canonical<T>(a + b);
  }
};
struct Sub {
  template <class T>
  static T apply(T a, T b) {
    return canonical<T>(a - b);
  }
};
struct Mul {
  template <class T>
  static T apply(T a, T b) {
    return canonical<T>(a * b);
  }
};
struct Div {
  template <class T>
  static T apply(T a, T b) {
    return canonical<T>(a / b);
  }
};
struct Fma {
  template <class T>
  static T apply(T a, T b, T c) {
    return canonical<T>(std::fma(a, b, c));
  }
};
struct Sqrt {
  template <class T>
  static T apply(T a) {
    return canonical<T>(std::sqrt(a));
  }
};
struct Rcp {
  template <class T>
  static T apply(T a) {
    return canonical<T>(T(1) / a);
  }
};
// One operand that is no number: the other one. +0 is more than -0.
struct Min {
  template <class T>
  static T apply(T a, T b) {
    const bool first = a < b || b != b || (a == b && std::signbit(a));
    return canonical<T>(first ? a : b);
  }
};
struct Max {
  template <class T>
  static T apply(T a, T b) {
    const bool first = a > b || b != b || (a == b && !std::signbit(a));
    return canonical<T>(first ? a : b);
  }
};
struct Neg {
  template <class T>
  static T apply(T a) {
    return -a;
  }
};
struct Abs {
  template <class T>
  static T apply(T a) {
    return std::abs(a);
  }
};
struct CopySign { // the sign of a, and the rest of b
  template <class T>
  static T apply(T a, T b) {
    return std::copysign(b, a);
  }
};
/// .sat: to [0, 1], and what is no number to +0.
template <class Op>
struct Saturated {
  template <class T, class... Rest>
  static T apply(T a, Rest... rest) {
    const T value = Op::template apply<T>(a, rest...);
    return value > 0 ? (value < 1 ? value : T(1)) : T(0);
  }
};

template <class Op, int count, class T>
constexpr ExecFn execOf() {
  if constexpr (count == 1)
    return unary<Op, T>;
  else if constexpr (count == 2)
    return binary<Op, T>;
  else
    return ternary<Op, T>;
}

/// Whether a missing .rn is an error, and whether ptxas may then contract.
enum class Rounding { None, Optional, Needed };

template <class Op, int count, Rounding rounding>
void floatRule(Decoder &decoder) {
  const bool rounded = rounding != Rounding::None && decoder.take("rn");
  if (rounding == Rounding::Needed && !rounded)
    decoder.refuse("only .rn is exact");
  const bool saturate = rounding != Rounding::None && decoder.take("sat");
  const Type type = decoder.needType();
  if (!decoder.expectOperands(count + 1))
    return;
  Instr &instr = decoder.instr;
  instr.opClass = OpClass::Float;
  instr.dst[0] = decoder.destination(0, bytesOf(type));
  for (int i = 0; i < count; ++i)
    instr.src[i] = decoder.source(i + 1, bytesOf(type));
  if (type == Type::F32)
    instr.exec = saturate ? execOf<Saturated<Op>, count, float>()
                          : execOf<Op, count, float>();
  else if (type == Type::F64)
    instr.exec = saturate ? execOf<Saturated<Op>, count, double>()
                          : execOf<Op, count, double>();
  if (rounding == Rounding::Optional && count == 2 && !rounded)
    ++decoder.builder.kernel.contractable;
}

bool isFloatStatement(const Decoder &decoder) {
  return decoder.hasModifier("f32") || decoder.hasModifier("f64") ||
         decoder.hasModifier("f16") || decoder.hasModifier("f16x2") ||
         decoder.hasModifier("bf16") || decoder.hasModifier("bf16x2");
}

/// `name` of floats is `rule`; of anything else what the table has already.
void overload(RuleTable &table, const char *name, void (*rule)(Decoder &)) {
  Rule other = table[name];
  table[name] = [other, rule](Decoder &decoder) {
    if (isFloatStatement(decoder) || !other)
      return rule(decoder);
    other(decoder);
  };
}

} // namespace

void ptxsim::addFloatRules(RuleTable &table) {
  overload(table, "add", floatRule<Add, 2, Rounding::Optional>);
  overload(table, "sub", floatRule<Sub, 2, Rounding::Optional>);
  overload(table, "mul", floatRule<Mul, 2, Rounding::Optional>);
  overload(table, "mad", floatRule<Fma, 3, Rounding::Needed>);
  overload(table, "div", floatRule<Div, 2, Rounding::Needed>);
  overload(table, "min", floatRule<Min, 2, Rounding::None>);
  overload(table, "max", floatRule<Max, 2, Rounding::None>);
  overload(table, "neg", floatRule<Neg, 1, Rounding::None>);
  overload(table, "abs", floatRule<Abs, 1, Rounding::None>);
  table["fma"] = floatRule<Fma, 3, Rounding::Needed>;
  table["sqrt"] = floatRule<Sqrt, 1, Rounding::Needed>;
  table["rcp"] = floatRule<Rcp, 1, Rounding::Needed>;
  table["copysign"] = floatRule<CopySign, 2, Rounding::None>;
}
