// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Biases are stored in as few of 16, 24 and 32 bits as hold all of a layer, the
// zero points that a kernel folds into them included.
//
// RUN: quench-opt %s --quench-place='targets=x86_avx2,scalar' --verify-plan -o %t.plan.mlir
// RUN: FileCheck %s --input-file=%t.plan.mlir
//
// The program gives the bytes of the interpreter, with and without vectors.
// RUN: rm -rf %t && mkdir %t
// RUN: %python -c "import numpy as np; np.save(r'%t/x.npy', np.random.default_rng(1).integers(-128, 128, (1, 4, 4, 8)).astype(np.int8))"
// RUN: quench-run %s --input %t/x.npy --output-dir %t
// RUN: quench compile %s --quiet --target=host,scalar --prefix=net --emit=exe %quench_cxx -o %t/exe
// RUN: %t/exe/net %t/x.npy -o %t/y.npy && cmp %t/result0.npy %t/y.npy
// RUN: %t/exe/net %t/x.npy --isa scalar -o %t/y.npy && cmp %t/result0.npy %t/y.npy

// AVX2 adds 128 * 8, for the zero point of the input: 32767 no longer fits.
// CHECK-DAG: plan.weights "small_bias" dense<{{.*}}> : tensor<24xi8> {alignment = 2 : i64, packing = "low 16 bits, then high 8"} : <24xi8>
// CHECK-DAG: plan.weights "small_bias_2" dense<[1, -2, 32767, -32768, 5, 6, 7, 8]> : tensor<8xi16> : <8xi16>
// CHECK-DAG: plan.weights "middle_bias_2" dense<[86, 52, -2, -1, 0, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8, 0, 18, -1, -128, 0, 0, 0, 0, 0]> : tensor<24xi8> {alignment = 2 : i64, packing = "low 16 bits, then high 8"} : <24xi8>
// CHECK-DAG: plan.weights "large_bias_2" dense<[8388608, -8388609, 3, 4, 5, 6, 7, 8]> : tensor<8xi32> : <8xi32>
// CHECK: plan.call 0 variant 0
// CHECK-SAME: fields = [1, 4, 4, 8, 4, 4, 8, 1, 1, 1, 1, 1, 1, 0, 0, 1, -128, 0, 24,
// CHECK: plan.call 0 variant 1
// CHECK-SAME: fields = [1, 4, 4, 8, 4, 4, 8, 1, 1, 1, 1, 1, 1, 0, 0, 1, -128, 0, 16,
// CHECK: plan.call 1 variant 1
// CHECK-SAME: fields = [1, 4, 4, 8, 4, 4, 8, 1, 1, 1, 1, 1, 1, 0, 0, 1, -128, 0, 24,
// CHECK: plan.call 2 variant 1
// CHECK-SAME: fields = [1, 4, 4, 8, 4, 4, 8, 1, 1, 1, 1, 1, 1, 0, 0, 1, -128, 0, 0,

!x = tensor<1x4x4x8x!quant.uniform<i8:f32, 0.5:-128>>
!w = tensor<8x1x1x8x!quant.uniform<i8<-127:127>:f32, 0.03125>>
!b = tensor<8x!quant.uniform<i32:f32, 0.015625>>
func.func @main(%x: !x) -> !x {
  %w = q.constant dense<1> : tensor<8x1x1x8xi8> as !w
  %small = q.constant dense<[1, -2, 32767, -32768, 5, 6, 7, 8]> : tensor<8xi32> as !b
  %middle = q.constant dense<[1193046, -2, -8388608, 4, 5, 6, 7, 8]> : tensor<8xi32> as !b
  %large = q.constant dense<[8388608, -8388609, 3, 4, 5, 6, 7, 8]> : tensor<8xi32> as !b
  %a = q.conv2d %x, %w, bias %small strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127]
     {multiplier = dense<0.03125> : tensor<1xf32>} : (!x, !w, !b) -> !x loc("small")
  %c = q.conv2d %a, %w, bias %middle strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127]
     {multiplier = dense<0.03125> : tensor<1xf32>} : (!x, !w, !b) -> !x loc("middle")
  %d = q.conv2d %c, %w, bias %large strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127]
     {multiplier = dense<0.03125> : tensor<1xf32>} : (!x, !w, !b) -> !x loc("large")
  return %d : !x
}
