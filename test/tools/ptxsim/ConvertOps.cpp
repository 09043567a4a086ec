// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// cvt between all integers and floats. Source: PTX ISA, "Data Movement and
// Conversion Instructions: cvt".

#include "test/tools/ptxsim/Decoder.h"
#include "test/tools/ptxsim/Half.h"
#include "test/tools/ptxsim/Lanes.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace ptxsim;

namespace {

/// Rounding to an integral value. None keeps the value.
enum class Integral { None, Even, Zero, Down, Up };

template <Integral integral, class F>
F rounded(F value) {
  if constexpr (integral == Integral::Even)
    return std::nearbyint(value);
  else if constexpr (integral == Integral::Zero)
    return std::trunc(value);
  else if constexpr (integral == Integral::Down)
    return std::floor(value);
  else if constexpr (integral == Integral::Up)
    return std::ceil(value);
  else
    return value;
}

template <class T>
inline constexpr bool isFloating =
    std::is_floating_point_v<T> || std::is_same_v<T, Half>;

// Out of range goes to the nearest integer. No number goes to zero, except that
// 64 bits on either side give the top bit alone.
template <class D, Integral integral, class F>
D floatToInteger(F value) {
  using Limits = std::numeric_limits<D>;
  constexpr bool wide = sizeof(D) == 8 || sizeof(F) == 8;
  constexpr D noNumber = wide ? D(uint64_t(1) << (8 * sizeof(D) - 1)) : D(0);
  const F integer = rounded<integral>(value);
  constexpr F low = F(Limits::min());
  // One more than the largest, which is a power of two and hence exact.
  constexpr F end = F(uint64_t(1) << (Limits::digits - 1)) * 2;
  const bool fits = integer >= low && integer < end;
  const D result = D(fits ? integer : F(0));
  return value != value   ? noNumber
         : integer >= end ? Limits::max()
         : integer < low  ? Limits::min()
                          : result;
}

template <class D, class S>
D saturateInteger(S value) {
  using Limits = std::numeric_limits<D>;
  if (std::cmp_less(value, Limits::min()))
    return Limits::min();
  if (std::cmp_greater(value, Limits::max()))
    return Limits::max();
  return D(value);
}

template <class D, class S, Integral integral, bool saturate>
D convert(S value) {
  if constexpr (std::is_same_v<S, Half>) {
    return convert<D, float, integral, saturate>(toFloat(value));
  } else if constexpr (std::is_same_v<D, Half>) {
    return toHalf(convert<float, S, integral, saturate>(value));
  } else if constexpr (std::is_integral_v<D>) {
    if constexpr (std::is_floating_point_v<S>)
      return floatToInteger<D, integral>(value);
    else if constexpr (saturate)
      return saturateInteger<D>(value);
    else
      return D(value);
  } else {
    D result = D(value);
    if constexpr (std::is_floating_point_v<S>) {
      result = rounded<integral>(result);
      if constexpr (std::is_same_v<D, float>)
        result = result != result ? std::bit_cast<float>(0x7fffffffu) : result;
    }
    if constexpr (saturate)
      result = result > 0 ? std::min(result, D(1)) : D(0);
    return result;
  }
}

template <class D, class S, Integral integral, bool saturate>
void convertLanes(Warp &warp, const Instr &instr, uint32_t mask) {
  if (instr.registerBytes == sizeof(D) && instr.sourceBytes == sizeof(S)) {
    const S *a = warp.lanes<S>(instr.src[0]);
    setLanes<D>(warp, instr.dst[0], mask, [=](int lane) {
      return convert<D, S, integral, saturate>(a[lane]);
    });
    return;
  }
  // Registers may be wider than the types: the low bytes count, and results are
  // extended by the sign of their type.
  const auto *from = warp.lanes<std::byte>(instr.src[0]);
  auto *to = warp.lanes<std::byte>(instr.dst[0]);
  for (int lane = 0; lane < warpSize; ++lane) {
    if (!(mask >> lane & 1))
      continue;
    S value;
    memcpy(&value, from + lane * instr.sourceBytes, sizeof value);
    const D result = convert<D, S, integral, saturate>(value);
    uint64_t bits = 0;
    if constexpr (std::is_integral_v<D>)
      bits = uint64_t(int64_t(result));
    else
      memcpy(&bits, &result, sizeof result);
    memcpy(to + lane * instr.registerBytes, &bits, instr.registerBytes);
  }
}

template <class D, class S>
ExecFn converter(Integral integral, bool saturate) {
  constexpr bool toInteger = !isFloating<D> && isFloating<S>;
  constexpr bool sameFloat = isFloating<D> && std::is_same_v<D, S>;
  switch (integral) {
  case Integral::None:
    if constexpr (!toInteger)
      return saturate ? convertLanes<D, S, Integral::None, true>
                      : convertLanes<D, S, Integral::None, false>;
    return nullptr;
#define CASE(mode)                                                             \
  case Integral::mode:                                                         \
    if constexpr (toInteger)                                                   \
      return convertLanes<D, S, Integral::mode, false>;                        \
    else if constexpr (sameFloat)                                              \
      return saturate ? convertLanes<D, S, Integral::mode, true>               \
                      : convertLanes<D, S, Integral::mode, false>;             \
    else                                                                       \
      return nullptr;
    CASE(Even)
    CASE(Zero)
    CASE(Down)
    CASE(Up)
#undef CASE
  }
  return nullptr;
}

template <class Make>
ExecFn forNumber(Type type, Make make) {
  switch (type) {
  case Type::U8:
    return make.template operator()<uint8_t>();
  case Type::S8:
    return make.template operator()<int8_t>();
  case Type::F16:
    return make.template operator()<Half>();
  case Type::F32:
    return make.template operator()<float>();
  case Type::F64:
    return make.template operator()<double>();
  default:
    return forInteger(type, make);
  }
}

void cvtRule(Decoder &decoder) {
  const auto integral =
      Integral(decoder.takeOneOf({"rni", "rzi", "rmi", "rpi"}) + 1);
  const bool nearest = decoder.take("rn");
  const bool saturate = decoder.take("sat");
  const Type to = decoder.needType(), from = decoder.needType();
  if (!decoder.expectOperands(2))
    return;
  const bool narrows =
      isFloat(to) && (!isFloat(from) || bytesOf(to) < bytesOf(from));
  if (nearest != narrows)
    return decoder.refuse(narrows ? "only .rn is known" : ".rn has no effect");
  if (to == Type::F16 && bytesOf(from) > (isFloat(from) ? 4 : 2))
    return decoder.refuse("would round twice here");
  int source = bytesOf(from), destination = bytesOf(to);
  Instr &instr = decoder.instr;
  instr.opClass = OpClass::Convert;
  instr.dst[0] = decoder.wide(decoder.operand(0), destination, true);
  instr.src[0] = decoder.wide(decoder.operand(1), source, false);
  instr.registerBytes = uint8_t(destination);
  instr.sourceBytes = uint8_t(source);
  instr.exec = forNumber(to, [=]<class D>() {
    return forNumber(
        from, [=]<class S>() { return converter<D, S>(integral, saturate); });
  });
}

/// cvt.pack: two s32, saturated to T; below 16 bits, c supplies the upper half.
template <class T>
void pack(Warp &warp, const Instr &instr, uint32_t mask) {
  using U = std::make_unsigned_t<T>;
  const int32_t *a = warp.lanes<int32_t>(instr.src[0]),
                *b = warp.lanes<int32_t>(instr.src[1]);
  const uint32_t *c = warp.lanes<uint32_t>(instr.src[2]);
  constexpr int bits = 8 * sizeof(T);
  setLanes<uint32_t>(warp, instr.dst[0], mask, [=](int lane) {
    const uint32_t high = uint32_t(U(saturateInteger<T>(a[lane]))) << bits;
    const uint32_t low = U(saturateInteger<T>(b[lane]));
    return (bits == 8 ? c[lane] << 16 : 0) | high | low;
  });
}

void packRule(Decoder &decoder) {
  decoder.take("pack");
  if (!decoder.take("sat"))
    return decoder.refuse("no .sat");
  const Type to = decoder.needType(), from = decoder.needType();
  const bool withC = bytesOf(to) == 1;
  if (withC && decoder.needType() != Type::B32)
    return decoder.refuse("c is of b32");
  if (from != Type::S32 || !decoder.expectOperands(withC ? 4 : 3))
    return decoder.refuse("not from s32");
  Instr &instr = decoder.instr;
  instr.opClass = OpClass::Convert;
  instr.dst[0] = decoder.destination(0, 4);
  for (size_t i = 0; i + 1 < decoder.operandCount(); ++i)
    instr.src[i] = decoder.source(i + 1, 4);
  instr.exec = to == Type::S8    ? pack<int8_t>
               : to == Type::U8  ? pack<uint8_t>
               : to == Type::S16 ? pack<int16_t>
               : to == Type::U16 ? pack<uint16_t>
                                 : nullptr;
}

} // namespace

void ptxsim::addConvertRules(RuleTable &table) {
  table["cvt"] = [](Decoder &decoder) {
    decoder.hasModifier("pack") ? packRule(decoder) : cvtRule(decoder);
  };
}
