// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What progress says. test/tools/quench/progress.test looks at the terminal.

#include "compiler/driver/Session.h"

#include "gtest/gtest.h"

using namespace quench;

namespace {

TEST(Progress, SaysHowLongOnlyWhereItTakesLong) {
  EXPECT_EQ(progressText(3, 60, 1.9), "3 of 60");
  EXPECT_EQ(progressText(3, std::nullopt, 1.9), "3");
  EXPECT_EQ(progressText(0, 60, 30), "0 of 60");
}

TEST(Progress, TimeLeftAtTheRateSoFar) {
  EXPECT_EQ(progressText(20, 60, 10), "20 of 60, 20 s left");
  EXPECT_EQ(progressText(60, 60, 30), "60 of 60, 0 s left");
}

TEST(Progress, RateWhereTheTotalIsUnknown) {
  EXPECT_EQ(progressText(20, std::nullopt, 8), "20, 2.5 a second");
}

} // namespace
