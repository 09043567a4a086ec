// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The quantizer's pipelines.

#include "compiler/quantize/Pipelines.h"

#include "compiler/quantize/Passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

static std::unique_ptr<Pass> verify(const char *level) {
  VerifyLevelOptions options;
  options.level = level;
  return createVerifyLevel(options);
}

void quantize::buildQuantizePipeline(OpPassManager &pm,
                                     const QuantizeOptions &options) {
  OpPassManager &function = pm.nest<func::FuncOp>();
  function.addPass(verify("nn"));
  function.addPass(createCanonicalizerPass());
  // Before constant factors disappear into weights.
  function.addPass(createRecognizeActivations());
  function.addPass(createFoldBatchNorm());
  function.addPass(createFuseActivation());
  function.addPass(createCanonicalizerPass());
  function.addPass(createCSEPass());
  InsertObserversOptions observers;
  observers.observer = options.observer;
  function.addPass(createInsertObservers(observers));
}

void quantize::buildAssignPipeline(OpPassManager &pm,
                                   const AssignOptions &options) {
  OpPassManager &function = pm.nest<func::FuncOp>();
  AssignParametersOptions parameters;
  parameters.perChannel = options.perChannel;
  parameters.narrow = options.narrow;
  parameters.filterBits = options.filterBits;
  function.addPass(createAssignParameters(parameters));
  function.addPass(createFoldConstants());
  function.addPass(verify("qf"));
}

void quantize::buildNormalizePipeline(OpPassManager &pm) {
  OpPassManager &function = pm.nest<func::FuncOp>();
  function.addPass(verify("qf"));
  function.addPass(createCanonicalizerPass());
  function.addPass(createFoldConstants());
  function.addPass(createNormalizeQdq());
}

void quantize::buildConvertPipeline(OpPassManager &pm) {
  OpPassManager &function = pm.nest<func::FuncOp>();
  function.addPass(createFoldConstants());
  function.addPass(createConvertQFToQ());
  function.addPass(createCanonicalizerPass());
  function.addPass(verify("q"));
}

void quantize::buildBorderPipeline(OpPassManager &pm,
                                   const BorderOptions &options) {
  OpPassManager &function = pm.nest<func::FuncOp>();
  StripBorderOptions border;
  border.quantized = options.quantized;
  border.channelsLast = options.channelsLast;
  function.addPass(createStripBorder(border));
  function.addPass(verify("q"));
}

void quantize::registerQuantizePipelines() {
  PassPipelineRegistration<QuantizeOptions>(
      "quench-quantize", "nn to qf with observers", buildQuantizePipeline);
  PassPipelineRegistration<AssignOptions>(
      "quench-assign",
      "qf with calibrated observers to qf with fake quantizers",
      buildAssignPipeline);
  PassPipelineRegistration<>("quench-normalize",
                             "a quantized (QDQ) graph into our form",
                             buildNormalizePipeline);
  PassPipelineRegistration<>("quench-convert", "qf to q", buildConvertPipeline);
  PassPipelineRegistration<BorderOptions>("quench-border",
                                          "q with codes or NHWC at the border",
                                          buildBorderPipeline);
}
