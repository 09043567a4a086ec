


!x = !quant.uniform<i8:f32, 0.5>
!w = !quant.uniform<i8:f32:1, {0.5, 0.5, 0.5}>
func.func @t2_axis(%x: tensor<1x3x!x>) {
  %w = q.constant dense<1> : tensor<0x3xi8> as tensor<2x3x!w>
  %0 = q.linear %x, %w clamp [-256, 127] {multiplier = dense<0.5> : tensor<1xf32>} : (tensor<1x3x!x>, tensor<2x3x!w>) -> tensor<1x2x!x>
  return
}
