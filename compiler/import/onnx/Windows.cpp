// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// kernel_shape, strides, dilations, pads, auto_pad.

#include "compiler/import/onnx/Windows.h"

using namespace mlir;
using namespace quench::importer;

// No picture needs more, and products of two of them stay far below 2^63.
static constexpr int64_t maxEntry = int64_t(1) << 24;

/// Attributes that convolutions and pools share, before pads.
static std::optional<Windows> readCommon(NodeImporter &n, DimsRef shape,
                                         DimsRef kernel) {
  const int64_t rank = shape.size();
  if (rank != 4 && rank != 3) {
    n.reject(
        "only 1-D and 2-D windows are supported, but the input has shape " +
        toString(shape));
    return std::nullopt;
  }
  const size_t axes = rank - 2;
  Windows w;
  w.strides = n.node.windowAttr("strides", axes, 1, 1, maxEntry);
  w.dilations = n.node.windowAttr("dilations", axes, 1, 1, maxEntry);
  if (n.node.hasAttr("kernel_shape"))
    w.kernel = n.node.windowAttr("kernel_shape", axes, 1, 1, maxEntry);
  else
    w.kernel = Dims(kernel);
  if (w.kernel.empty())
    n.reject("expects kernel_shape");
  else if (!kernel.empty() && kernel != DimsRef(w.kernel))
    n.reject("kernel_shape is " + toString(w.kernel) + ", but the filter has " +
             toString(kernel));
  if (n.rejected())
    return std::nullopt;
  return w;
}

/// A total split into before and after, as SAME_UPPER or SAME_LOWER say.
static void setPads(Windows &w, size_t axis, int64_t total, bool upper) {
  const size_t axes = w.kernel.size();
  w.pads[axis] = upper ? total / 2 : total - total / 2;
  w.pads[axis + axes] = total - w.pads[axis];
}

/// Checks auto_pad; "NOTSET" is given for an empty string, too.
static std::string readAutoPad(NodeImporter &n) {
  std::string mode = n.node.stringAttr("auto_pad", "NOTSET");
  if (mode.empty())
    mode = "NOTSET";
  if (mode != "NOTSET" && mode != "VALID" && mode != "SAME_UPPER" &&
      mode != "SAME_LOWER")
    n.reject("auto_pad '" + StringRef(mode).take_front(32) + "' is unknown");
  return mode;
}

/// Turns 1-D parameters into 2-D ones of height 1.
static void toTwoAxes(Windows &w) {
  if (w.kernel.size() == 2)
    return;
  for (Dims *values : {&w.kernel, &w.strides, &w.dilations})
    values->insert(values->begin(), 1);
  w.pads = {0, w.pads[0], 0, w.pads[1]};
}

std::optional<Windows>
quench::importer::readWindows(NodeImporter &n, DimsRef shape, DimsRef kernel) {
  std::optional<Windows> w = readCommon(n, shape, kernel);
  const std::string mode = readAutoPad(n);
  if (!w || n.rejected())
    return std::nullopt;
  const size_t axes = w->kernel.size();
  w->pads = n.node.windowAttr("pads", 2 * axes, 0, 0, maxEntry);
  if (mode == "VALID")
    w->pads = Dims(2 * axes, 0);
  for (size_t i = 0; i < axes && StringRef(mode).starts_with("SAME"); ++i) {
    const int64_t size = shape[i + 2], stride = w->strides[i];
    const int64_t out = (size + stride - 1) / stride;
    const int64_t reach = (w->kernel[i] - 1) * w->dilations[i] + 1;
    setPads(*w, i, std::max<int64_t>(0, (out - 1) * stride + reach - size),
            mode == "SAME_UPPER");
  }
  if (n.rejected())
    return std::nullopt;
  toTwoAxes(*w);
  return w;
}

std::optional<Windows>
quench::importer::readTransposedWindows(NodeImporter &n, DimsRef shape,
                                        DimsRef kernel, Dims &outputPads) {
  std::optional<Windows> w = readCommon(n, shape, kernel);
  const std::string mode = readAutoPad(n);
  if (!w || n.rejected())
    return std::nullopt;
  const size_t axes = w->kernel.size();
  w->pads = n.node.windowAttr("pads", 2 * axes, 0, 0, maxEntry);
  outputPads = n.node.windowAttr("output_padding", axes, 0, 0, maxEntry);
  Dims target = n.node.windowAttr("output_shape", axes, 0, 1, maxEntry);
  const bool same = StringRef(mode).starts_with("SAME");
  const bool sized = n.node.hasAttr("output_shape");
  if (mode == "VALID")
    w->pads = Dims(2 * axes, 0);
  for (size_t i = 0; i < axes && (same || sized); ++i) {
    // Pads follow from the output size, which SAME sets to input * stride.
    const int64_t reach = (w->kernel[i] - 1) * w->dilations[i] + 1;
    const int64_t out = sized ? target[i] : shape[i + 2] * w->strides[i];
    const int64_t total =
        w->strides[i] * (shape[i + 2] - 1) + outputPads[i] + reach - out;
    setPads(*w, i, std::max<int64_t>(total, 0), mode == "SAME_UPPER");
    outputPads[i] += std::max<int64_t>(-total, 0);
  }
  if (n.rejected())
    return std::nullopt;
  toTwoAxes(*w);
  if (outputPads.size() == 1)
    outputPads.insert(outputPads.begin(), 0);
  return w;
}

Value quench::importer::windowInput(NodeImporter &n, Tensor &input) {
  Value value = n.inLayout(input, channelsLastPerm(input.rank()));
  if (!value || input.rank() == 4)
    return value;
  return n.reshape(value, {input.shape[0], 1, input.shape[2], input.shape[1]});
}

void quench::importer::windowResult(NodeImporter &n, Value value,
                                    const Tensor &input) {
  if (!value)
    return;
  if (input.rank() == 3) {
    const DimsRef shape = shapeOf(value);
    value = n.reshape(value, {shape[0], shape[2], shape[3]});
  }
  n.result(0, value, channelsLastPerm(input.rank()));
}
