// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A kernel that is known to work on devices, unmodified: CUTLASS's int8
// convolution as an implicit matrix product (128 x 128 x 64, four buffers),
// which its own host code launches. Its values confirm how ptxsim reads
// fragments, ldmatrix and cp.async.

// In the order in which they need each other.
#include "cutlass/epilogue/thread/linear_combination_clamp.h"

#include "cutlass/conv/kernel/default_conv2d_fprop.h"

#include "cutlass/conv/device/implicit_gemm_convolution.h"

#include <cmath>
#include <cstdio>
#include <random>
#include <vector>

using Code = int8_t;
using Layout = cutlass::layout::TensorNHWC;
using Kernel = typename cutlass::conv::kernel::DefaultConv2dFprop<
    Code, Layout, Code, Layout, Code, Layout, int32_t,
    cutlass::arch::OpClassTensorOp, cutlass::arch::Sm80,
    cutlass::gemm::GemmShape<128, 128, 64>,
    cutlass::gemm::GemmShape<64, 64, 64>, cutlass::gemm::GemmShape<16, 8, 32>,
    cutlass::epilogue::thread::LinearCombinationClamp<Code, 16, int32_t, float>,
    cutlass::gemm::threadblock::GemmIdentityThreadblockSwizzle<>, 4,
    cutlass::arch::OpMultiplyAddSaturate,
    cutlass::conv::IteratorAlgorithm::kOptimized,
    cutlass::conv::StrideSupport::kUnity, 16, 16>::Kernel;
using Convolution = cutlass::conv::device::ImplicitGemmConvolution<Kernel>;

namespace {

constexpr int N = 2, H = 14, W = 14, C = 64, OC = 128, R = 3, S = 3;

struct Tensor {
  explicit Tensor(size_t bytes) : host(bytes) { cudaMalloc(&device, bytes); }
  void fill(std::mt19937 &random) {
    for (Code &each : host)
      each = static_cast<Code>(random());
    cudaMemcpy(device, host.data(), host.size(), cudaMemcpyHostToDevice);
  }
  Code *at() const { return static_cast<Code *>(device); }

  std::vector<Code> host;
  void *device = nullptr;
};

} // namespace

int main() {
  std::mt19937 random(3);
  Tensor x(N * H * W * C), w(OC * R * S * C), c(N * H * W * OC),
      y(N * H * W * OC);
  for (Tensor *each : {&x, &w, &c, &y})
    each->fill(random);
  const float alpha = 0.0007f, beta = 0.37f;
  const cutlass::conv::Conv2dProblemSize size(
      {N, H, W, C}, {OC, R, S, C}, {1, 1, 1, 1}, {1, 1}, {1, 1},
      cutlass::conv::Mode::kCrossCorrelation, 1);
  const typename Convolution::Arguments arguments(
      size, {x.at(), Layout::packed({N, H, W, C})},
      {w.at(), Layout::packed({OC, R, S, C})},
      {c.at(), Layout::packed({N, H, W, OC})},
      {y.at(), Layout::packed({N, H, W, OC})}, {alpha, beta});
  Convolution convolution;
  if (convolution.initialize(arguments) != cutlass::Status::kSuccess ||
      convolution() != cutlass::Status::kSuccess ||
      cudaDeviceSynchronize() != cudaSuccess) {
    std::puts("cutlass: not launched");
    return 1;
  }
  cudaMemcpy(y.host.data(), y.device, y.host.size(), cudaMemcpyDeviceToHost);

  int wrong = 0, clamped = 0;
  for (int n = 0; n < N; ++n)
    for (int p = 0; p < H; ++p)
      for (int q = 0; q < W; ++q)
        for (int o = 0; o < OC; ++o) {
          int sum = 0;
          for (int r = 0; r < R; ++r)
            for (int s = 0; s < S; ++s) {
              const int h = p - 1 + r, v = q - 1 + s;
              if (h < 0 || h >= H || v < 0 || v >= W)
                continue;
              for (int k = 0; k < C; ++k)
                sum += x.host[((n * H + h) * W + v) * C + k] *
                       w.host[((o * R + r) * S + s) * C + k];
            }
          const size_t i = ((size_t(n) * H + p) * W + q) * OC + o;
          const float real = std::nearbyint(
              std::fma(alpha, float(sum), beta * float(c.host[i])));
          const float code = std::fmin(std::fmax(real, -128.0f), 127.0f);
          wrong += int(code) != y.host[i];
          clamped += code != real;
        }
  std::printf("cutlass: %d mismatches of %d, %d clamped\n", wrong,
              N * H * W * OC, clamped);
  return wrong != 0;
}
