// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From `plan.model` to the structs the printers read. The only file here that
// knows MLIR.

#ifndef QUENCH_CODEGEN_EMIT_READPLAN_H
#define QUENCH_CODEGEN_EMIT_READPLAN_H

#include "codegen/emit/Model.h"
#include "dialects/plan/Plan.h"

namespace quench::emit {

/// Reads `plan`. An empty prefix stands for the model's name. A plan that names
/// an unknown kernel, target or parameter struct gets a diagnostic.
mlir::FailureOr<Model> readPlan(plan::ModelOp plan,
                                llvm::StringRef prefix = {});

/// Name of the discardable attribute of plan.model that holds the expected
/// CRC-32 of each output of the self-test, an array of i64.
inline constexpr llvm::StringLiteral selftestAttr = "quench.selftest_crc";

} // namespace quench::emit

#endif // QUENCH_CODEGEN_EMIT_READPLAN_H
