// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The C++ compiler and the runtime that emitted sources are built with.

#ifndef QUENCH_COMPILER_DRIVER_TOOLCHAIN_H
#define QUENCH_COMPILER_DRIVER_TOOLCHAIN_H

#include "codegen/targets/Platforms.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace quench {

struct Toolchain {
  std::string cxx;            ///< path of the C++ compiler; it also assembles
  std::string include;        ///< folder with qrt/qrt.h
  std::string archive;        ///< libqrt.a
  bool optimizesSize = false; ///< -Os instead of -O2
  bool isShared = false;      ///< code may end in a shared library (-fPIC)
  std::vector<std::string> flags; ///< after -O2 -ffp-contract=off
  bool isVerbose = false;         ///< print commands to stderr
  /// What files are made for; null: what the compiler makes by itself.
  const targets::Platform *platform = nullptr;

  /// Finds the compiler and the runtime.
  /// \param cxx       name or path; empty: $CXX, else clang++-22, clang++, g++,
  ///                  c++, whichever is there first; for a platform only Clang.
  /// \param runtime   folder with include/ and lib/; empty: beside this program
  ///                  (<bin>/../include, <bin>/../lib).
  /// \param program   argv[0].
  static llvm::Expected<Toolchain> find(llvm::StringRef cxx,
                                        llvm::StringRef runtime,
                                        const char *program,
                                        const targets::Platform *platform);

  /// Compiles or assembles one file. `includes` are folders for -I.
  llvm::Error compile(llvm::StringRef source, llvm::StringRef object,
                      llvm::ArrayRef<std::string> includes) const;
  /// Joins objects into one (-r).
  llvm::Error join(llvm::ArrayRef<std::string> objects,
                   llvm::StringRef object) const;
  /// Makes a static library of objects and what they may need of the runtime.
  llvm::Error makeStatic(llvm::ArrayRef<std::string> objects,
                         llvm::StringRef library, bool hasThreads) const;
  /// Links a shared library with the runtime, which it keeps to itself, and the
  /// pool of threads, which callers make; `name` is its soname. On a platform it needs no other library.
  llvm::Error linkShared(llvm::ArrayRef<std::string> objects,
                         llvm::StringRef library, llvm::StringRef name,
                         bool hasThreads) const;
  /// Links a program with the runtime and, if it has threads, with the pool.
  llvm::Error link(llvm::ArrayRef<std::string> objects, llvm::StringRef program,
                   bool hasThreads) const;

private:
  std::vector<std::string> platformFlags() const;
  /// The archives of the runtime, in the order of a link.
  llvm::Expected<std::vector<std::string>> archives(bool hasThreads) const;
  /// `objects`, those, and what threads need.
  llvm::Expected<std::vector<std::string>>
  linkInputs(llvm::ArrayRef<std::string> objects, bool hasThreads) const;
  llvm::Error run(std::vector<std::string> arguments) const;
};

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_TOOLCHAIN_H
