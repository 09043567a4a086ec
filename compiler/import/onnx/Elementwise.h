// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Elementwise ops on values in possibly different layouts.

#ifndef QUENCH_COMPILER_IMPORT_ONNX_ELEMENTWISE_H
#define QUENCH_COMPILER_IMPORT_ONNX_ELEMENTWISE_H

#include "compiler/import/onnx/NodeImporter.h"

namespace quench::importer {

/// Layout of an activation; ONNX order for a constant.
Perm layoutOf(const Tensor &tensor);

/// The layout in which the least has to be converted: that of the largest
/// activation of `rank`, channels last before ONNX order.
Perm commonLayout(llvm::ArrayRef<Tensor *> tensors, int64_t rank);

/// Output 0 is `op` of two tensors, broadcast.
void binary(NodeImporter &n, llvm::StringRef op, Tensor &a, Tensor &b);
/// Output 0 is `op` of one tensor, in its layout.
void unary(NodeImporter &n, llvm::StringRef op, Tensor &input,
           llvm::ArrayRef<mlir::NamedAttribute> attrs = {});
/// value * factor; `value` itself for 1.
mlir::Value scaled(NodeImporter &n, mlir::Value value, float factor);

} // namespace quench::importer

#endif // QUENCH_COMPILER_IMPORT_ONNX_ELEMENTWISE_H
