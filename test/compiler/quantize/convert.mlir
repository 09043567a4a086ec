// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(convert-qf-to-q))' --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s

!x = !quant.uniform<i8:f32, 0.5:-128>
!w = !quant.uniform<i8<-127:127>:f32:0, {0.25, 1.0}>
!b = !quant.uniform<i32:f32:0, {0.125, 0.5}>
!y = !quant.uniform<i8:f32, 2.0:-28>

// multiplier = sx * sw / sy: 0.5 * [0.25, 1] / 2. clamp 0 is code -28, 6 is
// 6 / 2 - 28 = -25. The op takes the name of the fake_quant.
// CHECK-LABEL: func @conv
//   CHECK-DAG:   %[[X:.*]] = q.quantize %arg0 : (tensor<1x2x2x1xf32>) -> tensor<1x2x2x1x!quant.uniform<i8:f32, 5.000000e-01:-128>>
//   CHECK-DAG:   %[[W:.*]] = q.constant dense<{{.*}}>
//   CHECK-DAG:   %[[B:.*]] = q.constant dense<[7, 8]>
//       CHECK:   %[[Y:.*]] = q.conv2d %[[X]], %[[W]], bias %[[B]] strides [1, 1] pads [1, 0, 0, 1] clamp [-28, -25]
//  CHECK-SAME:     multiplier = dense<[6.250000e-02, 2.500000e-01]>
//  CHECK-SAME:     loc("relu")
//       CHECK:   %[[D:.*]] = q.dequantize %[[Y]] {{.*}} loc("relu/dequantize")
//       CHECK:   return %[[D]]
func.func @conv(%x: tensor<1x2x2x1xf32>) -> tensor<1x3x3x2xf32> {
  %0 = qf.fake_quant %x as !x : tensor<1x2x2x1xf32>
  %w = qf.constant dense<[[[[1]]], [[[2]]]]> : tensor<2x1x1x1xi8> as !w : tensor<2x1x1x1xf32>
  %b = qf.constant dense<[7, 8]> : tensor<2xi32> as !b : tensor<2xf32>
  %1 = nn.conv2d %0, %w, %b strides [1, 1] pads [1, 0, 0, 1] clamp [0.0, 6.0] : (tensor<1x2x2x1xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>) -> tensor<1x3x3x2xf32>
  %2 = qf.fake_quant %1 as !y : tensor<1x3x3x2xf32> loc("relu")
  return %2 : tensor<1x3x3x2xf32>
}

// -----

!x = !quant.uniform<i8:f32, 0.5:-128>
!y = !quant.uniform<i8:f32, 2.0:-28>

// Ops without a clamp use all codes.
// CHECK-LABEL: func @arithmetic
//       CHECK:   %[[X:.*]] = q.quantize
//       CHECK:   q.add %[[X]], %[[X]] clamp [-128, 127]
//       CHECK:   q.sub %[[X]], %[[X]] clamp [-28, 127]
//       CHECK:   q.mul %[[X]], %[[X]] clamp [-128, 127]
//       CHECK:   q.reduce_mean %[[X]] axes [1]
//       CHECK:   q.matmul %[[X]], %[[X]] clamp [-128, 127] {multiplier = 1.250000e-01 : f32}
func.func @arithmetic(%x: tensor<2x2xf32>) -> (tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x1xf32>, tensor<2x2xf32>) {
  %0 = qf.fake_quant %x as !x : tensor<2x2xf32>
  %1 = nn.add %0, %0 : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  %2 = qf.fake_quant %1 as !y : tensor<2x2xf32>
  %3 = nn.sub %0, %0 clamp [0.0, inf] : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  %4 = qf.fake_quant %3 as !y : tensor<2x2xf32>
  %5 = nn.mul %0, %0 : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  %6 = qf.fake_quant %5 as !y : tensor<2x2xf32>
  %7 = nn.reduce_mean %0 axes [1] : (tensor<2x2xf32>) -> tensor<2x1xf32>
  %8 = qf.fake_quant %7 as !y : tensor<2x1xf32>
  %9 = nn.matmul %0, %0 : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  %10 = qf.fake_quant %9 as !y : tensor<2x2xf32>
  return %2, %4, %6, %8, %10 : tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x1xf32>, tensor<2x2xf32>
}

// -----

!x = !quant.uniform<i8:f32, 1.0:0>
!y = !quant.uniform<i8:f32, 1.0:-128>

// relu as a table: codes below 0 give -128, code c gives c - 128; the first
// entry is that of code -128. Notes travel on. A prelu has a table per channel.
// CHECK-LABEL: func @tables
//       CHECK:   %[[X:.*]] = q.quantize
//       CHECK:   q.lut %[[X]] function "nn.relu" {quench.notes = ["kept"], table = dense<"0x{{(80)+}}81828384{{[0-9A-F]*}}FEFF"> : tensor<256xi8>}
//       CHECK:   q.lut %[[X]] function "nn.prelu" {table = {{.*}} : tensor<2x256xi8>}
func.func @tables(%x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %0 = qf.fake_quant %x as !x : tensor<2xf32>
  %1 = nn.relu %0 {quench.notes = ["kept"]} : tensor<2xf32>
  %2 = qf.fake_quant %1 as !y : tensor<2xf32>
  %s = nn.constant dense<[0.5, 0.25]> : tensor<2xf32>
  %3 = nn.prelu %0, %s : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %4 = qf.fake_quant %3 as !x : tensor<2xf32>
  return %2, %4 : tensor<2xf32>, tensor<2xf32>
}

// -----

!y = !quant.uniform<i8:f32, 1.0:-128>

// A relu on a grid that has no negative number does nothing.
// CHECK-LABEL: func @identity_table
//       CHECK:   %[[X:.*]] = q.quantize
//   CHECK-NOT:   q.lut
//       CHECK:   q.dequantize %[[X]]
func.func @identity_table(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = qf.fake_quant %x as !y : tensor<2xf32>
  %1 = nn.relu %0 : tensor<2xf32>
  %2 = qf.fake_quant %1 as !y : tensor<2xf32>
  return %2 : tensor<2xf32>
}

// -----

!a = !quant.uniform<i8:f32, 0.5:-128>
!b = !quant.uniform<i8:f32, 0.25:3>

// Movement copies codes; a pad's value becomes a code, 1 / 0.5 - 128. Another
// grid behind it is a requantization, the same grid is nothing.
// CHECK-LABEL: func @movement
//       CHECK:   %[[X:.*]] = q.quantize
//       CHECK:   %[[P:.*]] = q.pad %[[X]] low [1] high [0] {code = -126 : i64}
//       CHECK:   %[[C:.*]] = q.concat %[[P]], %[[X]] axis 0
//       CHECK:   %[[R:.*]] = q.requantize %[[C]]
//       CHECK:   q.arg_max %[[R]] axis 0
//       CHECK:   q.dequantize %[[C]]
func.func @movement(%x: tensor<2xf32>) -> (tensor<5xf32>, tensor<1xi64>) {
  %0 = qf.fake_quant %x as !a : tensor<2xf32>
  %1 = nn.pad %0 low [1] high [0] {value = 1.0 : f32} : (tensor<2xf32>) -> tensor<3xf32>
  %2 = nn.concat %1, %0 axis 0 : (tensor<3xf32>, tensor<2xf32>) -> tensor<5xf32>
  %3 = qf.fake_quant %2 as !a : tensor<5xf32>
  %4 = qf.fake_quant %3 as !b : tensor<5xf32>
  %5 = nn.arg_max %4 axis 0 : (tensor<5xf32>) -> tensor<1xi64>
  return %3, %5 : tensor<5xf32>, tensor<1xi64>
}

// -----

!a = !quant.uniform<i8:f32, 0.5:-128>

// A transposed input would have the name of the input twice.
// CHECK-LABEL: func @transposed_input
//       CHECK:   q.quantize {{.*}} loc("image")
//       CHECK:   q.transpose {{.*}} loc("image/transpose")
func.func @transposed_input(%x: tensor<1x3x4x4xf32>) -> tensor<1x4x4x3xf32> {
  %0 = qf.fake_quant %x as !a : tensor<1x3x4x4xf32> loc("image")
  %1 = nn.transpose %0 perm [0, 2, 3, 1] : (tensor<1x3x4x4xf32>) -> tensor<1x4x4x3xf32> loc("image")
  return %1 : tensor<1x4x4x3xf32>
}

// -----

!a = !quant.uniform<i8:f32, 0.5:-128>
!p = !quant.uniform<i8:f32, 0.00390625:-128>

// Two islands in a row pass float on; constants move inside.
// CHECK-LABEL: func @islands
//       CHECK:   %[[X:.*]] = q.quantize %arg0
//       CHECK:   %[[D:.*]] = q.dequantize %[[X]]
//       CHECK:   %[[N:.*]] = q.float_island "mean and variance{{.*}}"(%[[D]])
//       CHECK:   ^bb0(%[[A:[^:]*]]:
//       CHECK:     %[[S:.*]] = nn.constant
//       CHECK:     nn.layer_norm %[[A]], %[[S]]
//       CHECK:     q.yield
//       CHECK:   %[[P:.*]] = q.float_island "the exponentials{{.*}}"(%[[N]])
//       CHECK:     nn.softmax
//       CHECK:   %[[Q:.*]] = q.quantize %[[P]]
//       CHECK:   %[[R:.*]] = q.dequantize %[[Q]]
//       CHECK:   return %[[P]], %[[R]]
func.func @islands(%x: tensor<1x4xf32>) -> (tensor<1x4xf32>, tensor<1x4xf32>) {
  %s = nn.constant dense<1.0> : tensor<4xf32>
  %0 = qf.fake_quant %x as !a : tensor<1x4xf32>
  %1 = nn.layer_norm %0, %s axis 1 {epsilon = 1.0e-5 : f32} : (tensor<1x4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
  %2 = nn.softmax %1 axis 1 : tensor<1x4xf32>
  %3 = qf.fake_quant %2 as !p : tensor<1x4xf32>
  return %2, %3 : tensor<1x4xf32>, tensor<1x4xf32>
}

// -----

// Groups go with the codes.
// CHECK-LABEL: func @groups
//       CHECK:   q.constant dense<6> : tensor<1x16xi8> as tensor<1x16x!quant.uniform<i8<-127:127>:f32, 1.000000e+00>>
//  CHECK-SAME:     {group_bits = 4 : i64, group_multipliers = dense<3> : tensor<1x1xi8>, group_size = 16 : i64}
func.func @groups(%x: tensor<1x16xf32>) -> tensor<1x1xf32> {
  %0 = qf.fake_quant %x as !quant.uniform<i8:f32, 1.0> : tensor<1x16xf32>
  %w = qf.constant dense<6> : tensor<1x16xi8> as !quant.uniform<i8<-127:127>:f32, 1.0> {group_bits = 4, group_size = 16, group_multipliers = dense<3> : tensor<1x1xi8>} : tensor<1x16xf32>
  %1 = nn.linear %0, %w : (tensor<1x16xf32>, tensor<1x16xf32>) -> tensor<1x1xf32>
  %2 = qf.fake_quant %1 as !quant.uniform<i8:f32, 1.0> : tensor<1x1xf32>
  return %2 : tensor<1x1xf32>
}
