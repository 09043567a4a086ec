// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Modules: directives, variables, entries.

#include "test/tools/ptxsim/Parser.h"

#include <algorithm>
#include <cstring>

using namespace ptxsim;

const Token &Parser::peek(size_t ahead) const {
  static const Token end{"", 0};
  return pos + ahead < tokens.size() ? tokens[pos + ahead] : end;
}

Token Parser::next() {
  const Token token = peek();
  ++pos;
  return token;
}

bool Parser::accept(std::string_view text) {
  if (!peek().is(text))
    return false;
  ++pos;
  return true;
}

bool Parser::expect(std::string_view text) {
  if (accept(text))
    return true;
  refuse(peek().line, "expected '" + std::string(text) + "', found '" +
                          std::string(peek().text) + "'");
  return false;
}

void Parser::skipPast(std::string_view text) {
  while (!done() && !next().is(text)) {
  }
}

// From an opening brace to the one that closes it.
void Parser::skipBraces() {
  int depth = 0;
  do {
    const Token token = next();
    depth += token.is("{") - token.is("}");
  } while (depth > 0 && !done());
}

void Parser::refuse(int line, const std::string &what) {
  problems += "  line " + std::to_string(line) + ": " + what + "\n";
}

std::string Parser::run() {
  while (!done())
    parseTopLevel();
  return problems;
}

void Parser::parseTopLevel() {
  const Token token = next();
  if (token.is(".version")) {
    module.version = next().text;
  } else if (token.is(".target")) {
    module.target = next().text;
    while (accept(","))
      next();
  } else if (token.is(".address_size")) {
    if (!next().is("64"))
      refuse(token.line, "only addresses of 64 bits are supported");
  } else if (token.is(".visible") || token.is(".weak") || token.is(".common") ||
             token.is(";")) {
    // Linkage has no meaning for one module.
  } else if (token.is(".extern")) {
    if (accept(".shared")) {
      parseShared(/*external=*/true);
    } else if (peek().is(".func")) {
      skipPast(";"); // refused where it is called
    } else {
      refuse(token.line, "external variables are not supported");
      skipPast(";");
    }
  } else if (token.is(".global") || token.is(".const")) {
    parseVariable(token.is(".const"));
  } else if (token.is(".shared")) {
    parseShared(/*external=*/false);
  } else if (token.is(".entry")) {
    parseEntry();
  } else if (token.is(".func")) {
    while (!done() && !peek().is("{") && !peek().is(";"))
      next();
    if (!accept(";"))
      skipBraces(); // refused where it is called
  } else if (token.is(".section")) {
    next();
    skipBraces();
  } else {
    refuse(token.line, "unknown directive " + std::string(token.text));
    skipPast(";");
  }
}

Parser::Declaration Parser::parseDeclaration() {
  Declaration declared;
  declared.alignment = 0;
  while (peek().text.starts_with(".") && !done()) {
    const Token token = next();
    if (token.is(".align")) {
      declared.alignment = parseNumber().bits;
    } else if (token.is(".attribute")) {
      refuse(token.line, "attributes of variables are not supported");
      skipPast(")");
    } else if (token.is(".ptr") || token.is(".global") || token.is(".const") ||
               token.is(".shared") || token.is(".local")) {
      // What a pointer parameter points to.
    } else if (auto type = parseType(token.text.substr(1))) {
      declared.type = *type;
    } else {
      refuse(token.line, "unknown attribute " + std::string(token.text));
    }
  }
  declared.name = next().text;
  declared.bytes = bytesOf(declared.type);
  if (!declared.alignment)
    declared.alignment = declared.bytes;
  while (accept("[")) {
    if (accept("]")) {
      declared.unsized = true;
      continue;
    }
    declared.bytes *= parseNumber().bits;
    expect("]");
  }
  return declared;
}

std::vector<uint64_t> Parser::parseInitializer(Type type) {
  std::vector<uint64_t> values;
  int depth = 0;
  do {
    if (accept("{")) {
      ++depth;
    } else if (accept("}")) {
      --depth;
    } else if (!accept(",")) {
      const int line = peek().line;
      const Operand value = parseOperand();
      if (value.kind != Operand::Kind::Immediate)
        refuse(line, "initializers may only be numbers");
      values.push_back(value.bits);
    }
  } while (depth > 0 && !done());
  (void)type;
  return values;
}

void Parser::parseVariable(bool constant) {
  Declaration declared = parseDeclaration();
  std::vector<uint64_t> values;
  if (accept("="))
    values = parseInitializer(declared.type);
  expect(";");
  const uint64_t size = uint64_t(bytesOf(declared.type));
  if (declared.unsized)
    declared.bytes = size * values.size();
  // Guard bytes, so that no two variables touch each other.
  constexpr uint64_t alignment = 256;
  auto &storage = module.storage.emplace_back(
      std::make_unique<std::byte[]>(declared.bytes + 2 * alignment));
  std::byte *address = storage.get();
  address += alignTo(uint64_t(address), alignment) - uint64_t(address);
  for (size_t i = 0; i < values.size() && i * size < declared.bytes; ++i)
    memcpy(address + i * size, &values[i], size);
  module.variables.push_back(
      {declared.name, address, declared.bytes, constant});
}

void Parser::parseShared(bool external) {
  Declaration declared = parseDeclaration();
  expect(";");
  sharedOrder.push_back(declared.name);
  sharedArrays[declared.name] = {declared, external || declared.unsized};
}

void Parser::parseEntry() {
  Kernel &kernel = *module.kernels.emplace_back(std::make_unique<Kernel>());
  KernelBuilder builder(kernel);
  kernel.name = next().text;
  for (const Variable &variable : module.variables)
    builder.declareSymbol(variable.name,
                          {Symbol::Kind::Global, uint64_t(variable.address)});
  parseParams(kernel, builder);
  parseDirectives(kernel);
  placeShared(kernel, builder);
  parseBody(builder);
  // Whoever runs off the end returns.
  Instr end;
  end.flow = Flow::Exit;
  kernel.code.push_back(end);
  kernel.source.push_back({peek().line, "(end)"});
  const std::string missing = builder.resolveLabels();
  if (!missing.empty())
    refuse(peek().line, "no label " + missing + " in " + kernel.name);
}

void Parser::parseParams(Kernel &kernel, KernelBuilder &builder) {
  if (!accept("("))
    return;
  while (!done() && !accept(")")) {
    if (accept(","))
      continue;
    expect(".param");
    Declaration declared = parseDeclaration();
    const uint32_t offset =
        uint32_t(alignTo(kernel.paramBytes, declared.alignment));
    kernel.params.push_back({declared.name, offset, uint32_t(declared.bytes)});
    kernel.paramBytes = offset + uint32_t(declared.bytes);
    builder.declareSymbol(declared.name, {Symbol::Kind::Param, offset});
  }
}

void Parser::parseDirectives(Kernel &kernel) {
  while (!done() && !peek().is("{")) {
    const Token token = next();
    if (token.is(".maxntid") || token.is(".reqntid")) {
      kernel.maxThreads = uint32_t(parseNumber().bits);
      while (accept(","))
        kernel.maxThreads *= uint32_t(parseNumber().bits);
    } else if (token.is(".minnctapersm") || token.is(".maxnctapersm") ||
               token.is(".maxnreg")) {
      next();
    } else if (token.is(".pragma")) {
      skipPast(";");
    } else {
      refuse(token.line,
             "unknown directive of a kernel " + std::string(token.text));
    }
  }
}

std::unique_ptr<Module> Module::parse(std::string_view text,
                                      std::string &error) {
  auto module = std::make_unique<Module>();
  const std::string problems = Parser(text, *module).run();
  if (module->version.empty()) {
    error = "no PTX: there is no .version";
    return nullptr;
  }
  if (problems.empty())
    return module;
  error = "the PTX uses what ptxsim does not know:\n" + problems;
  return nullptr;
}

const Kernel *Module::findKernel(std::string_view name) const {
  for (const auto &kernel : kernels)
    if (kernel->name == name)
      return kernel.get();
  return nullptr;
}

const Variable *Module::findVariable(std::string_view name) const {
  for (const Variable &variable : variables)
    if (variable.name == name)
      return &variable;
  return nullptr;
}
