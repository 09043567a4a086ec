// A quantized relu: quantize and dequantize.
!x = !quant.uniform<i8:f32, 0.03125:-128>
module attributes {quench.model = "relu"} {
func.func @main(%x: tensor<1x3xf32> {quench.name = "x"}) -> (tensor<1x3xf32> {quench.name = "y"}) {
  %q = q.quantize %x : (tensor<1x3xf32>) -> tensor<1x3x!x> loc("q")
  %y = q.dequantize %q : (tensor<1x3x!x>) -> tensor<1x3xf32> loc("y")
  return %y : tensor<1x3xf32>
}
}
