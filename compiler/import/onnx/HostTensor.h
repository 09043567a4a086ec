// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A tensor whose elements are known while importing: initializers, results of
// constant folding. Row-major, little-endian, in the width of the file.

#ifndef QUENCH_COMPILER_IMPORT_ONNX_HOSTTENSOR_H
#define QUENCH_COMPILER_IMPORT_ONNX_HOSTTENSOR_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

namespace quench::importer {

using Dims = llvm::SmallVector<int64_t, 4>;
using DimsRef = llvm::ArrayRef<int64_t>;

enum class DType : uint8_t {
  F32,
  F64,
  F16,
  I64,
  I32,
  I16,
  I8,
  U32,
  U16,
  U8,
  Bool
};

struct DTypeInfo {
  DType type;
  int32_t onnx; // TensorProto.DataType
  uint8_t bytes;
  bool isFloat;
  const char *name;
};

const DTypeInfo &info(DType type);
std::optional<DType> dtypeFromOnnx(int32_t onnx);
/// Name of any TensorProto.DataType number, also of those we do not read.
llvm::StringRef onnxTypeName(int32_t onnx);

/// Product of `dims`, or nothing if one is negative or it exceeds 2^62.
std::optional<int64_t> elementCount(DimsRef dims);

/// "1x3x224x224", or "scalar".
std::string toString(DimsRef dims);
/// A number for messages.
std::string toString(double number);

class HostTensor {
public:
  HostTensor() = default;
  /// All zero. The caller has checked the size against the limits.
  HostTensor(DType type, DimsRef shape);
  /// A view of `bytes`, which must outlive it and have the right size.
  static HostTensor view(DType type, DimsRef shape, llvm::ArrayRef<char> bytes);
  static HostTensor ofInts(DimsRef shape, llvm::ArrayRef<int64_t> values);

  DType type() const { return dtype; }
  DimsRef shape() const { return dims; }
  int64_t rank() const { return dims.size(); }
  int64_t size() const { return count; }
  unsigned width() const { return info(dtype).bytes; }
  bool isFloat() const { return info(dtype).isFloat; }
  llvm::ArrayRef<char> bytes() const { return data; }
  /// Only of a tensor made with the first constructor.
  char *mutableBytes() { return storage->data(); }

  /// The same elements with another shape of the same size.
  HostTensor reshaped(DimsRef shape) const;

  /// Element `i` as a number of another type; widens exactly where it can.
  double asDouble(int64_t i) const;
  int64_t asInt(int64_t i) const;
  /// Stores a number converted to the element type: integers wrap, floats
  /// round.
  void setDouble(int64_t i, double value);
  void setInt(int64_t i, int64_t value);

  /// All elements; the tensor must have exactly this element type.
  template <typename T>
  std::vector<T> values() const {
    std::vector<T> result(count);
    if (count)
      std::memcpy(result.data(), data.data(), count * sizeof(T));
    return result;
  }
  Dims ints() const;

private:
  DType dtype = DType::F32;
  Dims dims;
  int64_t count = 0;
  llvm::ArrayRef<char> data;
  std::shared_ptr<std::vector<char>> storage; // null for a view
};

} // namespace quench::importer

#endif // QUENCH_COMPILER_IMPORT_ONNX_HOSTTENSOR_H
