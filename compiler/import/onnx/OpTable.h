// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which ONNX ops are imported and how: one row an op.

#ifndef QUENCH_COMPILER_IMPORT_ONNX_OPTABLE_H
#define QUENCH_COMPILER_IMPORT_ONNX_OPTABLE_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>

namespace quench::importer {

class NodeImporter;

using Handler = void (*)(NodeImporter &);

struct OpRow {
  const char *name;
  int64_t since; // first opset that has the op
  unsigned minInputs, maxInputs;
  Handler import;
  /// The op moves elements or picks among them, so it means the same on the
  /// codes between QuantizeLinear and DequantizeLinear.
  bool onCodes = false;
};

/// Null if the op is unknown.
const OpRow *findOp(llvm::StringRef opType);

/// What to do instead of an op that is not supported; may be empty.
llvm::StringRef workaroundFor(llvm::StringRef opType);

// The handlers, by file.
void importConv(NodeImporter &);
void importConvTranspose(NodeImporter &);
void importGemm(NodeImporter &);
void importMatMul(NodeImporter &);

void importUnary(NodeImporter &);
void importClip(NodeImporter &);
void importLeakyRelu(NodeImporter &);
void importHardSigmoid(NodeImporter &);
void importGelu(NodeImporter &);
void importPRelu(NodeImporter &);
void importPow(NodeImporter &);
void importNeg(NodeImporter &);
void importBinary(NodeImporter &);
void importMinMax(NodeImporter &);
void importSum(NodeImporter &);

void importMaxPool(NodeImporter &);
void importAveragePool(NodeImporter &);
void importGlobalPool(NodeImporter &);

void importReduce(NodeImporter &);
void importArgMax(NodeImporter &);
void importSoftmax(NodeImporter &);

void importBatchNormalization(NodeImporter &);
void importLayerNormalization(NodeImporter &);
/// Div of (x - mean) by sqrt(variance + epsilon), as exporters write layer
/// normalization before opset 17; its scale and bias are the Mul and Add behind.
/// False, and nothing done, where the operands are anything else.
bool importSpelledLayerNorm(NodeImporter &);

void importIdentity(NodeImporter &);
void importDropout(NodeImporter &);
void importCast(NodeImporter &);
void importShape(NodeImporter &);
void importSize(NodeImporter &);
void importReshape(NodeImporter &);
void importTranspose(NodeImporter &);
void importConcat(NodeImporter &);
void importSlice(NodeImporter &);
void importSplit(NodeImporter &);
void importGather(NodeImporter &);
void importExpand(NodeImporter &);
void importPad(NodeImporter &);
void importResize(NodeImporter &);
void importUpsample(NodeImporter &);

void importQuantizeLinear(NodeImporter &);
void importDequantizeLinear(NodeImporter &);

} // namespace quench::importer

#endif // QUENCH_COMPILER_IMPORT_ONNX_OPTABLE_H
