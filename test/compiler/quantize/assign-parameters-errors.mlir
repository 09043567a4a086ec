// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(func.func(qf-assign-parameters))'

// expected-error@+1 {{1 op cannot be quantized}}
func.func @no_range(%x: tensor<2xf32>, %y: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  // expected-note@+1 {{qf.observe: it has no range: calibrate first}}
  %0 = qf.observe %x with "min_max" : tensor<2xf32>
  %1 = qf.observe %y with "min_max" {range = array<f32: 0.0, 1.0>} : tensor<2xf32>
  return %0, %1 : tensor<2xf32>, tensor<2xf32>
}

// -----

// expected-error@+1 {{1 op cannot be quantized}}
func.func @nan_weights(%x: tensor<1x2xf32>) -> tensor<1x1xf32> {
  %w = nn.constant dense<[[1.0, 0x7FC00000]]> : tensor<1x2xf32>
  %0 = qf.observe %x with "min_max" {range = array<f32: 0.0, 1.0>} : tensor<1x2xf32>
  // expected-note@+1 {{nn.linear: 1 of the 2 numbers of its constant 'nn.constant' are NaN or infinite}}
  %1 = nn.linear %0, %w : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x1xf32>
  return %1 : tensor<1x1xf32>
}

// -----

// expected-error@+1 {{2 ops cannot be quantized}}
func.func @linear(%x: tensor<1x2xf32>, %w: tensor<1x2xf32>, %b: tensor<1xf32>) -> (tensor<1x1xf32>, tensor<1x1xf32>) {
  %c = nn.constant dense<1.0> : tensor<1x2xf32>
  %0 = qf.observe %x with "min_max" {range = array<f32: 0.0, 1.0>} : tensor<1x2xf32>
  // expected-note@+1 {{its filter is not constant}}
  %1 = nn.linear %0, %w : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x1xf32>
  // expected-note@+1 {{its bias is not constant}}
  %2 = nn.linear %0, %c, %b : (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  return %1, %2 : tensor<1x1xf32>, tensor<1x1xf32>
}

// -----

// expected-error@+1 {{1 op cannot be quantized}}
func.func @not_observed(%x: tensor<1x2xf32>) -> tensor<1x1xf32> {
  %c = nn.constant dense<1.0> : tensor<1x2xf32>
  // expected-note@+1 {{its input is not observed}}
  %0 = nn.linear %x, %c : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}

// -----

// expected-error@+1 {{2 ops cannot be quantized}}
func.func @observers_of_filters(%x: tensor<1x1xf32>) -> tensor<1x1xf32> {
  %w = nn.constant dense<1.0> : tensor<1x1xf32>
  %0 = qf.observe %x with "min_max" {range = array<f32: 0.0, 1.0>} : tensor<1x1xf32>
  // expected-note@+1 {{unknown observer 'largest', expected one of min_max, ema}}
  %1 = qf.observe %w with "largest" : tensor<1x1xf32>
  %2 = nn.linear %0, %1 : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
  // expected-note@+1 {{a filter has at most 8 bits}}
  %3 = qf.observe %w with "min_max" {scheme = #qf.scheme<16, narrow, channel>} : tensor<1x1xf32>
  %4 = nn.linear %2, %3 : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
  return %4 : tensor<1x1xf32>
}

// -----

// The op that reads the constant is named, not the observer between.
// expected-error@+1 {{1 op cannot be quantized}}
func.func @nan_weights_observed(%x: tensor<1x2xf32>) -> tensor<1x1xf32> {
  %w = nn.constant dense<[[1.0, 0x7FC00000]]> : tensor<1x2xf32>
  %v = qf.observe %w with "min_max" : tensor<1x2xf32>
  %0 = qf.observe %x with "min_max" {range = array<f32: 0.0, 1.0>} : tensor<1x2xf32>
  // expected-note@+1 {{nn.linear: 1 of the 2 numbers of its constant 'nn.constant' are NaN or infinite}}
  %1 = nn.linear %0, %v : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x1xf32>
  return %1 : tensor<1x1xf32>
}
