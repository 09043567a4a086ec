// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Patches against the interpreter's convolutions, and corrections of small
// graphs: what changes, what is noted, what is left alone.

#include "compiler/quantize/Correct.h"

#include "compiler/interpret/Interpreter.h"
#include "compiler/quantize/Patches.h"
#include "compiler/quantize/Pipelines.h"
#include "dialects/nn/NN.h"
#include "dialects/q/Notes.h"
#include "dialects/q/Q.h"
#include "dialects/qf/QF.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
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

Samples makeSamples(ArrayRef<int64_t> shape, int count) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  Samples samples;
  for (int i = 0; i < count; ++i) {
    Tensor tensor(interpret::ElementKind::F32, shape);
    // All channels move together, which rounding to the nearest ignores.
    for (float &x : tensor.data<float>())
      x = 1.0f + 0.1f * normal(random);
    samples.push_back({tensor});
  }
  return samples;
}

class Correct : public testing::Test {
protected:
  Correct() {
    context.loadDialect<func::FuncDialect, nn::NNDialect, qf::QFDialect,
                        q::QDialect>();
  }

  OwningOpRef<ModuleOp> parse(StringRef text) {
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
    EXPECT_TRUE(module);
    return module;
  }

  /// Float twin and QFloat of a float graph, calibrated.
  void quantize(StringRef text, const Samples &samples, StringRef qconfig) {
    floating = parse(text);
    qfloat = cast<ModuleOp>((*floating)->clone());
    (*qfloat)->setAttr(qconfigAttr, StringAttr::get(&context, qconfig));
    PassManager observe(&context), assign(&context);
    buildObservePipeline(observe, {});
    ASSERT_TRUE(succeeded(observe.run(*qfloat)));
    TensorSource source(samples);
    ASSERT_TRUE(succeeded(calibrate(*qfloat, source)));
    buildAssignPipeline(assign, {});
    ASSERT_TRUE(succeeded(assign.run(*qfloat)));
  }

  std::vector<Tensor> outputs(ModuleOp module, const Samples &samples) {
    auto main = module.lookupSymbol<func::FuncOp>("main");
    auto interpreter = interpret::Interpreter::create(main);
    std::vector<Tensor> results;
    for (const std::vector<Tensor> &sample : samples)
      results.push_back((*interpreter->run(sample))[0]);
    return results;
  }

  /// Root of the mean square error at the output, and the mean error.
  std::pair<double, double> error(const Samples &samples) {
    const std::vector<Tensor> wanted = outputs(*floating, samples);
    const std::vector<Tensor> found = outputs(*qfloat, samples);
    double square = 0, sum = 0;
    int64_t count = 0;
    for (size_t s = 0; s < wanted.size(); ++s)
      for (auto [y, z] :
           llvm::zip_equal(wanted[s].data<float>(), found[s].data<float>())) {
        square += double(z - y) * (z - y);
        sum += double(z) - y;
        ++count;
      }
    return {std::sqrt(square / count), sum / count};
  }

  std::string notes() {
    std::string text;
    qfloat->walk([&](Operation *op) {
      if (ArrayAttr list = q::notesOf(op))
        for (Attribute note : list)
          text += cast<StringAttr>(note).getValue().str() + "\n";
    });
    return text;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> floating, qfloat;
};

// Every output is the product of its patch with its filter: padding, strides,
// dilations, groups, and rows of a linear.
TEST_F(Correct, PatchesAreWhatConvolutionsRead) {
  const char *graphs[] = {
      R"(func.func @main(%x: tensor<2x5x6x4xf32>) -> tensor<2x3x2x6xf32> {
        %w = nn.constant dense<1.0> : tensor<6x3x2x2xf32>
        %0 = nn.conv2d %x, %w strides [2, 3] pads [1, 0, 2, 1] {groups = 2 : i64} : (tensor<2x5x6x4xf32>, tensor<6x3x2x2xf32>) -> tensor<2x3x2x6xf32>
        return %0 : tensor<2x3x2x6xf32>
      })",
      R"(func.func @main(%x: tensor<1x7x5x3xf32>) -> tensor<1x3x5x3xf32> {
        %w = nn.constant dense<1.0> : tensor<3x3x1x1xf32>
        %0 = nn.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] {groups = 3 : i64, dilations = array<i64: 2, 1>} : (tensor<1x7x5x3xf32>, tensor<3x3x1x1xf32>) -> tensor<1x3x5x3xf32>
        return %0 : tensor<1x3x5x3xf32>
      })",
      R"(func.func @main(%x: tensor<3x2x4xf32>) -> tensor<3x2x5xf32> {
        %w = nn.constant dense<1.0> : tensor<5x4xf32>
        %0 = nn.linear %x, %w : (tensor<3x2x4xf32>, tensor<5x4xf32>) -> tensor<3x2x5xf32>
        return %0 : tensor<3x2x5xf32>
      })"};
  for (const char *text : graphs) {
    OwningOpRef<ModuleOp> module = parse(text);
    auto main = module->lookupSymbol<func::FuncOp>("main");
    Operation *op = nullptr;
    main.walk([&](Operation *each) {
      if (isa<nn::Conv2DOp, nn::LinearOp>(each))
        op = each;
    });
    auto shape = cast<RankedTensorType>(main.getArgumentTypes()[0]).getShape();
    const Samples samples = makeSamples(shape, 1);
    const std::vector<Tensor> wanted = outputs(*module, samples);
    const std::optional<Patches> patches = Patches::of(op);
    ASSERT_TRUE(patches);
    const int64_t channels = patches->sizes.outC;
    ASSERT_EQ(patches->positions() * channels, wanted[0].numElements());
    std::vector<float> row(patches->depth());
    for (int64_t p = 0; p < patches->positions(); ++p)
      for (int64_t c = 0; c < channels; ++c) {
        patches->read(samples[0][0].data<float>().data(), p,
                      c / (channels / patches->sizes.groups), row.data());
        float sum = 0; // all weights are 1
        for (float x : row)
          sum += x;
        EXPECT_NEAR(sum, wanted[0].data<float>()[p * channels + c], 1e-5);
      }
  }
}

constexpr const char *linear =
    R"(func.func @main(%x: tensor<1x8xf32>) -> tensor<1x2xf32> {
      %w = nn.constant dense<[[0.9, 0.53, 0.25, 0.39, 0.11, 0.24, 0.53, 0.4],
                              [-0.9, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2]]> : tensor<2x8xf32>
      %0 = nn.linear %x, %w : (tensor<1x8xf32>, tensor<2x8xf32>) -> tensor<1x2xf32> loc("fc")
      return %0 : tensor<1x2xf32>
    })";

// The mean error is gone but for the rounding of bias and output.
TEST_F(Correct, BiasCorrectionTakesAwayTheMeanError) {
  const Samples samples = makeSamples({1, 8}, 64);
  quantize(linear, samples, "{base: fast, weight: {bits: 3}}");
  const auto [before, meanBefore] = error(samples);
  TensorSource source(samples);
  Algorithms algorithms;
  algorithms.biasCorrection = BiasCorrection::Empirical;
  algorithms.samples = 64;
  ASSERT_TRUE(succeeded(correct(*floating, *qfloat, source, algorithms)));
  const auto [after, meanAfter] = error(samples);
  EXPECT_LT(std::fabs(meanAfter), 0.05 * std::fabs(meanBefore));
  EXPECT_LT(after, 0.3 * before);
  EXPECT_THAT(notes(), HasSubstr("biases corrected by up to "));
}

// AdaRound alone mends it too, in the filter.
TEST_F(Correct, AdaRoundKeepsTheOutput) {
  const Samples samples = makeSamples({1, 8}, 64);
  quantize(linear, samples, "{base: fast, weight: {bits: 3}}");
  const double before = error(samples).first;
  TensorSource source(samples);
  Algorithms algorithms;
  algorithms.adaround = 500;
  algorithms.samples = 64;
  ASSERT_TRUE(succeeded(correct(*floating, *qfloat, source, algorithms)));
  EXPECT_LT(error(samples).first, 0.5 * before);
  EXPECT_THAT(notes(), HasSubstr("% of the weights not to the nearest"));
}

// A filter with groups is rounded by multiples of its multipliers, and keeps
// them: its verifier has seen every code.
TEST_F(Correct, AdaRoundKeepsGroups) {
  const Samples samples = makeSamples({1, 20}, 64);
  std::mt19937 random(4);
  std::normal_distribution<float> normal;
  std::string rows;
  for (int i = 0; i < 20; ++i)
    rows += (i ? ", " : "") + std::to_string(normal(random));
  const std::string text =
      "func.func @main(%x: tensor<1x20xf32>) -> tensor<1x1xf32> {\n"
      "  %w = nn.constant dense<[[" +
      rows +
      "]]> : tensor<1x20xf32>\n"
      "  %0 = nn.linear %x, %w : (tensor<1x20xf32>, tensor<1x20xf32>) -> "
      "tensor<1x1xf32> loc(\"fc\")\n"
      "  return %0 : tensor<1x1xf32>\n}";
  quantize(text, samples,
           "{base: fast, weight: {bits: 3, granularity: group, "
           "group_size: 16}}");
  auto filter = [&] {
    qf::ConstantOp found;
    qfloat->walk([&](nn::LinearOp op) {
      found = op.getFilter().getDefiningOp<qf::ConstantOp>();
    });
    return found;
  };
  const ElementsAttr before = filter().getCodes();
  const double unrounded = error(samples).first;
  TensorSource source(samples);
  Algorithms algorithms;
  algorithms.adaround = 500;
  algorithms.samples = 64;
  ASSERT_TRUE(succeeded(correct(*floating, *qfloat, source, algorithms)));
  EXPECT_LT(error(samples).first, 0.7 * unrounded);
  EXPECT_NE(filter().getCodes(), before);
  EXPECT_EQ(filter().getGroupSize(), 16u);
  EXPECT_TRUE(succeeded(verify(*qfloat)));
}

// Four samples say nothing about eight weights.
TEST_F(Correct, AdaRoundDeclinesWithTooFewOutputs) {
  const Samples samples = makeSamples({1, 8}, 4);
  quantize(linear, samples, "{base: fast, weight: {bits: 3}}");
  const double before = error(samples).first;
  TensorSource source(samples);
  Algorithms algorithms;
  algorithms.adaround = 100;
  ASSERT_TRUE(succeeded(correct(*floating, *qfloat, source, algorithms)));
  EXPECT_EQ(error(samples).first, before);
  EXPECT_THAT(notes(), HasSubstr("4 outputs of 8 inputs each do not decide"));
}

TEST_F(Correct, NoSampleIsAnError) {
  const Samples samples = makeSamples({1, 8}, 4);
  quantize(linear, samples, "{base: fast}");
  TensorSource none({});
  std::string message;
  ScopedDiagnosticHandler handler(
      &context, [&](Diagnostic &diagnostic) { message = diagnostic.str(); });
  Algorithms algorithms;
  algorithms.biasCorrection = BiasCorrection::Empirical;
  EXPECT_TRUE(failed(correct(*floating, *qfloat, none, algorithms)));
  EXPECT_THAT(message, HasSubstr("expects at least one sample"));
}

} // namespace
