// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Lockstep against the interpreter, op by op; hooks that change constants; what
// is alive when.

#include "compiler/interpret/Lockstep.h"

#include "compiler/interpret/Interpreter.h"
#include "dialects/nn/NN.h"
#include "dialects/q/Q.h"
#include "dialects/qf/QF.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <map>

using namespace mlir;
using namespace quench::interpret;
using testing::ElementsAre;
using testing::Gt;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Lt;

namespace {

/// Convolution with a clamp, relu, depthwise convolution, residual, max pool
/// (carried, no grid of its own), mean, reshape, linear without bias, softmax
/// (a float island).
constexpr const char *floatText = R"(
  func.func @main(%x: tensor<1x4x4x2xf32>) -> tensor<1x3xf32> {
    %w1 = nn.constant dense<[[[[0.5, -0.3]]], [[[0.21, 0.4]]]]> : tensor<2x1x1x2xf32>
    %b1 = nn.constant dense<[0.11, -0.07]> : tensor<2xf32>
    %w2 = nn.constant dense<[[[[0.1], [-0.2]], [[0.3], [0.4]]], [[[-0.5], [0.2]], [[0.1], [0.31]]]]> : tensor<2x2x2x1xf32>
    %b2 = nn.constant dense<[0.02, 0.05]> : tensor<2xf32>
    %w3 = nn.constant dense<[[1.0, -0.7], [0.33, 0.9], [-0.2, 0.6]]> : tensor<3x2xf32>
    %0 = nn.conv2d %x, %w1, %b1 strides [1, 1] pads [0, 0, 0, 0] clamp [0.0, 1.0]
      : (tensor<1x4x4x2xf32>, tensor<2x1x1x2xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32> loc("conv")
    %1 = nn.hard_swish %0 : tensor<1x4x4x2xf32> loc("act")
    %2 = nn.conv2d %1, %w2, %b2 strides [1, 1] pads [0, 0, 1, 1] {groups = 2 : i64}
      : (tensor<1x4x4x2xf32>, tensor<2x2x2x1xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32> loc("dw")
    %3 = nn.add %2, %0 : (tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32> loc("add")
    %4 = nn.max_pool2d %3 kernel [2, 2] strides [2, 2] pads [0, 0, 0, 0]
      : (tensor<1x4x4x2xf32>) -> tensor<1x2x2x2xf32> loc("pool")
    %5 = nn.reduce_mean %4 axes [1, 2] : (tensor<1x2x2x2xf32>) -> tensor<1x1x1x2xf32> loc("mean")
    %6 = nn.reshape %5 : (tensor<1x1x1x2xf32>) -> tensor<1x2xf32> loc("flat")
    %7 = nn.linear %6, %w3 : (tensor<1x2xf32>, tensor<3x2xf32>) -> tensor<1x3xf32> loc("fc")
    %8 = nn.softmax %7 axis 1 : tensor<1x3xf32> loc("prob")
    return %8 : tensor<1x3xf32>
  })";

constexpr const char *qfloatText = R"(
  !x = !quant.uniform<i8:f32, 0.015625:3>
  !y0 = !quant.uniform<i8:f32, 0.00390625:-128>
  !y1 = !quant.uniform<i8:f32, 0.00244140625:-128>
  !y2 = !quant.uniform<i8:f32, 0.0048828125:-60>
  !y3 = !quant.uniform<i8:f32, 0.0078125:-90>
  !y5 = !quant.uniform<i8:f32, 0.005859375:-110>
  !y7 = !quant.uniform<i8:f32, 0.01171875:-20>
  !y8 = !quant.uniform<i8:f32, 0.00390625:-128>
  !w1 = !quant.uniform<i8<-127:127>:f32:0, {0.00390625, 0.0030517578125}>
  !b1 = !quant.uniform<i32:f32:0, {0.00006103515625, 0.0000476837158203125}>
  !w2 = !quant.uniform<i8<-127:127>:f32:0, {0.0030517578125, 0.00390625}>
  !b2 = !quant.uniform<i32:f32:0, {0.000007450580596923828125, 0.0000095367431640625}>
  !w3 = !quant.uniform<i8<-127:127>:f32, 0.0078125>
  func.func @main(%x: tensor<1x4x4x2xf32>) -> tensor<1x3xf32> {
    %w1 = qf.constant dense<[[[[127, -77]]], [[[69, 127]]]]> : tensor<2x1x1x2xi8> as !w1 : tensor<2x1x1x2xf32>
    %b1 = qf.constant dense<[1802, -1468]> : tensor<2xi32> as !b1 : tensor<2xf32>
    %w2 = qf.constant dense<[[[[33], [-66]], [[98], [127]]], [[[-127], [51]], [[26], [79]]]]> : tensor<2x2x2x1xi8> as !w2 : tensor<2x2x2x1xf32>
    %b2 = qf.constant dense<[2684, 5243]> : tensor<2xi32> as !b2 : tensor<2xf32>
    %w3 = qf.constant dense<[[127, -90], [42, 115], [-26, 77]]> : tensor<3x2xi8> as !w3 : tensor<3x2xf32>
    %qx = qf.fake_quant %x as !x : tensor<1x4x4x2xf32> loc("x")
    %0 = nn.conv2d %qx, %w1, %b1 strides [1, 1] pads [0, 0, 0, 0] clamp [0.0, 1.0]
      : (tensor<1x4x4x2xf32>, tensor<2x1x1x2xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32> loc("conv")
    %q0 = qf.fake_quant %0 as !y0 : tensor<1x4x4x2xf32> loc("conv")
    %1 = nn.hard_swish %q0 : tensor<1x4x4x2xf32> loc("act")
    %q1 = qf.fake_quant %1 as !y1 : tensor<1x4x4x2xf32> loc("act")
    %2 = nn.conv2d %q1, %w2, %b2 strides [1, 1] pads [0, 0, 1, 1] {groups = 2 : i64}
      : (tensor<1x4x4x2xf32>, tensor<2x2x2x1xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32> loc("dw")
    %q2 = qf.fake_quant %2 as !y2 : tensor<1x4x4x2xf32> loc("dw")
    %3 = nn.add %q2, %q0 : (tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32> loc("add")
    %q3 = qf.fake_quant %3 as !y3 : tensor<1x4x4x2xf32> loc("add")
    %4 = nn.max_pool2d %q3 kernel [2, 2] strides [2, 2] pads [0, 0, 0, 0]
      : (tensor<1x4x4x2xf32>) -> tensor<1x2x2x2xf32> loc("pool")
    %5 = nn.reduce_mean %4 axes [1, 2] : (tensor<1x2x2x2xf32>) -> tensor<1x1x1x2xf32> loc("mean")
    %q5 = qf.fake_quant %5 as !y5 : tensor<1x1x1x2xf32> loc("mean")
    %6 = nn.reshape %q5 : (tensor<1x1x1x2xf32>) -> tensor<1x2xf32> loc("flat")
    %7 = nn.linear %6, %w3 : (tensor<1x2xf32>, tensor<3x2xf32>) -> tensor<1x3xf32> loc("fc")
    %q7 = qf.fake_quant %7 as !y7 : tensor<1x3xf32> loc("fc")
    %8 = nn.softmax %q7 axis 1 : tensor<1x3xf32> loc("prob")
    %q8 = qf.fake_quant %8 as !y8 : tensor<1x3xf32> loc("prob")
    return %q8 : tensor<1x3xf32>
  })";

using Samples = std::vector<std::vector<Tensor>>;

/// Deterministic numbers in [-2, 2) without a pattern that rounding likes.
Samples makeSamples(int count) {
  Samples samples;
  uint32_t state = 1;
  for (int n = 0; n < count; ++n) {
    Tensor tensor(ElementKind::F32, {1, 4, 4, 2});
    for (float &x : tensor.data<float>()) {
      state = state * 1664525 + 1013904223;
      x = float(int32_t(state)) / float(1 << 30);
    }
    samples.push_back({tensor});
  }
  return samples;
}

/// Hooks as lambdas.
struct Hooks : LockstepHooks {
  std::function<void(const PairView &)> onBefore, onAfter;
  LogicalResult before(const PairView &pair) override {
    if (onBefore)
      onBefore(pair);
    return success();
  }
  LogicalResult after(const PairView &pair) override {
    if (onAfter)
      onAfter(pair);
    return success();
  }
};

class LockstepTest : public testing::Test {
protected:
  LockstepTest() {
    context.loadDialect<func::FuncDialect, quant::QuantDialect,
                        quench::nn::NNDialect, quench::qf::QFDialect,
                        quench::q::QDialect>();
    load(floatText, qfloatText);
  }

  void load(llvm::StringRef floating, llvm::StringRef quantized) {
    floatModule = parseSourceString<ModuleOp>(floating, &context);
    qfloatModule = parseSourceString<ModuleOp>(quantized, &context);
    ASSERT_TRUE(floatModule && qfloatModule);
  }

  func::FuncOp floatMain() {
    return floatModule->lookupSymbol<func::FuncOp>("main");
  }
  func::FuncOp qfloatMain() {
    return qfloatModule->lookupSymbol<func::FuncOp>("main");
  }

  LockstepResults run(const Samples &samples, Hooks hooks = {}) {
    FailureOr<Lockstep> lockstep = Lockstep::create(floatMain(), qfloatMain());
    EXPECT_TRUE(succeeded(lockstep));
    FailureOr<LockstepResults> results = lockstep->run(samples, hooks);
    EXPECT_TRUE(succeeded(results));
    return *results;
  }

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
  OwningOpRef<ModuleOp> floatModule, qfloatModule;
};

/// Tensors by name of one run of the interpreter, and its results under "".
std::map<std::string, Tensor> interpreted(func::FuncOp function,
                                          const std::vector<Tensor> &sample) {
  std::map<std::string, Tensor> tensors;
  FailureOr<Interpreter> interpreter = Interpreter::create(function);
  EXPECT_TRUE(succeeded(interpreter));
  auto results = interpreter->run(
      sample, [&](Operation *, llvm::StringRef name, const Tensor &tensor) {
        tensors[name.str()] = tensor;
      });
  tensors[""] = results->front();
  return tensors;
}

TEST_F(LockstepTest, GivesWhatTheInterpreterGivesAtEveryOp) {
  const Samples samples = makeSamples(3);
  std::vector<std::map<std::string, Tensor>> floating, quantized;
  for (const std::vector<Tensor> &sample : samples) {
    floating.push_back(interpreted(floatMain(), sample));
    quantized.push_back(interpreted(qfloatMain(), sample));
  }
  size_t pairs = 0, withCodes = 0;
  Hooks hooks;
  hooks.onAfter = [&](const PairView &pair) {
    EXPECT_EQ(pair.index(), pairs++);
    for (size_t n = 0; n < samples.size(); ++n) {
      EXPECT_EQ(pair.floatOutput(n).bytes, floating[n].at(pair.name()).bytes)
          << pair.name();
      auto codes = quantized[n].find(pair.name());
      if (codes == quantized[n].end())
        continue; // the interpreter shows what has a fake_quant
      ++withCodes;
      EXPECT_EQ(codesOf(*pair.carriedOutput(n), pair.outputGrid()).bytes,
                codes->second.bytes)
          << pair.name();
    }
  };
  const LockstepResults results = run(samples, hooks);
  EXPECT_EQ(pairs, 9u);
  EXPECT_EQ(withCodes, 7 * samples.size());
  for (size_t n = 0; n < samples.size(); ++n) {
    EXPECT_EQ(results.floating[n].front().bytes, floating[n].at("").bytes);
    EXPECT_EQ(results.qfloat[n].front().bytes, quantized[n].at("").bytes);
  }
  EXPECT_NE(results.qfloat[0].front().bytes, results.qfloat[1].front().bytes);
}

TEST_F(LockstepTest, ShowsArgumentsAndTheirCodes) {
  struct : LockstepHooks {
    std::vector<float> values, carried;
    GridType grid;
    LogicalResult argument(unsigned index, llvm::ArrayRef<Tensor> plain,
                           llvm::ArrayRef<Tensor> codes,
                           GridType type) override {
      EXPECT_EQ(index, 0u);
      values = plain[1].data<float>().vec();
      carried = codes[1].data<float>().vec();
      grid = type;
      return success();
    }
  } hooks;
  FailureOr<Lockstep> lockstep = Lockstep::create(floatMain(), qfloatMain());
  const Samples samples = makeSamples(2);
  ASSERT_TRUE(succeeded(lockstep->run(samples, hooks)));
  ASSERT_TRUE(hooks.grid);
  for (size_t i = 0; i < hooks.values.size(); ++i)
    EXPECT_NEAR(
        hooks.carried[i] * 0.015625f,
        std::min(std::max(hooks.values[i], -131 * 0.015625f), 124 * 0.015625f),
        0.00782f);
}

TEST_F(LockstepTest, BiasSetBeforeAnOpChangesItAndWhatFollows) {
  const Samples samples = makeSamples(2);
  auto outputs = [&](std::function<void(const PairView &)> before) {
    std::map<std::string, std::vector<uint8_t>> seen;
    Hooks hooks;
    hooks.onBefore = before;
    hooks.onAfter = [&](const PairView &pair) {
      seen[pair.name()] = pair.qfloatOutput(1).bytes;
    };
    run(samples, hooks);
    return seen;
  };
  auto plain = outputs({});
  auto raise = [&](const PairView &pair) {
    if (pair.name() != "dw")
      return;
    std::vector<int32_t> codes = pair.codes(2);
    EXPECT_THAT(codes, ElementsAre(2684, 5243));
    codes[0] += 20000; // 0.15
    EXPECT_TRUE(succeeded(pair.setCodes(2, codes)));
  };
  auto raised = outputs(raise);
  EXPECT_EQ(plain["conv"], raised["conv"]);
  EXPECT_EQ(plain["act"], raised["act"]);
  for (const char *name : {"dw", "add", "pool", "mean", "fc", "prob"})
    EXPECT_NE(plain[name], raised[name]) << name;
  // It is in the IR: the interpreter and the next run see it.
  EXPECT_TRUE(succeeded(verify(*qfloatModule)));
  EXPECT_EQ(outputs({}), raised);
  EXPECT_EQ(interpreted(qfloatMain(), samples[1])[""].bytes, raised["prob"]);
}

TEST_F(LockstepTest, AddsABiasWhereNoneWas) {
  Hooks hooks;
  hooks.onBefore = [](const PairView &pair) {
    if (pair.name() != "fc")
      return;
    EXPECT_THAT(pair.codes(2), IsEmpty());
    EXPECT_THAT(pair.scales(2), ElementsAre(0.005859375f * 0.0078125f));
    EXPECT_TRUE(succeeded(pair.setCodes(2, {1000, 2000, 3000})));
    EXPECT_THAT(pair.codes(2), ElementsAre(1000, 2000, 3000));
  };
  const Samples samples = makeSamples(1);
  const auto before = interpreted(qfloatMain(), samples[0])["fc"];
  run(samples, hooks);
  EXPECT_TRUE(succeeded(verify(*qfloatModule)));
  const auto after = interpreted(qfloatMain(), samples[0])["fc"];
  // 3000 * 0.005859375 * 0.0078125 / 0.01171875 = 11.7 codes.
  EXPECT_NEAR(after.data<int8_t>()[2] - before.data<int8_t>()[2], 11.7, 1);
}

TEST_F(LockstepTest, ChangesASharedConstantForOneOpOnly) {
  load(R"(
    func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
      %w = nn.constant dense<[[1.0, 0.0], [0.0, 1.0]]> : tensor<2x2xf32>
      %0 = nn.linear %x, %w : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32> loc("a")
      %1 = nn.linear %0, %w : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32> loc("b")
      return %1 : tensor<1x2xf32>
    })",
       R"(
    !x = !quant.uniform<i8:f32, 0.5>
    !w = !quant.uniform<i8:f32, 1.0>
    func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
      %w = qf.constant dense<[[1, 0], [0, 1]]> : tensor<2x2xi8> as !w : tensor<2x2xf32>
      %qx = qf.fake_quant %x as !x : tensor<1x2xf32>
      %0 = nn.linear %qx, %w : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32> loc("a")
      %q0 = qf.fake_quant %0 as !x : tensor<1x2xf32> loc("a")
      %1 = nn.linear %q0, %w : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32> loc("b")
      %q1 = qf.fake_quant %1 as !x : tensor<1x2xf32> loc("b")
      return %q1 : tensor<1x2xf32>
    })");
  Hooks hooks;
  hooks.onBefore = [](const PairView &pair) {
    if (pair.name() == "a") {
      EXPECT_TRUE(succeeded(pair.setCodes(1, {2, 0, 0, 3})));
    }
  };
  const Samples samples = {{Tensor::of<float>({1, 2}, {1.0f, 2.0f})}};
  const LockstepResults results = run(samples, hooks);
  EXPECT_THAT(results.qfloat[0][0].data<float>(), ElementsAre(2.0f, 6.0f));
  EXPECT_THAT(results.floating[0][0].data<float>(), ElementsAre(1.0f, 2.0f));
}

// An op that does not join: its float result is rounded to two grids. The
// pair's output is the first one; both are there for whoever reads them.
TEST_F(LockstepTest, OneResultOnTwoGrids) {
  load(R"(
    func.func @main(%x: tensor<1x2xf32>) -> (tensor<1x2xf32>, tensor<1x2xf32>) {
      %0 = nn.relu %x : tensor<1x2xf32> loc("a")
      %1 = nn.add %0, %0 : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> loc("b")
      return %0, %1 : tensor<1x2xf32>, tensor<1x2xf32>
    })",
       R"(
    func.func @main(%x: tensor<1x2xf32>) -> (tensor<1x2xf32>, tensor<1x2xf32>) {
      %xq = qf.fake_quant %x as !quant.uniform<i8:f32, 0.25> : tensor<1x2xf32>
      %0 = nn.relu %xq : tensor<1x2xf32> loc("a")
      %fine = qf.fake_quant %0 as !quant.uniform<i8:f32, 0.5> : tensor<1x2xf32> loc("fine")
      %coarse = qf.fake_quant %0 as !quant.uniform<i8:f32, 2.0> : tensor<1x2xf32> loc("coarse")
      %1 = nn.add %fine, %coarse : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> loc("b")
      %2 = qf.fake_quant %1 as !quant.uniform<i8:f32, 0.5> : tensor<1x2xf32> loc("b")
      return %fine, %2 : tensor<1x2xf32>, tensor<1x2xf32>
    })");
  Hooks hooks;
  hooks.onAfter = [](const PairView &pair) {
    if (pair.name() != "a")
      return;
    // 1.25 is on the input's grid; in steps of 0.5 it is a tie, to even.
    EXPECT_THAT(pair.qfloatOutput(0).data<float>(), ElementsAre(1.0f, 3.5f));
    auto local = pair.localOutputs();
    ASSERT_TRUE(succeeded(local));
    EXPECT_THAT(local->front().data<float>(), ElementsAre(1.0f, 3.5f));
  };
  const Samples samples = {{Tensor::of<float>({1, 2}, {1.25f, 3.5f})}};
  const LockstepResults results = run(samples, hooks);
  EXPECT_THAT(results.qfloat[0][0].data<float>(), ElementsAre(1.0f, 3.5f));
  // 1 + 2 (1.25 is 0.625 coarse steps), 3.5 + 4.
  EXPECT_THAT(results.qfloat[0][1].data<float>(), ElementsAre(3.0f, 7.5f));
  EXPECT_EQ(results.qfloat[0][1].bytes,
            Interpreter::create(qfloatMain())->run(samples[0])->back().bytes);
}

TEST_F(LockstepTest, ConstantThatIsRoundedTwice) {
  load(R"(
    func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
      %c = nn.constant dense<[[1.3, 5.0]]> : tensor<1x2xf32>
      %0 = nn.add %x, %c : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> loc("a")
      return %0 : tensor<1x2xf32>
    })",
       R"(
    func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
      %c = nn.constant dense<[[1.3, 5.0]]> : tensor<1x2xf32>
      %c1 = qf.fake_quant %c as !quant.uniform<i8:f32, 0.5> : tensor<1x2xf32>
      %c2 = qf.fake_quant %c1 as !quant.uniform<i8:f32, 2.0> : tensor<1x2xf32>
      %xq = qf.fake_quant %x as !quant.uniform<i8:f32, 0.5> : tensor<1x2xf32>
      %0 = nn.add %xq, %c2 : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> loc("a")
      %1 = qf.fake_quant %0 as !quant.uniform<i8:f32, 0.5> : tensor<1x2xf32> loc("a")
      return %1 : tensor<1x2xf32>
    })");
  const Samples samples = {{Tensor::of<float>({1, 2}, {1.0f, 2.0f})},
                           {Tensor::of<float>({1, 2}, {0.5f, 0.0f})}};
  Hooks hooks;
  hooks.onAfter = [](const PairView &pair) {
    auto local = pair.localOutputs();
    ASSERT_TRUE(succeeded(local));
    EXPECT_THAT((*local)[1].data<float>(), ElementsAre(2.5f, 4.0f));
  };
  // 1.3 becomes 1.5 and that 2; 5.0 is 2.5 steps of 2, a tie.
  const LockstepResults results = run(samples, hooks);
  EXPECT_THAT(results.qfloat[0][0].data<float>(), ElementsAre(3.0f, 6.0f));
  for (size_t n : {0, 1})
    EXPECT_EQ(
        results.qfloat[n][0].bytes,
        Interpreter::create(qfloatMain())->run(samples[n])->front().bytes);
}

/// Largest |mean over samples and pixels of QFloat - float| of a channel.
double largestDrift(const std::vector<Tensor> &floats,
                    const std::vector<Tensor> &codes,
                    std::vector<double> *means = nullptr) {
  const int64_t channels = floats.front().shape.back();
  std::vector<double> sums(channels, 0);
  int64_t count = 0;
  for (size_t n = 0; n < floats.size(); ++n)
    for (auto [i, x] : llvm::enumerate(floats[n].data<float>())) {
      sums[i % channels] += double(codes[n].data<float>()[i]) - x;
      ++count;
    }
  double largest = 0;
  for (double &sum : sums) {
    sum /= double(count) / double(channels);
    largest = std::max(largest, std::fabs(sum));
  }
  if (means)
    *means = sums;
  return largest;
}

// Bias correction, the way its user writes it: what is left of a channel's mean
// error is half a step of the bias, though the layers before have errors.
TEST_F(LockstepTest, CorrectsBiases) {
  const Samples samples = makeSamples(16);
  std::map<std::string, double> before, after, step;
  auto measure = [](std::map<std::string, double> &into) {
    return [&into](const PairView &pair) {
      if (pair.name() == "conv" || pair.name() == "dw" || pair.name() == "fc")
        into[pair.name()] =
            largestDrift(*pair.unclamped(PairView::Level::Float),
                         *pair.unclamped(PairView::Level::QFloat));
    };
  };
  Hooks plain, correct, again;
  plain.onBefore = measure(before);
  correct.onBefore = [&](const PairView &pair) {
    if (pair.name() != "conv" && pair.name() != "dw" && pair.name() != "fc")
      return;
    std::vector<double> means;
    largestDrift(*pair.unclamped(PairView::Level::Float),
                 *pair.unclamped(PairView::Level::QFloat), &means);
    const std::vector<float> scales = pair.scales(2);
    std::vector<int32_t> codes = pair.codes(2);
    codes.resize(means.size(), 0);
    for (size_t c = 0; c < codes.size(); ++c) {
      const float scale = scales[scales.size() == 1 ? 0 : c];
      codes[c] -= int32_t(std::lround(means[c] / scale));
      step[pair.name()] = std::max<double>(step[pair.name()], scale);
    }
    EXPECT_TRUE(succeeded(pair.setCodes(2, codes)));
  };
  again.onBefore = measure(after);
  run(samples, plain);
  run(samples, correct);
  run(samples, again);
  for (const char *name : {"conv", "dw", "fc"}) {
    EXPECT_GT(before[name], 5 * step[name]) << name;
    EXPECT_LT(after[name], 0.51 * step[name]) << name;
  }
}

TEST_F(LockstepTest, RefusesCodesOutsideTheStorageRange) {
  Hooks hooks;
  std::string text;
  hooks.onBefore = [&](const PairView &pair) {
    if (pair.name() == "conv")
      text = diagnosticsOf(
          [&] { EXPECT_TRUE(failed(pair.setCodes(1, {0, 1, 2, -128}))); });
  };
  run(makeSamples(1), hooks);
  EXPECT_THAT(text, HasSubstr("for operand 1, but found -128"));
}

// Below the clamp and above it: the conv's clamp is [0, 1].
TEST_F(LockstepTest, UnclampedIsTheOpWithoutItsClamp) {
  Hooks hooks;
  hooks.onBefore = [](const PairView &pair) {
    if (pair.name() != "conv")
      return;
    auto floats = pair.unclamped(PairView::Level::Float);
    auto codes = pair.unclamped(PairView::Level::QFloat);
    ASSERT_TRUE(succeeded(floats) && succeeded(codes));
    const llvm::ArrayRef<float> open = (*floats)[1].data<float>();
    EXPECT_THAT(*std::min_element(open.begin(), open.end()), Lt(0.0f));
    EXPECT_THAT(*std::max_element(open.begin(), open.end()), Gt(1.0f));
    llvm::ArrayRef<float> x = pair.floatInput(1, 0).data<float>();
    llvm::ArrayRef<float> xq = pair.qfloatInput(1, 0).data<float>();
    const llvm::ArrayRef<float> rounded = (*codes)[1].data<float>();
    for (size_t i = 0; i < open.size(); i += 2) {
      EXPECT_NEAR(open[i], 0.5f * x[i] - 0.3f * x[i + 1] + 0.11f, 1e-5);
      EXPECT_NEAR(rounded[i],
                  (127 * xq[i] - 77 * xq[i + 1]) / 256 + 1802 * 0x1p-14f, 1e-5);
      EXPECT_FLOAT_EQ(pair.floatOutput(1).data<float>()[i],
                      std::min(std::max(open[i], 0.0f), 1.0f));
    }
  };
  run(makeSamples(2), hooks);
}

// The local result of an op is what a graph of this op alone computes.
TEST_F(LockstepTest, LocalOutputsAreTheOpOnRoundedFloatInputs) {
  struct Alone {
    const char *name, *text;
  };
  // An integer op, a carried move, a float island.
  constexpr Alone ops[] = {
      {"add",  R"(
        func.func @main(%a: tensor<1x4x4x2xf32>, %b: tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32> {
          %0 = qf.fake_quant %a as !quant.uniform<i8:f32, 0.0048828125:-60> : tensor<1x4x4x2xf32>
          %1 = qf.fake_quant %b as !quant.uniform<i8:f32, 0.00390625:-128> : tensor<1x4x4x2xf32>
          %2 = nn.add %0, %1 : (tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
          %3 = qf.fake_quant %2 as !quant.uniform<i8:f32, 0.0078125:-90> : tensor<1x4x4x2xf32>
          return %3 : tensor<1x4x4x2xf32>
        })"},
      {"pool", R"(
        func.func @main(%a: tensor<1x4x4x2xf32>) -> tensor<1x2x2x2xf32> {
          %0 = qf.fake_quant %a as !quant.uniform<i8:f32, 0.0078125:-90> : tensor<1x4x4x2xf32>
          %1 = nn.max_pool2d %0 kernel [2, 2] strides [2, 2] pads [0, 0, 0, 0]
            : (tensor<1x4x4x2xf32>) -> tensor<1x2x2x2xf32>
          return %1 : tensor<1x2x2x2xf32>
        })"},
      {"prob", R"(
        func.func @main(%a: tensor<1x3xf32>) -> tensor<1x3xf32> {
          %0 = qf.fake_quant %a as !quant.uniform<i8:f32, 0.01171875:-20> : tensor<1x3xf32>
          %1 = nn.softmax %0 axis 1 : tensor<1x3xf32>
          %2 = qf.fake_quant %1 as !quant.uniform<i8:f32, 0.00390625:-128> : tensor<1x3xf32>
          return %2 : tensor<1x3xf32>
        })"}
  };
  std::map<std::string, std::vector<Tensor>> inputs;
  std::map<std::string, Tensor> local, accumulated;
  Hooks hooks;
  hooks.onAfter = [&](const PairView &pair) {
    for (unsigned i = 0; i < pair.floatOp()->getNumOperands(); ++i)
      inputs[pair.name()].push_back(pair.floatInput(1, i));
    auto outputs = pair.localOutputs();
    ASSERT_TRUE(succeeded(outputs));
    local[pair.name()] = (*outputs)[1];
    accumulated[pair.name()] = pair.qfloatOutput(1);
  };
  run(makeSamples(2), hooks);
  for (auto [name, text] : ops) {
    auto module = parseSourceString<ModuleOp>(text, &context);
    ASSERT_TRUE(bool(module));
    auto interpreter =
        Interpreter::create(module->lookupSymbol<func::FuncOp>("main"));
    ASSERT_TRUE(succeeded(interpreter));
    EXPECT_EQ(interpreter->run(inputs[name])->front().bytes, local[name].bytes)
        << name;
    EXPECT_NE(local[name].bytes, accumulated[name].bytes) << name;
  }
}

// local - f(rounded inputs) + f(inputs): nothing where the op is exact on what
// it gets (a move), and for the linear op what its filter and output add.
TEST_F(LockstepTest, OwnOutputsLeaveTheInputsErrorsOut) {
  Hooks hooks;
  size_t seen = 0;
  hooks.onAfter = [&](const PairView &pair) {
    auto own = pair.ownOutputs();
    auto local = pair.localOutputs();
    ASSERT_TRUE(succeeded(own) && succeeded(local));
    if (pair.name() == "pool" || pair.name() == "flat") {
      EXPECT_EQ((*own)[1].bytes, pair.floatOutput(1).bytes);
      EXPECT_NE((*local)[1].bytes, pair.floatOutput(1).bytes);
      ++seen;
    }
    if (pair.name() != "fc")
      return;
    ++seen;
    llvm::ArrayRef<float> x = pair.floatInput(1, 0).data<float>();
    const float step = 0.005859375f;
    const float rounded[] = {step * std::nearbyint(x[0] / step),
                             step * std::nearbyint(x[1] / step)};
    constexpr float filter[3][2] = {
        {1.0f,  -0.7f},
        {0.33f, 0.9f },
        {-0.2f, 0.6f }
    };
    for (int i = 0; i < 3; ++i)
      EXPECT_NEAR((*own)[1].data<float>()[i] -
                      pair.floatOutput(1).data<float>()[i],
                  (*local)[1].data<float>()[i] - filter[i][0] * rounded[0] -
                      filter[i][1] * rounded[1],
                  1e-6);
  };
  run(makeSamples(2), hooks);
  EXPECT_EQ(seen, 3u);
}

TEST_F(LockstepTest, FreesTensorsAfterTheirLastReader) {
  std::map<std::string, int64_t> bytes;
  Hooks hooks;
  hooks.onAfter = [&](const PairView &pair) {
    bytes[pair.name()] = pair.liveBytes();
  };
  const int64_t samples = 5;
  run(makeSamples(samples), hooks);
  // Both sides: operand of 32 and result of 8 floats.
  EXPECT_EQ(bytes["pool"], samples * 2 * (32 + 8) * 4);
  // 3 logits and 3 probabilities; in QFloat both carried and float.
  EXPECT_EQ(bytes["prob"], samples * (3 + 3 + 2 * (3 + 3)) * 4);
}

TEST_F(LockstepTest, RefusesGraphsThatAreNoTwins) {
  load(floatText, qfloatText);
  auto refusal = [&] {
    return diagnosticsOf([&] {
      EXPECT_TRUE(failed(Lockstep::create(floatMain(), qfloatMain())));
    });
  };
  std::string other = floatText;
  other.replace(other.find("nn.hard_swish"), 13, "nn.gelu");
  load(other, qfloatText);
  EXPECT_THAT(refusal(),
              HasSubstr("nn.hard_swish with a result of 'tensor<1x4x4x2xf32>' "
                        "has no twin: at its place the float model has 'act' "
                        "(nn.gelu, 'tensor<1x4x4x2xf32>')"));
  other = floatText;
  other.replace(other.find("nn.add %2, %0"), 13, "nn.add %2, %1");
  load(other, qfloatText);
  EXPECT_THAT(refusal(), HasSubstr("operand 1 is 'conv' ('tensor<1x4x4x2xf32>')"
                                   ", but its twin in the float model, 'add', "
                                   "takes 'act'"));
  other = floatText;
  other.replace(other.find("return %8"), 9, "return %7");
  other.erase(other.find("%8 = nn.softmax"),
              other.find("return %7") - other.find("%8 = nn.softmax"));
  load(other, qfloatText);
  EXPECT_THAT(refusal(), HasSubstr("as many ops as the float model (8), but "
                                   "found 9"));
  load(floatText, R"(
    func.func @main(%x: tensor<1xf32>) -> tensor<1xf32> {
      %0 = qf.observe %x with "min_max" : tensor<1xf32>
      return %0 : tensor<1xf32>
    })");
  EXPECT_THAT(refusal(), HasSubstr("expected ops of nn and qf.fake_quant"));
}

TEST_F(LockstepTest, RefusesSamplesThatDoNotFit) {
  FailureOr<Lockstep> lockstep = Lockstep::create(floatMain(), qfloatMain());
  Hooks hooks;
  EXPECT_THAT(diagnosticsOf([&] {
                EXPECT_TRUE(failed(lockstep->run(
                    {{Tensor(ElementKind::F32, {1, 4, 4, 3})}}, hooks)));
              }),
              HasSubstr("input 0 expects 'tensor<1x4x4x2xf32>', but found "
                        "1x4x4x3 of f32"));
}

} // namespace
