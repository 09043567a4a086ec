// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The observers there are: one row each.

#include "compiler/quantize/observers/Mse.h"
#include "compiler/quantize/observers/Observer.h"

#include <algorithm>
#include <cassert>
#include <string>

using namespace quench::quantize;

// clang-format off
static const ObserverRow rows[] = {
    {"min_max", "smallest and largest value of all samples",
     createMinMaxObserver},
    {"ema", "moving average (momentum 0.9) of each sample's extremes",
     createEmaObserver},
    {"mse", "the range with the smallest mean squared error",
     createMseObserver, mseOfConstant},
    {"percentile", "all but 0.01 % of the values at each end",
     createPercentileObserver},
    {"entropy", "the range that loses least information (Kullback-Leibler)",
     createEntropyObserver},
};
// clang-format on

Observer::~Observer() = default;

Range quench::quantize::unite(const Range &a, const Range &b) {
  return {std::min(a.min, b.min), std::max(a.max, b.max)};
}

llvm::ArrayRef<ObserverRow> quench::quantize::observers() { return rows; }

const ObserverRow *quench::quantize::findObserver(llvm::StringRef name) {
  for (const ObserverRow &row : rows)
    if (row.name == name)
      return &row;
  return nullptr;
}

std::string quench::quantize::observerNames() {
  std::string names;
  for (const ObserverRow &row : rows) {
    if (!names.empty())
      names += ", ";
    names += row.name.str();
  }
  return names;
}

Range quench::quantize::chooseRange(const ObserverRow &row,
                                    llvm::ArrayRef<float> values,
                                    const ObserverOptions &options) {
  if (row.ofConstant)
    return row.ofConstant(values, options);
  std::unique_ptr<Observer> observer = row.create(options);
  observer->observe(values);
  return observer->range();
}
