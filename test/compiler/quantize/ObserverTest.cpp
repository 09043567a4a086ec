// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Properties of every row of the observer registry, and the numbers of each.

#include "compiler/quantize/observers/Observer.h"
#include "compiler/quantize/observers/Extremes.h"

#include "gmock/gmock.h"

#include <algorithm>
#include <cfloat>
#include <random>
#include <vector>

using namespace quench::quantize;
using Sample = std::vector<float>;

namespace {

std::vector<Sample> randomSamples(unsigned seed, size_t count) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.5f, 2.0f);
  std::vector<Sample> samples(count);
  for (Sample &sample : samples) {
    sample.resize(1 + random() % 40);
    for (float &value : sample)
      value = normal(random);
  }
  return samples;
}

std::unique_ptr<Observer> seen(const ObserverRow &row,
                               llvm::ArrayRef<Sample> samples) {
  std::unique_ptr<Observer> observer = row.create({});
  for (const Sample &sample : samples)
    observer->observe(sample);
  return observer;
}

class EveryObserver : public testing::TestWithParam<ObserverRow> {};

std::string rowName(const testing::TestParamInfo<ObserverRow> &info) {
  return info.param.name.str();
}

TEST_P(EveryObserver, IsFoundByItsName) {
  const ObserverRow *row = findObserver(GetParam().name);
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->create, GetParam().create);
  EXPECT_THAT(observerNames(), testing::HasSubstr(GetParam().name.str()));
}

// There is nothing to leave out of three values; a step less at an end is what
// makes an error smaller.
TEST_P(EveryObserver, HasTheRangeOfItsOnlySample) {
  const Sample sample = {-3.0f, 7.5f, 0.25f};
  const auto observer = seen(GetParam(), {sample});
  const float step = 10.5f / 255;
  EXPECT_NEAR(observer->range().min, -3.0f, step);
  EXPECT_NEAR(observer->range().max, 7.5f, step);
  EXPECT_EQ(observer->samples(), 1);
}

// A tensor may be constant, one number, or nothing but zeros.
TEST_P(EveryObserver, HasTheRangeOfOneValue) {
  for (float value : {0.0f, -0.0f, 6.0f, -1e-30f, 1e-42f, FLT_MAX, -FLT_MAX})
    for (size_t count : {1, 1000}) {
      SCOPED_TRACE(testing::Message() << count << " times " << value);
      const auto observer = seen(GetParam(), {Sample(count, value)});
      EXPECT_EQ(observer->range(), (Range{value, value}));
      EXPECT_EQ(chooseRange(GetParam(), Sample(count, value), {}),
                (Range{value, value}));
    }
}

// Every scheme gets an answer inside the data, whatever the data are; for a
// constant it may end a little beyond them.
TEST_P(EveryObserver, AnswersForEveryScheme) {
  const Sample samples[] = {
      {-1, -2, -3},
      {1, 2, 3, 1e6f},
      {-1e-3f, 5, 5, 5},
      {0, 0, 0, 1},
      {-FLT_MAX, 1, FLT_MAX},
      {-1e-44f, 1e-44f},
  };
  for (int bits : {2, 3, 4, 8, 16})
    for (Symmetry symmetry :
         {Symmetry::Asymmetric, Symmetry::Symmetric, Symmetry::Narrow})
      for (const Sample &sample : samples) {
        ObserverOptions options;
        options.scheme = {bits, symmetry};
        auto observer = GetParam().create(options);
        observer->observe(sample);
        const Range all = extremes(sample);
        const Range range = observer->range();
        EXPECT_LE(range.min, range.max);
        EXPECT_GE(range.min, all.min);
        EXPECT_LE(range.max, all.max);
        const Range constant = chooseRange(GetParam(), sample, options);
        const float reach =
            std::min(1.2f * std::max(-all.min, all.max), FLT_MAX);
        EXPECT_LE(constant.min, constant.max);
        EXPECT_GE(constant.min, std::min(all.min, -reach));
        EXPECT_LE(constant.max, reach);
      }
}

// Whatever it leaves out, an observer never goes beyond the data.
TEST_P(EveryObserver, StaysInsideTheData) {
  const auto samples = randomSamples(1, 20);
  Range all{FLT_MAX, -FLT_MAX};
  for (const Sample &sample : samples)
    for (float value : sample)
      all = unite(all, {value, value});
  const Range range = seen(GetParam(), samples)->range();
  EXPECT_LE(range.min, range.max);
  EXPECT_GE(range.min, all.min);
  EXPECT_LE(range.max, all.max);
}

// Cut anywhere, shards merged in order are the whole.
TEST_P(EveryObserver, MergeIsConcatenation) {
  const auto samples = randomSamples(2, 12);
  const auto whole = seen(GetParam(), samples);
  for (size_t cut = 0; cut <= samples.size(); ++cut) {
    SCOPED_TRACE(cut);
    auto first = seen(GetParam(), llvm::ArrayRef(samples).take_front(cut));
    first->merge(*seen(GetParam(), llvm::ArrayRef(samples).drop_front(cut)));
    EXPECT_EQ(first->samples(), int64_t(samples.size()));
    EXPECT_FLOAT_EQ(first->range().min, whole->range().min);
    EXPECT_FLOAT_EQ(first->range().max, whole->range().max);
  }
}

TEST_P(EveryObserver, KeepsTheLargestFloats) {
  const auto observer = seen(GetParam(), {
                                             {-FLT_MAX, FLT_MAX}
  });
  EXPECT_LE(observer->range().min, -0.99f * FLT_MAX);
  EXPECT_GE(observer->range().max, 0.99f * FLT_MAX);
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryObserver,
                         testing::ValuesIn(observers().begin(),
                                           observers().end()),
                         rowName);

TEST(Observer, UnknownNameHasNoRow) {
  EXPECT_EQ(findObserver("minmax"), nullptr);
  EXPECT_EQ(findObserver(passiveObserver), nullptr);
}

// Ends at every place of a vector.
TEST(Extremes, AreThoseOfTheStandardLibrary) {
  for (size_t size = 1; size < 70; ++size)
    for (size_t place = 0; place < size; ++place) {
      Sample sample(size, 1);
      sample[place] = -2;
      sample[size - 1 - place] += 4;
      EXPECT_EQ(extremes(sample),
                (Range{*std::min_element(sample.begin(), sample.end()),
                       *std::max_element(sample.begin(), sample.end())}));
    }
}

TEST(MinMax, ContainsAllDataInAnyOrder) {
  auto samples = randomSamples(3, 15);
  const Range range = seen(*findObserver("min_max"), samples)->range();
  for (const Sample &sample : samples)
    for (float value : sample) {
      EXPECT_LE(range.min, value);
      EXPECT_GE(range.max, value);
    }
  std::reverse(samples.begin(), samples.end());
  EXPECT_EQ(seen(*findObserver("min_max"), samples)->range(), range);
}

// 10, then 0.9 * 10 + 0.1 * 20 = 11, then 0.9 * 11 + 0.1 * 0 = 9.9.
TEST(Ema, FollowsTheExtremesOfSamples) {
  const auto observer =
      seen(*findObserver("ema"), {
                                     {-1, 10},
                                     {-1, 5, 20},
                                     {-1, 0}
  });
  EXPECT_FLOAT_EQ(observer->range().max, 9.9f);
  EXPECT_FLOAT_EQ(observer->range().min, -1.0f);
  EXPECT_EQ(observer->samples(), 3);
}

TEST(Ema, TakesItsMomentum) {
  ObserverOptions options;
  options.momentum = 0.5;
  auto observer = findObserver("ema")->create(options);
  auto later = findObserver("ema")->create(options);
  for (float value : {8.0f, 4.0f})
    observer->observe(value);
  EXPECT_EQ(observer->range().max, 6);
  for (float value : {2.0f, 0.0f})
    later->observe(value);
  observer->merge(*later); // 6, 4, 2
  EXPECT_EQ(observer->range(), (Range{2, 2}));
}

} // namespace
