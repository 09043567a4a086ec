// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The build description that comes with the sources.

#include "codegen/emit/Print.h"

#include "codegen/targets/Gpu.h"

using namespace quench;
using namespace quench::emit;

/// " -mfpu=neon": what everything has to be compiled with for the levels of
/// `model`, which say the rest function by function.
static std::string levelFlags(const Model &model) {
  for (const targets::Target *target : model.targets)
    if (target->attribute.empty() && !target->compilerFlags.empty())
      return " " + std::string(target->compilerFlags);
  return {};
}

/// What makes CMake see the .bin that an assembly file includes.
static std::string binaryWeights(const Model &model,
                                 const std::string &weightsFile) {
  if (weightsFile.size() < 2 ||
      weightsFile.substr(weightsFile.size() - 2) != ".S")
    return {};
  return "# The assembler looks for the .bin there, and does not report it.\n"
         "set_source_files_properties(" +
         weightsFile +
         " PROPERTIES\n"
         "  COMPILE_OPTIONS -I${CMAKE_CURRENT_SOURCE_DIR}\n"
         "  OBJECT_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/" +
         model.prefix + "_weights.bin)\n";
}

/// The library as CUDA sources; kernels need no flag but the level.
static std::string cudaCMake(const Model &model,
                             const std::string &weightsFile) {
  const std::string &p = model.prefix;
  const bool isObject = weightsFile.size() > 2 &&
                        weightsFile.substr(weightsFile.size() - 2) == ".o";
  const std::string architectures(
      targets::findGpu(model.targets.front()->name)->architectures);
  std::string flags;
  for (size_t at = 0; at < architectures.size(); at += 3) {
    const std::string level = architectures.substr(at, 2);
    flags += " -gencode arch=compute_" + level + ",code=" +
             (at + 2 == architectures.size()
                  ? "[sm_" + level + ",compute_" + level + "]"
                  : "sm_" + level);
  }
  std::string text = banner(model, "Builds the library " + p + ".", "#");
  text += "# Without CMake, in this folder (QUENCH: where Quench is "
          "installed):\n"
          "#   nvcc -O3 -std=c++17" +
          flags +
          "\n"
          "#     -I$QUENCH/include -c " +
          p + ".cu\n";
  if (!weightsFile.empty() && !isObject)
    text += "#   cc -I. -c " + weightsFile + "\n";
  text +=
      "# then link " + p + ".o" +
      (weightsFile.empty() ? "" : ", " + p + "_weights.o") +
      " and $QUENCH/lib/libqrt.a with nvcc or with -lcudart_static.\n\n"
      "cmake_minimum_required(VERSION 3.22)\n"
      "if(NOT CMAKE_CUDA_ARCHITECTURES)\n"
      "  # Those of the target, and PTX of the last one for devices to come.\n"
      "  set(CMAKE_CUDA_ARCHITECTURES \"";
  for (size_t at = 0; at < architectures.size(); at += 3)
    text += architectures.substr(at, 2) +
            (at + 2 == architectures.size() ? "\")\n" : "-real;");
  text += "endif()\n"
          "if(CMAKE_SOURCE_DIR STREQUAL CMAKE_CURRENT_SOURCE_DIR)\n"
          "  project(" +
          p +
          " LANGUAGES C CXX CUDA ASM)\n"
          "  if(NOT CMAKE_BUILD_TYPE)\n"
          "    set(CMAKE_BUILD_TYPE Release)\n"
          "  endif()\n"
          "endif()\n\n"
          "# The runtime: installed with Quench (CMAKE_PREFIX_PATH), or\n"
          "# add_subdirectory(<quench>/runtime) before this folder.\n"
          "if(NOT TARGET qrt::qrt)\n"
          "  find_package(qrt REQUIRED)\n"
          "endif()\n"
          "find_package(CUDAToolkit REQUIRED)\n\n"
          "add_library(" +
          p + " STATIC " + p + ".cu" +
          (weightsFile.empty() ? "" : " " + weightsFile) +
          ")\n"
          "target_compile_features(" +
          p +
          " PUBLIC cxx_std_17 cuda_std_17)\n"
          "target_include_directories(" +
          p +
          " PUBLIC\n"
          "  ${CMAKE_CURRENT_SOURCE_DIR})\n"
          "target_link_libraries(" +
          p + " PUBLIC qrt::qrt CUDA::cudart_static)\n";
  return text + binaryWeights(model, weightsFile);
}

std::string emit::printCMake(const Model &model, const std::string &weightsFile,
                             bool size) {
  if (targets::isCuda(*model.targets.front()))
    return cudaCMake(model, weightsFile);
  const std::string &p = model.prefix;
  const bool isObject = weightsFile.size() > 2 &&
                        weightsFile.substr(weightsFile.size() - 2) == ".o";
  const std::string library = model.hasThreads() ? "qrt_threads" : "qrt";
  std::string text = banner(model, "Builds the library " + p + ".", "#");
  text +=
      "# Without CMake, in this folder (QUENCH: where Quench is installed):\n"
      "#   c++ " +
      std::string(size ? "-Os" : "-O2") + " -ffp-contract=off" +
      levelFlags(model) + " -I$QUENCH/include -c " + p + ".cpp\n";
  if (!weightsFile.empty() && !isObject)
    text += "#   cc -I. -c " + weightsFile + "\n";
  text +=
      "# then link " + p + ".o" +
      (weightsFile.empty() ? "" : ", " + p + "_weights.o") +
      (model.hasThreads()
           ? ", $QUENCH/lib/libqrt_threads.a, $QUENCH/lib/libqrt.a and "
             "-pthread.\n\n"
           : " and $QUENCH/lib/libqrt.a.\n\n") +
      "cmake_minimum_required(VERSION 3.22)\n"
      "if(CMAKE_SOURCE_DIR STREQUAL CMAKE_CURRENT_SOURCE_DIR)\n"
      "  project(" +
      p +
      " LANGUAGES C CXX ASM)\n"
      "  if(NOT CMAKE_BUILD_TYPE)\n"
      "    set(CMAKE_BUILD_TYPE Release)\n"
      "  endif()\n"
      "endif()\n\n"
      "# The runtime: installed with Quench (CMAKE_PREFIX_PATH), or\n"
      "# add_subdirectory(<quench>/runtime) before this folder.\n"
      "if(NOT TARGET qrt::" +
      library +
      ")\n"
      "  find_package(qrt REQUIRED)\n"
      "endif()\n\n"
      "add_library(" +
      p + " STATIC " + p + ".cpp" +
      (weightsFile.empty() ? "" : " " + weightsFile) +
      ")\n"
      "target_compile_features(" +
      p +
      " PUBLIC cxx_std_17)\n"
      "# In every build type: kernels that are not optimized are of no use.\n"
      "target_compile_options(" +
      p + " PRIVATE " + (size ? "-Os" : "-O2") + " -ffp-contract=off" +
      levelFlags(model) +
      ")\n"
      "target_include_directories(" +
      p +
      " PUBLIC\n"
      "  ${CMAKE_CURRENT_SOURCE_DIR})\n"
      "target_link_libraries(" +
      p + " PUBLIC qrt::" + library + ")\n";
  return text + binaryWeights(model, weightsFile);
}
