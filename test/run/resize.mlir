// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-run --all-functions %s | FileCheck %s
//
// Values of resize on every level.

// Nearest, asymmetric and floor: index i / 2. With half_pixel a factor of 1.5
// maps to -1/6, 1/2, 7/6, 11/6, 5/2, 19/6: round_prefer_floor and
// round_prefer_ceil decide the two ties differently.
// CHECK-LABEL: @nn_nearest
// CHECK: 1x1x4x1 f32 [1, 1, 2, 2]
// CHECK: 1x1x6x1 f32 [1, 1, 2, 3, 3, 4]
// CHECK: 1x1x6x1 f32 [1, 2, 2, 3, 4, 4]
func.func @nn_nearest() -> (tensor<1x1x4x1xf32>, tensor<1x1x6x1xf32>, tensor<1x1x6x1xf32>) {
  %x = nn.constant dense<[[[[1.0], [2.0]]]]> : tensor<1x1x2x1xf32>
  %0 = nn.resize %x mode "nearest" coordinates "asymmetric" scales [1.0, 2.0] {rounding = "floor"}
     : (tensor<1x1x2x1xf32>) -> tensor<1x1x4x1xf32>
  %z = nn.constant dense<[[[[1.0], [2.0], [3.0], [4.0]]]]> : tensor<1x1x4x1xf32>
  %1 = nn.resize %z mode "nearest" coordinates "half_pixel" scales [1.0, 1.5]
     : (tensor<1x1x4x1xf32>) -> tensor<1x1x6x1xf32>
  %2 = nn.resize %z mode "nearest" coordinates "half_pixel" scales [1.0, 1.5] {rounding = "round_prefer_ceil"}
     : (tensor<1x1x4x1xf32>) -> tensor<1x1x6x1xf32>
  return %0, %1, %2 : tensor<1x1x4x1xf32>, tensor<1x1x6x1xf32>, tensor<1x1x6x1xf32>
}

// Linear, doubled: half_pixel at -0.25 (clamped), 0.25, 0.75, 1.25 (clamped);
// align_corners in thirds; asymmetric at 0, 0.5, 1, 1.5 (clamped).
// CHECK-LABEL: @nn_linear
// CHECK: 1x1x4x1 f32 [1, 2, 4, 5]
// CHECK: 1x1x4x1 f32 [1, 2.3333333, 3.6666667, 5]
// CHECK: 1x1x4x1 f32 [1, 3, 5, 5]
func.func @nn_linear() -> (tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>) {
  %x = nn.constant dense<[[[[1.0], [5.0]]]]> : tensor<1x1x2x1xf32>
  %0 = nn.resize %x mode "linear" coordinates "half_pixel" scales [1.0, 2.0]
     : (tensor<1x1x2x1xf32>) -> tensor<1x1x4x1xf32>
  %1 = nn.resize %x mode "linear" coordinates "align_corners" scales [1.0, 2.0]
     : (tensor<1x1x2x1xf32>) -> tensor<1x1x4x1xf32>
  %2 = nn.resize %x mode "linear" coordinates "asymmetric" scales [1.0, 2.0]
     : (tensor<1x1x2x1xf32>) -> tensor<1x1x4x1xf32>
  return %0, %1, %2 : tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>
}

!x = !quant.uniform<i8:f32, 0.5:-3>
!y = !quant.uniform<i8:f32, 0.5:10>

// CHECK-LABEL: @q_nearest
// CHECK: 2x2 i8 [1, 1, 2, 2]
func.func @q_nearest() -> tensor<2x2x!x> {
  %x = q.constant dense<[[[[1]], [[2]]]]> : tensor<1x2x1x1xi8> as tensor<1x2x1x1x!x>
  %0 = q.resize %x mode "nearest" coordinates "asymmetric" scales [1.0, 2.0] {rounding = "floor"}
     : (tensor<1x2x1x1x!x>) -> tensor<1x2x2x1x!x>
  %1 = q.reshape %0 : (tensor<1x2x2x1x!x>) -> tensor<2x2x!x>
  return %1 : tensor<2x2x!x>
}

// Codes 0 and 3 above the zero point, doubled: 0, 0.75, 2.25, 3. And 0 and 2:
// 0, 0.5 (a tie: 0), 1.5 (a tie: 2), 2.
// CHECK-LABEL: @q_linear
// CHECK: 1x1x4x1 i8 [10, 11, 12, 13]
// CHECK: 1x1x4x1 i8 [10, 10, 12, 12]
func.func @q_linear() -> (tensor<1x1x4x1x!y>, tensor<1x1x4x1x!y>) {
  %x = q.constant dense<[[[[-3], [0]]]]> : tensor<1x1x2x1xi8> as tensor<1x1x2x1x!x>
  %0 = q.resize %x mode "linear" coordinates "half_pixel" scales [1.0, 2.0]
     : (tensor<1x1x2x1x!x>) -> tensor<1x1x4x1x!y>
  %z = q.constant dense<[[[[-3], [-1]]]]> : tensor<1x1x2x1xi8> as tensor<1x1x2x1x!x>
  %1 = q.resize %z mode "linear" coordinates "half_pixel" scales [1.0, 2.0]
     : (tensor<1x1x2x1x!x>) -> tensor<1x1x4x1x!y>
  return %0, %1 : tensor<1x1x4x1x!y>, tensor<1x1x4x1x!y>
}

!z = !quant.uniform<i8:f32, 0.75:-3>

// Weights have 11 bits: one third is 683/2048, a bit more, so that 1.5 of it is
// no tie but rounds up to 1. Both directions at once.
// CHECK-LABEL: @q_weights
// CHECK: 1x2x4x1 i8 [10, 11, 11, 12, 10, 11, 11, 12]
func.func @q_weights() -> tensor<1x2x4x1x!y> {
  %x = q.constant dense<[[[[-3], [-2]]]]> : tensor<1x1x2x1xi8> as tensor<1x1x2x1x!z>
  %0 = q.resize %x mode "linear" coordinates "align_corners" scales [2.0, 2.0]
     : (tensor<1x1x2x1x!z>) -> tensor<1x2x4x1x!y>
  return %0 : tensor<1x2x4x1x!y>
}

// CHECK-LABEL: @qf_weights
// CHECK: 1x2x4x1 f32 [0, 0.5, 0.5, 1, 0, 0.5, 0.5, 1]
func.func @qf_weights() -> tensor<1x2x4x1xf32> {
  %x = qf.constant dense<[[[[-3], [-2]]]]> : tensor<1x1x2x1xi8> as !z : tensor<1x1x2x1xf32>
  %0 = nn.resize %x mode "linear" coordinates "align_corners" scales [2.0, 2.0]
     : (tensor<1x1x2x1xf32>) -> tensor<1x2x4x1xf32>
  %1 = qf.fake_quant %0 as !y : tensor<1x2x4x1xf32>
  return %1 : tensor<1x2x4x1xf32>
}

// CHECK-LABEL: @qf_linear
// CHECK: 1x1x4x1 f32 [0, 0.5, 1, 1.5]
// CHECK: 1x1x4x1 f32 [0, 0, 1, 1]
func.func @qf_linear() -> (tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>) {
  %x = qf.constant dense<[[[[-3], [0]]]]> : tensor<1x1x2x1xi8> as !x : tensor<1x1x2x1xf32>
  %0 = nn.resize %x mode "linear" coordinates "half_pixel" scales [1.0, 2.0]
     : (tensor<1x1x2x1xf32>) -> tensor<1x1x4x1xf32>
  %1 = qf.fake_quant %0 as !y : tensor<1x1x4x1xf32>
  %z = qf.constant dense<[[[[-3], [-1]]]]> : tensor<1x1x2x1xi8> as !x : tensor<1x1x2x1xf32>
  %2 = nn.resize %z mode "linear" coordinates "half_pixel" scales [1.0, 2.0]
     : (tensor<1x1x2x1xf32>) -> tensor<1x1x4x1xf32>
  %3 = qf.fake_quant %2 as !y : tensor<1x1x4x1xf32>
  return %1, %3 : tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>
}
