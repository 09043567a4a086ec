// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The numbers of the error report against values computed by hand.

#include "compiler/quantize/Metrics.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <cmath>

using namespace quench::quantize;
using testing::ElementsAre;
using testing::SizeIs;

namespace {

TEST(ErrorSums, SqnrAndCosineOfAKnownPair) {
  ErrorSums sums;
  sums.add({3.0f, 0.0f}, {3.0f, 1.0f});
  sums.add({0.0f, 4.0f}, {0.0f, 2.0f});
  EXPECT_EQ(sums.count, 4);
  // Signal 9 + 16, noise 1 + 4.
  EXPECT_DOUBLE_EQ(sums.sqnr(), 10 * std::log10(25.0 / 5.0));
  // 9 + 8 over sqrt(25 * 14).
  EXPECT_DOUBLE_EQ(sums.cosine(), 17 / std::sqrt(350.0));
}

TEST(ErrorSums, EdgesOfTheSqnr) {
  ErrorSums equal, fromNothing, toNothing, nothing;
  equal.add({1.0f}, {1.0f});
  EXPECT_EQ(equal.sqnr(), INFINITY);
  EXPECT_DOUBLE_EQ(equal.cosine(), 1);
  fromNothing.add({0.0f}, {1.0f});
  EXPECT_EQ(fromNothing.sqnr(), -INFINITY);
  EXPECT_DOUBLE_EQ(fromNothing.cosine(), 0);
  toNothing.add({2.0f}, {0.0f});
  EXPECT_DOUBLE_EQ(toNothing.sqnr(), 0);
  nothing.add({0.0f}, {0.0f});
  EXPECT_EQ(nothing.sqnr(), INFINITY);
  EXPECT_DOUBLE_EQ(nothing.cosine(), 1);
}

// Channels are the last axis: even elements one, odd elements the other.
TEST(ChannelSums, DriftAndSizeOfEachChannel) {
  ChannelSums sums;
  sums.add({1.0f, -8.0f, 2.0f, 8.0f}, {1.5f, -9.0f, 2.5f, 6.0f}, 2);
  sums.add({0.0f, 1.0f, 0.0f, 1.0f}, {0.0f, 1.0f, 1.0f, 1.0f}, 2);
  EXPECT_EQ(sums.perChannel, 4);
  EXPECT_DOUBLE_EQ(sums.mean(0), 2.0 / 4);
  EXPECT_DOUBLE_EQ(sums.mean(1), -3.0 / 4);
  EXPECT_EQ(sums.worst(), 1u);
  EXPECT_DOUBLE_EQ(sums.rms(), std::sqrt((0.25 + 0.5625) / 2));
  EXPECT_THAT(sums.largest, ElementsAre(2.0f, 8.0f));
}

TEST(ChannelSums, TellsDeadFromSmallChannels) {
  ChannelSums sums;
  // Dead, just below a 32nd of the largest, exactly a 32nd, the largest.
  sums.add({0.0f, 0.99f, -1.0f, 32.0f}, {5.0f, 0.99f, -1.0f, 32.0f}, 4);
  EXPECT_EQ(sums.dead(), 1);
  EXPECT_EQ(sums.small(), 1);
  sums.add({0.0f, 0.0f, 0.0f, 64.0f}, {0.0f, 0.0f, 0.0f, 64.0f}, 4);
  EXPECT_EQ(sums.dead(), 1);
  EXPECT_EQ(sums.small(), 2);
}

TEST(CodeUse, CountsClippingHalfAStepBeyondTheEnds) {
  CodeUse use(-128, 127);
  use.add(-128, -128.5); // rounds there: not clipped
  use.add(-128, -128.51);
  use.add(127, 127.5);
  use.add(127, 300);
  use.add(127, 128);
  EXPECT_EQ(use.clippedLow(), 1);
  EXPECT_EQ(use.clippedHigh(), 2);
  EXPECT_DOUBLE_EQ(use.clippedShare(), 3.0 / 5);
  EXPECT_DOUBLE_EQ(use.rangeUse(), 1);
}

TEST(CodeUse, RangeUseIsFromTheSmallestToTheLargestCode) {
  CodeUse use(-128, 127);
  EXPECT_DOUBLE_EQ(use.rangeUse(), 0);
  use.add(10, 10);
  use.add(-21, -21);
  EXPECT_DOUBLE_EQ(use.rangeUse(), 32.0 / 256);
}

TEST(CodeUse, HasAtMost64BarsForAnyGrid) {
  CodeUse bytes(-128, 127), narrow(-127, 127), words(-32768, 32767), few(-8, 7);
  EXPECT_EQ(bytes.codesPerBar(), 4);
  EXPECT_THAT(bytes.bars(), SizeIs(64));
  EXPECT_THAT(narrow.bars(), SizeIs(64)); // the last one stands for 3
  EXPECT_EQ(words.codesPerBar(), 1024);
  EXPECT_THAT(words.bars(), SizeIs(64));
  EXPECT_EQ(few.codesPerBar(), 1);
  EXPECT_THAT(few.bars(), SizeIs(16));
  for (int code : {-128, -125, -124, 127})
    bytes.add(code, code);
  EXPECT_EQ(bytes.bars()[0], 2);
  EXPECT_EQ(bytes.bars()[1], 1);
  EXPECT_EQ(bytes.bars()[63], 1);
}

TEST(RangeTrack, KeepsTheRangeSoFar) {
  RangeTrack track;
  track.add({1.0f, 2.0f});
  track.add({1.5f});
  track.add({-3.0f, 9.0f});
  ASSERT_THAT(track.points(), SizeIs(3));
  EXPECT_EQ(track.points()[1].min, 1.0f);
  EXPECT_EQ(track.points()[1].max, 2.0f);
  EXPECT_EQ(track.points()[2].min, -3.0f);
  EXPECT_EQ(track.points()[2].max, 9.0f);
}

// However many samples: bounded memory, the samples in order, the last present.
TEST(RangeTrack, ThinsItselfAndEndsWithTheLastSample) {
  RangeTrack track;
  for (int sample = 1; sample <= 1000; ++sample) {
    track.add({float(-sample), float(sample)});
    ASSERT_LE(track.points().size(), RangeTrack::maxPoints);
    ASSERT_EQ(track.points().back().samples, sample);
  }
  EXPECT_GE(track.points().size(), RangeTrack::maxPoints / 2);
  int64_t before = 0;
  for (const RangeTrack::Point &point : track.points()) {
    EXPECT_GT(point.samples, before);
    EXPECT_EQ(point.max, float(point.samples));
    EXPECT_EQ(point.min, float(-point.samples));
    before = point.samples;
  }
}

TEST(RegainedDecibels, NoisePowersAddUp) {
  // Without the 3 of 4, a fourth of the noise is left: 6.02 dB.
  const std::vector<double> regained = regainedDecibels({3.0, 1.0, 0.0});
  EXPECT_NEAR(regained[0], 6.0206, 1e-4);
  EXPECT_NEAR(regained[1], 10 * std::log10(4.0 / 3.0), 1e-12);
  EXPECT_EQ(regained[2], 0);
}

TEST(RegainedDecibels, TheOnlyErrorIsAllOfIt) {
  EXPECT_THAT(regainedDecibels({0.0, 2.0}), ElementsAre(0, INFINITY));
  EXPECT_THAT(regainedDecibels({0.0, 0.0}), ElementsAre(0, 0));
}

} // namespace
