// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(func.func(verify-level{level=q report-inexact=true}))'
// RUN: not quench-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(verify-level{level=nn}))' 2>&1 | FileCheck %s --check-prefix=NN
// RUN: not quench-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(verify-level{level=qf}))' 2>&1 | FileCheck %s --check-prefix=QF
// RUN: not quench-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(verify-level{level=p}))' 2>&1 | FileCheck %s --check-prefix=UNKNOWN

// UNKNOWN: error: unknown level 'p', expected nn, qf or q

!a = !quant.uniform<i8:f32, 0.5:-128>

// nn and qf ops are refused at q, q ops at nn and qf; nn may be at qf.
// expected-error@+1 {{2 ops do not belong to level q}}
func.func @mixed(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-note@+1 {{nn.relu: it is of another level}}
  %0 = nn.relu %x : tensor<4xf32>
  // expected-note@+1 {{qf.fake_quant: it is of another level}}
  %1 = qf.fake_quant %0 as !a : tensor<4xf32>
  %2 = q.quantize %1 : (tensor<4xf32>) -> tensor<4x!a>
  %3 = q.dequantize %2 : (tensor<4x!a>) -> tensor<4xf32>
  return %3 : tensor<4xf32>
}
//       NN: error: 3 ops do not belong to level nn
//   NN-NOT: nn.relu: it
//       NN: note: qf.fake_quant: it is of another level
//       NN: note: q.quantize: it is of another level
//       NN: note: q.dequantize: it is of another level
//       QF: error: 2 ops do not belong to level qf
//   QF-NOT: qf.fake_quant: it
//       QF: note: q.quantize: it is of another level

// -----

!a = !quant.uniform<i8:f32, 0.5:-128>

// nn ops belong into islands; 65793 elements of a reach of 255 are the last that
// a float counts exactly, one more is reported.
func.func @integers(%x: tensor<1x65794xf32>) -> (tensor<1x65794xf32>, tensor<1x1xf32>, tensor<1x1xf32>) {
  %0 = q.float_island "softmax" (%x) : (tensor<1x65794xf32>) -> tensor<1x65794xf32> {
  ^bb0(%a: tensor<1x65794xf32>):
    %1 = nn.softmax %a axis 1 : tensor<1x65794xf32>
    q.yield %1 : tensor<1x65794xf32>
  }
  %2 = q.quantize %x : (tensor<1x65794xf32>) -> tensor<1x65794x!a>
  // expected-remark@+1 {{the accumulator of output channel 0 may reach 16777470, and floats above 16777216 are not exact}}
  %3 = q.reduce_sum %2 axes [1] : (tensor<1x65794x!a>) -> tensor<1x1x!a>
  %4 = q.dequantize %3 : (tensor<1x1x!a>) -> tensor<1x1xf32>
  %5 = q.slice %2 starts [0, 0] sizes [1, 65793] steps [1, 1] : (tensor<1x65794x!a>) -> tensor<1x65793x!a>
  %6 = q.reduce_sum %5 axes [1] : (tensor<1x65793x!a>) -> tensor<1x1x!a>
  %7 = q.dequantize %6 : (tensor<1x1x!a>) -> tensor<1x1xf32>
  return %0, %4, %7 : tensor<1x65794xf32>, tensor<1x1xf32>, tensor<1x1xf32>
}
