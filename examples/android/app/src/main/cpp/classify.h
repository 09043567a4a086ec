// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which class a picture shows, by the compiled model. Plain C: what JNI adds is
// in classify_jni.c.

#ifndef CLASSIFY_H
#define CLASSIFY_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { classify_side = 224, classify_classes = 1000 };

/// \param pixels  [classify_side][classify_side][3], red, green, blue.
/// \param logit   gets the model's output for the class; may be null.
/// \return the class, from 0; below 0 minus a qrt_status.
/// One call at a time: it has one arena.
int32_t classify(const uint8_t *pixels, float *logit);

#ifdef __cplusplus
}
#endif

#endif // CLASSIFY_H
