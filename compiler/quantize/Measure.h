// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Measures layer by layer what quantization costs, over samples that stream
// through the float model and its QFloat twin. docs/report.md explains every
// number.

#ifndef QUENCH_COMPILER_QUANTIZE_MEASURE_H
#define QUENCH_COMPILER_QUANTIZE_MEASURE_H

#include "compiler/quantize/Calibrate.h"
#include "compiler/quantize/Metrics.h"
#include "compiler/quantize/observers/Observer.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <string>

namespace quench::quantize {

struct MeasureOptions {
  /// Samples that run in lockstep at once; memory grows with it.
  int64_t batch = 8;
  /// Most samples, and most seconds, for finding out what each layer alone does
  /// to the outputs. Without them that is not measured.
  int64_t attributionSamples = 4;
  double attributionSeconds = 60;
};

/// The grid of a layer's result.
struct GridFacts {
  double scale;
  int64_t zero, min, max; ///< codes
  double low() const { return double(min - zero) * scale; }
  double high() const { return double(max - zero) * scale; }
};

/// What the constants of a filter op say, without data.
struct FilterFacts {
  /// dB. 8 bits with a scale per channel give about 40.
  static constexpr double coarseFilter = 20;

  int64_t channels = 0;
  bool perChannel = false;    ///< a scale for each
  ErrorSums error;            ///< of the filter: float against its codes
  int64_t coarseChannels = 0; ///< of those, with less than coarseFilter dB
  double worstSqnr = 0;       ///< dB of the worst channel; infinity for none
  int64_t zeroChannels = 0;   ///< all codes of the filter are 0
  /// Channels whose scale the bias has raised (|bias code| at its limit 2^22)
  /// so that less than half of the filter's codes are used.
  int64_t raisedChannels = 0;
  int64_t largestBias = 0;  ///< |code|
  int64_t largestBound = 0; ///< of the accumulator, proved (spec Q-WRAP)
};

/// An input of an op that mixes values: concat, add, sub.
struct MixedInput {
  std::string name;
  Range range; ///< of the float model
};

/// An argument of the model that is rounded, or an nn op.
struct LayerMeasure {
  std::string name;
  std::string op; ///< "conv2d"; "input" for an argument
  std::vector<int64_t> shape;
  bool isIndex = false;          ///< the result is indices: nothing to measure
  std::optional<GridFacts> grid; ///< nothing inside a float island

  ErrorSums local; ///< this layer alone: float inputs, rounded
  /// This layer without the rounding of its inputs (interpret::PairView::
  /// ownOutputs), over the samples of the attribution.
  ErrorSums own;
  ErrorSums accumulated; ///< all layers up to this
  ChannelSums channels;  ///< of the local error; none for arguments
  CodeUse codes;
  RangeTrack range; ///< of the float model
  std::optional<FilterFacts> filter;
  std::vector<MixedInput> inputs;

  /// With this layer's own error alone: noise at the outputs relative to the
  /// outputs, summed over them.
  std::optional<double> aloneNoise;
  double regained = 0;            ///< dB, if it had no error of its own
  std::vector<std::string> notes; ///< what passes did to it (Notes.h)
};

struct OutputMeasure {
  std::string name;
  ErrorSums error;
  /// Samples whose largest element is the same in both models; nothing for
  /// outputs that are no list of scores ([1, n]).
  std::optional<int64_t> agreeing;
};

struct Measurement {
  int64_t samples = 0;
  std::vector<LayerMeasure> layers; ///< arguments, then in execution order
  std::vector<OutputMeasure> outputs;
  int64_t attributionSamples = 0; ///< 0: aloneNoise was not measured
  double attributionCost = 0;     ///< seconds that one sample takes, about
  /// Sum of aloneNoise over the noise of all layers together: 1 where errors
  /// are independent.
  double additivity = 0;

  /// Of the noisiest output, in dB; infinity without outputs.
  double outputSqnr() const;
};

/// Runs `data` through both functions (twins, see interpret::Lockstep). Emits a
/// diagnostic for functions that are no twins, data that do not fit, no sample
/// at all, and a float tensor that is not finite.
mlir::FailureOr<Measurement> measure(mlir::func::FuncOp floatFunction,
                                     mlir::func::FuncOp qfloatFunction,
                                     DataSource &data,
                                     const MeasureOptions &options = {},
                                     CalibrationProgress progress = nullptr);

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_MEASURE_H
