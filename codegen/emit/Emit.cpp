// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The list of files.

#include "codegen/emit/Emit.h"

#include "codegen/emit/Print.h"

using namespace quench;
using namespace quench::emit;

std::vector<File> emit::emitFiles(const Model &model,
                                  const EmitOptions &options) {
  std::vector<File> files = {
      {model.prefix + ".h", printHeader(model)},
  };
  if (targets::isCuda(*model.targets.front()))
    files.push_back({model.prefix + ".cu", printCudaSource(model)});
  else
    files.push_back({model.prefix + ".cpp", printSource(model)});
  std::string weightsFile;
  if (model.weightBytes) {
    const std::string stem = model.prefix + "_weights";
    if (options.weights == WeightsForm::Array) {
      weightsFile = stem + ".c";
      files.push_back({weightsFile, printWeightsArray(model)});
    } else {
      const std::vector<uint8_t> blob = weightsBlob(model);
      files.push_back({stem + ".S", printWeightsAssembly(model)});
      files.push_back({stem + ".bin", std::string(blob.begin(), blob.end())});
      weightsFile =
          stem + (options.weights == WeightsForm::Object ? ".o" : ".S");
    }
  }
  if (options.main)
    files.push_back({model.prefix + "_main.cpp", printMain(model)});
  if (options.cmake)
    files.push_back(
        {"CMakeLists.txt", printCMake(model, weightsFile, options.size)});
  return files;
}
