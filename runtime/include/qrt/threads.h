// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A small pool of threads for code that may use more than one core. Optional:
// library `qrt_threads`, POSIX threads; `qrt` itself knows nothing of it.
//
// Work is cut by a fixed rule (qrt_part), never stolen, so which worker
// computes what depends on the numbers alone.

#ifndef QRT_THREADS_H
#define QRT_THREADS_H

#include "qrt/qrt.h"
#include "qrt/range.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Largest number of workers of one pool.
enum { QRT_MAX_WORKERS = 256 };

/// A pool; lives in storage of the caller.
typedef struct qrt_threads qrt_threads;

/// A job. Called once by each worker whose share (qrt_part) is not empty.
typedef void (*qrt_task)(void *context, qrt_range part, int32_t worker);

/// Bytes of storage a pool of `workers` needs, for any alignment of the
/// storage; 0 for a number outside 1 .. QRT_MAX_WORKERS.
size_t qrt_threads_bytes(int32_t workers);

/// Starts a pool. The calling thread is worker 0, so `workers` - 1 threads are
/// started; they inherit its floating-point environment, which must round to
/// nearest.
/// \param storage  `bytes` bytes, owned by the caller, untouched by anybody
///                 else until qrt_threads_destroy.
/// \param pool     receives the pool.
/// \return QRT_OK; QRT_ERR_NULL for a null pointer; QRT_ERR_ARGUMENT for a bad
///         number of workers or too small a storage; QRT_ERR_THREAD when a
///         thread cannot be started (those already started have been joined).
///
/// The system allocates the threads' stacks here; nothing is allocated later.
qrt_status qrt_threads_create(void *storage, size_t bytes, int32_t workers,
                              qrt_threads **pool);

/// Number of workers, the caller included.
int32_t qrt_threads_count(const qrt_threads *pool);

/// Runs `task` over `count` items and returns when all are done; whatever the
/// task wrote is visible to the caller then. A null pool runs everything on the
/// calling thread as worker 0. One call at a time for each pool, and none from
/// inside a task.
void qrt_parallel_for(qrt_threads *pool, int32_t count, qrt_task task,
                      void *context);

/// Ends and joins the threads; the storage is the caller's again. Null is
/// allowed.
void qrt_threads_destroy(qrt_threads *pool);

#ifdef __cplusplus
}
#endif

#endif // QRT_THREADS_H
