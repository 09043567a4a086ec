// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// place: calls run band by band where that makes the arena smaller.
// test/e2e/bands.test has the values.
//
// RUN: quench-opt %s --quench-place='targets=scalar' | FileCheck %s
// RUN: quench-opt %s --quench-place='targets=scalar bands=false' | FileCheck %s --check-prefix=WHOLE
// RUN: quench-opt %s --quench-place='targets=scalar' --explain-plan -o /dev/null | FileCheck %s --check-prefix=TEXT

// The expanded tensor is five rows of a band of three: one above and one below
// besides; the sum takes the place of what is added.
// CHECK: plan.model @main arena 4608 {{.*}}whole_arena_bytes = 19584
// CHECK: %[[Y:.*]] = plan.output 0
// CHECK: %[[A:.*]] = plan.slot "expand" at 0 live[1, 3] {{.*}}window = {before = 1 : i64, step = 3 : i64}} : <1x5x12x48xi8>
// CHECK: %[[B:.*]] = plan.slot "depthwise" at 2880 live[1, 3] {{.*}}window = {before = 0 : i64, step = 3 : i64}} : <1x3x12x48xi8>
// CHECK: plan.call 0
// CHECK-NOT: bands
// CHECK: plan.call 1 variant -1 "qrt_ref_conv2d_s8"(%[[Y]], {{.*}}%[[A]]) {bands = {ahead = 12 : i64, axis = "pixels", count = 204 : i64, first = 1 : i64, number = 6 : i64, step = 36 : i64}
// CHECK: plan.call 2 variant -1 "qrt_ref_conv2d_s8"(%[[A]], {{.*}}%[[B]]) {bands = {ahead = 0 : i64, axis = "rows", count = 17 : i64, first = 1 : i64, number = 6 : i64, step = 3 : i64}
// CHECK: plan.call 3 variant -1 "qrt_ref_conv2d_s8"(%[[B]], {{.*}}%[[Y]], %[[Y]]) {bands = {ahead = 0 : i64, axis = "pixels", count = 204 : i64, first = 1 : i64, number = 6 : i64, step = 36 : i64}

// WHOLE: plan.model @main arena 19584
// WHOLE-NOT: {{bands|window|whole}}

// TEXT: arena 4608 bytes, the lower bound of this order
// TEXT-NEXT: arena without bands 19584 bytes
// TEXT-NEXT: steps 1 to 3 in 6 bands of 3 rows

// What the verifier says of plans that are not like that.
// RUN: quench-opt %s --quench-place='targets=scalar' -o %t.plan
// RUN: sed 's/number = 6/number = 7/' %t.plan | not quench-opt --verify-plan 2>&1 | FileCheck %s --check-prefix=EMPTY
// RUN: sed 's/count = 17 :/count = 18 :/' %t.plan | not quench-opt --verify-plan 2>&1 | FileCheck %s --check-prefix=AXIS
// RUN: sed 's/first = 1 :/first = 0 :/' %t.plan | not quench-opt --verify-plan 2>&1 | FileCheck %s --check-prefix=FIRST
// RUN: sed 's/before = 1 : i64, step = 3/before = 1 : i64, step = 2/' %t.plan | not quench-opt --verify-plan 2>&1 | FileCheck %s --check-prefix=WINDOW
// RUN: sed 's/before = 1 :/before = 0 :/' %t.plan | not quench-opt --verify-plan 2>&1 | FileCheck %s --check-prefix=READS
// RUN: sed 's/ahead = 12 :/ahead = 0 :/' %t.plan | not quench-opt --verify-plan 2>&1 | FileCheck %s --check-prefix=READS
// RUN: sed '/plan.call 3/s/bands = {[^}]*}, //' %t.plan | not quench-opt --verify-plan 2>&1 | FileCheck %s --check-prefix=ALONE
// EMPTY: error: 'plan.call' op bands are empty: {ahead = 12
// AXIS: error: 'plan.call' op bands are not along the split of 'qrt_ref_conv2d_s8': {ahead = 0
// FIRST: error: 'plan.call' op bands expect first = 1 and number = 6, as the group's first call has, but are
// WINDOW: error: 'plan.slot' op has no window: {before = 1 : i64, step = 2 : i64}
// READS: error: 'plan.call' op reads operand 0 before anything has written it
// ALONE: error: 'plan.call' op uses the window 'depthwise', but has no bands

!e = !quant.uniform<i8:f32, 0.0625:-5>
!x = tensor<1x17x12x8x!e>
!t = tensor<1x17x12x48x!e>
!w = tensor<48x1x1x8x!quant.uniform<i8<-127:127>:f32, 0.0078125>>
!d = tensor<48x3x3x1x!quant.uniform<i8<-127:127>:f32, 0.0078125>>
!p = tensor<8x1x1x48x!quant.uniform<i8<-127:127>:f32, 0.0078125>>
func.func @main(%in: !x) -> !x {
  %w = q.constant dense<1> : tensor<48x1x1x8xi8> as !w
  %d = q.constant dense<1> : tensor<48x3x3x1xi8> as !d
  %p = q.constant dense<1> : tensor<8x1x1x48xi8> as !p
  %s = q.max_pool2d %in kernel [1, 1] strides [1, 1] pads [0, 0, 0, 0] : (!x) -> !x loc("start")
  %a = q.conv2d %s, %w strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127]
     {multiplier = dense<0.0078125> : tensor<1xf32>} : (!x, !w) -> !t loc("expand")
  %b = q.conv2d %a, %d strides [1, 1] pads [1, 1, 1, 1] clamp [-128, 127]
     {groups = 48 : i64, multiplier = dense<0.0078125> : tensor<1xf32>} : (!t, !d) -> !t loc("depthwise")
  %c = q.conv2d %b, %p, residual %s strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127]
     {multiplier = dense<0.0078125> : tensor<1xf32>, fused_type = !e, add_clamp = array<i64: -128, 127>} : (!t, !p, !x) -> !x loc("project")
  return %c : !x
}
