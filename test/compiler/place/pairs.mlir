// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// VPMADDUBSW multiplies where few pairs of weights saturate its sums: the
// explanation and the source say how many are multiplied apart. The values are
// those of test/codegen/kernels/SafePairsTest.cpp and test/e2e.
//
// RUN: quench-opt %s --quench-place='targets=x86_avx2 bands=false' --verify-plan -o %t.plan.mlir
// RUN: FileCheck %s --input-file=%t.plan.mlir
// RUN: quench-opt %t.plan.mlir --explain-plan -o /dev/null | FileCheck %s --check-prefix=TEXT
// RUN: rm -rf %t && quench compile %t.plan.mlir --quiet --prefix=net -o %t
// RUN: FileCheck %s --check-prefix=SOURCE --input-file=%t/net.cpp
//
// It is more code, and no other target wants it.
// RUN: quench-opt %s --quench-place='targets=x86_avx2 optimize-size=true' --explain-plan -o /dev/null | FileCheck %s --check-prefix=SMALL
// SMALL: conv2d_pairs_s8_3x24x4_x86_avx2: costs code
// RUN: quench-opt %s --quench-place='targets=x86_avx512vnni' | FileCheck %s --check-prefix=VNNI
// VNNI-NOT: "conv2d_pairs

// 4096 weights; for three blocks two bytes that say that no pair is apart and
// twice eight for the order of 32 channels, in a multiple of 32.
// CHECK: plan.weights "near_filter" {{.*}} : <4160xi8>
// CHECK: plan.call 0 variant -1 "conv2d_pairs_s8_3x24x4_x86_avx2"
// CHECK: plan.call 1 variant -1 "conv2d_rows_s8_{{.*}}_x86_avx2"

// TEXT: all targets: conv2d_pairs_s8_
// TEXT-NEXT: conv2d_pairs_s8_{{.*}} cycles, no pair of products saturates, 0 of 32 multiplied apart
// TEXT: all targets: conv2d_rows_s8_
// TEXT: conv2d_pairs_s8_{{.*}} cycles, no pair of products saturates, 32 of 32 multiplied apart

// SOURCE: // Exact    VPMADDUBSW sums two products in int16:
// SOURCE: // conv2d_pairs_s8_{{.*}} cycles, no pair of products
// SOURCE-NEXT: // saturates, 0 of 32 multiplied apart; next best
// SOURCE: {{^}}  conv2d_pairs_s8_3x24x4_x86_avx2(&near_params,

!x = tensor<1x12x12x64x!quant.uniform<i8:f32, 0.5:-5>>
!w = tensor<64x1x1x64x!quant.uniform<i8<-127:127>:f32, 0.03125>>
func.func @main(%x: !x) -> !x {
  %near = q.constant dense<64> : tensor<64x1x1x64xi8> as !w
  %far = q.constant dense<65> : tensor<64x1x1x64xi8> as !w
  %a = q.conv2d %x, %near strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127]
     {multiplier = dense<0.03125> : tensor<1xf32>} : (!x, !w) -> !x loc("near")
  %b = q.conv2d %a, %far strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127]
     {multiplier = dense<0.03125> : tensor<1xf32>} : (!x, !w) -> !x loc("far")
  return %b : !x
}
