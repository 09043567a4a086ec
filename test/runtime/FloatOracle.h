// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The order of float operations of spec section 7, written without vectors,
// blocks or clipped windows, and helpers to compare bits.

#ifndef QUENCH_TEST_RUNTIME_FLOATORACLE_H
#define QUENCH_TEST_RUNTIME_FLOATORACLE_H

#include "Oracle.h"

#include "gtest/gtest.h"

#include <cstring>

namespace quench::oracle {

inline std::vector<float> reals(size_t count, double low, double high,
                                uint32_t seed) {
  Random random(seed);
  std::vector<float> values(count);
  for (float &value : values)
    value = static_cast<float>(random.real(low, high));
  return values;
}

/// Eight lanes, element i into lane i mod 8, added in halves; beside it the sum
/// in double and the sum of magnitudes, for bounds.
class LaneSum {
public:
  void add(size_t lane, float a, float b) {
    const float product = a * b;
    lanes[lane % 8] += product;
    exact += double(a) * double(b);
    magnitude += std::abs(double(a) * double(b));
    ++terms;
  }
  void add(size_t lane, float a) {
    lanes[lane % 8] += a;
    exact += double(a);
    magnitude += std::abs(double(a));
    ++terms;
  }
  float sum() const {
    float l[8];
    std::copy(lanes, lanes + 8, l);
    for (int half : {4, 2, 1})
      for (int i = 0; i < half; ++i)
        l[i] += l[i + half];
    return l[0];
  }
  /// Higham, Accuracy and Stability of Numerical Algorithms, section 4.2: no
  /// order of n terms errs by more than n units of 2^-24 of the magnitudes.
  double bound() const { return (terms + 2) * 0x1p-24 * magnitude + 1e-37; }

  double exact = 0, magnitude = 0;
  int terms = 0;

private:
  float lanes[8] = {};
};

/// The same bits, so that 0 is not -0.
inline testing::AssertionResult sameBits(const std::vector<float> &found,
                                         const std::vector<float> &expected) {
  if (found.size() != expected.size())
    return testing::AssertionFailure() << "sizes differ";
  for (size_t i = 0; i < found.size(); ++i)
    if (std::memcmp(&found[i], &expected[i], sizeof(float)) != 0)
      return testing::AssertionFailure()
             << "element " << i << " of " << found.size() << ": " << found[i]
             << " and " << expected[i];
  return testing::AssertionSuccess();
}

} // namespace quench::oracle

#endif // QUENCH_TEST_RUNTIME_FLOATORACLE_H
