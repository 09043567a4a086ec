// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The parameter structs of qrt/kernels.h as a table, so that emitted constants
// show what each number is.

#ifndef QUENCH_CODEGEN_EMIT_PARAMS_H
#define QUENCH_CODEGEN_EMIT_PARAMS_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace quench::emit {

/// A field of a parameter struct: an integer, a float, or a list of such (an
/// array or a nested struct).
struct FieldValue {
  enum Kind { Integer, Real, List } kind = Integer;
  int64_t integer = 0;
  float real = 0;
  std::vector<FieldValue> list;
};

/// "3", "0.25f" (exact), "{1, 2}".
std::string literal(const FieldValue &value);

/// The shortest decimal float literal with the bits of `value`.
std::string floatLiteral(float value);

/// One line of the initialiser and of the declaration: fields that belong
/// together.
struct FieldGroup {
  const char *names; ///< for the comment, "in_h, in_w"
  /// One letter a field: i int32, f float, s qrt_space, o qrt_output,
  /// a qrt_add, r int32[QRT_MAX_RANK].
  const char *types;
};

struct ParamStruct {
  const char *name;
  size_t bytes; ///< sizeof
  std::vector<FieldGroup> groups;
};

/// The struct called `name`, or nullptr.
const ParamStruct *findParamStruct(std::string_view name);

/// All of them.
const std::vector<ParamStruct> &paramStructs();

/// Number of bytes a field letter stands for.
size_t fieldBytes(char type);

/// "" if `fields` fit `type` in number and kind, else what is wrong.
std::string checkFields(const ParamStruct &type,
                        const std::vector<FieldValue> &fields);

} // namespace quench::emit

#endif // QUENCH_CODEGEN_EMIT_PARAMS_H
