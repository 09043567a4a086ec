// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Fake-quantizers: forward is what the compiler executes, backward is the
// derivative of the float part. test/oracle/fake-quant.py compares with torch.

#include "compiler/quantize/fakequant/FakeQuant.h"

#include "compiler/interpret/Interpreter.h"
#include "dialects/qf/QF.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/Format.h"
#include "gmock/gmock.h"

#include <cfloat>
#include <cmath>
#include <numeric>
#include <random>

using namespace quench;
using namespace quench::quantize;
using testing::ElementsAre;
using Values = std::vector<float>;

namespace {

Values gaussian(unsigned seed, size_t count, float deviation) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, deviation);
  Values values(count);
  for (float &value : values)
    value = normal(random);
  return values;
}

/// Runs qf.fake_quant in the interpreter.
Values interpreted(llvm::ArrayRef<float> x, const Grid &grid) {
  mlir::MLIRContext context;
  context.loadDialect<mlir::func::FuncDialect, qf::QFDialect,
                      mlir::quant::QuantDialect>();
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << "func.func @main(%x: tensor<" << x.size() << "xf32>) -> tensor<"
         << x.size() << "xf32> {\n  %y = qf.fake_quant %x as !quant.uniform<"
         << "i8:f32, " << llvm::format("%.17e", double(grid.scale)) << ":"
         << grid.zero << "> : tensor<" << x.size() << "xf32>\n  return %y : "
         << "tensor<" << x.size() << "xf32>\n}";
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  if (!module)
    return {};
  auto interpreter = interpret::Interpreter::create(
      module->lookupSymbol<mlir::func::FuncOp>("main"));
  if (failed(interpreter))
    return {};
  auto results =
      interpreter->run({interpret::Tensor::of<float>({int64_t(x.size())}, x)});
  if (failed(results))
    return {};
  llvm::ArrayRef<float> y = (*results)[0].data<float>();
  return {y.begin(), y.end()};
}

// Ties, quotients that a product with the inverse would get wrong, both ends.
TEST(FakeQuant, ForwardIsWhatTheCompilerExecutes) {
  for (const Grid &grid : {
           Grid{0.25f, 3   },
           Grid{0.1f,  -128},
           Grid{0.7f,  127 },
           Grid{1e-3f, 0   }
  }) {
    Values x = gaussian(1, 2000, 30 * grid.scale);
    for (int code = -300; code < 300; ++code)
      for (float part : {0.0f, 0.5f, 0.4999999f})
        x.push_back((float(code) + part) * grid.scale);
    x.insert(x.end(), {FLT_MAX, -FLT_MAX, 0.0f, FLT_MIN, 1e-40f});
    Values y(x.size());
    fakeQuantize(x, grid, y);
    EXPECT_EQ(y, interpreted(x, grid)) << grid.scale;
    // In place.
    fakeQuantize(x, grid, x);
    EXPECT_EQ(x, y);
  }
}

TEST(FakeQuant, ForwardOfKnownNumbers) {
  Values x = {0.75f, 0.25f, -0.25f, 100, -100, NAN}, y(6);
  fakeQuantize(x, {0.5f, 1, -8, 7}, y);
  EXPECT_THAT(y, ElementsAre(1, 0, 0, 3, -4.5f, 0));
}

// 0.4 and -100 clamped or not, with a zero point: clamped values have the
// distance of the last code from the zero point, not the code.
TEST(FakeQuant, BackwardOfKnownNumbers) {
  const Values x = {0.4f, 2.9f, 3.2f, 100, -100}, dy = {1, 10, 100, 1000, 1e4f};
  const Grid grid{0.5f, 1, -8, 7}; // -4.5 to 3
  Values dx(x.size());
  const GridGradients sums = fakeQuantizeBackward(x, dy, grid, dx);
  // 3.2 / 0.5 = 6.4 rounds to 6, the last code: inside.
  EXPECT_THAT(dx, ElementsAre(1, 10, 100, 0, 0));
  EXPECT_NEAR(sums.scale,
              1 * (1 - 0.8) + 10 * (6 - 5.8) + 100 * (6 - 6.4) + 1000 * 6 +
                  1e4 * -9,
              1e-4);
  EXPECT_EQ(sums.zero, -0.5 * (1000 + 1e4));
  // Without dx; and dx in place of dy.
  EXPECT_EQ(fakeQuantizeBackward(x, dy, grid, {}).scale, sums.scale);
  Values both = dy;
  fakeQuantizeBackward(x, both, grid, both);
  EXPECT_EQ(both, dx);
}

struct Case {
  const char *name;
  FakeQuantOptions options;
  FakeQuantParams params;
};

const Case cases[] = {
    {"plain",    {{8}, true},                       {0.01, 20}  },
    {"tqt",      {{8, Symmetry::Narrow}, true},     {-6.4, 0}   },
    {"tqt",      {{4, Symmetry::Symmetric}, false}, {-2.3, 0}   },
    {"tqt",      {{8}, true},                       {-4.7, -100}},
    {"lsq",      {{8, Symmetry::Narrow}, true},     {0.01, 0}   },
    {"lsq",      {{4}, true},                       {0.3, -8}   },
    {"lsq_plus", {{8}, true},                       {0.02, -90} },
    {"lsq_plus", {{2}, true},                       {0.9, -0.2} },
    {"lsq_plus", {{8, Symmetry::Symmetric}, true},  {0.012, 0}  },
};

class FakeQuantGradients : public testing::TestWithParam<Case> {};

/// Factor of the published gradient of the parameter over the true one.
double paperFactor(const Case &c, double count) {
  const double p = c.options.scheme.symmetry == Symmetry::Asymmetric
                       ? std::exp2(c.options.scheme.bits) - 1
                       : std::exp2(c.options.scheme.bits - 1) - 1;
  return llvm::StringRef(c.name).starts_with("lsq") ? 1 / std::sqrt(count * p)
                                                    : 1;
}

// Central differences of the loss sum dy * y, where what was rounded keeps its
// distance: rne(v) = v + c, ceil(t) = t + c.
TEST_P(FakeQuantGradients, AreFiniteDifferencesOfTheFloatPart) {
  const Case &c = GetParam();
  const FakeQuantRow &row = *findFakeQuantizer(c.name);
  const Grid grid = row.grid(c.params, c.options);
  const Values x = gaussian(2, 3000, 1), dy = gaussian(3, 3000, 1);
  Values dx(x.size());
  const FakeQuantParams ours =
      row.gradients(fakeQuantizeBackward(x, dy, grid, dx), grid,
                    int64_t(x.size()), c.options);

  const bool isLog = llvm::StringRef(c.name) == "tqt";
  const double ceiling = std::log2(double(grid.scale)) - c.params.scale;
  auto loss = [&](double scaleParam, double zero) {
    const double s = isLog ? std::exp2(scaleParam + ceiling) : scaleParam;
    double sum = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      const double v = double(x[i]) / double(grid.scale);
      const double c = std::nearbyint(v) - v; // held
      const double code = std::nearbyint(v) + grid.zero;
      const double y = code < grid.min   ? s * (grid.min - zero)
                       : code > grid.max ? s * (grid.max - zero)
                                         : s * (x[i] / s + c);
      sum += dy[i] * y;
    }
    return sum;
  };
  int clamped = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double code = std::nearbyint(x[i] / grid.scale) + grid.zero;
    const bool inside = code >= grid.min && code <= grid.max;
    EXPECT_EQ(dx[i], inside ? dy[i] : 0.0f);
    clamped += !inside;
  }
  EXPECT_GT(clamped, 10);
  EXPECT_LT(clamped, 2700);

  const double h = 1e-5;
  const double scale = isLog ? c.params.scale : double(grid.scale);
  const double factor = paperFactor(c, double(x.size()));
  if (row.trainsScale) {
    const double slope =
        (loss(scale + h, grid.zero) - loss(scale - h, grid.zero)) / (2 * h);
    EXPECT_NEAR(ours.scale, slope * factor, 1e-6 * std::fabs(slope * factor));
  } else {
    EXPECT_EQ(ours.scale, 0);
  }
  if (row.trainsZero && c.options.scheme.symmetry == Symmetry::Asymmetric) {
    const double slope =
        (loss(scale, grid.zero + h) - loss(scale, grid.zero - h)) / (2 * h);
    EXPECT_NEAR(ours.zero, slope * factor, 1e-6 * std::fabs(slope * factor));
  } else {
    EXPECT_EQ(ours.zero, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, FakeQuantGradients, testing::ValuesIn(cases),
                         [](const auto &info) {
                           return std::to_string(info.index) + "_" +
                                  info.param.name;
                         });

// Steps against the gradient of the squared error shrink a scale that is far
// too large, and grow one that is far too small.
TEST(FakeQuant, GradientsPointToABetterScale) {
  const Values x = gaussian(4, 2000, 1);
  for (const char *name : {"tqt", "lsq", "lsq_plus"})
    for (double scale : {2.0, 1e-3}) {
      FakeQuantOptions options;
      options.scheme = {4, Symmetry::Narrow};
      const FakeQuantRow &row = *findFakeQuantizer(name);
      FakeQuantParams params{name[0] == 't' ? std::log2(scale) : scale, 0};
      const Grid grid = row.grid(params, options);
      Values y(x.size());
      fakeQuantize(x, grid, y);
      for (size_t i = 0; i < x.size(); ++i)
        y[i] = 2 * (y[i] - x[i]);
      const FakeQuantParams slope = row.gradients(
          fakeQuantizeBackward(x, y, grid, {}), grid, 2000, options);
      if (scale > 1)
        EXPECT_GT(slope.scale, 0) << name;
      else
        EXPECT_LT(slope.scale, 0) << name;
    }
}

class EveryFakeQuantizer : public testing::TestWithParam<FakeQuantRow> {};

TEST_P(EveryFakeQuantizer, IsFoundByItsName) {
  ASSERT_NE(findFakeQuantizer(GetParam().name), nullptr);
  EXPECT_EQ(findFakeQuantizer(GetParam().name)->init, GetParam().init);
  EXPECT_THAT(fakeQuantizerNames(), testing::HasSubstr(GetParam().name.str()));
}

// The first grid represents the values: nothing is further from its code than
// clipping a sixth of the range.
TEST_P(EveryFakeQuantizer, StartsNearTheValues) {
  for (Symmetry symmetry :
       {Symmetry::Asymmetric, Symmetry::Symmetric, Symmetry::Narrow})
    for (int bits : {8, 16}) {
      FakeQuantOptions options;
      options.scheme = {bits, symmetry};
      Values x = gaussian(5, 4000, 2), y(4000);
      const FakeQuantParams params = GetParam().init(statisticsOf(x), options);
      fakeQuantize(x, GetParam().grid(params, options), y);
      double error = 0, power = 0;
      for (size_t i = 0; i < x.size(); ++i) {
        error += std::pow(double(x[i]) - y[i], 2);
        power += std::pow(double(x[i]), 2);
      }
      EXPECT_LT(error, 1e-2 * power) << bits << " bits";
    }
}

TEST_P(EveryFakeQuantizer, StartsFromZerosToo) {
  const Values zeros(5);
  for (Symmetry symmetry : {Symmetry::Asymmetric, Symmetry::Narrow}) {
    FakeQuantOptions options;
    options.scheme.symmetry = symmetry;
    const Grid grid =
        GetParam().grid(GetParam().init(statisticsOf(zeros), options), options);
    EXPECT_EQ(grid.scale, 1);
    EXPECT_EQ(grid.zero, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryFakeQuantizer,
                         testing::ValuesIn(fakeQuantizers().begin(),
                                           fakeQuantizers().end()),
                         [](const auto &info) {
                           return info.param.name.str();
                         });

TEST(FakeQuant, InitialParameters) {
  const FakeQuantStatistics statistics = statisticsOf({-1, 3, 2, 0});
  EXPECT_EQ(statistics.range, (Range{-1, 3}));
  EXPECT_EQ(statistics.meanMagnitude, 1.5);

  auto grid = [&](const char *name, const FakeQuantOptions &options) {
    const FakeQuantRow &row = *findFakeQuantizer(name);
    return row.grid(row.init(statistics, options), options);
  };
  FakeQuantOptions asymmetric, narrow;
  narrow.scheme.symmetry = Symmetry::Narrow;
  // As the grids of ranges.
  for (const char *name : {"plain", "lsq_plus"}) {
    EXPECT_EQ(grid(name, asymmetric).scale, activationGrid({-1, 3}).scale);
    EXPECT_EQ(grid(name, asymmetric).zero, activationGrid({-1, 3}).zero);
    EXPECT_EQ(grid(name, narrow).scale, float(3.0 / 127));
  }
  // 2 * mean / sqrt(p), p = 127 or 255.
  EXPECT_EQ(grid("lsq", narrow).scale, float(3 / std::sqrt(127.0)));
  EXPECT_EQ(grid("lsq", asymmetric).scale, float(3 / std::sqrt(255.0)));
  // The next power of two: 3 / 127 = 2^-5.4, 4 / 255 = 2^-5.99.
  EXPECT_EQ(grid("tqt", narrow).scale, 1.0f / 32);
  EXPECT_EQ(grid("tqt", asymmetric).scale, 1.0f / 32);
  EXPECT_EQ(grid("tqt", asymmetric).zero, -128 + 32);
  narrow.powerOfTwo = false;
  EXPECT_FLOAT_EQ(grid("tqt", narrow).scale, float(3.0 / 127));
}

TEST(FakeQuant, UnknownNameHasNoRow) {
  EXPECT_EQ(findFakeQuantizer("observer"), nullptr);
}

} // namespace
