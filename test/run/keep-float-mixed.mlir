// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Layers kept float beside integer ones: what is rounded where, and the same
// bits in QFloat and Q.
//
// RUN: quench-opt %s --quench-observe --quench-assign --mlir-print-debuginfo -o %t.qf.mlir
// RUN: quench-opt %t.qf.mlir --quench-convert --mlir-print-debuginfo -o %t.q.mlir
// RUN: FileCheck %s --input-file=%t.q.mlir
// RUN: quench-run %t.qf.mlir --compare=%t.q.mlir --random-seed 5 | FileCheck %s --check-prefix=SAME
// RUN: quench-opt %t.q.mlir --place --verify-plan -o %t.plan.mlir
// RUN: quench-run --all-functions %S/Inputs/keep-float-values.mlir | FileCheck %s --check-prefix=VALUES

// RUN: not quench-run --function=too_many_axes --random-seed 1 %S/Inputs/keep-float-axes.mlir 2>&1 | FileCheck %s --check-prefix=AXES
// AXES: 'nn.reduce_sum' op cannot be in a float island: a tensor has 7 axes, and float kernels take 6

// SAME: tensors: 8 equal, 0 different

// VALUES-LABEL: @qf_lanes
// VALUES: 1x1 f32 [14]
// VALUES: 1x1 f32 [14]
// VALUES: 1 f32 [14]
// VALUES-LABEL: @q_lanes
// VALUES: 1x1 f32 [14]
// VALUES-LABEL: @qf_integer
// VALUES: 1 f32 [0.26]
// VALUES-LABEL: @qf_kept
// VALUES: 1 f32 [0.24]

// The graph's input goes to a kept layer as it is, and is rounded for another;
// both have one filter, which the island holds as floats.
// CHECK-LABEL: func @main
//   CHECK-DAG:   %[[W:.*]] = q.constant
//   CHECK-DAG:   %[[X:.*]] = q.quantize %arg0
//       CHECK:   %[[F:.*]] = q.float_island "the quantization's QConfig keeps it float"(%arg0)
//       CHECK:     nn.constant
//       CHECK:     nn.conv2d
// A sum with one float side rounds it.
//       CHECK:   %[[R:.*]] = q.quantize %[[F]]
//       CHECK:   %[[C:.*]] = q.conv2d %[[X]], %[[W]]
//       CHECK:   q.add %[[R]], %[[C]]
// A move that the pattern matches, between integers: nothing to keep.
//       CHECK:   q.reshape
// An integer result goes to a kept layer, and its float result out.
//       CHECK:   q.dequantize
//       CHECK:   q.float_island
//       CHECK:     nn.tanh
// A kept layer behind a kept one: nothing between.
//  CHECK-NEXT:     q.yield
//       CHECK:   q.float_island
//       CHECK:     nn.exp
//       CHECK:   return
module attributes {quench.qconfig = "{base: fast, overrides: [{name: '.*', activation: {range: [-4, 4]}}, {name: 'float.*', keep_float: true}]}"} {
  func.func @main(%x: tensor<1x4x4x3xf32>) -> (tensor<1x128xf32>, tensor<1x4x4x8xf32>) {
    %v = nn.constant dense<0.4> : tensor<8x1x1x3xf32>
    %0 = nn.conv2d %x, %v strides [1, 1] pads [0, 0, 0, 0] : (tensor<1x4x4x3xf32>, tensor<8x1x1x3xf32>) -> tensor<1x4x4x8xf32> loc("float_conv")
    %1 = nn.conv2d %x, %v strides [1, 1] pads [0, 0, 0, 0] clamp [0.0, 6.0] : (tensor<1x4x4x3xf32>, tensor<8x1x1x3xf32>) -> tensor<1x4x4x8xf32> loc("conv")
    %2 = nn.add %0, %1 : (tensor<1x4x4x8xf32>, tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32> loc("sum")
    %3 = nn.reshape %2 : (tensor<1x4x4x8xf32>) -> tensor<1x128xf32> loc("float_move")
    %4 = nn.relu %3 : tensor<1x128xf32> loc("relu")
    %5 = nn.tanh %4 : tensor<1x128xf32> loc("float_tanh")
    %6 = nn.exp %5 : tensor<1x128xf32> loc("float_exp")
    return %6, %0 : tensor<1x128xf32>, tensor<1x4x4x8xf32>
  }
}
