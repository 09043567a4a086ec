// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Line breaking is a search: of all ways to break a statement into lines that
// fit, the one with the smallest sum of penalties. The penalties are those of
// clang-format's LLVM style for the tokens that occur here, so its answer and
// ours agree on nearly every line.

#include "codegen/kernels/CppWriter.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <limits>

namespace quench::kernels {

namespace {

constexpr size_t none = std::string_view::npos;

/// A place where a line may end. `end` is where the next line's text begins.
struct Break {
  size_t end;
  int penalty;
  /// Bracket depth, and the bracket or operator the next line aligns with: its
  /// index in the text, or none for the start of the statement plus four.
  size_t anchor;
  /// Next line is four to the right of the current one (after `(`), or at the
  /// start of the statement (before a function name).
  enum { Align, Hang, Outdent } kind;
};

struct Operator {
  std::string_view text;
  int penalty;
};

// Precedence levels of clang-format.
constexpr Operator binaryOperators[] = {
    {" || ", 4}, {" && ", 5}, {" | ", 6},   {" == ", 9},  {" != ", 9},
    {" < ", 10}, {" > ", 10}, {" <= ", 10}, {" >= ", 10}, {" + ", 13},
    {" - ", 13}, {" * ", 14}, {" / ", 14},  {" % ", 14}};

/// All breaks of a statement, in order.
///
/// \param name  in a function head, where the name begins: it may start a line.
std::vector<Break> findBreaks(std::string_view text, size_t name) {
  std::vector<Break> breaks;
  const bool isHead = name != none;
  // What clang-format takes for the head of a function for sure.
  const bool isVoid = isHead && text.substr(0, name).find("void ") != none;
  if (isHead)
    breaks.push_back({name, 81, none, Break::Outdent});
  // Index of the first operand of each open bracket; element 0 is the
  // statement, whose operands align after `=` or `return`.
  std::vector<size_t> operands = {none};
  std::vector<size_t> questions = {none};
  if (text.substr(0, 7) == "return ")
    operands[0] = 7;
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
    const int depth = 20 * static_cast<int>(operands.size());
    if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '(' || c == '[' || c == '{') {
      operands.push_back(i + 1);
      questions.push_back(none);
      if (c == '(' && i + 1 < text.size() && text[i + 1] != ')' && i &&
          text[i - 1] != ' ')
        breaks.push_back({i + 1,
                          depth + 20 +
                              (isVoid   ? 100
                               : isHead ? 60
                                        : 19),
                          none, Break::Hang});
    } else if (c == ')' || c == ']' || c == '}') {
      if (operands.size() > 1) {
        operands.pop_back();
        questions.pop_back();
      }
    } else if ((c == ',' || c == ';') && text.substr(i + 1, 1) == " ") {
      const size_t anchor = operands.size() > 1 ? operands.back() : none;
      breaks.push_back({i + 2, depth + 1, anchor, Break::Align});
      questions.back() = none;
    } else if (text.substr(i, 3) == " = ") {
      breaks.push_back({i + 3, depth + 2, none, Break::Align});
      if (operands.size() == 1)
        operands[0] = i + 3;
    } else if (text.substr(i, 3) == " ? ") {
      questions.back() = i + 1;
      breaks.push_back({i + 1, depth + 3, operands.back(), Break::Align});
    } else if (text.substr(i, 3) == " : ") {
      const size_t anchor =
          questions.back() == none ? operands.back() : questions.back();
      breaks.push_back({i + 1, depth + 3, anchor, Break::Align});
    } else {
      for (const Operator &op : binaryOperators)
        if (text.substr(i, op.text.size()) == op.text) {
          breaks.push_back({i + op.text.size(), depth + op.penalty,
                            operands.back(), Break::Align});
          break;
        }
    }
  }
  return breaks;
}

std::string_view trimRight(std::string_view text) {
  while (!text.empty() && text.back() == ' ')
    text.remove_suffix(1);
  return text;
}

/// Search over the breaks of one statement.
class Wrapper {
public:
  Wrapper(std::string_view text, int indent, size_t name)
      : text(text), indent(indent), breaks(findBreaks(text, name)) {}

  struct Line {
    size_t begin, end;
    int column;
  };

  std::vector<Line> best() {
    search(0, indent, 0);
    return bestLines;
  }

private:
  /// Column of character `index`, which stands on the last line of `lines` or
  /// an earlier one.
  int columnOf(size_t index) const {
    for (size_t i = lines.size(); i-- > 0;)
      if (index >= lines[i].begin)
        return lines[i].column + static_cast<int>(index - lines[i].begin);
    return indent;
  }

  /// Whether [begin, end) closes a bracket of an earlier line and goes on with
  /// another argument: clang-format starts a line for that.
  bool continuesAfterBrokenArgument(size_t begin, size_t end) const {
    const bool insideArgument =
        begin > 1 && text[begin - 1] == ' ' && text[begin - 2] != ',' &&
        text[begin - 2] != ';' && text[begin - 2] != '=';
    int depth = insideArgument ? -1 : 0;
    for (size_t i = begin; i < end; ++i) {
      const char c = text[i];
      depth += c == '(' || c == '[' || c == '{';
      depth -= c == ')' || c == ']' || c == '}';
      if (c == ',' && depth < 0 && i + 2 < end)
        return true;
    }
    return false;
  }

  void search(size_t begin, int column, int penalty) {
    if (penalty >= bestPenalty || ++steps > 200000)
      return;
    const int room = CppWriter::columns - column;
    if (static_cast<int>(text.size() - begin) <= room) {
      if (continuesAfterBrokenArgument(begin, text.size()))
        penalty += 1000;
      if (penalty >= bestPenalty)
        return;
      bestPenalty = penalty;
      bestLines = lines;
      bestLines.push_back({begin, text.size(), column});
      return;
    }
    bool any = false;
    // Later breaks first: they find a good bound soon.
    for (size_t i = breaks.size(); i-- > 0;) {
      const Break &option = breaks[i];
      if (option.end <= begin)
        break;
      const size_t length =
          trimRight(text.substr(begin, option.end - begin)).size();
      const bool fits = static_cast<int>(length) <= room;
      // A piece without any break that fits is left too long.
      const bool forced = !any && (i == 0 || breaks[i - 1].end <= begin);
      if (!fits && !forced)
        continue;
      any = true;
      lines.push_back({begin, option.end, column});
      int next = indent + 4;
      if (option.kind == Break::Outdent)
        next = indent;
      else if (option.kind == Break::Hang)
        next = column + 4;
      else if (option.anchor != none && option.anchor < option.end)
        next = columnOf(option.anchor);
      const int extra =
          (fits ? 0 : 100000) +
          (continuesAfterBrokenArgument(begin, option.end) ? 1000 : 0);
      search(option.end, next, penalty + option.penalty + extra);
      lines.pop_back();
    }
    if (!any && penalty + 100000 < bestPenalty) {
      bestPenalty = penalty + 100000;
      bestLines = lines;
      bestLines.push_back({begin, text.size(), column});
    }
  }

  std::string_view text;
  int indent;
  std::vector<Break> breaks;
  std::vector<Line> lines, bestLines;
  int bestPenalty = std::numeric_limits<int>::max();
  int steps = 0;
};

} // namespace

void CppWriter::emitWrapped(std::string_view logical, size_t name) {
  for (const Wrapper::Line &line : Wrapper(logical, 2 * depth, name).best()) {
    text.append(static_cast<size_t>(line.column), ' ');
    text.append(trimRight(logical.substr(line.begin, line.end - line.begin)));
    text.push_back('\n');
  }
}

CppWriter &CppWriter::line(std::string_view logical) {
  assert(logical.find('\n') == none && "one line at a time");
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
  const std::string start =
      std::string(static_cast<size_t>(2 * depth), ' ') + "//";
  while (true) {
    const size_t end = paragraph.find('\n');
    std::string_view rest = trimRight(paragraph.substr(0, end));
    // A label column ("Shapes   ...") hangs its continuation lines under the
    // text; other lines continue flush left.
    size_t hang = 0;
    const size_t gap = rest.find("  ");
    if (gap != none && gap > 0 && gap < 12)
      hang = rest.find_first_not_of(' ', gap);
    size_t indent = rest.find_first_not_of(' ');
    indent = indent == none ? 0 : indent;
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
        if (cut == none || cut == 0)
          cut = rest.find(' ', room);
        if (cut == none)
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
    if (end == none)
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
  std::string head(prefix);
  if (!head.empty())
    head += ' ';
  const size_t start = prefix.empty() ? none : head.size();
  head += std::string(name) + "(";
  for (size_t i = 0; i < parameters.size(); ++i)
    head += (i ? ", " : "") + parameters[i];
  emitWrapped(head + ") {", start);
  ++depth;
  return Block(this, "");
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
