// RUN: quench-opt %s | quench-opt | FileCheck %s
// RUN: quench-opt %s -mlir-print-op-generic | quench-opt | FileCheck %s
// RUN: quench-opt %s -emit-bytecode -o %t.mlirbc
// RUN: quench-opt %t.mlirbc | FileCheck %s

// Every q op prints what was parsed: custom form, generic form and bytecode.
// Types of filters, one scale a channel, are printed once, as aliases.

!x = !quant.uniform<i8:f32, 5.000000e-01:-3>
!y = !quant.uniform<i8:f32, 1.000000e+00:4>
!w = !quant.uniform<i8<-127:127>:f32:0, {2.500000e-01,1.250000e-01}>
!b = !quant.uniform<i32:f32:0, {1.250000e-01,6.250000e-02}>

// CHECK-DAG: ![[W:per_channel.*]] = !quant.uniform<i8<-127:127>:f32:0, {2.500000e-01,1.250000e-01}>
// CHECK-DAG: ![[B:per_channel.*]] = !quant.uniform<i32:f32:0, {1.250000e-01,6.250000e-02}>

// CHECK-LABEL: func @border
func.func @border(%f: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // CHECK: q.quantize %{{.*}} : (tensor<2x3xf32>) -> tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01:-3>>
  %0 = q.quantize %f : (tensor<2x3xf32>) -> tensor<2x3x!x>
  // CHECK: q.requantize %{{.*}} -> tensor<2x3x!quant.uniform<i8:f32, 1.000000e+00:4>>
  %1 = q.requantize %0 : (tensor<2x3x!x>) -> tensor<2x3x!y>
  // CHECK: q.dequantize %{{.*}} -> tensor<2x3xf32>
  %2 = q.dequantize %1 : (tensor<2x3x!y>) -> tensor<2x3xf32>
  return %2 : tensor<2x3xf32>
}

// CHECK-LABEL: func @products
func.func @products(%x: tensor<1x4x4x3x!x>, %r: tensor<1x4x4x2x!x>, %v: tensor<5x3x!x>, %s: tensor<3x4x!x>) {
  // CHECK: q.constant dense<{{.*}}> : tensor<2x1x1x3xi8> as tensor<2x1x1x3x![[W]]>
  %w = q.constant dense<[[[[1, -2, 3]]], [[[127, -127, 0]]]]> : tensor<2x1x1x3xi8> as tensor<2x1x1x3x!w>
  // CHECK: q.constant dense<[100, -100]> : tensor<2xi32> as tensor<2x![[B]]>
  %b = q.constant dense<[100, -100]> : tensor<2xi32> as tensor<2x!b>
  // CHECK: q.conv2d %{{[^,]*}}, %{{[^,]*}}, bias %{{[^,]*}} strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127] {multiplier = dense<[1.250000e-01, 6.250000e-02]> : tensor<2xf32>} : (tensor<1x4x4x3x!quant.uniform<i8:f32, 5.000000e-01:-3>>, tensor<2x1x1x3x![[W]]>, tensor<2x![[B]]>) -> tensor<1x4x4x2x!quant.uniform<i8:f32, 1.000000e+00:4>>
  %0 = q.conv2d %x, %w, bias %b strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127]
       {multiplier = dense<[0.125, 0.0625]> : tensor<2xf32>}
     : (tensor<1x4x4x3x!x>, tensor<2x1x1x3x!w>, tensor<2x!b>) -> tensor<1x4x4x2x!y>
  // CHECK: q.conv2d %{{[^,]*}}, %{{[^,]*}}, residual %{{[^,]*}} strides [1, 1] pads [0, 0, 0, 0] clamp [4, 127] {add_clamp = array<i64: -100, 100>, fused_type = !quant.uniform<i8:f32, 1.000000e+00:4>, multiplier
  %1 = q.conv2d %x, %w, residual %r strides [1, 1] pads [0, 0, 0, 0] clamp [4, 127]
       {multiplier = dense<[0.125, 0.0625]> : tensor<2xf32>, fused_type = !y, add_clamp = array<i64: -100, 100>}
     : (tensor<1x4x4x3x!x>, tensor<2x1x1x3x!w>, tensor<1x4x4x2x!x>) -> tensor<1x4x4x2x!x>
  // CHECK: q.conv_transpose2d %{{.*}} strides [2, 2] pads [0, 0, 0, 0] clamp [-128, 127] {multiplier = {{.*}}, output_pads = array<i64: 1, 0>} {{.*}} -> tensor<1x8x7x2x
  %2 = q.conv_transpose2d %x, %w, %b strides [2, 2] pads [0, 0, 0, 0] clamp [-128, 127]
       {multiplier = dense<[0.125, 0.0625]> : tensor<2xf32>, output_pads = array<i64: 1, 0>}
     : (tensor<1x4x4x3x!x>, tensor<2x1x1x3x!w>, tensor<2x!b>) -> tensor<1x8x7x2x!y>
  // One scale and a zero point for the whole filter; one multiplier.
  // CHECK: %[[L:.*]] = q.constant dense<1> : tensor<4x3xi8> as tensor<4x3x!quant.uniform<i8:f32, 2.500000e-01:7>>
  %l = q.constant dense<1> : tensor<4x3xi8> as tensor<4x3x!quant.uniform<i8:f32, 0.25:7>>
  // CHECK: q.linear %{{.*}}, %[[L]] clamp [0, 127] {multiplier = dense<1.250000e-01> : tensor<1xf32>}
  %3 = q.linear %v, %l clamp [0, 127] {multiplier = dense<0.125> : tensor<1xf32>}
     : (tensor<5x3x!x>, tensor<4x3x!quant.uniform<i8:f32, 0.25:7>>) -> tensor<5x4x!y>
  // CHECK: q.matmul %{{.*}}, %{{.*}} clamp [-128, 127] {multiplier = 2.500000e-01 : f32}
  %4 = q.matmul %v, %s clamp [-128, 127] {multiplier = 0.25 : f32}
     : (tensor<5x3x!x>, tensor<3x4x!x>) -> tensor<5x4x!y>
  return
}

// CHECK-LABEL: func @elementwise
func.func @elementwise(%a: tensor<2x3x!x>, %b: tensor<3x!y>) {
  // CHECK: q.add %{{.*}}, %{{.*}} clamp [-128, 127] : (tensor<2x3x{{.*}}>, tensor<3x{{.*}}>) -> tensor<2x3x{{.*}}>
  %0 = q.add %a, %b clamp [-128, 127] : (tensor<2x3x!x>, tensor<3x!y>) -> tensor<2x3x!y>
  // CHECK: q.sub %{{.*}}, %{{.*}} clamp [4, 100]
  %1 = q.sub %b, %a clamp [4, 100] : (tensor<3x!y>, tensor<2x3x!x>) -> tensor<2x3x!y>
  // CHECK: q.mul
  %2 = q.mul %a, %b clamp [-128, 127] : (tensor<2x3x!x>, tensor<3x!y>) -> tensor<2x3x!y>
  // CHECK: q.lut %{{.*}} function "sigmoid" {table = dense<0> : tensor<256xi8>}
  %3 = q.lut %a function "sigmoid" {table = dense<0> : tensor<256xi8>} : (tensor<2x3x!x>) -> tensor<2x3x!y>
  // CHECK: q.lut %{{.*}} function "prelu" {table = dense<1> : tensor<3x256xi8>}
  %4 = q.lut %a function "prelu" {table = dense<1> : tensor<3x256xi8>} : (tensor<2x3x!x>) -> tensor<2x3x!y>
  return
}

// CHECK-LABEL: func @pools_and_reductions
func.func @pools_and_reductions(%x: tensor<1x7x6x3x!x>) {
  // CHECK: q.max_pool2d %{{.*}} kernel [2, 2] strides [2, 2] pads [0, 0, 1, 0] {ceil_mode = true}
  %0 = q.max_pool2d %x kernel [2, 2] strides [2, 2] pads [0, 0, 1, 0] {ceil_mode = true}
     : (tensor<1x7x6x3x!x>) -> tensor<1x4x3x3x!x>
  // CHECK: q.avg_pool2d %{{.*}} kernel [3, 3] strides [1, 1] pads [1, 1, 1, 1] {clamp = array<i64: -128, 127>, count_include_pad = true}
  %1 = q.avg_pool2d %x kernel [3, 3] strides [1, 1] pads [1, 1, 1, 1] {clamp = array<i64: -128, 127>, count_include_pad = true}
     : (tensor<1x7x6x3x!x>) -> tensor<1x7x6x3x!y>
  // CHECK: q.reduce_mean %{{.*}} axes [1, 2] : (tensor<1x7x6x3x{{.*}}>) -> tensor<1x1x1x3x
  %2 = q.reduce_mean %x axes [1, 2] : (tensor<1x7x6x3x!x>) -> tensor<1x1x1x3x!y>
  // CHECK: q.reduce_sum %{{.*}} axes [3] {keepdims = false}
  %3 = q.reduce_sum %x axes [3] {keepdims = false} : (tensor<1x7x6x3x!x>) -> tensor<1x7x6x!y>
  // CHECK: q.reduce_max
  %4 = q.reduce_max %x axes [1] : (tensor<1x7x6x3x!x>) -> tensor<1x1x6x3x!x>
  // CHECK: q.arg_max %{{.*}} axis 3 {keepdims = false, select_last = true} : (tensor<1x7x6x3x{{.*}}>) -> tensor<1x7x6xi64>
  %5 = q.arg_max %x axis 3 {keepdims = false, select_last = true} : (tensor<1x7x6x3x!x>) -> tensor<1x7x6xi64>
  return
}

// CHECK-LABEL: func @movement
func.func @movement(%x: tensor<1x4x4x2x!x>) {
  // CHECK: q.concat %{{.*}}, %{{.*}} axis 3
  %0 = q.concat %x, %x axis 3 : (tensor<1x4x4x2x!x>, tensor<1x4x4x2x!x>) -> tensor<1x4x4x4x!x>
  // CHECK: q.slice %{{.*}} starts [0, 3, 0, 1] sizes [1, 2, 4, 1] steps [1, -2, 1, 1]
  %1 = q.slice %x starts [0, 3, 0, 1] sizes [1, 2, 4, 1] steps [1, -2, 1, 1] : (tensor<1x4x4x2x!x>) -> tensor<1x2x4x1x!x>
  // CHECK: q.pad %{{.*}} low [0, 1, 0, 0] high [0, 0, -1, 0] {code = -3 : i64}
  %2 = q.pad %x low [0, 1, 0, 0] high [0, 0, -1, 0] {code = -3} : (tensor<1x4x4x2x!x>) -> tensor<1x5x3x2x!x>
  // CHECK: q.reshape
  %3 = q.reshape %x : (tensor<1x4x4x2x!x>) -> tensor<1x32x!x>
  // CHECK: q.transpose %{{.*}} perm [0, 3, 1, 2]
  %4 = q.transpose %x perm [0, 3, 1, 2] : (tensor<1x4x4x2x!x>) -> tensor<1x2x4x4x!x>
  // CHECK: q.resize %{{.*}} mode "nearest" coordinates "asymmetric" scales [2.000000e+00, 2.000000e+00] {rounding = "floor"}
  %5 = q.resize %x mode "nearest" coordinates "asymmetric" scales [2.0, 2.0] {rounding = "floor"} : (tensor<1x4x4x2x!x>) -> tensor<1x8x8x2x!x>
  // CHECK: q.resize %{{.*}} mode "linear" coordinates "half_pixel" scales [2.000000e+00, 5.000000e-01] :
  %6 = q.resize %x mode "linear" coordinates "half_pixel" scales [2.0, 0.5] : (tensor<1x4x4x2x!x>) -> tensor<1x8x2x2x!y>
  return
}

// CHECK-LABEL: func @island
func.func @island(%x: tensor<1x10xf32>) -> tensor<1x10xf32> {
  // CHECK:      %[[P:.*]] = q.float_island "softmax has no int8 form"(%{{.*}}) : (tensor<1x10xf32>) -> tensor<1x10xf32> {
  // CHECK-NEXT: ^bb0(%[[A:.*]]: tensor<1x10xf32>):
  // CHECK-NEXT:   %[[S:.*]] = nn.softmax %[[A]] axis 1 : tensor<1x10xf32>
  // CHECK-NEXT:   q.yield %[[S]] : tensor<1x10xf32>
  // CHECK-NEXT: }
  %0 = q.float_island "softmax has no int8 form" (%x) : (tensor<1x10xf32>) -> tensor<1x10xf32> {
  ^bb0(%a: tensor<1x10xf32>):
    %1 = nn.softmax %a axis 1 : tensor<1x10xf32>
    q.yield %1 : tensor<1x10xf32>
  }
  return %0 : tensor<1x10xf32>
}
