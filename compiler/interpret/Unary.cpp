// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Unary functions in double, one row per nn op, and tables of codes.

#include "compiler/interpret/Unary.h"

#include "dialects/nn/NN.h"

#include "llvm/ADT/StringMap.h"

#include <algorithm>
#include <cmath>

using namespace mlir;

// A fused multiply-add would make tables differ between hosts.
#pragma STDC FP_CONTRACT OFF

namespace quench::interpret {
namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

double clamp(double x, double low, double high) {
  return std::min(std::max(x, low), high);
}

double gelu(double x) { return x * 0.5 * (1 + std::erf(x * M_SQRT1_2)); }

double geluTanh(double x) {
  const double rootOfTwoOverPi = 0.79788456080286535588;
  return x * 0.5 *
         (1 + std::tanh(rootOfTwoOverPi * (x + 0.044715 * x * x * x)));
}

double silu(double x) { return x / (1 + std::exp(-x)); }

double hardSwish(double x) { return x * clamp(x / 6 + 0.5, 0, 1); }

using Make = UnaryFunction (*)(Operation *);

/// A function without attributes.
template <double (*function)(double)>
UnaryFunction plain(Operation *) {
  return function;
}
double relu(double x) { return std::max(x, 0.0); }
double absolute(double x) { return std::fabs(x); }
double exponential(double x) { return std::exp(x); }
double squareRoot(double x) { return std::sqrt(x); }
double errorFunction(double x) { return std::erf(x); }
double hyperbolicTangent(double x) { return std::tanh(x); }

UnaryFunction makeClip(Operation *op) {
  const double low = cast<nn::ClipOp>(op).getMin().convertToFloat();
  const double high = cast<nn::ClipOp>(op).getMax().convertToFloat();
  return [=](double x) { return clamp(x, low, high); };
}

UnaryFunction makeLeakyRelu(Operation *op) {
  return preluFunction(cast<nn::LeakyReluOp>(op).getAlpha().convertToFloat());
}

UnaryFunction makeHardSigmoid(Operation *op) {
  auto hard = cast<nn::HardSigmoidOp>(op);
  const double alpha = hard.getAlpha().convertToFloat();
  const double beta = hard.getBeta().convertToFloat();
  return [=](double x) { return clamp(alpha * x + beta, 0, 1); };
}

UnaryFunction makeGelu(Operation *op) {
  return cast<nn::GeluOp>(op).getApproximate() ? geluTanh : gelu;
}

const llvm::StringMap<Make> &rows() {
  static const llvm::StringMap<Make> table = {
      {nn::ReluOp::getOperationName(),        plain<relu>             },
      {nn::ClipOp::getOperationName(),        makeClip                },
      {nn::LeakyReluOp::getOperationName(),   makeLeakyRelu           },
      {nn::SigmoidOp::getOperationName(),     plain<sigmoid>          },
      {nn::TanhOp::getOperationName(),        plain<hyperbolicTangent>},
      {nn::HardSigmoidOp::getOperationName(), makeHardSigmoid         },
      {nn::HardSwishOp::getOperationName(),   plain<hardSwish>        },
      {nn::SiluOp::getOperationName(),        plain<silu>             },
      {nn::GeluOp::getOperationName(),        makeGelu                },
      {nn::ErfOp::getOperationName(),         plain<errorFunction>    },
      {nn::ExpOp::getOperationName(),         plain<exponential>      },
      {nn::SqrtOp::getOperationName(),        plain<squareRoot>       },
      {nn::AbsOp::getOperationName(),         plain<absolute>         },
  };
  return table;
}

} // namespace

UnaryFunction unaryFunction(Operation *op) {
  Make make = rows().lookup(op->getName().getStringRef());
  return make ? make(op) : nullptr;
}

UnaryFunction preluFunction(float slope) {
  return [=](double x) { return x < 0 ? double(slope) * x : x; };
}

int32_t unaryCode(const UnaryFunction &function, int32_t code,
                  const CodeRange &in, const CodeRange &out) {
  const double x = double(code - in.zero) * double(in.scale);
  double p = function(x) / double(out.scale);
  if (std::isnan(p))
    p = 0;
  // Clamped first: the bounds are integers, and the sum stays in range.
  p = clamp(p, out.min - out.zero, out.max - out.zero);
  return int32_t(std::nearbyint(p)) + out.zero;
}

template <typename Code>
std::vector<Code> unaryTable(const UnaryFunction &function, const CodeRange &in,
                             const CodeRange &out) {
  std::vector<Code> table(256);
  for (int32_t code = -128; code < 128; ++code)
    table[code + 128] =
        Code(unaryCode(function, std::clamp(code, in.min, in.max), in, out));
  return table;
}
template std::vector<int8_t> unaryTable(const UnaryFunction &,
                                        const CodeRange &, const CodeRange &);
template std::vector<int16_t> unaryTable(const UnaryFunction &,
                                         const CodeRange &, const CodeRange &);

std::vector<int32_t> interpolationTable(const UnaryFunction &function,
                                        const CodeRange &in,
                                        const CodeRange &out, int shift) {
  constexpr double limit = 8388608; // 2^23
  std::vector<int32_t> table;
  for (int32_t i = -256; i <= 256; ++i) {
    const double x = std::ldexp(double(i), shift) * double(in.scale);
    const double p = 128 * (function(x) / double(out.scale));
    table.push_back(
        std::isnan(p) ? 0 : int32_t(std::nearbyint(clamp(p, -limit, limit))));
  }
  return table;
}

} // namespace quench::interpret
