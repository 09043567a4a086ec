// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-run %s | FileCheck %s

// Scales and zero points belong to the indices of the axis that the type names:
// here the last one of [2, 3].
// CHECK: [0, 2, 12
// CHECK-SAME: 1.5, 6, 24
func.func @main() -> tensor<2x3xf32> {
  %0 = qf.constant dense<[[1, 2, 3], [4, 4, 6]]> : tensor<2x3xi8>
      as !quant.uniform<i8:f32:1, {0.5:1, 2.0:1, 4.0}> : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}
