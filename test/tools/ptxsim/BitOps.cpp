// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Logic, shifts, bit fields, byte permutation and dot products of bytes.
// Source: PTX ISA, "Logic and Shift Instructions", "Integer Arithmetic".

#include "test/tools/ptxsim/Decoder.h"
#include "test/tools/ptxsim/Lanes.h"

#include <algorithm>

using namespace ptxsim;

namespace {

struct And {
  template <class T>
  static T apply(T a, T b) {
    return T(a & b);
  }
};
struct Or {
  template <class T>
  static T apply(T a, T b) {
    return T(a | b);
  }
};
struct Xor {
  template <class T>
  static T apply(T a, T b) {
    return T(a ^ b);
  }
};
struct Not {
  template <class T>
  static T apply(T a) {
    return T(~a);
  }
};
struct LogicalNot { // cnot
  template <class T>
  static T apply(T a) {
    return T(a == 0);
  }
};
struct Reverse {
  template <class T>
  static T apply(T a) {
    T result = 0;
    for (size_t i = 0; i < 8 * sizeof(T); ++i)
      result = T(result | ((a >> i & 1) << (8 * sizeof(T) - 1 - i)));
    return result;
  }
};

// Logic works on whole predicates at once.
template <class Op>
void onPredicates(Warp &warp, const Instr &instr, uint32_t mask) {
  const uint32_t a = warp.predicate(instr.src[0]);
  const uint32_t b = warp.predicate(instr.src[1]);
  setPredicate(warp, instr.dst[0], mask, Op::template apply<uint32_t>(a, b));
}

void notPredicate(Warp &warp, const Instr &instr, uint32_t mask) {
  setPredicate(warp, instr.dst[0], mask, ~warp.predicate(instr.src[0]));
}

template <class Op>
void logicRule(Decoder &decoder) {
  const Type type = decoder.needType();
  if (!decoder.expectOperands(3))
    return;
  Instr &instr = decoder.instr;
  instr.opClass = OpClass::Integer;
  instr.dst[0] = decoder.typedDestination(0, type);
  instr.src[0] = decoder.typedSource(1, type);
  instr.src[1] = decoder.typedSource(2, type);
  instr.exec = type == Type::Pred
                   ? onPredicates<Op>
                   : forInteger(type, []<class T>() { return binary<Op, T>; });
}

template <class Op>
void unaryRule(Decoder &decoder) {
  const Type type = decoder.needType();
  if (!decoder.expectOperands(2))
    return;
  Instr &instr = decoder.instr;
  instr.opClass = OpClass::Integer;
  instr.dst[0] = decoder.typedDestination(0, type);
  instr.src[0] = decoder.typedSource(1, type);
  if (type != Type::Pred)
    instr.exec = forInteger(type, []<class T>() { return unary<Op, T>; });
  else if (std::is_same_v<Op, Not>)
    instr.exec = notPredicate;
}

// Amounts are unsigned 32-bit, and stop at the width instead of wrapping.
template <class T, bool left>
void shift(Warp &warp, const Instr &instr, uint32_t mask) {
  constexpr uint32_t bits = 8 * sizeof(T);
  const T *a = warp.lanes<T>(instr.src[0]);
  const uint32_t *b = warp.lanes<uint32_t>(instr.src[1]);
  setLanes<T>(warp, instr.dst[0], mask, [=](int lane) {
    const uint32_t by = b[lane];
    if constexpr (left)
      return T(by >= bits ? 0 : Wrapping<T>(a[lane]) << by);
    else if constexpr (std::is_signed_v<T>)
      return T(a[lane] >> (by >= bits ? bits - 1 : by));
    else
      return T(by >= bits ? 0 : a[lane] >> by);
  });
}

template <bool left>
void shiftRule(Decoder &decoder) {
  const Type type = decoder.needType();
  if (!decoder.expectOperands(3))
    return;
  Instr &instr = decoder.instr;
  instr.opClass = OpClass::Integer;
  instr.dst[0] = decoder.destination(0, bytesOf(type));
  instr.src[0] = decoder.source(1, bytesOf(type));
  instr.src[1] = decoder.source(2, 4);
  instr.exec = forInteger(type, []<class T>() { return shift<T, left>; });
}

// shf: 32 bits of the 64 in {b, a}; flags: 1 left, 2 wrap.
void funnelShift(Warp &warp, const Instr &instr, uint32_t mask) {
  const uint32_t *a = warp.lanes<uint32_t>(instr.src[0]),
                 *b = warp.lanes<uint32_t>(instr.src[1]),
                 *c = warp.lanes<uint32_t>(instr.src[2]);
  const bool left = instr.flags & 1, wrap = instr.flags & 2;
  setLanes<uint32_t>(warp, instr.dst[0], mask, [=](int lane) {
    const uint64_t both = uint64_t(b[lane]) << 32 | a[lane];
    const uint32_t by = wrap ? c[lane] & 31 : std::min(c[lane], 32u);
    return uint32_t(left ? (both << by) >> 32 : both >> by);
  });
}

void lop3(Warp &warp, const Instr &instr, uint32_t mask) {
  const uint32_t *a = warp.lanes<uint32_t>(instr.src[0]),
                 *b = warp.lanes<uint32_t>(instr.src[1]),
                 *c = warp.lanes<uint32_t>(instr.src[2]);
  const uint32_t table = instr.flags;
  uint32_t terms[8]; // all ones where the truth table has a one
  for (uint32_t i = 0; i < 8; ++i)
    terms[i] = table >> i & 1 ? ~0u : 0;
  setLanes<uint32_t>(warp, instr.dst[0], mask, [=](int lane) {
    const uint32_t x = a[lane], y = b[lane], z = c[lane];
    return (terms[0] & ~x & ~y & ~z) | (terms[1] & ~x & ~y & z) |
           (terms[2] & ~x & y & ~z) | (terms[3] & ~x & y & z) |
           (terms[4] & x & ~y & ~z) | (terms[5] & x & ~y & z) |
           (terms[6] & x & y & ~z) | (terms[7] & x & y & z);
  });
}

void permute(Warp &warp, const Instr &instr, uint32_t mask) {
  const uint32_t *a = warp.lanes<uint32_t>(instr.src[0]),
                 *b = warp.lanes<uint32_t>(instr.src[1]),
                 *c = warp.lanes<uint32_t>(instr.src[2]);
  setLanes<uint32_t>(warp, instr.dst[0], mask, [=](int lane) {
    const uint64_t bytes = uint64_t(b[lane]) << 32 | a[lane];
    uint32_t result = 0;
    for (int i = 0; i < 4; ++i) {
      const uint32_t selector = c[lane] >> 4 * i & 15;
      uint32_t byte = uint32_t(bytes >> 8 * (selector & 7)) & 0xFF;
      if (selector & 8) // its sign, eight times
        byte = byte & 0x80 ? 0xFF : 0;
      result |= byte << 8 * i;
    }
    return result;
  });
}

template <class T>
void extractField(Warp &warp, const Instr &instr, uint32_t mask) {
  using U = std::make_unsigned_t<T>;
  constexpr int bits = 8 * sizeof(T);
  const T *a = warp.lanes<T>(instr.src[0]);
  const uint32_t *b = warp.lanes<uint32_t>(instr.src[1]),
                 *c = warp.lanes<uint32_t>(instr.src[2]);
  setLanes<T>(warp, instr.dst[0], mask, [=](int lane) {
    const int begin = int(b[lane] & 255), length = int(c[lane] & 255);
    const U value = begin >= bits ? 0 : U(a[lane]) >> begin;
    const U ones = length >= bits ? U(~U(0)) : U((U(1) << length) - 1);
    if (!std::is_signed_v<T> || length == 0)
      return T(value & ones);
    // The sign is the field's top bit, or that of `a` where the field leaves
    // it.
    const int top = std::min(begin + length - 1, bits - 1);
    const bool negative = U(a[lane]) >> top & 1;
    const int inside = std::max(std::min(length, bits - begin), 0);
    const U known = inside >= bits ? U(~U(0)) : U((U(1) << inside) - 1);
    return T(negative ? (value & known) | U(~known) : value & known);
  });
}

template <class T>
void insertField(Warp &warp, const Instr &instr, uint32_t mask) {
  constexpr uint32_t bits = 8 * sizeof(T);
  const T *a = warp.lanes<T>(instr.src[0]), *b = warp.lanes<T>(instr.src[1]);
  const uint32_t *c = warp.lanes<uint32_t>(instr.src[2]),
                 *d = warp.lanes<uint32_t>(instr.src[3]);
  setLanes<T>(warp, instr.dst[0], mask, [=](int lane) {
    const uint32_t begin = c[lane] & 255, length = d[lane] & 255;
    if (begin >= bits)
      return b[lane];
    const T ones = length >= bits ? T(~T(0)) : T((T(1) << length) - 1);
    return T((b[lane] & ~(ones << begin)) | ((a[lane] & ones) << begin));
  });
}

template <class T, int what> // 0 popc, 1 clz, 2 bfind (of u32 and u64)
void countBits(Warp &warp, const Instr &instr, uint32_t mask) {
  const T *a = warp.lanes<T>(instr.src[0]);
  setLanes<uint32_t>(warp, instr.dst[0], mask, [=](int lane) {
    const T value = a[lane];
    if constexpr (what == 0)
      return uint32_t(std::popcount(value));
    else if constexpr (what == 1)
      return uint32_t(std::countl_zero(value));
    else
      return uint32_t(int(8 * sizeof(T)) - 1 - std::countl_zero(value));
  });
}

template <int what>
void countRule(Decoder &decoder) {
  const Type type = decoder.needType();
  if (!decoder.expectOperands(2))
    return;
  Instr &instr = decoder.instr;
  instr.opClass = OpClass::Integer;
  instr.dst[0] = decoder.destination(0, 4);
  instr.src[0] = decoder.source(1, bytesOf(type));
  if (type == Type::B32 || type == Type::U32)
    instr.exec = countBits<uint32_t, what>;
  else if (type == Type::B64 || type == Type::U64)
    instr.exec = countBits<uint64_t, what>;
}

// dp4a: d = c + sum a[i] * b[i] over 4 bytes. dp2a: 2 halves of a, 2 bytes of
// b. flags: 1 a signed, 2 b signed, 4 the high bytes of b.
void dotProduct(Warp &warp, const Instr &instr, uint32_t mask) {
  const uint32_t *a = warp.lanes<uint32_t>(instr.src[0]),
                 *b = warp.lanes<uint32_t>(instr.src[1]),
                 *c = warp.lanes<uint32_t>(instr.src[2]);
  const bool signedA = instr.flags & 1, signedB = instr.flags & 2;
  const int terms = instr.vector, bitsA = 32 / terms;
  const int skip = instr.flags & 4 ? 16 : 0;
  setLanes<uint32_t>(warp, instr.dst[0], mask, [=](int lane) {
    uint32_t sum = c[lane];
    for (int i = 0; i < terms; ++i) {
      const uint32_t x = a[lane] << (32 - bitsA - bitsA * i);
      const uint32_t y = b[lane] << (24 - 8 * i - skip);
      const uint32_t left =
          signedA ? uint32_t(int32_t(x) >> (32 - bitsA)) : x >> (32 - bitsA);
      const uint32_t right = signedB ? uint32_t(int32_t(y) >> 24) : y >> 24;
      sum += left * right;
    }
    return sum;
  });
}

template <int terms>
void dotRule(Decoder &decoder) {
  Instr &instr = decoder.instr;
  if (terms == 2)
    instr.flags |= decoder.takeOneOf({"lo", "hi"}) == 1 ? 4 : 0;
  const Type a = decoder.needType(), b = decoder.needType();
  if (!decoder.expectOperands(4))
    return;
  instr.opClass = OpClass::Integer;
  instr.vector = terms;
  instr.flags |= (isSigned(a) ? 1 : 0) | (isSigned(b) ? 2 : 0);
  instr.dst[0] = decoder.destination(0, 4);
  for (size_t i = 0; i < 3; ++i)
    instr.src[i] = decoder.source(i + 1, 4);
  if (bytesOf(a) == 4 && bytesOf(b) == 4)
    instr.exec = dotProduct;
}

/// d, a, b, c of 32 bits.
void threeWords(Decoder &decoder, ExecFn exec) {
  Instr &instr = decoder.instr;
  const Type type = decoder.needType();
  if (bytesOf(type) != 4)
    return decoder.refuse("only of 32 bits");
  instr.opClass = OpClass::Integer;
  instr.dst[0] = decoder.destination(0, 4);
  for (size_t i = 0; i < 3; ++i)
    instr.src[i] = decoder.source(i + 1, 4);
  instr.exec = exec;
}

void fieldRule(Decoder &decoder, bool insert) {
  const Type type = decoder.needType();
  const size_t values = insert ? 2 : 1;
  if (!decoder.expectOperands(values + 3))
    return;
  Instr &instr = decoder.instr;
  instr.opClass = OpClass::Integer;
  instr.dst[0] = decoder.destination(0, bytesOf(type));
  for (size_t i = 0; i < values; ++i)
    instr.src[i] = decoder.source(i + 1, bytesOf(type));
  for (size_t i = values; i < values + 2; ++i)
    instr.src[i] = decoder.source(i + 1, 4);
  if (bytesOf(type) >= 4)
    instr.exec = forInteger(type, [=]<class T>() -> ExecFn {
      if (insert)
        return insertField<std::make_unsigned_t<T>>;
      return extractField<T>;
    });
}

} // namespace

void ptxsim::addBitRules(RuleTable &table) {
  table["and"] = logicRule<And>;
  table["or"] = logicRule<Or>;
  table["xor"] = logicRule<Xor>;
  table["not"] = unaryRule<Not>;
  table["cnot"] = unaryRule<LogicalNot>;
  table["brev"] = [](Decoder &decoder) { unaryRule<Reverse>(decoder); };
  table["shl"] = shiftRule<true>;
  table["shr"] = shiftRule<false>;
  table["popc"] = countRule<0>;
  table["clz"] = countRule<1>;
  table["bfind"] = countRule<2>;
  table["bfe"] = [](Decoder &decoder) { fieldRule(decoder, false); };
  table["bfi"] = [](Decoder &decoder) { fieldRule(decoder, true); };
  table["dp4a"] = dotRule<4>;
  table["dp2a"] = dotRule<2>;
  table["prmt"] = [](Decoder &decoder) {
    if (decoder.expectOperands(4))
      threeWords(decoder, permute);
  };
  table["lop3"] = [](Decoder &decoder) {
    if (!decoder.expectOperands(5))
      return;
    decoder.instr.flags = uint32_t(decoder.immediate(4));
    threeWords(decoder, lop3);
  };
  table["shf"] = [](Decoder &decoder) {
    const int direction = decoder.takeOneOf({"r", "l"});
    const int mode = decoder.takeOneOf({"clamp", "wrap"});
    if (direction < 0 || mode < 0 || !decoder.expectOperands(4))
      return decoder.refuse("no direction or mode");
    decoder.instr.flags = uint32_t(direction | mode << 1);
    threeWords(decoder, funnelShift);
  };
}
