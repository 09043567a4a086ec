// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the code that nvcc adds to host objects calls before main, and to
// launch.

#include "test/tools/ptxsim/cudart/Runtime.h"

#include <algorithm>

using namespace ptxsim;

namespace {

/// __fatBinC_Wrapper_t of fatbinary_section.h.
struct Wrapper {
  int magic;
  int version;
  const void *data;
  void *more;
};

struct Configuration {
  Dim3 grid, block;
  size_t sharedBytes;
  void *stream;
};
thread_local std::vector<Configuration> configurations;

Image *imageOf(void **handle) { return reinterpret_cast<Image *>(handle); }

} // namespace

extern "C" {

void **__cudaRegisterFatBinary(void *wrapper) {
  Runtime &runtime = Runtime::get();
  Lock lock(runtime.mutex);
  runtime.images.push_back(std::make_unique<Image>());
  runtime.images.back()->data = static_cast<Wrapper *>(wrapper)->data;
  return reinterpret_cast<void **>(runtime.images.back().get());
}

void __cudaRegisterFatBinaryEnd(void **) {}

// Modules stay: the report is written after this.
void __cudaUnregisterFatBinary(void **) {}

char __cudaInitModule(void **) { return 1; }

void __cudaRegisterFunction(void **handle, const char *hostFunction, char *,
                            const char *deviceName, int, void *, void *, void *,
                            void *, int *) {
  Runtime &runtime = Runtime::get();
  Lock lock(runtime.mutex);
  Function &function = runtime.functions[hostFunction];
  function.image = imageOf(handle);
  function.name = deviceName;
}

void __cudaRegisterVar(void **handle, char *hostVariable, char *,
                       const char *deviceName, int, size_t, int, int) {
  Runtime &runtime = Runtime::get();
  Lock lock(runtime.mutex);
  runtime.variables[hostVariable] = {imageOf(handle), deviceName};
}

unsigned __cudaPushCallConfiguration(Dim3 grid, Dim3 block, size_t sharedBytes,
                                     void *stream) {
  configurations.push_back({grid, block, sharedBytes, stream});
  return 0;
}

int __cudaPopCallConfiguration(Dim3 *grid, Dim3 *block, size_t *sharedBytes,
                               void *stream) {
  if (configurations.empty())
    return InvalidConfiguration;
  const Configuration &top = configurations.back();
  *grid = top.grid;
  *block = top.block;
  *sharedBytes = top.sharedBytes;
  *static_cast<void **>(stream) = top.stream;
  configurations.pop_back();
  return Success;
}

// A kernel handle is its Function. It is not loaded here: this runs in the
// first launch, whose error is the better place to say what is wrong.
int __cudaGetKernel(void **kernel, const void *hostFunction) {
  Runtime &runtime = Runtime::get();
  Lock lock(runtime.mutex);
  auto found = runtime.functions.find(hostFunction);
  if (found == runtime.functions.end())
    return runtime.result(InvalidDeviceFunction);
  *kernel = &found->second;
  return Success;
}

int __cudaLaunchKernel(void *kernel, Dim3 grid, Dim3 block, void **arguments,
                       size_t sharedBytes, void *stream) {
  Runtime &runtime = Runtime::get();
  Lock lock(runtime.mutex);
  auto *function = static_cast<Function *>(kernel);
  if (!function)
    return runtime.result(InvalidDeviceFunction);
  if (const Error error = runtime.loadFunction(*function))
    return runtime.result(error);
  return runtime.result(
      runtime.launch(*function, grid, block, arguments, sharedBytes, stream));
}

int __cudaLaunchKernel_ptsz(void *kernel, Dim3 grid, Dim3 block,
                            void **arguments, size_t sharedBytes,
                            void *stream) {
  return __cudaLaunchKernel(kernel, grid, block, arguments, sharedBytes,
                            stream);
}

int cudaGetFuncBySymbol(void **function, const void *hostFunction) {
  return __cudaGetKernel(function, hostFunction);
}

int cudaLaunchKernel(const void *hostFunction, Dim3 grid, Dim3 block,
                     void **arguments, size_t sharedBytes, void *stream) {
  Runtime &runtime = Runtime::get();
  Lock lock(runtime.mutex);
  Error error;
  Function *function = runtime.findFunction(hostFunction, error);
  if (!function)
    return runtime.result(error);
  return runtime.result(
      runtime.launch(*function, grid, block, arguments, sharedBytes, stream));
}

/// cudaLaunchConfig_t.
struct LaunchConfig {
  Dim3 grid, block;
  size_t sharedBytes;
  void *stream;
  void *attributes;
  unsigned attributeCount;
};

int cudaLaunchKernelExC(const LaunchConfig *config, const void *hostFunction,
                        void **arguments) {
  if (config->attributeCount)
    return Runtime::get().result(NotSupported);
  return cudaLaunchKernel(hostFunction, config->grid, config->block, arguments,
                          config->sharedBytes, config->stream);
}

int cudaFuncSetAttribute(const void *hostFunction, int attribute, int value) {
  Runtime &runtime = Runtime::get();
  Lock lock(runtime.mutex);
  Error error;
  Function *function = runtime.findFunction(hostFunction, error);
  if (!function)
    return runtime.result(error);
  constexpr int maxDynamicSharedMemorySize = 8;
  if (attribute == maxDynamicSharedMemorySize) {
    const int room = runtime.chip.sharedPerBlockOptIn -
                     int(function->kernel->staticSharedBytes);
    if (value < 0 || value > room)
      return runtime.result(InvalidValue);
    function->maxDynamicShared = value;
  }
  return Success;
}

// Registers are not known: only ptxas allocates them.
int cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
    int *blocks, const void *hostFunction, int threads, size_t dynamicShared,
    unsigned) {
  Runtime &runtime = Runtime::get();
  Lock lock(runtime.mutex);
  Error error;
  Function *function = runtime.findFunction(hostFunction, error);
  if (!function)
    return runtime.result(error);
  const Chip &chip = runtime.chip;
  if (threads <= 0)
    return runtime.result(InvalidValue);
  // 1 KiB of each block's shared memory is the system's.
  const size_t shared =
      dynamicShared + function->kernel->staticSharedBytes + 1024;
  const int byThreads =
      chip.threadsPerMultiprocessor / int(alignTo(uint64_t(threads), 32));
  const int byShared = int(size_t(chip.sharedPerMultiprocessor) / shared);
  *blocks = std::min({byThreads, byShared, chip.blocksPerMultiprocessor});
  return Success;
}

int cudaOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks,
                                                  const void *hostFunction,
                                                  int threads,
                                                  size_t dynamicShared) {
  return cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
      blocks, hostFunction, threads, dynamicShared, 0);
}

} // extern "C"
