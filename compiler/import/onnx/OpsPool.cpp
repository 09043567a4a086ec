// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// MaxPool, AveragePool and the global pools.

#include "compiler/import/onnx/OpTable.h"
#include "compiler/import/onnx/Windows.h"

using namespace mlir;
using namespace quench;
using namespace quench::importer;

/// Attributes both pools have.
static SmallVector<NamedAttribute> poolAttrs(NodeImporter &n,
                                             const Windows &w) {
  return {n.attr("kernel", w.kernel), n.attr("strides", w.strides),
          n.attr("pads", w.pads), n.attr("dilations", w.dilations),
          n.flag("ceil_mode", n.node.boolAttr("ceil_mode", false))};
}

void quench::importer::importMaxPool(NodeImporter &n) {
  Tensor &input = *n.input(0);
  n.node.ignoreAttr("storage_order"); // of the indices only
  n.expectUnused(1, "indices");
  std::optional<Windows> w = readWindows(n, input.shape, {});
  if (!w)
    return;
  Value value = windowInput(n, input);
  windowResult(n, n.emit<nn::MaxPool2DOp>(value, poolAttrs(n, *w)), input);
}

void quench::importer::importAveragePool(NodeImporter &n) {
  Tensor &input = *n.input(0);
  std::optional<Windows> w = readWindows(n, input.shape, {});
  if (!w)
    return;
  SmallVector<NamedAttribute> attrs = poolAttrs(n, *w);
  attrs.push_back(
      n.flag("count_include_pad", n.node.boolAttr("count_include_pad", false)));
  Value value = windowInput(n, input);
  windowResult(n, n.emit<nn::AvgPool2DOp>(value, attrs), input);
}

void quench::importer::importGlobalPool(NodeImporter &n) {
  Tensor &input = *n.input(0);
  if (input.rank() < 3)
    return n.reject("expects an input of rank 3 or more, but it has shape " +
                    toString(input.shape));
  const Perm perm = channelsLastPerm(input.rank());
  Dims axes;
  for (int64_t axis = 1; axis + 1 < input.rank(); ++axis)
    axes.push_back(axis);
  StringRef op = n.node.opType() == "GlobalMaxPool"
                     ? nn::ReduceMaxOp::getOperationName()
                     : nn::ReduceMeanOp::getOperationName();
  n.result(0,
           n.emit(op, n.inLayout(input, perm),
                  {n.attr("axes", axes), n.flag("keepdims", true)}),
           perm);
}
