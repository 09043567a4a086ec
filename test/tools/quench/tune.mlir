// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --tune for real: measured once, then read from the file; the plan and the
// sources are the same, and the program gives the bytes of the interpreter.

// REQUIRES: avx2, python-onnx
// RUN: rm -rf %t && mkdir %t
// RUN: quench compile %s --target=host --tune=%t/times --explain %quench_cxx -o %t/1 >%t/1.txt 2>&1
// RUN: FileCheck %s --check-prefix=FIRST --input-file=%t/1.txt
// RUN: FileCheck %s --check-prefix=TIMES --input-file=%t/times
// RUN: cp %t/times %t/kept
// RUN: quench compile %s --target=host --tune=%t/times --explain --cxx=none -o %t/2 >%t/2.txt 2>&1
// RUN: FileCheck %s --check-prefix=SECOND --input-file=%t/2.txt
// RUN: cmp %t/times %t/kept
// RUN: diff -r %t/1 %t/2
// Nothing else lies about.
// RUN: ls %t | FileCheck %s --check-prefix=FILES

// FIRST: quench: compiling kernels to time (
// FIRST: quench: timing kernels of 3 problems (
// FIRST: quench: {{x86.*}}: 3 calls chosen by time, {{[0-9.]+}} ms; the model chooses otherwise in
// FIRST: 0  conv2d {{ *}}tile
// FIRST-NEXT: all targets: conv2d_{{.*}} cycles, {{[0-9.]+}} us measured
// FIRST-NEXT: conv2d_{{.*}}: {{[0-9.]+}} us, {{[0-9]+}} cycles

// TIMES: {{^}}quench timings 1{{$}}
// TIMES: {{^}}cpu {{.+}}: avx2
// TIMES: {{^}}problem conv2d s8 1x9x9x16 -> 1x9x9x16 kernel 1x1 stride 1x1 dilation 1x1 pad 0x0 groups 1{{$}}
// TIMES-NEXT: {{^[0-9]+\.[0-9][0-9][0-9] conv2d_}}
// TIMES: {{^}}problem conv2d s8 1x9x9x16 -> 1x9x9x16 kernel 3x3 stride 1x1 dilation 1x1 pad 1x1 groups 1 residual{{$}}
// TIMES: {{^}}problem conv2d s8 1x9x9x16 -> 1x9x9x16 kernel 5x5 stride 1x1 dilation 1x1 pad 2x2 groups 16{{$}}

// SECOND-NOT: timing kernels
// SECOND: quench: {{x86.*}}: 3 calls chosen by time
// SECOND: {{[0-9.]+}} us measured

// FILES: 1
// FILES-NEXT: 1.txt
// FILES-NEXT: 2
// FILES-NEXT: 2.txt
// FILES-NEXT: kept
// FILES-NEXT: times
// FILES-NOT: {{.}}

// What the program computes is what the model says.
// RUN: %python -c "import numpy as np; np.save(r'%t/x.npy', np.random.default_rng(1).integers(-128, 128, (1, 9, 9, 16)).astype(np.int8))"
// RUN: quench-run %s --input %t/x.npy --output-dir %t
// RUN: quench compile %s --quiet --target=host --tune=%t/times --prefix=net --emit=exe %quench_cxx -o %t/exe 2>&1 | count 0
// RUN: %t/exe/net %t/x.npy -o %t/y.npy && cmp %t/result0.npy %t/y.npy

// Without a compiler nothing is measured and no file appears.
// RUN: not quench compile %s --target=host --tune=%t/none --cxx=no-such-compiler -o %t/3 2>&1 | FileCheck %s --check-prefix=COMPILER
// RUN: not ls %t/none %t/3
// COMPILER: error: no C++ compiler: looked for no-such-compiler; name one with --cxx

// Layers that write and read some channels of others' pixels are measured as such.
// RUN: quench compile %root/test/compiler/place/channel-parts.mlir --quiet --target=host --tune=%t/parts --explain %quench_cxx -o %t/parts.d 2>&1 | FileCheck %s --check-prefix=PARTS
// RUN: FileCheck %s --check-prefix=GAPS --input-file=%t/parts
// PARTS: conv2d {{ *}}wide
// PARTS-NEXT: us measured
// GAPS: {{^}}problem conv2d s8 1x9x9x16 -> 1x9x9x24 kernel 3x3 {{.*}} gaps 0x24{{$}}
// RUN: rm -r %t/parts.d %t/parts

// An option in place of the file, what is no file, and an empty one.
// RUN: not quench compile %s --target=host --tune --quiet -o %t/3 2>&1 | FileCheck %s --check-prefix=BARE
// BARE: error: '--tune' expects a value: file; found the option '--quiet'
// RUN: not quench compile %s --target=host --tune=/dev/null -o %t/3 2>&1 | FileCheck %s --check-prefix=DEVICE
// DEVICE: error: '/dev/null' is no file
// Another machine's kernels cannot be measured here.
// RUN: not quench compile %s --target=arm_neon --tune=%t/none -o %t/3 2>&1 | FileCheck %s --check-prefix=STRANGER
// RUN: not quench compile %s --target=aarch64-linux-android --emit=shared --tune=%t/none -o %t/3 2>&1 | FileCheck %s --check-prefix=STRANGER
// RUN: not quench compile %s --target=x86_64-linux-android --emit=shared --tune=%t/none -o %t/3 2>&1 | FileCheck %s --check-prefix=STRANGER
// STRANGER: error: --tune measures on this machine, which is no '{{arm_neon|aarch64-linux-android|x86_64-linux-android}}': leave it out, or name with --tune-cpu a CPU whose times the file has
// RUN: not ls %t/none %t/3
// RUN: touch %t/empty
// RUN: quench compile %s --quiet --target=scalar --tune=%t/empty -o %t/4 2>&1 | count 0

// Scalar code has no choice of kernels: nothing is measured, no file made.
// RUN: quench compile %s --quiet --target=scalar --tune=%t/scalar --cxx=none -o %t/3 2>&1 | count 0
// RUN: not ls %t/scalar

!x = tensor<1x9x9x16x!quant.uniform<i8:f32, 0.5:-5>>
!one = tensor<16x1x1x16x!quant.uniform<i8<-127:127>:f32, 0.03125>>
!three = tensor<16x3x3x16x!quant.uniform<i8<-127:127>:f32, 0.03125>>
!five = tensor<16x5x5x1x!quant.uniform<i8<-127:127>:f32, 0.03125>>
func.func @main(%x: !x) -> !x {
  %w1 = q.constant dense<3> : tensor<16x1x1x16xi8> as !one
  %w3 = q.constant dense<1> : tensor<16x3x3x16xi8> as !three
  %w5 = q.constant dense<2> : tensor<16x5x5x1xi8> as !five
  %a = q.conv2d %x, %w1 strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127]
     {multiplier = dense<0.03125> : tensor<1xf32>} : (!x, !one) -> !x loc("tile")
  %b = q.conv2d %a, %w5 strides [1, 1] pads [2, 2, 2, 2] clamp [-128, 127]
     {groups = 16 : i64, multiplier = dense<0.03125> : tensor<1xf32>} : (!x, !five) -> !x loc("depthwise")
  %c = q.conv2d %b, %w3 strides [1, 1] pads [1, 1, 1, 1] clamp [-128, 127]
     {multiplier = dense<0.03125> : tensor<1xf32>} : (!x, !three) -> !x loc("window")
  %d = q.add %c, %b clamp [-128, 127] : (!x, !x) -> !x loc("sum")
  return %d : !x
}
