// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Filters whose codes fit 4 or 2 bits are stored with as many: plan, explanation
// and emitted text. The 8-bit layer between them stays as it is.
//
// RUN: quench-opt %s --quench-place='targets=x86_avx2,scalar' --verify-plan -o %t.plan.mlir
// RUN: FileCheck %s --input-file=%t.plan.mlir
// RUN: quench-opt %t.plan.mlir --explain-plan -o /dev/null | FileCheck %s --check-prefix=TEXT
// RUN: quench-opt %t.plan.mlir --explain-plan=json -o /dev/null | FileCheck %s --check-prefix=JSON
// RUN: rm -rf %t && quench compile %t.plan.mlir --quiet --prefix=net -o %t
// RUN: FileCheck %s --check-prefix=SOURCE --input-file=%t/net.cpp
//
// The program gives the bytes of the interpreter, with and without vectors.
// RUN: %python -c "import numpy as np; np.save(r'%t/x.npy', np.random.default_rng(1).integers(-128, 128, (1, 4, 4, 8)).astype(np.int8))"
// RUN: quench-run %s --input %t/x.npy --output-dir %t
// RUN: quench compile %s --quiet --target=host,scalar --prefix=net --emit=exe %quench_cxx -o %t/exe
// RUN: %t/exe/net %t/x.npy -o %t/y.npy && cmp %t/result0.npy %t/y.npy
// RUN: %t/exe/net %t/x.npy --isa scalar -o %t/y.npy && cmp %t/result0.npy %t/y.npy

// Eight channels of eight codes: 64, one chunk of 32 bytes for AVX2. The bytes
// are code + 8 of 3 and -8, below. Constants that want large alignments come
// first, so that there is nothing between them.
// CHECK: plan.weights "four_filter" dense<{{.*}}> {alignment = 32 : i64, packing = "oc16k2, 4 bits a code"} : <32xi8>
// CHECK-NEXT: plan.weights "four_mul" {{.*}} {alignment = 32 : i64} : <8xf32>
// CHECK-NEXT: plan.weights "eight_mul" {{.*}} {alignment = 32 : i64} : <8xf32>
// CHECK-NEXT: plan.weights "two_filter" {{.*}} {alignment = 32 : i64, packing = "c16, 2 bits a code"} : <32xi8>
// CHECK-NEXT: plan.weights "two_mul" {{.*}} {alignment = 32 : i64} : <8xf32>
// CHECK-NEXT: plan.weights "eight_filter" dense<7> {{.*}} {alignment = 16 : i64, packing = "oc16k2"} : <64xi8>
// What the reference reads has the alignment of its elements. Biases are those
// that AVX2 folds zero points into.
// CHECK-NEXT: plan.weights "up_mul" {{.*}}tensor<1xf32> : <1xf32>
// CHECK-NEXT: plan.weights "four_bias" dense<65> : tensor<8xi16> : <8xi16>
// CHECK-NEXT: plan.weights "eight_bias" dense<280> : tensor<8xi16> : <8xi16>
// CHECK-NEXT: plan.weights "two_bias" dense<-45> : tensor<8xi16> : <8xi16>
// CHECK-NEXT: plan.weights "four_filter_2" dense<{{.*}}> {packing = "dense, 4 bits a code"} : <32xi8>
// CHECK-NEXT: plan.weights "eight_filter_2" dense<7> : tensor<64xi8> : <64xi8>
// Nine codes a channel take three bytes.
// CHECK-NEXT: plan.weights "two_filter_2" {{.*}} {packing = "dense, 2 bits a code"} : <24xi8>
// CHECK: plan.call 0 variant 0 "conv2d_rows_s8w4_{{.*}}_x86_avx2"
// CHECK-SAME: scratch {{[0-9]+}} at {{[0-9]+}}
// CHECK: plan.call 0 variant 1 "qrt_ref_conv2d_s8w4"
// CHECK-SAME: scratch {{[0-9]+}} at {{[0-9]+}}
// CHECK: plan.call 1 variant 0 "conv2d_rows_s8_{{.*}}_x86_avx2"
// CHECK: plan.call 1 variant 1 "qrt_ref_conv2d_s8"
// CHECK-NOT: scratch
// CHECK: plan.call 2 variant 0 "depthwise{{.*}}_s8w2_{{.*}}_x86_avx2"
// CHECK: plan.call 2 variant 1 "qrt_ref_conv2d_s8w2"
// CHECK: plan.call 3 variant -1 "qrt_ref_conv_transpose2d_s8w4"
// CHECK-SAME: scratch {{[0-9]+}} at {{[0-9]+}}

// TEXT: x86_avx2: conv2d_rows_s8w4_
// TEXT-NEXT: 4-bit weights, unpacked per block of {{16|32}} channels
// TEXT-NOT: _s8_
// TEXT: scalar: qrt_ref_conv2d_s8w4,
// TEXT-NEXT: 4-bit weights, unpacked per block of 8 channels
// TEXT: x86_avx2: conv2d_rows_s8_
// TEXT-NOT: -bit weights
// TEXT: x86_avx2: depthwise
// TEXT-NEXT: 2-bit weights, unpacked per block of 8 channels
// TEXT: all targets: qrt_ref_conv_transpose2d_s8w4,
// TEXT-NEXT: 4-bit weights, unpacked per block of 1 channel{{$}}

// JSON: "kernel": "qrt_ref_conv2d_s8w4",
// JSON-NEXT: "filter": "4-bit weights, unpacked per block of 8 channels",
// JSON: "kernel": "qrt_ref_conv2d_s8",
// JSON-NEXT: "cycles"

// SOURCE: // Unpacks `count` codes of 4 bits, stored plus 8: byte i of 32 holds the codes
// SOURCE: unpack4_x86_avx2_256(int8_t *y, const int8_t **stored, ptrdiff_t count) {
// SOURCE: _mm256_sub_epi8(_mm256_and_si256(packed, mask), half)
// SOURCE: Packing  filter:
// SOURCE: (unpack4)
// SOURCE: unpack4_x86_avx2_256(weights, &stored, width * column);
// SOURCE: unpack2_x86_avx2_256(weights, &stored, p->in_c * taps);
// SOURCE: alignas(32) int8_t four_filter[32]; // oc16k2, 4 bits a code
// SOURCE: {{^}}  int8_t two_filter_2[24]; // dense, 2 bits a code
// SOURCE: static void run_scalar(
// Without biases of 16 bits, other parameters than for AVX2.
// SOURCE: qrt_ref_conv2d_s8w4(&four_params_2,
// SOURCE-NEXT: t.arena + {{[0-9]+}});
// SOURCE: qrt_ref_conv_transpose2d_s8w4(&up_params,
// SOURCE-NEXT: t.arena + {{[0-9]+}});

!e = !quant.uniform<i8:f32, 0.5:-5>
!x = tensor<1x4x4x8x!e>
!w4 = tensor<8x1x1x8x!quant.uniform<i8<-8:7>:f32, 0.0625>>
!w8 = tensor<8x1x1x8x!quant.uniform<i8<-127:127>:f32, 0.03125>>
!w2 = tensor<8x3x3x1x!quant.uniform<i8<-1:1>:f32, 0.25>>
!t4 = tensor<1x16x17x8x!quant.uniform<i8<-7:7>:f32, 0.03125>>
func.func @main(%x: !x) -> tensor<1x19x20x1x!e> {
  %w4 = q.constant dense<[[[[3, 3, 3, 3, 3, 3, 3, -8]]], [[[3, 3, 3, 3, 3, 3, 3, -8]]],
    [[[3, 3, 3, 3, 3, 3, 3, -8]]], [[[3, 3, 3, 3, 3, 3, 3, -8]]],
    [[[3, 3, 3, 3, 3, 3, 3, -8]]], [[[3, 3, 3, 3, 3, 3, 3, -8]]],
    [[[3, 3, 3, 3, 3, 3, 3, -8]]], [[[3, 3, 3, 3, 3, 3, 3, -8]]]]> : tensor<8x1x1x8xi8> as !w4
  %w8 = q.constant dense<7> : tensor<8x1x1x8xi8> as !w8
  %w2 = q.constant dense<-1> : tensor<8x3x3x1xi8> as !w2
  %t4 = q.constant dense<-2> : tensor<1x16x17x8xi8> as !t4
  %a = q.conv2d %x, %w4 strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127]
     {multiplier = dense<0.0625> : tensor<1xf32>} : (!x, !w4) -> !x loc("four")
  %b = q.conv2d %a, %w8 strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127]
     {multiplier = dense<0.03125> : tensor<1xf32>} : (!x, !w8) -> !x loc("eight")
  %c = q.conv2d %b, %w2 strides [1, 1] pads [1, 1, 1, 1] clamp [-128, 127]
     {groups = 8 : i64, multiplier = dense<0.25> : tensor<1xf32>} : (!x, !w2) -> !x loc("two")
  %d = q.conv_transpose2d %c, %t4 strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127]
     {multiplier = dense<0.03125> : tensor<1xf32>} : (!x, !t4) -> tensor<1x19x20x1x!e> loc("up")
  return %d : tensor<1x19x20x1x!e>
}
