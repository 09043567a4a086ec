// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The state behind the simulated CUDA runtime.

#ifndef TEST_TOOLS_PTXSIM_CUDART_RUNTIME_H
#define TEST_TOOLS_PTXSIM_CUDART_RUNTIME_H

#include "test/tools/ptxsim/Device.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <set>

namespace ptxsim {

/// Values of cudaError_t, as the API documents them.
enum Error : int {
  Success = 0,
  InvalidValue = 1,
  MemoryAllocation = 2,
  InvalidConfiguration = 9,
  InvalidSymbol = 13,
  InvalidMemcpyDirection = 21,
  InvalidDeviceFunction = 98,
  InvalidDevice = 101,
  NoKernelImageForDevice = 209,
  InvalidPtx = 218,
  InvalidResourceHandle = 400,
  IllegalState = 401,
  LaunchOutOfResources = 701,
  LaunchFailure = 719,
  NotSupported = 801,
  StreamCaptureUnsupported = 900,
  StreamCaptureInvalidated = 901,
  StreamCaptureImplicit = 906
};

/// What one chip offers. Source: CUDA C++ Programming Guide, "Technical
/// Specifications per Compute Capability"; the multiprocessors are those of one
/// product each (T4, A100, A10, L4, H100).
struct Chip {
  int arch;
  int multiprocessors;
  int sharedPerBlockOptIn; ///< bytes
  int sharedPerMultiprocessor;
  int threadsPerMultiprocessor;
  int blocksPerMultiprocessor;
};

/// A registered fat binary, parsed at its first use.
struct Image {
  const void *data = nullptr;
  std::unique_ptr<Module> module;
  bool tried = false;
};

struct Function {
  Image *image = nullptr;
  std::string name;
  const Kernel *kernel = nullptr;
  int maxDynamicShared = -1; ///< what cudaFuncSetAttribute set
};

struct HostVariable {
  Image *image = nullptr;
  std::string name;
};

/// Work of a stream; runs at once, or later as a part of a graph.
using Work = std::function<Error()>;

/// A stream capture. Several streams may belong to it.
struct Capture {
  std::vector<Work> graph;
  bool relaxed = false;
  bool invalid = false;
};

struct Stream {
  bool nonBlocking = false;
  std::shared_ptr<Capture> capture;
};

class Runtime {
public:
  static Runtime &get();

  /// Remembers what is not Success for cudaGetLastError.
  Error result(Error error);
  Error takeLastError();
  Error lastError() const { return sticky ? sticky : last; }

  /// A check failed: prints, and ends the process unless PTXSIM_ABORT=0. Every
  /// later call then fails, as after a fault of a device.
  Error checkFailed(const std::string &what);

  /// Parses the image; InvalidPtx and a message if that fails.
  Error load(Image &image);
  /// The function of a host stub, loaded, or null and an error.
  Function *findFunction(const void *hostFunction, Error &error);
  Error loadFunction(Function &function);
  const Variable *findVariable(const void *hostVariable, Error &error);

  Error launch(Function &function, Dim3 grid, Dim3 block, void **arguments,
               size_t dynamicSharedBytes, void *stream);

  /// Runs `work`, or adds it to the capture of `stream`.
  Error enqueue(void *stream, Work work);
  /// An error if a capture forbids calls that are not of a stream.
  Error expectNoCapture();
  /// The stream of a handle; null handles are the default stream.
  Stream *streamOf(void *handle);

  void writeReport();

  std::recursive_mutex mutex;
  Device device;
  Chip chip;
  std::vector<std::unique_ptr<Image>> images;
  std::map<const void *, Function> functions;
  std::map<const void *, HostVariable> variables;
  std::set<Stream *> streams;
  Stream defaultStream;

private:
  Runtime();

  Error last = Success, sticky = Success;
  bool abortOnFailure = true;
};

using Lock = std::lock_guard<std::recursive_mutex>;

} // namespace ptxsim

#endif
