// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The unary functions in double, and the table of codes made of one. The only
// place: the conversion to q.lut and the executors take them from here.

#ifndef QUENCH_COMPILER_INTERPRET_UNARY_H
#define QUENCH_COMPILER_INTERPRET_UNARY_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace quench::interpret {

using UnaryFunction = std::function<double(double)>;

/// The function of an elementwise nn op with one operand (relu, clip, sigmoid,
/// gelu, ...), attributes bound; null for any other op. nn.prelu is not among
/// them, because its slope is an operand: see preluFunction.
UnaryFunction unaryFunction(mlir::Operation *op);

/// x < 0 ? slope * x : x.
UnaryFunction preluFunction(float slope);

/// Affine parameters of a table's two sides: value = (code - zero) * scale.
struct CodeRange {
  float scale;
  int32_t zero;
  int32_t min, max; // of the codes
};

/// The code of f at one input code (spec Q-LUT), all in double:
///   clamp(rne(f((code - in.zero) * in.scale) / out.scale) + out.zero)
/// NaN gives the code of 0.
int32_t unaryCode(const UnaryFunction &function, int32_t code,
                  const CodeRange &in, const CodeRange &out);

/// table[code + 128] for all 256 codes; entries outside in.min..in.max are
/// those of the nearest code inside.
template <typename Code = int8_t>
std::vector<Code> unaryTable(const UnaryFunction &function, const CodeRange &in,
                             const CodeRange &out);

/// What is interpolated for 16-bit codes (spec Q-LUT16): 513 entries, one every
/// 2^shift codes from -(256 << shift), each
///   rne(128 * f(code * in.scale) / out.scale), within 2^23 in magnitude.
/// NaN gives 0. Codes outside in.min..in.max are evaluated as they are: a line
/// to the last entry runs through the codes inside.
std::vector<int32_t> interpolationTable(const UnaryFunction &function,
                                        const CodeRange &in,
                                        const CodeRange &out, int shift);

} // namespace quench::interpret

#endif // QUENCH_COMPILER_INTERPRET_UNARY_H
