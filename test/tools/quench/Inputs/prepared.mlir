module attributes {quench.model = "prepared"} {
func.func @main(%x: tensor<1x3x8x8xf32> {quench.name = "x"}) -> (tensor<1x3x8x8xf32> {quench.name = "y"}) {
  %y = nn.relu %x : tensor<1x3x8x8xf32> loc("y")
  return %y : tensor<1x3x8x8xf32>
}
}
