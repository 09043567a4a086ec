// RUN: quench-opt %s | quench-opt | FileCheck %s
// RUN: quench-opt %s -mlir-print-op-generic | quench-opt | FileCheck %s
// RUN: quench-opt %s -emit-bytecode -o %t.mlirbc
// RUN: quench-opt %t.mlirbc | FileCheck %s

// Every plan op prints what was parsed: custom form, generic form and bytecode.

// CHECK:      plan.model @net arena 256 targets ["x86_avx2", "scalar"] attributes {options = "--target x86", sha256 = "00", source = "net.onnx"} {
plan.model @net arena 256 targets ["x86_avx2", "scalar"]
    attributes {options = "--target x86", sha256 = "00", source = "net.onnx"} {
  // CHECK-NEXT: %[[X:.*]] = plan.input 0 "x" {scale = 5.000000e-01 : f32, zero_point = -3 : i64} : <1x4xi8>
  %x = plan.input 0 "x" {scale = 5.0e-01 : f32, zero_point = -3 : i64} : !plan.buffer<1x4xi8>
  // CHECK-NEXT: %[[F:.*]] = plan.input 1 "f" : <f32>
  %f = plan.input 1 "f" : !plan.buffer<f32>
  // CHECK-NEXT: %[[Y:.*]] = plan.output 0 "y" : <1x2xi64>
  %y = plan.output 0 "y" : !plan.buffer<1x2xi64>
  // CHECK-NEXT: plan.slot "t" at 64 live[0, 1] : <1x8xi8>
  %t = plan.slot "t" at 64 live [0, 1] : !plan.buffer<1x8xi8>
  // CHECK-NEXT: plan.slot "t.flat" at 64 live[0, 1] {view = true} : <8xi8>
  %u = plan.slot "t.flat" at 64 live [0, 1] {view = true} : !plan.buffer<8xi8>
  // CHECK-NEXT: %[[W:.*]] = plan.weights "w" dense<[1, 2, 3]> : tensor<3xi32> : <3xi32>
  %w = plan.weights "w" dense<[1, 2, 3]> : tensor<3xi32> : !plan.buffer<3xi32>
  // CHECK-NEXT: plan.weights "p" dense_resource<packed> : tensor<4xi8> {packing = "oc2k2"} : <4xi8>
  %p = plan.weights "p" dense_resource<packed> : tensor<4xi8> {packing = "oc2k2"} : !plan.buffer<4xi8>
  // CHECK-NEXT: plan.call 0 variant -1 "qrt_ref_lut_s8"(%[[X]], %[[W]], %[[Y]]) scratch 64 at 192 {cost = 1.250000e+01 : f64, fields = [4, 1], macs = 7 : i64, params = "qrt_lut", present = array<i1: true, true, true, false>, source = "relu", why = "only row"} : !plan.buffer<1x4xi8>, !plan.buffer<3xi32>, !plan.buffer<1x2xi64>
  plan.call 0 variant -1 "qrt_ref_lut_s8"(%x, %w, %y) scratch 64 at 192 {cost = 1.25e+01 : f64, fields = [4, 1], macs = 7 : i64,
      params = "qrt_lut", present = array<i1: true, true, true, false>, source = "relu", why = "only row"}
      : !plan.buffer<1x4xi8>, !plan.buffer<3xi32>, !plan.buffer<1x2xi64>
  // CHECK-NEXT: plan.call 1 variant 1 "fill"(%{{.*}}) {cost = 0.000000e+00 : f64, fields = [], leading = [8, -3], params = "", present = array<i1: true>, source = "", why = ""}
  plan.call 1 variant 1 "fill"(%t) {cost = 0.0 : f64, fields = [], leading = [8, -3], params = "",
      present = array<i1: true>, source = "", why = ""} : !plan.buffer<1x8xi8>
}

// A model without anything in it.
// CHECK: plan.model @empty arena 0 targets ["scalar"] {
plan.model @empty arena 0 targets ["scalar"] {
}

{-# dialect_resources: { builtin: { packed: "0x0800000001020304" } } #-}
