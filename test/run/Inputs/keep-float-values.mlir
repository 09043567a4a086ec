// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Values of kept layers where the order of operations shows; checked by
// keep-float-mixed.mlir.

!x = !quant.uniform<i8:f32, 0.10000000149011612>
!y = !quant.uniform<i8:f32, 0.019999999552965164>

// Lane 0 has 2^25 and -2^25, the others ones: 14. In a single chain the ones
// beside 2^25 would be lost: 7.
func.func @qf_lanes() -> (tensor<1x1xf32>, tensor<1x1xf32>, tensor<1xf32>) {
  %x = nn.constant dense<[[33554432.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, -33554432.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]]> : tensor<1x16xf32>
  %w = nn.constant dense<1.0> : tensor<1x16xf32>
  %t = nn.constant dense<1.0> : tensor<16x1xf32>
  %0 = nn.linear %x, %w {quench.keep_float} : (tensor<1x16xf32>, tensor<1x16xf32>) -> tensor<1x1xf32>
  %1 = nn.matmul %x, %t {quench.keep_float} : (tensor<1x16xf32>, tensor<16x1xf32>) -> tensor<1x1xf32>
  %2 = nn.reduce_sum %x axes [1] {keepdims = false, quench.keep_float} : (tensor<1x16xf32>) -> tensor<1xf32>
  return %0, %1, %2 : tensor<1x1xf32>, tensor<1x1xf32>, tensor<1xf32>
}

func.func @q_lanes() -> tensor<1x1xf32> {
  %0 = q.float_island "kept" () : () -> tensor<1x1xf32> {
    %x = nn.constant dense<[[33554432.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, -33554432.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]]> : tensor<1x16xf32>
    %w = nn.constant dense<1.0> : tensor<1x16xf32>
    %1 = nn.linear %x, %w : (tensor<1x16xf32>, tensor<1x16xf32>) -> tensor<1x1xf32>
    q.yield %1 : tensor<1x1xf32>
  }
  return %0 : tensor<1x1xf32>
}

// 0.5 * 0.5 lies between codes 12 and 13. The integer op rounds 25 times
// f32(0.1 * 0.1 / 0.02) up; marked, the op is float although it stands between two
// grids, and f32(0.25 / 0.02) is a tie.
func.func @qf_integer() -> tensor<1xf32> {
  %a = qf.constant dense<5> : tensor<1xi8> as !x : tensor<1xf32>
  %0 = nn.mul %a, %a : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
  %1 = qf.fake_quant %0 as !y : tensor<1xf32>
  return %1 : tensor<1xf32>
}
func.func @qf_kept() -> tensor<1xf32> {
  %a = qf.constant dense<5> : tensor<1xi8> as !x : tensor<1xf32>
  %0 = nn.mul %a, %a {quench.keep_float} : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
  %1 = qf.fake_quant %0 as !y : tensor<1xf32>
  return %1 : tensor<1xf32>
}
