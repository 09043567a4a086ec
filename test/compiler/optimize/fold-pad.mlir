// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// q-fold-pad: pads of zero points go into the convolution that reads them.
//
// RUN: quench-opt %s --pass-pipeline='builtin.module(func.func(q-fold-pad))' | FileCheck %s

!e = !quant.uniform<i8:f32, 0.5:-5>
!x = tensor<1x4x4x8x!e>
!p = tensor<1x5x6x8x!e>
!w = tensor<8x3x3x8x!quant.uniform<i8<-127:127>:f32, 0.5>>
!y = tensor<1x5x6x8x!e>

// CHECK-LABEL: func.func @pad_of_the_zero_point
//  CHECK-SAME:   (%[[X:[a-z0-9]+]]:
//   CHECK-NOT:   q.pad
//       CHECK:   q.conv2d %[[X]], %{{.*}} pads [1, 1, 2, 3]
//  CHECK-SAME:     quench.notes = ["q-fold-pad: took the pads of 'pad'"]
func.func @pad_of_the_zero_point(%x: !x) -> !y {
  %w = q.constant dense<1> : tensor<8x3x3x8xi8> as !w
  %0 = q.pad %x low [0, 0, 0, 0] high [0, 1, 2, 0] {code = -5 : i64} : (!x) -> !p loc("pad")
  %1 = q.conv2d %0, %w strides [1, 1] pads [1, 1, 1, 1] clamp [-100, 100]
     {multiplier = dense<0.5> : tensor<1xf32>} : (!p, !w) -> !y
  return %1 : !y
}

// Zero is a real number, not a code: 0 stands for 2.5 here.
// CHECK-LABEL: func.func @pad_of_another_code
//       CHECK:   q.pad
//       CHECK:   q.conv2d {{.*}} pads [1, 1, 1, 1]
//  CHECK-SAME:     declined, pad code 0 is not the zero point -5
func.func @pad_of_another_code(%x: !x) -> !y {
  %w = q.constant dense<1> : tensor<8x3x3x8xi8> as !w
  %0 = q.pad %x low [0, 0, 0, 0] high [0, 1, 2, 0] {code = 0 : i64} : (!x) -> !p
  %1 = q.conv2d %0, %w strides [1, 1] pads [1, 1, 1, 1] clamp [-100, 100]
     {multiplier = dense<0.5> : tensor<1xf32>} : (!p, !w) -> !y
  return %1 : !y
}

// CHECK-LABEL: func.func @reflected_pad
//       CHECK:   q.pad
//       CHECK:   q.conv2d
//  CHECK-SAME:     declined, padding mode is reflect
func.func @reflected_pad(%x: !x) -> !y {
  %w = q.constant dense<1> : tensor<8x3x3x8xi8> as !w
  %0 = q.pad %x low [0, 0, 0, 0] high [0, 1, 2, 0] {code = -5 : i64, mode = "reflect"} : (!x) -> !p
  %1 = q.conv2d %0, %w strides [1, 1] pads [1, 1, 1, 1] clamp [-100, 100]
     {multiplier = dense<0.5> : tensor<1xf32>} : (!p, !w) -> !y
  return %1 : !y
}

// Channels are summed over, not slid over.
// CHECK-LABEL: func.func @padded_channels
//       CHECK:   q.pad
//       CHECK:   q.conv2d
//  CHECK-SAME:     declined, axis 3 is padded, not only 1 and 2
func.func @padded_channels(%x: tensor<1x5x6x7x!e>) -> !y {
  %w = q.constant dense<1> : tensor<8x3x3x8xi8> as !w
  %0 = q.pad %x low [0, 0, 0, 0] high [0, 0, 0, 1] {code = -5 : i64} : (tensor<1x5x6x7x!e>) -> !p
  %1 = q.conv2d %0, %w strides [1, 1] pads [1, 1, 1, 1] clamp [-100, 100]
     {multiplier = dense<0.5> : tensor<1xf32>} : (!p, !w) -> !y
  return %1 : !y
}

// A pool divides by the number of elements that are there.
// CHECK-LABEL: func.func @pool
//       CHECK:   q.pad
//       CHECK:   q.avg_pool2d {{.*}} pads [0, 0, 0, 0]
func.func @pool(%x: !x) -> tensor<1x4x5x8x!e> {
  %0 = q.pad %x low [0, 0, 0, 0] high [0, 1, 2, 0] {code = -5 : i64} : (!x) -> !p
  %1 = q.avg_pool2d %0 kernel [2, 2] strides [1, 1] pads [0, 0, 0, 0]
     {clamp = array<i64: -128, 127>} : (!p) -> tensor<1x4x5x8x!e>
  return %1 : tensor<1x4x5x8x!e>
}
