// Text may mix the levels.
func.func @main(%x: tensor<1x3xf32>) -> tensor<1x3xf32> {
  %0 = nn.relu %x : tensor<1x3xf32> loc("stray")
  %1 = q.quantize %0 : (tensor<1x3xf32>) -> tensor<1x3x!quant.uniform<i8:f32, 0.5>>
  %2 = q.dequantize %1 : (tensor<1x3x!quant.uniform<i8:f32, 0.5>>) -> tensor<1x3xf32>
  return %2 : tensor<1x3xf32>
}
