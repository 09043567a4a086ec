// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A file of numbers: .npy, .npz, idx (gzip-compressed or not), or raw.

#ifndef QUENCH_COMPILER_DRIVER_ARRAYFILE_H
#define QUENCH_COMPILER_DRIVER_ARRAYFILE_H

#include "compiler/driver/Npz.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <optional>

namespace quench {

/// One type that elements of files have.
struct FileElement {
  llvm::StringLiteral npy; ///< in .npy files
  llvm::StringLiteral raw; ///< of --raw; empty: not for raw files
  int64_t bytes;
  bool isFloat;
  double (*load)(const char *at); ///< exact for all but large integers
};

/// Some elements, in row-major order: a part of a mapped file, or unpacked.
class ArraySlice {
public:
  ArraySlice(ArraySlice &&) = default;
  ArraySlice &operator=(ArraySlice &&) = default;

  size_t size() const { return bytes.size() / size_t(element->bytes); }
  bool isFloat() const { return element->isFloat; }
  double at(size_t index) const {
    return element->load(bytes.data() + index * size_t(element->bytes));
  }

private:
  friend class ArrayFile;
  ArraySlice() = default;

  const FileElement *element = nullptr;
  llvm::StringRef bytes; // of `file` or `unpacked`
  std::shared_ptr<const llvm::MemoryBuffer> file;
  std::vector<char> unpacked;
};

/// Numbers in row-major order, read from front to end. A file is mapped, a
/// member of an .npz archive unpacked slice by slice, a .gz file unpacked as a
/// whole.
class ArrayFile {
public:
  /// Tells the format by content. `raw` is the element type of a file without
  /// a header ("int8", "uint8", "float32"), or empty, which refuses such files;
  /// `member` is the name looked for in an archive.
  static llvm::Expected<ArrayFile>
  open(llvm::StringRef path, std::unique_ptr<llvm::MemoryBuffer> bytes,
       llvm::StringRef raw, llvm::StringRef member);

  int64_t elements() const { return numElements; }
  /// Sizes of the axes as an .npy file gives them; empty for other files.
  llvm::ArrayRef<int64_t> shape() const { return axes; }

  /// The next `count` elements, of at least as many. The slice may outlive the
  /// file and move to another thread.
  llvm::Expected<ArraySlice> take(int64_t count);

private:
  llvm::Error openContents(llvm::StringRef path, llvm::StringRef raw,
                           llvm::StringRef memberName);
  llvm::Error openIdx(llvm::StringRef path);
  llvm::Error openNpy(llvm::StringRef path, llvm::StringRef start,
                      uint64_t size);
  llvm::Error openRaw(llvm::StringRef path, llvm::StringRef type);
  llvm::Error unpack(llvm::StringRef path);

  std::shared_ptr<const llvm::MemoryBuffer> file;
  std::optional<NpzMember> member; // of `file`
  const FileElement *element = nullptr;
  uint64_t offset = 0; // in bytes, of the next element
  int64_t numElements = 0;
  std::vector<int64_t> axes;
};

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_ARRAYFILE_H
