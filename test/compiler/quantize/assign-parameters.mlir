// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(qf-assign-parameters))' | FileCheck %s

// Activation [-1, 3]: scale 4 / 255, zero rne(-128 + 1 / scale) = -64.
// Filter: one scale a channel, 127 steps from 0 to the largest weight; bias in
// the product of the scales.
//       CHECK: !per_channel = !quant.uniform<i8<-127:127>:f32:0, {0.05000000{{.*}},0.00999999{{.*}}}>
//       CHECK: !per_channel1 = !quant.uniform<i32:f32:0, {7.843{{.*}}E-4,1.568{{.*}}E-4}>
// CHECK-LABEL: func @conv
//   CHECK-DAG:   %[[X:.*]] = qf.fake_quant %arg0 as !quant.uniform<i8:f32, 0.015686275437474251:-64>
//   CHECK-DAG:   %[[W:.*]] = qf.fake_quant %{{.*}} as !per_channel
//   CHECK-DAG:   %[[B:.*]] = qf.fake_quant %{{.*}} as !per_channel1
//       CHECK:   %[[Y:.*]] = nn.conv2d %[[X]], %[[W]], %[[B]]
//       CHECK:   %[[Q:.*]] = qf.fake_quant %[[Y]] as !quant.uniform<i8:f32, 1.000000e+00:-128>
//   CHECK-NOT:   qf.observe
//       CHECK:   return %[[Q]]
func.func @conv(%x: tensor<1x2x2x1xf32>) -> tensor<1x2x2x2xf32> {
  %w = nn.constant dense<[[[[6.35]]], [[[-1.27]]]]> : tensor<2x1x1x1xf32>
  %b = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %0 = qf.observe %x with "min_max" {range = array<f32: -1.0, 3.0>} : tensor<1x2x2x1xf32>
  %1 = nn.conv2d %0, %w, %b strides [1, 1] pads [0, 0, 0, 0] : (tensor<1x2x2x1xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>) -> tensor<1x2x2x2xf32>
  // Widened to contain 0: [0, 255].
  %2 = qf.observe %1 with "min_max" {range = array<f32: 1.0, 255.0>} : tensor<1x2x2x2xf32>
  return %2 : tensor<1x2x2x2xf32>
}

// -----

// A concat's inputs share the union [-1, 254]. The pool between moves codes and
// hands the group on; the sum behind it is another group.
// CHECK-LABEL: func @group
//       CHECK:   qf.fake_quant %arg0 as !quant.uniform<i8:f32, 1.000000e+00:-127>
//       CHECK:   nn.max_pool2d
//       CHECK:   qf.fake_quant %arg1 as !quant.uniform<i8:f32, 1.000000e+00:-127>
//       CHECK:   nn.concat
//       CHECK:   nn.add
//       CHECK:   qf.fake_quant %{{.*}} as !quant.uniform<i8:f32, 2.000000e+00:-128>
func.func @group(%x: tensor<1x2x2x1xf32>, %y: tensor<1x1x1x1xf32>) -> tensor<1x1x1x2xf32> {
  %0 = qf.observe %x with "min_max" {range = array<f32: 0.0, 254.0>} : tensor<1x2x2x1xf32>
  %1 = nn.max_pool2d %0 kernel [2, 2] strides [2, 2] pads [0, 0, 0, 0] : (tensor<1x2x2x1xf32>) -> tensor<1x1x1x1xf32>
  %2 = qf.observe %y with "min_max" {range = array<f32: -1.0, 1.0>} : tensor<1x1x1x1xf32>
  %3 = nn.concat %1, %2 axis 3 : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x1x1x2xf32>
  %4 = nn.add %3, %3 : (tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x1x1x2xf32>
  %5 = qf.observe %4 with "min_max" {range = array<f32: 0.0, 510.0>} : tensor<1x1x1x2xf32>
  return %5 : tensor<1x1x1x2xf32>
}

// -----

// What a pad adds is in the range: [-10, 245].
// CHECK-LABEL: func @pad
//       CHECK:   qf.fake_quant %arg0 as !quant.uniform<i8:f32, 1.000000e+00:-118>
func.func @pad(%x: tensor<2xf32>) -> tensor<4xf32> {
  %0 = qf.observe %x with "min_max" {range = array<f32: 0.0, 245.0>} : tensor<2xf32>
  %1 = nn.pad %0 low [1] high [1] {value = -10.0 : f32} : (tensor<2xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// -----

// A dead channel, weights 0 and bias 4194304 = 2^22: with the input's scale 1,
// the filter scale is raised to 1, so that the bias code is 2^22 and no more.
// CHECK-LABEL: func @dead_channel
//       CHECK:   qf.fake_quant %{{.*}} as !quant.uniform<i8<-127:127>:f32, 1.000000e+00>
//       CHECK:   qf.fake_quant %{{.*}} as !quant.uniform<i32:f32, 1.000000e+00>
//       CHECK:   nn.linear {{.*}} {quench.notes = ["1 of 1 filter scales raised so that the bias fits"]}
func.func @dead_channel(%x: tensor<1x1xf32>) -> tensor<1x1xf32> {
  %w = nn.constant dense<1.0e-30> : tensor<1x1xf32>
  %b = nn.constant dense<4194304.0> : tensor<1xf32>
  %0 = qf.observe %x with "min_max" {range = array<f32: 0.0, 255.0>} : tensor<1x1xf32>
  %1 = nn.linear %0, %w, %b : (tensor<1x1xf32>, tensor<1x1xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  %2 = qf.observe %1 with "min_max" {range = array<f32: 0.0, 1.0>} : tensor<1x1xf32>
  return %2 : tensor<1x1xf32>
}

// -----

// A constant operand of a sum is symmetric: 12.7 / 127. The slope of a prelu
// stays float: it goes into the table.
// CHECK-LABEL: func @other_constants
//       CHECK:   %[[C:.*]] = qf.fake_quant %{{.*}} as !quant.uniform<i8:f32, 0.10000000{{.*}}>
//       CHECK:   nn.add %{{.*}}, %[[C]]
//       CHECK:   %[[Y:.*]] = qf.fake_quant
//   CHECK-NOT:   qf.fake_quant
//       CHECK:   nn.prelu %[[Y]]
func.func @other_constants(%x: tensor<2xf32>) -> tensor<2xf32> {
  %c = nn.constant dense<[12.7, -1.0]> : tensor<2xf32>
  %s = nn.constant dense<[0.1, 0.2]> : tensor<2xf32>
  %0 = qf.observe %x with "min_max" {range = array<f32: 0.0, 1.0>} : tensor<2xf32>
  %1 = nn.add %0, %c : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %2 = qf.observe %1 with "min_max" {range = array<f32: 0.0, 1.0>} : tensor<2xf32>
  %3 = nn.prelu %2, %s : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %4 = qf.observe %3 with "min_max" {range = array<f32: 0.0, 1.0>} : tensor<2xf32>
  return %4 : tensor<2xf32>
}

// -----

// The schemes of observers: per tensor with -128, 6.35 / 127.5, on the filter,
// which is no longer observed; 16 bits and symmetric on the input. A sum of
// |codes| of 127 lets the input's codes reach all 16 bits: 2 / 32767.5.
// CHECK-LABEL: func @schemes
//   CHECK-DAG:   qf.fake_quant %arg0 as !quant.uniform<i16:f32, 6.10360{{.*}}E-5>
//   CHECK-DAG:   qf.fake_quant %{{.*}} as !quant.uniform<i8:f32, 0.049803{{.*}}>
//       CHECK:   nn.linear
//       CHECK:   qf.fake_quant %{{.*}} as !quant.uniform<i8<-8:7>:f32, 1.000000e+00:-7>
//   CHECK-NOT:   qf.observe
func.func @schemes(%x: tensor<1x1xf32>) -> tensor<1x2xf32> {
  %w = nn.constant dense<[[6.35], [-1.27]]> : tensor<2x1xf32>
  %0 = qf.observe %x with "min_max" {range = array<f32: -1.0, 2.0>, scheme = #qf.scheme<16, symmetric, tensor>} : tensor<1x1xf32>
  %1 = qf.observe %w with "min_max" {scheme = #qf.scheme<8, symmetric, tensor>} : tensor<2x1xf32>
  %2 = nn.linear %0, %1 : (tensor<1x1xf32>, tensor<2x1xf32>) -> tensor<1x2xf32>
  %3 = qf.observe %2 with "min_max" {range = array<f32: -1.0, 14.0>, scheme = #qf.scheme<4, asymmetric, tensor>} : tensor<1x2xf32>
  return %3 : tensor<1x2xf32>
}

// -----

// 2048 weights of code 127 each: the accumulator of 16-bit codes would wrap.
// They end at (2^31 - 1 - 2^22) / (2048 * 127) = 8240.
// CHECK-LABEL: func @reach
//       CHECK:   qf.fake_quant %arg0 as !quant.uniform<i16<-8240:8240>:f32, 1.213{{.*}}E-4>
func.func @reach(%x: tensor<1x2048xf32>) -> tensor<1x1xf32> {
  %w = nn.constant dense<1.0> : tensor<1x2048xf32>
  %0 = qf.observe %x with "min_max" {range = array<f32: 0.0, 1.0>, scheme = #qf.scheme<16, narrow, tensor>} : tensor<1x2048xf32>
  %1 = nn.linear %0, %w : (tensor<1x2048xf32>, tensor<1x2048xf32>) -> tensor<1x1xf32>
  %2 = qf.observe %1 with "min_max" {range = array<f32: 0.0, 2048.0>} : tensor<1x1xf32>
  return %2 : tensor<1x1xf32>
}

// -----

// One grid for all of a group: the member with most bits decides.
// CHECK-LABEL: func @group_of_two_schemes
//       CHECK:   qf.fake_quant %arg0 as !quant.uniform<i16<-32767:32767>:f32, 3.0518{{.*}}E-5>
//       CHECK:   qf.fake_quant %arg1 as !quant.uniform<i16<-32767:32767>:f32, 3.0518{{.*}}E-5>
func.func @group_of_two_schemes(%x: tensor<2xf32>, %y: tensor<2xf32>) -> tensor<4xf32> {
  %0 = qf.observe %x with "min_max" {range = array<f32: 0.0, 1.0>} : tensor<2xf32>
  %1 = qf.observe %y with "min_max" {range = array<f32: 0.0, 0.5>, scheme = #qf.scheme<16, narrow, tensor>} : tensor<2xf32>
  %2 = nn.concat %0, %1 axis 0 : (tensor<2xf32>, tensor<2xf32>) -> tensor<4xf32>
  return %2 : tensor<4xf32>
}

// -----

// Groups of 16 input channels: the 8-bit scale of a channel, 0.01 for weights up
// to 1.27, and a multiplier for each group, of which 7 steps reach its largest
// weight: 1.27 = 18 * 7 * 0.01 nearly, 0.14 = 2 * 7 * 0.01.
//       CHECK: !per_channel = !quant.uniform<i8<-127:127>:f32:0, {0.00999999{{.*}},0.01999999{{.*}}}>
// CHECK-LABEL: func @groups
//  CHECK-SAME:   -> tensor<1x2xf32>
//   CHECK-NOT:   nn.constant
//       CHECK:   %[[W:.*]] = qf.constant dense<{{\[}}[126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 14, -14], [126, {{.*}}, 126, -126]]> : tensor<2x18xi8> as !per_channel
//  CHECK-SAME:     {group_bits = 4 : i64, group_multipliers = dense<{{\[}}[18, 2], [18, 18]]> : tensor<2x2xi8>, group_size = 16 : i64}
//       CHECK:   nn.linear %{{.*}}, %[[W]]
func.func @groups(%x: tensor<1x18xf32>) -> tensor<1x2xf32> {
  %w = nn.constant dense<[
    [1.27, 1.27, 1.27, 1.27, 1.27, 1.27, 1.27, 1.27, 1.27, 1.27, 1.27, 1.27, 1.27, 1.27, 1.27, 1.27, 0.14, -0.14],
    [2.54, 2.54, 2.54, 2.54, 2.54, 2.54, 2.54, 2.54, 2.54, 2.54, 2.54, 2.54, 2.54, 2.54, 2.54, 2.54, 2.54, -2.54]]> : tensor<2x18xf32>
  %0 = qf.observe %x with "min_max" {range = array<f32: 0.0, 1.0>} : tensor<1x18xf32>
  %v = qf.observe %w with "min_max" {scheme = #qf.scheme<4, narrow, group, 16>} : tensor<2x18xf32>
  %1 = nn.linear %0, %v : (tensor<1x18xf32>, tensor<2x18xf32>) -> tensor<1x2xf32>
  %2 = qf.observe %1 with "min_max" {range = array<f32: 0.0, 24.0>} : tensor<1x2xf32>
  return %2 : tensor<1x2xf32>
}

// -----

// Fewer input channels than a group has: a scale per channel, in 4 bits.
// CHECK-LABEL: func @too_few_for_groups
//       CHECK:   %[[W:.*]] = qf.fake_quant %{{.*}} as !quant.uniform<i8<-7:7>:f32, 1.000000e+00>
//       CHECK:   nn.linear %{{.*}}, %[[W]] {quench.notes = ["no groups: a tap of its filter has fewer input channels"]}
func.func @too_few_for_groups(%x: tensor<1x8xf32>) -> tensor<1x1xf32> {
  %w = nn.constant dense<7.0> : tensor<1x8xf32>
  %0 = qf.observe %x with "min_max" {range = array<f32: 0.0, 1.0>} : tensor<1x8xf32>
  %v = qf.observe %w with "min_max" {scheme = #qf.scheme<4, narrow, group, 16>} : tensor<1x8xf32>
  %1 = nn.linear %0, %v : (tensor<1x8xf32>, tensor<1x8xf32>) -> tensor<1x1xf32>
  %2 = qf.observe %1 with "min_max" {range = array<f32: 0.0, 56.0>} : tensor<1x1xf32>
  return %2 : tensor<1x1xf32>
}
