// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of ONNX ops, and what to do about those that are not in it.

#include "compiler/import/onnx/OpTable.h"

#include <climits>
#include <iterator>

using namespace quench::importer;

static constexpr unsigned many = UINT_MAX;

static constexpr OpRow rows[] = {
    // name, since, inputs, handler, also on codes
    {"Abs", 6, 1, 1, importUnary},
    {"Add", 7, 2, 2, importBinary},
    {"ArgMax", 1, 1, 1, importArgMax},
    {"AveragePool", 1, 1, 1, importAveragePool},
    {"BatchNormalization", 1, 5, 5, importBatchNormalization},
    {"Cast", 1, 1, 1, importCast},
    {"Clip", 1, 1, 3, importClip},
    {"Concat", 1, 1, many, importConcat, true},
    {"Conv", 1, 2, 3, importConv},
    {"ConvTranspose", 1, 2, 3, importConvTranspose},
    {"DequantizeLinear", 10, 2, 3, importDequantizeLinear, true},
    {"Div", 7, 2, 2, importBinary},
    {"Dropout", 1, 1, 3, importDropout},
    {"Erf", 9, 1, 1, importUnary},
    {"Exp", 1, 1, 1, importUnary},
    {"Expand", 8, 2, 2, importExpand, true},
    {"Flatten", 1, 1, 1, importReshape, true},
    {"Gather", 1, 2, 2, importGather, true},
    {"Gelu", 20, 1, 1, importGelu},
    {"Gemm", 1, 2, 3, importGemm},
    {"GlobalAveragePool", 1, 1, 1, importGlobalPool},
    {"GlobalMaxPool", 1, 1, 1, importGlobalPool, true},
    {"HardSigmoid", 1, 1, 1, importHardSigmoid},
    {"HardSwish", 14, 1, 1, importUnary},
    {"Identity", 1, 1, 1, importIdentity, true},
    {"LayerNormalization", 17, 2, 3, importLayerNormalization},
    {"LeakyRelu", 1, 1, 1, importLeakyRelu},
    {"MatMul", 1, 2, 2, importMatMul},
    {"Max", 1, 1, many, importMinMax},
    {"MaxPool", 1, 1, 1, importMaxPool, true},
    {"Min", 1, 1, many, importMinMax},
    {"Mul", 7, 2, 2, importBinary},
    {"Neg", 1, 1, 1, importNeg},
    {"PRelu", 7, 2, 2, importPRelu},
    {"Pad", 1, 1, 4, importPad},
    {"Pow", 7, 2, 2, importPow},
    {"QuantizeLinear", 10, 2, 3, importQuantizeLinear},
    {"ReduceMax", 1, 1, 2, importReduce},
    {"ReduceMean", 1, 1, 2, importReduce},
    {"ReduceSum", 1, 1, 2, importReduce},
    {"Relu", 1, 1, 1, importUnary},
    {"Reshape", 5, 2, 2, importReshape, true},
    {"Resize", 10, 1, 4, importResize},
    {"Shape", 1, 1, 1, importShape, true},
    {"Sigmoid", 1, 1, 1, importUnary},
    {"Size", 1, 1, 1, importSize, true},
    {"Slice", 1, 1, 5, importSlice, true},
    {"Softmax", 1, 1, 1, importSoftmax},
    {"Split", 2, 1, 2, importSplit, true},
    {"Sqrt", 1, 1, 1, importUnary},
    {"Squeeze", 1, 1, 2, importReshape, true},
    {"Sub", 7, 2, 2, importBinary},
    {"Sum", 6, 1, many, importSum},
    {"Tanh", 1, 1, 1, importUnary},
    {"Transpose", 1, 1, 1, importTranspose, true},
    {"Unsqueeze", 1, 1, 2, importReshape, true},
    {"Upsample", 7, 2, 2, importUpsample},
};

const OpRow *quench::importer::findOp(llvm::StringRef opType) {
  for (const OpRow &row : rows)
    if (opType == row.name)
      return &row;
  return nullptr;
}

struct Workaround {
  const char *op, *text;
};

static constexpr char batchNorm[] =
    "train with batch normalization, which folds into the convolution";
static constexpr char qdq[] = "export in QDQ format: QuantizeLinear and "
                              "DequantizeLinear around float ops";
static constexpr char recurrent[] =
    "recurrent nets are outside the scope; unroll them";
static constexpr char split[] = "write it as Reshape, Transpose, Reshape";
static constexpr char after[] = "end the model before it";

static constexpr Workaround workarounds[] = {
    {"ConvInteger",           qdq                                             },
    {"DepthToSpace",          split                                           },
    {"DynamicQuantizeLinear", "quantize statically, in QDQ format"            },
    {"Einsum",                "write it as MatMul"                            },
    {"Elu",                   "train with LeakyRelu or Relu"                  },
    {"GRU",                   recurrent                                       },
    {"GroupNormalization",    batchNorm                                       },
    {"If",                    "export the model with the branch that is taken"},
    {"InstanceNormalization", batchNorm                                       },
    {"LSTM",                  recurrent                                       },
    {"LogSoftmax",            "end the model at its logits, or use Softmax"   },
    {"Loop",                  "unroll the loop before exporting"              },
    {"MatMulInteger",         qdq                                             },
    {"Mish",                  "train with HardSwish, or x * Sigmoid(x)"       },
    {"NonMaxSuppression",     after                                           },
    {"QLinearAdd",            qdq                                             },
    {"QLinearConv",           qdq                                             },
    {"QLinearMatMul",         qdq                                             },
    {"RNN",                   recurrent                                       },
    {"Reciprocal",            "multiply with a constant instead"              },
    {"Scan",                  "unroll the loop before exporting"              },
    {"Selu",                  "train with LeakyRelu or Relu"                  },
    {"Softplus",              "train with Relu"                               },
    {"SpaceToDepth",          split                                           },
    {"Tile",                  "let the consumer broadcast instead"            },
    {"TopK",                  after                                           },
};

llvm::StringRef quench::importer::workaroundFor(llvm::StringRef opType) {
  for (const Workaround &row : workarounds)
    if (opType == row.op)
      return row.text;
  return "";
}
