// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Registration of dialects, passes and pipelines for all tools.

#include "compiler/driver/Register.h"

#include "dialects/nn/NN.h"
#include "dialects/plan/Plan.h"
#include "dialects/q/Q.h"
#include "dialects/qf/QF.h"

#ifdef QUENCH_HAVE_QUANTIZE
#include "compiler/quantize/Passes.h"
#include "compiler/quantize/Pipelines.h"
#endif
#ifdef QUENCH_HAVE_OPTIMIZE
#include "compiler/optimize/Passes.h"
#include "compiler/optimize/Pipelines.h"
#endif
#ifdef QUENCH_HAVE_PLACE
#include "compiler/place/Passes.h"
#include "compiler/place/Pipelines.h"
#endif

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Transforms/Passes.h"

void quench::registerAllDialects(mlir::DialectRegistry &registry) {
  registry.insert<mlir::func::FuncDialect, mlir::quant::QuantDialect,
                  nn::NNDialect, qf::QFDialect, q::QDialect,
                  plan::PlanDialect>();
}

void quench::registerAllPasses() {
  mlir::registerCanonicalizerPass();
  mlir::registerCSEPass();
  mlir::registerSymbolDCEPass();
#ifdef QUENCH_HAVE_QUANTIZE
  quantize::registerQuantizePasses();
  quantize::registerQuantizePipelines();
#endif
#ifdef QUENCH_HAVE_OPTIMIZE
  optimize::registerOptimizePasses();
  optimize::registerOptimizePipelines();
#endif
#ifdef QUENCH_HAVE_PLACE
  place::registerPlacePasses();
  place::registerPlacePipelines();
#endif
}
