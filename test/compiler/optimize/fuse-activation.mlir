// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// q-fuse-activation: tables that only clamp, and requantizations that only move
// the zero point.
//
// RUN: quench-opt %s --pass-pipeline='builtin.module(func.func(q-fuse-activation))' | FileCheck %s

!a = tensor<1x8x!quant.uniform<i8:f32, 0.5:-5>>
!b = tensor<1x8x!quant.uniform<i8:f32, 0.5:10>>
!c = tensor<1x8x!quant.uniform<i8:f32, 0.25:-5>>

// max(x, -5) on all codes: the lower bound of the sum.
// CHECK-LABEL: func.func @relu_single_use
//       CHECK:   %[[Y:.*]] = q.add {{.*}} clamp [-5, 7]
//  CHECK-SAME:     quench.notes = ["q-fuse-activation: clamp of 'relu' folded in"]
//   CHECK-NOT:   q.lut
//       CHECK:   return %[[Y]]
func.func @relu_single_use(%x: !a) -> !a {
  %0 = q.add %x, %x clamp [-8, 7] : (!a, !a) -> !a
  %1 = q.lut %0 function "relu" {table = dense<[-5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127]> : tensor<256xi8>} : (!a) -> !a
  return %1 : !a
}

// -1 - x turns the order around.
// CHECK-LABEL: func.func @no_clamp_on_the_producers_codes
//       CHECK:   q.add {{.*}} clamp [-8, 7]
//       CHECK:   q.lut
//  CHECK-SAME:     declined, 'not' is no clamp on the codes [-8, 7]
func.func @no_clamp_on_the_producers_codes(%x: !a) -> !a {
  %0 = q.add %x, %x clamp [-8, 7] : (!a, !a) -> !a
  %1 = q.lut %0 function "not" {table = dense<[127, 126, 125, 124, 123, 122, 121, 120, 119, 118, 117, 116, 115, 114, 113, 112, 111, 110, 109, 108, 107, 106, 105, 104, 103, 102, 101, 100, 99, 98, 97, 96, 95, 94, 93, 92, 91, 90, 89, 88, 87, 86, 85, 84, 83, 82, 81, 80, 79, 78, 77, 76, 75, 74, 73, 72, 71, 70, 69, 68, 67, 66, 65, 64, 63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, -1, -2, -3, -4, -5, -6, -7, -8, -9, -10, -11, -12, -13, -14, -15, -16, -17, -18, -19, -20, -21, -22, -23, -24, -25, -26, -27, -28, -29, -30, -31, -32, -33, -34, -35, -36, -37, -38, -39, -40, -41, -42, -43, -44, -45, -46, -47, -48, -49, -50, -51, -52, -53, -54, -55, -56, -57, -58, -59, -60, -61, -62, -63, -64, -65, -66, -67, -68, -69, -70, -71, -72, -73, -74, -75, -76, -77, -78, -79, -80, -81, -82, -83, -84, -85, -86, -87, -88, -89, -90, -91, -92, -93, -94, -95, -96, -97, -98, -99, -100, -101, -102, -103, -104, -105, -106, -107, -108, -109, -110, -111, -112, -113, -114, -115, -116, -117, -118, -119, -120, -121, -122, -123, -124, -125, -126, -127, -128]> : tensor<256xi8>} : (!a) -> !a
  return %1 : !a
}

// To [3, 3].
// CHECK-LABEL: func.func @a_constant_is_a_clamp
//       CHECK:   q.add {{.*}} clamp [3, 3]
//   CHECK-NOT:   q.lut
func.func @a_constant_is_a_clamp(%x: !a) -> !a {
  %0 = q.add %x, %x clamp [-8, 7] : (!a, !a) -> !a
  %1 = q.lut %0 function "three" {table = dense<3> : tensor<256xi8>} : (!a) -> !a
  return %1 : !a
}

// CHECK-LABEL: func.func @producer_with_other_uses
//       CHECK:   q.add {{.*}} clamp [3, 3]
//       CHECK:   q.lut
//  CHECK-SAME:     declined, producer q.add has other uses
func.func @producer_with_other_uses(%x: !a) -> (!a, !a) {
  %0 = q.add %x, %x clamp [3, 3] : (!a, !a) -> !a
  %1 = q.lut %0 function "three" {table = dense<3> : tensor<256xi8>} : (!a) -> !a
  return %0, %1 : !a, !a
}

// The codes mean something else afterwards: not a clamp.
// CHECK-LABEL: func.func @table_to_another_scale
//       CHECK:   q.lut
//  CHECK-SAME:     declined, table changes the scale or zero point
func.func @table_to_another_scale(%x: !a) -> !c {
  %0 = q.add %x, %x clamp [3, 3] : (!a, !a) -> !a
  %1 = q.lut %0 function "three" {table = dense<3> : tensor<256xi8>} : (!a) -> !c
  return %1 : !c
}

// Zero point -5 to 10: everything moves up by 15 and stops at 127.
// CHECK-LABEL: func.func @requantize_of_equal_scale
//       CHECK:   q.add {{.*}} clamp [7, 127]
//  CHECK-SAME:     -> tensor<1x8x!quant.uniform<i8:f32, 5.000000e-01:10>>
//   CHECK-NOT:   q.requantize
func.func @requantize_of_equal_scale(%x: !a) -> !b {
  %0 = q.add %x, %x clamp [-8, 120] : (!a, !a) -> !a
  %1 = q.requantize %0 : (!a) -> !b
  return %1 : !b
}

// Two roundings give other bytes than one.
// CHECK-LABEL: func.func @requantize_of_another_scale
//       CHECK:   q.add {{.*}} clamp [-8, 120]
//       CHECK:   q.requantize
//  CHECK-SAME:     declined, scales differ
func.func @requantize_of_another_scale(%x: !a) -> !c {
  %0 = q.add %x, %x clamp [-8, 120] : (!a, !a) -> !a
  %1 = q.requantize %0 : (!a) -> !c
  return %1 : !c
}

// The clamp of a convolution with a residual is that of the sum.
// CHECK-LABEL: func.func @convolution_with_residual
//       CHECK:   q.conv2d {{.*}} clamp [-128, 127]
//  CHECK-SAME:     add_clamp = array<i64: 3, 3>
//   CHECK-NOT:   q.lut
!x4 = tensor<1x1x1x8x!quant.uniform<i8:f32, 0.5:-5>>
!w4 = tensor<8x1x1x8x!quant.uniform<i8<-127:127>:f32, 0.5>>
func.func @convolution_with_residual(%x: !x4) -> !x4 {
  %w = q.constant dense<1> : tensor<8x1x1x8xi8> as !w4
  %0 = q.conv2d %x, %w, residual %x strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127]
     {multiplier = dense<0.5> : tensor<1xf32>, add_clamp = array<i64: 3, 3>,
      fused_type = !quant.uniform<i8:f32, 0.5:-5>} : (!x4, !w4, !x4) -> !x4
  %1 = q.lut %0 function "three" {table = dense<3> : tensor<256xi8>} : (!x4) -> !x4
  return %1 : !x4
}

// 16-bit codes: a clamp is not looked for in lines, and the result of the
// producer keeps its width.
!wide = tensor<1x8x!quant.uniform<i16:f32, 0.5>>
// CHECK-LABEL: func.func @wide_table
//       CHECK:   q.lut
//  CHECK-SAME:     declined, codes have 16 bits
func.func @wide_table(%x: !a) -> !wide {
  %0 = q.add %x, %x clamp [-8, 120] : (!a, !a) -> !wide
  %1 = q.lut %0 function "relu" {table = dense<0> : tensor<513xi32>} : (!wide) -> !wide
  return %1 : !wide
}

// CHECK-LABEL: func.func @narrower
//       CHECK:   q.requantize
//  CHECK-SAME:     declined, codes become wider or narrower
func.func @narrower(%x: !a) -> !b {
  %0 = q.add %x, %x clamp [-8, 120] : (!a, !a) -> !wide
  %1 = q.requantize %0 : (!wide) -> !b
  return %1 : !b
}
