// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// place with threads: long calls are cut, and the scratch holds all workers.
// Without, nothing is said of threads.
//
// RUN: quench-opt %s --quench-place='targets=x86_avx2,scalar threads=3' | FileCheck %s
// RUN: quench-opt %s --quench-place='targets=x86_avx2,scalar' | FileCheck %s --check-prefix=ONE
// RUN: quench-opt %s --quench-place='targets=x86_avx2 threads=3' --explain-plan -o /dev/null \
// RUN:   | FileCheck %s --check-prefix=TEXT
// RUN: not quench-opt %s --place=threads=0 2>&1 | FileCheck %s --check-prefix=NUMBER -DFOUND=0
// RUN: not quench-opt %s --place=threads=257 2>&1 | FileCheck %s --check-prefix=NUMBER -DFOUND=257

// NUMBER: error: threads expects a number from 1 to 256, found [[FOUND]]

// ONE-NOT: threads
// ONE: plan.call
// ONE-NOT: threads
// ONE-NOT: split

// CHECK: plan.model @main arena {{[0-9]+}} targets {{.*}}threads = 3 : i64
// Winograd computes four rows at a time.
// CHECK: plan.call 0 variant 0 "conv2d_winograd_{{.*}}_x86_avx2"
// CHECK-SAME: split = {axis = "rows", count = 32 : i64, step = 4 : i64}
// CHECK: plan.call 0 variant 1 "qrt_ref_conv2d_s8"
// CHECK-SAME: split = {axis = "rows", count = 32 : i64, step = 1 : i64}
// A table of 2048 codes takes no time on AVX2.
// CHECK: plan.call 1 variant 0 "lut_
// CHECK-NOT: split
// CHECK: plan.call 2 variant 0 "conv2d_rows_s8_1x[[NR:[0-9]+]]x2_x86_avx2"
// CHECK-SAME: source = "fc"
// CHECK-SAME: split = {axis = "channels", column = 2048 : i64, count = 1000 : i64, step = [[NR]] : i64}
// CHECK: plan.call 2 variant 1 "qrt_ref_conv2d_s8"
// CHECK-SAME: split = {axis = "channels", column = 2048 : i64, count = 1000 : i64, step = 1 : i64}

// TEXT: scratch of a call: at most 383808 bytes

!x = tensor<1x32x32x32x!quant.uniform<i8:f32, 0.5:-5>>
!y = tensor<1x32x32x2x!quant.uniform<i8:f32, 0.5:-5>>
!f = tensor<1x2048x!quant.uniform<i8:f32, 0.5:-5>>
!z = tensor<1x1000x!quant.uniform<i8:f32, 0.5:-5>>
!w = tensor<2x3x3x32x!quant.uniform<i8<-127:127>:f32, 0.5>>
!v = tensor<1000x2048x!quant.uniform<i8<-127:127>:f32, 0.5>>
func.func @main(%x: !x) -> !z {
  %w = q.constant dense<1> : tensor<2x3x3x32xi8> as !w
  %a = q.conv2d %x, %w strides [1, 1] pads [1, 1, 1, 1] clamp [-128, 127]
     {multiplier = dense<0.5> : tensor<1xf32>} : (!x, !w) -> !y loc("conv")
  %t = q.lut %a function "f" {table = dense<3> : tensor<256xi8>} : (!y) -> !y loc("table")
  %f = q.reshape %t : (!y) -> !f loc("flat")
  %v = q.constant dense<1> : tensor<1000x2048xi8> as !v
  %b = q.linear %f, %v clamp [-128, 127] {multiplier = dense<0.5> : tensor<1xf32>}
     : (!f, !v) -> !z loc("fc")
  return %b : !z
}
