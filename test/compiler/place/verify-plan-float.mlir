// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What float kernels touch. Each operand is big enough but one.
//
// RUN: quench-opt %s --split-input-file --verify-diagnostics --verify-plan

// Enough, and without a bias.
plan.model @m arena 0 targets ["scalar"] {
  %a0 = plan.input 0 "a0" : <240xf32>
  %a1 = plan.input 1 "a1" : <432xf32>
  %y = plan.output 0 "y" : <144xf32>
  plan.call 0 variant -1 "qrt_ref_conv2d_f32"(%a0, %a1, %y) {params = "qrt_conv2d_f32",
    fields = [1, 5, 6, 8, 3, 4, 12, 3, 3, 1, 1, 1, 1, 0, 0, 2, 0xFF800000 : f32, 0x7F800000 : f32],
    present = array<i1: true, true, false, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<240xf32>, !plan.buffer<432xf32>, !plan.buffer<144xf32>
}

// -----

// The input is short.
plan.model @m arena 0 targets ["scalar"] {
  %a0 = plan.input 0 "a0" : <239xf32>
  %a1 = plan.input 1 "a1" : <432xf32>
  %a2 = plan.input 2 "a2" : <12xf32>
  %y = plan.output 0 "y" : <144xf32>
  // expected-error @below {{touches bytes [0, 960) of operand 0, which has 956}}
  plan.call 0 variant -1 "qrt_ref_conv2d_f32"(%a0, %a1, %a2, %y) {params = "qrt_conv2d_f32",
    fields = [1, 5, 6, 8, 3, 4, 12, 3, 3, 1, 1, 1, 1, 0, 0, 2, 0xFF800000 : f32, 0x7F800000 : f32],
    present = array<i1: true, true, true, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<239xf32>, !plan.buffer<432xf32>, !plan.buffer<12xf32>, !plan.buffer<144xf32>
}

// -----

// The filter is short.
plan.model @m arena 0 targets ["scalar"] {
  %a0 = plan.input 0 "a0" : <240xf32>
  %a1 = plan.input 1 "a1" : <431xf32>
  %a2 = plan.input 2 "a2" : <12xf32>
  %y = plan.output 0 "y" : <144xf32>
  // expected-error @below {{touches bytes [0, 1728) of operand 1, which has 1724}}
  plan.call 0 variant -1 "qrt_ref_conv2d_f32"(%a0, %a1, %a2, %y) {params = "qrt_conv2d_f32",
    fields = [1, 5, 6, 8, 3, 4, 12, 3, 3, 1, 1, 1, 1, 0, 0, 2, 0xFF800000 : f32, 0x7F800000 : f32],
    present = array<i1: true, true, true, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<240xf32>, !plan.buffer<431xf32>, !plan.buffer<12xf32>, !plan.buffer<144xf32>
}

// -----

// The bias is short.
plan.model @m arena 0 targets ["scalar"] {
  %a0 = plan.input 0 "a0" : <240xf32>
  %a1 = plan.input 1 "a1" : <432xf32>
  %a2 = plan.input 2 "a2" : <11xf32>
  %y = plan.output 0 "y" : <144xf32>
  // expected-error @below {{touches bytes [0, 48) of operand 2, which has 44}}
  plan.call 0 variant -1 "qrt_ref_conv2d_f32"(%a0, %a1, %a2, %y) {params = "qrt_conv2d_f32",
    fields = [1, 5, 6, 8, 3, 4, 12, 3, 3, 1, 1, 1, 1, 0, 0, 2, 0xFF800000 : f32, 0x7F800000 : f32],
    present = array<i1: true, true, true, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<240xf32>, !plan.buffer<432xf32>, !plan.buffer<11xf32>, !plan.buffer<144xf32>
}

// -----

// The output is short.
plan.model @m arena 0 targets ["scalar"] {
  %a0 = plan.input 0 "a0" : <240xf32>
  %a1 = plan.input 1 "a1" : <432xf32>
  %a2 = plan.input 2 "a2" : <12xf32>
  %y = plan.output 0 "y" : <143xf32>
  // expected-error @below {{touches bytes [0, 576) of operand 3, which has 572}}
  plan.call 0 variant -1 "qrt_ref_conv2d_f32"(%a0, %a1, %a2, %y) {params = "qrt_conv2d_f32",
    fields = [1, 5, 6, 8, 3, 4, 12, 3, 3, 1, 1, 1, 1, 0, 0, 2, 0xFF800000 : f32, 0x7F800000 : f32],
    present = array<i1: true, true, true, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<240xf32>, !plan.buffer<432xf32>, !plan.buffer<12xf32>, !plan.buffer<143xf32>
}

// -----

// Groups that divide nothing.
plan.model @m arena 0 targets ["scalar"] {
  %a0 = plan.input 0 "a0" : <240xf32>
  %a1 = plan.input 1 "a1" : <432xf32>
  %a2 = plan.input 2 "a2" : <12xf32>
  %y = plan.output 0 "y" : <144xf32>
  // expected-error @below {{parameters of 'qrt_conv2d_f32' are out of range}}
  plan.call 0 variant -1 "qrt_ref_conv2d_f32"(%a0, %a1, %a2, %y) {params = "qrt_conv2d_f32",
    fields = [1, 5, 6, 8, 3, 4, 12, 3, 3, 1, 1, 1, 1, 0, 0, 5, 0xFF800000 : f32, 0x7F800000 : f32],
    present = array<i1: true, true, true, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<240xf32>, !plan.buffer<432xf32>, !plan.buffer<12xf32>, !plan.buffer<144xf32>
}

// -----

// Batches of a broadcast on one axis: enough.
plan.model @m arena 0 targets ["scalar"] {
  %a0 = plan.input 0 "a0" : <60xf32>
  %a1 = plan.input 1 "a1" : <210xf32>
  %y = plan.output 0 "y" : <168xf32>
  plan.call 0 variant -1 "qrt_ref_matmul_f32"(%a0, %a1, %y) {params = "qrt_matmul_f32",
    fields = [[2, [2, 3, 0, 0, 0, 0]], [0, 20, 0, 0, 0, 0], [105, 35, 0, 0, 0, 0], 4, 5, 7],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<60xf32>, !plan.buffer<210xf32>, !plan.buffer<168xf32>
}

// -----

// One element is missing.
plan.model @m arena 0 targets ["scalar"] {
  %a0 = plan.input 0 "a0" : <59xf32>
  %a1 = plan.input 1 "a1" : <210xf32>
  %y = plan.output 0 "y" : <168xf32>
  // expected-error @below {{touches bytes [0, 240) of operand 0, which has 236}}
  plan.call 0 variant -1 "qrt_ref_matmul_f32"(%a0, %a1, %y) {params = "qrt_matmul_f32",
    fields = [[2, [2, 3, 0, 0, 0, 0]], [0, 20, 0, 0, 0, 0], [105, 35, 0, 0, 0, 0], 4, 5, 7],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<59xf32>, !plan.buffer<210xf32>, !plan.buffer<168xf32>
}

// -----

// One element is missing.
plan.model @m arena 0 targets ["scalar"] {
  %a0 = plan.input 0 "a0" : <60xf32>
  %a1 = plan.input 1 "a1" : <209xf32>
  %y = plan.output 0 "y" : <168xf32>
  // expected-error @below {{touches bytes [0, 840) of operand 1, which has 836}}
  plan.call 0 variant -1 "qrt_ref_matmul_f32"(%a0, %a1, %y) {params = "qrt_matmul_f32",
    fields = [[2, [2, 3, 0, 0, 0, 0]], [0, 20, 0, 0, 0, 0], [105, 35, 0, 0, 0, 0], 4, 5, 7],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<60xf32>, !plan.buffer<209xf32>, !plan.buffer<168xf32>
}

// -----

// One element is missing.
plan.model @m arena 0 targets ["scalar"] {
  %a0 = plan.input 0 "a0" : <60xf32>
  %a1 = plan.input 1 "a1" : <210xf32>
  %y = plan.output 0 "y" : <167xf32>
  // expected-error @below {{touches bytes [0, 672) of operand 2, which has 668}}
  plan.call 0 variant -1 "qrt_ref_matmul_f32"(%a0, %a1, %y) {params = "qrt_matmul_f32",
    fields = [[2, [2, 3, 0, 0, 0, 0]], [0, 20, 0, 0, 0, 0], [105, 35, 0, 0, 0, 0], 4, 5, 7],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<60xf32>, !plan.buffer<210xf32>, !plan.buffer<167xf32>
}

// -----

// An axis too many.
plan.model @m arena 0 targets ["scalar"] {
  %a0 = plan.input 0 "a0" : <60xf32>
  %a1 = plan.input 1 "a1" : <210xf32>
  %y = plan.output 0 "y" : <168xf32>
  // expected-error @below {{parameters of 'qrt_matmul_f32' are out of range}}
  plan.call 0 variant -1 "qrt_ref_matmul_f32"(%a0, %a1, %y) {params = "qrt_matmul_f32",
    fields = [[7, [2, 3, 0, 0, 0, 0]], [0, 20, 0, 0, 0, 0], [105, 35, 0, 0, 0, 0], 4, 5, 7],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<60xf32>, !plan.buffer<210xf32>, !plan.buffer<168xf32>
}

// -----

// A row for all rows: enough.
plan.model @m arena 0 targets ["scalar"] {
  %a0 = plan.input 0 "a0" : <6xf32>
  %a1 = plan.input 1 "a1" : <3xf32>
  %y = plan.output 0 "y" : <6xf32>
  plan.call 0 variant -1 "qrt_ref_add_f32"(%a0, %a1, %y) {params = "qrt_binary_f32",
    fields = [[2, [2, 3, 0, 0, 0, 0]], [3, 1, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0], 0xFF800000 : f32, 0x7F800000 : f32],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<6xf32>, !plan.buffer<3xf32>, !plan.buffer<6xf32>
}

// -----

// One element is missing.
plan.model @m arena 0 targets ["scalar"] {
  %a0 = plan.input 0 "a0" : <5xf32>
  %a1 = plan.input 1 "a1" : <3xf32>
  %y = plan.output 0 "y" : <6xf32>
  // expected-error @below {{touches bytes [0, 24) of operand 0, which has 20}}
  plan.call 0 variant -1 "qrt_ref_add_f32"(%a0, %a1, %y) {params = "qrt_binary_f32",
    fields = [[2, [2, 3, 0, 0, 0, 0]], [3, 1, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0], 0xFF800000 : f32, 0x7F800000 : f32],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<5xf32>, !plan.buffer<3xf32>, !plan.buffer<6xf32>
}

// -----

// One element is missing.
plan.model @m arena 0 targets ["scalar"] {
  %a0 = plan.input 0 "a0" : <6xf32>
  %a1 = plan.input 1 "a1" : <2xf32>
  %y = plan.output 0 "y" : <6xf32>
  // expected-error @below {{touches bytes [0, 12) of operand 1, which has 8}}
  plan.call 0 variant -1 "qrt_ref_sub_f32"(%a0, %a1, %y) {params = "qrt_binary_f32",
    fields = [[2, [2, 3, 0, 0, 0, 0]], [3, 1, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0], 0xFF800000 : f32, 0x7F800000 : f32],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<6xf32>, !plan.buffer<2xf32>, !plan.buffer<6xf32>
}

// -----

// One element is missing.
plan.model @m arena 0 targets ["scalar"] {
  %a0 = plan.input 0 "a0" : <6xf32>
  %a1 = plan.input 1 "a1" : <3xf32>
  %y = plan.output 0 "y" : <5xf32>
  // expected-error @below {{touches bytes [0, 24) of operand 2, which has 20}}
  plan.call 0 variant -1 "qrt_ref_mul_f32"(%a0, %a1, %y) {params = "qrt_binary_f32",
    fields = [[2, [2, 3, 0, 0, 0, 0]], [3, 1, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0], 0xFF800000 : f32, 0x7F800000 : f32],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<6xf32>, !plan.buffer<3xf32>, !plan.buffer<5xf32>
}

// -----

// A function of more than there is.
plan.model @m arena 0 targets ["scalar"] {
  %a0 = plan.input 0 "a0" : <8xf32>
  %y = plan.output 0 "y" : <9xf32>
  // expected-error @below {{touches bytes [0, 36) of operand 0, which has 32}}
  plan.call 0 variant -1 "qrt_ref_tanh_f32"(%a0, %y) {params = "qrt_unary_f32",
    fields = [9, 1, 0.0 : f32, 0.0 : f32],
    present = array<i1: true, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<8xf32>, !plan.buffer<9xf32>
}

// -----

// And writes more than fits.
plan.model @m arena 0 targets ["scalar"] {
  %a0 = plan.input 0 "a0" : <9xf32>
  %y = plan.output 0 "y" : <8xf32>
  // expected-error @below {{touches bytes [0, 36) of operand 1, which has 32}}
  plan.call 0 variant -1 "qrt_ref_exp_f32"(%a0, %y) {params = "qrt_unary_f32",
    fields = [9, 1, 0.0 : f32, 0.0 : f32],
    present = array<i1: true, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<9xf32>, !plan.buffer<8xf32>
}

// -----

// Slopes for some channels only.
plan.model @m arena 0 targets ["scalar"] {
  %a0 = plan.input 0 "a0" : <9xf32>
  %a1 = plan.input 1 "a1" : <2xf32>
  %y = plan.output 0 "y" : <9xf32>
  // expected-error @below {{touches bytes [0, 12) of operand 1, which has 8}}
  plan.call 0 variant -1 "qrt_ref_prelu_f32"(%a0, %a1, %y) {params = "qrt_unary_f32",
    fields = [9, 3, 0.0 : f32, 0.0 : f32],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<9xf32>, !plan.buffer<2xf32>, !plan.buffer<9xf32>
}

// -----

// Channels that do not divide the elements.
plan.model @m arena 0 targets ["scalar"] {
  %a0 = plan.input 0 "a0" : <9xf32>
  %a1 = plan.input 1 "a1" : <2xf32>
  %y = plan.output 0 "y" : <9xf32>
  // expected-error @below {{parameters of 'qrt_unary_f32' are out of range}}
  plan.call 0 variant -1 "qrt_ref_prelu_f32"(%a0, %a1, %y) {params = "qrt_unary_f32",
    fields = [9, 2, 0.0 : f32, 0.0 : f32],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<9xf32>, !plan.buffer<2xf32>, !plan.buffer<9xf32>
}

// -----

// A pool of bytes is no pool of floats.
plan.model @m arena 0 targets ["scalar"] {
  %a0 = plan.input 0 "a0" : <32xi8>
  %y = plan.output 0 "y" : <8xf32>
  // expected-error @below {{touches bytes [0, 128) of operand 0, which has 32}}
  plan.call 0 variant -1 "qrt_ref_avg_pool2d_f32"(%a0, %y) {params = "qrt_pool2d",
    fields = [1, 4, 4, 2, 2, 2, 3, 3, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0.0 : f32, 0.0 : f32, 0, 0, 0, [0, 0, 0]],
    present = array<i1: true, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<32xi8>, !plan.buffer<8xf32>
}

// -----

// The other side.
plan.model @m arena 0 targets ["scalar"] {
  %a0 = plan.input 0 "a0" : <32xf32>
  %y = plan.output 0 "y" : <7xf32>
  // expected-error @below {{touches bytes [0, 32) of operand 1, which has 28}}
  plan.call 0 variant -1 "qrt_ref_max_pool2d_f32"(%a0, %y) {params = "qrt_pool2d",
    fields = [1, 4, 4, 2, 2, 2, 3, 3, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0.0 : f32, 0.0 : f32, 0, 0, 0, [0, 0, 0]],
    present = array<i1: true, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<32xf32>, !plan.buffer<7xf32>
}

// -----

// A reduction beyond its input.
plan.model @m arena 0 targets ["scalar"] {
  %a0 = plan.input 0 "a0" : <14xf32>
  %y = plan.output 0 "y" : <3xf32>
  // expected-error @below {{touches bytes [0, 60) of operand 0, which has 56}}
  plan.call 0 variant -1 "qrt_ref_reduce_mean_f32"(%a0, %y) {params = "qrt_reduce",
    fields = [[1, [3, 0, 0, 0, 0, 0]], [1, [5, 0, 0, 0, 0, 0]], [5, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0], 0, 0.0 : f32, [0, 0, 0]],
    present = array<i1: true, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<14xf32>, !plan.buffer<3xf32>
}

// -----

// And beyond its output.
plan.model @m arena 0 targets ["scalar"] {
  %a0 = plan.input 0 "a0" : <15xf32>
  %y = plan.output 0 "y" : <2xf32>
  // expected-error @below {{touches bytes [0, 12) of operand 1, which has 8}}
  plan.call 0 variant -1 "qrt_ref_reduce_sum_f32"(%a0, %y) {params = "qrt_reduce",
    fields = [[1, [3, 0, 0, 0, 0, 0]], [1, [5, 0, 0, 0, 0, 0]], [5, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0], 0, 0.0 : f32, [0, 0, 0]],
    present = array<i1: true, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<15xf32>, !plan.buffer<2xf32>
}

// -----

// Enough.
plan.model @m arena 0 targets ["scalar"] {
  %a0 = plan.input 0 "a0" : <15xf32>
  %y = plan.output 0 "y" : <3xf32>
  plan.call 0 variant -1 "qrt_ref_reduce_max_f32"(%a0, %y) {params = "qrt_reduce",
    fields = [[1, [3, 0, 0, 0, 0, 0]], [1, [5, 0, 0, 0, 0, 0]], [5, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0], 0, 0.0 : f32, [0, 0, 0]],
    present = array<i1: true, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<15xf32>, !plan.buffer<3xf32>
}

// -----

// A resize: enough.
plan.model @m arena 0 targets ["scalar"] {
  %a0 = plan.input 0 "a0" : <2xi32>
  %a1 = plan.input 1 "a1" : <2xf32>
  %a2 = plan.input 2 "a2" : <6xi32>
  %a3 = plan.input 3 "a3" : <6xf32>
  %a4 = plan.input 4 "a4" : <60xf32>
  %y = plan.output 0 "y" : <60xf32>
  plan.call 0 variant -1 "qrt_ref_resize_bilinear_f32"(%a0, %a1, %a2, %a3, %a4, %y) {params = "qrt_resize2d",
    fields = [1, 3, 4, 5, 2, 6, 0, 0, 0, 0.0 : f32, [0, 0, 0]],
    present = array<i1: true, true, true, true, true, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<2xi32>, !plan.buffer<2xf32>, !plan.buffer<6xi32>, !plan.buffer<6xf32>, !plan.buffer<60xf32>, !plan.buffer<60xf32>
}

// -----

// One element is missing.
plan.model @m arena 0 targets ["scalar"] {
  %a0 = plan.input 0 "a0" : <2xi32>
  %a1 = plan.input 1 "a1" : <1xf32>
  %a2 = plan.input 2 "a2" : <6xi32>
  %a3 = plan.input 3 "a3" : <6xf32>
  %a4 = plan.input 4 "a4" : <60xf32>
  %y = plan.output 0 "y" : <60xf32>
  // expected-error @below {{touches bytes [0, 8) of operand 1, which has 4}}
  plan.call 0 variant -1 "qrt_ref_resize_bilinear_f32"(%a0, %a1, %a2, %a3, %a4, %y) {params = "qrt_resize2d",
    fields = [1, 3, 4, 5, 2, 6, 0, 0, 0, 0.0 : f32, [0, 0, 0]],
    present = array<i1: true, true, true, true, true, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<2xi32>, !plan.buffer<1xf32>, !plan.buffer<6xi32>, !plan.buffer<6xf32>, !plan.buffer<60xf32>, !plan.buffer<60xf32>
}

// -----

// One element is missing.
plan.model @m arena 0 targets ["scalar"] {
  %a0 = plan.input 0 "a0" : <2xi32>
  %a1 = plan.input 1 "a1" : <2xf32>
  %a2 = plan.input 2 "a2" : <6xi32>
  %a3 = plan.input 3 "a3" : <5xf32>
  %a4 = plan.input 4 "a4" : <60xf32>
  %y = plan.output 0 "y" : <60xf32>
  // expected-error @below {{touches bytes [0, 24) of operand 3, which has 20}}
  plan.call 0 variant -1 "qrt_ref_resize_bilinear_f32"(%a0, %a1, %a2, %a3, %a4, %y) {params = "qrt_resize2d",
    fields = [1, 3, 4, 5, 2, 6, 0, 0, 0, 0.0 : f32, [0, 0, 0]],
    present = array<i1: true, true, true, true, true, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<2xi32>, !plan.buffer<2xf32>, !plan.buffer<6xi32>, !plan.buffer<5xf32>, !plan.buffer<60xf32>, !plan.buffer<60xf32>
}

// -----

// One element is missing.
plan.model @m arena 0 targets ["scalar"] {
  %a0 = plan.input 0 "a0" : <2xi32>
  %a1 = plan.input 1 "a1" : <2xf32>
  %a2 = plan.input 2 "a2" : <6xi32>
  %a3 = plan.input 3 "a3" : <6xf32>
  %a4 = plan.input 4 "a4" : <59xf32>
  %y = plan.output 0 "y" : <60xf32>
  // expected-error @below {{touches bytes [0, 240) of operand 4, which has 236}}
  plan.call 0 variant -1 "qrt_ref_resize_bilinear_f32"(%a0, %a1, %a2, %a3, %a4, %y) {params = "qrt_resize2d",
    fields = [1, 3, 4, 5, 2, 6, 0, 0, 0, 0.0 : f32, [0, 0, 0]],
    present = array<i1: true, true, true, true, true, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<2xi32>, !plan.buffer<2xf32>, !plan.buffer<6xi32>, !plan.buffer<6xf32>, !plan.buffer<59xf32>, !plan.buffer<60xf32>
}

// -----

// One element is missing.
plan.model @m arena 0 targets ["scalar"] {
  %a0 = plan.input 0 "a0" : <2xi32>
  %a1 = plan.input 1 "a1" : <2xf32>
  %a2 = plan.input 2 "a2" : <6xi32>
  %a3 = plan.input 3 "a3" : <6xf32>
  %a4 = plan.input 4 "a4" : <60xf32>
  %y = plan.output 0 "y" : <59xf32>
  // expected-error @below {{touches bytes [0, 240) of operand 5, which has 236}}
  plan.call 0 variant -1 "qrt_ref_resize_bilinear_f32"(%a0, %a1, %a2, %a3, %a4, %y) {params = "qrt_resize2d",
    fields = [1, 3, 4, 5, 2, 6, 0, 0, 0, 0.0 : f32, [0, 0, 0]],
    present = array<i1: true, true, true, true, true, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<2xi32>, !plan.buffer<2xf32>, !plan.buffer<6xi32>, !plan.buffer<6xf32>, !plan.buffer<60xf32>, !plan.buffer<59xf32>
}

// -----

// Nearest, a column missing.
plan.model @m arena 0 targets ["scalar"] {
  %a0 = plan.input 0 "a0" : <2xi32>
  %a1 = plan.input 1 "a1" : <5xi32>
  %a2 = plan.input 2 "a2" : <60xf32>
  %y = plan.output 0 "y" : <60xf32>
  // expected-error @below {{touches bytes [0, 24) of operand 1, which has 20}}
  plan.call 0 variant -1 "qrt_ref_resize_nearest_f32"(%a0, %a1, %a2, %y) {params = "qrt_resize2d",
    fields = [1, 3, 4, 5, 2, 6, 0, 0, 0, 0.0 : f32, [0, 0, 0]],
    present = array<i1: true, true, true, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<2xi32>, !plan.buffer<5xi32>, !plan.buffer<60xf32>, !plan.buffer<60xf32>
}
