// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The arithmetic contract once more, in int64 and double, and the formulas it
// is most easily confused with. A test that compares a kernel with the oracle
// also shows that its inputs tell the contract from those: random data does
// not.

#ifndef QUENCH_TEST_RUNTIME_ORACLE_H
#define QUENCH_TEST_RUNTIME_ORACLE_H

#include "qrt/kernels.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace quench::oracle {

/// Real number to code; `rounded` is already an integer.
inline int8_t toCode(double rounded, const qrt_output &out) {
  double code =
      std::min(std::max(rounded + out.zero, double(out.min)), double(out.max));
  return static_cast<int8_t>(code);
}

/// The product the contract rounds: both float roundings made explicit. The
/// double product of two floats is exact.
inline double scaled(int64_t acc, float mul) {
  float value = static_cast<float>(acc);
  return static_cast<float>(double(value) * double(mul));
}

/// Contract f32_rne.
inline int8_t requantize(int64_t acc, float mul, const qrt_output &out) {
  return toCode(std::nearbyint(scaled(acc, mul)), out);
}

/// f32(f32(sx * sw) / sy). Rounding a double quotient of floats to float gives
/// the correctly rounded quotient (53 >= 2 * 24 + 2).
inline float multiplier(float sx, float sw, float sy) {
  float product = static_cast<float>(double(sx) * double(sw));
  return static_cast<float>(double(product) / double(sy));
}

//===-- What the contract is not ------------------------------------------===//

inline int8_t halfAway(int64_t acc, float mul, const qrt_output &out) {
  return toCode(std::round(scaled(acc, mul)), out);
}

inline int8_t truncated(int64_t acc, float mul, const qrt_output &out) {
  return toCode(std::trunc(scaled(acc, mul)), out);
}

/// The zero point joins before the rounding, as in onnxruntime's QLinearAdd.
inline int8_t zeroInRound(int64_t acc, float mul, const qrt_output &out) {
  float sum = static_cast<float>(scaled(acc, mul) + out.zero);
  qrt_output noZero{0, out.min, out.max};
  return toCode(std::nearbyint(double(sum)), noZero);
}

/// No rounding but the last.
inline int8_t exactProduct(int64_t acc, float mul, const qrt_output &out) {
  return toCode(std::nearbyint(double(acc) * double(mul)), out);
}

/// sx * sw / sy rounded once.
inline float multiplierRoundedOnce(float sx, float sw, float sy) {
  return static_cast<float>(double(sx) * double(sw) / double(sy));
}

/// How often each formula differs from the contract on the inputs of a test.
struct Disagreements {
  int halfAway = 0, truncated = 0, zeroInRound = 0, exactProduct = 0;

  void count(int64_t acc, float mul, const qrt_output &out) {
    int8_t code = requantize(acc, mul, out);
    halfAway += oracle::halfAway(acc, mul, out) != code;
    truncated += oracle::truncated(acc, mul, out) != code;
    zeroInRound += oracle::zeroInRound(acc, mul, out) != code;
    exactProduct += oracle::exactProduct(acc, mul, out) != code;
  }
};

/// Ties and signs must be told apart in every kernel; products that round
/// differently need directed accumulators and are asked for where they occur.
#define EXPECT_TELLS_ROUNDINGS_APART(disagreements)                            \
  do {                                                                         \
    EXPECT_GT((disagreements).halfAway, 0);                                    \
    EXPECT_GT((disagreements).truncated, 0);                                   \
    EXPECT_GT((disagreements).zeroInRound, 0);                                 \
  } while (false)

//===-- Inputs ------------------------------------------------------------===//

/// Deterministic on every standard library: only raw bits of the engine.
class Random {
public:
  explicit Random(uint32_t seed) : engine(seed) {}

  int64_t integer(int64_t low, int64_t high) {
    uint64_t bits = (uint64_t(engine()) << 32) | engine();
    return low + static_cast<int64_t>(bits % uint64_t(high - low + 1));
  }
  double real(double low, double high) {
    return low + (high - low) * (double(engine()) / 4294967296.0);
  }
  /// Log-uniform.
  float scale(double low, double high) {
    return static_cast<float>(std::exp(real(std::log(low), std::log(high))));
  }
  std::vector<int8_t> codes(size_t count, int low = -128, int high = 127) {
    std::vector<int8_t> result(count);
    for (int8_t &code : result)
      code = static_cast<int8_t>(integer(low, high));
    return result;
  }

private:
  std::mt19937 engine;
};

/// An accumulator whose product with `mul` lies within `offset` steps of the
/// middle between `code` and `code` + 1.
inline int64_t nearTie(int code, float mul, int offset) {
  return std::llround((code + 0.5) / double(mul)) + offset;
}

} // namespace quench::oracle

#endif // QUENCH_TEST_RUNTIME_ORACLE_H
