// A call for each way to cut one, and one that is too small: the last.

!x = !quant.uniform<i8:f32, 0.03125:-4>
!a = !quant.uniform<i8:f32, 0.0625:-128>
!b = !quant.uniform<i8:f32, 0.0625:3>
!w = !quant.uniform<i8<-127:127>:f32, 0.0078125>
!ax = !quant.uniform<i32:f32, 2.44140625E-4>

module attributes {quench.model = "wide"} {
func.func @main(%image: tensor<1x128x8x32xf32> {quench.name = "pool"})
    -> (tensor<1x1000xf32> {quench.name = "qrt_threads"}) {
  %x = q.quantize %image : (tensor<1x128x8x32xf32>) -> tensor<1x128x8x32x!x> loc("image")
  %w0 = q.constant dense<3> : tensor<32x3x3x32xi8> as tensor<32x3x3x32x!w>
  %b0 = q.constant dense<100> : tensor<32xi32> as tensor<32x!ax>
  %0 = q.conv2d %x, %w0, bias %b0 strides [1, 1] pads [1, 1, 1, 1] clamp [-128, 127]
     {multiplier = dense<3.906250e-03> : tensor<1xf32>}
     : (tensor<1x128x8x32x!x>, tensor<32x3x3x32x!w>, tensor<32x!ax>) -> tensor<1x128x8x32x!a> loc("stem")
  %w1 = q.constant dense<-5> : tensor<32x3x3x1xi8> as tensor<32x3x3x1x!w>
  %1 = q.conv2d %0, %w1 strides [1, 1] pads [1, 1, 1, 1] clamp [-128, 127]
     {groups = 32 : i64, multiplier = dense<7.812500e-03> : tensor<1xf32>}
     : (tensor<1x128x8x32x!a>, tensor<32x3x3x1x!w>) -> tensor<1x128x8x32x!b> loc("depthwise")
  %w2 = q.constant dense<7> : tensor<32x1x1x32xi8> as tensor<32x1x1x32x!w>
  %2 = q.conv2d %1, %w2 strides [1, 1] pads [0, 0, 0, 0] clamp [-128, 127]
     {multiplier = dense<7.812500e-03> : tensor<1xf32>}
     : (tensor<1x128x8x32x!b>, tensor<32x1x1x32x!w>) -> tensor<1x128x8x32x!b> loc("project")
  %3 = q.max_pool2d %2 kernel [3, 3] strides [2, 2] pads [1, 1, 1, 1]
     : (tensor<1x128x8x32x!b>) -> tensor<1x64x4x32x!b> loc("one")
  %4 = q.max_pool2d %x kernel [3, 3] strides [2, 2] pads [1, 1, 1, 1]
     : (tensor<1x128x8x32x!x>) -> tensor<1x64x4x32x!x> loc("other")
  %s = q.add %3, %4 clamp [-128, 127]
     : (tensor<1x64x4x32x!b>, tensor<1x64x4x32x!x>) -> tensor<1x64x4x32x!b> loc("sum")
  %5 = q.avg_pool2d %s kernel [64, 4] strides [1, 1] pads [0, 0, 0, 0] {clamp = array<i64: -128, 127>}
     : (tensor<1x64x4x32x!b>) -> tensor<1x1x1x32x!b> loc("mean")
  %6 = q.reshape %5 : (tensor<1x1x1x32x!b>) -> tensor<1x32x!b> loc("flat")
  %w3 = q.constant dense<9> : tensor<1000x32xi8> as tensor<1000x32x!w>
  %7 = q.linear %6, %w3 clamp [-128, 127] {multiplier = dense<7.812500e-03> : tensor<1xf32>}
     : (tensor<1x32x!b>, tensor<1000x32x!w>) -> tensor<1x1000x!b> loc("small")
  %t = q.lut %7 function "f" {table = dense<3> : tensor<256xi8>} : (tensor<1x1000x!b>) -> tensor<1x1000x!b> loc("table")
  %w4 = q.constant dense<9> : tensor<1000x1000xi8> as tensor<1000x1000x!w>
  %8 = q.linear %t, %w4 clamp [-128, 127] {multiplier = dense<7.812500e-03> : tensor<1xf32>}
     : (tensor<1x1000x!b>, tensor<1000x1000x!w>) -> tensor<1x1000x!b> loc("fc")
  %9 = q.dequantize %8 : (tensor<1x1000x!b>) -> tensor<1x1000xf32> loc("logits")
  return %9 : tensor<1x1000xf32>
}
}
