// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Arithmetic and activations: any order of axes.

#include "compiler/export/onnx/OpTable.h"

#include "dialects/nn/NN.h"

using namespace mlir;
using namespace quench;
using namespace quench::exporter;

void quench::exporter::exportBinary(GraphExporter &e, Operation *op) {
  const char *name = isa<nn::AddOp>(op)   ? "Add"
                     : isa<nn::SubOp>(op) ? "Sub"
                                          : "Mul";
  const int64_t rank = shapeOf(op->getResult(0)).size();
  const Perm perm = e.commonPerm(op->getOperands(), rank);
  const std::string lhs = e.broadcast(op->getOperand(0), perm);
  const std::string rhs = e.broadcast(op->getOperand(1), perm);
  e.result(op, e.writer.node(name, e.nameOf(op), {lhs, rhs}), perm);
}

/// Ops that are one ONNX operator without attributes of another name.
static const char *operatorOf(Operation *op) {
  static constexpr std::pair<const char *, const char *> rows[] = {
      {"nn.abs",          "Abs"        },
      {"nn.erf",          "Erf"        },
      {"nn.exp",          "Exp"        },
      {"nn.gelu",         "Gelu"       },
      {"nn.hard_sigmoid", "HardSigmoid"},
      {"nn.hard_swish",   "HardSwish"  },
      {"nn.leaky_relu",   "LeakyRelu"  },
      {"nn.relu",         "Relu"       },
      {"nn.sigmoid",      "Sigmoid"    },
      {"nn.sqrt",         "Sqrt"       },
      {"nn.tanh",         "Tanh"       },
  };
  for (auto [name, onnx] : rows)
    if (op->getName().getStringRef() == name)
      return onnx;
  return nullptr;
}

static SmallVector<Attr, 2> activationAttrs(Operation *op) {
  if (auto relu = dyn_cast<nn::LeakyReluOp>(op))
    return {
        {"alpha", relu.getAlpha().convertToFloat()}
    };
  if (auto sigmoid = dyn_cast<nn::HardSigmoidOp>(op))
    return {
        {"alpha", sigmoid.getAlpha().convertToFloat()},
        {"beta",  sigmoid.getBeta().convertToFloat() }
    };
  if (auto gelu = dyn_cast<nn::GeluOp>(op))
    return {
        {"approximate", StringRef(gelu.getApproximate() ? "tanh" : "none")}
    };
  return {};
}

void quench::exporter::exportActivation(GraphExporter &e, Operation *op) {
  Value input = op->getOperand(0);
  const Perm perm = e.permOf(input);
  const std::string x = e.in(input, perm), name = e.nameOf(op);
  if (auto clip = dyn_cast<nn::ClipOp>(op))
    return e.result(op,
                    e.clip(name, x, clip.getMin().convertToFloat(),
                           clip.getMax().convertToFloat()),
                    perm);
  if (isa<nn::SiluOp>(op)) {
    const std::string gate = e.writer.node("Sigmoid", name + ".sigmoid", x);
    return e.result(op, e.writer.node("Mul", name, {x, gate}), perm);
  }
  e.result(op, e.writer.node(operatorOf(op), name, x, activationAttrs(op)),
           perm);
}

void quench::exporter::exportPRelu(GraphExporter &e, Operation *op) {
  auto prelu = cast<nn::PReluOp>(op);
  const Perm perm = e.permOf(prelu.getInput());
  const std::string x = e.in(prelu.getInput(), perm);
  const std::string slope = e.broadcast(prelu.getSlope(), perm);
  e.result(op, e.writer.node("PRelu", e.nameOf(op), {x, slope}), perm);
}
