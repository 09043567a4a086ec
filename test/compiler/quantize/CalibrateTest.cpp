// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calibration of small graphs: what is written, and every refusal.

#include "compiler/quantize/Calibrate.h"

#include "dialects/nn/NN.h"
#include "dialects/qf/QF.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "gmock/gmock.h"

#include <chrono>
#include <cmath>
#include <random>
#include <thread>

using namespace mlir;
using namespace quench;
using namespace quench::quantize;
using interpret::Tensor;

namespace {

class Calibrate : public testing::Test {
protected:
  Calibrate() {
    context.loadDialect<func::FuncDialect, nn::NNDialect, qf::QFDialect>();
    context.printOpOnDiagnostic(false);
  }

  void parse(StringRef text) {
    module = parseSourceString<ModuleOp>(text, &context);
    ASSERT_TRUE(module);
  }

  static std::vector<Tensor> sample(llvm::ArrayRef<float> values) {
    return {Tensor::of<float>({int64_t(values.size())}, values)};
  }

  /// Calibrates; `errors` holds what was reported.
  LogicalResult run(DataSource &source, const CalibrateOptions &options = {}) {
    errors.clear();
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      llvm::raw_string_ostream(errors) << diagnostic << '\n';
    });
    return calibrate(*module, source, options);
  }
  LogicalResult run(std::vector<std::vector<Tensor>> samples) {
    TensorSource source(std::move(samples));
    return run(source);
  }

  std::vector<qf::ObserveOp> observers() {
    std::vector<qf::ObserveOp> ops;
    module->walk([&](qf::ObserveOp op) { ops.push_back(op); });
    return ops;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  std::string errors;
};

const char *graph = R"(
  func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
    %0 = qf.observe %x with "min_max" : tensor<2xf32> loc("x")
    %1 = nn.exp %0 : tensor<2xf32>
    %2 = qf.observe %1 with "ema" : tensor<2xf32> loc("e to the x")
    %3 = qf.observe %2 with "passive" {range = array<f32: 0.0, 5.0>} : tensor<2xf32>
    return %3 : tensor<2xf32>
  })";

TEST_F(Calibrate, WritesRangesAndSamples) {
  parse(graph);
  ASSERT_TRUE(succeeded(run({sample({0, 1}), sample({-2, 0})})));
  auto ops = observers();
  EXPECT_THAT(*ops[0].getRange(), testing::ElementsAre(-2.0f, 1.0f));
  EXPECT_EQ(ops[0].getSamples(), 2u);
  // Observed behind the observer before it: values pass unchanged.
  EXPECT_NEAR((*ops[1].getRange())[1], 0.9 * std::exp(1) + 0.1, 1e-5);
  EXPECT_THAT(*ops[2].getRange(), testing::ElementsAre(0.0f, 5.0f));
  EXPECT_FALSE(ops[2].getSamples());
}

TEST_F(Calibrate, ReportsProgress) {
  parse(graph);
  TensorSource source({sample({0, 1}), sample({0, 2}), sample({0, 3})});
  std::vector<int64_t> seen;
  CalibrateOptions options;
  options.progress = [&](int64_t done, std::optional<int64_t> total) {
    EXPECT_EQ(total, 3);
    seen.push_back(done);
  };
  ASSERT_TRUE(succeeded(calibrate(*module, source, options)));
  EXPECT_THAT(seen, testing::ElementsAre(1, 2, 3));
}

TEST_F(Calibrate, RefusesNoData) {
  parse(graph);
  EXPECT_TRUE(failed(run(std::vector<std::vector<Tensor>>())));
  EXPECT_THAT(errors, testing::HasSubstr("expects at least one sample"));
}

// The tensor and the sample are named, and nothing is written.
TEST_F(Calibrate, RefusesNaNAndInfinity) {
  parse(graph);
  EXPECT_TRUE(failed(run({sample({0, 1}), sample({0, NAN})})));
  EXPECT_EQ(errors, "tensor 'x' has a NaN at element 1 for calibration sample "
                    "1\n");
  EXPECT_FALSE(observers()[0].getRange());
  EXPECT_TRUE(failed(run({sample({1000, 0})})));
  EXPECT_EQ(errors, "tensor 'e to the x' has an infinity at element 0 for "
                    "calibration sample 0\n");
}

TEST_F(Calibrate, RefusesASampleOfAnotherShape) {
  parse(graph);
  EXPECT_TRUE(failed(run({sample({0, 1, 2})})));
  EXPECT_NE(errors, "");
  EXPECT_FALSE(observers()[0].getRange());
}

TEST_F(Calibrate, RefusesAnUnknownObserver) {
  parse(R"(
    func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
      %0 = qf.observe %x with "best" : tensor<2xf32>
      return %0 : tensor<2xf32>
    })");
  EXPECT_TRUE(failed(run({sample({0, 1})})));
  EXPECT_THAT(errors, testing::HasSubstr(
                          "unknown observer 'best', expected one of min_max"));
}

TEST_F(Calibrate, RefusesAPassiveObserverWithoutRange) {
  parse(R"(
    func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
      %0 = qf.observe %x with "passive" : tensor<2xf32>
      return %0 : tensor<2xf32>
    })");
  EXPECT_TRUE(failed(run({sample({0, 1})})));
  EXPECT_THAT(errors, testing::HasSubstr("a passive observer expects a range"));
}

TEST_F(Calibrate, RefusesAModuleWithoutMain) {
  parse("module {}");
  EXPECT_TRUE(failed(run({sample({0, 1})})));
  EXPECT_THAT(errors, testing::HasSubstr("expects a function @main"));
}

/// Loads samples whose number is odd at once and the others late, so that
/// workers overtake each other.
class UnevenSource final : public DataSource {
public:
  explicit UnevenSource(std::vector<std::vector<Tensor>> samples)
      : samples(std::move(samples)) {}

  llvm::Expected<bool> next(std::vector<Tensor> &) override {
    return llvm::createStringError("take() is there");
  }
  llvm::Expected<Loader> take() override {
    if (position == samples.size())
      return Loader();
    return Loader(
        [this, index = position++]() -> llvm::Expected<std::vector<Tensor>> {
          if (index % 2 == 0)
            std::this_thread::sleep_for(std::chrono::milliseconds(3));
          if (std::isinf(samples[index][0].data<float>()[0]))
            return llvm::createStringError("file " + llvm::Twine(index));
          return samples[index];
        });
  }
  void rewind() override { position = 0; }

private:
  std::vector<std::vector<Tensor>> samples;
  size_t position = 0;
};

std::vector<std::vector<Tensor>> randomSamples(int64_t count, int64_t size) {
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  std::vector<std::vector<Tensor>> samples;
  for (int64_t i = 0; i < count; ++i) {
    std::vector<float> values(static_cast<size_t>(size));
    for (float &value : values)
      value = normal(random) * float(i + 1);
    samples.push_back({Tensor::of<float>({size}, values)});
  }
  return samples;
}

// All observers there are, those that depend on the order included.
TEST_F(Calibrate, AnyNumberOfJobsGivesTheSameBits) {
  for (const ObserverRow &row : quantize::observers()) {
    const std::string name = row.name.str();
    auto rangeOf = [&](DataSource &source, unsigned jobs) {
      parse(R"(
        func.func @main(%x: tensor<50xf32>) -> tensor<50xf32> {
          %0 = qf.observe %x with ")" +
            name + R"(" : tensor<50xf32>
          return %0 : tensor<50xf32>
        })");
      CalibrateOptions options;
      options.jobs = jobs;
      EXPECT_TRUE(succeeded(run(source, options))) << errors;
      EXPECT_EQ(observers()[0].getSamples(), 9u);
      return observers()[0].getRange()->vec();
    };
    UnevenSource uneven(randomSamples(9, 50));
    const std::vector<float> expected = rangeOf(uneven, 1);
    for (unsigned jobs : {2, 3, 8}) {
      uneven.rewind();
      EXPECT_EQ(rangeOf(uneven, jobs), expected) << name << ", " << jobs;
    }
    if (name == "ema") {
      // The order matters here, or the test would show nothing.
      auto samples = randomSamples(9, 50);
      std::swap(samples.front(), samples.back());
      TensorSource swapped(samples);
      EXPECT_NE(rangeOf(swapped, 1), expected);
    }
  }
}

// With several jobs too the first sample decides, though a later one fails
// sooner.
TEST_F(Calibrate, ReportsTheFirstSampleThatFails) {
  parse(graph);
  for (unsigned jobs : {1, 2, 4}) {
    CalibrateOptions options;
    options.jobs = jobs;
    UnevenSource source({sample({0, 1}), sample({1, 1}), sample({INFINITY, 1}),
                         sample({INFINITY, 1}), sample({0, 1})});
    EXPECT_TRUE(failed(run(source, options)));
    EXPECT_EQ(errors, "file 2\n") << jobs;
    EXPECT_FALSE(observers()[0].getRange());
  }
}

TEST_F(Calibrate, LogsRangesAtPowersOfTwoAndTheEnd) {
  parse(graph);
  CalibrationLog log;
  CalibrateOptions options;
  options.log = &log;
  options.jobs = 2;
  UnevenSource source({sample({0, 1}), sample({0, 2}), sample({-1, 3}),
                       sample({0, 4}), sample({0, 5}), sample({0, 6})});
  ASSERT_TRUE(succeeded(run(source, options)));
  EXPECT_EQ(log.samples, 6);
  ASSERT_EQ(log.tensors.size(), 2u); // the passive one sees nothing
  EXPECT_EQ(log.tensors[0].tensor, "x");
  EXPECT_EQ(log.tensors[1].tensor, "e to the x");
  std::vector<std::array<float, 3>> points;
  for (const RangeAt &point : log.tensors[0].points)
    points.push_back({float(point.samples), point.range.min, point.range.max});
  EXPECT_THAT(points, testing::ElementsAre(testing::ElementsAre(1, 0, 1),
                                           testing::ElementsAre(2, 0, 2),
                                           testing::ElementsAre(4, -1, 4),
                                           testing::ElementsAre(6, -1, 6)));
  // A log that was used before starts anew.
  TensorSource one({sample({0, 1})});
  ASSERT_TRUE(succeeded(run(one, options)));
  EXPECT_EQ(log.samples, 1);
  EXPECT_EQ(log.tensors[0].points.size(), 1u);
}

struct BrokenSource final : DataSource {
  llvm::Expected<bool> next(std::vector<Tensor> &) override {
    return llvm::createStringError("picture.npy: truncated");
  }
  void rewind() override {}
};

TEST_F(Calibrate, PassesOnTheErrorOfTheSource) {
  parse(graph);
  BrokenSource source;
  EXPECT_TRUE(failed(run(source)));
  EXPECT_EQ(errors, "picture.npy: truncated\n");
}

} // namespace
