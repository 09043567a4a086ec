// RUN: quench-opt %s -verify-diagnostics -split-input-file

// One function for every sentence a q op can refuse with, named after the rule
// of docs/spec.md that it breaks.

// T1: activations

func.func @t1_unsigned(%x: tensor<2x!quant.uniform<u8:f32, 0.5:3>>) {
  // expected-error@+1 {{operand #0 must be ranked tensor of per-tensor 8-bit or 16-bit quantized values}}
  %0 = q.dequantize %x : (tensor<2x!quant.uniform<u8:f32, 0.5:3>>) -> tensor<2xf32>
  return
}

// -----

func.func @t1_sixteen_bits_zero_point(%x: tensor<2x!quant.uniform<i16:f32, 0.5:3>>) {
  // expected-error@+1 {{operand #0 must be ranked tensor of per-tensor 8-bit or 16-bit quantized values}}
  %0 = q.dequantize %x : (tensor<2x!quant.uniform<i16:f32, 0.5:3>>) -> tensor<2xf32>
  return
}

// -----

func.func @t1_other_real_type(%x: tensor<2x!quant.uniform<i8:f64, 0.5>>) {
  // expected-error@+1 {{operand #0 must be ranked tensor of per-tensor 8-bit or 16-bit quantized values}}
  %0 = q.reshape %x : (tensor<2x!quant.uniform<i8:f64, 0.5>>) -> tensor<2x!quant.uniform<i8:f64, 0.5>>
  return
}

// -----

func.func @t1_per_axis(%x: tensor<2x!quant.uniform<i8:f32:0, {0.5, 0.25}>>) {
  // expected-error@+1 {{operand #0 must be ranked tensor of per-tensor 8-bit or 16-bit quantized values}}
  %0 = q.dequantize %x : (tensor<2x!quant.uniform<i8:f32:0, {0.5, 0.25}>>) -> tensor<2xf32>
  return
}

// -----

func.func @t1_any(%x: tensor<2x!quant.any<i8<-8:7>:f32>>) {
  // expected-error@+1 {{operand #0 must be ranked tensor of per-tensor 8-bit or 16-bit quantized values}}
  %0 = q.dequantize %x : (tensor<2x!quant.any<i8<-8:7>:f32>>) -> tensor<2xf32>
  return
}

// -----

func.func @t1_calibrated(%x: tensor<2x!quant.calibrated<f32<-1.0:1.0>>>) {
  // expected-error@+1 {{operand #0 must be ranked tensor of per-tensor 8-bit or 16-bit quantized values}}
  %0 = q.dequantize %x : (tensor<2x!quant.calibrated<f32<-1.0:1.0>>>) -> tensor<2xf32>
  return
}

// -----

func.func @t1_rank_7(%x: tensor<1x1x1x1x1x1x2x!quant.uniform<i8:f32, 0.5>>) {
  // expected-error@+1 {{operand #0 must be ranked tensor of per-tensor 8-bit or 16-bit quantized values}}
  %0 = q.reshape %x : (tensor<1x1x1x1x1x1x2x!quant.uniform<i8:f32, 0.5>>) -> tensor<2x!quant.uniform<i8:f32, 0.5>>
  return
}

// -----

func.func @t1_size_zero(%x: tensor<2x0x!quant.uniform<i8:f32, 0.5>>) {
  // expected-error@+1 {{operand #0 must be ranked tensor of per-tensor 8-bit or 16-bit quantized values}}
  %0 = q.arg_max %x axis 1 : (tensor<2x0x!quant.uniform<i8:f32, 0.5>>) -> tensor<2x1xi64>
  return
}

// -----

func.func @t1_elements(%x: tensor<65536x32768x!quant.uniform<i8:f32, 0.5>>) {
  // expected-error@+1 {{operand #0 must be ranked tensor of per-tensor 8-bit or 16-bit quantized values}}
  %0 = q.reshape %x : (tensor<65536x32768x!quant.uniform<i8:f32, 0.5>>) -> tensor<2147483648x!quant.uniform<i8:f32, 0.5>>
  return
}

// -----

func.func @t1_dynamic(%f: tensor<2xf32>) {
  // expected-error@+1 {{result #0 must be ranked tensor of per-tensor 8-bit or 16-bit quantized values}}
  %0 = q.quantize %f : (tensor<2xf32>) -> tensor<?x!quant.uniform<i8:f32, 0.5>>
  return
}

// -----

// T2: filters

!x = !quant.uniform<i8:f32, 0.5>
!w = !quant.uniform<i8:f32:1, {0.5, 0.5, 0.5}>
func.func @t2_axis(%x: tensor<1x3x!x>) {
  %w = q.constant dense<1> : tensor<2x3xi8> as tensor<2x3x!w>
  // expected-error@+1 {{operand #1 must be ranked tensor of 8-bit quantized values, per tensor or per axis 0}}
  %0 = q.linear %x, %w clamp [-128, 127] {multiplier = dense<0.5> : tensor<1xf32>} : (tensor<1x3x!x>, tensor<2x3x!w>) -> tensor<1x2x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
!w = !quant.uniform<i8:f32:0, {0.5:1, 0.5:1}>
func.func @t2_zero_points(%x: tensor<1x3x!x>) {
  %w = q.constant dense<1> : tensor<2x3xi8> as tensor<2x3x!w>
  // expected-error@+1 {{operand #1 must be ranked tensor of 8-bit quantized values, per tensor or per axis 0}}
  %0 = q.linear %x, %w clamp [-128, 127] {multiplier = dense<0.5> : tensor<1xf32>} : (tensor<1x3x!x>, tensor<2x3x!w>) -> tensor<1x2x!x>
  return
}

// -----

!w = !quant.uniform<i8:f32:0, {0.5, 0.5}>
func.func @t2_number_of_scales() {
  // expected-error@+1 {{result expects one scale for each index of axis 0, but has 2 scales in}}
  %w = q.constant dense<1> : tensor<3x3xi8> as tensor<3x3x!w>
  return
}

// -----

!w = !quant.uniform<i8:f32:2, {0.5, 0.5}>
func.func @t2_axis_beyond_rank() {
  // expected-error@+1 {{result expects one scale for each index of axis 2, but has 2 scales in}}
  %w = q.constant dense<1> : tensor<2x2xi8> as tensor<2x2x!w>
  return
}

// -----

// T3: biases

!x = !quant.uniform<i8:f32, 0.5>
!b = !quant.uniform<i32:f32, 0.25:1>
func.func @t3_zero_point(%x: tensor<1x3x!x>, %w: tensor<2x3x!x>, %b: tensor<2x!b>) {
  // expected-error@+1 {{operand #2 must be rank-1 tensor of 32-bit quantized values with zero point 0}}
  %0 = q.linear %x, %w, %b clamp [-128, 127] {multiplier = dense<0.5> : tensor<1xf32>} : (tensor<1x3x!x>, tensor<2x3x!x>, tensor<2x!b>) -> tensor<1x2x!x>
  return
}

// -----

// T4: parameters

!x = !quant.uniform<i8:f32, 0.1>
func.func @t4_scale_is_no_f32(%x: tensor<2x!x>) {
  // expected-error@+1 {{operand expects scales that are positive normal f32 values, but has 1.000000e-01}}
  %0 = q.dequantize %x : (tensor<2x!x>) -> tensor<2xf32>
  return
}

// -----

!x = !quant.uniform<i8:f32, 2.8025969286496341e-45>
func.func @t4_scale_is_denormal(%x: tensor<2x!x>) {
  // expected-error@+1 {{operand expects scales that are positive normal f32 values}}
  %0 = q.slice %x starts [0] sizes [1] steps [1] : (tensor<2x!x>) -> tensor<1x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5:200>
func.func @t4_zero_point(%f: tensor<2xf32>) {
  // expected-error@+1 {{result expects a zero point in [-128, 127], but has 200}}
  %0 = q.quantize %f : (tensor<2xf32>) -> tensor<2x!x>
  return
}

// -----

!x = !quant.uniform<i12:f32, 0.5>
func.func @t4_storage() {
  // expected-error@+1 {{result expects signed 8-bit, 16-bit or 32-bit codes of f32, but is}}
  %0 = q.constant dense<1> : tensor<2xi12> as tensor<2x!x>
  return
}

// -----

!x = !quant.uniform<i16:f32, 0.5:3>
func.func @t4_sixteen_bits_zero_point() {
  // expected-error@+1 {{result expects zero point 0 for 16-bit codes, but is}}
  %0 = q.constant dense<1> : tensor<2xi16> as tensor<2x!x>
  return
}

// -----

!x = !quant.uniform<i16<-1000:1000>:f32, 0.5>
func.func @t4_sixteen_bits_range() {
  // expected-error@+1 {{codes expects values in [-1000, 1000], but reaches from -1001 to 7}}
  %0 = q.constant dense<[-1001, 7]> : tensor<2xi16> as tensor<2x!x>
  return
}

// -----

// Filters have 8 bits.
!x = !quant.uniform<i16:f32, 0.5>
func.func @t2_sixteen_bits(%x: tensor<1x3x!x>) {
  %w = q.constant dense<1> : tensor<2x3xi16> as tensor<2x3x!x>
  // expected-error@+1 {{operand #1 must be ranked tensor of 8-bit quantized values, per tensor or per axis 0}}
  %0 = q.linear %x, %w clamp [-1, 1] {multiplier = dense<0.5> : tensor<1xf32>} : (tensor<1x3x!x>, tensor<2x3x!x>) -> tensor<1x2x!x>
  return
}

// -----

!x = !quant.uniform<u8:f32, 0.5>
func.func @t4_unsigned() {
  // expected-error@+1 {{result expects signed 8-bit, 16-bit or 32-bit codes of f32, but is}}
  %0 = q.constant dense<1> : tensor<2xi8> as tensor<2x!x>
  return
}

// -----

// Constants

!x = !quant.uniform<i8<-127:127>:f32, 0.5>
func.func @t4_codes_in_range() {
  // expected-error@+1 {{codes expects values in [-127, 127], but reaches from -128 to 5}}
  %0 = q.constant dense<[5, -128]> : tensor<2xi8> as tensor<2x!x>
  return
}

// -----

!w = !quant.uniform<i8<-127:127>:f32, 0.5>
func.func @t5_apart() {
  // expected-error@+1 {{expects group_bits, group_size and group_multipliers together}}
  %0 = q.constant dense<3> : tensor<1x16xi8> as tensor<1x16x!w> {group_bits = 4, group_size = 16}
  return
}

// -----

!w = !quant.uniform<i8<-127:127>:f32, 0.5>
func.func @t5_bits() {
  // expected-error@+1 {{group_bits expects 2 to 4, but is 5}}
  %0 = q.constant dense<3> : tensor<1x16xi8> as tensor<1x16x!w> {group_bits = 5, group_size = 16, group_multipliers = dense<3> : tensor<1x1xi8>}
  return
}

// -----

!w = !quant.uniform<i8<-127:127>:f32, 0.5>
func.func @t5_size() {
  // expected-error@+1 {{group_size expects one of 16, 32, 64, 128, but is 8}}
  %0 = q.constant dense<3> : tensor<1x16xi8> as tensor<1x16x!w> {group_bits = 4, group_size = 8, group_multipliers = dense<3> : tensor<1x2xi8>}
  return
}

// -----

!b = !quant.uniform<i32:f32, 0.5>
func.func @t5_bias() {
  // expected-error@+1 {{with groups expects the i8 codes of a filter, but has 'tensor<16xi32>'}}
  %0 = q.constant dense<3> : tensor<16xi32> as tensor<16x!b> {group_bits = 4, group_size = 16, group_multipliers = dense<3> : tensor<1xi8>}
  return
}

// -----

!w = !quant.uniform<i8<-127:127>:f32, 0.5>
func.func @t5_shape() {
  // expected-error@+1 {{group_multipliers expects 'tensor<2x3x1x2xi8>', but is 'tensor<2x3x1x1xi8>'}}
  %0 = q.constant dense<3> : tensor<2x3x1x17xi8> as tensor<2x3x1x17x!w> {group_bits = 4, group_size = 16, group_multipliers = dense<3> : tensor<2x3x1x1xi8>}
  return
}

// -----

!w = !quant.uniform<i8<-127:127>:f32, 0.5>
func.func @t5_multiplier_zero() {
  // expected-error@+1 {{group_multipliers expects 1 to 18 for codes of 4 bits, but has 0}}
  %0 = q.constant dense<0> : tensor<1x16xi8> as tensor<1x16x!w> {group_bits = 4, group_size = 16, group_multipliers = dense<0> : tensor<1x1xi8>}
  return
}

// -----

!w = !quant.uniform<i8<-127:127>:f32, 0.5>
func.func @t5_multiplier_large() {
  // expected-error@+1 {{group_multipliers expects 1 to 42 for codes of 3 bits, but has 43}}
  %0 = q.constant dense<0> : tensor<1x16xi8> as tensor<1x16x!w> {group_bits = 3, group_size = 16, group_multipliers = dense<43> : tensor<1x1xi8>}
  return
}

// -----

!w = !quant.uniform<i8<-127:127>:f32, 0.5>
func.func @t5_between() {
  // expected-error@+1 {{codes expect multiples of their group's multiplier by at most 7, but code 0 is 10, and its multiplier 3}}
  %0 = q.constant dense<10> : tensor<1x16xi8> as tensor<1x16x!w> {group_bits = 4, group_size = 16, group_multipliers = dense<3> : tensor<1x1xi8>}
  return
}

// -----

// The group of two at the end has 2, of which -16 is -8 times.
!w = !quant.uniform<i8<-127:127>:f32, 0.5>
func.func @t5_beyond() {
  // expected-error@+1 {{codes expect multiples of their group's multiplier by at most 7, but code 16 is -16, and its multiplier 2}}
  %0 = q.constant dense<-16> : tensor<1x18xi8> as tensor<1x18x!w> {group_bits = 4, group_size = 16, group_multipliers = dense<[[4, 2]]> : tensor<1x2xi8>}
  return
}

// -----

!b = !quant.uniform<i32<-1000:1000>:f32, 0.5>
func.func @t4_bias_codes_in_range() {
  // expected-error@+1 {{codes expects values in [-1000, 1000], but reaches from 7 to 1001}}
  %0 = q.constant dense<[7, 1001]> : tensor<2xi32> as tensor<2x!b>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
func.func @t4_width_of_codes() {
  // expected-error@+1 {{codes expects i8 elements, but has 'i32'}}
  %0 = q.constant dense<1> : tensor<2xi32> as tensor<2x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
func.func @constant_shape() {
  // expected-error@+1 {{codes have type 'tensor<2xi8>', but the result is 'tensor<3x!quant.uniform<i8:f32, 5.000000e-01>>'}}
  %0 = q.constant dense<1> : tensor<2xi8> as tensor<3x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
func.func @constant_of_float() {
  // expected-error@+1 {{codes expects i8, i16, i32, i64 or f32 elements, but has 'f64'}}
  %0 = q.constant dense<1.0> : tensor<2xf64> as tensor<2x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
func.func @constant_of_vector() {
  // expected-error@+1 {{codes expects a static tensor type, but has 'vector<2xi8>'}}
  %0 = q.constant dense<1> : vector<2xi8> as tensor<2x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
func.func @constant_without_codes() {
  // expected-error@+1 {{requires attribute 'codes'}}
  %0 = "q.constant"() : () -> tensor<2x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
func.func @constant_missing_resource() {
  // expected-error@+1 {{codes names resource 'nowhere', which the file does not hold}}
  %0 = q.constant dense_resource<nowhere> : tensor<2xi8> as tensor<2x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
func.func @constant_short_resource() {
  // expected-error@+1 {{codes expects a resource of 5 bytes, but 'short' has 4}}
  %0 = q.constant dense_resource<short> : tensor<5xi8> as tensor<5x!x>
  return
}

{-# dialect_resources: { builtin: { short: "0x4000000001020304" } } #-}

// -----

// A2, A7: clamps

!x = !quant.uniform<i8:f32, 0.5>
func.func @a7_entries(%x: tensor<2x!x>) {
  // expected-error@+1 {{clamp expects 2 entries, but has 1}}
  %0 = q.add %x, %x clamp [0] : (tensor<2x!x>, tensor<2x!x>) -> tensor<2x!x>
  return
}

// -----

!x = !quant.uniform<i8<-127:127>:f32, 0.5>
func.func @a7_range(%x: tensor<2x!x>) {
  // expected-error@+1 {{clamp expects a range inside [-127, 127], but is [-128, 127]}}
  %0 = q.mul %x, %x clamp [-128, 127] : (tensor<2x!x>, tensor<2x!x>) -> tensor<2x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
func.func @a7_order(%x: tensor<1x2x2x1x!x>) {
  // expected-error@+1 {{clamp expects a range inside [-128, 127], but is [5, 4]}}
  %0 = q.avg_pool2d %x kernel [2, 2] strides [1, 1] pads [0, 0, 0, 0] {clamp = array<i64: 5, 4>} : (tensor<1x2x2x1x!x>) -> tensor<1x1x1x1x!x>
  return
}

// -----

// A4: multipliers

!x = !quant.uniform<i8:f32, 1.7014118346046923e+38>
!y = !quant.uniform<i8:f32, 1.1754943508222875e-38>
func.func @a4_requantize_infinite(%x: tensor<2x!x>) {
  // expected-error@+1 {{expects scales whose multiplier is a normal f32, but it is INF}}
  %0 = q.requantize %x : (tensor<2x!x>) -> tensor<2x!y>
  return
}

// -----

!x = !quant.uniform<i8:f32, 1.1754943508222875e-38>
!y = !quant.uniform<i8:f32, 1.0>
func.func @a4_mul_underflows(%x: tensor<2x!x>) {
  // expected-error@+1 {{expects scales whose multiplier is a normal f32, but it is 0.0}}
  %0 = q.mul %x, %x clamp [-128, 127] : (tensor<2x!x>, tensor<2x!x>) -> tensor<2x!y>
  return
}

// -----

!x = !quant.uniform<i8:f32, 1.1754943508222875e-38>
!y = !quant.uniform<i8:f32, 1.0>
func.func @a4_mean_denormal(%x: tensor<4x!x>) {
  // expected-error@+1 {{expects scales whose multiplier is a normal f32}}
  %0 = q.reduce_mean %x axes [0] : (tensor<4x!x>) -> tensor<1x!y>
  return
}

// -----

!x = !quant.uniform<i8:f32, 1.1754943508222875e-38>
!y = !quant.uniform<i8:f32, 0.001953125>
func.func @a4_resize_denormal(%x: tensor<1x2x2x1x!x>) {
  // expected-error@+1 {{expects scales whose multiplier is a normal f32}}
  %0 = q.resize %x mode "linear" coordinates "half_pixel" scales [2.0, 2.0] : (tensor<1x2x2x1x!x>) -> tensor<1x4x4x1x!y>
  return
}

// -----

// Q-CONV

!x = !quant.uniform<i8:f32, 0.5>
!y = !quant.uniform<i8:f32, 1.0>
func.func @q_conv_shape(%x: tensor<1x4x4x3x!x>) {
  %w = q.constant dense<1> : tensor<2x1x1x3xi8> as tensor<2x1x1x3x!x>
  // expected-error@+1 {{result expects shape 'tensor<1x4x4x2x!quant.uniform<i8:f32, 1.000000e+00>>', but is 'tensor<1x4x3x2x!quant.uniform<i8:f32, 1.000000e+00>>'}}
  %0 = q.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127] {multiplier = dense<0.25> : tensor<1xf32>} : (tensor<1x4x4x3x!x>, tensor<2x1x1x3x!x>) -> tensor<1x4x3x2x!y>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
!y = !quant.uniform<i8:f32, 1.0>
func.func @q_conv_channels(%x: tensor<1x4x4x3x!x>) {
  %w = q.constant dense<1> : tensor<2x1x1x4xi8> as tensor<2x1x1x4x!x>
  // expected-error@+1 {{'q.conv2d' op filter expects 3 channels a group, but has 4}}
  %0 = q.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127] {multiplier = dense<0.25> : tensor<1xf32>} : (tensor<1x4x4x3x!x>, tensor<2x1x1x4x!x>) -> tensor<1x4x4x2x!y>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
func.func @q_conv_b_elements(%x: tensor<1x3x!x>) {
  %w = q.constant dense<1> : tensor<2x3xi8> as tensor<2x3x!x>
  %b = q.constant dense<1> : tensor<3xi32> as tensor<3x!quant.uniform<i32:f32, 0.25>>
  // expected-error@+1 {{bias expects 2 elements, but has 3}}
  %0 = q.linear %x, %w, %b clamp [-128, 127] {multiplier = dense<0.5> : tensor<1xf32>} : (tensor<1x3x!x>, tensor<2x3x!x>, tensor<3x!quant.uniform<i32:f32, 0.25>>) -> tensor<1x2x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
!w = !quant.uniform<i8:f32:0, {0.5, 0.25}>
!b = !quant.uniform<i32:f32:0, {0.25, 0.25}>
func.func @q_conv_b_scale(%x: tensor<1x3x!x>) {
  %w = q.constant dense<1> : tensor<2x3xi8> as tensor<2x3x!w>
  %b = q.constant dense<1> : tensor<2xi32> as tensor<2x!b>
  // expected-error@+1 {{bias expects scale 1.250000e-01 on channel 1, but has 2.500000e-01}}
  %0 = q.linear %x, %w, %b clamp [-128, 127] {multiplier = dense<[0.5, 0.25]> : tensor<2xf32>} : (tensor<1x3x!x>, tensor<2x3x!w>, tensor<2x!b>) -> tensor<1x2x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
func.func @q_conv_m_bits(%x: tensor<1x3x!x>) {
  %w = q.constant dense<1> : tensor<2x3xi8> as tensor<2x3x!x>
  // The next float above 0.5.
  // expected-error@+1 {{multiplier expects 5.000000e-01 on channel 0, but has 5.000001e-01}}
  %0 = q.linear %x, %w clamp [-128, 127] {multiplier = dense<0x3F000001> : tensor<1xf32>} : (tensor<1x3x!x>, tensor<2x3x!x>) -> tensor<1x2x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
func.func @q_conv_m_elements(%x: tensor<1x3x!x>) {
  %w = q.constant dense<1> : tensor<2x3xi8> as tensor<2x3x!x>
  // expected-error@+1 {{multiplier expects 1 or 2 elements, but has 3}}
  %0 = q.linear %x, %w clamp [-128, 127] {multiplier = dense<0.5> : tensor<3xf32>} : (tensor<1x3x!x>, tensor<2x3x!x>) -> tensor<1x2x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
func.func @q_conv_m_type(%x: tensor<1x3x!x>) {
  %w = q.constant dense<1> : tensor<2x3xi8> as tensor<2x3x!x>
  // expected-error@+1 {{multiplier expects f32 elements}}
  %0 = q.linear %x, %w clamp [-128, 127] {multiplier = dense<1> : tensor<1xi32>} : (tensor<1x3x!x>, tensor<2x3x!x>) -> tensor<1x2x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
func.func @q_conv_m_missing(%x: tensor<1x3x!x>) {
  %w = q.constant dense<1> : tensor<2x3xi8> as tensor<2x3x!x>
  // expected-error@+1 {{requires attribute 'multiplier'}}
  %0 = "q.linear"(%x, %w) {clamp = array<i64: -128, 127>} : (tensor<1x3x!x>, tensor<2x3x!x>) -> tensor<1x2x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
func.func @q_conv_segments(%x: tensor<1x4x4x3x!x>) {
  // expected-error@+1 {{operand count (3) does not match with the total size (2) specified in attribute 'operandSegmentSizes'}}
  %0 = "q.conv2d"(%x, %x, %x) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, clamp = array<i64: -128, 127>, multiplier = dense<0.25> : tensor<1xf32>, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (tensor<1x4x4x3x!x>, tensor<1x4x4x3x!x>, tensor<1x4x4x3x!x>) -> tensor<1x4x4x2x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
func.func @q_conv_bias_after_residual(%x: tensor<1x4x4x3x!x>) {
  // expected-error@+1 {{expected bias, then residual, each at most once, but found bias}}
  %0 = q.conv2d %x, %x, residual %x, bias %x strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127] : (tensor<1x4x4x3x!x>) -> tensor<1x4x4x2x!x>
  return
}

// -----

// The fused residual

!x = !quant.uniform<i8:f32, 0.5>
func.func @q_conv_residual_alone(%x: tensor<1x4x4x3x!x>, %r: tensor<1x4x4x2x!x>) {
  %w = q.constant dense<1> : tensor<2x1x1x3xi8> as tensor<2x1x1x3x!x>
  // expected-error@+1 {{expects residual, fused_type and add_clamp together}}
  %0 = q.conv2d %x, %w, residual %r strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127] {multiplier = dense<0.5> : tensor<1xf32>} : (tensor<1x4x4x3x!x>, tensor<2x1x1x3x!x>, tensor<1x4x4x2x!x>) -> tensor<1x4x4x2x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
!y = !quant.uniform<i16:f32, 0.5>
func.func @q_conv_residual_width(%x: tensor<1x4x4x3x!x>, %r: tensor<1x4x4x2x!y>) {
  %w = q.constant dense<1> : tensor<2x1x1x3xi8> as tensor<2x1x1x3x!x>
  // expected-error@+1 {{residual expects codes as wide as the result's, but is 'tensor<1x4x4x2x!quant.uniform<i16:f32, 5.000000e-01>>'}}
  %0 = q.conv2d %x, %w, residual %r strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127] {multiplier = dense<0.5> : tensor<1xf32>, fused_type = !x, add_clamp = array<i64: -128, 127>} : (tensor<1x4x4x3x!x>, tensor<2x1x1x3x!x>, tensor<1x4x4x2x!y>) -> tensor<1x4x4x2x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
!y = !quant.uniform<i16:f32, 0.5>
func.func @q_conv_fused_width(%x: tensor<1x4x4x3x!x>, %r: tensor<1x4x4x2x!x>) {
  %w = q.constant dense<1> : tensor<2x1x1x3xi8> as tensor<2x1x1x3x!x>
  // expected-error@+1 {{fused_type expects codes as wide as the result's, but is '!quant.uniform<i16:f32, 5.000000e-01>'}}
  %0 = q.conv2d %x, %w, residual %r strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127] {multiplier = dense<0.5> : tensor<1xf32>, fused_type = !y, add_clamp = array<i64: -128, 127>} : (tensor<1x4x4x3x!x>, tensor<2x1x1x3x!x>, tensor<1x4x4x2x!x>) -> tensor<1x4x4x2x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
func.func @q_conv_residual_shape(%x: tensor<1x4x4x3x!x>, %r: tensor<2x!x>) {
  %w = q.constant dense<1> : tensor<2x1x1x3xi8> as tensor<2x1x1x3x!x>
  // expected-error@+1 {{residual expects the shape of the result, but is 'tensor<2x!quant.uniform<i8:f32, 5.000000e-01>>'}}
  %0 = q.conv2d %x, %w, residual %r strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127] {multiplier = dense<0.5> : tensor<1xf32>, fused_type = !x, add_clamp = array<i64: -128, 127>} : (tensor<1x4x4x3x!x>, tensor<2x1x1x3x!x>, tensor<2x!x>) -> tensor<1x4x4x2x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
func.func @q_conv_fused_type(%x: tensor<1x4x4x3x!x>, %r: tensor<1x4x4x2x!x>) {
  %w = q.constant dense<1> : tensor<2x1x1x3xi8> as tensor<2x1x1x3x!x>
  // expected-error@+1 {{fused_type expects an 8-bit or 16-bit per-tensor type, but is 'tuple<>'}}
  %0 = q.conv2d %x, %w, residual %r strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127] {multiplier = dense<0.5> : tensor<1xf32>, fused_type = tuple<>, add_clamp = array<i64: -128, 127>} : (tensor<1x4x4x3x!x>, tensor<2x1x1x3x!x>, tensor<1x4x4x2x!x>) -> tensor<1x4x4x2x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
!y = !quant.uniform<i8<-100:100>:f32, 0.5>
func.func @q_conv_add_clamp(%x: tensor<1x4x4x3x!x>, %r: tensor<1x4x4x2x!x>) {
  %w = q.constant dense<1> : tensor<2x1x1x3xi8> as tensor<2x1x1x3x!x>
  // expected-error@+1 {{add_clamp expects a range inside [-100, 100], but is [-128, 127]}}
  %0 = q.conv2d %x, %w, residual %r strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127] {multiplier = dense<0.5> : tensor<1xf32>, fused_type = !x, add_clamp = array<i64: -128, 127>} : (tensor<1x4x4x3x!x>, tensor<2x1x1x3x!x>, tensor<1x4x4x2x!x>) -> tensor<1x4x4x2x!y>
  return
}

// -----

// Q-WRAP

!x = !quant.uniform<i8:f32, 0.5>
func.func @q_wrap_filter_is_an_argument(%x: tensor<1x3x!x>, %w: tensor<2x3x!x>) {
  // expected-error@+1 {{filter and bias expect q.constant operands, whose codes prove that no accumulator wraps}}
  %0 = q.linear %x, %w clamp [-128, 127] {multiplier = dense<0.5> : tensor<1xf32>} : (tensor<1x3x!x>, tensor<2x3x!x>) -> tensor<1x2x!x>
  return
}

// -----

// 2^31 - 1 - 128 is the largest bias beside one weight of 1: the neighbour
// below is accepted, one more is not.
!x = !quant.uniform<i8:f32, 0.5>
!b = !quant.uniform<i32:f32, 0.25>
func.func @q_wrap_bound(%x: tensor<1x1x!x>) -> (tensor<1x1x!x>, tensor<1x1x!x>) {
  %w = q.constant dense<1> : tensor<1x1xi8> as tensor<1x1x!x>
  %b0 = q.constant dense<-2147483519> : tensor<1xi32> as tensor<1x!b>
  %b1 = q.constant dense<2147483520> : tensor<1xi32> as tensor<1x!b>
  %0 = q.linear %x, %w, %b0 clamp [-128, 127] {multiplier = dense<0.5> : tensor<1xf32>} : (tensor<1x1x!x>, tensor<1x1x!x>, tensor<1x!b>) -> tensor<1x1x!x>
  // expected-error@+1 {{accumulator of output channel 0 may reach 2147483648, which wraps int32}}
  %1 = q.linear %x, %w, %b1 clamp [-128, 127] {multiplier = dense<0.5> : tensor<1xf32>} : (tensor<1x1x!x>, tensor<1x1x!x>, tensor<1x!b>) -> tensor<1x1x!x>
  return %0, %1 : tensor<1x1x!x>, tensor<1x1x!x>
}

// -----

// The far end of the input range counts: zero point -128 makes it 255.
!x = !quant.uniform<i8:f32, 0.5:-128>
!w = !quant.uniform<i8:f32, 0.5:1>
!b = !quant.uniform<i32:f32, 0.25>
func.func @q_wrap_zero_points(%x: tensor<1x4x4x2x!x>) {
  %w = q.constant dense<-128> : tensor<1x1x1x2xi8> as tensor<1x1x1x2x!w>
  %b = q.constant dense<-2147450752> : tensor<1xi32> as tensor<1x!b>
  // expected-error@+1 {{accumulator of output channel 0 may reach 2147516542, which wraps int32}}
  %0 = q.conv_transpose2d %x, %w, %b strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127] {multiplier = dense<0.5> : tensor<1xf32>} : (tensor<1x4x4x2x!x>, tensor<1x1x1x2x!w>, tensor<1x!b>) -> tensor<1x4x4x1x!x>
  return
}

// -----

// A filter that is used before its definition is not looked at.
// 516 weights of 127 and full 16-bit codes stay below 2^31, 517 do not; a
// narrower storage range has room for them.
!x = !quant.uniform<i16:f32, 0.5>
!n = !quant.uniform<i16<-8192:8191>:f32, 0.5>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>
func.func @q_wrap_sixteen_bits(%a: tensor<1x516x!x>, %b: tensor<1x517x!x>, %c: tensor<1x517x!n>) {
  %v = q.constant dense<127> : tensor<1x516xi8> as tensor<1x516x!w>
  %w = q.constant dense<-127> : tensor<1x517xi8> as tensor<1x517x!w>
  %0 = q.linear %a, %v clamp [-128, 127] {multiplier = dense<0.5> : tensor<1xf32>} : (tensor<1x516x!x>, tensor<1x516x!w>) -> tensor<1x1x!x>
  %1 = q.linear %c, %w clamp [-128, 127] {multiplier = dense<0.5> : tensor<1xf32>} : (tensor<1x517x!n>, tensor<1x517x!w>) -> tensor<1x1x!x>
  // expected-error@+1 {{accumulator of output channel 0 may reach 2151514112, which wraps int32}}
  %2 = q.linear %b, %w clamp [-128, 127] {multiplier = dense<0.5> : tensor<1xf32>} : (tensor<1x517x!x>, tensor<1x517x!w>) -> tensor<1x1x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
func.func @q_wrap_filter_is_not_verified_yet(%x: tensor<1x3x!x>) {
  // expected-error@+1 {{filter and bias expect q.constant operands}}
  %0 = q.linear %x, %w clamp [-128, 127] {multiplier = dense<0.5> : tensor<1xf32>} : (tensor<1x3x!x>, tensor<2x3x!x>) -> tensor<1x2x!x>
  %w = q.constant dense_resource<__elided__> : tensor<2x3xi8> as tensor<2x3x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
func.func @q_wrap_filter_has_no_codes_yet(%x: tensor<1x3x!x>) {
  // expected-error@+1 {{filter and bias expect q.constant operands}}
  %0 = q.linear %x, %w clamp [-128, 127] {multiplier = dense<0.5> : tensor<1xf32>} : (tensor<1x3x!x>, tensor<2x3x!x>) -> tensor<1x2x!x>
  %w = "q.constant"() : () -> tensor<2x3x!x>
  return
}

// -----

// Q-MATMUL

!x = !quant.uniform<i8:f32, 0.5>
func.func @q_matmul_terms(%a: tensor<1x32769x!x>, %b: tensor<32769x1x!x>) {
  // expected-error@+1 {{expects at most 2^15 terms a sum, but has 32769}}
  %0 = q.matmul %a, %b clamp [-128, 127] {multiplier = 0.5 : f32} : (tensor<1x32769x!x>, tensor<32769x1x!x>) -> tensor<1x1x!x>
  return
}

// -----

// 2 * 2^15 * 2^15 is 2^31; with one code less there is room.
!x = !quant.uniform<i16:f32, 0.5>
!y = !quant.uniform<i16<-32767:32767>:f32, 0.5>
func.func @q_matmul_sixteen_bits(%a: tensor<1x2x!x>, %b: tensor<2x1x!x>, %c: tensor<2x1x!y>) {
  %0 = q.matmul %a, %c clamp [-128, 127] {multiplier = 0.5 : f32} : (tensor<1x2x!x>, tensor<2x1x!y>) -> tensor<1x1x!x>
  // expected-error@+1 {{sum of 2 products may reach 2147483648, which wraps int32}}
  %1 = q.matmul %a, %b clamp [-128, 127] {multiplier = 0.5 : f32} : (tensor<1x2x!x>, tensor<2x1x!x>) -> tensor<1x1x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
func.func @q_matmul_broadcast(%a: tensor<2x3x1x4x!x>, %b: tensor<3x4x1x!x>) {
  // expected-error@+1 {{operand expects one matrix or one for each of the result's, but is 'tensor<3x4x1x!quant.uniform<i8:f32, 5.000000e-01>>'}}
  %0 = q.matmul %a, %b clamp [-128, 127] {multiplier = 0.5 : f32} : (tensor<2x3x1x4x!x>, tensor<3x4x1x!x>) -> tensor<2x3x1x1x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
func.func @q_matmul_multiplier(%a: tensor<1x4x!x>, %b: tensor<4x1x!x>) {
  // expected-error@+1 {{multiplier expects 5.000000e-01, but has 2.500000e-01}}
  %0 = q.matmul %a, %b clamp [-128, 127] {multiplier = 0.25 : f32} : (tensor<1x4x!x>, tensor<4x1x!x>) -> tensor<1x1x!x>
  return
}

// -----

// Q-ADD

!x = !quant.uniform<i8:f32, 1.0633823966279327e+37>
!y = !quant.uniform<i8:f32, 2.3509887016445750e-38>
func.func @q_add_scales(%a: tensor<4x!x>, %b: tensor<4x!y>) {
  // expected-error@+1 {{expects operand scales of at most 2^100 times the result's, but has 4.523128e+74 times}}
  %0 = q.sub %b, %a clamp [-128, 127] : (tensor<4x!y>, tensor<4x!x>) -> tensor<4x!y>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
func.func @q_add_broadcast(%a: tensor<4x!x>, %b: tensor<3x!x>) {
  // expected-error@+1 {{operands do not broadcast: sizes 4 and 3 on axis -1}}
  %0 = q.add %a, %b clamp [-128, 127] : (tensor<4x!x>, tensor<3x!x>) -> tensor<4x!x>
  return
}

// -----

// Q-LUT

!x = !quant.uniform<i8:f32, 0.5>
func.func @q_lut_entries(%x: tensor<2x3x!x>) {
  // expected-error@+1 {{table expects 256 i8 entries, or 256 for each channel of the last axis, but is 'tensor<2x256xi8>'}}
  %0 = q.lut %x function "prelu" {table = dense<1> : tensor<2x256xi8>} : (tensor<2x3x!x>) -> tensor<2x3x!x>
  return
}

// -----

!x = !quant.uniform<i16:f32, 0.5>
func.func @q_lut16_entries(%x: tensor<2x3x!x>) {
  // expected-error@+1 {{table expects 513 i32 entries, or 513 for each channel of the last axis, but is 'tensor<256xi32>'}}
  %0 = q.lut %x function "abs" {table = dense<1> : tensor<256xi32>} : (tensor<2x3x!x>) -> tensor<2x3x!x>
  return
}

// -----

!x = !quant.uniform<i16:f32, 0.5>
func.func @q_lut16_limit(%x: tensor<2x3x!x>) {
  %0 = q.lut %x function "abs" {table = dense<-8388608> : tensor<513xi32>} : (tensor<2x3x!x>) -> tensor<2x3x!x>
  // expected-error@+1 {{table expects entries of at most 8388608 in magnitude, but has -8388609}}
  %1 = q.lut %x function "abs" {table = dense<-8388609> : tensor<3x513xi32>} : (tensor<2x3x!x>) -> tensor<2x3x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
!y = !quant.uniform<i16:f32, 0.5>
func.func @q_lut_wide_result(%x: tensor<2x3x!x>) {
  // expected-error@+1 {{table expects 256 i16 entries, or 256 for each channel of the last axis, but is 'tensor<256xi8>'}}
  %0 = q.lut %x function "abs" {table = dense<1> : tensor<256xi8>} : (tensor<2x3x!x>) -> tensor<2x3x!y>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
func.func @q_lut_type(%x: tensor<2x3x!x>) {
  // expected-error@+1 {{table expects 256 i8 entries, or 256 for each channel of the last axis, but is 'tensor<256xi32>'}}
  %0 = q.lut %x function "abs" {table = dense<1> : tensor<256xi32>} : (tensor<2x3x!x>) -> tensor<2x3x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
func.func @q_lut_shape(%x: tensor<2x3x!x>) {
  // expected-error@+1 {{result expects the shape of the input}}
  %0 = q.lut %x function "abs" {table = dense<1> : tensor<256xi8>} : (tensor<2x3x!x>) -> tensor<6x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
!y = !quant.uniform<i8<-100:100>:f32, 0.5>
func.func @q_lut_codes(%x: tensor<2x3x!x>) {
  // expected-error@+1 {{table expects values in [-100, 100], but reaches from 101 to 101}}
  %0 = q.lut %x function "abs" {table = dense<101> : tensor<256xi8>} : (tensor<2x3x!x>) -> tensor<2x3x!y>
  return
}

// -----

// Q-MAXPOOL, Q-AVGPOOL, Q-REDUCE, Q-ARGMAX

!x = !quant.uniform<i8:f32, 0.5>
!y = !quant.uniform<i8:f32, 0.25>
// expected-note@+1 {{operand is defined here}}
func.func @q_maxpool_scales(%x: tensor<1x2x2x1x!x>) {
  // expected-error@+1 {{expects operands of type '!quant.uniform<i8:f32, 2.500000e-01>', but has '!quant.uniform<i8:f32, 5.000000e-01>'}}
  %0 = q.max_pool2d %x kernel [2, 2] strides [1, 1] pads [0, 0, 0, 0] : (tensor<1x2x2x1x!x>) -> tensor<1x1x1x1x!y>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
func.func @q_avgpool_window(%x: tensor<1x4096x4096x1x!x>) {
  // expected-error@+1 {{expects a window of at most 2^23 elements, but has 8392704}}
  %0 = q.avg_pool2d %x kernel [2049, 4096] strides [1, 1] pads [0, 0, 0, 0] {clamp = array<i64: -128, 127>} : (tensor<1x4096x4096x1x!x>) -> tensor<1x2048x1x1x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
func.func @q_reduce_terms(%x: tensor<4096x2049x!x>) {
  // expected-error@+1 {{expects at most 2^23 reduced elements, but has 8392704}}
  %0 = q.reduce_sum %x axes [0, 1] : (tensor<4096x2049x!x>) -> tensor<1x1x!x>
  return
}

// -----

!x = !quant.uniform<i16:f32, 0.5>
func.func @q_reduce_sixteen_bits(%x: tensor<65535x!x>, %y: tensor<65536x!x>) {
  %0 = q.reduce_sum %x axes [0] : (tensor<65535x!x>) -> tensor<1x!x>
  %1 = q.reduce_max %y axes [0] : (tensor<65536x!x>) -> tensor<1x!x>
  // expected-error@+1 {{sum of 65536 codes may reach 2147483648, which wraps int32}}
  %2 = q.reduce_sum %y axes [0] : (tensor<65536x!x>) -> tensor<1x!x>
  return
}

// -----

!x = !quant.uniform<i16:f32, 0.5>
func.func @q_avgpool_sixteen_bits(%x: tensor<1x256x256x1x!x>) {
  // expected-error@+1 {{sum of 65536 codes may reach 2147483648, which wraps int32}}
  %0 = q.avg_pool2d %x kernel [256, 256] strides [1, 1] pads [0, 0, 0, 0] {clamp = array<i64: -128, 127>} : (tensor<1x256x256x1x!x>) -> tensor<1x1x1x1x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
func.func @q_argmax_axis(%x: tensor<4x2x!x>) {
  // expected-error@+1 {{axes expect rising entries below rank 2, but have -1}}
  %0 = q.arg_max %x axis -1 : (tensor<4x2x!x>) -> tensor<4x1xi64>
  return
}

// -----

// Q-MOVE, Q-PAD, Q-RESIZE

!x = !quant.uniform<i8:f32, 0.5>
!y = !quant.uniform<i8:f32, 0.5:1>
// expected-note@+1 {{operand is defined here}}
func.func @q_move_zero_points(%x: tensor<4x!x>, %y: tensor<4x!y>) {
  // expected-error@+1 {{expects operands of type '!quant.uniform<i8:f32, 5.000000e-01>', but has '!quant.uniform<i8:f32, 5.000000e-01:1>'}}
  %0 = q.concat %x, %y axis 0 : (tensor<4x!x>, tensor<4x!y>) -> tensor<8x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
func.func @q_move_nothing() {
  // expected-error@+1 {{expects at least one operand}}
  %0 = q.concat axis 0 : () -> tensor<8x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
func.func @q_move_reshape(%x: tensor<4x2x!x>) {
  // expected-error@+1 {{expects 8 elements, but the result has 9}}
  %0 = q.reshape %x : (tensor<4x2x!x>) -> tensor<9x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
func.func @q_move_transpose(%x: tensor<4x2x!x>) {
  // expected-error@+1 {{perm expects a permutation of 2 axes}}
  %0 = q.transpose %x perm [0, 2] : (tensor<4x2x!x>) -> tensor<4x2x!x>
  return
}

// -----

!x = !quant.uniform<i8<-127:127>:f32, 0.5>
func.func @q_pad_code(%x: tensor<4x!x>) {
  // expected-error@+1 {{code expects a value in [-127, 127], but is -128}}
  %0 = q.pad %x low [1] high [0] {code = -128} : (tensor<4x!x>) -> tensor<5x!x>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
!y = !quant.uniform<i8:f32, 0.25>
// expected-note@+1 {{operand is defined here}}
func.func @q_resize_nearest_scales(%x: tensor<1x2x2x1x!x>) {
  // expected-error@+1 {{expects operands of type '!quant.uniform<i8:f32, 2.500000e-01>', but has '!quant.uniform<i8:f32, 5.000000e-01>'}}
  %0 = q.resize %x mode "nearest" coordinates "asymmetric" scales [2.0, 2.0] : (tensor<1x2x2x1x!x>) -> tensor<1x4x4x1x!y>
  return
}

// -----

!x = !quant.uniform<i8:f32, 0.5>
func.func @q_resize_mode(%x: tensor<1x2x2x1x!x>) {
  // expected-error@+1 {{coordinates expects one of half_pixel, pytorch_half_pixel, asymmetric, align_corners, but is 'tf_crop_and_resize'}}
  %0 = q.resize %x mode "nearest" coordinates "tf_crop_and_resize" scales [2.0, 2.0] : (tensor<1x2x2x1x!x>) -> tensor<1x4x4x1x!x>
  return
}

// -----

// Q-ISLAND

func.func @q_island_arguments(%x: tensor<4xf32>) {
  // expected-error@+1 {{block arguments expect the types of the operands}}
  %0 = q.float_island "why" (%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    q.yield %a : tensor<4xf32>
  }
  return
}

// -----

func.func @q_island_yield_type(%x: tensor<4xf32>) {
  // expected-error@+1 {{expects a q.yield of 'tensor<4xf32>'}}
  %0 = q.float_island "why" (%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    %1 = nn.reshape %a : (tensor<4xf32>) -> tensor<2x2xf32>
    q.yield %1 : tensor<2x2xf32>
  }
  return
}

// -----

func.func @q_island_yields_nothing(%x: tensor<4xf32>) {
  %0 = "q.float_island"(%x) ({
  ^bb0(%a: tensor<4xf32>):
    // expected-error@+1 {{requires a single operand}}
    "q.yield"() : () -> ()
  }) {reason = "why"} : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @q_island_empty_block(%x: tensor<4xf32>) {
  // expected-error@+1 {{expects a non-empty block}}
  %0 = "q.float_island"(%x) ({
  ^bb0(%a: tensor<4xf32>):
  }) {reason = "why"} : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @q_island_without_terminator(%x: tensor<4xf32>) {
  %0 = "q.float_island"(%x) ({
  ^bb0(%a: tensor<4xf32>):
    // expected-error@+1 {{block with no terminator}}
    %1 = nn.relu %a : tensor<4xf32>
  }) {reason = "why"} : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @q_island_without_block(%x: tensor<4xf32>) {
  // expected-error@+1 {{region #0 ('body') failed to verify constraint: region with 1 blocks}}
  %0 = "q.float_island"(%x) ({}) {reason = "why"} : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @q_island_other_ops(%x: tensor<4xf32>) {
  %0 = q.float_island "why" (%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    // expected-error@+1 {{is not an nn op; a float island holds no other}}
    %1 = q.quantize %a : (tensor<4xf32>) -> tensor<4x!quant.uniform<i8:f32, 0.5>>
    q.yield %a : tensor<4xf32>
  }
  return
}

// -----

func.func @q_island_from_above(%x: tensor<4xf32>) {
  // expected-note@+1 {{required by region isolation constraints}}
  %0 = q.float_island "why" () : () -> tensor<4xf32> {
    // expected-error@+1 {{using value defined outside the region}}
    q.yield %x : tensor<4xf32>
  }
  return
}

// -----

func.func @q_yield_outside(%x: tensor<4xf32>) {
  // expected-error@+1 {{expects parent op 'q.float_island'}}
  q.yield %x : tensor<4xf32>
}

// -----

func.func @constant_of_nothing() {
  // expected-error@+1 {{result #0 must be static tensor of uniform quantized values}}
  %0 = q.constant dense<> : tensor<0xi8> as tensor<0x!quant.uniform<i8:f32, 0.5>>
  return
}
