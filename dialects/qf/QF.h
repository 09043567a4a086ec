// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The `qf` dialect: observers and fake quantizers on the edges of an `nn`
// graph.

#ifndef QUENCH_DIALECTS_QF_QF_H
#define QUENCH_DIALECTS_QF_QF_H

#include "dialects/nn/Shapes.h"
#include "dialects/qf/Scheme.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/qf/QFDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/qf/QFAttrs.h.inc"

#define GET_OP_CLASSES
#include "dialects/qf/QFOps.h.inc"

#endif // QUENCH_DIALECTS_QF_QF_H
