// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Folders and canonicalizations of the `q` ops. None changes a code.

#include "dialects/nn/Movement.h"
#include "dialects/q/Q.h"

using namespace mlir;
using namespace quench::q;

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getCodes(); }

/// Within one type, rne((x - z) * 1) + z is x.
OpFoldResult RequantizeOp::fold(FoldAdaptor) {
  return getInput().getType() == getType() ? OpFoldResult(getInput())
                                           : OpFoldResult();
}

OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  return getInput().getType() == getType() ? OpFoldResult(getInput())
                                           : OpFoldResult();
}

OpFoldResult TransposeOp::fold(FoldAdaptor) {
  return quench::nn::isIdentity(getPerm()) ? OpFoldResult(getInput())
                                           : OpFoldResult();
}

void ReshapeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                            MLIRContext *context) {
  patterns.add<quench::nn::MergeReshapes<ReshapeOp>>(context);
}

void TransposeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *context) {
  patterns.add<quench::nn::MergeTransposes<TransposeOp>,
               quench::nn::TransposeToReshape<TransposeOp, ReshapeOp>>(context);
}
