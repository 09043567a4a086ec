// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Line breaking is greedy: the last break at the lowest bracket depth that
// fits. That is clang-format's answer for the short statements we write.

#include "codegen/kernels/CppWriter.h"

#include <algorithm>
#include <cassert>
#include <cstddef>

namespace quench::kernels {

namespace {

/// A place where a line may end: `end` is the first column of what follows
/// (spaces skipped), `align` the column its continuation starts in relative to
/// the first column of the line, or -1 for the default of four spaces.
struct Break {
  size_t end;
  int depth;
  int align;
};

bool isBinaryOperator(std::string_view text, size_t i, size_t *length) {
  for (std::string_view op : {" && ", " || ", " + ", " - ", " * ", " / ",
                              " << ", " == ", " < ", " | "})
    if (text.substr(i, op.size()) == op) {
      *length = op.size();
      return true;
    }
  return false;
}

std::vector<Break> findBreaks(std::string_view text) {
  std::vector<Break> breaks;
  std::vector<int> columns; // where the content of each open bracket starts
  char quote = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote) {
      if (c == '\\')
        ++i;
      else if (c == quote)
        quote = 0;
      continue;
    }
    const int depth = static_cast<int>(columns.size());
    const int align = columns.empty() ? -1 : columns.back();
    size_t length = 0;
    if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '(' || c == '[' || c == '{') {
      columns.push_back(static_cast<int>(i) + 1);
    } else if (c == ')' || c == ']' || c == '}') {
      if (!columns.empty())
        columns.pop_back();
    } else if ((c == ',' || c == ';') && i + 1 < text.size() &&
               text[i + 1] == ' ') {
      breaks.push_back({i + 2, depth, align});
    } else if (text.substr(i, 3) == " = ") {
      // Last resort: worse than any break inside one bracket.
      breaks.push_back({i + 3, depth + 1, -1});
    } else if (text.substr(i, 3) == " ? " || text.substr(i, 3) == " : ") {
      breaks.push_back({i + 1, depth, align});
    } else if (isBinaryOperator(text, i, &length)) {
      breaks.push_back({i + length, depth, align});
    }
  }
  return breaks;
}

std::string_view trimRight(std::string_view text) {
  while (!text.empty() && text.back() == ' ')
    text.remove_suffix(1);
  return text;
}

} // namespace

void CppWriter::emitWrapped(std::string_view logical) {
  const int indent = 2 * depth;
  std::string rest(logical);
  int column = indent;
  // Column 0 of `rest` in the original statement: alignment columns refer to
  // the physical line they were seen in, so they are recomputed per line with
  // the brackets that are still open.
  std::vector<int> open;
  while (true) {
    const int room = columns - column;
    const bool fits = static_cast<int>(rest.size()) <= room;
    const Break *best = nullptr;
    std::vector<Break> breaks;
    if (!fits) {
      breaks = findBreaks(rest);
      for (const Break &candidate : breaks) {
        const auto head = trimRight(
            std::string_view(rest).substr(0, candidate.end));
        if (static_cast<int>(head.size()) > room || candidate.end == 0)
          continue;
        if (!best || candidate.depth <= best->depth)
          best = &candidate;
      }
    }
    const std::string_view head =
        best ? trimRight(std::string_view(rest).substr(0, best->end))
             : std::string_view(rest);
    text.append(static_cast<size_t>(column), ' ');
    text.append(head);
    text.push_back('\n');
    if (!best)
      return;
    // Brackets this line leaves open decide where the next one starts.
    char quote = 0;
    for (size_t i = 0; i < head.size(); ++i) {
      const char c = head[i];
      if (quote) {
        if (c == '\\')
          ++i;
        else if (c == quote)
          quote = 0;
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '(' || c == '[' || c == '{') {
        open.push_back(column + static_cast<int>(i) + 1);
      } else if ((c == ')' || c == ']' || c == '}') && !open.empty()) {
        open.pop_back();
      }
    }
    column = open.empty() ? indent + 4 : open.back();
    rest = rest.substr(best->end);
  }
}

CppWriter &CppWriter::line(std::string_view logical) {
  assert(logical.find('\n') == std::string_view::npos && "one line at a time");
  emitWrapped(trimRight(logical));
  return *this;
}

CppWriter &CppWriter::raw(std::string_view literal) {
  text.append(literal);
  if (literal.empty() || literal.back() != '\n')
    text.push_back('\n');
  return *this;
}

CppWriter &CppWriter::blank() {
  const size_t size = text.size();
  const bool afterBlank = size >= 2 && text[size - 2] == '\n';
  const bool afterOpen = size >= 2 && text[size - 2] == '{';
  if (size && !afterBlank && !afterOpen)
    text.push_back('\n');
  return *this;
}

CppWriter &CppWriter::comment(std::string_view paragraph) {
  const std::string start = std::string(static_cast<size_t>(2 * depth), ' ') + "//";
  while (true) {
    const size_t end = paragraph.find('\n');
    std::string_view rest = trimRight(paragraph.substr(0, end));
    // A label column ("Shapes   ...") hangs its continuation lines under the
    // text; other lines continue flush left.
    size_t hang = 0;
    const size_t gap = rest.find("  ");
    if (gap != std::string_view::npos && gap > 0 && gap < 12)
      hang = rest.find_first_not_of(' ', gap);
    size_t indent = rest.find_first_not_of(' ');
    indent = indent == std::string_view::npos ? 0 : indent;
    rest.remove_prefix(indent);
    if (rest.empty())
      text.append(start).push_back('\n');
    bool first = true;
    while (!rest.empty()) {
      const size_t margin = first ? indent : (hang ? hang : indent);
      const size_t used = start.size() + 1 + margin;
      const size_t room = used < size_t(columns) ? size_t(columns) - used : 1;
      size_t cut = rest.size();
      if (cut > room) {
        cut = rest.rfind(' ', room);
        if (cut == std::string_view::npos || cut == 0)
          cut = rest.find(' ', room);
        if (cut == std::string_view::npos)
          cut = rest.size();
      }
      text.append(start).push_back(' ');
      text.append(margin, ' ');
      text.append(trimRight(rest.substr(0, cut)));
      text.push_back('\n');
      rest.remove_prefix(cut);
      while (!rest.empty() && rest.front() == ' ')
        rest.remove_prefix(1);
      first = false;
    }
    if (end == std::string_view::npos)
      return *this;
    paragraph.remove_prefix(end + 1);
  }
}

CppWriter::Block::Block(Block &&other) noexcept
    : writer(other.writer), tail(std::move(other.tail)) {
  other.writer = nullptr;
}

CppWriter::Block::~Block() {
  if (!writer)
    return;
  --writer->depth;
  writer->line("}" + tail);
}

CppWriter::Block CppWriter::block(std::string_view head,
                                  std::string_view tail) {
  emitWrapped(head.empty() ? "{" : std::string(head) + " {");
  ++depth;
  return Block(this, std::string(tail));
}

CppWriter &CppWriter::guarded(std::string_view head,
                              std::string_view statement) {
  emitWrapped(head);
  ++depth;
  emitWrapped(statement);
  --depth;
  return *this;
}

CppWriter::Block
CppWriter::function(std::string_view prefix, std::string_view name,
                    const std::vector<std::string> &parameters) {
  std::string signature(prefix);
  // A prefix that leaves no room for the parameters gets its own line.
  size_t longest = 0;
  for (const std::string &parameter : parameters)
    longest = std::max(longest, parameter.size() + 3);
  const size_t head = prefix.size() + 1 + name.size() + 1;
  if (!prefix.empty() && head + longest > size_t(columns)) {
    emitWrapped(prefix);
    signature.clear();
  } else if (!prefix.empty()) {
    signature += ' ';
  }
  signature += name;
  signature += '(';
  for (size_t i = 0; i < parameters.size(); ++i)
    signature += (i ? ", " : "") + parameters[i];
  signature += ")";
  return block(signature);
}

CppWriter &CppWriter::array(std::string_view prefix,
                            const std::vector<std::string> &values) {
  emitWrapped(std::string(prefix) + " = {");
  const std::string margin(static_cast<size_t>(2 * depth + 4), ' ');
  std::string row = margin;
  for (size_t i = 0; i < values.size(); ++i) {
    const bool last = i + 1 == values.size();
    const std::string item = values[i] + (last ? "};" : ",");
    if (row.size() > margin.size() &&
        row.size() + 1 + item.size() > size_t(columns)) {
      text.append(row).push_back('\n');
      row = margin;
    }
    row += (row.size() > margin.size() ? " " : "") + item;
  }
  text.append(row).push_back('\n');
  return *this;
}

} // namespace quench::kernels
