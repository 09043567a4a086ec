// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The order of the passes from q to q.

#include "compiler/optimize/Pipelines.h"

#include "compiler/optimize/Passes.h"

#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace quench::optimize {

void buildOptimizePipeline(OpPassManager &pm) {
  OpPassManager &func = pm.nest<func::FuncOp>();
  // Layout first: a transpose in between hides what could be fused. Tables are
  // made and composed before one may vanish in a clamp, and sums get their
  // clamp before they move into a convolution.
  func.addPass(createSimplifyLayout());
  func.addPass(createFoldPad());
  func.addPass(createTabulate());
  func.addPass(createMergeLuts());
  func.addPass(createFuseActivation());
  func.addPass(createFuseResidual());
  func.addPass(createCanonicalizerPass());
  func.addPass(createCSEPass());
}

void registerOptimizePipelines() {
  PassPipelineRegistration<>("quench-optimize",
                             "All passes from q to q, in order",
                             buildOptimizePipeline);
}

} // namespace quench::optimize
