// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-opt %s --pass-pipeline='builtin.module(func.func(qf-fold-constants))' | FileCheck %s

// Ties to even: 0.5 -> 0, 1.5 -> 2, -2.5 -> -2; clamped at 127.
// CHECK: !per_channel = !quant.uniform<i8:f32:0, {1.000000e+00,2.500000e-01}>
// CHECK: !per_channel1 = !quant.uniform<i8:f32:1, {1.000000e+00,2.000000e+00}>
// CHECK-LABEL: func @ties
//  CHECK-NEXT:   %[[C:.*]] = qf.constant dense<[0, 2, -2, 127]> : tensor<4xi8> as !quant.uniform<i8:f32, 1.000000e+00> : tensor<4xf32>
//  CHECK-NEXT:   return %[[C]]
func.func @ties() -> tensor<4xf32> {
  %0 = nn.constant dense<[0.5, 1.5, -2.5, 300.0]> : tensor<4xf32>
  %1 = qf.fake_quant %0 as !quant.uniform<i8:f32, 1.0> : tensor<4xf32>
  return %1 : tensor<4xf32>
}

// One scale for each index of axis 0; the zero point is added after rounding.
// CHECK-LABEL: func @per_axis
//       CHECK:   qf.constant dense<{{\[\[}}1, 2], [4, 8]]> : tensor<2x2xi8> as !per_channel :
//       CHECK:   qf.constant dense<{{\[\[}}3, 1], [4, -1]]> : tensor<2x2xi8> as !per_channel1 :
func.func @per_axis() -> (tensor<2x2xf32>, tensor<2x2xf32>) {
  %0 = nn.constant dense<[[1.0, 2.0], [1.0, 2.0]]> : tensor<2x2xf32>
  %1 = qf.fake_quant %0 as !quant.uniform<i8:f32:0, {1.0, 0.25}> : tensor<2x2xf32>
  %2 = nn.constant dense<[[3.0, 2.0], [4.0, -2.0]]> : tensor<2x2xf32>
  %3 = qf.fake_quant %2 as !quant.uniform<i8:f32:1, {1.0, 2.0}> : tensor<2x2xf32>
  return %1, %3 : tensor<2x2xf32>, tensor<2x2xf32>
}

// 2^24 + 1 steps of a bias are no float; in double they are a code.
// CHECK-LABEL: func @bias
//       CHECK:   qf.constant dense<16777217> : tensor<1xi32>
func.func @bias() -> tensor<1xf32> {
  %0 = nn.constant dense<1.0> : tensor<1xf32>
  %1 = qf.fake_quant %0 as !quant.uniform<i32:f32, 5.9604641222676946E-8> : tensor<1xf32>
  return %1 : tensor<1xf32>
}

// Activations are not folded, and a constant in use stays.
// CHECK-LABEL: func @kept
//       CHECK:   nn.constant
//       CHECK:   qf.fake_quant %arg0
func.func @kept(%x: tensor<1xf32>) -> (tensor<1xf32>, tensor<1xf32>) {
  %0 = nn.constant dense<1.0> : tensor<1xf32>
  %1 = qf.fake_quant %x as !quant.uniform<i8:f32, 1.0> : tensor<1xf32>
  return %0, %1 : tensor<1xf32>, tensor<1xf32>
}
