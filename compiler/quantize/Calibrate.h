// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calibration: runs a graph with observers over samples and writes the ranges
// into it. Streaming: each worker has one sample in memory.

#ifndef QUENCH_COMPILER_QUANTIZE_CALIBRATE_H
#define QUENCH_COMPILER_QUANTIZE_CALIBRATE_H

#include "compiler/interpret/Tensor.h"
#include "compiler/quantize/Convergence.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/FunctionExtras.h"
#include "llvm/Support/Error.h"

#include <functional>
#include <optional>
#include <vector>

namespace quench::quantize {

/// Samples, one after the other.
class DataSource {
public:
  /// A sample that is still to be read: one tensor per argument of @main, or an
  /// error that names the file.
  using Loader =
      llvm::unique_function<llvm::Expected<std::vector<interpret::Tensor>>()>;

  virtual ~DataSource();

  /// How many samples there will be, if that is known; for progress only.
  virtual std::optional<int64_t> size() const { return std::nullopt; }

  /// Reads the next sample, one tensor per argument of @main, in order. False
  /// at the end; an error names the file.
  virtual llvm::Expected<bool> next(std::vector<interpret::Tensor> &sample) = 0;

  /// The next sample as work for another thread, null at the end: this call
  /// should be quick, the loader may decode. Loaders run at most once, side by
  /// side, and before the source dies. By default it is next() that reads.
  virtual llvm::Expected<Loader> take();

  /// Starts again at the first sample; the same samples follow.
  virtual void rewind() = 0;
};

/// Samples that are in memory already.
class TensorSource final : public DataSource {
public:
  explicit TensorSource(std::vector<std::vector<interpret::Tensor>> samples)
      : samples(std::move(samples)) {}

  std::optional<int64_t> size() const override { return samples.size(); }
  llvm::Expected<bool> next(std::vector<interpret::Tensor> &sample) override;
  void rewind() override { position = 0; }

private:
  std::vector<std::vector<interpret::Tensor>> samples;
  size_t position = 0;
};

/// Called after each sample, in order and one call at a time, from any thread:
/// how many are done, and of how many if known.
using CalibrationProgress =
    std::function<void(int64_t done, std::optional<int64_t> total)>;

struct CalibrateOptions {
  CalibrationProgress progress;
  /// How the ranges grew with the number of samples; filled if not null.
  CalibrationLog *log = nullptr;
  /// Samples that are worked on at the same time; 0: one for each core. The
  /// result has the same bits for any number.
  unsigned jobs = 0;
};

/// Runs @main over `data` and sets `range` and `samples` of every qf.observe,
/// those of observer "passive" excepted, whose range is given.
///
/// Each sample has observers of its own, merged in the order of the samples.
/// Memory: one sample, its activations and its observers for each job.
///
/// Errors, each a diagnostic: no sample at all; a sample that does not fit the
/// arguments; an unknown observer; a NaN or infinite value, naming the tensor
/// and the sample. The first sample with an error decides. On an error the
/// module is left as it was.
mlir::LogicalResult calibrate(mlir::ModuleOp module, DataSource &data,
                              const CalibrateOptions &options = {});

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_CALIBRATE_H
