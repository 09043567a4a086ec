// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The names of a kernel while it is parsed: registers, constants, variables,
// labels, and the scopes that braces open.

#ifndef TEST_TOOLS_PTXSIM_KERNELBUILDER_H
#define TEST_TOOLS_PTXSIM_KERNELBUILDER_H

#include "test/tools/ptxsim/Module.h"

#include <map>
#include <optional>
#include <string>

namespace ptxsim {

/// A declared register. Its place is chosen at the first use.
struct Register {
  Type type = Type::B32;
  Reg reg = noReg;
};

/// What a name that is no register stands for, as a 64-bit immediate.
struct Symbol {
  enum class Kind : uint8_t { Global, Shared, Local, Param };
  Kind kind = Kind::Global;
  uint64_t value = 0; ///< host address, or offset in the state space
};

class KernelBuilder {
public:
  explicit KernelBuilder(Kernel &kernel) : kernel(kernel) { openScope(); }

  void openScope();
  void closeScope() { scope = scopes[scope].parent; }

  void declareRegister(std::string name, Type type);
  void declareSymbol(std::string name, Symbol symbol);
  /// False if this scope has the label already.
  bool declareLabel(std::string name);

  /// Null if `name` is no register.
  Register *findRegister(const std::string &name);
  const Symbol *findSymbol(const std::string &name) const;
  /// The register of a special name ("%tid.x"), nothing for others.
  std::optional<Reg> specialRegister(const std::string &name);

  Reg placeOf(Register &declared);
  /// A new register of `bytes` per lane; 0 stands for a predicate.
  Reg allocate(int bytes);
  Reg constant(uint64_t value, int bytes);

  /// `target` of the instruction at `index` becomes the label's place; resolved
  /// by `resolveLabels`, as labels may follow.
  void branchTo(uint32_t index, std::string label);
  /// `label` becomes entry `position` of jump table `table`.
  void jumpTo(uint32_t table, uint32_t position, std::string label);
  /// The first label that nobody declared; empty if all are there.
  std::string resolveLabels();

  void declareJumpTable(const std::string &name,
                        const std::vector<std::string> &labels);
  void branchIndexed(uint32_t index, std::string table);

  Kernel &kernel;

private:
  struct Scope {
    int parent = -1;
    std::map<std::string, Register> registers;
    std::map<std::string, uint32_t> labels;
  };
  struct Fixup {
    uint32_t index;
    std::string label;
    int scope;
    bool table;
  };

  std::optional<uint32_t> findLabel(const std::string &name, int from) const;

  std::vector<Scope> scopes;
  int scope = -1;
  std::map<std::string, Symbol> symbols;
  std::map<std::pair<uint64_t, int>, Reg> constants;
  std::map<Special, Reg> specials;
  std::vector<Fixup> fixups;
  std::map<std::string, std::pair<int, std::vector<std::string>>> tables;
};

} // namespace ptxsim

#endif
