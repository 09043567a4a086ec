// RUN: quench-opt %s --place='targets=scalar' --verify-plan | FileCheck %s

// 16-bit codes take two bytes wherever bytes are counted, and every call has
// the kernel of its widths.

!x = !quant.uniform<i16<-1000:1000>:f32, 0.5>
!y = !quant.uniform<i16:f32, 0.5>
!z = !quant.uniform<i8:f32, 0.5>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

// Only a range that is narrower than its type is named.
// CHECK: plan.input 0 "x" {range = array<i64: -1000, 1000>, scale = {{.*}}, zero_point = 0 : i64} : <1x2x3x4xi16>
// CHECK: plan.input 1 "y" {scale = {{.*}}, zero_point = 0 : i64} : <1x2x3x4xi16>
// CHECK: plan.output 0 {{.*}} : <1x2x3x8xi8>
// CHECK: plan.output 1 {{.*}} : <1x1x3x4xi16>
// The second row of the picture is read where it lies, 24 bytes behind.
// CHECK: plan.slot "slice" at 24 live[2, 2] {{.*}}view = true} : <1x1x3x4xi16>
func.func @main(%x: tensor<1x2x3x4x!x> {quench.name = "x"}, %y: tensor<1x2x3x4x!y> {quench.name = "y"})
    -> (tensor<1x2x3x8x!z>, tensor<1x1x3x4x!y>) {
  %w = q.constant dense<1> : tensor<4x1x1x4xi8> as tensor<4x1x1x4x!w>
  // CHECK: plan.call 0 variant -1 "qrt_ref_conv2d_s16"
  %0 = q.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] clamp [-32768, 32767] {multiplier = dense<0.5> : tensor<1xf32>} : (tensor<1x2x3x4x!x>, tensor<4x1x1x4x!w>) -> tensor<1x2x3x4x!y>
  // CHECK: plan.call 1 variant -1 "qrt_ref_add_s16"{{.*}}: !plan.buffer<1x2x3x4xi16>, !plan.buffer<1x2x3x4xi16>, !plan.buffer<1x2x3x4xi16>
  %1 = q.add %0, %y clamp [-32768, 32767] : (tensor<1x2x3x4x!y>, tensor<1x2x3x4x!y>) -> tensor<1x2x3x4x!y>
  // What is read last ends first: fewer bytes live.
  // CHECK: plan.call 2 variant -1 "qrt_ref_max_pool2d_s16"
  // CHECK: plan.call 3 variant -1 "qrt_ref_requantize_s16_s8"{{.*}}params = "qrt_rescale"
  %2 = q.requantize %1 : (tensor<1x2x3x4x!y>) -> tensor<1x2x3x4x!z>
  // CHECK: plan.call 4 variant -1 "qrt_ref_interpolate_s16_s8"{{.*}}params = "qrt_interpolate"{{.*}}!plan.buffer<513xi32>
  %3 = q.lut %1 function "f" {table = dense<128> : tensor<513xi32>} : (tensor<1x2x3x4x!y>) -> tensor<1x2x3x4x!z>
  %4 = q.concat %2, %3 axis 3 : (tensor<1x2x3x4x!z>, tensor<1x2x3x4x!z>) -> tensor<1x2x3x8x!z>
  %5 = q.slice %1 starts [0, 1, 0, 0] sizes [1, 1, 3, 4] steps [1, 1, 1, 1] : (tensor<1x2x3x4x!y>) -> tensor<1x1x3x4x!y>
  %6 = q.max_pool2d %5 kernel [1, 1] strides [1, 1] pads [0, 0, 0, 0] : (tensor<1x1x3x4x!y>) -> tensor<1x1x3x4x!y>
  return %4, %6 : tensor<1x2x3x8x!z>, tensor<1x1x3x4x!y>
}
