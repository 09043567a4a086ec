// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Upper bounds of speed on a GPU: what each unit of a multiprocessor has to do.
// No latency, no clock that drops: a bound, never a time.

#ifndef QUENCH_CODEGEN_KERNELS_CUDA_MODEL_H
#define QUENCH_CODEGEN_KERNELS_CUDA_MODEL_H

#include "codegen/targets/Gpu.h"
#include "qrt/kernels.h"

#include <cstdint>
#include <vector>

namespace quench::kernels {

/// How a convolution is cut (qrt/cuda/conv_tile.cuh).
struct CudaTile {
  int m, n;         ///< output pixels and channels of a block
  int warpM, warpN; ///< of a warp
  int stages;       ///< buffers in shared memory
  int parts = 1;    ///< of K
  /// Of a thread, on the level that needs most (test/codegen/cuda/sass_*.txt).
  int registers = 0;

  int warps() const { return m / warpM * (n / warpN); }
  int sharedBytes() const { return stages * (m + n) * 64; }
};

/// The tiles of the catalogue, in one part.
const std::vector<CudaTile> &cudaTiles();

/// Cycles of the busiest multiprocessor, unit by unit, of one convolution.
struct CudaBound {
  double tensor = 0;   ///< multiplications, of whole tiles
  double shared = 0;   ///< ldmatrix and copies, 128 bytes a cycle
  double issue = 0;    ///< instructions, four a cycle
  double memory = 0;   ///< of device memory, each tensor once
  double overhead = 0; ///< launches and filling of the buffers

  /// What the layer takes at least.
  double cycles() const;
};

/// The bound for `conv` with that tile.
CudaBound boundOf(const qrt_conv2d &conv, const CudaTile &tile,
                  const targets::Gpu &gpu);

/// The share of the chip's int8 peak that the bound leaves, 0 to 1.
double peakShare(const qrt_conv2d &conv, const CudaTile &tile,
                 const targets::Gpu &gpu);

} // namespace quench::kernels

#endif // QUENCH_CODEGEN_KERNELS_CUDA_MODEL_H
