// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Observer mse against brute force over the values themselves, quantized with
// the arithmetic that is deployed.

#include "compiler/quantize/observers/Mse.h"
#include "compiler/quantize/observers/Extremes.h"

#include "compiler/quantize/fakequant/FakeQuant.h"

#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace quench::quantize;
using Values = std::vector<float>;

namespace {

/// By definition, over the values.
double trueError(llvm::ArrayRef<float> values, Range range,
                 const Scheme &scheme) {
  Values rounded(values.size());
  fakeQuantize(values, schemeGrid(range, scheme), rounded);
  double sum = 0;
  for (size_t i = 0; i < values.size(); ++i)
    sum += std::pow(double(values[i]) - rounded[i], 2);
  return sum;
}

/// What is minimised for constants: the part of the error along the values
/// counts more, if the scheme is symmetric.
double constantLoss(llvm::ArrayRef<float> values, Range range,
                    const Scheme &scheme) {
  if (scheme.symmetry == Symmetry::Asymmetric)
    return trueError(values, range, scheme);
  Values rounded(values.size());
  fakeQuantize(values, schemeGrid(range, scheme), rounded);
  double error = 0, along = 0, energy = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const double x = values[i], e = x - rounded[i];
    error += e * e;
    along += x * e;
    energy += x * x;
  }
  return error + constantGainWeight * along * along / energy;
}

/// sum x y / sum x^2, y being the number of the grid nearest to x.
double gain(llvm::ArrayRef<float> values, Range range, const Scheme &scheme) {
  Values rounded(values.size());
  fakeQuantize(values, schemeGrid(range, scheme), rounded);
  double product = 0, energy = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    product += double(values[i]) * rounded[i];
    energy += double(values[i]) * values[i];
  }
  return product / energy;
}

/// The smallest constantLoss of many symmetric ranges, also beyond the data.
double leastLoss(llvm::ArrayRef<float> values, const Scheme &scheme,
                 int density) {
  const Range all = extremes(values);
  const double reach = std::max(-all.min, all.max) * constantHeadroom;
  double least = INFINITY;
  for (int i = 1; i <= density; ++i) {
    const auto end = float(reach * i / density);
    least = std::min(least, constantLoss(values, {-end, end}, scheme));
  }
  return least;
}

/// The smallest trueError of many ranges inside the data: `density` parts of an
/// end, each end for itself if the scheme is asymmetric.
double bruteForce(llvm::ArrayRef<float> values, const Scheme &scheme,
                  int density) {
  const Range all = extremes(values);
  double least = INFINITY;
  if (scheme.symmetry != Symmetry::Asymmetric) {
    const float reach = std::max(-all.min, all.max);
    for (int i = 1; i <= density; ++i) {
      const float end = reach * float(i) / float(density);
      least = std::min(least, trueError(values, {-end, end}, scheme));
    }
    return least;
  }
  for (int i = 0; i <= density; ++i)
    for (int j = 0; j <= density; ++j) {
      const Range range{std::min(all.min, 0.0f) * float(i) / float(density),
                        std::max(all.max, 0.0f) * float(j) / float(density)};
      if (range.min < range.max)
        least = std::min(least, trueError(values, range, scheme));
    }
  return least;
}

struct Data {
  const char *name;
  Values (*make)(std::mt19937 &, size_t);
};

Values gaussian(std::mt19937 &random, size_t count) {
  std::normal_distribution<float> normal(0.2f, 1);
  Values values(count);
  for (float &value : values)
    value = normal(random);
  return values;
}

Values relu(std::mt19937 &random, size_t count) {
  Values values = gaussian(random, count);
  for (float &value : values)
    value = std::max(value - 0.5f, 0.0f);
  return values;
}

Values outlier(std::mt19937 &random, size_t count) {
  Values values = gaussian(random, count);
  values[count / 2] = 40;
  return values;
}

Values heavyTail(std::mt19937 &random, size_t count) {
  Values values = gaussian(random, count);
  for (float &value : values)
    value = std::sinh(1.5f * value);
  return values;
}

// A relu6 that many values reach, and a swish-like lower end.
Values clipped(std::mt19937 &random, size_t count) {
  Values values = gaussian(random, count);
  for (float &value : values)
    value = std::min(std::max(4 * value, -0.3f), 6.0f);
  return values;
}

const Data data[] = {
    {"gaussian",  gaussian },
    {"relu",      relu     },
    {"outlier",   outlier  },
    {"heavyTail", heavyTail},
    {"clipped",   clipped  },
};

const Scheme schemes[] = {
    {8},
    {8, Symmetry::Symmetric},
    {8, Symmetry::Narrow},
    {4},
    {4, Symmetry::Narrow},
    {2},
};

Range observed(llvm::ArrayRef<float> values, const Scheme &scheme) {
  ObserverOptions options;
  options.scheme = scheme;
  auto observer = findObserver("mse")->create(options);
  observer->observe(values);
  return observer->range();
}

Range chosen(llvm::ArrayRef<float> values, const Scheme &scheme) {
  ObserverOptions options;
  options.scheme = scheme;
  return chooseRange(*findObserver("mse"), values, options);
}

class Mse : public testing::TestWithParam<Data> {};

// Bins are 1/128 wide, so a few percent may be lost; that is little beside what
// min_max loses on most of these.
TEST_P(Mse, IsWithinPercentOfBruteForce) {
  std::mt19937 random(7);
  const Values values = GetParam().make(random, 4000);
  for (const Scheme &scheme : schemes) {
    SCOPED_TRACE(testing::Message()
                 << scheme.bits << " bits, symmetry " << int(scheme.symmetry));
    const bool symmetric = scheme.symmetry != Symmetry::Asymmetric;
    const double least = bruteForce(values, scheme, symmetric ? 400 : 40);
    EXPECT_LE(trueError(values, observed(values, scheme), scheme),
              1.03 * least);
    EXPECT_LE(constantLoss(values, chosen(values, scheme), scheme),
              1.03 * (symmetric ? leastLoss(values, scheme, 400) : least));
  }
}

// The error that the search minimises is that of the values, but for where they
// lie in their bins.
TEST_P(Mse, SquaredErrorIsThatOfTheValues) {
  std::mt19937 random(8);
  const Values values = GetParam().make(random, 20000);
  Histogram histogram;
  histogram.add(values);
  for (const Scheme &scheme : schemes)
    for (float part : {1.0f, 0.5f, 0.1f}) {
      SCOPED_TRACE(testing::Message() << scheme.bits << " bits, " << part);
      const Range all = extremes(values);
      const Range range{all.min * part, all.max * part};
      const double expected = trueError(values, range, scheme);
      EXPECT_NEAR(squaredError(histogram.masses(), schemeGrid(range, scheme)),
                  expected, 0.02 * expected);
    }
}

INSTANTIATE_TEST_SUITE_P(Data, Mse, testing::ValuesIn(data),
                         [](const auto &info) { return info.param.name; });

// Zeros are exact on every grid: a million of them change nothing.
TEST(Mse, ZerosDoNotMoveTheRange) {
  std::mt19937 random(9);
  Values values = relu(random, 3000);
  values.erase(std::remove(values.begin(), values.end(), 0.0f), values.end());
  const Range without = observed(values, {});
  values.insert(values.end(), 1000000, 0.0f);
  EXPECT_EQ(observed(values, {}).max, without.max);
  EXPECT_EQ(observed(values, {}).min, 0);
}

// A channel of a depthwise filter: nine values, many local minima. Against
// 20,000 scales, and never worse than the extremes.
TEST(Mse, OfAFewConstantsIsCloseToTheBest) {
  for (const Scheme &scheme : {
           Scheme{8, Symmetry::Narrow   },
           Scheme{4, Symmetry::Narrow   },
           Scheme{2, Symmetry::Symmetric}
  }) {
    SCOPED_TRACE(scheme.bits);
    std::mt19937 random(10);
    double ours = 0, best = 0, extreme = 0;
    for (int channel = 0; channel < 60; ++channel) {
      const Values values = gaussian(random, 9);
      const double loss = constantLoss(values, chosen(values, scheme), scheme);
      const double ends = constantLoss(values, extremes(values), scheme);
      EXPECT_LE(loss, ends);
      ours += loss;
      best += leastLoss(values, scheme, 20000);
      extreme += ends;
    }
    EXPECT_LE(ours, (scheme.bits == 8 ? 1.15 : 1.03) * best);
    EXPECT_LE(ours, 0.6 * extreme);
  }
}

TEST(Mse, OfManyConstantsIsCloseToTheBest) {
  std::mt19937 random(13);
  const Scheme scheme{4, Symmetry::Narrow};
  double ours = 0, best = 0;
  for (int channel = 0; channel < 10; ++channel) {
    const Values values = gaussian(random, 2000);
    ours += constantLoss(values, chosen(values, scheme), scheme);
    best += leastLoss(values, scheme, 1000);
  }
  EXPECT_LE(ours, 1.01 * best);
}

TEST(Mse, OfConstantsIsNeverWorseThanMinMax) {
  std::mt19937 random(11);
  for (int i = 0; i < 300; ++i)
    for (const Scheme &scheme : schemes) {
      Values values = heavyTail(random, 1 + random() % 300);
      EXPECT_LE(constantLoss(values, chosen(values, scheme), scheme),
                constantLoss(values, extremes(values), scheme) * (1 + 1e-6));
    }
}

// A filter that is smaller in all channels makes the signal smaller in every
// layer: with least squares alone, by 1.2 % in each of these.
TEST(Mse, OfConstantsKeepsTheGainOfFilters) {
  std::mt19937 random(14);
  const Scheme scheme{4, Symmetry::Narrow};
  double product = 1, ours = 0, least = 0;
  for (int layer = 0; layer < 50; ++layer) {
    const Values values = gaussian(random, 500);
    const Range range = chosen(values, scheme);
    product *= gain(values, range, scheme);
    ours += trueError(values, range, scheme);
    least += bruteForce(values, scheme, 400);
  }
  EXPECT_GT(product, 0.9);
  EXPECT_LT(product, 1.1);
  EXPECT_LE(ours, 1.1 * least); // and costs little
}

// Many constants in one asymmetric tensor go through the histogram.
TEST(Mse, OfManyAsymmetricConstants) {
  std::mt19937 random(12);
  const Values values = heavyTail(random, 10000);
  EXPECT_EQ(chosen(values, {}), observed(values, {}));
}

} // namespace
