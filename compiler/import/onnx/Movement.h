// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the data-movement ops of ONNX do, read from attributes and constant
// inputs. Used twice: to fold constants and to import ops on activations.

#ifndef QUENCH_COMPILER_IMPORT_ONNX_MOVEMENT_H
#define QUENCH_COMPILER_IMPORT_ONNX_MOVEMENT_H

#include "compiler/import/onnx/Layout.h"
#include "compiler/import/onnx/Node.h"

namespace quench::importer {

/// One entry per input of a node; null if it is left out or not constant.
using Consts = llvm::ArrayRef<const HostTensor *>;

/// Input `i`, or null after a rejection if it is missing or not constant.
const HostTensor *constInput(Node &node, Consts consts, size_t i,
                             llvm::StringRef what);
/// The same for a list of integers.
std::optional<Dims> intsInput(Node &node, Consts consts, size_t i,
                              llvm::StringRef what);
/// The attribute `name` before opset `since`, the constant input `i` from
/// then on; nothing if it is absent or rejected.
std::optional<Dims> intsAttrOrInput(Node &node, Consts consts,
                                    llvm::StringRef name, int64_t since,
                                    size_t i);

/// Result shape of Reshape, Flatten, Squeeze and Unsqueeze.
std::optional<Dims> reshapeTarget(Node &node, DimsRef shape, Consts consts);

/// Permutation of Transpose, or nothing after a rejection.
std::optional<Perm> transposePerm(Node &node, int64_t rank);

/// A strided box: element i of the result is element start + i * step.
struct Box {
  Dims starts, sizes, steps;
};
std::optional<Box> sliceBox(Node &node, DimsRef shape, Consts consts);

/// Sizes of the outputs of Split along an axis of `size`.
std::optional<Dims> splitSizes(Node &node, int64_t size, Consts consts);

/// NumPy broadcasting, or nothing after a rejection.
std::optional<Dims> broadcastShape(Node &node, DimsRef a, DimsRef b);

/// Row-major strides, in elements.
Dims rowMajorStrides(DimsRef shape);
/// Strides that read a tensor of `shape` as if it were broadcast to `to`.
Dims broadcastStrides(DimsRef shape, DimsRef to);

/// Fills `to` in row-major order with elements of `from` at
/// offset + sum index[i] * strides[i]; all of them lie inside `from`.
void gatherStrided(const HostTensor &from, HostTensor &to, DimsRef strides,
                   int64_t offset = 0);

HostTensor transposed(const HostTensor &tensor, DimsRef perm);

} // namespace quench::importer

#endif // QUENCH_COMPILER_IMPORT_ONNX_MOVEMENT_H
