// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Numbers of filters with groups (docs/spec.md, T5): each group of neighbouring
// input channels of a tap has a multiplier, and a code is a multiplier times a
// narrow code. No MLIR.

#ifndef QUENCH_DIALECTS_Q_GROUPSIZES_H
#define QUENCH_DIALECTS_Q_GROUPSIZES_H

#include <cstdint>
#include <string>

namespace quench::q {

/// Input channels that may share a multiplier. Kernels count them in steps of
/// their dot products, which all of these are whole numbers of.
inline constexpr int64_t groupSizes[] = {16, 32, 64, 128};

constexpr bool isGroupSize(int64_t size) {
  for (int64_t known : groupSizes)
    if (size == known)
      return true;
  return false;
}

/// "16, 32, ...", for messages.
std::string groupSizeList();

/// Bits of a narrow code: above 4 a scale per channel is as good.
inline constexpr int fewestGroupBits = 2, mostGroupBits = 4;

/// The largest narrow code, which is symmetric.
constexpr int64_t largestGroupCode(int bits) {
  return (int64_t(1) << (bits - 1)) - 1;
}

/// Products with it stay within [-127, 127].
constexpr int64_t largestMultiplier(int bits) {
  return 127 / largestGroupCode(bits);
}

/// Groups in a tap of `channels` input channels, the last one perhaps shorter.
constexpr int64_t groupsInTap(int64_t channels, int64_t size) {
  return (channels + size - 1) / size;
}

} // namespace quench::q

#endif // QUENCH_DIALECTS_Q_GROUPSIZES_H
