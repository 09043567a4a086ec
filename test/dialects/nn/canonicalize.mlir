// RUN: quench-opt %s -canonicalize | FileCheck %s

// Folds and canonicalizations of nn move data only: no float value changes.

// CHECK-LABEL: func @reshape_to_own_shape
//  CHECK-SAME:   (%[[X:.*]]: tensor<2x3xf32>)
//  CHECK-NEXT:   return %[[X]]
func.func @reshape_to_own_shape(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = nn.reshape %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func @reshape_twice
//  CHECK-SAME:   (%[[X:.*]]: tensor<2x3xf32>)
//  CHECK-NEXT:   %[[Y:.*]] = nn.reshape %[[X]] : (tensor<2x3xf32>) -> tensor<3x2xf32>
//  CHECK-NEXT:   return %[[Y]]
func.func @reshape_twice(%x: tensor<2x3xf32>) -> tensor<3x2xf32> {
  %0 = nn.reshape %x : (tensor<2x3xf32>) -> tensor<6xf32>
  %1 = nn.reshape %0 : (tensor<6xf32>) -> tensor<3x2xf32>
  return %1 : tensor<3x2xf32>
}

// Back to the first shape: nothing is left.
// CHECK-LABEL: func @reshape_there_and_back
//  CHECK-SAME:   (%[[X:.*]]: tensor<2x3xf32>)
//  CHECK-NEXT:   return %[[X]]
func.func @reshape_there_and_back(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = nn.reshape %x : (tensor<2x3xf32>) -> tensor<6xf32>
  %1 = nn.reshape %0 : (tensor<6xf32>) -> tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
}

// Elements keep their order, dense, splat and resource.
// CHECK-LABEL: func @reshape_of_constants
//   CHECK-NOT:   nn.reshape
//   CHECK-DAG:   nn.constant dense<{{\[\[}}1.000000e+00, 2.000000e+00], [3.000000e+00, 4.000000e+00]]> : tensor<2x2xf32>
//   CHECK-DAG:   nn.constant dense<7.000000e+00> : tensor<3x1xf32>
//   CHECK-DAG:   nn.constant dense<{{\[\[}}1.000000e+00], [2.000000e+00]]> : tensor<2x1xf32>
//       CHECK:   return
func.func @reshape_of_constants() -> (tensor<2x2xf32>, tensor<3x1xf32>, tensor<2x1xf32>) {
  %0 = nn.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %1 = nn.reshape %0 : (tensor<4xf32>) -> tensor<2x2xf32>
  %2 = nn.constant dense<7.0> : tensor<3xf32>
  %3 = nn.reshape %2 : (tensor<3xf32>) -> tensor<3x1xf32>
  %4 = nn.constant dense_resource<pair> : tensor<2xf32>
  %5 = nn.reshape %4 : (tensor<2xf32>) -> tensor<2x1xf32>
  return %1, %3, %5 : tensor<2x2xf32>, tensor<3x1xf32>, tensor<2x1xf32>
}

// CHECK-LABEL: func @transpose_by_identity
//  CHECK-SAME:   (%[[X:.*]]: tensor<2x3x4xf32>)
//  CHECK-NEXT:   return %[[X]]
func.func @transpose_by_identity(%x: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
  %0 = nn.transpose %x perm [0, 1, 2] : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  return %0 : tensor<2x3x4xf32>
}

// Same type, other elements: stays.
// CHECK-LABEL: func @transpose_of_square
//       CHECK:   nn.transpose %{{.*}} perm [1, 0]
func.func @transpose_of_square(%x: tensor<3x3xf32>) -> tensor<3x3xf32> {
  %0 = nn.transpose %x perm [1, 0] : (tensor<3x3xf32>) -> tensor<3x3xf32>
  return %0 : tensor<3x3xf32>
}

// Axis i of the result is axis p[q[i]]: [1, 2, 0] after [1, 0, 2] is [0, 2, 1].
// CHECK-LABEL: func @transpose_twice
//  CHECK-SAME:   (%[[X:.*]]: tensor<2x3x4xf32>)
//  CHECK-NEXT:   %[[Y:.*]] = nn.transpose %[[X]] perm [0, 2, 1] : (tensor<2x3x4xf32>) -> tensor<2x4x3xf32>
//  CHECK-NEXT:   return %[[Y]]
func.func @transpose_twice(%x: tensor<2x3x4xf32>) -> tensor<2x4x3xf32> {
  %0 = nn.transpose %x perm [1, 0, 2] : (tensor<2x3x4xf32>) -> tensor<3x2x4xf32>
  %1 = nn.transpose %0 perm [1, 2, 0] : (tensor<3x2x4xf32>) -> tensor<2x4x3xf32>
  return %1 : tensor<2x4x3xf32>
}

// Only an axis of size 1 moves.
// CHECK-LABEL: func @transpose_of_size_one
//       CHECK:   nn.reshape %{{.*}} : (tensor<1x5x1x4xf32>) -> tensor<5x4x1x1xf32>
func.func @transpose_of_size_one(%x: tensor<1x5x1x4xf32>) -> tensor<5x4x1x1xf32> {
  %0 = nn.transpose %x perm [1, 3, 2, 0] : (tensor<1x5x1x4xf32>) -> tensor<5x4x1x1xf32>
  return %0 : tensor<5x4x1x1xf32>
}

// CHECK-LABEL: func @transpose_of_two_long_axes
//       CHECK:   nn.transpose %{{.*}} perm [0, 3, 1, 2]
func.func @transpose_of_two_long_axes(%x: tensor<1x5x1x4xf32>) -> tensor<1x4x5x1xf32> {
  %0 = nn.transpose %x perm [0, 3, 1, 2] : (tensor<1x5x1x4xf32>) -> tensor<1x4x5x1xf32>
  return %0 : tensor<1x4x5x1xf32>
}

// A reshape between two transposes keeps them apart.
// CHECK-LABEL: func @reshape_between
//       CHECK:   nn.transpose
//       CHECK:   nn.reshape
//       CHECK:   nn.transpose
func.func @reshape_between(%x: tensor<2x3xf32>) -> tensor<3x2xf32> {
  %0 = nn.transpose %x perm [1, 0] : (tensor<2x3xf32>) -> tensor<3x2xf32>
  %1 = nn.reshape %0 : (tensor<3x2xf32>) -> tensor<2x3xf32>
  %2 = nn.transpose %1 perm [1, 0] : (tensor<2x3xf32>) -> tensor<3x2xf32>
  return %2 : tensor<3x2xf32>
}

// Two reads of one constant, and one without uses.
// CHECK-LABEL: func @constants
// CHECK-COUNT-1: nn.constant
//   CHECK-NOT:   nn.constant
//       CHECK:   return
func.func @constants() -> (tensor<1xf32>, tensor<1xf32>) {
  %0 = nn.constant dense<1.0> : tensor<1xf32>
  %1 = nn.constant dense<1.0> : tensor<1xf32>
  %2 = nn.constant dense<2.0> : tensor<1xf32>
  return %0, %1 : tensor<1xf32>, tensor<1xf32>
}

{-# dialect_resources: { builtin: { pair: "0x400000000000803F00000040" } } #-}
