// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Registration of the `q` dialect.

#include "dialects/q/Q.h"

#include "dialects/q/QDialect.cpp.inc"

using namespace mlir;
using namespace quench::q;

void QDialect::initialize() {
  registerQDialectOperations(this);
  addInterface(makeTypeAliases(this));
}

Operation *QDialect::materializeConstant(OpBuilder &builder, Attribute value,
                                         Type type, Location loc) {
  auto codes = dyn_cast<ElementsAttr>(value);
  if (!codes || !quantizedElement(type))
    return nullptr;
  return ConstantOp::create(builder, loc, type, codes);
}

ParseResult quench::q::parseBiasAndResidual(
    OpAsmParser &parser, std::optional<OpAsmParser::UnresolvedOperand> &bias,
    std::optional<OpAsmParser::UnresolvedOperand> &residual) {
  while (succeeded(parser.parseOptionalComma())) {
    StringRef keyword;
    if (parser.parseKeyword(&keyword))
      return failure();
    const bool known = keyword == "bias" || keyword == "residual";
    auto &operand = keyword == "bias" ? bias : residual;
    // A bias after the residual is refused too: there is one way to write it.
    if (!known || operand || (keyword == "bias" && residual))
      return parser.emitError(parser.getCurrentLocation(),
                              "expected bias, then residual, each at most "
                              "once, but found ")
             << keyword;
    if (parser.parseOperand(operand.emplace()))
      return failure();
  }
  return success();
}

void quench::q::printBiasAndResidual(OpAsmPrinter &printer, Operation *,
                                     Value bias, Value residual) {
  if (bias)
    printer << ", bias " << bias;
  if (residual)
    printer << ", residual " << residual;
}
