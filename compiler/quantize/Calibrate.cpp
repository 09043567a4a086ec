// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calibration: the interpreter runs, observers watch.

#include "compiler/quantize/Calibrate.h"

#include "compiler/interpret/Interpreter.h"
#include "compiler/quantize/observers/Observer.h"
#include "dialects/qf/QF.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/MapVector.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

DataSource::~DataSource() = default;

llvm::Expected<bool>
TensorSource::next(std::vector<interpret::Tensor> &sample) {
  if (position == samples.size())
    return false;
  sample = samples[position++];
  return true;
}

namespace {

/// The observers of a function, and what went wrong while they watched.
class Watch {
public:
  LogicalResult create(func::FuncOp function) {
    const WalkResult walked = function.walk([&](qf::ObserveOp op) {
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
      observers[op] = row->create({});
      return WalkResult::advance();
    });
    return failure(walked.wasInterrupted());
  }

  void see(Operation *op, StringRef name, const interpret::Tensor &tensor) {
    auto it = observers.find(op);
    if (it == observers.end() || bad)
      return;
    ArrayRef<float> values = tensor.data<float>();
    if (values.empty())
      return;
    const auto *found = llvm::find_if(
        values, [](float value) { return !std::isfinite(value); });
    if (found == values.end())
      return it->second->observe(values);
    bad = op;
    badName = name.str();
    badIndex = found - values.begin();
    badValue = *found;
  }

  /// Failure if the sample made a tensor that is not finite.
  LogicalResult check(int64_t sample) const {
    if (!bad)
      return success();
    return bad->emitError("tensor '")
           << badName << "' has "
           << (std::isnan(badValue) ? "a NaN" : "an infinity") << " at element "
           << badIndex << " for calibration sample " << sample;
  }

  void write() {
    for (auto &[op, observer] : observers) {
      auto observe = cast<qf::ObserveOp>(op);
      const Range range = observer->range();
      observe.setRange(ArrayRef<float>{range.min, range.max});
      observe.setSamples(observer->samples());
    }
  }

private:
  llvm::MapVector<Operation *, std::unique_ptr<Observer>> observers;
  Operation *bad = nullptr;
  std::string badName;
  int64_t badIndex = 0;
  float badValue = 0;
};

} // namespace

LogicalResult quantize::calibrate(ModuleOp module, DataSource &data,
                                  CalibrationProgress progress) {
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

  int64_t done = 0;
  for (std::vector<interpret::Tensor> sample;; ++done) {
    llvm::Expected<bool> more = data.next(sample);
    if (!more)
      return emitError(module.getLoc(), llvm::toString(more.takeError()));
    if (!*more)
      break;
    auto sink = [&](Operation *op, StringRef name,
                    const interpret::Tensor &tensor) {
      watch.see(op, name, tensor);
    };
    if (failed(interpreter->run(sample, sink)) || failed(watch.check(done)))
      return failure();
    if (progress)
      progress(done + 1, data.size());
  }
  if (done == 0)
    return emitError(module.getLoc(),
                     "calibration expects at least one sample");
  watch.write();
  return success();
}
