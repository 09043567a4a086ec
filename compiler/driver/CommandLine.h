// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A command line of subcommands, each with a table of options; the tables also
// print the help. llvm::cl would show LLVM's own options and cannot group them.

#ifndef QUENCH_COMPILER_DRIVER_COMMANDLINE_H
#define QUENCH_COMPILER_DRIVER_COMMANDLINE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace quench {

/// One option: `--name=value`, `--name value`, or `--name` for a flag. One
/// letter takes one dash.
struct Option {
  std::string name;
  std::string value; ///< what the value is called in the help; empty: a flag
  std::string help;  ///< '\n' breaks the line
  /// Called with the value (empty for a flag); an error is shown behind the
  /// option's name.
  std::function<llvm::Error(llvm::StringRef)> set;
};

/// Options under one heading of the help.
struct OptionGroup {
  std::string title;
  std::vector<Option> options;
};

/// One subcommand.
struct Command {
  std::string name;
  std::string usage;    ///< after the name: "MODEL [options]"
  std::string summary;  ///< one line for the list of commands
  std::string text;     ///< paragraphs after the usage line
  std::string examples; ///< lines, printed as they are
  size_t minPositionals = 0, maxPositionals = 0;
  std::vector<OptionGroup> groups;
};

/// Sets a variable from the text of an option.
Option flag(std::string name, bool &variable, std::string help);
Option text(std::string name, std::string value, std::string &variable,
            std::string help);
Option number(std::string name, std::string value, int64_t &variable,
              int64_t atLeast, std::string help, int64_t atMost = INT64_MAX);
/// One of the given words; `variable` gets the index.
Option choice(std::string name, std::vector<std::string> words,
              std::function<void(size_t)> set, std::string help);
/// Comma-separated numbers.
Option numbers(std::string name, std::vector<double> &variable,
               std::string help);
/// May be repeated.
Option list(std::string name, std::string value,
            std::vector<std::string> &variable, std::string help);

struct Parsed {
  std::vector<std::string> positionals;
  bool help = false; ///< --help was there; nothing else counts
};

/// Parses the arguments after the subcommand's name. An unknown option names
/// the nearest known one.
llvm::Expected<Parsed> parse(const Command &command,
                             llvm::ArrayRef<const char *> arguments);

void printHelp(const Command &command, llvm::raw_ostream &os);

/// The word of `known` that `word` is nearest to, or empty if none is near.
std::string nearest(llvm::StringRef word, llvm::ArrayRef<std::string> known);

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_COMMANDLINE_H
