// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Two interpreters side by side, sums in the order of the samples.

#include "compiler/quantize/Evaluate.h"

#include "compiler/interpret/Interpreter.h"
#include "compiler/quantize/SampleWorkers.h"

#include <cmath>

using namespace mlir;
using namespace quench;
using namespace quench::quantize;
using interpret::ElementKind;
using interpret::Tensor;

double Evaluation::sqnr() const {
  double worst = INFINITY;
  for (const ErrorSums &output : outputs)
    worst = std::min(worst, output.sqnr());
  return worst;
}

double Evaluation::drop() const {
  return samples ? 100 * double(floatRight - quantizedRight) / double(samples)
                 : 0;
}

std::optional<unsigned> quantize::scoresOf(func::FuncOp function) {
  for (auto [i, type] : llvm::enumerate(function.getResultTypes())) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (tensor && tensor.getElementType().isF32() && tensor.getRank() == 2 &&
        tensor.getDimSize(0) == 1 && tensor.getDimSize(1) > 1)
      return unsigned(i);
  }
  return std::nullopt;
}

static int64_t largest(const Tensor &scores) {
  ArrayRef<float> values = scores.data<float>();
  return llvm::max_element(values) - values.begin();
}

FailureOr<Evaluation> quantize::evaluate(func::FuncOp floatFunction,
                                         func::FuncOp quantizedFunction,
                                         DataSource &data,
                                         const EvaluateOptions &options) {
  FailureOr<interpret::Interpreter> floating =
      interpret::Interpreter::create(floatFunction);
  FailureOr<interpret::Interpreter> quantized =
      interpret::Interpreter::create(quantizedFunction);
  if (failed(floating) || failed(quantized))
    return failure();
  const std::optional<unsigned> scores = scoresOf(floatFunction);

  auto run = [&](ArrayRef<Tensor> sample, int64_t index) {
    using Result = Outcome<Evaluation>;
    if (llvm::Error error = floating->check(sample))
      return Result::failed(std::move(error), floatFunction);
    if (!options.labels.empty() && index >= int64_t(options.labels.size()))
      return Result::failed(llvm::createStringError(
          "expects a label for each sample, but has only " +
          Twine(options.labels.size())));
    // The inputs have been checked, which is all that run() can refuse.
    const std::vector<Tensor> x = *floating->run(sample),
                              y = *quantized->run(sample);
    Result outcome;
    Evaluation &one = outcome.result;
    one.outputs.resize(x.size());
    for (auto [sums, exact, rounded] : llvm::zip_equal(one.outputs, x, y))
      if (exact.kind == ElementKind::F32)
        sums.add(exact.data<float>(), rounded.data<float>());
    if (scores) {
      const int64_t answer = largest(x[*scores]);
      const int64_t label =
          options.labels.empty() ? answer : options.labels[index];
      one.floatRight = answer == label;
      one.quantizedRight = largest(y[*scores]) == label;
    }
    return outcome;
  };

  Evaluation all;
  all.outputs.resize(floatFunction.getNumResults());
  auto add = [&](const Evaluation &one) {
    for (auto [sum, part] : llvm::zip_equal(all.outputs, one.outputs))
      sum += part;
    all.floatRight += one.floatRight;
    all.quantizedRight += one.quantizedRight;
    ++all.samples;
    if (options.progress)
      options.progress(all.samples, data.size());
  };
  data.rewind();
  if (failed(SampleWorkers<Evaluation>(data, run, add)
                 .run(options.jobs, quantizedFunction.getLoc())))
    return failure();
  if (all.samples == 0)
    return emitError(quantizedFunction.getLoc(),
                     "evaluation expects at least one sample");
  return all;
}
