// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Counts of values in bins that do not depend on the data: the upper 16 bits of
// a float are its bin (sign, exponent, 7 bits of the mantissa), so a bin is
// 1/128 of its octave wide. Nothing is ever rebinned, hence merging is exact:
// any split of the data, in any order, gives the same counts.

#ifndef QUENCH_COMPILER_QUANTIZE_OBSERVERS_HISTOGRAM_H
#define QUENCH_COMPILER_QUANTIZE_OBSERVERS_HISTOGRAM_H

#include "compiler/quantize/observers/Observer.h"

#include <array>
#include <vector>

namespace quench::quantize {

/// `count` values spread evenly over low..high, or all at low == high.
struct Mass {
  double low;
  double high;
  double count;

  double center() const { return (low + high) / 2; }
};

/// At most 512 KiB: a page of counts per sign and exponent, made when its first
/// value arrives.
class Histogram {
public:
  /// Counts finite values.
  void add(llvm::ArrayRef<float> values);
  void merge(const Histogram &other);

  uint64_t count() const { return total; }

  /// Smallest and largest value, exactly; there is one.
  Range range() const { return {min.value, max.value}; }

  /// The bins that hold something, upwards. Values equal to an extreme are a
  /// mass of their own, exactly there: a clamp makes many. So are zeros (and
  /// what is below 2^-133): after a relu they are half of the values.
  std::vector<Mass> masses() const;

private:
  static constexpr size_t pageSize = 128;
  using Page = std::unique_ptr<uint64_t[]>;

  /// An extreme, and how many values are equal to it.
  struct End {
    float value = 0;
    uint64_t count = 0;
  };

  uint64_t *page(uint32_t index);
  void include(const End &min, const End &max);

  std::array<Page, 512> pages; // by sign and exponent
  uint64_t total = 0;
  End min, max;
};

/// An observer that keeps a histogram and asks `choose` for the range, of which
/// it answers what lies inside the data.
class HistogramObserver final : public Observer {
public:
  using Choose = Range (*)(const Histogram &, const ObserverOptions &);

  HistogramObserver(const ObserverOptions &options, Choose choose)
      : options(options), choose(choose) {}

  void observe(llvm::ArrayRef<float> values) override;
  void merge(const Observer &later) override;
  Range range() const override;

private:
  ObserverOptions options;
  Choose choose;
  Histogram histogram;
};

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_OBSERVERS_HISTOGRAM_H
