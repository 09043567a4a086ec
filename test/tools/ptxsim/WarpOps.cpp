// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shuffles, votes, reductions over a warp. Source: PTX ISA, "Data Movement:
// shfl.sync" and "Parallel Synchronization and Communication Instructions".

#include "test/tools/ptxsim/Decoder.h"
#include "test/tools/ptxsim/Lanes.h"

#include <algorithm>

using namespace ptxsim;

namespace {

/// The lanes that src[index] names must be those that execute, but for those
/// that have exited.
bool expectMembers(Warp &warp, uint32_t mask, Reg members) {
  const uint32_t wanted = warp.lanes<uint32_t>(members)[std::countr_zero(mask)];
  return warp.expectLanes(mask, wanted & warp.live);
}

enum ShuffleMode { Up, Down, Butterfly, Index };

// dst: value, and the predicate of "in range" or noReg. src: a, b, c, members.
template <int mode>
void shuffle(Warp &warp, const Instr &instr, uint32_t mask) {
  if (!expectMembers(warp, mask, instr.src[3]))
    return;
  const uint32_t *a = warp.lanes<uint32_t>(instr.src[0]),
                 *b = warp.lanes<uint32_t>(instr.src[1]),
                 *c = warp.lanes<uint32_t>(instr.src[2]);
  uint32_t values[warpSize], inRange = 0;
  for (int lane = 0; lane < warpSize; ++lane) {
    values[lane] = 0;
    if (!(mask >> lane & 1))
      continue;
    const int by = int(b[lane] & 31), clamp = int(c[lane] & 31);
    const int segment = int(c[lane] >> 8 & 31);
    const int last = (lane & segment) | (clamp & ~segment);
    const int first = lane & segment;
    int from = mode == Up          ? lane - by
               : mode == Down      ? lane + by
               : mode == Butterfly ? lane ^ by
                                   : first | (by & ~segment);
    const bool valid = mode == Up ? from >= last : from <= last;
    if (!valid)
      from = lane;
    if (!(mask >> from & 1))
      return warp.fail(lane, "reads lane " + std::to_string(from) +
                                 ", which does not take part");
    values[lane] = a[from];
    inRange |= uint32_t(valid) << lane;
  }
  store(warp, instr.dst[0], mask, values);
  if (instr.dst[1] != noReg)
    setPredicate(warp, instr.dst[1], mask, inRange);
}

void shflRule(Decoder &decoder) {
  if (!decoder.take("sync"))
    return decoder.refuse("no .sync");
  static constexpr ExecFn modes[] = {shuffle<Up>, shuffle<Down>,
                                     shuffle<Butterfly>, shuffle<Index>};
  const int mode = decoder.takeOneOf({"up", "down", "bfly", "idx"});
  if (mode < 0 || decoder.needType() != Type::B32)
    return decoder.refuse("no mode, or not of b32");
  if (!decoder.expectOperands(5))
    return;
  Instr &instr = decoder.instr;
  instr.opClass = OpClass::Warp;
  Operand to = decoder.operand(0);
  instr.dst[1] = to.second.empty() || to.second == "_"
                     ? noReg
                     : decoder.predicate(to.second);
  to.second.clear();
  instr.dst[0] = decoder.destination(to, 4);
  for (size_t i = 0; i < 4; ++i)
    instr.src[i] = decoder.source(i + 1, 4);
  instr.exec = modes[mode];
}

enum VoteMode { All, Any, Uniform, Ballot };

// src: predicate, members. flags: 1 if the predicate is negated.
template <int mode>
void vote(Warp &warp, const Instr &instr, uint32_t mask) {
  if (!expectMembers(warp, mask, instr.src[1]))
    return;
  uint32_t bits = warp.predicate(instr.src[0]);
  bits = (instr.flags & 1 ? ~bits : bits) & mask;
  if constexpr (mode == Ballot) {
    setLanes<uint32_t>(warp, instr.dst[0], mask, [=](int) { return bits; });
  } else {
    const bool result = mode == All   ? bits == mask
                        : mode == Any ? bits != 0
                                      : bits == 0 || bits == mask;
    setPredicate(warp, instr.dst[0], mask, result ? allLanes : 0);
  }
}

void voteRule(Decoder &decoder) {
  if (!decoder.take("sync"))
    return decoder.refuse("no .sync");
  static constexpr ExecFn modes[] = {vote<All>, vote<Any>, vote<Uniform>,
                                     vote<Ballot>};
  const int mode = decoder.takeOneOf({"all", "any", "uni", "ballot"});
  const Type type = decoder.needType();
  if (mode < 0 || type != (mode == Ballot ? Type::B32 : Type::Pred))
    return decoder.refuse("no mode, or of another type");
  if (!decoder.expectOperands(3))
    return;
  Instr &instr = decoder.instr;
  instr.opClass = OpClass::Warp;
  instr.dst[0] = decoder.typedDestination(0, type);
  instr.src[0] = decoder.predicate(decoder.operand(1));
  instr.flags = decoder.operand(1).negated ? 1 : 0;
  instr.src[1] = decoder.source(2, 4);
  instr.exec = modes[mode];
}

void activeMask(Warp &warp, const Instr &instr, uint32_t mask) {
  setLanes<uint32_t>(warp, instr.dst[0], mask, [=](int) { return mask; });
}

struct Sum {
  template <class T>
  static T apply(T a, T b) {
    return T(uint32_t(a) + uint32_t(b));
  }
};
struct Min {
  template <class T>
  static T apply(T a, T b) {
    return std::min(a, b);
  }
};
struct Max {
  template <class T>
  static T apply(T a, T b) {
    return std::max(a, b);
  }
};
struct And {
  template <class T>
  static T apply(T a, T b) {
    return a & b;
  }
};
struct Or {
  template <class T>
  static T apply(T a, T b) {
    return a | b;
  }
};
struct Xor {
  template <class T>
  static T apply(T a, T b) {
    return a ^ b;
  }
};

template <class Op, class T>
void reduceLanes(Warp &warp, const Instr &instr, uint32_t mask) {
  if (!expectMembers(warp, mask, instr.src[1]))
    return;
  const T *a = warp.lanes<T>(instr.src[0]);
  T result = a[std::countr_zero(mask)];
  for (int lane = std::countr_zero(mask) + 1; lane < warpSize; ++lane)
    if (mask >> lane & 1)
      result = Op::template apply<T>(result, a[lane]);
  setLanes<T>(warp, instr.dst[0], mask, [=](int) { return result; });
}

void reduxRule(Decoder &decoder) {
  if (!decoder.take("sync"))
    return decoder.refuse("no .sync");
  const int op = decoder.takeOneOf({"add", "min", "max", "and", "or", "xor"});
  const Type type = decoder.needType();
  if (!decoder.expectOperands(3))
    return;
  static constexpr ExecFn unsignedOps[] = {
      reduceLanes<Sum, uint32_t>, reduceLanes<Min, uint32_t>,
      reduceLanes<Max, uint32_t>, reduceLanes<And, uint32_t>,
      reduceLanes<Or, uint32_t>,  reduceLanes<Xor, uint32_t>};
  static constexpr ExecFn signedOps[] = {reduceLanes<Sum, int32_t>,
                                         reduceLanes<Min, int32_t>,
                                         reduceLanes<Max, int32_t>};
  Instr &instr = decoder.instr;
  instr.opClass = OpClass::Warp;
  instr.dst[0] = decoder.destination(0, 4);
  instr.src[0] = decoder.source(1, 4);
  instr.src[1] = decoder.source(2, 4);
  if (type == Type::S32 && op >= 0 && op < 3)
    instr.exec = signedOps[op];
  else if (op >= 0 && (type == Type::U32 || type == Type::B32))
    instr.exec = unsignedOps[op];
}

} // namespace

void ptxsim::addWarpRules(RuleTable &table) {
  table["shfl"] = shflRule;
  table["vote"] = voteRule;
  table["redux"] = reduxRule;
  table["activemask"] = [](Decoder &decoder) {
    if (decoder.needType() != Type::B32 || !decoder.expectOperands(1))
      return decoder.refuse("not of b32");
    decoder.instr.opClass = OpClass::Warp;
    decoder.instr.dst[0] = decoder.destination(0, 4);
    decoder.instr.exec = activeMask;
  };
}
