// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Registration of the `q` dialect.

#include "dialects/q/Q.h"

#include "dialects/q/QDialect.cpp.inc"

using namespace mlir;
using namespace quench::q;

namespace {

/// Prints long per-axis types once, at the top of the file, instead of at every
/// use: 512 channels are 10 kB of scales.
struct TypeAliases : OpAsmDialectInterface {
  using OpAsmDialectInterface::OpAsmDialectInterface;
  AliasResult getAlias(Type type, raw_ostream &os) const override {
    if (!isa<quant::UniformQuantizedPerAxisType>(type))
      return AliasResult::NoAlias;
    os << "per_channel";
    return AliasResult::OverridableAlias;
  }
};

} // namespace

void QDialect::initialize() {
  registerQDialectOperations(this);
  addInterfaces<TypeAliases>();
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
