// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-run --all-functions %s | FileCheck %s
//
// Values at the border: quantize, dequantize, requantize, fake_quant.

!x = !quant.uniform<i8:f32, 0.5:-3>
!t = !quant.uniform<i8:f32, 0.10000000149011612:1>
!n = !quant.uniform<i8<-127:127>:f32, 0.5:-3>

// Ties go to even before the zero point is added: 0.25 / 0.5 = 0.5 -> 0, 0.75
// -> 1.5 -> 2, -0.75 -> -2; large values saturate.
// CHECK-LABEL: @q_quantize
// CHECK: 6 i8 [-3, -1, -5, 127, -128, -2]
func.func @q_quantize() -> tensor<6x!x> {
  %x = nn.constant dense<[0.25, 0.75, -0.75, 1.0e30, -1.0e30, 0.5]> : tensor<6xf32>
  %0 = q.quantize %x : (tensor<6xf32>) -> tensor<6x!x>
  return %0 : tensor<6x!x>
}

// NaN is the code of 0; infinities saturate.
// CHECK-LABEL: @q_quantize_special
// CHECK: 3 i8 [-3, 127, -128]
func.func @q_quantize_special() -> tensor<3x!x> {
  %x = nn.constant dense<[0x7FC00000, 0x7F800000, 0xFF800000]> : tensor<3xf32>
  %0 = q.quantize %x : (tensor<3xf32>) -> tensor<3x!x>
  return %0 : tensor<3x!x>
}

// A division by the scale, not a product with its inverse: 3.25 / 0.1f is the
// float 32.5, a tie, hence 32; 3.25 * (1 / 0.1f) would be above it.
// CHECK-LABEL: @q_quantize_divides
// CHECK: 2 i8 [33, 16]
func.func @q_quantize_divides() -> tensor<2x!t> {
  %x = nn.constant dense<[3.250000238418579, 1.5499999523162842]> : tensor<2xf32>
  %0 = q.quantize %x : (tensor<2xf32>) -> tensor<2x!t>
  return %0 : tensor<2x!t>
}

// CHECK-LABEL: @q_dequantize
// CHECK: 3 f32 [-62.5, 0, 65]
func.func @q_dequantize() -> tensor<3xf32> {
  %x = q.constant dense<[-128, -3, 127]> : tensor<3xi8> as tensor<3x!x>
  %0 = q.dequantize %x : (tensor<3x!x>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// A type may use a part of the codes: -128 does not occur in !n.
// CHECK-LABEL: @q_narrow
// CHECK: 2 i8 [-127, 127]
func.func @q_narrow() -> tensor<2x!n> {
  %x = nn.constant dense<[-1.0e30, 1.0e30]> : tensor<2xf32>
  %0 = q.quantize %x : (tensor<2xf32>) -> tensor<2x!n>
  return %0 : tensor<2x!n>
}

!h = !quant.uniform<i8:f32, 1.0:10>

// 0.5 to 1.0: odd codes are ties; -62.5 -> -62, 65 -> 65, 0.5 -> 0, 1.5 -> 2.
// CHECK-LABEL: @q_requantize
// CHECK: 4 i8 [-52, 75, 10, 12]
func.func @q_requantize() -> tensor<4x!h> {
  %x = q.constant dense<[-128, 127, -2, 0]> : tensor<4xi8> as tensor<4x!x>
  %0 = q.requantize %x : (tensor<4x!x>) -> tensor<4x!h>
  return %0 : tensor<4x!h>
}

// CHECK-LABEL: @qf_requantize
// CHECK: 4 f32 [-62, 65, 0, 2]
func.func @qf_requantize() -> tensor<4xf32> {
  %x = qf.constant dense<[-128, 127, -2, 0]> : tensor<4xi8> as !x : tensor<4xf32>
  %0 = qf.fake_quant %x as !h : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// A fake_quant of a float value is quantize, then dequantize.
// CHECK-LABEL: @qf_quantize
// CHECK: 6 f32 [0, 1, -1, 65, -62.5, 0.5]
func.func @qf_quantize() -> tensor<6xf32> {
  %c = nn.constant dense<[-0.25, -0.75, 0.75, -1.0e30, 1.0e30, -0.5]> : tensor<6xf32>
  %m = nn.constant dense<-1.0> : tensor<1xf32>
  %x = nn.mul %c, %m : (tensor<6xf32>, tensor<1xf32>) -> tensor<6xf32>
  %0 = qf.fake_quant %x as !x : tensor<6xf32>
  return %0 : tensor<6xf32>
}

// An op with a float operand stays float, and only its result is rounded: 0.2 +
// 0.5 = 0.7 is nearer to 0.5 than to 1.
// CHECK-LABEL: @qf_float_operand
// CHECK: 1 f32 [0.5]
func.func @qf_float_operand() -> tensor<1xf32> {
  %x = qf.constant dense<-2> : tensor<1xi8> as !x : tensor<1xf32>
  %f = nn.constant dense<0.2> : tensor<1xf32>
  %0 = nn.add %x, %f : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
  %1 = qf.fake_quant %0 as !x : tensor<1xf32>
  return %1 : tensor<1xf32>
}

// An op with two users is not evaluated together with a fake_quant: its float
// value is needed, and each fake_quant rounds that.
// CHECK-LABEL: @qf_two_users
// CHECK: 1 f32 [0.5]
// CHECK: 1 f32 [0]
// CHECK: 1 f32 [-0.5]
func.func @qf_two_users() -> (tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) {
  %x = qf.constant dense<-2> : tensor<1xi8> as !x : tensor<1xf32>
  %m = nn.constant dense<-1.0> : tensor<1xf32>
  %0 = nn.relu %x : tensor<1xf32>
  %1 = nn.mul %0, %m : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
  %2 = qf.fake_quant %0 as !x : tensor<1xf32>
  %3 = qf.fake_quant %0 as !h : tensor<1xf32>
  return %2, %3, %1 : tensor<1xf32>, tensor<1xf32>, tensor<1xf32>
}
