// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Registration of dialects, passes and pipelines for all tools.

#include "compiler/driver/Register.h"

#include "compiler/optimize/Passes.h"
#include "compiler/optimize/Pipelines.h"
#include "compiler/place/Passes.h"
#include "compiler/place/Pipelines.h"
#include "compiler/quantize/Passes.h"
#include "compiler/quantize/Pipelines.h"
#include "dialects/nn/NN.h"
#include "dialects/plan/Plan.h"
#include "dialects/q/Q.h"
#include "dialects/qf/QF.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Transforms/Passes.h"

void quench::registerAllDialects(mlir::DialectRegistry &registry) {
  registry
      .insert<mlir::func::FuncDialect, mlir::quant::QuantDialect, nn::NNDialect,
              qf::QFDialect, q::QDialect, plan::PlanDialect>();
}

void quench::registerAllPasses() {
  mlir::registerCanonicalizerPass();
  mlir::registerCSEPass();
  mlir::registerSymbolDCEPass();
  quantize::registerQuantizePasses();
  quantize::registerQuantizePipelines();
  optimize::registerOptimizePasses();
  optimize::registerOptimizePipelines();
  place::registerPlacePasses();
  place::registerPlacePipelines();
}
