// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Walks a strided iteration space row by row: the part that broadcasting ops,
// copies and reductions share. Axes that lie one behind the other for both
// operands become one, so that a dense tensor is a single row.

#ifndef QRT_REF_WALK_H
#define QRT_REF_WALK_H

#include "qrt/kernels.h"

/// The current row: `length` elements, `step` apart in each operand, starting
/// at `offset`. Both in elements.
typedef struct qrt_walk {
  int32_t length;
  ptrdiff_t step[2];
  ptrdiff_t offset[2];
  // The axes around a row, outermost first.
  int32_t rank;
  int32_t size[QRT_MAX_RANK], index[QRT_MAX_RANK];
  ptrdiff_t stride[2][QRT_MAX_RANK];
} qrt_walk;

/// Starts at the first row. `b_stride` may be null: one operand only.
/// Returns 0 when the space has no element, else 1.
int qrt_walk_begin(qrt_walk *walk, const qrt_space *space,
                   const int32_t *a_stride, const int32_t *b_stride);

/// Moves to the next row; 0 after the last one, and the walk is then back at
/// the first row.
int qrt_walk_next(qrt_walk *walk);

#endif // QRT_REF_WALK_H
