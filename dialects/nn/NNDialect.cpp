// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Registration of the `nn` dialect.

#include "dialects/nn/NN.h"

#include "dialects/nn/NNDialect.cpp.inc"

void quench::nn::NNDialect::initialize() { registerNNDialectOperations(this); }

mlir::Operation *quench::nn::NNDialect::materializeConstant(
    mlir::OpBuilder &builder, mlir::Attribute value, mlir::Type type,
    mlir::Location loc) {
  auto elements = llvm::dyn_cast<mlir::ElementsAttr>(value);
  if (!elements || elements.getShapedType() != type)
    return nullptr;
  return ConstantOp::create(builder, loc, elements);
}
