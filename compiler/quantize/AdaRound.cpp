// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One rounding problem, by Adam.

#include "compiler/quantize/AdaRound.h"

#include "compiler/interpret/OneDnn.h"
#include "llvm/ADT/bit.h"

#include <algorithm>
#include <cmath>
#include <random>

using namespace quench;
using namespace quench::quantize;
using interpret::Transposed;

namespace {

// The stretch of the sigmoid: h reaches 0 and 1 at finite V.
constexpr float stretch = 1.2f, offset = -0.1f;
// Annealing: no pull towards 0 and 1 in the first fifth, then from a pull that
// only the undecided feel to one that all do.
constexpr double warmUp = 0.2, firstBeta = 20, lastBeta = 2;
constexpr float decay1 = 0.9f, decay2 = 0.999f, tiny = 1e-8f;

// Exponentials take most of the time. These have no branches and no errno, so
// that loops over weights are vectorized; relative errors are below 1e-6.

/// 2^x for |x| <= 100, beyond as there: products with it are no denormals.
inline float exp2OfStep(float x) {
  constexpr float magic = 0x1.8p23f;
  x = std::min(std::max(x, -100.0f), 100.0f);
  const float whole = (x + magic) - magic;
  const float t = (x - whole) * 0.693147181f; // |t| < 0.35: Taylor's e^t
  const float part =
      1 +
      t * (1 + t * (1.0f / 2 +
                    t * (1.0f / 6 + t * (1.0f / 24 + t * (1.0f / 120 +
                                                          t * (1.0f / 720))))));
  return part * llvm::bit_cast<float>((int32_t(whole) + 127) << 23);
}

/// log2 x for x > 0; of 0 about -126.
inline float log2OfStep(float x) {
  const int32_t bits = llvm::bit_cast<int32_t>(x);
  const int32_t exponent = (bits - 0x3f3504f3) >> 23; // of x / sqrt(1/2)
  const float m = llvm::bit_cast<float>(bits - exponent * (1 << 23));
  const float t = (m - 1) / (m + 1), t2 = t * t; // |t| < 0.172
  return float(exponent) +
         2.88539008f * t *
             (1 + t2 * (1.0f / 3 + t2 * (1.0f / 5 + t2 * (1.0f / 7))));
}

class Solver {
public:
  Solver(const RoundingProblem &problem, const AdaRoundOptions &options)
      : p(problem), options(options), size(p.channels * p.depth) {}

  std::vector<int32_t> solve() {
    start();
    for (int64_t step = 0; step < options.steps; ++step)
      descend(step);
    std::vector<int32_t> codes(size);
    for (int64_t i = 0; i < size; ++i)
      codes[i] = std::clamp(int32_t(floors[i]) + (up[i] >= 0.5f ? 1 : 0), p.min,
                            p.max) *
                 multiplier(i);
    return codes;
  }

private:
  int32_t multiplier(int64_t i) const {
    return p.multipliers.empty() ? 1 : p.multipliers[i];
  }

  void start() {
    for (auto *array : {&floors, &logits, &up, &slope, &moment1, &moment2})
      array->assign(size, 0);
    weights.resize(size);
    gradient.resize(size);
    steps.resize(size);
    unit.resize(p.channels);
    // Energy of an input: what one weight that is off by its unit does to the
    // output.
    double energy = 0;
    for (float x : p.inputs)
      energy += double(x) * x;
    energy = std::max(energy / double(p.inputs.size()), 1e-30);
    for (int64_t c = 0; c < p.channels; ++c) {
      double square = 0; // mean of m^2
      for (int64_t k = 0; k < p.depth; ++k)
        square += std::pow(multiplier(c * p.depth + k), 2) / double(p.depth);
      unit[c] =
          float(1 / (double(p.scales[c]) * p.scales[c] * square * energy));
      for (int64_t k = 0; k < p.depth; ++k) {
        const int64_t i = c * p.depth + k;
        steps[i] = p.scales[c] * float(multiplier(i));
        const float exact = p.filter[i] / steps[i];
        floors[i] = std::clamp(std::floor(exact), float(p.min), float(p.max));
        // What is clipped is decided.
        const float part = std::clamp(exact - floors[i], 0.0f, 1.0f);
        const float sigmoid = (part - offset) / stretch;
        logits[i] = -std::log(1 / sigmoid - 1);
        refresh(logits[i], up[i], slope[i]);
      }
    }
    batchInputs.resize(options.batch * p.depth);
    batchOutputs.resize(options.batch * p.channels);
  }

  /// h and its derivative at V.
  static void refresh(float logit, float &up, float &slope) {
    const float sigmoid = 1 / (1 + exp2OfStep(-1.44269504f * logit));
    const float h = stretch * sigmoid + offset;
    up = std::min(std::max(h, 0.0f), 1.0f);
    slope = h > 0 && h < 1 ? stretch * sigmoid * (1 - sigmoid) : 0;
  }

  void descend(int64_t step) {
    const int64_t batch = std::min(options.batch, p.rows);
    rowsOfBatch.resize(batch);
    for (int64_t &row : rowsOfBatch)
      row = int64_t(random() % uint64_t(p.rows));
    for (int64_t b = 0; b < batch; ++b)
      std::copy_n(p.inputs.begin() + rowsOfBatch[b] * p.depth, p.depth,
                  batchInputs.begin() + b * p.depth);
    for (int64_t i = 0; i < size; ++i)
      weights[i] = steps[i] * (floors[i] + up[i]);
    interpret::multiply(Transposed::B, batch, p.channels, p.depth,
                        batchInputs.data(), weights.data(),
                        batchOutputs.data());
    errors(batch);
    interpret::multiply(Transposed::A, p.channels, p.depth, batch,
                        batchOutputs.data(), batchInputs.data(),
                        gradient.data());
    for (size_t i = 0; i < p.multipliers.size(); ++i)
      gradient[i] *= float(p.multipliers[i]);
    update(step);
  }

  /// Outputs of the batch become derivatives of the error with respect to h,
  /// but for the input.
  void errors(int64_t batch) {
    for (int64_t b = 0; b < batch; ++b)
      for (int64_t c = 0; c < p.channels; ++c) {
        float &y = batchOutputs[b * p.channels + c];
        const float value = y + p.bias[c];
        const float wanted = std::clamp(
            p.outputs[rowsOfBatch[b] * p.channels + c], p.low, p.high);
        const float difference = std::clamp(value, p.low, p.high) - wanted;
        // The clamp has no slope outside.
        const bool inside = value >= p.low && value <= p.high;
        y = inside ? 2 / float(batch) * difference * unit[c] * p.scales[c] : 0;
      }
  }

  void update(int64_t step) {
    const double progress = double(step) / double(options.steps);
    const bool pulls = progress >= warmUp;
    const double annealed = (progress - warmUp) / (1 - warmUp);
    const float beta =
        float(lastBeta + (firstBeta - lastBeta) * (1 - annealed));
    const float lambda = pulls ? float(options.lambda) : 0;
    const float correct1 = 1 / (1 - std::pow(decay1, float(step + 1)));
    const float correct2 = 1 / (1 - std::pow(decay2, float(step + 1)));
    if (lambda > 0)
      for (int64_t i = 0; i < size; ++i) {
        const float centred = 2 * up[i] - 1;
        const float pull =
            exp2OfStep((beta - 1) * log2OfStep(std::fabs(centred)));
        gradient[i] -= lambda * 2 * beta * std::copysign(pull, centred);
      }
    const float rate = float(options.rate) * correct1;
    for (int64_t i = 0; i < size; ++i) {
      // At 0 or 1 the slope is 0, and there it stays.
      const float derivative = gradient[i] * slope[i];
      const float kept = slope[i] != 0 ? decay1 : 0; // no denormals
      moment1[i] = kept * moment1[i] + (1 - decay1) * derivative;
      moment2[i] = decay2 * moment2[i] + (1 - decay2) * derivative * derivative;
      const float change =
          rate * moment1[i] / (std::sqrt(moment2[i] * correct2) + tiny);
      logits[i] -= slope[i] != 0 ? change : 0;
      refresh(logits[i], up[i], slope[i]);
    }
  }

  const RoundingProblem &p;
  const AdaRoundOptions &options;
  const int64_t size;
  std::vector<float> floors, logits, up, slope, moment1, moment2;
  std::vector<float> steps, weights, gradient, unit, batchInputs, batchOutputs;
  std::vector<int64_t> rowsOfBatch;
  std::mt19937_64 random{1};
};

} // namespace

std::vector<int32_t>
quench::quantize::adaround(const RoundingProblem &problem,
                           const AdaRoundOptions &options) {
  return Solver(problem, options).solve();
}
