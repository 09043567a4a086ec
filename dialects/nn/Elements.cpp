// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Storage of constant tensors.

#include "dialects/nn/Elements.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"

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

LogicalResult quench::nn::verifyElements(Operation *op, StringRef what,
                                         ElementsAttr attr) {
  auto type = dyn_cast<RankedTensorType>(attr.getType());
  if (!type || !type.hasStaticShape())
    return op->emitOpError(what) << " expects a static tensor type, but has "
                                 << attr.getType();
  Type element = type.getElementType();
  if (!element.isF32() && !element.isInteger(8) && !element.isInteger(32) &&
      !element.isInteger(64))
    return op->emitOpError(what)
           << " expects i8, i32, i64 or f32 elements, but has " << element;
  // 2^31 - 1 bytes: sizes and offsets are int32 in the runtime.
  const uint64_t limit = (uint64_t(1) << 31) - 1;
  uint64_t expected = elementBytes(element);
  for (int64_t size : type.getShape()) {
    if (size != 0 && expected > limit / uint64_t(size))
      return op->emitOpError(what) << " is larger than 2 GiB";
    expected *= uint64_t(size);
  }
  if (isa<DenseElementsAttr>(attr))
    return success();
  auto resource = dyn_cast<DenseResourceElementsAttr>(attr);
  if (!resource)
    return op->emitOpError(what) << " expects dense or dense_resource elements";
  AsmResourceBlob *blob = resource.getRawHandle().getBlob();
  if (!blob)
    return op->emitOpError(what) << " names resource '"
                                 << resource.getRawHandle().getKey()
                                 << "', which the file does not hold";
  if (blob->getData().size() != expected)
    return op->emitOpError(what)
           << " expects a resource of " << expected << " bytes, but '"
           << resource.getRawHandle().getKey() << "' has "
           << blob->getData().size();
  return success();
}
