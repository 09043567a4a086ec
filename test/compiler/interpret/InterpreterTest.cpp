// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the interpreter reports, to whom, and how it refuses.

#include "compiler/interpret/Interpreter.h"

#include "dialects/nn/NN.h"
#include "dialects/q/Q.h"
#include "dialects/qf/QF.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <cmath>
#include <thread>

using namespace mlir;
using namespace quench::interpret;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

class InterpreterTest : public testing::Test {
protected:
  InterpreterTest() {
    context.loadDialect<func::FuncDialect, quant::QuantDialect,
                        quench::nn::NNDialect, quench::qf::QFDialect,
                        quench::q::QDialect>();
  }

  FailureOr<Interpreter> create(llvm::StringRef text) {
    module = parseSourceString<ModuleOp>(text, &context);
    EXPECT_TRUE(bool(module));
    return Interpreter::create(module->lookupSymbol<func::FuncOp>("main"));
  }

  /// Names and codes or values that the sink saw.
  std::vector<std::string> seen;
  TensorSink sink() {
    return [this](Operation *, llvm::StringRef name, const Tensor &tensor) {
      std::string text = name.str() + " " + elementName(tensor.kind).str();
      if (tensor.kind == ElementKind::S8)
        for (int8_t code : tensor.data<int8_t>())
          text += " " + std::to_string(code);
      else
        for (float x : tensor.data<float>())
          text += " " + std::to_string(int(x));
      seen.push_back(text);
    };
  }

  /// The text of every diagnostic while `action` runs.
  std::string diagnosticsOf(llvm::function_ref<void()> action) {
    std::string text;
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      text += diagnostic.str() + "\n";
      return success();
    });
    action();
    return text;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

constexpr const char *qfText = R"(
  !x = !quant.uniform<i8:f32, 0.5:-3>
  func.func @main(%a: tensor<2xf32>) -> tensor<2xf32> {
    %0 = qf.fake_quant %a as !x : tensor<2xf32> loc("in")
    %1 = nn.relu %0 : tensor<2xf32> loc("hidden")
    %2 = qf.fake_quant %1 as !x : tensor<2xf32> loc("out")
    %3 = qf.observe %2 with "min_max" : tensor<2xf32> loc("seen")
    return %3 : tensor<2xf32>
  })";

// The nn op between two fake_quants has no call of its own.
TEST_F(InterpreterTest, SinkSeesCodesOfFakeQuantsAndValuesOfObservers) {
  FailureOr<Interpreter> interpreter = create(qfText);
  ASSERT_TRUE(succeeded(interpreter));
  FailureOr<std::vector<Tensor>> results =
      interpreter->run(Tensor::of<float>({2}, {-1.0f, 3.0f}), sink());
  ASSERT_TRUE(succeeded(results));
  EXPECT_THAT(seen, ElementsAre("in i8 -5 3", "out i8 -3 3", "seen f32 0 3"));
  EXPECT_THAT(results->front().data<float>(), ElementsAre(0.0f, 3.0f));
}

TEST_F(InterpreterTest, SinkSeesResultsInAPlainGraph) {
  FailureOr<Interpreter> interpreter = create(R"(
    func.func @main(%a: tensor<1xf32>) -> tensor<1xf32> {
      %0 = nn.relu %a : tensor<1xf32> loc("r")
      %1 = nn.add %0, %a : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
      return %1 : tensor<1xf32>
    })");
  ASSERT_TRUE(succeeded(interpreter));
  ASSERT_TRUE(
      succeeded(interpreter->run(Tensor::of<float>({1}, {2.0f}), sink())));
  EXPECT_THAT(seen, ElementsAre("r f32 2", "nn.add f32 4"));
}

// Constants and float results of the q level are no codes.
TEST_F(InterpreterTest, SinkSeesCodesOfIntegerOps) {
  FailureOr<Interpreter> interpreter = create(R"(
    !x = !quant.uniform<i8:f32, 0.5:-3>
    func.func @main(%a: tensor<1x!x>) -> tensor<1xf32> {
      %c = q.constant dense<1> : tensor<1xi8> as tensor<1x!x> loc("c")
      %0 = q.add %a, %c clamp [-128, 127] : (tensor<1x!x>, tensor<1x!x>) -> tensor<1x!x> loc("sum")
      %1 = q.dequantize %0 : (tensor<1x!x>) -> tensor<1xf32> loc("real")
      return %1 : tensor<1xf32>
    })");
  ASSERT_TRUE(succeeded(interpreter));
  FailureOr<std::vector<Tensor>> results =
      interpreter->run(Tensor::of<int8_t>({1}, {2}), sink());
  ASSERT_TRUE(succeeded(results));
  EXPECT_THAT(seen, ElementsAre("sum i8 6"));
  EXPECT_THAT(results->front().data<float>(), ElementsAre(4.5f));
}

TEST_F(InterpreterTest, RunsAreIndependent) {
  FailureOr<Interpreter> interpreter = create(qfText);
  ASSERT_TRUE(succeeded(interpreter));
  for (float x : {4.0f, 1.0f, 4.0f}) {
    FailureOr<std::vector<Tensor>> results =
        interpreter->run(Tensor::of<float>({2}, {x, x}));
    ASSERT_TRUE(succeeded(results));
    EXPECT_THAT(results->front().data<float>(), ElementsAre(x, x));
  }
}

// An argument or a constant may be a result; one value may be two results.
TEST_F(InterpreterTest, ResultsNeedNoOp) {
  FailureOr<Interpreter> interpreter = create(R"(
    func.func @main(%a: tensor<1xf32>) -> (tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) {
      %c = nn.constant dense<7.0> : tensor<1xf32>
      return %a, %c, %a : tensor<1xf32>, tensor<1xf32>, tensor<1xf32>
    })");
  ASSERT_TRUE(succeeded(interpreter));
  FailureOr<std::vector<Tensor>> results =
      interpreter->run(Tensor::of<float>({1}, {2.0f}));
  ASSERT_TRUE(succeeded(results));
  EXPECT_THAT((*results)[0].data<float>(), ElementsAre(2.0f));
  EXPECT_THAT((*results)[1].data<float>(), ElementsAre(7.0f));
  EXPECT_THAT((*results)[2].data<float>(), ElementsAre(2.0f));
}

TEST_F(InterpreterTest, InputsThatDoNotFitAreRefused) {
  FailureOr<Interpreter> interpreter = create(qfText);
  ASSERT_TRUE(succeeded(interpreter));
  auto run = [&](llvm::ArrayRef<Tensor> inputs) {
    return diagnosticsOf(
        [&] { EXPECT_TRUE(failed(interpreter->run(inputs))); });
  };
  EXPECT_THAT(run({}), HasSubstr("expected 1 inputs, but found 0"));
  EXPECT_THAT(run(Tensor(ElementKind::F32, {3})),
              HasSubstr("input 0 expects 'tensor<2xf32>', but found 3 of f32"));
  EXPECT_THAT(run(Tensor(ElementKind::S8, {2})),
              HasSubstr("but found 2 of i8"));
}

TEST_F(InterpreterTest, WhatCannotRunIsRefused) {
  auto message = [&](llvm::StringRef text) {
    return diagnosticsOf([&] { EXPECT_TRUE(failed(create(text))); });
  };
  EXPECT_THAT(message("func.func private @main(tensor<1xf32>)"),
              HasSubstr("expects a body of one block"));
  EXPECT_THAT(message(R"(func.func @main(%a: f64) -> f64 {
                           return %a : f64
                         })"),
              HasSubstr("has an argument of type 'f64'"));
  EXPECT_THAT(message(R"(func.func @main(%a: tensor<1xf32>) -> tensor<1xf32> {
                           %0 = func.call @main(%a) : (tensor<1xf32>) -> tensor<1xf32>
                           return %0 : tensor<1xf32>
                         })"),
              HasSubstr("cannot be interpreted: ops of nn, qf and q can"));
}

TEST_F(InterpreterTest, NamesComeFromLocations) {
  FailureOr<Interpreter> interpreter = create(R"(
    func.func @main(%a: tensor<1xf32>) -> tensor<1xf32> {
      %0 = nn.relu %a : tensor<1xf32> loc(fused["file":1:1, "inner"])
      return %0 : tensor<1xf32>
    })");
  ASSERT_TRUE(succeeded(interpreter));
  func::FuncOp function = module->lookupSymbol<func::FuncOp>("main");
  EXPECT_EQ(tensorName(&function.getBody().front().front()), "inner");
}

// One program, several threads: calibration runs samples side by side. oneDNN
// takes scratch memory for a 1x1 convolution with strides.
TEST_F(InterpreterTest, ThreadsShareAProgram) {
  FailureOr<Interpreter> interpreter = create(R"(
    func.func @main(%x: tensor<1x30x30x24xf32>) -> tensor<1x15x15x32xf32> {
      %w0 = nn.constant dense<0.37> : tensor<24x3x3x24xf32>
      %w1 = nn.constant dense<0.11> : tensor<32x1x1x24xf32>
      %0 = nn.conv2d %x, %w0 strides [1, 1] pads [1, 1, 1, 1] : (tensor<1x30x30x24xf32>, tensor<24x3x3x24xf32>) -> tensor<1x30x30x24xf32>
      %1 = nn.tanh %0 : tensor<1x30x30x24xf32>
      %2 = nn.conv2d %1, %w1 strides [2, 2] pads [0, 0, 0, 0] : (tensor<1x30x30x24xf32>, tensor<32x1x1x24xf32>) -> tensor<1x15x15x32xf32>
      return %2 : tensor<1x15x15x32xf32>
    })");
  ASSERT_TRUE(succeeded(interpreter));
  auto input = [](int seed) {
    Tensor tensor(ElementKind::F32, {1, 30, 30, 24});
    for (auto [i, value] : llvm::enumerate(tensor.data<float>()))
      value = std::sin(float(i) * float(seed + 1));
    return tensor;
  };
  constexpr int count = 24;
  std::vector<std::vector<uint8_t>> expected, found(count);
  for (int i = 0; i < count; ++i)
    expected.push_back((*interpreter->run(input(i)))[0].bytes);
  EXPECT_NE(expected[0], expected[1]);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 3; ++thread)
    threads.emplace_back([&, thread] {
      for (int i = thread; i < count; i += 3)
        found[i] = (*interpreter->run(input(i)))[0].bytes;
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(found, expected);
}

} // namespace
