// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(quantize-insert-observers{qconfig=ema}))' --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s

// The input, the filter, the convolution and the sum are rounded; the pool moves
// codes.
// CHECK-LABEL: func @basic
//       CHECK:   %[[X:.*]] = qf.observe %arg0 with "ema" {scheme = #qf.scheme<8, symmetric, tensor>} {{.*}} loc("image")
//       CHECK:   %[[W:.*]] = nn.constant
//       CHECK:   %[[WO:.*]] = qf.observe %[[W]] with "min_max" {scheme = #qf.scheme<8, narrow, tensor>}
//       CHECK:   %[[C:.*]] = nn.conv2d %[[X]], %[[WO]]
//       CHECK:   %[[CO:.*]] = qf.observe %[[C]] with "ema" {{.*}} loc("conv")
//       CHECK:   %[[P:.*]] = nn.max_pool2d %[[CO]]
//   CHECK-NOT:   qf.observe
//       CHECK:   %[[S:.*]] = nn.add %[[P]], %[[P]]
//       CHECK:   %[[SO:.*]] = qf.observe %[[S]]
//       CHECK:   return %[[SO]]
func.func @basic(%x: tensor<1x4x4x1xf32> {quench.name = "image"}) -> tensor<1x2x2x1xf32> {
  %w = nn.constant dense<1.0> : tensor<1x1x1x1xf32>
  %0 = nn.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] : (tensor<1x4x4x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x4x4x1xf32> loc("conv")
  %1 = nn.max_pool2d %0 kernel [2, 2] strides [2, 2] pads [0, 0, 0, 0] : (tensor<1x4x4x1xf32>) -> tensor<1x2x2x1xf32>
  %2 = nn.add %1, %1 : (tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32>
  return %2 : tensor<1x2x2x1xf32>
}

// -----

// Known ranges are given. What leaves the graph from an island stays float.
// CHECK-LABEL: func @known_ranges
//       CHECK:   %[[S:.*]] = nn.sigmoid
//       CHECK:   %[[SO:.*]] = qf.observe %[[S]] with "passive" {range = array<f32: 0.000000e+00, 0.99609375>, scheme = #qf.scheme<8, symmetric, tensor>}
//       CHECK:   %[[P:.*]] = nn.softmax %[[SO]]
//   CHECK-NOT:   qf.observe
//       CHECK:   return %[[P]]
func.func @known_ranges(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %0 = nn.sigmoid %x : tensor<1x4xf32>
  %1 = nn.softmax %0 axis 1 : tensor<1x4xf32>
  return %1 : tensor<1x4xf32>
}

// -----

// An integer op reads the island: observed for that op only.
// CHECK-LABEL: func @island_border
//       CHECK:   %[[P:.*]] = nn.softmax
//       CHECK:   %[[PO:.*]] = qf.observe %[[P]] with "passive"
//       CHECK:   nn.layer_norm %[[P]]
//       CHECK:   nn.mul %[[PO]], %[[PO]]
func.func @island_border(%x: tensor<1x4xf32>) -> (tensor<1x4xf32>, tensor<1x4xf32>) {
  %s = nn.constant dense<1.0> : tensor<4xf32>
  %0 = nn.softmax %x axis 1 : tensor<1x4xf32>
  %1 = nn.layer_norm %0, %s axis 1 {epsilon = 1.0e-5 : f32} : (tensor<1x4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
  %2 = nn.mul %0, %0 : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  return %1, %2 : tensor<1x4xf32>, tensor<1x4xf32>
}

// -----

// Nothing is rounded: the softmax reads float and gives float.
// CHECK-LABEL: func @nothing
//   CHECK-NOT:   qf.observe
//       CHECK:   return
func.func @nothing(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %0 = nn.softmax %x axis 1 : tensor<1x4xf32>
  return %0 : tensor<1x4xf32>
}
