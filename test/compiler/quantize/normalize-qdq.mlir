// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-opt %s --pass-pipeline='builtin.module(func.func(qf-normalize-qdq))' --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s

!a = !quant.uniform<i8:f32, 0.5:-128>
!b = !quant.uniform<i8:f32, 0.25:3>
!w = !quant.uniform<i8:f32, 0.125>

// A clip between the op and its fake_quant is the op's clamp.
// CHECK-LABEL: func @clamp
//       CHECK:   %[[Y:.*]] = nn.add %{{.*}} clamp [0.000000e+00, 6.000000e+00]
//   CHECK-NOT:   nn.clip
//       CHECK:   qf.fake_quant %[[Y]]
func.func @clamp(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = qf.fake_quant %x as !a : tensor<4xf32>
  %1 = nn.add %0, %0 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %2 = nn.clip %1 {min = 0.0 : f32, max = 6.0 : f32} : tensor<4xf32>
  %3 = qf.fake_quant %2 as !a : tensor<4xf32>
  return %3 : tensor<4xf32>
}

// The fake_quant moves in front of reshape and pool; the new one has the name of
// the sum, the pool that of the tensor it makes.
// CHECK-LABEL: func @through_movement
//       CHECK:   %[[S:.*]] = nn.add
//       CHECK:   %[[Q:.*]] = qf.fake_quant %[[S]] as {{.*}} loc("sum")
//       CHECK:   %[[R:.*]] = nn.reshape %[[Q]]
//       CHECK:   %[[P:.*]] = nn.max_pool2d %[[R]] {{.*}} loc("pooled")
//       CHECK:   return %[[P]]
func.func @through_movement(%x: tensor<4xf32>) -> tensor<1x1x1x1xf32> {
  %0 = qf.fake_quant %x as !a : tensor<4xf32>
  %1 = nn.add %0, %0 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> loc("sum")
  %2 = nn.reshape %1 : (tensor<4xf32>) -> tensor<1x2x2x1xf32>
  %3 = nn.max_pool2d %2 kernel [2, 2] strides [2, 2] pads [0, 0, 0, 0] : (tensor<1x2x2x1xf32>) -> tensor<1x1x1x1xf32>
  %4 = qf.fake_quant %3 as !b : tensor<1x1x1x1xf32> loc("pooled")
  return %4 : tensor<1x1x1x1xf32>
}

// Already on that grid, also through a reshape.
// CHECK-LABEL: func @redundant
//       CHECK:   qf.fake_quant %arg0
//       CHECK:   %[[R:.*]] = nn.reshape
//   CHECK-NOT:   qf.fake_quant
//       CHECK:   return %[[R]]
func.func @redundant(%x: tensor<4xf32>) -> tensor<2x2xf32> {
  %0 = qf.fake_quant %x as !a : tensor<4xf32>
  %1 = nn.reshape %0 : (tensor<4xf32>) -> tensor<2x2xf32>
  %2 = qf.fake_quant %1 as !a : tensor<2x2xf32>
  return %2 : tensor<2x2xf32>
}

// Another grid: a requantization, which stays.
// CHECK-LABEL: func @requantize
//       CHECK:   nn.reshape
//       CHECK:   %[[Q:.*]] = qf.fake_quant
//       CHECK:   return %[[Q]]
func.func @requantize(%x: tensor<4xf32>) -> tensor<2x2xf32> {
  %0 = qf.fake_quant %x as !a : tensor<4xf32>
  %1 = nn.reshape %0 : (tensor<4xf32>) -> tensor<2x2xf32>
  %2 = qf.fake_quant %1 as !b : tensor<2x2xf32>
  return %2 : tensor<2x2xf32>
}

// One pair per consumer, as exporters write it, is one fake_quant.
// CHECK-LABEL: func @duplicates
//       CHECK:   %[[Q:.*]] = qf.fake_quant %arg0
//   CHECK-NOT:   qf.fake_quant
//       CHECK:   return %[[Q]], %[[Q]]
func.func @duplicates(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %0 = qf.fake_quant %x as !a : tensor<4xf32>
  %1 = qf.fake_quant %x as !a : tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// Only the input on the other grid is requantized.
// CHECK-LABEL: func @concat
//       CHECK:   %[[X:.*]] = qf.fake_quant %arg0 as !quant.uniform<i8:f32, 5.0{{.*}} loc("x")
//       CHECK:   %[[Y:.*]] = qf.fake_quant %arg1 as !quant.uniform<i8:f32, 2.5{{.*}} loc("y")
//       CHECK:   %[[R:.*]] = qf.fake_quant %[[X]] as !quant.uniform<i8:f32, 2.5{{.*}} loc("x/requantize")
//       CHECK:   %[[C:.*]] = nn.concat %[[R]], %[[Y]] {{.*}} loc("joined")
//       CHECK:   return %[[C]]
func.func @concat(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<8xf32> {
  %0 = qf.fake_quant %x as !a : tensor<4xf32> loc("x")
  %1 = qf.fake_quant %y as !b : tensor<4xf32> loc("y")
  %2 = nn.concat %0, %1 axis 0 : (tensor<4xf32>, tensor<4xf32>) -> tensor<8xf32>
  %3 = qf.fake_quant %2 as !b : tensor<8xf32> loc("joined")
  return %3 : tensor<8xf32>
}

// Biases: float gets codes of scale 0.5 * 0.125; codes whose scale is that but
// for a rounding are kept; codes of twice the scale are doubled.
// CHECK-LABEL: func @biases
//   CHECK-DAG:   %[[F:.*]] = qf.constant dense<[16, -8]> : tensor<2xi32> as !quant.uniform<i32:f32, 6.250000e-02>
//   CHECK-DAG:   %[[N:.*]] = qf.constant dense<[5, 6]> : tensor<2xi32> as !quant.uniform<i32:f32, 6.250000e-02>
//   CHECK-DAG:   %[[T:.*]] = qf.constant dense<[10, 12]> : tensor<2xi32> as !quant.uniform<i32:f32, 6.250000e-02>
//   CHECK-DAG:   nn.linear %{{.*}}, %{{.*}}, %[[F]]
//   CHECK-DAG:   nn.linear %{{.*}}, %{{.*}}, %[[N]]
//   CHECK-DAG:   nn.linear %{{.*}}, %{{.*}}, %[[T]]
func.func @biases(%x: tensor<1x1xf32>) -> (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>) {
  %0 = qf.fake_quant %x as !a : tensor<1x1xf32>
  %w = qf.constant dense<[[1], [2]]> : tensor<2x1xi8> as !w : tensor<2x1xf32>
  %f = nn.constant dense<[1.0, -0.5]> : tensor<2xf32>
  %n = qf.constant dense<[5, 6]> : tensor<2xi32> as !quant.uniform<i32:f32, 0.062500007450580597> : tensor<2xf32>
  %t = qf.constant dense<[5, 6]> : tensor<2xi32> as !quant.uniform<i32:f32, 0.125> : tensor<2xf32>
  %1 = nn.linear %0, %w, %f : (tensor<1x1xf32>, tensor<2x1xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %2 = nn.linear %0, %w, %n : (tensor<1x1xf32>, tensor<2x1xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %3 = nn.linear %0, %w, %t : (tensor<1x1xf32>, tensor<2x1xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %1, %2, %3 : tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>
}
