// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Fewer bits are a narrower storage range and larger steps; biases and
// activations stay as they are.
//
// RUN: quench-opt %s --quench-assign=filter-bits=4 | FileCheck %s --check-prefixes=CHECK,FOUR
// RUN: quench-opt %s --quench-assign='filter-bits=4 narrow=false' | FileCheck %s --check-prefixes=CHECK,WIDE
// RUN: quench-opt %s --quench-assign=filter-bits=2 | FileCheck %s --check-prefixes=CHECK,TWO
// RUN: not quench-opt %s --quench-assign=filter-bits=3 2>&1 | FileCheck %s --check-prefix=ERROR

// ERROR: error: expects filter-bits of 8, 4 or 2, found 3

//  FOUR: !quant.uniform<i8<-7:7>:f32:0, {0.10000000{{.*}},0.535714{{.*}}}>
//  WIDE: !quant.uniform<i8<-8:7>:f32:0, {0.093333{{.*}},5.000000e-01}>
//   TWO: !quant.uniform<i8<-1:1>:f32:0, {0.69999{{.*}},3.750000e+00}>
// CHECK: !quant.uniform<i32:f32:0,
// CHECK-LABEL: func.func @main
// CHECK: qf.fake_quant %arg0 as !quant.uniform<i8:f32, 0.015686{{.*}}:-64>
//  FOUR: qf.constant dense<{{\[\[}}7, -3], [1, -7]]>
//  WIDE: qf.constant dense<{{\[\[}}7, -3], [1, -8]]>
//   TWO: qf.constant dense<{{\[\[}}1, 0], [0, -1]]>
func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = nn.constant dense<[[0.7, -0.3], [0.7, -3.75]]> : tensor<2x2xf32>
  %b = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %0 = qf.observe %x with "min_max" {range = array<f32: -1.0, 3.0>} : tensor<1x2xf32>
  %1 = nn.linear %0, %w, %b : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %2 = qf.observe %1 with "min_max" {range = array<f32: 1.0, 255.0>} : tensor<1x2xf32>
  return %2 : tensor<1x2xf32>
}
