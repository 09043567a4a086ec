// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The named pipelines of the quantizer. In order, for a float model:
//
//   buildFoldPipeline      nn -> nn, folded; equalize() and smooth() may change
//                          constants; the twin that errors are measured against
//   buildObservePipeline   nn -> qf with observers
//   calibrate()            fills the ranges (Calibrate.h), or, without data,
//   dataFreeRanges()       (DataFree.h)
//   buildAssignPipeline    qf with observers -> qf with fake quantizers
//   buildConvertPipeline   qf -> q
//   buildBorderPipeline    q -> q, only for int8 or channels-last borders
//
// and for a model that comes in quantized (QDQ):
//
//   buildNormalizePipeline, buildConvertPipeline
//
// What qf computes is defined between the two: the graph after assign or
// normalize is the QFloat model that Q equals bit for bit.

#ifndef QUENCH_COMPILER_QUANTIZE_PIPELINES_H
#define QUENCH_COMPILER_QUANTIZE_PIPELINES_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace quench::quantize {

struct QuantizeOptions : mlir::PassPipelineOptions<QuantizeOptions> {
  Option<std::string> qconfig{
      *this, "qconfig",
      llvm::cl::desc("Preset for modules without quench.qconfig"),
      llvm::cl::init("fast")};
};

struct AssignOptions : mlir::PassPipelineOptions<AssignOptions> {
  Option<bool> analyticBias{
      *this, "analytic-bias",
      llvm::cl::desc("Correct biases from statistics, without data"),
      llvm::cl::init(false)};
  ListOption<double> inputLow{
      *this, "input-low",
      llvm::cl::desc("For analytic-bias: least input, or one per channel")};
  ListOption<double> inputHigh{
      *this, "input-high",
      llvm::cl::desc("For analytic-bias: largest input, or one per channel")};
};

struct BorderOptions : mlir::PassPipelineOptions<BorderOptions> {
  Option<bool> quantized{*this, "quantized",
                         llvm::cl::desc("Codes instead of float"),
                         llvm::cl::init(true)};
  Option<bool> channelsLast{*this, "channels-last", llvm::cl::desc("NHWC"),
                            llvm::cl::init(true)};
};

/// `quench-fold`: verify nn, fold, fuse. The result has the nn ops that the
/// quantized graph will have, in the same order: its float twin
/// (compiler/interpret/Lockstep.h).
void buildFoldPipeline(mlir::OpPassManager &pm);

/// `quench-observe`: insert observers.
void buildObservePipeline(mlir::OpPassManager &pm,
                          const QuantizeOptions &options);

/// `quench-quantize`: the two.
void buildQuantizePipeline(mlir::OpPassManager &pm,
                           const QuantizeOptions &options);

/// `quench-assign`: parameters from ranges, constants to codes, verify qf.
void buildAssignPipeline(mlir::OpPassManager &pm, const AssignOptions &options);

/// `quench-normalize`: a QDQ graph into our form, constants to codes, verify
/// qf.
void buildNormalizePipeline(mlir::OpPassManager &pm);

/// `quench-convert`: qf to q, verify q.
void buildConvertPipeline(mlir::OpPassManager &pm);

/// `quench-border`: q with another border, verify q.
void buildBorderPipeline(mlir::OpPassManager &pm, const BorderOptions &options);

/// Makes the names known to quench-opt.
void registerQuantizePipelines();

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_PIPELINES_H
