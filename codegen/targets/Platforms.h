// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The operating systems, other than this machine's, for which libraries can be
// made here, one constexpr row each: what --target=<name> stands for.

#ifndef QUENCH_CODEGEN_TARGETS_PLATFORMS_H
#define QUENCH_CODEGEN_TARGETS_PLATFORMS_H

#include <string_view>

namespace quench::targets {

/// A platform without a C library: Clang and lld make its files, which name no
/// symbol that they do not define.
struct Platform {
  /// Name on the command line, and of the folder of its libqrt.a.
  std::string_view name;
  /// One sentence for `quench targets`.
  std::string_view description;
  /// Names of targets, comma-separated, the preferred one first: those it gets
  /// when none is named.
  std::string_view levels;
  /// Clang's --target.
  std::string_view triple;
  /// Of all that is compiled for it, between spaces; may be empty.
  std::string_view flags;
  /// Bytes of a page on the devices with the largest, to which segments are
  /// aligned.
  int pageBytes;
};

/// All platforms. API level 24 is Android 7. Page sizes: Android Developers,
/// "Support 16 KB page sizes" (64-bit devices since Android 15). Others of
/// Clang's flags, and runtimes: runtime/cmake/android.toolchain.cmake.
inline constexpr Platform platformTable[] = {
    {"aarch64-linux-android",    "Android on 64-bit ARM (arm64-v8a)",
     "arm_i8mm,arm_dotprod,arm_neon", "aarch64-linux-android24",    "", 16384},
    {"x86_64-linux-android",     "Android on x86-64 (x86_64: emulators)",
     "x86_avx2,scalar",               "x86_64-linux-android24",     "", 16384},
    {"armv7a-linux-androideabi", "Android on 32-bit ARM (armeabi-v7a)",
     "armv7_neon",                    "armv7a-linux-androideabi24",
     "-march=armv7-a -mfpu=neon -mfloat-abi=softfp",                    4096 },
};

/// The row called `name`, or nullptr.
const Platform *findPlatform(std::string_view name);

} // namespace quench::targets

#endif // QUENCH_CODEGEN_TARGETS_PLATFORMS_H
