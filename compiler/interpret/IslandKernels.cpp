// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Ops inside float islands: the runtime's own kernels at every level, because
// their order of operations is part of what the emitted program computes.

#include "compiler/interpret/FloatKernels.h"

#include "dialects/q/FloatParams.h"
#include "dialects/q/Params.h"

#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace quench::interpret {
namespace {

const float *dataOrNull(Inputs inputs, size_t index) {
  return inputs.size() > index && inputs[index]
             ? inputs[index]->data<float>().data()
             : nullptr;
}

/// Kernels that take their operands in the order of the op, all present.
template <auto function, typename Params, size_t... I>
Kernel calling(Params params, std::index_sequence<I...>) {
  return [params](Inputs inputs, Tensor &out) {
    function(&params, dataOrNull(inputs, I)..., out.data<float>().data());
  };
}

/// The kernel of `Op`, whose function has this many operands.
template <typename Op, auto function, size_t operands = 1>
FailureOr<Kernel> make(Operation *op, Inputs) {
  return calling<function>(q::floatParams(cast<Op>(op)),
                           std::make_index_sequence<operands>());
}

template <auto function, size_t operands = 1>
FailureOr<Kernel> makeFunction(Operation *op, Inputs) {
  return calling<function>(q::unaryParams(op),
                           std::make_index_sequence<operands>());
}

FailureOr<Kernel> makeIslandGelu(Operation *op, Inputs inputs) {
  return cast<nn::GeluOp>(op).getApproximate()
             ? makeFunction<qrt_ref_gelu_tanh_f32>(op, inputs)
             : makeFunction<qrt_ref_gelu_f32>(op, inputs);
}

FailureOr<Kernel> makeIslandResize(Operation *op, Inputs) {
  auto resize = cast<nn::ResizeOp>(op);
  const q::ResizeTables tables =
      q::resizeTables(resize.getMode(), resize.getCoordinates(),
                      resize.getRounding(), resize.getScales(),
                      shapeOf(resize.getInput()), shapeOf(resize.getOutput()));
  const bool nearest = resize.getMode() == "nearest";
  return Kernel([=, p = q::floatParams(resize)](Inputs inputs, Tensor &out) {
    const float *x = inputs[0]->data<float>().data();
    float *y = out.data<float>().data();
    if (nearest)
      qrt_ref_resize_nearest_f32(&p, tables.row.data(), tables.col.data(), x,
                                 y);
    else
      qrt_ref_resize_bilinear_f32(&p, tables.row.data(), tables.rowShare.data(),
                                  tables.col.data(), tables.colShare.data(), x,
                                  y);
  });
}

} // namespace

KernelFactory islandFactory(Operation *op) {
  using namespace nn;
  static const llvm::StringMap<KernelFactory> table = {
      {"nn.conv2d", make<Conv2DOp, qrt_ref_conv2d_f32, 3>},
      {"nn.conv_transpose2d",
       make<ConvTranspose2DOp, qrt_ref_conv_transpose2d_f32, 3>},
      {"nn.linear", make<LinearOp, qrt_ref_conv2d_f32, 3>},
      {"nn.matmul", make<MatMulOp, qrt_ref_matmul_f32, 2>},
      {"nn.add", make<AddOp, qrt_ref_add_f32, 2>},
      {"nn.sub", make<SubOp, qrt_ref_sub_f32, 2>},
      {"nn.mul", make<MulOp, qrt_ref_mul_f32, 2>},
      {"nn.avg_pool2d", make<AvgPool2DOp, qrt_ref_avg_pool2d_f32>},
      {"nn.max_pool2d", make<MaxPool2DOp, qrt_ref_max_pool2d_f32>},
      {"nn.reduce_mean", make<ReduceMeanOp, qrt_ref_reduce_mean_f32>},
      {"nn.reduce_sum", make<ReduceSumOp, qrt_ref_reduce_sum_f32>},
      {"nn.reduce_max", make<ReduceMaxOp, qrt_ref_reduce_max_f32>},
      {"nn.resize", makeIslandResize},
      {"nn.softmax", make<SoftmaxOp, qrt_ref_softmax_f32>},
      {"nn.layer_norm", make<LayerNormOp, qrt_ref_layer_norm_f32, 3>},
      {"nn.relu", makeFunction<qrt_ref_clip_f32>},
      {"nn.clip", makeFunction<qrt_ref_clip_f32>},
      {"nn.leaky_relu", makeFunction<qrt_ref_leaky_relu_f32>},
      {"nn.prelu", makeFunction<qrt_ref_prelu_f32, 2>},
      {"nn.sigmoid", makeFunction<qrt_ref_sigmoid_f32>},
      {"nn.tanh", makeFunction<qrt_ref_tanh_f32>},
      {"nn.hard_sigmoid", makeFunction<qrt_ref_hard_sigmoid_f32>},
      {"nn.hard_swish", makeFunction<qrt_ref_hard_swish_f32>},
      {"nn.silu", makeFunction<qrt_ref_silu_f32>},
      {"nn.gelu", makeIslandGelu},
      {"nn.erf", makeFunction<qrt_ref_erf_f32>},
      {"nn.exp", makeFunction<qrt_ref_exp_f32>},
      {"nn.sqrt", makeFunction<qrt_ref_sqrt_f32>},
      {"nn.abs", makeFunction<qrt_ref_abs_f32>},
  };
  return table.lookup(op->getName().getStringRef());
}

bool isInIsland(Operation *op) {
  return op->hasAttr(q::keepFloatAttr) ||
         isa<nn::SoftmaxOp, nn::LayerNormOp>(op) ||
         op->getParentOfType<q::FloatIslandOp>();
}

} // namespace quench::interpret
