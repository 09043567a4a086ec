// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tensor core instructions and asynchronous copies as functions (PTX ISA 8.x,
// "Warp Level Matrix Instructions" and "Data Movement and Conversion
// Instructions"). Compute capability 7.5 has neither cp.async nor m16n8k32: the
// same functions are made of what it has.

#ifndef QRT_CUDA_TENSOR_CUH
#define QRT_CUDA_TENSOR_CUH

#include "qrt/cuda/device.cuh"

namespace qrt::cuda {

/// d += a * b: 16 x 32 codes times 32 x 8 codes, int32 that wraps. Lane l has
/// of a rows l / 4 and l / 4 + 8, of b and d columns as the PTX manual draws
/// them.
QRT_DEVICE void multiply_16x8x32(int32_t (&d)[4], const uint32_t (&a)[4],
                                 uint32_t b0, uint32_t b1) {
#if __CUDA_ARCH__ >= 800
  asm volatile("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 "
               "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
               "{%0, %1, %2, %3};"
               : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
#else
  // Four products of 8 x 16 by 16 x 8: the fragments lie in the same registers.
  auto multiply = [](int32_t &c0, int32_t &c1, uint32_t x, uint32_t y) {
    asm volatile("mma.sync.aligned.m8n8k16.row.col.s32.s8.s8.s32 "
                 "{%0, %1}, {%2}, {%3}, {%0, %1};"
                 : "+r"(c0), "+r"(c1)
                 : "r"(x), "r"(y));
  };
  multiply(d[0], d[1], a[0], b0);
  multiply(d[2], d[3], a[1], b0);
  multiply(d[0], d[1], a[2], b1);
  multiply(d[2], d[3], a[3], b1);
#endif
}

/// Four matrices of 8 rows of 16 bytes; lane l gives the address of row l % 8
/// of matrix l / 8.
QRT_DEVICE void load_matrices(uint32_t (&r)[4], uint32_t address) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, "
               "[%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(address)
               : "memory");
}

/// Address in the shared window.
QRT_DEVICE uint32_t shared_address(const void *pointer) {
  return static_cast<uint32_t>(__cvta_generic_to_shared(pointer));
}

QRT_DEVICE void store_shared(uint32_t address, uint32_t word) {
  asm volatile("st.shared.u32 [%0], %1;" ::"r"(address), "r"(word) : "memory");
}

/// `word` repeated over Bytes bytes of shared memory.
template <int Bytes>
QRT_DEVICE void fill_shared(uint32_t address, uint32_t word) {
  if constexpr (Bytes == 16)
    asm volatile("st.shared.v4.u32 [%0], {%1, %1, %1, %1};" ::"r"(address),
                 "r"(word)
                 : "memory");
  else if constexpr (Bytes == 8)
    asm volatile("st.shared.v2.u32 [%0], {%1, %1};" ::"r"(address), "r"(word)
                 : "memory");
  else
    store_shared(address, word);
}

/// Copies Bytes = 4, 8 or 16 aligned bytes from global to shared memory if
/// `valid`, else writes zeros. Asynchronous where the machine can: complete
/// after wait_for_copies().
template <int Bytes>
QRT_DEVICE void copy_or_zero(uint32_t to, const void *from, bool valid) {
#if __CUDA_ARCH__ >= 800
  if constexpr (Bytes == 16)
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to),
                 "l"(from), "r"(valid ? 16 : 0)
                 : "memory");
  else
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;" ::"r"(to),
                 "l"(from), "n"(Bytes), "r"(valid ? Bytes : 0)
                 : "memory");
#else
  if constexpr (Bytes == 16) {
    const uint4 v = valid ? *static_cast<const uint4 *>(from) : uint4{};
    asm volatile("st.shared.v4.u32 [%0], {%1, %2, %3, %4};" ::"r"(to), "r"(v.x),
                 "r"(v.y), "r"(v.z), "r"(v.w)
                 : "memory");
  } else if constexpr (Bytes == 8) {
    const uint2 v = valid ? *static_cast<const uint2 *>(from) : uint2{};
    asm volatile("st.shared.v2.u32 [%0], {%1, %2};" ::"r"(to), "r"(v.x),
                 "r"(v.y)
                 : "memory");
  } else {
    store_shared(to, valid ? *static_cast<const uint32_t *>(from) : 0);
  }
#endif
}

/// The copies since the last call are a group.
QRT_DEVICE void end_copy_group() {
#if __CUDA_ARCH__ >= 800
  asm volatile("cp.async.commit_group;" ::: "memory");
#endif
}

/// Until at most `Groups` of the newest groups of this thread are under way.
template <int Groups>
QRT_DEVICE void wait_for_copies() {
#if __CUDA_ARCH__ >= 800
  asm volatile("cp.async.wait_group %0;" ::"n"(Groups) : "memory");
#endif
}

} // namespace qrt::cuda

#endif // QRT_CUDA_TENSOR_CUH
