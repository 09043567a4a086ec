// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The file of measured times, its keys, and the choice by them.

#include "codegen/kernels/Timings.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

namespace targets = quench::targets;
using namespace quench::kernels;
using testing::HasSubstr;
using testing::StartsWith;

namespace {

Problem convProblem(int size, int ic, int oc) {
  qrt_conv2d p = {};
  p.batch = 1;
  p.in_h = p.in_w = p.out_h = p.out_w = size;
  p.in_c = ic;
  p.out_c = oc;
  p.kernel_h = p.kernel_w = 1;
  p.stride_h = p.stride_w = 1;
  p.dilation_h = p.dilation_w = 1;
  p.groups = 1;
  p.out = {0, -128, 127};
  return {Op::Conv2D, p};
}

const targets::Target &target(std::string_view name) {
  return *targets::findTarget(name);
}

TEST(Timings, ProblemTextHasWhatMattersForSpeed) {
  Problem problem = convProblem(14, 64, 96);
  const std::string text = problemText(problem);
  EXPECT_EQ(text, "conv2d s8 1x14x14x64 -> 1x14x14x96 kernel 1x1 stride 1x1 "
                  "dilation 1x1 pad 0x0 groups 1");
  // Values do not matter, nor what is known of them.
  auto &conv = std::get<qrt_conv2d>(problem.params);
  conv.in_zero = -3;
  conv.out = {5, -100, 100};
  conv.bias_bits = 16;
  problem.hasBias = true;
  problem.filterMax = 3;
  problem.filterSum = 40;
  problem.largestProduct = 5;
  EXPECT_EQ(problemText(problem), text);
  problem.hasResidual = true;
  problem.filterBits = 4;
  problem.filterGroup = 32;
  problem.codes = {8, 8, 16};
  EXPECT_EQ(problemText(problem),
            "conv2d s8:s8:s16 1x14x14x64 -> 1x14x14x96 kernel 1x1 stride 1x1 "
            "dilation 1x1 pad 0x0 groups 1 residual w4 group 32");
}

// Each field that the loops depend on makes another problem.
TEST(Timings, ProblemTextTellsSizesApart) {
  static constexpr int32_t qrt_conv2d::*fields[] = {
      &qrt_conv2d::batch,      &qrt_conv2d::in_h,     &qrt_conv2d::in_w,
      &qrt_conv2d::in_c,       &qrt_conv2d::out_h,    &qrt_conv2d::out_w,
      &qrt_conv2d::out_c,      &qrt_conv2d::kernel_h, &qrt_conv2d::kernel_w,
      &qrt_conv2d::stride_h,   &qrt_conv2d::stride_w, &qrt_conv2d::dilation_h,
      &qrt_conv2d::dilation_w, &qrt_conv2d::pad_top,  &qrt_conv2d::pad_left,
      &qrt_conv2d::groups};
  std::set<std::string> texts = {problemText(convProblem(14, 64, 96))};
  for (auto field : fields) {
    Problem problem = convProblem(14, 64, 96);
    std::get<qrt_conv2d>(problem.params).*field += 2;
    EXPECT_TRUE(texts.insert(problemText(problem)).second);
  }
}

// Where a target has a choice, its times can be remembered.
TEST(Timings, OpsWithAChoiceHaveText) {
  const struct {
    Op op;
    Params params;
  } table[] = {
      {Op::Conv2D,    qrt_conv2d{}},
      {Op::Add,       qrt_add_nd{}},
      {Op::Mul,       qrt_mul_nd{}},
      {Op::MaxPool2D, qrt_pool2d{}},
      {Op::AvgPool2D, qrt_pool2d{}},
  };
  std::set<Op> named;
  for (const auto &[op, params] : table) {
    EXPECT_THAT(problemText({op, params}), StartsWith(opName(op)));
    named.insert(op);
  }
  const auto family = [](const Kernel &kernel) {
    return targets::findTarget(kernel.isa)->family;
  };
  for (const Kernel &a : kernels())
    for (const Kernel &b : kernels())
      if (&a != &b && a.op == b.op && a.codes == b.codes && a.isEmitted() &&
          b.isEmitted() && family(a) == family(b))
        EXPECT_TRUE(named.count(a.op)) << opName(a.op);
}

TEST(Timings, FileRoundTripIsSorted) {
  TimingsFile file;
  file.cpus["B: avx2"].set("conv2d b", "k2", 12.3456);
  file.cpus["B: avx2"].set("conv2d b", "k1", 3);
  file.cpus["B: avx2"].set("conv2d a", "k1", 0.0001);
  file.cpus["A (x): avx2 avx512vnni"].set("conv2d a", "k1", 1e6);
  const std::string text = file.print();
  EXPECT_EQ(text, "quench timings 1\n"
                  "# Microseconds of a call, by CPU and problem.\n"
                  "\n"
                  "cpu A (x): avx2 avx512vnni\n"
                  "problem conv2d a\n"
                  "1000000.000 k1\n"
                  "\n"
                  "cpu B: avx2\n"
                  "problem conv2d a\n"
                  "0.001 k1\n"
                  "problem conv2d b\n"
                  "3.000 k1\n"
                  "12.346 k2\n");
  std::string error;
  const auto read = TimingsFile::parse(text, error);
  ASSERT_TRUE(read) << error;
  EXPECT_EQ(read->print(), text);
  // What was set is what is read: the choice does not change with the file.
  EXPECT_EQ(read->cpus.at("B: avx2").find("conv2d b", "k2"),
            file.cpus.at("B: avx2").find("conv2d b", "k2"));
  EXPECT_FALSE(read->cpus.at("B: avx2").find("conv2d b", "k3"));
  EXPECT_FALSE(read->cpus.at("B: avx2").find("conv2d c", "k1"));
}

TEST(Timings, BadLinesAreNamed) {
  const struct {
    const char *text;
    const char *error;
  } table[] = {
      {"\n",                                                 "line 1: expected 'quench timings 1', found ''"},
      {"quench timings 2\n",                                 "line 1: expected 'quench timings 1', found "
                             "'quench timings 2'"                               },
      {"quench timings 1\n\n# x\nproblem p\n",
       "line 4: expected a line 'cpu' before 'problem'"                                                     },
      {"quench timings 1\ncpu c\n1.0 k\n",
       "line 3: expected a line 'problem' before '1.0'"                                                     },
      {"quench timings 1\ncpu c\nproblem p\ncpu d\n1.0 k\n",
       "line 5: expected a line 'problem' before '1.0'"                                                     },
      {"quench timings 1\ncpu c\nproblem p\n1.0us k\n",
       "line 4: expected microseconds, found '1.0us'"                                                       },
      {"quench timings 1\ncpu c\nproblem p\n-1 k\n",
       "line 4: expected microseconds, found '-1'"                                                          },
      {"quench timings 1\ncpu c\nproblem p\nnan k\n",
       "line 4: expected microseconds, found 'nan'"                                                         },
      {"quench timings 1\ncpu c\nproblem p\n1.0\n",
       "line 4: expected 'cpu', 'problem' or microseconds and what they are "
       "of, found '1.0'"                                                                                    },
      {"quench timings 1\ncpu c\nproblem p\n1 k\n2 k\n",
       "line 5: a second time of k"                                                                         },
      {"quench timings 1\ncpu c\nproblem p\n1 k",
       "line 4: its end is missing: the file was cut"                                                       },
  };
  for (const auto &row : table) {
    std::string error;
    EXPECT_FALSE(TimingsFile::parse(row.text, error)) << row.text;
    EXPECT_EQ(error, row.error);
  }
  std::string error;
  EXPECT_TRUE(TimingsFile::parse("quench timings 1", error));
}

TEST(Timings, EveryTargetHasACpu) {
  // A line of all features runs every row of the table.
  const std::string all = cpuText("x", ~0u);
  for (const targets::Target &target : targets::targetTable)
    EXPECT_TRUE(cpuRuns(all, target)) << target.name << ": " << all;
}

TEST(Timings, CpuThatCountsForATarget) {
  EXPECT_EQ(cpuText("A: 1", targets::FeatureAvx2 | targets::FeatureAvx512Vnni),
            "A  1: avx2 avx512vnni");
  TimingsFile file;
  const std::string own = cpuText("Own", targets::FeatureAvx2);
  const std::string other =
      cpuText("Other", targets::FeatureAvx2 | targets::FeatureAvx512Vnni);
  const Timings *first = &file.cpus[other];
  const auto &avx2 = target("x86_avx2"), &vnni = target("x86_avx512vnni");
  // Times of another machine do not stand in for those that can be measured.
  EXPECT_EQ(file.timesFor(own, avx2), nullptr);
  EXPECT_EQ(file.timesFor(own, vnni), first);
  EXPECT_EQ(file.timesFor("", avx2), first);
  EXPECT_EQ(file.timesFor(own, target("x86_avxvnni")), nullptr);
  file.cpus[own];
  EXPECT_EQ(file.timesFor(own, avx2), &file.cpus[own]);
}

/// Times of all candidates: `slow`, but `fast` for one of them.
Timings timesOf(const Problem &problem, const targets::Target &target,
                const std::string &fastest, double slow, double fast) {
  Timings timings;
  for (const Kernel *kernel : candidates(problem, target).kernels)
    timings.set(problemText(problem), kernel->symbol,
                kernel->symbol == fastest ? fast : slow);
  return timings;
}

TEST(Timings, FastestIsSelected) {
  const Problem problem = convProblem(14, 256, 256);
  const auto &vnni = target("x86_avx512vnni");
  const Selection model = select(problem, vnni);
  EXPECT_EQ(model.time, 0);
  const Candidates all = candidates(problem, vnni);
  ASSERT_GT(all.kernels.size(), 2u);
  for (const Kernel *kernel : all.kernels) {
    const Timings timings = timesOf(problem, vnni, kernel->symbol, 10, 7);
    const Selection selection = select(problem, vnni, {&timings});
    EXPECT_EQ(selection.kernel, kernel);
    EXPECT_EQ(selection.time, 7);
    EXPECT_EQ(selection.modelTime, kernel == model.kernel ? 7 : 10);
    EXPECT_EQ(selection.cost, kernel->cost(problem, vnni));
    EXPECT_THAT(selection.reason, StartsWith(kernel->symbol + ": 7.000 us, "));
    EXPECT_THAT(selection.reason, HasSubstr(": 10.000 us, "));
    // The same lines, the choice first.
    EXPECT_EQ(
        std::count(selection.reason.begin(), selection.reason.end(), '\n'),
        std::count(model.reason.begin(), model.reason.end(), '\n'));
    EXPECT_NE(selection.reason.back(), '\n');
  }
}

// Timed are filters of which no pair is multiplied apart.
TEST(Timings, SplitPairsTakeLongerThanMeasured) {
  Problem problem = convProblem(14, 256, 256);
  problem.splitPairs = 64;
  const auto &avx2 = target("x86_avx2");
  const Kernel &pairs = *findKernel("conv2d_pairs_s8_3x24x4_x86_avx2");
  Problem safe = problem;
  safe.splitPairs = 0;
  const double ratio = pairs.cost(problem, avx2) / pairs.cost(safe, avx2);
  EXPECT_GT(ratio, 1.4);
  const Timings timings = timesOf(problem, avx2, pairs.symbol, 14, 7);
  EXPECT_EQ(select(safe, avx2, {&timings}).time, 7);
  EXPECT_DOUBLE_EQ(select(problem, avx2, {&timings}).time, 7 * ratio);
}

TEST(Timings, TieIsTheModelsChoice) {
  const Problem problem = convProblem(14, 256, 256);
  const auto &vnni = target("x86_avx512vnni");
  const Kernel *model = select(problem, vnni).kernel;
  for (const Kernel *kernel : candidates(problem, vnni).kernels) {
    // Within 2 %, then beyond.
    Timings timings = timesOf(problem, vnni, kernel->symbol, 100, 98.5);
    EXPECT_EQ(select(problem, vnni, {&timings}).kernel, model);
    timings = timesOf(problem, vnni, kernel->symbol, 100, 97.5);
    EXPECT_EQ(select(problem, vnni, {&timings}).kernel, kernel);
  }
}

TEST(Timings, ModelChoosesWhereATimeIsMissing) {
  const Problem problem = convProblem(14, 256, 256);
  const auto &vnni = target("x86_avx512vnni");
  const Selection model = select(problem, vnni);
  const std::vector<const Kernel *> all = candidates(problem, vnni).kernels;
  Timings timings;
  for (const Kernel *kernel : all)
    if (kernel != all.front())
      timings.set(problemText(problem), kernel->symbol,
                  kernel == all.back() ? 1 : 10);
  const Selection selection = select(problem, vnni, {&timings});
  EXPECT_EQ(selection.kernel, model.kernel);
  EXPECT_EQ(selection.reason, model.reason);
  EXPECT_EQ(selection.time, 0);
  // Nor do times of another problem count.
  const Problem other = convProblem(14, 256, 128);
  timings = timesOf(other, vnni, all.back()->symbol, 10, 1);
  EXPECT_EQ(select(problem, vnni, {&timings}).kernel, model.kernel);
}

// Groups that no emitted kernel unpacks are stored with 8 bits, and timed so.
TEST(Timings, CandidatesAreThoseThatSelectWouldCall) {
  Problem problem = convProblem(14, 256, 256);
  problem.filterBits = 4;
  problem.filterGroup = 32;
  for (const Kernel *kernel : candidates(problem, target("x86_avx2")).kernels)
    EXPECT_EQ(kernel->filterBits, 4);
  problem.codes = {8, 8, 16};
  const Candidates wide = candidates(problem, target("x86_avx2"));
  EXPECT_EQ(wide.problem.filterBits, 8);
  EXPECT_EQ(wide.problem.filterGroup, 0);
  ASSERT_FALSE(wide.kernels.empty());
  EXPECT_EQ(wide.kernels.front()->filterBits, 8);
  EXPECT_TRUE(candidates(problem, target("scalar")).kernels.empty());
}

} // namespace
