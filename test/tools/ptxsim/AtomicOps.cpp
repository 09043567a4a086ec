// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// atom and red, with atomic operations of the host.
// Source: PTX ISA, "Parallel Synchronization: atom, red".

#include "test/tools/ptxsim/Addresses.h"

using namespace ptxsim;

namespace {

struct Add {
  template <class T>
  static T apply(T old, T b, T) {
    if constexpr (std::is_integral_v<T>)
      return T(Wrapping<T>(old) + Wrapping<T>(b));
    else
      return old + b;
  }
};
struct Min {
  template <class T>
  static T apply(T old, T b, T) {
    return b < old ? b : old;
  }
};
struct Max {
  template <class T>
  static T apply(T old, T b, T) {
    return b > old ? b : old;
  }
};
struct And {
  template <class T>
  static T apply(T old, T b, T) {
    return old & b;
  }
};
struct Or {
  template <class T>
  static T apply(T old, T b, T) {
    return old | b;
  }
};
struct Xor {
  template <class T>
  static T apply(T old, T b, T) {
    return old ^ b;
  }
};
struct Exchange {
  template <class T>
  static T apply(T, T b, T) {
    return b;
  }
};
struct CompareAndSwap {
  template <class T>
  static T apply(T old, T b, T c) {
    return old == b ? c : old;
  }
};
struct Increment {
  template <class T>
  static T apply(T old, T b, T) {
    return old >= b ? 0 : old + 1;
  }
};
struct Decrement {
  template <class T>
  static T apply(T old, T b, T) {
    return old == 0 || old > b ? b : old - 1;
  }
};

/// Replaces *place by op(*place, b, c); \return what was there.
template <class Op, class T>
T update(std::byte *place, T b, T c) {
  using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
  auto *word = reinterpret_cast<Bits *>(place);
  Bits old = __atomic_load_n(word, __ATOMIC_SEQ_CST);
  for (;;) {
    const Bits wanted =
        std::bit_cast<Bits>(Op::template apply<T>(std::bit_cast<T>(old), b, c));
    if (__atomic_compare_exchange_n(word, &old, wanted, /*weak=*/true,
                                    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
      return std::bit_cast<T>(old);
  }
}

// dst[0] may be noReg: red has no result.
template <class Op, class T>
void atomic(Warp &warp, const Instr &instr, uint32_t mask) {
  uint64_t addresses[warpSize];
  std::byte *places[warpSize];
  computeAddresses(warp, instr.src[0], instr.offset, instr.flags & wideAddress,
                   addresses);
  if (!resolve(warp, instr.space, addresses, mask, sizeof(T), Access::Atomic,
               places))
    return;
  const T *b = warp.lanes<T>(instr.src[1]), *c = warp.lanes<T>(instr.src[2]);
  T old[warpSize] = {};
  for (int i = 0; i < warpSize; ++i) {
    const int lane = warp.block.launch.options.reverse ? warpSize - 1 - i : i;
    if (mask >> lane & 1)
      old[lane] = update<Op, T>(places[lane], b[lane], c[lane]);
  }
  if (instr.dst[0] != noReg)
    store(warp, instr.dst[0], mask, old);
}

template <class Op>
ExecFn wordOf(Type type, bool isSignedToo) {
  switch (type) {
  case Type::B32:
  case Type::U32:
    return atomic<Op, uint32_t>;
  case Type::B64:
  case Type::U64:
    return atomic<Op, uint64_t>;
  case Type::S32:
    return isSignedToo ? ExecFn(atomic<Op, int32_t>) : nullptr;
  case Type::S64:
    return isSignedToo ? ExecFn(atomic<Op, int64_t>) : nullptr;
  default:
    return nullptr;
  }
}

ExecFn execOf(int op, Type type) {
  switch (op) {
  case 0:
    return type == Type::F32   ? ExecFn(atomic<Add, float>)
           : type == Type::F64 ? ExecFn(atomic<Add, double>)
                               : wordOf<Add>(type, true);
  case 1:
    return wordOf<Min>(type, true);
  case 2:
    return wordOf<Max>(type, true);
  case 3:
    return wordOf<And>(type, false);
  case 4:
    return wordOf<Or>(type, false);
  case 5:
    return wordOf<Xor>(type, false);
  case 6:
    return wordOf<Exchange>(type, false);
  case 7:
    return wordOf<CompareAndSwap>(type, false);
  case 8:
    return type == Type::U32 ? ExecFn(atomic<Increment, uint32_t>) : nullptr;
  case 9:
    return type == Type::U32 ? ExecFn(atomic<Decrement, uint32_t>) : nullptr;
  default:
    return nullptr;
  }
}

void atomicRule(Decoder &decoder, bool hasResult) {
  Instr &instr = decoder.instr;
  ignoreMemoryHints(decoder);
  instr.space = takeSpace(decoder);
  const int op = decoder.takeOneOf(
      {"add", "min", "max", "and", "or", "xor", "exch", "cas", "inc", "dec"});
  instr.type = decoder.needType();
  const int bytes = bytesOf(instr.type);
  const size_t first = hasResult ? 1 : 0, operands = first + (op == 7 ? 3 : 2);
  if (!decoder.expectOperands(operands))
    return;
  instr.opClass = OpClass::Atomic;
  instr.dst[0] = hasResult ? decoder.destination(0, bytes) : noReg;
  placeAddress(decoder, first);
  instr.src[1] = decoder.source(first + 1, bytes);
  instr.src[2] = op == 7 ? decoder.source(first + 2, bytes) : instr.src[1];
  instr.exec = execOf(op, instr.type);
}

} // namespace

void ptxsim::addAtomicRules(RuleTable &table) {
  table["atom"] = [](Decoder &decoder) { atomicRule(decoder, true); };
  table["red"] = [](Decoder &decoder) { atomicRule(decoder, false); };
}
