// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Conv and ConvTranspose.

#include "compiler/import/onnx/OpTable.h"
#include "compiler/import/onnx/Windows.h"

using namespace mlir;
using namespace quench;
using namespace quench::importer;

/// Checks the filter [a, b, k...] of an input [N, C, ...]; its rank is that of
/// the input. Null after a rejection.
static Tensor *checkedFilter(NodeImporter &n) {
  Tensor *filter = n.input(1);
  if (filter->isActivation())
    n.reject("the filter must be a constant");
  else if (filter->rank() != n.input(0)->rank())
    n.reject("the filter of shape " + toString(filter->shape) +
             " does not fit the input of shape " + toString(n.input(0)->shape));
  else if (filter->host.size() == 0)
    n.reject("the filter is empty");
  return n.rejected() ? nullptr : filter;
}

/// [first, h, w, last] with height 1 for a 1-D kernel.
static Dims filterShape(int64_t first, DimsRef kernel, int64_t last) {
  Dims shape{first};
  if (kernel.size() == 1)
    shape.push_back(1);
  llvm::append_range(shape, kernel);
  shape.push_back(last);
  return shape;
}

void quench::importer::importConv(NodeImporter &n) {
  Tensor &input = *n.input(0);
  Tensor *filter = checkedFilter(n);
  if (!filter)
    return;
  const DimsRef kernel = DimsRef(filter->shape).drop_front(2);
  std::optional<Windows> w = readWindows(n, input.shape, kernel);
  const int64_t groups = n.node.intAttr("group", 1);
  if (!w)
    return;
  if (filter->quant && filter->quant->perChannel() && filter->quant->axis != 0)
    return n.reject("the filter is quantized along axis " +
                    Twine(filter->quant->axis) + ", but axis 0 is expected");
  // [OC, IC/g, k...] -> [OC, k..., IC/g]
  const int64_t channels = filter->shape[0];
  SmallVector<Value> operands = {
      windowInput(n, input),
      n.arrangedConstant(*filter, filter->shape,
                         channelsLastPerm(filter->rank()),
                         filterShape(channels, kernel, filter->shape[1]), 0)};
  if (Tensor *bias = n.input(2))
    operands.push_back(n.vectorConstant(*bias, channels, "the bias"));
  windowResult(
      n,
      n.emit<nn::Conv2DOp>(operands, {n.attr("strides", w->strides),
                                      n.attr("pads", w->pads),
                                      n.attr("dilations", w->dilations),
                                      n.attr("groups", groups)}),
      input);
}

void quench::importer::importConvTranspose(NodeImporter &n) {
  Tensor &input = *n.input(0);
  Tensor *filter = checkedFilter(n);
  if (!filter)
    return;
  const DimsRef kernel = DimsRef(filter->shape).drop_front(2);
  Dims outputPads;
  std::optional<Windows> w =
      readTransposedWindows(n, input.shape, kernel, outputPads);
  const int64_t groups = n.node.intAttr("group", 1);
  if (!w)
    return;
  const int64_t inChannels = filter->shape[0], groupOut = filter->shape[1];
  int64_t channels;
  if (groups < 1 || inChannels % groups != 0 ||
      __builtin_mul_overflow(groups, groupOut, &channels))
    return n.reject("group expects a divisor of " + Twine(inChannels) +
                    " channels, but is " + Twine(groups));

  Tensor grouped = *filter;
  if (filter->quant && filter->quant->perChannel()) {
    if (filter->quant->axis != 1)
      return n.reject("the filter is quantized along axis " +
                      Twine(filter->quant->axis) + ", but axis 1 is expected");
    // Each group has the same scales.
    for (int64_t group = 1; group < groups; ++group) {
      llvm::append_range(grouped.quant->scales, filter->quant->scales);
      llvm::append_range(grouped.quant->zeros, filter->quant->zeros);
    }
  }
  // [g, IC/g, OC/g, k...] -> [g, OC/g, k..., IC/g]
  Dims split{groups, inChannels / groups, groupOut};
  llvm::append_range(split, kernel);
  Perm perm = identityPerm(split.size());
  std::rotate(perm.begin() + 1, perm.begin() + 2, perm.end());
  SmallVector<Value> operands = {
      windowInput(n, input),
      n.arrangedConstant(grouped, split, perm,
                         filterShape(channels, kernel, inChannels / groups),
                         0)};
  if (Tensor *bias = n.input(2))
    operands.push_back(n.vectorConstant(*bias, channels, "the bias"));
  windowResult(n,
               n.emit<nn::ConvTranspose2DOp>(operands,
                                             {n.attr("strides", w->strides),
                                              n.attr("pads", w->pads),
                                              n.attr("dilations", w->dilations),
                                              n.attr("output_pads", outputPads),
                                              n.attr("groups", groups)}),
               input);
}
