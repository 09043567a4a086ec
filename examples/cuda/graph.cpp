// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A generated model on a GPU, from a program's point of view: memory once, the
// weights once, a run captured in a CUDA graph, and the graph for each input.
// The model was compiled with --prefix=net (README.md).

#include "net.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <vector>

namespace {

void check(cudaError_t error, const char *what) {
  if (error == cudaSuccess)
    return;
  std::fprintf(stderr, "graph: %s: %s\n", what, cudaGetErrorString(error));
  std::exit(1);
}

void check(qrt_status status, const char *what) {
  if (status == QRT_OK)
    return;
  std::fprintf(stderr, "graph: %s: %s\n", what, qrt_status_string(status));
  std::exit(1);
}

void *deviceMemory(size_t bytes) {
  void *memory = nullptr;
  check(cudaMalloc(&memory, bytes ? bytes : 1), "device memory");
  return memory;
}

size_t bytesOf(const qrt_tensor_info &info) {
  return static_cast<size_t>(qrt_tensor_elements(&info)) *
         qrt_element_bytes(info.element);
}

} // namespace

int main(int argc, char **argv) {
  static_assert(NET_INPUTS == 1 && NET_OUTPUTS >= 1, "one input, as images are");
  const qrt_tensor_info &in = net_input_info[0], &out = net_output_info[0];
  if (argc < 2) {
    std::fprintf(stderr,
                 "usage: graph INPUT...\nEach INPUT has the %zu bytes of input "
                 "'%s'; prints the first bytes of '%s' for each.\n",
                 bytesOf(in), in.name, out.name);
    return 2;
  }
  cudaStream_t stream;
  check(cudaStreamCreate(&stream), "stream");

  // All memory there ever is. The copy of the weights is in stream order.
  net_cuda model;
  check(net_cuda_init(&model, deviceMemory(net_cuda_weights_bytes()), stream),
        "init");
  void *const workspace = deviceMemory(net_cuda_workspace_bytes());
  void *const x = deviceMemory(bytesOf(in)), *y[NET_OUTPUTS];
  for (int i = 0; i < NET_OUTPUTS; ++i)
    y[i] = deviceMemory(bytesOf(net_output_info[i]));
  net_inputs inputs;
  net_outputs outputs;
  // The structs are pointers in the order of the tables.
  static_assert(sizeof(inputs) == NET_INPUTS * sizeof(void *) &&
                sizeof(outputs) == NET_OUTPUTS * sizeof(void *));
  std::copy_n(&x, 1, reinterpret_cast<void **>(&inputs));
  std::copy_n(y, NET_OUTPUTS, reinterpret_cast<void **>(&outputs));
  check(cudaStreamSynchronize(stream), "init");

  // A run allocates and synchronises nothing, so that it can be captured: a
  // graph launches its kernels without a call for each.
  cudaGraph_t graph;
  cudaGraphExec_t executable;
  check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal), "capture");
  check(net_cuda_run(&model, &inputs, &outputs, workspace, stream), "run");
  check(cudaStreamEndCapture(stream, &graph), "capture");
  check(cudaGraphInstantiate(&executable, graph, 0), "graph");

  std::vector<char> input(bytesOf(in)), output(bytesOf(out));
  for (int i = 1; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    if (!file.read(input.data(), static_cast<std::streamsize>(input.size()))) {
      std::fprintf(stderr, "graph: '%s' has no %zu bytes\n", argv[i],
                   input.size());
      return 3;
    }
    check(cudaMemcpyAsync(x, input.data(), input.size(), cudaMemcpyHostToDevice,
                          stream),
          "copy");
    check(cudaGraphLaunch(executable, stream), "graph");
    check(cudaMemcpyAsync(output.data(), y[0], output.size(),
                          cudaMemcpyDeviceToHost, stream),
          "copy");
    check(cudaStreamSynchronize(stream), "run");
    std::printf("%s: crc32 %08x\n", argv[i],
                static_cast<unsigned>(
                    qrt_crc32(0, output.data(), output.size())));
  }
  return 0;
}
