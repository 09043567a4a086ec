// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reductions over any axes and products of two activations. Sums of codes are
// exact in any order; sums of floats keep the lanes of the reference
// (docs/spec.md, section 7).

#ifndef QRT_CUDA_REDUCE_CUH
#define QRT_CUDA_REDUCE_CUH

#include "qrt/cuda/device.cuh"

namespace qrt::cuda {

/// Whether one warp has an output: where the elements of a sum are neighbours,
/// not those of different sums.
template <class Layer>
struct Reduction {
  static constexpr qrt_reduce p = Layer::p;
  static constexpr int64_t outputs = elements_of(p.outer);
  static constexpr int64_t length = elements_of(p.inner);
  static constexpr bool byWarp =
      length >= warpLanes && p.inner.rank > 0 &&
      p.inner_stride[p.inner.rank > 0 ? p.inner.rank - 1 : 0] == 1;
  static constexpr int64_t threads = outputs * (byWarp ? warpLanes : 1);

  static __device__ __forceinline__ int64_t begin(int64_t output) {
    constexpr qrt_reduce q = Layer::p;
    return offsets_of(q.outer, q.outer_stride, nullptr, output).a;
  }
  static __device__ __forceinline__ int64_t element(int64_t i) {
    constexpr qrt_reduce q = Layer::p;
    return offsets_of(q.inner, q.inner_stride, nullptr, i).a;
  }
};

/// Combines what the elements of an output are by a function that may do so in
/// any order; calls `store` with the number of the output.
template <class Layer, class X, class Combine, class Store>
QRT_DEVICE void reduce_codes(const X *x, int32_t start, Combine combine,
                             Store store) {
  using R = Reduction<Layer>;
  const int64_t number = thread_number();
  if constexpr (R::byWarp) {
    // Whole warps leave.
    const int64_t output = number / warpLanes;
    if (output >= R::outputs)
      return;
    const X *from = x + R::begin(output);
    int32_t value = start;
    for (int64_t i = number % warpLanes; i < R::length; i += warpLanes)
      value = combine(value, from[R::element(i)]);
#pragma unroll
    for (int apart = warpLanes / 2; apart > 0; apart /= 2)
      value = combine(value, __shfl_xor_sync(0xFFFFFFFFu, value, apart) +
                                 Combine::zero);
    if (number % warpLanes == 0)
      store(output, value);
  } else {
    if (number >= R::outputs)
      return;
    const X *from = x + R::begin(number);
    int32_t value = start;
    for (int64_t i = 0; i < R::length; ++i)
      value = combine(value, from[R::element(i)]);
    store(number, value);
  }
}

template <class Layer>
struct SumOfCodes {
  static constexpr int32_t zero = Layer::p.in_zero;
  __device__ __forceinline__ int32_t operator()(int32_t sum,
                                                int32_t code) const {
    return sum + (code - zero);
  }
};
struct LargestCode {
  static constexpr int32_t zero = 0;
  __device__ __forceinline__ int32_t operator()(int32_t a, int32_t b) const {
    return max(a, b);
  }
};

template <class Layer, class X, class Y>
__global__ void __launch_bounds__(blockThreads)
    reduce_sum_kernel(const X *x, Y *y) {
  constexpr qrt_reduce p = Layer::p;
  reduce_codes<Layer>(
      x, 0, SumOfCodes<Layer>(), [&](int64_t output, int32_t sum) {
        y[output] = static_cast<Y>(requantize(sum, p.mul, p.out));
      });
}
template <class Layer, class X>
__global__ void __launch_bounds__(blockThreads)
    reduce_max_kernel(const X *x, X *y) {
  reduce_codes<Layer>(x, sizeof(X) == 1 ? INT8_MIN : INT16_MIN, LargestCode(),
                      [&](int64_t output, int32_t largest) {
                        y[output] = static_cast<X>(largest);
                      });
}
template <class Layer, class X, class Y>
void reduce_sum(cudaStream_t stream, const X *x, Y *y) {
  reduce_sum_kernel<Layer, X, Y>
      <<<blocks_for(Reduction<Layer>::threads), blockThreads, 0, stream>>>(x,
                                                                           y);
}
template <class Layer, class X>
void reduce_max(cudaStream_t stream, const X *x, X *y) {
  reduce_max_kernel<Layer, X>
      <<<blocks_for(Reduction<Layer>::threads), blockThreads, 0, stream>>>(x,
                                                                           y);
}

/// The first of the largest, or the last.
template <class Layer, class X>
__global__ void __launch_bounds__(blockThreads)
    arg_max_kernel(int32_t select_last, const X *x, int64_t *y) {
  using R = Reduction<Layer>;
  constexpr qrt_reduce p = Layer::p;
  const int64_t number = thread_number();
  if (number >= R::outputs)
    return;
  const X *from = x + R::begin(number);
  int32_t best = 0;
  X largest = from[0];
  for (int32_t i = 1; i < p.inner.size[0]; ++i) {
    const X found = from[int64_t{i} * p.inner_stride[0]];
    if (found > largest || (select_last && found == largest)) {
      best = i;
      largest = found;
    }
  }
  y[number] = best;
}
template <class Layer, class X>
void arg_max(cudaStream_t stream, int32_t select_last, const X *x, int64_t *y) {
  arg_max_kernel<Layer, X>
      <<<blocks_for(Reduction<Layer>::outputs), blockThreads, 0, stream>>>(
          select_last, x, y);
}

/// Eight sums that are added in halves at the end: element i goes to i % 8.
struct Lanes {
  float of[8] = {};
  /// Of a run of elements that begins with lane `first`.
  template <class F>
  __device__ __forceinline__ void add(int64_t length, F element) {
    int64_t i = 0;
    for (; i + 8 <= length; i += 8) {
#pragma unroll
      for (int lane = 0; lane < 8; ++lane)
        of[lane] = __fadd_rn(of[lane], element(i + lane));
    }
#pragma unroll
    for (int lane = 0; lane < 7; ++lane)
      if (i + lane < length)
        of[lane] = __fadd_rn(of[lane], element(i + lane));
  }
  __device__ __forceinline__ float sum() const {
    const float a = __fadd_rn(of[0], of[4]), b = __fadd_rn(of[1], of[5]);
    const float c = __fadd_rn(of[2], of[6]), d = __fadd_rn(of[3], of[7]);
    return __fadd_rn(__fadd_rn(a, c), __fadd_rn(b, d));
  }
};

/// What a float reduction does with the sum.
enum class Reduce { Sum, Mean, Max };

template <class Layer, Reduce Kind>
__global__ void __launch_bounds__(blockThreads)
    reduce_f32_kernel(const float *x, float *y) {
  using R = Reduction<Layer>;
  const int64_t number = thread_number();
  if (number >= R::outputs)
    return;
  const float *from = x + R::begin(number);
  if constexpr (Kind == Reduce::Max) {
    float largest = __int_as_float(0xFF800000);
    for (int64_t i = 0; i < R::length; ++i) {
      const float found = from[R::element(i)];
      largest = found > largest ? found : largest;
    }
    y[number] = largest;
  } else {
    Lanes lanes;
    lanes.add(R::length, [&](int64_t i) { return from[R::element(i)]; });
    const float divisor =
        Kind == Reduce::Mean ? static_cast<float>(R::length) : 1.0f;
    y[number] = __fdiv_rn(lanes.sum(), divisor);
  }
}
template <class Layer, Reduce Kind>
void reduce_f32(cudaStream_t stream, const float *x, float *y) {
  reduce_f32_kernel<Layer, Kind>
      <<<blocks_for(Reduction<Layer>::outputs), blockThreads, 0, stream>>>(x,
                                                                           y);
}

/// Products a [m][k], b [k][n] of two activations, one output a thread.
template <class Layer, class A, class B, class Y>
__global__ void __launch_bounds__(blockThreads)
    matmul_kernel(const A *a, const B *b, Y *y) {
  constexpr qrt_matmul p = Layer::p;
  const int64_t number = thread_number();
  if (number >= int64_t{p.batch} * p.m * p.n)
    return;
  const int64_t n = number % p.n, m = number / p.n % p.m;
  const int64_t batch = number / p.n / p.m;
  const A *row = a + batch * p.a_batch_stride + m * p.k;
  const B *column = b + batch * p.b_batch_stride + n;
  int32_t acc = 0;
  for (int64_t k = 0; k < p.k; ++k)
    acc += (row[k] - p.a_zero) * (column[k * p.n] - p.b_zero);
  y[number] = static_cast<Y>(requantize(acc, p.mul, p.out));
}
template <class Layer, class A, class B, class Y>
void matmul(cudaStream_t stream, const A *a, const B *b, Y *y) {
  constexpr qrt_matmul p = Layer::p;
  matmul_kernel<Layer, A, B, Y>
      <<<blocks_for(int64_t{p.batch} * p.m * p.n), blockThreads, 0, stream>>>(
          a, b, y);
}

template <class Layer>
__global__ void __launch_bounds__(blockThreads)
    matmul_f32_kernel(const float *a, const float *b, float *y) {
  constexpr qrt_matmul_f32 p = Layer::p;
  const int64_t number = thread_number();
  if (number >= elements_of(p.batch) * p.m * p.n)
    return;
  const int64_t n = number % p.n, m = number / p.n % p.m;
  const Offsets batch =
      offsets_of(p.batch, p.a_stride, p.b_stride, number / p.n / p.m);
  const float *row = a + batch.a + m * p.k;
  const float *column = b + batch.b + n;
  Lanes lanes;
  lanes.add(p.k, [&](int64_t k) { return __fmul_rn(row[k], column[k * p.n]); });
  y[number] = lanes.sum();
}
template <class Layer>
void matmul_f32(cudaStream_t stream, const float *a, const float *b, float *y) {
  constexpr qrt_matmul_f32 p = Layer::p;
  matmul_f32_kernel<Layer><<<blocks_for(elements_of(p.batch) * p.m * p.n),
                             blockThreads, 0, stream>>>(a, b, y);
}

} // namespace qrt::cuda

#endif // QRT_CUDA_REDUCE_CUH
