// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// PTX text to Module. Module::parse is the way in.

#ifndef TEST_TOOLS_PTXSIM_PARSER_H
#define TEST_TOOLS_PTXSIM_PARSER_H

#include "test/tools/ptxsim/KernelBuilder.h"
#include "test/tools/ptxsim/Lexer.h"
#include "test/tools/ptxsim/Statement.h"

#include <map>

namespace ptxsim {

/// One pass over the tokens. What is not known is collected, with its line, and
/// parsing goes on at the next statement.
class Parser {
public:
  Parser(std::string_view text, Module &module)
      : tokens(tokenize(text)), module(module) {}

  /// \return everything that was refused, one line each; empty on success.
  std::string run();

private:
  /// A declaration: [.align n] .type name[size]...
  struct Declaration {
    std::string name;
    Type type = Type::B8;
    uint64_t alignment = 1;
    uint64_t bytes = 0;
    bool unsized = false; ///< name[]
  };
  /// Where a body keeps its .shared arrays while names are collected.
  struct SharedArray {
    Declaration declaration;
    bool external = false;
  };

  // Tokens.
  bool done() const { return pos >= tokens.size(); }
  const Token &peek(size_t ahead = 0) const;
  Token next();
  bool accept(std::string_view text);
  bool expect(std::string_view text);
  void skipPast(std::string_view text);
  void skipBraces();
  void refuse(int line, const std::string &what);

  // Modules.
  void parseTopLevel();
  void parseVariable(bool constant);
  void parseShared(bool external);
  std::vector<uint64_t> parseInitializer(Type type);
  void parseEntry();
  void parseParams(Kernel &kernel, KernelBuilder &builder);
  void parseDirectives(Kernel &kernel);
  Declaration parseDeclaration();

  // Bodies.
  void placeShared(Kernel &kernel, KernelBuilder &builder);
  void parseBody(KernelBuilder &builder);
  void parseDirective(KernelBuilder &builder);
  void parseRegisters(KernelBuilder &builder);
  void parseStatement(KernelBuilder &builder);
  void parseLabel(KernelBuilder &builder);
  Operand parseOperand();
  Operand parseNumber();

  std::vector<Token> tokens;
  size_t pos = 0;
  Module &module;
  std::map<std::string, SharedArray> sharedArrays; ///< of the module
  std::vector<std::string> sharedOrder;
  std::string problems;
};

} // namespace ptxsim

#endif
