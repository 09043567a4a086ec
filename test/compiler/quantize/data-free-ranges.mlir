// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(quantize-data-free-ranges{input-low=-1 input-high=2}))' | FileCheck %s

// The input as given. A convolution with statistics: -1 +- 6 * 0.5 and
// 2 +- 6 * 1.5, inside the clamp. Their sum, of channel 1: 2 + 2 +- 6 * 1.5 *
// sqrt(2) = 4 +- 12.728, where intervals alone would say [-14, 20]. A given
// range stays.
// CHECK-LABEL: func @statistics
//       CHECK:   qf.observe %arg0 with "min_max" {range = array<f32: -1.000000e+00, 2.000000e+00>, samples = 0 : i64}
//       CHECK:   nn.conv2d
//       CHECK:   qf.observe %{{.*}} with "min_max" {range = array<f32: -7.000000e+00, 1.000000e+01>, samples = 0 : i64}
//       CHECK:   nn.add
//       CHECK:   qf.observe %{{.*}} with "min_max" {range = array<f32: -8.7279{{.*}}, 16.7279{{.*}}>, samples = 0 : i64}
//       CHECK:   qf.observe %{{.*}} with "passive" {range = array<f32: 0.000000e+00, 1.000000e+00>}
func.func @statistics(%x: tensor<1x4x4x1xf32>) -> tensor<1x4x4x2xf32> {
  %w = nn.constant dense<1.0> : tensor<2x1x1x1xf32>
  %x1 = qf.observe %x with "min_max" : tensor<1x4x4x1xf32>
  %0 = nn.conv2d %x1, %w strides [1, 1] pads [0, 0, 0, 0] clamp [-inf, 10.0] {quench.statistics = {deviation = array<f32: 0.5, 1.5>, mean = array<f32: -1.0, 2.0>}} : (tensor<1x4x4x1xf32>, tensor<2x1x1x1xf32>) -> tensor<1x4x4x2xf32>
  %1 = qf.observe %0 with "min_max" : tensor<1x4x4x2xf32>
  %2 = nn.add %1, %1 : (tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %3 = qf.observe %2 with "min_max" : tensor<1x4x4x2xf32>
  %4 = nn.sigmoid %3 : tensor<1x4x4x2xf32>
  %5 = qf.observe %4 with "passive" {range = array<f32: 0.0, 1.0>} : tensor<1x4x4x2xf32>
  return %5 : tensor<1x4x4x2xf32>
}

// -----

// A linear behind it needs none of its own: mean 2 * 1 - 3 * 2 + 1 = -3,
// variance 4 * 0.25 + 9 * 0.16 = 2.44: -3 +- 6 * 1.562.
// CHECK-LABEL: func @propagated
//       CHECK:   nn.linear %{{.*}}, %{{.*}}, %{{.*}} :
//       CHECK:   range = array<f32: -1.237{{.*}}e+01, 6.372{{.*}}>
func.func @propagated(%x: tensor<1x4x4x1xf32>) -> tensor<1x1xf32> {
  %w = nn.constant dense<1.0> : tensor<2x1x1x1xf32>
  %v = nn.constant dense<[[2.0, -3.0]]> : tensor<1x2xf32>
  %b = nn.constant dense<1.0> : tensor<1xf32>
  %0 = nn.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] {quench.statistics = {deviation = array<f32: 0.5, 0.4>, mean = array<f32: 1.0, 2.0>}} : (tensor<1x4x4x1xf32>, tensor<2x1x1x1xf32>) -> tensor<1x4x4x2xf32>
  %1 = nn.reduce_mean %0 axes [1, 2] : (tensor<1x4x4x2xf32>) -> tensor<1x1x1x2xf32>
  %2 = nn.reshape %1 : (tensor<1x1x1x2xf32>) -> tensor<1x2xf32>
  %3 = nn.linear %2, %v, %b : (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  %4 = qf.observe %3 with "min_max" : tensor<1x1xf32>
  return %4 : tensor<1x1xf32>
}
