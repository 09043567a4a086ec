// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Measured times turn the choice of the first convolution around; the second
// has no time of one candidate, so that the cost model chooses there as ever.
//
// RUN: quench-opt %s --quench-place='targets=x86_avx2' --explain-plan -o /dev/null \
// RUN:   | FileCheck %s --check-prefix=MODEL
// RUN: quench-opt %s --quench-place='targets=x86_avx2 timings=%S/Inputs/timings.txt' \
// RUN:   --explain-plan -o %t.mlir | FileCheck %s --check-prefix=TIMED
// RUN: FileCheck %s --check-prefix=PLAN --input-file=%t.mlir
// RUN: quench-opt %s --quench-place='targets=x86_avx2 timings=%S/Inputs/timings.txt' \
// RUN:   --explain-plan=json -o /dev/null | FileCheck %s --check-prefix=JSON
//
// The same by the command, of a CPU that is not this one: nothing is measured.
// RUN: quench compile %s --target=x86_avx2,scalar --tune=%S/Inputs/timings.txt \
// RUN:   --tune-cpu='Toaster (bread3): avx2' --explain --no-selftest -o %t.dir 2>&1 \
// RUN:   | FileCheck %s --check-prefix=COMMAND
// RUN: grep -q '^// Options --target=x86_avx2,scalar --tune$' %t.dir/timings.h
//
// A target that the CPU does not run, with the times of another one; a CPU that
// is not there; and a file that is none.
// RUN: quench compile %s --target=x86_avx512vnni --tune=%S/Inputs/timings.txt \
// RUN:   --tune-cpu='Toaster (bread3): avx2' --no-selftest --emit=plan -o %t.mlir 2>&1 \
// RUN:   | FileCheck %s --check-prefix=LEFT
// RUN: not quench compile %s --target=x86_avx2 --tune=%S/Inputs/timings.txt --tune-cpu=Kettle \
// RUN:   --quiet --emit=plan 2>&1 | FileCheck %s --check-prefix=KETTLE
// RUN: not quench compile %s --target=x86_avx2 --tune=%s --quiet --emit=plan 2>&1 \
// RUN:   | FileCheck %s --check-prefix=BAD
// RUN: not quench-opt %s --quench-place='targets=x86_avx2 timings=%s' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=BAD
// RUN: not quench-opt %s --quench-place='targets=x86_avx2 timings=%t.none' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NONE
// RUN: not quench compile %s --tune=%t.txt --emit=q 2>&1 | FileCheck %s --check-prefix=LEVEL
// RUN: not quench compile %s --tune-cpu=Toaster 2>&1 | FileCheck %s --check-prefix=ALONE
// RUN: not quench compile %s --tune=%t.none --optimize=size 2>&1 | FileCheck %s --check-prefix=SIZE

// MODEL: x86_avx2: about {{.*}} million cycles
// MODEL-NOT: measured
// MODEL: all targets: conv2d_rows_s8_6x16x2_x86_avx2, {{[0-9]+}} cycles{{$}}

// TIMED: x86_avx2: 1 calls chosen by time, 0.008 ms; the model chooses otherwise in 1, which costs 0.003 ms (+37.5 %)
// TIMED: 0  conv2d       first
// TIMED-NEXT: all targets: conv2d_rows_s8_4x16x2_x86_avx2, {{[0-9]+}} cycles, 8.000 us measured (11.000 us: what the model chooses)
// TIMED-NEXT: conv2d_rows_s8_4x16x2_x86_avx2: 8.000 us, {{[0-9]+}} cycles
// TIMED-NEXT: conv2d_rows_s8_6x16x2_x86_avx2: 11.000 us, {{[0-9]+}} cycles
// TIMED: conv2d_rows_s8_1x32x2_x86_avx2: 20.000 us, {{[0-9]+}} cycles
// TIMED: 1  conv2d       second
// TIMED-NEXT: all targets: conv2d_rows_s8_6x16x2_x86_avx2, {{[0-9]+}} cycles{{$}}
// TIMED-NEXT: conv2d_rows_s8_6x16x2_x86_avx2: {{[0-9]+}} cycles

// PLAN: plan.call 0 {{.*}}"conv2d_rows_s8_4x16x2_x86_avx2"
// PLAN-SAME: quench.model_time = 1.100000e+01
// PLAN-SAME: quench.time = 8.000000e+00
// PLAN: plan.call 1 {{.*}}"conv2d_rows_s8_6x16x2_x86_avx2"
// PLAN-NOT: quench.time

// JSON: "kernel": "conv2d_rows_s8_4x16x2_x86_avx2",
// JSON: "microseconds": 8,
// JSON-NEXT: "model_microseconds": 11,

// COMMAND-NOT: timing kernels
// COMMAND: no times of 1 problems for x86_avx2 on 'Toaster (bread3): avx2': there the cost model chooses
// COMMAND-NOT: no times
// COMMAND-NOT: timing kernels
// COMMAND: x86_avx2: 1 calls chosen by time
// COMMAND: x86_avx2: conv2d_rows_s8_4x16x2_x86_avx2, {{[0-9]+}} cycles, 8.000 us measured

// LEFT: no times of 2 problems for x86_avx512vnni on 'Toaster (bread3): avx2'
// KETTLE: error: '{{.*}}timings.txt' has no times of 'Kettle'; it has those of 'Toaster (bread3): avx2'
// BAD: error: '{{.*}}timings.mlir': line 1: expected 'quench timings 1', found '// Part of
// NONE: error: cannot read '{{.*}}.none'
// LEVEL: error: --tune chooses kernels, which '--emit=q' has none of
// ALONE: error: --tune-cpu is for --tune
// SIZE: error: --optimize=size chooses kernels that layers share: leave out --tune

!x = tensor<1x12x12x16x!quant.uniform<i8:f32, 0.5:-5>>
!y = tensor<1x12x12x24x!quant.uniform<i8:f32, 0.5:-5>>
!w = tensor<24x1x1x16x!quant.uniform<i8<-127:127>:f32, 0.5>>
!v = tensor<16x1x1x24x!quant.uniform<i8<-127:127>:f32, 0.5>>
func.func @main(%x: !x) -> !x {
  %w = q.constant dense<1> : tensor<24x1x1x16xi8> as !w
  %v = q.constant dense<1> : tensor<16x1x1x24xi8> as !v
  %a = q.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127]
     {multiplier = dense<0.5> : tensor<1xf32>} : (!x, !w) -> !y loc("first")
  %b = q.conv2d %a, %v strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127]
     {multiplier = dense<0.5> : tensor<1xf32>} : (!y, !v) -> !x loc("second")
  return %b : !x
}
