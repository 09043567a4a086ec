// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(nn-equalize))' | FileCheck %s
// RUN: quench-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(nn-equalize{powers-of-two=false}))' | FileCheck %s --check-prefix=ANY

// Channel 0: r1 = 32, r2 = 0.5, s = 8: both become 4, the bias 16 / 8. Channel
// 1 is even already. Statistics scale along.
// CHECK-LABEL: func @pair
//   CHECK-DAG:   %[[W1:.*]] = nn.constant dense<{{\[\[\[\[}}4.000000e+00]]], {{\[\[\[}}1.000000e+00]]]]>
//   CHECK-DAG:   %[[B1:.*]] = nn.constant dense<[2.000000e+00, 3.000000e+00]>
//       CHECK:   %[[X:.*]] = nn.conv2d %arg0, %[[W1]], %[[B1]] {{.*}} clamp [0.000000e+00, inf]
//  CHECK-SAME:     quench.notes = ["equalized: largest/median |w| of output channels 32 -> 4; 1 of 2 channels scaled by 0.125 to 1"]
//  CHECK-SAME:     quench.statistics = {deviation = array<f32: 1.000000e+00, 1.000000e+00>, mean = array<f32: 5.000000e-01, 1.000000e+00>}
//       CHECK:   %[[W2:.*]] = nn.constant dense<{{\[\[\[\[}}4.000000e+00, 1.000000e+00]]]]>
//       CHECK:   nn.conv2d %[[X]], %[[W2]]
//  CHECK-SAME:     quench.notes = ["not equalized: it is a result of the graph", "equalized: largest/median |w| of output channels 1 -> 1"]
func.func @pair(%x: tensor<1x4x4x1xf32>) -> tensor<1x4x4x1xf32> {
  %w1 = nn.constant dense<[[[[32.0]]], [[[1.0]]]]> : tensor<2x1x1x1xf32>
  %b1 = nn.constant dense<[16.0, 3.0]> : tensor<2xf32>
  %w2 = nn.constant dense<[[[[0.5, 1.0]]]]> : tensor<1x1x1x2xf32>
  %0 = nn.conv2d %x, %w1, %b1 strides [1, 1] pads [0, 0, 0, 0] clamp [0.0, inf] {quench.statistics = {deviation = array<f32: 8.0, 1.0>, mean = array<f32: 4.0, 1.0>}} : (tensor<1x4x4x1xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  %1 = nn.conv2d %0, %w2 strides [1, 1] pads [0, 0, 0, 0] : (tensor<1x4x4x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x4x4x1xf32>
  return %1 : tensor<1x4x4x1xf32>
}

// -----

// Through ops that keep channels whole; flattened channels-first, a pixel of
// channel c is element c * 4 + pixel of the linear. s = 4 and 1.
// CHECK-LABEL: func @through_movement
//       CHECK:   %[[W1:.*]] = nn.constant dense<{{\[\[\[\[}}4.000000e+00]]], {{\[\[\[}}2.000000e+00]]]]>
//       CHECK:   nn.conv2d %arg0, %[[W1]]
//       CHECK:   %[[W2:.*]] = nn.constant dense<{{\[\[}}4.000000e+00, 4.000000e+00, 4.000000e+00, 4.000000e+00, 2.000000e+00, 2.000000e+00, 2.000000e+00, 2.000000e+00]]>
//       CHECK:   nn.linear %{{.*}}, %[[W2]]
func.func @through_movement(%x: tensor<1x4x4x1xf32>) -> tensor<1x1xf32> {
  %w1 = nn.constant dense<[[[[16.0]]], [[[2.0]]]]> : tensor<2x1x1x1xf32>
  %w2 = nn.constant dense<[[1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0]]> : tensor<1x8xf32>
  %0 = nn.conv2d %x, %w1 strides [1, 1] pads [0, 0, 0, 0] : (tensor<1x4x4x1xf32>, tensor<2x1x1x1xf32>) -> tensor<1x4x4x2xf32>
  %1 = nn.leaky_relu %0 {alpha = 0.1 : f32} : tensor<1x4x4x2xf32>
  %2 = nn.max_pool2d %1 kernel [2, 2] strides [2, 2] pads [0, 0, 0, 0] : (tensor<1x4x4x2xf32>) -> tensor<1x2x2x2xf32>
  %3 = nn.transpose %2 perm [0, 3, 1, 2] : (tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  %4 = nn.reshape %3 : (tensor<1x2x2x2xf32>) -> tensor<1x8xf32>
  %5 = nn.linear %4, %w2 : (tensor<1x8xf32>, tensor<1x8xf32>) -> tensor<1x1xf32>
  return %5 : tensor<1x1xf32>
}

// -----

// Expand, depthwise, project: three tensors, 64, 1 and 1 become 4 each.
// With scales of any size 2^(10 / 3) = 10.08 each (1024, 1 and 1).
// ANY-LABEL: func @chain_any
// ANY-COUNT-3: nn.constant dense<10.0{{[78].*}}> : tensor<1x1x1x1xf32>
// CHECK-LABEL: func @chain
// CHECK-COUNT-3: nn.constant dense<4.000000e+00> : tensor<1x1x1x1xf32>
func.func @chain(%x: tensor<1x4x4x1xf32>) -> tensor<1x4x4x1xf32> {
  %w1 = nn.constant dense<64.0> : tensor<1x1x1x1xf32>
  %w2 = nn.constant dense<1.0> : tensor<1x1x1x1xf32>
  %0 = nn.conv2d %x, %w1 strides [1, 1] pads [0, 0, 0, 0] clamp [0.0, inf] : (tensor<1x4x4x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x4x4x1xf32>
  %1 = nn.conv2d %0, %w2 strides [1, 1] pads [0, 0, 0, 0] clamp [0.0, inf] {groups = 1 : i64} : (tensor<1x4x4x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x4x4x1xf32>
  %2 = nn.conv2d %1, %w2 strides [1, 1] pads [0, 0, 0, 0] : (tensor<1x4x4x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x4x4x1xf32>
  return %2 : tensor<1x4x4x1xf32>
}

// -----

func.func @chain_any(%x: tensor<1x4x4x1xf32>) -> tensor<1x4x4x1xf32> {
  %w1 = nn.constant dense<1024.0> : tensor<1x1x1x1xf32>
  %w2 = nn.constant dense<1.0> : tensor<1x1x1x1xf32>
  %0 = nn.conv2d %x, %w1 strides [1, 1] pads [0, 0, 0, 0] clamp [0.0, inf] : (tensor<1x4x4x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x4x4x1xf32>
  %1 = nn.conv2d %0, %w2 strides [1, 1] pads [0, 0, 0, 0] clamp [0.0, inf] : (tensor<1x4x4x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x4x4x1xf32>
  %2 = nn.conv2d %1, %w2 strides [1, 1] pads [0, 0, 0, 0] : (tensor<1x4x4x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x4x4x1xf32>
  return %2 : tensor<1x4x4x1xf32>
}

// -----

// An upper clamp and nothing known: left alone, with the reason.
// CHECK-LABEL: func @unknown_clamp
//       CHECK:   nn.constant dense<{{.*}}3.200000e+01
//       CHECK:   nn.conv2d {{.*}}quench.notes = ["not equalized: its clamp ends at 6, and without data or statistics nobody knows on which channels it acts"]
func.func @unknown_clamp(%x: tensor<1x4x4x1xf32>) -> tensor<1x4x4x1xf32> {
  %w1 = nn.constant dense<32.0> : tensor<1x1x1x1xf32>
  %w2 = nn.constant dense<0.5> : tensor<1x1x1x1xf32>
  %0 = nn.conv2d %x, %w1 strides [1, 1] pads [0, 0, 0, 0] clamp [0.0, 6.0] : (tensor<1x4x4x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x4x4x1xf32>
  %1 = nn.conv2d %0, %w2 strides [1, 1] pads [0, 0, 0, 0] : (tensor<1x4x4x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x4x4x1xf32>
  return %1 : tensor<1x4x4x1xf32>
}

// -----

// The same clamp with statistics. Channel 0 reaches 0.125 * 6 = 0.75 and wants
// to grow by 8: to 6, but headroom leaves 4. Channel 1 reaches 9: held. Channel
// 2 shrinks by 8.
// CHECK-LABEL: func @known_clamp
//       CHECK:   nn.constant dense<{{\[\[\[\[}}4.000000e+00]]], {{\[\[\[}}1.000000e+00]]], {{\[\[\[}}8.000000e+00]]]]>
//       CHECK:   nn.conv2d {{.*}} clamp [0.000000e+00, 6.000000e+00]
//  CHECK-SAME:     2 of 3 channels scaled by 0.125 to 4, 1 held by the clamp at 6
func.func @known_clamp(%x: tensor<1x4x4x1xf32>) -> tensor<1x4x4x1xf32> {
  %w1 = nn.constant dense<[[[[1.0]]], [[[1.0]]], [[[64.0]]]]> : tensor<3x1x1x1xf32>
  %w2 = nn.constant dense<[[[[64.0, 64.0, 1.0]]]]> : tensor<1x1x1x3xf32>
  %0 = nn.conv2d %x, %w1 strides [1, 1] pads [0, 0, 0, 0] clamp [0.0, 6.0] {quench.statistics = {deviation = array<f32: 0.125, 1.0, 0.5>, mean = array<f32: 0.0, 3.0, 0.0>}} : (tensor<1x4x4x1xf32>, tensor<3x1x1x1xf32>) -> tensor<1x4x4x3xf32>
  %1 = nn.conv2d %0, %w2 strides [1, 1] pads [0, 0, 0, 0] : (tensor<1x4x4x3xf32>, tensor<1x1x1x3xf32>) -> tensor<1x4x4x1xf32>
  return %1 : tensor<1x4x4x1xf32>
}

// -----

// What does not pass a scale on: another use, a curve, a clamp that begins
// elsewhere, padding that is not 0.
// CHECK-LABEL: func @refused
//       CHECK:   nn.conv2d {{.*}}"not equalized: its result has several uses"
//       CHECK:   nn.conv2d {{.*}}"not equalized: 'curve' (sigmoid) does not pass a scale per channel on"
//       CHECK:   nn.conv2d {{.*}}"not equalized: its clamp begins at -1, and only 0 keeps its meaning under a scale"
//       CHECK:   nn.conv2d {{.*}}"not equalized: 'border' (pad) does not pass a scale per channel on"
func.func @refused(%x: tensor<1x4x4x1xf32>) -> (tensor<1x4x4x1xf32>, tensor<1x6x6x1xf32>) {
  %w = nn.constant dense<32.0> : tensor<1x1x1x1xf32>
  %0 = nn.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] : (tensor<1x4x4x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x4x4x1xf32>
  %1 = nn.conv2d %0, %w strides [1, 1] pads [0, 0, 0, 0] : (tensor<1x4x4x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x4x4x1xf32>
  %2 = nn.sigmoid %1 : tensor<1x4x4x1xf32> loc("curve")
  %3 = nn.conv2d %2, %w strides [1, 1] pads [0, 0, 0, 0] clamp [-1.0, inf] : (tensor<1x4x4x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x4x4x1xf32>
  %4 = nn.conv2d %3, %w strides [1, 1] pads [0, 0, 0, 0] : (tensor<1x4x4x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x4x4x1xf32>
  %5 = nn.pad %4 low [0, 1, 1, 0] high [0, 1, 1, 0] {value = 1.0 : f32} : (tensor<1x4x4x1xf32>) -> tensor<1x6x6x1xf32> loc("border")
  %6 = nn.conv2d %5, %w strides [1, 1] pads [0, 0, 0, 0] : (tensor<1x6x6x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x6x6x1xf32>
  return %0, %6 : tensor<1x4x4x1xf32>, tensor<1x6x6x1xf32>
}

// -----

// Weights of 0 have no scale, and a channel that only its bias fills (as large
// as the tensor's largest) does not grow.
// CHECK-LABEL: func @dead_channels
//       CHECK:   nn.constant dense<[1.000000e+00, 8.000000e+00]>
func.func @dead_channels(%x: tensor<1x4x4x1xf32>) -> tensor<1x4x4x1xf32> {
  %w1 = nn.constant dense<[[[[0.0]]], [[[1.0e-6]]]]> : tensor<2x1x1x1xf32>
  %b1 = nn.constant dense<[1.0, 8.0]> : tensor<2xf32>
  %w2 = nn.constant dense<[[[[1.0, 1.0]]]]> : tensor<1x1x1x2xf32>
  %0 = nn.conv2d %x, %w1, %b1 strides [1, 1] pads [0, 0, 0, 0] : (tensor<1x4x4x1xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  %1 = nn.conv2d %0, %w2 strides [1, 1] pads [0, 0, 0, 0] : (tensor<1x4x4x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x4x4x1xf32>
  return %1 : tensor<1x4x4x1xf32>
}
