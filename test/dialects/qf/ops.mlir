// RUN: quench-opt %s | quench-opt | FileCheck %s
// RUN: quench-opt %s -mlir-print-op-generic | quench-opt | FileCheck %s
// RUN: quench-opt %s -emit-bytecode -o %t.mlirbc
// RUN: quench-opt %t.mlirbc | FileCheck %s

// Every qf op prints what was parsed: custom form, generic form and bytecode.

// CHECK-LABEL: func @observe
func.func @observe(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  // CHECK: qf.observe %{{.*}} with "min_max" : tensor<1x8xf32>
  %0 = qf.observe %x with "min_max" : tensor<1x8xf32>
  // CHECK: qf.observe %{{.*}} with "ema" {range = array<f32: -1.000000e+00, 0.333333343>, samples = 8 : i64} : tensor<1x8xf32>
  %1 = qf.observe %0 with "ema" {range = array<f32: -1.0, 0.333333343>, samples = 8 : i64} : tensor<1x8xf32>
  // CHECK: qf.observe %{{.*}} with "mse" {scheme = #qf.scheme<4, narrow, channel>} : tensor<1x8xf32>
  %2 = qf.observe %1 with "mse" {scheme = #qf.scheme<4, narrow, channel, "plain">} : tensor<1x8xf32>
  // CHECK: qf.observe %{{.*}} with "mse" {scheme = #qf.scheme<2, narrow, group, 64>} : tensor<1x8xf32>
  %g = qf.observe %1 with "mse" {scheme = #qf.scheme<2, narrow, group, 64>} : tensor<1x8xf32>
  // CHECK: qf.observe %{{.*}} with "mse" {scheme = #qf.scheme<16, symmetric, tensor, "tqt">} : tensor<1x8xf32>
  %3 = qf.observe %2 with "mse" {scheme = #qf.scheme<16, symmetric, tensor, "tqt">} : tensor<1x8xf32>
  return %3 : tensor<1x8xf32>
}

// CHECK-LABEL: func @fake_quant
func.func @fake_quant(%x: tensor<1x8xf32>, %w: tensor<2x3xf32>, %b: tensor<2xf32>) {
  // A scale that needs all digits.
  // CHECK: qf.fake_quant %{{.*}} as !quant.uniform<i8:f32, 0.10000000149011612:-3> : tensor<1x8xf32>
  %0 = qf.fake_quant %x as !quant.uniform<i8:f32, 0.10000000149011612:-3> : tensor<1x8xf32>
  // CHECK: qf.fake_quant %{{.*}} as !{{per_channel.*}} : tensor<2x3xf32>
  %1 = qf.fake_quant %w as !quant.uniform<i8<-127:127>:f32:0, {0.5, 0.25}> : tensor<2x3xf32>
  // CHECK: qf.fake_quant %{{.*}} as !quant.uniform<i32:f32, 1.250000e-01> : tensor<2xf32>
  %2 = qf.fake_quant %b as !quant.uniform<i32:f32, 0.125> : tensor<2xf32>
  return
}

// CHECK-LABEL: func @constant
func.func @constant() -> (tensor<2xf32>, tensor<4xf32>) {
  // CHECK: qf.constant dense<[1, -2]> : tensor<2xi8> as !quant.uniform<i8:f32, 5.000000e-01> : tensor<2xf32>
  %0 = qf.constant dense<[1, -2]> : tensor<2xi8> as !quant.uniform<i8:f32, 0.5> : tensor<2xf32>
  // CHECK: qf.constant dense<-6> : tensor<1x16xi8> as !quant.uniform<i8:f32, 5.000000e-01> {group_bits = 4 : i64, group_multipliers = dense<3> : tensor<1x1xi8>, group_size = 16 : i64} : tensor<1x16xf32>
  %g = qf.constant dense<-6> : tensor<1x16xi8> as !quant.uniform<i8:f32, 0.5> {group_bits = 4, group_size = 16, group_multipliers = dense<3> : tensor<1x1xi8>} : tensor<1x16xf32>
  // CHECK: qf.constant dense_resource<codes> : tensor<4xi8> as
  %1 = qf.constant dense_resource<codes> : tensor<4xi8> as !quant.uniform<i8:f32, 0.5> : tensor<4xf32>
  return %0, %1 : tensor<2xf32>, tensor<4xf32>
}

{-# dialect_resources: { builtin: { codes: "0x0800000001020304" } } #-}
