// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constant tensors: how they are stored and read. Small ones are dense
// attributes, printed in full; larger ones are dense resources, blobs that are
// not uniqued and are written to bytecode as they are.

#ifndef QUENCH_DIALECTS_NN_ELEMENTS_H
#define QUENCH_DIALECTS_NN_ELEMENTS_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <cstring>
#include <vector>

namespace quench::nn {

/// Constants up to this many bytes are dense attributes.
inline constexpr size_t maxDenseBytes = 1024;

/// An attribute of `type` (i8, i16, i32, i64 or f32 elements) holding `bytes`,
/// which must have exactly the size of the type. `name` is a hint for the
/// resource.
mlir::ElementsAttr makeElementsFromBytes(mlir::RankedTensorType type,
                                         llvm::ArrayRef<char> bytes,
                                         llvm::StringRef name);

template <typename T>
mlir::ElementsAttr makeElements(mlir::RankedTensorType type,
                                llvm::ArrayRef<T> values,
                                llvm::StringRef name) {
  return makeElementsFromBytes(type,
                               {reinterpret_cast<const char *>(values.data()),
                                values.size() * sizeof(T)},
                               name);
}

/// Calls `use` with the bytes of `attr`, one element of `elementBytes` after
/// the other; a splat is expanded. The bytes live for the call only.
void withBytes(mlir::ElementsAttr attr,
               llvm::function_ref<void(llvm::ArrayRef<char>)> use);

/// All elements, in row-major order. T has the width of the element type.
template <typename T>
std::vector<T> elementValues(mlir::ElementsAttr attr) {
  std::vector<T> values(attr.getNumElements());
  withBytes(attr, [&](llvm::ArrayRef<char> bytes) {
    assert(bytes.size() == values.size() * sizeof(T) &&
           "the element type has another width");
    if (!bytes.empty())
      std::memcpy(values.data(), bytes.data(), bytes.size());
  });
  return values;
}

/// True if withBytes gives as many bytes as the type of `attr` says.
bool hasBytes(mlir::ElementsAttr attr);

/// hasBytes with an error that names what is missing: text may name a resource
/// that is not there, elided or too short.
mlir::LogicalResult verifyElements(mlir::Operation *op, llvm::StringRef what,
                                   mlir::ElementsAttr attr);

} // namespace quench::nn

#endif // QUENCH_DIALECTS_NN_ELEMENTS_H
