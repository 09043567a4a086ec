// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-run --all-functions %s | FileCheck %s
//
// Values of conv2d on every level.

// Padding is 0, the bias is added once, the kernel is not flipped:
// y[0, 0] = 1*5 + 2*6 + 3*8 + 4*9 + 0.5.
// CHECK-LABEL: @nn_pads
// CHECK: 1x2x2x1 f32 [77.5, 67.5, 47.5, 37.5]
func.func @nn_pads() -> tensor<1x2x2x1xf32> {
  %x = nn.constant dense<[[[[1.0], [2.0]], [[3.0], [4.0]]]]> : tensor<1x2x2x1xf32>
  %w = nn.constant dense<[[[[1.0], [2.0], [3.0]], [[4.0], [5.0], [6.0]], [[7.0], [8.0], [9.0]]]]> : tensor<1x3x3x1xf32>
  %b = nn.constant dense<0.5> : tensor<1xf32>
  %y = nn.conv2d %x, %w, %b strides [1, 1] pads [1, 1, 1, 1]
     : (tensor<1x2x2x1xf32>, tensor<1x3x3x1xf32>, tensor<1xf32>) -> tensor<1x2x2x1xf32>
  return %y : tensor<1x2x2x1xf32>
}

// Pads are [top, left, bottom, right]; only the left one adds a column.
// CHECK-LABEL: @nn_left_pad
// CHECK: 1x1x3x1 f32 [10, 21, 32]
func.func @nn_left_pad() -> tensor<1x1x3x1xf32> {
  %x = nn.constant dense<[[[[1.0], [2.0], [3.0]]]]> : tensor<1x1x3x1xf32>
  %w = nn.constant dense<[[[[1.0], [10.0]]]]> : tensor<1x1x2x1xf32>
  %y = nn.conv2d %x, %w strides [1, 1] pads [0, 1, 0, 0]
     : (tensor<1x1x3x1xf32>, tensor<1x1x2x1xf32>) -> tensor<1x1x3x1xf32>
  return %y : tensor<1x1x3x1xf32>
}

// Stride 2 and dilation 2 along the width: taps at 2j and 2j + 2.
// CHECK-LABEL: @nn_stride_dilation
// CHECK: 1x1x2x1 f32 [31, 53]
func.func @nn_stride_dilation() -> tensor<1x1x2x1xf32> {
  %x = nn.constant dense<[[[[1.0], [2.0], [3.0], [4.0], [5.0], [6.0]]]]> : tensor<1x1x6x1xf32>
  %w = nn.constant dense<[[[[1.0], [10.0]]]]> : tensor<1x1x2x1xf32>
  %y = nn.conv2d %x, %w strides [1, 2] pads [0, 0, 0, 0] {dilations = array<i64: 1, 2>}
     : (tensor<1x1x6x1xf32>, tensor<1x1x2x1xf32>) -> tensor<1x1x2x1xf32>
  return %y : tensor<1x1x2x1xf32>
}

// Two groups: output channels 0 and 1 see input channel 0 only, 2 and 3 see 1.
// The clamp cuts the last one.
// CHECK-LABEL: @nn_groups_clamp
// CHECK: 1x1x1x4 f32 [2, 4, 9, 10]
func.func @nn_groups_clamp() -> tensor<1x1x1x4xf32> {
  %x = nn.constant dense<[[[[2.0, 3.0]]]]> : tensor<1x1x1x2xf32>
  %w = nn.constant dense<[[[[1.0]]], [[[2.0]]], [[[3.0]]], [[[4.0]]]]> : tensor<4x1x1x1xf32>
  %y = nn.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] clamp [0.0, 10.0] {groups = 2 : i64}
     : (tensor<1x1x1x2xf32>, tensor<4x1x1x1xf32>) -> tensor<1x1x1x4xf32>
  return %y : tensor<1x1x1x4xf32>
}

!x = !quant.uniform<i8:f32, 0.5:-3>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>
!b = !quant.uniform<i32:f32, 0.25>
!y = !quant.uniform<i8:f32, 0.5:10>

// M = 0.5 * 0.5 / 0.5 = 0.5, so odd accumulators are ties: rounded to even
// BEFORE the zero point 10 is added. acc = (x + 3) * 1 = 1, 3, 5, -1, -3:
// 0.5 -> 0, 1.5 -> 2, 2.5 -> 2, -0.5 -> 0, -1.5 -> -2.
// CHECK-LABEL: @q_ties
// CHECK: 1x1x5x1 i8 [10, 12, 12, 10, 8]
func.func @q_ties() -> tensor<1x1x5x1x!y> {
  %x = q.constant dense<[[[[-2], [0], [2], [-4], [-6]]]]> : tensor<1x1x5x1xi8> as tensor<1x1x5x1x!x>
  %w = q.constant dense<1> : tensor<1x1x1x1xi8> as tensor<1x1x1x1x!w>
  %y = q.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127] {multiplier = dense<0.5> : tensor<1xf32>}
     : (tensor<1x1x5x1x!x>, tensor<1x1x1x1x!w>) -> tensor<1x1x5x1x!y>
  return %y : tensor<1x1x5x1x!y>
}

// The same five values through the fake quantized op: (code - 10) * 0.5.
// CHECK-LABEL: @qf_ties
// CHECK: 1x1x5x1 f32 [0, 1, 1, 0, -1]
func.func @qf_ties() -> tensor<1x1x5x1xf32> {
  %x = qf.constant dense<[[[[-2], [0], [2], [-4], [-6]]]]> : tensor<1x1x5x1xi8> as !x : tensor<1x1x5x1xf32>
  %w = qf.constant dense<1> : tensor<1x1x1x1xi8> as !w : tensor<1x1x1x1xf32>
  %0 = nn.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0]
     : (tensor<1x1x5x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x1x5x1xf32>
  %y = qf.fake_quant %0 as !y : tensor<1x1x5x1xf32>
  return %y : tensor<1x1x5x1xf32>
}

// Padding has the value 0, which is the code -3: with a filter of ones and
// x = 0.5 everywhere the corner of 3x3 sums 4 of 9 taps, acc = 4 (M = 0.5).
// CHECK-LABEL: @q_padding_is_zero_point
// CHECK: 1x2x2x1 i8 [12, 12, 12, 12]
func.func @q_padding_is_zero_point() -> tensor<1x2x2x1x!y> {
  %x = q.constant dense<-2> : tensor<1x2x2x1xi8> as tensor<1x2x2x1x!x>
  %w = q.constant dense<1> : tensor<1x3x3x1xi8> as tensor<1x3x3x1x!w>
  %y = q.conv2d %x, %w strides [1, 1] pads [1, 1, 1, 1] clamp [-128, 127] {multiplier = dense<0.5> : tensor<1xf32>}
     : (tensor<1x2x2x1x!x>, tensor<1x3x3x1x!w>) -> tensor<1x2x2x1x!y>
  return %y : tensor<1x2x2x1x!y>
}

// Extremal codes: (-128 + 3) * -127 = 15875, and 130 * -127 = -16510, saturate;
// the clamp [11, 12] cuts further.
// CHECK-LABEL: @q_saturates
// CHECK: 1x1x2x1 i8 [127, -128]
// CHECK: 1x1x2x1 i8 [12, 11]
func.func @q_saturates() -> (tensor<1x1x2x1x!y>, tensor<1x1x2x1x!y>) {
  %x = q.constant dense<[[[[-128], [127]]]]> : tensor<1x1x2x1xi8> as tensor<1x1x2x1x!x>
  %w = q.constant dense<-127> : tensor<1x1x1x1xi8> as tensor<1x1x1x1x!w>
  %0 = q.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127] {multiplier = dense<0.5> : tensor<1xf32>}
     : (tensor<1x1x2x1x!x>, tensor<1x1x1x1x!w>) -> tensor<1x1x2x1x!y>
  %1 = q.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] clamp [11, 12] {multiplier = dense<0.5> : tensor<1xf32>}
     : (tensor<1x1x2x1x!x>, tensor<1x1x1x1x!w>) -> tensor<1x1x2x1x!y>
  return %0, %1 : tensor<1x1x2x1x!y>, tensor<1x1x2x1x!y>
}

!wc = !quant.uniform<i8:f32:0, {0.5, 0.25}>
!bc = !quant.uniform<i32:f32:0, {0.25, 0.125}>

// One multiplier per output channel, and a bias in the accumulator's scale:
// acc = 4 * 3 + 8 = 20 on both channels, times 0.5 and 0.25.
// CHECK-LABEL: @q_per_channel_bias
// CHECK: 1x1x1x2 i8 [20, 15]
func.func @q_per_channel_bias() -> tensor<1x1x1x2x!y> {
  %x = q.constant dense<1> : tensor<1x1x1x1xi8> as tensor<1x1x1x1x!x>
  %w = q.constant dense<3> : tensor<2x1x1x1xi8> as tensor<2x1x1x1x!wc>
  %b = q.constant dense<8> : tensor<2xi32> as tensor<2x!bc>
  %y = q.conv2d %x, %w, bias %b strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127] {multiplier = dense<[0.5, 0.25]> : tensor<2xf32>}
     : (tensor<1x1x1x1x!x>, tensor<2x1x1x1x!wc>, tensor<2x!bc>) -> tensor<1x1x1x2x!y>
  return %y : tensor<1x1x1x2x!y>
}

!wz = !quant.uniform<i8:f32, 0.5:5>

// A filter zero point counts inside the picture only: taps (w - 5) = 1, 2, 3 on
// (x + 3) = 1 sum to 6, at the border to 5 and 3. M = 0.5.
// CHECK-LABEL: @q_filter_zero_point
// CHECK: 1x1x3x1 i8 [12, 13, 12]
func.func @q_filter_zero_point() -> tensor<1x1x3x1x!y> {
  %x = q.constant dense<-2> : tensor<1x1x3x1xi8> as tensor<1x1x3x1x!x>
  %w = q.constant dense<[[[[6], [7], [8]]]]> : tensor<1x1x3x1xi8> as tensor<1x1x3x1x!wz>
  %y = q.conv2d %x, %w strides [1, 1] pads [0, 1, 0, 1] clamp [-128, 127] {multiplier = dense<0.5> : tensor<1xf32>}
     : (tensor<1x1x3x1x!x>, tensor<1x1x3x1x!wz>) -> tensor<1x1x3x1x!y>
  return %y : tensor<1x1x3x1x!y>
}

!r = !quant.uniform<i8:f32, 0.25:7>
!s = !quant.uniform<i8:f32, 1.0:1>

// A residual is added to the rounded and clamped code, not to the accumulator:
// acc = 5 gives 2.5 -> code 12 (value 1.0); 1.0 + (9 - 7) * 0.25 = 1.5, a tie:
// 2, code 3.
// CHECK-LABEL: @q_residual
// CHECK: 1x1x1x1 i8 [3]
func.func @q_residual() -> tensor<1x1x1x1x!s> {
  %x = q.constant dense<2> : tensor<1x1x1x1xi8> as tensor<1x1x1x1x!x>
  %w = q.constant dense<1> : tensor<1x1x1x1xi8> as tensor<1x1x1x1x!w>
  %r = q.constant dense<9> : tensor<1x1x1x1xi8> as tensor<1x1x1x1x!r>
  %b = q.constant dense<0> : tensor<1xi32> as tensor<1x!b>
  %y = q.conv2d %x, %w, bias %b, residual %r strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127]
     {multiplier = dense<0.5> : tensor<1xf32>, fused_type = !y, add_clamp = array<i64: -128, 127>}
     : (tensor<1x1x1x1x!x>, tensor<1x1x1x1x!w>, tensor<1x!b>, tensor<1x1x1x1x!r>) -> tensor<1x1x1x1x!s>
  return %y : tensor<1x1x1x1x!s>
}

// The float clamp [0, 1] of the fake quantized op is rounded to codes of the
// result, 10 to 12.
// CHECK-LABEL: @qf_clamp
// CHECK: 1x1x3x1 f32 [0, 0.5, 1]
func.func @qf_clamp() -> tensor<1x1x3x1xf32> {
  %x = qf.constant dense<[[[[-100], [-1], [100]]]]> : tensor<1x1x3x1xi8> as !x : tensor<1x1x3x1xf32>
  %w = qf.constant dense<1> : tensor<1x1x1x1xi8> as !w : tensor<1x1x1x1xf32>
  %0 = nn.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] clamp [0.0, 1.0]
     : (tensor<1x1x3x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x1x3x1xf32>
  %y = qf.fake_quant %0 as !y : tensor<1x1x3x1xf32>
  return %y : tensor<1x1x3x1xf32>
}
