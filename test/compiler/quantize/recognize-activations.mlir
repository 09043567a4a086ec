// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-opt %s --pass-pipeline='builtin.module(func.func(nn-recognize-activations))' | FileCheck %s

// Paddle's order: (x * clip(x + 3, 0, 6)) / 6.
// CHECK-LABEL: func @hard_swish
//       CHECK:   %[[Y:.*]] = nn.hard_swish %arg0
//  CHECK-NEXT:   return %[[Y]]
func.func @hard_swish(%x: tensor<4xf32>) -> tensor<4xf32> {
  %three = nn.constant dense<3.0> : tensor<f32>
  %sixth = nn.constant dense<0.166666672> : tensor<f32>
  %0 = nn.add %x, %three : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %1 = nn.clip %0 {min = 0.0 : f32, max = 6.0 : f32} : tensor<4xf32>
  %2 = nn.mul %x, %1 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %3 = nn.mul %2, %sixth : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %3 : tensor<4xf32>
}

// The gate on its own first, and factors the other way round.
// CHECK-LABEL: func @hard_swish_by_gate
//       CHECK:   nn.hard_swish %arg0
//  CHECK-NEXT:   return
func.func @hard_swish_by_gate(%x: tensor<4xf32>) -> tensor<4xf32> {
  %three = nn.constant dense<3.0> : tensor<f32>
  %sixth = nn.constant dense<0.166666672> : tensor<f32>
  %0 = nn.add %three, %x : (tensor<f32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = nn.clip %0 {min = 0.0 : f32, max = 6.0 : f32} : tensor<4xf32>
  %2 = nn.mul %sixth, %1 : (tensor<f32>, tensor<4xf32>) -> tensor<4xf32>
  %3 = nn.mul %2, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %3 : tensor<4xf32>
}

// CHECK-LABEL: func @hard_swish_by_hard_sigmoid
//       CHECK:   nn.hard_swish %arg0
func.func @hard_swish_by_hard_sigmoid(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = nn.hard_sigmoid %x {alpha = 0.166666672 : f32, beta = 0.5 : f32} : tensor<4xf32>
  %1 = nn.mul %0, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// A slope of 0.2 is another function.
// CHECK-LABEL: func @other_slope
//       CHECK:   nn.hard_sigmoid
//       CHECK:   nn.mul
func.func @other_slope(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = nn.hard_sigmoid %x {alpha = 0.2 : f32, beta = 0.5 : f32} : tensor<4xf32>
  %1 = nn.mul %0, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// A gate made of another tensor is no activation (squeeze and excite).
// CHECK-LABEL: func @other_gate
//       CHECK:   nn.sigmoid
//       CHECK:   nn.mul
func.func @other_gate(%x: tensor<4xf32>, %g: tensor<4xf32>) -> tensor<4xf32> {
  %0 = nn.sigmoid %g : tensor<4xf32>
  %1 = nn.mul %x, %0 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// CHECK-LABEL: func @hard_sigmoid
//       CHECK:   nn.hard_sigmoid %arg0 {alpha = 0.166666672 : f32, beta = 5.000000e-01 : f32}
//  CHECK-NEXT:   return
func.func @hard_sigmoid(%x: tensor<4xf32>) -> tensor<4xf32> {
  %three = nn.constant dense<3.0> : tensor<f32>
  %sixth = nn.constant dense<0.166666672> : tensor<f32>
  %0 = nn.add %x, %three : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %1 = nn.clip %0 {min = 0.0 : f32, max = 6.0 : f32} : tensor<4xf32>
  %2 = nn.mul %1, %sixth : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %2 : tensor<4xf32>
}

// CHECK-LABEL: func @silu
//       CHECK:   nn.silu %arg0
//  CHECK-NEXT:   return
func.func @silu(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = nn.sigmoid %x : tensor<4xf32>
  %1 = nn.mul %x, %0 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// PyTorch's order: (x * (erf(x * 0.7071) + 1)) * 0.5.
// CHECK-LABEL: func @gelu
//       CHECK:   nn.gelu %arg0
//  CHECK-NEXT:   return
func.func @gelu(%x: tensor<4xf32>) -> tensor<4xf32> {
  %root = nn.constant dense<0.707106769> : tensor<f32>
  %one = nn.constant dense<1.0> : tensor<f32>
  %half = nn.constant dense<0.5> : tensor<f32>
  %0 = nn.mul %x, %root : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %1 = nn.erf %0 : tensor<4xf32>
  %2 = nn.add %1, %one : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %3 = nn.mul %x, %2 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %4 = nn.mul %3, %half : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %4 : tensor<4xf32>
}

// A value in between that somebody reads is not taken apart.
// CHECK-LABEL: func @shared_factor
//       CHECK:   nn.clip
//       CHECK:   nn.mul
//       CHECK:   nn.mul
func.func @shared_factor(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %three = nn.constant dense<3.0> : tensor<f32>
  %sixth = nn.constant dense<0.166666672> : tensor<f32>
  %0 = nn.add %x, %three : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %1 = nn.clip %0 {min = 0.0 : f32, max = 6.0 : f32} : tensor<4xf32>
  %2 = nn.mul %x, %1 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %3 = nn.mul %2, %sixth : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %2, %3 : tensor<4xf32>, tensor<4xf32>
}
