// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Status texts, tensor descriptions, the arena rule.

#include "qrt/qrt.h"

const char *qrt_status_string(qrt_status status) {
  switch (status) {
  case QRT_OK:
    return "ok";
  case QRT_ERR_NULL:
    return "a required pointer is null";
  case QRT_ERR_ARENA:
    return "the arena is misaligned or too small";
  case QRT_ERR_CPU:
    return "the processor lacks a feature the code needs";
  case QRT_ERR_SELFTEST:
    return "the computed bytes differ from the expected ones";
  case QRT_ERR_ARGUMENT:
    return "a number is outside its documented range";
  case QRT_ERR_THREAD:
    return "the system refused to start a thread";
  case QRT_ERR_DEVICE:
    return "the GPU is older than the code";
  case QRT_ERR_CUDA:
    return "the CUDA runtime reported an error";
  }
  return "unknown status";
}

qrt_status qrt_check_arena(const void *arena, size_t bytes, size_t required) {
  if (required == 0)
    return QRT_OK;
  if (!arena)
    return QRT_ERR_NULL;
  if ((uintptr_t)arena % QRT_ARENA_ALIGNMENT != 0 || bytes < required)
    return QRT_ERR_ARENA;
  return QRT_OK;
}

size_t qrt_element_bytes(qrt_element element) {
  switch (element) {
  case QRT_S8:
    return 1;
  case QRT_S16:
    return 2;
  case QRT_F32:
  case QRT_S32:
    return 4;
  case QRT_S64:
    return 8;
  }
  return 0;
}

int64_t qrt_tensor_elements(const qrt_tensor_info *info) {
  int64_t elements = 1;
  for (int32_t axis = 0; axis < info->rank; ++axis)
    elements *= info->shape[axis];
  return elements;
}
