// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Staging folder and renames.

#include "codegen/emit/Files.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <sys/stat.h>

using namespace llvm;
using namespace quench;
using namespace quench::emit;

namespace {

Error failure(std::error_code error, const Twine &action, StringRef path) {
  return createStringError(error, "cannot " + action + " '" + path +
                                      "': " + error.message());
}

Error writeStream(int descriptor, StringRef path, StringRef bytes) {
  raw_fd_ostream stream(descriptor, /*shouldClose=*/true);
  stream << bytes;
  stream.close();
  if (!stream.has_error())
    return Error::success();
  const std::error_code error = stream.error();
  stream.clear_error();
  return failure(error, "write", path);
}

} // namespace

Expected<Staging> Staging::create(StringRef output) {
  Staging staging;
  staging.output = output.empty() ? "." : output.str();
  const bool existed = sys::fs::exists(staging.output);
  if (std::error_code error = sys::fs::create_directories(
          staging.output, /*IgnoreExisting=*/true, sys::fs::perms::all_all))
    return failure(error, "create folder", staging.output);
  if (!sys::fs::is_directory(staging.output))
    return createStringError(std::make_error_code(std::errc::not_a_directory),
                             "cannot write to '" + staging.output +
                                 "': it is not a folder");
  staging.madeOutput = !existed;

  // createUniqueDirectory puts its folder into the system's temporary one, from
  // where a rename may cross file systems.
  SmallString<128> model(staging.output);
  sys::path::append(model, ".quench-%%%%%%%%");
  for (int attempt = 0; attempt < 128; ++attempt) {
    SmallString<128> candidate;
    sys::fs::createUniquePath(model, candidate, /*MakeAbsolute=*/false);
    const std::error_code error =
        sys::fs::create_directory(candidate, /*IgnoreExisting=*/false);
    if (!error) {
      staging.folder = candidate.str().str();
      return std::move(staging);
    }
    if (error != std::errc::file_exists)
      return failure(error, "create a folder in", staging.output);
  }
  return createStringError("cannot find a free name in '" + staging.output +
                           "'");
}

Staging::Staging(Staging &&other)
    : output(std::move(other.output)), folder(std::move(other.folder)),
      madeOutput(other.madeOutput) {
  other.folder.clear();
  other.madeOutput = false;
}

Staging::~Staging() {
  if (!folder.empty())
    sys::fs::remove_directories(folder);
  if (madeOutput)
    sys::fs::remove(output);
}

std::string Staging::path(StringRef name) const {
  SmallString<128> result(folder);
  sys::path::append(result, name);
  return result.str().str();
}

Error Staging::write(const File &file) {
  const std::string target = path(file.name);
  int descriptor = 0;
  if (std::error_code error = sys::fs::openFileForWrite(target, descriptor))
    return failure(error, "create", target);
  return writeStream(descriptor, target, file.bytes);
}

Error Staging::commit(ArrayRef<std::string> names) {
  for (const std::string &name : names)
    if (!sys::fs::exists(path(name)))
      return createStringError("cannot find '" + name +
                               "' among the files that were made");
  for (const std::string &name : names) {
    SmallString<128> target(output);
    sys::path::append(target, name);
    if (std::error_code error = sys::fs::rename(path(name), target))
      return failure(error, "write", target);
  }
  madeOutput = false;
  return Error::success();
}

Error emit::writeFile(StringRef path, StringRef bytes) {
  SmallString<128> temporary;
  int descriptor = 0;
  if (std::error_code error = sys::fs::createUniqueFile(path + ".quench-%%%%%%",
                                                        descriptor, temporary))
    return failure(error, "create", path);
  // A unique file is private; the result gets what the umask allows.
  const mode_t mask = ::umask(0);
  ::umask(mask);
  Error error = writeStream(descriptor, path, bytes);
  if (!error) {
    ::chmod(temporary.c_str(), 0666 & ~mask);
    if (std::error_code code = sys::fs::rename(temporary, path))
      error = failure(code, "write", path);
  }
  if (error)
    sys::fs::remove(temporary);
  return error;
}
