// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernel parameter structs as attributes of plan.call, and back.

#ifndef QUENCH_COMPILER_PLACE_FIELDS_H
#define QUENCH_COMPILER_PLACE_FIELDS_H

#include "codegen/kernels/Catalogue.h"
#include "codegen/kernels/Split.h"
#include "dialects/plan/Plan.h"

#include "mlir/IR/Builders.h"

#include <optional>

namespace quench::place {

/// "qrt_conv2d", ...; "" for FillParams, whose values are plain parameters.
llvm::StringRef structName(const kernels::Params &params);

/// The values of a struct in order of declaration; nested structs and arrays
/// are nested; int32 as i64, float as f32. Empty for FillParams.
mlir::ArrayAttr structFields(mlir::Builder &builder,
                             const kernels::Params &params);

/// The problem that a call solves, as far as its attributes say: hasBias and
/// hasResidual follow from `present`, filterMax and filterSum stay unknown.
/// None if kernel, struct name or fields do not fit each other.
std::optional<kernels::Problem> problemOf(plan::CallOp call);

/// A split as the plan has it: {axis, count, step} and, of channels, column.
mlir::DictionaryAttr splitAttr(mlir::Builder &builder,
                               const kernels::Split &split);

/// The bands of a call in the group that begins at step `first`, and back. None
/// if there are none; a zero number or an empty axis where the plan has no
/// valid one.
mlir::DictionaryAttr bandsAttr(mlir::Builder &builder,
                               const kernels::Bands &bands, int64_t first);
std::optional<kernels::Bands> bandsOf(plan::CallOp call);

} // namespace quench::place

#endif // QUENCH_COMPILER_PLACE_FIELDS_H
