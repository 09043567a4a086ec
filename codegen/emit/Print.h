// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The printers: from the model to the text of each file. They decide nothing.

#ifndef QUENCH_CODEGEN_EMIT_PRINT_H
#define QUENCH_CODEGEN_EMIT_PRINT_H

#include "codegen/emit/Model.h"
#include "codegen/kernels/CppWriter.h"

namespace quench::emit {

/// `<prefix>.h`: the C API.
std::string printHeader(const Model &model);

/// `<prefix>.cpp`: kernels, parameters, and one call a layer.
std::string printSource(const Model &model);

/// `<prefix>.cu`: the same for GPUs.
std::string printCudaSource(const Model &model);

/// The part of the header that is about devices.
void printCudaFunctions(kernels::CppWriter &writer, const Model &model);

/// `<prefix>_main.cpp`: a command line around the model.
std::string printMain(const Model &model);

/// `<prefix>_weights.S`: the blob by `.incbin`.
std::string printWeightsAssembly(const Model &model);

/// `<prefix>_weights.c`: the blob as words, for compilers without assembler.
std::string printWeightsArray(const Model &model);

/// `CMakeLists.txt`. `weightsFile` is the third source, empty without
/// weights; `size` asks for -Os.
std::string printCMake(const Model &model, const std::string &weightsFile,
                       bool size);

/// The comment every file begins with: what it is, from which model, for which
/// targets, made with which options. `lead` begins each line, "//" or "#".
std::string banner(const Model &model, const std::string &what,
                   const std::string &lead = "//");

/// A member or initializer inside one block, with its comment behind it, or
/// before it where the line would be too long: breaking it would cut the
/// comment in two.
void lineWithNote(kernels::CppWriter &writer, const std::string &code,
                  const std::string &note);

/// `prefix = {v, v};` on one line where it fits, else filled lines.
void arrayOf(kernels::CppWriter &writer, const std::string &prefix,
             const std::vector<std::string> &values);

/// "385,211,392"
std::string grouped(int64_t number);

/// `text` without what would end or break a comment line.
std::string commentText(const std::string &text);

/// `text` as a C string literal, quotes included.
std::string stringLiteral(const std::string &text);

/// The self-test: what it feeds and how, shared by the printer and by whoever
/// computes the expected bytes.
struct SelftestInput {
  /// float: value = (float)((int32)(word >> 16) + offset) * step;
  /// codes: value = the upper bits of the word, or min + (word >> 16) % span
  /// where not all codes are allowed.
  int64_t offset = -32768;
  float step = 1.0f / 32768;
  int64_t min = 0;
  int64_t span = 0; ///< 0: all codes
};

/// Range of each input of the model: the codes of the quantization that reads
/// it, or [-1, 1).
std::vector<SelftestInput> selftestInputs(const Model &model);

/// The bytes of each input, from one generator that runs through all of them:
/// word = word * 1664525 + 1013904223, from 0 (Numerical Recipes, 2nd
/// ed., 7.1).
std::vector<std::vector<uint8_t>> selftestData(const Model &model);

void printSelftest(kernels::CppWriter &writer, const Model &model);

/// Its parts: `expected`; pointers to all inputs and outputs from byte `offset`
/// of `base` on; what fills the inputs; what compares the outputs.
void printSelftestSums(kernels::CppWriter &writer, const Model &model);
void printSelftestMemory(kernels::CppWriter &writer, const Model &model,
                         size_t &offset, size_t alignment);
void printSelftestInputs(kernels::CppWriter &writer, const Model &model);
void printSelftestChecks(kernels::CppWriter &writer, const Model &model);

/// Of a model with threads: the function `split`.
void printSplit(kernels::CppWriter &writer);

/// A call in parts: a band, shares of several workers, or both. `arguments` are
/// those of the whole call.
void printPartCall(kernels::CppWriter &writer, const Model &model,
                   const Call &call, std::vector<std::string> arguments);

/// "kernel(a, b);"
std::string callText(const Call &call,
                     const std::vector<std::string> &arguments);

} // namespace quench::emit

#endif // QUENCH_CODEGEN_EMIT_PRINT_H
