// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How far two versions of a tensor lie apart, as sums that grow sample by
// sample. Plain numbers, no MLIR.

#ifndef QUENCH_COMPILER_QUANTIZE_METRICS_H
#define QUENCH_COMPILER_QUANTIZE_METRICS_H

#include "llvm/ADT/ArrayRef.h"

#include <array>
#include <cstdint>
#include <vector>

namespace quench::quantize {

/// 10 log10(ratio), in dB.
double decibels(double ratio);

/// Sums over pairs of elements: x of the float model, y of the quantized one.
struct ErrorSums {
  int64_t count = 0;
  double signal = 0; ///< sum x^2
  double energy = 0; ///< sum y^2
  double noise = 0;  ///< sum (x - y)^2
  double dot = 0;    ///< sum x y

  void add(llvm::ArrayRef<float> x, llvm::ArrayRef<float> y);
  ErrorSums &operator+=(const ErrorSums &other);

  /// Signal to quantization noise ratio, 10 log10(signal / noise) in dB. Plus
  /// infinity without noise, minus infinity for noise without signal.
  double sqnr() const;
  /// dot / sqrt(signal * energy); 1 where both are zero, 0 where one is.
  double cosine() const;
};

/// Facts about each channel, the last axis.
struct ChannelSums {
  std::vector<double> drift;  ///< sum of y - x
  std::vector<float> largest; ///< largest |x|
  int64_t perChannel = 0;     ///< elements seen per channel

  void add(llvm::ArrayRef<float> x, llvm::ArrayRef<float> y, int64_t channels);

  /// Mean of y - x.
  double mean(size_t channel) const {
    return perChannel ? drift[channel] / double(perChannel) : 0;
  }
  /// Channel with the largest |mean|; 0 before anything was added.
  size_t worst() const;
  /// sqrt(mean over channels of mean^2).
  double rms() const;
  int64_t dead() const; ///< channels where every x was 0
  /// Live channels that stay below smallShare of the largest one: they lose
  /// more than 5 bits.
  int64_t small() const;
  static constexpr float smallShare = 1.0f / 32;
};

/// How codes are spread over a grid whose storage range is [min, max].
class CodeUse {
public:
  CodeUse() = default;
  CodeUse(int64_t min, int64_t max);

  /// One code and the value it stands for: `position` is the exact value in
  /// units of the grid, x / scale + zero. It was clipped if it lies more than
  /// half a step outside the storage range.
  void add(int64_t code, double position);

  int64_t count() const { return total; }
  int64_t clippedLow() const { return low; }
  int64_t clippedHigh() const { return high; }
  /// (low + high) / count; 0 for none.
  double clippedShare() const;
  /// Codes between the smallest and the largest that occurred, of all codes.
  double rangeUse() const;
  /// Counts of codes, at most 64 bars of equal width in codes (the last may
  /// stand for fewer).
  llvm::ArrayRef<int64_t> bars() const { return counts; }
  int64_t codesPerBar() const { return width; }
  int64_t smallest() const { return first; }
  int64_t largest() const { return last; }

private:
  int64_t min = 0, max = 0, width = 1;
  int64_t total = 0, low = 0, high = 0;
  int64_t first = INT64_MAX, last = INT64_MIN;
  std::vector<int64_t> counts;
};

/// Smallest and largest value against the number of samples seen: at most
/// `maxPoints` points, thinned by two whenever they are full; the last sample
/// is always one.
class RangeTrack {
public:
  struct Point {
    int64_t samples;
    float min, max;
  };
  static constexpr size_t maxPoints = 64;

  /// Sees one sample more.
  void add(llvm::ArrayRef<float> values);
  llvm::ArrayRef<Point> points() const { return track; }

private:
  std::vector<Point> track;
  int64_t samples = 0, stride = 1;
};

/// What each of several independent errors contributes to the error of all of
/// them together. `alone[i]` is the noise power with only i quantized; noise of
/// independent sources adds up, so without i
///   10 log10(sum / (sum - alone[i]))  dB
/// are regained. Zero for all where the sum is zero.
std::vector<double> regainedDecibels(llvm::ArrayRef<double> alone);

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_METRICS_H
