// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A parsed PTX text: its kernels, ready to run, and its variables.

#ifndef TEST_TOOLS_PTXSIM_MODULE_H
#define TEST_TOOLS_PTXSIM_MODULE_H

#include "test/tools/ptxsim/Instr.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ptxsim {

/// Registers whose value the launch, the block or the thread decides.
enum class Special : uint8_t {
  TidX,
  TidY,
  TidZ,
  NtidX,
  NtidY,
  NtidZ,
  CtaidX,
  CtaidY,
  CtaidZ,
  NctaidX,
  NctaidY,
  NctaidZ,
  LaneId,
  WarpId,
  NumWarps,
  LaneMaskEq,
  LaneMaskLe,
  LaneMaskLt,
  LaneMaskGe,
  LaneMaskGt,
  DynamicSharedBytes,
  TotalSharedBytes,
  SmId,
  Count
};

/// An immediate operand: a register with the same value in every lane.
struct Constant {
  Reg reg;
  int bytes;
  uint64_t value;
};

/// One parameter of a kernel, `offset` bytes from the start of its buffer.
struct Param {
  std::string name;
  uint32_t offset = 0;
  uint32_t bytes = 0;
};

/// An .entry. Immutable once parsed, so every host thread may run it.
struct Kernel {
  std::string name;
  std::vector<Instr> code;
  std::vector<SourceLine> source; ///< one per instruction
  std::vector<Param> params;
  uint32_t paramBytes = 0;
  uint32_t registerBytes = 0; ///< register file of one warp
  std::vector<Constant> constants;
  std::vector<std::pair<Special, Reg>> specials;
  std::vector<std::vector<uint32_t>> jumpTables;
  uint32_t staticSharedBytes = 0;
  uint32_t dynamicSharedOffset = 0; ///< of every extern .shared array
  uint32_t localBytes = 0;          ///< per thread
  uint32_t maxThreads = 1024;       ///< .maxntid
  /// mul.f32 and add.f32 without a rounding modifier: ptxas may contract them
  /// to fma, which this simulator does not.
  int contractable = 0;
};

/// A .global or .const variable; `address` is host memory the module owns.
struct Variable {
  std::string name;
  std::byte *address = nullptr;
  uint64_t bytes = 0;
  bool constant = false;
};

class Module {
public:
  /// Parses and decodes all kernels of `text`. On failure returns null, and
  /// `error` says why; what the simulator does not know is listed completely,
  /// one line of the text each.
  static std::unique_ptr<Module> parse(std::string_view text,
                                       std::string &error);

  const Kernel *findKernel(std::string_view name) const;
  const Variable *findVariable(std::string_view name) const;

  std::string version; ///< of .version: "9.0"
  std::string target;  ///< of .target: "sm_80"
  std::vector<std::unique_ptr<Kernel>> kernels;
  std::vector<Variable> variables;

private:
  friend class Parser;
  std::vector<std::unique_ptr<std::byte[]>> storage;
};

} // namespace ptxsim

#endif
