// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Integer arithmetic. Source: PTX ISA, "Integer Arithmetic Instructions".

#include "test/tools/ptxsim/Decoder.h"
#include "test/tools/ptxsim/Lanes.h"

#include <limits>

using namespace ptxsim;

namespace {

struct Add {
  template <class T>
  static T apply(T a, T b) {
    return T(Wrapping<T>(a) + Wrapping<T>(b));
  }
};
struct AddSaturated { // .sat is of s32 only
  template <class T>
  static T apply(T a, T b) {
    const int64_t sum = int64_t(a) + int64_t(b);
    return T(sum > INT32_MAX ? INT32_MAX : sum < INT32_MIN ? INT32_MIN : sum);
  }
};
struct SubSaturated {
  template <class T>
  static T apply(T a, T b) {
    const int64_t sum = int64_t(a) - int64_t(b);
    return T(sum > INT32_MAX ? INT32_MAX : sum < INT32_MIN ? INT32_MIN : sum);
  }
};
struct Sub {
  template <class T>
  static T apply(T a, T b) {
    return T(Wrapping<T>(a) - Wrapping<T>(b));
  }
};
struct MulLow {
  template <class T>
  static T apply(T a, T b) {
    return T(Wrapping<T>(a) * Wrapping<T>(b));
  }
};
struct MulHigh {
  template <class T>
  static T apply(T a, T b) {
    using Wide = std::conditional_t<
        sizeof(T) == 8,
        std::conditional_t<std::is_signed_v<T>, __int128, unsigned __int128>,
        std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t>>;
    return T((Wide(a) * Wide(b)) >> (8 * sizeof(T)));
  }
};
struct Min {
  template <class T>
  static T apply(T a, T b) {
    return a < b ? a : b;
  }
};
struct Max {
  template <class T>
  static T apply(T a, T b) {
    return a > b ? a : b;
  }
};
// Division by zero is unspecified, and gives all ones on every chip so far; the
// remainder then is the dividend. The most negative number wraps.
struct Div {
  template <class T>
  static T apply(T a, T b) {
    if (b == 0)
      return T(-1);
    if (std::is_signed_v<T> && b == T(-1))
      return T(Wrapping<T>(0) - Wrapping<T>(a));
    return T(a / b);
  }
};
struct Rem {
  template <class T>
  static T apply(T a, T b) {
    if (b == 0)
      return a;
    if (std::is_signed_v<T> && b == T(-1))
      return 0;
    return T(a % b);
  }
};
struct Neg {
  template <class T>
  static T apply(T a) {
    return T(Wrapping<T>(0) - Wrapping<T>(a));
  }
};
struct Abs {
  template <class T>
  static T apply(T a) {
    return a < 0 ? Neg::apply<T>(a) : a;
  }
};
struct MulAdd {
  template <class T>
  static T apply(T a, T b, T c) {
    return Add::apply<T>(MulLow::apply<T>(a, b), c);
  }
};
struct MulHighAdd {
  template <class T>
  static T apply(T a, T b, T c) {
    return Add::apply<T>(MulHigh::apply<T>(a, b), c);
  }
};
struct SumOfDifferences { // sad: c + |a - b|
  template <class T>
  static T apply(T a, T b, T c) {
    const T difference = a < b ? Sub::apply<T>(b, a) : Sub::apply<T>(a, b);
    return Add::apply<T>(c, difference);
  }
};

template <class T>
using Double = std::conditional_t<
    sizeof(T) == 2, std::conditional_t<std::is_signed_v<T>, int32_t, uint32_t>,
    std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t>>;

template <class T, bool withAddend>
void mulWide(Warp &warp, const Instr &instr, uint32_t mask) {
  using D = Double<T>;
  const T *a = warp.lanes<T>(instr.src[0]), *b = warp.lanes<T>(instr.src[1]);
  const D *c = withAddend ? warp.lanes<D>(instr.src[2]) : nullptr;
  setLanes<D>(warp, instr.dst[0], mask, [=](int lane) {
    const D product = D(D(a[lane]) * D(b[lane]));
    if constexpr (withAddend)
      return Add::apply<D>(product, c[lane]);
    else
      return product;
  });
}

/// d = op(a, ...) with `count` sources of one type.
void place(Decoder &decoder, Type type, size_t count) {
  if (!decoder.expectOperands(count + 1))
    return;
  decoder.instr.opClass = OpClass::Integer;
  decoder.instr.dst[0] = decoder.destination(0, bytesOf(type));
  for (size_t i = 0; i < count; ++i)
    decoder.instr.src[i] = decoder.source(i + 1, bytesOf(type));
}

template <class Op>
void integerUnary(Decoder &decoder) {
  const Type type = decoder.needType();
  place(decoder, type, 1);
  decoder.instr.exec = forInteger(type, []<class T>() { return unary<Op, T>; });
}

template <class Op>
void integerBinary(Decoder &decoder) {
  const Type type = decoder.needType();
  place(decoder, type, 2);
  decoder.instr.exec =
      forInteger(type, []<class T>() { return binary<Op, T>; });
}

template <class Op, class Saturated>
void saturatingBinary(Decoder &decoder) {
  if (!decoder.take("sat"))
    return integerBinary<Op>(decoder);
  const Type type = decoder.needType();
  place(decoder, type, 2);
  if (type == Type::S32)
    decoder.instr.exec = binary<Saturated, int32_t>;
}

template <class Op>
void integerTernary(Decoder &decoder) {
  const Type type = decoder.needType();
  place(decoder, type, 3);
  decoder.instr.exec =
      forInteger(type, []<class T>() { return ternary<Op, T>; });
}

template <bool withAddend>
void wideProduct(Decoder &decoder) {
  const Type type = decoder.needType();
  const int bytes = bytesOf(type);
  if (!decoder.expectOperands(withAddend ? 4 : 3))
    return;
  Instr &instr = decoder.instr;
  instr.opClass = OpClass::Integer;
  instr.dst[0] = decoder.destination(0, 2 * bytes);
  instr.src[0] = decoder.source(1, bytes);
  instr.src[1] = decoder.source(2, bytes);
  if (withAddend)
    instr.src[2] = decoder.source(3, 2 * bytes);
  if (bytes < 8)
    instr.exec = forInteger(type, []<class T>() -> ExecFn {
      if constexpr (sizeof(T) < 8)
        return mulWide<T, withAddend>;
      else
        return nullptr;
    });
}

} // namespace

// mul and mad of floats: FloatOps.cpp, which asks here for everything else.
void ptxsim::addIntegerRules(RuleTable &table) {
  table["add"] = saturatingBinary<Add, AddSaturated>;
  table["sub"] = saturatingBinary<Sub, SubSaturated>;
  table["mul"] = [](Decoder &decoder) {
    switch (decoder.takeOneOf({"lo", "hi", "wide"})) {
    case 0:
      return integerBinary<MulLow>(decoder);
    case 1:
      return integerBinary<MulHigh>(decoder);
    case 2:
      return wideProduct<false>(decoder);
    default:
      return decoder.refuse("none of .lo, .hi, .wide");
    }
  };
  table["mad"] = [](Decoder &decoder) {
    switch (decoder.takeOneOf({"lo", "hi", "wide"})) {
    case 0:
      return integerTernary<MulAdd>(decoder);
    case 1:
      return integerTernary<MulHighAdd>(decoder);
    case 2:
      return wideProduct<true>(decoder);
    default:
      return decoder.refuse("none of .lo, .hi, .wide");
    }
  };
  table["div"] = integerBinary<Div>;
  table["rem"] = integerBinary<Rem>;
  table["min"] = integerBinary<Min>;
  table["max"] = integerBinary<Max>;
  table["neg"] = integerUnary<Neg>;
  table["abs"] = integerUnary<Abs>;
  table["sad"] = integerTernary<SumOfDifferences>;
}
