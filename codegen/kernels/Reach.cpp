// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "codegen/kernels/Reach.h"

#include <cmath>

namespace quench::kernels {

namespace {

/// Largest difference of two codes.
double span(int bits) { return std::ldexp(1.0, bits) - 1; }

struct ProductBound {
  const Problem &problem;

  double operator()(const qrt_conv2d &) const { return problem.largestProduct; }
  double operator()(const qrt_add_nd &p) const {
    return (span(problem.codes.a) * std::abs(double(p.add.a_mul)) +
            span(problem.codes.b) * std::abs(double(p.add.b_mul))) *
           double(p.add.scale);
  }
  double operator()(const qrt_mul_nd &p) const {
    return span(problem.codes.a) * span(problem.codes.b) * double(p.mul);
  }
  double operator()(const qrt_pool2d &p) const {
    // A mean is no further away than its largest code.
    return problem.op == Op::MaxPool2D
               ? 0
               : span(problem.codes.a) * double(p.in_scale) /
                     double(p.out_scale) * 1.001;
  }
  double operator()(const qrt_rescale &p) const {
    return span(problem.codes.a) * double(p.mul);
  }
  // Ends of lines are int32, scaled by 2^-7 and less.
  template <typename Other>
  double operator()(const Other &) const {
    return 0;
  }
};

} // namespace

double productBound(const Problem &problem) {
  return std::visit(ProductBound{problem}, problem.params);
}

} // namespace quench::kernels
