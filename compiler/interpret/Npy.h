// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reading and writing tensors as NumPy's .npy files.

#ifndef QUENCH_COMPILER_INTERPRET_NPY_H
#define QUENCH_COMPILER_INTERPRET_NPY_H

#include "compiler/interpret/Tensor.h"

#include "llvm/Support/Error.h"

namespace quench::interpret {

/// What stands before the elements of a .npy file.
struct NpyHeader {
  std::string descr; ///< type of the elements, such as "<f4"
  std::vector<int64_t> shape;
  size_t offset = 0; ///< of the first element

  /// The bytes of all elements; saturates.
  uint64_t dataBytes(int64_t elementBytes) const;
};

/// Reads the header at the beginning of `bytes`, which need not hold the
/// elements: versions 1 to 3, C order. An error names the file and says what
/// was expected and found.
llvm::Expected<NpyHeader> parseNpyHeader(llvm::StringRef bytes,
                                         llvm::StringRef name);

/// Reads a .npy file: versions 1 to 3, C order, little endian, float32, int8,
/// uint8, int32 or int64. Anything else is an error that names the file, what
/// was expected and what was found.
llvm::Expected<Tensor> readNpy(llvm::StringRef path);

/// The same on bytes in memory; `name` stands for the file in messages.
llvm::Expected<Tensor> parseNpy(llvm::StringRef bytes, llvm::StringRef name);

/// Writes a .npy file, version 1.0; no file is left behind on an error.
llvm::Error writeNpy(llvm::StringRef path, const Tensor &tensor);

/// The bytes of such a file.
std::string npyBytes(const Tensor &tensor);

} // namespace quench::interpret

#endif // QUENCH_COMPILER_INTERPRET_NPY_H
