// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Fake-quantizers: what qf.fake_quant computes on floats, and the derivatives
// that training needs. They compute and record nothing. To add one: a source
// file with its functions and one row in FakeQuantRegistry.cpp.
//
// With v = x / scale + zero, q = clamp(rne(x / scale) + zero, min, max):
//
//   y       = (q - zero) * scale
//   dy/dx   = 1 inside, 0 outside      (straight through: rne has slope 1)
//   dy/ds   = rne(v) - v inside, min - zero or max - zero outside
//   dy/dz   = 0 inside, -scale outside
//
// Inside means: the code was not clamped, min <= rne(x / scale) + zero <= max.

#ifndef QUENCH_COMPILER_QUANTIZE_FAKEQUANT_FAKEQUANT_H
#define QUENCH_COMPILER_QUANTIZE_FAKEQUANT_FAKEQUANT_H

#include "compiler/quantize/fakequant/SchemeGrid.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <string>

namespace quench::quantize {

/// y[i] = the number of the grid that x[i] becomes, by qrt_quantize and
/// qrt_dequantize (spec A5, A6): bit for bit what is deployed. NaN gives 0.
/// \param y  as many as x; may be x itself.
void fakeQuantize(llvm::ArrayRef<float> x, const Grid &grid,
                  llvm::MutableArrayRef<float> y);

/// Derivatives of a loss, summed over a tensor in double, in order.
struct GridGradients {
  double scale = 0; ///< sum dy * dy/ds
  double zero = 0;  ///< sum dy * dy/dz
};

/// Goes back through fakeQuantize.
/// \param dy  derivatives of the loss by y, as many as x.
/// \param dx  receives those by x, as many as x, or is empty when not wanted;
///            may be dy itself.
GridGradients fakeQuantizeBackward(llvm::ArrayRef<float> x,
                                   llvm::ArrayRef<float> dy, const Grid &grid,
                                   llvm::MutableArrayRef<float> dx);

/// What training changes. Also the type of its gradients.
struct FakeQuantParams {
  double scale = 0; ///< the scale; of tqt its log2
  double zero = 0;  ///< the zero point, a real number that the grid rounds
};

struct FakeQuantOptions {
  Scheme scheme;
  /// tqt: the scale is 2^ceil(t), as in the paper; false leaves t as it is.
  bool powerOfTwo = true;
};

/// What initial parameters are made of.
struct FakeQuantStatistics {
  Range range;
  double meanMagnitude = 0; ///< mean of |x|; lsq starts from it
};

/// Of finite values, at least one, with their min_max range.
FakeQuantStatistics statisticsOf(llvm::ArrayRef<float> values);

/// One row of the registry.
struct FakeQuantRow {
  llvm::StringRef name;
  llvm::StringRef summary;
  bool trainsScale;
  bool trainsZero;

  FakeQuantParams (*init)(const FakeQuantStatistics &,
                          const FakeQuantOptions &);

  /// The grid of the parameters, for fakeQuantize and for the deployed type.
  /// Whatever training made of them: the scale is a positive normal float, the
  /// zero point one of the codes, and 0 where the scheme is symmetric.
  Grid (*grid)(const FakeQuantParams &, const FakeQuantOptions &);

  /// From gradients of the grid to those of the parameters; 0 for what is not
  /// trained. `count` is the number of elements that share them.
  FakeQuantParams (*gradients)(const GridGradients &, const Grid &,
                               int64_t count, const FakeQuantOptions &);
};

/// All rows.
llvm::ArrayRef<FakeQuantRow> fakeQuantizers();

/// The row of this name, or null.
const FakeQuantRow *findFakeQuantizer(llvm::StringRef name);

/// "plain, tqt, ...": the names, for error messages.
std::string fakeQuantizerNames();

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_FAKEQUANT_FAKEQUANT_H
