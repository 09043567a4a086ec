// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Filters with groups are stored as narrow codes and multipliers, where a kernel
// unpacks them, and else with 8 bits: plan, explanation and emitted text.
//
// RUN: quench-opt %s --quench-place='targets=x86_avx2,scalar' --verify-plan -o %t.plan.mlir
// RUN: FileCheck %s --input-file=%t.plan.mlir
// RUN: quench-opt %t.plan.mlir --explain-plan -o /dev/null | FileCheck %s --check-prefix=TEXT
// RUN: rm -rf %t && quench compile %t.plan.mlir --quiet --prefix=net -o %t
// RUN: FileCheck %s --check-prefix=SOURCE --input-file=%t/net.cpp
//
// A plan whose call does not say how large groups are is refused.
// RUN: sed 's/leading = .16[^]]*./leading = [24]/' %t.plan.mlir > %t.size.mlir
// RUN: not quench-opt %t.size.mlir --verify-plan 2>&1 | FileCheck %s --check-prefix=SIZE
// RUN: sed 's/leading = .16[^]]*., //' %t.plan.mlir > %t.none.mlir
// RUN: not quench-opt %t.none.mlir --verify-plan 2>&1 | FileCheck %s --check-prefix=SIZE
//
// The program gives the bytes of the interpreter, with and without vectors, and
// so does what is read back from a .qfb file.
// RUN: %python -c "import numpy as np; np.save(r'%t/x.npy', np.random.default_rng(1).integers(-128, 128, (1, 4, 4, 20)).astype(np.int8))"
// RUN: quench-run %s --input %t/x.npy --output-dir %t
// RUN: quench compile %s --quiet --target=host,scalar --prefix=net --emit=exe %quench_cxx -o %t/exe
// RUN: %t/exe/net %t/x.npy -o %t/y.npy && cmp %t/result0.npy %t/y.npy
// RUN: %t/exe/net %t/x.npy --isa scalar -o %t/y.npy && cmp %t/result0.npy %t/y.npy
// RUN: quench compile %s --emit=q --quiet -o %t/net.qfb
// RUN: quench compile %t/net.qfb --emit=plan --quiet --target=scalar -o - | FileCheck %s --check-prefix=AGAIN

// Taps of 17 channels do not end where steps of two do.
// CHECK: plan.weights "odd_filter" {{.*}} {alignment = 2 : i64, packing = "oc16k2"}
// Eight channels: two multipliers and twenty codes of 4 bits each, and for AVX2
// a chunk of 64 codes is whole with them: 16 + 96 bytes.
// CHECK: plan.weights "four_filter" dense<{{.*}}> {packing = "oc16k2, 4 bits a code and multipliers of groups"} : <112xi8>
// CHECK: plan.weights "four_filter_2" dense<{{.*}}> {packing = "dense, 4 bits a code and multipliers of groups"} : <96xi8>
// CHECK: plan.weights "odd_filter_2" {{.*}} {packing = "dense, 4 bits a code and multipliers of groups"} : <1615xi8>
// CHECK: plan.weights "up_filter" {{.*}} {packing = "dense, 2 bits a code and multipliers of groups"} : <20xi8>
// CHECK: plan.call 0 variant 0 "conv2d_rows_s8w4g_{{.*}}_x86_avx2"
// CHECK-SAME: scratch {{[0-9]+}} at {{[0-9]+}} {{{.*}}leading = [16]
// CHECK: plan.call 0 variant 1 "qrt_ref_conv2d_s8w4g"
// CHECK-SAME: scratch {{[0-9]+}} at {{[0-9]+}} {{{.*}}leading = [16]
// CHECK: plan.call 4 variant 0 "conv2d_rows_s8_{{.*}}_x86_avx2"
// CHECK-NOT: leading
// CHECK: plan.call 4 variant 1 "qrt_ref_conv2d_s8w4g"
// CHECK: plan.call 5 variant -1 "qrt_ref_conv_transpose2d_s8w2g"

// TEXT: x86_avx2: conv2d_rows_s8w4g_
// TEXT-NEXT: 4-bit weights, unpacked per block of {{16|32}} channels, a multiplier for 16 input channels
// TEXT: scalar: qrt_ref_conv2d_s8w4g,
// TEXT-NEXT: 4-bit weights, unpacked per block of 8 channels, a multiplier for 16 input channels
// TEXT: x86_avx2: conv2d_rows_s8_
// TEXT: stored with 8 bits: no kernel of these codes unpacks groups here
// TEXT: conv2d_rows_s8w4g_{{.*}}: groups in taps of 17 input channels, wants a multiple of 2

// SIZE: error: 'plan.call' op fields are not those of 'qrt_conv2d'

// SOURCE: scale_groups_x86_avx2_256(int8_t *y, const int8_t *multipliers,
// SOURCE: (scale_groups)
// SOURCE: unpack4_x86_avx2_256(weights, &stored, width * column);
// SOURCE-NEXT: scale_groups_x86_avx2_256(weights, multipliers, taps, steps,
// SOURCE: conv2d_rows_s8w4g_{{.*}}_x86_avx2(&four_params, 16, {{.*}}
// SOURCE: qrt_ref_conv2d_s8w4g(&four_params{{.*}}, 16, {{.*}}
// SOURCE: qrt_ref_conv_transpose2d_s8w2g(&up_params, 16, {{.*}}

// AGAIN: "qrt_ref_conv2d_s8w4g"
// AGAIN-SAME: leading = [16]

!e = !quant.uniform<i8:f32, 0.5:-5>
!w = !quant.uniform<i8<-127:127>:f32, 0.03125>
!x = tensor<1x4x4x20x!e>
!y = tensor<1x4x4x17x!e>
!w4 = tensor<8x1x1x20x!w>
func.func @main(%x: !x) -> tensor<1x5x5x1x!e> {
  %w4 = q.constant dense<12> : tensor<8x1x1x20xi8> as !w4
     {group_bits = 4, group_size = 16, group_multipliers =
      dense<[[[[2, 3]]], [[[4, 6]]], [[[12, 2]]], [[[3, 4]]], [[[6, 12]]], [[[2, 2]]], [[[3, 3]]], [[[4, 4]]]]> : tensor<8x1x1x2xi8>}
  %odd = q.constant dense<-21> : tensor<17x3x3x17xi8> as tensor<17x3x3x17x!w>
     {group_bits = 3, group_size = 16, group_multipliers = dense<7> : tensor<17x3x3x2xi8>}
  %up = q.constant dense<63> : tensor<1x2x2x16xi8> as tensor<1x2x2x16x!w>
     {group_bits = 2, group_size = 16, group_multipliers = dense<63> : tensor<1x2x2x1xi8>}
  %a = q.conv2d %x, %w4 strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127]
     {multiplier = dense<0.03125> : tensor<1xf32>} : (!x, !w4) -> tensor<1x4x4x8x!e> loc("four")
  %z = q.concat %a, %a, %a axis 3 : (tensor<1x4x4x8x!e>, tensor<1x4x4x8x!e>, tensor<1x4x4x8x!e>) -> tensor<1x4x4x24x!e>
  %s = q.slice %z starts [0, 0, 0, 0] sizes [1, 4, 4, 17] steps [1, 1, 1, 1] : (tensor<1x4x4x24x!e>) -> !y
  %b = q.conv2d %s, %odd strides [1, 1] pads [1, 1, 1, 1] clamp [-128, 127]
     {multiplier = dense<0.03125> : tensor<1xf32>} : (!y, tensor<17x3x3x17x!w>) -> !y loc("odd")
  %t = q.slice %b starts [0, 0, 0, 0] sizes [1, 4, 4, 16] steps [1, 1, 1, 1] : (!y) -> tensor<1x4x4x16x!e>
  %d = q.conv_transpose2d %t, %up strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127]
     {multiplier = dense<0.03125> : tensor<1xf32>} : (tensor<1x4x4x16x!e>, tensor<1x2x2x16x!w>) -> tensor<1x5x5x1x!e> loc("up")
  return %d : tensor<1x5x5x1x!e>
}
