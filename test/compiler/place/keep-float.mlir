// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: quench-opt %s --place --verify-plan | FileCheck %s

// Float moves count elements of four bytes: parts of a concatenation are written
// where they belong, and a slice is a view.
// CHECK-LABEL: plan.model @main
//  CHECK-SAME:   arena 128
//   CHECK-DAG:   %[[A:.*]] = plan.slot "a" at 0 live[0, 0] {view = true} : <16xf32>
//   CHECK-DAG:   %[[B:.*]] = plan.slot "b" at 64 live[1, 1] {view = true} : <16xf32>
//   CHECK-DAG:   %[[CAT:.*]] = plan.slot "cat" at 0 live[2, 2] {view = true} : <32xf32>
//   CHECK-DAG:   %[[EXP:.*]] = plan.slot "exp" at 0 live[0, 3] : <32xf32>
//   CHECK-DAG:   %[[TAIL:.*]] = plan.slot "tail" at 32 live[3, 3] {view = true} : <24xf32>
//       CHECK:   plan.call 0 variant -1 "qrt_ref_tanh_f32"(%{{.*}}, %[[A]])
//  CHECK-NEXT:   plan.call 1 variant -1 "qrt_ref_sigmoid_f32"(%{{.*}}, %[[B]])
// A function of a value that dies is in place.
//  CHECK-NEXT:   plan.call 2 variant -1 "qrt_ref_exp_f32"(%[[CAT]], %[[EXP]])
//  CHECK-NEXT:   plan.call 3 variant -1 "qrt_ref_add_f32"(%[[TAIL]], %[[TAIL]],
func.func @main(%x: tensor<16xf32>) -> tensor<24xf32> {
  %0 = q.float_island "kept" (%x) : (tensor<16xf32>) -> tensor<24xf32> {
  ^bb0(%i: tensor<16xf32>):
    %a = nn.tanh %i : tensor<16xf32> loc("a")
    %b = nn.sigmoid %i : tensor<16xf32> loc("b")
    %c = nn.concat %a, %b axis 0 : (tensor<16xf32>, tensor<16xf32>) -> tensor<32xf32> loc("cat")
    %d = nn.exp %c : tensor<32xf32> loc("exp")
    %t = nn.slice %d starts [8] sizes [24] steps [1] : (tensor<32xf32>) -> tensor<24xf32> loc("tail")
    %s = nn.add %t, %t : (tensor<24xf32>, tensor<24xf32>) -> tensor<24xf32> loc("sum")
    q.yield %s : tensor<24xf32>
  }
  return %0 : tensor<24xf32>
}
