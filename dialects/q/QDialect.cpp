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
