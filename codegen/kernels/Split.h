// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which calls may be cut in parts, for several workers or band by band, and
// how: the functions of qrt/split.h as a table. No kernel knows of it.

#ifndef QUENCH_CODEGEN_KERNELS_SPLIT_H
#define QUENCH_CODEGEN_KERNELS_SPLIT_H

#include "codegen/kernels/Catalogue.h"
#include "qrt/split.h"

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

/// Calls of fewer cycles run on one worker. Handing out parts and waiting for
/// them costs 2100 cycles with two workers that are awake (0.8 microseconds on
/// an EPYC at 2.6 GHz), and parts read what another core has in its cache.
inline constexpr double smallestSplit = 20000;
inline constexpr double splitCost = 2100;

/// What moves where a call is cut along an axis.
struct SplitRow {
  std::vector<Op> ops;
  std::string_view axis;
  /// By pointer of the kernel: the member of the part that moves it, or "".
  std::vector<std::string_view> moves;
  /// Parameters of a part, and the elements that such a member holds.
  Params (*params)(const Params &whole, const Split &split, qrt_range items);
  ptrdiff_t (*move)(const Params &whole, const Split &split, qrt_range items,
                    std::string_view member);
};

/// The row of an op and axis, or nullptr.
const SplitRow *findSplit(Op op, std::string_view axis);

/// The ways to cut a call of `kernel`; none where no part would be less work or
/// none could be described.
std::vector<Split> splitsOf(const Kernel &kernel, const Problem &problem);

/// The one whose largest part is the cheapest for `threads` workers.
std::optional<Split> splitOf(const Kernel &kernel, const Problem &problem,
                             int32_t threads);

/// The one along an axis, or none.
std::optional<Split> splitAlong(const Kernel &kernel, const Problem &problem,
                                std::string_view axis);

/// A call that is computed in `number` bands, one after another: the parts of
/// qrt_band().
struct Bands {
  int32_t number = 0;
  /// As in Split.
  std::string_view axis;
  int32_t count = 0;
  /// Items of a band; the first one has `ahead` more.
  int32_t step = 0;
  int32_t ahead = 0;

  qrt_range items(int32_t band) const {
    return qrt_band(count, step, ahead, band);
  }
};

/// How several workers share a call of `cost` cycles, whole or each band of it;
/// nothing where one worker had better run it.
std::optional<Split> sharedSplit(const Kernel &kernel, const Problem &problem,
                                 const std::optional<Bands> &bands, double cost,
                                 int32_t threads);

/// Cycles of a call of `cost` cycles, or of a band of one, cut along `axis`,
/// for the worker that has the largest part.
double sharedCost(const Kernel &kernel, const Problem &problem, double cost,
                  int32_t threads, std::string_view axis = "");

/// The part of a problem that is some of its items.
Problem partOf(const Problem &whole, const Split &axis, qrt_range items);
Problem bandOf(const Problem &whole, const Bands &bands, int32_t band);

/// Bytes of scratch of a call, whole or of its largest band. With a split,
/// pools of 1 to `threads` workers divide it in equal multiples of 64 bytes.
/// Nothing if the kernel accepts the whole, but not a part.
std::optional<size_t> scratchBytes(const Kernel &kernel, const Problem &problem,
                                   const std::optional<Split> &split,
                                   const std::optional<Bands> &bands,
                                   int32_t threads);

} // namespace quench::kernels

#endif // QUENCH_CODEGEN_KERNELS_SPLIT_H
