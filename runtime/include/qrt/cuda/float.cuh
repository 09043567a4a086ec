// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Layers kept float and float islands, operation by operation as the reference
// kernels compute them (docs/spec.md, section 7): every operator of Real rounds
// once.

#ifndef QRT_CUDA_FLOAT_CUH
#define QRT_CUDA_FLOAT_CUH

#include "qrt/cuda/conv_direct.cuh"
#include "qrt/cuda/reduce.cuh"

namespace qrt::cuda {

/// min(max(x, low), high); a NaN passes.
QRT_DEVICE float clampf(float x, float low, float high) {
  const float raised = x < low ? low : x;
  return raised > high ? high : raised;
}

/// c[0] x^(n-1) + ... + c[n-1], by Horner's rule.
template <int N>
QRT_DEVICE Real polynomial(const float (&c)[N], Real x) {
  Real sum = c[0];
#pragma unroll
  for (int i = 1; i < N; ++i)
    sum = sum * x + Real(c[i]);
  return sum;
}

/// qrt_expf.
QRT_DEVICE float expf(float x) {
  constexpr float ln2_high = 0x1.63p-1f, ln2_low = -0x1.bd0106p-13f;
  constexpr float log2_e = 0x1.715476p+0f;
  constexpr float q[] = {0x1.6d117cp-10f, 0x1.120be2p-7f, 0x1.555518p-5f,
                         0x1.5554dcp-3f, 0.5f};
  if (x != x)
    return x;
  if (x < -87.0f)
    return 0.0f;
  if (x > 88.0f)
    return 0x1.fffffep+127f;
  const int32_t n =
      __float_as_int(Real(x) * Real(log2_e) + Real(roundingFloat)) -
      roundingBits;
  const Real scale = static_cast<float>(n);
  const Real r = (Real(x) - scale * Real(ln2_high)) - scale * Real(ln2_low);
  const Real tail = polynomial(q, r) * (r * r);
  const Real value = Real(1.0f) + (r + tail);
  return value * Real(__int_as_float((n + 127) << 23));
}

/// qrt_tanhf.
QRT_DEVICE float tanhf(float x) {
  constexpr float q[] = {-0x1.8f8de4p-8f, 0x1.58048ep-6f, -0x1.b9258ap-5f,
                         0x1.110e1cp-3f, -0x1.555552p-2f};
  const uint32_t sign = __float_as_uint(x) & 0x80000000u;
  const Real a = fabsf(x);
  Real value = 0.0f;
  if (a.value < 0.625f) {
    const Real t = a * a;
    value = a + (a * t) * polynomial(q, t);
  } else {
    const Real e = expf(Real(2.0f) * a);
    value = Real(1.0f) - Real(2.0f) / (e + Real(1.0f));
  }
  return __uint_as_float(__float_as_uint(value) | sign);
}

/// qrt_erff.
QRT_DEVICE float erff(float x) {
  constexpr float p[] = {0x1.4a569p-14f,  -0x1.a45088p-11f, 0x1.541270p-8f,
                         -0x1.b7fabap-6f, 0x1.ce2d10p-4f,   -0x1.81273ep-2f,
                         0x1.20dd74p+0f};
  constexpr float q[] = {-0x1.c017fap-3f, 0x1.357d5ep-1f, -0x1.ee74bp-6f,
                         0x1.83cceep-2f,  0x1.0ec75cp-2f, 0x1.5d23c4p-10f};
  const uint32_t sign = __float_as_uint(x) & 0x80000000u;
  const Real a = fabsf(x), t = Real(x) * Real(x);
  if (a.value < 1.0f)
    return Real(x) * polynomial(p, t);
  const Real s = Real(1.0f) / (Real(1.0f) + Real(0.5f) * a);
  const Real complement = Real(expf(-t)) * polynomial(q, s);
  return __uint_as_float(__float_as_uint(Real(1.0f) - complement) | sign);
}

/// qrt_sqrtf: correctly rounded, 0 below the normal numbers.
QRT_DEVICE float sqrtf(float x) {
  if (x < 0x1p-126f)
    return 0.0f;
  return (__float_as_uint(x) & 0x7F800000u) == 0x7F800000u ? x : __fsqrt_rn(x);
}

/// Functions of one number.
enum class Unary {
  Clip,
  LeakyRelu,
  Sigmoid,
  Tanh,
  HardSigmoid,
  HardSwish,
  Silu,
  Gelu,
  GeluTanh,
  Erf,
  Exp,
  Sqrt,
  Abs,
};

template <class Layer, Unary F>
QRT_DEVICE float unary_of(float number) {
  constexpr qrt_unary_f32 p = Layer::p;
  const Real x = number, one = 1.0f, half = 0.5f;
  if constexpr (F == Unary::Clip)
    return clampf(x, p.alpha, p.beta);
  else if constexpr (F == Unary::LeakyRelu)
    return x.value < 0.0f ? Real(p.alpha) * x : x;
  else if constexpr (F == Unary::Sigmoid)
    return one / (one + Real(expf(-x)));
  else if constexpr (F == Unary::Tanh)
    return tanhf(x);
  else if constexpr (F == Unary::HardSigmoid)
    return clampf(Real(p.alpha) * x + Real(p.beta), 0.0f, 1.0f);
  else if constexpr (F == Unary::HardSwish)
    return x * Real(clampf(x / Real(6.0f) + half, 0.0f, 1.0f));
  else if constexpr (F == Unary::Silu)
    return x / (one + Real(expf(-x)));
  else if constexpr (F == Unary::Gelu)
    return half * x * (one + Real(erff(x * Real(0x1.6a09e6p-1f))));
  else if constexpr (F == Unary::GeluTanh) {
    const Real bend = Real(0.044715f) * (x * x);
    const Real stretched = x * (one + bend);
    return half * x * (one + Real(tanhf(Real(0x1.988454p-1f) * stretched)));
  } else if constexpr (F == Unary::Erf)
    return erff(x);
  else if constexpr (F == Unary::Exp)
    return expf(x);
  else if constexpr (F == Unary::Sqrt)
    return sqrtf(x);
  else
    return __uint_as_float(__float_as_uint(x) & 0x7FFFFFFFu);
}

template <class Layer, Unary F>
__global__ void __launch_bounds__(blockThreads)
    unary_f32_kernel(const float *x, float *y) {
  const int64_t i = thread_number();
  if (i < Layer::p.count)
    y[i] = unary_of<Layer, F>(x[i]);
}
template <class Layer, Unary F>
void unary_f32(cudaStream_t stream, const float *x, float *y) {
  unary_f32_kernel<Layer, F>
      <<<blocks_for(Layer::p.count), blockThreads, 0, stream>>>(x, y);
}

template <class Layer>
__global__ void __launch_bounds__(blockThreads)
    prelu_f32_kernel(const float *x, const float *slope, float *y) {
  constexpr qrt_unary_f32 p = Layer::p;
  const int64_t i = thread_number();
  if (i < p.count)
    y[i] = x[i] < 0.0f ? __fmul_rn(slope[i % p.channels], x[i]) : x[i];
}
template <class Layer>
void prelu_f32(cudaStream_t stream, const float *x, const float *slope,
               float *y) {
  prelu_f32_kernel<Layer>
      <<<blocks_for(Layer::p.count), blockThreads, 0, stream>>>(x, slope, y);
}

/// Functions of two numbers.
enum class BinaryF32 { Add, Sub, Mul };

template <class Layer, BinaryF32 F>
__global__ void __launch_bounds__(blockThreads)
    binary_f32_kernel(const float *a, const float *b, float *y) {
  constexpr qrt_binary_f32 p = Layer::p;
  const int64_t i = thread_number();
  if (i >= elements_of(p.space))
    return;
  const Offsets at = offsets_of(p.space, p.a_stride, p.b_stride, i);
  const Real u = a[at.a], v = b[at.b];
  const Real value = F == BinaryF32::Add   ? u + v
                     : F == BinaryF32::Sub ? u - v
                                           : u * v;
  y[i] = clampf(value, p.min, p.max);
}
template <class Layer, BinaryF32 F>
void binary_f32(cudaStream_t stream, const float *a, const float *b, float *y) {
  binary_f32_kernel<Layer, F>
      <<<blocks_for(elements_of(Layer::p.space)), blockThreads, 0, stream>>>(
          a, b, y);
}

/// The end of a float convolution.
template <class Layer>
QRT_DEVICE float float_output(const Lanes &lanes, const float *bias, int oc) {
  constexpr qrt_conv2d_f32 p = Layer::p;
  const float sum = lanes.sum();
  return clampf(bias ? __fadd_rn(sum, bias[oc]) : sum, p.min, p.max);
}

/// One output a thread, taps outside left out; `Transposed` gathers.
template <class Layer, bool Transposed>
__global__ void __launch_bounds__(blockThreads)
    conv_f32_kernel(const float *x, const float *filter, const float *bias,
                    float *y) {
  constexpr qrt_conv2d_f32 p = Layer::p;
  constexpr int depth = p.in_c / p.groups, span = p.out_c / p.groups;
  const int64_t number = thread_number();
  if (number >= int64_t{p.batch} * p.out_h * p.out_w * p.out_c)
    return;
  const int oc = static_cast<int>(number % p.out_c);
  const Pixel pixel = pixel_of(number / p.out_c, p.out_h, p.out_w);
  const float *w = filter + int64_t{oc} * p.kernel_h * p.kernel_w * depth;
  Lanes lanes;
  for (int kh = 0; kh < p.kernel_h; ++kh)
    for (int kw = 0; kw < p.kernel_w; ++kw, w += depth) {
      int h, v;
      if constexpr (Transposed) {
        h = source_of(pixel.h, p.pad_top, kh, p.dilation_h, p.stride_h, p.in_h);
        v = source_of(pixel.w, p.pad_left, kw, p.dilation_w, p.stride_w,
                      p.in_w);
      } else {
        h = pixel.h * p.stride_h - p.pad_top + kh * p.dilation_h;
        v = pixel.w * p.stride_w - p.pad_left + kw * p.dilation_w;
      }
      if (h < 0 || h >= p.in_h || v < 0 || v >= p.in_w)
        continue;
      const float *from =
          x + ((int64_t{pixel.n} * p.in_h + h) * p.in_w + v) * p.in_c +
          oc / span * depth;
      lanes.add(depth, [&](int64_t c) { return __fmul_rn(from[c], w[c]); });
    }
  y[number] = float_output<Layer>(lanes, bias, oc);
}
template <class Layer, bool Transposed>
void conv_f32(cudaStream_t stream, const float *x, const float *filter,
              const float *bias, float *y) {
  constexpr qrt_conv2d_f32 p = Layer::p;
  conv_f32_kernel<Layer, Transposed>
      <<<blocks_for(int64_t{p.batch} * p.out_h * p.out_w * p.out_c),
         blockThreads, 0, stream>>>(x, filter, bias, y);
}

/// A row a thread: islands are small, and the lanes fix the order anyway.
template <class Layer>
__global__ void __launch_bounds__(blockThreads)
    softmax_kernel(const float *x, float *y) {
  constexpr qrt_rows p = Layer::p;
  const int64_t number = thread_number();
  if (number >= int64_t{p.outer} * p.inner || p.length < 1)
    return;
  const int64_t begin =
      number / p.inner * p.length * p.inner + number % p.inner;
  x += begin;
  y += begin;
  float largest = x[0];
  for (int64_t i = 1; i < p.length; ++i)
    largest = x[i * p.inner] > largest ? x[i * p.inner] : largest;
  Lanes lanes;
  lanes.add(p.length, [&](int64_t i) {
    return y[i * p.inner] = expf(__fsub_rn(x[i * p.inner], largest));
  });
  const float sum = lanes.sum();
  for (int64_t i = 0; i < p.length; ++i)
    y[i * p.inner] = __fdiv_rn(y[i * p.inner], sum);
}
template <class Layer>
void softmax(cudaStream_t stream, const float *x, float *y) {
  constexpr qrt_rows p = Layer::p;
  softmax_kernel<Layer>
      <<<blocks_for(int64_t{p.outer} * p.inner), blockThreads, 0, stream>>>(x,
                                                                            y);
}

template <class Layer>
__global__ void __launch_bounds__(blockThreads)
    layer_norm_kernel(const float *x, const float *scale, const float *bias,
                      float *y) {
  constexpr qrt_rows p = Layer::p;
  const int64_t row = thread_number();
  if (row >= p.outer)
    return;
  x += row * p.length;
  y += row * p.length;
  const float n = static_cast<float>(p.length);
  Lanes sums, squares;
  sums.add(p.length, [&](int64_t i) { return x[i]; });
  const Real mean = __fdiv_rn(sums.sum(), n);
  squares.add(p.length, [&](int64_t i) -> float {
    const Real d = Real(x[i]) - mean;
    return d * d;
  });
  const float variance = __fdiv_rn(squares.sum(), n);
  const Real deviation = sqrtf(__fadd_rn(variance, p.epsilon));
  for (int64_t i = 0; i < p.length; ++i)
    y[i] = (Real(x[i]) - mean) / deviation * Real(scale[i]) +
           Real(bias ? bias[i] : 0.0f);
}
template <class Layer>
void layer_norm(cudaStream_t stream, const float *x, const float *scale,
                const float *bias, float *y) {
  layer_norm_kernel<Layer>
      <<<blocks_for(Layer::p.outer), blockThreads, 0, stream>>>(x, scale, bias,
                                                                y);
}

} // namespace qrt::cuda

#endif // QRT_CUDA_FLOAT_CUH
