// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sums, products and tables of codes, the border between numbers and codes,
// fills and copies: one element a thread, or four neighbours where operands are
// dense and aligned.

#ifndef QRT_CUDA_ELEMENTWISE_CUH
#define QRT_CUDA_ELEMENTWISE_CUH

#include "qrt/cuda/device.cuh"

namespace qrt::cuda {

/// What a binary op makes of two codes.
enum class Binary { Add, Mul };
template <class Layer, Binary Op>
QRT_DEVICE int32_t combine(int32_t a, int32_t b) {
  if constexpr (Op == Binary::Add) {
    constexpr qrt_add_nd p = Layer::p;
    return add_codes(p.add, a, b);
  } else {
    constexpr qrt_mul_nd p = Layer::p;
    return requantize((a - p.a_zero) * (b - p.b_zero), p.mul, p.out);
  }
}

template <class Layer, Binary Op, class A, class B, class Y>
__global__ void __launch_bounds__(blockThreads)
    binary_kernel(const A *a, const B *b, Y *y) {
  constexpr auto p = Layer::p;
  const int64_t i = thread_number();
  if (i >= elements_of(p.space))
    return;
  const Offsets at = offsets_of(p.space, p.a_stride, p.b_stride, i);
  y[i] = static_cast<Y>(combine<Layer, Op>(a[at.a], b[at.b]));
}

/// Both operands as dense as the result, 8 bits.
template <class Layer, Binary Op>
__global__ void __launch_bounds__(blockThreads)
    binary_words_kernel(const int8_t *a, const int8_t *b, int8_t *y) {
  constexpr auto p = Layer::p;
  const int64_t i = thread_number();
  if (i >= elements_of(p.space) / 4)
    return;
  const uint32_t wa = reinterpret_cast<const uint32_t *>(a)[i];
  const uint32_t wb = reinterpret_cast<const uint32_t *>(b)[i];
  int32_t codes[4];
#pragma unroll
  for (int e = 0; e < 4; ++e)
    codes[e] = combine<Layer, Op>(code_of(wa, e), code_of(wb, e));
  reinterpret_cast<uint32_t *>(y)[i] =
      pack_codes(codes[0], codes[1], codes[2], codes[3]);
}

template <class Layer, Binary Op, class A, class B, class Y>
void binary(cudaStream_t stream, const A *a, const B *b, Y *y) {
  binary_kernel<Layer, Op, A, B, Y>
      <<<blocks_for(elements_of(Layer::p.space)), blockThreads, 0, stream>>>(
          a, b, y);
}
template <class Layer, Binary Op>
void binary_words(cudaStream_t stream, const int8_t *a, const int8_t *b,
                  int8_t *y) {
  binary_words_kernel<Layer, Op><<<blocks_for(elements_of(Layer::p.space) / 4),
                                   blockThreads, 0, stream>>>(a, b, y);
}

template <class Layer, class Y>
__global__ void __launch_bounds__(blockThreads)
    lut_kernel(const int8_t *x, const Y *table, Y *y) {
  constexpr qrt_lut p = Layer::p;
  const int64_t i = thread_number();
  if (i >= p.count)
    return;
  const int64_t row = p.channels == 1 ? 0 : i % p.channels * 256;
  y[i] = table[row + static_cast<uint8_t>(x[i] + 128)];
}
template <class Layer, class Y>
void lut(cudaStream_t stream, const int8_t *x, const Y *table, Y *y) {
  lut_kernel<Layer, Y>
      <<<blocks_for(Layer::p.count), blockThreads, 0, stream>>>(x, table, y);
}

template <class Layer, class Y>
__global__ void __launch_bounds__(blockThreads)
    interpolate_kernel(const int16_t *x, const int32_t *table, Y *y) {
  constexpr qrt_interpolate p = Layer::p;
  const int64_t i = thread_number();
  if (i >= p.count)
    return;
  // Codes lie inside; a caller who passes others reads no other memory.
  constexpr int32_t offset = 256 << p.shift;
  const int32_t at = min(max(x[i] + offset, 0), 2 * offset - 1);
  const int32_t right = at & ((1 << p.shift) - 1);
  const int32_t *e =
      table + (p.channels == 1 ? 0 : i % p.channels * 513) + (at >> p.shift);
  const int32_t acc = e[0] * ((1 << p.shift) - right) + e[1] * right;
  constexpr float scale = 1.0f / static_cast<float>(1 << (7 + p.shift));
  y[i] = static_cast<Y>(requantize(acc, scale, p.out));
}
template <class Layer, class Y>
void interpolate(cudaStream_t stream, const int16_t *x, const int32_t *table,
                 Y *y) {
  interpolate_kernel<Layer, Y>
      <<<blocks_for(Layer::p.count), blockThreads, 0, stream>>>(x, table, y);
}

template <class Layer, class Y>
__global__ void __launch_bounds__(blockThreads)
    rescale_kernel(const int16_t *x, Y *y) {
  constexpr qrt_rescale p = Layer::p;
  const int64_t i = thread_number();
  if (i < p.count)
    y[i] = static_cast<Y>(requantize(x[i], p.mul, p.out));
}
template <class Layer, class Y>
void rescale(cudaStream_t stream, const int16_t *x, Y *y) {
  rescale_kernel<Layer, Y>
      <<<blocks_for(Layer::p.count), blockThreads, 0, stream>>>(x, y);
}

template <class Y>
__global__ void __launch_bounds__(blockThreads)
    fill_kernel(int32_t count, int32_t code, Y *y) {
  const int64_t i = thread_number();
  if (i < count)
    y[i] = static_cast<Y>(code);
}
template <class Y>
void fill(cudaStream_t stream, int32_t count, int32_t code, Y *y) {
  fill_kernel<Y>
      <<<blocks_for(count), blockThreads, 0, stream>>>(count, code, y);
}

template <class Layer, class T>
__global__ void __launch_bounds__(blockThreads) copy_kernel(const T *x, T *y) {
  constexpr qrt_copy p = Layer::p;
  const int64_t i = thread_number();
  if (i >= elements_of(p.space))
    return;
  const Offsets at = offsets_of(p.space, p.x_stride, p.y_stride, i);
  y[p.y_offset + at.b] = x[p.x_offset + at.a];
}
template <class Layer>
void copy(cudaStream_t stream, const void *x, void *y) {
  constexpr qrt_copy p = Layer::p;
  auto launch = [&](auto word) {
    using T = decltype(word);
    copy_kernel<Layer, T>
        <<<blocks_for(elements_of(p.space)), blockThreads, 0, stream>>>(
            static_cast<const T *>(x), static_cast<T *>(y));
  };
  if constexpr (p.element_bytes == 1)
    launch(uint8_t{});
  else if constexpr (p.element_bytes == 2)
    launch(uint16_t{});
  else if constexpr (p.element_bytes == 4)
    launch(uint32_t{});
  else
    launch(uint64_t{});
}

/// Planes of numbers outside, pixels of codes inside.
template <class Layer, class Y>
__global__ void __launch_bounds__(blockThreads)
    quantize_kernel(const float *x, Y *y) {
  constexpr qrt_border p = Layer::p;
  const int64_t i = thread_number();
  if (i >= int64_t{p.batch} * p.pixels * p.channels)
    return;
  const int64_t c = i % p.channels, pixel = i / p.channels % p.pixels;
  const int64_t n = i / p.channels / p.pixels;
  y[i] = static_cast<Y>(
      quantize(x[(n * p.channels + c) * (p.pixels + p.plane_gap) + pixel],
               p.scale, p.out));
}
template <class Layer, class Y>
void quantize_f32(cudaStream_t stream, const float *x, Y *y) {
  constexpr qrt_border p = Layer::p;
  quantize_kernel<Layer, Y>
      <<<blocks_for(int64_t{p.batch} * p.pixels * p.channels), blockThreads, 0,
         stream>>>(x, y);
}

template <class Layer, class X>
__global__ void __launch_bounds__(blockThreads)
    dequantize_kernel(const X *x, float *y) {
  constexpr qrt_border p = Layer::p;
  const int64_t i = thread_number();
  if (i >= int64_t{p.batch} * p.pixels * p.channels)
    return;
  const int64_t pixel = i % p.pixels, c = i / p.pixels % p.channels;
  const int64_t n = i / p.pixels / p.channels;
  y[(n * p.channels + c) * (p.pixels + p.plane_gap) + pixel] = dequantize(
      x[(n * p.pixels + pixel) * p.channels + c], p.out.zero, p.scale);
}
template <class Layer, class X>
void dequantize_f32(cudaStream_t stream, const X *x, float *y) {
  constexpr qrt_border p = Layer::p;
  dequantize_kernel<Layer, X>
      <<<blocks_for(int64_t{p.batch} * p.pixels * p.channels), blockThreads, 0,
         stream>>>(x, y);
}

} // namespace qrt::cuda

#endif // QRT_CUDA_ELEMENTWISE_CUH
