// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The thread pool: partition, visibility, storage, errors. Built a second time
// under ThreadSanitizer (QuenchRuntimeTsanTests).

#include "qrt/threads.h"

#include "gtest/gtest.h"

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

namespace {

// A pool of `workers` in storage of exactly the documented size.
class Pool {
public:
  explicit Pool(int32_t workers, size_t misfit = 0)
      : storage(qrt_threads_bytes(workers) + misfit) {
    status = qrt_threads_create(storage.data() + misfit,
                                storage.size() - misfit, workers, &pool);
  }
  ~Pool() { qrt_threads_destroy(pool); }

  qrt_threads *pool = nullptr;
  qrt_status status;

private:
  std::vector<unsigned char> storage;
};

struct Visit {
  int32_t worker = -1;
  int times = 0;
  std::thread::id thread;
};

// Plain memory: the pool alone must order the accesses.
void visit(void *context, qrt_range part, int32_t worker) {
  auto &items = *static_cast<std::vector<Visit> *>(context);
  for (int32_t i = part.begin; i < part.end; ++i) {
    items[size_t(i)].worker = worker;
    items[size_t(i)].times++;
    items[size_t(i)].thread = std::this_thread::get_id();
  }
}

TEST(Part, CoversEverythingOnceInOrder) {
  for (int32_t workers : {1, 2, 3, 7, 64})
    for (int32_t count : {0, 1, 2, 6, 7, 8, 63, 64, 65, 1000, INT32_MAX}) {
      int32_t next = 0, smallest = INT32_MAX, largest = 0;
      for (int32_t worker = 0; worker < workers; ++worker) {
        qrt_range part = qrt_part(count, workers, worker);
        ASSERT_EQ(part.begin, next) << count << " by " << workers;
        int32_t size = part.end - part.begin;
        ASSERT_GE(size, 0);
        if (worker > 0) {
          ASSERT_LE(size, smallest) << "larger shares come first";
        }
        smallest = std::min(smallest, size);
        largest = std::max(largest, size);
        next = part.end;
      }
      ASSERT_EQ(next, count);
      ASSERT_LE(largest - smallest, 1);
    }
}

class Workers : public testing::TestWithParam<int32_t> {};

// Jobs of all sizes follow each other at once; each worker does its share, on
// its own thread, and the caller sees the results.
TEST_P(Workers, EveryShareRunsOnceOnItsWorker) {
  Pool pool(GetParam());
  ASSERT_EQ(pool.status, QRT_OK);
  EXPECT_EQ(qrt_threads_count(pool.pool), GetParam());
  for (int round = 0; round < 300; ++round) {
    int32_t count = round * 7 % 90;
    std::vector<Visit> items(static_cast<size_t>(count));
    qrt_parallel_for(pool.pool, count, visit, &items);
    for (int32_t worker = 0; worker < GetParam(); ++worker) {
      qrt_range part = qrt_part(count, GetParam(), worker);
      for (int32_t i = part.begin; i < part.end; ++i) {
        const Visit &item = items[size_t(i)];
        ASSERT_EQ(item.times, 1);
        ASSERT_EQ(item.worker, worker);
        ASSERT_EQ(item.thread == std::this_thread::get_id(), worker == 0);
      }
    }
  }
}

// Long enough pauses that all workers sleep, and a share that makes the caller
// sleep: the paths through the condition variables.
TEST_P(Workers, WakeFromSleep) {
  Pool pool(GetParam());
  ASSERT_EQ(pool.status, QRT_OK);
  auto slow = [](void *context, qrt_range part, int32_t worker) {
    if (worker > 0)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    visit(context, part, worker);
  };
  for (int round = 0; round < 5; ++round) {
    std::vector<Visit> items(100);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    qrt_parallel_for(pool.pool, 100, slow, &items);
    for (const Visit &item : items)
      ASSERT_EQ(item.times, 1);
  }
}

INSTANTIATE_TEST_SUITE_P(Counts, Workers, testing::Values(1, 2, 3, 8));

TEST(Threads, CreateAndDestroyManyTimes) {
  for (int round = 0; round < 50; ++round) {
    Pool pool(4, /*misfit=*/size_t(round % 9));
    ASSERT_EQ(pool.status, QRT_OK);
  }
}

// A task may rely on its share not being empty.
TEST(Threads, WorkersWithoutAShareAreNotCalled) {
  Pool pool(8);
  ASSERT_EQ(pool.status, QRT_OK);
  for (int round = 0; round < 100; ++round) {
    std::vector<int> calls(8);
    qrt_parallel_for(
        pool.pool, 3,
        [](void *context, qrt_range part, int32_t worker) {
          (*static_cast<std::vector<int> *>(context))[size_t(worker)] +=
              part.end - part.begin + 10;
        },
        &calls);
    ASSERT_EQ(calls, (std::vector<int>{11, 11, 11, 0, 0, 0, 0, 0}));
  }
}

TEST(Threads, NullPoolRunsOnTheCaller) {
  std::vector<Visit> items(10);
  qrt_parallel_for(nullptr, 10, visit, &items);
  for (const Visit &item : items) {
    EXPECT_EQ(item.worker, 0);
    EXPECT_EQ(item.times, 1);
    EXPECT_EQ(item.thread, std::this_thread::get_id());
  }
  EXPECT_EQ(qrt_threads_count(nullptr), 1);
  qrt_threads_destroy(nullptr);
}

TEST(Threads, Errors) {
  std::vector<unsigned char> storage(qrt_threads_bytes(2));
  qrt_threads *pool = nullptr;
  EXPECT_EQ(qrt_threads_create(nullptr, 1000, 2, &pool), QRT_ERR_NULL);
  EXPECT_EQ(qrt_threads_create(storage.data(), storage.size(), 2, nullptr),
            QRT_ERR_NULL);
  EXPECT_EQ(qrt_threads_create(storage.data(), storage.size() - 1, 2, &pool),
            QRT_ERR_ARGUMENT);
  for (int32_t workers : {-1, 0, QRT_MAX_WORKERS + 1}) {
    EXPECT_EQ(qrt_threads_bytes(workers), 0u);
    EXPECT_EQ(
        qrt_threads_create(storage.data(), storage.size(), workers, &pool),
        QRT_ERR_ARGUMENT);
  }
  EXPECT_EQ(pool, nullptr);
}

} // namespace
