// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// qf -> ONNX with QuantizeLinear and DequantizeLinear (QDQ). No ONNX or
// protobuf type leaves this folder.

#ifndef QUENCH_COMPILER_EXPORT_ONNX_EXPORTONNX_H
#define QUENCH_COMPILER_EXPORT_ONNX_EXPORTONNX_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <string>

namespace quench {

struct OnnxExportOptions {
  std::string producerVersion; ///< ModelProto.producer_version
  bool unsignedCodes = false;  ///< 8-bit activations as uint8: code + 128
};

/// The bytes of an ONNX model that computes `function`, a function of nn and qf
/// ops as `quench-assign` or `quench-normalize` leaves it.
///
/// Inputs and outputs keep name, shape and order of axes. Codes are int8
/// or uint8 (int16: opset 21) with zero points, filters int8 codes with a scale
/// per channel or tensor, biases int32 codes in the scale sx * sw. The opset is
/// the lowest that has every operator of the model, 13 or more. The same
/// function gives the same bytes.
///
/// Fails with one error that lists every op without an ONNX form, or if the
/// model has more bytes than protobuf takes (2^31 - 1).
mlir::FailureOr<std::string> exportOnnx(mlir::func::FuncOp function,
                                        const OnnxExportOptions &options);

} // namespace quench

#endif // QUENCH_COMPILER_EXPORT_ONNX_EXPORTONNX_H
