// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What `place` works on between q and plan: a list of kernel problems over
// tensors, each tensor with a place of its own or inside another one.

#ifndef QUENCH_COMPILER_PLACE_PROGRAM_H
#define QUENCH_COMPILER_PLACE_PROGRAM_H

#include "codegen/kernels/Split.h"
#include "compiler/place/Planner.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/SmallVector.h"

#include <optional>
#include <string>
#include <vector>

namespace quench::place {

using TensorId = size_t;

struct Tensor {
  enum class Kind { Input, Output, Constant, Slot };
  Kind kind = Kind::Slot;
  std::string name;
  llvm::SmallVector<int64_t> shape;
  /// i8, i16, i32, i64 or f32.
  mlir::Type element;
  /// Quantized type of the border, or null.
  mlir::Type quantized;
  /// Kind::Constant only.
  mlir::ElementsAttr value;
  /// Lies in this tensor, `offset` bytes from its start.
  std::optional<TensorId> parent;
  int64_t offset = 0;
  /// Of some channels of the parent's pixels: [N][H][W][C], where `shape` spans
  /// them and what is between.
  llvm::SmallVector<int64_t> channelShape;
  /// Of a tensor [1][rows][W][C] of which only the rows of a band exist, and
  /// `shape` counts those: in band k, row r is the row r - k * step + before.
  /// Rows from `step` on are moved to the front for the next band.
  struct Window {
    int64_t step;
    int64_t before;
    int64_t rows;
  };
  std::optional<Window> window;

  int64_t bytes() const;
};

/// One pointer parameter of a kernel.
struct Operand {
  enum class Kind { Tensor, Filter, Bias, Mul, Absent };
  Kind kind = Kind::Absent;
  TensorId tensor = 0; // Kind::Tensor only
  bool written = false;

  static Operand read(TensorId tensor) { return {Kind::Tensor, tensor, false}; }
  static Operand write(TensorId tensor) { return {Kind::Tensor, tensor, true}; }
  static Operand absent() { return {}; }
};

/// Constant operands of a convolution before they are packed for a kernel.
struct FilterData {
  std::vector<int8_t> filter;
  std::optional<std::vector<int32_t>> bias;
  std::vector<float> mul;
  kernels::FilterGroups groups;
};

/// How rows of a result [1][count][W][C] follow from rows of operands.
struct Rows {
  /// Row r needs the `size` rows of an operand that begin at r * stride - pad.
  struct Window {
    int64_t stride = 1;
    int64_t size = 1;
    int64_t pad = 0;
  };
  int64_t count = 0;
  /// A row has `items` of the axis along which the call is cut
  /// (kernels::Split).
  std::string_view axis;
  int64_t items = 0;
  /// By operand; none where a row may need all of it.
  llvm::SmallVector<std::optional<Window>> windows;
};

struct Call {
  kernels::Problem problem;
  /// Parameters by value between the struct and the pointers.
  llvm::SmallVector<int32_t> leading;
  /// In the order of the kernel's C parameters.
  std::vector<Operand> operands;
  std::optional<FilterData> filter;
  /// Operands the result may overwrite.
  llvm::SmallVector<TensorId> mayOverwrite;
  /// A copy of all of operand 0 to byte `destination` of operand 1, which is
  /// not needed if operand 0 can be there from the start.
  std::optional<int64_t> destination;
  /// Of a call that belongs to a group.
  std::optional<Rows> rows;
  std::optional<kernels::Bands> bands;
  int64_t macs = 0;
  std::string source;
  mlir::Location loc;
  mlir::ArrayAttr notes;

  /// Rows that the first band has more than others.
  int64_t rowsAhead() const { return bands->ahead / rows->items; }
};

struct Program {
  std::vector<Tensor> tensors;
  std::vector<Call> calls;
  std::vector<TensorId> inputs, outputs;
  /// Calls that run together, band by band: the first band of all of them, then
  /// the second. Disjoint, in order, each of two calls or more.
  std::vector<Steps> groups;

  /// The group of a call, or the call alone.
  Steps groupOf(size_t step) const;

  /// The tensor at the end of the parents, and the byte in it where `id`
  /// begins.
  std::pair<TensorId, int64_t> rootOf(TensorId id) const;
};

/// q -> Program, with a diagnostic for what has no kernel. Views (reshapes,
/// contiguous slices) have parents, and elideCopies() has been called.
mlir::FailureOr<Program> lower(mlir::func::FuncOp func);

/// Drops copies whose source can be written where it is wanted, and those of
/// channels that convolutions, poolings and resizes can write or read where
/// they are.
void elideCopies(Program &program);

/// Brings calls into the order in which the fewest bytes live at once, their
/// `scratch` among them. Returns where each was before.
std::vector<size_t> orderCalls(Program &program,
                               llvm::ArrayRef<int64_t> scratch);

/// Lets results overwrite operands that die. Returns how many do.
int64_t overwriteOperands(Program &program);

/// Steps of the first and last call that touch a tensor, by tensor; {0, -1} for
/// those never touched. All calls of a group touch what one of them does.
std::vector<Steps> lifetimes(const Program &program);
/// The same for roots, over all tensors inside them.
std::vector<Steps> rootLifetimes(const Program &program);

/// What the arena holds: a block for each tensor, empty for those that have no
/// bytes of their own there, and the scratch at the end. `scratch` has the
/// bytes that each call needs.
std::vector<Block> blocksOf(const Program &program,
                            llvm::ArrayRef<int64_t> scratch);

/// The names of an op's location, innermost first, joined by " + ".
std::string sourceNames(mlir::Operation *op);

} // namespace quench::place

#endif // QUENCH_COMPILER_PLACE_PROGRAM_H
