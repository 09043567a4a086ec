// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which input a transposed convolution gathers from.

#ifndef QRT_REF_SOURCE_H
#define QRT_REF_SOURCE_H

#include <stdint.h>

// Input index that tap `k` brings to output `o`, or -1.
static inline int32_t qrt_source(int32_t o, int32_t pad, int32_t k,
                                 int32_t dilation, int32_t stride,
                                 int32_t size) {
  const int32_t at = o + pad - k * dilation;
  if (at < 0 || at % stride != 0 || at / stride >= size)
    return -1;
  return at / stride;
}

#endif // QRT_REF_SOURCE_H
