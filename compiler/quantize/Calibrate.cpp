// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calibration: the interpreter runs, observers watch, in several threads.

#include "compiler/quantize/Calibrate.h"

#include "compiler/interpret/Interpreter.h"
#include "compiler/quantize/Configuration.h"
#include "compiler/quantize/Constants.h"
#include "compiler/quantize/observers/Extremes.h"
#include "compiler/quantize/observers/Observer.h"
#include "dialects/qf/QF.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/Threading.h"

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <thread>

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

/// What one sample made of the graph: its own observers (null where the tensor
/// is empty), or an error and the op to report it on (null: the module).
struct Outcome {
  std::vector<std::unique_ptr<Observer>> observers;
  std::string error;
  Operation *where = nullptr;

  static Outcome failed(llvm::Error error, Operation *where = nullptr) {
    return {{}, llvm::toString(std::move(error)), where};
  }
};

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
  Outcome see(const interpret::Interpreter &interpreter,
              llvm::ArrayRef<interpret::Tensor> sample, int64_t index) const {
    Outcome outcome;
    outcome.observers.resize(entries.size());
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
      outcome.observers[it->second] = entry.row->create(entry.options);
      outcome.observers[it->second]->observe(values);
    };
    // The inputs have been checked, which is all that run() can refuse.
    (void)interpreter.run(sample, sink);
    return outcome;
  }

  void merge(const Outcome &outcome) {
    for (auto [entry, observer] : llvm::zip_equal(entries, outcome.observers))
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

/// Workers that take samples in order, run them side by side, and hand their
/// observers in, in order again: so the number of workers changes no bit.
class Workers {
public:
  Workers(Watch &watch, const interpret::Interpreter &interpreter,
          func::FuncOp function, DataSource &data,
          const CalibrateOptions &options)
      : watch(watch), interpreter(interpreter), function(function), data(data),
        options(options) {}

  /// Returns when all samples are done, or one of them has failed.
  void run(unsigned jobs) {
    std::vector<std::thread> others;
    for (unsigned i = 1; i < jobs; ++i)
      others.emplace_back([this] { work(); });
    work();
    for (std::thread &other : others)
      other.join();
    if (options.log && done > 0 && !CalibrationLog::isPoint(done))
      watch.record(*options.log, done);
  }

  int64_t done = 0;
  /// The first sample that failed.
  std::optional<Outcome> broken;

private:
  void work() {
    while (true) {
      int64_t index;
      DataSource::Loader load;
      Outcome outcome;
      {
        const std::lock_guard<std::mutex> lock(mutex);
        if (ended)
          return;
        llvm::Expected<DataSource::Loader> next = data.take();
        ended = !next || !*next;
        if (!next)
          outcome = Outcome::failed(next.takeError());
        else if (!*next)
          return;
        else
          load = std::move(*next);
        index = taken++;
      }
      if (load)
        outcome = process(std::move(load), index);
      handIn(std::move(outcome), index);
    }
  }

  Outcome process(DataSource::Loader load, int64_t index) {
    llvm::Expected<std::vector<interpret::Tensor>> sample = load();
    if (!sample)
      return Outcome::failed(sample.takeError());
    if (llvm::Error error = interpreter.check(*sample))
      return Outcome::failed(std::move(error), function);
    return watch.see(interpreter, *sample, index);
  }

  void handIn(Outcome outcome, int64_t index) {
    std::unique_lock<std::mutex> lock(mutex);
    turn.wait(lock, [&] { return turnOf == index; });
    if (!broken && !outcome.error.empty()) {
      broken = std::move(outcome);
      ended = true;
    } else if (!broken) {
      watch.merge(outcome);
      ++done;
      if (options.log && CalibrationLog::isPoint(done))
        watch.record(*options.log, done);
      if (options.progress)
        options.progress(done, data.size());
    }
    ++turnOf;
    turn.notify_all();
  }

  Watch &watch;
  const interpret::Interpreter &interpreter;
  func::FuncOp function;
  DataSource &data;
  const CalibrateOptions &options;

  std::mutex mutex; // of everything below, `data`, `watch` and the results
  std::condition_variable turn;
  bool ended = false;
  int64_t taken = 0, turnOf = 0;
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

  int64_t jobs = options.jobs
                     ? options.jobs
                     : llvm::hardware_concurrency().compute_thread_count();
  if (std::optional<int64_t> size = data.size())
    jobs = std::clamp<int64_t>(jobs, 1, std::max<int64_t>(*size, 1));
  Workers workers(watch, *interpreter, function, data, options);
  workers.run(unsigned(jobs));
  if (workers.broken)
    return emitError(workers.broken->where ? workers.broken->where->getLoc()
                                           : module.getLoc(),
                     workers.broken->error);
  if (workers.done == 0)
    return emitError(module.getLoc(),
                     "calibration expects at least one sample");
  watch.write();
  return success();
}
