// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// place: what it refuses.
//
// RUN: quench-opt %s --split-input-file --verify-diagnostics --place
// RUN: not quench-opt %s --split-input-file --place=targets=z80 2>&1 | FileCheck %s --check-prefix=TARGET
// RUN: not quench-opt %s --split-input-file --place=targets=scalar,x86_avx2,arm_dotprod 2>&1 | FileCheck %s --check-prefix=FAMILIES

// FAMILIES: error: targets 'x86_avx2' and 'arm_dotprod' are of two families: no processor runs both
// TARGET: error: unknown target 'z80'; targets are x86_avx512vnni, {{.*}}scalar

// expected-error @below {{expected a func.func @main to place, found none}}
module {
}

// -----

func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{'nn.relu' has no kernel: only q ops can be placed}}
  %0 = nn.relu %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = q.float_island "because" (%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    // expected-error @below {{'nn.pad' has no float kernel, so no float island may hold it}}
    %1 = nn.pad %a low [0] high [0] : (tensor<4xf32>) -> tensor<4xf32>
    q.yield %1 : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
}

// -----

func.func @main(%x: tensor<1x1x1x1x1x1x2xf32>) -> tensor<1x1x1x1x1x1x2xf32> {
  %0 = q.float_island "because" (%x) : (tensor<1x1x1x1x1x1x2xf32>) -> tensor<1x1x1x1x1x1x2xf32> {
  ^bb0(%a: tensor<1x1x1x1x1x1x2xf32>):
    %1 = nn.exp %a : tensor<1x1x1x1x1x1x2xf32>
    // expected-error @below {{'nn.add' op cannot be in a float island: a tensor has 7 axes, and float kernels take 6}}
    %2 = nn.add %1, %1 : (tensor<1x1x1x1x1x1x2xf32>, tensor<1x1x1x1x1x1x2xf32>) -> tensor<1x1x1x1x1x1x2xf32>
    q.yield %2 : tensor<1x1x1x1x1x1x2xf32>
  }
  return %0 : tensor<1x1x1x1x1x1x2xf32>
}
