// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Folders, lists, and the first bytes of a file.

#include "compiler/driver/DataFiles.h"

#include "compiler/driver/Picture.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/LineIterator.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace quench;

namespace {

using Files = std::vector<std::string>;

bool isDataByName(StringRef path) {
  return is_contained({".jpg", ".jpeg", ".png", ".npy", ".npz", ".gz"},
                      StringRef(sys::path::extension(path)).lower());
}

bool isDataByContent(StringRef path) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> start =
      MemoryBuffer::getFileSlice(path, /*MapSize=*/4, /*Offset=*/0);
  if (!start)
    return false;
  const StringRef bytes = (*start)->getBuffer();
  if (bytes.size() < 4)
    return false;
  // idx: 0, 0, a type from 8 to 14, the number of axes.
  if (bytes[0] == 0 && bytes[1] == 0)
    return bytes[2] >= 8 && bytes[2] <= 14 && bytes[3] != 0;
  return looksLikePicture(reinterpret_cast<const uint8_t *>(bytes.data()),
                          bytes.size()) ||
         bytes.starts_with("\x93NUM") || bytes.starts_with("PK\3\4") ||
         bytes.starts_with("\x1f\x8b");
}

/// "3 files: 'a', 'b' and others"
std::string describe(ArrayRef<std::string> paths) {
  std::string text = std::to_string(paths.size()) +
                     (paths.size() == 1 ? " file: " : " files: ");
  constexpr size_t shown = 3;
  for (const auto &[i, path] : enumerate(paths.take_front(shown)))
    text += (i ? ", '" : "'") + sys::path::filename(path).str() + "'";
  return text + (paths.size() > shown ? " and others" : "");
}

Expected<Files> listFolder(StringRef path, bool takesRaw, Files &remarks) {
  Files found, left;
  std::error_code error;
  for (sys::fs::directory_iterator it(path, error), end; it != end && !error;
       it.increment(error)) {
    if (!sys::fs::is_regular_file(it->path()) ||
        sys::path::filename(it->path()).starts_with("."))
      continue;
    const bool isData =
        takesRaw || isDataByName(it->path()) || isDataByContent(it->path());
    (isData ? found : left).push_back(it->path());
  }
  if (error)
    return createStringError(error, "cannot read folder '" + path +
                                        "': " + error.message());
  llvm::sort(found);
  llvm::sort(left);
  if (found.empty())
    return createStringError(
        "folder '" + path + "' has no " +
        (left.empty()
             ? "files"
             : "JPEG, PNG, .npy, .npz or idx file, only " + describe(left) +
                   "; for numbers without a header say their type "
                   "with --raw=int8, uint8 or float32"));
  if (!left.empty())
    remarks.push_back("left out of '" + path.str() + "', as no data, " +
                      describe(left));
  return found;
}

Expected<Files> readList(StringRef path) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> list =
      MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!list)
    return createStringError(list.getError(), "cannot open '" + path + "': " +
                                                  list.getError().message());
  Files files;
  for (line_iterator line(**list); !line.is_at_end(); ++line) {
    SmallString<128> file(line->trim());
    if (file.empty())
      continue;
    if (sys::path::is_relative(file)) {
      file = sys::path::parent_path(path);
      sys::path::append(file, line->trim());
    }
    files.push_back(file.str().str());
  }
  if (files.empty())
    return createStringError("list '" + path + "' names no file");
  return files;
}

} // namespace

Expected<Files> quench::listDataFiles(StringRef path, bool takesRaw,
                                      Files &remarks) {
  if (sys::fs::is_directory(path))
    return listFolder(path, takesRaw, remarks);
  if (sys::path::extension(path) == ".txt")
    return readList(path);
  if (std::error_code error = sys::fs::access(path, sys::fs::AccessMode::Exist))
    return createStringError(error,
                             "cannot open '" + path + "': " + error.message());
  return Files{path.str()};
}
