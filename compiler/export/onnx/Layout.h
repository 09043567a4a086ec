// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Orders of axes. An exported tensor holds the axes of its value in an order of
// its own: axis i of the tensor is axis perm[i] of the value.

#ifndef QUENCH_COMPILER_EXPORT_ONNX_LAYOUT_H
#define QUENCH_COMPILER_EXPORT_ONNX_LAYOUT_H

#include "compiler/export/onnx/GraphWriter.h"

namespace quench::exporter {

using Perm = Dims;

Perm identityPerm(int64_t rank);
/// Channels last to channels first: [0, rank - 1, 1, 2, ...].
Perm channelsFirstPerm(int64_t rank);
Perm inversePerm(DimsRef perm);
/// result[i] = values[perm[i]].
Dims permuted(DimsRef values, DimsRef perm);
/// Places in the tensor of axes of the value, rising.
Dims placesOf(DimsRef perm, DimsRef axes);
/// The order that is left when axes of the value are dropped.
Perm withoutAxes(DimsRef perm, DimsRef axes);

/// True if tensors of a value of `shape` in the two orders hold the same bytes:
/// only axes of size 1 lie elsewhere.
bool sameBytes(DimsRef shape, DimsRef perm, DimsRef other);

/// The order of `to`, the result of a reshape that only adds, drops or moves
/// axes of size 1, that makes its tensor hold the bytes of a tensor of `from`
/// in order `perm`. Of several the one that needs no new shape, then channels
/// first, then the value's own. Nothing for any other reshape.
std::optional<Perm> reshapedPerm(DimsRef from, DimsRef perm, DimsRef to);

/// Moves elements of `elementBytes`: the tensor of `bytes`, which hold a value
/// of `shape`, in order `perm`.
std::vector<char> permutedBytes(llvm::ArrayRef<char> bytes, DimsRef shape,
                                DimsRef perm, size_t elementBytes);

} // namespace quench::exporter

#endif // QUENCH_COMPILER_EXPORT_ONNX_LAYOUT_H
