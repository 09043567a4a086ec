// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of splits, and the axis for a problem.

#include "codegen/kernels/Split.h"

#include <algorithm>

namespace quench::kernels {

namespace {

ptrdiff_t moveOf(const qrt_conv2d_part &part, std::string_view member) {
  return member == "x"        ? part.x
         : member == "filter" ? part.filter
         : member == "y"      ? part.y
                              : part.channel;
}
ptrdiff_t moveOf(const qrt_pool2d_part &part, std::string_view member) {
  return member == "x" ? part.x : part.y;
}
ptrdiff_t moveOf(const qrt_resize2d_part &part, std::string_view member) {
  return member == "row" ? part.row : part.y;
}
ptrdiff_t moveOf(const qrt_copy_part &, std::string_view) { return 0; }
ptrdiff_t moveOf(const qrt_border_part &part, std::string_view member) {
  return member == "planes" ? part.planes : part.codes;
}
template <typename Binary>
auto moveOf(const Binary &part, std::string_view member) -> decltype(part.a) {
  return member == "a" ? part.a : member == "b" ? part.b : part.y;
}
template <typename Elements>
auto moveOf(const Elements &part, std::string_view) -> decltype(part.first) {
  return part.first;
}

/// A function of qrt/split.h as the two functions of a row.
template <typename Struct, auto Function>
struct Cut {
  static Params params(const Params &whole, const Split &, qrt_range items) {
    return Function(&std::get<Struct>(whole), items).p;
  }
  static ptrdiff_t move(const Params &whole, const Split &, qrt_range items,
                        std::string_view member) {
    return moveOf(Function(&std::get<Struct>(whole), items), member);
  }
};

struct CutChannels {
  static qrt_conv2d_part part(const Params &whole, const Split &split,
                              qrt_range items) {
    return qrt_conv2d_channels(&std::get<qrt_conv2d>(whole), items,
                               split.column);
  }
  static Params params(const Params &whole, const Split &split,
                       qrt_range items) {
    return part(whole, split, items).p;
  }
  static ptrdiff_t move(const Params &whole, const Split &split,
                        qrt_range items, std::string_view member) {
    return moveOf(part(whole, split, items), member);
  }
};

template <typename Cut>
SplitRow rowOf(std::vector<Op> ops, std::string_view axis,
               std::vector<std::string_view> moves) {
  return {std::move(ops), axis, std::move(moves), Cut::params, Cut::move};
}

const std::vector<SplitRow> &rows() {
  // clang-format off
  static const std::vector<SplitRow> table = {
      rowOf<Cut<qrt_conv2d, qrt_conv2d_images>>(
          {Op::Conv2D}, "images",
          {"x", "", "", "", "y", "y"}),
      rowOf<Cut<qrt_conv2d, qrt_conv2d_rows>>(
          {Op::Conv2D}, "rows",
          {"x", "", "", "", "y", "y"}),
      rowOf<Cut<qrt_conv2d, qrt_conv2d_pixels>>(
          {Op::Conv2D}, "pixels",
          {"x", "", "", "", "y", "y"}),
      rowOf<CutChannels>(
          {Op::Conv2D}, "channels",
          {"x", "filter", "channel", "channel", "y", "y"}),
      rowOf<Cut<qrt_pool2d, qrt_pool2d_images>>(
          {Op::MaxPool2D, Op::AvgPool2D, Op::MaxPool2DF32, Op::AvgPool2DF32}, "images",
          {"x", "y"}),
      rowOf<Cut<qrt_pool2d, qrt_pool2d_rows>>(
          {Op::MaxPool2D, Op::AvgPool2D, Op::MaxPool2DF32, Op::AvgPool2DF32}, "rows",
          {"x", "y"}),
      rowOf<Cut<qrt_resize2d, qrt_resize2d_rows>>(
          {Op::ResizeNearest, Op::ResizeNearestF32}, "rows",
          {"row", "", "", "y"}),
      rowOf<Cut<qrt_resize2d, qrt_resize2d_rows>>(
          {Op::ResizeBilinear, Op::ResizeBilinearF32}, "rows",
          {"row", "row", "", "", "", "y"}),
      rowOf<Cut<qrt_add_nd, qrt_add_nd_outermost>>(
          {Op::Add}, "outermost",
          {"a", "b", "y"}),
      rowOf<Cut<qrt_mul_nd, qrt_mul_nd_outermost>>(
          {Op::Mul}, "outermost",
          {"a", "b", "y"}),
      rowOf<Cut<qrt_copy, qrt_copy_outermost>>(
          {Op::Copy}, "outermost",
          {"", ""}),
      rowOf<Cut<qrt_lut, qrt_lut_elements>>(
          {Op::Lut}, "elements",
          {"first", "", "first"}),
      rowOf<Cut<qrt_interpolate, qrt_interpolate_elements>>(
          {Op::Interpolate}, "elements",
          {"first", "", "first"}),
      rowOf<Cut<qrt_rescale, qrt_rescale_elements>>(
          {Op::Requantize}, "elements",
          {"first", "first"}),
      rowOf<Cut<qrt_border, qrt_border_elements>>(
          {Op::QuantizeF32}, "elements",
          {"planes", "codes"}),
      rowOf<Cut<qrt_border, qrt_border_images>>(
          {Op::QuantizeF32}, "images",
          {"planes", "codes"}),
      rowOf<Cut<qrt_border, qrt_border_pixels>>(
          {Op::QuantizeF32}, "pixels",
          {"planes", "codes"}),
      rowOf<Cut<qrt_border, qrt_border_elements>>(
          {Op::Dequantize}, "elements",
          {"codes", "planes"}),
      rowOf<Cut<qrt_border, qrt_border_images>>(
          {Op::Dequantize}, "images",
          {"codes", "planes"}),
      rowOf<Cut<qrt_border, qrt_border_pixels>>(
          {Op::Dequantize}, "pixels",
          {"codes", "planes"}),
  };
  // clang-format on
  return table;
}

/// Elements of a part of a dense tensor are multiples of this: whole vectors.
constexpr int32_t run = 64;

/// The first axis is the outermost: its parts find in their caches what the
/// same worker has computed. Another must have parts this much cheaper.
constexpr double closerParts = 0.95;

/// Images, or rows of one image if each of their windows begins above the end
/// of the input.
template <typename Window>
Split windows(const Window &p, int32_t rowsTogether) {
  if (p.batch > 1)
    return {"images", p.batch};
  const int64_t last = int64_t{p.out_h - 1} * p.stride_h - p.pad_top;
  return {"rows", last < p.in_h ? p.out_h : 1, rowsTogether};
}

/// One of the outermost axis that has more than one element; of several
/// elements together if that is the only one.
Split outermost(const qrt_space &space) {
  const int32_t axis = qrt_outermost(&space);
  if (axis == space.rank)
    return {"outermost", 1};
  const bool isLast =
      std::all_of(space.size + axis + 1, space.size + space.rank,
                  [](int32_t size) { return size == 1; });
  return {"outermost", space.size[axis], isLast ? run : 1};
}

/// The axes of a problem, with one item where it cannot be cut.
struct Axes {
  const Kernel &kernel;
  const Problem &problem;

  std::vector<Split> operator()(const qrt_conv2d &p) const {
    const bool isFlat = p.kernel_h == 1 && p.kernel_w == 1 && p.stride_h == 1 &&
                        p.stride_w == 1 && p.in_h == p.out_h &&
                        p.in_w == p.out_w && p.pad_top == 0 && p.pad_left == 0;
    const Split pixels = {"pixels", p.batch * p.out_h * p.out_w,
                          kernel.tile.mr};
    std::vector<Split> axes = {
        isFlat ? pixels : windows(p, kernel.rowsTogether(problem))};
    // Biases whose high bits lie behind the low ones of all have no address of
    // a channel.
    const bool isDepthwise = p.groups == p.in_c && p.out_c == p.in_c;
    if (const int32_t column = kernel.filterColumn(p);
        column && (p.groups == 1 || isDepthwise) && p.bias_bits != 24)
      axes.push_back({"channels", p.out_c, kernel.tile.nr, column});
    return axes;
  }
  using One = std::vector<Split>;
  One operator()(const qrt_pool2d &p) const { return {windows(p, 1)}; }
  One operator()(const qrt_resize2d &p) const {
    return {
        {"rows", p.batch == 1 ? p.out_h : 1}
    };
  }
  One operator()(const qrt_add_nd &p) const { return {outermost(p.space)}; }
  One operator()(const qrt_mul_nd &p) const { return {outermost(p.space)}; }
  One operator()(const qrt_copy &p) const { return {outermost(p.space)}; }
  One operator()(const qrt_lut &p) const {
    return {
        {"elements", p.count, p.channels > 1 ? p.channels : run}
    };
  }
  One operator()(const qrt_interpolate &p) const {
    return {
        {"elements", p.count, p.channels > 1 ? p.channels : run}
    };
  }
  One operator()(const qrt_rescale &p) const {
    return {
        {"elements", p.count, run}
    };
  }
  One operator()(const qrt_border &p) const {
    if (p.channels == 1)
      return {
          Split{"elements", p.batch * p.pixels, run}
      };
    if (p.batch > 1)
      return {
          Split{"images", p.batch}
      };
    return {
        Split{"pixels", p.pixels, run}
    };
  }
  template <typename Other>
  One operator()(const Other &) const {
    return {};
  }
};

} // namespace

const SplitRow *findSplit(Op op, std::string_view axis) {
  for (const SplitRow &row : rows())
    if (row.axis == axis &&
        std::find(row.ops.begin(), row.ops.end(), op) != row.ops.end())
      return &row;
  return nullptr;
}

Problem partOf(const Problem &whole, const Split &axis, qrt_range items) {
  Problem part = whole;
  part.params =
      findSplit(whole.op, axis.axis)->params(whole.params, axis, items);
  return part;
}

std::vector<Split> splitsOf(const Kernel &kernel, const Problem &problem) {
  std::vector<Split> splits;
  for (const Split &split : std::visit(Axes{kernel, problem}, problem.params))
    if (split.units() >= 2 && findSplit(problem.op, split.axis))
      splits.push_back(split);
  return splits;
}

/// Which part of the work the largest part has, by the kernel's cost.
static double shareOfLargest(const Kernel &kernel, const Problem &problem,
                             const Split &split, int32_t threads) {
  const targets::Target &target = *targets::findTarget(kernel.isa);
  const int32_t units = split.units();
  // The first part is a largest one.
  const Problem part =
      partOf(problem, split,
             qrt_items(qrt_part(units, std::min(threads, units), 0), split.step,
                       split.count));
  return kernel.cost(part, target) / kernel.cost(problem, target);
}

std::optional<Split> splitOf(const Kernel &kernel, const Problem &problem,
                             int32_t threads) {
  std::optional<Split> best;
  double least = 0;
  for (const Split &split : splitsOf(kernel, problem)) {
    const double share = shareOfLargest(kernel, problem, split, threads);
    if (!best || share < least * closerParts) {
      best = split;
      least = share;
    }
  }
  return best;
}

std::optional<Split> splitAlong(const Kernel &kernel, const Problem &problem,
                                std::string_view axis) {
  for (const Split &split : splitsOf(kernel, problem))
    if (split.axis == axis)
      return split;
  return std::nullopt;
}

Problem bandOf(const Problem &whole, const Bands &bands, int32_t band) {
  return partOf(whole, {bands.axis, bands.count}, bands.items(band));
}

/// Of a call that is no band.
static std::optional<size_t> scratchOfWorkers(const Kernel &kernel,
                                              const Problem &problem,
                                              const Split &split,
                                              int32_t threads) {
  const int32_t units = split.units();
  // A plan does not say all that a kernel may have asked for (filterMax).
  const bool isKnown = kernel.accepts(problem);
  size_t bytes = 0;
  for (int32_t workers = 1; workers <= std::min(threads, units); ++workers) {
    size_t share = 0;
    for (int32_t worker = 0; worker < workers; ++worker) {
      const Problem part = partOf(
          problem, split,
          qrt_items(qrt_part(units, workers, worker), split.step, split.count));
      if (isKnown && !kernel.accepts(part))
        return std::nullopt;
      share = std::max(share, (kernel.scratchBytes(part) + 63) / 64 * 64);
    }
    bytes = std::max(bytes, share * size_t(workers));
  }
  return bytes;
}

std::optional<size_t> scratchBytes(const Kernel &kernel, const Problem &problem,
                                   const std::optional<Split> &split,
                                   const std::optional<Bands> &bands,
                                   int32_t threads) {
  if (!bands)
    return split ? scratchOfWorkers(kernel, problem, *split, threads)
                 : kernel.scratchBytes(problem);
  const bool isKnown = kernel.accepts(problem);
  size_t bytes = 0;
  // All others are like the second.
  for (int32_t band : {0, 1, bands->number - 1}) {
    const Problem part = bandOf(problem, *bands, band);
    if (isKnown && !kernel.accepts(part))
      return std::nullopt;
    std::optional<Split> partSplit = split;
    if (split)
      partSplit->count = bands->items(band).end - bands->items(band).begin;
    const auto needed =
        scratchBytes(kernel, part, partSplit, std::nullopt, threads);
    if (!needed)
      return std::nullopt;
    bytes = std::max(bytes, *needed);
  }
  return bytes;
}

std::optional<Split> sharedSplit(const Kernel &kernel, const Problem &problem,
                                 const std::optional<Bands> &bands, double cost,
                                 int32_t threads) {
  if (threads == 1 || cost / (bands ? bands->number : 1) < smallestSplit)
    return std::nullopt;
  const std::optional<Split> split =
      bands ? splitAlong(kernel, problem, bands->axis)
            : splitOf(kernel, problem, threads);
  return scratchBytes(kernel, problem, split, bands, threads) ? split
                                                              : std::nullopt;
}

double sharedCost(const Kernel &kernel, const Problem &problem, double cost,
                  int32_t threads, std::string_view axis) {
  if (threads == 1 || cost < smallestSplit)
    return cost;
  const std::optional<Split> split =
      axis.empty() ? sharedSplit(kernel, problem, std::nullopt, cost, threads)
                   : splitAlong(kernel, problem, axis);
  return split ? cost * shareOfLargest(kernel, problem, *split, threads) +
                     splitCost
               : cost;
}

} // namespace quench::kernels
