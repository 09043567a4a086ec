# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# QuenchOnnxProto: the protobuf classes of ONNX, generated from onnx-ml.proto of
# an installed package (lite runtime). Include as "onnx-ml.pb.h".

set(QUENCH_ONNX_PROTO "" CACHE FILEPATH
  "onnx-ml.proto; empty: the one of the venv, else of Debian's libonnx-dev")

# Debian's package calls the same file onnx.proto.
set(proto ${QUENCH_ONNX_PROTO})
if(NOT proto)
  file(GLOB candidates
    ${QUENCH_VENV}/lib/python3*/site-packages/onnx/onnx-ml.proto)
  list(APPEND candidates /usr/include/onnx/onnx.proto)
  list(GET candidates 0 proto)
endif()
if(NOT EXISTS ${proto})
  message(FATAL_ERROR "the ONNX proto file is missing (${proto}): run "
    "scripts/setup, or install libonnx-dev, or set QUENCH_ONNX_PROTO")
endif()
message(STATUS "ONNX proto: ${proto}")

set(out ${CMAKE_BINARY_DIR}/onnx-proto)
configure_file(${proto} ${out}/onnx-ml.proto COPYONLY)
add_custom_command(OUTPUT ${out}/onnx-ml.pb.cc ${out}/onnx-ml.pb.h
  COMMAND protobuf::protoc --proto_path=${out} --cpp_out=${out} onnx-ml.proto
  DEPENDS ${out}/onnx-ml.proto)

add_library(QuenchOnnxProto STATIC ${out}/onnx-ml.pb.cc ${out}/onnx-ml.pb.h)
target_compile_options(QuenchOnnxProto PRIVATE -w)
target_include_directories(QuenchOnnxProto SYSTEM PUBLIC ${out})
target_link_libraries(QuenchOnnxProto PUBLIC protobuf::libprotobuf-lite
  Threads::Threads)
