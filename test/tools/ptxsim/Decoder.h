// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a statement to an instruction: what the rules of the opcodes work with.

#ifndef TEST_TOOLS_PTXSIM_DECODER_H
#define TEST_TOOLS_PTXSIM_DECODER_H

#include "test/tools/ptxsim/KernelBuilder.h"
#include "test/tools/ptxsim/Statement.h"

#include <functional>
#include <initializer_list>
#include <map>

namespace ptxsim {

/// Decodes one statement. A rule takes the modifiers it understands and places
/// the operands; modifiers that nobody took refuse the statement, so nothing is
/// ever executed with a part of its meaning ignored.
class Decoder {
public:
  Decoder(KernelBuilder &builder, const Statement &statement)
      : builder(builder), statement(statement),
        modifiers(statement.opcode.begin() + 1, statement.opcode.end()) {}

  bool hasModifier(std::string_view name) const;
  /// Removes the first modifier `name`; false if there is none.
  bool take(std::string_view name);
  /// Removes all of `names` that are there: hints without effect on values.
  void ignore(std::initializer_list<const char *> names);
  /// Removes modifiers that start with `prefix` ("L2::").
  void ignorePrefix(std::string_view prefix);
  /// Index in `names` of the one that is there, which is removed; -1 if none.
  int takeOneOf(std::initializer_list<const char *> names);
  /// Removes, and returns, the first modifier that is one of `names`.
  std::string takeFirstOf(std::initializer_list<std::string_view> names);
  /// Removes the first modifier that is a type.
  std::optional<Type> takeType();
  /// The same, refusing the statement if there is none.
  Type needType();
  /// Vector length of .v2, .v4: 1 without.
  int takeVector();

  size_t operandCount() const { return statement.operands.size(); }
  const Operand &operand(size_t index) const {
    return statement.operands[index];
  }
  /// Refuses unless there are `low` to `high` operands.
  bool expectOperands(size_t low, size_t high);
  bool expectOperands(size_t count) { return expectOperands(count, count); }

  /// Register or immediate of exactly `bytes` per lane.
  Reg source(const Operand &operand, int bytes);
  Reg source(size_t index, int bytes) { return source(operand(index), bytes); }
  /// Register of exactly `bytes` per lane; `_` gives one that nobody reads.
  Reg destination(const Operand &operand, int bytes);
  Reg destination(size_t index, int bytes) {
    return destination(operand(index), bytes);
  }
  /// Register of at least `bytes` per lane (ld, st, cvt); `bytes` becomes its
  /// own width. An immediate has the width asked for.
  Reg wide(const Operand &operand, int &bytes, bool isDestination);
  Reg predicate(const Operand &operand);
  Reg predicate(const std::string &name);
  /// Source and destination registers of type `type`, predicates included.
  Reg typedSource(size_t index, Type type);
  Reg typedDestination(size_t index, Type type);
  /// [register + offset] or [symbol + offset]: the address register (4 or 8
  /// bytes, `flags` gets wideAddress for 8), and what to add to it.
  Reg address(size_t index, int64_t &offset, bool &isWide);
  /// Value of an immediate operand; refuses anything else.
  uint64_t immediate(size_t index);

  /// The statement is not known; the first reason counts.
  void refuse(std::string why);

  /// Runs the rule of the opcode, and checks that it took everything.
  /// \return why the statement is refused; empty if it is not.
  std::string decode();

  KernelBuilder &builder;
  Instr instr;

private:
  const Statement &statement;
  std::vector<std::string> modifiers;
  std::string reason;
};

/// Decodes the opcodes of one name ("add").
using Rule = std::function<void(Decoder &)>;
using RuleTable = std::map<std::string, Rule, std::less<>>;

// One function per family of opcodes, each in the file of that name.
void addIntegerRules(RuleTable &table);
void addBitRules(RuleTable &table);
void addFloatRules(RuleTable &table);
void addCompareRules(RuleTable &table);
void addConvertRules(RuleTable &table);
void addMoveRules(RuleTable &table);
void addMemoryRules(RuleTable &table);
void addAtomicRules(RuleTable &table);
void addAsyncCopyRules(RuleTable &table);
void addMatrixRules(RuleTable &table);
void addWarpRules(RuleTable &table);
void addControlRules(RuleTable &table);

} // namespace ptxsim

#endif
