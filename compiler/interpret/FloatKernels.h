// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernels of the nn ops on f32 tensors, one factory per family; the table from
// op to factory is in FloatKernels.cpp.

#ifndef QUENCH_COMPILER_INTERPRET_FLOATKERNELS_H
#define QUENCH_COMPILER_INTERPRET_FLOATKERNELS_H

#include "compiler/interpret/Kernel.h"
#include "compiler/interpret/OneDnn.h"

namespace quench::interpret {

/// The kernel of any nn op; a diagnostic for ops that have none.
mlir::FailureOr<Kernel> makeFloatKernel(mlir::Operation *op, Inputs constants);

// The families.
mlir::FailureOr<Kernel> makeConvolution(mlir::Operation *op, Inputs constants);
mlir::FailureOr<Kernel> makeProduct(mlir::Operation *op, Inputs constants);
mlir::FailureOr<Kernel> makeBinary(mlir::Operation *op, Inputs constants);
mlir::FailureOr<Kernel> makeUnary(mlir::Operation *op, Inputs constants);
mlir::FailureOr<Kernel> makePRelu(mlir::Operation *op, Inputs constants);
mlir::FailureOr<Kernel> makeBatchNorm(mlir::Operation *op, Inputs constants);
mlir::FailureOr<Kernel> makePool(mlir::Operation *op, Inputs constants);
mlir::FailureOr<Kernel> makeReduce(mlir::Operation *op, Inputs constants);
mlir::FailureOr<Kernel> makeArgMax(mlir::Operation *op, Inputs constants);
mlir::FailureOr<Kernel> makeConcat(mlir::Operation *op, Inputs constants);
mlir::FailureOr<Kernel> makeGather(mlir::Operation *op, Inputs constants);
mlir::FailureOr<Kernel> makeReshape(mlir::Operation *op, Inputs constants);
mlir::FailureOr<Kernel> makeResize(mlir::Operation *op, Inputs constants);

/// Whether the op is float in the integer graph too: inside an island, marked
/// to be kept float, or one that always is (softmax, layer_norm). It then runs
/// on the runtime's float kernel at every level.
bool isInIsland(mlir::Operation *op);
/// The runtime's float kernel of the op; null for moves, which have one
/// meaning.
KernelFactory islandFactory(mlir::Operation *op);

// What the QFloat executor shares with the float one.

/// Sizes of nn.conv2d, nn.conv_transpose2d (op is one of them).
Convolution convolutionSizes(mlir::Operation *op);
/// Sizes of nn.linear and nn.matmul; operands of lower rank get leading ones.
Product productSizes(mlir::Operation *op);
/// An error of oneDNN as a diagnostic on the op.
mlir::FailureOr<MatrixKernel> orDiagnose(llvm::Expected<MatrixKernel> kernel,
                                         mlir::Operation *op);
/// A slice, pad or transpose as a gather; a constant pad fills with `fill`.
Gather gatherOf(mlir::Operation *op, float fill);

/// Pooling window of nn.max_pool2d or nn.avg_pool2d, and a walk over it:
/// `tap(y, x)` with element offsets of channel 0, for every tap inside the
/// picture; `done(y, count)` at the end of each output pixel, with the divisor
/// of the average.
struct Pool {
  int64_t batch, channels;
  int64_t in[2], out[2], kernel[2], strides[2], dilations[2], pads[4];
  bool countIncludePad = false;
  void walk(llvm::function_ref<void(int64_t y, int64_t x)> tap,
            llvm::function_ref<void(int64_t y, int64_t count)> done) const;
};
Pool poolOf(mlir::Operation *op);

} // namespace quench::interpret

#endif // QUENCH_COMPILER_INTERPRET_FLOATKERNELS_H
