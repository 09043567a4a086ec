// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Streams, events and graphs. Work runs when it is enqueued, unless its stream
// is captured; so waiting has nothing to do.

#include "test/tools/ptxsim/cudart/Runtime.h"

#include <chrono>

using namespace ptxsim;

namespace {

struct Event {
  std::chrono::steady_clock::time_point time;
  std::shared_ptr<Capture> capture; ///< of the stream that recorded it
};

struct Graph {
  std::vector<Work> work;
};

/// Calls `use(runtime, stream)` under the lock.
template <class Use>
int withStream(void *handle, Use use) {
  Runtime &runtime = Runtime::get();
  Lock lock(runtime.mutex);
  Stream *stream = runtime.streamOf(handle);
  return runtime.result(stream ? use(runtime, *stream) : InvalidResourceHandle);
}

} // namespace

extern "C" {

int cudaStreamCreateWithFlags(void **handle, unsigned flags) {
  Runtime &runtime = Runtime::get();
  Lock lock(runtime.mutex);
  auto *stream = new Stream;
  stream->nonBlocking = flags & 1;
  runtime.streams.insert(stream);
  *handle = stream;
  return Success;
}

int cudaStreamCreate(void **handle) {
  return cudaStreamCreateWithFlags(handle, 0);
}

int cudaStreamCreateWithPriority(void **handle, unsigned flags, int) {
  return cudaStreamCreateWithFlags(handle, flags);
}

int cudaStreamDestroy(void *handle) {
  return withStream(handle, [](Runtime &runtime, Stream &stream) {
    if (!runtime.streams.erase(&stream))
      return InvalidResourceHandle;
    delete &stream;
    return Success;
  });
}

int cudaStreamSynchronize(void *handle) {
  return withStream(handle, [](Runtime &runtime, Stream &stream) {
    if (!stream.capture)
      return runtime.lastError() == LaunchFailure ? LaunchFailure : Success;
    stream.capture->invalid = true;
    return StreamCaptureUnsupported;
  });
}

int cudaStreamQuery(void *handle) { return cudaStreamSynchronize(handle); }

int cudaDeviceSynchronize() {
  Runtime &runtime = Runtime::get();
  Lock lock(runtime.mutex);
  return runtime.result(runtime.expectNoCapture());
}

int cudaStreamBeginCapture(void *handle, int mode) {
  constexpr int relaxed = 2;
  return withStream(handle, [=](Runtime &runtime, Stream &stream) {
    if (&stream == &runtime.defaultStream)
      return StreamCaptureUnsupported;
    if (stream.capture)
      return IllegalState;
    stream.capture = std::make_shared<Capture>();
    stream.capture->relaxed = mode == relaxed;
    return Success;
  });
}

int cudaStreamEndCapture(void *handle, void **graph) {
  *graph = nullptr;
  return withStream(handle, [=](Runtime &runtime, Stream &stream) {
    const std::shared_ptr<Capture> capture = stream.capture;
    if (!capture)
      return IllegalState;
    for (Stream *other : runtime.streams)
      if (other->capture == capture)
        other->capture = nullptr;
    if (capture->invalid)
      return StreamCaptureInvalidated;
    *graph = new Graph{capture->graph};
    return Success;
  });
}

int cudaStreamIsCapturing(void *handle, int *status) {
  return withStream(handle, [=](Runtime &, Stream &stream) {
    *status = !stream.capture ? 0 : stream.capture->invalid ? 2 : 1;
    return Success;
  });
}

int cudaGraphInstantiate(void **executable, void *graph, unsigned long long) {
  *executable = new Graph(*static_cast<Graph *>(graph));
  return Success;
}

int cudaGraphInstantiateWithFlags(void **executable, void *graph,
                                  unsigned long long flags) {
  return cudaGraphInstantiate(executable, graph, flags);
}

int cudaGraphUpload(void *, void *) { return Success; }

int cudaGraphLaunch(void *executable, void *stream) {
  Runtime &runtime = Runtime::get();
  Lock lock(runtime.mutex);
  const auto work = static_cast<Graph *>(executable)->work;
  return runtime.result(runtime.enqueue(stream, [work] {
    for (const Work &node : work)
      if (const Error error = node())
        return error;
    return Success;
  }));
}

int cudaGraphGetNodes(void *graph, void **nodes, size_t *count) {
  if (nodes)
    return Runtime::get().result(NotSupported);
  *count = static_cast<Graph *>(graph)->work.size();
  return Success;
}

int cudaGraphDestroy(void *graph) {
  delete static_cast<Graph *>(graph);
  return Success;
}

int cudaGraphExecDestroy(void *executable) {
  return cudaGraphDestroy(executable);
}

int cudaEventCreateWithFlags(void **event, unsigned) {
  *event = new Event;
  return Success;
}

int cudaEventCreate(void **event) { return cudaEventCreateWithFlags(event, 0); }

int cudaEventDestroy(void *event) {
  delete static_cast<Event *>(event);
  return Success;
}

int cudaEventRecordWithFlags(void *handle, void *stream, unsigned) {
  return withStream(stream, [=](Runtime &, Stream &own) {
    auto &event = *static_cast<Event *>(handle);
    event.time = std::chrono::steady_clock::now();
    event.capture = own.capture;
    return Success;
  });
}

int cudaEventRecord(void *event, void *stream) {
  return cudaEventRecordWithFlags(event, stream, 0);
}

// Within a capture this is how another stream joins it.
int cudaStreamWaitEvent(void *stream, void *handle, unsigned) {
  return withStream(stream, [=](Runtime &, Stream &own) {
    auto &event = *static_cast<Event *>(handle);
    if (event.capture && !own.capture)
      own.capture = event.capture;
    return Success;
  });
}

int cudaEventSynchronize(void *) { return Runtime::get().result(Success); }

int cudaEventQuery(void *) { return Runtime::get().result(Success); }

/// Time of this simulation, not of a device.
int cudaEventElapsedTime(float *milliseconds, void *start, void *stop) {
  const std::chrono::duration<float, std::milli> elapsed =
      static_cast<Event *>(stop)->time - static_cast<Event *>(start)->time;
  *milliseconds = elapsed.count();
  return Success;
}

} // extern "C"
