// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Folders and canonicalizations of the `nn` ops: only data movement, so that no
// float value ever changes.

#include "dialects/nn/Elements.h"
#include "dialects/nn/Movement.h"
#include "dialects/nn/NN.h"

using namespace mlir;
using namespace quench::nn;

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

OpFoldResult ReshapeOp::fold(FoldAdaptor adaptor) {
  if (getInput().getType() == getType())
    return getInput();
  auto value = dyn_cast_or_null<ElementsAttr>(adaptor.getInput());
  if (!value)
    return {};
  Attribute reshaped;
  withBytes(value, [&](ArrayRef<char> bytes) {
    reshaped = makeElementsFromBytes(cast<RankedTensorType>(getType()), bytes,
                                     "reshaped");
  });
  return reshaped;
}

OpFoldResult TransposeOp::fold(FoldAdaptor) {
  return isIdentity(getPerm()) ? OpFoldResult(getInput()) : OpFoldResult();
}

void ReshapeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                            MLIRContext *context) {
  patterns.add<MergeReshapes<ReshapeOp>>(context);
}

void TransposeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *context) {
  patterns.add<MergeTransposes<TransposeOp>,
               TransposeToReshape<TransposeOp, ReshapeOp>>(context);
}
