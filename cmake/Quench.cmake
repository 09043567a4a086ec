# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# The functions every folder's CMakeLists.txt is written with.
#
# quench_library(<target> SOURCES <file>... [LINK <target>...]
#                [DEPENDS <target>...] [NO_MLIR])
#   Static library. With MLIR (the default) it links MLIR and LLVM and reuses
#   the shared precompiled header; NO_MLIR gives plain C++17 without MLIR's
#   include folders. LINK is public. DEPENDS names targets to build before it
#   (Quench<Name>IncGen; those of LINKed libraries are inherited).
#
# quench_tool(<target> SOURCES <file>... [LINK <target>...] [NO_MLIR])
#   Executable in <build>/bin, part of the target quench-tools (all tools and
#   the runtime), built before the lit tests run.
#
# quench_unit_test(<target> SOURCES <file>... [LINK <target>...] [NO_MLIR])
#   GoogleTest executable (gmock and a main are linked). check-quench runs its
#   tests through lit as `QuenchUnit :: <target>/...`.
#
# quench_dialect(<Name> TD <file.td> DIALECT <mnemonic> [SHARDS <n>]
#                [ENUMS <file.td>] [INTERFACES <file.td>] [HEADER <header>])
#   Generates, beside the folder in the binary tree, <Name>Dialect, <Name>Ops,
#   <Name>Types, <Name>Attrs and <Name>Enums, each as .h.inc and .cpp.inc, so
#   that `#include "dialects/nn/NNOps.h.inc"` works; also the dialect's page
#   <build>/docs/dialects/<mnemonic>.md. Target: Quench<Name>IncGen.
#   Only ops of this dialect are generated, so a .td may include those of another
#   dialect. Enums know no dialect: where a .td includes enums of another one,
#   ENUMS names the file that holds only its own.
#   INTERFACES adds <Name>Interfaces.{h,cpp}.inc from op interfaces in that file.
#   SHARDS splits the op definitions (about ten ops each): the library then holds
#   n small sources with `#define GET_OP_DEFS_<i>` and `#include "<Name>Ops.cpp.inc"`,
#   and initialize() calls register<Name>DialectOperations. With HEADER those sources
#   are written for you; list ${QUENCH_<Name>_SHARDS} among SOURCES.
#
# quench_passes(<Name> [TD <file.td>] PREFIX <Prefix>)
#   Generates <file>.h.inc (default Passes.td -> Passes.h.inc), so that
#   `#include "compiler/place/Passes.h.inc"` works, with
#   register<Prefix>Passes(), and <build>/docs/passes/<name>.md (lower case).
#   Target: Quench<Name>PassIncGen.
#
# quench_test_depends(<target>...)
#   Builds more targets before check-quench runs (a library a lit test links).
#
# quench_subdirectory(<folder>)
#   add_subdirectory, where the folder has a CMakeLists.txt.
#
# Every source is included from the root of the checkout ("dialects/nn/NN.h"),
# every generated file from the root of the binary tree, and the runtime's public
# headers as "qrt/...".

# Flags of our own code, MLIR or not.
add_library(QuenchOptions INTERFACE)
target_include_directories(QuenchOptions INTERFACE
  ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR} ${CMAKE_SOURCE_DIR}/runtime/include)
target_compile_options(QuenchOptions INTERFACE
  -Wall -Wextra $<$<BOOL:${QUENCH_WERROR}>:-Werror>
  $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions -fvisibility-inlines-hidden>)

# What code on top of MLIR adds. The generated op classes leave parameters unused.
# `MLIR` alone does not link: llvm::cl lives in `LLVM`.
separate_arguments(quench_llvm_definitions NATIVE_COMMAND "${LLVM_DEFINITIONS}")
add_library(QuenchMlir INTERFACE)
target_include_directories(QuenchMlir SYSTEM INTERFACE ${MLIR_INCLUDE_DIRS})
target_compile_definitions(QuenchMlir INTERFACE ${quench_llvm_definitions})
target_compile_options(QuenchMlir INTERFACE -Wno-unused-parameter
  $<$<COMPILE_LANG_AND_ID:CXX,Clang>:SHELL:-Xclang -fno-pch-timestamp>)
target_link_libraries(QuenchMlir INTERFACE MLIR LLVM)

if(QUENCH_PCH)
  add_library(QuenchPch OBJECT cmake/pch/mlir.cpp)
  target_link_libraries(QuenchPch PRIVATE QuenchOptions QuenchMlir)
  target_precompile_headers(QuenchPch PRIVATE cmake/pch/mlir.h)
endif()

add_custom_target(quench-docs)
add_custom_target(quench-tools)

function(quench_subdirectory folder)
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/CMakeLists.txt)
    add_subdirectory(${folder})
  endif()
endfunction()

# Drops sources that do not exist yet, with a warning; QUENCH_STRICT leaves them
# in, and CMake then reports them as errors.
function(_quench_present out target)
  set(present)
  foreach(source ${ARGN})
    cmake_path(ABSOLUTE_PATH source OUTPUT_VARIABLE path)
    get_source_file_property(generated ${path} GENERATED)
    if(QUENCH_STRICT OR generated OR EXISTS ${path})
      list(APPEND present ${source})
    else()
      message(WARNING "${target}: no file ${path}")
    endif()
  endforeach()
  set(${out} ${present} PARENT_SCOPE)
endfunction()

# Flags, links and precompiled header, the same for libraries and executables.
function(_quench_configure target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "NO_MLIR" "" "SOURCES;LINK;DEPENDS")
  target_link_libraries(${target} PUBLIC QuenchOptions ${arg_LINK})
  if(NOT arg_NO_MLIR)
    target_link_libraries(${target} PUBLIC QuenchMlir)
    if(QUENCH_PCH)
      target_precompile_headers(${target} REUSE_FROM QuenchPch)
    endif()
  endif()
  # Resolved at the end, so that the order of the folders does not matter.
  foreach(dependency ${arg_DEPENDS})
    set_property(GLOBAL APPEND PROPERTY QUENCH_DEPENDS ${target}:${dependency})
  endforeach()
endfunction()

function(_quench_check target)
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "${target}: unknown argument ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_SOURCES)
    message(FATAL_ERROR "${target}: SOURCES is empty")
  endif()
endfunction()

function(quench_library target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "NO_MLIR" "" "SOURCES;LINK;DEPENDS")
  _quench_check(${target})
  _quench_present(sources ${target} ${arg_SOURCES})
  if(NOT sources)
    add_library(${target} INTERFACE)
    return()
  endif()
  add_library(${target} STATIC ${sources})
  _quench_configure(${target} ${ARGN})
endfunction()

function(quench_tool target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "NO_MLIR" "" "SOURCES;LINK;DEPENDS")
  _quench_check(${target})
  _quench_present(sources ${target} ${arg_SOURCES})
  if(NOT sources)
    return()
  endif()
  add_executable(${target} ${sources})
  _quench_configure(${target} ${ARGN})
  install(TARGETS ${target} RUNTIME)
  add_dependencies(quench-tools ${target})
  quench_test_depends(${target})
endfunction()

function(quench_unit_test target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "NO_MLIR" "" "SOURCES;LINK;DEPENDS")
  _quench_check(${target})
  _quench_present(sources ${target} ${arg_SOURCES})
  if(NOT sources)
    return()
  endif()
  add_executable(${target} ${sources})
  _quench_configure(${target} ${ARGN})
  target_link_libraries(${target} PRIVATE GTest::gmock_main GTest::gmock
    GTest::gtest Threads::Threads)
  # A folder of their own: lit runs every executable it finds there.
  set_target_properties(${target} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin/unit)
  set_property(GLOBAL APPEND PROPERTY QUENCH_UNIT_TESTS ${target})
  quench_test_depends(${target})
endfunction()

function(quench_test_depends)
  set_property(GLOBAL APPEND PROPERTY QUENCH_TEST_DEPENDS ${ARGN})
endfunction()

# The .td file sees the checkout, the binary tree and MLIR.
set(QUENCH_TD_INCLUDES ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}
  ${MLIR_INCLUDE_DIRS})

# One page of documentation: <build>/docs/<page>, generated when quench-docs is.
function(_quench_doc page generator)
  get_filename_component(file ${page} NAME)
  tablegen(MLIR ${file} ${generator} ${ARGN}
    EXTRA_INCLUDES ${QUENCH_TD_INCLUDES})
  set(output ${CMAKE_BINARY_DIR}/docs/${page})
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_CURRENT_BINARY_DIR}/${file}
      ${output}
    DEPENDS ${CMAKE_CURRENT_BINARY_DIR}/${file})
  string(REGEX REPLACE "[/.]" "-" name ${page})
  add_custom_target(quench-docs-${name} DEPENDS ${output})
  add_dependencies(quench-docs quench-docs-${name})
endfunction()

function(quench_dialect name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" 
    "TD;DIALECT;SHARDS;ENUMS;INTERFACES;HEADER" "")
  foreach(required TD DIALECT)
    if(NOT arg_${required})
      message(FATAL_ERROR "quench_dialect(${name}): ${required} is missing")
    endif()
  endforeach()
  if(NOT arg_SHARDS)
    set(arg_SHARDS 1)
  endif()
  if(NOT arg_ENUMS)
    set(arg_ENUMS ${arg_TD})
  endif()
  set(includes EXTRA_INCLUDES ${QUENCH_TD_INCLUDES})

  set(LLVM_TARGET_DEFINITIONS ${arg_TD})
  set(dialect -dialect=${arg_DIALECT})
  mlir_tablegen(${name}Dialect.h.inc -gen-dialect-decls ${dialect} ${includes})
  mlir_tablegen(${name}Dialect.cpp.inc -gen-dialect-defs ${dialect} ${includes})
  set(types -typedefs-dialect=${arg_DIALECT})
  mlir_tablegen(${name}Types.h.inc -gen-typedef-decls ${types} ${includes})
  mlir_tablegen(${name}Types.cpp.inc -gen-typedef-defs ${types} ${includes})
  set(attrs -attrdefs-dialect=${arg_DIALECT})
  mlir_tablegen(${name}Attrs.h.inc -gen-attrdef-decls ${attrs} ${includes})
  mlir_tablegen(${name}Attrs.cpp.inc -gen-attrdef-defs ${attrs} ${includes})
  set(ops -op-include-regex=^${arg_DIALECT}[.])
  if(arg_SHARDS GREATER 1)
    list(APPEND ops -op-shard-count=${arg_SHARDS})
  endif()
  mlir_tablegen(${name}Ops.h.inc -gen-op-decls ${ops} ${includes})
  mlir_tablegen(${name}Ops.cpp.inc -gen-op-defs ${ops} ${includes})

  set(LLVM_TARGET_DEFINITIONS ${arg_ENUMS})
  mlir_tablegen(${name}Enums.h.inc -gen-enum-decls ${includes})
  mlir_tablegen(${name}Enums.cpp.inc -gen-enum-defs ${includes})
  if(arg_INTERFACES)
    set(LLVM_TARGET_DEFINITIONS ${arg_INTERFACES})
    mlir_tablegen(${name}Interfaces.h.inc -gen-op-interface-decls ${includes})
    mlir_tablegen(${name}Interfaces.cpp.inc -gen-op-interface-defs ${includes})
  endif()
  add_public_tablegen_target(Quench${name}IncGen)

  set(LLVM_TARGET_DEFINITIONS ${arg_TD})
  _quench_doc(dialects/${arg_DIALECT}.md -gen-dialect-doc ${dialect})

  if(arg_HEADER)
    cmake_path(RELATIVE_PATH CMAKE_CURRENT_SOURCE_DIR
      BASE_DIRECTORY ${CMAKE_SOURCE_DIR} OUTPUT_VARIABLE folder)
    math(EXPR last "${arg_SHARDS} - 1")
    set(shards)
    foreach(shard RANGE ${last})
      if(arg_SHARDS GREATER 1)
        set(macro GET_OP_DEFS_${shard})
      else()
        set(macro GET_OP_CLASSES)
      endif()
      set(source ${CMAKE_CURRENT_BINARY_DIR}/${name}OpsShard${shard}.cpp)
      file(CONFIGURE OUTPUT ${source} CONTENT
        "#include \"${arg_HEADER}\"\n#define ${macro}\n#include \"${folder}/${name}Ops.cpp.inc\"\n")
      list(APPEND shards ${source})
    endforeach()
    set(QUENCH_${name}_SHARDS ${shards} PARENT_SCOPE)
  endif()
endfunction()

function(quench_passes name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TD;PREFIX" "")
  if(NOT arg_PREFIX)
    message(FATAL_ERROR "quench_passes(${name}): PREFIX is missing")
  endif()
  if(NOT arg_TD)
    set(arg_TD Passes.td)
  endif()
  get_filename_component(stem ${arg_TD} NAME_WE)
  string(TOLOWER ${name} page)
  set(LLVM_TARGET_DEFINITIONS ${arg_TD})
  mlir_tablegen(${stem}.h.inc -gen-pass-decls -name ${arg_PREFIX}
    EXTRA_INCLUDES ${QUENCH_TD_INCLUDES})
  add_public_tablegen_target(Quench${name}PassIncGen)
  _quench_doc(passes/${page}.md -gen-pass-doc)
endfunction()

# Called once, at the end of the top level: dependencies between folders.
function(quench_finalize)
  get_property(pairs GLOBAL PROPERTY QUENCH_DEPENDS)
  foreach(pair ${pairs})
    string(REPLACE ":" ";" pair ${pair})
    list(GET pair 0 target)
    list(GET pair 1 dependency)
    if(TARGET ${dependency} OR QUENCH_STRICT)
      add_dependencies(${target} ${dependency})
    else()
      message(WARNING "${target}: DEPENDS names no target: ${dependency}")
    endif()
  endforeach()
  # Tests and examples link what the tools emit with the runtime.
  if(TARGET qrt)
    add_dependencies(quench-tools qrt)
  endif()
  get_property(targets GLOBAL PROPERTY QUENCH_TEST_DEPENDS)
  foreach(target quench-tools ${targets})
    if(TARGET check-quench-depends AND (TARGET ${target} OR QUENCH_STRICT))
      add_dependencies(check-quench-depends ${target})
    endif()
  endforeach()
endfunction()
