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

// Lanes that do not wait for each other, for the vector unit; the comparison is
// written as its minimum instruction computes it.
Range quench::quantize::extremes(llvm::ArrayRef<float> values) {
  assert(!values.empty() && "a sample has values");
  constexpr size_t lanes = 16;
  float low[lanes], high[lanes];
  std::fill_n(low, lanes, values[0]);
  std::fill_n(high, lanes, values[0]);
  const float *value = values.begin();
  for (; values.end() - value >= ptrdiff_t(lanes); value += lanes)
    for (size_t i = 0; i < lanes; ++i) {
      low[i] = value[i] < low[i] ? value[i] : low[i];
      high[i] = value[i] > high[i] ? value[i] : high[i];
    }
  for (; value != values.end(); ++value) {
    low[0] = std::min(low[0], *value);
    high[0] = std::max(high[0], *value);
  }
  return {*std::min_element(low, low + lanes),
          *std::max_element(high, high + lanes)};
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
