// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(func.func(quantize-insert-observers))' | FileCheck %s

// Moves between kept layers, and from the graph's input to one, stay float.
// CHECK-LABEL: func @moves_in_float
//   CHECK-NOT:   qf.observe
//       CHECK:   nn.reshape %arg0 {quench.keep_float}
//       CHECK:   nn.tanh
//  CHECK-SAME:     quench.keep_float, quench.notes = ["stays float, as the QConfig says"]
//       CHECK:   nn.max_pool2d {{.*}}quench.keep_float
//       CHECK:   nn.concat {{.*}}quench.keep_float
//       CHECK:   nn.exp
//   CHECK-NOT:   qf.observe
//       CHECK:   return
module attributes {quench.qconfig = "{base: fast, overrides: [{name: '.*', keep_float: true}]}"} {
  func.func @moves_in_float(%x: tensor<8xf32>) -> tensor<1x1x2x4xf32> {
    %0 = nn.reshape %x : (tensor<8xf32>) -> tensor<1x2x2x2xf32>
    %1 = nn.tanh %0 : tensor<1x2x2x2xf32>
    %2 = nn.max_pool2d %1 kernel [2, 1] strides [1, 1] pads [0, 0, 0, 0] : (tensor<1x2x2x2xf32>) -> tensor<1x1x2x2xf32>
    %3 = nn.concat %2, %2 axis 3 : (tensor<1x1x2x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x1x2x4xf32>
    %4 = nn.exp %3 : tensor<1x1x2x4xf32>
    return %4 : tensor<1x1x2x4xf32>
  }
}

// -----

// A move with an integer reader, and the one that only feeds it, are integer:
// silently, there is no arithmetic to keep. So are a pad and an arg_max.
// CHECK-LABEL: func @moves_in_integers
//       CHECK:   %[[T:.*]] = nn.tanh %arg0 {quench.keep_float
//       CHECK:   %[[O:.*]] = qf.observe %[[T]]
//       CHECK:   %[[A:.*]] = nn.reshape %[[O]] :
//       CHECK:   %[[B:.*]] = nn.transpose %[[A]] perm [1, 0] :
//       CHECK:   nn.abs %[[B]] :
//       CHECK:   nn.pad %[[O]] low [0, 0] high [1, 0] :
//       CHECK:   nn.arg_max %[[O]] axis 1 :
module attributes {quench.qconfig = "{base: fast, overrides: [{ops: [tanh, reshape, transpose, pad, arg_max], keep_float: true}]}"} {
  func.func @moves_in_integers(%x: tensor<2x4xf32>) -> (tensor<2x4xf32>, tensor<3x4xf32>, tensor<2x1xi64>) {
    %0 = nn.tanh %x : tensor<2x4xf32>
    %1 = nn.reshape %0 : (tensor<2x4xf32>) -> tensor<4x2xf32>
    %2 = nn.transpose %1 perm [1, 0] : (tensor<4x2xf32>) -> tensor<2x4xf32>
    %3 = nn.abs %2 : tensor<2x4xf32>
    %4 = nn.pad %0 low [0, 0] high [1, 0] : (tensor<2x4xf32>) -> tensor<3x4xf32>
    %5 = nn.arg_max %0 axis 1 : (tensor<2x4xf32>) -> tensor<2x1xi64>
    return %3, %4, %5 : tensor<2x4xf32>, tensor<3x4xf32>, tensor<2x1xi64>
  }
}

// -----

// A move that the pattern does not match is rounded as everything else is.
// CHECK-LABEL: func @moves_unmatched
//       CHECK:   nn.tanh %arg0 {quench.keep_float
//       CHECK:   %[[O:.*]] = qf.observe
//       CHECK:   %[[R:.*]] = nn.reshape %[[O]] :
//       CHECK:   nn.exp %[[R]] {quench.keep_float
module attributes {quench.qconfig = "{base: fast, overrides: [{ops: [tanh, exp], keep_float: true}]}"} {
  func.func @moves_unmatched(%x: tensor<2x4xf32>) -> tensor<8xf32> {
    %0 = nn.tanh %x : tensor<2x4xf32>
    %1 = nn.reshape %0 : (tensor<2x4xf32>) -> tensor<8xf32>
    %2 = nn.exp %1 : tensor<8xf32>
    return %2 : tensor<8xf32>
  }
}

// -----

// All that cannot stay float, in one error.
module attributes {quench.qconfig = "{base: fast, overrides: [{ops: [add, mul], keep_float: true}]}"} {
  // expected-error@+1 {{2 ops cannot stay float}}
  func.func @too_many_axes(%x: tensor<1x1x1x1x1x1x2xf32>, %y: tensor<2xf32>) -> (tensor<1x1x1x1x1x1x2xf32>, tensor<2xf32>) {
    // expected-note@+1 {{nn.add: a tensor has 7 axes, and float kernels take 6}}
    %0 = nn.add %x, %y : (tensor<1x1x1x1x1x1x2xf32>, tensor<2xf32>) -> tensor<1x1x1x1x1x1x2xf32>
    // expected-note@+1 {{nn.mul: a tensor has 7 axes, and float kernels take 6}}
    %1 = nn.mul %0, %0 : (tensor<1x1x1x1x1x1x2xf32>, tensor<1x1x1x1x1x1x2xf32>) -> tensor<1x1x1x1x1x1x2xf32>
    %2 = nn.mul %y, %y : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    return %1, %2 : tensor<1x1x1x1x1x1x2xf32>, tensor<2xf32>
  }
}
