// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Prints one checksum for each float kernel with a sum in it, on numbers of one
// generator. Compiled together with runtime/ref under many flags: the bits must
// not depend on them.

#include "qrt/kernels.h"
#include "qrt/qrt.h"

#include <stdio.h>

enum { MOST = 40000 };
static float x[MOST], w[MOST], b[MOST], y[MOST];

static void fill(float *to, uint32_t word) {
  for (int i = 0; i < MOST; ++i) {
    word = word * 1664525u + 1013904223u;
    to[i] = (float)((int32_t)(word >> 8) - (1 << 23)) * 0x1p-22f;
  }
}

static void say(const char *name, int count) {
  printf("%s %08x\n", name,
         (unsigned)qrt_crc32(0, y, (size_t)count * sizeof *y));
}

static void convolve(const char *name, int32_t size, int32_t in_c,
                     int32_t out_c, int32_t kernel, int32_t groups) {
  const qrt_conv2d_f32 p = {1,     size,       size,       in_c,   size,  size,
                            out_c, kernel,     kernel,     1,      1,     1,
                            1,     kernel / 2, kernel / 2, groups, -5.0f, 5.0f};
  qrt_ref_conv2d_f32(&p, x, w, b, y);
  say(name, size * size * out_c);
  qrt_ref_conv_transpose2d_f32(&p, x, w, b, y);
  say("transposed", size * size * out_c);
}

int main(void) {
  fill(x, 1);
  fill(w, 2);
  fill(b, 3);
  convolve("deep", 9, 37, 22, 3, 1);
  convolve("joined", 9, 32, 20, 3, 1);
  convolve("shallow", 20, 3, 19, 3, 1);
  convolve("depthwise", 14, 45, 45, 3, 45);
  convolve("groups", 9, 24, 12, 3, 4);
  const qrt_matmul_f32 matmul = {
      {1, {3}},
      {19 * 41},
      {41 * 35},
      19, 41, 35
  };
  qrt_ref_matmul_f32(&matmul, x, w, y);
  say("matmul", 3 * 19 * 35);
  const qrt_binary_f32 binary = {
      {2,  {50, 60}},
      {60, 1       },
      {0,  1       },
      -1.0f, 1.0f
  };
  qrt_ref_mul_f32(&binary, x, w, y);
  say("mul", 3000);
  const qrt_reduce reduce = {
      {2, {2, 30}},
      {1, {70}},
      {2100, 1},
      {30},
      0, 0, {0, 0, 0}
  };
  qrt_ref_reduce_mean_f32(&reduce, x, y);
  say("mean", 60);
  const qrt_pool2d pool = {
      1, 12, 12, 40, 11, 11, 3, 3, 1, 1,        1,
      1, 1,  1,  0,  0,  0,  0, 0, 0, {0, 0, 0}
  };
  qrt_ref_avg_pool2d_f32(&pool, x, y);
  say("pool", 11 * 11 * 40);
  const int32_t rows[] = {0, 1, 2, 2}, cols[] = {1, 0, 2};
  const float shares[] = {0.1f, 0.7f, 0.3f, 0.0f};
  const qrt_resize2d resize = {
      1, 3, 3, 50, 4, 3, 0, 0, {0, 0, 0}
  };
  qrt_ref_resize_bilinear_f32(&resize, rows, shares, cols, shares, x, y);
  say("resize", 600);
  const qrt_unary_f32 unary = {MOST, 1, 0.2f, 0.5f};
  qrt_ref_sigmoid_f32(&unary, x, y);
  say("sigmoid", MOST);
  qrt_ref_tanh_f32(&unary, x, y);
  say("tanh", MOST);
  qrt_ref_hard_sigmoid_f32(&unary, x, y);
  say("hard_sigmoid", MOST);
  qrt_ref_hard_swish_f32(&unary, x, y);
  say("hard_swish", MOST);
  qrt_ref_gelu_f32(&unary, x, y);
  say("gelu", MOST);
  qrt_ref_gelu_tanh_f32(&unary, x, y);
  say("gelu_tanh", MOST);
  const qrt_rows rows_of = {20, 100, 3, 1e-5f};
  qrt_ref_softmax_f32(&rows_of, x, y);
  say("softmax", 6000);
  const qrt_rows dense = {20, 100, 1, 1e-5f};
  qrt_ref_layer_norm_f32(&dense, x, w, b, y);
  say("layer_norm", 2000);
  return 0;
}
