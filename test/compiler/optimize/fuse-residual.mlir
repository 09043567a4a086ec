// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// q-fuse-residual: when a sum goes into the epilogue of a convolution.
//
// RUN: quench-opt %s --pass-pipeline='builtin.module(func.func(q-fuse-residual))' | FileCheck %s
// RUN: quench-opt %s --pass-pipeline='builtin.module(func.func(q-fuse-residual))' \
// RUN:   --mlir-print-debuginfo | FileCheck %s --check-prefix=NAMES

!e = !quant.uniform<i8:f32, 0.5:-5>
!y = !quant.uniform<i8:f32, 1.0>
!wide = tensor<1x4x4x8x!quant.uniform<i16:f32, 0.5>>
!x = tensor<1x4x4x8x!e>
!w = tensor<8x1x1x8x!quant.uniform<i8<-127:127>:f32, 0.5>>
!s = tensor<1x4x4x8x!y>

// The sum becomes a residual; the convolution's own code type is kept for the
// first rounding, and the sum's clamp and name are those of the result.
// CHECK-LABEL: func.func @sum_of_convolution_and_input
//  CHECK-SAME:   (%[[X:[a-z0-9]+]]: {{.*}}, %[[R:[a-z0-9]+]]: tensor
//       CHECK:   %[[W:.*]] = q.constant
//       CHECK:   %[[Y:.*]] = q.conv2d %[[X]], %[[W]]{{ ?}}, residual %[[R]]
//  CHECK-SAME:     clamp [-100, 100]
//  CHECK-SAME:     add_clamp = array<i64: 0, 127>
//  CHECK-SAME:     fused_type = !quant.uniform<i8:f32, 5.000000e-01:-5>
//  CHECK-SAME:     quench.notes = ["q-fuse-residual: added an input in the epilogue"]
//  CHECK-SAME:     -> tensor<1x4x4x8x!quant.uniform<i8:f32, 1.000000e+00>>
//   CHECK-NOT:   q.add
//       CHECK:   return %[[Y]]
func.func @sum_of_convolution_and_input(%x: !x, %r: !x) -> !s {
  %w = q.constant dense<1> : tensor<8x1x1x8xi8> as !w
  %0 = q.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] clamp [-100, 100]
     {multiplier = dense<0.5> : tensor<1xf32>} : (!x, !w) -> !x loc("conv")
  %1 = q.add %0, %r clamp [0, 127] : (!x, !x) -> !s loc("sum")
  return %1 : !s
}

// The order of the operands does not matter: the sum is symmetric.
// CHECK-LABEL: func.func @convolution_on_the_right
//       CHECK:   q.conv2d {{.*}} residual
//   CHECK-NOT:   q.add
func.func @convolution_on_the_right(%x: !x, %r: !x) -> !s {
  %w = q.constant dense<1> : tensor<8x1x1x8xi8> as !w
  %0 = q.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] clamp [-100, 100]
     {multiplier = dense<0.5> : tensor<1xf32>} : (!x, !w) -> !x
  %1 = q.add %r, %0 clamp [0, 127] : (!x, !x) -> !s
  return %1 : !s
}

// Of two convolutions the later takes the sum.
// CHECK-LABEL: func.func @later_of_two_convolutions
//       CHECK:   %[[FIRST:.*]] = q.conv2d %{{.*}} clamp [-1, 1]
//       CHECK:   q.conv2d %{{.*}} residual %[[FIRST]] {{.*}} clamp [-2, 2]
//   CHECK-NOT:   q.add
func.func @later_of_two_convolutions(%x: !x) -> !s {
  %w = q.constant dense<1> : tensor<8x1x1x8xi8> as !w
  %0 = q.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] clamp [-1, 1]
     {multiplier = dense<0.5> : tensor<1xf32>} : (!x, !w) -> !x
  %1 = q.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] clamp [-2, 2]
     {multiplier = dense<0.5> : tensor<1xf32>} : (!x, !w) -> !x
  %2 = q.add %0, %1 clamp [0, 127] : (!x, !x) -> !s
  return %2 : !s
}

// Somebody else needs the convolution's result as it is.
// CHECK-LABEL: func.func @convolution_with_other_uses
//   CHECK-NOT:   , residual
//       CHECK:   q.add
//  CHECK-SAME:     quench.notes = ["q-fuse-residual: declined, convolution 'conv' has other uses"]
func.func @convolution_with_other_uses(%x: !x, %r: !x) -> (!s, !x) {
  %w = q.constant dense<1> : tensor<8x1x1x8xi8> as !w
  %0 = q.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] clamp [-100, 100]
     {multiplier = dense<0.5> : tensor<1xf32>} : (!x, !w) -> !x loc("conv")
  %1 = q.add %0, %r clamp [0, 127] : (!x, !x) -> !s
  return %1, %0 : !s, !x
}

// A difference is not a sum.
// CHECK-LABEL: func.func @difference
//   CHECK-NOT:   , residual
//       CHECK:   q.sub
func.func @difference(%x: !x, %r: !x) -> !s {
  %w = q.constant dense<1> : tensor<8x1x1x8xi8> as !w
  %0 = q.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] clamp [-100, 100]
     {multiplier = dense<0.5> : tensor<1xf32>} : (!x, !w) -> !x
  %1 = q.sub %0, %r clamp [0, 127] : (!x, !x) -> !s
  return %1 : !s
}

// A kernel's residual has the shape of its result.
// CHECK-LABEL: func.func @broadcast_operand
//   CHECK-NOT:   , residual
//       CHECK:   q.add
//  CHECK-SAME:     declined, an operand is broadcast
func.func @broadcast_operand(%x: !x, %r: tensor<8x!e>) -> !s {
  %w = q.constant dense<1> : tensor<8x1x1x8xi8> as !w
  %0 = q.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] clamp [-100, 100]
     {multiplier = dense<0.5> : tensor<1xf32>} : (!x, !w) -> !x
  %1 = q.add %0, %r clamp [0, 127] : (!x, tensor<8x!e>) -> !s
  return %1 : !s
}

// The sum is made where the code of the convolution lies: one width.
// CHECK-LABEL: func.func @wide_convolution
//   CHECK-NOT:   , residual
//       CHECK:   q.add
//  CHECK-SAME:     declined, an operand has codes of another width than the sum
func.func @wide_convolution(%x: !x, %r: !s) -> !s {
  %w = q.constant dense<1> : tensor<8x1x1x8xi8> as !w
  %0 = q.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] clamp [-100, 100]
     {multiplier = dense<0.5> : tensor<1xf32>} : (!x, !w) -> !wide
  %1 = q.add %0, %r clamp [0, 127] : (!wide, !s) -> !s
  return %1 : !s
}

// CHECK-LABEL: func.func @wide_operand
//   CHECK-NOT:   , residual
//       CHECK:   q.add
//  CHECK-SAME:     declined, an operand has codes of another width than the sum
func.func @wide_operand(%x: !x, %r: !wide) -> !s {
  %w = q.constant dense<1> : tensor<8x1x1x8xi8> as !w
  %0 = q.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] clamp [-100, 100]
     {multiplier = dense<0.5> : tensor<1xf32>} : (!x, !w) -> !x
  %1 = q.add %0, %r clamp [0, 127] : (!x, !wide) -> !s
  return %1 : !s
}

// CHECK-LABEL: func.func @all_wide
//       CHECK:   q.conv2d {{.*}} residual
func.func @all_wide(%x: !x, %r: !wide) -> !wide {
  %w = q.constant dense<1> : tensor<8x1x1x8xi8> as !w
  %0 = q.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] clamp [-100, 100]
     {multiplier = dense<0.5> : tensor<1xf32>} : (!x, !w) -> !wide
  %1 = q.add %0, %r clamp [0, 127] : (!wide, !wide) -> !wide
  return %1 : !wide
}

// One residual per convolution: the second sum stays.
// CHECK-LABEL: func.func @two_sums
//       CHECK:   q.conv2d {{.*}} residual
//       CHECK:   q.add
//  CHECK-SAME:     declined, convolution 'first' has a residual already
func.func @two_sums(%x: !x, %r: !s) -> !s {
  %w = q.constant dense<1> : tensor<8x1x1x8xi8> as !w
  %0 = q.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] clamp [-100, 100]
     {multiplier = dense<0.5> : tensor<1xf32>} : (!x, !w) -> !x loc("conv")
  %1 = q.add %0, %r clamp [-128, 127] : (!x, !s) -> !s loc("first")
  %2 = q.add %1, %r clamp [-128, 127] : (!s, !s) -> !s
  return %2 : !s
}

// The fused op carries both names.
// NAMES: #[[CONV:.*]] = loc("conv")
// NAMES: = loc("sum"(#[[CONV]]))
