// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Histogram with fixed bins; why is in Histogram.h.

#include "compiler/quantize/observers/Histogram.h"

#include <algorithm>
#include <cstring>

using namespace quench::quantize;

namespace {

uint32_t bitsOf(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

/// The end nearer to 0 of a bin of positive numbers; may be infinity.
double binStart(uint32_t bin) {
  const uint32_t bits = bin << 16;
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

/// In 32 bits, as the vector unit compares.
uint32_t countEqual(llvm::ArrayRef<float> values, float wanted) {
  uint32_t count = 0;
  for (float value : values)
    count += value == wanted;
  return count;
}

} // namespace

uint64_t *Histogram::page(uint32_t index) {
  if (!pages[index])
    pages[index] = std::make_unique<uint64_t[]>(pageSize);
  return pages[index].get();
}

void Histogram::include(const End &newMin, const End &newMax) {
  if (total == 0 || newMin.value < min.value)
    min = newMin;
  else if (newMin.value == min.value)
    min.count += newMin.count;
  if (total == 0 || newMax.value > max.value)
    max = newMax;
  else if (newMax.value == max.value)
    max.count += newMax.count;
}

// Piece by piece, so that the first pass over a piece leaves it in the cache.
void Histogram::add(llvm::ArrayRef<float> values) {
  constexpr size_t pieceSize = 4096;
  while (!values.empty()) {
    const auto piece = values.take_front(pieceSize);
    values = values.drop_front(piece.size());
    const Range range = extremes(piece);
    include({range.min, countEqual(piece, range.min)},
            {range.max, countEqual(piece, range.max)});
    total += piece.size();
    for (float value : piece) {
      const uint32_t bits = bitsOf(value);
      uint64_t *counts = pages[bits >> 23].get();
      if (!counts)
        counts = page(bits >> 23);
      ++counts[bits >> 16 & (pageSize - 1)];
    }
  }
}

void Histogram::merge(const Histogram &other) {
  if (other.total == 0)
    return;
  include(other.min, other.max);
  total += other.total;
  for (size_t i = 0; i < pages.size(); ++i)
    if (other.pages[i]) {
      uint64_t *counts = page(i);
      for (size_t j = 0; j < pageSize; ++j)
        counts[j] += other.pages[i][j];
    }
}

std::vector<Mass> Histogram::masses() const {
  constexpr uint32_t sign = 0x8000;
  std::vector<Mass> masses;
  auto push = [&](double low, double high, uint64_t count) {
    if (count != 0)
      masses.push_back({low, high, double(count)});
  };
  auto countOf = [&](uint32_t bin) {
    const Page &page = pages[bin / pageSize];
    return page ? page[bin % pageSize] : 0;
  };
  auto visit = [&](uint32_t bin) {
    uint64_t count = countOf(bin);
    if (count == 0)
      return;
    const double inner = binStart(bin & ~sign);
    const double outer = binStart((bin & ~sign) + 1);
    const bool hasMin = bitsOf(min.value) >> 16 == bin;
    const bool hasMax = bitsOf(max.value) >> 16 == bin;
    const double low = hasMin ? min.value : bin & sign ? -outer : inner;
    const double high = hasMax ? max.value : bin & sign ? -inner : outer;
    if (low == high)
      return push(low, high, count);
    if (hasMin)
      push(low, low, min.count);
    push(low, high,
         count - (hasMin ? min.count : 0) - (hasMax ? max.count : 0));
    if (hasMax)
      push(high, high, max.count);
  };
  for (uint32_t bin = 2 * sign; --bin > sign;)
    visit(bin);
  push(0, 0, countOf(0) + countOf(sign));
  for (uint32_t bin = 1; bin < sign; ++bin)
    visit(bin);
  return masses;
}

void HistogramObserver::observe(llvm::ArrayRef<float> values) {
  histogram.add(values);
  ++numSamples;
}

void HistogramObserver::merge(const Observer &later) {
  const auto &other = static_cast<const HistogramObserver &>(later);
  histogram.merge(other.histogram);
  numSamples += other.numSamples;
}

Range HistogramObserver::range() const {
  const Range seen = histogram.range(), chosen = choose(histogram, options);
  return {std::clamp(chosen.min, seen.min, seen.max),
          std::clamp(chosen.max, seen.min, seen.max)};
}
