// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Growth of ranges, and what is said about it.

#include "compiler/quantize/Convergence.h"

#include "gmock/gmock.h"

#include <cmath>

using namespace quench::quantize;
using testing::HasSubstr;
using testing::Not;

namespace {

Trajectory trajectory(const char *name, std::vector<RangeAt> points) {
  return {name, std::move(points)};
}

TEST(Convergence, GrowthIsThatOfTheLastDoubling) {
  // 40 samples: 32 are more than two thirds, so 16 stand for half.
  EXPECT_DOUBLE_EQ(
      lastGrowth(trajectory(
          "x",
          {
              {8,  {0, 1} },
              {16, {-1, 3}},
              {32, {-2, 4}},
              {40, {-2, 5}}
  })),
      0.75);
  // 48: 32 are two thirds.
  EXPECT_DOUBLE_EQ(
      lastGrowth(trajectory("x",
                            {
                                {16, {-1, 3}},
                                {32, {-2, 4}},
                                {48, {-2, 7}}
  })),
      0.5);
}

TEST(Convergence, ShrinkingIsNoGrowth) {
  EXPECT_EQ(lastGrowth(trajectory("x",
                                  {
                                      {1, {-4, 4}},
                                      {2, {-3, 2}}
  })),
            0);
  // One side grows, the other shrinks: the shrunk one does not pay for it.
  EXPECT_EQ(lastGrowth(trajectory("x",
                                  {
                                      {1, {-4, 4}},
                                      {2, {-3, 6}}
  })),
            0.25);
}

TEST(Convergence, FromNothingIsInfinite) {
  EXPECT_TRUE(
      std::isinf(lastGrowth(trajectory("x", {
                                                {1, {2, 2}},
                                                {2, {2, 3}}
  }))));
  EXPECT_EQ(lastGrowth(trajectory("x",
                                  {
                                      {1, {2, 2}},
                                      {2, {2, 2}}
  })),
            0);
}

TEST(Convergence, OneSampleCannotTell) {
  CalibrationLog log;
  log.samples = 1;
  log.tensors = {
      trajectory("x", {{1, {0, 1}}}
       )
  };
  EXPECT_EQ(lastGrowth(log.tensors[0]), 0);
  EXPECT_THAT(describeConvergence(log), HasSubstr("1 sample cannot tell"));
}

TEST(Convergence, TextHasTheWorstFirst) {
  CalibrationLog log;
  log.samples = 4;
  auto add = [&](const char *name, float last) {
    log.tensors.push_back(
        trajectory(name, {
                             {1, {0, 1}   },
                             {2, {0, 1}   },
                             {4, {0, last}}
    }));
  };
  add("little", 1.04f);
  add("some", 1.5f);
  add("most", 3);
  add("much", 2);
  const std::string text = describeConvergence(log, 5, 2);
  EXPECT_THAT(text, HasSubstr("3 of 4 ranges grew by more than 5.00 % from 2 "
                              "to 4 samples\n"
                              "  +200 %       [0.000, 1.000] to [0.000, "
                              "3.000]  most\n"
                              "  +100 %       [0.000, 1.000] to [0.000, "
                              "2.000]  much\n"
                              "  and 1 more\n"
                              "  give more samples"));
  EXPECT_THAT(text, Not(HasSubstr("little")));
  EXPECT_THAT(describeConvergence(log, 300),
              HasSubstr("0 of 4 ranges grew by more than 300.00 % from 2 to 4 "
                        "samples\n  more samples of this kind would change "
                        "little\n"));
}

} // namespace
