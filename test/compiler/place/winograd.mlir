// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// 3x3 convolutions run by Winograd where weights prove its results exact: the
// explanation has the proof, or the sum that it fails for.
//
// RUN: quench-opt %s --quench-place='targets=x86_avx2' --verify-plan -o %t.plan.mlir
// RUN: FileCheck %s --input-file=%t.plan.mlir
// RUN: quench-opt %t.plan.mlir --explain-plan -o /dev/null | FileCheck %s --check-prefix=TEXT
// RUN: rm -rf %t && quench compile %t.plan.mlir --quiet --prefix=net -o %t
// RUN: FileCheck %s --check-prefix=SOURCE --input-file=%t/net.cpp
//
// It is more code, which --optimize=size does without; the bytes stay.
// RUN: quench-opt %s --quench-place='targets=x86_avx2 optimize-size=true' --explain-plan -o /dev/null | FileCheck %s --check-prefix=SMALL
// SMALL: all targets: conv2d_rows_s8_6x16x2_x86_avx2,
// SMALL: conv2d_winograd_s8_{{.*}}_x86_avx2: costs code
// SMALL: all targets: conv2d_rows_s8_6x16x2_x86_avx2,
//
// The program gives the bytes of the interpreter, with and without vectors.
// RUN: %python -c "import numpy as np; np.save(r'%t/x.npy', np.random.default_rng(1).integers(-128, 128, (1, 18, 17, 16)).astype(np.int8))"
// RUN: quench-run %s --input %t/x.npy --output-dir %t
// RUN: quench compile %s --quiet --target=host,scalar --prefix=net --emit=exe %quench_cxx -o %t/exe
// RUN: %t/exe/net %t/x.npy -o %t/y.npy && cmp %t/result0.npy %t/y.npy
// RUN: %t/exe/net %t/x.npy --isa scalar -o %t/y.npy && cmp %t/result0.npy %t/y.npy
// RUN: quench compile %s --quiet --target=host,scalar --optimize=size --prefix=net --emit=exe %quench_cxx -o %t/small
// RUN: %t/small/net %t/x.npy -o %t/y.npy && cmp %t/result0.npy %t/y.npy

// No byte more than the filter has.
// CHECK: plan.weights "near_filter" {{.*}} : <36864xi8>
// CHECK: plan.call 0 variant -1 "conv2d_winograd_s8_{{.*}}_x86_avx2"
// CHECK-SAME: scratch {{[0-9]+}} at {{[0-9]+}}
// CHECK: plan.call 1 variant -1 "conv2d_rows_s8_{{.*}}_x86_avx2"

// 128 * 9 * 16 * 3, and 128 * 9 * 256 * 127.
// TEXT: all targets: conv2d_winograd_s8_
// TEXT-NEXT: conv2d_winograd_s8_{{.*}} cycles, exact, sums of at most 55296 < 2^25
// TEXT: all targets: conv2d_rows_s8_
// TEXT: conv2d_winograd_s8_{{.*}}_x86_avx2: not exact, sums may reach 37453824 >= 2^25

// SOURCE: // conv2d_winograd_s8_{{.*}} cycles, exact, sums of at most
// SOURCE-NEXT: // 55296 < 2^25; next best
// SOURCE: {{^}}  conv2d_winograd_s8_{{.*}}_x86_avx2(&near_params,

!e = !quant.uniform<i8:f32, 0.5:-5>
!x = tensor<1x18x17x16x!e>
!y = tensor<1x18x17x256x!e>
!near = tensor<256x3x3x16x!quant.uniform<i8<-127:127>:f32, 0.03125>>
!far = tensor<16x3x3x256x!quant.uniform<i8<-127:127>:f32, 0.03125>>
func.func @main(%x: !x) -> !x {
  %near = q.constant dense<3> : tensor<256x3x3x16xi8> as !near
  %far = q.constant dense<127> : tensor<16x3x3x256xi8> as !far
  %a = q.conv2d %x, %near strides [1, 1] pads [1, 1, 1, 1] clamp [-128, 127]
     {multiplier = dense<0.03125> : tensor<1xf32>} : (!x, !near) -> !y loc("near")
  %b = q.conv2d %a, %far strides [1, 1] pads [1, 1, 1, 1] clamp [-128, 127]
     {multiplier = dense<0.03125> : tensor<1xf32>} : (!y, !far) -> !x loc("far")
  return %b : !x
}
