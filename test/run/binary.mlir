// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-run --all-functions %s | FileCheck %s
//
// Values of add, sub and mul on every level.

// NumPy broadcasting of both operands, and the clamp.
// CHECK-LABEL: @nn_broadcast
// CHECK: 2x2 f32 [11, 21, 12, 22]
// CHECK: 2x2 f32 [-9, -19, -8, -18]
// CHECK: 2x2 f32 [10, 20, 20, 30]
func.func @nn_broadcast() -> (tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>) {
  %a = nn.constant dense<[[1.0], [2.0]]> : tensor<2x1xf32>
  %b = nn.constant dense<[10.0, 20.0]> : tensor<2xf32>
  %0 = nn.add %a, %b : (tensor<2x1xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  %1 = nn.sub %a, %b : (tensor<2x1xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  %2 = nn.mul %a, %b clamp [0.0, 30.0] : (tensor<2x1xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  return %0, %1, %2 : tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>
}

!a = !quant.uniform<i8:f32, 0.5:-3>
!b = !quant.uniform<i8:f32, 0.25:7>
!y = !quant.uniform<i8:f32, 1.0:10>

// Half a unit and quarters: 0.5 is a tie (0), 1.5 a tie (2), 0.75 is 1, 2.5 a
// tie (2); the zero point 10 is added afterwards.
// CHECK-LABEL: @q_add_ties
// CHECK: 4 i8 [10, 12, 11, 12]
// CHECK: 4 i8 [10, 12, 10, 12]
func.func @q_add_ties() -> (tensor<4x!y>, tensor<4x!y>) {
  %a = q.constant dense<[-2, -1, -2, 2]> : tensor<4xi8> as tensor<4x!a>
  %b = q.constant dense<[7, 9, 8, 7]> : tensor<4xi8> as tensor<4x!b>
  %0 = q.add %a, %b clamp [-128, 127] : (tensor<4x!a>, tensor<4x!b>) -> tensor<4x!y>
  %c = q.constant dense<[7, 5, 8, 7]> : tensor<4xi8> as tensor<4x!b>
  %1 = q.sub %a, %c clamp [-128, 127] : (tensor<4x!a>, tensor<4x!b>) -> tensor<4x!y>
  return %0, %1 : tensor<4x!y>, tensor<4x!y>
}

// CHECK-LABEL: @qf_add_ties
// CHECK: 4 f32 [0, 2, 1, 2]
// CHECK: 4 f32 [0, 2, 0, 2]
func.func @qf_add_ties() -> (tensor<4xf32>, tensor<4xf32>) {
  %a = qf.constant dense<[-2, -1, -2, 2]> : tensor<4xi8> as !a : tensor<4xf32>
  %b = qf.constant dense<[7, 9, 8, 7]> : tensor<4xi8> as !b : tensor<4xf32>
  %0 = nn.add %a, %b : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = qf.fake_quant %0 as !y : tensor<4xf32>
  %c = qf.constant dense<[7, 5, 8, 7]> : tensor<4xi8> as !b : tensor<4xf32>
  %2 = nn.sub %a, %c : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %3 = qf.fake_quant %2 as !y : tensor<4xf32>
  return %1, %3 : tensor<4xf32>, tensor<4xf32>
}

// Extremal codes: 65 + 30 = 95 and -62.5 - 33.75 = -96.25 stay inside, -62.5 -
// 30 = -92.5 is a tie (-92), 65 + 33.75 = 98.75; the clamp [0, 100] cuts.
// CHECK-LABEL: @q_extremal
// CHECK: 2 i8 [105, -86]
// CHECK: 2 i8 [-82, 109]
// CHECK: 2 i8 [100, 0]
func.func @q_extremal() -> (tensor<2x!y>, tensor<2x!y>, tensor<2x!y>) {
  %a = q.constant dense<[127, -128]> : tensor<2xi8> as tensor<2x!a>
  %b = q.constant dense<[127, -128]> : tensor<2xi8> as tensor<2x!b>
  %c = q.constant dense<[-128, 127]> : tensor<2xi8> as tensor<2x!a>
  %0 = q.add %a, %b clamp [-128, 127] : (tensor<2x!a>, tensor<2x!b>) -> tensor<2x!y>
  %1 = q.sub %c, %b clamp [-128, 127] : (tensor<2x!a>, tensor<2x!b>) -> tensor<2x!y>
  %2 = q.add %a, %b clamp [0, 100] : (tensor<2x!a>, tensor<2x!b>) -> tensor<2x!y>
  return %0, %1, %2 : tensor<2x!y>, tensor<2x!y>, tensor<2x!y>
}

!p = !quant.uniform<i8:f32, 0.10000000149011612:-3>
!q = !quant.uniform<i8:f32, 0.30000001192092896:7>
!s = !quant.uniform<i8:f32, 0.40000000596046448:0>

// Scales that are no powers of two: 0.1 * 2 + 0.3 * 2 = 0.8 and 0.1 - 0.3 =
// -0.2, half a step of 0.4, which the 22-bit factors place on the tie.
// CHECK-LABEL: @q_add_factors
// CHECK: 2 i8 [2, 0]
func.func @q_add_factors() -> tensor<2x!s> {
  %a = q.constant dense<[-1, -2]> : tensor<2xi8> as tensor<2x!p>
  %b = q.constant dense<[9, 6]> : tensor<2xi8> as tensor<2x!q>
  %0 = q.add %a, %b clamp [-128, 127] : (tensor<2x!p>, tensor<2x!q>) -> tensor<2x!s>
  return %0 : tensor<2x!s>
}

// A broadcast operand, and M = 0.5 * 0.25 / 1: products 12 and 4 times 1/8 are
// ties (1.5 -> 2, 0.5 -> 0), -12 gives -2, 20 gives 2.
// CHECK-LABEL: @q_mul
// CHECK: 2x2 i8 [12, 10, 8, 12]
func.func @q_mul() -> tensor<2x2x!y> {
  %a = q.constant dense<[[3, -1], [-9, 7]]> : tensor<2x2xi8> as tensor<2x2x!a>
  %b = q.constant dense<9> : tensor<1xi8> as tensor<1x!b>
  %0 = q.mul %a, %b clamp [-128, 127] : (tensor<2x2x!a>, tensor<1x!b>) -> tensor<2x2x!y>
  return %0 : tensor<2x2x!y>
}

// CHECK-LABEL: @qf_mul
// CHECK: 2x2 f32 [2, 0, -2, 2]
func.func @qf_mul() -> tensor<2x2xf32> {
  %a = qf.constant dense<[[3, -1], [-9, 7]]> : tensor<2x2xi8> as !a : tensor<2x2xf32>
  %b = qf.constant dense<9> : tensor<1xi8> as !b : tensor<1xf32>
  %0 = nn.mul %a, %b : (tensor<2x2xf32>, tensor<1xf32>) -> tensor<2x2xf32>
  %1 = qf.fake_quant %0 as !y : tensor<2x2xf32>
  return %1 : tensor<2x2xf32>
}
