// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Convolutions that tensor cores do not compute: depthwise ones, four channels
// of a pixel a thread by dot products along the taps; and all others (groups,
// filter zero points, 16-bit codes, transposed), one output a thread.

#ifndef QRT_CUDA_CONV_DIRECT_CUH
#define QRT_CUDA_CONV_DIRECT_CUH

#include "qrt/cuda/device.cuh"

namespace qrt::cuda {

/// Index of an output pixel.
struct Pixel {
  int n, h, w;
};
QRT_DEVICE Pixel pixel_of(int64_t number, int height, int width) {
  const auto at = static_cast<uint32_t>(number);
  const auto h = static_cast<uint32_t>(height),
             w = static_cast<uint32_t>(width);
  return {static_cast<int>(at / w / h), static_cast<int>(at / w % h),
          static_cast<int>(at % w)};
}

/// Requantizes, adds the residual if there is one, and stores.
template <class Layer, class Y>
QRT_DEVICE void store_output(int32_t acc, float mul, const Y *residual, Y *y,
                             int64_t at) {
  constexpr qrt_conv2d p = Layer::p;
  int32_t code = requantize(acc, mul, p.out);
  if (residual)
    code = add_codes(p.add, code, residual[at]);
  y[at] = static_cast<Y>(code);
}

/// Any convolution; `filter` is [out_c][kernel_h][kernel_w][in_c / groups].
template <class Layer, class X, class Y>
__global__ void __launch_bounds__(blockThreads)
    conv_direct_kernel(const X *x, const int8_t *filter, const void *bias,
                       const float *mul, const Y *residual, Y *y) {
  constexpr qrt_conv2d p = Layer::p;
  constexpr int depth = p.in_c / p.groups, span = p.out_c / p.groups;
  const int64_t number = thread_number();
  if (number >= int64_t{p.batch} * p.out_h * p.out_w * p.out_c)
    return;
  const int oc = static_cast<int>(number % p.out_c);
  const int64_t at = number / p.out_c;
  const Pixel pixel = pixel_of(at, p.out_h, p.out_w);
  const int ih = pixel.h * p.stride_h - p.pad_top;
  const int iw = pixel.w * p.stride_w - p.pad_left;
  const int8_t *w = filter + int64_t{oc} * p.kernel_h * p.kernel_w * depth;
  int32_t acc = bias_of(p, bias, oc);
  for (int kh = 0; kh < p.kernel_h; ++kh)
    for (int kw = 0; kw < p.kernel_w; ++kw, w += depth) {
      const int h = ih + kh * p.dilation_h, v = iw + kw * p.dilation_w;
      if (h < 0 || h >= p.in_h || v < 0 || v >= p.in_w)
        continue;
      const X *from =
          x +
          ((int64_t{pixel.n} * p.in_h + h) * p.in_w + v) * (p.in_c + p.x_gap) +
          oc / span * depth;
      for (int c = 0; c < depth; ++c)
        acc += (from[c] - p.in_zero) * (w[c] - p.filter_zero);
    }
  store_output<Layer>(acc, mul[oc], residual, y, at * (p.out_c + p.y_gap) + oc);
}

template <class Layer, class X, class Y>
void conv_direct(cudaStream_t stream, const X *x, const int8_t *filter,
                 const void *bias, const float *mul, Optional<Y> residual, Y *y,
                 uint8_t * = nullptr) {
  constexpr qrt_conv2d p = Layer::p;
  conv_direct_kernel<Layer, X, Y>
      <<<blocks_for(int64_t{p.batch} * p.out_h * p.out_w * p.out_c),
         blockThreads, 0, stream>>>(x, filter, bias, mul, residual, y);
}

/// Input index that tap `k` brings to output `o` of a transposed convolution,
/// or -1.
QRT_DEVICE int source_of(int o, int pad, int k, int dilation, int stride,
                         int size) {
  const int at = o + pad - k * dilation;
  return at < 0 || at % stride != 0 || at / stride >= size ? -1 : at / stride;
}

template <class Layer, class X, class Y>
__global__ void __launch_bounds__(blockThreads)
    conv_transpose_kernel(const X *x, const int8_t *filter, const void *bias,
                          const float *mul, Y *y) {
  constexpr qrt_conv2d p = Layer::p;
  constexpr int depth = p.in_c / p.groups, span = p.out_c / p.groups;
  const int64_t number = thread_number();
  if (number >= int64_t{p.batch} * p.out_h * p.out_w * p.out_c)
    return;
  const int oc = static_cast<int>(number % p.out_c);
  const int64_t at = number / p.out_c;
  const Pixel pixel = pixel_of(at, p.out_h, p.out_w);
  const int8_t *w = filter + int64_t{oc} * p.kernel_h * p.kernel_w * depth;
  int32_t acc = bias_of(p, bias, oc);
  for (int kh = 0; kh < p.kernel_h; ++kh) {
    const int h =
        source_of(pixel.h, p.pad_top, kh, p.dilation_h, p.stride_h, p.in_h);
    for (int kw = 0; kw < p.kernel_w; ++kw, w += depth) {
      const int v =
          source_of(pixel.w, p.pad_left, kw, p.dilation_w, p.stride_w, p.in_w);
      if (h < 0 || v < 0)
        continue;
      const X *from =
          x +
          ((int64_t{pixel.n} * p.in_h + h) * p.in_w + v) * (p.in_c + p.x_gap) +
          oc / span * depth;
      for (int c = 0; c < depth; ++c)
        acc += (from[c] - p.in_zero) * (w[c] - p.filter_zero);
    }
  }
  y[at * (p.out_c + p.y_gap) + oc] =
      static_cast<Y>(requantize(acc, mul[oc], p.out));
}

template <class Layer, class X, class Y>
void conv_transpose(cudaStream_t stream, const X *x, const int8_t *filter,
                    const void *bias, const float *mul, Y *y) {
  constexpr qrt_conv2d p = Layer::p;
  conv_transpose_kernel<Layer, X, Y>
      <<<blocks_for(int64_t{p.batch} * p.out_h * p.out_w * p.out_c),
         blockThreads, 0, stream>>>(x, filter, bias, mul, y);
}

/// Depthwise: a thread has four channels of a pixel. The filter is [C / 4]
/// [taps / 4 rounded up][4 channels][4 taps], absent taps 0; biases have the
/// zero points folded in.
template <class Layer>
__global__ void __launch_bounds__(blockThreads)
    depthwise_kernel(const int8_t *x, const int8_t *filter, const int32_t *bias,
                     const float *mul, const int8_t *residual, int8_t *y) {
  constexpr qrt_conv2d p = Layer::p;
  constexpr int taps = p.kernel_h * p.kernel_w;
  constexpr int fours = static_cast<int>(divide_up(taps, 4));
  constexpr int groups = p.in_c / 4;
  constexpr int x_pixel = p.in_c + p.x_gap;
  constexpr uint32_t outside = repeat_code(p.in_zero);
  const int64_t number = thread_number();
  if (number >= int64_t{p.batch} * p.out_h * p.out_w * groups)
    return;
  const int group = static_cast<int>(number % groups);
  const int64_t at = number / groups;
  const Pixel pixel = pixel_of(at, p.out_h, p.out_w);
  const int ih = pixel.h * p.stride_h - p.pad_top;
  const int iw = pixel.w * p.stride_w - p.pad_left;
  const int8_t *from =
      x + ((int64_t{pixel.n} * p.in_h + ih) * p.in_w + iw) * x_pixel +
      group * 4;
  const auto *weights =
      reinterpret_cast<const uint4 *>(filter) + int64_t{group} * fours;
  int32_t acc[4];
#pragma unroll
  for (int c = 0; c < 4; ++c)
    acc[c] = bias[group * 4 + c];
#pragma unroll
  for (int four = 0; four < fours; ++four) {
    uint32_t t[4];
#pragma unroll
    for (int e = 0; e < 4; ++e) {
      const int tap = four * 4 + e;
      const int kh = tap / p.kernel_w, kw = tap % p.kernel_w;
      t[e] = outside;
      if (tap >= taps)
        continue;
      const int h = ih + kh * p.dilation_h, v = iw + kw * p.dilation_w;
      if (h >= 0 && h < p.in_h && v >= 0 && v < p.in_w)
        t[e] = *reinterpret_cast<const uint32_t *>(
            from + (kh * p.dilation_h * p.in_w + kw * p.dilation_w) * x_pixel);
    }
    // From four channels of a tap to four taps of a channel.
    const uint32_t low01 = __byte_perm(t[0], t[1], 0x5140);
    const uint32_t low23 = __byte_perm(t[2], t[3], 0x5140);
    const uint32_t high01 = __byte_perm(t[0], t[1], 0x7362);
    const uint32_t high23 = __byte_perm(t[2], t[3], 0x7362);
    const uint4 w = weights[four];
    acc[0] = dot4(__byte_perm(low01, low23, 0x5410), w.x, acc[0]);
    acc[1] = dot4(__byte_perm(low01, low23, 0x7632), w.y, acc[1]);
    acc[2] = dot4(__byte_perm(high01, high23, 0x5410), w.z, acc[2]);
    acc[3] = dot4(__byte_perm(high01, high23, 0x7632), w.w, acc[3]);
  }
  const int64_t to = at * (p.out_c + p.y_gap) + group * 4;
  const uint32_t other =
      residual ? *reinterpret_cast<const uint32_t *>(residual + to) : 0;
  int32_t codes[4];
#pragma unroll
  for (int c = 0; c < 4; ++c) {
    codes[c] = requantize(acc[c], mul[group * 4 + c], p.out);
    if (residual)
      codes[c] = add_codes(p.add, codes[c], code_of(other, c));
  }
  *reinterpret_cast<uint32_t *>(y + to) =
      pack_codes(codes[0], codes[1], codes[2], codes[3]);
}

template <class Layer>
void depthwise(cudaStream_t stream, const int8_t *x, const int8_t *filter,
               const void *bias, const float *mul, const int8_t *residual,
               int8_t *y, uint8_t * = nullptr) {
  constexpr qrt_conv2d p = Layer::p;
  depthwise_kernel<Layer>
      <<<blocks_for(int64_t{p.batch} * p.out_h * p.out_w * (p.in_c / 4)),
         blockThreads, 0, stream>>>(
          x, filter, static_cast<const int32_t *>(bias), mul, residual, y);
}

} // namespace qrt::cuda

#endif // QRT_CUDA_CONV_DIRECT_CUH
