# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Included before project(): prefers the compiler that the shared precompiled
# header is measured with, and the Dev build type, unless the caller chose.

set(QUENCH_LLVM_ROOT /usr/lib/llvm-22 CACHE PATH
  "Prefix of the LLVM/MLIR 22 installation")

if(NOT CMAKE_C_COMPILER AND NOT DEFINED ENV{CC})
  find_program(QUENCH_CLANG clang PATHS ${QUENCH_LLVM_ROOT}/bin NO_DEFAULT_PATH)
  if(QUENCH_CLANG)
    set(CMAKE_C_COMPILER ${QUENCH_CLANG})
  endif()
endif()
if(NOT CMAKE_CXX_COMPILER AND NOT DEFINED ENV{CXX})
  find_program(QUENCH_CLANGXX clang++ PATHS ${QUENCH_LLVM_ROOT}/bin
    NO_DEFAULT_PATH)
  if(QUENCH_CLANGXX)
    set(CMAKE_CXX_COMPILER ${QUENCH_CLANGXX})
  endif()
endif()
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Dev CACHE STRING "Dev, Release or Asan" FORCE)
endif()

# Dev keeps asserts and is quick to compile; debug information is left out
# because it triples the objects (add -g1 through CMAKE_CXX_FLAGS when needed).
set(CMAKE_C_FLAGS_DEV "-O1" CACHE STRING "")
set(CMAKE_CXX_FLAGS_DEV "-O1" CACHE STRING "")
set(CMAKE_EXE_LINKER_FLAGS_DEV "" CACHE STRING "")
set(CMAKE_C_FLAGS_RELEASE "-O2 -DNDEBUG" CACHE STRING "")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG" CACHE STRING "")
# Not bool: a pass's statistics are constructed by libMLIR, which is built without
# asserts and leaves the fields unset that code built with asserts reads.
set(quench_sanitize "-fsanitize=address,undefined -fno-sanitize=bool")
string(APPEND quench_sanitize " -fno-sanitize-recover=undefined")
set(CMAKE_C_FLAGS_ASAN "-O1 -g1 -fno-omit-frame-pointer ${quench_sanitize}"
  CACHE STRING "")
set(CMAKE_CXX_FLAGS_ASAN "${CMAKE_C_FLAGS_ASAN}" CACHE STRING "")
set(CMAKE_EXE_LINKER_FLAGS_ASAN "${quench_sanitize}" CACHE STRING "")
