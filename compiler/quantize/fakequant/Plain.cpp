// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `plain`: scale and zero point come from a range and stay.

#include "compiler/quantize/fakequant/FakeQuantizers.h"

using namespace quench::quantize;

FakeQuantParams
quench::quantize::initFromRange(const FakeQuantStatistics &statistics,
                                const FakeQuantOptions &options) {
  const Grid grid = schemeGrid(statistics.range, options.scheme);
  return {grid.scale, static_cast<double>(grid.zero)};
}

Grid quench::quantize::gridOfScale(const FakeQuantParams &params,
                                   const FakeQuantOptions &options) {
  return makeGrid(params.scale, params.zero, options.scheme);
}

FakeQuantParams quench::quantize::gradientsOfPlain(const GridGradients &,
                                                   const Grid &, int64_t,
                                                   const FakeQuantOptions &) {
  return {};
}
