// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One code everywhere: what a constant pad begins with.

#include "qrt/kernels.h"

#include "codes.h"

void QRT_SAME(fill)(int32_t count, int32_t code, code_a *y) {
  for (int32_t i = 0; i < count; ++i)
    y[i] = (code_a)code;
}
