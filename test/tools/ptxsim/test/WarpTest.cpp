// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Instructions of a whole warp against the tables of the PTX ISA manual
// ("Matrix Fragments for mma", "ldmatrix", "shfl.sync") as loops over rows and
// columns.

#include "test/tools/ptxsim/test/Harness.h"

#include <gmock/gmock.h>

#include <random>

using namespace ptxsim::test;
using testing::HasSubstr;

namespace {

constexpr int lanes = 32;

/// Loads `words` words of each lane into %r10 and up, from in + lane * words
/// * 4.
std::string loadWords(int words) {
  std::string text = "  mul.wide.u32 %rd2, %r0, " + std::to_string(4 * words) +
                     ";\n  add.s64 %rd2, %rd1, %rd2;\n";
  for (int i = 0; i < words; ++i)
    text += "  ld.global.u32 %r" + std::to_string(10 + i) + ", [%rd2+" +
            std::to_string(4 * i) + "];\n";
  return text;
}
/// Stores `words` registers from %r20 on to out + lane * words * 4.
std::string storeWords(int words) {
  std::string text = "  mul.wide.u32 %rd3, %r0, " + std::to_string(4 * words) +
                     ";\n  add.s64 %rd3, %rd0, %rd3;\n";
  for (int i = 0; i < words; ++i)
    text += "  st.global.u32 [%rd3+" + std::to_string(4 * i) + "], %r" +
            std::to_string(20 + i) + ";\n";
  return text;
}

void fillRandom(Program &program, size_t bytes) {
  std::mt19937 random(3);
  for (size_t i = 0; i < bytes; ++i)
    program.in<uint8_t>()[i] = static_cast<uint8_t>(random());
}

int code(uint8_t byte, bool isSigned) {
  return isSigned ? static_cast<int8_t>(byte) : byte;
}

/// D = A B + C of 16 x 8 x 32: a lane has a0 to a3, b0, b1, c0 to c3.
void expectLargeProduct(const std::string &types, bool aSigned, bool bSigned) {
  SCOPED_TRACE(types);
  Program program(kernelText(
      loadWords(10) + "  mma.sync.aligned.m16n8k32.row.col.s32." + types +
      ".s32 {%r20, %r21, %r22, %r23}, {%r10, %r11, %r12, %r13}, {%r14, %r15}, "
      "{%r16, %r17, %r18, %r19};\n" +
      storeWords(4)));
  fillRandom(program, lanes * 40);
  // One sum near the end of int32, which wraps.
  program.in<uint32_t>()[6] = 0x7FFFFFF0u;
  ASSERT_EQ(program.run(), "");
  const uint8_t *in = program.in<uint8_t>();
  auto a = [&](int row, int k) {
    const int lane = row % 8 * 4 + k % 16 / 4;
    return code(in[lane * 40 + (row / 8 + k / 16 * 2) * 4 + k % 4], aSigned);
  };
  auto b = [&](int k, int column) {
    const int lane = column * 4 + k % 16 / 4;
    return code(in[lane * 40 + 16 + k / 16 * 4 + k % 4], bSigned);
  };
  for (int row = 0; row < 16; ++row)
    for (int column = 0; column < 8; ++column) {
      const int lane = row % 8 * 4 + column / 2;
      const int element = row / 8 * 2 + column % 2;
      uint32_t sum = program.in<uint32_t>()[lane * 10 + 6 + element];
      for (int k = 0; k < 32; ++k)
        sum += static_cast<uint32_t>(a(row, k) * b(k, column));
      ASSERT_EQ(program.out<uint32_t>()[lane * 4 + element], sum)
          << row << ", " << column;
    }
}

TEST(PtxWarp, MultipliesMatricesOf16x8x32) {
  expectLargeProduct("s8.s8", true, true);
  expectLargeProduct("u8.s8", false, true);
  expectLargeProduct("s8.u8", true, false);
  expectLargeProduct("u8.u8", false, false);
}

TEST(PtxWarp, MultipliesMatricesOf8x8x16) {
  Program program(kernelText(loadWords(4) +
                             "  mma.sync.aligned.m8n8k16.row.col.s32.s8.s8.s32 "
                             "{%r20, %r21}, {%r10}, {%r11}, {%r12, %r13};\n" +
                             storeWords(2)));
  fillRandom(program, lanes * 16);
  ASSERT_EQ(program.run(), "");
  const uint8_t *in = program.in<uint8_t>();
  for (int row = 0; row < 8; ++row)
    for (int column = 0; column < 8; ++column) {
      const int lane = row * 4 + column / 2;
      uint32_t sum = program.in<uint32_t>()[lane * 4 + 2 + column % 2];
      for (int k = 0; k < 16; ++k)
        sum += static_cast<uint32_t>(
            code(in[(row * 4 + k / 4) * 16 + k % 4], true) *
            code(in[(column * 4 + k / 4) * 16 + 4 + k % 4], true));
      ASSERT_EQ(program.out<uint32_t>()[lane * 2 + column % 2], sum);
    }
}

// Lane l gives the address of row l % 8 of matrix l / 8, and gets of each
// matrix word l % 4 of row l / 4. Here rows lie backwards.
TEST(PtxWarp, LoadsFourMatrices) {
  Program program(
      kernelText(loadWords(4) +
                     "  mov.u32 %r1, buffer;\n  mad.lo.s32 %r2, %r0, 16, %r1;\n"
                     "  st.shared.v4.u32 [%r2], {%r10, %r11, %r12, %r13};\n"
                     "  bar.sync 0;\n  sub.s32 %r3, 31, %r0;\n"
                     "  mad.lo.s32 %r4, %r3, 16, %r1;\n"
                     "  ldmatrix.sync.aligned.m8n8.x4.shared.b16 "
                     "{%r20, %r21, %r22, %r23}, [%r4];\n" +
                     storeWords(4),
                 ".shared .align 16 .b8 buffer[512];\n"));
  fillRandom(program, 512);
  ASSERT_EQ(program.run(), "");
  for (int lane = 0; lane < lanes; ++lane)
    for (int matrix = 0; matrix < 4; ++matrix) {
      const int row = 31 - (matrix * 8 + lane / 4);
      EXPECT_EQ(program.out<uint32_t>()[lane * 4 + matrix],
                program.in<uint32_t>()[row * 4 + lane % 4]);
    }
  const auto &counts = program.device.statistics.at("k");
  EXPECT_EQ(counts.ldmatrix.wavefronts, 4u);
  EXPECT_EQ(counts.ldmatrix.minimum, 4u);
}

// Rows 128 bytes apart all begin in bank 0.
TEST(PtxWarp, CountsBankConflicts) {
  Program program(kernelText(
      "  mov.u32 %r1, buffer;\n  mad.lo.s32 %r2, %r0, 128, %r1;\n"
      "  st.shared.u32 [%r2], %r0;\n  bar.sync 0;\n  and.b32 %r3, %r0, 7;\n"
      "  mad.lo.s32 %r4, %r3, 128, %r1;\n"
      "  ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r20}, [%r4];\n",
      ".shared .align 16 .b8 buffer[4096];\n"));
  ASSERT_EQ(program.run(), "");
  const auto &counts = program.device.statistics.at("k");
  EXPECT_EQ(counts.ldmatrix.wavefronts, 8u);
  EXPECT_EQ(counts.ldmatrix.minimum, 1u);
  EXPECT_EQ(counts.storeShared.wavefronts, 32u);
}

// Words 32 bytes apart touch a sector each.
TEST(PtxWarp, CountsSectors) {
  Program program(
      kernelText("  mul.wide.u32 %rd2, %r0, 32;\n  add.s64 %rd2, %rd1, %rd2;\n"
                 "  ld.global.u32 %r10, [%rd2];\n"
                 "  mul.wide.u32 %rd3, %r0, 4;\n  add.s64 %rd3, %rd0, %rd3;\n"
                 "  st.global.u32 [%rd3], %r10;\n"));
  ASSERT_EQ(program.run(), "");
  const auto &counts = program.device.statistics.at("k");
  EXPECT_EQ(counts.loadGlobal.sectors, 32u);
  EXPECT_EQ(counts.loadGlobal.minimum, 4u);
  EXPECT_EQ(counts.storeGlobal.sectors, 4u);
}

TEST(PtxWarp, ShufflesInEveryMode) {
  const struct {
    const char *mode, *b, *c;
    int (*source)(int lane);
  } modes[] = {
      {"bfly", "5", "31", [](int lane) { return lane ^ 5; }                   },
      {"idx",  "9", "31", [](int) { return 9; }                               },
      {"up",   "3", "0",  [](int lane) { return lane < 3 ? lane : lane - 3; } },
      {"down", "4", "31", [](int lane) { return lane > 27 ? lane : lane + 4; }},
  };
  for (const auto &mode : modes) {
    SCOPED_TRACE(mode.mode);
    Program program(kernelText(loadWords(1) + "  shfl.sync." + mode.mode +
                               ".b32 %r20, %r10, " + mode.b + ", " + mode.c +
                               ", -1;\n" + storeWords(1)));
    fillRandom(program, lanes * 4);
    ASSERT_EQ(program.run(), "");
    for (int lane = 0; lane < lanes; ++lane)
      EXPECT_EQ(program.out<uint32_t>()[lane],
                program.in<uint32_t>()[mode.source(lane)]);
  }
}

TEST(PtxWarp, FourProductsOfBytes) {
  Program program(kernelText(loadWords(3) +
                             "  dp4a.s32.s32 %r20, %r10, %r11, %r12;\n" +
                             storeWords(1)));
  fillRandom(program, lanes * 12);
  ASSERT_EQ(program.run(), "");
  for (int lane = 0; lane < lanes; ++lane) {
    const uint8_t *in = program.in<uint8_t>() + lane * 12;
    uint32_t sum = program.in<uint32_t>()[lane * 3 + 2];
    for (int i = 0; i < 4; ++i)
      sum += static_cast<uint32_t>(code(in[i], true) * code(in[4 + i], true));
    EXPECT_EQ(program.out<uint32_t>()[lane], sum);
  }
}

// Half of the lanes copy, the others get zeros.
TEST(PtxWarp, CopiesOrZeros) {
  Program program(
      kernelText("  mov.u32 %r1, buffer;\n  mad.lo.s32 %r2, %r0, 16, %r1;\n"
                 "  mul.wide.u32 %rd2, %r0, 16;\n  add.s64 %rd2, %rd1, %rd2;\n"
                 "  and.b32 %r3, %r0, 1;\n  mul.lo.s32 %r3, %r3, 16;\n"
                 "  cp.async.cg.shared.global [%r2], [%rd2], 16, %r3;\n"
                 "  cp.async.commit_group;\n  cp.async.wait_group 0;\n"
                 "  ld.shared.v4.u32 {%r20, %r21, %r22, %r23}, [%r2];\n" +
                     storeWords(4),
                 ".shared .align 16 .b8 buffer[512];\n"));
  fillRandom(program, 512);
  ASSERT_EQ(program.run(), "");
  for (int i = 0; i < lanes * 4; ++i)
    EXPECT_EQ(program.out<uint32_t>()[i],
              i / 4 % 2 ? program.in<uint32_t>()[i] : 0u);
}

// Two blocks of two warps add to one place.
TEST(PtxWarp, AtomicsOfAllBlocksAdd) {
  Program program(kernelText("  atom.global.add.u32 %r10, [%rd0], %r0;\n"));
  program.out<uint32_t>()[0] = 5;
  ASSERT_EQ(program.run(64, 2), "");
  EXPECT_EQ(program.out<uint32_t>()[0], 5u + 2 * 63 * 64 / 2);
}

} // namespace
