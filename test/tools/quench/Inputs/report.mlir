// Errors by construction: 'spread' has a channel 100 times smaller than the
// others, 'dead' one that is always 0, and 'joined' puts the small values of
// 'tiny' beside the large ones of 'dead'.
module attributes {quench.model = "errors"} {
  func.func @main(%x: tensor<1x4xf32> {quench.name = "x"})
      -> (tensor<1x8xf32> {quench.name = "y"}) {
    %a = nn.constant dense<[[1.0, 0.5, 0.0, 0.0], [0.0, 1.0, 0.0, 0.3], [0.0, 0.2, 1.0, 0.0], [0.005, 0.0, 0.0, 0.01]]> : tensor<4x4xf32>
    %b = nn.constant dense<[[1.0, 0.0, 0.0, 0.0], [0.0, 0.7, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.3, 1.0]]> : tensor<4x4xf32>
    %c = nn.constant dense<[[0.01, 0.0, 0.0, 0.0], [0.0, 0.01, 0.0, 0.0], [0.0, 0.0, 0.01, 0.0], [0.0, 0.0, 0.0, 0.01]]> : tensor<4x4xf32>
    %0 = nn.linear %x, %a : (tensor<1x4xf32>, tensor<4x4xf32>) -> tensor<1x4xf32> loc("spread")
    %1 = nn.linear %0, %b : (tensor<1x4xf32>, tensor<4x4xf32>) -> tensor<1x4xf32> loc("dead")
    %2 = nn.linear %0, %c : (tensor<1x4xf32>, tensor<4x4xf32>) -> tensor<1x4xf32> loc("tiny")
    %3 = nn.concat %1, %2 axis 1 : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x8xf32> loc("joined")
    return %3 : tensor<1x8xf32>
  }
}
