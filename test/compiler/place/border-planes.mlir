// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// place: quantization writes, and dequantization reads, codes in the order that
// a transposition beside it asks for.
//
// RUN: quench-opt %s --split-input-file --quench-place | FileCheck %s

!e = !quant.uniform<i8:f32, 0.5:-5>

// Two images of planes become pixels and planes again.
// CHECK-LABEL: plan.model @both
// CHECK: plan.call 0 variant -1 "qrt_ref_quantize_f32_s8"
// CHECK-SAME: fields = [2, 3, 20, 5.000000e-01 : f32, [-5, -128, 127], 0]
// CHECK: plan.call 1 variant -1 "qrt_ref_max_pool2d_s8"
// CHECK: plan.call 2 variant -1 "qrt_ref_dequantize_s8_f32"
// CHECK-SAME: fields = [2, 3, 20, 5.000000e-01 : f32, [-5, -128, 127], 0]
// CHECK-NOT: plan.call
module attributes {quench.model = "both"} {
func.func @main(%x: tensor<2x3x4x5xf32> {quench.name = "x"})
    -> (tensor<2x3x4x5xf32> {quench.name = "y"}) {
  %0 = q.quantize %x : (tensor<2x3x4x5xf32>) -> tensor<2x3x4x5x!e>
  %1 = q.transpose %0 perm [0, 2, 3, 1] : (tensor<2x3x4x5x!e>) -> tensor<2x4x5x3x!e>
  %2 = q.max_pool2d %1 kernel [1, 1] strides [1, 1] pads [0, 0, 0, 0]
    : (tensor<2x4x5x3x!e>) -> tensor<2x4x5x3x!e>
  %3 = q.transpose %2 perm [0, 3, 1, 2] : (tensor<2x4x5x3x!e>) -> tensor<2x3x4x5x!e>
  %4 = q.dequantize %3 : (tensor<2x3x4x5x!e>) -> tensor<2x3x4x5xf32>
  return %4 : tensor<2x3x4x5xf32>
}
}

// -----

!e = !quant.uniform<i8:f32, 0.5:-5>

// A tensor somebody else reads stays; a transposition that is no rotation of
// trailing axes is a copy.
// CHECK-LABEL: plan.model @neither
// CHECK: plan.call 0 variant -1 "qrt_ref_quantize_f32_s8"
// CHECK-SAME: fields = [1, 1, 120, 5.000000e-01 : f32, [-5, -128, 127], 0]
// CHECK: plan.call 1 variant -1 "qrt_ref_copy"
// CHECK: plan.call 2 variant -1 "qrt_ref_copy"
// CHECK: plan.call {{.*}} "qrt_ref_dequantize_s8_f32"
// CHECK-SAME: fields = [1, 1, 120,
module attributes {quench.model = "neither"} {
func.func @main(%x: tensor<2x3x4x5xf32> {quench.name = "x"})
    -> (tensor<5x4x3x2xf32> {quench.name = "y"},
        tensor<2x4x5x3x!e> {quench.name = "z"}) {
  %0 = q.quantize %x : (tensor<2x3x4x5xf32>) -> tensor<2x3x4x5x!e>
  %1 = q.transpose %0 perm [0, 2, 3, 1] : (tensor<2x3x4x5x!e>) -> tensor<2x4x5x3x!e>
  %2 = q.transpose %0 perm [3, 2, 1, 0] : (tensor<2x3x4x5x!e>) -> tensor<5x4x3x2x!e>
  %3 = q.dequantize %2 : (tensor<5x4x3x2x!e>) -> tensor<5x4x3x2xf32>
  return %3, %1 : tensor<5x4x3x2xf32>, tensor<2x4x5x3x!e>
}
}

// -----

!e = !quant.uniform<i8:f32, 0.5:-5>

// What quantization wrote in another order is there: nothing to read instead.
// CHECK-LABEL: plan.model @straight
// CHECK: plan.call 0 variant -1 "qrt_ref_quantize_f32_s8"
// CHECK-SAME: fields = [1, 6, 20, 5.000000e-01 : f32, [-5, -128, 127], 0]
// CHECK: plan.call 1 variant -1 "qrt_ref_dequantize_s8_f32"
// CHECK-SAME: fields = [1, 1, 120, 5.000000e-01 : f32, [-5, -128, 127], 0]
module attributes {quench.model = "straight"} {
func.func @main(%x: tensor<2x3x4x5xf32> {quench.name = "x"})
    -> (tensor<4x5x2x3xf32> {quench.name = "y"}) {
  %0 = q.quantize %x : (tensor<2x3x4x5xf32>) -> tensor<2x3x4x5x!e>
  %1 = q.transpose %0 perm [2, 3, 0, 1] : (tensor<2x3x4x5x!e>) -> tensor<4x5x2x3x!e>
  %2 = q.dequantize %1 : (tensor<4x5x2x3x!e>) -> tensor<4x5x2x3xf32>
  return %2 : tensor<4x5x2x3xf32>
}
}
