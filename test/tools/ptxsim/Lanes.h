// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loops over the lanes of a warp, for functions of one lane.

#ifndef TEST_TOOLS_PTXSIM_LANES_H
#define TEST_TOOLS_PTXSIM_LANES_H

#include "test/tools/ptxsim/Block.h"

#include <bit>
#include <cstring>
#include <type_traits>

namespace ptxsim {

/// Stores `values` in the lanes of `mask`.
template <class T>
inline void store(Warp &warp, Reg reg, uint32_t mask, const T *values) {
  T *to = warp.lanes<T>(reg);
  if (mask == allLanes) {
    memcpy(to, values, sizeof(T) * warpSize);
    return;
  }
  for (int lane = 0; lane < warpSize; ++lane)
    to[lane] = mask >> lane & 1 ? values[lane] : to[lane];
}

/// reg[lane] = value(lane). Computes all lanes, as that is one vector loop;
/// hence `value` must be harmless for lanes that are off.
template <class T, class Value>
inline void setLanes(Warp &warp, Reg reg, uint32_t mask, Value value) {
  T values[warpSize];
  for (int lane = 0; lane < warpSize; ++lane)
    values[lane] = value(lane);
  store(warp, reg, mask, values);
}

/// The bits that `value(lane)` gives, in a predicate.
template <class Value>
inline uint32_t lanesWhere(Value value) {
  uint8_t bytes[warpSize];
  for (int lane = 0; lane < warpSize; ++lane)
    bytes[lane] = value(lane) ? 1 : 0;
  uint32_t bits = 0;
  for (int part = 0; part < 4; ++part) {
    uint64_t eight;
    memcpy(&eight, bytes + 8 * part, 8);
    // Bit 8i of the factor's product collects byte i in the top byte.
    bits |= uint32_t((eight * 0x0102040810204080) >> 56) << 8 * part;
  }
  return bits;
}

inline void setPredicate(Warp &warp, Reg reg, uint32_t mask, uint32_t bits) {
  uint32_t &to = warp.predicate(reg);
  to = (to & ~mask) | (bits & mask);
}

// Functions of one lane are classes with a static `apply`; these make an ExecFn
// of them. Types are those of the registers: uint32_t, float, ...
template <class Op, class T>
void unary(Warp &warp, const Instr &instr, uint32_t mask) {
  const T *a = warp.lanes<T>(instr.src[0]);
  setLanes<T>(warp, instr.dst[0], mask,
              [=](int lane) { return Op::template apply<T>(a[lane]); });
}

template <class Op, class T>
void binary(Warp &warp, const Instr &instr, uint32_t mask) {
  const T *a = warp.lanes<T>(instr.src[0]), *b = warp.lanes<T>(instr.src[1]);
  setLanes<T>(warp, instr.dst[0], mask, [=](int lane) {
    return Op::template apply<T>(a[lane], b[lane]);
  });
}

template <class Op, class T>
void ternary(Warp &warp, const Instr &instr, uint32_t mask) {
  const T *a = warp.lanes<T>(instr.src[0]), *b = warp.lanes<T>(instr.src[1]),
          *c = warp.lanes<T>(instr.src[2]);
  setLanes<T>(warp, instr.dst[0], mask, [=](int lane) {
    return Op::template apply<T>(a[lane], b[lane], c[lane]);
  });
}

/// Calls `make.template operator()<T>()` with the C++ type of `type`, which is
/// an integer; bits count as unsigned. Null for others.
template <class Make>
ExecFn forInteger(Type type, Make make) {
  switch (type) {
  case Type::B16:
  case Type::U16:
    return make.template operator()<uint16_t>();
  case Type::S16:
    return make.template operator()<int16_t>();
  case Type::B32:
  case Type::U32:
    return make.template operator()<uint32_t>();
  case Type::S32:
    return make.template operator()<int32_t>();
  case Type::B64:
  case Type::U64:
    return make.template operator()<uint64_t>();
  case Type::S64:
    return make.template operator()<int64_t>();
  default:
    return nullptr;
  }
}

/// Unsigned, at least 32 bits: arithmetic that wraps without C++'s promotions.
template <class T>
using Wrapping = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;

} // namespace ptxsim

#endif
