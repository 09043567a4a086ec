// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Matrix product of two activations, batch by batch.
//
//   y[m][n] = requantize(sum_k (a[m][k] - a_zero) * (b[k][n] - b_zero))
//
// A block of columns is accumulated at a time, so that b is read along its
// rows.

#include "qrt/kernels.h"

#include "codes.h"

enum { COLUMNS = 64 };

static void row_block(const qrt_matmul *p, const code_a *a, const code_b *b,
                      int32_t count, code_y *y) {
  const qrt_output out = p->out;
  int32_t acc[COLUMNS];
  for (int32_t c = 0; c < count; ++c)
    acc[c] = 0;
  for (int32_t k = 0; k < p->k; ++k) {
    const int32_t ak = a[k] - p->a_zero;
    const code_b *bk = b + (ptrdiff_t)k * p->n;
    for (int32_t c = 0; c < count; ++c)
      acc[c] += ak * (bk[c] - p->b_zero);
  }
  for (int32_t c = 0; c < count; ++c)
    y[c] = (code_y)qrt_requantize(acc[c], p->mul, out.zero, out.min, out.max);
}

void QRT_BINARY(matmul)(const qrt_matmul *p, const code_a *a, const code_b *b,
                        code_y *y) {
  for (int32_t batch = 0; batch < p->batch; ++batch) {
    const code_a *a_row = a + (ptrdiff_t)batch * p->a_batch_stride;
    const code_b *b_batch = b + (ptrdiff_t)batch * p->b_batch_stride;
    for (int32_t m = 0; m < p->m; ++m, a_row += p->k, y += p->n) {
      for (int32_t n = 0; n < p->n; n += COLUMNS) {
        const int32_t left = p->n - n;
        row_block(p, a_row, b_batch + n, left < COLUMNS ? left : COLUMNS,
                  y + n);
      }
    }
  }
}
