// RUN: quench-opt %s -verify-diagnostics -split-input-file

// One function for every sentence a plan op can refuse with by itself. What
// needs lifetimes or the catalogue is checked by the pass verify-plan.

plan.model @buffer_element arena 0 targets ["scalar"] {
  // expected-error@+1 {{buffer expects i8, i16, i32, i64 or f32 elements, but has 'i24'}}
  %0 = plan.input 0 "x" : !plan.buffer<4xi24>
}

// -----

plan.model @buffer_size_zero arena 0 targets ["scalar"] {
  // expected-error@+1 {{buffer expects sizes of at least 1 and at most 2^31 - 1 elements}}
  %0 = plan.input 0 "x" : !plan.buffer<4x0xi8>
}

// -----

plan.model @buffer_too_large arena 0 targets ["scalar"] {
  // expected-error@+1 {{buffer expects sizes of at least 1 and at most 2^31 - 1 elements}}
  %0 = plan.input 0 "x" : !plan.buffer<65536x32768xi8>
}

// -----

plan.model @buffer_dynamic arena 0 targets ["scalar"] {
  // expected-error@+1 {{expected static shape}}
  %0 = plan.input 0 "x" : !plan.buffer<?xi8>
}

// -----

// expected-error@+1 {{expects an arena of at least 0 bytes}}
plan.model @negative_arena arena -64 targets ["scalar"] {
}

// -----

plan.model @negative_offset arena 64 targets ["scalar"] {
  %x = plan.input 0 "x" : !plan.buffer<4xi8>
  // expected-error@+1 {{scratch of 64 bytes at -64 is not in the arena of 64}}
  plan.call 0 variant -1 "k"(%x) scratch 64 at -64 {params = "", fields = [],
    present = array<i1: true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<4xi8>
}

// -----

plan.model @scratch_outside arena 100 targets ["scalar"] {
  %x = plan.input 0 "x" : !plan.buffer<4xi8>
  // expected-error@+1 {{scratch of 64 bytes at 64 is not in the arena of 100}}
  plan.call 0 variant -1 "k"(%x) scratch 64 at 64 {params = "", fields = [],
    present = array<i1: true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<4xi8>
}

// -----

plan.model @scratch_of_no_bytes arena 100 targets ["scalar"] {
  %x = plan.input 0 "x" : !plan.buffer<4xi8>
  // expected-error@+1 {{scratch of 0 bytes at 64 is not in the arena of 100}}
  plan.call 0 variant -1 "k"(%x) scratch 0 at 64 {params = "", fields = [],
    present = array<i1: true>, source = "", why = "", cost = 1.0 : f64} : !plan.buffer<4xi8>
}

// -----

plan.model @scratch_without_offset arena 100 targets ["scalar"] {
  // expected-error@+1 {{expects both scratch_bytes and scratch_offset or none}}
  "plan.call"() {step = 0 : i64, variant = -1 : i64, kernel = "k", params = "", fields = [],
    present = array<i1>, source = "", why = "", cost = 1.0 : f64, scratch_bytes = 64 : i64} : () -> ()
}

// -----

// expected-error@+1 {{expects at least one target}}
plan.model @without_target arena 0 targets [] {
}

// -----

// expected-error@+1 {{region #0 ('body') failed to verify constraint: region with 1 blocks}}
"plan.model"() ({}) {sym_name = "m", arena_bytes = 0 : i64, targets = ["scalar"]} : () -> ()

// -----

plan.model @other_ops arena 0 targets ["scalar"] {
  // expected-error@+1 {{does not belong into a plan.model}}
  %0 = nn.constant dense<1.0> : tensor<1xf32>
}

// -----

plan.model @weights_shape arena 0 targets ["scalar"] {
  // expected-error@+1 {{value has type 'tensor<3xi8>', but the buffer is '!plan.buffer<4xi8>'}}
  %0 = plan.weights "w" dense<1> : tensor<3xi8> : !plan.buffer<4xi8>
}

// -----

plan.model @weights_alignment arena 0 targets ["scalar"] {
  // expected-error@+1 {{alignment expects a power of two from 4 to 64, but is 24}}
  %0 = plan.weights "w" dense<1> : tensor<3xi32> {alignment = 24 : i64} : !plan.buffer<3xi32>
}

// -----

plan.model @weights_alignment_of_element arena 0 targets ["scalar"] {
  // expected-error@+1 {{alignment expects a power of two from 4 to 64, but is 2}}
  %0 = plan.weights "w" dense<1> : tensor<3xi32> {alignment = 2 : i64} : !plan.buffer<3xi32>
}

// -----

plan.model @weights_missing arena 0 targets ["scalar"] {
  // expected-error@+1 {{value names resource 'nowhere', which the file does not hold}}
  %0 = plan.weights "w" dense_resource<nowhere> : tensor<4xi8> : !plan.buffer<4xi8>
}

// -----

plan.model @call_present arena 0 targets ["scalar"] {
  %x = plan.input 0 "x" : !plan.buffer<4xi8>
  // expected-error@+1 {{present names 2 operands, but there are 1}}
  plan.call 0 variant -1 "k"(%x) {cost = 0.0 : f64, fields = [], params = "", present = array<i1: true, true>, source = "", why = ""} : !plan.buffer<4xi8>
}

// -----

plan.model @call_variant arena 0 targets ["scalar"] {
  %x = plan.input 0 "x" : !plan.buffer<4xi8>
  // expected-error@+1 {{variant expects a value in [-1, 1), but is 1}}
  plan.call 0 variant 1 "k"(%x) {cost = 0.0 : f64, fields = [], params = "", present = array<i1: true>, source = "", why = ""} : !plan.buffer<4xi8>
}

// -----

plan.model @call_variant_negative arena 0 targets ["scalar"] {
  %x = plan.input 0 "x" : !plan.buffer<4xi8>
  // expected-error@+1 {{variant expects a value in [-1, 1), but is -2}}
  plan.call 0 variant -2 "k"(%x) {cost = 0.0 : f64, fields = [], params = "", present = array<i1: true>, source = "", why = ""} : !plan.buffer<4xi8>
}

// -----

func.func @call_outside() {
  %x = plan.input 0 "x" : !plan.buffer<4xi8>
  // expected-error@+1 {{expects to be inside a plan.model}}
  plan.call 0 variant -1 "k"(%x) {cost = 0.0 : f64, fields = [], params = "", present = array<i1: true>, source = "", why = ""} : !plan.buffer<4xi8>
  return
}

// -----

// expected-error@+1 {{threads expects a number from 1 to 256, but is 257}}
plan.model @too_many_threads arena 0 targets ["scalar"] attributes {threads = 257 : i64} {
}
