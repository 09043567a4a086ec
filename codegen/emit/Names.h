// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Identifiers of the emitted code, made from the names of the model.

#ifndef QUENCH_CODEGEN_EMIT_NAMES_H
#define QUENCH_CODEGEN_EMIT_NAMES_H

#include <set>
#include <string>
#include <string_view>

namespace quench::emit {

/// A lower-case C identifier that reads like `name`: letters and digits stay,
/// any run of other characters becomes one underscore, none at either end
/// ("/blocks/0/Conv_output_0" -> "blocks_0_conv_output_0"). Long names keep
/// their end, which tells them apart. Never empty, never starts with a digit,
/// never a keyword of C++20 or C23 nor a lower-case macro of their libraries.
std::string identifier(std::string_view name);

/// The same in upper case, for macros.
std::string macroName(std::string_view name);

class NameSet;

/// Makes unavailable what the emitted code of a model with this prefix calls
/// its own: a tensor `base` would hide the printers' `base`.
void reserveEmittedNames(NameSet &names, std::string_view prefix);

/// Hands out identifiers that differ from all handed out before.
class NameSet {
public:
  /// identifier(name), with "_2", "_3", ... where it is taken.
  std::string unique(std::string_view name);

  /// Makes `name` unavailable.
  void reserve(std::string_view name) { taken.insert(std::string(name)); }

private:
  std::set<std::string> taken;
};

} // namespace quench::emit

#endif // QUENCH_CODEGEN_EMIT_NAMES_H
