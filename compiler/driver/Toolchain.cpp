// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Finding and running the C++ compiler.

#include "compiler/driver/Toolchain.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Triple.h"

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
                                    const char *program,
                                    const targets::Platform *platform) {
  static int anchor;
  Toolchain result;
  result.platform = platform;
  std::vector<std::string> candidates;
  if (!cxx.empty())
    candidates = {cxx.str()};
  else if (platform)
    candidates = {"clang++-22", "clang++"};
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

  if (platform && !sys::path::filename(result.cxx).contains("clang"))
    return createStringError("'" + result.cxx +
                             "' is no Clang, which makes "
                             "files for '" +
                             std::string(platform->name) + "'");

  const std::string self =
      sys::fs::getMainExecutable(program, static_cast<void *>(&anchor));
  const std::string root =
      runtime.empty()
          ? sys::path::parent_path(sys::path::parent_path(self)).str()
          : runtime.str();
  result.include = joined(root, "include");
  std::string expected = "lib/libqrt.a";
  if (platform) {
    expected = "lib/quench/" + std::string(platform->name) + "/libqrt.a";
    result.archive = joined(root, expected);
  } else {
    result.archive = findArchive(root);
  }
  if (!sys::fs::exists(joined(result.include, "qrt/qrt.h")) ||
      !sys::fs::exists(result.archive))
    return createStringError("no runtime in '" + root +
                             "': expects include/qrt/qrt.h and " + expected +
                             "; name another folder with --runtime");
  return result;
}

/// The same as in runtime/cmake/android.toolchain.cmake.
std::vector<std::string> Toolchain::platformFlags() const {
  if (!platform)
    return {};
  std::vector<std::string> all = {"--target=" + std::string(platform->triple),
                                  "-ffreestanding",
                                  "-nostdlibinc",
                                  "-fno-stack-protector",
                                  "-fno-exceptions",
                                  "-fno-rtti",
                                  "-fPIC"};
  SmallVector<StringRef> own;
  StringRef(platform->flags).split(own, ' ', -1, /*KeepEmpty=*/false);
  all.insert(all.end(), own.begin(), own.end());
  return all;
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
  if (isShared)
    arguments.push_back("-fPIC");
  if (platform) {
    append_range(arguments, platformFlags());
    arguments.push_back("-Wno-unused-command-line-argument"); // of assembly
  }
  append_range(arguments, flags);
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
  if (platform)
    append_range(arguments, std::vector<std::string>{
                                "--target=" + std::string(platform->triple),
                                "-fuse-ld=lld"});
  append_range(arguments, objects);
  arguments.push_back("-o");
  arguments.push_back(object.str());
  return run(std::move(arguments));
}

Expected<std::vector<std::string>> Toolchain::archives(bool hasThreads) const {
  std::vector<std::string> list;
  if (hasThreads)
    list.push_back(joined(sys::path::parent_path(archive), "libqrt_threads.a"));
  if (hasThreads && !sys::fs::exists(list.back()))
    return createStringError("no '" + list.back() +
                             "', which --threads needs: build the runtime with "
                             "QRT_THREADS=ON");
  list.push_back(archive);
  return list;
}

/// Whether the objects of `part`, found at `path`, are of the machine that
/// `object` is of.
static Error sameMachine(const object::Archive &part, StringRef path,
                         StringRef object) {
  Expected<object::OwningBinary<object::ObjectFile>> ours =
      object::ObjectFile::createObjectFile(object);
  if (!ours)
    return createFileError(object, ours.takeError());
  const Triple::ArchType machine = ours->getBinary()->getArch();
  Error error = Error::success();
  for (const object::Archive::Child &child : part.children(error)) {
    Expected<std::unique_ptr<object::Binary>> member = child.getAsBinary();
    if (!member)
      return joinErrors(std::move(error), member.takeError());
    auto *theirs = dyn_cast<object::ObjectFile>(member->get());
    if (theirs && theirs->getArch() != machine)
      return joinErrors(
          std::move(error),
          createStringError("'" + path + "' is for " +
                            Triple::getArchTypeName(theirs->getArch()) +
                            ", what the compiler made for " +
                            Triple::getArchTypeName(machine) +
                            ": name the right one with --runtime"));
  }
  return error;
}

Error Toolchain::makeStatic(ArrayRef<std::string> objects, StringRef library,
                            bool hasThreads) const {
  Expected<std::vector<std::string>> parts = archives(hasThreads);
  if (!parts)
    return parts.takeError();
  std::vector<NewArchiveMember> members;
  for (const std::string &path : objects) {
    Expected<NewArchiveMember> member =
        NewArchiveMember::getFile(path, /*Deterministic=*/true);
    if (!member)
      return member.takeError();
    member->MemberName = sys::path::filename(member->MemberName);
    members.push_back(std::move(*member));
  }
  // Members keep the bytes of their archives, which have to stay.
  std::vector<object::OwningBinary<object::Archive>> opened;
  for (const std::string &path : *parts) {
    Expected<object::OwningBinary<object::Binary>> binary =
        object::createBinary(path);
    if (!binary)
      return createFileError(path, binary.takeError());
    auto [file, bytes] = binary->takeBinary();
    auto *part = dyn_cast<object::Archive>(file.get());
    if (!part)
      return createStringError("'" + path + "' is no static library");
    if (Error error = sameMachine(*part, path, objects.front()))
      return error;
    file.release();
    opened.emplace_back(std::unique_ptr<object::Archive>(part),
                        std::move(bytes));
    Error error = Error::success();
    for (const object::Archive::Child &child : part->children(error)) {
      Expected<NewArchiveMember> member =
          NewArchiveMember::getOldMember(child, /*Deterministic=*/true);
      if (!member)
        return joinErrors(std::move(error), member.takeError());
      members.push_back(std::move(*member));
    }
    if (error)
      return createFileError(path, std::move(error));
  }
  return writeArchive(library, members, SymtabWritingMode::NormalSymtab,
                      object::Archive::K_GNU, /*Deterministic=*/true,
                      /*Thin=*/false);
}

Expected<std::vector<std::string>>
Toolchain::linkInputs(ArrayRef<std::string> objects, bool hasThreads) const {
  std::vector<std::string> inputs = objects.vec();
  Expected<std::vector<std::string>> parts = archives(hasThreads);
  if (!parts)
    return parts.takeError();
  append_range(inputs, *parts);
  if (hasThreads)
    inputs.push_back("-pthread");
  return inputs;
}

Error Toolchain::linkShared(ArrayRef<std::string> objects, StringRef library,
                            StringRef name, bool hasThreads) const {
  Expected<std::vector<std::string>> inputs = linkInputs(objects, hasThreads);
  if (!inputs)
    return inputs.takeError();
  std::vector<std::string> arguments = {cxx, "-shared"};
  append_range(arguments, platformFlags());
  append_range(arguments, flags);
  append_range(arguments, *inputs);
  if (platform)
    append_range(
        arguments,
        std::vector<std::string>{
            "-fuse-ld=lld", "-nostdlib",
            "-Wl,-z,max-page-size=" + std::to_string(platform->pageBytes),
            // The note of crtbegin_so.o, which is not there.
            "-Wl,-u,qrt_android_note"});
  append_range(arguments,
               std::vector<std::string>{
                   "-Wl,--no-undefined", "-Wl,--as-needed",
                   "-Wl,--exclude-libs,libqrt.a", "-Wl,--gc-sections",
                   "-Wl,--build-id=sha1", ("-Wl,-soname," + name).str(), "-o",
                   library.str()});
  return run(std::move(arguments));
}

Error Toolchain::link(ArrayRef<std::string> objects, StringRef program,
                      bool hasThreads) const {
  Expected<std::vector<std::string>> inputs = linkInputs(objects, hasThreads);
  if (!inputs)
    return inputs.takeError();
  std::vector<std::string> arguments = {cxx};
  append_range(arguments, flags);
  append_range(arguments, *inputs);
  append_range(arguments, std::vector<std::string>{"-Wl,--gc-sections", "-o",
                                                   program.str()});
  return run(std::move(arguments));
}
