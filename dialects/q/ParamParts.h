// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the parameters of integer and of float kernels have in common. Private
// to Params.cpp and FloatParams.cpp.

#ifndef QUENCH_DIALECTS_Q_PARAMPARTS_H
#define QUENCH_DIALECTS_Q_PARAMPARTS_H

#include "dialects/q/Params.h"

namespace quench::q {

inline llvm::ArrayRef<int64_t> shapeOf(mlir::Value value) {
  return mlir::cast<mlir::RankedTensorType>(value.getType()).getShape();
}

inline int32_t countOf(mlir::Value value) {
  return int32_t(
      mlir::cast<mlir::RankedTensorType>(value.getType()).getNumElements());
}

inline qrt_space spaceOf(llvm::ArrayRef<int64_t> sizes) {
  qrt_space space = {};
  space.rank = int32_t(sizes.size());
  llvm::copy(sizes, space.size);
  return space;
}

/// Strides, in units of `unit` elements, of an operand that NumPy broadcasts to
/// `rank` axes: 0 where it has one element.
inline void broadcastStrides(llvm::ArrayRef<int64_t> operand, size_t rank,
                             int32_t unit, int32_t *strides) {
  const llvm::SmallVector<int64_t> dense = stridesOf(operand);
  const size_t lead = rank - operand.size();
  for (size_t axis = 0; axis < rank; ++axis)
    strides[axis] = axis < lead || operand[axis - lead] == 1
                        ? 0
                        : int32_t(dense[axis - lead]) * unit;
}

/// The sliding window, the same fields in qrt_conv2d, qrt_conv2d_f32 and
/// qrt_pool2d.
template <typename Params, typename Op>
Params windowParams(Op op, llvm::ArrayRef<int64_t> kernel) {
  llvm::ArrayRef<int64_t> x = shapeOf(op.getInput());
  llvm::ArrayRef<int64_t> y = shapeOf(op.getOutput());
  Params p = {};
  p.batch = int32_t(x[0]);
  p.in_h = int32_t(x[1]);
  p.in_w = int32_t(x[2]);
  p.out_h = int32_t(y[1]);
  p.out_w = int32_t(y[2]);
  p.kernel_h = int32_t(kernel[0]);
  p.kernel_w = int32_t(kernel[1]);
  p.stride_h = int32_t(op.getStrides()[0]);
  p.stride_w = int32_t(op.getStrides()[1]);
  p.dilation_h = int32_t(op.getDilations()[0]);
  p.dilation_w = int32_t(op.getDilations()[1]);
  p.pad_top = int32_t(op.getPads()[0]);
  p.pad_left = int32_t(op.getPads()[1]);
  return p;
}

} // namespace quench::q

#endif // QUENCH_DIALECTS_Q_PARAMPARTS_H
