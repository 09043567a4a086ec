// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `tqt`: S. R. Jain et al., Trained Quantization Thresholds, MLSys 2020. The
// parameter is t = log2 of the scale:
//
//   scale = 2^ceil(t)
//   dy/dt = scale * ln 2 * dy/ds       (straight through: ceil has slope 1)
//
// A scale that is a power of two needs a shift where others need a product. The
// paper's threshold is 2^(b-1) times the scale, so the gradient is the same.
// MegEngine's TQT leaves t as it is, scale = 2^t; powerOfTwo = false does so.

#include "compiler/quantize/fakequant/FakeQuantizers.h"

#include <cmath>

using namespace quench::quantize;

FakeQuantParams quench::quantize::initTqt(const FakeQuantStatistics &statistics,
                                          const FakeQuantOptions &options) {
  const Grid grid = schemeGrid(statistics.range, options.scheme);
  FakeQuantParams params{std::log2(static_cast<double>(grid.scale)),
                         static_cast<double>(grid.zero)};
  if (options.powerOfTwo && options.scheme.symmetry == Symmetry::Asymmetric) {
    // The larger scale reaches the lower end with fewer codes.
    const double min = static_cast<double>(grid.min);
    const double growth = std::exp2(params.scale - std::ceil(params.scale));
    params.zero = min - (min - params.zero) * growth;
  }
  return params;
}

Grid quench::quantize::gridOfTqt(const FakeQuantParams &params,
                                 const FakeQuantOptions &options) {
  const double t = options.powerOfTwo ? std::ceil(params.scale) : params.scale;
  return makeGrid(std::exp2(t), params.zero, options.scheme);
}

FakeQuantParams quench::quantize::gradientsOfTqt(const GridGradients &gradients,
                                                 const Grid &grid, int64_t,
                                                 const FakeQuantOptions &) {
  constexpr double ln2 = 0.693147180559945309417;
  return {gradients.scale * static_cast<double>(grid.scale) * ln2, 0};
}
