// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Convolutions write their channels where a concatenation wants them, and read
// those that a slice cuts out where they are: pixels of `cat` are 48 codes.
//
// RUN: quench-opt %s --quench-place='targets=x86_avx2' | FileCheck %s
// RUN: rm -rf %t && mkdir %t
// RUN: %python -c "import numpy as np; np.save(r'%t/x.npy', np.random.default_rng(1).integers(-128, 128, (1, 9, 9, 16)).astype(np.int8))"
// RUN: quench-run %s --input %t/x.npy --output-dir %t
// RUN: quench compile %s --quiet --target=host --prefix=net --emit=exe %quench_cxx -o %t/exe
// RUN: %t/exe/net %t/x.npy -o %t/y.npy -o %t/z.npy -o %t/t.npy && cmp %t/result0.npy %t/y.npy && cmp %t/result1.npy %t/z.npy
// RUN: quench compile %s --quiet --target=scalar --prefix=net --emit=exe %quench_cxx -o %t/exe
// RUN: %t/exe/net %t/x.npy -o %t/y.npy -o %t/z.npy -o %t/t.npy && cmp %t/result0.npy %t/y.npy && cmp %t/result1.npy %t/z.npy

// CHECK: plan.model @main
// CHECK: %[[X:.*]] = plan.input 0
// CHECK: %[[NARROW:.*]] = plan.slot "narrow"
// CHECK: %[[CAT:.*]] = plan.slot "cat" at [[AT:[0-9]+]] live[0, {{[0-9]+}}]{{.*}} : <1x9x9x48xi8>
// Channels from 16 on; whoever writes into `cat` has a part too, also the copy.
// CHECK: %[[CUT:.*]] = plan.slot "cut" at {{[0-9]+}} live{{.*}}view = true} : <3872xi8>
// CHECK: %[[DEEP:.*]] = plan.slot "deep" at {{[0-9]+}} live{{.*}}view = true} : <3864xi8>
// CHECK: %[[WIDE:.*]] = plan.slot "wide" at [[AT]] live{{.*}}view = true} : <3888xi8>
// CHECK: %[[REST:.*]] = plan.slot "cat_2" at [[AT]] live{{.*}}view = true} : <3888xi8>
// The gaps stand before the output's zero point and clamp.
// CHECK: "conv2d_{{.*}}"(%[[X]], {{.*}}%[[WIDE]])
// CHECK-SAME: fields = [1, 9, 9, 16, 9, 9, 24, {{.*}}, 0, 24, [-5, -128, 127], [0
// CHECK: "depthwise_{{.*}}"(%[[X]], {{.*}}%[[DEEP]])
// CHECK-SAME: fields = [1, 9, 9, 16, 9, 9, 16, {{.*}}, 0, 32, [-5, -128, 127], [0
// Two read "narrow", so that it stays as it is.
// CHECK: "conv2d_{{.*}}"(%[[X]], {{.*}}%[[NARROW]])
// CHECK-SAME: fields = [1, 9, 9, 16, 9, 9, 8, {{.*}}, 0, 0, [-5, -128, 127], [0
// CHECK: "qrt_ref_copy"(%[[NARROW]], %[[REST]])
// CHECK: "conv2d_{{.*}}"(%[[CAT]],
// CHECK: "conv2d_{{.*}}"(%[[CUT]],
// CHECK-SAME: fields = [1, 9, 9, 24, 5, 5, 8, {{.*}}, 24, 0, [-5, -128, 127], [0
// A table reads dense codes only.
// CHECK: "qrt_ref_copy"(%[[CAT]],
// CHECK-NOT: plan.slot

!e = !quant.uniform<i8:f32, 0.5:-5>
!x = tensor<1x9x9x16x!e>
!w24 = tensor<24x3x3x16x!quant.uniform<i8<-127:127>:f32, 0.015625>>
!w16 = tensor<16x4x4x1x!quant.uniform<i8<-127:127>:f32, 0.03125>>
!w8 = tensor<8x1x1x16x!quant.uniform<i8<-127:127>:f32, 0.015625>>
!w24to8 = tensor<8x3x3x24x!quant.uniform<i8<-127:127>:f32, 0.015625>>
!w48 = tensor<8x1x1x48x!quant.uniform<i8<-127:127>:f32, 0.0078125>>
func.func @main(%x: !x) -> (tensor<1x9x9x8x!e>, tensor<1x5x5x8x!e>, tensor<1x9x9x8x!e>) {
  %w24 = q.constant dense<3> : tensor<24x3x3x16xi8> as !w24
  %w16 = q.constant dense<5> : tensor<16x4x4x1xi8> as !w16
  %w8 = q.constant dense<7> : tensor<8x1x1x16xi8> as !w8
  %w48 = q.constant dense<2> : tensor<8x1x1x48xi8> as !w48
  %a = q.conv2d %x, %w24 strides [1, 1] pads [1, 1, 1, 1] clamp [-128, 127]
     {multiplier = dense<0.015625> : tensor<1xf32>} : (!x, !w24) -> tensor<1x9x9x24x!e> loc("wide")
  %b = q.conv2d %x, %w16 strides [1, 1] pads [1, 1, 2, 2] clamp [-128, 127]
     {groups = 16 : i64, multiplier = dense<0.03125> : tensor<1xf32>} : (!x, !w16) -> !x loc("deep")
  %c = q.conv2d %x, %w8 strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127]
     {multiplier = dense<0.015625> : tensor<1xf32>} : (!x, !w8) -> tensor<1x9x9x8x!e> loc("narrow")
  %cat = q.concat %a, %b, %c axis 3 : (tensor<1x9x9x24x!e>, !x, tensor<1x9x9x8x!e>) -> tensor<1x9x9x48x!e> loc("cat")
  %d = q.conv2d %cat, %w48 strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127]
     {multiplier = dense<0.0078125> : tensor<1xf32>} : (tensor<1x9x9x48x!e>, !w48) -> tensor<1x9x9x8x!e> loc("d")
  %cut = q.slice %cat starts [0, 0, 0, 16] sizes [1, 9, 9, 24] steps [1, 1, 1, 1] : (tensor<1x9x9x48x!e>) -> tensor<1x9x9x24x!e> loc("cut")
  %w24to8 = q.constant dense<3> : tensor<8x3x3x24xi8> as !w24to8
  %z = q.conv2d %cut, %w24to8 strides [2, 2] pads [1, 1, 1, 1] clamp [-128, 127]
     {multiplier = dense<0.015625> : tensor<1xf32>} : (tensor<1x9x9x24x!e>, !w24to8) -> tensor<1x5x5x8x!e> loc("z")
  %few = q.slice %cat starts [0, 0, 0, 40] sizes [1, 9, 9, 8] steps [1, 1, 1, 1] : (tensor<1x9x9x48x!e>) -> tensor<1x9x9x8x!e> loc("few")
  %t = q.lut %few function "f" {table = dense<7> : tensor<256xi8>} : (tensor<1x9x9x8x!e>) -> tensor<1x9x9x8x!e>
  %y = q.add %d, %c clamp [-128, 127] : (tensor<1x9x9x8x!e>, tensor<1x9x9x8x!e>) -> tensor<1x9x9x8x!e>
  return %y, %z, %t : tensor<1x9x9x8x!e>, tensor<1x5x5x8x!e>, tensor<1x9x9x8x!e>
}
