// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Layouts of imported values. A value keeps the order of axes it was computed
// in; `perm` says which ONNX axis each of its physical axes holds, so that an
// ONNX Transpose costs nothing and a conversion happens only where an op asks.

#ifndef QUENCH_COMPILER_IMPORT_ONNX_LAYOUT_H
#define QUENCH_COMPILER_IMPORT_ONNX_LAYOUT_H

#include "HostTensor.h"

namespace quench::importer {

/// Physical axis i holds ONNX axis perm[i].
using Perm = Dims;

Perm identityPerm(int64_t rank);
/// [0, 2, ..., rank-1, 1]: ONNX's channel axis goes last.
Perm channelsLastPerm(int64_t rank);
Perm inversePerm(DimsRef perm);
bool isIdentity(DimsRef perm);
/// Shape[perm[i]] for every i.
Dims permuted(DimsRef shape, DimsRef perm);
/// The transpose that takes a value held in `from` to `to`.
Perm conversion(DimsRef from, DimsRef to);

/// True if `from` and `to` differ only in the place of axes of size 1, so
/// that a reshape converts between them. `shape` is in ONNX order.
bool sameElementOrder(DimsRef shape, DimsRef from, DimsRef to);

/// How a reshape looks on a value held in some layout.
struct ReshapePlan {
  Dims physical; // the shape to reshape the physical value to
  Perm perm;     // the layout that the result is then held in
};

/// Plans the ONNX reshape of `shape` to `result` (same size, no axis of size
/// 0) for a value held in `perm`. It exists if the axes that the reshape joins
/// or splits lie together and in order; otherwise the value must first be
/// brought to ONNX order.
///
/// Example: [1, 8, 6, 5] held as NHWC, to [1, 8, 30]: H and W join, so the
/// physical [1, 6, 5, 8] becomes [1, 30, 8], held in [0, 2, 1].
std::optional<ReshapePlan> planReshape(DimsRef shape, DimsRef perm,
                                       DimsRef result);

} // namespace quench::importer

#endif // QUENCH_COMPILER_IMPORT_ONNX_LAYOUT_H
