// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// More axes than float kernels take; run by keep-float-mixed.mlir.

func.func @too_many_axes(%x: tensor<1x1x1x1x1x1x2xf32>) -> tensor<1x1x1x1x1x1x1xf32> {
  %0 = nn.reduce_sum %x axes [6] {quench.keep_float} : (tensor<1x1x1x1x1x1x2xf32>) -> tensor<1x1x1x1x1x1x1xf32>
  return %0 : tensor<1x1x1x1x1x1x1xf32>
}
