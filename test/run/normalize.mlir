// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-run --all-functions %s | FileCheck %s
//
// Values of softmax, batch_norm and layer_norm, and float islands.

// The largest element is taken out first, so that 1000 does not overflow.
// CHECK-LABEL: @nn_softmax
// CHECK: 2x2 f32 [0.5, 0.5, 0.5, 0.5]
// CHECK: 2x2 f32 [1, 1, 0, 0]
func.func @nn_softmax() -> (tensor<2x2xf32>, tensor<2x2xf32>) {
  %x = nn.constant dense<[[1000.0, 1000.0], [-7.0, -7.0]]> : tensor<2x2xf32>
  %0 = nn.softmax %x axis 1 : tensor<2x2xf32>
  %1 = nn.softmax %x axis 0 : tensor<2x2xf32>
  return %0, %1 : tensor<2x2xf32>, tensor<2x2xf32>
}

// (x - 1) / sqrt(3.75 + 0.25) * 2 + 5, and the second channel unchanged.
// CHECK-LABEL: @nn_batch_norm
// CHECK: 2x2 f32 [6, 2, 8, 4]
func.func @nn_batch_norm() -> tensor<2x2xf32> {
  %x = nn.constant dense<[[2.0, 2.0], [4.0, 4.0]]> : tensor<2x2xf32>
  %s = nn.constant dense<[2.0, 1.0]> : tensor<2xf32>
  %b = nn.constant dense<[5.0, 0.0]> : tensor<2xf32>
  %m = nn.constant dense<[1.0, 0.0]> : tensor<2xf32>
  %v = nn.constant dense<[3.75, 0.75]> : tensor<2xf32>
  %0 = nn.batch_norm %x, %s, %b, %m, %v {epsilon = 0.25 : f32}
     : (tensor<2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

// Mean 2, variance 1 (divided by n): (x - 2) / sqrt(1 + 3) * 4 + 1.
// CHECK-LABEL: @nn_layer_norm
// CHECK: 1x2 f32 [-1, 3]
func.func @nn_layer_norm() -> tensor<1x2xf32> {
  %x = nn.constant dense<[[1.0, 3.0]]> : tensor<1x2xf32>
  %s = nn.constant dense<4.0> : tensor<2xf32>
  %b = nn.constant dense<1.0> : tensor<2xf32>
  %0 = nn.layer_norm %x, %s, %b axis 1 {epsilon = 3.0 : f32}
     : (tensor<1x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

!x = !quant.uniform<i8:f32, 0.5:-3>
!u = !quant.uniform<i8:f32, 0.00390625:-128>

// An island is float inside: equal codes share the probability, 0.25 * 256.
// CHECK-LABEL: @q_island
// CHECK: 1x4 i8 [-64, -64, -64, -64]
func.func @q_island() -> tensor<1x4x!u> {
  %x = q.constant dense<7> : tensor<1x4xi8> as tensor<1x4x!x>
  %0 = q.dequantize %x : (tensor<1x4x!x>) -> tensor<1x4xf32>
  %1 = q.float_island "softmax" (%0) : (tensor<1x4xf32>) -> tensor<1x4xf32> {
  ^bb0(%a: tensor<1x4xf32>):
    %p = nn.softmax %a axis 1 : tensor<1x4xf32>
    q.yield %p : tensor<1x4xf32>
  }
  %2 = q.quantize %1 : (tensor<1x4xf32>) -> tensor<1x4x!u>
  return %2 : tensor<1x4x!u>
}

// The same in QFloat: softmax stays float between the two grids.
// CHECK-LABEL: @qf_island
// CHECK: 1x4 f32 [0.25, 0.25, 0.25, 0.25]
func.func @qf_island() -> tensor<1x4xf32> {
  %x = qf.constant dense<7> : tensor<1x4xi8> as !x : tensor<1x4xf32>
  %0 = nn.softmax %x axis 1 : tensor<1x4xf32>
  %1 = qf.fake_quant %0 as !u : tensor<1x4xf32>
  return %1 : tensor<1x4xf32>
}
