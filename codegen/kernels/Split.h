// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which calls may be cut in parts for several workers, and how: the functions
// of qrt/split.h as a table. No kernel knows of it.

#ifndef QUENCH_CODEGEN_KERNELS_SPLIT_H
#define QUENCH_CODEGEN_KERNELS_SPLIT_H

#include "codegen/kernels/Catalogue.h"
#include "qrt/range.h"

#include <optional>

namespace quench::kernels {

/// How a call is cut: each part is a range of `count` items of its output.
struct Split {
  /// What an item is: "rows". The function is qrt_<params>_<axis>.
  std::string_view axis;
  int32_t count = 0;
  /// Parts begin at multiples of it.
  int32_t step = 1;
  /// "channels": bytes of one in the packed filter.
  int32_t column = 0;

  /// The most parts there can be.
  int32_t units() const { return (count - 1) / step + 1; }
};

/// What moves where a call is cut along an axis.
struct SplitRow {
  std::vector<Op> ops;
  std::string_view axis;
  /// By pointer of the kernel: the member of the part that moves it, or "".
  std::vector<std::string_view> moves;
  /// Parameters of a part.
  Params (*params)(const Params &whole, const Split &split, qrt_range items);
};

/// The row of an op and axis, or nullptr.
const SplitRow *findSplit(Op op, std::string_view axis);

/// The ways to cut a call of `kernel`; none where no part would be less work or
/// none could be described.
std::vector<Split> splitsOf(const Kernel &kernel, const Problem &problem);

/// The one whose largest part is the cheapest for `threads` workers.
std::optional<Split> splitOf(const Kernel &kernel, const Problem &problem,
                             int32_t threads);

/// Bytes of scratch where pools of 1 to `threads` workers divide it in equal
/// multiples of 64 bytes; nothing if the kernel accepts the whole, but not a
/// part.
std::optional<size_t> splitScratchBytes(const Kernel &kernel,
                                        const Problem &problem,
                                        const Split &split, int32_t threads);

} // namespace quench::kernels

#endif // QUENCH_CODEGEN_KERNELS_SPLIT_H
