// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The integer form of compare.mlir; @wrong has another clamp.

!x = !quant.uniform<i8:f32, 0.5:-3>

func.func @main(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = q.quantize %a : (tensor<4xf32>) -> tensor<4x!x> loc("in")
  %1 = q.add %0, %0 clamp [-128, 127] : (tensor<4x!x>, tensor<4x!x>) -> tensor<4x!x> loc("sum")
  %2 = q.dequantize %1 : (tensor<4x!x>) -> tensor<4xf32> loc("out")
  return %2 : tensor<4xf32>
}

func.func @wrong(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = q.quantize %a : (tensor<4xf32>) -> tensor<4x!x> loc("in")
  %1 = q.add %0, %0 clamp [-2, 127] : (tensor<4x!x>, tensor<4x!x>) -> tensor<4x!x> loc("sum")
  %2 = q.dequantize %1 : (tensor<4x!x>) -> tensor<4xf32> loc("out")
  return %2 : tensor<4xf32>
}

func.func @strangers(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = q.quantize %a : (tensor<4xf32>) -> tensor<4x!x> loc("other")
  %1 = q.add %0, %0 clamp [-128, 127] : (tensor<4x!x>, tensor<4x!x>) -> tensor<4x!x> loc("names")
  %2 = q.dequantize %1 : (tensor<4x!x>) -> tensor<4xf32>
  return %2 : tensor<4xf32>
}
