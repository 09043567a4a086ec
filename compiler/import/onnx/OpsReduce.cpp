// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reductions, ArgMax, Softmax.

#include "compiler/import/onnx/Elementwise.h"
#include "compiler/import/onnx/OpTable.h"

using namespace mlir;
using namespace quench;
using namespace quench::importer;

/// The layout of a result that lost `axes` (of the ONNX shape).
static Perm withoutAxes(DimsRef perm, DimsRef axes) {
  Perm result;
  for (int64_t axis : perm)
    if (!llvm::is_contained(axes, axis))
      result.push_back(axis - llvm::count_if(axes, [&](int64_t dropped) {
                         return dropped < axis;
                       }));
  return result;
}

/// Places of ONNX axes in a layout, rising.
static Dims placesOf(DimsRef perm, DimsRef axes) {
  const Perm inverse = inversePerm(perm);
  Dims places;
  for (int64_t axis : axes)
    places.push_back(inverse[axis]);
  llvm::sort(places);
  return places;
}

void quench::importer::importReduce(NodeImporter &n) {
  Tensor &input = *n.input(0);
  const bool sum = n.node.opType() == "ReduceSum";
  StringRef op = sum ? nn::ReduceSumOp::getOperationName()
                 : n.node.opType() == "ReduceMax"
                     ? nn::ReduceMaxOp::getOperationName()
                     : nn::ReduceMeanOp::getOperationName();
  std::optional<Dims> given =
      intsAttrOrInput(n.node, n.consts(), "axes", sum ? 13 : 18, 1);
  const bool keep = n.node.boolAttr("keepdims", true);
  const bool noop = n.node.boolAttr("noop_with_empty_axes", false);
  Dims axes = given ? n.node.normalizeAxes(*given, input.rank()) : Dims();
  if (n.rejected())
    return;
  if (axes.empty() && noop)
    return importIdentity(n);
  if (axes.empty())
    axes = identityPerm(input.rank());
  const Perm perm = layoutOf(input);
  n.result(
      0,
      n.emit(op, n.inLayout(input, perm),
             {n.attr("axes", placesOf(perm, axes)), n.flag("keepdims", keep)}),
      keep ? perm : withoutAxes(perm, axes));
}

void quench::importer::importArgMax(NodeImporter &n) {
  Tensor &input = *n.input(0);
  const int64_t axis =
      n.node.normalizeAxis(n.node.intAttr("axis", 0), input.rank());
  const bool keep = n.node.boolAttr("keepdims", true);
  const bool last = n.node.boolAttr("select_last_index", false);
  if (n.rejected())
    return;
  const Perm perm = layoutOf(input);
  n.result(0,
           n.emit<nn::ArgMaxOp>(n.inLayout(input, perm),
                                {n.attr("axis", inversePerm(perm)[axis]),
                                 n.flag("keepdims", keep),
                                 n.flag("select_last", last)}),
           keep ? perm : withoutAxes(perm, axis), DType::I64);
}

void quench::importer::importSoftmax(NodeImporter &n) {
  Tensor &input = *n.input(0);
  const bool flattens = n.node.opset() < 13;
  const int64_t axis = n.node.normalizeAxis(
      n.node.intAttr("axis", flattens ? 1 : -1), input.rank());
  if (n.rejected())
    return;
  const DimsRef shape = input.shape;
  const int64_t behind = *elementCount(shape.drop_front(axis + 1));
  if (!flattens || behind == 1) {
    const Perm perm = layoutOf(input);
    return unary(n, nn::SoftmaxOp::getOperationName(), input,
                 n.attr("axis", inversePerm(perm)[axis]));
  }
  // Before opset 13 all axes from `axis` on share one sum.
  const Perm order = identityPerm(input.rank());
  Value flat =
      n.reshape(n.inLayout(input, order),
                {*elementCount(shape.take_front(axis)), shape[axis] * behind});
  if (!flat)
    return;
  Value y =
      n.emit<nn::SoftmaxOp>(flat, n.attr("axis", int64_t(1)), flat.getType());
  n.result(0, n.reshape(y, shape), order);
}
