// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-run --all-functions %s | FileCheck %s
//
// Values of the unary functions: float, as tables made from the double
// functions (q.lut is given its table; compiler/quantize makes it), and QFloat.

// CHECK-LABEL: @nn_piecewise
// CHECK: 5 f32 [0, 0, 0, 2, 8]
// CHECK: 5 f32 [-1, -0.5, 0, 2, 6]
// CHECK: 5 f32 [-1, -0.125, 0, 2, 8]
// CHECK: 5 f32 [4, 0.5, 0, 2, 8]
// CHECK: 5 f32 [0, 0.375, 0.5, 1, 1]
// CHECK: 5 f32 [-0, -0.20833333, 0, 1.6666666, 8]
func.func @nn_piecewise() -> (tensor<5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<5xf32>) {
  %x = nn.constant dense<[-4.0, -0.5, 0.0, 2.0, 8.0]> : tensor<5xf32>
  %0 = nn.relu %x : tensor<5xf32>
  %1 = nn.clip %x {min = -1.0 : f32, max = 6.0 : f32} : tensor<5xf32>
  %2 = nn.leaky_relu %x {alpha = 0.25 : f32} : tensor<5xf32>
  %3 = nn.abs %x : tensor<5xf32>
  %4 = nn.hard_sigmoid %x {alpha = 0.25 : f32, beta = 0.5 : f32} : tensor<5xf32>
  %5 = nn.hard_swish %x : tensor<5xf32>
  return %0, %1, %2, %3, %4, %5 : tensor<5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<5xf32>
}

// Rounded to float once, from double: sigmoid, tanh, silu, gelu, its tanh form,
// erf, exp, sqrt at 0.5, 1, 4.
// CHECK-LABEL: @nn_transcendental
// CHECK: 3 f32 [0.62245935, 0.7310586, 0.98201376]
// CHECK: 3 f32 [0.46211717, 0.7615942, 0.9993293]
// CHECK: 3 f32 [0.31122968, 0.7310586, 3.928055]
// CHECK: 3 f32 [0.34573123, 0.8413448, 3.9998734]
// CHECK: 3 f32 [0.345714, 0.841192, 3.9999297]
// CHECK: 3 f32 [0.5204999, 0.8427008, 1]
// CHECK: 3 f32 [1.6487212, 2.7182817, 54.59815]
// CHECK: 3 f32 [0.70710677, 1, 2]
func.func @nn_transcendental() -> (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) {
  %x = nn.constant dense<[0.5, 1.0, 4.0]> : tensor<3xf32>
  %0 = nn.sigmoid %x : tensor<3xf32>
  %1 = nn.tanh %x : tensor<3xf32>
  %2 = nn.silu %x : tensor<3xf32>
  %3 = nn.gelu %x : tensor<3xf32>
  %4 = nn.gelu %x {approximate = true} : tensor<3xf32>
  %5 = nn.erf %x : tensor<3xf32>
  %6 = nn.exp %x : tensor<3xf32>
  %7 = nn.sqrt %x : tensor<3xf32>
  return %0, %1, %2, %3, %4, %5, %6, %7 : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
}

// prelu: one slope per channel of the last axis, or one for all.
// CHECK-LABEL: @nn_prelu
// CHECK: 2x2 f32 [-0.5, -1, 3, 4]
// CHECK: 2x2 f32 [-2, -4, 3, 4]
func.func @nn_prelu() -> (tensor<2x2xf32>, tensor<2x2xf32>) {
  %x = nn.constant dense<[[-1.0, -2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %s = nn.constant dense<[0.5, 0.5]> : tensor<2xf32>
  %t = nn.constant dense<2.0> : tensor<1xf32>
  %0 = nn.prelu %x, %s : (tensor<2x2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  %1 = nn.prelu %x, %t : (tensor<2x2xf32>, tensor<1xf32>) -> tensor<2x2xf32>
  return %0, %1 : tensor<2x2xf32>, tensor<2x2xf32>
}

!x = !quant.uniform<i8:f32, 0.5:-3>
!y = !quant.uniform<i8:f32, 1.0:10>

// QFloat: the function of each code, rounded to the grid once. relu of 0.5 and
// 1.5 are ties (0, 2); code 127 is 65, -128 is -62.5.
// CHECK-LABEL: @qf_relu
// CHECK: 5 f32 [0, 0, 2, 65, 0]
func.func @qf_relu() -> tensor<5xf32> {
  %x = qf.constant dense<[-3, -2, 0, 127, -128]> : tensor<5xi8> as !x : tensor<5xf32>
  %0 = nn.relu %x : tensor<5xf32>
  %1 = qf.fake_quant %0 as !y : tensor<5xf32>
  return %1 : tensor<5xf32>
}

!u = !quant.uniform<i8:f32, 0.00390625:-128>

// sigmoid on a scale of 1/256: 0 is exactly 128/256; 65 saturates at 255/256.
// CHECK-LABEL: @qf_sigmoid
// CHECK: 3 f32 [0.5, 0.99609375, 0]
func.func @qf_sigmoid() -> tensor<3xf32> {
  %x = qf.constant dense<[-3, 127, -128]> : tensor<3xi8> as !x : tensor<3xf32>
  %0 = nn.sigmoid %x : tensor<3xf32>
  %1 = qf.fake_quant %0 as !u : tensor<3xf32>
  return %1 : tensor<3xf32>
}

// sqrt of a negative value is no number, which counts as 0: -62.5 -> 0, 4 -> 2.
// CHECK-LABEL: @qf_nan
// CHECK: 2 f32 [0, 2]
func.func @qf_nan() -> tensor<2xf32> {
  %x = qf.constant dense<[-128, 5]> : tensor<2xi8> as !x : tensor<2xf32>
  %0 = nn.sqrt %x : tensor<2xf32>
  %1 = qf.fake_quant %0 as !y : tensor<2xf32>
  return %1 : tensor<2xf32>
}

// prelu with slopes 0.5 and 3: -1 becomes -0.5, a tie (0), and -3.
// CHECK-LABEL: @qf_prelu
// CHECK: 2x2 f32 [0, -3, 2, 2]
func.func @qf_prelu() -> tensor<2x2xf32> {
  %x = qf.constant dense<[[-5, -5], [0, 0]]> : tensor<2x2xi8> as !x : tensor<2x2xf32>
  %s = nn.constant dense<[0.5, 3.0]> : tensor<2xf32>
  %0 = nn.prelu %x, %s : (tensor<2x2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  %1 = qf.fake_quant %0 as !y : tensor<2x2xf32>
  return %1 : tensor<2x2xf32>
}

// q.lut: entry x + 128; the table here is 127 - index - 1, negation less 1.
// CHECK-LABEL: @q_lut
// CHECK: 4 i8 [127, 0, -1, -128]
func.func @q_lut() -> tensor<4x!y> {
  %x = q.constant dense<[-128, -1, 0, 127]> : tensor<4xi8> as tensor<4x!x>
  %y = q.lut %x function "negate" {table = dense<[
    127, 126, 125, 124, 123, 122, 121, 120, 119, 118, 117, 116, 115, 114, 113, 112,
    111, 110, 109, 108, 107, 106, 105, 104, 103, 102, 101, 100, 99, 98, 97, 96,
    95, 94, 93, 92, 91, 90, 89, 88, 87, 86, 85, 84, 83, 82, 81, 80,
    79, 78, 77, 76, 75, 74, 73, 72, 71, 70, 69, 68, 67, 66, 65, 64,
    63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48,
    47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33, 32,
    31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16,
    15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0,
    -1, -2, -3, -4, -5, -6, -7, -8, -9, -10, -11, -12, -13, -14, -15, -16,
    -17, -18, -19, -20, -21, -22, -23, -24, -25, -26, -27, -28, -29, -30, -31, -32,
    -33, -34, -35, -36, -37, -38, -39, -40, -41, -42, -43, -44, -45, -46, -47, -48,
    -49, -50, -51, -52, -53, -54, -55, -56, -57, -58, -59, -60, -61, -62, -63, -64,
    -65, -66, -67, -68, -69, -70, -71, -72, -73, -74, -75, -76, -77, -78, -79, -80,
    -81, -82, -83, -84, -85, -86, -87, -88, -89, -90, -91, -92, -93, -94, -95, -96,
    -97, -98, -99, -100, -101, -102, -103, -104, -105, -106, -107, -108, -109, -110, -111, -112,
    -113, -114, -115, -116, -117, -118, -119, -120, -121, -122, -123, -124, -125, -126, -127, -128
    ]> : tensor<256xi8>} : (tensor<4x!x>) -> tensor<4x!y>
  return %y : tensor<4x!y>
}
