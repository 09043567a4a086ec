// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// q-expose-results: the function returns what every op computes.
//
// RUN: quench-opt %s --pass-pipeline='builtin.module(func.func(q-expose-results))' | FileCheck %s

!e = !quant.uniform<i8:f32, 0.5:-5>
!x = tensor<1x4x4x8x!e>
!f = tensor<1x128x!e>

// Not the constant, not the reshape, and once what is returned already.
// CHECK-LABEL: func.func @three
//  CHECK-SAME:   -> (tensor<1x4x4x8x!{{.*}}> {quench.name = "sum"},
//  CHECK-SAME:       tensor<1x4x4x8x!{{.*}}> {quench.name = "first"},
//  CHECK-SAME:       tensor<1x128x!{{.*}}> {quench.name = "add"})
//       CHECK:   %[[FIRST:.*]] = q.add %{{.*}}, %{{.*}} 
//       CHECK:   %[[SUM:.*]] = q.add %[[FIRST]], %{{.*}}
//       CHECK:   %[[FLAT:.*]] = q.reshape %[[SUM]]
//       CHECK:   %[[LAST:.*]] = q.add %[[FLAT]], %[[FLAT]]
//       CHECK:   return %[[SUM]], %[[FIRST]], %[[LAST]]
func.func @three(%x: !x) -> (!x {quench.name = "sum"}) {
  %c = q.constant dense<3> : tensor<1x4x4x8xi8> as !x
  %0 = q.add %x, %c clamp [-128, 127] : (!x, !x) -> !x loc("first")
  %1 = q.add %0, %x clamp [-128, 127] : (!x, !x) -> !x
  %2 = q.reshape %1 : (!x) -> !f
  %3 = q.add %2, %2 clamp [-128, 127] : (!f, !f) -> !f
  return %1 : !x
}
