// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: not quench-opt %s --pass-pipeline='builtin.module(func.func(quantize-insert-observers))' 2>&1 | FileCheck %s --check-prefix=UNFOLDED
// RUN: not quench-opt %s --pass-pipeline='builtin.module(func.func(quantize-insert-observers{qconfig=bets}))' 2>&1 | FileCheck %s --check-prefix=UNKNOWN

// UNKNOWN: error: unknown preset 'bets', expected one of default, fast

// UNFOLDED: error: 1 op cannot be quantized
// UNFOLDED: note: loc("norm1"): 'norm1' (nn.batch_norm): it is meant to be folded: run nn-fold-batch-norm
func.func @unfolded(%x: tensor<1x4xf32>, %s: tensor<4xf32>) -> tensor<1x4xf32> {
  %0 = nn.batch_norm %x, %s, %s, %s, %s {epsilon = 0.0 : f32} : (tensor<1x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4xf32> loc("norm1")
  return %0 : tensor<1x4xf32>
}
