// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A context that keeps its diagnostics, text to modules, and a module that has
// one of everything a .qfb can hold.

#ifndef QUENCH_TEST_COMPILER_ARTEFACT_FIXTURE_H
#define QUENCH_TEST_COMPILER_ARTEFACT_FIXTURE_H

#include "compiler/artefact/Artefact.h"
#include "dialects/nn/NN.h"
#include "dialects/q/Q.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"

#include <string>
#include <vector>

namespace quench::artefact {

/// Diagnostics come as "<severity> <location>: <text>".
struct Context {
  Context()
      : mlir(registry(), mlir::MLIRContext::Threading::DISABLED),
        handler(&mlir, [this](mlir::Diagnostic &diagnostic) {
          std::string text;
          llvm::raw_string_ostream(text)
              << diagnostic.getLocation() << ": " << diagnostic.str();
          if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error)
            errors.push_back(text);
          else
            remarks.push_back(text);
        }) {}

  static mlir::DialectRegistry registry() {
    mlir::DialectRegistry registry;
    registry.insert<mlir::func::FuncDialect, mlir::quant::QuantDialect,
                    nn::NNDialect, q::QDialect>();
    return registry;
  }

  mlir::MLIRContext mlir;
  std::vector<std::string> errors, remarks;
  mlir::ScopedDiagnosticHandler handler;
};

inline mlir::OwningOpRef<mlir::ModuleOp> parse(Context &context,
                                               llvm::StringRef text) {
  return mlir::parseSourceString<mlir::ModuleOp>(text, &context.mlir,
                                                 "source.mlir");
}

/// With locations and constants.
inline std::string print(mlir::ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream os(text);
  mlir::OpPrintingFlags flags;
  flags.enableDebugInfo();
  module.print(os, flags);
  return text;
}

/// One of each kind of row: types, attributes, locations, records, a region.
inline constexpr char everything[] = R"mlir(
module attributes {
    quench.model = "net", quench.source_sha256 = "00ff",
    quench.qconfig = "observer: min_max\n", quench.notes = ["first", "second"],
    quench.preprocess = {
      "*" = {mean = array<f64: 127.0>, std = array<f64: 1.5, 2.0, 3.0>},
      x = {bgr = true, filter = "bilinear", layout = "nhwc", raw = "uint8",
           resize = 0 : i64, scale = array<f64: 0.125>}},
    quench.calibration = [
      {max = 2.0 : f32, min = -1.0 : f32, observer = "min_max",
       samples = 8 : i64, tensor = "x"},
      {max = 0.5 : f32, min = 0.25 : f32, observer = "ema",
       samples = 9 : i64, tensor = "conv"}],
    t.unit, t.true = true, t.false = false, t.i64 = -1 : i64, t.i32 = 7 : i32,
    t.index = 3 : index, t.i8 = -128 : i8, t.i16 = 300 : i16, t.u8 = 255 : i8,
    t.f32 = 0.1 : f32, t.f64 = 0.1 : f64, t.f16 = 0.5 : f16, t.string = "",
    t.bools = array<i1: true, false>, t.i8s = array<i8: 1, -2>,
    t.i16s = array<i16: 300>, t.i32s = array<i32: -70000>,
    t.i64s = array<i64: 9223372036854775807>, t.f32s = array<f32: 0.1>,
    t.f64s = array<f64: 0.1>, t.none = array<i64>,
    t.list = [1 : i64, [], {}], t.map = affine_map<(a) -> (a + 1)>,
    t.narrow = !quant.uniform<i8<-7:7>:f32, 0.5>,
    t.wide = tensor<4x!quant.uniform<i16:f32, 0.25:-3>>,
    t.axis = tensor<2x3x!quant.uniform<i8<-127:127>:f32:1, {0.5, 0.25, 0.125}>>,
    t.zeros = !quant.uniform<i8:f32:1, {0.5:3, 0.25:-4}>,
    t.scalar = tensor<f32>, t.float = f64,
    t.dense = dense<[[1, 2], [3, 4]]> : tensor<2x2xi16>,
    t.splat = dense<1.5> : tensor<3x3xf64>,
    t.same = dense<[1, 2, 3, 4]> : tensor<4xi16>,
    t.file = loc("a.cc":1:2 to 3:4), t.unknown = loc(unknown)} {
  func.func @main(%arg0: tensor<1x4x!quant.uniform<i8:f32, 0.5:-3>>
      {quench.name = "x"} loc("x"))
      -> (tensor<1x2xf32> {quench.name = "y"}) attributes {t.more = 1 : i64} {
    %w = q.constant dense_resource<weights> : tensor<2x4xi8>
      as tensor<2x4x!quant.uniform<i8<-127:127>:f32:0, {0.5, 0.25}>> loc("w")
    %0 = q.linear %arg0, %w clamp [-128, 127]
      {multiplier = dense<[0.25, 0.125]> : tensor<2xf32>,
       quench.notes = ["kept"]}
      : (tensor<1x4x!quant.uniform<i8:f32, 0.5:-3>>,
         tensor<2x4x!quant.uniform<i8<-127:127>:f32:0, {0.5, 0.25}>>)
      -> tensor<1x2x!quant.uniform<i8:f32, 1.0:4>> loc(fused["fc", "bias"])
    %1 = q.dequantize %0
      : (tensor<1x2x!quant.uniform<i8:f32, 1.0:4>>) -> tensor<1x2xf32>
      loc(callsite("inner" at "outer"("file.py":3:1)))
    %2 = q.float_island "softmax has no int8 form" (%1)
        : (tensor<1x2xf32>) -> tensor<1x2xf32> {
    ^bb0(%a: tensor<1x2xf32> loc("in")):
      %3 = nn.softmax %a axis 1 : tensor<1x2xf32>
      q.yield %3 : tensor<1x2xf32>
    } loc(fused<"why">["softmax"])
    return %2 : tensor<1x2xf32>
  }
  func.func private @other(%arg0: tensor<2xf32>) -> tensor<2xf32> {
    return %arg0 : tensor<2xf32>
  }
}
{-#
  dialect_resources: {
    builtin: {
      weights: "0x040000000102030405060708"
    }
  }
#-}
)mlir";

} // namespace quench::artefact

#endif // QUENCH_TEST_COMPILER_ARTEFACT_FIXTURE_H
