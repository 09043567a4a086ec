// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(nn-smooth))' | FileCheck %s

// A layer_norm that queries and keys read: max |x| = |bias| + 6 * scale, 7 and
// 1538; max |W| over both is 16 and 1. s = sqrt(7 / 16) and sqrt 1538, about
// 1/8 and 8 over their geometric mean. No op is added.
// CHECK-LABEL: func @layer_norm
//   CHECK-DAG:   %[[S:.*]] = nn.constant dense<[8.000000e+00, 3.200000e+01]>
//   CHECK-DAG:   %[[B:.*]] = nn.constant dense<[8.000000e+00, 2.500000e-01]>
//       CHECK:   %[[X:.*]] = nn.layer_norm %arg0, %[[S]], %[[B]]
//  CHECK-SAME:     ["smoothed: largest/median |x| of channels 220 -> 3.43; 2 of 2 channels scaled"]
//   CHECK-DAG:   %[[W:.*]] = nn.constant dense<{{\[}}[2.000000e+00, 8.000000e+00], [-2.000000e+00, 8.000000e+00]]> : tensor<2x2xf32>
//   CHECK-DAG:   %[[V:.*]] = nn.constant dense<{{.*}}[6.250000e-02, 4.000000e+00]{{.*}}> : tensor<2x2xf32>
//   CHECK-DAG:   nn.linear %[[X]], %[[W]]
//   CHECK-DAG:   nn.linear %[[X]], %[[V]]
//   CHECK-NOT:   nn.mul
func.func @layer_norm(%x: tensor<4x2xf32>) -> (tensor<4x2xf32>, tensor<4x2xf32>) {
  %s = nn.constant dense<[1.0, 256.0]> : tensor<2xf32>
  %b = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %w = nn.constant dense<[[16.0, 1.0], [-16.0, 1.0]]> : tensor<2x2xf32>
  %v = nn.constant dense<0.5> : tensor<2x2xf32>
  %0 = nn.layer_norm %x, %s, %b axis 1 {epsilon = 1.0e-5 : f32} : (tensor<4x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
  %1 = nn.linear %0, %w : (tensor<4x2xf32>, tensor<2x2xf32>) -> tensor<4x2xf32>
  %2 = nn.linear %0, %v : (tensor<4x2xf32>, tensor<2x2xf32>) -> tensor<4x2xf32>
  return %1, %2 : tensor<4x2xf32>, tensor<4x2xf32>
}

// -----

// A residual reads the layer_norm too, and values of a linear are not known
// without data.
// CHECK-LABEL: func @refused
//       CHECK:   nn.layer_norm {{.*}}"not smoothed: its result has several uses"
//       CHECK:   nn.linear {{.*}}"not smoothed: its values are not known without data"
func.func @refused(%x: tensor<4x2xf32>) -> tensor<4x2xf32> {
  %s = nn.constant dense<[1.0, 64.0]> : tensor<2xf32>
  %w = nn.constant dense<1.0> : tensor<2x2xf32>
  %0 = nn.layer_norm %x, %s axis 1 {epsilon = 1.0e-5 : f32} : (tensor<4x2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
  %1 = nn.linear %0, %w : (tensor<4x2xf32>, tensor<2x2xf32>) -> tensor<4x2xf32>
  %2 = nn.linear %1, %w : (tensor<4x2xf32>, tensor<2x2xf32>) -> tensor<4x2xf32>
  %3 = nn.add %0, %2 : (tensor<4x2xf32>, tensor<4x2xf32>) -> tensor<4x2xf32>
  return %3 : tensor<4x2xf32>
}
