// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(func.func(convert-qf-to-q))'

!a = !quant.uniform<i8:f32, 0.5:-128>
!b = !quant.uniform<i8:f32, 0.25:3>

// All ops that do not fit, at once; what follows one of them is not repeated.
// expected-error@+1 {{4 ops cannot be converted to integers}}
func.func @all_at_once(%x: tensor<4xf32>, %y: tensor<4xf32>) -> (tensor<4xf32>, tensor<8xf32>) {
  %0 = qf.fake_quant %x as !a : tensor<4xf32>
  %1 = qf.fake_quant %x as !b : tensor<4xf32>
  // expected-note@+1 {{nn.relu: its result goes to 'nn.sigmoid' (nn.sigmoid) without a fake_quant}}
  %2 = nn.relu %0 : tensor<4xf32>
  %3 = nn.sigmoid %2 : tensor<4xf32>
  %4 = qf.fake_quant %3 as !a : tensor<4xf32>
  // expected-note@+1 {{nn.concat: its operands are on different grids: run qf-normalize-qdq}}
  %5 = nn.concat %0, %1 axis 0 : (tensor<4xf32>, tensor<4xf32>) -> tensor<8xf32>
  // expected-note@+1 {{nn.add: its operand 'argument 1' is not quantized}}
  %6 = nn.add %0, %y : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %7 = qf.fake_quant %6 as !a : tensor<4xf32>
  // expected-note@+1 {{qf.observe: an observer is left: run qf-assign-parameters}}
  %8 = qf.observe %0 with "min_max" : tensor<4xf32>
  return %4, %5 : tensor<4xf32>, tensor<8xf32>
}

// -----

!a = !quant.uniform<i8:f32, 0.5:-128>
!w = !quant.uniform<i8:f32, 0.5>

// 127 * 255 * 66312 = 2147514120 is the first product beyond int32.
// expected-error@+1 {{1 op cannot be converted to integers}}
func.func @wrap(%x: tensor<1x66312xf32>) -> tensor<1x1xf32> {
  %w = qf.constant dense<127> : tensor<1x66312xi8> as !w : tensor<1x66312xf32>
  %0 = qf.fake_quant %x as !a : tensor<1x66312xf32>
  // expected-note@+1 {{the accumulator of output channel 0 may reach 2147514120, and int32 wraps at 2147483648}}
  %1 = nn.linear %0, %w : (tensor<1x66312xf32>, tensor<1x66312xf32>) -> tensor<1x1xf32>
  %2 = qf.fake_quant %1 as !a : tensor<1x1xf32>
  return %2 : tensor<1x1xf32>
}

// -----

!a = !quant.uniform<i8:f32, 0.5:-128>
!w = !quant.uniform<i8:f32, 0.5>

// One weight less is just below.
func.func @no_wrap(%x: tensor<1x66311xf32>) -> tensor<1x1xf32> {
  %w = qf.constant dense<127> : tensor<1x66311xi8> as !w : tensor<1x66311xf32>
  %0 = qf.fake_quant %x as !a : tensor<1x66311xf32>
  %1 = nn.linear %0, %w : (tensor<1x66311xf32>, tensor<1x66311xf32>) -> tensor<1x1xf32>
  %2 = qf.fake_quant %1 as !a : tensor<1x1xf32>
  return %2 : tensor<1x1xf32>
}

// -----

!a = !quant.uniform<i8:f32, 0.5:-128>
!w = !quant.uniform<i8:f32, 0.5>
!b = !quant.uniform<i32:f32, 0.5>

// expected-error@+1 {{3 ops cannot be converted to integers}}
func.func @filters(%x: tensor<1x1xf32>) -> (tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>) {
  %w = qf.constant dense<1> : tensor<1x1xi8> as !w : tensor<1x1xf32>
  %b = qf.constant dense<1> : tensor<1xi32> as !b : tensor<1xf32>
  %c = nn.constant dense<1.0> : tensor<1xf32>
  %0 = qf.fake_quant %x as !a : tensor<1x1xf32>
  // expected-note@+1 {{its filter is not constant}}
  %1 = nn.linear %0, %0 : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
  %2 = qf.fake_quant %1 as !a : tensor<1x1xf32>
  // expected-note@+1 {{its bias is not in the scale of the accumulator: run qf-normalize-qdq}}
  %3 = nn.linear %0, %w, %b : (tensor<1x1xf32>, tensor<1x1xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  %4 = qf.fake_quant %3 as !a : tensor<1x1xf32>
  // expected-note@+1 {{its operand 'nn.constant' is not quantized}}
  %5 = nn.linear %0, %w, %c : (tensor<1x1xf32>, tensor<1x1xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  %6 = qf.fake_quant %5 as !a : tensor<1x1xf32>
  return %2, %4, %6 : tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>
}

// -----

// expected-error@+1 {{2 ops cannot be converted to integers}}
func.func @types(%x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  // expected-note@+1 {{activations are 8-bit or 16-bit, one scale per tensor}}
  %0 = qf.fake_quant %x as !quant.uniform<i8:f32:0, {0.5, 1.0}> : tensor<2xf32>
  // expected-note@+1 {{activations are 8-bit or 16-bit, one scale per tensor}}
  %1 = qf.fake_quant %x as !quant.uniform<i32:f32, 0.5> : tensor<2xf32>
  return %0, %1 : tensor<2xf32>, tensor<2xf32>
}
