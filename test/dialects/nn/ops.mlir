// RUN: quench-opt %s | quench-opt | FileCheck %s
// RUN: quench-opt %s -mlir-print-op-generic | quench-opt | FileCheck %s
// RUN: quench-opt %s -emit-bytecode -o %t.mlirbc
// RUN: quench-opt %t.mlirbc | FileCheck %s

// Every nn op prints what was parsed: custom form, generic form and bytecode.

// CHECK-LABEL: func @constants
func.func @constants() -> (tensor<2xf32>, tensor<2x2xf32>, tensor<f32>) {
  // CHECK: nn.constant dense<[1.000000e+00, -2.000000e+00]> : tensor<2xf32>
  %0 = nn.constant dense<[1.0, -2.0]> : tensor<2xf32>
  // CHECK: nn.constant dense_resource<weights> : tensor<2x2xf32>
  %1 = nn.constant dense_resource<weights> : tensor<2x2xf32>
  // CHECK: nn.constant dense<3.000000e+00> : tensor<f32>
  %2 = nn.constant dense<3.0> : tensor<f32>
  return %0, %1, %2 : tensor<2xf32>, tensor<2x2xf32>, tensor<f32>
}

// CHECK-LABEL: func @products
func.func @products(%x: tensor<1x6x5x4xf32>, %w: tensor<8x3x2x4xf32>, %d: tensor<4x3x3x1xf32>,
                    %b: tensor<8xf32>, %v: tensor<2x3x4xf32>, %m: tensor<7x4xf32>,
                    %r: tensor<4x5xf32>) {
  // CHECK: nn.conv2d %{{.*}}, %{{.*}}, %{{.*}} strides [2, 1] pads [1, 0, 1, 1] clamp [0.000000e+00, 6.000000e+00] : (tensor<1x6x5x4xf32>, tensor<8x3x2x4xf32>, tensor<8xf32>) -> tensor<1x3x5x8xf32>
  %0 = nn.conv2d %x, %w, %b strides [2, 1] pads [1, 0, 1, 1] clamp [0.0, 6.0]
     : (tensor<1x6x5x4xf32>, tensor<8x3x2x4xf32>, tensor<8xf32>) -> tensor<1x3x5x8xf32>
  // CHECK: nn.conv2d %{{.*}}, %{{.*}} strides [1, 1] pads [2, 2, 2, 2] {dilations = array<i64: 2, 2>, groups = 4 : i64}
  %1 = nn.conv2d %x, %d strides [1, 1] pads [2, 2, 2, 2] {dilations = array<i64: 2, 2>, groups = 4 : i64}
     : (tensor<1x6x5x4xf32>, tensor<4x3x3x1xf32>) -> tensor<1x6x5x4xf32>
  // CHECK: nn.conv_transpose2d %{{.*}}, %{{.*}} strides [2, 2] pads [1, 0, 0, 1] {output_pads = array<i64: 1, 0>} : (tensor<1x6x5x4xf32>, tensor<8x3x2x4xf32>) -> tensor<1x13x9x8xf32>
  %2 = nn.conv_transpose2d %x, %w strides [2, 2] pads [1, 0, 0, 1] {output_pads = array<i64: 1, 0>}
     : (tensor<1x6x5x4xf32>, tensor<8x3x2x4xf32>) -> tensor<1x13x9x8xf32>
  // CHECK: nn.linear %{{.*}}, %{{.*}} clamp [-inf, 0.333333343] : (tensor<2x3x4xf32>, tensor<7x4xf32>) -> tensor<2x3x7xf32>
  %3 = nn.linear %v, %m clamp [-inf, 0.333333343] : (tensor<2x3x4xf32>, tensor<7x4xf32>) -> tensor<2x3x7xf32>
  // CHECK: nn.matmul %{{.*}}, %{{.*}} : (tensor<2x3x4xf32>, tensor<4x5xf32>) -> tensor<2x3x5xf32>
  %4 = nn.matmul %v, %r : (tensor<2x3x4xf32>, tensor<4x5xf32>) -> tensor<2x3x5xf32>
  return
}

// CHECK-LABEL: func @elementwise
func.func @elementwise(%a: tensor<2x3x4xf32>, %b: tensor<3x1xf32>, %s: tensor<4xf32>) {
  // CHECK: nn.add %{{.*}}, %{{.*}} : (tensor<2x3x4xf32>, tensor<3x1xf32>) -> tensor<2x3x4xf32>
  %0 = nn.add %a, %b : (tensor<2x3x4xf32>, tensor<3x1xf32>) -> tensor<2x3x4xf32>
  // CHECK: nn.sub %{{.*}}, %{{.*}} clamp [0.000000e+00, inf]
  %1 = nn.sub %b, %a clamp [0.0, inf] : (tensor<3x1xf32>, tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  // CHECK: nn.mul
  %2 = nn.mul %a, %a : (tensor<2x3x4xf32>, tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  // CHECK: nn.relu %{{.*}} : tensor<2x3x4xf32>
  %3 = nn.relu %a : tensor<2x3x4xf32>
  // CHECK: nn.clip %{{.*}} {max = 6.000000e+00 : f32, min = 0.000000e+00 : f32} : tensor<2x3x4xf32>
  %4 = nn.clip %a {min = 0.0 : f32, max = 6.0 : f32} : tensor<2x3x4xf32>
  // CHECK: nn.leaky_relu %{{.*}} {alpha = 1.000000e-01 : f32}
  %5 = nn.leaky_relu %a {alpha = 0.1 : f32} : tensor<2x3x4xf32>
  // CHECK: nn.sigmoid
  %6 = nn.sigmoid %a : tensor<2x3x4xf32>
  // CHECK: nn.tanh
  %7 = nn.tanh %a : tensor<2x3x4xf32>
  // CHECK: nn.hard_sigmoid %{{.*}} {alpha = 2.000000e-01 : f32, beta = 5.000000e-01 : f32}
  %8 = nn.hard_sigmoid %a {alpha = 0.2 : f32, beta = 0.5 : f32} : tensor<2x3x4xf32>
  // CHECK: nn.hard_swish
  %9 = nn.hard_swish %a : tensor<2x3x4xf32>
  // CHECK: nn.silu
  %10 = nn.silu %a : tensor<2x3x4xf32>
  // CHECK: nn.gelu %{{.*}} : tensor<2x3x4xf32>
  %11 = nn.gelu %a : tensor<2x3x4xf32>
  // CHECK: nn.gelu %{{.*}} {approximate = true} : tensor<2x3x4xf32>
  %12 = nn.gelu %a {approximate = true} : tensor<2x3x4xf32>
  // CHECK: nn.erf
  %13 = nn.erf %a : tensor<2x3x4xf32>
  // CHECK: nn.exp
  %14 = nn.exp %a : tensor<2x3x4xf32>
  // CHECK: nn.sqrt
  %15 = nn.sqrt %a : tensor<2x3x4xf32>
  // CHECK: nn.abs
  %16 = nn.abs %a : tensor<2x3x4xf32>
  // CHECK: nn.prelu %{{.*}}, %{{.*}} : (tensor<2x3x4xf32>, tensor<4xf32>) -> tensor<2x3x4xf32>
  %17 = nn.prelu %a, %s : (tensor<2x3x4xf32>, tensor<4xf32>) -> tensor<2x3x4xf32>
  return
}

// CHECK-LABEL: func @pools_and_reductions
func.func @pools_and_reductions(%x: tensor<1x7x6x3xf32>) {
  // With ceil_mode the fourth row of windows starts in the picture: 6 < 7 + 1.
  // CHECK: nn.max_pool2d %{{.*}} kernel [3, 2] strides [2, 2] pads [1, 0, 1, 0] {ceil_mode = true} : (tensor<1x7x6x3xf32>) -> tensor<1x4x3x3xf32>
  %0 = nn.max_pool2d %x kernel [3, 2] strides [2, 2] pads [1, 0, 1, 0] {ceil_mode = true}
     : (tensor<1x7x6x3xf32>) -> tensor<1x4x3x3xf32>
  // A window of ceil_mode that would start behind picture and top padding is
  // dropped: rows start at 0, 3, 6 and not at 9 >= 7 + 1.
  // CHECK: nn.max_pool2d %{{.*}} -> tensor<1x3x6x3xf32>
  %1 = nn.max_pool2d %x kernel [2, 1] strides [3, 1] pads [1, 0, 1, 0] {ceil_mode = true}
     : (tensor<1x7x6x3xf32>) -> tensor<1x3x6x3xf32>
  // CHECK: nn.avg_pool2d %{{.*}} kernel [3, 3] strides [1, 1] pads [1, 1, 1, 1] {count_include_pad = true, dilations = array<i64: 1, 2>}
  %2 = nn.avg_pool2d %x kernel [3, 3] strides [1, 1] pads [1, 1, 1, 1] {count_include_pad = true, dilations = array<i64: 1, 2>}
     : (tensor<1x7x6x3xf32>) -> tensor<1x7x4x3xf32>
  // CHECK: nn.reduce_mean %{{.*}} axes [1, 2] : (tensor<1x7x6x3xf32>) -> tensor<1x1x1x3xf32>
  %3 = nn.reduce_mean %x axes [1, 2] : (tensor<1x7x6x3xf32>) -> tensor<1x1x1x3xf32>
  // CHECK: nn.reduce_max %{{.*}} axes [3] {keepdims = false} : (tensor<1x7x6x3xf32>) -> tensor<1x7x6xf32>
  %4 = nn.reduce_max %x axes [3] {keepdims = false} : (tensor<1x7x6x3xf32>) -> tensor<1x7x6xf32>
  // CHECK: nn.reduce_sum %{{.*}} axes [0, 1, 2, 3] {keepdims = false} : (tensor<1x7x6x3xf32>) -> tensor<f32>
  %5 = nn.reduce_sum %x axes [0, 1, 2, 3] {keepdims = false} : (tensor<1x7x6x3xf32>) -> tensor<f32>
  // CHECK: nn.arg_max %{{.*}} axis 3 {select_last = true} : (tensor<1x7x6x3xf32>) -> tensor<1x7x6x1xi64>
  %6 = nn.arg_max %x axis 3 {select_last = true} : (tensor<1x7x6x3xf32>) -> tensor<1x7x6x1xi64>
  return
}

// CHECK-LABEL: func @movement
func.func @movement(%x: tensor<1x4x3xf32>, %y: tensor<1x2x3xf32>, %p: tensor<1x4x4x2xf32>) {
  // CHECK: nn.concat %{{.*}}, %{{.*}} axis 1 : (tensor<1x4x3xf32>, tensor<1x2x3xf32>) -> tensor<1x6x3xf32>
  %0 = nn.concat %x, %y axis 1 : (tensor<1x4x3xf32>, tensor<1x2x3xf32>) -> tensor<1x6x3xf32>
  // CHECK: nn.slice %{{.*}} starts [0, 3, 0] sizes [1, 2, 2] steps [1, -2, 2]
  %1 = nn.slice %x starts [0, 3, 0] sizes [1, 2, 2] steps [1, -2, 2]
     : (tensor<1x4x3xf32>) -> tensor<1x2x2xf32>
  // CHECK: nn.pad %{{.*}} low [0, 1, -1] high [0, 2, 0] {value = 5.000000e-01 : f32} : (tensor<1x4x3xf32>) -> tensor<1x7x2xf32>
  %2 = nn.pad %x low [0, 1, -1] high [0, 2, 0] {value = 0.5 : f32}
     : (tensor<1x4x3xf32>) -> tensor<1x7x2xf32>
  // CHECK: nn.pad %{{.*}} low [0, 3, 0] high [0, 0, 0] {mode = "reflect"}
  %3 = nn.pad %x low [0, 3, 0] high [0, 0, 0] {mode = "reflect"}
     : (tensor<1x4x3xf32>) -> tensor<1x7x3xf32>
  // CHECK: nn.reshape %{{.*}} : (tensor<1x4x3xf32>) -> tensor<12xf32>
  %4 = nn.reshape %x : (tensor<1x4x3xf32>) -> tensor<12xf32>
  // CHECK: nn.transpose %{{.*}} perm [2, 0, 1] : (tensor<1x4x3xf32>) -> tensor<3x1x4xf32>
  %5 = nn.transpose %x perm [2, 0, 1] : (tensor<1x4x3xf32>) -> tensor<3x1x4xf32>
  // CHECK: nn.resize %{{.*}} mode "nearest" coordinates "asymmetric" scales [2.000000e+00, 5.000000e-01] {rounding = "floor"}
  %6 = nn.resize %p mode "nearest" coordinates "asymmetric" scales [2.0, 0.5] {rounding = "floor"}
     : (tensor<1x4x4x2xf32>) -> tensor<1x8x2x2xf32>
  return
}

// CHECK-LABEL: func @normalization
func.func @normalization(%x: tensor<2x3x4xf32>, %c: tensor<4xf32>, %t: tensor<3x4xf32>) {
  // CHECK: nn.softmax %{{.*}} axis 2 : tensor<2x3x4xf32>
  %0 = nn.softmax %x axis 2 : tensor<2x3x4xf32>
  // CHECK: nn.batch_norm %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {epsilon = 9.99999974E-6 : f32}
  %1 = nn.batch_norm %x, %c, %c, %c, %c {epsilon = 1.0e-5 : f32}
     : (tensor<2x3x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x3x4xf32>
  // CHECK: nn.layer_norm %{{.*}}, %{{.*}} axis 1 {epsilon = 0.000000e+00 : f32} : (tensor<2x3x4xf32>, tensor<3x4xf32>) -> tensor<2x3x4xf32>
  %2 = nn.layer_norm %x, %t axis 1 {epsilon = 0.0 : f32} : (tensor<2x3x4xf32>, tensor<3x4xf32>) -> tensor<2x3x4xf32>
  // CHECK: nn.layer_norm %{{.*}}, %{{.*}}, %{{.*}} axis 2
  %3 = nn.layer_norm %x, %c, %c axis 2 {epsilon = 1.0e-5 : f32}
     : (tensor<2x3x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x3x4xf32>
  return
}

{-# dialect_resources: { builtin: {
  weights: "0x080000000000803F000000400000404000008040"
} } #-}
