// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Rows of tables to MLIR's uniqued objects. MLIR asserts where its promises are
// broken, so everything is checked here before it is asked for.

#include "compiler/artefact/ReadTables.h"

#include "compiler/artefact/Limits.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/BuiltinDialect.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Alignment.h"
#include "llvm/Support/CRC.h"

#include <cmath>

using namespace mlir;
using namespace quench;
using namespace quench::artefact;

TableReader::TableReader(const qfb::Model &model, StringRef file,
                         size_t fileBytes, MLIRContext *context)
    : model(model), context(context),
      fileLoc(FileLineColLoc::get(context, file, 0, 0)),
      budget(uint64_t(fileBytes) * 4 + spareBytes) {}

LogicalResult TableReader::fail(const Twine &what) {
  return emitError(fileLoc) << place << (place.empty() ? "" : ": ") << what;
}

Attribute TableReader::none(const Twine &what) {
  (void)fail(what);
  return {};
}

LogicalResult TableReader::spend(uint64_t bytes) {
  if (bytes > budget)
    return fail("the rows of the file stand for more than its bytes");
  budget -= bytes;
  return success();
}

FailureOr<std::string> TableReader::text(const flatbuffers::String *text) {
  if (!text)
    return std::string();
  if (failed(spend(text->size())))
    return failure();
  return text->str();
}

LogicalResult TableReader::checkIndex(uint32_t index, size_t size,
                                      const char *what) {
  if (index < size)
    return success();
  return fail(Twine("names ") + what + " " + Twine(index) + " of " +
              Twine(size));
}

StringAttr TableReader::string(uint32_t index) {
  if (failed(checkIndex(index, strings.size(), "string")))
    return {};
  return strings[index];
}

Type TableReader::type(uint32_t index) {
  if (failed(checkIndex(index, typeList.size(), "type")))
    return {};
  return typeList[index];
}

Attribute TableReader::attribute(uint32_t index) {
  if (failed(checkIndex(index, attributes.size(), "attribute")))
    return {};
  return attributes[index].value;
}

LocationAttr TableReader::location(uint32_t index) {
  Attribute found = attribute(index);
  auto location = dyn_cast_or_null<LocationAttr>(found);
  if (found && !location)
    (void)fail("attribute " + Twine(index) + " is no location");
  return location;
}

FailureOr<SmallVector<Type>>
TableReader::types(const flatbuffers::Vector<uint32_t> *indices) {
  SmallVector<Type> result;
  if (!indices)
    return result;
  if (failed(spend(indices)))
    return failure();
  for (uint32_t index : *indices)
    if (!result.emplace_back(type(index)))
      return failure();
  return result;
}

FailureOr<NamedAttrList>
TableReader::named(const flatbuffers::Vector<const qfb::Named *> *list) {
  NamedAttrList result;
  if (!list)
    return result;
  if (failed(spend(uint64_t(list->size()) * sizeof(qfb::Named))))
    return failure();
  StringAttr last;
  for (const qfb::Named *each : *list) {
    StringAttr name = string(each->name());
    Attribute value = name ? attribute(each->value()) : Attribute();
    if (!value)
      return failure();
    if (name.getValue().empty() || (last && last.getValue() >= name.getValue()))
      return fail("expects names in ascending order, found '" +
                  (last ? last.getValue() : "") + "' before '" +
                  name.getValue() + "'");
    if (auto dense = dyn_cast<DenseElementsAttr>(value);
        dense && dense.isSplat() &&
        failed(spend(uint64_t(dense.getNumElements()) *
                     dense.getRawData().size())))
      return failure();
    result.append(name, value);
    last = name;
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

static Type plainType(qfb::Element element, MLIRContext *context) {
  switch (element) {
  case qfb::Element::F32:
    return Float32Type::get(context);
  case qfb::Element::F64:
    return Float64Type::get(context);
  case qfb::Element::I1:
    return IntegerType::get(context, 1);
  case qfb::Element::I8:
    return IntegerType::get(context, 8);
  case qfb::Element::I16:
    return IntegerType::get(context, 16);
  case qfb::Element::I32:
    return IntegerType::get(context, 32);
  case qfb::Element::I64:
    return IntegerType::get(context, 64);
  case qfb::Element::Index:
    return IndexType::get(context);
  case qfb::Element::Quantized:
    break;
  }
  return {};
}

FailureOr<Type> TableReader::quantizedType(const qfb::Type &row) {
  const qfb::Quantization *q = row.quantization();
  if (!q)
    return fail("a quantized element needs its quantization");
  const unsigned bits = q->storage_bits();
  if (bits < 2 || bits > 32)
    return fail("expects codes of 2 to 32 bits, found " + Twine(bits));
  const int64_t low = -(int64_t(1) << (bits - 1)), high = -low - 1;
  if (q->min() < low || q->max() > high || q->min() >= q->max())
    return fail("expects a range of codes within [" + Twine(low) + ", " +
                Twine(high) + "], found [" + Twine(q->min()) + ", " +
                Twine(q->max()) + "]");
  if (failed(spend(q->scales())) || failed(spend(q->zero_points())))
    return failure();
  const size_t count = q->scales()->size();
  const size_t zeroCount = q->zero_points()->size();
  if ((q->axis() < 0 && count != 1) || count == 0 ||
      (zeroCount != 1 && zeroCount != count))
    return fail("found " + Twine(count) + " scales and " + Twine(zeroCount) +
                " zero points for axis " + Twine(q->axis()));
  if (q->axis() >= 0 && row.is_tensor() &&
      (!row.shape() || size_t(q->axis()) >= row.shape()->size() ||
       row.shape()->Get(unsigned(q->axis())) != int64_t(count)))
    return fail("expects one scale for each index of axis " + Twine(q->axis()) +
                ", found " + Twine(count));
  for (float scale : *q->scales())
    if (!std::isnormal(scale) || scale < 0)
      return fail("expects scales that are positive normal numbers");
  for (int64_t zero : *q->zero_points())
    if (zero < q->min() || zero > q->max())
      return fail("the zero point " + Twine(zero) +
                  " is outside the range of codes");

  const auto onError = [&] { return emitError(fileLoc) << place << ": "; };
  const unsigned flags = quant::QuantizationFlags::Signed;
  Type storage = IntegerType::get(context, bits);
  Type expressed = Float32Type::get(context);
  Type type;
  if (q->axis() < 0) {
    type = quant::UniformQuantizedType::getChecked(
        onError, flags, storage, expressed, double(q->scales()->Get(0)),
        q->zero_points()->Get(0), q->min(), q->max());
  } else {
    const SmallVector<double> scales(q->scales()->begin(), q->scales()->end());
    SmallVector<int64_t> zeros(q->zero_points()->begin(),
                               q->zero_points()->end());
    zeros.resize(count, zeros.front());
    type = quant::UniformQuantizedPerAxisType::getChecked(
        onError, flags, storage, expressed, scales, zeros, q->axis(), q->min(),
        q->max());
  }
  if (!type)
    return failure();
  return type;
}

FailureOr<Type> TableReader::elementType(const qfb::Type &row) {
  if (row.element() == qfb::Element::Quantized)
    return quantizedType(row);
  Type type = plainType(row.element(), context);
  if (!type)
    return fail("no element type has the number " +
                Twine(unsigned(row.element())));
  return type;
}

LogicalResult TableReader::readType(const qfb::Type &row) {
  if (failed(spend(row.shape())))
    return failure();
  FailureOr<Type> element = elementType(row);
  if (failed(element))
    return failure();
  if (!row.is_tensor()) {
    typeList.push_back(*element);
    return success();
  }
  SmallVector<int64_t> shape;
  if (row.shape()) {
    if (row.shape()->size() > maxRank)
      return fail("expects at most " + Twine(maxRank) + " axes, found " +
                  Twine(row.shape()->size()));
    shape.assign(row.shape()->begin(), row.shape()->end());
  }
  int64_t elements = 1;
  for (int64_t size : shape) {
    if (size < 1 || size > maxElements / elements)
      return fail("expects sizes from 1 whose product is below 2^31");
    elements *= size;
  }
  typeList.push_back(RankedTensorType::get(shape, *element));
  return success();
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

Attribute TableReader::part(uint32_t index) {
  Attribute value = attribute(index);
  if (!value)
    return {};
  const Entry &entry = attributes[index];
  current.depth = std::max(current.depth, entry.depth + 1);
  current.size = std::min(current.size + entry.size, 2 * maxAttributeSize);
  if (current.depth > maxAttributeDepth || current.size > maxAttributeSize)
    return none("attributes nest too deep, or stand for too many");
  return value;
}

LocationAttr TableReader::locationPart(uint32_t index) {
  return part(index) ? location(index) : LocationAttr();
}

/// Whether a number has room in an integer of so many bits, signed or not.
static bool fits(int64_t value, unsigned bits) {
  return bits >= 64 ||
         (value >= -(int64_t(1) << (bits - 1)) && value < (int64_t(1) << bits));
}

Attribute TableReader::read(const qfb::Integer &row) {
  Type type = plainType(row.element(), context);
  if (!type || !type.isIntOrIndex())
    return none("expects an integer type");
  const unsigned bits = type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
  if (!fits(row.value(), bits))
    return none(Twine(row.value()) + " is no number of " + Twine(bits) +
                " bits");
  return IntegerAttr::get(type,
                          APInt(bits, uint64_t(row.value()), /*isSigned=*/false,
                                /*implicitTrunc=*/true));
}

Attribute TableReader::read(const qfb::Real &row) {
  auto type = dyn_cast_or_null<FloatType>(plainType(row.element(), context));
  if (!type)
    return none("expects a float type");
  return FloatAttr::get(type, row.value());
}

Attribute TableReader::read(const qfb::Integers &row) {
  if (failed(spend(row.values())))
    return {};
  Type type = plainType(row.element(), context);
  if (!type || !type.isInteger())
    return none("expects an integer type");
  const unsigned bits = type.getIntOrFloatBitWidth();
  for (int64_t value : *row.values())
    if (!fits(value, bits) || (bits == 1 && value < 0))
      return none(Twine(value) + " is no number of " + Twine(bits) + " bits");
  const auto make = [&](auto zero) {
    return SmallVector<decltype(zero)>(row.values()->begin(),
                                       row.values()->end());
  };
  switch (bits) {
  case 1:
    return DenseBoolArrayAttr::get(context, make(false));
  case 8:
    return DenseI8ArrayAttr::get(context, make(int8_t()));
  case 16:
    return DenseI16ArrayAttr::get(context, make(int16_t()));
  case 32:
    return DenseI32ArrayAttr::get(context, make(int32_t()));
  default:
    return DenseI64ArrayAttr::get(context, make(int64_t()));
  }
}

Attribute TableReader::read(const qfb::Reals &row) {
  if (failed(spend(row.values())))
    return {};
  const SmallVector<double> values(row.values()->begin(), row.values()->end());
  if (row.element() == qfb::Element::F64)
    return DenseF64ArrayAttr::get(context, values);
  if (row.element() != qfb::Element::F32)
    return none("expects a float type");
  return DenseF32ArrayAttr::get(
      context, SmallVector<float>(values.begin(), values.end()));
}

Attribute TableReader::read(const qfb::Text &row) {
  return string(row.value());
}

Attribute TableReader::read(const qfb::TypeRef &row) {
  Type found = type(row.type());
  return found ? TypeAttr::get(found) : Attribute();
}

Attribute TableReader::read(const qfb::List &row) {
  if (failed(spend(row.items())))
    return {};
  SmallVector<Attribute> items;
  for (uint32_t index : *row.items())
    if (!items.emplace_back(part(index)))
      return {};
  return ArrayAttr::get(context, items);
}

Attribute TableReader::read(const qfb::Dictionary &row) {
  for (const qfb::Named *each : *row.items())
    if (!part(each->value()))
      return {};
  FailureOr<NamedAttrList> list = named(row.items());
  return succeeded(list) ? list->getDictionary(context) : Attribute();
}

Attribute TableReader::read(const qfb::Elements &row) {
  if (failed(checkIndex(row.constant(), model.constants()->size(), "constant")))
    return {};
  auto tensor = dyn_cast_or_null<RankedTensorType>(type(row.type()));
  if (!tensor)
    return none("expects the type of a tensor");
  Type element = tensor.getElementType();
  if (!element.isIntOrFloat() || element.isInteger(1))
    return none("a constant is of F32, F64 or I8 to I64, not of other types");
  const qfb::Constant &constant = *model.constants()->Get(row.constant());
  const uint64_t width = element.getIntOrFloatBitWidth() / 8;
  const uint64_t expected = uint64_t(tensor.getNumElements()) * width;
  const bool isResource = constant.name() >= 0;
  if (constant.size() != expected && (isResource || constant.size() != width))
    return none("constant " + Twine(row.constant()) + " expects " +
                Twine(expected) + " bytes, found " + Twine(constant.size()));
  char *begin = blob.get() + constant.offset();
  if (!isResource) {
    if (failed(spend(constant.size())))
      return {};
    return DenseElementsAttr::getFromRawBuffer(
        tensor, {begin, size_t(constant.size())});
  }
  std::optional<DenseResourceElementsHandle> &handle =
      resources[row.constant()];
  if (!handle) {
    StringAttr name = string(uint32_t(constant.name()));
    if (!name)
      return {};
    auto &manager = DenseResourceElementsHandle::getManagerInterface(context);
    handle = manager.insert(
        name, AsmResourceBlob(
                  {begin, size_t(constant.size())}, constant.alignment(),
                  [shared = blob](void *, size_t, size_t) {},
                  /*dataIsMutable=*/false));
  }
  return DenseResourceElementsAttr::get(tensor, *handle);
}

Attribute TableReader::read(const qfb::Mlir &row) {
  if (row.text()->size() > maxMlirText)
    return none("expects at most " + Twine(maxMlirText) +
                " bytes of MLIR text, found " + Twine(row.text()->size()));
  Attribute value = parseAttribute(row.text()->str(), context);
  if (!value || isa<ElementsAttr>(value))
    return none("'" + row.text()->str() + "' is no attribute");
  return value;
}

Attribute TableReader::read(const qfb::NameLocation &row) {
  StringAttr name = string(row.name());
  if (!name)
    return {};
  if (row.child() < 0)
    return NameLoc::get(name);
  LocationAttr child = locationPart(uint32_t(row.child()));
  return child ? NameLoc::get(name, child) : Attribute();
}

Attribute TableReader::read(const qfb::FileLocation &row) {
  StringAttr name = string(row.file());
  if (!name)
    return {};
  return FileLineColRange::get(name, row.line(), row.column(), row.end_line(),
                               row.end_column());
}

Attribute TableReader::read(const qfb::FusedLocation &row) {
  if (failed(spend(row.items())))
    return {};
  SmallVector<Location> items;
  for (uint32_t index : *row.items()) {
    LocationAttr item = locationPart(index);
    if (!item)
      return {};
    items.push_back(item);
  }
  Attribute metadata;
  if (row.metadata() >= 0 && !(metadata = part(uint32_t(row.metadata()))))
    return {};
  // Not the builder that flattens: the text must come back as it was.
  return FusedLoc::get(context, items, metadata);
}

Attribute TableReader::read(const qfb::CallLocation &row) {
  LocationAttr callee = locationPart(row.callee());
  LocationAttr caller = callee ? locationPart(row.caller()) : LocationAttr();
  return caller ? CallSiteLoc::get(callee, caller) : Attribute();
}

LogicalResult TableReader::readAttribute(const qfb::Attribute &row) {
  using qfb::AttributeValue;
  current = Entry();
  switch (row.value_type()) {
#define QUENCH_READ(KIND)                                                      \
  case AttributeValue::KIND:                                                   \
    current.value = read(*row.value_as_##KIND());                              \
    break;
    QUENCH_READ(Integer)
    QUENCH_READ(Real)
    QUENCH_READ(Text)
    QUENCH_READ(Integers)
    QUENCH_READ(Reals)
    QUENCH_READ(List)
    QUENCH_READ(Dictionary)
    QUENCH_READ(TypeRef)
    QUENCH_READ(Elements)
    QUENCH_READ(Mlir)
    QUENCH_READ(NameLocation)
    QUENCH_READ(FileLocation)
    QUENCH_READ(FusedLocation)
    QUENCH_READ(CallLocation)
#undef QUENCH_READ
  case AttributeValue::Unit:
    current.value = UnitAttr::get(context);
    break;
  case AttributeValue::UnknownLocation:
    current.value = UnknownLoc::get(context);
    break;
  default:
    return fail("no attribute has the kind " +
                Twine(unsigned(row.value_type())));
  }
  if (!current.value)
    return failure();
  attributes.push_back(current);
  return success();
}

/// Checksum, offsets and alignments; and the blob as memory that resources can
/// share.
LogicalResult TableReader::checkConstants() {
  const uint64_t blobBytes = model.blob()->size();
  setPlace("blob");
  const uint32_t crc = llvm::crc32({model.blob()->data(), size_t(blobBytes)});
  if (crc != model.blob_crc32())
    return fail("the constants are damaged: their CRC-32 is " +
                llvm::utohexstr(crc) + ", expected " +
                llvm::utohexstr(model.blob_crc32()));
  for (uint32_t i = 0; i < model.constants()->size(); ++i) {
    const qfb::Constant &constant = *model.constants()->Get(i);
    setPlace("constant " + std::to_string(i));
    if (constant.offset() > blobBytes ||
        constant.size() > blobBytes - constant.offset())
      return fail("expects bytes within the " + Twine(blobBytes) +
                  " of the blob, found " + Twine(constant.size()) + " at " +
                  Twine(constant.offset()));
    if (constant.alignment() > blobAlignment ||
        !llvm::isPowerOf2_32(constant.alignment()) ||
        constant.offset() % constant.alignment())
      return fail(
          "expects an alignment of 1 to 64 that its offset has, found " +
          Twine(constant.alignment()));
  }
  void *memory = llvm::allocate_buffer(blobBytes + 1, blobAlignment);
  blob = std::shared_ptr<char>(static_cast<char *>(memory), [=](char *bytes) {
    llvm::deallocate_buffer(bytes, blobBytes + 1, blobAlignment);
  });
  if (blobBytes)
    std::memcpy(memory, model.blob()->data(), blobBytes);
  resources.resize(model.constants()->size());
  return success();
}

LogicalResult TableReader::read() {
  setPlace("strings");
  for (const flatbuffers::String *each : *model.strings()) {
    if (failed(spend(each->size())))
      return failure();
    strings.push_back(
        StringAttr::get(context, StringRef(each->data(), each->size())));
  }
  for (uint32_t i = 0; i < model.types()->size(); ++i) {
    setPlace("type " + std::to_string(i));
    if (failed(readType(*model.types()->Get(i))))
      return failure();
  }
  if (failed(checkConstants()))
    return failure();
  for (uint32_t i = 0; i < model.attributes()->size(); ++i) {
    setPlace("attribute " + std::to_string(i));
    if (failed(readAttribute(*model.attributes()->Get(i))))
      return failure();
  }
  setPlace("");
  return success();
}
