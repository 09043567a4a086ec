// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// q-tabulate: elementwise ops that depend on one code only.
//
// RUN: quench-opt %s --pass-pipeline='builtin.module(func.func(q-tabulate))' | FileCheck %s

!e = !quant.uniform<i8:f32, 1.0>
!x = tensor<1x4x!e>

// x + 3 with equal scales: every code grows by 3, up to 127 = 0x7F.
// CHECK-LABEL: func.func @sum_with_a_constant
//  CHECK-SAME:   (%[[X:[a-z0-9]+]]:
//       CHECK:   %[[Y:.*]] = q.lut %[[X]] function "add(x, 3)"
//  CHECK-SAME:     dense<"0x838485{{.*}}7D7E7F7F7F7F">
//       CHECK:   return %[[Y]]
func.func @sum_with_a_constant(%x: !x) -> !x {
  %c = q.constant dense<3> : tensor<1xi8> as tensor<1x!e>
  %0 = q.add %x, %c clamp [-128, 127] : (!x, tensor<1x!e>) -> !x
  return %0 : !x
}

// The order counts in a difference: 3 - x, from 127 down to -124 = 0x84.
// CHECK-LABEL: func.func @difference_from_a_constant
//       CHECK:   q.lut {{.*}} function "sub(3, x)"
//  CHECK-SAME:     dense<"0x7F{{.*}}7E7D{{.*}}868584">
func.func @difference_from_a_constant(%x: !x) -> !x {
  %c = q.constant dense<3> : tensor<1x4xi8> as !x
  %0 = q.sub %c, %x clamp [-128, 127] : (!x, !x) -> !x
  return %0 : !x
}

// An activation written op by op: the table is 2 for every code, so 2 * x.
// CHECK-LABEL: func.func @activation_op_by_op
//  CHECK-SAME:   (%[[X:[a-z0-9]+]]:
//   CHECK-NOT:   q.add
//   CHECK-NOT:   q.mul
//       CHECK:   %[[Y:.*]] = q.lut %[[X]] function "mul(x, add(x, 3) then two)"
//  CHECK-SAME:     dense<"0x80{{.*}}FAFCFE00020406{{.*}}7F">
//       CHECK:   return %[[Y]]
func.func @activation_op_by_op(%x: !x) -> !x {
  %c = q.constant dense<3> : tensor<1xi8> as tensor<1x!e>
  %0 = q.add %x, %c clamp [-128, 127] : (!x, tensor<1x!e>) -> !x
  %1 = q.lut %0 function "two" {table = dense<2> : tensor<256xi8>} : (!x) -> !x
  %2 = q.mul %x, %1 clamp [-128, 127] : (!x, !x) -> !x
  return %2 : !x
}

// CHECK-LABEL: func.func @two_tensors
//       CHECK:   q.add
func.func @two_tensors(%x: !x, %y: !x) -> !x {
  %0 = q.add %x, %y clamp [-128, 127] : (!x, !x) -> !x
  return %0 : !x
}

// A value per channel is not one value.
// CHECK-LABEL: func.func @constant_per_channel
//       CHECK:   q.mul
func.func @constant_per_channel(%x: !x) -> !x {
  %c = q.constant dense<[1, 2, 3, 4]> : tensor<4xi8> as tensor<4x!e>
  %0 = q.mul %x, %c clamp [-128, 127] : (!x, tensor<4x!e>) -> !x
  return %0 : !x
}

// The result is larger than the tensor it is a function of.
// CHECK-LABEL: func.func @broadcast_tensor
//       CHECK:   q.add
func.func @broadcast_tensor(%x: tensor<1x1x!e>) -> !x {
  %c = q.constant dense<3> : tensor<1x4xi8> as !x
  %0 = q.add %x, %c clamp [-128, 127] : (tensor<1x1x!e>, !x) -> !x
  return %0 : !x
}

// There are no tables of 65,536 codes.
!wide = tensor<1x4x!quant.uniform<i16:f32, 1.0>>
// CHECK-LABEL: func.func @wide_codes
//       CHECK:   q.add
//       CHECK:   q.mul
//   CHECK-NOT:   q.lut
func.func @wide_codes(%x: !wide, %y: !x) -> (!x, !wide) {
  %c = q.constant dense<3> : tensor<1x4xi16> as !wide
  %0 = q.add %x, %c clamp [-128, 127] : (!wide, !wide) -> !x
  %1 = q.mul %y, %y clamp [-128, 127] : (!x, !x) -> !wide
  return %0, %1 : !x, !wide
}
