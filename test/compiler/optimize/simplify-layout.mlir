// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// q-simplify-layout: transposes that move nothing, and those that can meet.
//
// RUN: quench-opt %s --pass-pipeline='builtin.module(func.func(q-simplify-layout))' | FileCheck %s

!e = !quant.uniform<i8:f32, 0.5:-5>
!f = !quant.uniform<i8:f32, 1.0>

// Only one axis is longer than 1.
// CHECK-LABEL: func.func @transpose_of_one_pixel
//       CHECK:   q.reshape {{.*}} -> tensor<1x64x1x1x
//   CHECK-NOT:   q.transpose
func.func @transpose_of_one_pixel(%x: tensor<1x1x1x64x!e>) -> tensor<1x64x1x1x!e> {
  %0 = q.transpose %x perm [0, 3, 1, 2] : (tensor<1x1x1x64x!e>) -> tensor<1x64x1x1x!e>
  return %0 : tensor<1x64x1x1x!e>
}

// Pooled picture, transposed and flattened: one reshape.
// CHECK-LABEL: func.func @flatten_behind_global_pool
//       CHECK:   %[[R:.*]] = q.reshape %{{.*}} : (tensor<1x1x1x64x{{.*}}) -> tensor<1x64x
//  CHECK-NEXT:   return %[[R]]
func.func @flatten_behind_global_pool(%x: tensor<1x1x1x64x!e>) -> tensor<1x64x!e> {
  %0 = q.transpose %x perm [0, 3, 1, 2] : (tensor<1x1x1x64x!e>) -> tensor<1x64x1x1x!e>
  %1 = q.reshape %0 : (tensor<1x64x1x1x!e>) -> tensor<1x64x!e>
  return %1 : tensor<1x64x!e>
}

// CHECK-LABEL: func.func @transpose_that_moves_elements
//       CHECK:   q.transpose
func.func @transpose_that_moves_elements(%x: tensor<1x2x2x64x!e>) -> tensor<1x64x2x2x!e> {
  %0 = q.transpose %x perm [0, 3, 1, 2] : (tensor<1x2x2x64x!e>) -> tensor<1x64x2x2x!e>
  return %0 : tensor<1x64x2x2x!e>
}

// There and back, with tables in between: only the tables are left.
// CHECK-LABEL: func.func @transposes_meet_behind_tables
//  CHECK-SAME:   (%[[X:[a-z0-9]+]]:
//       CHECK:   %[[A:.*]] = q.lut %[[X]]
//       CHECK:   %[[B:.*]] = q.requantize %[[A]] {{.*}} -> tensor<1x2x2x64x!quant.uniform<i8:f32, 1.0
//   CHECK-NOT:   q.transpose
//       CHECK:   return %[[B]]
func.func @transposes_meet_behind_tables(%x: tensor<1x2x2x64x!e>) -> tensor<1x2x2x64x!f> {
  %0 = q.transpose %x perm [0, 3, 1, 2] : (tensor<1x2x2x64x!e>) -> tensor<1x64x2x2x!e>
  %1 = q.lut %0 function "f" {table = dense<3> : tensor<256xi8>} : (tensor<1x64x2x2x!e>) -> tensor<1x64x2x2x!e>
  %2 = q.requantize %1 : (tensor<1x64x2x2x!e>) -> tensor<1x64x2x2x!f>
  %3 = q.transpose %2 perm [0, 2, 3, 1] : (tensor<1x64x2x2x!f>) -> tensor<1x2x2x64x!f>
  return %3 : tensor<1x2x2x64x!f>
}

// A table per channel is bound to its axis.
// CHECK-LABEL: func.func @table_per_channel_stays
//       CHECK:   q.transpose
//       CHECK:   q.lut
//       CHECK:   q.transpose
func.func @table_per_channel_stays(%x: tensor<1x3x2x4x!e>) -> tensor<1x3x2x4x!e> {
  %0 = q.transpose %x perm [0, 2, 3, 1] : (tensor<1x3x2x4x!e>) -> tensor<1x2x4x3x!e>
  %1 = q.lut %0 function "f" {table = dense<3> : tensor<3x256xi8>} : (tensor<1x2x4x3x!e>) -> tensor<1x2x4x3x!e>
  %2 = q.transpose %1 perm [0, 3, 1, 2] : (tensor<1x2x4x3x!e>) -> tensor<1x3x2x4x!e>
  return %2 : tensor<1x3x2x4x!e>
}

// One transpose instead of two.
// CHECK-LABEL: func.func @sum_of_two_transposed
//       CHECK:   %[[S:.*]] = q.add %{{.*}}, %{{.*}} clamp [-1, 1] {{.*}} -> tensor<1x2x2x64x
//       CHECK:   q.transpose %[[S]] perm [0, 3, 1, 2]
//   CHECK-NOT:   q.transpose
func.func @sum_of_two_transposed(%x: tensor<1x2x2x64x!e>, %y: tensor<1x2x2x64x!e>) -> tensor<1x64x2x2x!f> {
  %0 = q.transpose %x perm [0, 3, 1, 2] : (tensor<1x2x2x64x!e>) -> tensor<1x64x2x2x!e>
  %1 = q.transpose %y perm [0, 3, 1, 2] : (tensor<1x2x2x64x!e>) -> tensor<1x64x2x2x!e>
  %2 = q.add %0, %1 clamp [-1, 1] : (tensor<1x64x2x2x!e>, tensor<1x64x2x2x!e>) -> tensor<1x64x2x2x!f>
  return %2 : tensor<1x64x2x2x!f>
}

// CHECK-LABEL: func.func @sum_of_two_transposed_differently
//       CHECK:   q.transpose
//       CHECK:   q.transpose
//       CHECK:   q.add {{.*}} -> tensor<1x64x2x2x
func.func @sum_of_two_transposed_differently(%x: tensor<1x2x2x64x!e>, %y: tensor<1x2x2x64x!e>) -> tensor<1x64x2x2x!f> {
  %0 = q.transpose %x perm [0, 3, 1, 2] : (tensor<1x2x2x64x!e>) -> tensor<1x64x2x2x!e>
  %1 = q.transpose %y perm [0, 3, 2, 1] : (tensor<1x2x2x64x!e>) -> tensor<1x64x2x2x!e>
  %2 = q.add %0, %1 clamp [-1, 1] : (tensor<1x64x2x2x!e>, tensor<1x64x2x2x!e>) -> tensor<1x64x2x2x!f>
  return %2 : tensor<1x64x2x2x!f>
}
