// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Writing several files so that all of them appear, or none.

#ifndef QUENCH_CODEGEN_EMIT_FILES_H
#define QUENCH_CODEGEN_EMIT_FILES_H

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace quench::emit {

/// One file in memory; `name` has no folder.
struct File {
  std::string name;
  std::string bytes;
};

/// A private folder beside the output, removed with everything in it when this
/// goes out of scope or SIGHUP, SIGINT or SIGTERM ends the process. Files are
/// made there, also by other programs, and moved to the output only when all
/// are complete.
class Staging {
public:
  /// Creates the folder inside `output`, which is created where it is missing
  /// (and removed again if nothing arrives there).
  static llvm::Expected<Staging> create(llvm::StringRef output);

  Staging(Staging &&other);
  Staging &operator=(Staging &&) = delete;
  ~Staging();

  /// Absolute or relative path of a file in the staging folder.
  std::string path(llvm::StringRef name) const;

  llvm::Error write(const File &file);

  /// Moves the named files to the output folder, replacing those there. Renames
  /// within one file system: each file is the old or the new one, never half.
  llvm::Error commit(llvm::ArrayRef<std::string> names);

private:
  Staging() = default;
  std::string output, folder;
  bool madeOutput = false;
};

/// Writes one file: temporary name beside it, then rename. A symbolic link
/// stays, the file it leads to is replaced; devices and fifos are written to.
llvm::Error writeFile(llvm::StringRef path, llvm::StringRef bytes);

} // namespace quench::emit

#endif // QUENCH_CODEGEN_EMIT_FILES_H
