// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Matrix product of two float activations, batch by batch (spec Q-FMATMUL).
// A lane is finished before the next one begins: the same additions as going
// through the lanes in turn, with the sums of a block of columns in registers.

#include "qrt/kernels.h"

#include "float_math.h"
#include "walk.h"

enum { COLUMNS = 16 };

static void row_block(const qrt_matmul_f32 *p, const float *a, const float *b,
                      int32_t count, float *y) {
  float lane[QRT_SUM_LANES][COLUMNS];
  for (int32_t l = 0; l < QRT_SUM_LANES; ++l) {
    float sum[COLUMNS] = {0};
    for (int32_t k = l; k < p->k; k += QRT_SUM_LANES) {
      const float *bk = b + (ptrdiff_t)k * p->n;
      if (count == COLUMNS)
        for (int32_t c = 0; c < COLUMNS; ++c)
          sum[c] += a[k] * bk[c];
      else
        for (int32_t c = 0; c < count; ++c)
          sum[c] += a[k] * bk[c];
    }
    for (int32_t c = 0; c < COLUMNS; ++c)
      lane[l][c] = sum[c];
  }
  for (int32_t c = 0; c < count; ++c)
    y[c] = ((lane[0][c] + lane[4][c]) + (lane[2][c] + lane[6][c])) +
           ((lane[1][c] + lane[5][c]) + (lane[3][c] + lane[7][c]));
}

static void product(const qrt_matmul_f32 *p, const float *a, const float *b,
                    float *y) {
  for (int32_t n = 0; n < p->n; n += COLUMNS) {
    const int32_t left = p->n - n;
    for (int32_t m = 0; m < p->m; ++m)
      row_block(p, a + (ptrdiff_t)m * p->k, b + n,
                left < COLUMNS ? left : COLUMNS, y + (ptrdiff_t)m * p->n + n);
  }
}

void qrt_ref_matmul_f32(const qrt_matmul_f32 *p, const float *a, const float *b,
                        float *y) {
  qrt_walk walk;
  if (!qrt_walk_begin(&walk, &p->batch, p->a_stride, p->b_stride))
    return;
  do {
    for (int32_t i = 0; i < walk.length; ++i, y += (ptrdiff_t)p->m * p->n)
      product(p, a + (walk.offset[0] + i * walk.step[0]),
              b + (walk.offset[1] + i * walk.step[1]), y);
  } while (qrt_walk_next(&walk));
}
