// A residual block with everything around it: transposes of the border, a
// convolution with three channels, depthwise, 1x1 with residual, pooling, a
// table, a matrix product, softmax as a float island.

!x = !quant.uniform<i8:f32, 0.03125:-4>
!a = !quant.uniform<i8:f32, 0.0625:-128>
!b = !quant.uniform<i8:f32, 0.0625:3>
!w = !quant.uniform<i8<-127:127>:f32, 0.0078125>
!ax = !quant.uniform<i32:f32, 2.44140625E-4>
!aa = !quant.uniform<i32:f32, 4.8828125E-4>

module attributes {quench.model = "block"} {
func.func @main(%image: tensor<1x3x9x7xf32> {quench.name = "image"})
    -> (tensor<1x5xf32> {quench.name = "probabilities"}) {
  %q = q.quantize %image : (tensor<1x3x9x7xf32>) -> tensor<1x3x9x7x!x> loc("image")
  %x = q.transpose %q perm [0, 2, 3, 1] : (tensor<1x3x9x7x!x>) -> tensor<1x9x7x3x!x> loc("nhwc")
  %w0 = q.constant dense<3> : tensor<16x3x3x3xi8> as tensor<16x3x3x3x!w>
  %b0 = q.constant dense<100> : tensor<16xi32> as tensor<16x!ax>
  %0 = q.conv2d %x, %w0, bias %b0 strides [1, 1] pads [1, 1, 1, 1] clamp [-128, 127]
     {multiplier = dense<3.906250e-03> : tensor<1xf32>}
     : (tensor<1x9x7x3x!x>, tensor<16x3x3x3x!w>, tensor<16x!ax>) -> tensor<1x9x7x16x!a> loc("stem")
  %w1 = q.constant dense<-5> : tensor<16x3x3x1xi8> as tensor<16x3x3x1x!w>
  %1 = q.conv2d %0, %w1 strides [1, 1] pads [1, 1, 1, 1] clamp [-128, 127]
     {groups = 16 : i64, multiplier = dense<7.812500e-03> : tensor<1xf32>}
     : (tensor<1x9x7x16x!a>, tensor<16x3x3x1x!w>) -> tensor<1x9x7x16x!b> loc("depthwise")
  %w2 = q.constant dense<7> : tensor<16x1x1x16xi8> as tensor<16x1x1x16x!w>
  %2 = q.conv2d %1, %w2 strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127]
     {multiplier = dense<7.812500e-03> : tensor<1xf32>}
     : (tensor<1x9x7x16x!b>, tensor<16x1x1x16x!w>) -> tensor<1x9x7x16x!b> loc("project")
  %3 = q.add %2, %0 clamp [-128, 127]
     : (tensor<1x9x7x16x!b>, tensor<1x9x7x16x!a>) -> tensor<1x9x7x16x!b> loc("sum")
  %4 = q.max_pool2d %3 kernel [2, 2] strides [2, 2] pads [0, 0, 0, 0]
     : (tensor<1x9x7x16x!b>) -> tensor<1x4x3x16x!b> loc("pool")
  %5 = q.avg_pool2d %4 kernel [4, 3] strides [1, 1] pads [0, 0, 0, 0] {clamp = array<i64: -128, 127>}
     : (tensor<1x4x3x16x!b>) -> tensor<1x1x1x16x!b> loc("mean")
  %6 = q.reshape %5 : (tensor<1x1x1x16x!b>) -> tensor<1x16x!b> loc("flat")
  %w3 = q.constant dense<9> : tensor<5x16xi8> as tensor<5x16x!w>
  %7 = q.linear %6, %w3 clamp [-128, 127] {multiplier = dense<7.812500e-03> : tensor<1xf32>}
     : (tensor<1x16x!b>, tensor<5x16x!w>) -> tensor<1x5x!b> loc("fc")
  %8 = q.dequantize %7 : (tensor<1x5x!b>) -> tensor<1x5xf32> loc("logits")
  %9 = q.float_island "softmax has no int8 form" (%8) : (tensor<1x5xf32>) -> tensor<1x5xf32> {
  ^bb0(%t: tensor<1x5xf32>):
    %s = nn.softmax %t axis 1 : tensor<1x5xf32> loc("softmax")
    q.yield %s : tensor<1x5xf32>
  } loc("softmax")
  return %9 : tensor<1x5xf32>
}
}
