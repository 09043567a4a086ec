// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The two walks of reductions over any axes.

#ifndef QRT_REF_REDUCE_H
#define QRT_REF_REDUCE_H

#include "walk.h"

/// Both walks of a reduction.
typedef struct qrt_reduction {
  qrt_walk outer, inner;
  int has_inner;
} qrt_reduction;

/// 0 when there is nothing to write.
static inline int qrt_begin_reduction(qrt_reduction *r, const qrt_reduce *p) {
  r->has_inner = qrt_walk_begin(&r->inner, &p->inner, p->inner_stride, 0);
  return qrt_walk_begin(&r->outer, &p->outer, p->outer_stride, 0);
}

#endif // QRT_REF_REDUCE_H
