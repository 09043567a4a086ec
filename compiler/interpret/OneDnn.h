// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Float convolutions and matrix products by oneDNN, made once and run often.
// The C interface, because the C++ one reports errors by exceptions.

#ifndef QUENCH_COMPILER_INTERPRET_ONEDNN_H
#define QUENCH_COMPILER_INTERPRET_ONEDNN_H

#include "compiler/interpret/Kernel.h"

#include "llvm/Support/Error.h"

#include <memory>

namespace quench::interpret {

/// A convolution of [batch, in, inC] with [outC, kernel, inC / groups], sizes
/// as [h, w]; the adjoint with `transposed`. `pads` is [top, left, bottom,
/// right].
struct Convolution {
  int64_t batch = 1, inC = 1, outC = 1, groups = 1;
  int64_t in[2] = {1, 1}, out[2] = {1, 1}, kernel[2] = {1, 1};
  int64_t strides[2] = {1, 1}, dilations[2] = {1, 1};
  int64_t pads[4] = {0, 0, 0, 0};
  bool transposed = false;
  bool hasBias = false;

  /// Terms summed into one output element, and elements of the filter.
  int64_t depth() const { return kernel[0] * kernel[1] * inC / groups; }
  int64_t filterSize() const { return outC * depth(); }
};

/// y[batch..., m, n] = sum over k of a * b + bias[n]. Shapes have equal rank;
/// axes of size 1 broadcast. Strides in elements, so that b may be transposed.
struct Product {
  Sizes a, b, y;
  Sizes bStrides;
  bool hasBias = false;
};

/// One oneDNN primitive. Direct algorithms only, so that sums of integers below
/// 2^24 are exact: Winograd would compute with fractions.
class MatrixKernel {
public:
  /// With `filter` (OHWI) the weights are packed here and `run` ignores its
  /// own; `bias` likewise. The arrays are not needed afterwards.
  static llvm::Expected<MatrixKernel> create(const Convolution &sizes,
                                             const float *filter);
  static llvm::Expected<MatrixKernel> create(const Product &sizes,
                                             const float *b);

  /// `bias` is null if the sizes say so. In the calling thread alone, so that
  /// the bits do not depend on how many there are; thread-safe.
  void run(const float *x, const float *filter, const float *bias,
           float *y) const;

  MatrixKernel(MatrixKernel &&);
  MatrixKernel &operator=(MatrixKernel &&);
  ~MatrixKernel();

private:
  struct State;
  explicit MatrixKernel(std::unique_ptr<State> state);
  static llvm::Expected<MatrixKernel> finish(std::unique_ptr<State> state,
                                             const void *descriptor,
                                             const float *filter);
  std::unique_ptr<State> state;
};

/// C[m, n] = A[m, k] * B[k, n], or with B given as its transpose [n, k], or with
/// A given as [k, m]. Dense and row-major. Runs in the calling thread only.
enum class Transposed { None, A, B };
void multiply(Transposed transposed, int64_t m, int64_t n, int64_t k,
              const float *a, const float *b, float *c);

} // namespace quench::interpret

#endif // QUENCH_COMPILER_INTERPRET_ONEDNN_H
