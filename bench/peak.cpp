// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What one core of this machine can do at best: multiply-accumulates a second
// of the instructions kernels are made of, operands in registers, and bytes a
// second read from each cache. Prints `<name> <GMAC/s or GB/s>`, a line each,
// of what the CPU has.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

namespace {

constexpr float values[] = {1.25f, 0.75f};

// Twelve independent chains hide the latency of any of the instructions; the
// operands, registers 12 and 13, are the two numbers above in all lanes.
#define TWELVE(OP)                                                             \
  OP(0) OP(1) OP(2) OP(3) OP(4) OP(5) OP(6) OP(7) OP(8) OP(9) OP(10) OP(11)
#define CLOBBERED                                                              \
  "cc", "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",      \
      "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14"
#define LOOP(NAME, REG, OP)                                                    \
  void NAME(long times) {                                                      \
    asm volatile("vbroadcastss (%1), %%" REG "12\n"                            \
                 "vbroadcastss 4(%1), %%" REG "13\n"                           \
                 "1:\n" TWELVE(OP) "dec %0\n"                                  \
                                   "jnz 1b\n"                                  \
                                   "vzeroupper"                                \
                 : "+r"(times)                                                 \
                 : "r"(values)                                                 \
                 : CLOBBERED);                                                 \
  }
// Adds to register N what `CODE` makes of the operands.
#define INTO(CODE, REG, N) CODE " %%" REG "12, %%" REG "13, %%" REG #N "\n"
// Makes it in register 14 first, and adds that.
#define MADD(N)                                                                \
  "vpmaddwd %%ymm12, %%ymm13, %%ymm14\n"                                       \
  "vpaddd %%ymm14, %%ymm" #N ", %%ymm" #N "\n"
#define MADDUBS(N)                                                             \
  "vpmaddubsw %%ymm12, %%ymm13, %%ymm14\n"                                     \
  "vpmaddwd %%ymm13, %%ymm14, %%ymm14\n"                                       \
  "vpaddd %%ymm14, %%ymm" #N ", %%ymm" #N "\n"
#define BUSD_ZMM(N) INTO("vpdpbusd", "zmm", N)
#define BUSD_YMM(N) INTO("vpdpbusd", "ymm", N)
#define BUSD_VEX(N) INTO("%{vex%} vpdpbusd", "ymm", N)
#define WSSD_ZMM(N) INTO("vpdpwssd", "zmm", N)
#define WSSD_YMM(N) INTO("vpdpwssd", "ymm", N)
#define FMA_ZMM(N) INTO("vfmadd231ps", "zmm", N)
#define FMA_YMM(N) INTO("vfmadd231ps", "ymm", N)

LOOP(busdZmm, "zmm", BUSD_ZMM)
LOOP(busdYmm, "ymm", BUSD_YMM)
LOOP(busdVex, "ymm", BUSD_VEX)
LOOP(wssdZmm, "zmm", WSSD_ZMM)
LOOP(wssdYmm, "ymm", WSSD_YMM)
LOOP(maddubs, "ymm", MADDUBS)
LOOP(madd, "ymm", MADD)
LOOP(fmaZmm, "zmm", FMA_ZMM)
LOOP(fmaYmm, "ymm", FMA_YMM)

struct Row {
  const char *name;
  bool isThere;
  void (*run)(long times);
  int macs; // of one step of a chain
};

/// Seconds of the quickest of many calls.
template <typename Function>
double best(int tries, Function function) {
  double least = 1e9;
  for (int i = 0; i < tries; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    function();
    const std::chrono::duration<double> spent =
        std::chrono::steady_clock::now() - begin;
    least = std::min(least, spent.count());
  }
  return least;
}

void readYmm(const char *at, long blocks) {
  asm volatile("1:\n"
               "vmovups (%0), %%ymm0\n"
               "vmovups 32(%0), %%ymm1\n"
               "vmovups 64(%0), %%ymm2\n"
               "vmovups 96(%0), %%ymm3\n"
               "vmovups 128(%0), %%ymm4\n"
               "vmovups 160(%0), %%ymm5\n"
               "vmovups 192(%0), %%ymm6\n"
               "vmovups 224(%0), %%ymm7\n"
               "add $256, %0\n"
               "dec %1\n"
               "jnz 1b\n"
               "vzeroupper"
               : "+r"(at), "+r"(blocks)
               :
               : CLOBBERED);
}

void readZmm(const char *at, long blocks) {
  asm volatile("1:\n"
               "vmovups (%0), %%zmm0\n"
               "vmovups 64(%0), %%zmm1\n"
               "vmovups 128(%0), %%zmm2\n"
               "vmovups 192(%0), %%zmm3\n"
               "add $256, %0\n"
               "dec %1\n"
               "jnz 1b\n"
               "vzeroupper"
               : "+r"(at), "+r"(blocks)
               :
               : CLOBBERED);
}

/// Bytes a second, in billions, of reading `bytes` over and over.
double bandwidth(long bytes, bool isWide) {
  char *memory =
      static_cast<char *>(std::aligned_alloc(4096, static_cast<size_t>(bytes)));
  std::memset(memory, 1, static_cast<size_t>(bytes));
  const long repeats = std::max(1L, (1L << 22) / bytes);
  const double seconds = best(bytes > (1L << 24) ? 5 : 100, [&] {
    for (long i = 0; i < repeats; ++i)
      (isWide ? readZmm : readYmm)(memory, bytes / 256);
  });
  std::free(memory);
  return static_cast<double>(repeats * bytes) / seconds / 1e9;
}

} // namespace

int main() {
  const bool hasAvx512 =
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
  const bool hasVnni = hasAvx512 && __builtin_cpu_supports("avx512vnni");
  const bool hasAvx2 = __builtin_cpu_supports("avx2");
  const bool hasFma = __builtin_cpu_supports("fma");
  const Row rows[] = {
      {"vpdpbusd_zmm",        hasVnni,                           busdZmm, 64},
      {"vpdpbusd_ymm",        hasVnni,                           busdYmm, 32},
      {"vpdpbusd_ymm_vex",    __builtin_cpu_supports("avxvnni"), busdVex, 32},
      {"vpdpwssd_zmm",        hasVnni,                           wssdZmm, 32},
      {"vpdpwssd_ymm",        hasVnni,                           wssdYmm, 16},
      {"vpmaddubsw_wd_d_ymm", hasAvx2,                           maddubs, 32},
      {"vpmaddwd_d_ymm",      hasAvx2,                           madd,    16},
      {"vfmadd231ps_zmm",     hasAvx512,                         fmaZmm,  16},
      {"vfmadd231ps_ymm",     hasFma,                            fmaYmm,  8 },
  };
  for (const Row &row : rows) {
    if (!row.isThere)
      continue;
    constexpr long times = 1 << 15;
    const double seconds = best(100, [&] { row.run(times); });
    std::printf("%s %.1f\n", row.name, 12.0 * times * row.macs / seconds / 1e9);
  }
  if (!hasAvx2)
    return 0;
  // Half of a cache, so that it holds all of it.
  const long l1 = std::max(sysconf(_SC_LEVEL1_DCACHE_SIZE), 32L << 10);
  const long l2 = std::max(sysconf(_SC_LEVEL2_CACHE_SIZE), 256L << 10);
  std::printf("read_l1 %.1f\n", bandwidth(l1 / 2, hasAvx512));
  std::printf("read_l2 %.1f\n", bandwidth(l2 / 2, hasAvx512));
  std::printf("read_l3 %.1f\n", bandwidth(4 * l2, hasAvx512));
  std::printf("read_memory %.1f\n", bandwidth(256L << 20, hasAvx512));
  return 0;
}
