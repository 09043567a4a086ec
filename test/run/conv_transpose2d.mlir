// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-run --all-functions %s | FileCheck %s
//
// Values of conv_transpose2d on every level.

// Each input pixel adds the filter, stride 2 apart, one row and column cut in
// front; output_pads adds a row and a column behind.
// CHECK-LABEL: @nn_stride_pads
// CHECK: 1x4x4x1 f32 [5, 14, 10, 12, 14, 36, 24, 30, 15, 34, 20, 24, 24, 55, 32, 36]
func.func @nn_stride_pads() -> tensor<1x4x4x1xf32> {
  %x = nn.constant dense<[[[[1.0], [2.0]], [[3.0], [4.0]]]]> : tensor<1x2x2x1xf32>
  %w = nn.constant dense<[[[[1.0], [2.0], [3.0]], [[4.0], [5.0], [6.0]], [[7.0], [8.0], [9.0]]]]> : tensor<1x3x3x1xf32>
  %y = nn.conv_transpose2d %x, %w strides [2, 2] pads [1, 1, 1, 1] {output_pads = array<i64: 1, 1>}
     : (tensor<1x2x2x1xf32>, tensor<1x3x3x1xf32>) -> tensor<1x4x4x1xf32>
  return %y : tensor<1x4x4x1xf32>
}

// Two groups with one input channel each and dilation 2: taps land 2 apart.
// CHECK-LABEL: @nn_groups_dilation
// CHECK: 1x1x3x2 f32 [2, 9, 0, 0, 4, 12]
func.func @nn_groups_dilation() -> tensor<1x1x3x2xf32> {
  %x = nn.constant dense<[[[[2.0, 3.0]]]]> : tensor<1x1x1x2xf32>
  %w = nn.constant dense<[[[[1.0], [2.0]]], [[[3.0], [4.0]]]]> : tensor<2x1x2x1xf32>
  %y = nn.conv_transpose2d %x, %w strides [1, 1] pads [0, 0, 0, 0] {groups = 2 : i64, dilations = array<i64: 1, 2>}
     : (tensor<1x1x1x2xf32>, tensor<2x1x2x1xf32>) -> tensor<1x1x3x2xf32>
  return %y : tensor<1x1x3x2xf32>
}

!x = !quant.uniform<i8:f32, 0.5:-3>
!w = !quant.uniform<i8:f32, 0.5>
!b = !quant.uniform<i32:f32, 0.25>
!y = !quant.uniform<i8:f32, 0.5:10>

// Stride 3 with a kernel of 2 leaves gaps: they hold the bias, 3 * 0.5 = 1.5, a
// tie that goes to 2. Pixels 1 and -1 (codes -2, -4) times taps 2 and 4, plus 3:
// 5, 7 -> 2.5, 3.5 -> 2, 4; 1, -1 -> 0.5, -0.5 -> 0, 0.
// CHECK-LABEL: @q_gaps
// CHECK: 1x1x5x1 i8 [12, 14, 12, 10, 10]
func.func @q_gaps() -> tensor<1x1x5x1x!y> {
  %x = q.constant dense<[[[[-2], [-4]]]]> : tensor<1x1x2x1xi8> as tensor<1x1x2x1x!x>
  %w = q.constant dense<[[[[2], [4]]]]> : tensor<1x1x2x1xi8> as tensor<1x1x2x1x!w>
  %b = q.constant dense<3> : tensor<1xi32> as tensor<1x!b>
  %y = q.conv_transpose2d %x, %w, %b strides [1, 3] pads [0, 0, 0, 0] clamp [-128, 127] {multiplier = dense<0.5> : tensor<1xf32>}
     : (tensor<1x1x2x1x!x>, tensor<1x1x2x1x!w>, tensor<1x!b>) -> tensor<1x1x5x1x!y>
  return %y : tensor<1x1x5x1x!y>
}

// CHECK-LABEL: @qf_gaps
// CHECK: 1x1x5x1 f32 [1, 2, 1, 0, 0]
func.func @qf_gaps() -> tensor<1x1x5x1xf32> {
  %x = qf.constant dense<[[[[-2], [-4]]]]> : tensor<1x1x2x1xi8> as !x : tensor<1x1x2x1xf32>
  %w = qf.constant dense<[[[[2], [4]]]]> : tensor<1x1x2x1xi8> as !w : tensor<1x1x2x1xf32>
  %b = qf.constant dense<3> : tensor<1xi32> as !b : tensor<1xf32>
  %0 = nn.conv_transpose2d %x, %w, %b strides [1, 3] pads [0, 0, 0, 0]
     : (tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1xf32>) -> tensor<1x1x5x1xf32>
  %y = qf.fake_quant %0 as !y : tensor<1x1x5x1xf32>
  return %y : tensor<1x1x5x1xf32>
}
