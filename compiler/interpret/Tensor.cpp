// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names and sizes of tensors.

#include "compiler/interpret/Tensor.h"

#include "llvm/ADT/StringExtras.h"

namespace quench::interpret {

llvm::StringRef elementName(ElementKind kind) {
  static constexpr llvm::StringLiteral names[] = {"f32", "i8",  "u8",
                                                  "i32", "i64", "i16"};
  return names[size_t(kind)];
}

int64_t numElements(llvm::ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return count;
}

std::string shapeText(llvm::ArrayRef<int64_t> shape) {
  if (shape.empty())
    return "scalar";
  return llvm::join(
      llvm::map_range(shape, [](int64_t size) { return std::to_string(size); }),
      "x");
}

} // namespace quench::interpret
