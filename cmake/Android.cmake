# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# libqrt.a for Android, where `quench compile --target=<platform>` looks for it:
# lib/quench/<platform>. The names are those of codegen/targets/Platforms.h.

option(QUENCH_ANDROID "Build the runtime for Android too (clang 22 and lld)" ON)
if(NOT QUENCH_ANDROID)
  return()
endif()
find_program(QUENCH_ANDROID_COMPILER NAMES clang-22)
find_program(QUENCH_ANDROID_LINKER NAMES ld.lld-22)
if(NOT QUENCH_ANDROID_COMPILER OR NOT QUENCH_ANDROID_LINKER)
  message(STATUS "No runtime for Android: clang-22 or ld.lld-22 is not in PATH")
  return()
endif()

include(ExternalProject)

# Of this build's runtime, never of an NDK: what it makes needs no C library.
function(quench_android_runtime platform abi)
  string(REPLACE ";" "^" launcher "${CMAKE_C_COMPILER_LAUNCHER}")
  set(folder ${CMAKE_BINARY_DIR}/lib/quench/${platform})
  ExternalProject_Add(qrt-${platform}
    LIST_SEPARATOR ^
    SOURCE_DIR ${CMAKE_SOURCE_DIR}/runtime
    BINARY_DIR ${CMAKE_BINARY_DIR}/runtime/${platform}
    PREFIX ${CMAKE_BINARY_DIR}/runtime/${platform}
    BUILD_ALWAYS ON
    CMAKE_COMMAND ${CMAKE_COMMAND} -E env --unset=ANDROID_NDK ${CMAKE_COMMAND}
    CMAKE_ARGS
      -DCMAKE_TOOLCHAIN_FILE=${CMAKE_SOURCE_DIR}/runtime/cmake/android.toolchain.cmake
      -DANDROID_ABI=${abi}
      -DCMAKE_BUILD_TYPE=None
      -DCMAKE_C_COMPILER_LAUNCHER=${launcher}
      -DCMAKE_ARCHIVE_OUTPUT_DIRECTORY=${folder}
    INSTALL_COMMAND "")
  install(FILES ${folder}/libqrt.a DESTINATION lib/quench/${platform})
endfunction()

quench_android_runtime(aarch64-linux-android arm64-v8a)
quench_android_runtime(x86_64-linux-android x86_64)
quench_android_runtime(armv7a-linux-androideabi armeabi-v7a)
