// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-run --all-functions %s | FileCheck %s
//
// Accumulators beyond 2^24, where float no longer holds every integer: QFloat
// must cut the sum and still round as the int32 accumulator does.

!x = !quant.uniform<i8:f32, 1.0:-128>
!w = !quant.uniform<i8:f32, 1.0>
!b = !quant.uniform<i32:f32, 1.0>
!y = !quant.uniform<i8:f32, 131072.0>

// acc = 1024 * 255 * 127 + 83968 = 33247232 = 253.65625 * 2^17, too large for
// the output: clamped. With bias -24666111 it is 8497153 = 64.8 * 2^17, with
// -24858624 it is 8304640 = 63.36 * 2^17.
// CHECK-LABEL: @q_large
// CHECK: 1x3 i8 [127, 65, 63]
func.func @q_large() -> tensor<1x3x!y> {
  %x = q.constant dense<127> : tensor<1x1024xi8> as tensor<1x1024x!x>
  %w = q.constant dense<127> : tensor<3x1024xi8> as tensor<3x1024x!w>
  %b = q.constant dense<[83968, -24666111, -24858624]> : tensor<3xi32> as tensor<3x!b>
  %y = q.linear %x, %w, %b clamp [-128, 127] {multiplier = dense<7.62939453e-06> : tensor<1xf32>}
     : (tensor<1x1024x!x>, tensor<3x1024x!w>, tensor<3x!b>) -> tensor<1x3x!y>
  return %y : tensor<1x3x!y>
}

// CHECK-LABEL: @qf_large
// CHECK: 1x3 f32 [16646144, 8519680, 8257536]
func.func @qf_large() -> tensor<1x3xf32> {
  %x = qf.constant dense<127> : tensor<1x1024xi8> as !x : tensor<1x1024xf32>
  %w = qf.constant dense<127> : tensor<3x1024xi8> as !w : tensor<3x1024xf32>
  %b = qf.constant dense<[83968, -24666111, -24858624]> : tensor<3xi32> as !b : tensor<3xf32>
  %0 = nn.linear %x, %w, %b : (tensor<1x1024xf32>, tensor<3x1024xf32>, tensor<3xf32>) -> tensor<1x3xf32>
  %y = qf.fake_quant %0 as !y : tensor<1x3xf32>
  return %y : tensor<1x3xf32>
}

!one = !quant.uniform<i8:f32, 1.0>

// A sum that a float accumulator gets wrong: 1023 * 255 * 127 = 33129855 is odd
// and above 2^24, so no float holds it; the biases bring it to 1 and -1. M = 1.
// CHECK-LABEL: @q_cancel
// CHECK: 1x2 i8 [1, -1]
func.func @q_cancel() -> tensor<1x2x!one> {
  %x = q.constant dense<127> : tensor<1x1023xi8> as tensor<1x1023x!x>
  %w = q.constant dense<127> : tensor<2x1023xi8> as tensor<2x1023x!w>
  %b = q.constant dense<[-33129854, -33129856]> : tensor<2xi32> as tensor<2x!b>
  %y = q.linear %x, %w, %b clamp [-128, 127] {multiplier = dense<1.0> : tensor<1xf32>}
     : (tensor<1x1023x!x>, tensor<2x1023x!w>, tensor<2x!b>) -> tensor<1x2x!one>
  return %y : tensor<1x2x!one>
}

// CHECK-LABEL: @qf_cancel
// CHECK: 1x2 f32 [1, -1]
func.func @qf_cancel() -> tensor<1x2xf32> {
  %x = qf.constant dense<127> : tensor<1x1023xi8> as !x : tensor<1x1023xf32>
  %w = qf.constant dense<127> : tensor<2x1023xi8> as !w : tensor<2x1023xf32>
  %b = qf.constant dense<[-33129854, -33129856]> : tensor<2xi32> as !b : tensor<2xf32>
  %0 = nn.linear %x, %w, %b : (tensor<1x1023xf32>, tensor<2x1023xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %y = qf.fake_quant %0 as !one : tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}
