// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What convolutions by register tiles have in common.

#ifndef QUENCH_CODEGEN_KERNELS_SCHEDULES_CONVTILE_H
#define QUENCH_CODEGEN_KERNELS_SCHEDULES_CONVTILE_H

#include "codegen/kernels/isa/Isa.h"
#include "qrt/kernels.h"

namespace quench::kernels {

/// A panel of so many tiles re-reads a block of weights from L1 or L2.
inline constexpr int tilesPerPanel = 16;

/// conv_flatten of the emitted prelude.
qrt_conv2d flattened(const qrt_conv2d &p);

/// Cycles of requantizing and storing a pixel of `vectors` vectors: three
/// operations a vector, then packs, clamps and a store for each group. Zen 4
/// sustains two thirds of the two 512-bit operations a cycle it could issue.
double pixelCycles(const Isa &isa, double vectors);

} // namespace quench::kernels

#endif // QUENCH_CODEGEN_KERNELS_SCHEDULES_CONVTILE_H
