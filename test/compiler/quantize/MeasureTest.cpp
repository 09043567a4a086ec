// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Measuring a network whose errors are known by hand, and what is made of it.

#include "compiler/quantize/Measure.h"

#include "compiler/interpret/Interpreter.h"
#include "compiler/quantize/Advice.h"
#include "compiler/quantize/FloatTwin.h"
#include "dialects/nn/NN.h"
#include "dialects/q/Q.h"
#include "dialects/qf/QF.h"

#include "mlir/Parser/Parser.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <cmath>

using namespace mlir;
using namespace quench::quantize;
using quench::interpret::Interpreter;
using quench::interpret::Tensor;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

namespace {

/// Everything exact but two roundings: the input to steps of 1/4 and the
/// second layer's result to steps of 1/2. `first` doubles, `second` adds.
constexpr const char *floatText = R"(
  func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
    %w = nn.constant dense<[[2.0, 0.0], [0.0, 2.0]]> : tensor<2x2xf32>
    %0 = nn.linear %x, %w : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32> loc("first")
    %1 = nn.add %0, %0 : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> loc("second")
    return %1 : tensor<1x2xf32>
  })";
constexpr const char *qfloatText = R"(
  !x = !quant.uniform<i8:f32, 0.25>
  !y = !quant.uniform<i8:f32, 0.5>
  !z = !quant.uniform<i8:f32, 2.0>
  !w = !quant.uniform<i8:f32, 2.0>
  func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
    %w = qf.constant dense<[[1, 0], [0, 1]]> : tensor<2x2xi8> as !w : tensor<2x2xf32>
    %q = qf.fake_quant %x as !x : tensor<1x2xf32>
    %0 = nn.linear %q, %w {quench.notes = ["a note"]} : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32> loc("first")
    %1 = qf.fake_quant %0 as !y : tensor<1x2xf32> loc("first")
    %2 = nn.add %1, %1 : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> loc("second")
    %3 = qf.fake_quant %2 as !z : tensor<1x2xf32> loc("second")
    return %3 : tensor<1x2xf32>
  })";

class MeasureTest : public testing::Test {
protected:
  MeasureTest() {
    context.loadDialect<func::FuncDialect, quant::QuantDialect,
                        quench::nn::NNDialect, quench::qf::QFDialect,
                        quench::q::QDialect>();
    floatModule = parseSourceString<ModuleOp>(floatText, &context);
    qfloatModule = parseSourceString<ModuleOp>(qfloatText, &context);
  }

  static func::FuncOp mainOf(OwningOpRef<ModuleOp> &module) {
    return module->lookupSymbol<func::FuncOp>("main");
  }

  FailureOr<Measurement> measureOn(std::vector<std::vector<float>> inputs,
                                   MeasureOptions options = {}) {
    std::vector<std::vector<Tensor>> samples;
    for (const std::vector<float> &input : inputs)
      samples.push_back({Tensor::of<float>({1, 2}, input)});
    TensorSource source(samples);
    return measure(mainOf(floatModule), mainOf(qfloatModule), source, options);
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

// x = (1.1, 3): rounded to (1, 3), doubled (2, 6) for (2.2, 6), added (4, 12)
// for (4.4, 12). First alone: 2 * 1 = 2. Second alone: 2.2 is 4.4 steps of 0.5,
// so 2; 2 + 2 = 4.
TEST_F(MeasureTest, KnownErrors) {
  FailureOr<Measurement> m = measureOn({
      {1.1f, 3.0f}
  });
  ASSERT_TRUE(succeeded(m));
  EXPECT_EQ(m->samples, 1);
  ASSERT_THAT(m->layers, SizeIs(3));
  const LayerMeasure &input = m->layers[0], &first = m->layers[1],
                     &second = m->layers[2];
  EXPECT_EQ(input.op, "input");
  EXPECT_EQ(first.op, "linear");
  EXPECT_EQ(first.name, "first");
  EXPECT_THAT(first.notes, ElementsAre("a note"));
  EXPECT_NEAR(input.local.noise, 0.01, 1e-7);
  EXPECT_NEAR(input.local.signal, 1.21 + 9, 1e-6);
  EXPECT_NEAR(first.local.noise, 0.04, 1e-6);
  EXPECT_NEAR(first.accumulated.noise, 0.04, 1e-6);
  EXPECT_NEAR(second.local.noise, 0.16, 1e-6);
  EXPECT_NEAR(second.accumulated.noise, 0.16, 1e-6);
  EXPECT_DOUBLE_EQ(second.grid->scale, 2.0);
  EXPECT_DOUBLE_EQ(second.grid->low(), -256);
  EXPECT_NEAR(first.channels.mean(0), -0.2, 1e-6);
  EXPECT_EQ(first.channels.mean(1), 0);
  ASSERT_TRUE(first.filter);
  EXPECT_EQ(first.filter->error.sqnr(), INFINITY);
  EXPECT_EQ(first.filter->worstSqnr, INFINITY);
  EXPECT_EQ(first.filter->coarseChannels, 0);
  EXPECT_EQ(first.filter->channels, 2);
  EXPECT_EQ(first.filter->largestBound, 128); // code 1 * |-128 - 0|
  ASSERT_THAT(m->outputs, SizeIs(1));
  EXPECT_NEAR(m->outputSqnr(), 10 * std::log10((4.4 * 4.4 + 144) / 0.16), 1e-3);
  EXPECT_EQ(m->outputs[0].agreeing, 1);
}

// Own errors, put into the float model: the input's 0.1 becomes 0.4 at the
// output. `first` adds none to rounded inputs: 2 * 1 = 2 is on its grid. 2.2
// rounded to 2 is an input of `second`, which adds none either.
TEST_F(MeasureTest, OwnErrorsAreCountedOnce) {
  FailureOr<Measurement> m = measureOn({
      {1.1f, 3.0f}
  });
  ASSERT_TRUE(succeeded(m));
  EXPECT_EQ(m->attributionSamples, 1);
  const double signal = 4.4 * 4.4 + 144;
  EXPECT_NEAR(*m->layers[0].aloneNoise, 0.16 / signal, 1e-7);
  EXPECT_EQ(m->layers[1].aloneNoise, 0.0);
  EXPECT_EQ(m->layers[2].aloneNoise, 0.0);
  EXPECT_EQ(m->layers[0].regained, INFINITY);
  EXPECT_NEAR(m->additivity, 1, 1e-5);
  EXPECT_THAT(worstLayers(*m, 1), ElementsAre(0u));
}

// x = 1.5 and 2.5 are on the first grids; 4 * x = 6 and 10 on the last one;
// 1.75 is not: 7 rounds to 8 (a tie to even: 3.5 steps).
TEST_F(MeasureTest, TheLayerThatRoundsGetsTheBlame) {
  FailureOr<Measurement> m = measureOn({
      {1.5f,  2.5f},
      {1.75f, 0.0f}
  });
  ASSERT_TRUE(succeeded(m));
  EXPECT_EQ(m->layers[0].local.noise, 0);
  EXPECT_EQ(m->layers[1].local.noise, 0);
  EXPECT_DOUBLE_EQ(m->layers[2].local.noise, 1);
  EXPECT_EQ(m->layers[2].regained, INFINITY);
  EXPECT_THAT(worstLayers(*m, 3), ElementsAre(2u));
  EXPECT_THAT(causeOf(m->layers[2]), HasSubstr("the result to its grid"));
}

TEST_F(MeasureTest, StreamsInBatchesWithTheSameResult) {
  std::vector<std::vector<float>> inputs;
  for (int i = 0; i < 7; ++i)
    inputs.push_back({0.3f * float(i), 1.7f - 0.41f * float(i)});
  MeasureOptions whole, pieces;
  pieces.batch = 3;
  FailureOr<Measurement> a = measureOn(inputs, whole);
  FailureOr<Measurement> b = measureOn(inputs, pieces);
  ASSERT_TRUE(succeeded(a) && succeeded(b));
  EXPECT_EQ(b->samples, 7);
  for (size_t i = 0; i < a->layers.size(); ++i) {
    EXPECT_EQ(a->layers[i].accumulated.noise, b->layers[i].accumulated.noise);
    EXPECT_EQ(a->layers[i].codes.bars(), b->layers[i].codes.bars());
    EXPECT_EQ(a->layers[i].range.points().size(), 7u);
  }
}

TEST_F(MeasureTest, LeavesAttributionOutWithoutTime) {
  MeasureOptions options;
  options.attributionSeconds = 0;
  FailureOr<Measurement> m = measureOn(
      {
          {1.75f, 0.0f}
  },
      options);
  ASSERT_TRUE(succeeded(m));
  EXPECT_EQ(m->attributionSamples, 0);
  EXPECT_FALSE(m->layers[0].aloneNoise);
  EXPECT_THAT(worstLayers(*m, 1), ElementsAre(2u)); // by the local SQNR
}

TEST_F(MeasureTest, RefusesNaNAndNoData) {
  EXPECT_THAT(diagnosticsOf([&] {
                EXPECT_TRUE(failed(measureOn({
                    {1.0f, 1.0f},
                    {NAN,  1.0f}
                })));
              }),
              HasSubstr("tensor 'argument 0' of the float model has a NaN at "
                        "element 0 for evaluation sample 1"));
  EXPECT_THAT(diagnosticsOf([&] { EXPECT_TRUE(failed(measureOn({}))); }),
              HasSubstr("evaluation expects at least one sample"));
}

// The first grid ends at 0.5 * 127 = 63.5: 2 * 40 is clipped there, and stays
// so in the twin. Roundings are gone.
TEST_F(MeasureTest, FloatTwinKeepsTheEndsOfGridsAndNoRounding) {
  OwningOpRef<ModuleOp> twin = makeFloatTwin(*qfloatModule);
  auto interpreter = Interpreter::create(mainOf(twin));
  ASSERT_TRUE(succeeded(interpreter));
  auto results = interpreter->run(Tensor::of<float>({1, 2}, {1.1f, 40.0f}));
  ASSERT_TRUE(succeeded(results));
  EXPECT_THAT(results->front().data<float>(), ElementsAre(4.4f, 127.0f));
  // It is a twin.
  floatModule = std::move(twin);
  FailureOr<Measurement> m = measureOn({
      {1.1f, 3.0f}
  });
  ASSERT_TRUE(succeeded(m));
  EXPECT_NEAR(m->layers[2].accumulated.noise, 0.16, 1e-6);
}

/// Two branches of equal types whose order differs between the models.
TEST_F(MeasureTest, AlignsBranchesThatAreSortedDifferently) {
  floatModule = parseSourceString<ModuleOp>(R"(
    func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
      %0 = nn.relu %x : tensor<1x2xf32> loc("main")
      %1 = nn.relu %0 : tensor<1x2xf32> loc("main2")
      %2 = nn.relu %x : tensor<1x2xf32> loc("side")
      %3 = nn.sub %1, %2 : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> loc("out")
      return %3 : tensor<1x2xf32>
    })",
                                            &context);
  qfloatModule = parseSourceString<ModuleOp>(R"(
    !x = !quant.uniform<i8:f32, 0.5>
    func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
      %q = qf.fake_quant %x as !x : tensor<1x2xf32>
      %0 = nn.relu %q : tensor<1x2xf32> loc("side")
      %1 = qf.fake_quant %0 as !x : tensor<1x2xf32>
      %2 = nn.relu %q : tensor<1x2xf32> loc("main")
      %3 = qf.fake_quant %2 as !x : tensor<1x2xf32>
      %4 = nn.relu %3 : tensor<1x2xf32> loc("main2")
      %5 = qf.fake_quant %4 as !x : tensor<1x2xf32>
      %6 = nn.sub %5, %1 : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> loc("out")
      %7 = qf.fake_quant %6 as !x : tensor<1x2xf32>
      return %7 : tensor<1x2xf32>
    })",
                                             &context);
  ASSERT_TRUE(floatModule && qfloatModule);
  EXPECT_THAT(diagnosticsOf([&] {
                EXPECT_TRUE(failed(measureOn({
                    {1.0f, 2.0f}
                })));
              }),
              HasSubstr("operand 0 is argument 0"));
  alignTwin(mainOf(floatModule), mainOf(qfloatModule));
  FailureOr<Measurement> m = measureOn({
      {1.0f, 2.0f}
  });
  ASSERT_TRUE(succeeded(m));
  std::vector<std::string> names;
  for (const LayerMeasure &layer : m->layers)
    names.push_back(layer.name);
  EXPECT_THAT(names, ElementsAre("argument 0", "side", "main", "main2", "out"));
}

//===----------------------------------------------------------------------===//
// Warnings
//===----------------------------------------------------------------------===//

LayerMeasure healthyLayer() {
  LayerMeasure layer;
  layer.name = "conv";
  layer.op = "conv2d";
  layer.grid = GridFacts{0.5, 0, -128, 127};
  layer.codes = CodeUse(-128, 127);
  for (int code = -128; code <= 127; ++code)
    layer.codes.add(code, code);
  layer.channels.add({1.0f, 2.0f}, {1.0f, 2.0f}, 2);
  layer.filter = FilterFacts();
  layer.filter->channels = 2;
  layer.filter->error.add({1.0f}, {1.0f});
  return layer;
}

std::vector<std::string> warningsOf(const LayerMeasure &layer) {
  Measurement m;
  m.layers.push_back(layer);
  std::vector<std::string> names;
  for (const Warning &warning : findWarnings(m))
    names.push_back(row(warning.kind).name);
  return names;
}

std::string textOf(const LayerMeasure &layer) {
  Measurement m;
  m.layers.push_back(layer);
  const std::vector<Warning> warnings = findWarnings(m);
  return warnings.empty() ? "" : warnings.front().text;
}

TEST(Advice, NothingForAHealthyLayer) {
  EXPECT_THAT(warningsOf(healthyLayer()), IsEmpty());
}

// 256 codes are there: one clipped of 1000 is the limit, two are too many.
TEST(Advice, Clipped) {
  LayerMeasure layer = healthyLayer();
  for (int i = 0; i < 743; ++i)
    layer.codes.add(0, 0);
  layer.codes.add(127, 128);
  EXPECT_THAT(warningsOf(layer), IsEmpty());
  layer.codes.add(-128, -200);
  EXPECT_THAT(warningsOf(layer), ElementsAre("clipped"));
  EXPECT_THAT(textOf(layer), HasSubstr("clipped to [-64, 63.5]: 1 below, 1 "
                                       "above"));
}

TEST(Advice, UnusedRange) {
  LayerMeasure layer = healthyLayer();
  layer.codes = CodeUse(-128, 127);
  layer.codes.add(0, 0);
  EXPECT_THAT(warningsOf(layer), IsEmpty()); // a constant tensor
  layer.codes.add(126, 126);
  EXPECT_THAT(warningsOf(layer), ElementsAre("unused-range"));
  EXPECT_EQ(textOf(layer), "uses 127 of 256 codes, 0 to 126");
  layer.codes.add(127, 127);
  EXPECT_THAT(warningsOf(layer), IsEmpty());
}

TEST(Advice, RangeClash) {
  LayerMeasure layer = healthyLayer();
  layer.inputs = {
      {"big",   {-4, 4}},
      {"small", {0, 1} }
  };
  EXPECT_THAT(warningsOf(layer), IsEmpty()); // an eighth: 5 bits
  layer.inputs[1].range.max = 0.5f;
  EXPECT_THAT(warningsOf(layer), ElementsAre("range-clash"));
  EXPECT_THAT(textOf(layer), HasSubstr("input 'small' with [0, 0.5]"));
  EXPECT_THAT(textOf(layer), HasSubstr("4.0 bits less"));
  layer.inputs.pop_back();
  EXPECT_THAT(warningsOf(layer), IsEmpty());
}

// The same range with 16 bits: a step is 1/257 of one of 8.
TEST(Advice, WideGridsAreJudgedBySteps8BitsWouldHave) {
  LayerMeasure layer = healthyLayer();
  layer.grid = GridFacts{0.5 / 257, 0, -32767, 32767};
  layer.codes = CodeUse(-32767, 32767);
  for (int code : {0, 100, 32767})
    layer.codes.add(code, code + 10);
  layer.range.add({0.0f, 63.8f}); // 0.05 above the grid
  layer.channels = ChannelSums();
  layer.channels.add({0.001f, 60.0f}, {0.001f, 60.4f}, 2);
  EXPECT_THAT(warningsOf(layer), IsEmpty());
  layer.range.add({0.0f, 65.0f});
  layer.channels.add({0.001f, 60.0f}, {0.001f, 61.0f}, 2);
  EXPECT_THAT(warningsOf(layer), ElementsAre("clipped", "drift"));
}

TEST(Advice, DeadChannels) {
  LayerMeasure layer = healthyLayer();
  layer.filter->zeroChannels = 1; // rounded to nothing, but alive in float
  EXPECT_THAT(warningsOf(layer), IsEmpty());
  layer.channels = ChannelSums();
  layer.channels.add({0.0f, 2.0f}, {0.0f, 2.0f}, 2);
  EXPECT_THAT(warningsOf(layer), ElementsAre("dead-channels"));
  EXPECT_EQ(textOf(layer), "1 of 2 channels are always 0");
  layer.filter.reset(); // a relu may well have them
  EXPECT_THAT(warningsOf(layer), IsEmpty());
}

TEST(Advice, FiltersAndSums) {
  LayerMeasure layer = healthyLayer();
  layer.filter->raisedChannels = 1;
  layer.filter->largestBound = (int64_t(1) << 30) - 1;
  EXPECT_THAT(warningsOf(layer), ElementsAre("raised-scales"));
  layer.filter->raisedChannels = 0;
  layer.filter->largestBound += 1;
  EXPECT_THAT(warningsOf(layer), ElementsAre("near-overflow"));
  layer.filter->largestBound = 0;
  layer.filter->coarseChannels = 1;
  layer.filter->worstSqnr = 12.34;
  EXPECT_EQ(textOf(layer), "the filter codes of 1 of 2 channels have less than "
                           "20 dB, the worst 12.3");
  EXPECT_THAT(warningsOf(layer), ElementsAre("coarse-filter"));
}

TEST(Advice, DriftInStepsOfTheGrid) {
  LayerMeasure layer = healthyLayer();
  layer.channels = ChannelSums();
  layer.channels.add({1.0f, 2.0f}, {1.5f, 2.0f}, 2); // one step
  EXPECT_THAT(warningsOf(layer), IsEmpty());
  layer.channels = ChannelSums();
  layer.channels.add({1.0f, 2.0f}, {1.0f, 1.4f}, 2);
  EXPECT_EQ(textOf(layer), "channel 1 is off by -1.2 steps on average");
}

TEST(Advice, ChannelSpread) {
  LayerMeasure layer = healthyLayer();
  layer.channels.add({1.0f, 33.0f}, {1.0f, 33.0f}, 2);
  EXPECT_THAT(warningsOf(layer), ElementsAre("channel-spread"));
}

TEST(Advice, MostImportantLayerOfAKindFirst) {
  Measurement m;
  for (double alone : {0.1, 0.3, 0.2}) {
    LayerMeasure layer = healthyLayer();
    layer.channels = ChannelSums();
    layer.channels.add({0.0f, 2.0f}, {0.0f, 2.0f}, 2);
    layer.aloneNoise = alone;
    m.layers.push_back(layer);
  }
  std::vector<size_t> order;
  for (const Warning &warning : findWarnings(m))
    order.push_back(warning.layer);
  EXPECT_THAT(order, ElementsAre(1u, 2u, 0u));
}

} // namespace
