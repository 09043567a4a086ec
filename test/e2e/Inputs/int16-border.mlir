// An input of a narrow range and a wide output.
func.func @main(%x: tensor<1x4xf32> {quench.name = "x"}) -> (tensor<1x2xf32> {quench.name = "y"}) {
  %0 = qf.fake_quant %x as !quant.uniform<i16<-1000:1000>:f32, 0.0010000000474974513> : tensor<1x4xf32> loc("input")
  %w = qf.constant dense<[[100, -100, 2, 1], [0, 50, -1, 7]]> : tensor<2x4xi8> as !quant.uniform<i8<-127:127>:f32, 1.0> : tensor<2x4xf32>
  %1 = nn.linear %0, %w : (tensor<1x4xf32>, tensor<2x4xf32>) -> tensor<1x2xf32>
  %2 = qf.fake_quant %1 as !quant.uniform<i16:f32, 0.0099999997764825820> : tensor<1x2xf32> loc("output")
  return %2 : tensor<1x2xf32>
}
