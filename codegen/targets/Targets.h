// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The machines Quench emits code for, one constexpr row each. Nothing else in
// the compiler asks "is this x86": it asks the row.

#ifndef QUENCH_CODEGEN_TARGETS_TARGETS_H
#define QUENCH_CODEGEN_TARGETS_TARGETS_H

#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace quench::targets {

/// CPU features a target needs, as a mask. The bits are those that
/// `qrt_cpu_features()` returns (qrt/cpu.h), so that a compiled model compares
/// one word at start.
enum Feature : uint32_t {
  FeatureNone = 0,
  FeatureAvx2 = 1u << 0,
  /// VPDPBUSD in its VEX encoding (Alder Lake and later, Zen 5).
  FeatureAvxVnni = 1u << 1,
  /// AVX512 F, BW, VL and VNNI together (Cascade Lake and later, Zen 4).
  FeatureAvx512Vnni = 1u << 2,
  /// SDOT and UDOT of AArch64 (ARMv8.2 option, ARMv8.4; Cortex-A55, A76,
  /// later).
  FeatureDotprod = 1u << 8,
  /// SMMLA of AArch64 (ARMv8.6; Cortex-A510, Neoverse V1, N2, later).
  FeatureI8mm = 1u << 9,
};

/// One machine family at one instruction set level.
struct Target {
  /// Name on the command line and suffix of kernel symbols.
  std::string_view name;
  /// One sentence for `quench targets`.
  std::string_view description;
  /// Targets of one family share a chain of fallbacks.
  std::string_view family;
  /// Language of the emitted source: "cpp" or "cuda".
  std::string_view language;
  /// The header of its intrinsics; empty where none are used.
  std::string_view header;
  /// Flags for whoever compiles kernels of this level without per-function
  /// attributes; empty where the baseline is enough. With neither attribute nor
  /// features, the flags of all that is compiled for the level.
  std::string_view compilerFlags;
  /// Operand of `__attribute__((target("...")))`; empty for the baseline.
  std::string_view attribute;
  /// Features the CPU must report before any kernel of this level may run.
  uint32_t features;
  /// Widest vector in bytes and the number of vector registers.
  int vectorBytes;
  int vectorRegisters;
  /// Data cache sizes in bytes that blocking aims at: the smaller of the
  /// common chips of the level, not the biggest.
  int l1Bytes;
  int l2Bytes;
};

/// All targets; within a family from best to most general. Sources: Intel 64
/// and IA-32 SDM vol. 1, 5.7 and 15 (registers, vector width); caches: Intel
/// Optimization Reference Manual 2.x (Skylake client 32 KiB / 256 KiB, Alder
/// Lake P 48 KiB / 1.25 MiB), AMD PPR family 19h (Zen 4 32 KiB / 1 MiB).
// clang-format off
inline constexpr Target targetTable[] = {
    {"x86_avx512vnni", "x86-64 with AVX512 VNNI (Cascade Lake, Zen 4, later)",
     "x86", "cpp", "immintrin.h",
     "-mavx512f -mavx512bw -mavx512vl -mavx512vnni",
     "avx512f,avx512bw,avx512vl,avx512vnni", FeatureAvx2 | FeatureAvx512Vnni,
     64, 32, 32 << 10, 1 << 20},
    {"x86_avxvnni", "x86-64 with AVX-VNNI (Alder Lake, Zen 5, later)",
     "x86", "cpp", "immintrin.h", "-mavx2 -mavxvnni",
     "avx2,avxvnni", FeatureAvx2 | FeatureAvxVnni,
     32, 16, 32 << 10, 1 << 20},
    {"x86_avx2", "x86-64 with AVX2 (Haswell, Zen, later)",
     "x86", "cpp", "immintrin.h", "-mavx2",
     "avx2", FeatureAvx2,
     32, 16, 32 << 10, 256 << 10},
    {"arm_i8mm",
     "AArch64 with 8-bit matrix products (Cortex-A510, Neoverse V1, later)",
     "aarch64", "cpp", "arm_neon.h", "-march=armv8.2-a+dotprod+i8mm",
     "arch=armv8.2-a+dotprod+i8mm", FeatureDotprod | FeatureI8mm,
     16, 32, 32 << 10, 256 << 10},
    {"arm_dotprod", "AArch64 with dot products (Cortex-A55, A76, later)",
     "aarch64", "cpp", "arm_neon.h", "-march=armv8.2-a+dotprod",
     "arch=armv8.2-a+dotprod", FeatureDotprod,
     16, 32, 32 << 10, 256 << 10},
    {"arm_neon", "AArch64 (Cortex-A53, A72, any)",
     "aarch64", "cpp", "arm_neon.h", "",
     "", FeatureNone,
     16, 32, 32 << 10, 256 << 10},
    {"armv7_neon", "32-bit ARM with Advanced SIMD (Cortex-A7, A15, later)",
     "armv7", "cpp", "arm_neon.h", "-march=armv7-a -mfpu=neon",
     "", FeatureNone,
     16, 16, 32 << 10, 256 << 10},
    {"cuda_sm90", "CUDA, compute capability 9.0 (Hopper, later)",
     "cuda", "cuda", "", "",
     "", FeatureNone,
     16, 255, 192 << 10, 50 << 20},
    {"cuda_sm80", "CUDA, compute capability 8.0 (Ampere, Ada, later)",
     "cuda", "cuda", "", "",
     "", FeatureNone,
     16, 255, 160 << 10, 40 << 20},
    {"cuda_sm75", "CUDA, compute capability 7.5 (Turing, later)",
     "cuda", "cuda", "", "",
     "", FeatureNone,
     16, 255, 64 << 10, 4 << 20},
    {"scalar", "any C++17 compiler: the reference kernels of libqrt",
     "any", "cpp", "", "",
     "", FeatureNone,
     4, 16, 16 << 10, 128 << 10},
};
// clang-format on

namespace detail {
constexpr bool namesAreUnique() {
  for (const Target &a : targetTable)
    for (const Target &b : targetTable)
      if (&a != &b && a.name == b.name)
        return false;
  return true;
}
constexpr bool scalarIsLast() {
  const Target &last = targetTable[std::size(targetTable) - 1];
  return last.name == "scalar" && last.features == FeatureNone;
}
constexpr bool featuresAndAttributesAgree() {
  for (const Target &target : targetTable)
    if ((target.features == FeatureNone) != target.attribute.empty())
      return false;
  return true;
}
} // namespace detail

static_assert(detail::namesAreUnique(), "a target is found by its name");
static_assert(detail::scalarIsLast(), "every chain ends in the scalar row");
static_assert(detail::featuresAndAttributesAgree(),
              "code that needs a feature needs the attribute, and only then");

/// The row called `name`, or nullptr.
const Target *findTarget(std::string_view name);

/// The levels whose kernels may run on `target`, best first, `scalar` last:
/// those of its language and family (or of any) that need no feature `target`
/// lacks. The levels of CUDA share their kernels, which are the last one's.
/// x86_avx512vnni -> x86_avx512vnni, x86_avx2, scalar.
std::vector<const Target *> isaChain(const Target &target);

/// Two of `names` (of rows) that one source cannot hold together: families have
/// headers of their own, and one build of CUDA has the code of all its levels.
/// Empty names if there are none.
std::pair<std::string_view, std::string_view>
strangers(const std::vector<std::string> &names);

/// Whether the code of `target` runs on a GPU.
constexpr bool isCuda(const Target &target) { return target.language == "cuda"; }

/// The family of the machine this is compiled for; "any" for others.
std::string_view hostFamily();

} // namespace quench::targets

#endif // QUENCH_CODEGEN_TARGETS_TARGETS_H
