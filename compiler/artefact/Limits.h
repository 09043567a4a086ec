// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a .qfb may hold, checked by writer and reader alike.

#ifndef QUENCH_COMPILER_ARTEFACT_LIMITS_H
#define QUENCH_COMPILER_ARTEFACT_LIMITS_H

#include <cstddef>
#include <cstdint>

namespace quench::artefact {

/// Attributes and locations within each other, and how many one of them stands
/// for when it is spelled out: indices could make 2^n of n entries.
inline constexpr uint32_t maxAttributeDepth = 64;
inline constexpr uint32_t maxAttributeSize = 1 << 20;

/// Bytes of an attribute given as MLIR text: its parser recurses.
inline constexpr size_t maxMlirText = 1024;

/// FlatBuffers tables in the file and within each other.
inline constexpr uint32_t maxTables = 1 << 22;
inline constexpr uint32_t maxTableDepth = 24;

/// Axes of a tensor, and its elements: offsets in the runtime are int32.
inline constexpr size_t maxRank = 32;
inline constexpr int64_t maxElements = INT32_MAX;

/// FlatBuffers count in 31 bits; what is left is for the graph.
inline constexpr uint64_t maxBlobBytes = (uint64_t(1) << 31) - (1 << 26);

/// Bytes that all constants of equal elements have when they are spelled out,
/// as verifiers do, counted with each op that uses one. One element in the file
/// could ask for 2 GiB.
inline constexpr uint64_t maxSplatBytes = 1 << 23;

/// What the rows of a file may stand for beyond its size times 4.
inline constexpr uint64_t spareBytes = 2 * maxSplatBytes;

/// Every constant begins at such an offset; no resource asks for more.
inline constexpr uint64_t blobAlignment = 64;

} // namespace quench::artefact

#endif // QUENCH_COMPILER_ARTEFACT_LIMITS_H
