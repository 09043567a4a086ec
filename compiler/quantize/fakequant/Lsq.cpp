// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `lsq`: S. K. Esser et al., Learned Step Size Quantization, ICLR 2020. The
// scale is trained, from 2 * mean |x| / sqrt(p), with gradients times
//
//   g = 1 / sqrt(N * p)      N elements, p the largest code
//
// The codes of an asymmetric scheme are the unsigned ones of the paper, moved:
// p = 2^b - 1; of a symmetric one p = 2^(b-1) - 1. The paper clamps before it
// rounds; that differs only less than half a step outside, where the rounded
// code is the last one: we take the value as inside, as torch does.
//
// `lsq_plus`: Y. Bhalgat et al., LSQ+, CVPR Workshops 2020. Trains the zero
// point too, here in codes and rounded, so that 0 stays a code; starts from a
// range, in the paper that of the smallest squared error (observer mse). The
// same g.

#include "compiler/quantize/fakequant/FakeQuantizers.h"

#include <cmath>

using namespace quench::quantize;

static double largestCode(const Scheme &scheme) {
  return scheme.symmetry == Symmetry::Asymmetric
             ? static_cast<double>(scheme.max() - scheme.min())
             : static_cast<double>(scheme.max());
}

static double gradientScale(int64_t count, const FakeQuantOptions &options) {
  return 1 /
         std::sqrt(static_cast<double>(count) * largestCode(options.scheme));
}

FakeQuantParams quench::quantize::initLsq(const FakeQuantStatistics &statistics,
                                          const FakeQuantOptions &options) {
  const Grid grid = schemeGrid(statistics.range, options.scheme);
  if (statistics.meanMagnitude <= 0)
    return {grid.scale, static_cast<double>(grid.zero)};
  return {2 * statistics.meanMagnitude / std::sqrt(largestCode(options.scheme)),
          static_cast<double>(grid.zero)};
}

FakeQuantParams
quench::quantize::gradientsOfLsq(const GridGradients &gradients, const Grid &,
                                 int64_t count,
                                 const FakeQuantOptions &options) {
  return {gradients.scale * gradientScale(count, options), 0};
}

FakeQuantParams
quench::quantize::gradientsOfLsqPlus(const GridGradients &gradients,
                                     const Grid &, int64_t count,
                                     const FakeQuantOptions &options) {
  const double g = gradientScale(count, options);
  return {gradients.scale * g, options.scheme.symmetry == Symmetry::Asymmetric
                                   ? gradients.zero * g
                                   : 0};
}
