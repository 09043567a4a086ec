// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// MLIR's uniqued objects to rows of tables.

#include "compiler/artefact/WriteTables.h"

#include "compiler/artefact/Limits.h"

#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinDialect.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using namespace quench;
using namespace quench::artefact;

namespace {

/// The code of a plain element type; Quantized for every other.
qfb::Element elementOf(Type type) {
  if (type.isF32())
    return qfb::Element::F32;
  if (type.isF64())
    return qfb::Element::F64;
  if (type.isIndex())
    return qfb::Element::Index;
  const std::pair<unsigned, qfb::Element> integers[] = {
      {1,  qfb::Element::I1 },
      {8,  qfb::Element::I8 },
      {16, qfb::Element::I16},
      {32, qfb::Element::I32},
      {64, qfb::Element::I64}
  };
  for (const auto &[bits, element] : integers)
    if (type.isSignlessInteger(bits))
      return element;
  return qfb::Element::Quantized;
}

std::string text(Type type) {
  std::string result;
  llvm::raw_string_ostream(result) << type;
  return result;
}

/// The scales as f32, or false where one is no exact f32.
bool setScales(ArrayRef<double> scales, std::vector<float> &result) {
  result.assign(scales.begin(), scales.end());
  return std::equal(scales.begin(), scales.end(), result.begin());
}

std::unique_ptr<qfb::QuantizationT> quantization(Type type) {
  auto quantized = dyn_cast<quant::QuantizedType>(type);
  if (!quantized || !quantized.isSigned() ||
      !quantized.getExpressedType().isF32())
    return nullptr;
  auto result = std::make_unique<qfb::QuantizationT>();
  result->storage_bits = uint8_t(quantized.getStorageTypeIntegralWidth());
  result->min = quantized.getStorageTypeMin();
  result->max = quantized.getStorageTypeMax();
  if (auto tensor = dyn_cast<quant::UniformQuantizedType>(quantized)) {
    result->zero_points = {tensor.getZeroPoint()};
    if (!setScales(tensor.getScale(), result->scales))
      return nullptr;
    return result;
  }
  auto axis = dyn_cast<quant::UniformQuantizedPerAxisType>(quantized);
  if (!axis || !setScales(axis.getScales(), result->scales))
    return nullptr;
  result->axis = axis.getQuantizedDimension();
  ArrayRef<int64_t> zeros = axis.getZeroPoints();
  if (llvm::all_equal(zeros))
    zeros = zeros.take_front();
  result->zero_points.assign(zeros.begin(), zeros.end());
  return result;
}

} // namespace

void TableWriter::fail(const Twine &what) {
  if (firstError.empty())
    firstError = what.str();
}

uint32_t TableWriter::string(StringRef text) {
  const auto [entry, isNew] =
      stringIndex.try_emplace(text, uint32_t(model.strings.size()));
  if (isNew)
    model.strings.push_back(text.str());
  return entry->second;
}

uint32_t TableWriter::type(Type given) {
  if (auto known = typeIndex.find(given); known != typeIndex.end())
    return known->second;
  auto row = std::make_unique<qfb::TypeT>();
  Type element = given;
  if (auto tensor = dyn_cast<RankedTensorType>(given)) {
    if (!tensor.hasStaticShape() || tensor.getEncoding() ||
        tensor.getRank() > int64_t(maxRank))
      fail("the type " + text(given));
    row->shape.assign(tensor.getShape().begin(), tensor.getShape().end());
    row->is_tensor = true;
    element = tensor.getElementType();
  }
  row->element = elementOf(element);
  if (row->element == qfb::Element::Quantized) {
    row->quantization = quantization(element);
    if (!row->quantization)
      fail("the type " + text(given));
  }
  const auto index = uint32_t(model.types.size());
  typeIndex[given] = index;
  model.types.push_back(std::move(row));
  return index;
}

std::vector<uint32_t> TableWriter::types(TypeRange types) {
  std::vector<uint32_t> result;
  for (Type each : types)
    result.push_back(type(each));
  return result;
}

std::vector<qfb::Named>
TableWriter::named(ArrayRef<NamedAttribute> attributes) {
  std::vector<qfb::Named> result;
  for (const NamedAttribute &each : attributes) {
    if (auto dense = dyn_cast<DenseElementsAttr>(each.getValue());
        dense && dense.isSplat())
      splatBytes +=
          uint64_t(dense.getNumElements()) * dense.getRawData().size();
    result.emplace_back(string(each.getName()), attribute(each.getValue()));
  }
  if (splatBytes > maxSplatBytes)
    fail("more than " + Twine(maxSplatBytes) +
         " bytes of constants of equal elements");
  return result;
}

std::vector<uint32_t> TableWriter::list(ArrayRef<Attribute> items) {
  std::vector<uint32_t> result;
  for (Attribute each : items)
    result.push_back(attribute(each));
  return result;
}

uint32_t TableWriter::constant(ArrayRef<char> bytes, int32_t name,
                               uint64_t alignment) {
  if (alignment > blobAlignment)
    fail("a constant with an alignment above 64");
  const StringRef content(bytes.data(), bytes.size());
  const auto [entry, isNew] = blobOffset.try_emplace(
      content, llvm::alignTo(model.blob.size(), blobAlignment));
  if (isNew && entry->second + bytes.size() > maxBlobBytes)
    fail("constants of 2 GB");
  else if (isNew) {
    model.blob.resize(entry->second);
    model.blob.insert(model.blob.end(), bytes.begin(), bytes.end());
  }
  auto row = std::make_unique<qfb::ConstantT>();
  row->offset = entry->second;
  row->size = bytes.size();
  row->alignment = uint16_t(alignment);
  row->name = name;
  model.constants.push_back(std::move(row));
  return uint32_t(model.constants.size() - 1);
}

bool TableWriter::setLocation(qfb::AttributeValueUnion &value,
                              Attribute attribute) {
  if (isa<UnknownLoc>(attribute)) {
    value.Set(qfb::UnknownLocationT());
  } else if (auto named = dyn_cast<NameLoc>(attribute)) {
    qfb::NameLocationT row;
    row.name = string(named.getName());
    if (!isa<UnknownLoc>(named.getChildLoc()))
      row.child = int32_t(this->attribute(named.getChildLoc()));
    value.Set(std::move(row));
  } else if (auto file = dyn_cast<FileLineColRange>(attribute)) {
    qfb::FileLocationT row;
    row.file = string(file.getFilename());
    row.line = file.getStartLine();
    row.column = file.getStartColumn();
    row.end_line = file.getEndLine();
    row.end_column = file.getEndColumn();
    value.Set(std::move(row));
  } else if (auto fused = dyn_cast<FusedLoc>(attribute)) {
    qfb::FusedLocationT row;
    for (Location each : fused.getLocations())
      row.items.push_back(this->attribute(each));
    if (Attribute metadata = fused.getMetadata())
      row.metadata = int32_t(this->attribute(metadata));
    value.Set(std::move(row));
  } else if (auto call = dyn_cast<CallSiteLoc>(attribute)) {
    qfb::CallLocationT row;
    row.callee = this->attribute(call.getCallee());
    row.caller = this->attribute(call.getCaller());
    value.Set(std::move(row));
  } else {
    return false;
  }
  return true;
}

bool TableWriter::setNumbers(qfb::AttributeValueUnion &value,
                             Attribute attribute) {
  if (auto integer = dyn_cast<IntegerAttr>(attribute)) {
    qfb::IntegerT row;
    row.element = elementOf(integer.getType());
    if (row.element == qfb::Element::Quantized)
      return false;
    // A truth value is 0 or 1, not -1.
    row.value = row.element == qfb::Element::I1 ? !integer.getValue().isZero()
                                                : integer.getInt();
    value.Set(std::move(row));
  } else if (auto real = dyn_cast<FloatAttr>(attribute)) {
    qfb::RealT row;
    row.element = elementOf(real.getType());
    if (row.element == qfb::Element::Quantized)
      return false;
    row.value = real.getValueAsDouble();
    value.Set(std::move(row));
  } else if (auto array = dyn_cast<DenseArrayAttr>(attribute)) {
    qfb::IntegersT integers;
    qfb::RealsT reals;
    integers.element = reals.element = elementOf(array.getElementType());
    auto set = [](auto &row, auto typed) {
      row.values.assign(typed.asArrayRef().begin(), typed.asArrayRef().end());
    };
    if (auto typed = dyn_cast<DenseBoolArrayAttr>(attribute))
      set(integers, typed);
    else if (auto typed = dyn_cast<DenseI8ArrayAttr>(attribute))
      set(integers, typed);
    else if (auto typed = dyn_cast<DenseI16ArrayAttr>(attribute))
      set(integers, typed);
    else if (auto typed = dyn_cast<DenseI32ArrayAttr>(attribute))
      set(integers, typed);
    else if (auto typed = dyn_cast<DenseI64ArrayAttr>(attribute))
      set(integers, typed);
    else if (auto typed = dyn_cast<DenseF32ArrayAttr>(attribute))
      set(reals, typed);
    else if (auto typed = dyn_cast<DenseF64ArrayAttr>(attribute))
      set(reals, typed);
    else
      return false;
    if (isa<FloatType>(array.getElementType()))
      value.Set(std::move(reals));
    else
      value.Set(std::move(integers));
  } else {
    return false;
  }
  return true;
}

/// The name of a resource without the number that the context has added to tell
/// it from others: it counts what the process has ever made.
static StringRef baseOf(DenseResourceElementsHandle handle) {
  const StringRef key = handle.getKey();
  const StringRef base = key.rtrim("0123456789");
  return base != key && base.size() > 1 && base.ends_with("_")
             ? base.drop_back()
             : key;
}

bool TableWriter::setElements(qfb::AttributeValueUnion &value,
                              Attribute attribute) {
  auto elements = dyn_cast<ElementsAttr>(attribute);
  if (!elements || !isa<RankedTensorType>(elements.getShapedType()) ||
      elements.getElementType().isInteger(1) ||
      elementOf(elements.getElementType()) == qfb::Element::Quantized ||
      elements.getElementType().isIndex() || elements.getNumElements() == 0)
    return false;
  qfb::ElementsT row;
  if (auto dense = dyn_cast<DenseElementsAttr>(attribute)) {
    row.constant = constant(dense.getRawData(), -1, 1);
  } else if (auto resource = dyn_cast<DenseResourceElementsAttr>(attribute)) {
    const AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob) {
      fail("resource '" + resource.getRawHandle().getKey() +
           "', which is not there");
      return true;
    }
    row.constant = constant(blob->getData(),
                            int32_t(string(baseOf(resource.getRawHandle()))),
                            blob->getDataAlignment());
  } else {
    return false;
  }
  row.type = type(elements.getShapedType());
  value.Set(std::move(row));
  return true;
}

bool TableWriter::setOther(qfb::AttributeValueUnion &value,
                           Attribute attribute) {
  if (isa<UnitAttr>(attribute)) {
    value.Set(qfb::UnitT());
  } else if (auto text = dyn_cast<StringAttr>(attribute)) {
    if (!isa<NoneType>(text.getType()))
      return false;
    qfb::TextT row;
    row.value = string(text);
    value.Set(std::move(row));
  } else if (auto array = dyn_cast<ArrayAttr>(attribute)) {
    qfb::ListT row;
    row.items = list(array.getValue());
    value.Set(std::move(row));
  } else if (auto dictionary = dyn_cast<DictionaryAttr>(attribute)) {
    qfb::DictionaryT row;
    row.items = named(dictionary.getValue());
    value.Set(std::move(row));
  } else if (auto typed = dyn_cast<TypeAttr>(attribute)) {
    qfb::TypeRefT row;
    row.type = type(typed.getValue());
    value.Set(std::move(row));
  } else {
    return false;
  }
  return true;
}

void TableWriter::setMlir(qfb::AttributeValueUnion &value,
                          Attribute attribute) {
  qfb::MlirT row;
  llvm::raw_string_ostream(row.text) << attribute;
  if (row.text.size() > maxMlirText || isa<ElementsAttr>(attribute))
    fail("the attribute " + row.text.substr(0, 80));
  value.Set(std::move(row));
}

uint32_t TableWriter::attribute(Attribute attribute) {
  if (auto known = attributeIndex.find(attribute);
      known != attributeIndex.end())
    return known->second;
  llvm::SaveAndRestore<uint32_t> nested(depth, depth + 1);
  if (depth > maxAttributeDepth) {
    fail("an attribute nested " + Twine(depth) + " deep");
    return 0;
  }
  auto row = std::make_unique<qfb::AttributeT>();
  if (!setNumbers(row->value, attribute) && !setOther(row->value, attribute) &&
      !setElements(row->value, attribute) &&
      !setLocation(row->value, attribute))
    setMlir(row->value, attribute);
  // Behind those that it is made of: indices point backwards.
  const auto index = uint32_t(model.attributes.size());
  attributeIndex[attribute] = index;
  model.attributes.push_back(std::move(row));
  return index;
}
