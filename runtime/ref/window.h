// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which taps of a window fall inside the tensor: convolutions and pools clip
// once per output row and column instead of testing every tap.

#ifndef QRT_REF_WINDOW_H
#define QRT_REF_WINDOW_H

#include <stdint.h>

/// Taps first <= k < last have 0 <= origin + k * dilation < size.
typedef struct qrt_taps {
  int32_t first, last;
} qrt_taps;

static inline qrt_taps qrt_clip_taps(int32_t origin, int32_t dilation,
                                     int32_t kernel, int32_t size) {
  qrt_taps taps = {0, 0};
  if (origin < 0)
    taps.first = (dilation - 1 - origin) / dilation;
  if (origin < size)
    taps.last = (size - 1 - origin) / dilation + 1;
  if (taps.last > kernel)
    taps.last = kernel;
  if (taps.last < taps.first)
    taps.last = taps.first;
  return taps;
}

#endif // QRT_REF_WINDOW_H
