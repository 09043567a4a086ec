// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What `place` works on between q and plan: a list of kernel problems over
// tensors, each tensor with a place of its own or inside another one.

#ifndef QUENCH_COMPILER_PLACE_PROGRAM_H
#define QUENCH_COMPILER_PLACE_PROGRAM_H

#include "codegen/kernels/Catalogue.h"
#include "compiler/place/Planner.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/STLFunctionalExtras.h"
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
  int64_t macs = 0;
  std::string source;
  mlir::Location loc;
  mlir::ArrayAttr notes;
};

struct Program {
  std::vector<Tensor> tensors;
  std::vector<Call> calls;
  std::vector<TensorId> inputs, outputs;

  /// The tensor at the end of the parents, and the byte in it where `id`
  /// begins.
  std::pair<TensorId, int64_t> rootOf(TensorId id) const;
};

/// q -> Program, with a diagnostic for what has no kernel. Views (reshapes,
/// contiguous slices) have parents already.
mlir::FailureOr<Program> lower(mlir::func::FuncOp func);

struct StorageCounts {
  int64_t views = 0;
  int64_t inPlace = 0;
  /// Calls that come earlier than in the model.
  int64_t moved = 0;
};

/// Gives tensors a place in others: drops copies whose source can be written
/// where it is wanted, brings calls into the order in which the fewest bytes
/// live at once, `scratch` of a call among them, and lets results overwrite
/// operands that die.
StorageCounts shareStorage(Program &program,
                           llvm::function_ref<int64_t(const Call &)> scratch);

/// Steps of the first and last call that touch a tensor, by tensor; {0, -1} for
/// those never touched.
std::vector<Steps> lifetimes(const Program &program);
/// The same for roots, over all tensors inside them.
std::vector<Steps> rootLifetimes(const Program &program);

/// The names of an op's location, innermost first, joined by " + ".
std::string sourceNames(mlir::Operation *op);

} // namespace quench::place

#endif // QUENCH_COMPILER_PLACE_PROGRAM_H
