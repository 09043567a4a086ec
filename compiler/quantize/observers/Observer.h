// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Observers: numbers in, a range out. They record and never change a value, use
// constant memory, and know nothing of MLIR. To add one: a source file with the
// class and one row in Registry.cpp.

#ifndef QUENCH_COMPILER_QUANTIZE_OBSERVERS_OBSERVER_H
#define QUENCH_COMPILER_QUANTIZE_OBSERVERS_OBSERVER_H

#include "compiler/quantize/fakequant/Scheme.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <memory>
#include <string>

namespace quench::quantize {

/// The smallest interval an observer answers for: min <= max, both finite.
struct Range {
  float min = 0;
  float max = 0;

  bool operator==(const Range &other) const {
    return min == other.min && max == other.max;
  }
};

/// Both ranges and what lies between them.
Range unite(const Range &a, const Range &b);

/// Smallest and largest of finite values; there is at least one.
Range extremes(llvm::ArrayRef<float> values);

/// What an observer may need to know; each reads its part.
struct ObserverOptions {
  Scheme scheme;             ///< what the range is for (mse, entropy)
  double momentum = 0.9;     ///< of ema, in [0, 1)
  double percentile = 99.99; ///< of percentile, in (50, 100]
};

/// Sees every value of one tensor, sample after sample.
class Observer {
public:
  virtual ~Observer();

  /// Sees the values of one sample. They are finite, and at least one.
  virtual void observe(llvm::ArrayRef<float> values) = 0;

  /// Takes over what `later`, an observer of the same row and options, has seen
  /// after this one: shards of the data combine this way.
  virtual void merge(const Observer &later) = 0;

  /// The range so far; at least one sample has been seen.
  virtual Range range() const = 0;

  /// Samples seen.
  int64_t samples() const { return numSamples; }

protected:
  int64_t numSamples = 0;
};

/// One row of the registry.
struct ObserverRow {
  llvm::StringRef name;
  llvm::StringRef summary;
  std::unique_ptr<Observer> (*create)(const ObserverOptions &);
  /// Range of a constant, where all values at once allow a better answer than a
  /// stream of them; null where they do not.
  Range (*ofConstant)(llvm::ArrayRef<float>, const ObserverOptions &) = nullptr;
};

/// All rows, for help texts and error messages.
llvm::ArrayRef<ObserverRow> observers();

/// The row of this name, or null.
const ObserverRow *findObserver(llvm::StringRef name);

/// "min_max, ema, ...": the names, for error messages.
std::string observerNames();

/// Name of the observer whose range is given and changed by no data. It is no
/// row: nothing is created for it.
inline constexpr llvm::StringLiteral passiveObserver = "passive";

/// The range that the row chooses for constant values, finite and at least one:
/// a filter, or one channel of it.
Range chooseRange(const ObserverRow &row, llvm::ArrayRef<float> values,
                  const ObserverOptions &options);

std::unique_ptr<Observer> createMinMaxObserver(const ObserverOptions &);
std::unique_ptr<Observer> createEmaObserver(const ObserverOptions &);
std::unique_ptr<Observer> createMseObserver(const ObserverOptions &);
std::unique_ptr<Observer> createPercentileObserver(const ObserverOptions &);
std::unique_ptr<Observer> createEntropyObserver(const ObserverOptions &);

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_OBSERVERS_OBSERVER_H
