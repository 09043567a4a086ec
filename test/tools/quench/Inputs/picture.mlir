module attributes {quench.model = "picture"} {
func.func @main(%x: tensor<1x6x4x3xf32> {quench.name = "x"}) -> (tensor<1x6x4x3xf32> {quench.name = "y"}) {
  %y = nn.relu %x : tensor<1x6x4x3xf32> loc("y")
  return %y : tensor<1x6x4x3xf32>
}
}
