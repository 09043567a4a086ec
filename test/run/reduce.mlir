// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-run --all-functions %s | FileCheck %s
//
// Values of the reductions and arg_max on every level.

// Axes in the middle, kept as size 1 or dropped.
// CHECK-LABEL: @nn_reduce
// CHECK: 1x1x1x2 f32 [2.5, 25]
// CHECK: 1x2 f32 [10, 100]
// CHECK: 1x2x1x2 f32 [2, 20, 4, 40]
// CHECK: 1x1x2x2 f32 [4, 40, 6, 60]
func.func @nn_reduce() -> (tensor<1x1x1x2xf32>, tensor<1x2xf32>, tensor<1x2x1x2xf32>, tensor<1x1x2x2xf32>) {
  %x = nn.constant dense<[[[[1.0, 10.0], [2.0, 20.0]], [[3.0, 30.0], [4.0, 40.0]]]]> : tensor<1x2x2x2xf32>
  %0 = nn.reduce_mean %x axes [1, 2] : (tensor<1x2x2x2xf32>) -> tensor<1x1x1x2xf32>
  %1 = nn.reduce_sum %x axes [1, 2] {keepdims = false} : (tensor<1x2x2x2xf32>) -> tensor<1x2xf32>
  %2 = nn.reduce_max %x axes [2] : (tensor<1x2x2x2xf32>) -> tensor<1x2x1x2xf32>
  %3 = nn.reduce_sum %x axes [1] : (tensor<1x2x2x2xf32>) -> tensor<1x1x2x2xf32>
  return %0, %1, %2, %3 : tensor<1x1x1x2xf32>, tensor<1x2xf32>, tensor<1x2x1x2xf32>, tensor<1x1x2x2xf32>
}

// Ties: the first index, or the last with select_last.
// CHECK-LABEL: @nn_arg_max
// CHECK: 2x1 i64 [1, 0]
// CHECK: 2 i64 [2, 0]
// CHECK: 1x3 i64 [1, 0, 0]
func.func @nn_arg_max() -> (tensor<2x1xi64>, tensor<2xi64>, tensor<1x3xi64>) {
  %x = nn.constant dense<[[1.0, 3.0, 3.0], [5.0, 2.0, 2.0]]> : tensor<2x3xf32>
  %0 = nn.arg_max %x axis 1 : (tensor<2x3xf32>) -> tensor<2x1xi64>
  %1 = nn.arg_max %x axis 1 {keepdims = false, select_last = true} : (tensor<2x3xf32>) -> tensor<2xi64>
  %2 = nn.arg_max %x axis 0 : (tensor<2x3xf32>) -> tensor<1x3xi64>
  return %0, %1, %2 : tensor<2x1xi64>, tensor<2xi64>, tensor<1x3xi64>
}

!x = !quant.uniform<i8:f32, 0.5:-3>
!y = !quant.uniform<i8:f32, 0.5:10>

// (x + 3) = 1, 2, 3, 4 in the first channel: the sum 10 over 4 is the tie 2.5,
// 2. In the second 255 apart: 4 * 130 over 4 saturates at 127.
// CHECK-LABEL: @q_reduce
// CHECK: 1x1x1x2 i8 [12, 127]
// CHECK: 1x1x1x2 i8 [20, 127]
// CHECK: 1x2 i8 [1, 127]
func.func @q_reduce() -> (tensor<1x1x1x2x!y>, tensor<1x1x1x2x!y>, tensor<1x2x!x>) {
  %x = q.constant dense<[[[[-2, 127], [-1, 127]], [[0, 127], [1, 127]]]]> : tensor<1x2x2x2xi8> as tensor<1x2x2x2x!x>
  %0 = q.reduce_mean %x axes [1, 2] : (tensor<1x2x2x2x!x>) -> tensor<1x1x1x2x!y>
  %1 = q.reduce_sum %x axes [1, 2] : (tensor<1x2x2x2x!x>) -> tensor<1x1x1x2x!y>
  %2 = q.reduce_max %x axes [1, 2] {keepdims = false} : (tensor<1x2x2x2x!x>) -> tensor<1x2x!x>
  return %0, %1, %2 : tensor<1x1x1x2x!y>, tensor<1x1x1x2x!y>, tensor<1x2x!x>
}

// CHECK-LABEL: @qf_reduce
// CHECK: 1x1x1x2 f32 [1, 58.5]
// CHECK: 1x1x1x2 f32 [5, 58.5]
// CHECK: 1x2 f32 [2, 65]
func.func @qf_reduce() -> (tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>, tensor<1x2xf32>) {
  %x = qf.constant dense<[[[[-2, 127], [-1, 127]], [[0, 127], [1, 127]]]]> : tensor<1x2x2x2xi8> as !x : tensor<1x2x2x2xf32>
  %0 = nn.reduce_mean %x axes [1, 2] : (tensor<1x2x2x2xf32>) -> tensor<1x1x1x2xf32>
  %1 = qf.fake_quant %0 as !y : tensor<1x1x1x2xf32>
  %2 = nn.reduce_sum %x axes [1, 2] : (tensor<1x2x2x2xf32>) -> tensor<1x1x1x2xf32>
  %3 = qf.fake_quant %2 as !y : tensor<1x1x1x2xf32>
  %4 = nn.reduce_max %x axes [1, 2] {keepdims = false} : (tensor<1x2x2x2xf32>) -> tensor<1x2xf32>
  return %1, %3, %4 : tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>, tensor<1x2xf32>
}

// CHECK-LABEL: @q_arg_max
// CHECK: 2x1 i64 [1, 0]
// CHECK: 2x1 i64 [2, 0]
func.func @q_arg_max() -> (tensor<2x1xi64>, tensor<2x1xi64>) {
  %x = q.constant dense<[[-128, 3, 3], [127, 126, -1]]> : tensor<2x3xi8> as tensor<2x3x!x>
  %0 = q.arg_max %x axis 1 : (tensor<2x3x!x>) -> tensor<2x1xi64>
  %1 = q.arg_max %x axis 1 {select_last = true} : (tensor<2x3x!x>) -> tensor<2x1xi64>
  return %0, %1 : tensor<2x1xi64>, tensor<2x1xi64>
}
