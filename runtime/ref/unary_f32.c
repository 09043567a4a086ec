// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Float functions of one value (spec Q-FUNARY). Every operation is a statement,
// so that its order and rounding are seen.

#include "qrt/kernels.h"

#include "float_math.h"

#define EACH(function)                                                         \
  for (int32_t i = 0; i < p->count; ++i)                                       \
  y[i] = function

void qrt_ref_clip_f32(const qrt_unary_f32 *p, const float *x, float *y) {
  EACH(qrt_clampf(x[i], p->alpha, p->beta));
}

void qrt_ref_leaky_relu_f32(const qrt_unary_f32 *p, const float *x, float *y) {
  EACH(x[i] < 0.0f ? p->alpha * x[i] : x[i]);
}

void qrt_ref_prelu_f32(const qrt_unary_f32 *p, const float *x,
                       const float *slope, float *y) {
  for (int32_t i = 0; i < p->count; i += p->channels)
    for (int32_t c = 0; c < p->channels; ++c)
      y[i + c] = x[i + c] < 0.0f ? slope[c] * x[i + c] : x[i + c];
}

static float sigmoid(float x) {
  const float e = qrt_expf(-x);
  return 1.0f / (1.0f + e);
}

void qrt_ref_sigmoid_f32(const qrt_unary_f32 *p, const float *x, float *y) {
  EACH(sigmoid(x[i]));
}

void qrt_ref_tanh_f32(const qrt_unary_f32 *p, const float *x, float *y) {
  EACH(qrt_tanhf(x[i]));
}

static float hard_sigmoid(float x, float alpha, float beta) {
  const float product = alpha * x;
  return qrt_clampf(product + beta, 0.0f, 1.0f);
}

void qrt_ref_hard_sigmoid_f32(const qrt_unary_f32 *p, const float *x,
                              float *y) {
  EACH(hard_sigmoid(x[i], p->alpha, p->beta));
}

static float hard_swish(float x) {
  const float sixth = x / 6.0f;
  return x * qrt_clampf(sixth + 0.5f, 0.0f, 1.0f);
}

void qrt_ref_hard_swish_f32(const qrt_unary_f32 *p, const float *x, float *y) {
  EACH(hard_swish(x[i]));
}

static float silu(float x) {
  const float e = qrt_expf(-x);
  return x / (1.0f + e);
}

void qrt_ref_silu_f32(const qrt_unary_f32 *p, const float *x, float *y) {
  EACH(silu(x[i]));
}

static float gelu(float x) {
  const float root_half = 0x1.6a09e6p-1f; // 1 / sqrt(2)
  const float half = 0.5f * x;
  const float scaled = x * root_half;
  return half * (1.0f + qrt_erff(scaled));
}

void qrt_ref_gelu_f32(const qrt_unary_f32 *p, const float *x, float *y) {
  EACH(gelu(x[i]));
}

// Hendrycks and Gimpel, Gaussian Error Linear Units, 2016, section 2.
static float gelu_tanh(float x) {
  const float root = 0x1.988454p-1f; // sqrt(2 / pi)
  const float half = 0.5f * x;
  const float square = x * x;
  const float bend = 0.044715f * square;
  const float stretched = x * (1.0f + bend);
  return half * (1.0f + qrt_tanhf(root * stretched));
}

void qrt_ref_gelu_tanh_f32(const qrt_unary_f32 *p, const float *x, float *y) {
  EACH(gelu_tanh(x[i]));
}

void qrt_ref_erf_f32(const qrt_unary_f32 *p, const float *x, float *y) {
  EACH(qrt_erff(x[i]));
}

void qrt_ref_exp_f32(const qrt_unary_f32 *p, const float *x, float *y) {
  EACH(qrt_expf(x[i]));
}

void qrt_ref_sqrt_f32(const qrt_unary_f32 *p, const float *x, float *y) {
  EACH(qrt_sqrtf(x[i]));
}

void qrt_ref_abs_f32(const qrt_unary_f32 *p, const float *x, float *y) {
  EACH(qrt_bits_float(qrt_float_bits(x[i]) & 0x7FFFFFFFu));
}
