// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A module to rows, and rows to text.

#include "compiler/driver/Dump.h"

#include "codegen/emit/Print.h"
#include "compiler/interpret/Interpreter.h"
#include "dialects/nn/NN.h"
#include "dialects/q/Q.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace quench;

namespace {

DumpTensor tensorOf(Type type, StringRef name) {
  DumpTensor row;
  row.name = name.str();
  auto tensor = cast<RankedTensorType>(type);
  row.shape = tensor.getShape().vec();
  llvm::raw_string_ostream element(row.element);
  quant::QuantizedType quantized = q::quantizedElement(type);
  if (!quantized) {
    element << tensor.getElementType();
    return row;
  }
  element << quantized.getStorageType();
  row.low = quantized.getStorageTypeMin();
  row.high = quantized.getStorageTypeMax();
  if (auto axis = dyn_cast<quant::UniformQuantizedPerAxisType>(quantized)) {
    row.scales.assign(axis.getScales().begin(), axis.getScales().end());
    row.zeroPoints = axis.getZeroPoints().vec();
  } else if (auto one = dyn_cast<quant::UniformQuantizedType>(quantized)) {
    row.scales = {float(one.getScale())};
    row.zeroPoints = {one.getZeroPoint()};
  }
  return row;
}

std::string nameOf(DictionaryAttr attributes) {
  auto name =
      attributes ? attributes.getAs<StringAttr>("quench.name") : StringAttr();
  return name ? name.str() : "?";
}

/// What an elements attribute is to a person, by op, attribute and type.
std::string kindOf(Operation *op, StringRef attribute, Type element) {
  if (isa<q::ConstantOp>(op))
    return element.isInteger(32) ? "biases" : "filters and other codes";
  if (isa<nn::ConstantOp>(op))
    return "float constants";
  if (attribute == "table")
    return "tables";
  return attribute == "multiplier" ? "multipliers" : "other attributes";
}

uint64_t bytesOf(ElementsAttr elements) {
  if (auto dense = dyn_cast<DenseElementsAttr>(elements))
    return dense.getRawData().size();
  return uint64_t(elements.getNumElements()) *
         elements.getElementType().getIntOrFloatBitWidth() / 8;
}

std::vector<DumpSize> sizesOf(ModuleOp module,
                              const artefact::Summary &summary) {
  llvm::MapVector<StringRef, DumpSize> kinds;
  for (StringRef kind : {"filters and other codes", "biases", "tables",
                         "multipliers", "float constants", "other attributes"})
    kinds[kind].kind = kind.str();
  uint64_t sum = 0;
  llvm::SmallPtrSet<const void *, 32> seen; // an attribute is stored once
  module.walk([&](Operation *op) {
    for (NamedAttribute each : op->getAttrDictionary()) {
      auto elements = dyn_cast<ElementsAttr>(each.getValue());
      if (!elements ||
          !isa<DenseElementsAttr, DenseResourceElementsAttr>(each.getValue()))
        continue;
      DumpSize &row =
          kinds[kindOf(op, each.getName(), elements.getElementType())];
      ++row.count;
      if (!seen.insert(each.getValue().getAsOpaquePointer()).second)
        continue;
      row.bytes += bytesOf(elements);
      sum += bytesOf(elements);
    }
  });
  std::vector<DumpSize> sizes;
  for (auto &[kind, row] : kinds)
    if (row.count)
      sizes.push_back(row);
  // Equal constants share bytes, and each begins at a multiple of 64.
  sizes.push_back({"all constants, shared and aligned", summary.blobBytes, 0});
  sizes.push_back(
      {"graph, names and records", summary.fileBytes - summary.blobBytes, 0});
  sizes.push_back({"file", summary.fileBytes, 0});
  return sizes;
}

std::string text(ModuleOp module, StringRef attribute) {
  auto value = module->getAttrOfType<StringAttr>(attribute);
  return value ? value.str() : "";
}

/// "1x9x7x16 i8"
std::string typeText(const DumpTensor &tensor) {
  return interpret::shapeText(tensor.shape) + " " + tensor.element;
}

/// "0.0625, zero -128", "16 scales 0.01 to 0.2", or nothing for floats; codes
/// that do not use the whole type are shown as well.
std::string scaleText(const DumpTensor &tensor) {
  std::string result;
  llvm::raw_string_ostream os(result);
  if (tensor.scales.empty())
    return result;
  const auto [low, high] =
      std::minmax_element(tensor.scales.begin(), tensor.scales.end());
  if (tensor.scales.size() == 1)
    os << llvm::format("%.9g, zero %lld", *low,
                       (long long)tensor.zeroPoints.front());
  else
    os << tensor.scales.size()
       << llvm::format(" scales %.3g to %.3g", *low, *high);
  return result;
}

void printTensors(StringRef what, ArrayRef<DumpTensor> tensors,
                  ArrayRef<artefact::Preprocess> preprocess, raw_ostream &os) {
  for (const DumpTensor &tensor : tensors) {
    os << llvm::formatv("{0,-12}{1}  {2}", what, tensor.name, typeText(tensor));
    if (!tensor.scales.empty())
      os << "  scale " << scaleText(tensor) << ", codes " << tensor.low
         << " to " << tensor.high;
    os << '\n';
  }
  for (const artefact::Preprocess &entry : preprocess)
    os << llvm::formatv("{0,-12}{1}: {2}\n", "prepared",
                        entry.input == artefact::anyInput ? "all inputs"
                                                          : entry.input,
                        artefact::describe(entry));
}

void printCalibration(ArrayRef<artefact::Calibration> calibration,
                      raw_ostream &os) {
  os << "\ncalibration\n";
  os << llvm::formatv("  {0,-12}{1,8}{2,16}{3,16}  {4}\n", "observer",
                      "samples", "min", "max", "tensor");
  for (const artefact::Calibration &entry : calibration) {
    os << llvm::formatv("  {0,-12}{1,8}", entry.observer, entry.samples)
       << llvm::format("%16.8g%16.8g  ", entry.min, entry.max) << entry.tensor
       << '\n';
  }
}

std::string operandText(ArrayRef<DumpTensor> operands) {
  return llvm::join(llvm::map_range(operands,
                                    [](const DumpTensor &operand) {
                                      return interpret::shapeText(
                                          operand.shape);
                                    }),
                    ", ");
}

/// Rows of `key: value` for an optional string.
void set(llvm::json::Object &object, StringRef key, const std::string &value) {
  if (!value.empty())
    object[key] = llvm::json::fixUTF8(value);
}

llvm::json::Value toJson(const DumpTensor &tensor) {
  llvm::json::Object object;
  set(object, "name", tensor.name);
  object["shape"] = tensor.shape;
  object["element"] = tensor.element;
  if (tensor.scales.empty())
    return object;
  llvm::json::Array scales;
  for (float scale : tensor.scales)
    scales.push_back(double(scale));
  object["scales"] = std::move(scales);
  object["zero_points"] = tensor.zeroPoints;
  object["codes"] = llvm::json::Array{tensor.low, tensor.high};
  return object;
}

template <typename T, typename Convert>
llvm::json::Array toArray(const std::vector<T> &list, Convert convert) {
  llvm::json::Array array;
  for (const T &each : list)
    array.push_back(convert(each));
  return array;
}

llvm::json::Value toJson(const artefact::Preprocess &entry) {
  llvm::json::Object object{
      {"input",  llvm::json::fixUTF8(entry.input)},
      {"resize", entry.resize                    },
      {"filter", entry.filter                    },
      {"bgr",    entry.bgr                       },
      {"layout", entry.layout                    },
      {"raw",    entry.raw                       }
  };
  const std::pair<StringRef, const std::vector<double> &> lists[] = {
      {"mean",  entry.mean },
      {"std",   entry.std  },
      {"scale", entry.scale}
  };
  for (const auto &[key, list] : lists)
    if (!list.empty())
      object[key] = list;
  return object;
}

llvm::json::Array toJson(const std::vector<DumpTensor> &tensors) {
  return toArray(tensors, [](const DumpTensor &each) { return toJson(each); });
}

} // namespace

FailureOr<Dump> quench::makeDump(ModuleOp module,
                                 const artefact::Summary &summary) {
  Dump dump;
  dump.summary = summary;
  dump.model = text(module, artefact::modelAttr);
  dump.sha256 = text(module, artefact::sha256Attr);
  dump.recipe = text(module, artefact::recipeAttr);
  if (auto notes = module->getAttrOfType<ArrayAttr>(artefact::notesAttr))
    for (auto note : notes.getAsRange<StringAttr>())
      dump.notes.push_back(note.str());
  FailureOr<std::vector<artefact::Preprocess>> preprocess =
      artefact::preprocessOf(module);
  FailureOr<std::vector<artefact::Calibration>> calibration =
      artefact::calibrationOf(module);
  if (failed(preprocess) || failed(calibration))
    return failure();
  dump.preprocess = std::move(*preprocess);
  dump.calibration = std::move(*calibration);
  for (auto main : module.getOps<func::FuncOp>()) {
    for (unsigned i = 0; i < main.getNumArguments(); ++i)
      dump.inputs.push_back(tensorOf(main.getArgument(i).getType(),
                                     nameOf(main.getArgAttrDict(i))));
    for (unsigned i = 0; i < main.getNumResults(); ++i)
      dump.outputs.push_back(tensorOf(main.getResultTypes()[i],
                                      nameOf(main.getResultAttrDict(i))));
    main.walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (op->getNumResults() == 0 || isa<q::ConstantOp, nn::ConstantOp>(op))
        return;
      DumpOp row{op->getName().getStringRef().str(),
                 interpret::tensorName(op),
                 {},
                 {}};
      for (Value operand : op->getOperands())
        row.operands.push_back(tensorOf(operand.getType(), ""));
      for (Value result : op->getResults())
        row.results.push_back(tensorOf(result.getType(), ""));
      dump.ops.push_back(std::move(row));
    });
  }
  dump.sizes = sizesOf(module, summary);
  return dump;
}

void quench::printDump(const Dump &dump, raw_ostream &os) {
  const auto line = [&](StringRef what, const Twine &value) {
    os << llvm::formatv("{0,-12}{1}\n", what, value.str());
  };
  line("format", Twine(dump.summary.major) + "." + Twine(dump.summary.minor) +
                     ", written by " + dump.summary.producer);
  line("model", dump.model);
  line("sha256", dump.sha256.empty() ? "unknown" : dump.sha256);
  printTensors("input", dump.inputs, dump.preprocess, os);
  printTensors("output", dump.outputs, {}, os);
  for (const std::string &note : dump.notes)
    line("note", note);
  if (!dump.recipe.empty())
    os << "\nrecipe\n" << dump.recipe << '\n';
  if (!dump.calibration.empty())
    printCalibration(dump.calibration, os);

  os << "\nops\n";
  os << llvm::formatv("  {0,-20}{1,-32}{2,-20}{3,-32}{4}\n", "op", "operands",
                      "result", "scale", "name");
  for (const DumpOp &op : dump.ops)
    os << llvm::formatv("  {0,-20}{1,-32}{2,-20}{3,-32}{4}\n", op.op,
                        operandText(op.operands), typeText(op.results[0]),
                        scaleText(op.results[0]), op.name);

  os << "\nbytes\n";
  for (const DumpSize &size : dump.sizes) {
    os << llvm::formatv("  {0,14}  {1}", emit::grouped(int64_t(size.bytes)),
                        size.kind);
    if (size.count)
      os << " (" << size.count << ')';
    os << '\n';
  }
}

llvm::json::Value quench::toJson(const Dump &dump) {
  llvm::json::Object object;
  object["format"] =
      (Twine(dump.summary.major) + "." + Twine(dump.summary.minor)).str();
  set(object, "producer", dump.summary.producer);
  set(object, "model", dump.model);
  set(object, "source_sha256", dump.sha256);
  set(object, "recipe", dump.recipe);
  object["notes"] = toArray(dump.notes, [](const std::string &note) {
    return llvm::json::Value(llvm::json::fixUTF8(note));
  });
  object["inputs"] = ::toJson(dump.inputs);
  object["outputs"] = ::toJson(dump.outputs);
  object["preprocess"] =
      toArray(dump.preprocess,
              [](const artefact::Preprocess &each) { return ::toJson(each); });
  object["calibration"] =
      toArray(dump.calibration, [](const artefact::Calibration &each) {
        return llvm::json::Object{
            {"tensor",   llvm::json::fixUTF8(each.tensor)},
            {"observer", each.observer                   },
            {"min",      double(each.min)                },
            {"max",      double(each.max)                },
            {"samples",  each.samples                    }
        };
      });
  object["ops"] = toArray(dump.ops, [](const DumpOp &op) {
    return llvm::json::Object{
        {"op",       op.op                       },
        {"name",     llvm::json::fixUTF8(op.name)},
        {"operands", ::toJson(op.operands)       },
        {"results",  ::toJson(op.results)        }
    };
  });
  object["bytes"] = toArray(dump.sizes, [](const DumpSize &size) {
    llvm::json::Object row{
        {"kind",  size.kind },
        {"bytes", size.bytes}
    };
    if (size.count)
      row["count"] = size.count;
    return row;
  });
  return object;
}
