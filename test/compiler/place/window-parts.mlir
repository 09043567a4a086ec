// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Poolings and resizes, too, write their channels where a concatenation wants
// them and read those that a slice cuts out where they are; also channels that
// the next pooling of a pyramid reads. Pixels of `cat` are 64 codes.
//
// RUN: quench-opt %s --quench-place='targets=x86_avx2' | FileCheck %s
// RUN: rm -rf %t && mkdir %t
// RUN: %python -c "import numpy as np; np.save(r'%t/x.npy', np.random.default_rng(1).integers(-128, 128, (1, 10, 10, 16)).astype(np.int8))"
// RUN: quench-run %s --input %t/x.npy --output-dir %t
// RUN: quench compile %s --quiet --target=host --threads=3 --prefix=net --emit=exe %quench_cxx -o %t/exe
// RUN: %t/exe/net %t/x.npy -o %t/y.npy -o %t/z.npy && cmp %t/result0.npy %t/y.npy && cmp %t/result1.npy %t/z.npy
// RUN: %t/exe/net %t/x.npy --threads 3 -o %t/y.npy -o %t/z.npy && cmp %t/result0.npy %t/y.npy && cmp %t/result1.npy %t/z.npy
// RUN: quench compile %s --quiet --target=scalar --prefix=net --emit=exe %quench_cxx -o %t/exe
// RUN: %t/exe/net %t/x.npy -o %t/y.npy -o %t/z.npy && cmp %t/result0.npy %t/y.npy && cmp %t/result1.npy %t/z.npy

// CHECK: %[[SMALL:.*]] = plan.slot "small"
// CHECK: %[[CAT:.*]] = plan.slot "cat" at [[AT:[0-9]+]] live[0, 6]
// CHECK: %[[CUT:.*]] = plan.slot "cut" {{.*}}view = true} : <6376xi8>
// CHECK: %[[GREAT:.*]] = plan.slot "great" {{.*}}view = true} : <6352xi8>
// CHECK: %[[TWICE:.*]] = plan.slot "twice" {{.*}}view = true} : <6368xi8>
// CHECK: %[[ONCE:.*]] = plan.slot "once" {{.*}}view = true} : <6384xi8>
// CHECK: %[[WIDE:.*]] = plan.slot "wide" at [[AT]] {{.*}}view = true} : <6400xi8>
// CHECK-NOT: qrt_ref_copy
// CHECK: "conv2d_{{.*}}"({{.*}}, %[[WIDE]])
// Behind strides, dilation and padding stand the gaps of x and y.
// CHECK: "max_pool2d_{{.*}}"(%[[WIDE]], %[[ONCE]])
// CHECK-SAME: fields = [1, 10, 10, 16, 10, 10, 3, 3, 1, 1, 1, 1, 1, 1, 48, 48, 0,
// CHECK: "avg_pool2d_{{.*}}"(%[[ONCE]], %[[TWICE]])
// CHECK-SAME: fields = [1, 10, 10, 16, 10, 10, 3, 3, 1, 1, 1, 1, 1, 1, 48, 48, -5,
// CHECK: "conv2d_{{.*}}"({{.*}}, %[[SMALL]])
// CHECK: "qrt_ref_resize_nearest_s8"({{.*}}, %[[SMALL]], %[[GREAT]])
// CHECK-SAME: fields = [1, 5, 5, 16, 10, 10, 0, 48, -5,
// CHECK: "conv2d_{{.*}}"(%[[CAT]],
// CHECK: "max_pool2d_{{.*}}"(%[[CUT]],
// CHECK-SAME: fields = [1, 10, 10, 32, 5, 5, 2, 2, 2, 2, 1, 1, 0, 0, 32, 0, 0,
// CHECK-NOT: qrt_ref_copy

!e = !quant.uniform<i8:f32, 0.5:-5>
!x = tensor<1x10x10x16x!e>
!cat = tensor<1x10x10x64x!e>
!cut = tensor<1x10x10x32x!e>
!w3x3 = tensor<16x3x3x16x!quant.uniform<i8<-127:127>:f32, 0.015625>>
!w1x1 = tensor<8x1x1x64x!quant.uniform<i8<-127:127>:f32, 0.0078125>>
func.func @main(%x: !x) -> (tensor<1x10x10x8x!e>, tensor<1x5x5x32x!e>) {
  %w3x3 = q.constant dense<3> : tensor<16x3x3x16xi8> as !w3x3
  %w1x1 = q.constant dense<2> : tensor<8x1x1x64xi8> as !w1x1
  %small = q.conv2d %x, %w3x3 strides [2, 2] pads [1, 1, 0, 0] clamp [-128, 127]
     {multiplier = dense<0.015625> : tensor<1xf32>} : (!x, !w3x3) -> tensor<1x5x5x16x!e> loc("small")
  %wide = q.conv2d %x, %w3x3 strides [1, 1] pads [1, 1, 1, 1] clamp [-128, 127]
     {multiplier = dense<0.015625> : tensor<1xf32>} : (!x, !w3x3) -> !x loc("wide")
  %once = q.max_pool2d %wide kernel [3, 3] strides [1, 1] pads [1, 1, 1, 1] : (!x) -> !x loc("once")
  %twice = q.avg_pool2d %once kernel [3, 3] strides [1, 1] pads [1, 1, 1, 1] {clamp = array<i64: -128, 127>} : (!x) -> !x loc("twice")
  %great = q.resize %small mode "nearest" coordinates "half_pixel" scales [2.0, 2.0] : (tensor<1x5x5x16x!e>) -> !x loc("great")
  %cat = q.concat %wide, %once, %twice, %great axis 3 : (!x, !x, !x, !x) -> !cat loc("cat")
  %y = q.conv2d %cat, %w1x1 strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127]
     {multiplier = dense<0.0078125> : tensor<1xf32>} : (!cat, !w1x1) -> tensor<1x10x10x8x!e> loc("y")
  %cut = q.slice %cat starts [0, 0, 0, 24] sizes [1, 10, 10, 32] steps [1, 1, 1, 1] : (!cat) -> !cut loc("cut")
  %z = q.max_pool2d %cut kernel [2, 2] strides [2, 2] pads [0, 0, 0, 0] : (!cut) -> tensor<1x5x5x32x!e> loc("z")
  return %y, %z : tensor<1x10x10x8x!e>, tensor<1x5x5x32x!e>
}
