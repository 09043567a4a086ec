// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Data movement. Codes stay codes: result() puts a pair behind each.

#include "compiler/export/onnx/OpTable.h"

#include "dialects/nn/NN.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace quench;
using namespace quench::exporter;

void quench::exporter::exportTranspose(GraphExporter &e, Operation *op) {
  auto transpose = cast<nn::TransposeOp>(op);
  Value input = transpose.getInput();
  const Perm perm = e.permOf(input);
  // The tensor stays; its axes have other numbers.
  e.alias(op,
          {e.in(input, perm), permuted(inversePerm(transpose.getPerm()), perm)},
          e.gridOf(input));
}

void quench::exporter::exportReshape(GraphExporter &e, Operation *op) {
  Value input = op->getOperand(0);
  const DimsRef from = shapeOf(input), to = shapeOf(op->getResult(0));
  Perm perm = e.permOf(input);
  std::optional<Perm> result = reshapedPerm(from, perm, to);
  if (!result) {
    perm = identityPerm(from.size());
    result = identityPerm(to.size());
  }
  const std::string x = e.in(input, perm);
  const Dims shape = permuted(to, *result);
  if (shape == permuted(from, perm))
    return e.alias(op, {x, *result}, e.gridOf(input));
  e.result(op, e.reshape(e.nameOf(op), x, shape, nullptr), *result);
}

void quench::exporter::exportConcat(GraphExporter &e, Operation *op) {
  auto concat = cast<nn::ConcatOp>(op);
  const Perm perm =
      e.commonPerm(op->getOperands(), shapeOf(concat.getOutput()).size());
  SmallVector<std::string> inputs;
  for (Value operand : op->getOperands())
    inputs.push_back(e.in(operand, perm));
  const int64_t axis = inversePerm(perm)[concat.getAxis()];
  e.result(op,
           e.writer.node("Concat", e.nameOf(op), inputs, Attr{"axis", axis}),
           perm);
}

void quench::exporter::exportSlice(GraphExporter &e, Operation *op) {
  auto slice = cast<nn::SliceOp>(op);
  const DimsRef shape = shapeOf(slice.getInput());
  const Perm perm = e.permOf(slice.getInput());
  Dims starts, ends, axes, steps;
  for (auto [place, axis] : llvm::enumerate(perm)) {
    const int64_t start = slice.getStarts()[axis],
                  step = slice.getSteps()[axis];
    const int64_t size = slice.getSizes()[axis], end = start + size * step;
    if (start == 0 && step == 1 && size == shape[axis])
      continue;
    starts.push_back(start);
    // A negative end would count from the back.
    ends.push_back(end < 0 ? std::numeric_limits<int64_t>::min() : end);
    axes.push_back(place);
    steps.push_back(step);
  }
  const std::string x = e.in(slice.getInput(), perm), name = e.nameOf(op);
  if (axes.empty())
    return e.alias(op, {x, perm}, e.gridOf(slice.getInput()));
  e.result(op,
           e.writer.node("Slice", name,
                         {x, e.writer.ints(name + ".starts", starts),
                          e.writer.ints(name + ".ends", ends),
                          e.writer.ints(name + ".axes", axes),
                          e.writer.ints(name + ".steps", steps)}),
           perm);
}

void quench::exporter::exportPad(GraphExporter &e, Operation *op) {
  auto pad = cast<nn::PadOp>(op);
  const Perm perm = e.permOf(pad.getInput());
  Dims pads = permuted(pad.getLow(), perm);
  llvm::append_range(pads, permuted(pad.getHigh(), perm));
  const std::string name = e.nameOf(op);
  SmallVector<std::string, 3> inputs = {e.in(pad.getInput(), perm),
                                        e.writer.ints(name + ".pads", pads)};
  if (pad.getMode() == "constant")
    inputs.push_back(
        e.writer.number(name + ".value", pad.getValue().convertToFloat()));
  e.result(op, e.writer.node("Pad", name, inputs, Attr{"mode", pad.getMode()}),
           perm);
}

/// True if whoever multiplies, in float (onnxruntime) or double (ONNX), finds
/// the size. Then the scale goes into the file: it is what the op maps with.
static bool givesSize(int64_t from, float scale, int64_t to) {
  return std::floor(static_cast<float>(from) * scale) == float(to) &&
         std::floor(static_cast<double>(from) * scale) == double(to);
}

void quench::exporter::exportResize(GraphExporter &e, Operation *op) {
  auto resize = cast<nn::ResizeOp>(op);
  const Perm perm = channelsFirstPerm(4);
  const DimsRef from = shapeOf(resize.getInput());
  const DimsRef to = shapeOf(resize.getOutput());
  const ArrayRef<float> scales = resize.getScales();
  const std::string name = e.nameOf(op);
  const bool exact = givesSize(from[1], scales[0], to[1]) &&
                     givesSize(from[2], scales[1], to[2]);
  SmallVector<std::string, 4> inputs = {e.in(resize.getInput(), perm), ""};
  if (exact)
    inputs.push_back(
        e.writer.floats(name + ".scales", {1.0f, 1.0f, scales[0], scales[1]}));
  else
    inputs.append({"", e.writer.ints(name + ".sizes", permuted(to, perm))});
  SmallVector<Attr> attrs = {
      {"coordinate_transformation_mode", resize.getCoordinates()},
      {"mode",                           resize.getMode()       }
  };
  if (resize.getMode() == "nearest")
    attrs.push_back({"nearest_mode", resize.getRounding()});
  e.result(op, e.writer.node("Resize", name, inputs, attrs), perm);
}
