// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The attribute with statistics of channels:
//   quench.statistics = {deviation = array<f32: ...>, mean = array<f32: ...>}

#include "compiler/quantize/Statistics.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

#include <cmath>

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

static constexpr StringLiteral meanKey = "mean", deviationKey = "deviation";

std::optional<ChannelStatistics> quantize::statisticsOf(Operation *op) {
  if (!op || op->getNumResults() != 1)
    return std::nullopt;
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  auto both = op->getAttrOfType<DictionaryAttr>(statisticsAttr);
  if (!type || type.getRank() == 0 || !both)
    return std::nullopt;
  auto mean = both.getAs<DenseF32ArrayAttr>(meanKey);
  auto deviation = both.getAs<DenseF32ArrayAttr>(deviationKey);
  const int64_t channels = type.getShape().back();
  if (!mean || !deviation || mean.size() != channels ||
      deviation.size() != channels ||
      !llvm::all_of(mean.asArrayRef(),
                    [](float x) { return std::isfinite(x); }) ||
      !llvm::all_of(deviation.asArrayRef(),
                    [](float x) { return std::isfinite(x) && x >= 0; }))
    return std::nullopt;
  return ChannelStatistics{mean.asArrayRef().vec(),
                           deviation.asArrayRef().vec()};
}

void quantize::setStatistics(Operation *op,
                             const ChannelStatistics &statistics) {
  Builder builder(op->getContext());
  op->setAttr(
      statisticsAttr,
      builder.getDictionaryAttr(
          {builder.getNamedAttr(meanKey,
                                builder.getDenseF32ArrayAttr(statistics.mean)),
           builder.getNamedAttr(deviationKey, builder.getDenseF32ArrayAttr(
                                                  statistics.deviation))}));
}

ChannelStatistics quantize::mapped(ChannelStatistics statistics,
                                   const Affine &map) {
  for (int64_t c = 0; c < statistics.channels(); ++c) {
    statistics.mean[c] = static_cast<float>(
        map.scaleAt(c) * statistics.mean[c] + map.shiftAt(c));
    statistics.deviation[c] =
        static_cast<float>(std::fabs(map.scaleAt(c)) * statistics.deviation[c]);
  }
  return statistics;
}
