// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Exact integer Winograd F(4x4, 3x3): 4x4 outputs of a 3x3 convolution from
// 6x6 inputs d with 36 products a pair of channels instead of 144.
//
//   V = B' d B    int16: |V| <= 100 * 128
//   U = G g G'    int16: |U| <= 49 * 128, the rows of G scaled to integers
//   M = sum over input channels of U * V, int32 modulo 2^32
//   A' M A = 576 * conv modulo 2^32: every 1-D output comes out 24 times
//
// The inverse of 9 modulo 2^32 and an arithmetic shift by 6 give conv back
// wherever |conv| < 2^25, however often M has wrapped.

#ifndef QUENCH_CODEGEN_KERNELS_SCHEDULES_WINOGRAD_H
#define QUENCH_CODEGEN_KERNELS_SCHEDULES_WINOGRAD_H

#include "codegen/kernels/schedules/Schedule.h"

namespace quench::kernels::winograd {

/// Outputs and inputs of a tile, across and down, and taps of the filter.
inline constexpr int tileOut = 4, tileIn = 6, taps = 3;
/// Products of a tile and a pair of channels.
inline constexpr int points = tileIn * tileIn;
/// Bytes after each point of U and V. Without them points are mostly a power of
/// two apart, and a vector of all 36 wants the same set of a cache.
inline constexpr int gap = 64;

/// winograd_pixels(p, x, zeros, row, column, pixels): pointers to the 6x6 input
/// pixels from (row, column) on; plain C++.
void emitPixels(CppWriter &writer);

/// `<inner>_input(p, pixels, stride, v)`: V of one tile, a slice of input
/// channels after the other, each a vector of words at every point. V is
/// [slices][36][tiles][2 * lanes]; `stride` is the bytes between points.
void emitInput(CppWriter &writer, const Kernel &kernel);

/// `<inner>_filter(filter, channels, steps, u)`: U of `steps` pairs of input
/// channels, [36][steps][nr][2] words and gaps.
void emitFilter(CppWriter &writer, const Kernel &kernel);

/// Tiles of the smaller register tile; V and M have room for a multiple.
inline int fewRows(const Kernel &kernel) { return kernel.tile.mr / 3; }

/// `<inner>_products(v, stride, u, steps, add, count, channels, m, next)`: M of
/// `count` tiles, [count][36][nr], onto what it is where `add`. Meanwhile the
/// filters at `next` come from memory to L2: with few tiles, waiting for them
/// takes a sixth of the time (14x14x256).
void emitProducts(CppWriter &writer, const Kernel &kernel);

/// `<inner>_output(p, t, m, sums, rows, columns)`: rows x columns pixels of a
/// tile from M, [36][nr]. `sums` is room for 16 * nr sums.
void emitOutput(CppWriter &writer, const Kernel &kernel);

} // namespace quench::kernels::winograd

#endif // QUENCH_CODEGEN_KERNELS_SCHEDULES_WINOGRAD_H
