// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The pool of qrt/threads.h: one job at a time, announced by a counter.
//
// A worker waits for `generation` to change: first spinning, because the layers
// of a model follow each other within microseconds, then asleep. The caller
// waits for `running` to reach 0 in the same way. Both counters are atomics;
// the mutex serves only those who sleep.

#define _POSIX_C_SOURCE 200809L

#include "qrt/threads.h"

#include <pthread.h>
#include <stdatomic.h>

// Polls before sleeping: the first ones take 5 microseconds on machines
// of today. The others lend the core to whoever waits for it, which is the
// other side where there are more workers than free cores; all together take
// longer than the layers of a model that one worker computes alone.
enum { SPINS = 200, POLLS = 1200 };

typedef struct worker {
  qrt_threads *pool;
  pthread_t thread;
  int32_t index;
} worker;

struct qrt_threads {
  pthread_mutex_t mutex;
  pthread_cond_t work, done;
  atomic_uint generation; // counts jobs
  atomic_int running;     // threads that have not finished the current job
  // The job. Written before `generation` changes, read after.
  qrt_task task;
  void *context;
  int32_t count;
  int32_t stop;
  int32_t workers;
  worker worker[]; // `workers`, of which 0 is the caller
};

static void pause_briefly(int poll) {
  if (poll >= SPINS) {
    sched_yield();
    return;
  }
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// Waits until `generation` differs from `seen`; returns the new one.
static unsigned await_job(qrt_threads *pool, unsigned seen) {
  for (int poll = 0; poll < POLLS; ++poll) {
    const unsigned now =
        atomic_load_explicit(&pool->generation, memory_order_acquire);
    if (now != seen)
      return now;
    pause_briefly(poll);
  }
  pthread_mutex_lock(&pool->mutex);
  unsigned now;
  while ((now = atomic_load_explicit(&pool->generation,
                                     memory_order_acquire)) == seen)
    pthread_cond_wait(&pool->work, &pool->mutex);
  pthread_mutex_unlock(&pool->mutex);
  return now;
}

static void announce_job(qrt_threads *pool) {
  atomic_store_explicit(&pool->running, pool->workers - 1,
                        memory_order_relaxed);
  // Under the mutex, or a worker between its last look and its sleep would
  // miss the signal.
  pthread_mutex_lock(&pool->mutex);
  atomic_fetch_add_explicit(&pool->generation, 1, memory_order_release);
  pthread_cond_broadcast(&pool->work);
  pthread_mutex_unlock(&pool->mutex);
}

static void finish_job(qrt_threads *pool) {
  if (atomic_fetch_sub_explicit(&pool->running, 1, memory_order_acq_rel) != 1)
    return;
  pthread_mutex_lock(&pool->mutex);
  pthread_cond_signal(&pool->done);
  pthread_mutex_unlock(&pool->mutex);
}

static void await_workers(qrt_threads *pool) {
  for (int poll = 0; poll < POLLS; ++poll) {
    if (atomic_load_explicit(&pool->running, memory_order_acquire) == 0)
      return;
    pause_briefly(poll);
  }
  pthread_mutex_lock(&pool->mutex);
  while (atomic_load_explicit(&pool->running, memory_order_acquire) != 0)
    pthread_cond_wait(&pool->done, &pool->mutex);
  pthread_mutex_unlock(&pool->mutex);
}

static void run_share(const qrt_threads *pool, int32_t index) {
  const qrt_range part = qrt_part(pool->count, pool->workers, index);
  if (part.begin < part.end)
    pool->task(pool->context, part, index);
}

static void *work(void *argument) {
  const worker *self = (const worker *)argument;
  qrt_threads *pool = self->pool;
  unsigned seen = 0;
  for (;;) {
    seen = await_job(pool, seen);
    if (pool->stop)
      return 0;
    run_share(pool, self->index);
    finish_job(pool);
  }
}

// Ends threads 1 .. started - 1 and gives the system its objects back.
static void close_pool(qrt_threads *pool, int32_t started) {
  pool->stop = 1;
  announce_job(pool);
  for (int32_t i = 1; i < started; ++i)
    pthread_join(pool->worker[i].thread, 0);
  pthread_cond_destroy(&pool->done);
  pthread_cond_destroy(&pool->work);
  pthread_mutex_destroy(&pool->mutex);
}

size_t qrt_threads_bytes(int32_t workers) {
  if (workers < 1 || workers > QRT_MAX_WORKERS)
    return 0;
  return sizeof(qrt_threads) + (size_t)workers * sizeof(worker) +
         _Alignof(qrt_threads) - 1;
}

qrt_status qrt_threads_create(void *storage, size_t bytes, int32_t workers,
                              qrt_threads **pool) {
  if (!storage || !pool)
    return QRT_ERR_NULL;
  const size_t required = qrt_threads_bytes(workers);
  if (required == 0 || bytes < required)
    return QRT_ERR_ARGUMENT;
  const size_t alignment = _Alignof(qrt_threads);
  const size_t misfit = (uintptr_t)storage % alignment;
  uint8_t *at = (uint8_t *)storage + (misfit ? alignment - misfit : 0);
  qrt_threads *made = (qrt_threads *)(void *)at;
  made->workers = workers;
  made->stop = 0;
  atomic_init(&made->generation, 0);
  atomic_init(&made->running, 0);
  if (pthread_mutex_init(&made->mutex, 0) != 0)
    return QRT_ERR_THREAD;
  if (pthread_cond_init(&made->work, 0) != 0) {
    pthread_mutex_destroy(&made->mutex);
    return QRT_ERR_THREAD;
  }
  if (pthread_cond_init(&made->done, 0) != 0) {
    pthread_cond_destroy(&made->work);
    pthread_mutex_destroy(&made->mutex);
    return QRT_ERR_THREAD;
  }
  for (int32_t i = 1; i < workers; ++i) {
    worker *w = &made->worker[i];
    w->pool = made;
    w->index = i;
    if (pthread_create(&w->thread, 0, work, w) != 0) {
      close_pool(made, i);
      return QRT_ERR_THREAD;
    }
  }
  *pool = made;
  return QRT_OK;
}

int32_t qrt_threads_count(const qrt_threads *pool) {
  return pool ? pool->workers : 1;
}

void qrt_parallel_for(qrt_threads *pool, int32_t count, qrt_task task,
                      void *context) {
  if (count < 1)
    return;
  if (!pool || pool->workers == 1 || count == 1) {
    const qrt_range all = {0, count};
    task(context, all, 0);
    return;
  }
  pool->task = task;
  pool->context = context;
  pool->count = count;
  announce_job(pool);
  run_share(pool, 0);
  await_workers(pool);
}

void qrt_threads_destroy(qrt_threads *pool) {
  if (pool)
    close_pool(pool, pool->workers);
}
