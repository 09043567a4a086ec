// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What convolutions by register tiles have in common.

#ifndef QUENCH_CODEGEN_KERNELS_SCHEDULES_CONVTILE_H
#define QUENCH_CODEGEN_KERNELS_SCHEDULES_CONVTILE_H

#include "codegen/kernels/schedules/Schedule.h"

namespace quench::kernels {

/// A panel of so many tiles re-reads a block of weights from L1 or L2.
inline constexpr int tilesPerPanel = 16;

/// conv_flatten of the emitted prelude.
qrt_conv2d flattened(const qrt_conv2d &p);

/// Cycles of requantizing and storing a pixel of `vectors` vectors: three
/// operations a vector, then packs, clamps and a store for each group. Zen 4
/// sustains two thirds of the two 512-bit operations a cycle it could issue.
double pixelCycles(const Isa &isa, double vectors);

/// What tiles do for one block of channels.
struct BlockWork {
  double tiles, panels;
  /// Dots of an accumulator, and the vectors of channels.
  double steps, vectors;
  /// Cycles of a step at least, and of a tile besides its steps.
  double leastStep, perTile;
};
/// Cycles of that, without the output stage: dots or loads, and weights from
/// where they fit.
double blockCycles(const Kernel &kernel, const targets::Target &target,
                   const BlockWork &work);

/// Calls the inner function for the channels that conv_panel `t` has.
void emitTileCall(CppWriter &writer, const Kernel &kernel);

} // namespace quench::kernels

#endif // QUENCH_CODEGEN_KERNELS_SCHEDULES_CONVTILE_H
