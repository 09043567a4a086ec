// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Quantized types: upstream `!quant.uniform`, seen the way Quench uses them
// (docs/spec.md, T1 to T4). Every scale is an exact f32 value.

#ifndef QUENCH_DIALECTS_Q_TYPES_H
#define QUENCH_DIALECTS_Q_TYPES_H

#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Operation.h"

#include <cstdint>
#include <memory>

namespace quench::q {

/// Static tensor of a uniform type, per tensor or per axis; rank at most
/// QRT_MAX_RANK, 1 to 2^31 - 1 elements.
bool isQuantizedTensor(mlir::Type type);
/// T1. Static tensor of s8 codes with one scale and zero point, or of s16 codes
/// with one scale and zero point 0; rank at most QRT_MAX_RANK, 1 to 2^31 - 1
/// elements.
bool isActivation(mlir::Type type);
/// T2. Static ranked tensor of s8 codes, per tensor, or per axis 0 with zero
/// points 0.
bool isFilter(mlir::Type type);
/// Bits one code of a filter (tensor or element type) needs: the smallest of 2,
/// 4 and 8 whose two's complement numbers contain the storage range.
int filterBits(mlir::Type type);
/// T3. Static rank-1 tensor of i32 codes with zero point 0.
bool isBias(mlir::Type type);

/// Whether an activation has 16-bit codes: what is a table for 8 bits is then
/// computed.
bool isWide(mlir::Type type);

/// Parameters of a per-tensor quantized type: real = (code - zero) * scale.
struct ActParams {
  float scale;
  int32_t zero;
  int32_t min, max; // storage range, inclusive
};

/// Of an activation tensor type, or of its element type.
ActParams actParams(mlir::Type type);

/// Largest |code - zero| in the storage range.
int64_t reachOf(const ActParams &params);

/// Scale of output channel `channel` of a filter or bias type (tensor or
/// element); the one scale of a per-tensor type.
float scaleOf(mlir::Type type, int64_t channel);
/// Zero point; per-axis types have the same on all channels (0).
int32_t zeroOf(mlir::Type type);

/// Quantized element type of a tensor type, or the type itself.
mlir::quant::QuantizedType quantizedElement(mlir::Type type);

/// Activation type of `storage` (8 or 16) bits with codes in [low, high];
/// 16-bit codes have zero point 0. A range narrower than 16 bits is what proves
/// that sums fit int32 (spec Q-WRAP).
mlir::quant::UniformQuantizedType
makeActType(mlir::MLIRContext *context, float scale, int32_t zero,
            int32_t low = -128, int32_t high = 127, unsigned storage = 8);
/// s8 filter type with codes in [low, high], per tensor for one scale, else per
/// axis 0.
mlir::quant::QuantizedType makeFilterType(mlir::MLIRContext *context,
                                          llvm::ArrayRef<float> scales,
                                          int32_t zero, int32_t low = -127,
                                          int32_t high = 127);
/// i32 bias type, per tensor for one scale, else per axis 0.
mlir::quant::QuantizedType makeBiasType(mlir::MLIRContext *context,
                                        llvm::ArrayRef<float> scales);

/// Prints long per-axis types once, at the top of the file, instead of at every
/// use: 512 channels are 10 kB of scales. For dialects that use such types.
std::unique_ptr<mlir::DialectInterface> makeTypeAliases(mlir::Dialect *dialect);

/// Signless integer type of a quantized type's codes (i8, i16 or i32).
mlir::IntegerType storageType(mlir::Type type);

/// T4. Checks a quantized type that a user wrote: known storage, positive
/// finite f32 scales, zero point inside the storage range, 0 for 16 bits.
/// Reports on `op`.
mlir::LogicalResult verifyQuantizedType(mlir::Operation *op,
                                        llvm::StringRef what, mlir::Type type);

/// Checks that codes (an elements attribute) lie in a type's storage range and
/// have its storage width. `what` names them in the error.
mlir::LogicalResult verifyCodes(mlir::Operation *op, llvm::StringRef what,
                                mlir::ElementsAttr codes, mlir::Type type);

} // namespace quench::q

#endif // QUENCH_DIALECTS_Q_TYPES_H
