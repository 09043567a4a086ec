// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table from nn op to the factory of its float kernel.

#include "compiler/interpret/FloatKernels.h"

#include "compiler/interpret/Unary.h"
#include "dialects/nn/NN.h"
#include "dialects/q/FloatParams.h"

#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace quench::interpret {

static KernelFactory factoryOf(Operation *op) {
  if (isInIsland(op))
    if (KernelFactory factory = islandFactory(op))
      return factory;
  static const llvm::StringMap<KernelFactory> table = {
      {nn::Conv2DOp::getOperationName(),          makeConvolution},
      {nn::ConvTranspose2DOp::getOperationName(), makeConvolution},
      {nn::LinearOp::getOperationName(),          makeProduct    },
      {nn::MatMulOp::getOperationName(),          makeProduct    },
      {nn::AddOp::getOperationName(),             makeBinary     },
      {nn::SubOp::getOperationName(),             makeBinary     },
      {nn::MulOp::getOperationName(),             makeBinary     },
      {nn::PReluOp::getOperationName(),           makePRelu      },
      {nn::BatchNormOp::getOperationName(),       makeBatchNorm  },
      {nn::MaxPool2DOp::getOperationName(),       makePool       },
      {nn::AvgPool2DOp::getOperationName(),       makePool       },
      {nn::ReduceMeanOp::getOperationName(),      makeReduce     },
      {nn::ReduceSumOp::getOperationName(),       makeReduce     },
      {nn::ReduceMaxOp::getOperationName(),       makeReduce     },
      {nn::ArgMaxOp::getOperationName(),          makeArgMax     },
      {nn::ConcatOp::getOperationName(),          makeConcat     },
      {nn::SliceOp::getOperationName(),           makeGather     },
      {nn::PadOp::getOperationName(),             makeGather     },
      {nn::TransposeOp::getOperationName(),       makeGather     },
      {nn::ReshapeOp::getOperationName(),         makeReshape    },
      {nn::ResizeOp::getOperationName(),          makeResize     },
  };
  if (KernelFactory factory = table.lookup(op->getName().getStringRef()))
    return factory;
  return unaryFunction(op) ? makeUnary : nullptr;
}

FailureOr<Kernel> makeFloatKernel(Operation *op, Inputs constants) {
  if (std::string why = q::floatMisfit(op); isInIsland(op) && !why.empty())
    return op->emitOpError("cannot be in a float island: ") << why;
  KernelFactory factory = factoryOf(op);
  if (!factory)
    return op->emitOpError("has no float kernel in the interpreter");
  return factory(op, constants);
}

} // namespace quench::interpret
