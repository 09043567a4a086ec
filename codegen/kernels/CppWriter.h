// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Writes C and C++ text that people read: indentation, blocks, comments and
// long lines broken at 80 columns the way clang-format's LLVM style does for
// the constructs used here. No trailing spaces, '\n' line ends, the same text
// on every run.

#ifndef QUENCH_CODEGEN_KERNELS_CPPWRITER_H
#define QUENCH_CODEGEN_KERNELS_CPPWRITER_H

#include <string>
#include <string_view>
#include <vector>

namespace quench::kernels {

class CppWriter {
public:
  static constexpr int columns = 80;

  /// One statement or declaration, indented. Past 80 columns it is broken where
  /// clang-format would: after commas, operators, `=` or an opening bracket;
  /// continuations align with their operands or get four spaces. String
  /// literals are never broken.
  CppWriter &line(std::string_view text);

  /// Text as it is, without indentation or wrapping (preprocessor lines).
  CppWriter &raw(std::string_view text);

  /// An empty line; a second one in a row is dropped, as is one right after
  /// the opening of a block.
  CppWriter &blank();

  /// `// text`, filled to 80 columns; '\n' in `text` starts a new line and an
  /// empty line becomes `//`. Lines that begin with two or more spaces after
  /// the first word column (`Shapes   x: ...`) keep a hanging indent of 9.
  CppWriter &comment(std::string_view text);

  /// Writes `head {` (or `{` for an empty head) and indents until the block
  /// goes out of scope, which writes `}` + `tail`.
  class Block {
  public:
    Block(Block &&other) noexcept;
    Block(const Block &) = delete;
    Block &operator=(const Block &) = delete;
    ~Block();

  private:
    friend class CppWriter;
    Block(CppWriter *writer, std::string tail)
        : writer(writer), tail(std::move(tail)) {}
    CppWriter *writer;
    std::string tail;
  };
  [[nodiscard]] Block block(std::string_view head, std::string_view tail = "");

  /// A `for`, `if` or `while` whose body is one statement: no braces.
  CppWriter &guarded(std::string_view head, std::string_view statement);

  /// A function head, `prefix name(parameters) {`; opens the body.
  [[nodiscard]] Block function(std::string_view prefix, std::string_view name,
                               const std::vector<std::string> &parameters);

  /// `prefix = {v, v, ...};` with values filled to 80 columns.
  CppWriter &array(std::string_view prefix,
                   const std::vector<std::string> &values);

  const std::string &str() const { return text; }
  std::string take() { return std::move(text); }

private:
  /// `name`: where the name of a function head begins, else npos.
  void emitWrapped(std::string_view logical,
                   size_t name = std::string_view::npos);
  std::string text;
  int depth = 0;
};

} // namespace quench::kernels

#endif // QUENCH_CODEGEN_KERNELS_CPPWRITER_H
