// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// qf-fold-constants: fake quantized constants become codes.

#include "compiler/quantize/Constants.h"
#include "compiler/quantize/Passes.h"
#include "compiler/quantize/fakequant/Grid.h"
#include "dialects/nn/Elements.h"
#include "dialects/nn/NN.h"
#include "dialects/q/Types.h"
#include "dialects/qf/QF.h"

namespace quench::quantize {
#define GEN_PASS_DEF_FOLDCONSTANTS
#include "compiler/quantize/Passes.h.inc"
} // namespace quench::quantize

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

namespace {

/// Scales of a type and the number of elements that share one in a row.
struct Scales {
  std::vector<float> values;
  int64_t inner = 1;
};

Scales scalesOf(RankedTensorType tensor, quant::QuantizedType type) {
  Scales scales;
  auto axis = dyn_cast<quant::UniformQuantizedPerAxisType>(type);
  if (!axis) {
    scales.values.push_back(q::scaleOf(type, 0));
    return scales;
  }
  for (double scale : axis.getScales())
    scales.values.push_back(static_cast<float>(scale));
  for (int64_t i = axis.getQuantizedDimension() + 1; i < tensor.getRank(); ++i)
    scales.inner *= tensor.getDimSize(i);
  return scales;
}

template <typename T>
ElementsAttr codesOf(RankedTensorType tensor, quant::QuantizedType type,
                     ArrayRef<float> values) {
  const Scales scales = scalesOf(tensor, type);
  const std::vector<T> codes = quantize::quantize<T>(
      values, scales.values, scales.inner, q::zeroOf(type),
      type.getStorageTypeMin(), type.getStorageTypeMax());
  auto storage = cast<RankedTensorType>(tensor.clone(q::storageType(type)));
  return nn::makeElements<T>(storage, codes, "codes");
}

struct FoldConstants : quantize::impl::FoldConstantsBase<FoldConstants> {
  void runOnOperation() override {
    SmallVector<qf::FakeQuantOp> ops;
    getOperation().walk([&](qf::FakeQuantOp op) {
      if (isConstant(op.getInput()))
        ops.push_back(op);
    });
    for (qf::FakeQuantOp op : ops)
      fold(op);
  }

  void fold(qf::FakeQuantOp op) {
    auto constant = op.getInput().getDefiningOp<nn::ConstantOp>();
    auto tensor = cast<RankedTensorType>(op.getType());
    auto type = cast<quant::QuantizedType>(op.getQtype());
    const std::vector<float> values = *constantValues(op.getInput());
    const unsigned bits = type.getStorageTypeIntegralWidth();
    ElementsAttr codes = bits == 8    ? codesOf<int8_t>(tensor, type, values)
                         : bits == 16 ? codesOf<int16_t>(tensor, type, values)
                                      : codesOf<int32_t>(tensor, type, values);
    OpBuilder builder(op);
    auto folded = qf::ConstantOp::create(builder, op.getLoc(), tensor, codes,
                                         op.getQtypeAttr());
    op.replaceAllUsesWith(folded.getOutput());
    op.erase();
    if (constant->use_empty())
      constant.erase();
    ++numFolded;
  }
};

} // namespace
