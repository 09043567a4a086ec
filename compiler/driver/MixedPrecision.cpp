// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each trial quantizes the whole model, so that what is promised is measured on
// what is delivered.

#include "compiler/driver/MixedPrecision.h"

#include "codegen/emit/Print.h"
#include "codegen/emit/ReadPlan.h"
#include "compiler/driver/Labels.h"
#include "compiler/quantize/Correct.h"
#include "compiler/quantize/Evaluate.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace mlir;
using namespace quench;
using llvm::formatv;
using quantize::Move;
using quantize::MoveKind;
using quantize::QConfig;

struct MixedPrecision::Trial {
  OwningOpRef<ModuleOp> model; ///< level qf
  quantize::Evaluation evaluation;
  std::optional<int64_t> bytes =
      std::nullopt; ///< of the weights, once they were asked for
};

static func::FuncOp mainOf(ModuleOp module) {
  return module.lookupSymbol<func::FuncOp>("main");
}

/// The exit code where a diagnostic has been printed.
Exit MixedPrecision::failed() const {
  return source->hasFailed ? Exit::Io : Exit::Failed;
}

/// What cannot be asked for.
Exit MixedPrecision::checkGoals() const {
  const MixedOptions &goal = options.mixed;
  if (goal.leastFlash && !goal.hasGoal())
    return session.fail(Exit::Usage,
                        "--flash=least says nothing of how good the model has "
                        "to be: add --min-sqnr or --max-drop");
  if (goal.maxDrop && !quantize::scoresOf(mainOf(floatModel)))
    return session.fail(Exit::Failed,
                        "--max-drop expects an output that is a list of scores "
                        "(shape 1 x n); --min-sqnr works for any");
  return Exit::Ok;
}

/// The samples that models are judged by.
Exit MixedPrecision::open() {
  DataOptions data = options.calibration;
  if (!options.evaluation.paths.empty())
    data.paths = options.evaluation.paths;
  if (data.paths.empty())
    return session.fail(Exit::Usage,
                        "mixed precision measures the model, which needs data: "
                        "--evaluate=<file or folder>");
  data.limit = options.evaluation.limit ? options.evaluation.limit
               : options.mixed.maxDrop  ? 0
                                        : fewSamples;
  data.mustBeFinite = true;
  llvm::Expected<std::unique_ptr<quantize::DataSource>> opened =
      openData(modelInputs(floatModel), data);
  if (!opened)
    return session.fail(Exit::Io, opened.takeError());
  files = std::move(*opened);
  source = std::make_unique<WatchedSource>(*files);
  if (options.mixed.labels.empty())
    return Exit::Ok;
  auto classes = readLabels(options.mixed.labels);
  if (!classes)
    return session.fail(Exit::Io, classes.takeError());
  labels = std::move(*classes);
  return checkLabels();
}

/// Labels of other data would make any model look good.
Exit MixedPrecision::checkLabels() {
  func::FuncOp model = mainOf(floatModel);
  const int64_t scores =
      cast<RankedTensorType>(model.getResultTypes()[*quantize::scoresOf(model)])
          .getDimSize(1);
  const std::string file = "'" + options.mixed.labels + "'";
  for (auto [sample, label] : llvm::enumerate(labels))
    if (label >= scores)
      return session.fail(Exit::Io, file + ": sample " + Twine(sample) +
                                        " has class " + Twine(label) +
                                        ", but the model has scores of " +
                                        Twine(scores));
  size_t samples = 0; // counted, not decoded
  for (;; ++samples) {
    auto load = source->take();
    if (!load)
      return session.fail(Exit::Io, load.takeError());
    if (!*load)
      break;
  }
  const bool isPart = options.evaluation.limit > 0;
  if (labels.size() < samples || (labels.size() > samples && !isPart))
    return session.fail(Exit::Io, file + " has " + Twine(labels.size()) +
                                      " classes for " + Twine(samples) +
                                      " samples");
  return Exit::Ok;
}

FailureOr<MixedPrecision::Trial>
MixedPrecision::attempt(const QConfig &config) {
  session.progress(++trials, std::nullopt);
  Session::Hush hush(session);
  FailureOr<OwningOpRef<ModuleOp>> model = quantize(config);
  if (mlir::failed(model))
    return failure();
  quantize::EvaluateOptions evaluateOptions;
  evaluateOptions.labels = labels;
  evaluateOptions.jobs = unsigned(options.jobs);
  FailureOr<quantize::Evaluation> evaluation = quantize::evaluate(
      mainOf(floatModel), mainOf(**model), *source, evaluateOptions);
  if (mlir::failed(evaluation))
    return failure();
  return Trial{std::move(*model), std::move(*evaluation)};
}

FailureOr<quantize::Measurement>
MixedPrecision::sensitivity(const QConfig &config) {
  session.progress(++trials, std::nullopt);
  Session::Hush hush(session);
  FailureOr<OwningOpRef<ModuleOp>> model = quantize(config);
  if (mlir::failed(model))
    return failure();
  return sensitivity(**model);
}

/// What each layer alone does to the outputs, on a few samples.
FailureOr<quantize::Measurement> MixedPrecision::sensitivity(ModuleOp model) {
  quantize::MeasureOptions measureOptions;
  measureOptions.attributionSeconds = INFINITY;
  auto samples = quantize::firstSamples(
      floatModel.getLoc(), *source,
      quantize::affordableSamples(floatModel,
                                  measureOptions.attributionSamples));
  if (mlir::failed(samples))
    return failure();
  quantize::TensorSource few(std::move(*samples));
  return quantize::measure(mainOf(floatModel), mainOf(model), few,
                           measureOptions);
}

/// Of the compiled model, for the targets that were asked for.
LogicalResult MixedPrecision::weigh(Trial &trial) {
  Session::Hush hush(session);
  OwningOpRef<ModuleOp> copy = cast<ModuleOp>((*trial.model)->clone());
  if (lower(session, *copy, Phase::Plan, afterQuantization(options)) !=
      Exit::Ok)
    return failure();
  auto plans = copy->getOps<plan::ModelOp>();
  FailureOr<emit::Model> model = emit::readPlan(*plans.begin());
  if (mlir::failed(model))
    return failure();
  trial.bytes = int64_t(model->weightBytes);
  return success();
}

bool MixedPrecision::isGood(const Trial &trial) const {
  const MixedOptions &goal = options.mixed;
  return (!goal.minSqnr || trial.evaluation.sqnr() >= *goal.minSqnr) &&
         (!goal.maxDrop || trial.evaluation.drop() <= *goal.maxDrop);
}

std::string MixedPrecision::describe(const Trial &trial) const {
  const quantize::Evaluation &found = trial.evaluation;
  std::string text = std::isinf(found.sqnr())
                         ? std::string("exact")
                         : formatv("{0:F2} dB", found.sqnr()).str();
  if (options.mixed.maxDrop)
    text += formatv(labels.empty() ? ", {0:F2} % of the answers changed"
                                   : ", {0:F2} % of top-1 lost",
                    found.drop());
  if (trial.bytes)
    text += ", " + emit::grouped(*trial.bytes) + " bytes of weights";
  return text;
}

/// What the search may still do to the filters.
FailureOr<MixedPrecision::Moves>
MixedPrecision::lowering(const Trial &given, const QConfig &config) {
  auto before = sensitivity(*given.model);
  if (mlir::failed(before))
    return failure();
  auto after = sensitivity(quantize::withNarrowFilters(config));
  if (mlir::failed(after))
    return failure();
  return quantize::loweringMoves(mainOf(*given.model), config, *before, *after);
}

FailureOr<MixedPrecision::Moves>
MixedPrecision::raising(const Trial &given, const QConfig &config) {
  func::FuncOp model = mainOf(*given.model);
  auto before = sensitivity(*given.model);
  if (mlir::failed(before))
    return failure();
  const QConfig wideConfig = quantize::withWideActivations(config);
  auto wide = sensitivity(wideConfig);
  if (mlir::failed(wide))
    return failure();
  auto exact = quantize::hasNarrowFilter(model, config)
                   ? sensitivity(quantize::withExactFilters(wideConfig))
                   : wide;
  if (mlir::failed(exact))
    return failure();
  Moves moves = quantize::raisingMoves(model, config, {*before, *wide, *exact});
  llvm::erase_if(moves, [&](const Move &move) {
    // Under a budget filters stay as small as they are.
    return (options.mixed.flash && move.kind != MoveKind::WideActivations) ||
           (options.int8Border && quantize::touchesBorder(move, model));
  });
  return moves;
}

/// The fewest moves with which `judge` is content; one more than there are if
/// it never is.
FailureOr<size_t> MixedPrecision::search(const QConfig &config,
                                         const Moves &moves, Judge judge) {
  return quantize::fewest(moves.size(), [&](size_t n) -> FailureOr<bool> {
    auto trial =
        attempt(quantize::withMoves(config, ArrayRef(moves).take_front(n)));
    if (mlir::failed(trial))
      return failure();
    FailureOr<bool> verdict = judge(*trial);
    reached[n] = describe(*trial);
    return verdict;
  });
}

/// Makes the moves, and says so; the QConfig of the result lists all names.
void MixedPrecision::settle(QConfig &config, ArrayRef<Move> moves,
                            size_t candidates) {
  constexpr size_t shown = 8;
  static constexpr std::pair<MoveKind, const char *> kinds[] = {
      {MoveKind::WideActivations, "16-bit results"},
      {MoveKind::WideFilter,      "8-bit filters" },
      {MoveKind::NarrowFilter,    "4-bit filters" },
      {MoveKind::Float,           "float"         }
  };
  const size_t count = moves.size();
  std::string text = formatv("{0} of {1} possible changes: {2}", count,
                             candidates, reached[count]);
  for (size_t other : {size_t(0), count - 1, count + 1})
    if (other != count && other <= candidates && reached.count(other))
      text += formatv("; with {0}: {1}", other, reached[other]);
  session.say(text);
  for (const auto &[kind, what] : kinds) {
    std::vector<StringRef> names;
    for (const Move &move : moves)
      if (move.kind == kind)
        names.insert(names.end(), move.names.begin(), move.names.end());
    if (names.empty())
      continue;
    const size_t more = names.size() - std::min(names.size(), shown);
    names.resize(names.size() - more);
    session.say(Twine("  ") + what + ": " + llvm::join(names, ", ") +
                (more ? " and " + std::to_string(more) + " more" : ""));
  }
  config = quantize::withMoves(std::move(config), moves);
}

/// The fewest filters of 4 bits with which the weights fit.
Exit MixedPrecision::fit(const Trial &given, QConfig &config) {
  FailureOr<Moves> moves = lowering(given, config);
  if (mlir::failed(moves))
    return failed();
  FailureOr<size_t> count =
      search(config, *moves, [&](Trial &trial) -> FailureOr<bool> {
        if (mlir::failed(weigh(trial)))
          return failure();
        return *trial.bytes <= *options.mixed.flash;
      });
  if (mlir::failed(count))
    return failed();
  if (*count > moves->size())
    return session.fail(Exit::Failed,
                        "--flash=" + Twine(*options.mixed.flash) +
                            " is not reached: " + reached.rbegin()->second +
                            " with all " + Twine(moves->size()) +
                            " filters of 4 bits");
  settle(config, ArrayRef(*moves).take_front(*count), moves->size());
  return Exit::Ok;
}

/// The most filters of 4 bits with which the outputs are good.
Exit MixedPrecision::shrink(const Trial &given, QConfig &config) {
  FailureOr<Moves> moves = lowering(given, config);
  if (mlir::failed(moves))
    return failed();
  FailureOr<size_t> tooMany =
      search(config, *moves, [&](Trial &trial) -> FailureOr<bool> {
        if (mlir::failed(weigh(trial)))
          return failure();
        return !isGood(trial);
      });
  if (mlir::failed(tooMany))
    return failed();
  settle(config, ArrayRef(*moves).take_front(*tooMany - 1), moves->size());
  return Exit::Ok;
}

/// The fewest layers of more bits with which the outputs are good.
Exit MixedPrecision::raise(const Trial &given, QConfig &config) {
  FailureOr<Moves> moves = raising(given, config);
  if (mlir::failed(moves))
    return failed();
  const std::optional<int64_t> budget = options.mixed.flash;
  int64_t bytes = 0; // of the best trial, which is the last good one
  FailureOr<size_t> count =
      search(config, *moves, [&](Trial &trial) -> FailureOr<bool> {
        if (budget && mlir::failed(weigh(trial)))
          return failure();
        if (isGood(trial))
          bytes = trial.bytes.value_or(0);
        return isGood(trial);
      });
  if (mlir::failed(count))
    return failed();
  if (budget && *count <= moves->size() && bytes > *budget)
    return session.fail(Exit::Failed,
                        StringRef(quench::describe(options.mixed)).trim() +
                            " cannot be had together: with " + Twine(*count) +
                            " 16-bit results it is " + reached[*count] +
                            " (filters beside them take 8 bits)");
  if (*count > moves->size())
    return session.fail(Exit::Failed,
                        StringRef(quench::describe(options.mixed)).trim() +
                            " is not reached: " + reached.rbegin()->second +
                            " with all " + Twine(moves->size()) +
                            " changes that are possible");
  settle(config, ArrayRef(*moves).take_front(*count), moves->size());
  return Exit::Ok;
}

/// The model as `config` says, with its weights weighed if their size matters.
FailureOr<MixedPrecision::Trial> MixedPrecision::start(const QConfig &config) {
  FailureOr<Trial> trial = attempt(config);
  if (mlir::failed(trial))
    return failure();
  if (options.mixed.flash || options.mixed.leastFlash)
    if (mlir::failed(weigh(*trial)))
      return failure();
  reached = {
      {0, describe(*trial)}
  };
  return trial;
}

Exit MixedPrecision::run(QConfig &config) {
  if (Exit code = checkGoals(); code != Exit::Ok)
    return code;
  if (Exit code = open(); code != Exit::Ok)
    return code;
  session.step("mixed precision");
  FailureOr<Trial> given = start(config);
  if (mlir::failed(given))
    return failed();
  const MixedOptions &goal = options.mixed;
  bool isChanged = false;
  if (goal.flash && *given->bytes > *goal.flash) {
    if (Exit code = fit(*given, config); code != Exit::Ok)
      return code;
    isChanged = true;
    given = start(config);
    if (mlir::failed(given))
      return failed();
  }
  if (goal.hasGoal() && !isGood(*given))
    return raise(*given, config);
  if (goal.leastFlash)
    return shrink(*given, config);
  if (!isChanged)
    session.say("no mixed precision needed: " + reached[0]);
  return Exit::Ok;
}
