// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bodies of kernels: declarations, labels, statements and their operands.

#include "test/tools/ptxsim/Decoder.h"
#include "test/tools/ptxsim/Parser.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <cstring>

using namespace ptxsim;

namespace {

std::vector<std::string> splitOpcode(std::string_view opcode) {
  std::vector<std::string> parts(1);
  for (char c : opcode)
    if (c == '.')
      parts.emplace_back();
    else
      parts.back() += c;
  return parts;
}

bool startsNumber(std::string_view text) {
  return !text.empty() && isdigit(static_cast<unsigned char>(text[0]));
}

} // namespace

// Shared arrays get their places before the body is decoded, as the address of
// a dynamic array depends on the size of all static ones. A module's array
// takes room only in kernels that name it.
void Parser::placeShared(Kernel &kernel, KernelBuilder &builder) {
  std::map<std::string, SharedArray> arrays;
  std::vector<std::string> order;
  const size_t begin = pos;
  int depth = 0;
  do {
    const Token token = next();
    depth += token.is("{") - token.is("}");
    if (token.is(".shared")) {
      Declaration declared = parseDeclaration();
      order.push_back(declared.name);
      arrays[declared.name] = {declared, declared.unsized};
    } else if (auto found = sharedArrays.find(std::string(token.text));
               found != sharedArrays.end() && !arrays.count(found->first)) {
      arrays.insert(*found);
    }
  } while (depth > 0 && !done());
  pos = begin;

  for (const std::string &name : sharedOrder)
    if (arrays.count(name))
      order.push_back(name);
  uint64_t bytes = 0, dynamicAlignment = 16;
  for (const std::string &name : order) {
    const auto &[declared, external] = arrays[name];
    if (external) {
      dynamicAlignment = std::max(dynamicAlignment, declared.alignment);
      continue;
    }
    bytes = alignTo(bytes, declared.alignment);
    builder.declareSymbol(name, {Symbol::Kind::Shared, bytes});
    bytes += declared.bytes;
  }
  kernel.staticSharedBytes = uint32_t(bytes);
  kernel.dynamicSharedOffset = uint32_t(alignTo(bytes, dynamicAlignment));
  for (const std::string &name : order)
    if (arrays[name].external)
      builder.declareSymbol(name,
                            {Symbol::Kind::Shared, kernel.dynamicSharedOffset});
}

void Parser::parseBody(KernelBuilder &builder) {
  if (!expect("{"))
    return;
  for (int depth = 1; depth > 0 && !done();) {
    if (accept("{")) {
      builder.openScope();
      ++depth;
    } else if (accept("}")) {
      if (--depth > 0)
        builder.closeScope();
    } else if (accept(";")) {
      continue;
    } else if (peek(1).is(":")) {
      parseLabel(builder);
    } else if (peek().text.starts_with(".")) {
      parseDirective(builder);
    } else {
      parseStatement(builder);
    }
  }
}

void Parser::parseLabel(KernelBuilder &builder) {
  const Token label = next();
  next();
  if (!accept(".branchtargets")) {
    if (!builder.declareLabel(std::string(label.text)))
      refuse(label.line, "label " + std::string(label.text) + " twice");
    return;
  }
  std::vector<std::string> labels;
  do
    labels.emplace_back(next().text);
  while (accept(","));
  expect(";");
  builder.declareJumpTable(std::string(label.text), labels);
}

void Parser::parseDirective(KernelBuilder &builder) {
  const Token token = next();
  if (token.is(".reg")) {
    parseRegisters(builder);
  } else if (token.is(".pragma") || token.is(".shared")) {
    skipPast(";"); // placeShared has seen the arrays
  } else if (token.is(".local")) {
    const Declaration declared = parseDeclaration();
    Kernel &kernel = builder.kernel;
    const uint32_t offset =
        uint32_t(alignTo(kernel.localBytes, declared.alignment));
    kernel.localBytes = offset + uint32_t(declared.bytes);
    builder.declareSymbol(declared.name, {Symbol::Kind::Local, offset});
    expect(";");
  } else {
    refuse(token.line, "unknown directive " + std::string(token.text));
    skipPast(";");
  }
}

// .reg .b32 %r<11>, name;
void Parser::parseRegisters(KernelBuilder &builder) {
  const Token token = next();
  const auto type = parseType(token.text.substr(1));
  if (!type) {
    refuse(token.line, "registers of type " + std::string(token.text));
    skipPast(";");
    return;
  }
  do {
    const std::string name(next().text);
    if (!accept("<")) {
      builder.declareRegister(name, *type);
      continue;
    }
    const uint64_t count = parseNumber().bits;
    expect(">");
    for (uint64_t i = 0; i < count; ++i)
      builder.declareRegister(name + std::to_string(i), *type);
  } while (accept(","));
  expect(";");
}

Operand Parser::parseNumber() {
  Operand number;
  number.kind = Operand::Kind::Immediate;
  const bool negative = accept("-");
  const Token token = next();
  const std::string text(token.text);
  if (!startsNumber(text))
    refuse(token.line, "expected a number, found " + text);
  if (text.size() > 2 && text[0] == '0' && strchr("fFdD", text[1])) {
    number.bits = strtoull(text.c_str() + 2, nullptr, 16);
    const int bits = strchr("fF", text[1]) ? 32 : 64;
    number.bits ^= negative ? uint64_t(1) << (bits - 1) : 0;
    return number;
  }
  if (text.find('.') != text.npos)
    refuse(token.line, "number " + text + " is not supported");
  if (text.size() > 2 && text[0] == '0' && strchr("bB", text[1]))
    number.bits = strtoull(text.c_str() + 2, nullptr, 2);
  else
    number.bits = strtoull(text.c_str(), nullptr, 0);
  if (negative)
    number.bits = -number.bits;
  return number;
}

Operand Parser::parseOperand() {
  Operand operand;
  if (accept("{")) {
    operand.kind = Operand::Kind::Vector;
    do
      operand.elements.push_back(parseOperand());
    while (accept(","));
    expect("}");
    return operand;
  }
  if (accept("[")) {
    operand.kind = Operand::Kind::Address;
    operand.elements.push_back(parseOperand());
    operand.offset = operand.elements[0].offset;
    operand.elements[0].offset = 0;
    expect("]");
    return operand;
  }
  operand.negated = accept("!");
  if (peek().is("-") || startsNumber(peek().text))
    return parseNumber();
  if (accept("_")) {
    operand.kind = Operand::Kind::Sink;
  } else {
    operand.kind = Operand::Kind::Name;
    operand.name = next().text;
    if (operand.name == "WARP_SZ") {
      operand.kind = Operand::Kind::Immediate;
      operand.bits = warpSize;
    }
  }
  if (accept("|"))
    operand.second = next().text;
  if (peek().is("+") || peek().is("-")) {
    const bool negative = next().is("-");
    const int64_t value = int64_t(parseNumber().bits);
    operand.offset = negative ? -value : value;
  }
  return operand;
}

void Parser::parseStatement(KernelBuilder &builder) {
  const size_t begin = pos;
  Statement statement;
  statement.line = peek().line;
  if (accept("@")) {
    statement.guardNegated = accept("!");
    statement.guard = next().text;
  }
  statement.opcode = splitOpcode(next().text);
  while (!done() && !peek().is(";") && !peek().is("}")) {
    statement.operands.push_back(parseOperand());
    if (!accept(",") && !peek().is(";")) {
      // Calls and the like: not the grammar of operands.
      while (!done() && !peek().is(";"))
        next();
      statement.opcode.push_back("(operands)");
    }
  }
  for (size_t i = begin; i < pos; ++i) {
    const bool word =
        i > begin && tokens[i - 1].text.size() > 1 && tokens[i].text != ",";
    const bool comma = i > begin && tokens[i - 1].is(",");
    if ((word && !tokens[i].is("]") && !tokens[i].is("}") &&
         !tokens[i].is("+") && !tokens[i].is("|") && !tokens[i].is("-")) ||
        comma)
      statement.text += ' ';
    statement.text += tokens[i].text;
  }
  accept(";");

  Decoder decoder(builder, statement);
  const std::string why = decoder.decode();
  if (!why.empty())
    refuse(statement.line, statement.text + "  (" + why + ")");
  builder.kernel.code.push_back(decoder.instr);
  builder.kernel.source.push_back({statement.line, statement.text});
}
