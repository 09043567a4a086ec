// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which files a path of data stands for.

#ifndef QUENCH_COMPILER_DRIVER_DATAFILES_H
#define QUENCH_COMPILER_DRIVER_DATAFILES_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace quench {

/// The files that `path` stands for: itself; the lines of a .txt file, relative
/// to it; or the files of a folder, sorted by name. Of a folder, hidden files
/// and folders do not count, and files that are no data by name (.jpg, .jpeg,
/// .png, .npy, .npz, .gz) nor by content (JPEG, PNG, .npy, .npz, idx, gzip) are
/// left out with a line in `remarks`, unless `takesRaw`.
///
/// Errors: what cannot be read, and a folder or list without a usable file.
llvm::Expected<std::vector<std::string>>
listDataFiles(llvm::StringRef path, bool takesRaw,
              std::vector<std::string> &remarks);

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_DATAFILES_H
