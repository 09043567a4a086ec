// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The named pipelines of the quantizer. In order, for a float model:
//
//   buildQuantizePipeline  nn -> qf with observers
//   calibrate()            fills the ranges (Calibrate.h)
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
  Option<std::string> observer{*this, "observer",
                               llvm::cl::desc("Observer of activations"),
                               llvm::cl::init("min_max")};
};

struct AssignOptions : mlir::PassPipelineOptions<AssignOptions> {
  Option<bool> perChannel{*this, "per-channel",
                          llvm::cl::desc("One filter scale per output channel"),
                          llvm::cl::init(true)};
  Option<bool> narrow{*this, "narrow",
                      llvm::cl::desc("Filter codes in [-127, 127]"),
                      llvm::cl::init(true)};
  Option<int64_t> filterBits{*this, "filter-bits",
                             llvm::cl::desc("Bits of a filter code: 8, 4, 2"),
                             llvm::cl::init(8)};
};

struct BorderOptions : mlir::PassPipelineOptions<BorderOptions> {
  Option<bool> quantized{*this, "quantized",
                         llvm::cl::desc("Codes instead of float"),
                         llvm::cl::init(true)};
  Option<bool> channelsLast{*this, "channels-last", llvm::cl::desc("NHWC"),
                            llvm::cl::init(true)};
};

/// `quench-quantize`: verify nn, fold, fuse, insert observers.
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

/// Makes the five names known to quench-opt.
void registerQuantizePipelines();

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_PIPELINES_H
