// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-run --all-functions %s | FileCheck %s
//
// Values of linear and matmul on every level.

// The filter is [N, K]; leading axes of x are rows.
// CHECK-LABEL: @nn_linear
// CHECK: 2x1x3 f32 [9, 14, 19, 19, 32, 45]
func.func @nn_linear() -> tensor<2x1x3xf32> {
  %x = nn.constant dense<[[[1.0, 2.0]], [[3.0, 4.0]]]> : tensor<2x1x2xf32>
  %w = nn.constant dense<[[3.0, 2.0], [5.0, 4.0], [7.0, 6.0]]> : tensor<3x2xf32>
  %b = nn.constant dense<[2.0, 1.0, 0.0]> : tensor<3xf32>
  %y = nn.linear %x, %w, %b : (tensor<2x1x2xf32>, tensor<3x2xf32>, tensor<3xf32>) -> tensor<2x1x3xf32>
  return %y : tensor<2x1x3xf32>
}

// The filter may be a value of the graph.
// CHECK-LABEL: @nn_linear_variable_filter
// CHECK: 1x1 f32 [5]
func.func @nn_linear_variable_filter() -> tensor<1x1xf32> {
  %x = nn.constant dense<[[1.0, 2.0]]> : tensor<1x2xf32>
  %w = nn.relu %x : tensor<1x2xf32>
  %y = nn.linear %x, %w : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x1xf32>
  return %y : tensor<1x1xf32>
}

// Leading axes broadcast: two matrices times one.
// CHECK-LABEL: @nn_matmul_broadcast
// CHECK: 2x1x2 f32 [7, 10, 15, 22]
func.func @nn_matmul_broadcast() -> tensor<2x1x2xf32> {
  %a = nn.constant dense<[[[1.0, 2.0]], [[3.0, 4.0]]]> : tensor<2x1x2xf32>
  %b = nn.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %y = nn.matmul %a, %b : (tensor<2x1x2xf32>, tensor<2x2xf32>) -> tensor<2x1x2xf32>
  return %y : tensor<2x1x2xf32>
}

!x = !quant.uniform<i8:f32, 0.5:-3>
!w = !quant.uniform<i8:f32:0, {0.5, 0.25}>
!y = !quant.uniform<i8:f32, 0.5:10>

// x is 1, -2 above its zero point. Row 0: 3 + 4 = 7, times 0.5 = 3.5 -> 4.
// Row 1: 7 - 6 = 1, times 0.25 = 0.25 -> 0.
// CHECK-LABEL: @q_linear
// CHECK: 1x2 i8 [14, 10]
func.func @q_linear() -> tensor<1x2x!y> {
  %x = q.constant dense<[[-2, -5]]> : tensor<1x2xi8> as tensor<1x2x!x>
  %w = q.constant dense<[[3, -2], [7, 3]]> : tensor<2x2xi8> as tensor<2x2x!w>
  %y = q.linear %x, %w clamp [-128, 127] {multiplier = dense<[0.5, 0.25]> : tensor<2xf32>}
     : (tensor<1x2x!x>, tensor<2x2x!w>) -> tensor<1x2x!y>
  return %y : tensor<1x2x!y>
}

// CHECK-LABEL: @qf_linear
// CHECK: 1x2 f32 [2, 0]
func.func @qf_linear() -> tensor<1x2xf32> {
  %x = qf.constant dense<[[-2, -5]]> : tensor<1x2xi8> as !x : tensor<1x2xf32>
  %w = qf.constant dense<[[3, -2], [7, 3]]> : tensor<2x2xi8> as !w : tensor<2x2xf32>
  %0 = nn.linear %x, %w : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  %y = qf.fake_quant %0 as !y : tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

!a = !quant.uniform<i8:f32, 0.5:1>
!c = !quant.uniform<i8:f32, 1.0:2>

// Both zero points count: (2-1)*(5-1) + (3-1)*(1-1) = 4, 1*2 + 2*3 = 8, times
// M = 0.5 * 0.5 / 1.
// CHECK-LABEL: @q_matmul
// CHECK: 1x2 i8 [3, 4]
func.func @q_matmul() -> tensor<1x2x!c> {
  %a = q.constant dense<[[2, 3]]> : tensor<1x2xi8> as tensor<1x2x!a>
  %b = q.constant dense<[[5, 3], [1, 4]]> : tensor<2x2xi8> as tensor<2x2x!a>
  %y = q.matmul %a, %b clamp [-128, 127] {multiplier = 0.25 : f32}
     : (tensor<1x2x!a>, tensor<2x2x!a>) -> tensor<1x2x!c>
  return %y : tensor<1x2x!c>
}

// CHECK-LABEL: @qf_matmul
// CHECK: 1x2 f32 [1, 2]
func.func @qf_matmul() -> tensor<1x2xf32> {
  %a = qf.constant dense<[[2, 3]]> : tensor<1x2xi8> as !a : tensor<1x2xf32>
  %b = qf.constant dense<[[5, 3], [1, 4]]> : tensor<2x2xi8> as !a : tensor<2x2xf32>
  %0 = nn.matmul %a, %b : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  %y = qf.fake_quant %0 as !c : tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

!m = !quant.uniform<i8:f32, 1.0:-128>
!n = !quant.uniform<i8:f32, 65536.0>

// The static bound of 300 products of 255 * 255 is above 2^24: 19507500 / 65536
// is 297.66, saturated; 300 * 255 * 65 = 4972500 is 75.87. One matrix of two
// batches each, the other operand broadcast.
// CHECK-LABEL: @q_matmul_large
// CHECK: 2x1x1 i8 [127, 76]
func.func @q_matmul_large() -> tensor<2x1x1x!n> {
  %0 = q.constant dense<127> : tensor<1x1x300xi8> as tensor<1x1x300x!m>
  %1 = q.constant dense<-63> : tensor<1x1x300xi8> as tensor<1x1x300x!m>
  %a = q.concat %0, %1 axis 0 : (tensor<1x1x300x!m>, tensor<1x1x300x!m>) -> tensor<2x1x300x!m>
  %b = q.constant dense<127> : tensor<300x1xi8> as tensor<300x1x!m>
  %y = q.matmul %a, %b clamp [-128, 127] {multiplier = 1.52587891e-05 : f32}
     : (tensor<2x1x300x!m>, tensor<300x1x!m>) -> tensor<2x1x1x!n>
  return %y : tensor<2x1x1x!n>
}

// CHECK-LABEL: @qf_matmul_large
// CHECK: 2x1x1 f32 [8323072, 4980736]
func.func @qf_matmul_large() -> tensor<2x1x1xf32> {
  %0 = qf.constant dense<127> : tensor<1x1x300xi8> as !m : tensor<1x1x300xf32>
  %1 = qf.constant dense<-63> : tensor<1x1x300xi8> as !m : tensor<1x1x300xf32>
  %a = nn.concat %0, %1 axis 0 : (tensor<1x1x300xf32>, tensor<1x1x300xf32>) -> tensor<2x1x300xf32>
  %b = qf.constant dense<127> : tensor<300x1xi8> as !m : tensor<300x1xf32>
  %2 = nn.matmul %a, %b : (tensor<2x1x300xf32>, tensor<300x1xf32>) -> tensor<2x1x1xf32>
  %y = qf.fake_quant %2 as !n : tensor<2x1x1xf32>
  return %y : tensor<2x1x1xf32>
}
