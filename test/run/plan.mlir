// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A plan is no graph to interpret.
//
// RUN: not quench-run %s 2>&1 | FileCheck %s
// CHECK: error: '{{.*}}plan.mlir' is a plan: calls of kernels that are emitted later

plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <64xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <64xi8>
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %y) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
}
