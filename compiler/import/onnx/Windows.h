// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Window parameters of convolutions and pools.

#ifndef QUENCH_COMPILER_IMPORT_ONNX_WINDOWS_H
#define QUENCH_COMPILER_IMPORT_ONNX_WINDOWS_H

#include "compiler/import/onnx/NodeImporter.h"

namespace quench::importer {

/// For two spatial axes: [h, w], pads [top, left, bottom, right]. A 1-D op is
/// one of height 1.
struct Windows {
  Dims kernel, strides, dilations, pads;
};

/// Reads kernel_shape, strides, dilations, pads and auto_pad of a node on an
/// input of ONNX shape [N, C, (H,) W]. `kernel` is the size of the filter,
/// empty for pools. Null after a rejection.
std::optional<Windows> readWindows(NodeImporter &n, DimsRef shape,
                                   DimsRef kernel);

/// Reads the same for ConvTranspose; also output_padding and output_shape,
/// which become pads and `outputPads`.
std::optional<Windows> readTransposedWindows(NodeImporter &n, DimsRef shape,
                                             DimsRef kernel, Dims &outputPads);

/// The input as [N, H, W, C]; a 1-D one gets height 1.
mlir::Value windowInput(NodeImporter &n, Tensor &input);
/// Sets output 0 from [N, H, W, C] to the rank of the input.
void windowResult(NodeImporter &n, mlir::Value value, const Tensor &input);

} // namespace quench::importer

#endif // QUENCH_COMPILER_IMPORT_ONNX_WINDOWS_H
