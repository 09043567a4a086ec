// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The scalar types of PTX, and small helpers every part of the simulator uses.
// Source: PTX ISA, "State Spaces, Types, and Variables".

#ifndef TEST_TOOLS_PTXSIM_TYPES_H
#define TEST_TOOLS_PTXSIM_TYPES_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ptxsim {

/// Lanes of a warp; a register is an array of this many elements.
inline constexpr int warpSize = 32;
inline constexpr uint32_t allLanes = ~0u;

/// Types of instructions and registers. Packed types (f16x2, ...) are not
/// known.
enum class Type : uint8_t {
  Pred,
  B8,
  U8,
  S8,
  B16,
  U16,
  S16,
  F16,
  B32,
  U32,
  S32,
  F32,
  B64,
  U64,
  S64,
  F64
};

/// `name` without the dot: "u32". Nothing for what is no type.
std::optional<Type> parseType(std::string_view name);

/// Bytes of one element; 4 for predicates, whose 32 lanes are one word.
constexpr int bytesOf(Type type) {
  switch (type) {
  case Type::B8:
  case Type::U8:
  case Type::S8:
    return 1;
  case Type::B16:
  case Type::U16:
  case Type::S16:
  case Type::F16:
    return 2;
  case Type::B64:
  case Type::U64:
  case Type::S64:
  case Type::F64:
    return 8;
  default:
    return 4;
  }
}

constexpr bool isSigned(Type type) {
  return type == Type::S8 || type == Type::S16 || type == Type::S32 ||
         type == Type::S64;
}

constexpr bool isFloat(Type type) {
  return type == Type::F16 || type == Type::F32 || type == Type::F64;
}

/// Grid and block sizes, block and thread indices. Laid out as CUDA's dim3.
struct Dim3 {
  uint32_t x = 1, y = 1, z = 1;

  uint64_t count() const { return uint64_t(x) * y * z; }
};

constexpr uint64_t alignTo(uint64_t value, uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

} // namespace ptxsim

#endif
