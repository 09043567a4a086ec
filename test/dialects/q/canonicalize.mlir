// RUN: quench-opt %s -canonicalize | FileCheck %s

// Folds and canonicalizations of q change no code.

!x = !quant.uniform<i8:f32, 5.000000e-01:-3>
!y = !quant.uniform<i8:f32, 5.000000e-01:-2>

// Q-REQ: within one type a requantization is the identity.
// CHECK-LABEL: func @requantize_to_own_type
//  CHECK-SAME:   (%[[X:.*]]: tensor<2x!quant
//  CHECK-NEXT:   return %[[X]]
func.func @requantize_to_own_type(%x: tensor<2x!x>) -> tensor<2x!x> {
  %0 = q.requantize %x : (tensor<2x!x>) -> tensor<2x!x>
  return %0 : tensor<2x!x>
}

// Another zero point saturates at the ends: stays, twice.
// CHECK-LABEL: func @requantize_zero_point
// CHECK-COUNT-2: q.requantize
//       CHECK:   return
func.func @requantize_zero_point(%x: tensor<2x!x>) -> tensor<2x!x> {
  %0 = q.requantize %x : (tensor<2x!x>) -> tensor<2x!y>
  %1 = q.requantize %0 : (tensor<2x!y>) -> tensor<2x!x>
  return %1 : tensor<2x!x>
}

// CHECK-LABEL: func @reshape_twice
//  CHECK-SAME:   (%[[X:.*]]: tensor<2x3x!quant
//  CHECK-NEXT:   %[[Y:.*]] = q.reshape %[[X]] : (tensor<2x3x{{.*}}>) -> tensor<3x2x{{.*}}>
//  CHECK-NEXT:   return %[[Y]]
func.func @reshape_twice(%x: tensor<2x3x!x>) -> tensor<3x2x!x> {
  %0 = q.reshape %x : (tensor<2x3x!x>) -> tensor<6x!x>
  %1 = q.reshape %0 : (tensor<6x!x>) -> tensor<3x2x!x>
  return %1 : tensor<3x2x!x>
}

// CHECK-LABEL: func @reshape_there_and_back
//  CHECK-SAME:   (%[[X:.*]]: tensor<2x3x!quant
//  CHECK-NEXT:   return %[[X]]
func.func @reshape_there_and_back(%x: tensor<2x3x!x>) -> tensor<2x3x!x> {
  %0 = q.reshape %x : (tensor<2x3x!x>) -> tensor<6x!x>
  %1 = q.reshape %0 : (tensor<6x!x>) -> tensor<2x3x!x>
  return %1 : tensor<2x3x!x>
}

// CHECK-LABEL: func @transpose_there_and_back
//  CHECK-SAME:   (%[[X:.*]]: tensor<2x3x4x!quant
//  CHECK-NEXT:   return %[[X]]
func.func @transpose_there_and_back(%x: tensor<2x3x4x!x>) -> tensor<2x3x4x!x> {
  %0 = q.transpose %x perm [2, 0, 1] : (tensor<2x3x4x!x>) -> tensor<4x2x3x!x>
  %1 = q.transpose %0 perm [1, 2, 0] : (tensor<4x2x3x!x>) -> tensor<2x3x4x!x>
  return %1 : tensor<2x3x4x!x>
}

// [1, 2, 0] twice is not the identity, but one transpose.
// CHECK-LABEL: func @transpose_twice
//       CHECK:   q.transpose %{{.*}} perm [2, 0, 1]
//   CHECK-NOT:   q.transpose
func.func @transpose_twice(%x: tensor<2x3x4x!x>) -> tensor<4x2x3x!x> {
  %0 = q.transpose %x perm [1, 2, 0] : (tensor<2x3x4x!x>) -> tensor<3x4x2x!x>
  %1 = q.transpose %0 perm [1, 2, 0] : (tensor<3x4x2x!x>) -> tensor<4x2x3x!x>
  return %1 : tensor<4x2x3x!x>
}

// CHECK-LABEL: func @transpose_of_size_one
//       CHECK:   q.reshape %{{.*}} -> tensor<1x1x1x64x
func.func @transpose_of_size_one(%x: tensor<1x64x1x1x!x>) -> tensor<1x1x1x64x!x> {
  %0 = q.transpose %x perm [0, 2, 3, 1] : (tensor<1x64x1x1x!x>) -> tensor<1x1x1x64x!x>
  return %0 : tensor<1x1x1x64x!x>
}

// CHECK-LABEL: func @transpose_of_two_long_axes
//       CHECK:   q.transpose
func.func @transpose_of_two_long_axes(%x: tensor<1x64x2x1x!x>) -> tensor<1x2x1x64x!x> {
  %0 = q.transpose %x perm [0, 2, 3, 1] : (tensor<1x64x2x1x!x>) -> tensor<1x2x1x64x!x>
  return %0 : tensor<1x2x1x64x!x>
}

// Equal codes of different types are different constants.
// CHECK-LABEL: func @constants
// CHECK-COUNT-2: q.constant dense<1>
//   CHECK-NOT:   q.constant
//       CHECK:   return
func.func @constants() -> (tensor<2x!x>, tensor<2x!x>, tensor<2x!y>) {
  %0 = q.constant dense<1> : tensor<2xi8> as tensor<2x!x>
  %1 = q.constant dense<1> : tensor<2xi8> as tensor<2x!x>
  %2 = q.constant dense<1> : tensor<2xi8> as tensor<2x!y>
  return %0, %1, %2 : tensor<2x!x>, tensor<2x!x>, tensor<2x!y>
}

// What nobody uses goes; an island computes nothing else.
// CHECK-LABEL: func @unused_island
//  CHECK-NEXT:   return
func.func @unused_island(%x: tensor<4xf32>) {
  %0 = q.float_island "unused" (%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    q.yield %a : tensor<4xf32>
  }
  return
}
