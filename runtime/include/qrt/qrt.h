// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What every generated model and its user share: status codes, the description
// of inputs and outputs, the arena rule, and the profile hook. Nothing here
// allocates, prints or keeps state.

#ifndef QRT_QRT_H
#define QRT_QRT_H

#include <stddef.h>
#include <stdint.h>

/// Version of the runtime, as numbers and as text. Code generated for one
/// minor version compiles with any later patch of it.
#define QRT_VERSION_MAJOR 0
#define QRT_VERSION_MINOR 1
#define QRT_VERSION_PATCH 0
#define QRT_VERSION "0.1.0"

/// Alignment in bytes of an arena: one cache line, one AVX-512 vector.
#define QRT_ARENA_ALIGNMENT 64

#ifdef __cplusplus
extern "C" {
#endif

/// Result of every function that can fail. Zero is success; the numbers are
/// part of the interface and never change.
typedef enum qrt_status {
  QRT_OK = 0,
  QRT_ERR_NULL = 1,     ///< a required pointer is null
  QRT_ERR_ARENA = 2,    ///< the arena is misaligned or too small
  QRT_ERR_CPU = 3,      ///< the processor lacks a feature the code needs
  QRT_ERR_SELFTEST = 4, ///< the computed bytes differ from the expected ones
  QRT_ERR_ARGUMENT = 5, ///< a number is outside its documented range
  QRT_ERR_THREAD = 6,   ///< the system refused to start a thread
  QRT_ERR_DEVICE = 7,   ///< the GPU is older than the code
  QRT_ERR_CUDA = 8      ///< the CUDA runtime reported an error
} qrt_status;

/// One English phrase for a status, lower case, no full stop; "unknown status"
/// for any other number. Static storage, never null.
const char *qrt_status_string(qrt_status status);

/// Checks a caller's arena before a model uses it.
/// \param arena     scratch memory; may be null when `required` is 0.
/// \param bytes     its size.
/// \param required  bytes the model needs (`<MODEL>_ARENA_BYTES`).
/// \return QRT_OK; QRT_ERR_NULL for a null arena; QRT_ERR_ARENA when it is not
///         aligned to QRT_ARENA_ALIGNMENT or smaller than `required`.
qrt_status qrt_check_arena(const void *arena, size_t bytes, size_t required);

/// Element type of a model input or output.
typedef enum qrt_element {
  QRT_F32 = 0, ///< float, IEEE binary32
  QRT_S8 = 1,  ///< int8 code: real value = (code - zero) * scale
  QRT_S32 = 2, ///< int32
  QRT_S64 = 3, ///< int64
  QRT_S16 = 4  ///< int16 code: real value = (code - zero) * scale
} qrt_element;

/// Bytes of one element; 0 for a number that is no qrt_element.
size_t qrt_element_bytes(qrt_element element);

/// One input or output of a model. Tensors are dense, last axis fastest.
typedef struct qrt_tensor_info {
  const char *name;     ///< name in the source model, UTF-8
  qrt_element element;  ///< type of one element
  int32_t rank;         ///< number of axes, 0 for a scalar
  const int32_t *shape; ///< `rank` sizes, outermost first
  float scale;          ///< QRT_S8 and QRT_S16 only, else 1
  int32_t zero;         ///< QRT_S8 and QRT_S16 only, else 0
} qrt_tensor_info;

/// Elements of a tensor: the product of its sizes, 1 for a scalar.
int64_t qrt_tensor_elements(const qrt_tensor_info *info);

/// Moments at which a model calls its profile hook.
typedef enum qrt_profile_event {
  QRT_LAYER_BEGIN = 0,
  QRT_LAYER_END = 1
} qrt_profile_event;

/// Called right before and right after each layer, or each band of rows of a
/// layer that runs in several, on the thread that runs the model. \param layer
/// counts from 0 in execution order; \param name is the node's name in the
/// source model, static storage. Must not call the model with the same arena.
/// What the hook measures is its own affair: the runtime reads no clock.
typedef void (*qrt_profile_hook)(void *user, qrt_profile_event event,
                                 int32_t layer, const char *name);

/// A hook and the pointer handed back to it. The caller owns it.
typedef struct qrt_profile {
  qrt_profile_hook hook; ///< null: no calls
  void *user;
} qrt_profile;

/// What generated code writes around a layer; `profile` may be null.
static inline void qrt_profile_layer(const qrt_profile *profile,
                                     qrt_profile_event event, int32_t layer,
                                     const char *name) {
  if (profile && profile->hook)
    profile->hook(profile->user, event, layer, name);
}

/// CRC-32 (ISO 3309, the one of zlib.crc32 in Python) of `bytes` bytes.
/// \param crc  0 to begin, or the result for the bytes before these.
/// Used by `<model>_selftest` to compare outputs with the expected ones.
uint32_t qrt_crc32(uint32_t crc, const void *data, size_t bytes);

#ifdef __cplusplus
}
#endif

#endif // QRT_QRT_H
