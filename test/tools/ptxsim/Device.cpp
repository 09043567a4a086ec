// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Launches: the blocks of a grid over the threads of the host.

#include "test/tools/ptxsim/Device.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

using namespace ptxsim;

void Device::load(const Module &module) {
  for (const Variable &variable : module.variables)
    memory.add(variable.address, variable.bytes, "variable " + variable.name,
               variable.constant);
}

namespace {

/// Hands out blocks, and keeps the error of the first one in their order.
class Grid {
public:
  Grid(const Launch &launch)
      : launch(launch), count(launch.grid.count()), firstFailure(count) {}

  void work() {
    Block block(launch);
    for (uint64_t turn; (turn = next++) < count && turn < firstFailure;) {
      const uint64_t number = launch.options.reverse ? count - 1 - turn : turn;
      if (block.run(indexOf(number)))
        continue;
      std::lock_guard lock(mutex);
      if (turn < firstFailure) {
        firstFailure = turn;
        error = block.error;
      }
      break;
    }
    std::lock_guard lock(mutex);
    statistics.add(block.statistics);
  }

  std::string error;
  KernelStatistics statistics;

private:
  Dim3 indexOf(uint64_t number) const {
    const uint64_t columns = launch.grid.x, rows = launch.grid.y;
    return {uint32_t(number % columns), uint32_t(number / columns % rows),
            uint32_t(number / columns / rows)};
  }

  const Launch &launch;
  const uint64_t count;
  std::atomic<uint64_t> next = 0;
  std::atomic<uint64_t> firstFailure;
  std::mutex mutex;
};

} // namespace

std::string Device::launch(const Kernel &kernel, Dim3 grid, Dim3 block,
                           uint32_t dynamicSharedBytes,
                           std::span<const std::byte> params) {
  const std::string name = "kernel " + kernel.name + ": ";
  if (params.size() < kernel.paramBytes)
    return name + std::to_string(params.size()) + " bytes of parameters, not " +
           std::to_string(kernel.paramBytes);
  if (!grid.count() || !block.count() || grid.y > 65535 || grid.z > 65535)
    return name + "a grid or block without threads, or too large";
  if (block.count() > std::min(kernel.maxThreads, 1024u))
    return name + std::to_string(block.count()) + " threads in a block, not " +
           std::to_string(kernel.maxThreads) + " at most";
  const Launch launch{kernel,        grid,   block,  dynamicSharedBytes,
                      params.data(), memory, options};
  Grid work(launch);
  const uint64_t cores = std::max(1u, std::thread::hardware_concurrency());
  const uint64_t threads = std::min<uint64_t>(
      options.threads > 0 ? uint64_t(options.threads) : cores, grid.count());
  std::vector<std::thread> others;
  for (uint64_t i = 1; i < threads; ++i)
    others.emplace_back([&] { work.work(); });
  work.work();
  for (std::thread &thread : others)
    thread.join();
  work.statistics.launches = 1;
  statistics[kernel.name].add(work.statistics);
  return work.error;
}
