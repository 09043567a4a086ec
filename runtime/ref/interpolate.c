// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every unary function of a 16-bit code: a line between two of 513 entries
// (spec Q-LUT16).

#include "qrt/kernels.h"

#include "codes.h"

enum { ENTRIES = 513 };

void QRT_UNARY(interpolate)(const qrt_interpolate *p, const int16_t *x,
                            const int32_t *table, code_y *y) {
  const qrt_output out = p->out;
  const int32_t shift = p->shift, one = 1 << shift, offset = 256 << shift;
  // 2^-(7 + shift) is exact.
  const float mul = 1.0f / (float)(128 << shift);
  for (int32_t i = 0; i < p->count; i += p->channels) {
    for (int32_t c = 0; c < p->channels; ++c) {
      // Codes lie inside; a caller who passes others reads no other memory.
      int32_t at = x[i + c] + offset;
      at = at < 0 ? 0 : at;
      at = at >= 2 * offset ? 2 * offset - 1 : at;
      const int32_t *left = table + (ptrdiff_t)c * ENTRIES + (at >> shift);
      const int32_t part = at & (one - 1);
      const int32_t acc = left[0] * (one - part) + left[1] * part;
      y[i + c] = (code_y)qrt_requantize(acc, mul, out.zero, out.min, out.max);
    }
  }
}
