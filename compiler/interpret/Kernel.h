// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a step of a running function does, and the walks that kernels share.

#ifndef QUENCH_COMPILER_INTERPRET_KERNEL_H
#define QUENCH_COMPILER_INTERPRET_KERNEL_H

#include "compiler/interpret/Tensor.h"

#include "mlir/IR/Operation.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <functional>

namespace quench::interpret {

/// Operands of a step, in the order of the op; null for an absent one.
using Inputs = llvm::ArrayRef<const Tensor *>;

/// Fills `out`, which has its kind and shape already.
using Kernel = std::function<void(Inputs inputs, Tensor &out)>;

/// Makes the kernel of an op, or emits a diagnostic on it. `constants` has the
/// operands that are known when the program is made, null for the others.
using KernelFactory = mlir::FailureOr<Kernel> (*)(mlir::Operation *op,
                                                  Inputs constants);

using Sizes = llvm::SmallVector<int64_t, 6>;
using SizesRef = llvm::ArrayRef<int64_t>;

/// Shape of a ranked tensor value.
SizesRef shapeOf(mlir::Value value);

/// Strides, in elements, of a dense tensor.
Sizes denseStrides(SizesRef shape);

/// Strides of an operand that NumPy broadcasts to `shape`: 0 where it has one
/// element or no axis.
Sizes broadcastStrides(SizesRef operand, SizesRef shape);

/// Walks a space of `sizes` row by row for two operands (strides in elements).
/// Axes that lie behind each other for both are joined first.
void walkRows(SizesRef sizes, SizesRef aStrides, SizesRef bStrides,
              llvm::function_ref<void(int64_t a, int64_t b, int64_t length,
                                      int64_t aStep, int64_t bStep)>
                  row);

/// y[i0, i1, ...] = x[offsets[0][i0] + offsets[1][i1] + ...], or `fill` where
/// an axis says `outside`: slices, pads, transposes and nearest resizing.
inline constexpr int64_t outside = INT64_MIN;
struct Gather {
  llvm::SmallVector<std::vector<int64_t>, 6> offsets;
  float fill = 0;
  void run(const float *x, float *y) const;
};

} // namespace quench::interpret

#endif // QUENCH_COMPILER_INTERPRET_KERNEL_H
