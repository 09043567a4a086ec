// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Parsing, near misses and help.

#include "compiler/driver/CommandLine.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace quench;

Option quench::flag(std::string name, bool &variable, std::string help) {
  return {std::move(name), "", std::move(help), [&variable](StringRef) {
            variable = true;
            return Error::success();
          }};
}

Option quench::text(std::string name, std::string value, std::string &variable,
                    std::string help) {
  return {std::move(name), std::move(value), std::move(help),
          [&variable](StringRef given) -> Error {
            if (given.empty())
              return createStringError("expects a value, found nothing");
            variable = given.str();
            return Error::success();
          }};
}

Option quench::number(std::string name, std::string value, int64_t &variable,
                      int64_t atLeast, std::string help, int64_t atMost) {
  return {std::move(name), std::move(value), std::move(help),
          [&variable, atLeast, atMost](StringRef given) -> Error {
            int64_t parsed = 0;
            if (given.getAsInteger(10, parsed) || parsed < atLeast ||
                parsed > atMost) {
              std::string range = std::to_string(atLeast);
              if (atMost != INT64_MAX)
                range += " to " + std::to_string(atMost);
              return createStringError("expects a number from " + range +
                                       ", found '" + given + "'");
            }
            variable = parsed;
            return Error::success();
          }};
}

Option quench::choice(std::string name, std::vector<std::string> words,
                      std::function<void(size_t)> set, std::string help) {
  std::string value = join(words, "|");
  return {std::move(name), std::move(value), std::move(help),
          [words = std::move(words),
           set = std::move(set)](StringRef given) -> Error {
            for (size_t i = 0; i < words.size(); ++i)
              if (given == words[i]) {
                set(i);
                return Error::success();
              }
            return createStringError("expects one of " + join(words, ", ") +
                                     ", found '" + given + "'");
          }};
}

Option quench::numbers(std::string name, std::vector<double> &variable,
                       std::string help) {
  return {std::move(name), "a[,b,c]", std::move(help),
          [&variable](StringRef given) -> Error {
            variable.clear();
            SmallVector<StringRef> parts;
            given.split(parts, ',');
            for (StringRef part : parts) {
              double parsed = 0;
              if (part.trim().getAsDouble(parsed))
                return createStringError("expects numbers between commas, "
                                         "found '" +
                                         given + "'");
              variable.push_back(parsed);
            }
            return Error::success();
          }};
}

Option quench::list(std::string name, std::string value,
                    std::vector<std::string> &variable, std::string help) {
  return {std::move(name), std::move(value), std::move(help),
          [&variable](StringRef given) -> Error {
            if (given.empty())
              return createStringError("expects a value, found nothing");
            variable.push_back(given.str());
            return Error::success();
          }};
}

std::string quench::nearest(StringRef word, ArrayRef<std::string> known) {
  std::string best;
  unsigned bestDistance = unsigned(word.size()) / 3 + 2;
  for (const std::string &candidate : known) {
    // A typed beginning counts as near however long the rest is.
    const unsigned distance =
        word.size() > 2 && StringRef(candidate).starts_with(word)
            ? 1
            : word.edit_distance(candidate);
    if (distance < bestDistance) {
      bestDistance = distance;
      best = candidate;
    }
  }
  return best;
}

static std::string dashed(StringRef name) {
  return (name.size() == 1 ? "-" : "--") + name.str();
}

static const Option *findOption(const Command &command, StringRef name) {
  for (const OptionGroup &group : command.groups)
    for (const Option &option : group.options)
      if (option.name == name)
        return &option;
  return nullptr;
}

static Error unknownOption(const Command &command, StringRef argument,
                           StringRef name) {
  std::vector<std::string> known;
  for (const OptionGroup &group : command.groups)
    for (const Option &option : group.options)
      known.push_back(option.name);
  const std::string near = nearest(name, known);
  return createStringError(
      "unknown option '" + argument + "' of '" + command.name + "'" +
      (near.empty() ? "" : "; did you mean '" + dashed(near) + "'?"));
}

Expected<Parsed> quench::parse(const Command &command,
                               ArrayRef<const char *> arguments) {
  Parsed parsed;
  // Help wins over any mistake before or behind it.
  for (StringRef argument : arguments)
    if (argument == "--help" || argument == "-h") {
      parsed.help = true;
      return parsed;
    }
  bool onlyPositionals = false;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const StringRef argument = arguments[i];
    if (onlyPositionals || argument == "-" || !argument.starts_with("-")) {
      parsed.positionals.push_back(argument.str());
      continue;
    }
    if (argument == "--") {
      onlyPositionals = true;
      continue;
    }
    const StringRef body = argument.ltrim('-');
    const auto [name, inlineValue] = body.split('=');
    const bool hasInline = body.size() > name.size();
    const Option *option = findOption(command, name);
    const bool rightDashes = argument.starts_with("--") || name.size() == 1;
    if (!option || !rightDashes)
      return unknownOption(command, argument.split('=').first, name);
    StringRef value = inlineValue;
    if (option->value.empty() && hasInline)
      return createStringError("'" + dashed(name) + "' takes no value");
    if (!option->value.empty() && !hasInline) {
      if (i + 1 == arguments.size())
        return createStringError("'" + dashed(name) +
                                 "' expects a value: " + option->value);
      value = arguments[++i];
      // Rather an option whose neighbour lacks its value.
      if (value.starts_with("--") &&
          findOption(command, value.ltrim('-').split('=').first))
        return createStringError("'" + dashed(name) +
                                 "' expects a value: " + option->value +
                                 "; found the option '" + value + "'");
    }
    if (Error error = option->set(value))
      return createStringError("'" + dashed(name) + "' " +
                               toString(std::move(error)));
  }
  const size_t count = parsed.positionals.size();
  if (count < command.minPositionals || count > command.maxPositionals)
    return createStringError("usage: quench " + command.name + " " +
                             command.usage + "; found " + Twine(count) +
                             (count == 1 ? " file" : " files"));
  return parsed;
}

void quench::printHelp(const Command &command, raw_ostream &os) {
  os << "usage: quench " << command.name << ' ' << command.usage << "\n\n"
     << command.text << '\n';
  constexpr size_t column = 28;
  for (const OptionGroup &group : command.groups) {
    os << '\n' << group.title << ":\n";
    for (const Option &option : group.options) {
      std::string left = "  " + dashed(option.name);
      if (!option.value.empty())
        left += (option.name.size() == 1 ? " " : "=") + option.value;
      os << left;
      SmallVector<StringRef> lines;
      StringRef(option.help).split(lines, '\n');
      size_t position = left.size();
      if (position + 2 > column) {
        os << '\n';
        position = 0;
      }
      for (StringRef line : lines) {
        os.indent(unsigned(column - position)) << line << '\n';
        position = 0;
      }
    }
  }
  if (!command.examples.empty())
    os << "\nExamples:\n" << command.examples;
}
