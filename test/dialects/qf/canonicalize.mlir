// RUN: quench-opt %s -canonicalize | FileCheck %s

!a = !quant.uniform<i8:f32, 5.000000e-01:-3>
!b = !quant.uniform<i8:f32, 2.500000e-01:-3>
!bias = !quant.uniform<i32:f32, 1.250000e-01>

// On the grid already: the second rounding finds its own codes.
// CHECK-LABEL: func @same_grid
// CHECK-COUNT-1: qf.fake_quant
//   CHECK-NOT:   qf.fake_quant
//       CHECK:   return
func.func @same_grid(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = qf.fake_quant %x as !a : tensor<4xf32>
  %1 = qf.fake_quant %0 as !a : tensor<4xf32>
  return %1 : tensor<4xf32>
}

// Another grid is a requantization.
// CHECK-LABEL: func @other_grid
// CHECK-COUNT-2: qf.fake_quant
//       CHECK:   return
func.func @other_grid(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = qf.fake_quant %x as !a : tensor<4xf32>
  %1 = qf.fake_quant %0 as !b : tensor<4xf32>
  return %1 : tensor<4xf32>
}

// Codes above 2^24 do not survive f32(code * s) / s.
// CHECK-LABEL: func @bias_grid
// CHECK-COUNT-2: qf.fake_quant
//       CHECK:   return
func.func @bias_grid(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = qf.fake_quant %x as !bias : tensor<4xf32>
  %1 = qf.fake_quant %0 as !bias : tensor<4xf32>
  return %1 : tensor<4xf32>
}

// An observer records: it stays where its result has no use, and twice.
// CHECK-LABEL: func @observers_stay
// CHECK-COUNT-3: qf.observe
//       CHECK:   return
func.func @observers_stay(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = qf.observe %x with "min_max" : tensor<4xf32>
  %1 = qf.observe %x with "min_max" : tensor<4xf32>
  %2 = qf.observe %1 with "min_max" : tensor<4xf32>
  return %2 : tensor<4xf32>
}

// A fake_quant without uses goes.
// CHECK-LABEL: func @unused
//  CHECK-NEXT:   return
func.func @unused(%x: tensor<4xf32>) {
  %0 = qf.fake_quant %x as !a : tensor<4xf32>
  return
}
