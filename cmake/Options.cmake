# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Options, language levels, output folders, linker and compiler cache.

option(QUENCH_WERROR "Treat warnings in our own code as errors" ON)
option(QUENCH_PCH "Share one precompiled header of MLIR headers" ON)
option(QUENCH_CCACHE "Use ccache when it is installed" ON)
option(QUENCH_STRICT
  "A listed source or dependency that is missing is an error, not a warning" OFF)
option(QUENCH_REQUIRE_TEST_TOOLS
  "A missing test tool fails the test run instead of skipping tests" OFF)

option(QUENCH_FUZZ "Build the libFuzzer executables of test/fuzz (clang)" OFF)
if(QUENCH_FUZZ)
  # Coverage of all our code; the fuzzers themselves link the driver.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

set(CMAKE_C_STANDARD 11)
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)

# The lld of the same LLVM: a plain -fuse-ld=lld may find an older one.
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang"
   AND EXISTS ${QUENCH_LLVM_ROOT}/bin/ld.lld)
  add_link_options(--ld-path=${QUENCH_LLVM_ROOT}/bin/ld.lld)
endif()

# With a precompiled header ccache needs these sloppiness flags (and the
# compiler -fno-pch-timestamp, see QuenchMlir); without them every call misses.
find_program(QUENCH_CCACHE_PROGRAM ccache)
if(QUENCH_CCACHE AND QUENCH_CCACHE_PROGRAM)
  set(sloppiness pch_defines time_macros include_file_mtime include_file_ctime)
  list(JOIN sloppiness "," sloppiness)
  foreach(language C CXX)
    if(NOT CMAKE_${language}_COMPILER_LAUNCHER)
      set(CMAKE_${language}_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
        CCACHE_SLOPPINESS=${sloppiness} ${QUENCH_CCACHE_PROGRAM})
    endif()
  endforeach()
endif()
