// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Modifiers, operands, and the table of opcodes.

#include "test/tools/ptxsim/Decoder.h"

#include <algorithm>

using namespace ptxsim;

namespace {

const RuleTable &rules() {
  static const RuleTable table = [] {
    RuleTable made;
    addIntegerRules(made);
    addBitRules(made);
    addFloatRules(made);
    addCompareRules(made);
    addConvertRules(made);
    addMoveRules(made);
    addMemoryRules(made);
    addAtomicRules(made);
    addAsyncCopyRules(made);
    addMatrixRules(made);
    addWarpRules(made);
    addControlRules(made);
    return made;
  }();
  return table;
}

} // namespace

bool Decoder::hasModifier(std::string_view name) const {
  return std::find(modifiers.begin(), modifiers.end(), name) != modifiers.end();
}

bool Decoder::take(std::string_view name) {
  auto found = std::find(modifiers.begin(), modifiers.end(), name);
  if (found == modifiers.end())
    return false;
  modifiers.erase(found);
  return true;
}

void Decoder::ignore(std::initializer_list<const char *> names) {
  for (const char *name : names)
    take(name);
}

void Decoder::ignorePrefix(std::string_view prefix) {
  std::erase_if(modifiers, [&](const std::string &modifier) {
    return modifier.starts_with(prefix);
  });
}

int Decoder::takeOneOf(std::initializer_list<const char *> names) {
  int index = 0;
  for (const char *name : names) {
    if (take(name))
      return index;
    ++index;
  }
  return -1;
}

std::string
Decoder::takeFirstOf(std::initializer_list<std::string_view> names) {
  auto found = std::find_first_of(modifiers.begin(), modifiers.end(),
                                  names.begin(), names.end());
  if (found == modifiers.end())
    return "";
  std::string name = std::move(*found);
  modifiers.erase(found);
  return name;
}

std::optional<Type> Decoder::takeType() {
  for (auto at = modifiers.begin(); at != modifiers.end(); ++at)
    if (std::optional<Type> type = parseType(*at)) {
      modifiers.erase(at);
      return type;
    }
  return std::nullopt;
}

Type Decoder::needType() {
  if (std::optional<Type> type = takeType())
    return *type;
  refuse("no type that is known here");
  return Type::B32;
}

int Decoder::takeVector() {
  switch (takeOneOf({"v2", "v4"})) {
  case 0:
    return 2;
  case 1:
    return 4;
  default:
    return 1;
  }
}

bool Decoder::expectOperands(size_t low, size_t high) {
  if (operandCount() >= low && operandCount() <= high)
    return true;
  refuse(std::to_string(operandCount()) + " operands");
  return false;
}

void Decoder::refuse(std::string why) {
  if (reason.empty())
    reason = std::move(why);
}

Reg Decoder::source(const Operand &operand, int bytes) {
  int width = bytes;
  const Reg reg = wide(operand, width, /*isDestination=*/false);
  if (width != bytes)
    refuse(operand.name + " has " + std::to_string(8 * width) + " bits, not " +
           std::to_string(8 * bytes));
  return reg;
}

Reg Decoder::destination(const Operand &operand, int bytes) {
  int width = bytes;
  const Reg reg = wide(operand, width, /*isDestination=*/true);
  if (width != bytes)
    refuse(operand.name + " has " + std::to_string(8 * width) + " bits, not " +
           std::to_string(8 * bytes));
  return reg;
}

Reg Decoder::wide(const Operand &operand, int &bytes, bool isDestination) {
  if (operand.negated || !operand.second.empty()) {
    refuse("operand " + operand.name + " with ! or |");
    return 0;
  }
  if (operand.kind == Operand::Kind::Sink && isDestination)
    return builder.allocate(bytes);
  if (operand.kind == Operand::Kind::Immediate && !isDestination)
    return builder.constant(operand.bits, bytes);
  if (operand.kind != Operand::Kind::Name) {
    refuse("operand of a kind that is not known here");
    return 0;
  }
  if (Register *declared = builder.findRegister(operand.name)) {
    if (declared->type == Type::Pred) {
      refuse("predicate " + operand.name);
      return 0;
    }
    // Registers of 8 bits live in 16, as nvcc itself has them.
    const int width = bytesOf(declared->type);
    if (width < bytes)
      refuse(operand.name + " has only " + std::to_string(8 * width) + " bits");
    bytes = width;
    return builder.placeOf(*declared);
  }
  if (!isDestination) {
    if (std::optional<Reg> special = builder.specialRegister(operand.name)) {
      bytes = 4;
      return *special;
    }
    if (const Symbol *symbol = builder.findSymbol(operand.name))
      return builder.constant(symbol->value + uint64_t(operand.offset), bytes);
  }
  refuse("unknown name " + operand.name);
  return 0;
}

Reg Decoder::predicate(const std::string &name) {
  Register *declared = builder.findRegister(name);
  if (!declared || declared->type != Type::Pred) {
    refuse("no predicate: " + name);
    return 0;
  }
  return builder.placeOf(*declared);
}

Reg Decoder::predicate(const Operand &operand) {
  if (operand.kind == Operand::Kind::Sink)
    return builder.allocate(0);
  if (operand.kind == Operand::Kind::Immediate)
    return builder.constant(operand.bits ? allLanes : 0, 0);
  return predicate(operand.name);
}

Reg Decoder::typedSource(size_t index, Type type) {
  if (type != Type::Pred)
    return source(index, bytesOf(type));
  if (operand(index).negated)
    refuse("negated predicate");
  return predicate(operand(index));
}

Reg Decoder::typedDestination(size_t index, Type type) {
  return type == Type::Pred ? predicate(operand(index))
                            : destination(index, bytesOf(type));
}

Reg Decoder::address(size_t index, int64_t &offset, bool &isWide) {
  const Operand &operand = this->operand(index);
  isWide = true;
  if (operand.kind != Operand::Kind::Address) {
    refuse("no address");
    return 0;
  }
  offset = operand.offset;
  const Operand &base = operand.elements[0];
  if (base.kind == Operand::Kind::Immediate)
    return builder.constant(base.bits, 8);
  int bytes = 4;
  if (builder.findRegister(base.name)) {
    const Reg reg = wide(base, bytes, /*isDestination=*/false);
    isWide = bytes == 8;
    return reg;
  }
  bytes = 8;
  return wide(base, bytes, /*isDestination=*/false);
}

uint64_t Decoder::immediate(size_t index) {
  if (operand(index).kind != Operand::Kind::Immediate)
    refuse("operand " + std::to_string(index) + " is no number");
  return operand(index).bits;
}

std::string Decoder::decode() {
  auto rule = rules().find(statement.opcode[0]);
  if (rule == rules().end())
    return "unknown opcode";
  if (!statement.guard.empty()) {
    instr.guard = predicate(statement.guard);
    instr.guardNegated = statement.guardNegated;
  }
  rule->second(*this);
  for (const std::string &modifier : modifiers)
    refuse("unknown modifier ." + modifier);
  if (reason.empty() && !instr.exec && instr.flow == Flow::Next)
    refuse("not for this type");
  return reason;
}
