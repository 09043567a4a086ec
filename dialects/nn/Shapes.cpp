// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shape rules of the float and the integer ops.

#include "dialects/nn/Shapes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace mlir;
using namespace quench::nn;
using llvm::Twine;

namespace {

constexpr int64_t maxSize = std::numeric_limits<int32_t>::max();

LogicalResult fail(ShapeError error, const Twine &sentence) {
  error(sentence);
  return failure();
}

LogicalResult checkRank(StringRef what, ShapeRef shape, size_t rank,
                        ShapeError error) {
  if (shape.size() == rank)
    return success();
  return fail(error, what + " expects rank " + Twine(rank) + ", but has rank " +
                         Twine(shape.size()));
}

/// `count` entries, each within [low, 2^31).
LogicalResult checkEntries(StringRef what, ShapeRef values, size_t count,
                           int64_t low, ShapeError error) {
  if (values.size() != count)
    return fail(error, what + " expects " + Twine(count) +
                           " entries, but has " + Twine(values.size()));
  for (int64_t value : values)
    if (value < low || value > maxSize)
      return fail(error, what + " expects entries of at least " + Twine(low) +
                             ", but has " + Twine(value));
  return success();
}

/// The runtime computes window coordinates in int32, sums of two of them
/// included.
constexpr int64_t maxReach = (int64_t(1) << 30) - 1;

/// The number of elements fits int32.
FailureOr<Shape> checkSize(Shape shape, ShapeError error) {
  int64_t count = 1;
  for (int64_t size : shape) {
    if (size < 1)
      return fail(error,
                  "result expects sizes of at least 1, but has " + Twine(size));
    if (size > maxSize / count)
      return fail(error, "result has more than 2^31 - 1 elements");
    count *= size;
  }
  return shape;
}

LogicalResult checkGroups(int64_t groups, int64_t inChannels,
                          int64_t groupChannels, int64_t outChannels,
                          ShapeError error) {
  if (groups < 1 || inChannels % groups != 0 || outChannels % groups != 0)
    return fail(error, "groups expects a divisor of " + Twine(inChannels) +
                           " input and " + Twine(outChannels) +
                           " output channels, but is " + Twine(groups));
  if (groupChannels != inChannels / groups)
    return fail(error, "filter expects " + Twine(inChannels / groups) +
                           " channels a group, but has " +
                           Twine(groupChannels));
  return success();
}

/// Extent of a dilated kernel; all arguments are below 2^31.
int64_t extent(int64_t kernel, int64_t dilation) {
  return dilation * (kernel - 1) + 1;
}

/// Entries of a window on a picture of [h, w] = `sizes`.
LogicalResult checkWindow(ShapeRef sizes, const Window &window,
                          ShapeError error) {
  if (failed(checkEntries("kernel", window.kernel, 2, 1, error)) ||
      failed(checkEntries("strides", window.strides, 2, 1, error)) ||
      failed(checkEntries("pads", window.pads, 4, 0, error)) ||
      failed(checkEntries("dilations", window.dilations, 2, 1, error)))
    return failure();
  for (int axis : {0, 1})
    for (int64_t reach :
         {sizes[axis] + window.pads[axis] + window.pads[axis + 2],
          extent(window.kernel[axis], window.dilations[axis]),
          window.strides[axis], window.dilations[axis]})
      if (reach > maxReach)
        return fail(error, "window expects strides, dilations, kernel extents "
                           "and padded sizes below 2^30, but has " +
                               Twine(reach));
  return success();
}

/// Number of window positions on one axis, or 0 when none fits.
int64_t positions(int64_t size, int64_t before, int64_t after, int64_t kernel,
                  int64_t stride, int64_t dilation, bool ceilMode) {
  const int64_t room = size + before + after - extent(kernel, dilation);
  if (room < 0)
    return 0;
  int64_t count =
      (ceilMode ? llvm::divideCeil(room, stride) : room / stride) + 1;
  // ONNX: a window may not start in the padding behind the picture.
  if (ceilMode && (count - 1) * stride >= size + before)
    --count;
  return count;
}

} // namespace

bool quench::nn::isCountable(ShapeRef shape) {
  return succeeded(checkSize(Shape(shape), [](const Twine &) {}));
}

FailureOr<Shape> quench::nn::inferConv2D(ShapeRef input, ShapeRef filter,
                                         ShapeRef strides, ShapeRef pads,
                                         ShapeRef dilations, int64_t groups,
                                         ShapeError error) {
  if (failed(checkRank("input", input, 4, error)) ||
      failed(checkRank("filter", filter, 4, error)))
    return failure();
  Window window{filter.slice(1, 2), strides, pads, dilations};
  if (failed(checkWindow(input.slice(1, 2), window, error)) ||
      failed(checkGroups(groups, input[3], filter[3], filter[0], error)))
    return failure();
  Shape result = {input[0], 0, 0, filter[0]};
  for (int axis : {0, 1}) {
    result[axis + 1] =
        positions(input[axis + 1], pads[axis], pads[axis + 2],
                  window.kernel[axis], strides[axis], dilations[axis], false);
    if (result[axis + 1] == 0)
      return fail(error,
                  "kernel of extent " +
                      Twine(extent(window.kernel[axis], dilations[axis])) +
                      " does not fit the padded input of size " +
                      Twine(input[axis + 1] + pads[axis] + pads[axis + 2]));
  }
  return checkSize(std::move(result), error);
}

FailureOr<Shape> quench::nn::inferConvTranspose2D(
    ShapeRef input, ShapeRef filter, ShapeRef strides, ShapeRef pads,
    ShapeRef dilations, ShapeRef outputPads, int64_t groups, ShapeError error) {
  if (failed(checkRank("input", input, 4, error)) ||
      failed(checkRank("filter", filter, 4, error)))
    return failure();
  Window window{filter.slice(1, 2), strides, pads, dilations};
  if (failed(checkWindow(input.slice(1, 2), window, error)) ||
      failed(checkEntries("output_pads", outputPads, 2, 0, error)) ||
      failed(checkGroups(groups, input[3], filter[3], filter[0], error)))
    return failure();
  Shape result = {input[0], 0, 0, filter[0]};
  for (int axis : {0, 1}) {
    result[axis + 1] = strides[axis] * (input[axis + 1] - 1) +
                       outputPads[axis] +
                       extent(window.kernel[axis], dilations[axis]) -
                       pads[axis] - pads[axis + 2];
    if (result[axis + 1] > maxReach)
      return fail(error,
                  "result expects height and width below 2^30, but has " +
                      Twine(result[axis + 1]));
  }
  return checkSize(std::move(result), error);
}

FailureOr<Shape> quench::nn::inferLinear(ShapeRef input, ShapeRef filter,
                                         ShapeError error) {
  if (input.empty())
    return fail(error, "input expects rank of at least 1, but has rank 0");
  if (failed(checkRank("filter", filter, 2, error)))
    return failure();
  if (input.back() != filter[1])
    return fail(error, "filter expects " + Twine(input.back()) +
                           " columns, but has " + Twine(filter[1]));
  Shape result(input);
  result.back() = filter[0];
  return checkSize(std::move(result), error);
}

FailureOr<Shape> quench::nn::inferMatMul(ShapeRef lhs, ShapeRef rhs,
                                         ShapeError error) {
  if (lhs.size() < 2 || rhs.size() < 2)
    return fail(error, "operands expect ranks of at least 2, but have " +
                           Twine(lhs.size()) + " and " + Twine(rhs.size()));
  if (lhs.back() != rhs[rhs.size() - 2])
    return fail(error, "rhs expects " + Twine(lhs.back()) + " rows, but has " +
                           Twine(rhs[rhs.size() - 2]));
  FailureOr<Shape> result =
      inferBroadcast(lhs.drop_back(2), rhs.drop_back(2), error);
  if (failed(result))
    return failure();
  result->append({lhs[lhs.size() - 2], rhs.back()});
  return checkSize(std::move(*result), error);
}

FailureOr<Shape> quench::nn::inferBroadcast(ShapeRef lhs, ShapeRef rhs,
                                            ShapeError error) {
  Shape result(std::max(lhs.size(), rhs.size()));
  for (size_t i = 0; i < result.size(); ++i) {
    // Axes are matched from the last one.
    const int64_t a = i < lhs.size() ? lhs[lhs.size() - 1 - i] : 1;
    const int64_t b = i < rhs.size() ? rhs[rhs.size() - 1 - i] : 1;
    if (a != b && a != 1 && b != 1)
      return fail(error, "operands do not broadcast: sizes " + Twine(a) +
                             " and " + Twine(b) + " on axis -" + Twine(i + 1));
    result[result.size() - 1 - i] = a == 1 ? b : a;
  }
  return checkSize(std::move(result), error);
}

FailureOr<Shape> quench::nn::inferPool2D(ShapeRef input, const Window &window,
                                         bool ceilMode, ShapeError error) {
  if (failed(checkRank("input", input, 4, error)) ||
      failed(checkWindow(input.slice(1, 2), window, error)))
    return failure();
  Shape result(input);
  for (int axis : {0, 1}) {
    // A window wholly inside the padding has no elements.
    const int64_t reach = extent(window.kernel[axis], window.dilations[axis]);
    if (window.pads[axis] >= reach || window.pads[axis + 2] >= reach)
      return fail(
          error, "pads expect entries below the kernel extent " + Twine(reach) +
                     ", but have " +
                     Twine(std::max(window.pads[axis], window.pads[axis + 2])));
    result[axis + 1] =
        positions(input[axis + 1], window.pads[axis], window.pads[axis + 2],
                  window.kernel[axis], window.strides[axis],
                  window.dilations[axis], ceilMode);
    if (result[axis + 1] == 0)
      return fail(error, "kernel of extent " + Twine(reach) +
                             " does not fit the padded input of size " +
                             Twine(input[axis + 1] + window.pads[axis] +
                                   window.pads[axis + 2]));
  }
  return checkSize(std::move(result), error);
}

FailureOr<Shape> quench::nn::inferReduce(ShapeRef input, ShapeRef axes,
                                         bool keepdims, ShapeError error) {
  Shape result;
  int64_t last = -1;
  for (int64_t axis : axes) {
    if (axis <= last || axis >= int64_t(input.size()))
      return fail(error, "axes expect rising entries below rank " +
                             Twine(input.size()) + ", but have " + Twine(axis));
    last = axis;
  }
  for (auto [axis, size] : llvm::enumerate(input)) {
    if (!llvm::is_contained(axes, int64_t(axis)))
      result.push_back(size);
    else if (keepdims)
      result.push_back(1);
  }
  return checkSize(std::move(result), error);
}

FailureOr<Shape> quench::nn::inferConcat(ArrayRef<ShapeRef> inputs,
                                         int64_t axis, ShapeError error) {
  if (inputs.empty())
    return fail(error, "expects at least one operand");
  Shape result(inputs.front());
  if (axis < 0 || axis >= int64_t(result.size()))
    return fail(error, "axis expects a value in [0, " + Twine(result.size()) +
                           "), but is " + Twine(axis));
  result[axis] = 0;
  for (auto [index, input] : llvm::enumerate(inputs)) {
    if (failed(checkRank("operand", input, result.size(), error)))
      return failure();
    for (auto [i, size] : llvm::enumerate(input))
      if (int64_t(i) != axis && size != result[i])
        return fail(error, "operand " + Twine(index) + " expects size " +
                               Twine(result[i]) + " on axis " + Twine(i) +
                               ", but has " + Twine(size));
    result[axis] += input[axis];
  }
  return checkSize(std::move(result), error);
}

FailureOr<Shape> quench::nn::inferSlice(ShapeRef input, ShapeRef starts,
                                        ShapeRef sizes, ShapeRef steps,
                                        ShapeError error) {
  const size_t rank = input.size();
  if (failed(checkEntries("starts", starts, rank, 0, error)) ||
      failed(checkEntries("sizes", sizes, rank, 1, error)) ||
      failed(checkEntries("steps", steps, rank, -maxSize, error)))
    return failure();
  for (size_t i = 0; i < rank; ++i) {
    const int64_t last = starts[i] + (sizes[i] - 1) * steps[i];
    if (steps[i] == 0 || starts[i] >= input[i] || last < 0 || last >= input[i])
      return fail(error, "slice expects indices in [0, " + Twine(input[i]) +
                             ") on axis " + Twine(i) + ", but goes from " +
                             Twine(starts[i]) + " to " + Twine(last));
  }
  return checkSize(Shape(sizes), error);
}

FailureOr<Shape> quench::nn::inferPad(ShapeRef input, ShapeRef low,
                                      ShapeRef high, StringRef mode,
                                      ShapeError error) {
  if (failed(checkEntries("low", low, input.size(), -maxSize, error)) ||
      failed(checkEntries("high", high, input.size(), -maxSize, error)))
    return failure();
  if (mode != "constant" && mode != "reflect" && mode != "edge")
    return fail(error, "mode expects constant, reflect or edge, but is '" +
                           mode + "'");
  Shape result;
  for (size_t i = 0; i < input.size(); ++i) {
    // Negative pads crop first; what is left is padded.
    const int64_t kept =
        input[i] + std::min<int64_t>(low[i], 0) + std::min<int64_t>(high[i], 0);
    if (kept < 1)
      return fail(error, "pad expects to keep an element on axis " + Twine(i) +
                             ", but crops " + Twine(input[i] - kept) + " of " +
                             Twine(input[i]));
    const int64_t most = std::max(low[i], high[i]);
    if (mode == "reflect" && most >= kept)
      return fail(error, "reflect expects pads below size " + Twine(kept) +
                             " on axis " + Twine(i) + ", but has " +
                             Twine(most));
    result.push_back(input[i] + low[i] + high[i]);
  }
  return checkSize(std::move(result), error);
}

FailureOr<Shape> quench::nn::inferTranspose(ShapeRef input, ShapeRef perm,
                                            ShapeError error) {
  Shape sorted(perm);
  llvm::sort(sorted);
  bool permutation = perm.size() == input.size();
  for (auto [index, value] : llvm::enumerate(sorted))
    permutation &= int64_t(index) == value;
  if (!permutation)
    return fail(error, "perm expects a permutation of " + Twine(input.size()) +
                           " axes");
  Shape result;
  for (int64_t axis : perm)
    result.push_back(input[axis]);
  return result;
}

LogicalResult quench::nn::checkResize(ShapeRef input, ShapeRef output,
                                      StringRef mode, StringRef coordinates,
                                      StringRef rounding,
                                      ArrayRef<float> scales,
                                      ShapeError error) {
  if (failed(checkRank("input", input, 4, error)) ||
      failed(checkRank("result", output, 4, error)))
    return failure();
  if (input[0] != output[0] || input[3] != output[3])
    return fail(error, "resize expects batch and channels to stay, but they "
                       "change");
  struct Choice {
    StringRef what, value;
    ArrayRef<StringRef> known;
  };
  const StringRef modes[] = {"nearest", "linear"};
  const StringRef maps[] = {"half_pixel", "pytorch_half_pixel", "asymmetric",
                            "align_corners"};
  const StringRef roundings[] = {"round_prefer_floor", "round_prefer_ceil",
                                 "floor", "ceil"};
  for (const Choice &choice : {
           Choice{"mode",        mode,        modes    },
           Choice{"coordinates", coordinates, maps     },
           Choice{"rounding",    rounding,    roundings}
  })
    if (!llvm::is_contained(choice.known, choice.value))
      return fail(error, choice.what + " expects one of " +
                             llvm::join(choice.known, ", ") + ", but is '" +
                             choice.value + "'");
  if (scales.size() != 2 || !(scales[0] > 0) || !(scales[1] > 0) ||
      !std::isfinite(scales[0]) || !std::isfinite(scales[1]))
    return fail(error, "scales expect two positive numbers");
  return success(succeeded(checkSize(Shape(output), error)));
}
