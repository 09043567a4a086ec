// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Ranges of items, and the fixed rule by which workers share them.

#ifndef QRT_RANGE_H
#define QRT_RANGE_H

#include <stdint.h>

/// Items `begin` <= i < `end`.
typedef struct qrt_range {
  int32_t begin, end;
} qrt_range;

/// Share of worker `worker` of `workers` in `count` items: contiguous, in
/// order, sizes differ by at most one and the larger ones come first.
static inline qrt_range qrt_part(int32_t count, int32_t workers,
                                 int32_t worker) {
  const int32_t size = count / workers, larger = count % workers;
  const int32_t extra = worker < larger ? worker : larger;
  qrt_range part;
  part.begin = worker * size + extra;
  part.end = part.begin + size + (worker < larger ? 1 : 0);
  return part;
}

/// `units` of `step` items each as items, of which there are `count`: the last
/// unit may have fewer.
static inline qrt_range qrt_items(qrt_range units, int32_t step,
                                  int32_t count) {
  qrt_range items;
  items.begin = units.begin * step;
  items.end = units.end > (count - 1) / step ? count : units.end * step;
  return items;
}

#endif // QRT_RANGE_H
