// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The arrow q -> plan of the straight line.

#ifndef QUENCH_COMPILER_PLACE_PIPELINES_H
#define QUENCH_COMPILER_PLACE_PIPELINES_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

#include <string>

namespace quench::place {

struct PlacePipelineOptions : mlir::PassPipelineOptions<PlacePipelineOptions> {
  ListOption<std::string> targets{
      *this, "targets",
      llvm::cl::desc("ISA levels to place for, the preferred one first; "
                     "default: scalar")};
  Option<std::string> modelName{
      *this, "model-name",
      llvm::cl::desc("C identifier of the model; default: from quench.model"),
      llvm::cl::init("")};
  Option<bool> optimizeSize{
      *this, "optimize-size",
      llvm::cl::desc("Few kernels that layers share, even if others are "
                     "quicker"),
      llvm::cl::init(false)};
  Option<std::string> optionsText{
      *this, "options-text",
      llvm::cl::desc("Text repeated in the emitted files"), llvm::cl::init("")};
  Option<int64_t> threads{*this, "threads",
                          llvm::cl::desc("The most workers that share a call"),
                          llvm::cl::init(1)};
  Option<bool> bands{
      *this, "bands",
      llvm::cl::desc("Run calls band by band where that makes the arena "
                     "smaller"),
      llvm::cl::init(true)};
  Option<std::string> timings{
      *this, "timings",
      llvm::cl::desc("File of measured times to choose kernels by"),
      llvm::cl::init("")};
  Option<std::string> cpu{
      *this, "cpu",
      llvm::cl::desc("The CPU of that file; else the first that runs a target"),
      llvm::cl::init("")};
};

/// Appends `place` and `verify-plan`; `pm` runs on the module.
void buildPlacePipeline(mlir::OpPassManager &pm,
                        const PlacePipelineOptions &options);

/// Makes `quench-place{targets=...}` known to quench-opt.
void registerPlacePipelines();

} // namespace quench::place

#endif // QUENCH_COMPILER_PLACE_PIPELINES_H
