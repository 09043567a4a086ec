// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-opt %s --pass-pipeline='builtin.module(func.func(nn-fuse-activation))' --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s

// A relu with the only use of its producer becomes the clamp, and the op takes
// its name.
// CHECK-LABEL: func @relu_single_use
//       CHECK:   %[[Y:.*]] = nn.add %{{.*}}, %{{.*}} clamp [0.000000e+00, inf] {{.*}} loc("activation")
//   CHECK-NOT:   nn.relu
//       CHECK:   return %[[Y]]
func.func @relu_single_use(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = nn.add %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> loc("sum")
  %1 = nn.relu %0 : tensor<4xf32> loc("activation")
  return %1 : tensor<4xf32>
}

// Somebody else reads the producer.
// CHECK-LABEL: func @relu_shared_producer
//       CHECK:   %[[Y:.*]] = nn.add %{{[^ ]*}}, %{{[^ ]*}} :
//       CHECK:   nn.relu %[[Y]] {quench.notes = ["not a clamp of the op before: its producer has other uses"]}
func.func @relu_shared_producer(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %0 = nn.add %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = nn.relu %0 : tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// Clamps intersect: [0, inf] and [-1, 6].
// CHECK-LABEL: func @two_clamps
//       CHECK:   %[[Y:.*]] = nn.mul %{{.*}}, %{{.*}} clamp [0.000000e+00, 6.000000e+00]
//       CHECK:   return %[[Y]]
func.func @two_clamps(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = nn.mul %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = nn.relu %0 : tensor<4xf32>
  %2 = nn.clip %1 {min = -1.0 : f32, max = 6.0 : f32} : tensor<4xf32>
  return %2 : tensor<4xf32>
}

// [0, inf] and [-2, -1] do not overlap: the result is -1 everywhere, which no
// clamp of the sum says.
// CHECK-LABEL: func @disjoint
//       CHECK:   %[[Y:.*]] = nn.add %{{.*}} clamp [0.000000e+00, inf]
//       CHECK:   nn.clip %[[Y]] {{.*}}the two clamps do not overlap
func.func @disjoint(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = nn.add %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = nn.relu %0 : tensor<4xf32>
  %2 = nn.clip %1 {min = -2.0 : f32, max = -1.0 : f32} : tensor<4xf32>
  return %2 : tensor<4xf32>
}

// A pool has no clamp.
// CHECK-LABEL: func @no_clamp
//       CHECK:   nn.max_pool2d
//       CHECK:   nn.relu {{.*}}its producer takes no clamp
func.func @no_clamp(%x: tensor<1x4x4x1xf32>) -> tensor<1x2x2x1xf32> {
  %0 = nn.max_pool2d %x kernel [2, 2] strides [2, 2] pads [0, 0, 0, 0] : (tensor<1x4x4x1xf32>) -> tensor<1x2x2x1xf32>
  %1 = nn.relu %0 : tensor<1x2x2x1xf32>
  return %1 : tensor<1x2x2x1xf32>
}
