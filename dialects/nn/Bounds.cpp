// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Text of clamp bounds: floats, `inf` and `-inf`.

#include "dialects/nn/NN.h"

#include <cmath>
#include <limits>

using namespace mlir;

static ParseResult parseBound(OpAsmParser &parser, float &bound) {
  const bool negative = succeeded(parser.parseOptionalMinus());
  double value = std::numeric_limits<double>::infinity();
  if (failed(parser.parseOptionalKeyword("inf")) && parser.parseFloat(value))
    return failure();
  bound = static_cast<float>(negative ? -value : value);
  return success();
}

ParseResult quench::nn::parseBounds(OpAsmParser &parser,
                                    DenseF32ArrayAttr &bounds) {
  SmallVector<float> values;
  if (parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Square, [&] {
        return parseBound(parser, values.emplace_back());
      }))
    return failure();
  bounds = parser.getBuilder().getDenseF32ArrayAttr(values);
  return success();
}

void quench::nn::printBounds(OpAsmPrinter &printer, Operation *,
                             DenseF32ArrayAttr bounds) {
  printer << '[';
  llvm::interleaveComma(bounds.asArrayRef(), printer, [&](float bound) {
    if (std::isinf(bound))
      printer << (bound < 0 ? "-inf" : "inf");
    else
      printer.printFloat(APFloat(bound)); // all digits
  });
  printer << ']';
}
