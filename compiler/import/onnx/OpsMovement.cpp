// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Ops that only move elements, or say what shape they have.

#include "compiler/import/onnx/Elementwise.h"
#include "compiler/import/onnx/OpTable.h"

using namespace mlir;
using namespace quench;
using namespace quench::importer;

void quench::importer::importIdentity(NodeImporter &n) {
  n.result(0, *n.input(0));
}

void quench::importer::importDropout(NodeImporter &n) {
  n.node.ignoreAttr("ratio");
  n.node.ignoreAttr("seed");
  n.expectUnused(1, "mask");
  if (n.input(2)) {
    const HostTensor *training = n.constInput(2, "training_mode");
    if (training && (training->size() != 1 || training->asInt(0)))
      n.reject("training mode is not supported");
  }
  importIdentity(n);
}

void quench::importer::importCast(NodeImporter &n) {
  n.node.ignoreAttr("saturate");
  const int64_t to = n.node.intAttr("to", 0);
  if (to != info(n.input(0)->type).onnx)
    return n.reject(Twine("cast of an activation from ") +
                    info(n.input(0)->type).name + " to " + onnxTypeName(to) +
                    " is not supported; export the model in float32");
  importIdentity(n);
}

void quench::importer::importShape(NodeImporter &n) {
  const DimsRef shape = n.input(0)->shape;
  const int64_t rank = shape.size();
  auto bound = [&](StringRef name, int64_t otherwise) {
    const int64_t value = n.node.intAttr(name, otherwise);
    return std::clamp<int64_t>(value < 0 ? value + rank : value, 0, rank);
  };
  const int64_t start = bound("start", 0), end = bound("end", rank);
  const DimsRef part =
      start < end ? shape.slice(start, end - start) : DimsRef();
  n.result(0, HostTensor::ofInts({int64_t(part.size())}, part));
}

void quench::importer::importSize(NodeImporter &n) {
  n.result(0, HostTensor::ofInts({}, *elementCount(n.input(0)->shape)));
}

/// The axis of `to` that holds exactly axis `axis` of `from`, or -1.
static int64_t keptAxis(DimsRef from, DimsRef to, int64_t axis) {
  const auto before = elementCount(from.take_front(axis));
  for (size_t i = 0; i < to.size(); ++i)
    if (to[i] == from[axis] && elementCount(to.take_front(i)) == before)
      return i;
  return -1;
}

void quench::importer::importReshape(NodeImporter &n) {
  Tensor &input = *n.input(0);
  std::optional<Dims> shape = reshapeTarget(n.node, input.shape, n.consts());
  if (!shape)
    return;
  if (!input.isActivation()) {
    Tensor constant = input; // quantized: others are folded
    constant.shape = *shape;
    constant.host = input.host.reshaped(*shape);
    if (input.quant && input.quant->perChannel()) {
      const int64_t axis = keptAxis(input.shape, *shape, input.quant->axis);
      if (axis < 0)
        return n.reject("the axis of the scales does not survive");
      constant.quant->axis = axis;
    }
    return n.result(0, std::move(constant));
  }
  if (int64_t(shape->size()) > n.state.limits.maxRank)
    return n.reject("result has rank " + Twine(shape->size()) +
                    ", more than the limit of " +
                    Twine(n.state.limits.maxRank));
  std::optional<ReshapePlan> plan =
      planReshape(input.shape, input.perm, *shape);
  if (plan)
    return n.result(0, n.reshape(input.value, plan->physical), plan->perm);
  n.result(0, n.reshape(n.inLayout(input, identityPerm(input.rank())), *shape),
           identityPerm(shape->size()));
}

void quench::importer::importTranspose(NodeImporter &n) {
  Tensor &input = *n.input(0);
  std::optional<Perm> perm = transposePerm(n.node, input.rank());
  if (!perm)
    return;
  // Output axis j is input axis perm[j]; nothing moves in memory.
  Tensor output = input;
  const Perm inverse = inversePerm(*perm);
  output.shape = permuted(input.shape, *perm);
  output.perm = permuted(inverse, input.perm);
  output.copies.clear();
  if (input.quant)
    output.quant->axis =
        input.quant->perChannel() ? inverse[input.quant->axis] : 0;
  if (!input.isActivation()) {
    if (!n.charge(input.host.size() * input.host.width()))
      return;
    output.host = transposed(input.host, *perm);
  }
  n.result(0, std::move(output));
}

void quench::importer::importConcat(NodeImporter &n) {
  SmallVector<Tensor *> tensors;
  for (size_t i = 0; i < n.numInputs(); ++i) {
    Tensor *tensor = n.input(i);
    if (!tensor || tensor->rank() != n.input(0)->rank())
      return n.reject("input " + Twine(i) + " is missing or has another rank");
    tensors.push_back(tensor);
  }
  const int64_t rank = tensors.front()->rank();
  const int64_t axis = n.node.normalizeAxis(n.node.intAttr("axis", 1), rank);
  if (n.rejected())
    return;
  const Perm perm = commonLayout(tensors, rank);
  SmallVector<Value> operands;
  for (Tensor *tensor : tensors)
    operands.push_back(n.inLayout(*tensor, perm));
  n.result(
      0,
      n.emit<nn::ConcatOp>(operands, n.attr("axis", inversePerm(perm)[axis])),
      perm);
}

/// A strided box of a tensor in its own layout; null after a rejection.
static Value slice(NodeImporter &n, Tensor &input, const Box &box) {
  for (int64_t size : box.sizes)
    if (size == 0) {
      n.reject("the result of shape " + toString(box.sizes) + " is empty");
      return {};
    }
  const Perm perm = layoutOf(input);
  Value value = n.inLayout(input, perm);
  if (DimsRef(box.sizes) == DimsRef(input.shape) &&
      llvm::all_of(box.steps, [](int64_t step) { return step == 1; }))
    return value;
  return n.emit<nn::SliceOp>(value,
                             {n.attr("starts", permuted(box.starts, perm)),
                              n.attr("sizes", permuted(box.sizes, perm)),
                              n.attr("steps", permuted(box.steps, perm))});
}

/// All of a tensor.
static Box wholeBox(DimsRef shape) {
  return {Dims(shape.size(), 0), Dims(shape), Dims(shape.size(), 1)};
}

void quench::importer::importSlice(NodeImporter &n) {
  Tensor &input = *n.input(0);
  if (std::optional<Box> box = sliceBox(n.node, input.shape, n.consts()))
    n.result(0, slice(n, input, *box), layoutOf(input), input.type);
}

void quench::importer::importSplit(NodeImporter &n) {
  Tensor &input = *n.input(0);
  const int64_t axis =
      n.node.normalizeAxis(n.node.intAttr("axis", 0), input.rank());
  if (n.rejected())
    return;
  std::optional<Dims> sizes = splitSizes(n.node, input.shape[axis], n.consts());
  if (!sizes)
    return;
  Box box = wholeBox(input.shape);
  for (auto [i, size] : llvm::enumerate(*sizes)) {
    box.sizes[axis] = size;
    if (n.state.used.contains(n.node.output(i)))
      n.result(i, slice(n, input, box), layoutOf(input), input.type);
    box.starts[axis] += size;
  }
}

void quench::importer::importGather(NodeImporter &n) {
  Tensor &input = *n.input(0);
  const HostTensor *indices = n.constInput(1, "the indices");
  const int64_t axis =
      n.node.normalizeAxis(n.node.intAttr("axis", 0), input.rank());
  if (indices &&
      (indices->isFloat() || indices->rank() > 1 || indices->size() == 0))
    n.reject("the indices expect a list of integers");
  if (n.rejected())
    return;
  const int64_t size = input.shape[axis], count = indices->size();
  Dims at = indices->size() <= size ? indices->ints() : Dims{-size - 1};
  for (int64_t &index : at) {
    if (index < -size || index >= size)
      return n.reject("more indices than elements, or one out of range for "
                      "size " +
                      Twine(size));
    index += index < 0 ? size : 0;
  }
  Box box = wholeBox(input.shape);
  box.starts[axis] = at[0];
  box.sizes[axis] = count;
  box.steps[axis] = count > 1 ? at[1] - at[0] : 1;
  for (int64_t i = 1; i < count; ++i)
    if (at[i] - at[i - 1] != box.steps[axis] || box.steps[axis] == 0)
      return n.reject("only indices at equal distances are supported");
  Value value = slice(n, input, box);
  const Perm perm = layoutOf(input);
  if (!value || indices->rank() == 1)
    return n.result(0, value, perm, input.type);
  // A scalar index drops the axis.
  Dims shape(shapeOf(value));
  const int64_t place = inversePerm(perm)[axis];
  shape.erase(shape.begin() + place);
  Perm rest;
  for (int64_t other : perm)
    if (other != axis)
      rest.push_back(other - (other > axis));
  n.result(0, n.reshape(value, shape), rest, input.type);
}

void quench::importer::importExpand(NodeImporter &n) {
  Tensor &input = *n.input(0);
  std::optional<Dims> target = intsInput(n.node, n.consts(), 1, "shape");
  if (!target)
    return;
  std::optional<Dims> shape = broadcastShape(n.node, input.shape, *target);
  if (shape && *shape != input.shape)
    return n.reject("expanding " + toString(input.shape) + " to " +
                    toString(*shape) +
                    " is not supported; let the consumer broadcast");
  importIdentity(n);
}

void quench::importer::importPad(NodeImporter &n) {
  Tensor &input = *n.input(0);
  const std::string mode = n.node.stringAttr("mode", "constant");
  std::optional<Dims> pads = intsAttrOrInput(n.node, n.consts(), "pads", 11, 1);
  const float value = n.node.opset() < 11
                          ? n.node.floatAttr("value", 0)
                          : n.scalarInput(2, "the padding value", 0);
  Dims axes = identityPerm(input.rank());
  if (n.input(3)) {
    std::optional<Dims> given = intsInput(n.node, n.consts(), 3, "axes");
    axes.clear();
    for (int64_t axis : given.value_or(Dims()))
      axes.push_back(n.node.normalizeAxis(axis, input.rank()));
    n.node.normalizeAxes(axes, input.rank()); // refuses an axis given twice
  }
  if (mode == "wrap")
    n.reject("mode wrap is not supported");
  if (!n.rejected() && (!pads || pads->size() != 2 * axes.size()))
    n.reject("pads expects " + Twine(2 * axes.size()) + " entries");
  if (n.rejected())
    return;
  Dims low(input.rank(), 0), high(input.rank(), 0);
  for (auto [i, axis] : llvm::enumerate(axes)) {
    low[axis] = (*pads)[i];
    high[axis] = (*pads)[i + axes.size()];
  }
  if (llvm::all_of(*pads, [](int64_t pad) { return pad == 0; }))
    return importIdentity(n);
  const Perm perm = layoutOf(input);
  SmallVector<NamedAttribute> attrs = {n.attr("low", permuted(low, perm)),
                                       n.attr("high", permuted(high, perm)),
                                       n.attr("mode", StringRef(mode))};
  if (mode == "constant")
    attrs.push_back(n.attr("value", value));
  n.result(0, n.emit<nn::PadOp>(n.inLayout(input, perm), attrs), perm);
}
