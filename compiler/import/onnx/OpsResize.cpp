// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Resize (opset 10, 11, 13, 18, 19) and Upsample (9).

#include "compiler/import/onnx/NodeImporter.h"
#include "compiler/import/onnx/OpTable.h"

#include <cmath>

using namespace mlir;
using namespace quench;
using namespace quench::importer;

namespace {

struct ResizeMaps {
  std::string mode, coordinates, rounding;
};

/// Scale and result size of every ONNX axis.
struct ResizeSizes {
  SmallVector<float> scales;
  Dims sizes;
};

/// Floats of a constant input; empty if it is left out or has no elements.
std::optional<SmallVector<float>> floatsInput(NodeImporter &n, size_t i) {
  SmallVector<float> values;
  if (!n.input(i))
    return values;
  const HostTensor *tensor = n.constInput(i, "scales");
  if (!tensor)
    return std::nullopt;
  if (tensor->size() > n.state.limits.maxRank) {
    n.reject("scales has " + Twine(tensor->size()) + " entries");
    return std::nullopt;
  }
  for (int64_t j = 0; j < tensor->size(); ++j)
    values.push_back(tensor->asDouble(j));
  return values;
}

/// Applies per-axis scales or sizes, of which one is empty, to a shape.
std::optional<ResizeSizes> resolve(NodeImporter &n, DimsRef shape, DimsRef axes,
                                   ArrayRef<float> scales, DimsRef sizes) {
  if (scales.empty() == sizes.empty() ||
      std::max(scales.size(), sizes.size()) != axes.size()) {
    n.reject("expects either " + Twine(axes.size()) +
             " scales or as many "
             "sizes");
    return std::nullopt;
  }
  ResizeSizes result{SmallVector<float>(shape.size(), 1), Dims(shape)};
  for (auto [i, axis] : llvm::enumerate(axes)) {
    const double size = static_cast<double>(shape[axis]);
    const float scale =
        sizes.empty() ? scales[i] : static_cast<float>(sizes[i] / size);
    const double target =
        sizes.empty() ? std::floor(size * scale) : double(sizes[i]);
    if (!(scale > 0) || !(target >= 1) || !(target < 2147483648.0)) {
      n.reject("axis " + Twine(axis) + " of size " + Twine(shape[axis]) +
               " cannot be resized to " + toString(target));
      return std::nullopt;
    }
    result.scales[axis] = scale;
    result.sizes[axis] = static_cast<int64_t>(target);
  }
  return result;
}

void emitResize(NodeImporter &n, const ResizeMaps &maps,
                const ResizeSizes &resize) {
  Tensor &input = *n.input(0);
  // nn.resize works on axes 1 and 2; find the two that are resized.
  SmallVector<int64_t> resized;
  for (int64_t axis = 0; axis < input.rank(); ++axis)
    if (resize.scales[axis] != 1 || resize.sizes[axis] != input.shape[axis])
      resized.push_back(axis);
  if (resized.empty())
    return importIdentity(n);
  const auto within = [&](int64_t a, int64_t b) {
    return llvm::all_of(resized,
                        [&](int64_t axis) { return axis == a || axis == b; });
  };
  Perm perm;
  if (input.rank() == 4 && within(2, 3))
    perm = channelsLastPerm(4);
  else if (input.rank() == 4 && within(1, 2))
    perm = identityPerm(4);
  else
    return n.reject("only height and width of a 4-D tensor can be resized, "
                    "but " +
                    toString(input.shape) + " becomes " +
                    toString(resize.sizes));
  const Dims shape = permuted(resize.sizes, perm);
  const float scales[] = {resize.scales[perm[1]], resize.scales[perm[2]]};
  Value value = n.inLayout(input, perm);
  n.result(0,
           n.emit<nn::ResizeOp>(
               value,
               {n.attr("mode", StringRef(maps.mode)),
                n.attr("coordinates", StringRef(maps.coordinates)),
                n.attr("rounding", StringRef(maps.rounding)),
                n.builder().getNamedAttr(
                    "scales", n.builder().getDenseF32ArrayAttr(scales))},
               RankedTensorType::get(shape, n.builder().getF32Type())),
           perm);
}

} // namespace

void quench::importer::importUpsample(NodeImporter &n) {
  if (n.node.opset() > 9)
    return n.reject("is not an operator of opset " + Twine(n.node.opset()));
  const DimsRef shape = n.input(0)->shape;
  ResizeMaps maps{n.node.stringAttr("mode", "nearest"), "asymmetric", "floor"};
  std::optional<SmallVector<float>> scales = floatsInput(n, 1);
  if (!scales || n.rejected())
    return;
  if (auto sizes = resolve(n, shape, identityPerm(shape.size()), *scales, {}))
    emitResize(n, maps, *sizes);
}

void quench::importer::importResize(NodeImporter &n) {
  const DimsRef shape = n.input(0)->shape;
  const bool first = n.node.opset() == 10; // input, scales
  ResizeMaps maps{n.node.stringAttr("mode", "nearest"), "asymmetric", "floor"};
  Dims axes = identityPerm(shape.size());
  if (!first) {
    maps.coordinates =
        n.node.stringAttr("coordinate_transformation_mode", "half_pixel");
    maps.rounding = n.node.stringAttr("nearest_mode", "round_prefer_floor");
    n.node.ignoreAttr("cubic_coeff_a");
    n.node.ignoreAttr("extrapolation_value"); // of tf_crop_and_resize
    if (n.node.boolAttr("exclude_outside", false))
      n.reject("exclude_outside is not supported");
    if (n.node.boolAttr("antialias", false))
      n.reject("antialias is not supported");
    if (n.node.stringAttr("keep_aspect_ratio_policy", "stretch") != "stretch")
      n.reject("only the aspect ratio policy stretch is supported");
    if (n.node.hasAttr("axes")) {
      axes.clear();
      for (int64_t axis : n.node.intsAttr("axes"))
        axes.push_back(n.node.normalizeAxis(axis, shape.size()));
      n.node.normalizeAxes(axes, shape.size()); // refuses one given twice
    }
  }
  if (maps.mode == "cubic")
    n.reject("mode cubic is not supported; use linear");
  std::optional<SmallVector<float>> scales = floatsInput(n, first ? 1 : 2);
  std::optional<Dims> sizes = Dims();
  if (!first && n.input(3))
    sizes = intsInput(n.node, n.consts(), 3, "sizes");
  if (!scales || !sizes || n.rejected())
    return;
  auto resolved = resolve(n, shape, axes, *scales, *sizes);
  if (!resolved)
    return;
  // ONNX divides by the size before it is cut to an integer, onnxruntime by the
  // integer: a model means what its author saw in one of the two.
  if (maps.coordinates == "align_corners")
    for (auto [axis, scale] : llvm::enumerate(resolved->scales)) {
      const double size = double(shape[axis]) * scale;
      if (std::fabs(size - double(resolved->sizes[axis])) > 1e-3)
        return n.reject("align_corners with scales that give the fractional "
                        "size " +
                        toString(size) +
                        " means different things to ONNX and "
                        "onnxruntime; give sizes");
    }
  emitResize(n, maps, *resolved);
}
