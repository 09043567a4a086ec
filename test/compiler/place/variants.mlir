// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// place for several targets: one call per target where their kernels differ, one
// for all where they do not, all on the same slots. The table overwrites its
// operand, on each target.
//
// RUN: quench-opt %s --quench-place='targets=x86_avx2,scalar model-name=n options-text=speed' | FileCheck %s
// RUN: quench-opt %s --quench-place='targets=x86_avx2,scalar' --explain-plan -o /dev/null \
// RUN:   | FileCheck %s --check-prefix=TEXT
// RUN: quench-opt %s --quench-place='targets=x86_avx2,scalar' --explain-plan=json -o /dev/null \
// RUN:   | %python -m json.tool | FileCheck %s --check-prefix=JSON

// CHECK: plan.model @n arena {{[0-9]+}} targets ["x86_avx2", "scalar"] attributes {options = "speed"}
// CHECK: plan.call 0 variant 0 "conv2d_{{.*}}_x86_avx2"
// CHECK-SAME: scratch {{[0-9]+}} at {{[0-9]+}}
// CHECK-SAME: why = "conv2d_{{.*}}_x86_avx2: {{[0-9]+}} cycles\0A
// CHECK: plan.call 0 variant 1 "qrt_ref_conv2d_s8"
// CHECK-NOT: scratch
// CHECK: plan.call 1 variant 0 "lut_{{.*}}_x86_avx2"(%[[A:.*]], %{{.*}}, %[[B:[0-9]+]])
// CHECK: plan.call 1 variant 1 "qrt_ref_lut_s8"(%[[A]], %{{.*}}, %[[B]])
// CHECK: plan.call 2 variant -1 "qrt_ref_copy"(%[[B]],

// TEXT: model main
// TEXT: 3 steps, 256 MAC, {{[0-9]+}} bytes of weights
// TEXT: arena {{[0-9]+}} bytes, the lower bound of this order
// TEXT: x86_avx2: about {{.*}} million cycles
// TEXT: calls
// TEXT: 0 conv2d conv [1x2x2x8 -> 1x2x2x8] 256 MAC
// TEXT: note: q-fuse-residual: declined, a reason
// TEXT: x86_avx2: conv2d_{{.*}}_x86_avx2, {{[0-9]+}} cycles
// TEXT: depthwise_{{.*}}: not depthwise
// TEXT: scalar: qrt_ref_conv2d_s8, {{[0-9]+}} cycles
// TEXT: 2 copy turn
// TEXT: all targets: qrt_ref_copy
// TEXT: arena (offset, bytes, live steps)
// TEXT: 32 [0, 1] conv (shares bytes)
// TEXT: 32 [0, 2] table

// JSON: "model": "main",
// JSON: "name": "x86_avx2",
// JSON: "bound": [[BYTES:[0-9]+]],
// JSON: "macs": 256,
// JSON: "source": "conv",
// JSON: "target": "x86_avx2",
// JSON: "q-fuse-residual: declined, a reason"

!x = tensor<1x2x2x8x!quant.uniform<i8:f32, 0.5:-5>>
!y = tensor<1x8x2x2x!quant.uniform<i8:f32, 0.5:-5>>
!w = tensor<8x1x1x8x!quant.uniform<i8<-127:127>:f32, 0.5>>
func.func @main(%x: !x) -> !y {
  %w = q.constant dense<1> : tensor<8x1x1x8xi8> as !w
  %a = q.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127]
     {multiplier = dense<0.5> : tensor<1xf32>, quench.notes = ["q-fuse-residual: declined, a reason"]}
     : (!x, !w) -> !x loc("conv")
  %t = q.lut %a function "f" {table = dense<3> : tensor<256xi8>} : (!x) -> !x loc("table")
  %b = q.transpose %t perm [0, 3, 1, 2] : (!x) -> !y loc("turn")
  return %b : !y
}
