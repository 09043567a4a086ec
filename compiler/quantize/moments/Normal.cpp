// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Clipped normal variables.

#include "compiler/quantize/moments/Normal.h"

#include <algorithm>
#include <cmath>

using namespace quench::quantize;

namespace {

double density(double x) {
  return std::exp(-0.5 * x * x) * 0.39894228040143267794; // 1 / sqrt(2 pi)
}

/// P(N(0, 1) <= x), with full relative accuracy in the lower tail.
double distribution(double x) { return 0.5 * std::erfc(-x * M_SQRT1_2); }

/// x * y where y vanishes faster than x grows.
double tail(double x, double y) { return std::isinf(x) ? 0 : x * y; }

double clamp(double x, double low, double high) {
  return std::min(std::max(x, low), high);
}

} // namespace

Moments quench::quantize::clippedNormal(const Moments &normal, double low,
                                        double high) {
  const double sigma = std::sqrt(normal.variance);
  if (!(sigma > 0))
    return {clamp(normal.mean, low, high), 0};
  const double a = (low - normal.mean) / sigma;
  const double b = (high - normal.mean) / sigma;
  const double below = distribution(a), above = distribution(-b);
  const double inside = 1 - below - above;
  const double first =
      density(a) - density(b) + tail(a, below) + tail(b, above);
  const double second = inside + tail(a, density(a)) - tail(b, density(b)) +
                        tail(a, tail(a, below)) + tail(b, tail(b, above));
  // Rounding may leave the mean of a variable beside its bounds.
  return {clamp(normal.mean + sigma * first, low, high),
          normal.variance * std::max(0.0, second - first * first)};
}

Moments
quench::quantize::throughFunction(const Moments &normal, double low,
                                  double high,
                                  llvm::function_ref<double(double)> f) {
  auto value = [&](double x) {
    const double y = f(clamp(x, low, high));
    return std::isnan(y) ? 0 : y;
  };
  const double sigma = std::sqrt(normal.variance);
  if (!(sigma > 0))
    return {value(normal.mean), 0};
  constexpr int steps = 1024;
  constexpr double reach = 8;
  const double centre = value(normal.mean); // against cancellation
  double mass = 0, first = 0, second = 0;
  for (int i = 0; i < steps; ++i) {
    const double z = reach * ((2 * i + 1.0) / steps - 1);
    const double weight = density(z);
    const double y = value(normal.mean + sigma * z) - centre;
    mass += weight;
    first += weight * y;
    second += weight * y * y;
  }
  first /= mass;
  return {centre + first, std::max(0.0, second / mass - first * first)};
}
