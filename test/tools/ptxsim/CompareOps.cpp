// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// setp, set, selp, slct. Source: PTX ISA, "Comparison and Selection".

#include "test/tools/ptxsim/Decoder.h"
#include "test/tools/ptxsim/Lanes.h"

using namespace ptxsim;

namespace {

// The first ten are ordered: false if an operand is no number; the next six are
// true then. lo, ls, hi, hs are unsigned lt, le, gt, ge.
enum Compare {
  Eq,
  Ne,
  Lt,
  Le,
  Gt,
  Ge,
  Lo,
  Ls,
  Hi,
  Hs,
  Equ,
  Neu,
  Ltu,
  Leu,
  Gtu,
  Geu,
  Num,
  Nan
};

template <int compare, class T>
bool holds(T a, T b) {
  [[maybe_unused]] const bool unordered = a != a || b != b;
  if constexpr (compare == Eq)
    return a == b;
  else if constexpr (compare == Ne)
    return !unordered && a != b;
  else if constexpr (compare == Lt || compare == Lo)
    return a < b;
  else if constexpr (compare == Le || compare == Ls)
    return a <= b;
  else if constexpr (compare == Gt || compare == Hi)
    return a > b;
  else if constexpr (compare == Ge || compare == Hs)
    return a >= b;
  else if constexpr (compare == Equ)
    return a == b || unordered;
  else if constexpr (compare == Neu)
    return a != b;
  else if constexpr (compare == Ltu)
    return !(a >= b);
  else if constexpr (compare == Leu)
    return !(a > b);
  else if constexpr (compare == Gtu)
    return !(a <= b);
  else if constexpr (compare == Geu)
    return !(a < b);
  else
    return unordered == (compare == Nan);
}

/// How setp combines its result with the predicate c. NegatedC is a flag.
enum Combine : uint32_t { Alone, CombineAnd, CombineOr, CombineXor, NegatedC };

// p = (a ? b) combined with c; q = !(a ? b) combined with c.
template <int compare, class T>
void setPredicates(Warp &warp, const Instr &instr, uint32_t mask) {
  const T *a = warp.lanes<T>(instr.src[0]), *b = warp.lanes<T>(instr.src[1]);
  const uint32_t truth =
      lanesWhere([=](int lane) { return holds<compare, T>(a[lane], b[lane]); });
  uint32_t p = truth, q = ~truth;
  if (const uint32_t combine = instr.flags & 3) {
    uint32_t c = warp.predicate(instr.src[2]);
    c = instr.flags & NegatedC ? ~c : c;
    p = combine == CombineAnd ? p & c : combine == CombineOr ? p | c : p ^ c;
    q = combine == CombineAnd ? q & c : combine == CombineOr ? q | c : q ^ c;
  }
  setPredicate(warp, instr.dst[0], mask, p);
  if (instr.dst[1] != noReg)
    setPredicate(warp, instr.dst[1], mask, q);
}

template <class T>
ExecFn compareOf(int compare) {
  static constexpr ExecFn integers[] = {
      setPredicates<Eq, T>, setPredicates<Ne, T>, setPredicates<Lt, T>,
      setPredicates<Le, T>, setPredicates<Gt, T>, setPredicates<Ge, T>,
      setPredicates<Lo, T>, setPredicates<Ls, T>, setPredicates<Hi, T>,
      setPredicates<Hs, T>};
  if (compare < Equ)
    return integers[compare];
  if constexpr (std::is_floating_point_v<T>) {
    static constexpr ExecFn floats[] = {
        setPredicates<Equ, T>, setPredicates<Neu, T>, setPredicates<Ltu, T>,
        setPredicates<Leu, T>, setPredicates<Gtu, T>, setPredicates<Geu, T>,
        setPredicates<Num, T>, setPredicates<Nan, T>};
    return floats[compare - Equ];
  }
  return nullptr;
}

void setpRule(Decoder &decoder) {
  const int compare = decoder.takeOneOf(
      {"eq", "ne", "lt", "le", "gt", "ge", "lo", "ls", "hi", "hs", "equ", "neu",
       "ltu", "leu", "gtu", "geu", "num", "nan"});
  const int combine = decoder.takeOneOf({"and", "or", "xor"}) + 1;
  const Type type = decoder.needType();
  if (compare < 0)
    return decoder.refuse("no comparison");
  if (!decoder.expectOperands(combine ? 4 : 3))
    return;
  Instr &instr = decoder.instr;
  instr.opClass = OpClass::Compare;
  const Operand &to = decoder.operand(0);
  instr.dst[0] = to.second.empty() || to.kind == Operand::Kind::Sink
                     ? decoder.predicate(to)
                     : decoder.predicate(to.name);
  instr.dst[1] = to.second.empty() || to.second == "_"
                     ? noReg
                     : decoder.predicate(to.second);
  instr.src[0] = decoder.source(1, bytesOf(type));
  instr.src[1] = decoder.source(2, bytesOf(type));
  instr.flags = uint32_t(combine);
  if (combine) {
    instr.src[2] = decoder.predicate(decoder.operand(3));
    instr.flags |= decoder.operand(3).negated ? NegatedC : 0u;
  }
  if (type == Type::F32)
    instr.exec = compareOf<float>(compare);
  else if (type == Type::F64)
    instr.exec = compareOf<double>(compare);
  else if (compare >= Lo && compare <= Hs && isSigned(type))
    decoder.refuse("an unsigned comparison of a signed type");
  else
    instr.exec =
        forInteger(type, [=]<class T>() { return compareOf<T>(compare); });
}

template <class T>
void select(Warp &warp, const Instr &instr, uint32_t mask) {
  const T *a = warp.lanes<T>(instr.src[0]), *b = warp.lanes<T>(instr.src[1]);
  const uint32_t p = warp.predicate(instr.src[2]);
  setLanes<T>(warp, instr.dst[0], mask,
              [=](int lane) { return p >> lane & 1 ? a[lane] : b[lane]; });
}

void selectPredicate(Warp &warp, const Instr &instr, uint32_t mask) {
  const uint32_t p = warp.predicate(instr.src[2]);
  setPredicate(warp, instr.dst[0], mask,
               (warp.predicate(instr.src[0]) & p) |
                   (warp.predicate(instr.src[1]) & ~p));
}

void selpRule(Decoder &decoder) {
  const Type type = decoder.needType();
  if (!decoder.expectOperands(4))
    return;
  Instr &instr = decoder.instr;
  instr.opClass = OpClass::Compare;
  instr.dst[0] = decoder.typedDestination(0, type);
  instr.src[0] = decoder.typedSource(1, type);
  instr.src[1] = decoder.typedSource(2, type);
  instr.src[2] = decoder.predicate(decoder.operand(3));
  if (decoder.operand(3).negated)
    decoder.refuse("negated predicate");
  switch (type == Type::Pred ? 0 : bytesOf(type)) {
  case 0:
    instr.exec = selectPredicate;
    break;
  case 2:
    instr.exec = select<uint16_t>;
    break;
  case 4:
    instr.exec = select<uint32_t>;
    break;
  case 8:
    instr.exec = select<uint64_t>;
    break;
  }
}

// slct: a where c >= 0, else b. A c that is no number selects b.
template <class T, class C>
void selectBySign(Warp &warp, const Instr &instr, uint32_t mask) {
  const T *a = warp.lanes<T>(instr.src[0]), *b = warp.lanes<T>(instr.src[1]);
  const C *c = warp.lanes<C>(instr.src[2]);
  setLanes<T>(warp, instr.dst[0], mask,
              [=](int lane) { return c[lane] >= 0 ? a[lane] : b[lane]; });
}

void slctRule(Decoder &decoder) {
  const Type type = decoder.needType(), sign = decoder.needType();
  if (!decoder.expectOperands(4))
    return;
  Instr &instr = decoder.instr;
  instr.opClass = OpClass::Compare;
  instr.dst[0] = decoder.destination(0, bytesOf(type));
  instr.src[0] = decoder.source(1, bytesOf(type));
  instr.src[1] = decoder.source(2, bytesOf(type));
  instr.src[2] = decoder.source(3, 4);
  const bool isInt = sign == Type::S32;
  if (!isInt && sign != Type::F32)
    return decoder.refuse("the sign is of s32 or f32");
  if (bytesOf(type) == 4)
    instr.exec =
        isInt ? selectBySign<uint32_t, int32_t> : selectBySign<uint32_t, float>;
  else if (bytesOf(type) == 8)
    instr.exec =
        isInt ? selectBySign<uint64_t, int32_t> : selectBySign<uint64_t, float>;
}

} // namespace

void ptxsim::addCompareRules(RuleTable &table) {
  table["setp"] = setpRule;
  table["selp"] = selpRule;
  table["slct"] = slctRule;
}
