// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Staging folder and renames.

#include "codegen/emit/Files.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"

#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <iterator>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/syscall.h>
#endif

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

//===----------------------------------------------------------------------===//
// Interruption. llvm::sys::RemoveFileOnSignal removes regular files only; a
// folder into which a compiler writes needs a look at what is in it.
//===----------------------------------------------------------------------===//

constexpr int interrupts[] = {SIGHUP, SIGINT, SIGTERM};
constexpr size_t numInterrupts = std::size(interrupts);

/// What the handler removes; one staging folder at a time.
struct Interrupted {
  volatile sig_atomic_t isArmed = 0;
  char folder[4096];
  char output[4096]; ///< empty: it was there before
  struct sigaction before[numInterrupts];
};
Interrupted interrupted;

/// Removes all files in `folder`. Calls only what a handler may call, which
/// opendir is not.
void unlinkAll(const char *folder) {
#if defined(__linux__)
  const int descriptor = ::open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0)
    return;
  // linux_dirent64: inode, offset, then the two that are read here.
  constexpr long lengthAt = 16, nameAt = 19;
  alignas(8) char entries[8192];
  long bytes;
  while ((bytes = ::syscall(SYS_getdents64, descriptor, entries,
                            sizeof(entries))) > 0)
    for (long at = 0; at < bytes;) {
      ::unlinkat(descriptor, entries + at + nameAt, 0);
      unsigned short length;
      std::memcpy(&length, entries + at + lengthAt, sizeof(length));
      at += length;
    }
  ::close(descriptor);
#endif
}

/// Cleans up, then lets the signal do what it did before.
void onInterrupt(int signal) {
  if (interrupted.isArmed) {
    interrupted.isArmed = 0;
    unlinkAll(interrupted.folder);
    ::rmdir(interrupted.folder);
    if (*interrupted.output)
      ::rmdir(interrupted.output);
  }
  for (size_t i = 0; i < numInterrupts; ++i)
    if (interrupts[i] == signal)
      ::sigaction(signal, &interrupted.before[i], nullptr);
  // Blocked while its handler runs.
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
  ::raise(signal);
  // Ignored before: there is no way back without the folder.
  ::_exit(128 + signal);
}

void armInterrupts(const std::string &folder, StringRef output) {
  if (interrupted.isArmed || folder.size() >= sizeof(interrupted.folder) ||
      output.size() >= sizeof(interrupted.output))
    return;
  std::memcpy(interrupted.folder, folder.c_str(), folder.size() + 1);
  std::memcpy(interrupted.output, output.data(), output.size());
  interrupted.output[output.size()] = 0;
  interrupted.isArmed = 1;
  struct sigaction action = {};
  action.sa_handler = onInterrupt;
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < numInterrupts; ++i) {
    ::sigaction(interrupts[i], nullptr, &interrupted.before[i]);
    // nohup and the like stay in force.
    if (interrupted.before[i].sa_handler != SIG_IGN)
      ::sigaction(interrupts[i], &action, nullptr);
  }
}

void disarmInterrupts(const std::string &folder) {
  if (!interrupted.isArmed || folder != interrupted.folder)
    return;
  for (size_t i = 0; i < numInterrupts; ++i)
    ::sigaction(interrupts[i], &interrupted.before[i], nullptr);
  interrupted.isArmed = 0;
}

/// The file that a rename may replace for `path`: itself, or what a link leads
/// to. Empty for what has to stay what it is: devices, fifos, links to them.
std::string renameTarget(StringRef path) {
  sys::fs::file_status status;
  sys::fs::status(path, status, /*follow=*/false);
  if (status.type() == sys::fs::file_type::file_not_found ||
      status.type() == sys::fs::file_type::regular_file)
    return path.str();
  SmallString<128> resolved;
  if (status.type() != sys::fs::file_type::symlink_file ||
      sys::fs::real_path(path, resolved) || !sys::fs::is_regular_file(resolved))
    return {};
  return resolved.str().str();
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
      armInterrupts(staging.folder,
                    staging.madeOutput ? staging.output : StringRef());
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
  if (!folder.empty())
    disarmInterrupts(folder);
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
  auto targetOf = [&](const std::string &name) {
    SmallString<128> target(output);
    sys::path::append(target, name);
    return target;
  };
  // Before the first one is moved: nothing is a file's in the place of a
  // folder.
  for (const std::string &name : names)
    if (sys::fs::is_directory(targetOf(name)))
      return failure(std::make_error_code(std::errc::is_a_directory), "write",
                     targetOf(name));
  for (const std::string &name : names) {
    const SmallString<128> target = targetOf(name);
    if (std::error_code error = sys::fs::rename(path(name), target))
      return failure(error, "write", target);
  }
  madeOutput = false;
  return Error::success();
}

Error emit::writeFile(StringRef path, StringRef bytes) {
  const std::string target = renameTarget(path);
  int descriptor = 0;
  if (target.empty()) {
    if (std::error_code error = sys::fs::openFileForWrite(path, descriptor))
      return failure(error, "write", path);
    return writeStream(descriptor, path, bytes);
  }
  SmallString<128> temporary;
  if (std::error_code error = sys::fs::createUniqueFile(
          target + ".quench-%%%%%%", descriptor, temporary))
    return failure(error, "create", path);
  sys::RemoveFileOnSignal(temporary);
  // A unique file is private; the result gets what the umask allows.
  const mode_t mask = ::umask(0);
  ::umask(mask);
  Error error = writeStream(descriptor, path, bytes);
  if (!error) {
    ::chmod(temporary.c_str(), 0666 & ~mask);
    if (std::error_code code = sys::fs::rename(temporary, target))
      error = failure(code, "write", path);
  }
  if (error)
    sys::fs::remove(temporary);
  sys::DontRemoveFileOnSignal(temporary);
  return error;
}
