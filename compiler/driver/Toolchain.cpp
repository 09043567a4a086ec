// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Finding and running the C++ compiler.

#include "compiler/driver/Toolchain.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace quench;

namespace {

std::string joined(StringRef folder, StringRef name) {
  SmallString<128> path(folder);
  sys::path::append(path, name);
  return path.str().str();
}

/// libqrt.a below `root`, in lib or a folder of it (Debian's lib/<triple>).
std::string findArchive(StringRef root) {
  for (const char *name : {"lib", "lib64"}) {
    const std::string folder = joined(root, name);
    if (std::string path = joined(folder, "libqrt.a"); sys::fs::exists(path))
      return path;
    std::error_code error;
    for (sys::fs::directory_iterator it(folder, error), end;
         it != end && !error; it.increment(error))
      if (std::string path = joined(it->path(), "libqrt.a");
          sys::fs::exists(path))
        return path;
  }
  return {};
}

} // namespace

Expected<Toolchain> Toolchain::find(StringRef cxx, StringRef runtime,
                                    const char *program) {
  static int anchor;
  Toolchain result;
  std::vector<std::string> candidates;
  if (!cxx.empty())
    candidates = {cxx.str()};
  else if (std::optional<std::string> name = sys::Process::GetEnv("CXX");
           name && !name->empty())
    candidates = {*name};
  else
    candidates = {"clang++-22", "clang++", "g++", "c++"};
  for (const std::string &name : candidates)
    if (ErrorOr<std::string> path = sys::findProgramByName(name)) {
      result.cxx = *path;
      break;
    }
  if (result.cxx.empty())
    return createStringError("no C++ compiler: looked for " +
                             llvm::join(candidates, ", ") +
                             "; name one with --cxx");

  const std::string self =
      sys::fs::getMainExecutable(program, static_cast<void *>(&anchor));
  const std::string root =
      runtime.empty()
          ? sys::path::parent_path(sys::path::parent_path(self)).str()
          : runtime.str();
  result.include = joined(root, "include");
  result.archive = findArchive(root);
  if (!sys::fs::exists(joined(result.include, "qrt/qrt.h")) ||
      result.archive.empty())
    return createStringError(
        "no runtime in '" + root +
        "': expects include/qrt/qrt.h and lib/libqrt.a; name another folder "
        "with --runtime");
  return result;
}

Error Toolchain::run(std::vector<std::string> arguments) const {
  SmallVector<StringRef> views(arguments.begin(), arguments.end());
  const std::string command = llvm::join(arguments, " ");
  if (isVerbose)
    errs() << command << '\n';
  std::string why;
  const int status =
      sys::ExecuteAndWait(cxx, views, std::nullopt, {}, 0, 0, &why);
  if (status == 0)
    return Error::success();
  return createStringError("'" + command + "' failed" +
                           (why.empty() ? "" : ": " + why));
}

Error Toolchain::compile(StringRef source, StringRef object,
                         ArrayRef<std::string> includes) const {
  std::vector<std::string> arguments = {
      cxx, "-c", optimizesSize ? "-Os" : "-O2", "-ffp-contract=off"};
  const StringRef extension = sys::path::extension(source);
  if (extension == ".cpp")
    arguments.push_back("-std=c++17");
  if (extension == ".c") {
    arguments.push_back("-x");
    arguments.push_back("c");
  }
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  for (const std::string &folder : includes)
    arguments.push_back("-I" + folder);
  arguments.push_back("-I" + include);
  arguments.push_back(source.str());
  arguments.push_back("-o");
  arguments.push_back(object.str());
  return run(std::move(arguments));
}

Error Toolchain::join(ArrayRef<std::string> objects, StringRef object) const {
  std::vector<std::string> arguments = {cxx, "-r", "-nostdlib"};
  arguments.insert(arguments.end(), objects.begin(), objects.end());
  arguments.push_back("-o");
  arguments.push_back(object.str());
  return run(std::move(arguments));
}

Error Toolchain::link(ArrayRef<std::string> objects, StringRef program,
                      bool hasThreads) const {
  std::vector<std::string> arguments = {cxx};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  arguments.insert(arguments.end(), objects.begin(), objects.end());
  if (hasThreads) {
    arguments.push_back(
        joined(sys::path::parent_path(archive), "libqrt_threads.a"));
    if (!sys::fs::exists(arguments.back()))
      return createStringError("no '" + arguments.back() +
                               "', which --threads needs: build the runtime "
                               "with QRT_THREADS=ON");
    arguments.push_back("-pthread");
  }
  arguments.push_back(archive);
  arguments.push_back("-Wl,--gc-sections");
  arguments.push_back("-o");
  arguments.push_back(program.str());
  return run(std::move(arguments));
}
