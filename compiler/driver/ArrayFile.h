// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A file of numbers: .npy, idx (gzip-compressed or not), or raw.

#ifndef QUENCH_COMPILER_DRIVER_ARRAYFILE_H
#define QUENCH_COMPILER_DRIVER_ARRAYFILE_H

#include "compiler/interpret/Tensor.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>

namespace quench {

/// Numbers in row-major order, in memory or mapped.
class ArrayFile {
public:
  /// Tells the format by content. `raw` is the element type of a file without
  /// a header ("int8", "uint8", "float32"), or empty, which refuses such files.
  static llvm::Expected<ArrayFile>
  open(llvm::StringRef path, std::unique_ptr<llvm::MemoryBuffer> bytes,
       llvm::StringRef raw);

  int64_t elements() const { return numElements; }
  /// Sizes of the axes as an .npy file gives them; empty for other files.
  llvm::ArrayRef<int64_t> shape() const { return axes; }
  int64_t count(int64_t sampleElements) const {
    return numElements / sampleElements;
  }
  bool isFloat() const { return kind == interpret::ElementKind::F32; }

  /// Element `index` as a double: exact for all kinds but large int64.
  double at(int64_t index) const;

private:
  llvm::Error openIdx(llvm::StringRef path);
  llvm::Error openNpy(llvm::StringRef path);
  llvm::Error unpack(llvm::StringRef path);

  std::unique_ptr<llvm::MemoryBuffer> mapped;
  std::vector<uint8_t> owned;
  llvm::StringRef bytes; // of `mapped` or `owned`
  interpret::ElementKind kind = interpret::ElementKind::U8;
  size_t offset = 0;
  int64_t numElements = 0;
  std::vector<int64_t> axes;
};

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_ARRAYFILE_H
