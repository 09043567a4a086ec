// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs a float function and its QFloat twin op by op over many samples, so that
// at every op both versions of its inputs and outputs are at hand. The error
// report measures there, and algorithms that correct weights change them there,
// knowing what the layers before have really done.

#ifndef QUENCH_COMPILER_INTERPRET_LOCKSTEP_H
#define QUENCH_COMPILER_INTERPRET_LOCKSTEP_H

#include "compiler/interpret/QFloat.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <memory>

namespace quench::interpret {

/// An nn op of the float function and its twin in the QFloat function, with the
/// fake_quants behind it. Only valid during the call of a hook; references to
/// tensors too.
///
/// Operands are numbered as in the op (filter 1, bias 2). Constants are
/// operands like others, the same for each sample. Outputs are the op's one
/// result; QFloat's is that of the first fake_quant behind the op, if any.
///
/// How its users use it:
///   bias correction  before: codes(2) += (mean over samples and pixels of
///                    unclamped(Float) - unclamped(QFloat)) / scales(2), per
///                    channel; setCodes(2, ...) adds a bias where none was
///   AdaRound         before: reconstructs floatOutput (or unclamped(Float))
///                    from qfloatInput, floatInput(s, 1) being the filter that
///                    is rounded and scales(1) its grid; setCodes(1, ...)
///   sensitivity      after: localOutputs() against floatOutput: what this op
///                    alone loses
///   report           after: localOutputs(), qfloatOutput against floatOutput
///                    (accumulated), carriedOutput for codes and saturation,
///                    ownOutputs() for what the op does to the model's outputs
class PairView {
public:
  enum class Level { Float, QFloat };

  size_t index() const; ///< of the pair, in execution order
  size_t numSamples() const;
  mlir::Operation *floatOp() const;
  mlir::Operation *qfloatOp() const;
  /// tensorName(floatOp()).
  std::string name() const;

  // The float function.
  const Tensor &floatInput(size_t sample, unsigned operand) const;
  const Tensor &floatOutput(size_t sample) const;

  // The QFloat function. As float, and carried: (code - zero) as a float; null
  // where the value lies on no grid (inside a float island).
  GridType inputGrid(unsigned operand) const; ///< null: on no grid
  const Tensor &qfloatInput(size_t sample, unsigned operand) const;
  const Tensor *carriedInput(size_t sample, unsigned operand) const;

  // Only in `after`.
  GridType outputGrid() const; ///< null: on no grid
  const Tensor &qfloatOutput(size_t sample) const;
  const Tensor *carriedOutput(size_t sample) const;

  /// One output per sample, in float and without the op's clamp: the float op
  /// on float inputs, or the float arithmetic of QFloat's op on QFloat's inputs
  /// and constants, not rounded to the output's grid.
  mlir::FailureOr<std::vector<Tensor>> unclamped(Level level) const;

  /// One output per sample, as float: the QFloat op (its constants, its
  /// fake_quant) on the FLOAT inputs rounded to their grids. Only in `after`.
  mlir::FailureOr<std::vector<Tensor>> localOutputs() const;

  /// One output per sample, as float: the float output plus what the op adds
  /// itself, which is its local output minus the float op's on the same rounded
  /// inputs. Errors of inputs belong to the ops that made them, so that these
  /// are independent of each other and add up. Only in `after`.
  mlir::FailureOr<std::vector<Tensor>> ownOutputs() const;

  // Constants of the QFloat op: operand 1 or 2 of conv2d, conv_transpose2d and
  // linear, on a grid.

  /// Codes in row-major order; empty for a bias that is absent.
  std::vector<int32_t> codes(unsigned operand) const;
  /// Scales, one or one per output channel; for a bias that is absent those it
  /// would have: f32(input scale * filter scale).
  std::vector<float> scales(unsigned operand) const;
  /// Replaces the constant in the IR by one with these codes on the same grid,
  /// for this op only. In `before` the op runs with them. Adds an absent bias.
  /// A diagnostic on the op for codes outside the storage range.
  mlir::LogicalResult setCodes(unsigned operand,
                               llvm::ArrayRef<int32_t> codes) const;

  /// Bytes of all tensors of both functions that are alive.
  int64_t liveBytes() const;

private:
  friend class Lockstep;
  struct State;
  explicit PairView(State &state) : state(&state) {}
  /// A float input rounded to the grid that QFloat's lies on, if any; carried,
  /// or as float.
  Tensor roundedInput(size_t sample, unsigned operand, bool carried) const;
  State *state;
};

/// What to do at each op. A failure, whose diagnostic the hook emits, ends the
/// run.
class LockstepHooks {
public:
  virtual ~LockstepHooks();
  /// An argument of both functions; where QFloat rounds it first, `carried` and
  /// `grid` are that, empty and null otherwise.
  virtual mlir::LogicalResult argument(unsigned index,
                                       llvm::ArrayRef<Tensor> values,
                                       llvm::ArrayRef<Tensor> carried,
                                       GridType grid);
  /// The float op has run, the QFloat op has not.
  virtual mlir::LogicalResult before(const PairView &pair);
  /// Both have run.
  virtual mlir::LogicalResult after(const PairView &pair);
};

/// Results of both functions: [sample][result].
struct LockstepResults {
  std::vector<std::vector<Tensor>> floating, qfloat;
};

class Lockstep {
public:
  /// The functions: one of level nn, one of level qf after assign or normalize,
  /// with the same nn ops in the same order (constants aside). Emits a
  /// diagnostic on the first op of QFloat that is no twin (name, types, where
  /// its operands come from).
  /// Both must stay alive; only setCodes may change the IR.
  static mlir::FailureOr<Lockstep> create(mlir::func::FuncOp floatFunction,
                                          mlir::func::FuncOp qfloatFunction);

  size_t numPairs() const;
  /// Twins at `index`, for planning ahead.
  mlir::Operation *floatOp(size_t index) const;
  mlir::Operation *qfloatOp(size_t index) const;

  /// Runs `samples`, each with one tensor per argument. A tensor is freed after
  /// its last reader, so memory is samples times what one run of each function
  /// has alive, plus the constants of one op. Kernels are made op by op from
  /// the constants of that moment. Runs any number of times.
  mlir::FailureOr<LockstepResults>
  run(llvm::ArrayRef<std::vector<Tensor>> samples, LockstepHooks &hooks);

  Lockstep(Lockstep &&);
  Lockstep &operator=(Lockstep &&);
  ~Lockstep();

private:
  explicit Lockstep(std::unique_ptr<PairView::State> state);
  std::unique_ptr<PairView::State> state;
};

} // namespace quench::interpret

#endif // QUENCH_COMPILER_INTERPRET_LOCKSTEP_H
