// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The dot-product instructions of each level: what one of them multiplies, how
// often it issues, and its quirks as numbers. Schedules and the cost model read
// these rows; the spelling of the instruction is in codegen/kernels/isa.

#ifndef QUENCH_CODEGEN_TARGETS_DOT_H
#define QUENCH_CODEGEN_TARGETS_DOT_H

#include "codegen/targets/Targets.h"

namespace quench::targets {

enum class ElementType { S8, U8, S16 };

/// acc[lane] += sum over i < k of a[lane * k + i] * b[lane * k + i], int32.
struct DotInstruction {
  std::string_view isa;
  std::string_view mnemonic;
  ElementType a; // activations
  ElementType b; // weights
  /// int32 accumulators in one vector and products added to each.
  int lanes;
  int k;
  /// Added to A before the dot; the packed bias takes it back.
  int biasA;
  /// Multiply-accumulates a cycle of one core with every operand in
  /// registers. Zen 4, measured: 62 with VPDPBUSD (one zmm or two ymm a cycle
  /// is 64), 25 with VPMADDWD + VPADDD, 32 with VPMADDUBSW, VPMADDWD and
  /// VPADDD. Chips with two zmm ports do twice the first; only ratios between
  /// rows matter to selection.
  double macsPerCycle;
};

inline constexpr DotInstruction dotTable[] = {
    {"x86_avx512vnni", "vpdpbusd zmm",          ElementType::U8,  ElementType::S8,  16, 4,
     128,                                                                                       64},
    {"x86_avxvnni",    "vpdpbusd ymm",          ElementType::U8,  ElementType::S8,  8,  4, 128,
     64                                                                                           },
    {"x86_avx2",       "vpmaddwd ymm",          ElementType::S16, ElementType::S16, 8,  2, 0,
     25                                                                                           },
    {"arm_i8mm",       "smmla",                 ElementType::S8,  ElementType::S8,  4,  8, 0,   64},
    {"arm_dotprod",    "sdot",                  ElementType::S8,  ElementType::S8,  4,  4, 0,   32},
    {"arm_neon",       "smull, smlal2, sadalp", ElementType::S8,  ElementType::S8,  4,
     4,                                                                                    0,   10},
    {"armv7_neon",     "vmull, vmlal, vpadal",  ElementType::S8,  ElementType::S8,  4,
     4,                                                                                    0,   10},
    // Of one tensor core instruction of a warp; codegen/targets/Gpu.h has rates.
    {"cuda_sm90",      "mma.sync m16n8k32",     ElementType::S8,  ElementType::S8,  4,  32, 0,  1 },
    {"cuda_sm80",      "mma.sync m16n8k32",     ElementType::S8,  ElementType::S8,  4,  32, 0,  1 },
    {"cuda_sm75",      "mma.sync m8n8k16",      ElementType::S8,  ElementType::S8,  2,  16, 0,  1 },
    // One multiply-accumulate a cycle is what compilers make of runtime/ref.
    {"scalar",         "imul",                  ElementType::S8,  ElementType::S8,  1,  1, 0,   1 },
};

/// Others that a level has: for activations of 16 bits and weights of 8,
/// widened on load, which is half as many products; and for 8-bit codes and
/// weights of which no two products saturate.
inline constexpr DotInstruction otherDotTable[] = {
    {"x86_avx512vnni", "vpdpwssd zmm",   ElementType::S16, ElementType::S16, 16,
     2,                                                                             0,   32},
    {"x86_avxvnni",    "vpdpwssd ymm",   ElementType::S16, ElementType::S16, 8,  2, 0,
     32                                                                                    },
    {"x86_avx2",       "vpmaddubsw ymm", ElementType::U8,  ElementType::S8,  8,  4, 128,
     32                                                                                    },
    {"arm_neon",       "smlal",          ElementType::S16, ElementType::S16, 4,  2, 0,   8 },
    {"armv7_neon",     "vmlal",          ElementType::S16, ElementType::S16, 4,  2, 0,   8 },
};

/// The row of an ISA level, or nullptr.
constexpr const DotInstruction *findDot(std::string_view isa) {
  for (const DotInstruction &row : dotTable)
    if (row.isa == isa)
      return &row;
  return nullptr;
}

/// The row of an ISA level whose dots have `k` products, or nullptr.
constexpr const DotInstruction *findDot(std::string_view isa, int k) {
  if (const DotInstruction *dot = findDot(isa); dot && dot->k == k)
    return dot;
  for (const DotInstruction &row : otherDotTable)
    if (row.isa == isa && row.k == k)
      return &row;
  return nullptr;
}

namespace detail {
constexpr bool everyTargetHasADot() {
  for (const Target &target : targetTable) {
    const DotInstruction *dot = findDot(target.name);
    if (!dot || dot->lanes * 4 > target.vectorBytes)
      return false;
  }
  return std::size(dotTable) == std::size(targetTable);
}
} // namespace detail

static_assert(detail::everyTargetHasADot(),
              "one dot row a target, its accumulators fit one vector");

} // namespace quench::targets

#endif // QUENCH_CODEGEN_TARGETS_DOT_H
