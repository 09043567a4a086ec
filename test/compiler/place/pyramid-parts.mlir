// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Parts of a concatenation that are read after others have been written: each
// owns its channels. A table's part is copied, and "a" is read even behind that.
//
// RUN: quench-opt %s --quench-place='targets=x86_avx2' | FileCheck %s
// RUN: rm -rf %t && mkdir %t
// RUN: %python -c "import numpy as np; np.save(r'%t/x.npy', np.random.default_rng(1).integers(-128, 128, (1, 8, 8, 16)).astype(np.int8))"
// RUN: quench-run %s --input %t/x.npy --output-dir %t
// RUN: quench compile %s --quiet --target=host --threads=2 --prefix=net --emit=exe %quench_cxx -o %t/exe
// RUN: %t/exe/net %t/x.npy --threads 2 -o %t/y.npy -o %t/z.npy && cmp %t/result0.npy %t/y.npy && cmp %t/result1.npy %t/z.npy
// RUN: quench compile %s --quiet --target=scalar --prefix=net --emit=exe %quench_cxx -o %t/exe
// RUN: %t/exe/net %t/x.npy -o %t/y.npy -o %t/z.npy && cmp %t/result0.npy %t/y.npy && cmp %t/result1.npy %t/z.npy

// Views keep the shape of their channels, for whoever reads the emitted file.
// CHECK: plan.slot "cat"
// CHECK: plan.slot "c" {{.*}}quench.shape = array<i64: 1, 8, 8, 16>
// CHECK: plan.slot "b" {{.*}}quench.shape = array<i64: 1, 8, 8, 16>
// CHECK: plan.slot "a" {{.*}}quench.shape = array<i64: 1, 8, 8, 16>
// CHECK-COUNT-1: "qrt_ref_copy"
// CHECK-NOT: "qrt_ref_copy"

// RUN: quench compile %s --quiet --target=scalar --prefix=net --explain -o %t/text 2>&1 | FileCheck %s --check-prefix=EXPLAIN
// EXPLAIN: conv2d {{ *}}a {{ *}}[1x8x8x16 -> 1x8x8x16]
// RUN: FileCheck %s --check-prefix=SOURCE --input-file=%t/text/net.cpp
// SOURCE: int8_t *a; // [1, 8, 8, 16], layers 0 to {{[0-9]+}}, channels of another
// SOURCE: 0: a, [1, 8, 8, 16] scale 0.5 zero -5 -> [1, 8, 8, 16]

!e = !quant.uniform<i8:f32, 0.5:-5>
!x = tensor<1x8x8x16x!e>
!cat = tensor<1x8x8x64x!e>
!w = tensor<16x3x3x16x!quant.uniform<i8<-127:127>:f32, 0.015625>>
func.func @main(%x: !x) -> (tensor<1x4x4x64x!e>, !x) {
  %w = q.constant dense<3> : tensor<16x3x3x16xi8> as !w
  %a = q.conv2d %x, %w strides [1, 1] pads [1, 1, 1, 1] clamp [-128, 127]
     {multiplier = dense<0.015625> : tensor<1xf32>} : (!x, !w) -> !x loc("a")
  %b = q.max_pool2d %x kernel [3, 3] strides [1, 1] pads [1, 1, 1, 1] : (!x) -> !x loc("b")
  %c = q.max_pool2d %a kernel [3, 3] strides [1, 1] pads [1, 1, 1, 1] : (!x) -> !x loc("c")
  %d = q.lut %x function "f" {table = dense<7> : tensor<256xi8>} : (!x) -> !x loc("d")
  %cat = q.concat %a, %b, %c, %d axis 3 : (!x, !x, !x, !x) -> !cat loc("cat")
  %y = q.max_pool2d %cat kernel [2, 2] strides [2, 2] pads [0, 0, 0, 0] : (!cat) -> tensor<1x4x4x64x!e> loc("y")
  %z = q.conv2d %a, %w strides [1, 1] pads [1, 1, 1, 1] clamp [-128, 127]
     {multiplier = dense<0.015625> : tensor<1xf32>} : (!x, !w) -> !x loc("z")
  return %y, %z : tensor<1x4x4x64x!e>, !x
}
