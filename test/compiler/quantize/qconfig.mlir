// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(func.func(quantize-insert-observers))' | FileCheck %s

// Overrides by kind and by name; a later one wins; the whole name has to match,
// so that "conv" is not "conv2".
// CHECK-LABEL: func @overrides
//       CHECK:   %[[X:.*]] = qf.observe %arg0 with "min_max" {scheme = #qf.scheme<16, symmetric, tensor>}
//       CHECK:   %[[W:.*]] = qf.observe %{{.*}} with "min_max" {scheme = #qf.scheme<4, narrow, tensor>}
//       CHECK:   nn.linear %[[X]], %[[W]]
//       CHECK:   qf.observe %{{.*}} with "ema" {scheme = #qf.scheme<8, asymmetric, tensor>}
//       CHECK:   %[[V:.*]] = qf.observe %{{.*}} with "min_max" {scheme = #qf.scheme<4, narrow, channel, "tqt">}
//       CHECK:   nn.linear %{{.*}}, %[[V]]
//       CHECK:   qf.observe %{{.*}} with "passive" {range = array<f32: -1.000000e+00, 2.000000e+00>, scheme = #qf.scheme<8, asymmetric, tensor>}
module attributes {quench.qconfig = "{base: fast, overrides: [{ops: [input], activation: {bits: 16}}, {ops: [linear], weight: {bits: 4}}, {name: conv, weight: {granularity: tensor}, activation: {observer: ema}}, {name: 'conv[0-9]', weight: {fake_quant: tqt}, activation: {range: [-1, 2]}}]}"} {
  func.func @overrides(%x: tensor<1x1xf32> {quench.name = "image"}) -> tensor<1x1xf32> {
    %w = nn.constant dense<1.0> : tensor<1x1xf32>
    %0 = nn.linear %x, %w : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32> loc("conv")
    %1 = nn.linear %0, %w : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32> loc("conv2")
    return %1 : tensor<1x1xf32>
  }
}

// -----

// A layer that stays float is an island: what it reads is rounded, its filter
// is not, and its result is rounded for the integer op behind it only.
// CHECK-LABEL: func @keep_float
//       CHECK:   %[[W:.*]] = nn.constant
//       CHECK:   %[[Y:.*]] = nn.linear %{{.*}}, %[[W]] {quench.keep_float, quench.notes = ["stays float, as the QConfig says"]}
//       CHECK:   %[[O:.*]] = qf.observe %[[Y]]
//       CHECK:   nn.relu %[[O]]
//       CHECK:   return %{{.*}}, %[[Y]]
module attributes {quench.qconfig = "{overrides: [{name: fc, keep_float: true}]}"} {
  func.func @keep_float(%x: tensor<1x1xf32>) -> (tensor<1x1xf32>, tensor<1x1xf32>) {
    %w = nn.constant dense<1.0> : tensor<1x1xf32>
    %0 = nn.linear %x, %w : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32> loc("fc")
    %1 = nn.relu %0 : tensor<1x1xf32>
    return %1, %0 : tensor<1x1xf32>, tensor<1x1xf32>
  }
}

// -----

module attributes {quench.qconfig = "{overrides: [{name: fc, activation: {bits: 16}}, {name: fd, ops: [conv2d, linear], keep_float: true}]}"} {
  // expected-note@+2 {{a name is a regular expression that has to match a whole tensor name; 'quench inspect' lists them}}
  // expected-error@+1 {{override 2 (name 'fd', ops conv2d, linear) matches no op}}
  func.func @matches_nothing(%x: tensor<1x1xf32>) -> tensor<1x1xf32> {
    %w = nn.constant dense<1.0> : tensor<1x1xf32>
    %0 = nn.linear %x, %w : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32> loc("fc")
    return %0 : tensor<1x1xf32>
  }
}

// -----

// expected-error@+1 {{'quench.qconfig', 1:}}
module attributes {quench.qconfig = "{wieght: {bits: 4}}"} {
  func.func @unknown_key() {
    return
  }
}
