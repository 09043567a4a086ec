// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Members of .npz archives: zip files of .npy files, by libzip.

#ifndef QUENCH_COMPILER_DRIVER_NPZ_H
#define QUENCH_COMPILER_DRIVER_NPZ_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

struct zip;
struct zip_file;

namespace quench {

/// One member of an archive, stored or deflated, unpacked from front to end:
/// memory for one read at a time.
class NpzMember {
public:
  /// The member '<member>.npy', or the only one there is. `bytes` is the
  /// archive and must outlive this; `path` is for messages.
  static llvm::Expected<NpzMember>
  open(llvm::StringRef path, llvm::StringRef bytes, llvm::StringRef member);

  /// Archive and member, for messages.
  const std::string &name() const { return label; }
  /// Bytes that have not been read yet, as the archive's directory has it.
  uint64_t left() const { return remaining; }

  /// The first bytes that have not been read, at most `size`; they stay.
  llvm::Expected<llvm::StringRef> peek(size_t size);
  /// Exactly `size` bytes.
  llvm::Expected<std::vector<char>> read(size_t size);

private:
  struct Close {
    void operator()(zip *archive) const;
    void operator()(zip_file *file) const;
  };
  llvm::Error unpack(char *to, size_t size);

  std::unique_ptr<zip, Close> archive;
  std::unique_ptr<zip_file, Close> file; // before the archive is closed
  std::string label;
  uint64_t remaining = 0;
  std::vector<char> peeked;
};

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_NPZ_H
