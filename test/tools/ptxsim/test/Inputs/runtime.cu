// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The simulated CUDA runtime, as host code that nvcc compiled meets it.

#include <cuda_runtime.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

__global__ void add(const int *a, const int *b, int *c, int n) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n)
    c[i] = a[i] + b[i];
}

__global__ void large() {
  extern __shared__ int buffer[];
  buffer[threadIdx.x] = 1;
}

__global__ void level(int *out) {
#if __CUDA_ARCH__ >= 800
  *out = 80;
#else
  *out = 75;
#endif
}

__constant__ int offset;
__global__ void addOffset(int *c, int n) {
  if (static_cast<int>(threadIdx.x) < n)
    c[threadIdx.x] += offset;
}

void expect(bool holds, const char *what) {
  if (holds)
    return;
  std::printf("FAILED: %s\n", what);
  std::exit(1);
}

} // namespace

int main() {
  constexpr int n = 100;
  constexpr size_t bytes = n * sizeof(int);
  std::vector<int> a(n), b(n), c(n);
  for (int i = 0; i < n; ++i)
    a[i] = i, b[i] = 1000 * i;
  int *da, *db, *dc;
  expect(cudaMalloc(&da, bytes) == cudaSuccess &&
             cudaMalloc(&db, bytes) == cudaSuccess &&
             cudaMalloc(&dc, bytes) == cudaSuccess,
         "malloc");
  cudaStream_t stream;
  expect(cudaStreamCreate(&stream) == cudaSuccess, "stream");
  cudaMemcpyAsync(da, a.data(), bytes, cudaMemcpyHostToDevice, stream);
  cudaMemcpyAsync(db, b.data(), bytes, cudaMemcpyHostToDevice, stream);
  add<<<4, 32, 0, stream>>>(da, db, dc, n);
  expect(cudaGetLastError() == cudaSuccess, "launch");
  cudaMemcpyAsync(c.data(), dc, bytes, cudaMemcpyDeviceToHost, stream);
  expect(cudaStreamSynchronize(stream) == cudaSuccess, "synchronize");
  for (int i = 0; i < n; ++i)
    expect(c[i] == 1001 * i, "sum");

  // Constants, and the PTX of the level that is played.
  const int seven = 7;
  expect(cudaMemcpyToSymbol(offset, &seven, sizeof seven) == cudaSuccess,
         "symbol");
  addOffset<<<1, 128>>>(dc, n);
  cudaMemcpy(c.data(), dc, bytes, cudaMemcpyDeviceToHost);
  expect(c[99] == 1001 * 99 + 7, "constant");
  int major = 0, minor = 0;
  cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, 0);
  cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, 0);
  level<<<1, 1>>>(dc);
  cudaMemcpy(c.data(), dc, sizeof(int), cudaMemcpyDeviceToHost);
  expect(c[0] == (10 * major + minor >= 80 ? 80 : 75), "level");

  // What a device refuses: errors stay until they are taken.
  add<<<1, 2000>>>(da, db, dc, n);
  expect(cudaPeekAtLastError() != cudaSuccess &&
             cudaGetLastError() != cudaSuccess &&
             cudaGetLastError() == cudaSuccess,
         "2000 threads a block");
  large<<<1, 32, 60 << 10>>>();
  expect(cudaGetLastError() != cudaSuccess, "60 KB without asking");
  expect(cudaFuncSetAttribute(large,
                              cudaFuncAttributeMaxDynamicSharedMemorySize,
                              60 << 10) == cudaSuccess,
         "asking");
  large<<<1, 32, 60 << 10>>>();
  expect(cudaGetLastError() == cudaSuccess, "60 KB");
  expect(cudaFuncSetAttribute(large,
                              cudaFuncAttributeMaxDynamicSharedMemorySize,
                              512 << 10) != cudaSuccess,
         "more than there is");
  cudaGetLastError();

  // A capture runs nothing; the graph does, as often as it is launched.
  cudaMemset(dc, 0, bytes);
  cudaGraph_t graph;
  cudaGraphExec_t executable;
  expect(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal) ==
             cudaSuccess,
         "capture");
  add<<<4, 32, 0, stream>>>(da, db, dc, n);
  add<<<4, 32, 0, stream>>>(dc, db, dc, n);
  expect(cudaStreamEndCapture(stream, &graph) == cudaSuccess, "end");
  cudaMemcpy(c.data(), dc, bytes, cudaMemcpyDeviceToHost);
  expect(c[5] == 0, "captured, not run");
  expect(cudaGraphInstantiate(&executable, graph, 0) == cudaSuccess &&
             cudaGraphLaunch(executable, stream) == cudaSuccess &&
             cudaStreamSynchronize(stream) == cudaSuccess,
         "graph");
  cudaMemcpy(c.data(), dc, bytes, cudaMemcpyDeviceToHost);
  expect(c[5] == 10005, "graph's sums");

  // Allocation during a capture is an error, and spoils it.
  expect(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal) ==
             cudaSuccess,
         "second capture");
  void *memory = nullptr;
  expect(cudaMalloc(&memory, 16) != cudaSuccess, "malloc in a capture");
  expect(cudaStreamEndCapture(stream, &graph) != cudaSuccess, "spoilt");
  cudaGetLastError();

  std::puts("runtime: ok");
  // The last one: a fault ends it.
  add<<<4, 32>>>(da, db, dc, 2 * n);
  cudaDeviceSynchronize();
  std::puts("runtime: not reached");
}
