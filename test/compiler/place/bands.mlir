// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// place: calls run band by band where that makes the arena smaller. The program
// gives the interpreter's bytes, on each instruction set and with threads.
//
// RUN: rm -rf %t && mkdir %t
// RUN: quench-opt %s --quench-place='targets=scalar' --split-input-file | FileCheck %s
// RUN: quench-opt %s --quench-place='targets=scalar bands=false' --split-input-file | FileCheck %s --check-prefix=WHOLE
// RUN: quench-opt %s --quench-place='targets=scalar' --split-input-file --explain-plan -o /dev/null | FileCheck %s --check-prefix=TEXT
// RUN: %python %S/bands.py %s %t

// WHOLE-NOT: bands =
// WHOLE-NOT: window =
// WHOLE-NOT: whole_arena_bytes

!w = !quant.uniform<i8<-127:127>:f32, 0.0078125>
!x = !quant.uniform<i8:f32, 0.0625:-5>
!y = !quant.uniform<i8:f32, 0.0625:3>

// An inverted residual, whose result takes the place of the operand that is
// also the residual: each band reads its rows before it overwrites them. The
// last of the bands is lower. Of the expanded tensor, the row above and the row
// below a band exist besides it.
// CHECK-LABEL: plan.model @residual arena
// CHECK-SAME: whole_arena_bytes = {{[0-9]+}}
// CHECK: plan.slot "start" at [[X:[0-9]+]] live[0, 3]
// CHECK: plan.slot "expand" at {{[0-9]+}} live[1, 3] {{.*}}window = {before = 1 : i64, step = [[S:[0-9]+]] : i64}
// CHECK: plan.slot "depthwise" at {{[0-9]+}} live[1, 3] {{.*}}window = {before = 0 : i64, step = [[S]] : i64}
// CHECK: plan.slot "sum" at [[X]] live[0, 4]
// CHECK: plan.call 0
// CHECK-NOT: bands
// CHECK: plan.call 1
// CHECK: plan.call 2
// CHECK: plan.call 3
// TEXT: model residual
module attributes {quench.model = "residual"} {
func.func @main(%in: tensor<1x17x12x8x!x>) -> tensor<1x17x12x8x!y> {
  %t = q.lut %in function "f" {table = dense<3> : tensor<256xi8>} : (tensor<1x17x12x8x!x>) -> tensor<1x17x12x8x!y> loc("start")
  return %t : tensor<1x17x12x8x!y>
}
}
