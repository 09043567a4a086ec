// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The static model of a convolution on tensor cores.

#include "codegen/kernels/cuda/Model.h"

#include <algorithm>
#include <cmath>

namespace quench::kernels {

namespace {

/// Bytes of K a step.
constexpr int stepBytes = 64;

/// Of shared memory and of registers a multiprocessor has.
constexpr double sharedBytesPerCycle = 128;
constexpr int registerFile = 65536;
constexpr double issuePerCycle = 4;

/// Cycles from a launch to its first instruction and of the last one's end,
/// where kernels follow each other in a stream (about 2 microseconds).
constexpr double launch = 3000;
/// From an address to its data in shared memory, through the level 2 cache.
constexpr double fill = 700;

/// Instructions of a warp and step besides multiplications, ldmatrix and
/// copies: barrier, addresses, the loop (measured with nvdisasm on sm_80: 143
/// instructions for 64 multiplications, 16 ldmatrix and 8 copies).
constexpr double otherInstructions = 31;
/// And around a copy: address, mask.
constexpr double instructionsPerCopy = 3;
/// Of an output in the epilogue.
constexpr double instructionsPerOutput = 7;

} // namespace

double CudaBound::cycles() const {
  return std::max({tensor, shared, issue, memory}) + overhead;
}

CudaBound boundOf(const qrt_conv2d &conv, const CudaTile &tile,
                  const targets::Gpu &gpu) {
  const double k = double(conv.kernel_h) * conv.kernel_w * conv.in_c;
  const double pixels = double(conv.batch) * conv.out_h * conv.out_w;
  const double steps = std::ceil(std::ceil(k / stepBytes) / tile.parts);
  const double blocks = std::ceil(pixels / tile.m) *
                        std::ceil(double(conv.out_c) / tile.n) * tile.parts;
  // Of the busiest multiprocessor.
  const double waves = std::ceil(blocks / gpu.processors);
  const int resident = std::max(
      1,
      std::min(
          {gpu.sharedBytes / tile.sharedBytes(), gpu.warps / tile.warps(),
           registerFile / (std::max(tile.registers, 1) * 32 * tile.warps())}));

  const double multiplications =
      double(tile.warpM) / 16 * tile.warpN / 8 * (stepBytes / 32);
  const double matrices =
      (double(tile.warpM) / 16 + double(tile.warpN) / 16) * (stepBytes / 32);
  const double copies =
      double(tile.m + tile.n) * stepBytes / 16 / (tile.warps() * 32);
  const double outputs = double(tile.warpM) * tile.warpN / 32;

  CudaBound bound;
  bound.tensor = waves * steps * tile.m * tile.n * stepBytes / gpu.macsPerCycle;
  bound.shared =
      waves * steps *
      (matrices * tile.warps() * 512 + double(tile.m + tile.n) * stepBytes) /
      sharedBytesPerCycle;
  bound.issue =
      waves * tile.warps() / issuePerCycle *
      (steps * (multiplications + matrices +
                copies * (1 + instructionsPerCopy) + otherInstructions) +
       outputs * instructionsPerOutput);
  const double inputs = double(conv.batch) * conv.in_h * conv.in_w * conv.in_c;
  const double results = pixels * conv.out_c;
  bound.memory = (inputs + results + k * conv.out_c +
                  (tile.parts > 1 ? 8.0 * tile.parts * results : 0)) /
                 gpu.memoryBytesPerCycle;
  bound.overhead =
      launch * (tile.parts > 1 ? 2 : 1) + fill * std::ceil(waves / resident);
  return bound;
}

double peakShare(const qrt_conv2d &conv, const CudaTile &tile,
                 const targets::Gpu &gpu) {
  const double macs = double(conv.batch) * conv.out_h * conv.out_w *
                      conv.out_c * conv.kernel_h * conv.kernel_w * conv.in_c;
  const CudaBound bound = boundOf(conv, tile, gpu);
  return macs / (double(gpu.processors) * gpu.macsPerCycle) /
         std::max({bound.tensor, bound.shared, bound.issue, bound.memory});
}

} // namespace quench::kernels
