// RUN: quench-opt %s -verify-diagnostics -split-input-file

// One function for every sentence an nn op can refuse with. Shape errors come
// with a second one, from the inference interface.

// Tensors

func.func @rank_is_static(%x: tensor<?xf32>) {
  // expected-error@+1 {{operand #0 must be static tensor of 1 to 2^31 - 1 elements of 32-bit float}}
  %0 = nn.relu %x : tensor<?xf32>
  return
}

// -----

func.func @size_zero(%x: tensor<2x0xf32>) {
  // expected-error@+1 {{operand #0 must be static tensor of 1 to 2^31 - 1 elements of 32-bit float}}
  %0 = nn.relu %x : tensor<2x0xf32>
  return
}

// -----

func.func @too_many_elements(%x: tensor<65536x32768xf32>) {
  // expected-error@+1 {{operand #0 must be static tensor of 1 to 2^31 - 1 elements of 32-bit float}}
  %0 = nn.relu %x : tensor<65536x32768xf32>
  return
}

// -----

func.func @sizes_beyond_int64(%x: tensor<4611686018427387904x8xf32>) {
  // expected-error@+1 {{operand #0 must be static tensor of 1 to 2^31 - 1 elements of 32-bit float}}
  %0 = nn.reshape %x : (tensor<4611686018427387904x8xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @element_type(%x: tensor<2xf64>) {
  // expected-error@+1 {{operand #0 must be static tensor of 1 to 2^31 - 1 elements of 32-bit float}}
  %0 = nn.relu %x : tensor<2xf64>
  return
}

// -----

// Constants

func.func @constant_of_integers() {
  // expected-error@+1 {{result #0 must be static tensor of 1 to 2^31 - 1 elements of 32-bit float}}
  %0 = nn.constant dense<1> : tensor<2xi8>
  return
}

// -----

func.func @constant_other_type() {
  // expected-error@+1 {{failed to verify that all of {value, output} have same type}}
  %0 = "nn.constant"() {value = dense<1.0> : tensor<2xf32>} : () -> tensor<3xf32>
  return
}

// -----

func.func @constant_without_value() {
  // expected-error@+1 {{requires attribute 'value'}}
  %0 = "nn.constant"() : () -> tensor<3xf32>
  return
}

// -----

func.func @constant_of_vector_type() {
  // expected-error@+1 {{result #0 must be static tensor}}
  %0 = nn.constant dense<1.0> : vector<2xf32>
  return
}

// -----

func.func @constant_sparse() {
  // expected-error@+1 {{value expects dense or dense_resource elements}}
  %0 = nn.constant sparse<[[0]], [1.0]> : tensor<2xf32>
  return
}

// -----

func.func @constant_missing_resource() {
  // expected-error@+1 {{value names resource 'nowhere', which the file does not hold}}
  %0 = nn.constant dense_resource<nowhere> : tensor<2xf32>
  return
}

// -----

func.func @constant_elided_resource() {
  // expected-error@+1 {{value names resource '__elided__', which the file does not hold}}
  %0 = nn.constant dense_resource<__elided__> : tensor<2xf32>
  return
}

// -----

func.func @constant_short_resource() {
  // expected-error@+1 {{value expects a resource of 12 bytes, but 'short' has 8}}
  %0 = nn.constant dense_resource<short> : tensor<3xf32>
  return
}

{-# dialect_resources: { builtin: { short: "0x400000000000803F00000040" } } #-}

// -----

func.func @constant_larger_than_2_gib() {
  // expected-error@+1 {{value is larger than 2 GiB}}
  %0 = nn.constant dense<0.0> : tensor<32768x32768xf32>
  return
}

// -----

// Convolutions

func.func @conv_input_rank(%x: tensor<6x5x4xf32>, %w: tensor<8x3x3x4xf32>) {
  // expected-error@+2 {{input expects rank 4, but has rank 3}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] : (tensor<6x5x4xf32>, tensor<8x3x3x4xf32>) -> tensor<1x4x3x8xf32>
  return
}

// -----

func.func @conv_filter_rank_0(%x: tensor<1x6x5x4xf32>, %w: tensor<f32>, %b: tensor<8xf32>) {
  // expected-error@+2 {{filter expects rank 4, but has rank 0}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.conv2d %x, %w, %b strides [1, 1] pads [0, 0, 0, 0]
      : (tensor<1x6x5x4xf32>, tensor<f32>, tensor<8xf32>) -> tensor<1x4x3x8xf32>
  return
}

// -----

func.func @conv_filter_rank(%x: tensor<1x6x5x4xf32>, %w: tensor<8x3x4xf32>) {
  // expected-error@+2 {{filter expects rank 4, but has rank 3}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] : (tensor<1x6x5x4xf32>, tensor<8x3x4xf32>) -> tensor<1x4x3x8xf32>
  return
}

// -----

func.func @conv_number_of_strides(%x: tensor<1x6x5x4xf32>, %w: tensor<8x3x3x4xf32>) {
  // expected-error@+2 {{strides expects 2 entries, but has 1}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.conv2d %x, %w strides [1] pads [0, 0, 0, 0] : (tensor<1x6x5x4xf32>, tensor<8x3x3x4xf32>) -> tensor<1x4x3x8xf32>
  return
}

// -----

func.func @conv_stride_zero(%x: tensor<1x6x5x4xf32>, %w: tensor<8x3x3x4xf32>) {
  // expected-error@+2 {{strides expects entries of at least 1, but has 0}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.conv2d %x, %w strides [1, 0] pads [0, 0, 0, 0] : (tensor<1x6x5x4xf32>, tensor<8x3x3x4xf32>) -> tensor<1x4x3x8xf32>
  return
}

// -----

func.func @conv_negative_pad(%x: tensor<1x6x5x4xf32>, %w: tensor<8x3x3x4xf32>) {
  // expected-error@+2 {{pads expects entries of at least 0, but has -1}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.conv2d %x, %w strides [1, 1] pads [0, -1, 0, 0] : (tensor<1x6x5x4xf32>, tensor<8x3x3x4xf32>) -> tensor<1x4x3x8xf32>
  return
}

// -----

func.func @conv_empty_dilations(%x: tensor<1x6x5x4xf32>, %w: tensor<8x3x3x4xf32>) {
  // expected-error@+2 {{dilations expects 2 entries, but has 0}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] {dilations = array<i64>} : (tensor<1x6x5x4xf32>, tensor<8x3x3x4xf32>) -> tensor<1x4x3x8xf32>
  return
}

// -----

func.func @conv_huge_pads(%x: tensor<1x6x5x4xf32>, %w: tensor<8x3x3x4xf32>) {
  // expected-error@+2 {{window expects strides, dilations, kernel extents and padded sizes below 2^30, but has 4294967300}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.conv2d %x, %w strides [1, 1] pads [2147483647, 0, 2147483647, 0] : (tensor<1x6x5x4xf32>, tensor<8x3x3x4xf32>) -> tensor<1x4x3x8xf32>
  return
}

// -----

func.func @conv_huge_dilation(%x: tensor<1x6x5x4xf32>, %w: tensor<8x3x3x4xf32>) {
  // expected-error@+2 {{window expects strides, dilations, kernel extents and padded sizes below 2^30, but has 4294967295}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] {dilations = array<i64: 2147483647, 1>} : (tensor<1x6x5x4xf32>, tensor<8x3x3x4xf32>) -> tensor<1x4x3x8xf32>
  return
}

// -----

func.func @conv_groups_divide(%x: tensor<1x6x5x4xf32>, %w: tensor<8x3x3x4xf32>) {
  // expected-error@+2 {{groups expects a divisor of 4 input and 8 output channels, but is 3}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] {groups = 3 : i64} : (tensor<1x6x5x4xf32>, tensor<8x3x3x4xf32>) -> tensor<1x4x3x8xf32>
  return
}

// -----

func.func @conv_groups_negative(%x: tensor<1x6x5x4xf32>, %w: tensor<8x3x3x4xf32>) {
  // expected-error@+2 {{groups expects a divisor of 4 input and 8 output channels, but is -4}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] {groups = -4 : i64} : (tensor<1x6x5x4xf32>, tensor<8x3x3x4xf32>) -> tensor<1x4x3x8xf32>
  return
}

// -----

func.func @conv_filter_channels(%x: tensor<1x6x5x4xf32>, %w: tensor<8x3x3x3xf32>) {
  // expected-error@+2 {{filter expects 4 channels a group, but has 3}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] : (tensor<1x6x5x4xf32>, tensor<8x3x3x3xf32>) -> tensor<1x4x3x8xf32>
  return
}

// -----

func.func @conv_kernel_does_not_fit(%x: tensor<1x6x5x4xf32>, %w: tensor<8x3x3x4xf32>) {
  // expected-error@+2 {{kernel of extent 7 does not fit the padded input of size 6}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 1] {dilations = array<i64: 1, 3>} : (tensor<1x6x5x4xf32>, tensor<8x3x3x4xf32>) -> tensor<1x4x3x8xf32>
  return
}

// -----

func.func @conv_result_shape(%x: tensor<1x6x5x4xf32>, %w: tensor<8x3x3x4xf32>) {
  // expected-error@+2 {{inferred type(s) 'tensor<1x4x3x8xf32>' are incompatible with return type(s) of operation 'tensor<1x4x4x8xf32>'}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] : (tensor<1x6x5x4xf32>, tensor<8x3x3x4xf32>) -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @conv_result_too_large(%x: tensor<1x32768x32768x1xf32>, %w: tensor<2x1x1x1xf32>) {
  // expected-error@+2 {{result has more than 2^31 - 1 elements}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] : (tensor<1x32768x32768x1xf32>, tensor<2x1x1x1xf32>) -> tensor<1xf32>
  return
}

// -----

// expected-note@+1 {{bias is defined here}}
func.func @conv_bias_elements(%x: tensor<1x6x5x4xf32>, %w: tensor<8x3x3x4xf32>, %b: tensor<4xf32>) {
  // expected-error@+1 {{bias expects 8 elements, but is 'tensor<4xf32>'}}
  %0 = nn.conv2d %x, %w, %b strides [1, 1] pads [0, 0, 0, 0] : (tensor<1x6x5x4xf32>, tensor<8x3x3x4xf32>, tensor<4xf32>) -> tensor<1x4x3x8xf32>
  return
}

// -----

func.func @conv_clamp_entries(%x: tensor<1x6x5x4xf32>, %w: tensor<8x3x3x4xf32>) {
  // expected-error@+1 {{clamp expects 2 entries, but has 3}}
  %0 = nn.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] clamp [0.0, 1.0, 2.0] : (tensor<1x6x5x4xf32>, tensor<8x3x3x4xf32>) -> tensor<1x4x3x8xf32>
  return
}

// -----

func.func @conv_clamp_order(%x: tensor<1x6x5x4xf32>, %w: tensor<8x3x3x4xf32>) {
  // expected-error@+1 {{clamp expects low <= high, but has 6.000000e+00 and 0.000000e+00}}
  %0 = nn.conv2d %x, %w strides [1, 1] pads [0, 0, 0, 0] clamp [6.0, 0.0] : (tensor<1x6x5x4xf32>, tensor<8x3x3x4xf32>) -> tensor<1x4x3x8xf32>
  return
}

// -----

func.func @add_clamp_not_a_number(%x: tensor<2xf32>) {
  // expected-error@+1 {{clamp expects low <= high, but has nan}}
  %0 = "nn.add"(%x, %x) {clamp = array<f32: 0x7FC00000, 0.0>} : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @conv_without_strides(%x: tensor<1x6x5x4xf32>, %w: tensor<8x3x3x4xf32>) {
  // expected-error@+1 {{requires attribute 'strides'}}
  %0 = "nn.conv2d"(%x, %w) {pads = array<i64: 0, 0, 0, 0>} : (tensor<1x6x5x4xf32>, tensor<8x3x3x4xf32>) -> tensor<1x4x3x8xf32>
  return
}

// -----

func.func @conv_without_operands() {
  // expected-error@+1 {{expected 2 or more operands, but found 0}}
  %0 = "nn.conv2d"() {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>} : () -> tensor<1x4x3x8xf32>
  return
}

// -----

func.func @conv_transpose_output_pads(%x: tensor<1x6x5x4xf32>, %w: tensor<8x3x3x4xf32>) {
  // expected-error@+2 {{output_pads expects entries of at least 0, but has -2}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.conv_transpose2d %x, %w strides [2, 2] pads [0, 0, 0, 0] {output_pads = array<i64: 0, -2>} : (tensor<1x6x5x4xf32>, tensor<8x3x3x4xf32>) -> tensor<1x13x9x8xf32>
  return
}

// -----

func.func @conv_transpose_all_cropped(%x: tensor<1x1x1x4xf32>, %w: tensor<8x3x3x4xf32>) {
  // expected-error@+2 {{result expects sizes of at least 1, but has -1}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.conv_transpose2d %x, %w strides [1, 1] pads [2, 0, 2, 0] : (tensor<1x1x1x4xf32>, tensor<8x3x3x4xf32>) -> tensor<1x1x1x8xf32>
  return
}

// -----

func.func @conv_transpose_huge_stride(%x: tensor<1x6x5x4xf32>, %w: tensor<8x3x3x4xf32>) {
  // expected-error@+2 {{result expects height and width below 2^30, but has 5000000003}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.conv_transpose2d %x, %w strides [1000000000, 1] pads [0, 0, 0, 0] : (tensor<1x6x5x4xf32>, tensor<8x3x3x4xf32>) -> tensor<1x13x9x8xf32>
  return
}

// -----

func.func @linear_of_scalar(%x: tensor<f32>, %w: tensor<7x4xf32>) {
  // expected-error@+2 {{input expects rank of at least 1, but has rank 0}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.linear %x, %w : (tensor<f32>, tensor<7x4xf32>) -> tensor<7xf32>
  return
}

// -----

func.func @linear_columns(%x: tensor<2x5xf32>, %w: tensor<7x4xf32>) {
  // expected-error@+2 {{filter expects 5 columns, but has 4}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.linear %x, %w : (tensor<2x5xf32>, tensor<7x4xf32>) -> tensor<2x7xf32>
  return
}

// -----

func.func @matmul_ranks(%x: tensor<4xf32>, %w: tensor<4x7xf32>) {
  // expected-error@+2 {{operands expect ranks of at least 2, but have 1 and 2}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.matmul %x, %w : (tensor<4xf32>, tensor<4x7xf32>) -> tensor<7xf32>
  return
}

// -----

func.func @matmul_rows(%x: tensor<3x4xf32>, %w: tensor<5x7xf32>) {
  // expected-error@+2 {{rhs expects 4 rows, but has 5}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.matmul %x, %w : (tensor<3x4xf32>, tensor<5x7xf32>) -> tensor<3x7xf32>
  return
}

// -----

// Elementwise

func.func @add_broadcast(%a: tensor<2x3xf32>, %b: tensor<2x1x4xf32>) {
  // expected-error@+2 {{operands do not broadcast: sizes 3 and 4 on axis -1}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.add %a, %b : (tensor<2x3xf32>, tensor<2x1x4xf32>) -> tensor<2x2x4xf32>
  return
}

// -----

func.func @clip_order(%x: tensor<2xf32>) {
  // expected-error@+1 {{expects min <= max, but has 1.000000e+00 : f32 and 0.000000e+00 : f32}}
  %0 = nn.clip %x {min = 1.0 : f32, max = 0.0 : f32} : tensor<2xf32>
  return
}

// -----

func.func @clip_not_a_number(%x: tensor<2xf32>) {
  // expected-error@+1 {{expects min <= max, but has 0x7FC00000 : f32}}
  %0 = nn.clip %x {min = 0x7FC00000 : f32, max = 0.0 : f32} : tensor<2xf32>
  return
}

// -----

func.func @leaky_relu_infinite(%x: tensor<2xf32>) {
  // expected-error@+1 {{alpha expects a finite number, but is INF}}
  %0 = nn.leaky_relu %x {alpha = 0x7F800000 : f32} : tensor<2xf32>
  return
}

// -----

func.func @hard_sigmoid_not_a_number(%x: tensor<2xf32>) {
  // expected-error@+1 {{beta expects a finite number, but is nan}}
  %0 = nn.hard_sigmoid %x {alpha = 0.2 : f32, beta = 0x7FC00000 : f32} : tensor<2xf32>
  return
}

// -----

func.func @prelu_of_scalar(%x: tensor<f32>, %s: tensor<1xf32>) {
  // expected-error@+1 {{expects an input of rank at least 1}}
  %0 = nn.prelu %x, %s : (tensor<f32>, tensor<1xf32>) -> tensor<f32>
  return
}

// -----

func.func @prelu_slopes(%x: tensor<2x3xf32>, %s: tensor<2xf32>) {
  // expected-error@+1 {{slope expects 1 or 3 elements, but has 2}}
  %0 = nn.prelu %x, %s : (tensor<2x3xf32>, tensor<2xf32>) -> tensor<2x3xf32>
  return
}

// -----

// Pools and reductions

func.func @pool_pads_reach_kernel(%x: tensor<1x7x6x3xf32>) {
  // expected-error@+2 {{pads expect entries below the kernel extent 2, but have 2}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.max_pool2d %x kernel [2, 2] strides [1, 1] pads [0, 0, 2, 0] : (tensor<1x7x6x3xf32>) -> tensor<1x8x5x3xf32>
  return
}

// -----

func.func @pool_kernel_does_not_fit(%x: tensor<1x7x6x3xf32>) {
  // expected-error@+2 {{kernel of extent 9 does not fit the padded input of size 8}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.avg_pool2d %x kernel [9, 2] strides [1, 1] pads [1, 0, 0, 0] : (tensor<1x7x6x3xf32>) -> tensor<1x8x5x3xf32>
  return
}

// -----

func.func @reduce_axis_too_large(%x: tensor<2x3xf32>) {
  // expected-error@+2 {{axes expect rising entries below rank 2, but have 2}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.reduce_mean %x axes [2] : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @reduce_axis_negative(%x: tensor<2x3xf32>) {
  // expected-error@+2 {{axes expect rising entries below rank 2, but have -1}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.reduce_sum %x axes [-1] : (tensor<2x3xf32>) -> tensor<2x1xf32>
  return
}

// -----

func.func @reduce_axes_twice(%x: tensor<2x3xf32>) {
  // expected-error@+2 {{axes expect rising entries below rank 2, but have 1}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.reduce_max %x axes [1, 1] : (tensor<2x3xf32>) -> tensor<2x1xf32>
  return
}

// -----

func.func @arg_max_axis(%x: tensor<2x3xf32>) {
  // expected-error@+2 {{axes expect rising entries below rank 2, but have -9223372036854775808}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.arg_max %x axis -9223372036854775808 : (tensor<2x3xf32>) -> tensor<2x1xi64>
  return
}

// -----

// Movement

func.func @concat_of_nothing() {
  // expected-error@+2 {{expects at least one operand}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.concat axis 0 : () -> tensor<1xf32>
  return
}

// -----

func.func @concat_axis(%x: tensor<2x3xf32>) {
  // expected-error@+2 {{axis expects a value in [0, 2), but is 2}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.concat %x, %x axis 2 : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x6xf32>
  return
}

// -----

func.func @concat_ranks(%x: tensor<2x3xf32>, %y: tensor<2xf32>) {
  // expected-error@+2 {{operand expects rank 2, but has rank 1}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.concat %x, %y axis 0 : (tensor<2x3xf32>, tensor<2xf32>) -> tensor<2x6xf32>
  return
}

// -----

func.func @concat_other_sizes(%x: tensor<2x3xf32>, %y: tensor<2x4xf32>) {
  // expected-error@+2 {{operand 1 expects size 3 on axis 1, but has 4}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.concat %x, %y axis 0 : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @slice_outside(%x: tensor<5xf32>) {
  // expected-error@+2 {{slice expects indices in [0, 5) on axis 0, but goes from 1 to 5}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.slice %x starts [1] sizes [3] steps [2] : (tensor<5xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @slice_below_zero(%x: tensor<5xf32>) {
  // expected-error@+2 {{slice expects indices in [0, 5) on axis 0, but goes from 3 to -1}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.slice %x starts [3] sizes [3] steps [-2] : (tensor<5xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @slice_step_zero(%x: tensor<5xf32>) {
  // expected-error@+2 {{slice expects indices in [0, 5) on axis 0, but goes from 1 to 1}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.slice %x starts [1] sizes [3] steps [0] : (tensor<5xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @pad_mode(%x: tensor<5xf32>) {
  // expected-error@+2 {{mode expects constant, reflect or edge, but is 'wrap'}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.pad %x low [1] high [1] {mode = "wrap"} : (tensor<5xf32>) -> tensor<7xf32>
  return
}

// -----

func.func @pad_reflect_too_far(%x: tensor<5xf32>) {
  // expected-error@+2 {{reflect expects pads below size 3 on axis 0, but has 3}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.pad %x low [-2] high [3] {mode = "reflect"} : (tensor<5xf32>) -> tensor<6xf32>
  return
}

// -----

func.func @pad_crops_everything(%x: tensor<5xf32>) {
  // expected-error@+2 {{pad expects to keep an element on axis 0, but crops 6 of 5}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.pad %x low [-6] high [9] {mode = "edge"} : (tensor<5xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @pad_not_a_number(%x: tensor<5xf32>) {
  // expected-error@+1 {{value is not a number}}
  %0 = nn.pad %x low [1] high [0] {value = 0x7FC00000 : f32} : (tensor<5xf32>) -> tensor<6xf32>
  return
}

// -----

func.func @reshape_elements(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{expects 6 elements, but the result has 5}}
  %0 = nn.reshape %x : (tensor<2x3xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @transpose_perm(%x: tensor<2x3xf32>) {
  // expected-error@+2 {{perm expects a permutation of 2 axes}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.transpose %x perm [1, 1] : (tensor<2x3xf32>) -> tensor<3x2xf32>
  return
}

// -----

func.func @resize_rank(%x: tensor<4x4x2xf32>) {
  // expected-error@+1 {{input expects rank 4, but has rank 3}}
  %0 = nn.resize %x mode "nearest" coordinates "asymmetric" scales [2.0, 2.0] : (tensor<4x4x2xf32>) -> tensor<1x8x8x2xf32>
  return
}

// -----

func.func @resize_channels(%x: tensor<1x4x4x2xf32>) {
  // expected-error@+1 {{resize expects batch and channels to stay, but they change}}
  %0 = nn.resize %x mode "nearest" coordinates "asymmetric" scales [2.0, 2.0] : (tensor<1x4x4x2xf32>) -> tensor<1x8x8x3xf32>
  return
}

// -----

func.func @resize_mode(%x: tensor<1x4x4x2xf32>) {
  // expected-error@+1 {{mode expects one of nearest, linear, but is 'cubic'}}
  %0 = nn.resize %x mode "cubic" coordinates "asymmetric" scales [2.0, 2.0] : (tensor<1x4x4x2xf32>) -> tensor<1x8x8x2xf32>
  return
}

// -----

func.func @resize_scales(%x: tensor<1x4x4x2xf32>) {
  // expected-error@+1 {{scales expect two positive numbers}}
  %0 = nn.resize %x mode "linear" coordinates "half_pixel" scales [2.0, -2.0] : (tensor<1x4x4x2xf32>) -> tensor<1x8x8x2xf32>
  return
}

// -----

// Normalization

func.func @softmax_axis(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{axis expects a value in [0, 2), but is -1}}
  %0 = nn.softmax %x axis -1 : tensor<2x3xf32>
  return
}

// -----

// expected-note@+1 {{mean is defined here}}
func.func @batch_norm_mean(%x: tensor<2x3xf32>, %c: tensor<3xf32>, %m: tensor<2xf32>) {
  // expected-error@+1 {{mean expects 3 elements, but is 'tensor<2xf32>'}}
  %0 = nn.batch_norm %x, %c, %c, %m, %c {epsilon = 0.1 : f32} : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<2xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @batch_norm_of_scalar(%x: tensor<f32>, %c: tensor<1xf32>) {
  // expected-error@+1 {{expects an input of rank at least 1}}
  %0 = nn.batch_norm %x, %c, %c, %c, %c {epsilon = 0.1 : f32} : (tensor<f32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<f32>
  return
}

// -----

func.func @batch_norm_epsilon(%x: tensor<3xf32>) {
  // expected-error@+1 {{epsilon expects a value of at least 0, but is -1.000000e-01}}
  %0 = nn.batch_norm %x, %x, %x, %x, %x {epsilon = -0.1 : f32} : (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @layer_norm_scale(%x: tensor<2x3x4xf32>, %s: tensor<4xf32>) {
  // expected-error@+1 {{scale expects the shape of the normalized axes of 'tensor<2x3x4xf32>', but is 'tensor<4xf32>'}}
  %0 = nn.layer_norm %x, %s axis 1 {epsilon = 0.1 : f32} : (tensor<2x3x4xf32>, tensor<4xf32>) -> tensor<2x3x4xf32>
  return
}

// -----

func.func @layer_norm_bias(%x: tensor<2x3x4xf32>, %s: tensor<4xf32>, %b: tensor<3xf32>) {
  // expected-error@+1 {{bias expects the shape of the normalized axes of 'tensor<2x3x4xf32>', but is 'tensor<3xf32>'}}
  %0 = nn.layer_norm %x, %s, %b axis 2 {epsilon = 0.1 : f32} : (tensor<2x3x4xf32>, tensor<4xf32>, tensor<3xf32>) -> tensor<2x3x4xf32>
  return
}

// -----

func.func @layer_norm_epsilon(%x: tensor<4xf32>) {
  // expected-error@+1 {{epsilon expects a finite number, but is nan}}
  %0 = nn.layer_norm %x, %x axis 0 {epsilon = 0x7FC00000 : f32} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}
