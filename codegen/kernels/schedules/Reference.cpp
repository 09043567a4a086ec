// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The scalar kernels of libqrt (runtime/ref): the meaning of each op, and what
// is left when every other row declines. Nothing is emitted and nothing packed.

#include "codegen/kernels/schedules/Schedule.h"

namespace quench::kernels {

namespace {

double elements(const qrt_space &space) {
  double count = 1;
  for (int32_t i = 0; i < space.rank; ++i)
    count *= space.size[i];
  return count;
}

/// Innermost steps of the scalar loops.
double steps(const Problem &problem) {
  struct Count {
    Op op;
    double operator()(const qrt_conv2d &p) const {
      // The transposed convolution multiplies every input pixel.
      const double pixels = op == Op::ConvTranspose2D
                                ? double(p.in_h) * p.in_w
                                : double(p.out_h) * p.out_w;
      return pixels * p.batch * p.out_c * p.kernel_h * p.kernel_w *
             (double(p.in_c) / p.groups);
    }
    double operator()(const qrt_matmul &p) const {
      return double(p.batch) * p.m * p.k * p.n;
    }
    double operator()(const qrt_add_nd &p) const { return elements(p.space); }
    double operator()(const qrt_mul_nd &p) const { return elements(p.space); }
    double operator()(const qrt_lut &p) const { return p.count; }
    double operator()(const qrt_interpolate &p) const { return p.count; }
    double operator()(const qrt_rescale &p) const { return p.count; }
    double operator()(const qrt_pool2d &p) const {
      return double(p.batch) * p.out_h * p.out_w * p.channels * p.kernel_h *
             p.kernel_w;
    }
    double operator()(const qrt_reduce &p) const {
      return elements(p.outer) * elements(p.inner);
    }
    double operator()(const qrt_copy &p) const { return elements(p.space); }
    double operator()(const FillParams &p) const { return p.count; }
    double operator()(const qrt_resize2d &p) const {
      return double(p.batch) * p.out_h * p.out_w * p.channels;
    }
    double operator()(const qrt_border &p) const {
      return double(p.batch) * p.channels * p.pixels;
    }
    double operator()(const qrt_rows &p) const {
      return double(p.outer) * p.length * p.inner;
    }
    double operator()(const qrt_conv2d_f32 &p) const {
      const double pixels = op == Op::ConvTranspose2DF32
                                ? double(p.in_h) * p.in_w
                                : double(p.out_h) * p.out_w;
      return pixels * p.batch * p.out_c * p.kernel_h * p.kernel_w *
             (double(p.in_c) / p.groups);
    }
    double operator()(const qrt_matmul_f32 &p) const {
      return elements(p.batch) * p.m * p.k * p.n;
    }
    double operator()(const qrt_binary_f32 &p) const {
      return elements(p.space);
    }
    double operator()(const qrt_unary_f32 &p) const { return p.count; }
  };
  return std::visit(Count{problem.op}, problem.params);
}

/// Scalar cycles a step. Measured on Zen 4 with runtime/ref at -O2, rounded;
/// multiplications vectorise a little, rounding and tables do not.
double cyclesPerStep(Op op) {
  switch (op) {
  case Op::Conv2D:
  case Op::ConvTranspose2D:
  case Op::MatMul:
    return 1;
  case Op::Fill:
    return 0.1;
  case Op::Copy:
  case Op::Lut:
  case Op::ResizeNearest:
    return 1.5;
  case Op::MaxPool2D:
  case Op::AvgPool2D:
  case Op::ReduceSum:
  case Op::ReduceMax:
  case Op::ArgMax:
    return 1.5;
  case Op::Add:
  case Op::Mul:
  case Op::Dequantize:
  case Op::Interpolate:
  case Op::Requantize:
    return 4;
  case Op::QuantizeF32:
  case Op::ResizeBilinear:
    return 8;
  case Op::SoftmaxF32:
  case Op::LayerNormF32:
    return 20;
  case Op::Conv2DF32:
  case Op::ConvTranspose2DF32:
  case Op::MatMulF32:
    return 0.25;
  case Op::AddF32:
  case Op::SubF32:
  case Op::MulF32:
  case Op::AvgPool2DF32:
  case Op::MaxPool2DF32:
  case Op::ReduceSumF32:
  case Op::ReduceMeanF32:
  case Op::ReduceMaxF32:
  case Op::ResizeNearestF32:
  case Op::ClipF32:
  case Op::AbsF32:
  case Op::LeakyReluF32:
  case Op::PReluF32:
    return 1.5;
  case Op::ResizeBilinearF32:
  case Op::HardSigmoidF32:
  case Op::HardSwishF32:
    return 4;
  case Op::SigmoidF32:
  case Op::TanhF32:
  case Op::SiluF32:
  case Op::GeluF32:
  case Op::GeluTanhF32:
  case Op::ErfF32:
  case Op::ExpF32:
    return 20;
  case Op::SqrtF32:
    return 60;
  }
  return 1;
}

/// Filter codes of one output channel.
size_t codesOf(const qrt_conv2d &conv) {
  return static_cast<size_t>(conv.kernel_h) *
         static_cast<size_t>(conv.kernel_w) *
         static_cast<size_t>(conv.in_c / conv.groups);
}

class Reference final : public Schedule {
public:
  bool isEmitted() const override { return false; }

  bool accepts(const Kernel &kernel, const Problem &problem,
               std::string *why) const override {
    if (problem.op != kernel.op)
      return decline(why, "another op");
    return true;
  }

  double cost(const Kernel &kernel, const Problem &problem,
              const targets::Target &) const override {
    double cycles = 50 + steps(problem) * cyclesPerStep(kernel.op);
    // Unpacking goes code by code.
    if (kernel.filterBits < 8) {
      const auto &conv = std::get<qrt_conv2d>(problem.params);
      cycles +=
          (kernel.grouped ? 3.0 : 2.0) * conv.out_c * double(codesOf(conv));
    }
    return cycles;
  }

  size_t scratchBytes(const Kernel &kernel,
                      const Problem &problem) const override {
    if (kernel.filterBits == 8)
      return 0;
    const auto &conv = std::get<qrt_conv2d>(problem.params);
    return size_t(qrt_narrow_channels(&conv)) * codesOf(conv);
  }

  int32_t filterColumn(const Kernel &, const qrt_conv2d &conv) const override {
    return conv.kernel_h * conv.kernel_w * (conv.in_c / conv.groups);
  }

  int unpackedChannels(const Kernel &, const Problem &problem) const override {
    return qrt_narrow_channels(&std::get<qrt_conv2d>(problem.params));
  }

  PackedFilter pack(const Kernel &, const qrt_conv2d &conv,
                    const int8_t *filter, const int32_t *bias,
                    const float *mul) const override {
    const size_t channels = static_cast<size_t>(conv.out_c);
    const size_t depth = codesOf(conv);
    PackedFilter packed;
    for (int channel = 0; channel < conv.out_c; ++channel)
      packed.blocks.push_back({size_t(channel + 1) * depth, channel, 1});
    packed.filter.assign(filter, filter + channels * depth);
    if (bias)
      packed.bias.assign(bias, bias + channels);
    packed.mul.assign(mul, mul + channels);
    return packed;
  }
};

} // namespace

PackedFilter Schedule::pack(const Kernel &, const qrt_conv2d &, const int8_t *,
                            const int32_t *, const float *) const {
  return {};
}

const Schedule &referenceSchedule() {
  static const Reference schedule;
  return schedule;
}

} // namespace quench::kernels
