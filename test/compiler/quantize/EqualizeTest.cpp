// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Equalization and smoothing by data: the float graph computes what it did, and
// 8 bits come nearer to it.

#include "compiler/quantize/Equalize.h"

#include "compiler/quantize/Configuration.h"
#include "compiler/quantize/Smooth.h"

#include "compiler/interpret/Interpreter.h"
#include "compiler/quantize/Pipelines.h"
#include "dialects/nn/NN.h"
#include "dialects/q/Notes.h"
#include "dialects/qf/QF.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FormatVariadic.h"
#include "gmock/gmock.h"

#include <cmath>
#include <random>

using namespace mlir;
using namespace quench;
using namespace quench::quantize;
using interpret::Tensor;
using testing::HasSubstr;

namespace {

using Samples = std::vector<std::vector<Tensor>>;

/// "[a, b, ...]" of `count` numbers ~ N(0, 1), number i times factor(i).
std::string numbers(std::mt19937 &random, int count,
                    function_ref<double(int)> factor) {
  std::normal_distribution<double> normal;
  std::string text = "[";
  for (int i = 0; i < count; ++i)
    text += (i ? ", " : "") + std::to_string(normal(random) * factor(i));
  return text + "]";
}

/// The same in rows.
std::string matrix(std::mt19937 &random, int rows, int columns,
                   function_ref<double(int, int)> factor) {
  std::string text = "[";
  for (int i = 0; i < rows; ++i)
    text += (i ? ", " : "") +
            numbers(random, columns, [&](int j) { return factor(i, j); });
  return text + "]";
}

class Scales : public testing::Test {
protected:
  Scales() {
    context.loadDialect<func::FuncDialect, quant::QuantDialect, nn::NNDialect,
                        qf::QFDialect>();
  }

  OwningOpRef<ModuleOp> parse(StringRef text) {
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
    EXPECT_TRUE(module);
    return module;
  }

  static func::FuncOp mainOf(ModuleOp module) {
    return module.lookupSymbol<func::FuncOp>("main");
  }

  static std::vector<float> run(ModuleOp module, const Samples &samples) {
    auto interpreter = interpret::Interpreter::create(mainOf(module));
    EXPECT_TRUE(succeeded(interpreter));
    std::vector<float> all;
    for (const auto &sample : samples) {
      auto results = interpreter->run(sample);
      EXPECT_TRUE(succeeded(results));
      llvm::append_range(all, results->front().data<float>());
    }
    return all;
  }

  /// Results of the graph in 8 bits, one scale a filter.
  std::vector<float> runQuantized(ModuleOp module, const Samples &samples) {
    OwningOpRef<ModuleOp> copy = cast<ModuleOp>(module->clone());
    PassManager insert(&context), assign(&context);
    buildQuantizePipeline(insert, QuantizeOptions());
    QConfig config = *findPreset("fast");
    config.weight.scheme.granularity = Granularity::Tensor;
    setQConfig(*copy, config);
    buildAssignPipeline(assign, {});
    TensorSource source(samples);
    EXPECT_TRUE(succeeded(insert.run(*copy)));
    EXPECT_TRUE(succeeded(calibrate(*copy, source)));
    EXPECT_TRUE(succeeded(assign.run(*copy)));
    return run(*copy, samples);
  }

  static double sqnr(llvm::ArrayRef<float> wanted,
                     llvm::ArrayRef<float> found) {
    double signal = 0, noise = 0;
    for (auto [w, f] : llvm::zip(wanted, found)) {
      signal += double(w) * w;
      noise += double(w - f) * (w - f);
    }
    return 10 * std::log10(signal / noise);
  }

  Samples samples(std::vector<int64_t> shape, int count) {
    std::normal_distribution<float> normal;
    Samples result;
    for (int i = 0; i < count; ++i) {
      Tensor tensor(interpret::ElementKind::F32, shape);
      for (float &x : tensor.data<float>())
        x = normal(random);
      result.push_back({std::move(tensor)});
    }
    return result;
  }

  static std::string notes(ModuleOp module) {
    std::string text;
    module.walk([&](Operation *op) {
      if (ArrayAttr notes = q::notesOf(op))
        for (Attribute note : notes)
          text += cast<StringAttr>(note).str() + "\n";
    });
    return text;
  }

  MLIRContext context;
  std::mt19937 random{11};
};

/// linear -> clamp -> linear; channels of the first are small by 2^-(i % 8),
/// and the second makes up for it.
std::string pairOfLinears(std::mt19937 &random, StringRef upper) {
  auto size = [](int i) { return std::exp2(-(i % 8)); };
  return llvm::formatv(
             R"(func.func @main(%x: tensor<1x16xf32>) -> tensor<1x8xf32> {{
    %w = nn.constant dense<{0}> : tensor<16x16xf32>
    %b = nn.constant dense<{1}> : tensor<16xf32>
    %v = nn.constant dense<{2}> : tensor<8x16xf32>
    %0 = nn.linear %x, %w, %b clamp [0.0, {3}] : (tensor<1x16xf32>, tensor<16x16xf32>, tensor<16xf32>) -> tensor<1x16xf32>
    %1 = nn.linear %0, %v : (tensor<1x16xf32>, tensor<8x16xf32>) -> tensor<1x8xf32>
    return %1 : tensor<1x8xf32>
  })",
             matrix(random, 16, 16, [&](int i, int) { return size(i); }),
             numbers(random, 16, size),
             matrix(random, 8, 16, [&](int, int j) { return 1 / size(j); }),
             upper)
      .str();
}

TEST_F(Scales, EqualizationKeepsEveryBitAndHelpsOneScale) {
  OwningOpRef<ModuleOp> module = parse(pairOfLinears(random, "inf"));
  const Samples data = samples({1, 16}, 32);
  const std::vector<float> before = run(*module, data);
  const double plain = sqnr(before, runQuantized(*module, data));
  const Equalization done = equalize(mainOf(*module), nullptr);
  EXPECT_EQ(done.paths, 1);
  EXPECT_GE(done.channels, 8);
  EXPECT_EQ(before, run(*module, data));
  EXPECT_GT(sqnr(before, runQuantized(*module, data)), plain + 10);
}

TEST_F(Scales, AnyScaleKeepsTheFunctionToRounding) {
  OwningOpRef<ModuleOp> module = parse(pairOfLinears(random, "inf"));
  const Samples data = samples({1, 16}, 32);
  const std::vector<float> before = run(*module, data);
  EqualizationOptions options;
  options.powersOfTwo = false;
  equalize(mainOf(*module), nullptr, options);
  EXPECT_GT(sqnr(before, run(*module, data)), 120);
}

// Channels of size 1 reach the clamp at 6 and must stay; the small ones grow,
// up to the clamp and not beyond.
TEST_F(Scales, UpperClampHoldsTheChannelsItActsOn) {
  OwningOpRef<ModuleOp> module = parse(pairOfLinears(random, "6.0"));
  const Samples data = samples({1, 16}, 64);
  const std::vector<float> before = run(*module, data);
  TensorSource source(data);
  auto ranges = collectChannelRanges(mainOf(*module), source);
  ASSERT_TRUE(succeeded(ranges));
  const Equalization done = equalize(mainOf(*module), &*ranges);
  EXPECT_GT(done.channels, 4);
  EXPECT_EQ(before, run(*module, data));
  EXPECT_THAT(notes(*module), HasSubstr("held by the clamp at 6"));

  // The ranges were scaled along: they are what data shows now.
  auto again = collectChannelRanges(mainOf(*module), source);
  ASSERT_TRUE(succeeded(again));
  for (auto &[value, range] : *again) {
    EXPECT_EQ(range.max, ranges->lookup(value).max);
    EXPECT_EQ(range.min, ranges->lookup(value).min);
  }

  // Told that all channels stay far below the clamp, it changes the function:
  // the guard is what keeps it.
  module = parse(pairOfLinears(random, "6.0"));
  const std::vector<float> other = run(*module, data);
  auto lies = collectChannelRanges(mainOf(*module), source);
  ASSERT_TRUE(succeeded(lies));
  for (auto &[value, range] : *lies)
    std::fill(range.max.begin(), range.max.end(), 1e-3f);
  EqualizationOptions options;
  options.keepRange = false;
  equalize(mainOf(*module), &*lies, options);
  EXPECT_NE(other, run(*module, data));
}

/// layer_norm with outlier channels -> queries and keys -> sum.
std::string attentionBlock(std::mt19937 &random) {
  auto outlier = [](int i) { return i % 16 == 5 ? 60.0 : 1.0; };
  std::string gain = "[";
  for (int i = 0; i < 32; ++i)
    gain += (i ? ", " : "") + std::to_string(outlier(i));
  return llvm::formatv(
             R"(func.func @main(%x: tensor<8x32xf32>) -> tensor<8x32xf32> {{
    %s = nn.constant dense<{0}]> : tensor<32xf32>
    %b = nn.constant dense<{1}> : tensor<32xf32>
    %q = nn.constant dense<{2}> : tensor<32x32xf32>
    %k = nn.constant dense<{3}> : tensor<32x32xf32>
    %0 = nn.layer_norm %x, %s, %b axis 1 {{epsilon = 1.0e-5 : f32} : (tensor<8x32xf32>, tensor<32xf32>, tensor<32xf32>) -> tensor<8x32xf32>
    %1 = nn.linear %0, %q : (tensor<8x32xf32>, tensor<32x32xf32>) -> tensor<8x32xf32>
    %2 = nn.linear %0, %k : (tensor<8x32xf32>, tensor<32x32xf32>) -> tensor<8x32xf32>
    %3 = nn.add %1, %2 : (tensor<8x32xf32>, tensor<8x32xf32>) -> tensor<8x32xf32>
    return %3 : tensor<8x32xf32>
  })",
             gain, numbers(random, 32, [](int) { return 0.1; }),
             // Trained weights are small where activations are outliers.
             matrix(random, 32, 32,
                    [&](int, int j) { return 0.2 / outlier(j); }),
             matrix(random, 32, 32,
                    [&](int, int j) { return 0.2 / outlier(j); }))
      .str();
}

TEST_F(Scales, SmoothingMovesOutliersIntoWeights) {
  OwningOpRef<ModuleOp> module = parse(attentionBlock(random));
  const Samples data = samples({8, 32}, 16);
  const std::vector<float> before = run(*module, data);
  const double plain = sqnr(before, runQuantized(*module, data));
  TensorSource source(data);
  auto ranges = collectChannelRanges(mainOf(*module), source);
  ASSERT_TRUE(succeeded(ranges));
  int64_t ops = 0, opsAfter = 0;
  module->walk([&](Operation *op) { ops += !isa<nn::ConstantOp>(op); });
  const Smoothing done = smooth(mainOf(*module), &*ranges);
  module->walk([&](Operation *op) { opsAfter += !isa<nn::ConstantOp>(op); });
  EXPECT_EQ(ops, opsAfter);
  EXPECT_EQ(done.paths, 1);
  // Linears pass powers of two exactly; layer_norm's bias is added last.
  EXPECT_EQ(before, run(*module, data));
  const double smoothed = sqnr(before, runQuantized(*module, data));
  EXPECT_GT(smoothed, plain + 10);
  EXPECT_THAT(notes(*module), HasSubstr("smoothed: largest/median |x|"));
}

TEST_F(Scales, CollectingRefusesWhatIsNotFinite) {
  OwningOpRef<ModuleOp> module = parse(R"(
    func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
      %0 = nn.sqrt %x : tensor<2xf32> loc("root")
      return %0 : tensor<2xf32>
    })");
  std::string error;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    llvm::raw_string_ostream(error) << diagnostic;
  });
  TensorSource bad({{Tensor::of<float>({2}, {1.0f, 4.0f})},
                    {Tensor::of<float>({2}, {1.0f, -4.0f})}});
  EXPECT_TRUE(failed(collectChannelRanges(mainOf(*module), bad)));
  EXPECT_EQ(error, "tensor 'root' has a value that is not finite for "
                   "calibration sample 1");
  error.clear();
  TensorSource none({});
  EXPECT_TRUE(failed(collectChannelRanges(mainOf(*module), none)));
  EXPECT_EQ(error, "calibration expects at least one sample");
}

} // namespace
