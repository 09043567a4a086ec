// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reductions and indices.

#include "compiler/export/onnx/OpTable.h"

#include "dialects/nn/NN.h"

using namespace mlir;
using namespace quench;
using namespace quench::exporter;

namespace {

struct Reduction {
  const char *op;
  int64_t axesAsInput; // the first opset that has them so
};

} // namespace

static Reduction reductionOf(Operation *op) {
  if (isa<nn::ReduceMeanOp>(op))
    return {"ReduceMean", 18};
  if (isa<nn::ReduceMaxOp>(op))
    return {"ReduceMax", 18};
  return {"ReduceSum", 13};
}

/// The mean over height and width of channels first, which onnxruntime has in
/// integers.
static bool isGlobalAverage(Operation *op, DimsRef axes, DimsRef perm,
                            bool keepDims) {
  return isa<nn::ReduceMeanOp>(op) && keepDims && axes == DimsRef({1, 2}) &&
         perm == DimsRef(channelsFirstPerm(4));
}

void quench::exporter::exportReduce(GraphExporter &e, Operation *op) {
  Value input = op->getOperand(0);
  const DimsRef axes = op->getAttrOfType<DenseI64ArrayAttr>("axes");
  auto keep = op->getAttrOfType<BoolAttr>("keepdims");
  const bool keepDims = !keep || keep.getValue();
  const Perm perm = e.permOf(input);
  const std::string x = e.in(input, perm), name = e.nameOf(op);
  if (isGlobalAverage(op, axes, perm, keepDims))
    return e.result(op, e.writer.node("GlobalAveragePool", name, x), perm);
  const Reduction reduction = reductionOf(op);
  const Dims places = placesOf(perm, axes);
  SmallVector<std::string, 2> inputs = {x};
  SmallVector<Attr, 2> attrs = {
      {"keepdims", int64_t(keepDims)}
  };
  if (e.writer.opset() >= reduction.axesAsInput)
    inputs.push_back(e.writer.ints(name + ".axes", places));
  else
    attrs.push_back({"axes", DimsRef(places)});
  e.result(op, e.writer.node(reduction.op, name, inputs, attrs),
           keepDims ? perm : withoutAxes(perm, axes));
}

void quench::exporter::exportArgMax(GraphExporter &e, Operation *op) {
  auto argMax = cast<nn::ArgMaxOp>(op);
  const Perm perm = e.permOf(argMax.getInput());
  const int64_t axis = argMax.getAxis();
  e.result(op,
           e.writer.node(
               "ArgMax", e.nameOf(op), e.in(argMax.getInput(), perm),
               {
                   {"axis",              inversePerm(perm)[axis]        },
                   {"keepdims",          int64_t(argMax.getKeepdims())  },
                   {"select_last_index", int64_t(argMax.getSelectLast())}
  }),
           argMax.getKeepdims() ? perm : withoutAxes(perm, axis));
}
