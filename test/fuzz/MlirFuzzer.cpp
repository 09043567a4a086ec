// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Any text through the parser and the verifiers of our dialects, and what
// verifies through the passes that need no data.

#include "compiler/optimize/Pipelines.h"
#include "compiler/quantize/Pipelines.h"
#include "dialects/nn/NN.h"
#include "dialects/q/Q.h"
#include "dialects/qf/QF.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;

/// Passes may compute with all elements of a constant; text makes one of any
/// size with a few characters, which is not what is tested here.
static bool isSmall(ModuleOp module) {
  const auto small = [](Type type) {
    auto shaped = dyn_cast<RankedTensorType>(type);
    if (!shaped)
      return true;
    int64_t count = 1;
    for (int64_t size : shaped.getShape())
      if (size < 0 || __builtin_mul_overflow(count, size, &count) ||
          count > (1 << 16))
        return false;
    return true;
  };
  return !module
              ->walk([&](Operation *op) {
                const bool fits = llvm::all_of(op->getResultTypes(), small) &&
                                  llvm::all_of(op->getOperandTypes(), small);
                return fits ? WalkResult::advance() : WalkResult::interrupt();
              })
              .wasInterrupted();
}

/// Passes may fail with a diagnostic; what they leave behind must then not be
/// used. On success the pass manager has verified the module.
template <typename Build>
static void run(ModuleOp module, Build build) {
  OwningOpRef<ModuleOp> copy = module.clone();
  PassManager pm(module->getContext());
  build(pm);
  (void)pm.run(*copy);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  DialectRegistry registry;
  registry.insert<func::FuncDialect, quant::QuantDialect, quench::nn::NNDialect,
                  quench::qf::QFDialect, quench::q::QDialect>();
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  ScopedDiagnosticHandler handler(&context, [](Diagnostic &diag) {
    (void)diag.str();
    return success();
  });
  // The parser wants a terminator behind the text.
  const std::string text(reinterpret_cast<const char *>(data), size);
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
  if (!module || failed(verify(*module)) || !isSmall(*module))
    return 0;
  using namespace quench;
  run(*module, [](OpPassManager &pm) {
    quantize::buildQuantizePipeline(pm, quantize::QuantizeOptions());
  });
  run(*module, [](OpPassManager &pm) {
    quantize::buildNormalizePipeline(pm);
    quantize::buildConvertPipeline(pm);
    optimize::buildOptimizePipeline(pm);
  });
  run(*module, [](OpPassManager &pm) { optimize::buildOptimizePipeline(pm); });
  return 0;
}
