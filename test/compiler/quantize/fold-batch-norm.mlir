// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(nn-fold-batch-norm,canonicalize))' | FileCheck %s

// scale / sqrt(variance + epsilon) is 2 and 1 (epsilon 0): the filter of channel
// 0 doubles. The shift of channel 0 is 5 - 2 * 1 = 3, its bias 2 * 10 + 3 = 23.
// CHECK-LABEL: func @into_producer
//   CHECK-DAG:   %[[W:.*]] = nn.constant dense<{{\[\[\[\[}}2.000000e+00, 4.000000e+00]]], {{\[\[\[}}3.000000e+00, 4.000000e+00]]]]>
//   CHECK-DAG:   %[[B:.*]] = nn.constant dense<[2.300000e+01, 2.700000e+01]>
//       CHECK:   %[[Y:.*]] = nn.conv2d %{{.*}}, %[[W]], %[[B]]
//   CHECK-NOT:   nn.batch_norm
//       CHECK:   return %[[Y]]
func.func @into_producer(%x: tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32> {
  %w = nn.constant dense<[[[[1.0, 2.0]]], [[[3.0, 4.0]]]]> : tensor<2x1x1x2xf32>
  %b = nn.constant dense<[10.0, 20.0]> : tensor<2xf32>
  %s = nn.constant dense<[2.0, 2.0]> : tensor<2xf32>
  %t = nn.constant dense<[5.0, 8.0]> : tensor<2xf32>
  %m = nn.constant dense<[1.0, 1.0]> : tensor<2xf32>
  %v = nn.constant dense<[1.0, 4.0]> : tensor<2xf32>
  %0 = nn.conv2d %x, %w, %b strides [1, 1] pads [0, 0, 0, 0] : (tensor<1x4x4x2xf32>, tensor<2x1x1x2xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  %1 = nn.batch_norm %0, %s, %t, %m, %v {epsilon = 0.0 : f32} : (tensor<1x4x4x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  return %1 : tensor<1x4x4x2xf32>
}

// -----

// Somebody else reads the convolution, so its values must stay: mul and add.
// CHECK-LABEL: func @shared_producer
//       CHECK:   %[[Y:.*]] = nn.conv2d
//       CHECK:   %[[M:.*]] = nn.mul %[[Y]], %{{.*}}
//       CHECK:   %[[A:.*]] = nn.add %[[M]], %{{.*}}
//       CHECK:   return %[[Y]], %[[A]]
func.func @shared_producer(%x: tensor<1x4x4x1xf32>) -> (tensor<1x4x4x1xf32>, tensor<1x4x4x1xf32>) {
  %w = nn.constant dense<1.0> : tensor<1x1x1x1xf32>
  %c = nn.constant dense<2.0> : tensor<1xf32>
  %0 = nn.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] : (tensor<1x4x4x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x4x4x1xf32>
  %1 = nn.batch_norm %0, %c, %c, %c, %c {epsilon = 0.0 : f32} : (tensor<1x4x4x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x4x4x1xf32>
  return %0, %1 : tensor<1x4x4x1xf32>, tensor<1x4x4x1xf32>
}

// -----

// Without padding the map before a convolution is part of it, per input channel:
// filter [2 * 10, 3 * 100], bias 2 * 1 + 3 * 2.
// CHECK-LABEL: func @into_consumer
//   CHECK-DAG:   %[[W:.*]] = nn.constant dense<{{.*}}2.000000e+01, 3.000000e+02{{.*}}> : tensor<1x1x1x2xf32>
//   CHECK-DAG:   %[[B:.*]] = nn.constant dense<8.000000e+00> : tensor<1xf32>
//       CHECK:   nn.conv2d %arg0, %[[W]], %[[B]]
//   CHECK-NOT:   nn.mul
//   CHECK-NOT:   nn.add
func.func @into_consumer(%x: tensor<1x4x4x2xf32>) -> tensor<1x4x4x1xf32> {
  %s = nn.constant dense<[10.0, 100.0]> : tensor<2xf32>
  %t = nn.constant dense<[[[[1.0, 2.0]]]]> : tensor<1x1x1x2xf32>
  %w = nn.constant dense<[[[[2.0, 3.0]]]]> : tensor<1x1x1x2xf32>
  %0 = nn.mul %x, %s : (tensor<1x4x4x2xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  %1 = nn.add %0, %t : (tensor<1x4x4x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x4x4x2xf32>
  %2 = nn.conv2d %1, %w strides [1, 1] pads [0, 0, 0, 0] : (tensor<1x4x4x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x4x4x1xf32>
  return %2 : tensor<1x4x4x1xf32>
}

// -----

// With padding the shift would also be added outside of the picture: the add
// stays, and the mul in front of it, which is not alone with the convolution.
// CHECK-LABEL: func @padded_consumer
//       CHECK:   %[[A:.*]] = nn.add %arg0
//       CHECK:   nn.conv2d %[[A]]
func.func @padded_consumer(%x: tensor<1x4x4x1xf32>) -> tensor<1x4x4x1xf32> {
  %t = nn.constant dense<1.0> : tensor<1xf32>
  %w = nn.constant dense<1.0> : tensor<1x3x3x1xf32>
  %0 = nn.add %x, %t : (tensor<1x4x4x1xf32>, tensor<1xf32>) -> tensor<1x4x4x1xf32>
  %1 = nn.conv2d %0, %w strides [1, 1] pads [1, 1, 1, 1] : (tensor<1x4x4x1xf32>, tensor<1x3x3x1xf32>) -> tensor<1x4x4x1xf32>
  return %1 : tensor<1x4x4x1xf32>
}

// -----

// A factor alone may move across padding: 0 stays 0. Two groups: output channel
// 1 reads input channel 1.
// CHECK-LABEL: func @padded_factor
//       CHECK:   %[[W:.*]] = nn.constant dense<{{\[\[\[\[}}1.000000e+01]]], {{\[\[\[}}2.000000e+02]]]]>
//       CHECK:   nn.conv2d %arg0, %[[W]], %{{.*}} pads [1, 1, 1, 1]
func.func @padded_factor(%x: tensor<1x4x4x2xf32>) -> tensor<1x6x6x2xf32> {
  %s = nn.constant dense<[10.0, 100.0]> : tensor<2xf32>
  %w = nn.constant dense<[[[[1.0]]], [[[2.0]]]]> : tensor<2x1x1x1xf32>
  %0 = nn.mul %x, %s : (tensor<1x4x4x2xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  %1 = nn.conv2d %0, %w strides [1, 1] pads [1, 1, 1, 1] {groups = 2 : i64} : (tensor<1x4x4x2xf32>, tensor<2x1x1x1xf32>) -> tensor<1x6x6x2xf32>
  return %1 : tensor<1x6x6x2xf32>
}

// -----

// A clamp stands between: nothing moves into the convolution.
// CHECK-LABEL: func @clamped_producer
//       CHECK:   nn.conv2d {{.*}} clamp [0.000000e+00, 6.000000e+00]
//       CHECK:   nn.mul
func.func @clamped_producer(%x: tensor<1x4x4x1xf32>) -> tensor<1x4x4x1xf32> {
  %w = nn.constant dense<1.0> : tensor<1x1x1x1xf32>
  %c = nn.constant dense<2.0> : tensor<1xf32>
  %0 = nn.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] clamp [0.0, 6.0] : (tensor<1x4x4x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x4x4x1xf32>
  %1 = nn.mul %0, %c : (tensor<1x4x4x1xf32>, tensor<1xf32>) -> tensor<1x4x4x1xf32>
  return %1 : tensor<1x4x4x1xf32>
}

// -----

// A constant that is no affine map per channel stays: it differs along axis 1.
// CHECK-LABEL: func @not_per_channel
//       CHECK:   nn.linear
//       CHECK:   nn.add
func.func @not_per_channel(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %w = nn.constant dense<1.0> : tensor<2x2xf32>
  %c = nn.constant dense<[[1.0], [2.0]]> : tensor<2x1xf32>
  %0 = nn.linear %x, %w : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  %1 = nn.add %0, %c : (tensor<2x2xf32>, tensor<2x1xf32>) -> tensor<2x2xf32>
  return %1 : tensor<2x2xf32>
}

// -----

// What the batch_norm says about its result stays on the convolution: mean
// beta, deviation |gamma|. A factor behind it maps both, and the activation
// that is fused later leaves them alone: they are those before the clamp.
// CHECK-LABEL: func @statistics
//       CHECK:   nn.conv2d {{.*}} {quench.statistics = {deviation = array<f32: 6.000000e+00, 1.000000e+00>, mean = array<f32: -1.500000e+01, -4.000000e+00>}}
func.func @statistics(%x: tensor<1x4x4x1xf32>) -> tensor<1x4x4x2xf32> {
  %w = nn.constant dense<1.0> : tensor<2x1x1x1xf32>
  %s = nn.constant dense<[2.0, -0.5]> : tensor<2xf32>
  %t = nn.constant dense<[5.0, -2.0]> : tensor<2xf32>
  %m = nn.constant dense<[1.0, 1.0]> : tensor<2xf32>
  %f = nn.constant dense<[-3.0, 2.0]> : tensor<2xf32>
  %0 = nn.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] : (tensor<1x4x4x1xf32>, tensor<2x1x1x1xf32>) -> tensor<1x4x4x2xf32>
  %1 = nn.batch_norm %0, %s, %t, %m, %m {epsilon = 0.0 : f32} : (tensor<1x4x4x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  %2 = nn.mul %1, %f : (tensor<1x4x4x2xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  return %2 : tensor<1x4x4x2xf32>
}

// -----

// Without a batch_norm nothing is known, whatever else is folded.
// CHECK-LABEL: func @no_statistics
//   CHECK-NOT:   quench.statistics
func.func @no_statistics(%x: tensor<1x4x4x1xf32>) -> tensor<1x4x4x2xf32> {
  %w = nn.constant dense<1.0> : tensor<2x1x1x1xf32>
  %f = nn.constant dense<[-3.0, 2.0]> : tensor<2xf32>
  %0 = nn.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] : (tensor<1x4x4x1xf32>, tensor<2x1x1x1xf32>) -> tensor<1x4x4x2xf32>
  %1 = nn.mul %0, %f : (tensor<1x4x4x2xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  return %1 : tensor<1x4x4x2xf32>
}
