// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One decoded instruction: what runs, on which registers.

#ifndef TEST_TOOLS_PTXSIM_INSTR_H
#define TEST_TOOLS_PTXSIM_INSTR_H

#include "test/tools/ptxsim/Types.h"

#include <array>
#include <vector>

namespace ptxsim {

class Warp;
struct Instr;

/// Executes `instr` for the lanes of `mask`, which is never empty.
using ExecFn = void (*)(Warp &warp, const Instr &instr, uint32_t mask);

/// What the statistics count instructions by.
enum class OpClass : uint8_t {
  Integer,
  Float,
  Compare,
  Convert,
  Move,
  LoadGlobal,
  StoreGlobal,
  LoadShared,
  StoreShared,
  LoadOther, ///< param, const, local
  StoreOther,
  Atomic,
  Mma,
  Ldmatrix,
  AsyncCopy,
  Barrier,
  Warp, ///< shuffles, votes
  Branch,
  Other,
  Count
};

const char *nameOf(OpClass opClass);

/// How control goes on. Everything but Next is handled by the scheduler.
enum class Flow : uint8_t { Next, Branch, BranchIndexed, Exit, Barrier, Trap };

/// State spaces of loads, stores and atomics.
enum class Space : uint8_t { Generic, Global, Shared, Local, Param, Const };

/// Registers are byte offsets into the warp's register file: 32 elements, lane
/// 0 first. Immediates and special registers are registers that nobody writes.
using Reg = uint32_t;
inline constexpr Reg noReg = ~0u;

struct Instr {
  ExecFn exec = nullptr;
  Reg guard = noReg;
  bool guardNegated = false;
  Flow flow = Flow::Next;
  OpClass opClass = OpClass::Other;
  Space space = Space::Generic;
  Type type = Type::B32; ///< of the operation or the memory element
  uint8_t vector = 1;    ///< elements per lane of ld, st; matrices of ldmatrix
  uint8_t registerBytes = 4; ///< of one lane of dst (ld, cvt) or src (st)
  uint8_t sourceBytes = 4;   ///< of one lane of src (cvt)
  uint32_t flags = 0;        ///< of the opcode's own; see its decoder
  uint32_t target = 0;       ///< instruction index, or table of BranchIndexed
  int64_t offset = 0;        ///< added to the address in src[0]
  int64_t offset2 = 0;       ///< added to the second address, of cp.async
  std::array<Reg, 8> dst{};
  std::array<Reg, 16> src{};
};

/// Where an instruction came from, for messages.
struct SourceLine {
  int line = 0;
  std::string text;
};

} // namespace ptxsim

#endif
