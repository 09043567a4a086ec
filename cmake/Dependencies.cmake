# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Everything that comes from outside, found once. scripts/setup installs it.
# Targets for the folders: QuenchMlir (used by quench_library itself), DNNL::dnnl,
# Zip::zip, protobuf::libprotobuf-lite, GTest::gmock_main, benchmark::benchmark,
# Threads::Threads.

# MLIR's version file wants major.minor: a bare 22 is refused.
find_package(MLIR 22.1 REQUIRED CONFIG
  PATHS ${QUENCH_LLVM_ROOT}/lib/cmake/mlir NO_DEFAULT_PATH)
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)

find_package(Threads REQUIRED)
find_package(Protobuf REQUIRED)
find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)

# oneDNN by hand: the config file of Debian's package asks for OpenCL headers,
# which nothing here uses.
find_library(QUENCH_DNNL_LIBRARY dnnl REQUIRED)
find_path(QUENCH_DNNL_INCLUDE oneapi/dnnl/dnnl.h REQUIRED)
add_library(DNNL::dnnl UNKNOWN IMPORTED)
set_target_properties(DNNL::dnnl PROPERTIES
  IMPORTED_LOCATION ${QUENCH_DNNL_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${QUENCH_DNNL_INCLUDE}
  # Its OpenMP runtime (GCC's), which the interpreter tells to use one thread.
  INTERFACE_LINK_LIBRARIES gomp)

# libzip by hand too: the config file of Debian's package asks for its tools.
find_library(QUENCH_ZIP_LIBRARY zip REQUIRED)
find_path(QUENCH_ZIP_INCLUDE zip.h REQUIRED)
add_library(Zip::zip UNKNOWN IMPORTED)
set_target_properties(Zip::zip PROPERTIES
  IMPORTED_LOCATION ${QUENCH_ZIP_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${QUENCH_ZIP_INCLUDE})

# FlatBuffers by hand as well: only its headers are used, and its compiler.
find_program(QUENCH_FLATC flatc REQUIRED)
find_path(QUENCH_FLATBUFFERS_INCLUDE flatbuffers/flatbuffers.h REQUIRED)

# lit comes with LLVM and wants the system's python, whatever is first in PATH.
find_program(QUENCH_SYSTEM_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH
  REQUIRED)
find_program(QUENCH_LIT lit PATHS ${QUENCH_LLVM_ROOT}/bin NO_DEFAULT_PATH
  REQUIRED)

# The python of the tests (numpy, onnx, onnxruntime), made by scripts/setup.
set(QUENCH_VENV ${CMAKE_SOURCE_DIR}/.venv CACHE PATH
  "Virtual environment with the Python packages of the tests")

# For tests of CUDA sources: a compiler is enough, no device is needed.
find_program(QUENCH_NVCC nvcc PATHS /usr/local/cuda/bin)
if(QUENCH_NVCC)
  get_filename_component(cuda_root ${QUENCH_NVCC} DIRECTORY)
  find_path(QUENCH_CUDA_INCLUDE cuda_runtime_api.h PATHS ${cuda_root}/../include
    REQUIRED)
else()
  set(QUENCH_CUDA_INCLUDE "")
endif()
