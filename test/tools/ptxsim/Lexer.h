// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Words and punctuation of a PTX text, with their lines.

#ifndef TEST_TOOLS_PTXSIM_LEXER_H
#define TEST_TOOLS_PTXSIM_LEXER_H

#include <string_view>
#include <vector>

namespace ptxsim {

/// A word (identifier, register, directive, opcode with its modifiers, number)
/// or one character of punctuation. Points into the text that was split.
struct Token {
  std::string_view text;
  int line = 0; ///< counted from 1

  bool is(std::string_view other) const { return text == other; }
};

/// Splits `text`. Comments vanish, and so do the lines of .loc and .file, which
/// end without a semicolon. A string is one token, with its quotes.
std::vector<Token> tokenize(std::string_view text);

} // namespace ptxsim

#endif
