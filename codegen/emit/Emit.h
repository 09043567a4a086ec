// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// plan -> files. Prints and decides nothing: kernels, packing, addresses and
// the order of calls are in the plan.

#ifndef QUENCH_CODEGEN_EMIT_EMIT_H
#define QUENCH_CODEGEN_EMIT_EMIT_H

#include "codegen/emit/Files.h"
#include "codegen/emit/Model.h"

namespace quench::emit {

/// How the weights leave the compiler.
enum class WeightsForm {
  Incbin, ///< `_weights.bin` and an assembly file that includes it
  Object, ///< the same, assembled: `_weights.o`
  Array,  ///< `_weights.c`, words in hexadecimal, for any C compiler
};

struct EmitOptions {
  WeightsForm weights = WeightsForm::Incbin;
  bool main = false; ///< also `_main.cpp`
  bool cmake = true; ///< also `CMakeLists.txt`
  bool size = false; ///< which says -Os
};

/// The files of `model`, the same bytes on every call. With WeightsForm::Object
/// the list is that of Incbin; whoever runs the assembler replaces the two
/// files by one, and CMakeLists.txt names that one already.
std::vector<File> emitFiles(const Model &model, const EmitOptions &options);

} // namespace quench::emit

#endif // QUENCH_CODEGEN_EMIT_EMIT_H
