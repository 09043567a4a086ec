// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Identifiers: character rules, keywords, uniqueness.

#include "codegen/emit/Names.h"

#include <algorithm>
#include <iterator>

using namespace quench;

namespace {

/// Longer identifiers push every line past 80 columns.
constexpr size_t maxLength = 48;

constexpr std::string_view keywords[] = {
    "alignas",
    "alignof",
    "and",
    "and_eq",
    "asm",
    "auto",
    "bitand",
    "bitor",
    "bool",
    "break",
    "case",
    "catch",
    "char",
    "class",
    "compl",
    "const",
    "const_cast",
    "constexpr",
    "continue",
    "decltype",
    "default",
    "delete",
    "do",
    "double",
    "dynamic_cast",
    "else",
    "enum",
    "explicit",
    "export",
    "extern",
    "false",
    "float",
    "for",
    "friend",
    "goto",
    "if",
    "inline",
    "int",
    "linux",
    "long",
    "main",
    "mutable",
    "namespace",
    "new",
    "noexcept",
    "not",
    "not_eq",
    "nullptr",
    "operator",
    "or",
    "or_eq",
    "private",
    "protected",
    "public",
    "register",
    "restrict",
    "return",
    "short",
    "signed",
    "sizeof",
    "static",
    "static_cast",
    "struct",
    "switch",
    "template",
    "this",
    "thread_local",
    "throw",
    "true",
    "try",
    "typedef",
    "typeid",
    "typename",
    "union",
    "unix",
    "unsigned",
    "using",
    "virtual",
    "void",
    "volatile",
    "wchar_t",
    "while",
    "xor",
    "xor_eq",
    "char16_t",
    "char32_t",
    "static_assert",
    "reinterpret_cast",
};

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isLower(char c) { return c >= 'a' && c <= 'z'; }
bool isUpper(char c) { return c >= 'A' && c <= 'Z'; }

} // namespace

std::string emit::identifier(std::string_view name) {
  std::string result;
  for (char c : name) {
    if (isUpper(c))
      c = static_cast<char>(c - 'A' + 'a');
    if (isLower(c) || isDigit(c))
      result += c;
    else if (!result.empty() && result.back() != '_')
      result += '_';
  }
  if (!result.empty() && result.back() == '_')
    result.pop_back();

  if (result.size() > maxLength) {
    result.erase(0, result.size() - maxLength);
    const size_t word = result.find('_');
    if (word != std::string::npos && word + 1 < result.size())
      result.erase(0, word + 1);
  }
  if (result.empty())
    result = "unnamed";
  if (isDigit(result.front()))
    result.insert(0, "n");
  if (std::find(std::begin(keywords), std::end(keywords), result) !=
      std::end(keywords))
    result += '_';
  return result;
}

std::string emit::macroName(std::string_view name) {
  std::string result = identifier(name);
  // No macro is a keyword.
  if (result.back() == '_')
    result.pop_back();
  for (char &c : result)
    if (isLower(c))
      c = static_cast<char>(c - 'a' + 'A');
  return result;
}

std::string emit::NameSet::unique(std::string_view name) {
  const std::string wanted = identifier(name);
  std::string candidate = wanted;
  for (int i = 2; !taken.insert(candidate).second; ++i)
    candidate = wanted + "_" + std::to_string(i);
  return candidate;
}
