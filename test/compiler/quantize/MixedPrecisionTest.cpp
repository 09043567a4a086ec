// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Moves of a small network from measurements made by hand, and the bisection.

#include "compiler/quantize/MixedPrecision.h"

#include "compiler/quantize/Configuration.h"
#include "compiler/quantize/Evaluate.h"
#include "dialects/nn/NN.h"
#include "dialects/q/Q.h"
#include "dialects/qf/QF.h"

#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <cmath>
#include <set>

using namespace mlir;
using namespace quench;
using namespace quench::quantize;
using interpret::Tensor;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

namespace {

/// `a` and `b.1` share the grid of the concat; `wide` has 16 bits already;
/// `kept` stays float.
constexpr const char *qfloatText = R"(
  !x = !quant.uniform<i8:f32, 0.25>
  !y = !quant.uniform<i8:f32, 0.5>
  !z = !quant.uniform<i16:f32, 0.5>
  !w = !quant.uniform<i8:f32, 1.0>
  func.func @main(%x: tensor<1x2xf32> {quench.name = "x"}) -> tensor<1x2xf32> {
    %w = qf.constant dense<[[1, 0], [0, 1]]> : tensor<2x2xi8> as !w : tensor<2x2xf32>
    %v = qf.constant dense<[[1, 0, 0, 0], [0, 1, 0, 0]]> : tensor<2x4xi8> as !w : tensor<2x4xf32>
    %f = nn.constant dense<[[1.0, 0.0], [0.0, 1.0]]> : tensor<2x2xf32>
    %q = qf.fake_quant %x as !x : tensor<1x2xf32>
    %a = nn.linear %q, %w : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32> loc("a")
    %aq = qf.fake_quant %a as !y : tensor<1x2xf32> loc("a")
    %b = nn.tanh %q : tensor<1x2xf32> loc("b.1")
    %bq = qf.fake_quant %b as !y : tensor<1x2xf32> loc("b.1")
    %c = nn.concat %aq, %bq axis 1 : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x4xf32> loc("cat")
    %d = nn.linear %c, %v : (tensor<1x4xf32>, tensor<2x4xf32>) -> tensor<1x2xf32> loc("wide")
    %dq = qf.fake_quant %d as !z : tensor<1x2xf32> loc("wide")
    %k = nn.linear %dq, %f {quench.keep_float} : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32> loc("kept")
    %kq = qf.fake_quant %k as !y : tensor<1x2xf32> loc("kept")
    %e = nn.linear %kq, %w : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32> loc("end")
    %eq = qf.fake_quant %e as !y : tensor<1x2xf32> loc("end")
    return %eq : tensor<1x2xf32>
  })";

class MixedPrecisionTest : public testing::Test {
protected:
  MixedPrecisionTest() {
    context.loadDialect<func::FuncDialect, quant::QuantDialect, nn::NNDialect,
                        qf::QFDialect, q::QDialect>();
    module = parseSourceString<ModuleOp>(qfloatText, &context);
    function = module->lookupSymbol<func::FuncOp>("main");
  }

  static Measurement
  noises(std::initializer_list<std::pair<const char *, double>> rows) {
    Measurement measurement;
    for (const auto &[name, noise] : rows) {
      LayerMeasure &layer = measurement.layers.emplace_back();
      layer.name = name;
      layer.aloneNoise = noise;
    }
    return measurement;
  }

  /// "kind name+name", best first.
  static std::vector<std::string> texts(ArrayRef<Move> moves) {
    const char *const kinds[] = {"wide", "filter8", "float", "filter4"};
    std::vector<std::string> result;
    for (const Move &move : moves)
      result.push_back(std::string(kinds[int(move.kind)]) + " " +
                       llvm::join(move.names, "+"));
    return result;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  func::FuncOp function;
};

TEST_F(MixedPrecisionTest, RaisesWhatTakesMostNoiseAway) {
  const Measurement given = noises({
      {"x",    6},
      {"a",    5},
      {"b.1",  7},
      {"wide", 3},
      {"kept", 4},
      {"end",  9}
  });
  const Measurement wide = noises({
      {"x",    0  },
      {"a",    2.5},
      {"b.1",  0  },
      {"wide", 3  },
      {"kept", 0  },
      {"end",  7.4}
  });
  const std::vector<Move> moves =
      raisingMoves(function, presets().front(), {given, wide, wide});
  // Per layer: x 6, a and b.1 together (2.5 + 7) / 2, kept 4, end 1.6. Float,
  // at twice the price: end 3.7, wide 1.5, a 1.25; b.1 and x have no error but
  // rounding, kept is float already.
  EXPECT_THAT(texts(moves),
              ElementsAre("wide x", "wide a+b.1", "wide kept", "float end",
                          "wide end", "float wide", "float a"));
  EXPECT_DOUBLE_EQ(moves[1].noise, 9.5);
  EXPECT_DOUBLE_EQ(moves[1].cost, 2);
  EXPECT_DOUBLE_EQ(moves[3].noise, 7.4);

  EXPECT_TRUE(touchesBorder(moves[0], function));
  EXPECT_TRUE(touchesBorder(moves[4], function));
  EXPECT_FALSE(touchesBorder(moves[1], function));
  EXPECT_FALSE(touchesBorder(moves[3], function)); // still codes outside
}

TEST_F(MixedPrecisionTest, FiltersGetEightBitsBeforeTheirLayersAreFloat) {
  QConfig config = presets().front();
  config.weight.scheme.bits = 4;
  Override &entry = config.overrides.emplace_back();
  entry.name = "end";
  entry.weight.bits = 8;
  const Measurement none = noises({});
  const Measurement wide = noises({
      {"a",    8  },
      {"wide", 5  },
      {"end",  0.5}
  });
  const Measurement exact = noises({
      {"a",   0.5},
      {"end", 0.5}
  });
  EXPECT_TRUE(hasNarrowFilter(function, config));
  EXPECT_THAT(texts(raisingMoves(function, config, {none, wide, exact})),
              ElementsAre("filter8 a", "filter8 wide", "float a", "float end"));
}

TEST_F(MixedPrecisionTest, LowersWhatBearsItForMostBytes) {
  // Noise that 4 bits add, for bytes: a 4 for 2, wide 4 for 4, end 0.1 for 2.
  const Measurement given = noises({
      {"a",    1},
      {"wide", 1},
      {"end",  1}
  });
  const Measurement narrow = noises({
      {"a",    5  },
      {"wide", 5  },
      {"end",  1.1}
  });
  EXPECT_FALSE(hasNarrowFilter(function, presets().front()));
  EXPECT_THAT(texts(loweringMoves(function, presets().front(), given, narrow)),
              ElementsAre("filter4 end", "filter4 wide", "filter4 a"));
}

TEST_F(MixedPrecisionTest, MovesAreOverridesThatNameTensorsLiterally) {
  const std::vector<Move> moves = {
      {MoveKind::WideActivations, {"b.1", "a"}},
      {MoveKind::Float,           {"end"}     },
      {MoveKind::WideActivations, {"x"}       }
  };
  const QConfig config = withMoves(presets().front(), moves);
  ASSERT_THAT(config.overrides, SizeIs(2));
  EXPECT_EQ(config.overrides[0].name, "b\\.1|a|x");
  EXPECT_EQ(config.overrides[0].activation.bits, 16);
  EXPECT_FALSE(config.overrides[0].keepFloat);
  EXPECT_EQ(config.overrides[1].name, "end");
  EXPECT_TRUE(config.overrides[1].keepFloat);
  EXPECT_FALSE(bool(checkQConfig(config)));
  EXPECT_TRUE(succeeded(checkOverrides(config, function)));
  // What is printed is what was meant.
  llvm::Expected<QConfig> read = parseQConfig(printQConfig(config), "text");
  ASSERT_TRUE(bool(read));
  EXPECT_EQ(read->overrides[0].name, config.overrides[0].name);

  EXPECT_THAT(withMoves(presets().front(), {}).overrides, IsEmpty());
}

TEST_F(MixedPrecisionTest, EightBitsHaveNoGroups) {
  QConfig config = presets().front();
  config.weight.scheme.bits = 4;
  EXPECT_FALSE(
      withExactFilters(config).overrides.back().weight.granularity.has_value());
  config.weight.scheme.granularity = Granularity::Group;
  const Move move{MoveKind::WideFilter, {"a"}};
  for (const QConfig &raised :
       {withExactFilters(config), withMoves(config, move)}) {
    EXPECT_FALSE(bool(checkQConfig(raised)));
    EXPECT_EQ(raised.overrides.back().weight.bits, 8);
  }
}

TEST(Fewest, FindsTheFirstAndAsksForItsNeighbour) {
  for (size_t count = 1; count < 40; ++count)
    for (size_t wanted = 1; wanted <= count + 1; ++wanted) {
      std::set<size_t> asked;
      FailureOr<size_t> found = fewest(count, [&](size_t n) -> FailureOr<bool> {
        EXPECT_TRUE(n >= 1 && n <= count);
        EXPECT_TRUE(asked.insert(n).second) << "twice";
        return n >= wanted;
      });
      ASSERT_TRUE(succeeded(found));
      EXPECT_EQ(*found, wanted);
      EXPECT_TRUE(wanted > count || asked.count(wanted));
      EXPECT_TRUE(wanted == 1 || asked.count(wanted - 1));
      EXPECT_LE(asked.size(), 1 + size_t(std::log2(count)) + 1);
    }
}

TEST(Fewest, NothingToTryAndFailure) {
  EXPECT_EQ(*fewest(0, [](size_t) -> FailureOr<bool> { return true; }), 1u);
  EXPECT_TRUE(
      failed(fewest(3, [](size_t) -> FailureOr<bool> { return failure(); })));
}

//===----------------------------------------------------------------------===//
// Evaluation
//===----------------------------------------------------------------------===//

/// Scores are the input; rounded to whole numbers by the second model.
constexpr const char *exactText = R"(
  func.func @main(%x: tensor<1x3xf32>) -> tensor<1x3xf32> {
    %0 = nn.relu %x : tensor<1x3xf32>
    return %0 : tensor<1x3xf32>
  })";
constexpr const char *roundedText = R"(
  func.func @main(%x: tensor<1x3xf32>) -> tensor<1x3xf32> {
    %0 = qf.fake_quant %x as !quant.uniform<i8:f32, 1.0> : tensor<1x3xf32>
    %1 = nn.relu %0 : tensor<1x3xf32>
    %2 = qf.fake_quant %1 as !quant.uniform<i8:f32, 1.0> : tensor<1x3xf32>
    return %2 : tensor<1x3xf32>
  })";

class EvaluateTest : public MixedPrecisionTest {
protected:
  FailureOr<Evaluation> run(const EvaluateOptions &options) {
    exact = parseSourceString<ModuleOp>(exactText, &context);
    rounded = parseSourceString<ModuleOp>(roundedText, &context);
    std::vector<std::vector<Tensor>> samples;
    for (const std::vector<float> &x : std::vector<std::vector<float>>{
             {1.0f, 2.0f, 3.0f}, // exact
             {1.2f, 1.4f, 0.0f}, // both 1 when rounded: the first one wins
             {5.0f, 0.0f, 0.3f}
    })
      samples.push_back({Tensor::of<float>({1, 3}, x)});
    TensorSource source(std::move(samples));
    return evaluate(exact->lookupSymbol<func::FuncOp>("main"),
                    rounded->lookupSymbol<func::FuncOp>("main"), source,
                    options);
  }

  OwningOpRef<ModuleOp> exact, rounded;
};

TEST_F(EvaluateTest, NoiseAndAnswersThatChange) {
  FailureOr<Evaluation> found = run({});
  ASSERT_TRUE(succeeded(found));
  EXPECT_EQ(found->samples, 3);
  ASSERT_THAT(found->outputs, SizeIs(1));
  EXPECT_NEAR(found->outputs[0].noise, 0.04 + 0.16 + 0.09, 1e-6);
  EXPECT_NEAR(found->sqnr(), 10 * std::log10((14 + 1.44 + 1.96 + 25.09) / 0.29),
              1e-4);
  EXPECT_EQ(found->floatRight, 3);
  EXPECT_EQ(found->quantizedRight, 2);
  EXPECT_NEAR(found->drop(), 100.0 / 3, 1e-9);
}

TEST_F(EvaluateTest, WithLabelsItIsAccuracy) {
  const std::vector<int64_t> labels = {2, 0, 1};
  for (unsigned jobs : {1u, 2u, 3u}) {
    EvaluateOptions options;
    options.labels = labels;
    options.jobs = jobs;
    FailureOr<Evaluation> found = run(options);
    ASSERT_TRUE(succeeded(found));
    EXPECT_EQ(found->floatRight, 1);
    EXPECT_EQ(found->quantizedRight, 2);
    EXPECT_NEAR(found->drop(), -100.0 / 3, 1e-9);
  }
}

TEST_F(EvaluateTest, MissingLabels) {
  std::string text;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    text += diagnostic.str();
    return success();
  });
  const std::vector<int64_t> labels = {2, 0};
  EvaluateOptions options;
  options.labels = labels;
  EXPECT_TRUE(failed(run(options)));
  EXPECT_THAT(text,
              HasSubstr("expects a label for each sample, but has only 2"));
}

} // namespace
