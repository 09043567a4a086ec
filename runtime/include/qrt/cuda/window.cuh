// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pooling and resizing: one element of the result a thread, of codes or floats.

#ifndef QRT_CUDA_WINDOW_CUH
#define QRT_CUDA_WINDOW_CUH

#include "qrt/cuda/device.cuh"

namespace qrt::cuda {

/// An element of an NHWC tensor, by the number of its thread.
struct Element {
  int n, h, w, c;
};
QRT_DEVICE Element element_of(int64_t number, int height, int width,
                              int channels) {
  auto at = static_cast<uint32_t>(number);
  const int c = static_cast<int>(at % channels);
  at /= channels;
  const int w = static_cast<int>(at % width);
  at /= width;
  return {static_cast<int>(at / height), static_cast<int>(at % height), w, c};
}

/// Taps first <= k < last have 0 <= origin + k * dilation < size.
struct Taps {
  int first, last;
  __device__ __forceinline__ int count() const { return last - first; }
};
QRT_DEVICE Taps clip_taps(int origin, int dilation, int kernel, int size) {
  const int first = origin < 0 ? (dilation - 1 - origin) / dilation : 0;
  const int end = origin < size ? (size - 1 - origin) / dilation + 1 : 0;
  return {first, max(first, min(end, kernel))};
}

/// The taps of one output that lie inside, and where they are.
template <class Layer>
struct Window {
  static constexpr qrt_pool2d p = Layer::p;
  static constexpr int64_t outputs =
      int64_t{p.batch} * p.out_h * p.out_w * p.channels;
  Element at;
  Taps rows, cols;
  int64_t origin; // of tap (0, 0)

  __device__ __forceinline__ explicit Window(int64_t number)
      : at(element_of(number, p.out_h, p.out_w, p.channels)) {
    const int ih = at.h * p.stride_h - p.pad_top;
    const int iw = at.w * p.stride_w - p.pad_left;
    rows = clip_taps(ih, p.dilation_h, p.kernel_h, p.in_h);
    cols = clip_taps(iw, p.dilation_w, p.kernel_w, p.in_w);
    origin =
        ((int64_t{at.n} * p.in_h + ih) * p.in_w + iw) * (p.channels + p.x_gap) +
        at.c;
  }
  __device__ __forceinline__ int64_t tap(int kh, int kw) const {
    return origin + (int64_t{kh} * p.dilation_h * p.in_w + kw * p.dilation_w) *
                        (p.channels + p.x_gap);
  }
  __device__ __forceinline__ int64_t result() const {
    return ((int64_t{at.n} * p.out_h + at.h) * p.out_w + at.w) *
               (p.channels + p.y_gap) +
           at.c;
  }
  /// What the sum of an average is divided by.
  __device__ __forceinline__ int divisor() const {
    const int count =
        p.count_include_pad
            ? clip_taps(at.h * p.stride_h, p.dilation_h, p.kernel_h, p.padded_h)
                      .count() *
                  clip_taps(at.w * p.stride_w, p.dilation_w, p.kernel_w,
                            p.padded_w)
                      .count()
            : rows.count() * cols.count();
    return max(count, 1);
  }
};

template <class Layer, class X, class Y>
__global__ void __launch_bounds__(blockThreads)
    avg_pool_kernel(const X *x, Y *y) {
  constexpr qrt_pool2d p = Layer::p;
  const int64_t number = thread_number();
  if (number >= Window<Layer>::outputs)
    return;
  const Window<Layer> w(number);
  int32_t sum = 0;
  for (int kh = w.rows.first; kh < w.rows.last; ++kh)
    for (int kw = w.cols.first; kw < w.cols.last; ++kw)
      sum += x[w.tap(kh, kw)] - p.in_zero;
  const float divisor = __fmul_rn(p.out_scale, static_cast<float>(w.divisor()));
  y[w.result()] =
      static_cast<Y>(requantize(sum, __fdiv_rn(p.in_scale, divisor), p.out));
}

template <class Layer, class X>
__global__ void __launch_bounds__(blockThreads)
    max_pool_kernel(const X *x, X *y) {
  constexpr qrt_pool2d p = Layer::p;
  const int64_t number = thread_number();
  if (number >= Window<Layer>::outputs)
    return;
  const Window<Layer> w(number);
  int32_t largest = sizeof(X) == 1 ? INT8_MIN : p.out.min;
  for (int kh = w.rows.first; kh < w.rows.last; ++kh)
    for (int kw = w.cols.first; kw < w.cols.last; ++kw)
      largest = max(largest, int32_t{x[w.tap(kh, kw)]});
  y[w.result()] = static_cast<X>(largest);
}

template <class Layer>
__global__ void __launch_bounds__(blockThreads)
    avg_pool_f32_kernel(const float *x, float *y) {
  const int64_t number = thread_number();
  if (number >= Window<Layer>::outputs)
    return;
  const Window<Layer> w(number);
  Real sum = 0.0f;
  for (int kh = w.rows.first; kh < w.rows.last; ++kh)
    for (int kw = w.cols.first; kw < w.cols.last; ++kw)
      sum = sum + Real(x[w.tap(kh, kw)]);
  y[w.result()] = sum / Real(static_cast<float>(w.divisor()));
}

template <class Layer>
__global__ void __launch_bounds__(blockThreads)
    max_pool_f32_kernel(const float *x, float *y) {
  const int64_t number = thread_number();
  if (number >= Window<Layer>::outputs)
    return;
  const Window<Layer> w(number);
  float largest = __int_as_float(0xFF800000);
  for (int kh = w.rows.first; kh < w.rows.last; ++kh)
    for (int kw = w.cols.first; kw < w.cols.last; ++kw)
      largest = x[w.tap(kh, kw)] > largest ? x[w.tap(kh, kw)] : largest;
  y[w.result()] = largest;
}

template <class Layer, class X, class Y>
void avg_pool(cudaStream_t stream, const X *x, Y *y) {
  avg_pool_kernel<Layer, X, Y>
      <<<blocks_for(Window<Layer>::outputs), blockThreads, 0, stream>>>(x, y);
}
template <class Layer, class X>
void max_pool(cudaStream_t stream, const X *x, X *y) {
  max_pool_kernel<Layer, X>
      <<<blocks_for(Window<Layer>::outputs), blockThreads, 0, stream>>>(x, y);
}
template <class Layer>
void avg_pool_f32(cudaStream_t stream, const float *x, float *y) {
  avg_pool_f32_kernel<Layer>
      <<<blocks_for(Window<Layer>::outputs), blockThreads, 0, stream>>>(x, y);
}
template <class Layer>
void max_pool_f32(cudaStream_t stream, const float *x, float *y) {
  max_pool_f32_kernel<Layer>
      <<<blocks_for(Window<Layer>::outputs), blockThreads, 0, stream>>>(x, y);
}

/// One element of a resize and the pixels it comes from.
template <class Layer>
struct Resized {
  static constexpr qrt_resize2d p = Layer::p;
  static constexpr int64_t outputs =
      int64_t{p.batch} * p.out_h * p.out_w * p.channels;
  static constexpr int x_pixel = p.channels + p.x_gap;
  Element at;

  __device__ __forceinline__ explicit Resized(int64_t number)
      : at(element_of(number, p.out_h, p.out_w, p.channels)) {}
  __device__ __forceinline__ int64_t source(int row, int col) const {
    return ((int64_t{at.n} * p.in_h + row) * p.in_w + col) * x_pixel + at.c;
  }
  __device__ __forceinline__ int64_t result() const {
    return ((int64_t{at.n} * p.out_h + at.h) * p.out_w + at.w) *
               (p.channels + p.y_gap) +
           at.c;
  }
};

template <class Layer, class T>
__global__ void __launch_bounds__(blockThreads)
    resize_nearest_kernel(const int32_t *row, const int32_t *col, const T *x,
                          T *y) {
  const int64_t number = thread_number();
  if (number >= Resized<Layer>::outputs)
    return;
  const Resized<Layer> e(number);
  y[e.result()] = x[e.source(row[e.at.h], col[e.at.w])];
}
template <class Layer, class T>
void resize_nearest(cudaStream_t stream, const int32_t *row, const int32_t *col,
                    const T *x, T *y) {
  resize_nearest_kernel<Layer, T>
      <<<blocks_for(Resized<Layer>::outputs), blockThreads, 0, stream>>>(
          row, col, x, y);
}

/// Weights are in 1/2048: sums of 16-bit codes need 64 bits.
template <class Layer, class X, class Y>
__global__ void __launch_bounds__(blockThreads)
    resize_bilinear_kernel(const int32_t *row, const int32_t *row_weight,
                           const int32_t *col, const int32_t *col_weight,
                           const X *x, Y *y) {
  constexpr qrt_resize2d p = Layer::p;
  const int64_t number = thread_number();
  if (number >= Resized<Layer>::outputs)
    return;
  const Resized<Layer> e(number);
  const int top = row[e.at.h], left = col[e.at.w];
  const int bottom = min(top + 1, p.in_h - 1),
            right = min(left + 1, p.in_w - 1);
  const int32_t wb = row_weight[e.at.h], wt = 2048 - wb;
  const int32_t wr = col_weight[e.at.w], wl = 2048 - wr;
  auto code = [&](int r, int c) { return x[e.source(r, c)] - p.in_zero; };
  float sum;
  if constexpr (sizeof(X) == 1)
    sum = __int2float_rn(
        code(top, left) * (wt * wl) + code(top, right) * (wt * wr) +
        code(bottom, left) * (wb * wl) + code(bottom, right) * (wb * wr));
  else
    sum = __ll2float_rn(int64_t{code(top, left)} * (wt * wl) +
                        int64_t{code(top, right)} * (wt * wr) +
                        int64_t{code(bottom, left)} * (wb * wl) +
                        int64_t{code(bottom, right)} * (wb * wr));
  y[e.result()] = static_cast<Y>(round_to_code(__fmul_rn(sum, p.mul), p.out));
}
template <class Layer, class X, class Y>
void resize_bilinear(cudaStream_t stream, const int32_t *row,
                     const int32_t *row_weight, const int32_t *col,
                     const int32_t *col_weight, const X *x, Y *y) {
  resize_bilinear_kernel<Layer, X, Y>
      <<<blocks_for(Resized<Layer>::outputs), blockThreads, 0, stream>>>(
          row, row_weight, col, col_weight, x, y);
}

template <class Layer>
__global__ void __launch_bounds__(blockThreads)
    resize_bilinear_f32_kernel(const int32_t *row, const float *row_weight,
                               const int32_t *col, const float *col_weight,
                               const float *x, float *y) {
  constexpr qrt_resize2d p = Layer::p;
  const int64_t number = thread_number();
  if (number >= Resized<Layer>::outputs)
    return;
  const Resized<Layer> e(number);
  const int top = row[e.at.h], left = col[e.at.w];
  const int bottom = min(top + 1, p.in_h - 1),
            right = min(left + 1, p.in_w - 1);
  auto mix = [](Real a, Real b, Real w) {
    return (Real(1.0f) - w) * a + w * b;
  };
  auto between = [&](int r) {
    return mix(x[e.source(r, left)], x[e.source(r, right)], col_weight[e.at.w]);
  };
  y[e.result()] = mix(between(top), between(bottom), row_weight[e.at.h]);
}
template <class Layer>
void resize_bilinear_f32(cudaStream_t stream, const int32_t *row,
                         const float *row_weight, const int32_t *col,
                         const float *col_weight, const float *x, float *y) {
  resize_bilinear_f32_kernel<Layer>
      <<<blocks_for(Resized<Layer>::outputs), blockThreads, 0, stream>>>(
          row, row_weight, col, col_weight, x, y);
}

} // namespace qrt::cuda

#endif // QRT_CUDA_WINDOW_CUH
