// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Samples of a data source worked on by several threads, with results that are
// the same for any number of them.

#ifndef QUENCH_COMPILER_QUANTIZE_SAMPLEWORKERS_H
#define QUENCH_COMPILER_QUANTIZE_SAMPLEWORKERS_H

#include "compiler/quantize/Calibrate.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Operation.h"
#include "llvm/Support/Threading.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace quench::quantize {

/// What became of a sample: a result, or an error and the op to report it on
/// (null: where the caller says).
template <typename Result>
struct Outcome {
  Result result;
  std::string error;
  mlir::Operation *where = nullptr;

  static Outcome failed(llvm::Error error, mlir::Operation *where = nullptr) {
    return {{}, llvm::toString(std::move(error)), where};
  }
};

/// Takes samples in order, works on them side by side, and hands the results
/// in, in order again: so the number of threads changes no bit. The first
/// sample with an error ends the work.
template <typename Result>
class SampleWorkers {
public:
  using Sample = std::vector<interpret::Tensor>;
  /// Called from several threads.
  using Work = llvm::function_ref<Outcome<Result>(const Sample &, int64_t)>;
  /// Called by one thread at a time, in the order of the samples.
  using HandIn = llvm::function_ref<void(Result &&)>;

  SampleWorkers(DataSource &data, Work work, HandIn handIn)
      : data(data), work(work), handIn(handIn) {}

  /// Returns when all samples are done. An error is a diagnostic, at `loc`
  /// where the outcome names no op. `jobs`: threads, 0 for one a core.
  mlir::LogicalResult run(unsigned jobs, mlir::Location loc) {
    if (jobs == 0)
      jobs = llvm::hardware_concurrency().compute_thread_count();
    if (std::optional<int64_t> size = data.size())
      jobs = unsigned(std::clamp<int64_t>(*size, 1, jobs));
    std::vector<std::thread> others;
    for (unsigned i = 1; i < jobs; ++i)
      others.emplace_back([this] { loop(); });
    loop();
    for (std::thread &other : others)
      other.join();
    if (broken)
      return mlir::emitError(broken->where ? broken->where->getLoc() : loc,
                             broken->error);
    return mlir::success();
  }

private:
  void loop() {
    while (true) {
      int64_t index;
      DataSource::Loader load;
      Outcome<Result> outcome;
      {
        const std::lock_guard<std::mutex> lock(mutex);
        if (ended)
          return;
        llvm::Expected<DataSource::Loader> next = data.take();
        ended = !next || !*next;
        if (!next)
          outcome = Outcome<Result>::failed(next.takeError());
        else if (!*next)
          return;
        else
          load = std::move(*next);
        index = taken++;
      }
      if (load) {
        llvm::Expected<Sample> sample = load();
        outcome = sample ? work(*sample, index)
                         : Outcome<Result>::failed(sample.takeError());
      }
      finish(std::move(outcome), index);
    }
  }

  void finish(Outcome<Result> outcome, int64_t index) {
    std::unique_lock<std::mutex> lock(mutex);
    turn.wait(lock, [&] { return turnOf == index; });
    if (!broken && !outcome.error.empty()) {
      broken = std::move(outcome);
      ended = true;
    } else if (!broken) {
      handIn(std::move(outcome.result));
    }
    ++turnOf;
    turn.notify_all();
  }

  DataSource &data;
  Work work;
  HandIn handIn;

  std::mutex mutex; // of everything below, `data` and `handIn`
  std::condition_variable turn;
  bool ended = false;
  int64_t taken = 0, turnOf = 0;
  std::optional<Outcome<Result>> broken;
};

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_SAMPLEWORKERS_H
