// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What all CUDA kernels share: the arithmetic contract in instructions that no
// compiler flag changes, the indices of a thread, and launches.
//
// A kernel is a template over its layer: a type with the parameters of the call
// as `static constexpr <struct> p` (qrt/kernels.h). Sizes, strides and zero
// points are therefore constants; pointers are the arguments. Each kernel gives
// the bytes of the reference kernel of the same struct (libqrt, docs/spec.md).

#ifndef QRT_CUDA_DEVICE_CUH
#define QRT_CUDA_DEVICE_CUH

#include "qrt/kernels.h"

#include <cuda_runtime.h>

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 750
#error "qrt needs compute capability 7.5 or more"
#endif

#define QRT_DEVICE static __device__ __forceinline__

namespace qrt::cuda {

/// Lanes of a warp.
constexpr int warpLanes = 32;

/// x / y rounded up.
__host__ __device__ constexpr int64_t divide_up(int64_t x, int64_t y) {
  return (x + y - 1) / y;
}

//===----------------------------------------------------------------------===//
// Arithmetic (spec A1 to A6). The intrinsics round to nearest and are never
// contracted, whatever -fmad says. -ftz=true (a part of -use_fast_math) flushes
// subnormal numbers in them, which is seen in float layers only: what rounds to
// a code rounds alike. nvcc has no macro to refuse it by.
//===----------------------------------------------------------------------===//

/// A float whose operators round once each.
struct Real {
  float value;
  __device__ __forceinline__ Real(float value) : value(value) {}
  __device__ __forceinline__ operator float() const { return value; }
};
QRT_DEVICE Real operator+(Real a, Real b) {
  return __fadd_rn(a.value, b.value);
}
QRT_DEVICE Real operator-(Real a, Real b) {
  return __fsub_rn(a.value, b.value);
}
QRT_DEVICE Real operator*(Real a, Real b) {
  return __fmul_rn(a.value, b.value);
}
QRT_DEVICE Real operator/(Real a, Real b) {
  return __fdiv_rn(a.value, b.value);
}
QRT_DEVICE Real operator-(Real a) {
  return __uint_as_float(__float_as_uint(a.value) ^ 0x80000000u);
}

/// A1: 1.5 * 2^23, which leaves no fraction bits in a float of at most 2^22,
/// and its bits, to which an integer of at most 2^22 adds as to an integer.
constexpr float roundingFloat = 12582912.0f;
constexpr int32_t roundingBits = 0x4B400000;

/// A2. The addition rounds to even, the bits are the code: conversions would
/// run at a quarter of the rate.
QRT_DEVICE int32_t round_to_code(float p, const qrt_output &out) {
  const float low = static_cast<float>(out.min - out.zero);
  const float high = static_cast<float>(out.max - out.zero);
  p = fminf(fmaxf(p, low), high);
  return __float_as_int(__fadd_rn(p, roundingFloat)) -
         (roundingBits - out.zero);
}

/// A3.
QRT_DEVICE int32_t requantize(int32_t acc, float mul, const qrt_output &out) {
  return round_to_code(__fmul_rn(__int2float_rn(acc), mul), out);
}

/// A5. NaN gives the code of 0.
QRT_DEVICE int32_t quantize(float x, float scale, const qrt_output &out) {
  const float p = __fdiv_rn(x, scale);
  return round_to_code(p == p ? p : 0.0f, out);
}

/// A6.
QRT_DEVICE float dequantize(int32_t code, int32_t zero, float scale) {
  return __fmul_rn(__int2float_rn(code - zero), scale);
}

/// qrt_add_codes.
QRT_DEVICE int32_t add_codes(const qrt_add &add, int32_t a, int32_t b) {
  const int32_t acc =
      (a - add.a_zero) * add.a_mul + (b - add.b_zero) * add.b_mul;
  return requantize(acc, add.scale, add.out);
}

/// Bias of output channel `at`, stored as p.bias_bits says; null: 0.
QRT_DEVICE int32_t bias_of(const qrt_conv2d &p, const void *bias, int32_t at) {
  if (!bias)
    return 0;
  if (p.bias_bits == 0)
    return static_cast<const int32_t *>(bias)[at];
  const int32_t low = p.bias_bits == 16
                          ? static_cast<const int16_t *>(bias)[at]
                          : static_cast<const uint16_t *>(bias)[at];
  if (p.bias_bits == 16)
    return low;
  const int8_t *high = static_cast<const int8_t *>(bias) + 2 * int64_t{p.out_c};
  return low + high[at] * 65536;
}

//===----------------------------------------------------------------------===//
// Four codes in a word.
//===----------------------------------------------------------------------===//

/// Code `at` of a word.
QRT_DEVICE int32_t code_of(uint32_t word, int at) {
  return static_cast<int8_t>(word >> (8 * at));
}

/// The low bytes of four codes.
QRT_DEVICE uint32_t pack_codes(int32_t c0, int32_t c1, int32_t c2, int32_t c3) {
  return __byte_perm(__byte_perm(c0, c1, 0x0040), __byte_perm(c2, c3, 0x0040),
                     0x5410);
}

/// A code, four times.
__host__ __device__ constexpr uint32_t repeat_code(int32_t code) {
  return static_cast<uint32_t>(code & 0xFF) * 0x01010101u;
}

/// sum + a . b of four signed codes each.
QRT_DEVICE int32_t dot4(uint32_t a, uint32_t b, int32_t sum) {
  return __dp4a(static_cast<int>(a), static_cast<int>(b), sum);
}

/// T where it is not deduced: a pointer that may be null.
template <class T>
struct Given {
  using Type = T;
};
template <class T>
using Optional = const typename Given<T>::Type *;

//===----------------------------------------------------------------------===//
// Threads and launches.
//===----------------------------------------------------------------------===//

/// Threads of a block of kernels that compute one element a thread.
constexpr int blockThreads = 256;

/// Number of this thread in a launch of `each`.
QRT_DEVICE int64_t thread_number() {
  return int64_t{blockIdx.x} * blockThreads + threadIdx.x;
}

/// Blocks for `count` threads. Layers have fewer than 2^31 elements.
inline dim3 blocks_for(int64_t count) {
  return dim3(static_cast<unsigned>(divide_up(count, blockThreads)));
}

/// Elements of a space.
__host__ __device__ constexpr int64_t elements_of(const qrt_space &space) {
  int64_t count = 1;
  for (int axis = 0; axis < space.rank; ++axis)
    count *= space.size[axis];
  return count;
}

/// Offsets in two operands of element `index` of a space.
struct Offsets {
  int64_t a, b;
};
QRT_DEVICE Offsets offsets_of(const qrt_space &space, const int32_t *a_stride,
                              const int32_t *b_stride, int64_t index) {
  Offsets offsets = {0, 0};
  auto rest = static_cast<uint32_t>(index);
#pragma unroll
  for (int axis = QRT_MAX_RANK - 1; axis >= 0; --axis) {
    if (axis >= space.rank)
      continue;
    const auto size = static_cast<uint32_t>(space.size[axis]);
    const int64_t at = axis == 0 ? rest : rest % size;
    rest /= size;
    offsets.a += at * a_stride[axis];
    if (b_stride)
      offsets.b += at * b_stride[axis];
  }
  return offsets;
}

} // namespace qrt::cuda

#endif // QRT_CUDA_DEVICE_CUH
