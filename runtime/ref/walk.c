// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The odometer behind strided kernels; see walk.h.

#include "walk.h"

int qrt_walk_begin(qrt_walk *walk, const qrt_space *space,
                   const int32_t *a_stride, const int32_t *b_stride) {
  int32_t rank = 0; // axes gathered so far, the row included
  for (int32_t axis = 0; axis < space->rank; ++axis) {
    const int32_t size = space->size[axis];
    const ptrdiff_t a = a_stride[axis];
    const ptrdiff_t b = b_stride ? b_stride[axis] : 0;
    if (size <= 0)
      return 0;
    if (size == 1)
      continue;
    // The axis before continues exactly where this one ends?
    const int joins = rank > 0 && walk->stride[0][rank - 1] == a * size &&
                      walk->stride[1][rank - 1] == b * size;
    const int32_t at = joins ? rank - 1 : rank++;
    walk->size[at] = joins ? walk->size[at] * size : size;
    walk->stride[0][at] = a;
    walk->stride[1][at] = b;
    walk->index[at] = 0;
  }
  walk->offset[0] = walk->offset[1] = 0;
  walk->rank = rank > 0 ? rank - 1 : 0;
  walk->length = rank > 0 ? walk->size[rank - 1] : 1;
  walk->step[0] = rank > 0 ? walk->stride[0][rank - 1] : 0;
  walk->step[1] = rank > 0 ? walk->stride[1][rank - 1] : 0;
  return 1;
}

int qrt_walk_next(qrt_walk *walk) {
  for (int32_t axis = walk->rank - 1; axis >= 0; --axis) {
    const int carries = ++walk->index[axis] == walk->size[axis];
    const ptrdiff_t move = carries ? 1 - (ptrdiff_t)walk->size[axis] : 1;
    walk->offset[0] += move * walk->stride[0][axis];
    walk->offset[1] += move * walk->stride[1][axis];
    if (!carries)
      return 1;
    walk->index[axis] = 0;
  }
  return 0;
}
