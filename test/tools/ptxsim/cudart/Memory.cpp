// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Allocation and copies.

#include "test/tools/ptxsim/cudart/Runtime.h"

#include <cstdlib>
#include <cstring>

using namespace ptxsim;

namespace {

/// cudaMemcpyKind.
enum Kind { HostToHost, HostToDevice, DeviceToHost, DeviceToDevice, Default };

/// The device's end of a copy must lie in an allocation; that is an error of
/// the program which a real copy may or may not notice.
Error copy(void *to, const void *from, size_t bytes, int kind) {
  Runtime &runtime = Runtime::get();
  const GlobalMemory &memory = runtime.device.memory;
  if (kind < HostToHost || kind > Default)
    return InvalidMemcpyDirection;
  if (!bytes)
    return Success;
  const bool toDevice = kind == HostToDevice || kind == DeviceToDevice;
  const bool fromDevice = kind == DeviceToHost || kind == DeviceToDevice;
  std::string error;
  if (toDevice)
    error = memory.check(uint64_t(to), bytes, 1, /*isWrite=*/false);
  if (fromDevice && error.empty())
    error = memory.check(uint64_t(from), bytes, 1, /*isWrite=*/false);
  if (!error.empty())
    return runtime.checkFailed("cudaMemcpy: " + error);
  memmove(to, from, bytes);
  return Success;
}

Error fill(void *to, int value, size_t bytes) {
  Runtime &runtime = Runtime::get();
  if (!bytes)
    return Success;
  const std::string error =
      runtime.device.memory.check(uint64_t(to), bytes, 1, /*isWrite=*/true);
  if (!error.empty())
    return runtime.checkFailed("cudaMemset: " + error);
  memset(to, value, bytes);
  return Success;
}

Error symbolPlace(const void *symbol, size_t bytes, size_t offset,
                  std::byte *&place) {
  Error error;
  const Variable *variable = Runtime::get().findVariable(symbol, error);
  if (!variable)
    return error;
  if (offset > variable->bytes || bytes > variable->bytes - offset)
    return InvalidValue;
  place = variable->address + offset;
  return Success;
}

} // namespace

extern "C" {

int cudaMalloc(void **pointer, size_t bytes) {
  Runtime &runtime = Runtime::get();
  Lock lock(runtime.mutex);
  if (const Error error = runtime.expectNoCapture())
    return runtime.result(error);
  *pointer = bytes ? runtime.device.memory.allocate(bytes) : nullptr;
  return runtime.result(*pointer || !bytes ? Success : MemoryAllocation);
}

int cudaFree(void *pointer) {
  Runtime &runtime = Runtime::get();
  Lock lock(runtime.mutex);
  if (const Error error = runtime.expectNoCapture())
    return runtime.result(error);
  const bool known = !pointer || runtime.device.memory.release(pointer);
  return runtime.result(known ? Success : InvalidValue);
}

// Pinned memory: kernels may use it too.
int cudaMallocHost(void **pointer, size_t bytes) {
  return cudaMalloc(pointer, bytes);
}

int cudaHostAlloc(void **pointer, size_t bytes, unsigned) {
  return cudaMalloc(pointer, bytes);
}

int cudaFreeHost(void *pointer) { return cudaFree(pointer); }

int cudaMallocAsync(void **pointer, size_t bytes, void *stream) {
  Runtime &runtime = Runtime::get();
  Lock lock(runtime.mutex);
  Stream *own = runtime.streamOf(stream);
  if (own && own->capture)
    return runtime.result(NotSupported);
  *pointer = bytes ? runtime.device.memory.allocate(bytes) : nullptr;
  return Success;
}

int cudaFreeAsync(void *pointer, void *stream) {
  return Runtime::get().result(Runtime::get().enqueue(stream, [=] {
    const bool known =
        !pointer || Runtime::get().device.memory.release(pointer);
    return known ? Success : InvalidValue;
  }));
}

int cudaMemGetInfo(size_t *free, size_t *total) {
  *free = *total = size_t(16) << 30;
  return Success;
}

int cudaMemcpyAsync(void *to, const void *from, size_t bytes, int kind,
                    void *stream) {
  Runtime &runtime = Runtime::get();
  Lock lock(runtime.mutex);
  return runtime.result(
      runtime.enqueue(stream, [=] { return copy(to, from, bytes, kind); }));
}

int cudaMemcpy(void *to, const void *from, size_t bytes, int kind) {
  return cudaMemcpyAsync(to, from, bytes, kind, nullptr);
}

int cudaMemsetAsync(void *to, int value, size_t bytes, void *stream) {
  Runtime &runtime = Runtime::get();
  Lock lock(runtime.mutex);
  return runtime.result(
      runtime.enqueue(stream, [=] { return fill(to, value, bytes); }));
}

int cudaMemset(void *to, int value, size_t bytes) {
  return cudaMemsetAsync(to, value, bytes, nullptr);
}

int cudaMemcpyToSymbolAsync(const void *symbol, const void *from, size_t bytes,
                            size_t offset, int, void *stream) {
  Runtime &runtime = Runtime::get();
  Lock lock(runtime.mutex);
  std::byte *place = nullptr;
  if (const Error error = symbolPlace(symbol, bytes, offset, place))
    return runtime.result(error);
  return runtime.result(runtime.enqueue(stream, [=] {
    memcpy(place, from, bytes);
    return Success;
  }));
}

int cudaMemcpyToSymbol(const void *symbol, const void *from, size_t bytes,
                       size_t offset, int kind) {
  return cudaMemcpyToSymbolAsync(symbol, from, bytes, offset, kind, nullptr);
}

int cudaMemcpyFromSymbolAsync(void *to, const void *symbol, size_t bytes,
                              size_t offset, int, void *stream) {
  Runtime &runtime = Runtime::get();
  Lock lock(runtime.mutex);
  std::byte *place = nullptr;
  if (const Error error = symbolPlace(symbol, bytes, offset, place))
    return runtime.result(error);
  return runtime.result(runtime.enqueue(stream, [=] {
    memcpy(to, place, bytes);
    return Success;
  }));
}

int cudaMemcpyFromSymbol(void *to, const void *symbol, size_t bytes,
                         size_t offset, int kind) {
  return cudaMemcpyFromSymbolAsync(to, symbol, bytes, offset, kind, nullptr);
}

int cudaGetSymbolAddress(void **pointer, const void *symbol) {
  Runtime &runtime = Runtime::get();
  Lock lock(runtime.mutex);
  std::byte *place = nullptr;
  const Error error = symbolPlace(symbol, 0, 0, place);
  *pointer = place;
  return runtime.result(error);
}

} // extern "C"
