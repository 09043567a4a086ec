// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// CPUID decoding on machines made of words, and on this one.

#include "qrt/cpu.h"
#include "runtime/src/cpuid.h"

#include "gtest/gtest.h"

namespace {

constexpr uint32_t avx = 1u << 28, avx2 = 1u << 5;
constexpr uint32_t f = 1u << 16, dq = 1u << 17, bw = 1u << 30, vl = 1u << 31;
constexpr uint32_t vnni = 1u << 11, avxvnni = 1u << 4;
constexpr uint32_t xmm = 2, ymm = 4, zmm = 0xE0;
constexpr uint32_t allAvx512 = f | dq | bw | vl;

struct CpuCase {
  const char *name;
  qrt_cpuid id; // leaf1 ecx, leaf7 ebx, leaf7 ecx, leaf7.1 eax, xcr0
  uint32_t features;
};

class CpuDecode : public testing::TestWithParam<CpuCase> {};

TEST_P(CpuDecode, GivesFeatures) {
  EXPECT_EQ(qrt_cpu_decode(&GetParam().id), GetParam().features);
}

INSTANTIATE_TEST_SUITE_P(
    Machines, CpuDecode,
    testing::Values(
        CpuCase{
            "nothing", {0, 0, 0, 0, 0},
             0
},
        CpuCase{"haswell", {avx, avx2, 0, 0, xmm | ymm}, QRT_CPU_AVX2},
        CpuCase{"sandyBridge", {avx, 0, 0, 0, xmm | ymm}, 0},
        CpuCase{"systemSavesNoYmm", {avx, avx2, 0, 0, xmm}, 0},
        CpuCase{"alderLake",
                {avx, avx2, 0, avxvnni, xmm | ymm},
                QRT_CPU_AVX2 | QRT_CPU_AVXVNNI},
        CpuCase{"iceLake",
                {avx, avx2 | allAvx512, vnni, 0, xmm | ymm | zmm},
                QRT_CPU_AVX2 | QRT_CPU_AVX512VNNI},
        CpuCase{"skylakeServerWithoutVnni",
                {avx, avx2 | allAvx512, 0, 0, xmm | ymm | zmm},
                QRT_CPU_AVX2},
        CpuCase{"systemSavesNoZmm",
                {avx, avx2 | allAvx512, vnni, avxvnni, xmm | ymm},
                QRT_CPU_AVX2 | QRT_CPU_AVXVNNI},
        CpuCase{"systemSavesNoUpperZmm",
                {avx, avx2 | allAvx512, vnni, 0, xmm | ymm | 0x60},
                QRT_CPU_AVX2},
        CpuCase{"noDoublewordExtension",
                {avx, avx2 | f | bw | vl, vnni, 0, xmm | ymm | zmm},
                QRT_CPU_AVX2},
        CpuCase{"sapphireRapids",
                {avx, avx2 | allAvx512, vnni, avxvnni, xmm | ymm | zmm},
                QRT_CPU_AVX2 | QRT_CPU_AVXVNNI | QRT_CPU_AVX512VNNI}),
    [](const auto &info) { return std::string(info.param.name); });

TEST(Cpu, AgreesWithTheCompilersRuntime) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  uint32_t features = qrt_cpu_features();
  EXPECT_EQ(features & QRT_CPU_AVX2 ? 1 : 0,
            __builtin_cpu_supports("avx2") ? 1 : 0);
  EXPECT_EQ(features & QRT_CPU_AVX512VNNI ? 1 : 0,
            __builtin_cpu_supports("avx512f") &&
                    __builtin_cpu_supports("avx512bw") &&
                    __builtin_cpu_supports("avx512dq") &&
                    __builtin_cpu_supports("avx512vl") &&
                    __builtin_cpu_supports("avx512vnni")
                ? 1
                : 0);
  EXPECT_EQ(qrt_cpu_features(), features) << "the second answer differs";
#else
  EXPECT_EQ(qrt_cpu_features(), 0u);
#endif
}

} // namespace
