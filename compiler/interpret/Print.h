// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tensors as text: values in full, or shape and checksum; and the comparison of
// the tensors that two levels of one model have in common.

#ifndef QUENCH_COMPILER_INTERPRET_PRINT_H
#define QUENCH_COMPILER_INTERPRET_PRINT_H

#include "compiler/interpret/Interpreter.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/Support/raw_ostream.h"

namespace quench::interpret {

/// CRC-32 of the elements, the one of zlib.crc32(array.tobytes()) in Python.
uint32_t checksum(const Tensor &tensor);

/// Writes `2x2 i8 [1, -2, 3, 4]`; floats in the shortest decimal form that
/// reads back as the same float, or as C's %a with `hexFloat`.
void printValues(llvm::raw_ostream &os, const Tensor &tensor, bool hexFloat);

/// Writes `2x2 i8 crc32 0x0123abcd`.
void printChecksum(llvm::raw_ostream &os, const Tensor &tensor);

/// Writes `2x2 f32 [-0.5, 1]`, the smallest and the largest element, and the
/// number of elements that are not finite if there are any.
void printRange(llvm::raw_ostream &os, const Tensor &tensor);

/// The last tensor of codes under each name in a location, and the last float
/// tensor of an island: q needs two ops for one name where a border transpose
/// or a requantization stands.
class NamedCodes {
public:
  /// A sink that fills this record, which must outlive it.
  TensorSink sink();

  /// Compares by name, writes one line per tensor that differs and a line of
  /// counts. True if some names are common and all common tensors are equal.
  bool compare(const NamedCodes &other, llvm::raw_ostream &os) const;

private:
  /// By kind of elements and name; names live in the IR.
  llvm::MapVector<std::pair<unsigned, llvm::StringRef>, Tensor> tensors;
};

} // namespace quench::interpret

#endif // QUENCH_COMPILER_INTERPRET_PRINT_H
