// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Attributes to records and back.

#include "compiler/artefact/Records.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <tuple>

using namespace mlir;
using namespace quench::artefact;

static constexpr llvm::StringLiteral filters[] = {"bicubic", "bilinear"};
static constexpr llvm::StringLiteral layouts[] = {"auto", "nchw", "nhwc"};
static constexpr llvm::StringLiteral raws[] = {"none", "int8", "uint8",
                                               "float32"};

ArrayRef<llvm::StringLiteral> quench::artefact::filterWords() {
  return filters;
}
ArrayRef<llvm::StringLiteral> quench::artefact::layoutWords() {
  return layouts;
}
ArrayRef<llvm::StringLiteral> quench::artefact::rawWords() { return raws; }

bool Preprocess::operator==(const Preprocess &other) const {
  return std::tie(input, mean, std, scale, resize, filter, bgr, layout, raw) ==
         std::tie(other.input, other.mean, other.std, other.scale, other.resize,
                  other.filter, other.bgr, other.layout, other.raw);
}

namespace {

/// One field of a dictionary, into its variable; false for another type.
bool read(Attribute value, std::vector<double> &field) {
  auto numbers = dyn_cast<DenseF64ArrayAttr>(value);
  if (numbers)
    field.assign(numbers.asArrayRef().begin(), numbers.asArrayRef().end());
  return bool(numbers);
}

bool read(Attribute value, std::string &field) {
  auto text = dyn_cast<StringAttr>(value);
  if (text)
    field = text.str();
  return bool(text);
}

bool read(Attribute value, int64_t &field) {
  auto number = dyn_cast<IntegerAttr>(value);
  if (!number || !number.getType().isInteger(64))
    return false;
  field = number.getInt();
  return true;
}

bool read(Attribute value, bool &field) {
  auto truth = dyn_cast<BoolAttr>(value);
  if (truth)
    field = truth.getValue();
  return bool(truth);
}

bool read(Attribute value, float &field) {
  auto number = dyn_cast<FloatAttr>(value);
  if (!number || !number.getType().isF32())
    return false;
  field = number.getValue().convertToFloat();
  return true;
}

Attribute write(Builder &b, const std::vector<double> &field) {
  return b.getDenseF64ArrayAttr(field);
}
Attribute write(Builder &b, const std::string &field) {
  return b.getStringAttr(field);
}
Attribute write(Builder &b, int64_t field) {
  return b.getI64IntegerAttr(field);
}
Attribute write(Builder &b, bool field) { return b.getBoolAttr(field); }
Attribute write(Builder &b, float field) { return b.getF32FloatAttr(field); }

/// The fields of a record with their names, for reading and writing alike.
template <typename Record, typename Visit>
void visitPreprocess(Record &record, Visit visit) {
  visit("mean", record.mean);
  visit("std", record.std);
  visit("scale", record.scale);
  visit("resize", record.resize);
  visit("filter", record.filter);
  visit("bgr", record.bgr);
  visit("layout", record.layout);
  visit("raw", record.raw);
}

template <typename Record, typename Visit>
void visitCalibration(Record &record, Visit visit) {
  visit("tensor", record.tensor);
  visit("observer", record.observer);
  visit("min", record.min);
  visit("max", record.max);
  visit("samples", record.samples);
}

/// Reads the fields that are there; empty, or what is wrong.
template <typename Visit>
std::string readFields(DictionaryAttr fields, size_t &known, Visit visitAll) {
  std::string wrong;
  visitAll([&](StringRef name, auto &field) {
    Attribute value = fields.get(name);
    if (value && !read(value, field))
      wrong = ("'" + name + "' has another type").str();
    known += value != nullptr;
  });
  if (wrong.empty() && known != fields.size())
    wrong = "it has fields of other names";
  return wrong;
}

/// The sentence that the numbers of a record must obey, or empty.
std::string wrongValues(const Preprocess &entry) {
  const auto isFinite = [](double x) { return std::isfinite(x); };
  if (!llvm::all_of(entry.mean, isFinite) ||
      !llvm::all_of(entry.std, isFinite) ||
      !llvm::all_of(entry.scale, isFinite))
    return "its numbers must be finite";
  if (llvm::is_contained(entry.std, 0.0))
    return "'std' must not be 0";
  if (!entry.std.empty() && !entry.scale.empty())
    return "'std' and 'scale' exclude each other";
  if (entry.resize < -1 || entry.resize > INT32_MAX)
    return "'resize' must be in [-1, 2^31 - 1]";
  const std::pair<StringRef, ArrayRef<llvm::StringLiteral>> words[] = {
      {entry.filter, filters},
      {entry.layout, layouts},
      {entry.raw,    raws   }
  };
  for (const auto &[word, known] : words)
    if (!llvm::is_contained(known, word))
      return ("'" + word + "' is none of " + llvm::join(known, ", ")).str();
  return {};
}

/// "[1, 2]", or the number alone.
std::string listText(ArrayRef<double> numbers) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleaveComma(numbers, os,
                        [&](double x) { os << llvm::format("%.9g", x); });
  return numbers.size() == 1 ? text : "[" + text + "]";
}

} // namespace

FailureOr<std::vector<Preprocess>>
quench::artefact::preprocessOf(ModuleOp module) {
  std::vector<Preprocess> entries;
  Attribute attribute = module->getAttr(preprocessAttr);
  if (!attribute)
    return entries;
  auto inputs = dyn_cast<DictionaryAttr>(attribute);
  if (!inputs) {
    module.emitError() << preprocessAttr
                       << " expects a dictionary with an entry per input, but "
                          "is "
                       << attribute;
    return failure();
  }
  for (const NamedAttribute &named : inputs) {
    Preprocess &entry = entries.emplace_back();
    entry.input = named.getName().str();
    auto fields = dyn_cast<DictionaryAttr>(named.getValue());
    size_t known = 0;
    std::string wrong = "it is no dictionary";
    if (fields)
      wrong = readFields(fields, known,
                         [&](auto visit) { visitPreprocess(entry, visit); });
    if (wrong.empty())
      wrong = wrongValues(entry);
    if (!wrong.empty()) {
      module.emitError() << preprocessAttr << " of input '" << entry.input
                         << "': " << wrong;
      return failure();
    }
  }
  return entries;
}

FailureOr<std::vector<Calibration>>
quench::artefact::calibrationOf(ModuleOp module) {
  std::vector<Calibration> entries;
  Attribute attribute = module->getAttr(calibrationAttr);
  if (!attribute)
    return entries;
  auto list = dyn_cast<ArrayAttr>(attribute);
  if (!list) {
    module.emitError() << calibrationAttr << " expects an array, but is "
                       << attribute;
    return failure();
  }
  for (auto [index, item] : llvm::enumerate(list)) {
    Calibration &entry = entries.emplace_back();
    auto fields = dyn_cast<DictionaryAttr>(item);
    size_t known = 0;
    std::string wrong = "it is no dictionary";
    if (fields)
      wrong = readFields(fields, known,
                         [&](auto visit) { visitCalibration(entry, visit); });
    if (wrong.empty() && known != 5)
      wrong = "it needs tensor, observer, min, max and samples";
    if (!wrong.empty()) {
      module.emitError() << calibrationAttr << " " << index << ": " << wrong;
      return failure();
    }
  }
  return entries;
}

void quench::artefact::setPreprocess(ModuleOp module,
                                     ArrayRef<Preprocess> entries) {
  if (entries.empty()) {
    module->removeAttr(preprocessAttr);
    return;
  }
  Builder b(module.getContext());
  const Preprocess defaults;
  NamedAttrList inputs;
  for (const Preprocess &entry : entries) {
    NamedAttrList fields, unchanged;
    visitPreprocess(defaults, [&](StringRef name, const auto &field) {
      unchanged.append(name, write(b, field));
    });
    visitPreprocess(entry, [&](StringRef name, const auto &field) {
      Attribute value = write(b, field);
      if (value != unchanged.get(name))
        fields.append(name, value);
    });
    inputs.append(entry.input, fields.getDictionary(b.getContext()));
  }
  module->setAttr(preprocessAttr, inputs.getDictionary(b.getContext()));
}

void quench::artefact::setCalibration(ModuleOp module,
                                      ArrayRef<Calibration> entries) {
  if (entries.empty()) {
    module->removeAttr(calibrationAttr);
    return;
  }
  Builder b(module.getContext());
  SmallVector<Attribute> list;
  for (const Calibration &entry : entries) {
    NamedAttrList fields;
    visitCalibration(entry, [&](StringRef name, const auto &field) {
      fields.append(name, write(b, field));
    });
    list.push_back(fields.getDictionary(b.getContext()));
  }
  module->setAttr(calibrationAttr, b.getArrayAttr(list));
}

std::string quench::artefact::describe(const Preprocess &entry) {
  std::string text = "number";
  if (!entry.mean.empty())
    text = "(number - " + listText(entry.mean) + ")";
  if (!entry.std.empty())
    text += " / " + listText(entry.std);
  else if (!entry.scale.empty())
    text += " * " + listText(entry.scale);
  text = "value = " + text + "; pictures: ";
  if (entry.resize == 0)
    text += "to the input's size, " + entry.filter;
  else if (entry.resize == -1)
    text += "shorter side to the input's / 0.875, " + entry.filter +
            ", centre crop";
  else
    text += "shorter side to " + std::to_string(entry.resize) + ", " +
            entry.filter + ", centre crop";
  text += entry.bgr ? ", blue green red" : ", red green blue";
  if (entry.layout != "auto")
    text += ", " + entry.layout;
  if (entry.raw != "none")
    text += "; raw files: " + entry.raw;
  return text;
}
