// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// verify-plan: a plan that keeps its promises, and every way to break one.
//
// RUN: quench-opt %s --split-input-file --verify-diagnostics --verify-plan

// All promises kept.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <64xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <64xi8>
  %a = plan.slot "a" at 0 live[0, 1] : <64xi8>
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %a) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
  plan.call 1 variant -1 "qrt_ref_lut_s8"(%a, %t, %y) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
}

// -----

// Slots that live at different steps may overlap; a view may share bytes.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <64xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <64xi8>
  %a = plan.slot "a" at 0 live[0, 1] : <64xi8>
  %b = plan.slot "b" at 0 live[2, 3] : <64xi8>
  %v = plan.slot "v" at 0 live[0, 1] {view = true} : <64xi8>
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %a) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
  plan.call 1 variant -1 "qrt_ref_lut_s8"(%v, %t, %y) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
  plan.call 2 variant -1 "qrt_ref_lut_s8"(%x, %t, %b) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
  plan.call 3 variant -1 "qrt_ref_lut_s8"(%b, %t, %y) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
}

// -----

// Two slots that live together.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <64xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <64xi8>
  // expected-note @below {{the other slot is here}}
  %a = plan.slot "a" at 0 live[0, 1] : <64xi8>
  // expected-error @below {{bytes [0, 64) overlap those of 'a' while both live}}
  %b = plan.slot "b" at 0 live[1, 2] : <64xi8>
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %a) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
  plan.call 1 variant -1 "qrt_ref_lut_s8"(%a, %t, %y) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
}

// -----

// Outside the arena.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <64xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <64xi8>
  // expected-error @below {{bytes [224, 288) are not in the arena of 256}}
  %a = plan.slot "a" at 224 live[0, 1] : <64xi8>
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %a) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
  plan.call 1 variant -1 "qrt_ref_lut_s8"(%a, %t, %y) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
}

// -----

// Alignment.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <64xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <64xi8>
  // expected-error @below {{offset 32 is not a multiple of 64}}
  %a = plan.slot "a" at 32 live[0, 1] : <64xi8>
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %a) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
  plan.call 1 variant -1 "qrt_ref_lut_s8"(%a, %t, %y) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
}

// -----

// An empty lifetime.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <64xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <64xi8>
  // expected-error @below {{lifetime [1, 0] is empty}}
  %a = plan.slot "a" at 0 live[1, 0] : <64xi8>
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %a) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
  plan.call 1 variant -1 "qrt_ref_lut_s8"(%a, %t, %y) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
}

// -----

// A view of nothing.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <64xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <64xi8>
  %a = plan.slot "a" at 0 live[0, 1] : <64xi8>
  // expected-error @below {{shares bytes of no slot that lives as long}}
  %v = plan.slot "v" at 32 live[0, 1] {view = true} : <64xi8>
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %a) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
  plan.call 1 variant -1 "qrt_ref_lut_s8"(%a, %t, %y) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
}

// -----

// A view that no load of its elements could read.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <64xi8>
  %a = plan.slot "a" at 0 live[0, 1] : <64xi8>
  // expected-error @below {{offset 33 is not a multiple of 2, the bytes of an element}}
  %v = plan.slot "v" at 33 live[0, 1] {view = true} : <8xi16>
}

// -----

// A view that outlives its slot.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <64xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <64xi8>
  %a = plan.slot "a" at 0 live[0, 1] : <64xi8>
  // expected-error @below {{shares bytes of no slot that lives as long}}
  %v = plan.slot "v" at 0 live[0, 2] {view = true} : <64xi8>
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %a) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
  plan.call 1 variant -1 "qrt_ref_lut_s8"(%a, %t, %y) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
}

// -----

// Use after the lifetime.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <64xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <64xi8>
  %a = plan.slot "a" at 0 live[0, 0] : <64xi8>
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %a) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
  // expected-error @below {{uses 'a' at step 1, outside its lifetime [0, 0]}}
  plan.call 1 variant -1 "qrt_ref_lut_s8"(%a, %t, %y) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
}

// -----

// Read before write.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <64xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <64xi8>
  %a = plan.slot "a" at 0 live[0, 1] : <64xi8>
  // expected-error @below {{reads operand 0 before anything has written it}}
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%a, %t, %y) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
}

// -----

// Half of what is read has been written.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <64xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <64xi8>
  %a = plan.slot "a" at 0 live[0, 1] : <64xi8>
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %a) {params = "qrt_lut", fields = [32, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
  // expected-error @below {{reads operand 0 before anything has written it}}
  plan.call 1 variant -1 "qrt_ref_lut_s8"(%a, %t, %y) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
}

// -----

// The second table overwrites the first result, which the third call wants.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <64xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <64xi8>
  %a = plan.slot "a" at 0 live [0, 2] : <64xi8>
  %b = plan.slot "b" at 0 live [1, 1] {view = true} : <64xi8>
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %a) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
  plan.call 1 variant -1 "qrt_ref_lut_s8"(%a, %t, %b) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
  // expected-error @below {{reads 'a' after another slot has overwritten it}}
  plan.call 2 variant -1 "qrt_ref_lut_s8"(%a, %t, %y) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
}

// -----

// Inputs are read only.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <64xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <64xi8>
  // expected-error @below {{writes to operand 2, which is an input or a constant}}
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %x) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
}

// -----

// Too much for the buffer.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <64xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <64xi8>
  %a = plan.slot "a" at 0 live[0, 1] : <64xi8>
  // expected-error @below {{touches bytes [0, 65) of operand 0, which has 64}}
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %a) {params = "qrt_lut", fields = [65, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
}

// -----

// Two tables, one given.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <64xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <64xi8>
  // expected-error @below {{touches bytes [0, 512) of operand 1, which has 256}}
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %y) {params = "qrt_lut", fields = [64, 2],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
}

// -----

// Nothing to do is a mistake.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <64xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <64xi8>
  // expected-error @below {{parameters of 'qrt_lut' are out of range}}
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %y) {params = "qrt_lut", fields = [0, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
}

// -----

// Unknown kernel.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <64xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <64xi8>
  // expected-error @below {{kernel 'lut_z80' is not in the catalogue}}
  plan.call 0 variant -1 "lut_z80"(%x, %t, %y) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
}

// -----

// A kernel with another struct.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <64xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <64xi8>
  // expected-error @below {{fields are not those of 'qrt_lut', which 'qrt_ref_add_s8' takes}}
  plan.call 0 variant -1 "qrt_ref_add_s8"(%x, %t, %y) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
}

// -----

// A field too many.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <64xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <64xi8>
  // expected-error @below {{fields are not those of 'qrt_lut', which 'qrt_ref_lut_s8' takes}}
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %y) {params = "qrt_lut", fields = [64, 1, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
}

// -----

// A kernel for another machine.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <64xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <64xi8>
  // expected-error @below {{kernel 'lut_s8_x86_avx2' does not run on "scalar"}}
  plan.call 0 variant -1 "lut_s8_x86_avx2"(%x, %t, %y) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
}

// -----

// A pointer is missing.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <64xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <64xi8>
  // expected-error @below {{pointer 1 of 'qrt_ref_lut_s8' must be present}}
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %y) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, false, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<64xi8>
}

// -----

// Too few pointers.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <64xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <64xi8>
  // expected-error @below {{'qrt_ref_lut_s8' takes 3 pointers, but the call has 2}}
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %y) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<64xi8>
}

// -----

// Scratch for a kernel that takes none.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <64xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <64xi8>
  // expected-error @below {{has scratch, which 'qrt_ref_lut_s8' does not take}}
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %y) scratch 64 at 0 {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
}

// -----

// Steps go up.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <64xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <64xi8>
  %a = plan.slot "a" at 0 live[0, 1] : <64xi8>
  plan.call 1 variant -1 "qrt_ref_lut_s8"(%x, %t, %a) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
  // expected-error @below {{step 0 follows step 1}}
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%a, %t, %y) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
}

// -----

// One target, two calls.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <64xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <64xi8>
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %y) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
  // expected-error @below {{repeats a variant of step 0}}
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %y) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
}

// -----

// A variant is missing.
plan.model @m arena 256 targets ["scalar", "x86_avx2"] {
  %x = plan.input 0 "x" : <64xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <64xi8>
  // expected-error @below {{step 0 has 1 variants for 2 targets}}
  plan.call 0 variant 0 "qrt_ref_lut_s8"(%x, %t, %y) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
}

// -----

// Unknown target.
// expected-error @below {{unknown target "z80"}}
plan.model @m arena 256 targets ["z80"] {
  %x = plan.input 0 "x" : <64xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <64xi8>
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %y) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
}

// -----

// Scratch lies where the input of the convolution lives.
plan.model @m arena 8192 targets ["x86_avx2"] {
  %x = plan.input 0 "x" : <64xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %w = plan.weights "w" dense<0> : tensor<4096xi8> : <4096xi8>
  %b = plan.weights "b" dense<0> : tensor<64xi32> : <64xi32>
  %m = plan.weights "m" dense<1.0> : tensor<64xf32> : <64xf32>
  %y = plan.output 0 "y" : <64xi8>
  %a = plan.slot "a" at 0 live [0, 1] : <64xi8>
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %a) {params = "qrt_lut", fields = [64, 1],
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
  // expected-error @below {{scratch overlaps the slot 'a' that lives at step 1}}
  plan.call 1 variant -1 "conv2d_rows_s8_6x16x2_x86_avx2"(%a, %w, %b, %m, %y) scratch 4096 at 0 {params = "qrt_conv2d",
    fields = [1, 2, 4, 8, 2, 4, 8, 3, 3, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, [0, -128, 127], [0, 0, 0, 0, 0.0 : f32, [0, 0, 0]]],
    present = array<i1: true, true, true, true, false, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<64xi8>, !plan.buffer<4096xi8>, !plan.buffer<64xi32>, !plan.buffer<64xf32>, !plan.buffer<64xi8>
}

// -----

// Not enough scratch.
plan.model @m arena 8192 targets ["x86_avx2"] {
  %x = plan.input 0 "x" : <64xi8>
  %w = plan.weights "w" dense<0> : tensor<4096xi8> : <4096xi8>
  %b = plan.weights "b" dense<0> : tensor<64xi32> : <64xi32>
  %m = plan.weights "m" dense<1.0> : tensor<64xf32> : <64xf32>
  %y = plan.output 0 "y" : <64xi8>
  // expected-error @below {{bytes of scratch, but has 1}}
  plan.call 1 variant -1 "conv2d_rows_s8_6x16x2_x86_avx2"(%x, %w, %b, %m, %y) scratch 1 at 64 {params = "qrt_conv2d",
    fields = [1, 2, 4, 8, 2, 4, 8, 3, 3, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, [0, -128, 127], [0, 0, 0, 0, 0.0 : f32, [0, 0, 0]]],
    present = array<i1: true, true, true, true, false, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<64xi8>, !plan.buffer<4096xi8>, !plan.buffer<64xi32>, !plan.buffer<64xf32>, !plan.buffer<64xi8>
}

// -----

// Biases of 24 bits take three bytes a channel.
plan.model @m arena 64 targets ["scalar"] {
  %x = plan.input 0 "x" : <64xi8>
  %w = plan.weights "w" dense<0> : tensor<576xi8> : <576xi8>
  %b = plan.weights "b" dense<0> : tensor<23xi8> : <23xi8>
  %m = plan.weights "m" dense<1.0> : tensor<8xf32> : <8xf32>
  %y = plan.output 0 "y" : <64xi8>
  // expected-error @below {{touches bytes [0, 24) of operand 2, which has 23}}
  plan.call 0 variant -1 "qrt_ref_conv2d_s8"(%x, %w, %b, %m, %y) {params = "qrt_conv2d",
    fields = [1, 2, 4, 8, 2, 4, 8, 3, 3, 1, 1, 1, 1, 1, 1, 1, 0, 0, 24, 0, 0, [0, -128, 127], [0, 0, 0, 0, 0.0 : f32, [0, 0, 0]]],
    present = array<i1: true, true, true, true, false, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<64xi8>, !plan.buffer<576xi8>, !plan.buffer<23xi8>, !plan.buffer<8xf32>, !plan.buffer<64xi8>
}

// -----

// There are no biases of 12 bits.
plan.model @m arena 64 targets ["scalar"] {
  %x = plan.input 0 "x" : <64xi8>
  %w = plan.weights "w" dense<0> : tensor<576xi8> : <576xi8>
  %b = plan.weights "b" dense<0> : tensor<8xi32> : <8xi32>
  %m = plan.weights "m" dense<1.0> : tensor<8xf32> : <8xf32>
  %y = plan.output 0 "y" : <64xi8>
  // expected-error @below {{parameters of 'qrt_conv2d' are out of range}}
  plan.call 0 variant -1 "qrt_ref_conv2d_s8"(%x, %w, %b, %m, %y) {params = "qrt_conv2d",
    fields = [1, 2, 4, 8, 2, 4, 8, 3, 3, 1, 1, 1, 1, 1, 1, 1, 0, 0, 12, 0, 0, [0, -128, 127], [0, 0, 0, 0, 0.0 : f32, [0, 0, 0]]],
    present = array<i1: true, true, true, true, false, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<64xi8>, !plan.buffer<576xi8>, !plan.buffer<8xi32>, !plan.buffer<8xf32>, !plan.buffer<64xi8>
}

// -----

// Nine codes of 4 bits take five bytes a channel.
plan.model @m arena 8192 targets ["scalar"] {
  %x = plan.input 0 "x" : <64xi8>
  %w = plan.weights "w" dense<0> : tensor<39xi8> : <39xi8>
  %m = plan.weights "m" dense<1.0> : tensor<8xf32> : <8xf32>
  %y = plan.output 0 "y" : <64xi8>
  // expected-error @below {{touches bytes [0, 40) of operand 1, which has 39}}
  plan.call 1 variant -1 "qrt_ref_conv2d_s8w4"(%x, %w, %m, %y) scratch 128 at 64 {params = "qrt_conv2d",
    fields = [1, 2, 4, 8, 2, 4, 8, 3, 3, 1, 1, 1, 1, 1, 1, 8, 0, 0, 0, 0, 0, [0, -128, 127], [0, 0, 0, 0, 0.0 : f32, [0, 0, 0]]],
    present = array<i1: true, true, false, true, false, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<64xi8>, !plan.buffer<39xi8>, !plan.buffer<8xf32>, !plan.buffer<64xi8>
}

// -----

// The scalar kernel of a narrow filter unpacks 64 channels of nine codes, or all.
plan.model @m arena 8192 targets ["scalar"] {
  %x = plan.input 0 "x" : <64xi8>
  %w = plan.weights "w" dense<0> : tensor<40xi8> : <40xi8>
  %m = plan.weights "m" dense<1.0> : tensor<8xf32> : <8xf32>
  %y = plan.output 0 "y" : <64xi8>
  // expected-error @below {{needs 72 bytes of scratch, but has 63}}
  plan.call 1 variant -1 "qrt_ref_conv2d_s8w4"(%x, %w, %m, %y) scratch 63 at 64 {params = "qrt_conv2d",
    fields = [1, 2, 4, 8, 2, 4, 8, 3, 3, 1, 1, 1, 1, 1, 1, 8, 0, 0, 0, 0, 0, [0, -128, 127], [0, 0, 0, 0, 0.0 : f32, [0, 0, 0]]],
    present = array<i1: true, true, false, true, false, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<64xi8>, !plan.buffer<40xi8>, !plan.buffer<8xf32>, !plan.buffer<64xi8>
}

// -----

// How much scratch a call needs is asked after its parameters are known to be
// sound: these have no group.
plan.model @m arena 8192 targets ["scalar"] {
  %x = plan.input 0 "x" : <64xi8>
  %w = plan.weights "w" dense<0> : tensor<40xi8> : <40xi8>
  %m = plan.weights "m" dense<1.0> : tensor<8xf32> : <8xf32>
  %y = plan.output 0 "y" : <64xi8>
  // expected-error @below {{parameters of 'qrt_conv2d' are out of range}}
  plan.call 1 variant -1 "qrt_ref_conv2d_s8w4"(%x, %w, %m, %y) scratch 128 at 64 {params = "qrt_conv2d",
    fields = [1, 2, 4, 8, 2, 4, 8, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, [0, -128, 127], [0, 0, 0, 0, 0.0 : f32, [0, 0, 0]]],
    present = array<i1: true, true, false, true, false, true>, source = "", why = "", cost = 1.0 : f64}
    : !plan.buffer<64xi8>, !plan.buffer<40xi8>, !plan.buffer<8xf32>, !plan.buffer<64xi8>
}

// -----

// A call in parts, as its kernel can be cut.
plan.model @m arena 0 targets ["scalar"] attributes {threads = 3 : i64} {
  %x = plan.input 0 "x" : <256xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <256xi8>
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %y) {params = "qrt_lut", fields = [256, 1], split = {axis = "elements", count = 256, step = 64},
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<256xi8>, !plan.buffer<256xi8>, !plan.buffer<256xi8>
}

// -----

// Parts that no kernel function makes.
plan.model @m arena 0 targets ["scalar"] attributes {threads = 3 : i64} {
  %x = plan.input 0 "x" : <256xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <256xi8>
  // expected-error @below {{split expects {axis = "elements", count = 256 : i64, step = 64 : i64}, but is {axis = "elements", count = 256 : i64, step = 1 : i64}}}
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %y) {params = "qrt_lut", fields = [256, 1], split = {axis = "elements", count = 256, step = 1},
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<256xi8>, !plan.buffer<256xi8>, !plan.buffer<256xi8>
}

// -----

// Too few elements for two parts.
plan.model @m arena 0 targets ["scalar"] attributes {threads = 3 : i64} {
  %x = plan.input 0 "x" : <64xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <64xi8>
  // expected-error @below {{cannot be split, but has {axis = "elements", count = 64 : i64, step = 64 : i64}}}
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %y) {params = "qrt_lut", fields = [64, 1], split = {axis = "elements", count = 64, step = 64},
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<64xi8>, !plan.buffer<256xi8>, !plan.buffer<64xi8>
}

// -----

// Scratch for two workers: 2816 bytes each, the whole takes 2880.
plan.model @m arena 8192 targets ["x86_avx2"] attributes {threads = 2 : i64} {
  %x = plan.input 0 "x" : <64xi8>
  %w = plan.weights "w" dense<0> : tensor<4096xi8> : <4096xi8>
  %b = plan.weights "b" dense<0> : tensor<64xi32> : <64xi32>
  %m = plan.weights "m" dense<1.0> : tensor<64xf32> : <64xf32>
  %y = plan.output 0 "y" : <64xi8>
  plan.call 1 variant -1 "conv2d_rows_s8_6x16x2_x86_avx2"(%x, %w, %b, %m, %y) scratch 5632 at 64 {params = "qrt_conv2d",
    fields = [1, 2, 4, 8, 2, 4, 8, 3, 3, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, [0, -128, 127], [0, 0, 0, 0, 0.0 : f32, [0, 0, 0]]],
    present = array<i1: true, true, true, true, false, true>, source = "", why = "", cost = 1.0 : f64, split = {axis = "rows", count = 2, step = 1}}
    : !plan.buffer<64xi8>, !plan.buffer<4096xi8>, !plan.buffer<64xi32>, !plan.buffer<64xf32>, !plan.buffer<64xi8>
}

// -----

// Scratch for one of them.
plan.model @m arena 8192 targets ["x86_avx2"] attributes {threads = 2 : i64} {
  %x = plan.input 0 "x" : <64xi8>
  %w = plan.weights "w" dense<0> : tensor<4096xi8> : <4096xi8>
  %b = plan.weights "b" dense<0> : tensor<64xi32> : <64xi32>
  %m = plan.weights "m" dense<1.0> : tensor<64xf32> : <64xf32>
  %y = plan.output 0 "y" : <64xi8>
  // expected-error @below {{needs 5632 bytes of scratch, but has 5631}}
  plan.call 1 variant -1 "conv2d_rows_s8_6x16x2_x86_avx2"(%x, %w, %b, %m, %y) scratch 5631 at 64 {params = "qrt_conv2d",
    fields = [1, 2, 4, 8, 2, 4, 8, 3, 3, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, [0, -128, 127], [0, 0, 0, 0, 0.0 : f32, [0, 0, 0]]],
    present = array<i1: true, true, true, true, false, true>, source = "", why = "", cost = 1.0 : f64, split = {axis = "rows", count = 2, step = 1}}
    : !plan.buffer<64xi8>, !plan.buffer<4096xi8>, !plan.buffer<64xi32>, !plan.buffer<64xf32>, !plan.buffer<64xi8>
}

// -----

// Band by band: a row above the band and one below it exist besides.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <1x8x4x4xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <1x8x4x4xi8>
  %a = plan.slot "a" at 0 live[0, 1] {window = {before = 1, rows = 8, step = 2}} : <1x4x4x4xi8>
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %a) {params = "qrt_lut", fields = [128, 1], bands = {ahead = 16, axis = "elements", count = 128, first = 0, number = 4, step = 32},
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<1x8x4x4xi8>, !plan.buffer<256xi8>, !plan.buffer<1x4x4x4xi8>
  plan.call 1 variant -1 "qrt_ref_max_pool2d_s8"(%a, %y) {params = "qrt_pool2d", bands = {ahead = 0, axis = "rows", count = 8, first = 0, number = 4, step = 2},
    fields = [1, 8, 4, 4, 8, 4, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1.0 : f32, 1.0 : f32, 0, 0, 0, [0, -128, 127]],
    present = array<i1: true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<1x4x4x4xi8>, !plan.buffer<1x8x4x4xi8>
}

// -----

// Windows that are none.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <1x8x4x4xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <1x8x4x4xi8>
  // expected-error @below {{has no window: {before = 1 : i64, rows = 8 : i64, step = 5 : i64}}}
  %a = plan.slot "a" at 0 live[0, 1] {window = {before = 1, rows = 8, step = 5}} : <1x4x4x4xi8>
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %a) {params = "qrt_lut", fields = [128, 1], bands = {ahead = 16, axis = "elements", count = 128, first = 0, number = 4, step = 32},
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<1x8x4x4xi8>, !plan.buffer<256xi8>, !plan.buffer<1x4x4x4xi8>
  plan.call 1 variant -1 "qrt_ref_max_pool2d_s8"(%a, %y) {params = "qrt_pool2d", bands = {ahead = 0, axis = "rows", count = 8, first = 0, number = 4, step = 2},
    fields = [1, 8, 4, 4, 8, 4, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1.0 : f32, 1.0 : f32, 0, 0, 0, [0, -128, 127]],
    present = array<i1: true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<1x4x4x4xi8>, !plan.buffer<1x8x4x4xi8>
}

// -----

// Rows cannot be moved onto themselves.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <1x8x4x4xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <1x8x4x4xi8>
  // expected-error @below {{has no window: {before = 1 : i64, rows = 8 : i64, step = 1 : i64}}}
  %a = plan.slot "a" at 0 live[0, 1] {window = {before = 1, rows = 8, step = 1}} : <1x4x4x4xi8>
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %a) {params = "qrt_lut", fields = [128, 1], bands = {ahead = 16, axis = "elements", count = 128, first = 0, number = 4, step = 32},
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<1x8x4x4xi8>, !plan.buffer<256xi8>, !plan.buffer<1x4x4x4xi8>
  plan.call 1 variant -1 "qrt_ref_max_pool2d_s8"(%a, %y) {params = "qrt_pool2d", bands = {ahead = 0, axis = "rows", count = 8, first = 0, number = 4, step = 2},
    fields = [1, 8, 4, 4, 8, 4, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1.0 : f32, 1.0 : f32, 0, 0, 0, [0, -128, 127]],
    present = array<i1: true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<1x4x4x4xi8>, !plan.buffer<1x8x4x4xi8>
}

// -----

// It has all rows.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <1x8x4x4xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <1x8x4x4xi8>
  // expected-error @below {{has no window: {before = 1 : i64, rows = 4 : i64, step = 2 : i64}}}
  %a = plan.slot "a" at 0 live[0, 1] {window = {before = 1, rows = 4, step = 2}} : <1x4x4x4xi8>
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %a) {params = "qrt_lut", fields = [128, 1], bands = {ahead = 16, axis = "elements", count = 128, first = 0, number = 4, step = 32},
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<1x8x4x4xi8>, !plan.buffer<256xi8>, !plan.buffer<1x4x4x4xi8>
  plan.call 1 variant -1 "qrt_ref_max_pool2d_s8"(%a, %y) {params = "qrt_pool2d", bands = {ahead = 0, axis = "rows", count = 8, first = 0, number = 4, step = 2},
    fields = [1, 8, 4, 4, 8, 4, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1.0 : f32, 1.0 : f32, 0, 0, 0, [0, -128, 127]],
    present = array<i1: true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<1x4x4x4xi8>, !plan.buffer<1x8x4x4xi8>
}

// -----

// Rows that are kept have not been written.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <1x8x4x4xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <1x8x4x4xi8>
  %a = plan.slot "a" at 0 live[0, 1] {window = {before = 0, rows = 8, step = 2}} : <1x4x4x4xi8>
  // expected-error @below {{reads operand 0 before anything has written it}}
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %a) {params = "qrt_lut", fields = [128, 1], bands = {ahead = 16, axis = "elements", count = 128, first = 0, number = 4, step = 32},
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<1x8x4x4xi8>, !plan.buffer<256xi8>, !plan.buffer<1x4x4x4xi8>
  plan.call 1 variant -1 "qrt_ref_max_pool2d_s8"(%a, %y) {params = "qrt_pool2d", bands = {ahead = 0, axis = "rows", count = 8, first = 0, number = 4, step = 2},
    fields = [1, 8, 4, 4, 8, 4, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1.0 : f32, 1.0 : f32, 0, 0, 0, [0, -128, 127]],
    present = array<i1: true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<1x4x4x4xi8>, !plan.buffer<1x8x4x4xi8>
}

// -----

// The first band is one row short.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <1x8x4x4xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <1x8x4x4xi8>
  %a = plan.slot "a" at 0 live[0, 1] {window = {before = 1, rows = 8, step = 2}} : <1x4x4x4xi8>
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %a) {params = "qrt_lut", fields = [128, 1], bands = {ahead = 0, axis = "elements", count = 128, first = 0, number = 4, step = 32},
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<1x8x4x4xi8>, !plan.buffer<256xi8>, !plan.buffer<1x4x4x4xi8>
  // expected-error @below {{reads operand 0 before anything has written it}}
  plan.call 1 variant -1 "qrt_ref_max_pool2d_s8"(%a, %y) {params = "qrt_pool2d", bands = {ahead = 0, axis = "rows", count = 8, first = 0, number = 4, step = 2},
    fields = [1, 8, 4, 4, 8, 4, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1.0 : f32, 1.0 : f32, 0, 0, 0, [0, -128, 127]],
    present = array<i1: true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<1x4x4x4xi8>, !plan.buffer<1x8x4x4xi8>
}

// -----

// A window needs bands.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <1x8x4x4xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <1x8x4x4xi8>
  %a = plan.slot "a" at 0 live[0, 1] {window = {before = 1, rows = 8, step = 2}} : <1x4x4x4xi8>
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %a) {params = "qrt_lut", fields = [128, 1], bands = {ahead = 16, axis = "elements", count = 128, first = 0, number = 4, step = 32},
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<1x8x4x4xi8>, !plan.buffer<256xi8>, !plan.buffer<1x4x4x4xi8>
  // expected-error @below {{uses the window 'a', but has no bands}}
  plan.call 1 variant -1 "qrt_ref_max_pool2d_s8"(%a, %y) {params = "qrt_pool2d", 
    fields = [1, 8, 4, 4, 8, 4, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1.0 : f32, 1.0 : f32, 0, 0, 0, [0, -128, 127]],
    present = array<i1: true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<1x4x4x4xi8>, !plan.buffer<1x8x4x4xi8>
}

// -----

// Calls of a group have as many bands.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <1x8x4x4xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <1x8x4x4xi8>
  %a = plan.slot "a" at 0 live[0, 1] {window = {before = 1, rows = 8, step = 2}} : <1x4x4x4xi8>
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %a) {params = "qrt_lut", fields = [128, 1], bands = {ahead = 16, axis = "elements", count = 128, first = 0, number = 4, step = 32},
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<1x8x4x4xi8>, !plan.buffer<256xi8>, !plan.buffer<1x4x4x4xi8>
  // expected-error @below {{bands expect first = 0 and number = 4, as the group's first call has, but are {ahead = 0 : i64, axis = "rows", count = 8 : i64, first = 0 : i64, number = 3 : i64, step = 3 : i64}}}
  plan.call 1 variant -1 "qrt_ref_max_pool2d_s8"(%a, %y) {params = "qrt_pool2d", bands = {ahead = 0, axis = "rows", count = 8, first = 0, number = 3, step = 3},
    fields = [1, 8, 4, 4, 8, 4, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1.0 : f32, 1.0 : f32, 0, 0, 0, [0, -128, 127]],
    present = array<i1: true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<1x4x4x4xi8>, !plan.buffer<1x8x4x4xi8>
}

// -----

// A group begins at its first call.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <1x8x4x4xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <1x8x4x4xi8>
  %a = plan.slot "a" at 0 live[0, 1] {window = {before = 1, rows = 8, step = 2}} : <1x4x4x4xi8>
  // expected-error @below {{bands expect first = 0 and number = 4, as the group's first call has, but are {ahead = 16 : i64, axis = "elements", count = 128 : i64, first = 1 : i64, number = 4 : i64, step = 32 : i64}}}
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %a) {params = "qrt_lut", fields = [128, 1], bands = {ahead = 16, axis = "elements", count = 128, first = 1, number = 4, step = 32},
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<1x8x4x4xi8>, !plan.buffer<256xi8>, !plan.buffer<1x4x4x4xi8>
  plan.call 1 variant -1 "qrt_ref_max_pool2d_s8"(%a, %y) {params = "qrt_pool2d", bands = {ahead = 0, axis = "rows", count = 8, first = 0, number = 4, step = 2},
    fields = [1, 8, 4, 4, 8, 4, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1.0 : f32, 1.0 : f32, 0, 0, 0, [0, -128, 127]],
    present = array<i1: true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<1x4x4x4xi8>, !plan.buffer<1x8x4x4xi8>
}

// -----

// No band is empty.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <1x8x4x4xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <1x8x4x4xi8>
  %a = plan.slot "a" at 0 live[0, 1] {window = {before = 1, rows = 8, step = 2}} : <1x4x4x4xi8>
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %a) {params = "qrt_lut", fields = [128, 1], bands = {ahead = 16, axis = "elements", count = 128, first = 0, number = 4, step = 32},
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<1x8x4x4xi8>, !plan.buffer<256xi8>, !plan.buffer<1x4x4x4xi8>
  // expected-error @below {{bands are empty: {ahead = 0 : i64, axis = "rows", count = 8 : i64, first = 0 : i64, number = 4 : i64, step = 4 : i64}}}
  plan.call 1 variant -1 "qrt_ref_max_pool2d_s8"(%a, %y) {params = "qrt_pool2d", bands = {ahead = 0, axis = "rows", count = 8, first = 0, number = 4, step = 4},
    fields = [1, 8, 4, 4, 8, 4, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1.0 : f32, 1.0 : f32, 0, 0, 0, [0, -128, 127]],
    present = array<i1: true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<1x4x4x4xi8>, !plan.buffer<1x8x4x4xi8>
}

// -----

// Bands are along the axis of the kernel.
plan.model @m arena 256 targets ["scalar"] {
  %x = plan.input 0 "x" : <1x8x4x4xi8>
  %t = plan.weights "t" dense<0> : tensor<256xi8> : <256xi8>
  %y = plan.output 0 "y" : <1x8x4x4xi8>
  %a = plan.slot "a" at 0 live[0, 1] {window = {before = 1, rows = 8, step = 2}} : <1x4x4x4xi8>
  // expected-error @below {{bands are not along the split of 'qrt_ref_lut_s8': {ahead = 16 : i64, axis = "rows", count = 128 : i64, first = 0 : i64, number = 4 : i64, step = 32 : i64}}}
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %t, %a) {params = "qrt_lut", fields = [128, 1], bands = {ahead = 16, axis = "rows", count = 128, first = 0, number = 4, step = 32},
    present = array<i1: true, true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<1x8x4x4xi8>, !plan.buffer<256xi8>, !plan.buffer<1x4x4x4xi8>
  plan.call 1 variant -1 "qrt_ref_max_pool2d_s8"(%a, %y) {params = "qrt_pool2d", bands = {ahead = 0, axis = "rows", count = 8, first = 0, number = 4, step = 2},
    fields = [1, 8, 4, 4, 8, 4, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1.0 : f32, 1.0 : f32, 0, 0, 0, [0, -128, 127]],
    present = array<i1: true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<1x4x4x4xi8>, !plan.buffer<1x8x4x4xi8>
}

// -----

// Channels 0 to 3 and 2 to 5 of pixels of 8.
plan.model @channels arena 64 targets ["scalar"] {
  %x = plan.input 0 "x" : <1x2x2x4xi8>
  %y = plan.output 0 "y" : <1x2x2x4xi8>
  %cat = plan.slot "cat" at 0 live[0, 2] : <1x2x2x8xi8>
  %a = plan.slot "a" at 0 live[0, 2] {view = true} : <28xi8>
  %b = plan.slot "b" at 2 live[1, 2] {view = true} : <28xi8>
  plan.call 0 variant -1 "qrt_ref_max_pool2d_s8"(%x, %a) {params = "qrt_pool2d",
    fields = [1, 2, 2, 4, 2, 2, 1, 1, 1, 1, 1, 1, 0, 0, 0, 4, 0, 1.0 : f32, 1.0 : f32, 0, 0, 0, [0, -128, 127]],
    present = array<i1: true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<1x2x2x4xi8>, !plan.buffer<28xi8>
  plan.call 1 variant -1 "qrt_ref_max_pool2d_s8"(%x, %b) {params = "qrt_pool2d",
    fields = [1, 2, 2, 4, 2, 2, 1, 1, 1, 1, 1, 1, 0, 0, 0, 4, 0, 1.0 : f32, 1.0 : f32, 0, 0, 0, [0, -128, 127]],
    present = array<i1: true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<1x2x2x4xi8>, !plan.buffer<28xi8>
  // expected-error@+1 {{reads 'a' after another slot has overwritten it}}
  plan.call 2 variant -1 "qrt_ref_max_pool2d_s8"(%a, %y) {params = "qrt_pool2d",
    fields = [1, 2, 2, 4, 2, 2, 1, 1, 1, 1, 1, 1, 0, 0, 4, 0, 0, 1.0 : f32, 1.0 : f32, 0, 0, 0, [0, -128, 127]],
    present = array<i1: true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<28xi8>, !plan.buffer<1x2x2x4xi8>
}

// -----

// Channels 0 to 3 and 4 to 7 are apart.
plan.model @apart arena 64 targets ["scalar"] {
  %x = plan.input 0 "x" : <1x2x2x4xi8>
  %y = plan.output 0 "y" : <1x2x2x4xi8>
  %cat = plan.slot "cat" at 0 live[0, 2] : <1x2x2x8xi8>
  %a = plan.slot "a" at 0 live[0, 2] {view = true} : <28xi8>
  %b = plan.slot "b" at 4 live[1, 2] {view = true} : <28xi8>
  plan.call 0 variant -1 "qrt_ref_max_pool2d_s8"(%x, %a) {params = "qrt_pool2d",
    fields = [1, 2, 2, 4, 2, 2, 1, 1, 1, 1, 1, 1, 0, 0, 0, 4, 0, 1.0 : f32, 1.0 : f32, 0, 0, 0, [0, -128, 127]],
    present = array<i1: true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<1x2x2x4xi8>, !plan.buffer<28xi8>
  plan.call 1 variant -1 "qrt_ref_max_pool2d_s8"(%x, %b) {params = "qrt_pool2d",
    fields = [1, 2, 2, 4, 2, 2, 1, 1, 1, 1, 1, 1, 0, 0, 0, 4, 0, 1.0 : f32, 1.0 : f32, 0, 0, 0, [0, -128, 127]],
    present = array<i1: true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<1x2x2x4xi8>, !plan.buffer<28xi8>
  plan.call 2 variant -1 "qrt_ref_max_pool2d_s8"(%a, %y) {params = "qrt_pool2d",
    fields = [1, 2, 2, 4, 2, 2, 1, 1, 1, 1, 1, 1, 0, 0, 4, 0, 0, 1.0 : f32, 1.0 : f32, 0, 0, 0, [0, -128, 127]],
    present = array<i1: true, true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<28xi8>, !plan.buffer<1x2x2x4xi8>
}
