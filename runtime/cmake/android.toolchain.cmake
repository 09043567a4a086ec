# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Builds the runtime, or a compiled model, for Android:
#
#   cmake -S <folder> -B <build> -DANDROID_ABI=arm64-v8a
#     -DCMAKE_TOOLCHAIN_FILE=<this file>
#
# With an NDK, in ANDROID_NDK (a variable of CMake or of the environment), its
# own toolchain file does it. Without one: Clang and lld, and no C library, which
# the runtime and compiled models do not need; programs and threads do.
#
# ANDROID_ABI       arm64-v8a (default), x86_64, armeabi-v7a
# ANDROID_PLATFORM  the lowest API level, 24 by default

if(NOT DEFINED ANDROID_ABI)
  set(ANDROID_ABI arm64-v8a)
endif()
if(NOT DEFINED ANDROID_PLATFORM)
  set(ANDROID_PLATFORM 24)
endif()
# Files that load on devices with pages of 16 KB.
set(ANDROID_SUPPORT_FLEXIBLE_PAGE_SIZES ON)

if(NOT ANDROID_NDK AND DEFINED ENV{ANDROID_NDK})
  set(ANDROID_NDK "$ENV{ANDROID_NDK}")
endif()
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES
  ANDROID_NDK ANDROID_ABI ANDROID_PLATFORM)
if(ANDROID_NDK)
  set(toolchain "${ANDROID_NDK}/build/cmake/android.toolchain.cmake")
  if(NOT EXISTS "${toolchain}")
    message(FATAL_ERROR "ANDROID_NDK is '${ANDROID_NDK}', which has no "
      "build/cmake/android.toolchain.cmake: name the folder of an NDK, or unset "
      "it to build without a C library")
  endif()
  include("${toolchain}")
  return()
endif()

set(page 16384)
set(flags "")
if(ANDROID_ABI STREQUAL "arm64-v8a")
  set(triple aarch64-linux-android)
elseif(ANDROID_ABI STREQUAL "x86_64")
  set(triple x86_64-linux-android)
elseif(ANDROID_ABI STREQUAL "armeabi-v7a")
  set(triple armv7a-linux-androideabi)
  set(flags " -march=armv7-a -mfpu=neon -mfloat-abi=softfp")
  set(page 4096)
else()
  message(FATAL_ERROR "ANDROID_ABI is '${ANDROID_ABI}': expects arm64-v8a, "
    "x86_64 or armeabi-v7a")
endif()
string(REGEX REPLACE "^android-" "" level "${ANDROID_PLATFORM}")
if(NOT level MATCHES "^[0-9]+$")
  message(FATAL_ERROR "ANDROID_PLATFORM is '${ANDROID_PLATFORM}': expects an API "
    "level such as 24; other names need an NDK")
endif()

# Not "Android", for which CMake looks for an NDK by itself.
set(CMAKE_SYSTEM_NAME Linux)
string(REGEX REPLACE "-.*" "" CMAKE_SYSTEM_PROCESSOR ${triple})
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY) # there is nothing to link with
find_program(QUENCH_ANDROID_CLANG NAMES clang-22 clang REQUIRED)
find_program(QUENCH_ANDROID_CLANGXX NAMES clang++-22 clang++ REQUIRED)
set(CMAKE_C_COMPILER ${QUENCH_ANDROID_CLANG})
set(CMAKE_CXX_COMPILER ${QUENCH_ANDROID_CLANGXX})
set(CMAKE_ASM_COMPILER ${QUENCH_ANDROID_CLANG})
foreach(language C CXX ASM)
  set(CMAKE_${language}_COMPILER_TARGET ${triple}${level})
  set(CMAKE_${language}_FLAGS_INIT
    "-ffreestanding -nostdlibinc -fno-stack-protector${flags}")
endforeach()
string(APPEND CMAKE_CXX_FLAGS_INIT " -fno-exceptions -fno-rtti")
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_SHARED_LINKER_FLAGS_INIT "-fuse-ld=lld -nostdlib -Wl,--no-undefined \
-Wl,-z,max-page-size=${page} -Wl,--gc-sections -Wl,--exclude-libs,ALL \
-Wl,-u,qrt_android_note")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(QRT_FREESTANDING ON)
set(QRT_THREADS OFF)
