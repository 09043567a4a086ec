// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(func.func(quantize-data-free-ranges{input-low=-1,-1 input-high=2,2}))'

func.func @folded_elsewhere(%x: tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32> {
  %w = nn.constant dense<1.0> : tensor<2x1x1x2xf32>
  // expected-error@+1 {{data-free ranges need the statistics of a batch normalization, and this op has none: give calibration data, or a model file that keeps its batch norms}}
  %0 = nn.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] : (tensor<1x4x4x2xf32>, tensor<2x1x1x2xf32>) -> tensor<1x4x4x2xf32>
  %1 = qf.observe %0 with "min_max" : tensor<1x4x4x2xf32>
  return %1 : tensor<1x4x4x2xf32>
}

// -----

func.func @filter_is_an_argument(%x: tensor<4x2xf32>, %w: tensor<2x2xf32>) -> tensor<4x2xf32> {
  %s = nn.constant dense<1.0> : tensor<2xf32>
  %0 = nn.layer_norm %x, %s axis 1 {epsilon = 1.0e-5 : f32} : (tensor<4x2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
  // expected-error@+1 {{its filter or bias is not constant, so it has no data-free range: give calibration data}}
  %1 = nn.linear %0, %w : (tensor<4x2xf32>, tensor<2x2xf32>) -> tensor<4x2xf32>
  return %1 : tensor<4x2xf32>
}

// -----

// expected-error@+1 {{data-free ranges of input 'picture' expect 1 entry or one per channel, but have 2}}
func.func @channels(%x: tensor<1x4x4x3xf32> {quench.name = "picture"}) -> tensor<1x4x4x3xf32> {
  %0 = qf.observe %x with "min_max" : tensor<1x4x4x3xf32>
  return %0 : tensor<1x4x4x3xf32>
}
