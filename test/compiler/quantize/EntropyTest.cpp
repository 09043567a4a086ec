// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Observer entropy against its definition, written down without a shortcut.

#include "compiler/quantize/observers/Histogram.h"

#include "gtest/gtest.h"

#include <cmath>
#include <map>
#include <random>

using namespace quench::quantize;
using Values = std::vector<float>;

namespace {

Range observed(llvm::ArrayRef<float> values, const Scheme &scheme) {
  ObserverOptions options;
  options.scheme = scheme;
  auto observer = findObserver("entropy")->create(options);
  observer->observe(values);
  return observer->range();
}

constexpr int side = 2048;

/// Bin -> how much is in it; bin i goes from i * width to (i + 1) * width.
std::map<int, double> linearBins(llvm::ArrayRef<float> values, double width) {
  Histogram histogram;
  histogram.add(values);
  std::map<int, double> bins;
  for (const Mass &mass : histogram.masses()) {
    if (mass.low == 0 && mass.high == 0)
      continue;
    // In slices, each to the bin of its middle.
    const int slices = mass.low == mass.high ? 1 : 1000;
    for (int i = 0; i < slices; ++i) {
      const double x = mass.low + (mass.high - mass.low) * (i + 0.5) / slices;
      const int bin = std::min(side - 1, int(std::floor(x / width)));
      bins[std::max(-side, bin)] += mass.count / slices;
    }
  }
  return bins;
}

/// Divergence for the bins low..high - 1.
double divergence(const std::map<int, double> &bins, int low, int high,
                  int levels) {
  const int size = high - low;
  std::vector<double> p(size), inside(size), q(size);
  for (auto [bin, count] : bins) {
    p[std::min(std::max(bin, low), high - 1) - low] += count;
    if (bin >= low && bin < high)
      inside[bin - low] += count;
  }
  std::vector<double> sum(levels), used(levels);
  auto levelOf = [&](int bin) { return int64_t(bin) * levels / size; };
  for (int bin = 0; bin < size; ++bin) {
    sum[levelOf(bin)] += inside[bin];
    used[levelOf(bin)] += p[bin] > 0;
  }
  for (int bin = 0; bin < size; ++bin)
    if (p[bin] > 0)
      q[bin] = sum[levelOf(bin)] / used[levelOf(bin)];
  double sumP = 0, sumQ = 0, result = 0;
  for (int bin = 0; bin < size; ++bin) {
    sumP += p[bin];
    sumQ += q[bin];
  }
  if (sumQ == 0)
    return INFINITY;
  for (int bin = 0; bin < size; ++bin)
    if (p[bin] > 0)
      result += p[bin] / sumP * std::log(p[bin] / sumP / (q[bin] / sumQ));
  return result;
}

/// Threshold and divergence for every threshold of a step.
void expectLeast(llvm::ArrayRef<float> values, const Scheme &scheme, int step) {
  const Range all = extremes(values);
  const double width = std::max(-all.min, all.max) / side;
  const auto bins = linearBins(values, width);
  const bool symmetric = scheme.symmetry != Symmetry::Asymmetric;
  const int below = symmetric ? side : int(std::ceil(-all.min / width));
  const int above = symmetric ? side : int(std::ceil(all.max / width));
  const int levels = int(scheme.max() - scheme.min() + 1);
  auto of = [&](int t) {
    return divergence(bins, -std::min(t, std::max(below, 0)),
                      std::min(t, std::max(above, 0)), levels);
  };
  const Range range = observed(values, scheme);
  const double reach = std::max(-range.min, range.max);
  const int ours = int(std::lround(reach / width));
  const double least = of(ours);
  // Each end by the one threshold.
  EXPECT_NEAR(range.max, std::min<double>(all.max, ours * width), 1e-6 * reach);
  EXPECT_NEAR(range.min, std::max<double>(all.min, -ours * width),
              1e-6 * reach);
  for (int t = side; t > 0; t -= step) {
    if (std::min(t, below) + std::min(t, above) >= levels) {
      EXPECT_LE(least, of(t) * (1 + 1e-3)) << t << " against " << ours;
    }
  }
}

Values gaussian(size_t count, float mean, float power, unsigned seed = 3) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(mean, 1);
  Values values(count);
  for (float &value : values) {
    value = normal(random);
    value = std::copysign(std::pow(std::fabs(value), power), value);
  }
  return values;
}

TEST(Entropy, IsTheLeastDivergence) {
  for (float power : {1.0f, 2.0f})
    for (const Scheme &scheme : {
             Scheme{8, Symmetry::Narrow},
             Scheme{8},
             Scheme{4}
    }) {
      SCOPED_TRACE(testing::Message()
                   << power << ", " << scheme.bits << " bits");
      expectLeast(gaussian(3000, 0.5f, power), scheme, 13);
    }
}

// Few values: most bins are empty, outermost ones too.
TEST(Entropy, IsTheLeastDivergenceOfSparseBins) {
  for (unsigned seed = 0; seed < 10; ++seed)
    for (size_t count : {12, 40}) {
      SCOPED_TRACE(testing::Message() << count << " values, seed " << seed);
      expectLeast(gaussian(count, 0.5f, 1.5f, seed), {4}, 1);
    }
}

TEST(Entropy, ClipsATailAndKeepsAUniform) {
  const Values tail = gaussian(100000, 0, 2);
  const Range all = extremes(tail), range = observed(tail, {});
  EXPECT_LT(range.max, 0.8f * all.max);
  EXPECT_GT(range.max, 0.1f * all.max);

  Values uniform;
  for (int i = -1000; i <= 1000; ++i)
    uniform.push_back(float(i));
  EXPECT_GE(observed(uniform, {}).max, 970);
}

// Zeros are left out; more of the same data is the same data.
TEST(Entropy, ZerosAndRepetitionChangeNothing) {
  Values values = gaussian(5000, 0, 2);
  const Range range = observed(values, {});
  EXPECT_LT(range.max, extremes(values).max);
  Values more = values;
  more.insert(more.end(), values.begin(), values.end());
  more.insert(more.end(), 100000, 0.0f);
  EXPECT_NEAR(observed(more, {}).max, range.max, 1e-3 * range.max);
}

TEST(Entropy, AsManyLevelsAsBinsLoseNothing) {
  const Values values = gaussian(5000, 0, 2);
  EXPECT_EQ(observed(values, {16}), extremes(values));
}

} // namespace
