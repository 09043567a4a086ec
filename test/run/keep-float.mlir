// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Layers kept float: every op that has a grid of its own stays float down to the
// plan, and QFloat, Q and the runtime's kernel give the same bits.
//
// RUN: quench-opt %s --quench-observe --quench-assign --mlir-print-debuginfo -o %t.qf.mlir
// RUN: quench-opt %t.qf.mlir --quench-convert --mlir-print-debuginfo -o %t.q.mlir
// RUN: FileCheck %s --check-prefix=INTEGER --input-file=%t.q.mlir
// RUN: quench-run %t.qf.mlir --compare=%t.q.mlir --random-seed 3 | FileCheck %s --check-prefix=SAME
// RUN: quench-opt %t.q.mlir --place --verify-plan | FileCheck %s --check-prefix=PLAN

// INTEGER-LABEL: func @main
// INTEGER-NOT: quantize
// INTEGER: return

// SAME: tensors: 32 equal, 0 different, 0 only in the first, 0 only in the second

// PLAN-DAG: "qrt_ref_conv2d_f32"
// PLAN-DAG: "qrt_ref_conv_transpose2d_f32"
// PLAN-DAG: "qrt_ref_matmul_f32"
// PLAN-DAG: "qrt_ref_add_f32"
// PLAN-DAG: "qrt_ref_sub_f32"
// PLAN-DAG: "qrt_ref_mul_f32"
// PLAN-DAG: "qrt_ref_avg_pool2d_f32"
// PLAN-DAG: "qrt_ref_max_pool2d_f32"
// PLAN-DAG: "qrt_ref_reduce_mean_f32"
// PLAN-DAG: "qrt_ref_reduce_sum_f32"
// PLAN-DAG: "qrt_ref_reduce_max_f32"
// PLAN-DAG: "qrt_ref_resize_nearest_f32"
// PLAN-DAG: "qrt_ref_resize_bilinear_f32"
// PLAN-DAG: "qrt_ref_clip_f32"
// PLAN-DAG: "qrt_ref_leaky_relu_f32"
// PLAN-DAG: "qrt_ref_prelu_f32"
// PLAN-DAG: "qrt_ref_sigmoid_f32"
// PLAN-DAG: "qrt_ref_tanh_f32"
// PLAN-DAG: "qrt_ref_hard_sigmoid_f32"
// PLAN-DAG: "qrt_ref_hard_swish_f32"
// PLAN-DAG: "qrt_ref_silu_f32"
// PLAN-DAG: "qrt_ref_gelu_f32"
// PLAN-DAG: "qrt_ref_gelu_tanh_f32"
// PLAN-DAG: "qrt_ref_erf_f32"
// PLAN-DAG: "qrt_ref_exp_f32"
// PLAN-DAG: "qrt_ref_sqrt_f32"
// PLAN-DAG: "qrt_ref_abs_f32"
// PLAN-DAG: "qrt_ref_copy"

// PLAN-NOT: s8

module attributes {quench.qconfig = "{base: fast, overrides: [{name: '.*', keep_float: true}]}"} {
  func.func @main(%x: tensor<2x5x6x3xf32>, %m: tensor<2x1x4x11xf32>) -> (tensor<1x4xf32>, tensor<2x3x4x9xf32>) {
    %f = nn.constant dense<"0x0000803F000000BF00000040"> : tensor<3xf32>
    %w = nn.constant dense<0.3> : tensor<10x3x3x3xf32>
    %b = nn.constant dense<[0.1, -0.2, 0.3, -0.4, 0.5, -0.6, 0.7, -0.8, 0.9, -1.0]> : tensor<10xf32>
    %0 = nn.prelu %x, %f : (tensor<2x5x6x3xf32>, tensor<3xf32>) -> tensor<2x5x6x3xf32> loc("prelu")
    %1 = nn.conv2d %0, %w, %b strides [1, 1] pads [1, 1, 1, 1] clamp [-1.0, 2.0]
       : (tensor<2x5x6x3xf32>, tensor<10x3x3x3xf32>, tensor<10xf32>) -> tensor<2x5x6x10xf32> loc("conv")
    %v = nn.constant dense<-0.07> : tensor<4x2x2x10xf32>
    %2 = nn.conv_transpose2d %1, %v strides [2, 2] pads [0, 0, 0, 0]
       : (tensor<2x5x6x10xf32>, tensor<4x2x2x10xf32>) -> tensor<2x10x12x4xf32> loc("up")
    %3 = nn.tanh %2 : tensor<2x10x12x4xf32> loc("tanh")
    %4 = nn.avg_pool2d %3 kernel [2, 2] strides [2, 2] pads [0, 1, 0, 1] : (tensor<2x10x12x4xf32>) -> tensor<2x5x7x4xf32> loc("mean_pool")
    %5 = nn.max_pool2d %4 kernel [2, 3] strides [1, 1] pads [0, 1, 0, 0] : (tensor<2x5x7x4xf32>) -> tensor<2x4x6x4xf32> loc("max_pool")
    %6 = nn.resize %5 mode "linear" coordinates "half_pixel" scales [1.75, 1.5] : (tensor<2x4x6x4xf32>) -> tensor<2x7x9x4xf32> loc("linear_resize")
    %7 = nn.resize %6 mode "nearest" coordinates "asymmetric" scales [2.0, 1.0] : (tensor<2x7x9x4xf32>) -> tensor<2x14x9x4xf32> loc("nearest_resize")
    %8 = nn.slice %7 starts [0, 1, 0, 3] sizes [2, 6, 9, 4] steps [1, 2, 1, -1] : (tensor<2x14x9x4xf32>) -> tensor<2x6x9x4xf32> loc("slice")
    %9 = nn.sigmoid %8 : tensor<2x6x9x4xf32> loc("sigmoid")
    %10 = nn.hard_swish %9 : tensor<2x6x9x4xf32> loc("hard_swish")
    %11 = nn.concat %9, %10 axis 3 : (tensor<2x6x9x4xf32>, tensor<2x6x9x4xf32>) -> tensor<2x6x9x8xf32> loc("concat")
    %12 = nn.silu %11 : tensor<2x6x9x8xf32> loc("silu")
    %13 = nn.erf %12 : tensor<2x6x9x8xf32> loc("erf")
    %14 = nn.sub %12, %13 clamp [-1.0, 0.3] : (tensor<2x6x9x8xf32>, tensor<2x6x9x8xf32>) -> tensor<2x6x9x8xf32> loc("sub")
    %15 = nn.hard_sigmoid %14 {alpha = 0.3 : f32, beta = 0.4 : f32} : tensor<2x6x9x8xf32> loc("hard_sigmoid")
    %16 = nn.reduce_mean %15 axes [1, 2] {keepdims = false} : (tensor<2x6x9x8xf32>) -> tensor<2x8xf32> loc("mean")
    %17 = nn.leaky_relu %16 {alpha = 0.1 : f32} : tensor<2x8xf32> loc("leaky")
    %l = nn.constant dense<0.2> : tensor<4x8xf32>
    %18 = nn.linear %17, %l : (tensor<2x8xf32>, tensor<4x8xf32>) -> tensor<2x4xf32> loc("linear")
    %19 = nn.gelu %18 : tensor<2x4xf32> loc("gelu")
    %20 = nn.gelu %19 {approximate = true} : tensor<2x4xf32> loc("gelu_tanh")
    %21 = nn.exp %20 : tensor<2x4xf32> loc("exp")
    %22 = nn.sqrt %21 : tensor<2x4xf32> loc("sqrt")
    %23 = nn.reduce_max %22 axes [0] : (tensor<2x4xf32>) -> tensor<1x4xf32> loc("max")
    %24 = nn.reduce_sum %22 axes [1] : (tensor<2x4xf32>) -> tensor<2x1xf32> loc("sum")
    %25 = nn.reshape %24 : (tensor<2x1xf32>) -> tensor<1x2xf32> loc("reshape")
    %n = nn.constant dense<[[0.5, -1.5, 2.5, -3.5], [1.0, 2.0, 3.0, 4.0]]> : tensor<2x4xf32>
    %26 = nn.matmul %25, %n : (tensor<1x2xf32>, tensor<2x4xf32>) -> tensor<1x4xf32> loc("matmul")
    %27 = nn.abs %26 : tensor<1x4xf32> loc("abs")
    %28 = nn.add %27, %23 : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32> loc("add")
    // Batches broadcast on both sides, which no integer matmul does.
    %k = nn.constant dense<0.7> : tensor<3x11x9xf32>
    %29 = nn.clip %m {min = -0.5 : f32, max = 0.8 : f32} : tensor<2x1x4x11xf32> loc("clip")
    %30 = nn.matmul %29, %k : (tensor<2x1x4x11xf32>, tensor<3x11x9xf32>) -> tensor<2x3x4x9xf32> loc("batches")
    %31 = nn.mul %30, %30 : (tensor<2x3x4x9xf32>, tensor<2x3x4x9xf32>) -> tensor<2x3x4x9xf32> loc("mul")
    return %28, %31 : tensor<1x4xf32>, tensor<2x3x4x9xf32>
  }
}
