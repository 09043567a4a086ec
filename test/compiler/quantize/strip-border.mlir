// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-opt %s --verify-diagnostics --pass-pipeline='builtin.module(func.func(q-strip-border))' | FileCheck %s
// RUN: quench-opt %s --pass-pipeline='builtin.module(func.func(q-strip-border{quantized=false}))' | FileCheck %s --check-prefix=FLOAT
// RUN: quench-opt %s --pass-pipeline='builtin.module(func.func(q-strip-border{channels-last=false}))' | FileCheck %s --check-prefix=PLANAR

!a = !quant.uniform<i8:f32, 0.5:-128>

// CHECK-LABEL: func @both
//  CHECK-SAME:   (%[[X:.*]]: tensor<1x4x5x3x!quant{{.*}}>) -> tensor<1x4x5x3x!quant
//  CHECK-NEXT:   %[[Y:.*]] = q.add %[[X]], %[[X]]
//  CHECK-NEXT:   return %[[Y]]
// FLOAT-LABEL: func @both
//  FLOAT-SAME:   (%[[X:.*]]: tensor<1x4x5x3xf32>) -> tensor<1x4x5x3xf32>
//  FLOAT-NEXT:   %[[Q:.*]] = q.quantize %[[X]]
//  FLOAT-NEXT:   %[[Y:.*]] = q.add %[[Q]], %[[Q]]
//  FLOAT-NEXT:   %[[D:.*]] = q.dequantize %[[Y]]
//  FLOAT-NEXT:   return %[[D]]
// PLANAR-LABEL: func @both
//  PLANAR-SAME:   (%[[X:.*]]: tensor<1x3x4x5x!quant{{.*}}>) -> tensor<1x3x4x5x!quant
//  PLANAR-NEXT:   q.transpose %[[X]]
//       PLANAR:   %[[Y:.*]] = q.transpose
//  PLANAR-NEXT:   return %[[Y]]
func.func @both(%x: tensor<1x3x4x5xf32>) -> tensor<1x3x4x5xf32> {
  %0 = q.quantize %x : (tensor<1x3x4x5xf32>) -> tensor<1x3x4x5x!a>
  %1 = q.transpose %0 perm [0, 2, 3, 1] : (tensor<1x3x4x5x!a>) -> tensor<1x4x5x3x!a>
  %2 = q.add %1, %1 clamp [-128, 127] : (tensor<1x4x5x3x!a>, tensor<1x4x5x3x!a>) -> tensor<1x4x5x3x!a>
  %3 = q.transpose %2 perm [0, 3, 1, 2] : (tensor<1x4x5x3x!a>) -> tensor<1x3x4x5x!a>
  %4 = q.dequantize %3 : (tensor<1x3x4x5x!a>) -> tensor<1x3x4x5xf32>
  return %4 : tensor<1x3x4x5xf32>
}

// One channel: the transpose is written as a reshape.
// CHECK-LABEL: func @one_channel
//  CHECK-SAME:   (%{{.*}}: tensor<1x4x5x1x!quant
//   CHECK-NOT:   q.reshape
//       CHECK:   return
func.func @one_channel(%x: tensor<1x1x4x5xf32>) -> tensor<1x4x5x1xf32> {
  %0 = q.quantize %x : (tensor<1x1x4x5xf32>) -> tensor<1x1x4x5x!a>
  %1 = q.reshape %0 : (tensor<1x1x4x5x!a>) -> tensor<1x4x5x1x!a>
  %2 = q.dequantize %1 : (tensor<1x4x5x1x!a>) -> tensor<1x4x5x1xf32>
  return %2 : tensor<1x4x5x1xf32>
}

// Not the move of the channels, though the sizes are the same: it stays.
// CHECK-LABEL: func @other_transpose
//  CHECK-SAME:   (%[[X:.*]]: tensor<1x4x4x4x!quant
//       CHECK:   q.transpose %[[X]] perm [0, 3, 2, 1]
//       CHECK:   %[[Y:.*]] = q.transpose %{{.*}} perm [0, 2, 1, 3]
//       CHECK:   return %[[Y]]
func.func @other_transpose(%x: tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32> {
  %0 = q.quantize %x : (tensor<1x4x4x4xf32>) -> tensor<1x4x4x4x!a>
  %1 = q.transpose %0 perm [0, 3, 2, 1] : (tensor<1x4x4x4x!a>) -> tensor<1x4x4x4x!a>
  %2 = q.add %1, %1 clamp [-128, 127] : (tensor<1x4x4x4x!a>, tensor<1x4x4x4x!a>) -> tensor<1x4x4x4x!a>
  %3 = q.transpose %2 perm [0, 2, 1, 3] : (tensor<1x4x4x4x!a>) -> tensor<1x4x4x4x!a>
  %4 = q.dequantize %3 : (tensor<1x4x4x4x!a>) -> tensor<1x4x4x4xf32>
  return %4 : tensor<1x4x4x4xf32>
}

// CHECK-LABEL: func @island_result
//  CHECK-SAME:   (%[[X:.*]]: tensor<1x4x!quant{{.*}}>) -> tensor<1x4xf32>
//       CHECK:   q.dequantize %[[X]]
func.func @island_result(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %0 = q.quantize %x : (tensor<1x4xf32>) -> tensor<1x4x!a>
  %1 = q.dequantize %0 : (tensor<1x4x!a>) -> tensor<1x4xf32>
  %2 = q.float_island "softmax" (%1) : (tensor<1x4xf32>) -> tensor<1x4xf32> {
  ^bb0(%a: tensor<1x4xf32>):
    %3 = nn.softmax %a axis 1 : tensor<1x4xf32>
    q.yield %3 : tensor<1x4xf32>
  }
  // expected-remark@+1 {{result 0, 'q.float_island', stays float: it comes from a float island}}
  return %2 : tensor<1x4xf32>
}
