// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The `q` dialect: integer networks. Ops are declared in QOps.td, their bits in
// docs/spec.md.

#ifndef QUENCH_DIALECTS_Q_Q_H
#define QUENCH_DIALECTS_Q_Q_H

#include "dialects/nn/Shapes.h"
#include "dialects/q/Types.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/q/QDialect.h.inc"

#define GET_OP_CLASSES
#include "dialects/q/QOps.h.inc"

#endif // QUENCH_DIALECTS_Q_Q_H
