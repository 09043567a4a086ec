// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Mixed precision: the QConfig with the fewest exceptions that reaches what was
// asked of the quantized model. docs/quantization.md explains the search.

#ifndef QUENCH_COMPILER_DRIVER_MIXEDPRECISION_H
#define QUENCH_COMPILER_DRIVER_MIXEDPRECISION_H

#include "compiler/driver/Lower.h"
#include "compiler/quantize/MixedPrecision.h"

#include <functional>
#include <map>

namespace quench {

class MixedPrecision {
public:
  /// The float model quantized as a QConfig says. On failure errors have been
  /// printed.
  using Quantize =
      std::function<mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>(
          const quantize::QConfig &)>;

  MixedPrecision(Session &session, const LowerOptions &options,
                 mlir::ModuleOp floatModel, Quantize quantize)
      : session(session), options(options), floatModel(floatModel),
        quantize(std::move(quantize)) {}

  /// Adds overrides to `config`. What was found and what it reaches is told in
  /// lines; that it cannot be reached is an error that says what can.
  Exit run(quantize::QConfig &config);

private:
  struct Trial;
  using Moves = std::vector<quantize::Move>;
  using Judge = llvm::function_ref<mlir::FailureOr<bool>(Trial &)>;

  Exit open();
  Exit checkGoals() const;
  Exit checkLabels();
  Exit fit(const Trial &given, quantize::QConfig &config);
  Exit shrink(const Trial &given, quantize::QConfig &config);
  Exit raise(const Trial &given, quantize::QConfig &config);

  mlir::FailureOr<Trial> start(const quantize::QConfig &config);
  mlir::FailureOr<Trial> attempt(const quantize::QConfig &config);
  mlir::FailureOr<quantize::Measurement>
  sensitivity(const quantize::QConfig &config);
  mlir::FailureOr<quantize::Measurement> sensitivity(mlir::ModuleOp model);
  mlir::FailureOr<Moves> lowering(const Trial &given,
                                  const quantize::QConfig &config);
  mlir::FailureOr<Moves> raising(const Trial &given,
                                 const quantize::QConfig &config);
  mlir::FailureOr<size_t> search(const quantize::QConfig &config,
                                 const Moves &moves, Judge judge);
  mlir::LogicalResult weigh(Trial &trial);
  bool isGood(const Trial &trial) const;
  std::string describe(const Trial &trial) const;
  void settle(quantize::QConfig &config, llvm::ArrayRef<quantize::Move> moves,
              size_t candidates);
  Exit failed() const;

  Session &session;
  const LowerOptions &options;
  mlir::ModuleOp floatModel;
  Quantize quantize;
  std::unique_ptr<quantize::DataSource> files;
  std::unique_ptr<WatchedSource> source;
  std::vector<int64_t> labels;
  int64_t trials = 0;
  /// What trials reached, by the number of moves that were made.
  std::map<size_t, std::string> reached;
};

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_MIXEDPRECISION_H
