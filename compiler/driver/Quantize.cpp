// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The quantizer's steps in order. Ranges come from data, which is read again by
// the steps that need more than ranges.

#include "compiler/driver/Quantize.h"

#include "compiler/driver/MixedPrecision.h"
#include "compiler/driver/RecordCalibration.h"
#include "compiler/quantize/Calibrate.h"
#include "compiler/quantize/Configuration.h"
#include "compiler/quantize/Constants.h"
#include "compiler/quantize/Correct.h"
#include "compiler/quantize/DataFree.h"
#include "compiler/quantize/Equalize.h"
#include "compiler/quantize/Pipelines.h"
#include "compiler/quantize/Smooth.h"
#include "dialects/qf/QF.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using namespace quench;
using quantize::QConfig;

namespace {

bool hasObserverWithoutRange(ModuleOp module) {
  return module
      .walk([](qf::ObserveOp op) {
        return op.getRangeAttr() || quantize::isConstant(op.getInput())
                   ? WalkResult::advance()
                   : WalkResult::interrupt();
      })
      .wasInterrupted();
}

class Quantizer {
public:
  Quantizer(Session &session, ModuleOp module, const LowerOptions &options)
      : session(session), module(module), options(options) {}

  Exit run();

private:
  using Build = llvm::function_ref<void(OpPassManager &)>;
  Exit runPipeline(StringRef what, Build build);
  Exit configure();
  Exit fold();
  Exit equalize();
  Exit openSamples();
  Exit dataFree();
  void sayZeros();
  Exit calibrate();
  Exit correct();
  Exit observe();
  Exit assign();
  Exit mix();
  FailureOr<OwningOpRef<ModuleOp>> attempt(const QConfig &tried);

  bool usesStatistics() const {
    return config.activation.observer == quantize::statisticsObserver;
  }

  /// The exit code of a step that read data.
  Exit codeOf(LogicalResult result) {
    if (succeeded(result))
      return Exit::Ok;
    return source && source->hasFailed ? Exit::Io : Exit::Failed;
  }

  Session &session;
  ModuleOp module;
  const LowerOptions &options;
  QConfig config;
  /// The float network that the quantized one is to be like.
  OwningOpRef<ModuleOp> twin;
  std::unique_ptr<quantize::DataSource> files;
  std::unique_ptr<WatchedSource> source;
};

Exit Quantizer::runPipeline(StringRef what, Build build) {
  session.step(what);
  PassManager passes(module.getContext());
  build(passes);
  return succeeded(passes.run(module)) ? Exit::Ok : Exit::Failed;
}

/// Leaves the QConfig on the module, where the passes read it: that of the
/// command line, or the one a former run left there.
Exit Quantizer::configure() {
  if (module->hasAttr(quantize::qconfigAttr) && options.qconfig.isEmpty()) {
    FailureOr<QConfig> given = quantize::qconfigOf(module, "");
    if (failed(given))
      return Exit::Failed;
    config = std::move(*given);
    return Exit::Ok;
  }
  llvm::Expected<QConfig> resolved = resolve(options.qconfig);
  if (!resolved)
    return failQConfig(session, resolved.takeError());
  config = std::move(*resolved);
  quantize::setQConfig(module, config);
  return Exit::Ok;
}

/// What pixels from 0 to 255 become.
static quantize::InputMoments momentsOf(const Preprocess &preprocess) {
  auto at = [](const std::vector<double> &values, size_t c, double none) {
    return values.empty() ? none : values[values.size() == 1 ? 0 : c];
  };
  const size_t count = std::max({preprocess.mean.size(), preprocess.std.size(),
                                 preprocess.scale.size(), size_t(1)});
  quantize::InputMoments moments;
  for (size_t c = 0; c < count; ++c) {
    const double factor = at(preprocess.scale, c, 1) / at(preprocess.std, c, 1);
    const double zero = at(preprocess.mean, c, 0);
    moments.push_back(
        quantize::evenlyBetween((0 - zero) * factor, (255 - zero) * factor));
  }
  return moments;
}

/// Channels alike: by what a few samples show, or, without data, by statistics.
Exit Quantizer::equalize() {
  // Ranges of channels settle sooner than those of tensors.
  constexpr int64_t fewSamples = 64;
  const quantize::Algorithms &algorithms = config.algorithms;
  if (!algorithms.equalize && algorithms.smooth == 0)
    return Exit::Ok;
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main)
    return session.fail(Exit::Failed, "equalization expects a function @main");
  std::optional<quantize::ChannelRanges> observed;
  if (!usesStatistics()) {
    if (Exit code = openSamples(); code != Exit::Ok)
      return code;
    session.step("equalizing channels");
    FailureOr<quantize::ChannelRanges> ranges =
        quantize::collectChannelRanges(main, *source, fewSamples);
    if (failed(ranges))
      return codeOf(failure());
    observed = std::move(*ranges);
  } else {
    session.step("equalizing channels");
  }
  if (algorithms.equalize)
    quantize::equalize(main, observed ? &*observed : nullptr);
  if (algorithms.smooth > 0) {
    quantize::SmoothingOptions smoothing;
    smoothing.alpha = algorithms.smooth;
    quantize::smooth(main, observed ? &*observed : nullptr, smoothing);
  }
  return Exit::Ok;
}

/// Float to float: what is folded and moved before anything is rounded.
Exit Quantizer::fold() {
  if (Exit code =
          runPipeline("folding the float model", quantize::buildFoldPipeline);
      code != Exit::Ok)
    return code;
  if (Exit code = equalize(); code != Exit::Ok)
    return code;
  twin = cast<ModuleOp>(module->clone());
  if (options.floatTwin)
    *options.floatTwin = cast<ModuleOp>(module->clone());
  return Exit::Ok;
}

Exit Quantizer::openSamples() {
  if (source)
    return Exit::Ok;
  if (options.calibration.paths.empty())
    return session.fail(
        Exit::Failed,
        "a float model needs calibration data: a few dozen typical inputs, "
        "from which the ranges of all values are taken\n"
        "quench: note: give pictures, .npy, .npz or idx files with "
        "--calibrate=<file or folder>, and --mean and --std as in training\n"
        "quench: note: a model that is quantized already (QDQ) needs none");
  DataOptions dataOptions = options.calibration;
  dataOptions.mustBeFinite = true;
  std::vector<std::string> remarks;
  llvm::Expected<std::unique_ptr<quantize::DataSource>> data =
      openData(modelInputs(module), dataOptions, &remarks);
  if (!data)
    return session.fail(Exit::Io, data.takeError());
  for (const std::string &remark : remarks)
    session.say(remark);
  files = std::move(*data);
  source = std::make_unique<WatchedSource>(*files);
  return Exit::Ok;
}

Exit Quantizer::calibrate() {
  if (Exit code = openSamples(); code != Exit::Ok)
    return code;
  session.step("calibrating");
  int64_t samples = 0;
  quantize::CalibrateOptions calibrateOptions;
  calibrateOptions.jobs = unsigned(options.jobs);
  calibrateOptions.log = options.calibrationLog;
  calibrateOptions.progress = [&](int64_t done, std::optional<int64_t> total) {
    samples = done;
    session.progress(done, total);
  };
  source->rewind();
  if (Exit code =
          codeOf(quantize::calibrate(module, *source, calibrateOptions));
      code != Exit::Ok)
    return code;
  session.relabel("calibrating on " + Twine(samples) +
                  (samples == 1 ? " sample" : " samples"));
  sayZeros();
  return Exit::Ok;
}

/// Tensors that tell nothing of their range.
void Quantizer::sayZeros() {
  std::vector<std::string> names;
  module.walk([&](qf::ObserveOp op) {
    if (auto range = op.getRange(); range &&
                                    !quantize::isConstant(op.getInput()) &&
                                    (*range)[0] == 0 && (*range)[1] == 0)
      names.push_back(quantize::valueName(op.getInput()));
  });
  if (names.empty())
    return;
  session.say("'" + names.front() + "'" +
              (names.size() > 1
                   ? " and " + std::to_string(names.size() - 1) + " more"
                   : "") +
              (names.size() > 1 ? " are" : " is") +
              " 0 in all samples: are these typical inputs?");
}

/// Ranges of observers without data.
Exit Quantizer::dataFree() {
  session.step("taking ranges from statistics");
  const Preprocess &pixels = options.calibration.preprocess;
  if (pixels.mean.empty() && pixels.std.empty() && pixels.scale.empty())
    session.say("no --mean, --std or --scale: inputs are taken to be numbers "
                "from 0 to 255");
  if (!options.calibration.paths.empty() && options.mixed.isEmpty())
    session.say("--calibrate is not used: ranges come from statistics");
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main)
    return session.fail(Exit::Failed,
                        "data-free ranges expect a function @main");
  quantize::MomentOptions moments;
  moments.inputs.assign(main.getNumArguments(),
                        momentsOf(options.calibration.preprocess));
  return codeOf(quantize::dataFreeRanges(main, moments));
}

/// Changes codes so that outputs are kept.
Exit Quantizer::correct() {
  const quantize::Algorithms &algorithms = config.algorithms;
  const bool rounds = algorithms.adaround > 0;
  const bool corrects =
      algorithms.biasCorrection == quantize::BiasCorrection::Empirical;
  if (!rounds && !corrects)
    return Exit::Ok;
  if (!twin || options.calibration.paths.empty()) {
    session.say(
        "no float model or no --calibrate: biases and roundings are not "
        "corrected");
    return Exit::Ok;
  }
  if (Exit code = openSamples(); code != Exit::Ok)
    return code;
  session.step(rounds ? "rounding weights" : "correcting biases");
  return codeOf(
      quantize::correct(*twin, module, *source, algorithms,
                        [&](int64_t done, std::optional<int64_t> total) {
                          session.progress(done, total);
                        }));
}

Exit Quantizer::assign() {
  if (hasObserverWithoutRange(module))
    if (Exit code = usesStatistics() ? dataFree() : calibrate();
        code != Exit::Ok)
      return code;
  recordCalibration(module);
  quantize::AssignOptions assign;
  if (config.algorithms.biasCorrection == quantize::BiasCorrection::Analytic) {
    assign.analyticBias = true;
    for (const quantize::Expected &channel :
         momentsOf(options.calibration.preprocess)) {
      assign.inputLow.push_back(channel.low);
      assign.inputHigh.push_back(channel.high);
    }
  }
  if (Exit code = runPipeline("choosing scales",
                              [&](OpPassManager &pm) {
                                quantize::buildAssignPipeline(pm, assign);
                              });
      code != Exit::Ok)
    return code;
  return correct();
}

Exit Quantizer::observe() {
  return runPipeline("inserting observers", [](OpPassManager &pm) {
    quantize::buildObservePipeline(pm, {});
  });
}

/// The float model quantized as `tried` says, besides the module.
FailureOr<OwningOpRef<ModuleOp>> Quantizer::attempt(const QConfig &tried) {
  OwningOpRef<ModuleOp> copy = cast<ModuleOp>((*twin)->clone());
  const llvm::SaveAndRestore<ModuleOp> keepModule(module, *copy);
  const llvm::SaveAndRestore<QConfig> keepConfig(config, tried);
  quantize::setQConfig(module, config);
  if (observe() != Exit::Ok || assign() != Exit::Ok)
    return failure();
  return copy;
}

/// Finds the QConfig that does what was asked for.
Exit Quantizer::mix() {
  MixedPrecision mixed(session, options, *twin,
                       [&](const QConfig &tried) { return attempt(tried); });
  if (Exit code = mixed.run(config); code != Exit::Ok)
    return code;
  quantize::setQConfig(module, config);
  return Exit::Ok;
}

Exit Quantizer::run() {
  const bool isFloat = levelOf(module) == Phase::NN;
  if (!isFloat && !hasObserver(module))
    return runPipeline("normalizing the quantized model",
                       quantize::buildNormalizePipeline);
  if (Exit code = configure(); code != Exit::Ok)
    return code;
  if (!isFloat)
    return assign();
  if (Exit code = fold(); code != Exit::Ok)
    return code;
  if (!options.mixed.isEmpty())
    if (Exit code = mix(); code != Exit::Ok)
      return code;
  if (Exit code = observe(); code != Exit::Ok)
    return code;
  return assign();
}

} // namespace

bool quench::hasObserver(ModuleOp module) {
  return module.walk([](qf::ObserveOp) { return WalkResult::interrupt(); })
      .wasInterrupted();
}

Exit quench::quantizeModel(Session &session, ModuleOp module,
                           const LowerOptions &options) {
  return Quantizer(session, module, options).run();
}
