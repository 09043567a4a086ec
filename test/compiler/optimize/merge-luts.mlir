// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// q-merge-luts: two tables in a row are one table.
//
// RUN: quench-opt %s --pass-pipeline='builtin.module(func.func(q-merge-luts))' | FileCheck %s

!a = tensor<1x2x!quant.uniform<i8:f32, 0.5:-5>>
!b = tensor<1x2x!quant.uniform<i8:f32, 0.25:3>>
!c = tensor<1x2x!quant.uniform<i8:f32, 0.25:4>>

// second(first(x)): the second table at code 7 is 9 everywhere it is asked.
// CHECK-LABEL: func.func @table_of_table
//  CHECK-SAME:   (%[[X:[a-z0-9]+]]:
//       CHECK:   %[[Y:.*]] = q.lut %[[X]] function "seven then nine"
//  CHECK-SAME:     quench.notes = ["q-merge-luts: composed with q.lut"]
//  CHECK-SAME:     table = dense<9> : tensor<256xi8>
//       CHECK:   return %[[Y]]
func.func @table_of_table(%x: !a) -> !b {
  %0 = q.lut %x function "seven" {table = dense<7> : tensor<256xi8>} : (!a) -> !a
  %1 = q.lut %0 function "nine" {table = dense<9> : tensor<256xi8>} : (!a) -> !b
  return %1 : !b
}

// A requantization is a table, too. From scale 0.5, zero point -5, to scale
// 0.25, zero point 3, code x is 2 * (x + 5) + 3, at least -128; then one more for
// zero point 4: -127 = 0x81 for all codes up to -71, -126 = 0x82 for -70, ...
// CHECK-LABEL: func.func @table_of_requantizations
//       CHECK:   q.lut %{{.*}} function "requantize then requantize"
//  CHECK-SAME:     table = dense<"0x{{(81)+}}8284{{.*}}7F">
func.func @table_of_requantizations(%x: !a) -> !c {
  %0 = q.requantize %x : (!a) -> !b
  %1 = q.requantize %0 : (!b) -> !c
  return %1 : !c
}

// One table per channel and one for all: the channels stay apart.
// CHECK-LABEL: func.func @table_per_channel
//       CHECK:   q.lut %{{.*}} function "channels then nine"
//  CHECK-SAME:     tensor<2x256xi8>
func.func @table_per_channel(%x: !a) -> !b {
  %0 = q.lut %x function "channels" {table = dense<7> : tensor<2x256xi8>} : (!a) -> !a
  %1 = q.lut %0 function "nine" {table = dense<9> : tensor<256xi8>} : (!a) -> !b
  return %1 : !b
}

// CHECK-LABEL: func.func @first_with_other_uses
//       CHECK:   q.lut %{{.*}} function "seven"
//       CHECK:   q.lut %{{.*}} function "nine"
//  CHECK-SAME:     declined, q.lut has other uses
func.func @first_with_other_uses(%x: !a) -> (!a, !b) {
  %0 = q.lut %x function "seven" {table = dense<7> : tensor<256xi8>} : (!a) -> !a
  %1 = q.lut %0 function "nine" {table = dense<9> : tensor<256xi8>} : (!a) -> !b
  return %0, %1 : !a, !b
}

// Lines between entries are no table, and entries of 16 bits none of 8: both
// stay two ops.
!wide = tensor<1x2x!quant.uniform<i16:f32, 0.5>>
// CHECK-LABEL: func.func @wide_codes
//       CHECK:   q.lut {{.*}} function "line"
//       CHECK:   q.requantize
//       CHECK:   q.lut {{.*}} function "wide"
//       CHECK:   q.requantize
func.func @wide_codes(%x: !wide) -> !a {
  %0 = q.lut %x function "line" {table = dense<128> : tensor<513xi32>} : (!wide) -> !a
  %1 = q.requantize %0 : (!a) -> !b
  %2 = q.lut %1 function "wide" {table = dense<7> : tensor<256xi16>} : (!b) -> !wide
  %3 = q.requantize %2 : (!wide) -> !a
  return %3 : !a
}
