// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calibration: the interpreter runs, observers watch, in several threads.

#include "compiler/quantize/Calibrate.h"

#include "compiler/interpret/Interpreter.h"
#include "compiler/quantize/Configuration.h"
#include "compiler/quantize/Constants.h"
#include "compiler/quantize/SampleWorkers.h"
#include "compiler/quantize/observers/Extremes.h"
#include "compiler/quantize/observers/Observer.h"
#include "dialects/qf/QF.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"

#include <cmath>

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

DataSource::~DataSource() = default;

llvm::Expected<DataSource::Loader> DataSource::take() {
  std::vector<interpret::Tensor> sample;
  llvm::Expected<bool> more = next(sample);
  if (!more)
    return more.takeError();
  if (!*more)
    return Loader();
  return Loader([sample = std::move(sample)]() mutable
                    -> llvm::Expected<std::vector<interpret::Tensor>> {
    return std::move(sample);
  });
}

llvm::Expected<bool>
TensorSource::next(std::vector<interpret::Tensor> &sample) {
  if (position == samples.size())
    return false;
  sample = samples[position++];
  return true;
}

namespace {

/// What one sample made of the graph: its own observers, null where the tensor
/// is empty.
using Observers = std::vector<std::unique_ptr<Observer>>;

/// The observers of a function, for all samples.
class Watch {
public:
  LogicalResult create(func::FuncOp function) {
    FailureOr<QConfig> config = qconfigOf(function, presets().front().name);
    if (failed(config))
      return failure();
    const WalkResult walked = function.walk([&](qf::ObserveOp op) {
      if (isConstant(op.getInput()))
        return WalkResult::advance(); // observed when scales are chosen
      if (op.getObserver() == passiveObserver) {
        if (op.getRange())
          return WalkResult::advance();
        op.emitError("a passive observer expects a range, but has none");
        return WalkResult::interrupt();
      }
      const ObserverRow *row = findObserver(op.getObserver());
      if (!row) {
        op.emitError("unknown observer '")
            << op.getObserver() << "', expected one of " << observerNames();
        return WalkResult::interrupt();
      }
      positions[op] = entries.size();
      ObserverOptions options = observerOptions(*config);
      options.scheme = op.getSchemeOrDefault().getScheme();
      entries.push_back({op, row, options, row->create(options)});
      return WalkResult::advance();
    });
    return failure(walked.wasInterrupted());
  }

  /// Runs one sample; called from several threads.
  Outcome<Observers> see(const interpret::Interpreter &interpreter,
                         llvm::ArrayRef<interpret::Tensor> sample,
                         int64_t index) const {
    Outcome<Observers> outcome;
    outcome.result.resize(entries.size());
    auto sink = [&](Operation *op, StringRef name,
                    const interpret::Tensor &tensor) {
      auto it = positions.find(op);
      if (it == positions.end() || outcome.where)
        return;
      ArrayRef<float> values = tensor.data<float>();
      if (values.empty())
        return;
      if (const int64_t bad = firstNotFinite(values); bad >= 0) {
        outcome.where = op;
        outcome.error = ("tensor '" + name + "' has " +
                         (std::isnan(values[bad]) ? "a NaN" : "an infinity") +
                         " at element " + Twine(bad) +
                         " for calibration sample " + Twine(index))
                            .str();
        return;
      }
      const Entry &entry = entries[it->second];
      outcome.result[it->second] = entry.row->create(entry.options);
      outcome.result[it->second]->observe(values);
    };
    // The inputs have been checked, which is all that run() can refuse.
    (void)interpreter.run(sample, sink);
    return outcome;
  }

  void merge(const Observers &observers) {
    for (auto [entry, observer] : llvm::zip_equal(entries, observers))
      if (observer)
        entry.observer->merge(*observer);
  }

  void record(CalibrationLog &log, int64_t samples) const {
    log.samples = samples;
    log.tensors.resize(entries.size());
    for (auto [entry, trajectory] : llvm::zip_equal(entries, log.tensors)) {
      if (trajectory.tensor.empty())
        trajectory.tensor = interpret::tensorName(entry.op);
      if (entry.observer->samples() > 0)
        trajectory.points.push_back({samples, entry.observer->range()});
    }
  }

  void write() const {
    for (const Entry &entry : entries) {
      qf::ObserveOp op = entry.op;
      const Range range =
          entry.observer->samples() > 0 ? entry.observer->range() : Range();
      op.setRange(ArrayRef<float>{range.min, range.max});
      op.setSamples(entry.observer->samples());
    }
  }

private:
  struct Entry {
    qf::ObserveOp op;
    const ObserverRow *row;
    ObserverOptions options;
    std::unique_ptr<Observer> observer;
  };
  std::vector<Entry> entries;
  llvm::DenseMap<Operation *, size_t> positions;
};

} // namespace

LogicalResult quantize::calibrate(ModuleOp module, DataSource &data,
                                  const CalibrateOptions &options) {
  auto function = module.lookupSymbol<func::FuncOp>("main");
  if (!function)
    return emitError(module.getLoc(), "calibration expects a function @main");
  Watch watch;
  if (failed(watch.create(function)))
    return failure();
  FailureOr<interpret::Interpreter> interpreter =
      interpret::Interpreter::create(function);
  if (failed(interpreter))
    return failure();
  if (options.log)
    *options.log = {};

  int64_t done = 0;
  auto see = [&](ArrayRef<interpret::Tensor> sample, int64_t index) {
    if (llvm::Error error = interpreter->check(sample))
      return Outcome<Observers>::failed(std::move(error), function);
    return watch.see(*interpreter, sample, index);
  };
  auto merge = [&](const Observers &observers) {
    watch.merge(observers);
    ++done;
    if (options.log && CalibrationLog::isPoint(done))
      watch.record(*options.log, done);
    if (options.progress)
      options.progress(done, data.size());
  };
  if (failed(SampleWorkers<Observers>(data, see, merge)
                 .run(options.jobs, module.getLoc())))
    return failure();
  if (done == 0)
    return emitError(module.getLoc(),
                     "calibration expects at least one sample");
  if (options.log && !CalibrationLog::isPoint(done))
    watch.record(*options.log, done);
  watch.write();
  return success();
}
