// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-run --all-functions %s | FileCheck %s
//
// Values of 16-bit codes, by hand. Every kind of op in all mixtures of widths
// is in test/e2e/int16.test.

!a = !quant.uniform<i16:f32, 0.5>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>
!b = !quant.uniform<i32:f32, 0.25>
!y = !quant.uniform<i16:f32, 64.0>
!n = !quant.uniform<i8:f32, 16384.0:3>

// (30000 + 32768) * 127 + 1 = 7971537 in 2^-8: 31138.8; as 8-bit codes 2^-16:
// 121.6 + 3, and the same sum negated.
// CHECK-LABEL: @q_linear
// CHECK: 1x1 i16 [31139]
// CHECK: 1x2 i8 [125, -119]
func.func @q_linear() -> (tensor<1x1x!y>, tensor<1x2x!n>) {
  %x = q.constant dense<[[30000, -32768]]> : tensor<1x2xi16> as tensor<1x2x!a>
  %w = q.constant dense<[[127, -127]]> : tensor<1x2xi8> as tensor<1x2x!w>
  %b = q.constant dense<1> : tensor<1xi32> as tensor<1x!b>
  %v = q.constant dense<[[127, -127], [-127, 127]]> : tensor<2x2xi8> as tensor<2x2x!w>
  %0 = q.linear %x, %w, %b clamp [-32768, 32767] {multiplier = dense<3.90625e-3> : tensor<1xf32>} : (tensor<1x2x!a>, tensor<1x2x!w>, tensor<1x!b>) -> tensor<1x1x!y>
  %1 = q.linear %x, %v clamp [-128, 127] {multiplier = dense<1.52587890625e-5> : tensor<1xf32>} : (tensor<1x2x!a>, tensor<2x2x!w>) -> tensor<1x2x!n>
  return %0, %1 : tensor<1x1x!y>, tensor<1x2x!n>
}

// a / 3 + b: the factor of b is 1, which 15 bits hold as 2^14 / 2^14; that of a
// is 5461 / 2^14, a little below a third.
!t = !quant.uniform<i16:f32, 1.5>
!s = !quant.uniform<i8:f32, 1.5:-3>
// CHECK-LABEL: @q_add
// CHECK: 4 i16 [11052, -11047, 0, 1]
// CHECK: 4 i16 [10792, -10797, -2, 1]
func.func @q_add() -> (tensor<4x!t>, tensor<4x!t>) {
  %a = q.constant dense<[32767, -32768, -3, 3]> : tensor<4xi16> as tensor<4x!a>
  %b = q.constant dense<[127, -128, -2, -3]> : tensor<4xi8> as tensor<4x!s>
  %0 = q.add %a, %b clamp [-32768, 32767] : (tensor<4x!a>, tensor<4x!s>) -> tensor<4x!t>
  %1 = q.sub %a, %b clamp [-32768, 32767] : (tensor<4x!a>, tensor<4x!s>) -> tensor<4x!t>
  return %0, %1 : tensor<4x!t>, tensor<4x!t>
}

// 2^30 is the largest product.
!q = !quant.uniform<i16:f32, 16384.0>
// CHECK-LABEL: @q_mul
// CHECK: 3 i16 [16384, -16384, 2]
func.func @q_mul() -> tensor<3x!q> {
  %a = q.constant dense<[-32768, 32767, 363]> : tensor<3xi16> as tensor<3x!a>
  %b = q.constant dense<[-32768, -32768, 361]> : tensor<3xi16> as tensor<3x!a>
  %0 = q.mul %a, %b clamp [-32768, 32767] : (tensor<3x!a>, tensor<3x!a>) -> tensor<3x!q>
  return %0 : tensor<3x!q>
}

// One entry every 128 codes, or every 4 where the range is narrow; kinks at 0 are
// exact. Made with the formula in Python.
!f = !quant.uniform<i16:f32, 2.44140625e-4>
!g = !quant.uniform<i16<-1001:1001>:f32, 2.44140625e-4>
!h = !quant.uniform<i16:f32, 3.0517578125e-5>
!i = !quant.uniform<i8:f32, 3.90625e-3:-128>
// CHECK-LABEL: @qf_functions
// CHECK: 8 f32 [11, 7465, 16382, 16384, 16386, 23955, 30144, 32757]
// CHECK: 8 f32 [0, 58, 128, 128, 128, 187, 236, 255]
// CHECK: 8 f32 [0, 0, 0, 0, 1, 4096, 10000, 32767]
// CHECK: 5 f32 [14394, 16230, 16384, 16538, 18374]
func.func @qf_functions() -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<5xf32>) {
  %c = nn.constant dense<[-8.0, -1.220703125, -0.000244140625, 0.0, 0.000244140625, 1.0, 2.44140625, 7.999755859375]> : tensor<8xf32>
  %d = nn.constant dense<[-0.244140625, -0.018798828125, 0.0, 0.018798828125, 0.244140625]> : tensor<5xf32>
  %zero = nn.constant dense<0.0> : tensor<1xf32>
  %c1 = nn.add %c, %zero : (tensor<8xf32>, tensor<1xf32>) -> tensor<8xf32>
  %d1 = nn.add %d, %zero : (tensor<5xf32>, tensor<1xf32>) -> tensor<5xf32>
  %x = qf.fake_quant %c1 as !f : tensor<8xf32>
  %n = qf.fake_quant %d1 as !g : tensor<5xf32>
  %sigmoid = nn.sigmoid %x : tensor<8xf32>
  %sigmoid2 = nn.sigmoid %x : tensor<8xf32>
  %relu = nn.relu %x : tensor<8xf32>
  %narrow = nn.sigmoid %n : tensor<5xf32>
  %0 = qf.fake_quant %sigmoid as !h : tensor<8xf32>
  %1 = qf.fake_quant %sigmoid2 as !i : tensor<8xf32>
  %2 = qf.fake_quant %relu as !f : tensor<8xf32>
  %3 = qf.fake_quant %narrow as !h : tensor<5xf32>
  %to_codes = nn.constant dense<32768.0> : tensor<1xf32>
  %to_bytes = nn.constant dense<256.0> : tensor<1xf32>
  %to_wide = nn.constant dense<4096.0> : tensor<1xf32>
  %4 = nn.mul %0, %to_codes : (tensor<8xf32>, tensor<1xf32>) -> tensor<8xf32>
  %5 = nn.mul %1, %to_bytes : (tensor<8xf32>, tensor<1xf32>) -> tensor<8xf32>
  %6 = nn.mul %2, %to_wide : (tensor<8xf32>, tensor<1xf32>) -> tensor<8xf32>
  %7 = nn.mul %3, %to_codes : (tensor<5xf32>, tensor<1xf32>) -> tensor<5xf32>
  return %4, %5, %6, %7 : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<5xf32>
}
