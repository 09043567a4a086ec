// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-run --all-functions %s | FileCheck %s
//
// Values of max_pool2d and avg_pool2d on every level.

// Padding never wins, also against negative values; dilation 2 skips a column.
// CHECK-LABEL: @nn_max_pool
// CHECK: 1x1x3x1 f32 [-1, -1, -3]
// CHECK: 1x1x1x1 f32 [-2]
func.func @nn_max_pool() -> (tensor<1x1x3x1xf32>, tensor<1x1x1x1xf32>) {
  %x = nn.constant dense<[[[[-2.0], [-1.0], [-3.0]]]]> : tensor<1x1x3x1xf32>
  %0 = nn.max_pool2d %x kernel [1, 2] strides [1, 1] pads [0, 0, 0, 1]
     : (tensor<1x1x3x1xf32>) -> tensor<1x1x3x1xf32>
  %1 = nn.max_pool2d %x kernel [1, 2] strides [1, 1] pads [0, 0, 0, 0] {dilations = array<i64: 1, 2>}
     : (tensor<1x1x3x1xf32>) -> tensor<1x1x1x1xf32>
  return %0, %1 : tensor<1x1x3x1xf32>, tensor<1x1x1x1xf32>
}

// Without count_include_pad the border divides by 1, with it by 2.
// CHECK-LABEL: @nn_avg_pool
// CHECK: 1x1x4x1 f32 [2, 3, 5, 6]
// CHECK: 1x1x4x1 f32 [1, 3, 5, 3]
func.func @nn_avg_pool() -> (tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>) {
  %x = nn.constant dense<[[[[2.0], [4.0], [6.0]]]]> : tensor<1x1x3x1xf32>
  %0 = nn.avg_pool2d %x kernel [1, 2] strides [1, 1] pads [0, 1, 0, 1]
     : (tensor<1x1x3x1xf32>) -> tensor<1x1x4x1xf32>
  %1 = nn.avg_pool2d %x kernel [1, 2] strides [1, 1] pads [0, 1, 0, 1] {count_include_pad = true}
     : (tensor<1x1x3x1xf32>) -> tensor<1x1x4x1xf32>
  return %0, %1 : tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>
}

// The overhang of ceil_mode never counts: the last window has one column.
// CHECK-LABEL: @nn_ceil_mode
// CHECK: 1x1x2x1 f32 [3, 6]
// CHECK: 1x1x2x1 f32 [3, 6]
func.func @nn_ceil_mode() -> (tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>) {
  %x = nn.constant dense<[[[[2.0], [4.0], [6.0]]]]> : tensor<1x1x3x1xf32>
  %0 = nn.avg_pool2d %x kernel [1, 2] strides [1, 2] pads [0, 0, 0, 0] {ceil_mode = true}
     : (tensor<1x1x3x1xf32>) -> tensor<1x1x2x1xf32>
  %1 = nn.avg_pool2d %x kernel [1, 2] strides [1, 2] pads [0, 0, 0, 0] {ceil_mode = true, count_include_pad = true}
     : (tensor<1x1x3x1xf32>) -> tensor<1x1x2x1xf32>
  return %0, %1 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
}

!x = !quant.uniform<i8:f32, 0.5:-3>
!y = !quant.uniform<i8:f32, 1.0:10>

// Codes are compared; padding does not win against -128.
// CHECK-LABEL: @q_max_pool
// CHECK: 1x1x2x1 i8 [-128, 5]
func.func @q_max_pool() -> tensor<1x1x2x1x!x> {
  %x = q.constant dense<[[[[-128], [5], [-7]]]]> : tensor<1x1x3x1xi8> as tensor<1x1x3x1x!x>
  %0 = q.max_pool2d %x kernel [1, 2] strides [1, 2] pads [0, 1, 0, 0]
     : (tensor<1x1x3x1x!x>) -> tensor<1x1x2x1x!x>
  return %0 : tensor<1x1x2x1x!x>
}

// Sums 1, 3 of (x + 3) over 2 positions: M = 0.5 / 2, 0.25 -> 0 and 0.75 -> 1;
// the border has one position, M = 0.5: 1 * 0.5 is a tie, 0; 3 * 0.5 gives 2.
// With count_include_pad it has two: 0.25 -> 0, 0.75 -> 1.
// CHECK-LABEL: @q_avg_pool
// CHECK: 1x1x3x1 i8 [10, 11, 11]
// CHECK: 1x1x3x1 i8 [10, 11, 10]
func.func @q_avg_pool() -> (tensor<1x1x3x1x!y>, tensor<1x1x3x1x!y>) {
  %x = q.constant dense<[[[[-2], [-1]]]]> : tensor<1x1x2x1xi8> as tensor<1x1x2x1x!x>
  %0 = q.avg_pool2d %x kernel [1, 2] strides [1, 1] pads [0, 1, 0, 1] {clamp = array<i64: -128, 127>}
     : (tensor<1x1x2x1x!x>) -> tensor<1x1x3x1x!y>
  %1 = q.avg_pool2d %x kernel [1, 2] strides [1, 1] pads [0, 1, 0, 1] {clamp = array<i64: -128, 127>, count_include_pad = true}
     : (tensor<1x1x2x1x!x>) -> tensor<1x1x3x1x!y>
  return %0, %1 : tensor<1x1x3x1x!y>, tensor<1x1x3x1x!y>
}

// CHECK-LABEL: @qf_avg_pool
// CHECK: 1x1x3x1 f32 [0, 1, 1]
// CHECK: 1x1x3x1 f32 [0, 1, 0]
func.func @qf_avg_pool() -> (tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>) {
  %x = qf.constant dense<[[[[-2], [-1]]]]> : tensor<1x1x2x1xi8> as !x : tensor<1x1x2x1xf32>
  %0 = nn.avg_pool2d %x kernel [1, 2] strides [1, 1] pads [0, 1, 0, 1]
     : (tensor<1x1x2x1xf32>) -> tensor<1x1x3x1xf32>
  %1 = qf.fake_quant %0 as !y : tensor<1x1x3x1xf32>
  %2 = nn.avg_pool2d %x kernel [1, 2] strides [1, 1] pads [0, 1, 0, 1] {count_include_pad = true}
     : (tensor<1x1x2x1xf32>) -> tensor<1x1x3x1xf32>
  %3 = qf.fake_quant %2 as !y : tensor<1x1x3x1xf32>
  return %1, %3 : tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>
}

// A dilated window can miss the picture altogether: the smallest code, -62.5.
// CHECK-LABEL: @q_max_pool_empty_window
// CHECK: 1x1x2x1 i8 [-128, -128]
func.func @q_max_pool_empty_window() -> tensor<1x1x2x1x!x> {
  %x = q.constant dense<5> : tensor<1x1x1x1xi8> as tensor<1x1x1x1x!x>
  %0 = q.max_pool2d %x kernel [1, 2] strides [1, 1] pads [0, 2, 0, 2] {dilations = array<i64: 1, 3>}
     : (tensor<1x1x1x1x!x>) -> tensor<1x1x2x1x!x>
  return %0 : tensor<1x1x2x1x!x>
}

// CHECK-LABEL: @qf_max_pool_empty_window
// CHECK: 1x1x2x1 f32 [-62.5, -62.5]
func.func @qf_max_pool_empty_window() -> tensor<1x1x2x1xf32> {
  %x = qf.constant dense<5> : tensor<1x1x1x1xi8> as !x : tensor<1x1x1x1xf32>
  %0 = nn.max_pool2d %x kernel [1, 2] strides [1, 1] pads [0, 2, 0, 2] {dilations = array<i64: 1, 3>}
     : (tensor<1x1x1x1xf32>) -> tensor<1x1x2x1xf32>
  return %0 : tensor<1x1x2x1xf32>
}
