// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// place: which ops become calls, which become addresses, and what shares bytes.
//
// RUN: quench-opt %s --split-input-file --quench-place | FileCheck %s

!e = !quant.uniform<i8:f32, 0.5:-5>
!x = tensor<1x2x2x8x!e>
!w = tensor<8x1x1x8x!quant.uniform<i8<-127:127>:f32, 0.5>>

// The border keeps its names; codes carry their scale.
// CHECK: plan.model @net_1 arena 0 targets ["scalar"]
// CHECK-SAME: source = "net-1"
// CHECK: %[[IN:.*]] = plan.input 0 "picture" {scale = 5.000000e-01 : f32, zero_point = -5 : i64} : <1x2x2x8xi8>
// CHECK: %[[OUT:.*]] = plan.output 0 "result" : <1x2x2x8xf32>
// CHECK: plan.call 0 variant -1 "qrt_ref_dequantize_s8_f32"(%[[IN]], %[[OUT]])
// CHECK-SAME: fields = [1, 1, 32, 5.000000e-01 : f32, [-5, -128, 127], 0]
// CHECK-SAME: params = "qrt_border"
// CHECK-NOT: func.func
module attributes {quench.model = "net-1"} {
func.func @main(%x: !x {quench.name = "picture"})
    -> (tensor<1x2x2x8xf32> {quench.name = "result"}) {
  %0 = q.dequantize %x : (!x) -> tensor<1x2x2x8xf32>
  return %0 : tensor<1x2x2x8xf32>
}
}

// -----

!e = !quant.uniform<i8:f32, 0.5:-5>
!x = tensor<1x2x2x8x!e>
!w = tensor<8x1x1x8x!quant.uniform<i8<-127:127>:f32, 0.5>>

// A convolution: filter, no bias, multipliers, no residual; one array for equal
// filters. The first result dies as the residual of the third.
// CHECK-LABEL: plan.model @main arena 128
// CHECK: %[[X:.*]] = plan.input 0
// CHECK: %[[Y:.*]] = plan.output 0
// CHECK: %[[M:.*]] = plan.weights "a_mul"
// CHECK: %[[W:.*]] = plan.weights "a_filter" dense<1> : tensor<64xi8> : <64xi8>
// CHECK-NOT: plan.weights
// CHECK: %[[A:.*]] = plan.slot "a" at [[AT:[0-9]+]] live[0, 2] {{{.*}}view = true}
// CHECK: %[[B:.*]] = plan.slot "b" at {{[0-9]+}} live[1, 2]{{.*}} : <
// CHECK: %[[C:.*]] = plan.slot "c" at [[AT]] live[0, 3]{{.*}} : <
// CHECK: plan.call 0 variant -1 "qrt_ref_conv2d_s8"(%[[X]], %[[W]], %[[M]], %[[A]])
// CHECK-SAME: macs = 256 : i64
// CHECK-SAME: present = array<i1: true, true, false, true, false, true>
// CHECK: plan.call 2 variant -1 "qrt_ref_conv2d_s8"(%[[B]], %[[W]], %[[M]], %[[A]], %[[C]])
// CHECK-SAME: present = array<i1: true, true, false, true, true, true>
// CHECK-SAME: source = "c"
// CHECK: plan.call 3 variant -1 "qrt_ref_max_pool2d_s8"(%[[C]], %[[Y]])
func.func @main(%x: !x) -> tensor<1x1x1x8x!e> {
  %w = q.constant dense<1> : tensor<8x1x1x8xi8> as !w
  %v = q.constant dense<1> : tensor<8x1x1x8xi8> as !w
  %a = q.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127]
     {multiplier = dense<0.5> : tensor<1xf32>} : (!x, !w) -> !x loc("a")
  %b = q.conv2d %a, %v strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127]
     {multiplier = dense<0.5> : tensor<1xf32>} : (!x, !w) -> !x loc("b")
  %c = q.conv2d %b, %w, residual %a strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127]
     {multiplier = dense<0.5> : tensor<1xf32>, fused_type = !e, add_clamp = array<i64: -128, 127>}
     : (!x, !w, !x) -> !x loc("c")
  %y = q.max_pool2d %c kernel [2, 2] strides [1, 1] pads [0, 0, 0, 0] : (!x) -> tensor<1x1x1x8x!e>
  return %y : tensor<1x1x1x8x!e>
}

// -----

!e = !quant.uniform<i8:f32, 0.5:-5>
!x = tensor<1x2x2x8x!e>
!w = tensor<8x1x1x8x!quant.uniform<i8<-127:127>:f32, 0.5>>

// The residual is also the convolution's input: it must not be overwritten.
// CHECK-LABEL: plan.model @main arena 128
// CHECK: plan.slot "a" at {{[0-9]+}} live[0, 1]{{.*}} : <
// CHECK: plan.slot "b" at {{[0-9]+}} live[1, 2]{{.*}} : <
func.func @main(%x: !x) -> tensor<1x1x1x8x!e> {
  %w = q.constant dense<1> : tensor<8x1x1x8xi8> as !w
  %a = q.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127]
     {multiplier = dense<0.5> : tensor<1xf32>} : (!x, !w) -> !x loc("a")
  %b = q.conv2d %a, %w, residual %a strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127]
     {multiplier = dense<0.5> : tensor<1xf32>, fused_type = !e, add_clamp = array<i64: -128, 127>}
     : (!x, !w, !x) -> !x loc("b")
  %y = q.max_pool2d %b kernel [2, 2] strides [1, 1] pads [0, 0, 0, 0] : (!x) -> tensor<1x1x1x8x!e>
  return %y : tensor<1x1x1x8x!e>
}

// -----

!e = !quant.uniform<i8:f32, 0.5:-5>
!x = tensor<1x2x2x8x!e>

// Along the outermost axis longer than 1, parts are written where they belong;
// the last one, an input, has to be copied. The slice behind is an address.
// CHECK-LABEL: plan.model @main arena 128
// CHECK: %[[X:.*]] = plan.input 0
// CHECK: %[[A:.*]] = plan.slot "a" at 0 live[0, 0] {{{.*}}view = true}
// CHECK: %[[B:.*]] = plan.slot "b" at 32 live[1, 1] {{{.*}}view = true}
// CHECK: %[[CAT:.*]] = plan.slot "cat" at 0 live[0, 3]{{.*}} : <1x6x2x8xi8>
// CHECK: %[[CUT:.*]] = plan.slot "cut" at 16 live[3, 3] {{{.*}}view = true} : <1x2x2x8xi8>
// CHECK: plan.call 0 variant -1 "qrt_ref_max_pool2d_s8"(%[[X]], %[[A]])
// CHECK: plan.call 1 variant -1 "qrt_ref_max_pool2d_s8"(%[[X]], %[[B]])
// CHECK: plan.call 2 variant -1 "qrt_ref_copy"(%[[X]], %[[CAT]])
// CHECK-SAME: 0, 64, 1]
// CHECK: plan.call 3 variant -1 "qrt_ref_dequantize_s8_f32"(%[[CUT]],
func.func @main(%x: !x) -> tensor<1x2x2x8xf32> {
  %a = q.max_pool2d %x kernel [1, 1] strides [1, 1] pads [0, 0, 0, 0] : (!x) -> !x loc("a")
  %b = q.max_pool2d %x kernel [1, 1] strides [1, 1] pads [0, 0, 0, 0] : (!x) -> !x loc("b")
  %c = q.concat %a, %b, %x axis 1 : (!x, !x, !x) -> tensor<1x6x2x8x!e> loc("cat")
  %d = q.slice %c starts [0, 1, 0, 0] sizes [1, 2, 2, 8] steps [1, 1, 1, 1] : (tensor<1x6x2x8x!e>) -> !x loc("cut")
  %e = q.dequantize %d : (!x) -> tensor<1x2x2x8xf32>
  return %e : tensor<1x2x2x8xf32>
}

// -----

!e = !quant.uniform<i8:f32, 0.5:-5>
!x = tensor<1x2x2x8x!e>

// Along channels the parts lie apart in memory, where a table cannot write.
// CHECK-LABEL: plan.model @main
// CHECK: "qrt_ref_lut_s8"
// CHECK: "qrt_ref_copy"
// CHECK: "qrt_ref_copy"
// CHECK: "qrt_ref_dequantize_s8_f32"
func.func @main(%x: !x) -> tensor<1x2x2x16xf32> {
  %a = q.lut %x function "f" {table = dense<7> : tensor<256xi8>} : (!x) -> !x
  %c = q.concat %a, %x axis 3 : (!x, !x) -> tensor<1x2x2x16x!e>
  %e = q.dequantize %c : (tensor<1x2x2x16x!e>) -> tensor<1x2x2x16xf32>
  return %e : tensor<1x2x2x16xf32>
}

// -----

!e = !quant.uniform<i8:f32, 0.5:-5>
!x = tensor<1x2x2x8x!e>

// A table may overwrite its operand, but not an input of the model; the last one
// writes to the output at once. The reshape is no call.
// CHECK-LABEL: plan.model @main arena 0
// CHECK: %[[X:.*]] = plan.input 0
// CHECK: %[[Y:.*]] = plan.output 0 "output_0" {{.*}} : <1x32xi8>
// CHECK-NOT: plan.slot
// CHECK: plan.call 0 variant -1 "qrt_ref_lut_s8"(%[[X]], %{{.*}}, %[[Y]])
// CHECK: plan.call 1 variant -1 "qrt_ref_lut_s8"(%[[Y]], %{{.*}}, %[[Y]])
// CHECK-NOT: plan.call
func.func @main(%x: !x) -> tensor<1x32x!e> {
  %a = q.lut %x function "f" {table = dense<3> : tensor<256xi8>} : (!x) -> !x
  %b = q.reshape %a : (!x) -> tensor<1x32x!e>
  %c = q.lut %b function "g" {table = dense<4> : tensor<256xi8>} : (tensor<1x32x!e>) -> tensor<1x32x!e>
  return %c : tensor<1x32x!e>
}

// -----

!e = !quant.uniform<i8:f32, 0.5:-5>
!x = tensor<1x2x2x8x!e>

// The first table must not overwrite its operand, which the second one reads;
// the second may.
// CHECK-LABEL: plan.model @main arena 128
// CHECK: %[[A:.*]] = plan.slot "a" at [[AT:[0-9]+]] live[0, 2] {{{.*}}view = true}
// CHECK: plan.slot "b" at [[OTHER:[0-9]+]] live[1, 3] {{{.*}}view = true}
// CHECK: plan.slot "c" at [[AT]] live[0, 3]{{.*}} : <
// CHECK: plan.slot "sub" at [[OTHER]] live[1, 4]{{.*}} : <
func.func @main(%x: !x) -> tensor<1x1x1x8x!e> {
  %a = q.max_pool2d %x kernel [1, 1] strides [1, 1] pads [0, 0, 0, 0] : (!x) -> !x loc("a")
  %b = q.lut %a function "f" {table = dense<3> : tensor<256xi8>} : (!x) -> !x loc("b")
  %c = q.lut %a function "g" {table = dense<4> : tensor<256xi8>} : (!x) -> !x loc("c")
  %d = q.sub %b, %c clamp [-128, 127] : (!x, !x) -> !x
  %e = q.max_pool2d %d kernel [2, 2] strides [1, 1] pads [0, 0, 0, 0] : (!x) -> tensor<1x1x1x8x!e>
  return %e : tensor<1x1x1x8x!e>
}

// -----

!e = !quant.uniform<i8:f32, 0.5:-5>
!x = tensor<1x2x2x8x!e>

// A plan addresses the start of an output only: the first part is written there,
// the second one copied.
// CHECK-LABEL: plan.model @main arena 64
// CHECK: %[[Y:.*]] = plan.output 0
// CHECK: %[[B:.*]] = plan.slot "b" at 0 live[1, 2]{{.*}} : <
// CHECK: plan.call 0 variant -1 "qrt_ref_max_pool2d_s8"(%{{.*}}, %[[Y]])
// CHECK: plan.call 1 variant -1 "qrt_ref_max_pool2d_s8"(%{{.*}}, %[[B]])
// CHECK: plan.call 2 variant -1 "qrt_ref_copy"(%[[B]], %[[Y]])
// CHECK-NOT: plan.call
func.func @main(%x: !x) -> tensor<1x4x2x8x!e> {
  %a = q.max_pool2d %x kernel [1, 1] strides [1, 1] pads [0, 0, 0, 0] : (!x) -> !x loc("a")
  %b = q.max_pool2d %x kernel [1, 1] strides [1, 1] pads [0, 0, 0, 0] : (!x) -> !x loc("b")
  %c = q.concat %a, %b axis 1 : (!x, !x) -> tensor<1x4x2x8x!e> loc("cat")
  return %c : tensor<1x4x2x8x!e>
}

// -----

!e = !quant.uniform<i8:f32, 0.5:-5>
!x = tensor<1x2x2x8x!e>

// What is returned twice, and an input that is returned, are copied.
// CHECK-LABEL: plan.model @main arena 0
// CHECK: %[[X:.*]] = plan.input 0
// CHECK: %[[A:.*]] = plan.output 0
// CHECK: %[[B:.*]] = plan.output 1
// CHECK: %[[C:.*]] = plan.output 2
// CHECK: plan.call 0 variant -1 "qrt_ref_lut_s8"(%[[X]], %{{.*}}, %[[B]])
// CHECK: plan.call 1 variant -1 "qrt_ref_copy"(%[[B]], %[[A]])
// CHECK: plan.call 2 variant -1 "qrt_ref_copy"(%[[X]], %[[C]])
func.func @main(%x: !x) -> (!x, !x, !x) {
  %a = q.lut %x function "f" {table = dense<3> : tensor<256xi8>} : (!x) -> !x
  return %a, %a, %x : !x, !x, !x
}

// -----

!e = !quant.uniform<i8:f32, 0.5:-5>
!x = tensor<1x2x2x8x!e>

// A pad is a fill and a copy; arg_max has a plain parameter; a mean over the
// picture is a pool of one window; a transpose of one pixel is an address.
// CHECK-LABEL: plan.model @main
// CHECK: plan.call 0 variant -1 "qrt_ref_fill_s8"
// CHECK-SAME: leading = [72, -5]
// CHECK-SAME: params = ""
// CHECK: plan.call 1 variant -1 "qrt_ref_copy"
// CHECK: plan.call 2 variant -1 "qrt_ref_avg_pool2d_s8"
// CHECK-SAME: fields = [1, 3, 3, 8, 1, 1, 3, 3, 1, 1, 1, 1, 0, 0, 0, 0, -5, 5.000000e-01 : f32, 5.000000e-01 : f32, 0, 3, 3, [-5, -128, 127]]
// CHECK: plan.call 3 variant -1 "qrt_ref_arg_max_s8"
// CHECK-SAME: leading = [1]
// CHECK-NOT: plan.call
func.func @main(%x: !x) -> tensor<1x1x1x1xi64> {
  %a = q.pad %x low [0, 1, 0, 0] high [0, 0, 1, 0] {code = -5 : i64} : (!x) -> tensor<1x3x3x8x!e>
  %b = q.reduce_mean %a axes [1, 2] : (tensor<1x3x3x8x!e>) -> tensor<1x1x1x8x!e>
  %c = q.transpose %b perm [0, 3, 1, 2] : (tensor<1x1x1x8x!e>) -> tensor<1x8x1x1x!e>
  %d = q.arg_max %c axis 1 {select_last = true} : (tensor<1x8x1x1x!e>) -> tensor<1x1x1x1xi64>
  return %d : tensor<1x1x1x1xi64>
}

// -----

!e = !quant.uniform<i8:f32, 0.5:-5>

// A float island: its ops are calls on f32 slots.
// CHECK-LABEL: plan.model @main arena 64
// CHECK: %[[SLOT:.*]] = plan.slot {{.*}} : <1x10xf32>
// CHECK: plan.call 0 variant -1 "qrt_ref_dequantize_s8_f32"(%{{.*}}, %[[SLOT]])
// CHECK: plan.call 1 variant -1 "qrt_ref_softmax_f32"(%[[SLOT]], %{{.*}})
// CHECK-SAME: fields = [1, 10, 1, 0.000000e+00 : f32]
func.func @main(%x: tensor<1x10x!e>) -> tensor<1x10xf32> {
  %0 = q.dequantize %x : (tensor<1x10x!e>) -> tensor<1x10xf32>
  %1 = q.float_island "softmax has no int8 form" (%0) : (tensor<1x10xf32>) -> tensor<1x10xf32> {
  ^bb0(%a: tensor<1x10xf32>):
    %2 = nn.softmax %a axis 1 : tensor<1x10xf32>
    q.yield %2 : tensor<1x10xf32>
  }
  return %1 : tensor<1x10xf32>
}
