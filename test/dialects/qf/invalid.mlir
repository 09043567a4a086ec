// RUN: quench-opt %s -verify-diagnostics -split-input-file

// One function for every sentence a qf op can refuse with.

func.func @observe_entries(%x: tensor<4xf32>) {
  // expected-error@+1 {{range expects 2 entries, but has 1}}
  %0 = qf.observe %x with "min_max" {range = array<f32: 1.0>} : tensor<4xf32>
  return
}

// -----

func.func @observe_order(%x: tensor<4xf32>) {
  // expected-error@+1 {{range expects finite min <= max, but has 1.000000e+00 and 0.000000e+00}}
  %0 = qf.observe %x with "min_max" {range = array<f32: 1.0, 0.0>} : tensor<4xf32>
  return
}

// -----

func.func @observe_not_a_number(%x: tensor<4xf32>) {
  // expected-error@+1 {{range expects finite min <= max, but has nan}}
  %0 = qf.observe %x with "min_max" {range = array<f32: 0x7FC00000, 0.0>} : tensor<4xf32>
  return
}

// -----

func.func @observe_infinite(%x: tensor<4xf32>) {
  // expected-error@+1 {{range expects finite min <= max, but has 0.000000e+00 and INF}}
  %0 = qf.observe %x with "min_max" {range = array<f32: 0.0, 0x7F800000>} : tensor<4xf32>
  return
}

// -----

func.func @fake_quant_type(%x: tensor<4xf32>) {
  // expected-error@+1 {{qtype expects a !quant.uniform type, but is 'i8'}}
  %0 = qf.fake_quant %x as i8 : tensor<4xf32>
  return
}

// -----

func.func @t4_any(%x: tensor<4xf32>) {
  // expected-error@+1 {{qtype expects a uniform type, but is}}
  %0 = qf.fake_quant %x as !quant.any<i8<-8:7>:f32> : tensor<4xf32>
  return
}

// -----

func.func @t4_calibrated(%x: tensor<4xf32>) {
  // expected-error@+1 {{qtype expects signed 8-bit, 16-bit or 32-bit codes of f32, but is}}
  %0 = qf.fake_quant %x as !quant.calibrated<f32<-1.0:1.0>> : tensor<4xf32>
  return
}

// -----

func.func @t4_unsigned(%x: tensor<4xf32>) {
  // expected-error@+1 {{qtype expects signed 8-bit, 16-bit or 32-bit codes of f32, but is}}
  %0 = qf.fake_quant %x as !quant.uniform<u8:f32, 0.5:128> : tensor<4xf32>
  return
}

// -----

func.func @t4_axis(%x: tensor<4xf32>) {
  // expected-error@+1 {{qtype expects one scale for each index of axis 1, but has 4 scales in}}
  %0 = qf.fake_quant %x as !quant.uniform<i8:f32:1, {0.5, 0.5, 0.5, 0.5}> : tensor<4xf32>
  return
}

// -----

func.func @t4_blocks(%x: tensor<2x2xf32>) {
  // expected-error@+1 {{qtype expects a uniform type, but is}}
  %0 = qf.fake_quant %x as !quant.uniform<i8:f32:{0:1, 1:2}, {{0.5}, {0.25}}> : tensor<2x2xf32>
  return
}

// -----

func.func @t4_scale(%x: tensor<4xf32>) {
  // expected-error@+1 {{qtype expects scales that are positive normal f32 values, but has 1.000000e-01}}
  %0 = qf.fake_quant %x as !quant.uniform<i8:f32, 0.1> : tensor<4xf32>
  return
}

// -----

func.func @constant_shape() {
  // expected-error@+1 {{codes have type 'tensor<2xi8>', but the result is 'tensor<3xf32>'}}
  %0 = qf.constant dense<1> : tensor<2xi8> as !quant.uniform<i8:f32, 0.5> : tensor<3xf32>
  return
}

// -----

func.func @constant_width() {
  // expected-error@+1 {{codes expects i32 elements, but has 'i8'}}
  %0 = qf.constant dense<1> : tensor<2xi8> as !quant.uniform<i32:f32, 0.5> : tensor<2xf32>
  return
}

// -----

func.func @constant_elided() {
  // expected-error@+1 {{codes names resource '__elided__', which the file does not hold}}
  %0 = qf.constant dense_resource<__elided__> : tensor<2xi8> as !quant.uniform<i8:f32, 0.5> : tensor<2xf32>
  return
}

// -----

func.func @constant_without_type() {
  // expected-error@+1 {{requires attribute 'qtype'}}
  %0 = "qf.constant"() {codes = dense<1> : tensor<2xi8>} : () -> tensor<2xf32>
  return
}

// -----

func.func @scheme_bits(%x: tensor<2xf32>) {
  // expected-error@+1 {{scheme expects 2 to 8 or 16 bits, but has 9}}
  %0 = qf.observe %x with "mse" {scheme = #qf.scheme<9, narrow, channel>} : tensor<2xf32>
  return
}

// -----

func.func @scheme_asymmetric_16(%x: tensor<2xf32>) {
  // expected-error@+1 {{scheme of 16 bits expects to be symmetric or narrow}}
  %0 = qf.observe %x with "mse" {scheme = #qf.scheme<16, asymmetric, tensor>} : tensor<2xf32>
  return
}

// -----

func.func @scheme_words(%x: tensor<2xf32>) {
  // expected-error@+1 {{expects one of tensor, channel, group, but found row}}
  %0 = qf.observe %x with "mse" {scheme = #qf.scheme<8, narrow, row>} : tensor<2xf32>
  return
}

// -----

func.func @scheme_group_bits(%x: tensor<2xf32>) {
  // expected-error@+1 {{scheme with groups expects 2 to 4 bits, narrow, but has 8, narrow}}
  %0 = qf.observe %x with "mse" {scheme = #qf.scheme<8, narrow, group, 16>} : tensor<2xf32>
  return
}

// -----

func.func @scheme_group_symmetry(%x: tensor<2xf32>) {
  // expected-error@+1 {{scheme with groups expects 2 to 4 bits, narrow, but has 4, symmetric}}
  %0 = qf.observe %x with "mse" {scheme = #qf.scheme<4, symmetric, group, 16>} : tensor<2xf32>
  return
}

// -----

func.func @scheme_group_size(%x: tensor<2xf32>) {
  // expected-error@+1 {{scheme expects groups of 16, 32, 64, 128, but has 24}}
  %0 = qf.observe %x with "mse" {scheme = #qf.scheme<4, narrow, group, 24>} : tensor<2xf32>
  return
}

// -----

func.func @t5_between() {
  // expected-error@+1 {{codes expect multiples of their group's multiplier by at most 7, but code 0 is 10, and its multiplier 3}}
  %0 = qf.constant dense<10> : tensor<1x16xi8> as !quant.uniform<i8<-127:127>:f32, 0.5> {group_bits = 4, group_size = 16, group_multipliers = dense<3> : tensor<1x1xi8>} : tensor<1x16xf32>
  return
}
