// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-opt %s --verify-diagnostics --pass-pipeline='builtin.module(func.func(quantize-data-free-ranges{input-low=3 input-high=2}))'

// expected-error@+1 {{input-low and input-high expect finite low <= high, but have 3.000000e+00 and 2.000000e+00}}
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
