// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One element a thread: every op has such a template in qrt/cuda, for codes of
// all widths, so that whole models run on a GPU.

#include "codegen/kernels/cuda/Cuda.h"
#include "codegen/kernels/schedules/Schedule.h"

namespace quench::kernels {

namespace {

struct FlatRow {
  Op op;
  std::string_view call;
  std::string_view header;
  /// The same for words of four 8-bit codes, or empty.
  std::string_view words = "";
};

constexpr std::string_view direct = "conv_direct", elementwise = "elementwise",
                           window = "window", reduce = "reduce", real = "float";

constexpr FlatRow flatTable[] = {
    {Op::Conv2D, "conv_direct<@>", direct},
    {Op::ConvTranspose2D, "conv_transpose<@>", direct},
    {Op::MatMul, "matmul<@>", reduce},
    {Op::Add, "binary<@, Binary::Add>", elementwise,
     "binary_words<@, Binary::Add>"},
    {Op::Mul, "binary<@, Binary::Mul>", elementwise,
     "binary_words<@, Binary::Mul>"},
    {Op::Lut, "lut<@>", elementwise},
    {Op::Interpolate, "interpolate<@>", elementwise},
    {Op::Requantize, "rescale<@>", elementwise},
    {Op::MaxPool2D, "max_pool<@>", window},
    {Op::AvgPool2D, "avg_pool<@>", window},
    {Op::ReduceSum, "reduce_sum<@>", reduce},
    {Op::ReduceMax, "reduce_max<@>", reduce},
    {Op::ArgMax, "arg_max<@>", reduce},
    {Op::Copy, "copy<@>", elementwise},
    {Op::Fill, "fill", elementwise},
    {Op::ResizeNearest, "resize_nearest<@>", window},
    {Op::ResizeBilinear, "resize_bilinear<@>", window},
    {Op::QuantizeF32, "quantize_f32<@>", elementwise},
    {Op::Dequantize, "dequantize_f32<@>", elementwise},
    {Op::SoftmaxF32, "softmax<@>", real},
    {Op::LayerNormF32, "layer_norm<@>", real},
    {Op::Conv2DF32, "conv_f32<@, false>", real},
    {Op::ConvTranspose2DF32, "conv_f32<@, true>", real},
    {Op::MatMulF32, "matmul_f32<@>", reduce},
    {Op::AddF32, "binary_f32<@, BinaryF32::Add>", real},
    {Op::SubF32, "binary_f32<@, BinaryF32::Sub>", real},
    {Op::MulF32, "binary_f32<@, BinaryF32::Mul>", real},
    {Op::AvgPool2DF32, "avg_pool_f32<@>", window},
    {Op::MaxPool2DF32, "max_pool_f32<@>", window},
    {Op::ReduceSumF32, "reduce_f32<@, Reduce::Sum>", reduce},
    {Op::ReduceMeanF32, "reduce_f32<@, Reduce::Mean>", reduce},
    {Op::ReduceMaxF32, "reduce_f32<@, Reduce::Max>", reduce},
    {Op::ResizeNearestF32, "resize_nearest<@>", window},
    {Op::ResizeBilinearF32, "resize_bilinear_f32<@>", window},
    {Op::PReluF32, "prelu_f32<@>", real},
    {Op::ClipF32, "unary_f32<@, Unary::Clip>", real},
    {Op::LeakyReluF32, "unary_f32<@, Unary::LeakyRelu>", real},
    {Op::SigmoidF32, "unary_f32<@, Unary::Sigmoid>", real},
    {Op::TanhF32, "unary_f32<@, Unary::Tanh>", real},
    {Op::HardSigmoidF32, "unary_f32<@, Unary::HardSigmoid>", real},
    {Op::HardSwishF32, "unary_f32<@, Unary::HardSwish>", real},
    {Op::SiluF32, "unary_f32<@, Unary::Silu>", real},
    {Op::GeluF32, "unary_f32<@, Unary::Gelu>", real},
    {Op::GeluTanhF32, "unary_f32<@, Unary::GeluTanh>", real},
    {Op::ErfF32, "unary_f32<@, Unary::Erf>", real},
    {Op::ExpF32, "unary_f32<@, Unary::Exp>", real},
    {Op::SqrtF32, "unary_f32<@, Unary::Sqrt>", real},
    {Op::AbsF32, "unary_f32<@, Unary::Abs>", real},
};

/// The reference's steps, shared by all lanes of the chip.
class Flat : public Schedule {
public:
  bool accepts(const Kernel &kernel, const Problem &problem,
               std::string *why) const override {
    return problem.op == kernel.op || decline(why, "another op");
  }
  double cost(const Kernel &kernel, const Problem &problem,
              const targets::Target &target) const override {
    // Six instructions a step, 64 lanes a cycle. A thread waits for its own
    // loads, which a small grid does not hide.
    const double lanes = 64.0 / 6 * targets::findGpu(target.name)->processors;
    double chain = 0;
    if (const auto *conv = std::get_if<qrt_conv2d>(&problem.params))
      chain = 16.0 * conv->kernel_h * conv->kernel_w *
              (double(conv->in_c) / conv->groups);
    return 3000 + chain +
           referenceSchedule().cost(kernel, problem, target) / lanes;
  }
  /// Plain copies, with a bias.
  PackedFilter pack(const Kernel &kernel, const qrt_conv2d &conv,
                    const int8_t *filter, const int32_t *bias,
                    const float *mul) const override {
    PackedFilter packed =
        referenceSchedule().pack(kernel, conv, filter, bias, mul);
    packed.bias.resize(static_cast<size_t>(conv.out_c));
    return packed;
  }
};

/// Whether `stride` walks a dense tensor of `space`.
bool isDense(const qrt_space &space, const int32_t *stride) {
  int64_t dense = 1;
  for (int32_t axis = space.rank - 1; axis >= 0; --axis) {
    if (space.size[axis] != 1 && stride[axis] != dense)
      return false;
    dense *= space.size[axis];
  }
  return dense % 4 == 0;
}

bool areDense(const Problem &problem) {
  if (const auto *add = std::get_if<qrt_add_nd>(&problem.params))
    return isDense(add->space, add->a_stride) &&
           isDense(add->space, add->b_stride);
  const auto &mul = std::get<qrt_mul_nd>(problem.params);
  return isDense(mul.space, mul.a_stride) && isDense(mul.space, mul.b_stride);
}

class Words final : public Flat {
public:
  bool accepts(const Kernel &kernel, const Problem &problem,
               std::string *why) const override {
    if (!Flat::accepts(kernel, problem, why))
      return false;
    return (areDense(problem) && problem.alignment % 4 == 0) ||
           decline(why, "operands are no dense words");
  }
  double cost(const Kernel &kernel, const Problem &problem,
              const targets::Target &target) const override {
    return 3000 + (Flat::cost(kernel, problem, target) - 3000) / 2;
  }
};

} // namespace

void addCudaFlat(std::vector<Kernel> &rows, Op op, const Codes &codes,
                 const std::string &widths) {
  static const Flat flat;
  static const Words words;
  for (const FlatRow &row : flatTable) {
    if (row.op != op)
      continue;
    auto add = [&](std::string_view call, const Schedule &schedule,
                   const char *kind) {
      Kernel kernel;
      kernel.symbol = std::string(opName(op)) + "_" + widths +
                      (widths.empty() ? "" : "_") + kind + "cuda";
      kernel.op = op;
      kernel.isa = cudaLevel;
      kernel.codes = codes;
      kernel.filterZero = true;
      kernel.schedule = &schedule;
      kernel.call = call;
      kernel.header = "qrt/cuda/" + std::string(row.header) + ".cuh";
      rows.push_back(std::move(kernel));
    };
    if (!row.words.empty() && codes == Codes())
      add(row.words, words, "words_");
    add(row.call, flat, "");
  }
}

} // namespace quench::kernels
