module attributes {quench.model = "two"} {
func.func @main(%a: tensor<1x2xf32> {quench.name = "a"}, %b: tensor<1x3xf32> {quench.name = "b"}) -> (tensor<1x2xf32>, tensor<1x3xf32>) {
  %0 = nn.relu %a : tensor<1x2xf32>
  %1 = nn.relu %b : tensor<1x3xf32>
  return %0, %1 : tensor<1x2xf32>, tensor<1x3xf32>
}
}
