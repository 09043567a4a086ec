// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One rounding problem, by Adam.

#include "compiler/quantize/AdaRound.h"

#include "compiler/interpret/OneDnn.h"

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
                            p.max);
    return codes;
  }

private:
  void start() {
    for (auto *array : {&floors, &logits, &up, &slope, &moment1, &moment2})
      array->assign(size, 0);
    weights.resize(size);
    gradient.resize(size);
    unit.resize(p.channels);
    // Energy of an input: what one weight that is off by s does to the output.
    double energy = 0;
    for (float x : p.inputs)
      energy += double(x) * x;
    energy = std::max(energy / double(p.inputs.size()), 1e-30);
    for (int64_t c = 0; c < p.channels; ++c) {
      unit[c] = float(1 / (double(p.scales[c]) * p.scales[c] * energy));
      for (int64_t k = 0; k < p.depth; ++k) {
        const int64_t i = c * p.depth + k;
        const float exact = p.filter[i] / p.scales[c];
        floors[i] = std::clamp(std::floor(exact), float(p.min), float(p.max));
        // What is clipped is decided.
        const float part = std::clamp(exact - floors[i], 0.0f, 1.0f);
        const float sigmoid = (part - offset) / stretch;
        logits[i] = -std::log(1 / sigmoid - 1);
        refresh(i);
      }
    }
    batchInputs.resize(options.batch * p.depth);
    batchOutputs.resize(options.batch * p.channels);
  }

  /// h and its derivative at V.
  void refresh(int64_t i) {
    const float sigmoid = 1 / (1 + std::exp(-logits[i]));
    const float h = stretch * sigmoid + offset;
    up[i] = std::clamp(h, 0.0f, 1.0f);
    slope[i] = h > 0 && h < 1 ? stretch * sigmoid * (1 - sigmoid) : 0;
  }

  void descend(int64_t step) {
    const int64_t batch = std::min(options.batch, p.rows);
    rowsOfBatch.resize(batch);
    for (int64_t &row : rowsOfBatch)
      row = int64_t(random() % uint64_t(p.rows));
    for (int64_t b = 0; b < batch; ++b)
      std::copy_n(p.inputs.begin() + rowsOfBatch[b] * p.depth, p.depth,
                  batchInputs.begin() + b * p.depth);
    for (int64_t c = 0; c < p.channels; ++c)
      for (int64_t i = c * p.depth; i < (c + 1) * p.depth; ++i)
        weights[i] = p.scales[c] * (floors[i] + up[i]);
    interpret::multiply(Transposed::B, batch, p.channels, p.depth,
                        batchInputs.data(), weights.data(),
                        batchOutputs.data());
    errors(batch);
    interpret::multiply(Transposed::A, p.channels, p.depth, batch,
                        batchOutputs.data(), batchInputs.data(),
                        gradient.data());
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
    const float correct1 = 1 - std::pow(decay1, float(step + 1));
    const float correct2 = 1 - std::pow(decay2, float(step + 1));
    for (int64_t i = 0; i < size; ++i) {
      if (slope[i] == 0)
        continue; // at 0 or 1, where it stays
      const float centred = 2 * up[i] - 1;
      float derivative = gradient[i];
      if (lambda > 0)
        derivative -=
            lambda * 2 * beta *
            std::copysign(std::pow(std::fabs(centred), beta - 1), centred);
      derivative *= slope[i];
      moment1[i] = decay1 * moment1[i] + (1 - decay1) * derivative;
      moment2[i] = decay2 * moment2[i] + (1 - decay2) * derivative * derivative;
      logits[i] -= float(options.rate) * (moment1[i] / correct1) /
                   (std::sqrt(moment2[i] / correct2) + tiny);
      refresh(i);
    }
  }

  const RoundingProblem &p;
  const AdaRoundOptions &options;
  const int64_t size;
  std::vector<float> floors, logits, up, slope, moment1, moment2;
  std::vector<float> weights, gradient, unit, batchInputs, batchOutputs;
  std::vector<int64_t> rowsOfBatch;
  std::mt19937_64 random{1};
};

} // namespace

std::vector<int32_t>
quench::quantize::adaround(const RoundingProblem &problem,
                           const AdaRoundOptions &options) {
  return Solver(problem, options).solve();
}
