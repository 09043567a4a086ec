// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A dense tensor in host memory: what goes into the interpreters and comes out.

#ifndef QUENCH_COMPILER_INTERPRET_TENSOR_H
#define QUENCH_COMPILER_INTERPRET_TENSOR_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cassert>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

namespace quench::interpret {

/// Element types of tensors and .npy files. S8 and S16 hold the codes of
/// quantized activations, U8 only occurs in files (pictures).
enum class ElementKind : uint8_t { F32, S8, U8, S32, I64, S16 };

/// Whether a kind holds codes of activations.
inline constexpr bool isCodes(ElementKind kind) {
  return kind == ElementKind::S8 || kind == ElementKind::S16;
}

/// Bytes of one element.
inline constexpr int64_t elementBytes(ElementKind kind) {
  return kind == ElementKind::I64                               ? 8
         : kind == ElementKind::F32 || kind == ElementKind::S32 ? 4
         : kind == ElementKind::S16                             ? 2
                                                                : 1;
}

/// "f32", "i8", "u8", "i32", "i64", "i16", for messages.
llvm::StringRef elementName(ElementKind kind);

/// The kind that a C++ type stands for.
template <class T>
constexpr ElementKind elementKind() {
  if constexpr (std::is_same_v<T, float>)
    return ElementKind::F32;
  else if constexpr (std::is_same_v<T, int8_t>)
    return ElementKind::S8;
  else if constexpr (std::is_same_v<T, uint8_t>)
    return ElementKind::U8;
  else if constexpr (std::is_same_v<T, int16_t>)
    return ElementKind::S16;
  else if constexpr (std::is_same_v<T, int32_t>)
    return ElementKind::S32;
  else {
    static_assert(std::is_same_v<T, int64_t>, "no such element kind");
    return ElementKind::I64;
  }
}

/// Elements of a shape; 1 for a scalar.
int64_t numElements(llvm::ArrayRef<int64_t> shape);

/// "1x224x224x3", for messages; "scalar" for rank 0.
std::string shapeText(llvm::ArrayRef<int64_t> shape);

/// Dense, in C order. A value type: copies copy the bytes.
struct Tensor {
  std::vector<int64_t> shape;
  ElementKind kind = ElementKind::F32;
  std::vector<uint8_t> bytes;

  Tensor() = default;
  /// All elements 0.
  Tensor(ElementKind kind, llvm::ArrayRef<int64_t> shape)
      : shape(shape.begin(), shape.end()), kind(kind),
        bytes(interpret::numElements(shape) * elementBytes(kind)) {}

  template <class T>
  static Tensor of(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<T> values) {
    Tensor tensor(elementKind<T>(), shape);
    assert(int64_t(values.size()) == tensor.numElements() &&
           "one value per element");
    std::copy(values.begin(), values.end(), tensor.data<T>().begin());
    return tensor;
  }

  int64_t numElements() const { return interpret::numElements(shape); }

  /// The elements. The type must be the tensor's kind.
  template <class T>
  llvm::MutableArrayRef<T> data() {
    assert(kind == elementKind<T>() && "elements are of another kind");
    return {reinterpret_cast<T *>(bytes.data()), bytes.size() / sizeof(T)};
  }
  template <class T>
  llvm::ArrayRef<T> data() const {
    assert(kind == elementKind<T>() && "elements are of another kind");
    return {reinterpret_cast<const T *>(bytes.data()),
            bytes.size() / sizeof(T)};
  }
};

} // namespace quench::interpret

#endif // QUENCH_COMPILER_INTERPRET_TENSOR_H
