// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Convolutions and pools: channels first, filters [OC, IC, KH, KW].

#include "compiler/export/onnx/OpTable.h"

#include "dialects/nn/NN.h"
#include "dialects/q/Types.h"

using namespace mlir;
using namespace quench;
using namespace quench::exporter;

void quench::exporter::exportConv(GraphExporter &e, Operation *op) {
  auto conv = cast<nn::Conv2DOp>(op);
  const Perm perm = channelsFirstPerm(4);
  SmallVector<std::string, 3> inputs = {e.in(conv.getInput(), perm),
                                        e.filter(conv.getFilter(), perm)};
  if (conv.getBias())
    inputs.push_back(e.filter(conv.getBias(), identityPerm(1)));
  const DimsRef kernel = shapeOf(conv.getFilter()).slice(1, 2);
  const int64_t groups = conv.getGroups();
  e.result(op,
           e.writer.node("Conv", e.nameOf(op), inputs,
                         {
                             {"dilations",    conv.getDilations()},
                             {"group",        groups             },
                             {"kernel_shape", kernel             },
                             {"pads",         conv.getPads()     },
                             {"strides",      conv.getStrides()  }
  }),
           perm);
}

/// [g * OC/g, KH, KW, IC/g] as ONNX has it: [g * IC/g, OC/g, KH, KW].
static Arrangement transposedFilter(DimsRef shape, int64_t groups) {
  const int64_t out = shape[0] / groups, in = shape[3];
  return {
      {groups, out, shape[1], shape[2], in},
      {0, 4, 1, 2, 3},
      {groups * in, out, shape[1], shape[2]},
      /*axis=*/
      1
  };
}

/// ONNX has scales for the OC/g channels of one group: all must have the same.
static bool groupsAgree(Grid grid, int64_t groups) {
  auto axis = dyn_cast_if_present<quant::UniformQuantizedPerAxisType>(grid);
  if (!axis)
    return true;
  const ArrayRef<double> scales = axis.getScales();
  const size_t size = scales.size() / groups;
  for (size_t i = size; i < scales.size(); ++i)
    if (scales[i] != scales[i % size])
      return false;
  return true;
}

void quench::exporter::exportConvTranspose(GraphExporter &e, Operation *op) {
  auto conv = cast<nn::ConvTranspose2DOp>(op);
  const Perm perm = channelsFirstPerm(4);
  const int64_t groups = conv.getGroups();
  if (!conv.getFilter().getDefiningOp())
    return e.reject(op, "its filter is not constant");
  if (!groupsAgree(e.gridOf(conv.getFilter()), groups))
    return e.reject(op, "groups with different filter scales; ONNX has one "
                        "scale per channel of a group: use --per-tensor");
  const DimsRef shape = shapeOf(conv.getFilter());
  SmallVector<std::string, 3> inputs = {
      e.in(conv.getInput(), perm),
      e.constant(conv.getFilter(), transposedFilter(shape, groups))};
  if (conv.getBias())
    inputs.push_back(e.filter(conv.getBias(), identityPerm(1)));
  e.result(op,
           e.writer.node("ConvTranspose", e.nameOf(op), inputs,
                         {
                             {"dilations", conv.getDilations()},
                             {"group", groups},
                             {"kernel_shape", shape.slice(1, 2)},
                             {"output_padding", conv.getOutputPads()},
                             {"pads", conv.getPads()},
                             {"strides", conv.getStrides()}
  }),
           perm);
}

template <typename Pool>
static SmallVector<Attr> poolAttrs(Pool pool) {
  SmallVector<Attr> attrs = {
      {"ceil_mode",    int64_t(pool.getCeilMode())},
      {"kernel_shape", pool.getKernel()           },
      {"pads",         pool.getPads()             },
      {"strides",      pool.getStrides()          }
  };
  // AveragePool has them since opset 19 only.
  if (llvm::any_of(pool.getDilations(), [](int64_t d) { return d != 1; }))
    attrs.push_back({"dilations", pool.getDilations()});
  return attrs;
}

void quench::exporter::exportPool(GraphExporter &e, Operation *op) {
  const Perm perm = channelsFirstPerm(4);
  SmallVector<Attr> attrs;
  if (auto pool = dyn_cast<nn::AvgPool2DOp>(op)) {
    attrs = poolAttrs(pool);
    attrs.push_back({"count_include_pad", int64_t(pool.getCountIncludePad())});
  } else {
    attrs = poolAttrs(cast<nn::MaxPool2DOp>(op));
  }
  const char *name = isa<nn::AvgPool2DOp>(op) ? "AveragePool" : "MaxPool";
  e.result(
      op,
      e.writer.node(name, e.nameOf(op), e.in(op->getOperand(0), perm), attrs),
      perm);
}
