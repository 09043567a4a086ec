// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Hooks in lockstep that add up errors. The share of each layer in the error at
// the outputs is found by running the float model once more per layer and
// sample, with this layer's own error added to its result.

#include "compiler/quantize/Measure.h"

#include "compiler/interpret/Interpreter.h"
#include "compiler/interpret/Lockstep.h"
#include "compiler/quantize/Constants.h"
#include "compiler/quantize/Forms.h"
#include "dialects/nn/NN.h"
#include "dialects/q/Notes.h"
#include "dialects/q/Types.h"
#include "dialects/qf/QF.h"

#include <algorithm>
#include <chrono>
#include <cmath>

using namespace mlir;
using namespace quench;
using namespace quench::quantize;
using interpret::ElementKind;
using interpret::GridType;
using interpret::PairView;
using interpret::Tensor;

namespace {

using Samples = std::vector<std::vector<Tensor>>;

/// Bias codes that the scale floor of filterGrid has pushed to its limit.
constexpr int64_t biasLimit = int64_t(0.99 * 0x1p22);

GridFacts factsOf(GridType grid) {
  const q::ActParams p = q::actParams(grid);
  return {p.scale, p.zero, p.min, p.max};
}

FilterFacts filterFacts(const PairView &pair) {
  FilterFacts facts;
  const std::vector<int32_t> codes = pair.codes(1), bias = pair.codes(2);
  ArrayRef<float> exact = pair.floatInput(0, 1).data<float>();
  ArrayRef<float> rounded = pair.qfloatInput(0, 1).data<float>();
  facts.error.add(exact, rounded);
  facts.worstSqnr = INFINITY;
  facts.channels = pair.floatInput(0, 1).shape.front();
  facts.perChannel = isa<quant::UniformQuantizedPerAxisType>(pair.inputGrid(1));
  const int64_t taps = codes.size() / facts.channels;
  const GridFacts input = factsOf(pair.inputGrid(0));
  const int64_t reach =
      std::max(input.max - input.zero, input.zero - input.min);
  const int64_t top = pair.inputGrid(1).getStorageTypeMax();
  for (int64_t c = 0; c < facts.channels; ++c) {
    int64_t largest = 0, sum = 0;
    for (int64_t i = c * taps; i < (c + 1) * taps; ++i) {
      const int64_t code =
          std::abs(codes[i] - int64_t(q::zeroOf(pair.inputGrid(1))));
      largest = std::max(largest, code);
      sum += code;
    }
    const int64_t offset = bias.empty() ? 0 : std::abs(int64_t(bias[c]));
    facts.zeroChannels += largest == 0;
    ErrorSums channel;
    channel.add(exact.slice(c * taps, taps), rounded.slice(c * taps, taps));
    facts.worstSqnr = std::min(facts.worstSqnr, channel.sqnr());
    facts.coarseChannels += channel.sqnr() < FilterFacts::coarseFilter;
    facts.raisedChannels += offset >= biasLimit && 2 * largest <= top;
    facts.largestBias = std::max(facts.largestBias, offset);
    facts.largestBound = std::max(facts.largestBound, sum * reach + offset);
  }
  return facts;
}

/// Sums over samples for each output.
struct OutputNoise {
  std::vector<double> signal, noise;

  void add(ArrayRef<Tensor> exact, ArrayRef<Tensor> noisy) {
    signal.resize(exact.size(), 0);
    noise.resize(exact.size(), 0);
    for (auto [i, tensor] : llvm::enumerate(exact)) {
      if (tensor.kind != ElementKind::F32)
        continue;
      ErrorSums sums;
      sums.add(tensor.data<float>(), noisy[i].data<float>());
      signal[i] += sums.signal;
      noise[i] += sums.noise;
    }
  }
  /// Noise relative to the signal, summed over outputs.
  double relative() const {
    double sum = 0;
    for (auto [s, n] : llvm::zip_equal(signal, noise))
      if (s > 0)
        sum += n / s;
    return sum;
  }
};

/// The float model with the error of one layer at a time.
class Attribution {
public:
  LogicalResult create(func::FuncOp function) {
    FailureOr<interpret::Interpreter> made =
        interpret::Interpreter::create(function);
    if (failed(made))
      return failure();
    interpreter.emplace(std::move(*made));
    return success();
  }

  /// Runs the samples without error; keeps as many as the budget allows for
  /// `layers` layers.
  LogicalResult begin(const Samples &given, size_t layers,
                      const MeasureOptions &options) {
    using Clock = std::chrono::steady_clock;
    const auto start = Clock::now();
    int64_t affordable = options.attributionSamples;
    for (const std::vector<Tensor> &sample : given) {
      if (int64_t(samples.size()) >= affordable)
        break;
      auto results = interpreter->run(sample);
      if (failed(results))
        return failure();
      samples.push_back(sample);
      exact.push_back(std::move(*results));
      const std::chrono::duration<double> elapsed = Clock::now() - start;
      secondsPerSample =
          elapsed.count() / double(samples.size()) * double(layers);
      // A clock may stand still; 0 / 0 does not compare.
      if (options.attributionSeconds < secondsPerSample * double(affordable))
        affordable = int64_t(options.attributionSeconds / secondsPerSample);
      else if (options.attributionSeconds <= 0)
        affordable = 0;
    }
    samples.resize(std::min<size_t>(samples.size(), affordable));
    return success();
  }

  size_t numSamples() const { return samples.size(); }
  double cost() const { return secondsPerSample; }

  /// The error of an argument.
  FailureOr<double> ofArgument(unsigned index, ArrayRef<Tensor> rounded) {
    return noise([&](size_t n) {
      std::vector<Tensor> sample = samples[n];
      sample[index] = rounded[n];
      return interpreter->run(sample);
    });
  }
  FailureOr<double> ofOp(Operation *op, ArrayRef<Tensor> rounded) {
    return noise([&](size_t n) {
      return interpreter->run(samples[n], {}, [&](Operation *at, Tensor &out) {
        if (at == op)
          out = rounded[n];
      });
    });
  }
  /// That of all layers together, given QFloat's outputs.
  double ofAll(const Samples &outputs) {
    OutputNoise sums;
    for (size_t n = 0; n < samples.size(); ++n)
      sums.add(exact[n], outputs[n]);
    return sums.relative();
  }

private:
  FailureOr<double>
  noise(function_ref<FailureOr<std::vector<Tensor>>(size_t)> run) {
    OutputNoise sums;
    for (size_t n = 0; n < samples.size(); ++n) {
      FailureOr<std::vector<Tensor>> outputs = run(n);
      if (failed(outputs))
        return failure();
      sums.add(exact[n], *outputs);
    }
    return sums.relative();
  }

  std::optional<interpret::Interpreter> interpreter;
  Samples samples, exact;
  double secondsPerSample = 0;
};

class Collector : public interpret::LockstepHooks {
public:
  Collector(interpret::Lockstep &lockstep, func::FuncOp function,
            Measurement &into, Attribution &attribution)
      : function(function), into(into), attribution(attribution) {
    for (BlockArgument argument : function.getArguments()) {
      LayerMeasure &layer = into.layers.emplace_back();
      layer.name = valueName(argument);
      layer.op = "input";
      layer.shape = interpret::shapeOf(argument).vec();
    }
    for (size_t i = 0; i < lockstep.numPairs(); ++i) {
      Operation *op = lockstep.floatOp(i);
      LayerMeasure &layer = into.layers.emplace_back();
      layer.name = interpret::tensorName(op);
      layer.op = op->getName().stripDialect().str();
      layer.shape = interpret::shapeOf(op->getResult(0)).vec();
      layer.notes = notesOf(lockstep.qfloatOp(i));
    }
  }

  LogicalResult argument(unsigned index, ArrayRef<Tensor> values,
                         ArrayRef<Tensor> carried, GridType grid) override {
    LayerMeasure &layer = into.layers[index];
    if (values.front().kind != ElementKind::F32) {
      layer.isIndex = true;
      return success();
    }
    std::vector<Tensor> rounded(values.begin(), values.end());
    if (grid) {
      layer.grid = factsOf(grid);
      for (auto [n, tensor] : llvm::enumerate(carried))
        interpret::makeDequantizeKernel(grid)({&tensor}, rounded[n]);
    }
    for (auto [n, tensor] : llvm::enumerate(values))
      if (failed(add(layer, tensor, rounded[n], rounded[n],
                     grid ? &carried[n] : nullptr, n)))
        return failure();
    if (!isFirst || !grid || !attribution.numSamples())
      return success();
    FailureOr<double> alone = attribution.ofArgument(index, rounded);
    if (succeeded(alone))
      layer.aloneNoise = *alone;
    return success(succeeded(alone));
  }

  LogicalResult after(const PairView &pair) override {
    LayerMeasure &layer =
        into.layers[function.getNumArguments() + pair.index()];
    if (pair.floatOutput(0).kind != ElementKind::F32) {
      layer.isIndex = true;
      return success();
    }
    if (GridType grid = pair.outputGrid())
      layer.grid = factsOf(grid);
    if (isFirst && isFilterOp(pair.floatOp()) && pair.inputGrid(0) &&
        pair.inputGrid(1))
      layer.filter = filterFacts(pair);
    FailureOr<std::vector<Tensor>> local = pair.localOutputs();
    if (failed(local))
      return failure();
    for (size_t n = 0; n < pair.numSamples(); ++n) {
      if (failed(add(layer, pair.floatOutput(n), (*local)[n],
                     pair.qfloatOutput(n), pair.carriedOutput(n), n)))
        return failure();
      if (isa<nn::ConcatOp, nn::AddOp, nn::SubOp>(pair.floatOp()))
        addInputs(layer, pair, n);
    }
    if (!isFirst || !attribution.numSamples())
      return success();
    FailureOr<std::vector<Tensor>> own = pair.ownOutputs();
    if (failed(own))
      return failure();
    for (size_t n = 0; n < attribution.numSamples(); ++n)
      layer.own.add(pair.floatOutput(n).data<float>(), (*own)[n].data<float>());
    if (layer.own.noise == 0) {
      layer.aloneNoise = 0; // moves, mostly: without a run
      return success();
    }
    FailureOr<double> alone = attribution.ofOp(pair.floatOp(), *own);
    if (succeeded(alone))
      layer.aloneNoise = *alone;
    return success(succeeded(alone));
  }

  /// The batch is done.
  void addOutputs(const interpret::LockstepResults &results) {
    into.outputs.resize(function.getNumResults());
    for (auto [i, output] : llvm::enumerate(into.outputs)) {
      auto name = function.getResultAttrOfType<StringAttr>(i, "quench.name");
      output.name = name ? name.str() : "output " + std::to_string(i);
      for (size_t n = 0; n < results.floating.size(); ++n) {
        const Tensor &x = results.floating[n][i], &y = results.qfloat[n][i];
        if (x.kind != ElementKind::F32)
          continue;
        ArrayRef<float> exact = x.data<float>(), noisy = y.data<float>();
        output.error.add(exact, noisy);
        if (x.shape.size() != 2 || x.shape[0] != 1 || x.shape[1] < 2)
          continue;
        output.agreeing = output.agreeing.value_or(0) +
                          (llvm::max_element(exact) - exact.begin() ==
                           llvm::max_element(noisy) - noisy.begin());
      }
    }
    into.samples += results.floating.size();
    isFirst = false;
  }

private:
  static std::vector<std::string> notesOf(Operation *op) {
    std::vector<std::string> notes;
    auto take = [&](Operation *from) {
      if (ArrayAttr list = q::notesOf(from))
        for (Attribute note : list)
          notes.push_back(cast<StringAttr>(note).str());
    };
    take(op);
    for (Operation *user : op->getResult(0).getUsers())
      if (isa<qf::FakeQuantOp>(user))
        take(user);
    return notes;
  }

  LogicalResult add(LayerMeasure &layer, const Tensor &exact,
                    const Tensor &local, const Tensor &accumulated,
                    const Tensor *carried, size_t sample) {
    ArrayRef<float> x = exact.data<float>();
    const auto *bad =
        llvm::find_if(x, [](float value) { return !std::isfinite(value); });
    if (bad != x.end())
      return function.emitError("tensor '")
             << layer.name << "' of the float model has "
             << (std::isnan(*bad) ? "a NaN" : "an infinity") << " at element "
             << bad - x.begin() << " for evaluation sample "
             << into.samples + int64_t(sample);
    layer.local.add(x, local.data<float>());
    layer.accumulated.add(x, accumulated.data<float>());
    if (layer.op != "input") // in the source's layout
      layer.channels.add(x, local.data<float>(),
                         exact.shape.empty() ? 1 : exact.shape.back());
    layer.range.add(x);
    if (!carried)
      return success();
    const GridFacts &grid = *layer.grid;
    if (!layer.codes.count())
      layer.codes = CodeUse(grid.min, grid.max);
    for (auto [value, code] : llvm::zip_equal(x, carried->data<float>()))
      layer.codes.add(int64_t(code) + grid.zero,
                      double(value) / grid.scale + double(grid.zero));
    return success();
  }

  void addInputs(LayerMeasure &layer, const PairView &pair, size_t sample) {
    Operation *op = pair.floatOp();
    for (unsigned i = 0; i < op->getNumOperands(); ++i) {
      ArrayRef<float> values = pair.floatInput(sample, i).data<float>();
      if (values.empty())
        continue;
      const auto [min, max] = std::minmax_element(values.begin(), values.end());
      const Range range{*min, *max};
      if (i == layer.inputs.size())
        layer.inputs.push_back({valueName(op->getOperand(i)), range});
      else
        layer.inputs[i].range = unite(layer.inputs[i].range, range);
    }
  }

  func::FuncOp function;
  Measurement &into;
  Attribution &attribution;
  bool isFirst = true;
};

/// Up to `count` samples. Errors are emitted on the function.
FailureOr<Samples> read(DataSource &data, int64_t count,
                        func::FuncOp function) {
  Samples samples;
  for (std::vector<Tensor> sample; int64_t(samples.size()) < count;) {
    llvm::Expected<bool> more = data.next(sample);
    if (!more)
      return emitError(function.getLoc(), llvm::toString(more.takeError()));
    if (!*more)
      break;
    samples.push_back(std::move(sample));
    sample.clear();
  }
  return samples;
}

} // namespace

double Measurement::outputSqnr() const {
  double worst = INFINITY;
  for (const OutputMeasure &output : outputs)
    worst = std::min(worst, output.error.sqnr());
  return worst;
}

FailureOr<Measurement> quantize::measure(func::FuncOp floatFunction,
                                         func::FuncOp qfloatFunction,
                                         DataSource &data,
                                         const MeasureOptions &options,
                                         CalibrationProgress progress) {
  FailureOr<interpret::Lockstep> lockstep =
      interpret::Lockstep::create(floatFunction, qfloatFunction);
  Attribution attribution;
  if (failed(lockstep) || failed(attribution.create(floatFunction)))
    return failure();
  Measurement result;
  Collector collector(*lockstep, floatFunction, result, attribution);
  for (bool isFirst = true;; isFirst = false) {
    FailureOr<Samples> samples = read(data, options.batch, qfloatFunction);
    if (failed(samples))
      return failure();
    if (samples->empty())
      break;
    if (isFirst &&
        failed(attribution.begin(*samples, result.layers.size(), options)))
      return failure();
    auto outputs = lockstep->run(*samples, collector);
    if (failed(outputs))
      return failure();
    result.attributionCost = attribution.cost();
    if (isFirst && attribution.numSamples()) {
      result.attributionSamples = attribution.numSamples();
      result.additivity = attribution.ofAll(outputs->qfloat);
    }
    collector.addOutputs(*outputs);
    if (progress)
      progress(result.samples, data.size());
  }
  if (result.samples == 0)
    return emitError(qfloatFunction.getLoc(),
                     "evaluation expects at least one sample");

  std::vector<double> alone;
  double sum = 0;
  for (const LayerMeasure &layer : result.layers)
    sum += alone.emplace_back(layer.aloneNoise.value_or(0));
  for (auto [layer, regained] :
       llvm::zip_equal(result.layers, regainedDecibels(alone)))
    layer.regained = regained;
  result.additivity = result.additivity > 0 ? sum / result.additivity : 0;
  return result;
}
