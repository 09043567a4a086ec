// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sums; formulas are in Metrics.h.

#include "compiler/quantize/Metrics.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>

using namespace quench::quantize;

double quench::quantize::decibels(double ratio) {
  return 10 * std::log10(ratio);
}

void ErrorSums::add(llvm::ArrayRef<float> x, llvm::ArrayRef<float> y) {
  assert(x.size() == y.size() && "two versions of one tensor");
  count += x.size();
  for (size_t i = 0; i < x.size(); ++i) {
    const double a = x[i], b = y[i];
    signal += a * a;
    energy += b * b;
    noise += (a - b) * (a - b);
    dot += a * b;
  }
}

ErrorSums &ErrorSums::operator+=(const ErrorSums &other) {
  count += other.count;
  signal += other.signal;
  energy += other.energy;
  noise += other.noise;
  dot += other.dot;
  return *this;
}

double ErrorSums::sqnr() const {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (noise == 0)
    return infinity;
  return signal == 0 ? -infinity : decibels(signal / noise);
}

double ErrorSums::cosine() const {
  if (signal == 0 || energy == 0)
    return signal == energy;
  return dot / std::sqrt(signal * energy);
}

void ChannelSums::add(llvm::ArrayRef<float> x, llvm::ArrayRef<float> y,
                      int64_t channels) {
  assert(channels > 0 && x.size() == y.size() && x.size() % channels == 0 &&
         "whole channels");
  drift.resize(channels, 0);
  largest.resize(channels, 0);
  for (size_t i = 0; i < x.size(); i += channels)
    for (int64_t c = 0; c < channels; ++c) {
      drift[c] += double(y[i + c]) - x[i + c];
      largest[c] = std::max(largest[c], std::fabs(x[i + c]));
    }
  perChannel += x.size() / channels;
}

size_t ChannelSums::worst() const {
  return std::max_element(
             drift.begin(), drift.end(),
             [](double a, double b) { return std::fabs(a) < std::fabs(b); }) -
         drift.begin();
}

double ChannelSums::rms() const {
  double squares = 0;
  for (size_t c = 0; c < drift.size(); ++c)
    squares += mean(c) * mean(c);
  return drift.empty() ? 0 : std::sqrt(squares / double(drift.size()));
}

int64_t ChannelSums::dead() const {
  return std::count(largest.begin(), largest.end(), 0.0f);
}

int64_t ChannelSums::small() const {
  if (largest.empty())
    return 0;
  const float limit =
      *std::max_element(largest.begin(), largest.end()) * smallShare;
  return std::count_if(largest.begin(), largest.end(),
                       [&](float value) { return 0 < value && value < limit; });
}

CodeUse::CodeUse(int64_t min, int64_t max) : min(min), max(max) {
  const int64_t codes = max - min + 1;
  width = (codes + 63) / 64;
  counts.resize((codes + width - 1) / width, 0);
}

void CodeUse::add(int64_t code, double position) {
  assert(code >= min && code <= max && "a code of the grid");
  ++total;
  ++counts[(code - min) / width];
  first = std::min(first, code);
  last = std::max(last, code);
  low += position < double(min) - 0.5;
  high += position > double(max) + 0.5;
}

double CodeUse::clippedShare() const {
  return total ? double(low + high) / double(total) : 0;
}

double CodeUse::rangeUse() const {
  return total ? double(last - first + 1) / double(max - min + 1) : 0;
}

void RangeTrack::add(llvm::ArrayRef<float> values) {
  if (values.empty())
    return;
  const auto [min, max] = std::minmax_element(values.begin(), values.end());
  Point point{++samples, *min, *max};
  if (!track.empty()) {
    point.min = std::min(point.min, track.back().min);
    point.max = std::max(point.max, track.back().max);
    // The point before was only there because it was the last one.
    if (track.back().samples % stride)
      track.pop_back();
  }
  if (track.size() == maxPoints) {
    stride *= 2;
    size_t kept = 0;
    for (const Point &old : track)
      if (old.samples % stride == 0)
        track[kept++] = old;
    track.resize(kept);
  }
  track.push_back(point);
}

std::vector<double>
quench::quantize::regainedDecibels(llvm::ArrayRef<double> alone) {
  const double sum = std::accumulate(alone.begin(), alone.end(), 0.0);
  std::vector<double> regained;
  for (double noise : alone)
    regained.push_back(sum > 0 && sum > noise ? decibels(sum / (sum - noise))
                       : noise > 0            ? INFINITY
                                              : 0);
  return regained;
}
