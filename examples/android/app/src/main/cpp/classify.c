// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pixels to codes, the model, codes to a class. Allocates nothing.

#include "classify.h"

#include "net.h"

enum { count = classify_side * classify_side * 3 };
_Static_assert(NET_INPUT_IMAGE_ELEMENTS == count &&
                   NET_OUTPUT_LOGITS_ELEMENTS == classify_classes,
               "compile the model of the README");

static _Alignas(64) unsigned char arena[NET_ARENA_BYTES];
static int8_t codes[count];
static int8_t logits[classify_classes];

int32_t classify(const uint8_t *pixels, float *logit) {
  // As the model was trained: (pixel - 127) / 128.
  for (int32_t i = 0; i < count; ++i)
    codes[i] = net_quantize_image(((float)pixels[i] - 127.0f) / 128.0f);
  const net_inputs inputs = {codes};
  const net_outputs outputs = {logits};
  const qrt_status status = net_run(&inputs, &outputs, arena);
  if (status != QRT_OK)
    return -(int32_t)status;
  int32_t best = 0;
  for (int32_t i = 1; i < classify_classes; ++i)
    if (logits[i] > logits[best])
      best = i;
  if (logit)
    *logit = net_dequantize_logits(logits[best]);
  return best;
}
