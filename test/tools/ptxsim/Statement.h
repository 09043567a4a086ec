// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Instructions as the parser leaves them: words, not yet registers.

#ifndef TEST_TOOLS_PTXSIM_STATEMENT_H
#define TEST_TOOLS_PTXSIM_STATEMENT_H

#include <cstdint>
#include <string>
#include <vector>

namespace ptxsim {

struct Operand {
  enum class Kind : uint8_t {
    Name,      ///< register, special register, variable, parameter or label
    Immediate, ///< `bits`; floats as their IEEE bits
    Vector,    ///< { elements }
    Address,   ///< [ elements[0] + offset ]
    Sink       ///< _
  };
  Kind kind = Kind::Sink;
  std::string name;
  std::string second; ///< q of p|q
  bool negated = false;
  uint64_t bits = 0;
  int64_t offset = 0; ///< of name + offset, and of addresses
  std::vector<Operand> elements;
};

struct Statement {
  int line = 0;
  std::string text;  ///< as written, blanks normalised
  std::string guard; ///< predicate register, or empty
  bool guardNegated = false;
  std::vector<std::string> opcode; ///< split at the dots
  std::vector<Operand> operands;
};

} // namespace ptxsim

#endif
