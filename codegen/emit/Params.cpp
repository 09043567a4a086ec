// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of parameter structs. A unit test adds up the bytes of the fields
// and compares with sizeof, so that a changed header is noticed.

#include "codegen/emit/Params.h"

#include "qrt/kernels.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

using namespace quench;
using namespace quench::emit;

std::string emit::floatLiteral(float value) {
  if (std::isinf(value))
    return value < 0 ? "-__builtin_inff()" : "__builtin_inff()";
  if (std::isnan(value))
    return "__builtin_nanf(\"\")";
  char text[40];
  // Nine digits always come back to the same float; fewer often do.
  for (int digits = 1; digits <= 9; ++digits) {
    std::snprintf(text, sizeof(text), "%.*g", digits, double(value));
    if (std::strtof(text, nullptr) == value)
      break;
  }
  std::string result = text;
  if (result.find_first_of(".e") == std::string::npos)
    result += ".0";
  return result + "f";
}

std::string emit::literal(const FieldValue &value) {
  switch (value.kind) {
  case FieldValue::Integer:
    // -2147483648 is no int literal in C.
    return value.integer == INT32_MIN ? "INT32_MIN"
                                      : std::to_string(value.integer);
  case FieldValue::Real:
    return floatLiteral(value.real);
  case FieldValue::List:
    break;
  }
  std::string result = "{";
  for (const FieldValue &element : value.list) {
    if (result.size() > 1)
      result += ", ";
    result += literal(element);
  }
  return result + "}";
}

const std::vector<ParamStruct> &emit::paramStructs() {
  // clang-format off
  static const std::vector<ParamStruct> table = {
      {"qrt_conv2d",
       sizeof(qrt_conv2d),
       {{"batch, in_h, in_w, in_c", "iiii"},
        {"out_h, out_w, out_c", "iii"},
        {"kernel_h, kernel_w", "ii"},
        {"stride_h, stride_w", "ii"},
        {"dilation_h, dilation_w", "ii"},
        {"pad_top, pad_left", "ii"},
        {"groups", "i"},
        {"in_zero, filter_zero", "ii"},
        {"bias_bits, x_gap, y_gap", "iii"},
        {"out: zero, min, max", "o"},
        {"add: a_zero, b_zero, a_mul, b_mul, scale, out", "a"}}},
      {"qrt_matmul",
       sizeof(qrt_matmul),
       {{"batch, m, k, n", "iiii"},
        {"a_batch_stride, b_batch_stride", "ii"},
        {"a_zero, b_zero", "ii"},
        {"mul", "f"},
        {"out: zero, min, max", "o"}}},
      {"qrt_add_nd",
       sizeof(qrt_add_nd),
       {{"space: rank, size", "s"},
        {"a_stride", "r"},
        {"b_stride", "r"},
        {"add: a_zero, b_zero, a_mul, b_mul, scale, out", "a"}}},
      {"qrt_mul_nd",
       sizeof(qrt_mul_nd),
       {{"space: rank, size", "s"},
        {"a_stride", "r"},
        {"b_stride", "r"},
        {"a_zero, b_zero", "ii"},
        {"mul", "f"},
        {"out: zero, min, max", "o"}}},
      {"qrt_lut", sizeof(qrt_lut), {{"count, channels", "ii"}}},
      {"qrt_interpolate",
       sizeof(qrt_interpolate),
       {{"count, channels, shift", "iii"}, {"out: zero, min, max", "o"}}},
      {"qrt_rescale",
       sizeof(qrt_rescale),
       {{"count", "i"}, {"mul", "f"}, {"out: zero, min, max", "o"}}},
      {"qrt_pool2d",
       sizeof(qrt_pool2d),
       {{"batch, in_h, in_w, channels", "iiii"},
        {"out_h, out_w", "ii"},
        {"kernel_h, kernel_w", "ii"},
        {"stride_h, stride_w", "ii"},
        {"dilation_h, dilation_w", "ii"},
        {"pad_top, pad_left", "ii"},
        {"x_gap, y_gap", "ii"},
        {"in_zero", "i"},
        {"in_scale, out_scale", "ff"},
        {"count_include_pad, padded_h, padded_w", "iii"},
        {"out: zero, min, max", "o"}}},
      {"qrt_reduce",
       sizeof(qrt_reduce),
       {{"outer: rank, size", "s"},
        {"inner: rank, size", "s"},
        {"outer_stride", "r"},
        {"inner_stride", "r"},
        {"in_zero", "i"},
        {"mul", "f"},
        {"out: zero, min, max", "o"}}},
      {"qrt_copy",
       sizeof(qrt_copy),
       {{"space: rank, size", "s"},
        {"x_stride", "r"},
        {"y_stride", "r"},
        {"x_offset, y_offset", "ii"},
        {"element_bytes", "i"}}},
      {"qrt_resize2d",
       sizeof(qrt_resize2d),
       {{"batch, in_h, in_w, channels", "iiii"},
        {"out_h, out_w", "ii"},
        {"x_gap, y_gap", "ii"},
        {"in_zero", "i"},
        {"mul", "f"},
        {"out: zero, min, max", "o"}}},
      {"qrt_border",
       sizeof(qrt_border),
       {{"batch, channels, pixels", "iii"},
        {"scale", "f"},
        {"out: zero, min, max", "o"},
        {"plane_gap", "i"}}},
      {"qrt_rows",
       sizeof(qrt_rows),
       {{"outer, length, inner", "iii"}, {"epsilon", "f"}}},
      {"qrt_conv2d_f32",
       sizeof(qrt_conv2d_f32),
       {{"batch, in_h, in_w, in_c", "iiii"},
        {"out_h, out_w, out_c", "iii"},
        {"kernel_h, kernel_w", "ii"},
        {"stride_h, stride_w", "ii"},
        {"dilation_h, dilation_w", "ii"},
        {"pad_top, pad_left", "ii"},
        {"groups", "i"},
        {"min, max", "ff"}}},
      {"qrt_matmul_f32",
       sizeof(qrt_matmul_f32),
       {{"batch: rank, size", "s"},
        {"a_stride", "r"},
        {"b_stride", "r"},
        {"m, k, n", "iii"}}},
      {"qrt_binary_f32",
       sizeof(qrt_binary_f32),
       {{"space: rank, size", "s"},
        {"a_stride", "r"},
        {"b_stride", "r"},
        {"min, max", "ff"}}},
      {"qrt_unary_f32",
       sizeof(qrt_unary_f32),
       {{"count, channels", "ii"}, {"alpha, beta", "ff"}}},
  };
  // clang-format on
  return table;
}

const ParamStruct *emit::findParamStruct(std::string_view name) {
  for (const ParamStruct &entry : paramStructs())
    if (entry.name == name)
      return &entry;
  return nullptr;
}

namespace {

/// What a letter of FieldGroup::types stands for, down to scalars.
std::string members(char type) {
  switch (type) {
  case 's':
    return "ir";
  case 'o':
    return "iii";
  case 'a':
    return "iiiifo";
  case 'r':
    return std::string(QRT_MAX_RANK, 'i');
  default:
    return {};
  }
}

std::string check(char type, const FieldValue &value,
                  const std::string &where) {
  const std::string inside = members(type);
  if (inside.empty()) {
    const bool isReal = value.kind == FieldValue::Real;
    if (value.kind == FieldValue::List || isReal != (type == 'f'))
      return where + " expects " + (type == 'f' ? "a float" : "an integer");
    return {};
  }
  if (value.kind != FieldValue::List || value.list.size() != inside.size())
    return where + " expects a list of " + std::to_string(inside.size());
  for (size_t i = 0; i < inside.size(); ++i)
    if (std::string why = check(inside[i], value.list[i], where); !why.empty())
      return why;
  return {};
}

} // namespace

size_t emit::fieldBytes(char type) {
  const std::string inside = members(type);
  if (inside.empty())
    return 4;
  size_t bytes = 0;
  for (char member : inside)
    bytes += fieldBytes(member);
  return bytes;
}

std::string emit::checkFields(const ParamStruct &type,
                              const std::vector<FieldValue> &fields) {
  size_t next = 0;
  for (const FieldGroup &group : type.groups)
    for (const char *letter = group.types; *letter; ++letter, ++next) {
      if (next == fields.size())
        return "too few fields, the next is of: " + std::string(group.names);
      if (std::string why = check(*letter, fields[next], group.names);
          !why.empty())
        return why;
    }
  if (next != fields.size())
    return "expects " + std::to_string(next) + " fields, found " +
           std::to_string(fields.size());
  return {};
}
