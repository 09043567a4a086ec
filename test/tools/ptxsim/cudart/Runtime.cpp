// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// State of the simulated CUDA runtime, configured by the environment.

#include "test/tools/ptxsim/cudart/Runtime.h"

#include <algorithm>

#include "test/tools/ptxsim/cudart/FatBinary.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace ptxsim;

namespace {

constexpr int sharedWithoutOptIn = 48 * 1024;

constexpr Chip chips[] = {
    // arch  SMs  opt-in      per SM      threads blocks
    {75,  40,  64 * 1024,  64 * 1024,  1024, 16},
    {80,  108, 163 * 1024, 164 * 1024, 2048, 32},
    {86,  72,  99 * 1024,  100 * 1024, 1536, 16},
    {89,  58,  99 * 1024,  100 * 1024, 1536, 24},
    {90,  132, 227 * 1024, 228 * 1024, 2048, 32},
    {100, 148, 227 * 1024, 228 * 1024, 2048, 32},
    {120, 170, 99 * 1024,  100 * 1024, 1536, 24},
};

std::string environment(const char *name, const char *otherwise) {
  const char *value = getenv(name);
  return value && *value ? value : otherwise;
}

/// The newest row that is not newer than `arch`.
Chip chipOf(int arch) {
  Chip chip = chips[0];
  for (const Chip &row : chips)
    if (row.arch <= arch)
      chip = row;
  chip.arch = arch;
  return chip;
}

} // namespace

Runtime &Runtime::get() {
  // Never destroyed: handlers of exit still call the API.
  static Runtime *runtime = new Runtime;
  return *runtime;
}

Runtime::Runtime() {
  std::string arch = environment("PTXSIM_ARCH", "80");
  if (arch.starts_with("sm_"))
    arch.erase(0, 3);
  chip = chipOf(atoi(arch.c_str()));
  abortOnFailure = environment("PTXSIM_ABORT", "1") != "0";
  Options &options = device.options;
  options.reverse = environment("PTXSIM_ORDER", "forward") == "reverse";
  options.shared.races = environment("PTXSIM_RACES", "1") != "0";
  options.shared.uninitialised = environment("PTXSIM_UNINIT", "0") != "0";
  options.threads = atoi(environment("PTXSIM_THREADS", "0").c_str());
  options.statistics = getenv("PTXSIM_REPORT") != nullptr;
  atexit([] { Runtime::get().writeReport(); });
}

Error Runtime::result(Error error) {
  if (sticky)
    return sticky;
  if (error)
    last = error;
  return error;
}

Error Runtime::takeLastError() {
  const Error error = lastError();
  last = Success;
  return error;
}

Error Runtime::checkFailed(const std::string &what) {
  fflush(stdout);
  fprintf(stderr, "ptxsim: %s\n", what.c_str());
  if (abortOnFailure) {
    writeReport();
    fflush(nullptr);
    _Exit(99);
  }
  return sticky = LaunchFailure;
}

Error Runtime::load(Image &image) {
  if (image.module)
    return Success;
  if (image.tried)
    return InvalidPtx;
  image.tried = true;
  std::string error;
  const std::string_view ptx = findPtx(image.data, chip.arch, error);
  if (!ptx.empty())
    image.module = Module::parse(ptx, error);
  if (!image.module) {
    checkFailed(error);
    return InvalidPtx;
  }
  device.load(*image.module);
  return Success;
}

Error Runtime::loadFunction(Function &function) {
  if (const Error error = load(*function.image))
    return error;
  if (!function.kernel)
    function.kernel = function.image->module->findKernel(function.name);
  return function.kernel ? Success : InvalidDeviceFunction;
}

Function *Runtime::findFunction(const void *hostFunction, Error &error) {
  auto found = functions.find(hostFunction);
  error = found == functions.end() ? InvalidDeviceFunction
                                   : loadFunction(found->second);
  return error ? nullptr : &found->second;
}

const Variable *Runtime::findVariable(const void *hostVariable, Error &error) {
  auto found = variables.find(hostVariable);
  error = found == variables.end() ? InvalidSymbol : load(*found->second.image);
  if (error)
    return nullptr;
  const Variable *variable =
      found->second.image->module->findVariable(found->second.name);
  error = variable ? Success : InvalidSymbol;
  return variable;
}

Error Runtime::launch(Function &function, Dim3 grid, Dim3 block,
                      void **arguments, size_t dynamicSharedBytes,
                      void *stream) {
  const Kernel &kernel = *function.kernel;
  const size_t bytes = dynamicSharedBytes + kernel.staticSharedBytes;
  const size_t allowed =
      function.maxDynamicShared < 0
          ? size_t(sharedWithoutOptIn)
          : size_t(function.maxDynamicShared) + kernel.staticSharedBytes;
  if (bytes > std::max<size_t>(allowed, sharedWithoutOptIn))
    return InvalidValue;
  if (!grid.count() || !block.count() || grid.y > 65535 || grid.z > 65535 ||
      block.count() > 1024 || block.z > 64)
    return InvalidConfiguration;
  if (block.count() > kernel.maxThreads)
    return LaunchOutOfResources;
  // Arguments belong to the caller only until the launch returns.
  std::vector<std::byte> params(kernel.paramBytes);
  for (size_t i = 0; i < kernel.params.size(); ++i)
    memcpy(params.data() + kernel.params[i].offset, arguments[i],
           kernel.params[i].bytes);
  return enqueue(stream, [=, this, &kernel] {
    const std::string error = device.launch(
        kernel, grid, block, uint32_t(dynamicSharedBytes), params);
    return error.empty() ? Success : checkFailed(error);
  });
}

Stream *Runtime::streamOf(void *handle) {
  // 1 and 2 are the legacy and the per-thread default stream.
  if (uintptr_t(handle) <= 2)
    return &defaultStream;
  auto found = streams.find(static_cast<Stream *>(handle));
  return found == streams.end() ? nullptr : *found;
}

Error Runtime::enqueue(void *handle, Work work) {
  if (sticky)
    return sticky;
  Stream *stream = streamOf(handle);
  if (!stream)
    return InvalidResourceHandle;
  if (stream->capture) {
    if (stream->capture->invalid)
      return StreamCaptureInvalidated;
    stream->capture->graph.push_back(std::move(work));
    return Success;
  }
  if (stream == &defaultStream)
    for (Stream *other : streams)
      if (other->capture && !other->nonBlocking) {
        other->capture->invalid = true;
        return StreamCaptureImplicit;
      }
  return work();
}

Error Runtime::expectNoCapture() {
  for (Stream *stream : streams)
    if (stream->capture && !stream->capture->relaxed) {
      stream->capture->invalid = true;
      return StreamCaptureUnsupported;
    }
  return sticky;
}

void Runtime::writeReport() {
  const char *path = getenv("PTXSIM_REPORT");
  if (!path || !*path)
    return;
  FILE *file = fopen(path, "w");
  if (!file) {
    fprintf(stderr, "ptxsim: cannot write %s\n", path);
    return;
  }
  const std::string text = toJson(device.statistics);
  fwrite(text.data(), 1, text.size(), file);
  fclose(file);
}
