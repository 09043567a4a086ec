// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Two levels of one function on the same inputs, tensor by tensor.
//
// RUN: quench-run %s --compare=%S/Inputs/compare-q.mlir --random-seed 1 | FileCheck %s
// CHECK: tensors: 2 equal, 0 different, 0 only in the first, 0 only in the second

// One wrong clamp: the tensor is named, with the first code that differs.
// RUN: not quench-run %s --compare=%S/Inputs/compare-q.mlir --random-seed 1 --function=wrong \
// RUN:   | FileCheck %s --check-prefix=WRONG
// WRONG: different: sum 4, {{[1-4]}} of 4 codes, first at {{[0-3]}}: {{-?[0-9]+}} and -2
// WRONG: tensors: 1 equal, 1 different
// WRONG: different: result result0

// Nothing in common proves nothing.
// RUN: not quench-run %s --compare=%S/Inputs/compare-q.mlir --random-seed 1 --function=strangers \
// RUN:   | FileCheck %s --check-prefix=STRANGERS
// STRANGERS: tensors: 0 equal, 0 different, 2 only in the first, 2 only in the second

!x = !quant.uniform<i8:f32, 0.5:-3>

func.func @main(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = qf.fake_quant %a as !x : tensor<4xf32> loc("in")
  %1 = nn.add %0, %0 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %2 = qf.fake_quant %1 as !x : tensor<4xf32> loc("sum")
  return %2 : tensor<4xf32>
}

func.func @wrong(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = qf.fake_quant %a as !x : tensor<4xf32> loc("in")
  %1 = nn.add %0, %0 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %2 = qf.fake_quant %1 as !x : tensor<4xf32> loc("sum")
  return %2 : tensor<4xf32>
}

func.func @strangers(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = qf.fake_quant %a as !x : tensor<4xf32> loc("in")
  %1 = nn.add %0, %0 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %2 = qf.fake_quant %1 as !x : tensor<4xf32> loc("sum")
  return %2 : tensor<4xf32>
}
