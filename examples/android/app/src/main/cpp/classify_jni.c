// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// org.quench.example.Classifier's native method.

#include "classify.h"

#include <jni.h>

JNIEXPORT jint JNICALL Java_org_quench_example_Classifier_classify(
    JNIEnv *env, jclass type, jobject pixels) {
  (void)type;
  const uint8_t *bytes =
      (const uint8_t *)(*env)->GetDirectBufferAddress(env, pixels);
  const jlong expected = (jlong)classify_side * classify_side * 3;
  if (!bytes || (*env)->GetDirectBufferCapacity(env, pixels) < expected) {
    const jclass error =
        (*env)->FindClass(env, "java/lang/IllegalArgumentException");
    if (error)
      (*env)->ThrowNew(env, error,
                       "expects a direct buffer of 224x224x3 bytes");
    return -1;
  }
  return classify(bytes, 0);
}
