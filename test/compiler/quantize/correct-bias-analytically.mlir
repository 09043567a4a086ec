// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-opt %s --pass-pipeline='builtin.module(func.func(qf-correct-bias-analytically{input-low=0 input-high=4}))' | FileCheck %s

!in = !quant.uniform<i8:f32, 0.03125:-128>
!w = !quant.uniform<i8<-127:127>:f32, 1.0>
!b = !quant.uniform<i32:f32, 0.03125>

// E[x] = 2 in the middle of [0, 4] until a batch norm says otherwise. Weights
// 1.25 and 3.5 become 1 and 4 (ties to even): errors -0.25 and 0.5. The
// convolution has statistics, mean 3 before a clamp far away: the linear's bias
// 10 gets 0.25 * 3 - 0.5 * 3 = -0.75, a convolution on the input
// 0.25 * 2 = 0.5.
// CHECK-LABEL: func @main
//       CHECK:   %[[B1:.*]] = nn.constant dense<[5.000000e-01, -1.000000e+00]>
//       CHECK:   %[[F1:.*]] = qf.fake_quant %[[B1]] as !quant.uniform<i32:f32, 3.125000e-02>
//       CHECK:   nn.conv2d %{{.*}}, %{{.*}}, %[[F1]] {{.*}}bias corrected from statistics: by up to 1"
//       CHECK:   %[[B2:.*]] = nn.constant dense<9.250000e+00>
//       CHECK:   %[[F2:.*]] = qf.fake_quant %[[B2]] as
//       CHECK:   nn.linear %{{.*}}, %{{.*}}, %[[F2]] {{.*}}by up to 0.75"
func.func @main(%x: tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32> {
  %w = nn.constant dense<[[[[1.25]]], [[[3.5]]]]> : tensor<2x1x1x1xf32>
  %v = nn.constant dense<[[1.25, 3.5]]> : tensor<1x2xf32>
  %b = nn.constant dense<10.0> : tensor<1xf32>
  %qx = qf.fake_quant %x as !in : tensor<1x1x1x1xf32>
  %qw = qf.fake_quant %w as !w : tensor<2x1x1x1xf32>
  %qv = qf.fake_quant %v as !w : tensor<1x2xf32>
  %qb = qf.fake_quant %b as !b : tensor<1xf32>
  %0 = nn.conv2d %qx, %qw strides [1, 1] pads [0, 0, 0, 0] clamp [-1000.0, 1000.0] {quench.statistics = {deviation = array<f32: 1.0, 1.0>, mean = array<f32: 3.0, 3.0>}} : (tensor<1x1x1x1xf32>, tensor<2x1x1x1xf32>) -> tensor<1x1x1x2xf32>
  %1 = qf.fake_quant %0 as !in : tensor<1x1x1x2xf32>
  %2 = nn.linear %1, %qv, %qb : (tensor<1x1x1x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<1x1x1x1xf32>
  %3 = qf.fake_quant %2 as !in : tensor<1x1x1x1xf32>
  return %3 : tensor<1x1x1x1xf32>
}

// A filter with groups is made of codes already: what its rounding changed is
// not known here.
// CHECK-LABEL: func @groups
//       CHECK:   nn.linear %{{.*}}, %{{.*}} {quench.notes = ["bias not corrected: its filter has groups"]
func.func @groups(%x: tensor<1x16xf32>) -> tensor<1x1xf32> {
  %qx = qf.fake_quant %x as !in : tensor<1x16xf32>
  %w = qf.constant dense<6> : tensor<1x16xi8> as !w {group_bits = 4, group_size = 16, group_multipliers = dense<3> : tensor<1x1xi8>} : tensor<1x16xf32>
  %0 = nn.linear %qx, %w {quench.statistics = {deviation = array<f32: 1.0>, mean = array<f32: 3.0>}} : (tensor<1x16xf32>, tensor<1x16xf32>) -> tensor<1x1xf32>
  %1 = qf.fake_quant %0 as !in : tensor<1x1xf32>
  return %1 : tensor<1x1xf32>
}
