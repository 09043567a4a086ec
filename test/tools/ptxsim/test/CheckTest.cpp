// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a device would not say: each check, by a kernel that deserves it.

#include "test/tools/ptxsim/test/Harness.h"

#include <gmock/gmock.h>

using namespace ptxsim;
using namespace ptxsim::test;
using testing::AllOf;
using testing::HasSubstr;

namespace {

/// The error of a body with a buffer of 1024 bytes in shared memory, whose
/// address is %r1 and, of this thread's word, %r2.
std::string errorOf(const std::string &body, int threads = 32) {
  Program program(kernelText("  mov.u32 %r1, buffer;\n"
                             "  mad.lo.s32 %r2, %r0, 4, %r1;\n" +
                                 body,
                             ".shared .align 16 .b8 buffer[1024];\n"));
  program.device.options.shared.uninitialised = true;
  return program.run(threads);
}

TEST(PtxChecks, GlobalBounds) {
  EXPECT_THAT(errorOf("  ld.global.u32 %r3, [%rd1+16384];\n"),
              AllOf(HasSubstr("kernel k"), HasSubstr("block (0, 0, 0)"),
                    HasSubstr("PTX line"), HasSubstr("ld.global.u32"),
                    HasSubstr("out of bounds")));
  EXPECT_THAT(errorOf("  st.global.u32 [%rd0+2], %r0;\n"),
              HasSubstr("misaligned"));
  EXPECT_THAT(errorOf("  mov.u64 %rd2, 64;\n  ld.global.u32 %r3, [%rd2];\n"),
              HasSubstr("no allocation"));
}

TEST(PtxChecks, GlobalUseAfterFree) {
  Program program(kernelText("  ld.global.u64 %rd2, [%rd1];\n"
                             "  st.global.u32 [%rd2], %r0;\n"));
  void *memory = program.device.memory.allocate(256);
  program.in<void *>()[0] = memory;
  EXPECT_EQ(program.run(1), "");
  program.device.memory.release(memory);
  EXPECT_THAT(program.run(1), HasSubstr("use after free"));
}

TEST(PtxChecks, SharedBounds) {
  EXPECT_THAT(errorOf("  st.shared.u32 [%r1+1024], %r0;\n"),
              HasSubstr("out of bounds: the block has 1024 bytes"));
  EXPECT_THAT(errorOf("  st.shared.u32 [%r1+2], %r0;\n"),
              HasSubstr("misaligned"));
  EXPECT_THAT(errorOf("  ld.shared.u32 %r3, [%r2];\n"),
              HasSubstr("nobody wrote"));
}

// Thread t writes word t and reads word 63 - t, of the other warp.
constexpr const char write[] = "  st.shared.u32 [%r2], %r0;\n";
constexpr const char readOther[] = "  sub.s32 %r3, 63, %r0;\n"
                                   "  mad.lo.s32 %r3, %r3, 4, %r1;\n"
                                   "  ld.shared.u32 %r4, [%r3];\n";

TEST(PtxChecks, SharedRaces) {
  const std::string barrier = "  bar.sync 0;\n";
  EXPECT_EQ(errorOf(write + barrier + readOther, 64), "");
  EXPECT_THAT(errorOf(write + std::string(readOther), 64),
              testing::AnyOf(HasSubstr("races"), HasSubstr("nobody wrote")));
  // Written again while the other warp may still read.
  EXPECT_THAT(
      errorOf(write + barrier + readOther + "  st.shared.u32 [%r2], %r4;\n",
              64),
      HasSubstr("races with"));
  EXPECT_EQ(errorOf(write + barrier + readOther + barrier +
                        "  st.shared.u32 [%r2], %r4;\n",
                    64),
            "");
  // All write one word: the same value does no harm, another does.
  EXPECT_EQ(errorOf("  st.shared.u32 [%r1], 7;\n", 64), "");
  EXPECT_THAT(errorOf("  st.shared.u32 [%r1], %r0;\n", 64),
              HasSubstr("races with the write of"));
}

/// A copy of this thread's 16 bytes.
constexpr const char copy[] = "  mad.lo.s32 %r5, %r0, 16, %r1;\n"
                              "  mul.wide.u32 %rd2, %r0, 16;\n"
                              "  add.s64 %rd2, %rd1, %rd2;\n"
                              "  cp.async.cg.shared.global [%r5], [%rd2], 16;\n"
                              "  cp.async.commit_group;\n";
constexpr const char readCopy[] = "  ld.shared.u32 %r6, [%r5];\n";

TEST(PtxChecks, CopiesArriveWhenAwaited) {
  const std::string wait0 = "  cp.async.wait_group 0;\n";
  const std::string wait1 = "  cp.async.wait_group 1;\n";
  EXPECT_EQ(errorOf(copy + wait0 + readCopy), "");
  EXPECT_THAT(errorOf(copy + std::string(readCopy)),
              HasSubstr("cp.async has not delivered"));
  // The newest group may still be under way; an empty one pushes it on.
  EXPECT_THAT(errorOf(copy + wait1 + readCopy),
              HasSubstr("cp.async has not delivered"));
  EXPECT_EQ(errorOf(copy + std::string("  cp.async.commit_group;\n") + wait1 +
                    readCopy),
            "");
  // What another thread copied needs a barrier, too.
  EXPECT_THAT(errorOf(copy + wait0 +
                          "  xor.b32 %r7, %r0, 32;\n"
                          "  mad.lo.s32 %r7, %r7, 16, %r1;\n"
                          "  ld.shared.u32 %r6, [%r7];\n",
                      64),
              testing::AnyOf(HasSubstr("races"), HasSubstr("not delivered"),
                             HasSubstr("nobody wrote")));
}

/// `instruction` for the lower half of a warp only.
std::string half(const std::string &instruction) {
  return "  setp.lt.u32 %p1, %r0, 16;\n  @!%p1 bra SKIP;\n  " + instruction +
         "\nSKIP:\n";
}

TEST(PtxChecks, Divergence) {
  EXPECT_THAT(errorOf(half("bar.sync 0;")), HasSubstr("divergent"));
  EXPECT_THAT(
      errorOf(write + std::string("  bar.sync 0;\n") +
              half("ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r4}, [%r1];")),
      HasSubstr("divergent"));
  EXPECT_THAT(
      errorOf(half("mma.sync.aligned.m8n8k16.row.col.s32.s8.s8.s32 {%r3, %r4}, "
                   "{%r5}, {%r6}, {%r7, %r8};")),
      HasSubstr("divergent"));
  EXPECT_THAT(errorOf(half("shfl.sync.idx.b32 %r3, %r0, 0, 31, -1;")),
              HasSubstr("divergent"));
}

TEST(PtxChecks, WarpsThatWaitForever) {
  // Warp 1 never comes to the barrier and never ends.
  const std::string body = "  setp.lt.u32 %p1, %r0, 32;\n  @%p1 bra WAIT;\n"
                           "LOOP:\n  bra LOOP;\nWAIT:\n  bar.sync 0;\n";
  Program program(kernelText(body));
  program.device.options.maxInstructions = 1000;
  EXPECT_THAT(program.run(64), HasSubstr("gave up"));
}

TEST(PtxChecks, ListsAllThatItDoesNotKnow) {
  Program program(kernelText("  ex2.approx.f32 %f1, %f0;\n"
                             "  add.s32 %r1, %r0, %r0;\n"
                             "  nonsense.b32 %r1;\n"));
  EXPECT_EQ(program.module, nullptr);
  EXPECT_THAT(program.error,
              AllOf(HasSubstr("ex2.approx.f32"), HasSubstr("nonsense"),
                    testing::Not(HasSubstr("add.s32"))));
}

TEST(PtxChecks, WarpsInReverseOrderShowWhatOrderHides) {
  // Warp 0 writes, warp 1 reads, without a barrier; races are not looked for.
  const std::string body =
      "  mov.u32 %r1, buffer;\n  setp.lt.u32 %p1, %r0, 32;\n"
      "  @%p1 st.shared.u32 [%r1], 7;\n  @%p1 bra DONE;\n"
      "  ld.shared.u32 %r3, [%r1];\n  st.global.u32 [%rd0], %r3;\nDONE:\n";
  for (bool reverse : {false, true}) {
    Program program(kernelText(body, ".shared .align 16 .b8 buffer[16];\n"));
    program.device.options.shared.races = false;
    program.device.options.reverse = reverse;
    ASSERT_EQ(program.run(64), "");
    EXPECT_EQ(program.out<uint32_t>()[0] == 7, !reverse);
  }
}

} // namespace
