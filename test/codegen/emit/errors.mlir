// RUN: split-file %s %t.d
// RUN: not quench compile %t.d/kernel.mlir --quiet -o %t.out 2>&1 | FileCheck %s --implicit-check-not="see current" --check-prefix=KERNEL
// RUN: not quench compile %t.d/params.mlir --quiet -o %t.out 2>&1 | FileCheck %s --implicit-check-not="see current" --check-prefix=PARAMS
// RUN: not quench compile %t.d/fields.mlir --quiet -o %t.out 2>&1 | FileCheck %s --implicit-check-not="see current" --check-prefix=FIELDS
// RUN: not quench compile %t.d/index.mlir --quiet -o %t.out 2>&1 | FileCheck %s --implicit-check-not="see current" --check-prefix=INDEX
// RUN: not quench compile %t.d/target.mlir --quiet -o %t.out 2>&1 | FileCheck %s --implicit-check-not="see current" --check-prefix=TARGET
// RUN: not ls %t.out

// A plan that does not fit the catalogue is refused, and no file appears.

// KERNEL: error: {{.*}}'plan.call' op names a kernel that is not in the catalogue: 'qrt_ref_nothing'
//--- kernel.mlir
plan.model @net arena 0 targets ["scalar"] {
  %x = plan.input 0 "x" : !plan.buffer<4xi8>
  %y = plan.output 0 "y" : !plan.buffer<4xi8>
  plan.call 0 variant -1 "qrt_ref_nothing"(%x, %y) {cost = 1.0 : f64, params = "qrt_lut",
      fields = [4, 1], present = array<i1: true, true>, source = "a", why = ""}
      : !plan.buffer<4xi8>, !plan.buffer<4xi8>
}

// PARAMS: error: {{.*}}'plan.call' op names an unknown parameter struct 'qrt_nothing'
//--- params.mlir
plan.model @net arena 0 targets ["scalar"] {
  %x = plan.input 0 "x" : !plan.buffer<4xi8>
  %y = plan.output 0 "y" : !plan.buffer<4xi8>
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %y) {cost = 1.0 : f64, params = "qrt_nothing",
      fields = [4, 1], present = array<i1: true, true>, source = "a", why = ""}
      : !plan.buffer<4xi8>, !plan.buffer<4xi8>
}

// FIELDS: error: {{.*}}'plan.call' op has wrong fields for 'qrt_lut': expects 2 fields, found 3
//--- fields.mlir
plan.model @net arena 0 targets ["scalar"] {
  %x = plan.input 0 "x" : !plan.buffer<4xi8>
  %y = plan.output 0 "y" : !plan.buffer<4xi8>
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %y) {cost = 1.0 : f64, params = "qrt_lut",
      fields = [4, 1, 2], present = array<i1: true, true>, source = "a", why = ""}
      : !plan.buffer<4xi8>, !plan.buffer<4xi8>
}

// INDEX: error: {{.*}}'plan.model' op expects inputs and outputs numbered from 0 without gaps
//--- index.mlir
plan.model @net arena 0 targets ["scalar"] {
  %y = plan.output 1 "y" : !plan.buffer<4xi8>
  plan.call 0 variant -1 "qrt_ref_fill_s8"(%y) {cost = 1.0 : f64, params = "",
      fields = [], leading = [4, 1], present = array<i1: true>, source = "a", why = ""}
      : !plan.buffer<4xi8>
}

// TARGET: error: {{.*}}'plan.model' op names an unknown target 'z80'
//--- target.mlir
plan.model @net arena 0 targets ["z80"] {
  %y = plan.output 0 "y" : !plan.buffer<4xi8>
  plan.call 0 variant -1 "qrt_ref_fill_s8"(%y) {cost = 1.0 : f64, params = "",
      fields = [], leading = [4, 1], present = array<i1: true>, source = "a", why = ""}
      : !plan.buffer<4xi8>
}
