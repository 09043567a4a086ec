// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// place: calls run band by band where that makes the arena smaller. What the
// programs compute is tested in test/e2e/bands.test.
//
// RUN: quench-opt %s --split-input-file --quench-place='targets=scalar' | FileCheck %s
// RUN: quench-opt %s --split-input-file --quench-place='targets=scalar bands=false' | FileCheck %s --check-prefix=WHOLE
// RUN: quench-opt %s --split-input-file --quench-place='targets=scalar' --explain-plan -o /dev/null | FileCheck %s --check-prefix=TEXT
// RUN: quench-opt %s --split-input-file --quench-place='targets=scalar' --explain-plan=json -o /dev/null | FileCheck %s --check-prefix=JSON

// WHOLE-NOT: {{bands|window}} = {
// WHOLE-NOT: whole_arena_bytes

// An inverted residual. The sum overwrites an operand of which no later band
// reads what is overwritten. Of the expanded tensor, a row above the band and one
// below exist besides. The last of the bands has 2 rows.
// CHECK-LABEL: plan.model @residual arena 5056
// CHECK-SAME: whole_arena_bytes = 14720
// CHECK: plan.slot "start" at [[X:[0-9]+]] live[0, 4]
// CHECK: plan.slot "expand" at {{[0-9]+}} live[1, 4] {{.*}}window = {before = 1 : i64, rows = 17 : i64, step = 3 : i64}} : <1x5x12x32xi8>
// CHECK: plan.slot "depthwise" at {{[0-9]+}} live[1, 4] {{.*}}window = {before = 0 : i64, rows = 17 : i64, step = 3 : i64}} : <1x3x12x32xi8>
// CHECK: plan.slot "sum" at [[X]] live[0, 5]
// CHECK: plan.call 0
// CHECK-NOT: bands
// CHECK: plan.call 1
// CHECK-SAME: bands = {ahead = 12 : i64, axis = "pixels", count = 204 : i64, first = 1 : i64, number = 6 : i64, step = 36 : i64}
// CHECK: plan.call 2
// CHECK-SAME: bands = {ahead = 0 : i64, axis = "rows", count = 17 : i64, first = 1 : i64, number = 6 : i64, step = 3 : i64}
// CHECK: plan.call 3
// CHECK-SAME: bands = {ahead = 0 : i64, axis = "pixels", count = 204 : i64, first = 1 : i64, number = 6 : i64, step = 36 : i64}
// CHECK: plan.call 4
// CHECK-SAME: bands = {ahead = 0 : i64, axis = "outermost", count = 17 : i64, first = 1 : i64, number = 6 : i64, step = 3 : i64}
// CHECK: plan.call 5
// CHECK-NOT: bands
// TEXT-LABEL: model residual
// TEXT: arena without bands 14720 bytes
// TEXT-NEXT: steps 1 to 4 in 6 bands of 3 rows
// TEXT: 0 copy {{ *}}start [1x12x17x8 -> 1x17x12x8]{{$}}
// TEXT: 1 conv2d {{ *}}expand [1x17x12x8 -> 1x17x12x32] 52224 MAC 6 bands
// JSON: "without_bands": 14720
// JSON: "bands": 6

!w = !quant.uniform<i8<-127:127>:f32, 0.0078125>
!x = !quant.uniform<i8:f32, 0.0625:-5>
module attributes {quench.model = "residual"} {
func.func @main(%in: tensor<1x12x17x8x!x>) -> tensor<1x12x17x8x!x> {
  %w0 = q.constant dense<1> : tensor<32x1x1x8xi8> as tensor<32x1x1x8x!w>
  %w1 = q.constant dense<1> : tensor<32x3x3x1xi8> as tensor<32x3x3x1x!w>
  %w2 = q.constant dense<1> : tensor<8x1x1x32xi8> as tensor<8x1x1x32x!w>
  %x = q.transpose %in perm [0, 2, 1, 3] : (tensor<1x12x17x8x!x>) -> tensor<1x17x12x8x!x> loc("start")
  %0 = q.conv2d %x, %w0 strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127]
     {multiplier = dense<7.812500e-03> : tensor<1xf32>}
     : (tensor<1x17x12x8x!x>, tensor<32x1x1x8x!w>) -> tensor<1x17x12x32x!x> loc("expand")
  %1 = q.conv2d %0, %w1 strides [1, 1] pads [1, 1, 1, 1] clamp [-128, 127]
     {groups = 32 : i64, multiplier = dense<7.812500e-03> : tensor<1xf32>}
     : (tensor<1x17x12x32x!x>, tensor<32x3x3x1x!w>) -> tensor<1x17x12x32x!x> loc("depthwise")
  %2 = q.conv2d %1, %w2 strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127]
     {multiplier = dense<7.812500e-03> : tensor<1xf32>}
     : (tensor<1x17x12x32x!x>, tensor<8x1x1x32x!w>) -> tensor<1x17x12x8x!x> loc("project")
  %3 = q.add %2, %x clamp [-128, 127] : (tensor<1x17x12x8x!x>, tensor<1x17x12x8x!x>) -> tensor<1x17x12x8x!x> loc("sum")
  %y = q.transpose %3 perm [0, 2, 1, 3] : (tensor<1x17x12x8x!x>) -> tensor<1x12x17x8x!x> loc("end")
  return %y : tensor<1x12x17x8x!x>
}
}

// -----

// A window of 5 rows moves by 2. A model's input and output are read and written
// where they are.
// CHECK-LABEL: plan.model @strides arena 3072
// CHECK-SAME: whole_arena_bytes = 9216
// CHECK: plan.slot "conv" at 0 live[0, 2] {{.*}}window = {before = 2 : i64, rows = 19 : i64, step = 4 : i64}} : <1x7x12x32xi8>
// CHECK: plan.slot "depthwise" at 2688 live[0, 2] {{.*}}window = {before = 0 : i64, rows = 10 : i64, step = 2 : i64}} : <1x2x6x32xi8>
// CHECK: plan.call 0
// CHECK-SAME: (%0, {{.*}}bands = {ahead = 1 : i64, axis = "rows", count = 19 : i64, first = 0 : i64, number = 5 : i64, step = 4 : i64}
// CHECK: plan.call 1
// CHECK-SAME: bands = {ahead = 0 : i64, axis = "rows", count = 10 : i64, first = 0 : i64, number = 5 : i64, step = 2 : i64}
// CHECK: plan.call 2
// CHECK-SAME: %1) {{.*}}bands = {ahead = 0 : i64, axis = "pixels", count = 60 : i64, first = 0 : i64, number = 5 : i64, step = 12 : i64}
!w = !quant.uniform<i8<-127:127>:f32, 0.0078125>
!x = !quant.uniform<i8:f32, 0.0625:-5>
module attributes {quench.model = "strides"} {
func.func @main(%in: tensor<1x19x12x8x!x>) -> tensor<1x10x6x32x!x> {
  %w0 = q.constant dense<1> : tensor<32x3x3x8xi8> as tensor<32x3x3x8x!w>
  %w1 = q.constant dense<1> : tensor<32x5x5x1xi8> as tensor<32x5x5x1x!w>
  %w2 = q.constant dense<1> : tensor<32x1x1x32xi8> as tensor<32x1x1x32x!w>
  %0 = q.conv2d %in, %w0 strides [1, 1] pads [1, 1, 1, 1] clamp [-128, 127]
     {multiplier = dense<7.812500e-03> : tensor<1xf32>}
     : (tensor<1x19x12x8x!x>, tensor<32x3x3x8x!w>) -> tensor<1x19x12x32x!x> loc("conv")
  %1 = q.conv2d %0, %w1 strides [2, 2] pads [2, 2, 2, 2] clamp [-128, 127]
     {groups = 32 : i64, multiplier = dense<7.812500e-03> : tensor<1xf32>}
     : (tensor<1x19x12x32x!x>, tensor<32x5x5x1x!w>) -> tensor<1x10x6x32x!x> loc("depthwise")
  %2 = q.conv2d %1, %w2 strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127]
     {multiplier = dense<7.812500e-03> : tensor<1xf32>}
     : (tensor<1x10x6x32x!x>, tensor<32x1x1x32x!w>) -> tensor<1x10x6x32x!x> loc("project")
  return %2 : tensor<1x10x6x32x!x>
}
}

// -----

// Bands would need more: the next one reads a row of the operand that the sum
// would overwrite.
// CHECK-LABEL: plan.model @whole
// CHECK-NOT: bands =
// TEXT-LABEL: model whole
// TEXT-NOT: bands
!w = !quant.uniform<i8<-127:127>:f32, 0.0078125>
!x = !quant.uniform<i8:f32, 0.0625:-5>
module attributes {quench.model = "whole"} {
func.func @main(%in: tensor<1x16x16x8x!x>) -> tensor<1x16x16x8x!x> {
  %w0 = q.constant dense<1> : tensor<8x3x3x1xi8> as tensor<8x3x3x1x!w>
  %x = q.transpose %in perm [0, 2, 1, 3] : (tensor<1x16x16x8x!x>) -> tensor<1x16x16x8x!x> loc("start")
  %0 = q.conv2d %x, %w0 strides [1, 1] pads [1, 1, 1, 1] clamp [-128, 127]
     {groups = 8 : i64, multiplier = dense<7.812500e-03> : tensor<1xf32>}
     : (tensor<1x16x16x8x!x>, tensor<8x3x3x1x!w>) -> tensor<1x16x16x8x!x> loc("depthwise")
  %1 = q.add %0, %x clamp [-128, 127] : (tensor<1x16x16x8x!x>, tensor<1x16x16x8x!x>) -> tensor<1x16x16x8x!x> loc("sum")
  %y = q.transpose %1 perm [0, 2, 1, 3] : (tensor<1x16x16x8x!x>) -> tensor<1x16x16x8x!x> loc("end")
  return %y : tensor<1x16x16x8x!x>
}
}
