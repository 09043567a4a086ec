// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Splits PTX into tokens.

#include "test/tools/ptxsim/Lexer.h"

#include <cctype>
#include <cstddef>

using namespace ptxsim;

namespace {

bool isWordCharacter(char c) {
  return isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$' ||
         c == '%' || c == '.';
}

class Splitter {
public:
  explicit Splitter(std::string_view text) : text(text) {}

  std::vector<Token> run() {
    while (pos < text.size())
      step();
    return std::move(tokens);
  }

private:
  void step() {
    const char c = text[pos];
    if (c == '\n')
      ++line, ++pos;
    else if (isspace(static_cast<unsigned char>(c)) || c == '\0')
      ++pos;
    else if (text.substr(pos, 2) == "//")
      skipLine();
    else if (text.substr(pos, 2) == "/*")
      skipComment();
    else if (c == '"')
      takeString();
    else if (isWordCharacter(c))
      takeWord();
    else
      take(1);
  }

  void take(size_t length) {
    tokens.push_back({text.substr(pos, length), line});
    pos += length;
  }

  void skipLine() {
    while (pos < text.size() && text[pos] != '\n')
      ++pos;
  }

  void skipComment() {
    const size_t end = text.find("*/", pos + 2);
    const size_t stop = end == text.npos ? text.size() : end + 2;
    for (; pos < stop; ++pos)
      line += text[pos] == '\n';
  }

  void takeString() {
    const size_t end = text.find('"', pos + 1);
    take(end == text.npos ? text.size() - pos : end + 1 - pos);
  }

  // "::" joins (L1::no_allocate); a single colon ends a label.
  void takeWord() {
    size_t end = pos;
    while (end < text.size()) {
      if (isWordCharacter(text[end]))
        ++end;
      else if (text.substr(end, 2) == "::")
        end += 2;
      else
        break;
    }
    const std::string_view word = text.substr(pos, end - pos);
    if (word == ".loc" || word == ".file")
      skipLine();
    else
      take(word.size());
  }

  std::string_view text;
  size_t pos = 0;
  int line = 1;
  std::vector<Token> tokens;
};

} // namespace

std::vector<Token> ptxsim::tokenize(std::string_view text) {
  return Splitter(text).run();
}
