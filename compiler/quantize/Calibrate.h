// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calibration: runs a graph with observers over samples and writes the ranges
// into it. Streaming: one sample is in memory at a time.

#ifndef QUENCH_COMPILER_QUANTIZE_CALIBRATE_H
#define QUENCH_COMPILER_QUANTIZE_CALIBRATE_H

#include "compiler/interpret/Tensor.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <vector>

namespace quench::quantize {

/// Samples, one after the other.
class DataSource {
public:
  virtual ~DataSource();

  /// How many samples there will be, if that is known; for progress only.
  virtual std::optional<int64_t> size() const { return std::nullopt; }

  /// Reads the next sample, one tensor per argument of @main, in order. False
  /// at the end; an error names the file.
  virtual llvm::Expected<bool> next(std::vector<interpret::Tensor> &sample) = 0;

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

/// Called after each sample: how many are done, and of how many if known.
using CalibrationProgress =
    llvm::function_ref<void(int64_t done, std::optional<int64_t> total)>;

/// Runs @main over `data` and sets `range` and `samples` of every qf.observe,
/// those of observer "passive" excepted, whose range is given.
///
/// Errors, each a diagnostic: no sample at all; a sample that does not fit the
/// arguments; an unknown observer; a NaN or infinite value, naming the tensor
/// and the sample. On an error the module is left as it was.
mlir::LogicalResult calibrate(mlir::ModuleOp module, DataSource &data,
                              CalibrationProgress progress = nullptr);

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_CALIBRATE_H
