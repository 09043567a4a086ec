// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Storage of constant tensors.

#include "dialects/nn/Elements.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"

#include <optional>

using namespace mlir;

static size_t elementBytes(Type type) {
  return llvm::divideCeil(type.getIntOrFloatBitWidth(), 8);
}

ElementsAttr quench::nn::makeElementsFromBytes(RankedTensorType type,
                                               ArrayRef<char> bytes,
                                               StringRef name) {
  assert(bytes.size() ==
             type.getNumElements() * elementBytes(type.getElementType()) &&
         "bytes do not match the type");
  if (bytes.size() <= maxDenseBytes)
    return DenseElementsAttr::getFromRawBuffer(type, bytes);
  AsmResourceBlob blob =
      HeapAsmResourceBlob::allocateAndCopyWithAlign(bytes, /*align=*/64);
  return DenseResourceElementsAttr::get(type, name, std::move(blob));
}

void quench::nn::withBytes(ElementsAttr attr,
                           function_ref<void(ArrayRef<char>)> use) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    return use(blob ? blob->getData() : ArrayRef<char>());
  }
  auto dense = cast<DenseElementsAttr>(attr);
  if (!dense.isSplat())
    return use(dense.getRawData());
  ArrayRef<char> one = dense.getRawData();
  std::vector<char> all;
  all.reserve(one.size() * dense.getNumElements());
  for (int64_t i = 0, n = dense.getNumElements(); i < n; ++i)
    all.insert(all.end(), one.begin(), one.end());
  use(all);
}

/// Bytes that an attribute of this type holds; none where it is not a static
/// tensor of our element types, or larger than the runtime's int32 offsets.
static std::optional<uint64_t> expectedBytes(ShapedType type) {
  const uint64_t limit = (uint64_t(1) << 31) - 1;
  uint64_t bytes = elementBytes(type.getElementType());
  for (int64_t size : type.getShape()) {
    if (size != 0 && bytes > limit / uint64_t(size))
      return std::nullopt;
    bytes *= uint64_t(size);
  }
  return bytes;
}

static bool isOurElement(Type type) {
  return type.isF32() || type.isInteger(8) || type.isInteger(16) ||
         type.isInteger(32) || type.isInteger(64);
}

bool quench::nn::hasBytes(ElementsAttr attr) {
  auto type = dyn_cast_or_null<RankedTensorType>(attr.getShapedType());
  if (!type || !type.hasStaticShape() || !isOurElement(type.getElementType()))
    return false;
  if (isa<DenseElementsAttr>(attr))
    return true;
  auto resource = dyn_cast<DenseResourceElementsAttr>(attr);
  AsmResourceBlob *blob =
      resource ? resource.getRawHandle().getBlob() : nullptr;
  return blob && blob->getData().size() == expectedBytes(type);
}

LogicalResult quench::nn::verifyElements(Operation *op, StringRef what,
                                         ElementsAttr attr) {
  auto type = dyn_cast<RankedTensorType>(attr.getShapedType());
  if (!type || !type.hasStaticShape())
    return op->emitOpError(what)
           << " expects a static tensor type, but has " << attr.getShapedType();
  if (!isOurElement(type.getElementType()))
    return op->emitOpError(what)
           << " expects i8, i16, i32, i64 or f32 elements, but has "
           << type.getElementType();
  std::optional<uint64_t> expected = expectedBytes(type);
  if (!expected)
    return op->emitOpError(what) << " is larger than 2 GiB";
  if (hasBytes(attr))
    return success();
  auto resource = dyn_cast<DenseResourceElementsAttr>(attr);
  if (!resource)
    return op->emitOpError(what) << " expects dense or dense_resource elements";
  AsmResourceBlob *blob = resource.getRawHandle().getBlob();
  if (!blob)
    return op->emitOpError(what)
           << " names resource '" << resource.getRawHandle().getKey()
           << "', which the file does not hold";
  return op->emitOpError(what)
         << " expects a resource of " << *expected << " bytes, but '"
         << resource.getRawHandle().getKey() << "' has "
         << blob->getData().size();
}
