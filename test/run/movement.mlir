// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-run --all-functions %s | FileCheck %s
//
// Values of concat, slice, pad, reshape and transpose on every level: elements
// are copied, codes keep their grid.

// CHECK-LABEL: @nn_concat
// CHECK: 2x3 f32 [1, 2, 5, 3, 4, 6]
// CHECK: 3x2 f32 [1, 2, 3, 4, 1, 2]
func.func @nn_concat() -> (tensor<2x3xf32>, tensor<3x2xf32>) {
  %a = nn.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %b = nn.constant dense<[[5.0], [6.0]]> : tensor<2x1xf32>
  %c = nn.constant dense<[[1.0, 2.0]]> : tensor<1x2xf32>
  %0 = nn.concat %a, %b axis 1 : (tensor<2x2xf32>, tensor<2x1xf32>) -> tensor<2x3xf32>
  %1 = nn.concat %a, %c axis 0 : (tensor<2x2xf32>, tensor<1x2xf32>) -> tensor<3x2xf32>
  return %0, %1 : tensor<2x3xf32>, tensor<3x2xf32>
}

// Every second column; rows backwards.
// CHECK-LABEL: @nn_slice
// CHECK: 2x2 f32 [4, 6, 1, 3]
func.func @nn_slice() -> tensor<2x2xf32> {
  %x = nn.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %0 = nn.slice %x starts [1, 0] sizes [2, 2] steps [-1, 2] : (tensor<2x3xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

// Constant, mirrored without the border, repeated border, negative pads crop.
// CHECK-LABEL: @nn_pad
// CHECK: 6 f32 [7, 7, 1, 2, 3, 7]
// CHECK: 7 f32 [3, 2, 1, 2, 3, 2, 1]
// CHECK: 6 f32 [1, 1, 1, 2, 3, 3]
// CHECK: 3 f32 [2, 3, 0]
func.func @nn_pad() -> (tensor<6xf32>, tensor<7xf32>, tensor<6xf32>, tensor<3xf32>) {
  %x = nn.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %0 = nn.pad %x low [2] high [1] {value = 7.0 : f32} : (tensor<3xf32>) -> tensor<6xf32>
  %1 = nn.pad %x low [2] high [2] {mode = "reflect"} : (tensor<3xf32>) -> tensor<7xf32>
  %2 = nn.pad %x low [2] high [1] {mode = "edge"} : (tensor<3xf32>) -> tensor<6xf32>
  %3 = nn.pad %x low [-1] high [1] : (tensor<3xf32>) -> tensor<3xf32>
  return %0, %1, %2, %3 : tensor<6xf32>, tensor<7xf32>, tensor<6xf32>, tensor<3xf32>
}

// Axis i of the result is axis perm[i] of the input.
// CHECK-LABEL: @nn_transpose
// CHECK: 3x1x2 f32 [1, 4, 2, 5, 3, 6]
// CHECK: 3x2 f32 [1, 2, 3, 4, 5, 6]
func.func @nn_transpose() -> (tensor<3x1x2xf32>, tensor<3x2xf32>) {
  %x = nn.constant dense<[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]> : tensor<1x2x3xf32>
  %0 = nn.transpose %x perm [2, 0, 1] : (tensor<1x2x3xf32>) -> tensor<3x1x2xf32>
  %1 = nn.reshape %x : (tensor<1x2x3xf32>) -> tensor<3x2xf32>
  return %0, %1 : tensor<3x1x2xf32>, tensor<3x2xf32>
}

!x = !quant.uniform<i8:f32, 0.5:-3>

// CHECK-LABEL: @q_concat
// CHECK: 2x3 i8 [1, 2, 5, 3, 4, 6]
func.func @q_concat() -> tensor<2x3x!x> {
  %a = q.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xi8> as tensor<2x2x!x>
  %b = q.constant dense<[[5], [6]]> : tensor<2x1xi8> as tensor<2x1x!x>
  %0 = q.concat %a, %b axis 1 : (tensor<2x2x!x>, tensor<2x1x!x>) -> tensor<2x3x!x>
  return %0 : tensor<2x3x!x>
}

// CHECK-LABEL: @q_slice
// CHECK: 2x2 i8 [4, 6, 1, 3]
func.func @q_slice() -> tensor<2x2x!x> {
  %x = q.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi8> as tensor<2x3x!x>
  %0 = q.slice %x starts [1, 0] sizes [2, 2] steps [-1, 2] : (tensor<2x3x!x>) -> tensor<2x2x!x>
  return %0 : tensor<2x2x!x>
}

// The constant of a pad is a code, here the zero point.
// CHECK-LABEL: @q_pad
// CHECK: 6 i8 [-3, -3, 1, 2, 3, -3]
// CHECK: 7 i8 [3, 2, 1, 2, 3, 2, 1]
// CHECK: 6 i8 [1, 1, 1, 2, 3, 3]
// CHECK: 3 i8 [2, 3, -3]
func.func @q_pad() -> (tensor<6x!x>, tensor<7x!x>, tensor<6x!x>, tensor<3x!x>) {
  %x = q.constant dense<[1, 2, 3]> : tensor<3xi8> as tensor<3x!x>
  %0 = q.pad %x low [2] high [1] {code = -3 : i64} : (tensor<3x!x>) -> tensor<6x!x>
  %1 = q.pad %x low [2] high [2] {mode = "reflect", code = 0 : i64} : (tensor<3x!x>) -> tensor<7x!x>
  %2 = q.pad %x low [2] high [1] {mode = "edge", code = 0 : i64} : (tensor<3x!x>) -> tensor<6x!x>
  %3 = q.pad %x low [-1] high [1] {code = -3 : i64} : (tensor<3x!x>) -> tensor<3x!x>
  return %0, %1, %2, %3 : tensor<6x!x>, tensor<7x!x>, tensor<6x!x>, tensor<3x!x>
}

// Mirrored corners of a plane: each axis by itself.
// CHECK-LABEL: @q_pad_corners
// CHECK: 4x4 i8 [4, 3, 4, 3, 2, 1, 2, 1, 4, 3, 4, 3, 2, 1, 2, 1]
func.func @q_pad_corners() -> tensor<4x4x!x> {
  %x = q.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xi8> as tensor<2x2x!x>
  %0 = q.pad %x low [1, 1] high [1, 1] {mode = "reflect", code = 0 : i64} : (tensor<2x2x!x>) -> tensor<4x4x!x>
  return %0 : tensor<4x4x!x>
}

// CHECK-LABEL: @q_transpose
// CHECK: 3x1x2 i8 [1, 4, 2, 5, 3, 6]
// CHECK: 3x2 i8 [1, 2, 3, 4, 5, 6]
func.func @q_transpose() -> (tensor<3x1x2x!x>, tensor<3x2x!x>) {
  %x = q.constant dense<[[[1, 2, 3], [4, 5, 6]]]> : tensor<1x2x3xi8> as tensor<1x2x3x!x>
  %0 = q.transpose %x perm [2, 0, 1] : (tensor<1x2x3x!x>) -> tensor<3x1x2x!x>
  %1 = q.reshape %x : (tensor<1x2x3x!x>) -> tensor<3x2x!x>
  return %0, %1 : tensor<3x1x2x!x>, tensor<3x2x!x>
}

// QFloat needs no fake_quant behind movement: the value stays on its grid. The
// constant 0.3 of the pad is rounded to that grid, 0.5, and its double is 1; the
// float 0.6 would be rounded to 0.5.
// CHECK-LABEL: @qf_pad_stays_on_grid
// CHECK: 3 f32 [2, 4, 1]
func.func @qf_pad_stays_on_grid() -> tensor<3xf32> {
  %x = qf.constant dense<[-1, 1]> : tensor<2xi8> as !x : tensor<2xf32>
  %0 = nn.pad %x low [0] high [1] {value = 0.3 : f32} : (tensor<2xf32>) -> tensor<3xf32>
  %1 = nn.add %0, %0 : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  %2 = qf.fake_quant %1 as !x : tensor<3xf32>
  return %2 : tensor<3xf32>
}
