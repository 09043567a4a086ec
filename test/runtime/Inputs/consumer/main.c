// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every public header, and one call into each library.

#include "qrt/cpu.h"
#include "qrt/kernels.h"
#include "qrt/qrt.h"
#include "qrt/threads.h"

#include <stdio.h>

int main(void) {
  const qrt_border border = {1, 1, 3, 0.5f, {1, -128, 127}};
  const float x[3] = {0.25f, 0.75f, -100.0f};
  int8_t y[3];
  qrt_ref_quantize_f32_s8(&border, x, y);
  printf("%s: %d %d %d, crc %08x, %d worker\n", QRT_VERSION, y[0], y[1], y[2],
         (unsigned)qrt_crc32(0, y, sizeof y), (int)qrt_threads_count(0));
  return qrt_cpu_features() > 7;
}
