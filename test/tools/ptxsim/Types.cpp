// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names of types and classes.

#include "test/tools/ptxsim/Instr.h"

#include <iterator>

using namespace ptxsim;

std::optional<Type> ptxsim::parseType(std::string_view name) {
  static constexpr struct {
    std::string_view name;
    Type type;
  } rows[] = {
      {"pred", Type::Pred},
      {"b8",   Type::B8  },
      {"u8",   Type::U8  },
      {"s8",   Type::S8  },
      {"b16",  Type::B16 },
      {"u16",  Type::U16 },
      {"s16",  Type::S16 },
      {"f16",  Type::F16 },
      {"b32",  Type::B32 },
      {"u32",  Type::U32 },
      {"s32",  Type::S32 },
      {"f32",  Type::F32 },
      {"b64",  Type::B64 },
      {"u64",  Type::U64 },
      {"s64",  Type::S64 },
      {"f64",  Type::F64 },
  };
  for (const auto &row : rows)
    if (row.name == name)
      return row.type;
  return std::nullopt;
}

const char *ptxsim::nameOf(OpClass opClass) {
  static constexpr const char *names[] = {
      "integer",      "float",       "compare",      "convert",
      "move",         "load_global", "store_global", "load_shared",
      "store_shared", "load_other",  "store_other",  "atomic",
      "mma",          "ldmatrix",    "async_copy",   "barrier",
      "warp",         "branch",      "other"};
  static_assert(std::size(names) == size_t(OpClass::Count));
  return names[size_t(opClass)];
}
