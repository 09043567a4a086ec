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

// clang-format off
/// Keywords of C++20 and C23, and words that their libraries or compilers
/// define as macros.
constexpr std::string_view keywords[] = {
    "alignas", "alignof", "and", "and_eq", "asm", "assert", "auto", "bitand",
    "bitor", "bool", "break", "case", "catch", "char", "char16_t", "char32_t",
    "char8_t", "class", "co_await", "co_return", "co_yield", "compl", "complex",
    "concept", "const", "const_cast", "consteval", "constexpr", "constinit",
    "continue", "decltype", "default", "defined", "delete", "do", "double",
    "dynamic_cast", "else", "enum", "errno", "explicit", "export", "extern",
    "false", "float", "for", "friend", "goto", "i386", "if", "imaginary",
    "inline", "int", "linux", "long", "main", "mutable", "namespace", "new",
    "noexcept", "noreturn", "not", "not_eq", "nullptr", "offsetof", "operator",
    "or", "or_eq", "private", "protected", "public", "register",
    "reinterpret_cast", "requires", "restrict", "return", "short", "signed",
    "sizeof", "static", "static_assert", "static_cast", "stderr", "stdin",
    "stdout", "struct", "switch", "template", "this", "thread_local", "throw",
    "true", "try", "typedef", "typeid", "typename", "typeof", "typeof_unqual",
    "union", "unix", "unsigned", "using", "virtual", "void", "volatile",
    "wchar_t", "while", "xor", "xor_eq",
};

/// Parameters, local and file-scope names of the printers and templates, and
/// the types and functions of the headers that they use.
constexpr std::string_view emittedNames[] = {
    "arena", "base", "begin", "best_level", "bind", "code", "end", "event",
    "expected", "features", "have", "i", "inputs", "int16_t", "int32_t",
    "int16_t", "int64_t", "int8_t", "intptr_t", "isa", "layer", "layer_names", "level",
    "levels", "memory", "none", "outputs", "profile", "ptrdiff_t",
    "qrt_check_arena", "qrt_cpu_features", "qrt_crc32", "qrt_dequantize",
    "qrt_profile", "qrt_profile_event", "qrt_profile_layer", "qrt_quantize",
    "qrt_status", "qrt_tensor_info", "run", "scratch", "size_t", "status",
    "std", "t", "tensors", "uint16_t", "uint32_t", "uint64_t", "uint8_t",
    "uintptr_t", "value", "w", "weights", "word",
};

/// The same behind the prefix of the model.
constexpr std::string_view prefixedNames[] = {
    "input_info", "inputs", "isa_names", "output_info", "outputs", "run",
    "run_threads", "run_with", "selftest", "weights", "weights_layout",
};
// clang-format on

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

void emit::reserveEmittedNames(NameSet &names, std::string_view prefix) {
  for (std::string_view name : emittedNames)
    names.reserve(name);
  for (std::string_view name : prefixedNames)
    names.reserve(std::string(prefix) + "_" + std::string(name));
}
