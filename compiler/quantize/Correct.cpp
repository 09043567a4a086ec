// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// AdaRound and bias correction, as hooks of a lockstep run.

#include "compiler/quantize/Correct.h"

#include "compiler/interpret/Lockstep.h"
#include "compiler/quantize/AdaRound.h"
#include "compiler/quantize/Forms.h"
#include "compiler/quantize/Patches.h"
#include "dialects/nn/NN.h"
#include "dialects/q/Groups.h"
#include "dialects/q/Notes.h"
#include "dialects/q/Types.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/ThreadPool.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <limits>
#include <numeric>
#include <random>

using namespace mlir;
using namespace quench;
using namespace quench::quantize;
using interpret::PairView;
using interpret::Tensor;

namespace {

/// Bias codes stay within this: what scales and reaches were chosen for.
constexpr int64_t largestBias = int64_t(1) << 22;

/// Rows of a rounding problem: enough for the widest layers at hand.
constexpr int64_t largestRows = 2048;

/// Output channels that one task rounds.
constexpr int64_t slice = 16;

template <typename... Values>
std::string text(const char *format, Values... values) {
  std::string buffer;
  llvm::raw_string_ostream(buffer) << llvm::format(format, values...);
  return buffer;
}

class Corrector final : public interpret::LockstepHooks {
public:
  Corrector(const Algorithms &algorithms, int64_t layers,
            CalibrationProgress progress)
      : algorithms(algorithms), layers(layers), progress(progress) {}

  LogicalResult before(const PairView &pair) override {
    Operation *op = pair.qfloatOp();
    if (!isFilterOp(op) || !pair.inputGrid(0) || !pair.inputGrid(1))
      return success();
    FailureOr<std::vector<Tensor>> wanted =
        pair.unclamped(PairView::Level::Float);
    if (failed(wanted))
      return failure();
    // Rounding is to mend what a shift of the mean cannot.
    const bool corrects =
        algorithms.biasCorrection == BiasCorrection::Empirical;
    if (corrects && failed(correctBias(pair, *wanted)))
      return failure();
    if (algorithms.adaround > 0) {
      if (failed(roundFilter(pair, *wanted)))
        return failure();
      if (corrects && failed(correctBias(pair, *wanted)))
        return failure();
    }
    if (corrects)
      noteBias(pair);
    if (progress)
      progress(++done, layers);
    return success();
  }

private:
  const Algorithms &algorithms;
  int64_t layers, done = 0;
  CalibrationProgress progress;
  llvm::DefaultThreadPool workers{llvm::hardware_concurrency()};
  /// Of the op at hand, per channel: in units of the output's deviation.
  double largestShift = 0;

  LogicalResult correctBias(const PairView &pair,
                            const std::vector<Tensor> &wanted) {
    FailureOr<std::vector<Tensor>> found =
        pair.unclamped(PairView::Level::QFloat);
    if (failed(found))
      return failure();
    const std::vector<float> scales = pair.scales(2);
    const int64_t channels = wanted.front().shape.back();
    std::vector<double> shift(channels, 0), sum(channels, 0),
        square(channels, 0);
    int64_t count = 0;
    for (size_t s = 0; s < wanted.size(); ++s) {
      ArrayRef<float> y = wanted[s].data<float>();
      ArrayRef<float> z = (*found)[s].data<float>();
      for (size_t i = 0; i < y.size(); ++i) {
        const size_t c = i % channels;
        shift[c] += double(y[i]) - z[i];
        sum[c] += y[i];
        square[c] += double(y[i]) * y[i];
      }
      count += int64_t(y.size()) / channels;
    }
    std::vector<int32_t> codes = pair.codes(2);
    codes.resize(channels, 0);
    for (int64_t c = 0; c < channels; ++c) {
      const double mean = sum[c] / count;
      const double deviation =
          std::sqrt(std::max(square[c] / count - mean * mean, 0.0));
      if (deviation > 0)
        largestShift =
            std::max(largestShift, std::fabs(shift[c] / count) / deviation);
      const double code =
          codes[c] +
          std::nearbyint(shift[c] / count / scales[scales.size() == 1 ? 0 : c]);
      codes[c] =
          int32_t(std::clamp(code, double(-largestBias), double(largestBias)));
    }
    return pair.setCodes(2, codes);
  }

  void noteBias(const PairView &pair) {
    q::addNote(pair.qfloatOp(),
               text("biases corrected by up to %.2g deviations of the output",
                    largestShift));
    largestShift = 0;
  }

  LogicalResult roundFilter(const PairView &pair,
                            const std::vector<Tensor> &wanted) {
    Operation *op = pair.qfloatOp();
    const std::optional<Patches> patches = Patches::of(op);
    if (!patches) {
      q::addNote(op, "not rounded by AdaRound: no conv2d or linear");
      return success();
    }
    const int64_t samples = pair.numSamples(), depth = patches->depth();
    const int64_t each = std::min(patches->positions(),
                                  std::max<int64_t>(largestRows / samples, 1));
    const int64_t rows = samples * each;
    // Fewer equations than unknowns: roundings would fit these samples only.
    if (rows < depth) {
      q::addNote(op,
                 text("not rounded by AdaRound: %lld outputs of %lld inputs "
                      "each do not decide; give more samples",
                      (long long)rows, (long long)depth));
      return success();
    }
    const Rows picked = pick(*patches, samples, each);

    const int64_t groups = patches->sizes.groups;
    const int64_t perGroup = patches->sizes.outC / groups;
    const int64_t slices = llvm::divideCeil(perGroup, slice);
    ArrayRef<float> filter = pair.floatInput(0, 1).data<float>();
    const std::vector<float> scales = pair.scales(1),
                             biasScales = pair.scales(2);
    const std::vector<int32_t> biasCodes = pair.codes(2);
    const std::vector<int32_t> before = pair.codes(1);
    std::vector<int32_t> codes(before.size());
    const std::optional<q::Groups> lattice =
        q::groupsOf(op->getOperand(1).getDefiningOp());
    std::vector<int8_t> multipliers;
    if (lattice)
      multipliers = q::multipliersOfCodes(
          *lattice,
          cast<RankedTensorType>(op->getOperand(1).getType()).getShape());
    auto at = [](const std::vector<float> &list, int64_t c) {
      return list[list.size() == 1 ? 0 : c];
    };

    AdaRoundOptions options;
    options.steps = algorithms.adaround;
    // Here: the values are made when they are first asked for.
    std::vector<const float *> shown;
    for (int64_t s = 0; s < samples; ++s)
      shown.push_back(pair.qfloatInput(s, 0).data<float>().data());
    // Slices of one group read the same inputs again: that is little beside
    // the steps, and groups (a channel each, if depthwise) need no turns.
    auto round = [&](int64_t task) {
      const int64_t g = task / slices;
      const int64_t first = g * perGroup + task % slices * slice;
      const int64_t last = std::min(first + slice, (g + 1) * perGroup);
      RoundingProblem problem;
      problem.rows = rows;
      problem.depth = depth;
      problem.channels = last - first;
      std::vector<float> inputs(rows * depth), outputs, scale, bias;
      for (int64_t r = 0; r < rows; ++r) {
        const auto [sample, position] = picked[r];
        patches->read(shown[sample], position, g, inputs.data() + r * depth);
        const float *row = wanted[sample].data<float>().data() +
                           position * patches->sizes.outC;
        outputs.insert(outputs.end(), row + first, row + last);
      }
      for (int64_t c = first; c < last; ++c) {
        scale.push_back(at(scales, c));
        bias.push_back(
            biasCodes.empty() ? 0 : float(biasCodes[c]) * at(biasScales, c));
      }
      problem.inputs = inputs;
      problem.outputs = outputs;
      problem.scales = scale;
      problem.bias = bias;
      problem.filter = filter.slice(first * depth, (last - first) * depth);
      std::tie(problem.low, problem.high) = clampOf(op);
      auto grid = pair.inputGrid(1);
      problem.min = int32_t(grid.getStorageTypeMin());
      problem.max = int32_t(grid.getStorageTypeMax());
      if (lattice) {
        problem.multipliers =
            ArrayRef(multipliers).slice(first * depth, (last - first) * depth);
        problem.max = int32_t(q::largestGroupCode(int(lattice->bits)));
        problem.min = -problem.max;
      }
      llvm::copy(adaround(problem, options), codes.begin() + first * depth);
    };
    for (int64_t task = 0; task < groups * slices; ++task)
      workers.async([&round, task] { round(task); });
    workers.wait();
    int64_t changed = 0;
    for (size_t i = 0; i < codes.size(); ++i)
      changed += codes[i] != before[i];
    q::addNote(op, text("AdaRound: %.1f %% of the weights not to the nearest",
                        100.0 * changed / codes.size()));
    return pair.setCodes(1, codes);
  }

  struct Row {
    int64_t sample, position;
  };
  using Rows = std::vector<Row>;

  /// `each` different positions of every sample; the same for the same sizes.
  static Rows pick(const Patches &patches, int64_t samples, int64_t each) {
    std::mt19937_64 random(2);
    std::vector<int64_t> positions(patches.positions());
    Rows rows;
    for (int64_t s = 0; s < samples; ++s) {
      std::iota(positions.begin(), positions.end(), 0);
      for (int64_t i = 0; i < each; ++i) {
        const auto left = uint64_t(positions.size() - i);
        std::swap(positions[i], positions[i + int64_t(random() % left)]);
        rows.push_back({s, positions[i]});
      }
    }
    return rows;
  }

  static std::pair<float, float> clampOf(Operation *op) {
    if (auto clamp = op->getAttrOfType<DenseF32ArrayAttr>("clamp"))
      return {clamp[0], clamp[1]};
    const float infinity = std::numeric_limits<float>::infinity();
    return {-infinity, infinity};
  }
};

int64_t bytesOf(ValueRange values) {
  int64_t bytes = 0;
  for (Value value : values)
    bytes += cast<RankedTensorType>(value.getType()).getNumElements() * 4;
  return bytes;
}

} // namespace

int64_t quantize::affordableSamples(ModuleOp module, int64_t wanted) {
  // Alive at one op: its operands and result, twice each (both functions), the
  // unclamped results, and about as much of what others still wait for.
  int64_t largest = 1;
  module.walk([&](Operation *op) {
    if (op->getNumResults() == 1 && isa<nn::NNDialect>(op->getDialect()))
      largest = std::max(largest, bytesOf(op->getOperands()) +
                                      bytesOf(op->getResults()));
  });
  return std::clamp<int64_t>((int64_t(1) << 29) / (5 * largest), 1, wanted);
}

FailureOr<std::vector<std::vector<Tensor>>>
quantize::firstSamples(Location loc, DataSource &data, int64_t limit) {
  std::vector<std::vector<Tensor>> samples;
  data.rewind();
  for (std::vector<Tensor> sample; int64_t(samples.size()) < limit;) {
    llvm::Expected<bool> more = data.next(sample);
    if (!more) {
      emitError(loc, llvm::toString(more.takeError()));
      return failure();
    }
    if (!*more)
      break;
    samples.push_back(std::move(sample));
  }
  if (samples.empty()) {
    emitError(loc, "expects at least one sample");
    return failure();
  }
  return samples;
}

LogicalResult quantize::correct(ModuleOp floating, ModuleOp qfloat,
                                DataSource &data, const Algorithms &algorithms,
                                CalibrationProgress progress) {
  auto floatMain = floating.lookupSymbol<func::FuncOp>("main");
  auto qfloatMain = qfloat.lookupSymbol<func::FuncOp>("main");
  if (!floatMain || !qfloatMain)
    return emitError(qfloat.getLoc(), "expects a function @main");
  FailureOr<std::vector<std::vector<Tensor>>> samples = firstSamples(
      qfloat.getLoc(), data, affordableSamples(floating, algorithms.samples));
  if (failed(samples))
    return failure();
  FailureOr<interpret::Lockstep> lockstep =
      interpret::Lockstep::create(floatMain, qfloatMain);
  if (failed(lockstep))
    return failure();
  int64_t layers = 0;
  qfloatMain.walk([&](Operation *op) { layers += isFilterOp(op); });
  Corrector corrector(algorithms, layers, progress);
  return success(succeeded(lockstep->run(*samples, corrector)));
}
