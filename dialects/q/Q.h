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

#include <optional>

#include "dialects/q/QDialect.h.inc"

namespace quench::q {

/// `, bias %b, residual %r`, each part optional: two optional groups of an
/// assembly format that both begin with a comma do not parse.
mlir::ParseResult parseBiasAndResidual(
    mlir::OpAsmParser &parser,
    std::optional<mlir::OpAsmParser::UnresolvedOperand> &bias,
    std::optional<mlir::OpAsmParser::UnresolvedOperand> &residual);
void printBiasAndResidual(mlir::OpAsmPrinter &printer, mlir::Operation *op,
                          mlir::Value bias, mlir::Value residual);

} // namespace quench::q

#define GET_OP_CLASSES
#include "dialects/q/QOps.h.inc"

#endif // QUENCH_DIALECTS_Q_Q_H
