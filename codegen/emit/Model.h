// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A placed model as the printers see it: plain C++, every name chosen, nothing
// left to decide.

#ifndef QUENCH_CODEGEN_EMIT_MODEL_H
#define QUENCH_CODEGEN_EMIT_MODEL_H

#include "codegen/emit/Params.h"
#include "codegen/kernels/Split.h"
#include "codegen/targets/Targets.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace quench::emit {

enum class Element { F32, S8, S32, S64, S16 };

struct ElementRow {
  const char *cType;   ///< "int8_t"
  const char *qrtName; ///< "QRT_S8"
  const char *word;    ///< "int8", for comments
  size_t bytes;
};

/// Facts about an element type.
const ElementRow &row(Element element);

/// An input, an output, a slot of the arena or a constant.
struct Buffer {
  enum Kind { Input, Output, Slot, Weights } kind = Slot;
  std::string name;       ///< identifier, unique in the model
  std::string sourceName; ///< as in the model
  Element element = Element::S8;
  std::vector<int64_t> shape;
  bool quantized = false; ///< scale and zero are set
  float scale = 1;
  int64_t zero = 0;
  int64_t min = 0, max = 0;    ///< codes the caller may pass, if quantized
  int64_t offset = 0;          ///< in the arena, or in the weights blob
  int64_t first = 0, last = 0; ///< steps in which a slot is alive
  bool isView = false;         ///< shares bytes with another slot
  /// Rows by which a slot's window moves with each band, those in front of the
  /// first band's, and those of the whole tensor; 0: no window.
  int64_t windowStep = 0, windowBefore = 0, windowRows = 0;
  /// Of a slot that has some channels of others' pixels: its own shape.
  std::vector<int64_t> channelShape;
  std::string packing;        ///< layout of a constant
  int64_t alignment = 1;      ///< of a constant, in bytes
  std::string preparation;    ///< how its numbers are made, for comments
  std::vector<uint8_t> bytes; ///< content of a constant

  int64_t elements() const;
  size_t byteSize() const {
    return static_cast<size_t>(elements()) * row(element).bytes;
  }
  /// Elements of a row of a window [1, H, W, C].
  int64_t rowElements() const { return elements() / shape[1]; }
  /// "[1, 8, 8, 16]", of what exists and of the whole tensor.
  std::string shapeText() const;
  std::string wholeShapeText() const;
};

/// One argument of a call: the address of parameters, a number, a buffer, a
/// null pointer, or the scratch memory.
struct Argument {
  enum Kind { Params, Number, Address, Null, Scratch } kind = Null;
  size_t index = 0; ///< into Model::params or Model::buffers; offset of scratch
  FieldValue number;
};

struct Call {
  std::string kernel;
  std::vector<Argument> arguments;
  int64_t step = 0;
  int64_t variant = -1; ///< index into Model::targets, or -1 for all
  std::string source;
  std::string why;
  double cost = 0;
  int64_t macs = 0;
  int64_t scratchBytes = 0;
  std::optional<kernels::Split> split; ///< absent: runs on the calling thread
  std::optional<kernels::Bands> bands; ///< absent: runs as a whole
  int64_t group = -1; ///< step of the first call that runs in the same bands
};

/// A constant parameter struct; calls with the same values share one.
struct ParamConstant {
  std::string name;
  const ParamStruct *type = nullptr;
  std::vector<FieldValue> fields;
};

struct Model {
  std::string prefix; ///< of every public name
  std::string macro;  ///< the same in upper case
  std::string source; ///< file the model came from
  std::string sha256;
  std::string options;
  int64_t arenaBytes = 0;
  int64_t threads = 1; ///< the most workers; 1: the code knows of none
  std::vector<const targets::Target *> targets; ///< best first
  std::vector<Buffer> buffers;                  ///< in order of the plan
  std::vector<size_t> inputs, outputs;          ///< by index, into buffers
  std::vector<ParamConstant> params;
  std::vector<Call> calls;             ///< in order of execution
  std::vector<std::string> layerNames; ///< by step
  /// CRC-32 of each output for the self-test's inputs; empty: no self-test.
  std::vector<uint32_t> selftestCrc;

  size_t weightBytes = 0; ///< of the blob, a multiple of 64

  bool hasThreads() const { return threads > 1; }
  /// Whether a kernel needs some.
  bool hasScratch() const;

  /// Multiply-accumulates of one run.
  int64_t macs() const;
};

/// Content of the weights blob: every constant at its offset.
std::vector<uint8_t> weightsBlob(const Model &model);

} // namespace quench::emit

#endif // QUENCH_CODEGEN_EMIT_MODEL_H
