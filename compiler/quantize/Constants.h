// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reading and making the constants that the passes of this folder compute with.

#ifndef QUENCH_COMPILER_QUANTIZE_CONSTANTS_H
#define QUENCH_COMPILER_QUANTIZE_CONSTANTS_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/Value.h"

#include <optional>
#include <string>
#include <vector>

namespace quench::quantize {

/// True if an nn.constant defines the value, or what an observer on it sees.
bool isConstant(mlir::Value value);

/// The elements of an nn.constant, in row-major order; nothing for another
/// value.
std::optional<std::vector<float>> constantValues(mlir::Value value);

/// The one number of a constant whose elements are all equal.
std::optional<float> splatValue(mlir::Value value);

/// An nn.constant.
mlir::Value createConstant(mlir::OpBuilder &builder, mlir::Location loc,
                           llvm::ArrayRef<int64_t> shape,
                           llvm::ArrayRef<float> values);

/// The tensor's name: of the op that makes it, or of the function's argument
/// ("argument 0" without an attribute quench.name).
std::string valueName(mlir::Value value);

/// The location `name/suffix`, for an op that a pass puts behind a tensor.
mlir::Location derivedLoc(mlir::Value value, llvm::StringRef suffix);

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_CONSTANTS_H
