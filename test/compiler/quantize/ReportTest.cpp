// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The report of a small integer graph, as text and as JSON.

#include "compiler/quantize/Report.h"

#include "dialects/nn/NN.h"
#include "dialects/q/Q.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "gmock/gmock.h"

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

namespace {

const char *graph = R"(
  !a = !quant.uniform<i8:f32, 0.5:-128>
  func.func @main(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
    %0 = q.quantize %x : (tensor<1x4xf32>) -> tensor<1x4x!a> loc("x")
    %1 = q.reduce_sum %0 axes [1] : (tensor<1x4x!a>) -> tensor<1x1x!a> loc("sum")
    %2 = q.concat %0, %1 axis 1 : (tensor<1x4x!a>, tensor<1x1x!a>) -> tensor<1x5x!a> loc("both")
    %3 = q.slice %2 starts [0, 1] sizes [1, 4] steps [1, 1] : (tensor<1x5x!a>) -> tensor<1x4x!a> loc("part")
    %4 = q.dequantize %3 : (tensor<1x4x!a>) -> tensor<1x4xf32> loc("part/dequantize")
    %5 = q.float_island "too wide" (%4) : (tensor<1x4xf32>) -> tensor<1x4xf32> {
    ^bb0(%b: tensor<1x4xf32>):
      %6 = nn.softmax %b axis 1 : tensor<1x4xf32>
      q.yield %6 : tensor<1x4xf32>
    } loc("p")
    return %5 : tensor<1x4xf32>
  })";

TEST(Report, CountsAndExplains) {
  MLIRContext context;
  context.loadDialect<func::FuncDialect, nn::NNDialect, q::QDialect>();
  auto module = parseSourceString<ModuleOp>(graph, &context);
  ASSERT_TRUE(module);
  const QuantizeReport report =
      makeReport(module->lookupSymbol<func::FuncOp>("main"));
  EXPECT_EQ(report.count(Arithmetic::Integer), 1);
  EXPECT_EQ(report.count(Arithmetic::Movement), 2);
  EXPECT_EQ(report.count(Arithmetic::Border), 2);
  EXPECT_EQ(report.count(Arithmetic::Float), 1);
  EXPECT_EQ(report.text(), "6 ops: 1 integer, 2 movement, 2 border, 1 float\n"
                           "  float    softmax          p: too wide\n");
  // 4 * 255 < 2^10.
  EXPECT_THAT(report.text(true),
              testing::HasSubstr(
                  "  integer  reduce_sum       sum: accumulator below 2^10\n"));

  const llvm::json::Value json = report.json();
  EXPECT_EQ(json.getAsObject()->getObject("counts")->getInteger("movement"), 2);
  const llvm::json::Object *row =
      json.getAsObject()->getArray("ops")->back().getAsObject();
  EXPECT_EQ(row->getString("name"), "p");
  EXPECT_EQ(row->getString("op"), "softmax");
  EXPECT_EQ(row->getString("arithmetic"), "float");
  EXPECT_EQ(row->getString("detail"), "too wide");
}

} // namespace
