// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A module to the bytes of a .qfb.

#include "compiler/artefact/Artefact.h"
#include "compiler/artefact/Records.h"
#include "compiler/artefact/WriteTables.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CRC.h"

using namespace mlir;
using namespace quench;
using namespace quench::artefact;

namespace {

/// Attributes of a function that the schema has fields for.
constexpr llvm::StringLiteral functionFields[] = {"sym_name", "function_type",
                                                  "arg_attrs", "res_attrs"};

class GraphWriter {
public:
  GraphWriter(ModuleOp module, qfb::ModelT &model)
      : module(module), model(model), tables(model) {}

  LogicalResult write();

private:
  LogicalResult writeBesides(NamedAttrList &attributes);
  LogicalResult write(func::FuncOp function);
  LogicalResult write(Block &block, qfb::BlockT &row);
  LogicalResult write(Operation &op, qfb::OpT &row,
                      const llvm::DenseMap<Value, uint32_t> &values);
  LogicalResult check(Operation *op);
  void setText(NamedAttrList &attributes, StringRef name, std::string &field);
  std::vector<uint32_t> dictionaries(ArrayAttr list);

  ModuleOp module;
  qfb::ModelT &model;
  TableWriter tables;
};

/// Reports what the tables could not take while `op` was written.
LogicalResult GraphWriter::check(Operation *op) {
  if (tables.error().empty())
    return success();
  return op->emitError("a .qfb cannot hold ") << tables.error();
}

LogicalResult
GraphWriter::write(Operation &op, qfb::OpT &row,
                   const llvm::DenseMap<Value, uint32_t> &values) {
  row.name = tables.string(op.getName().getStringRef());
  for (Value operand : op.getOperands()) {
    auto known = values.find(operand);
    if (known == values.end())
      return op.emitError("a .qfb cannot hold an op that uses a value of "
                          "another block");
    row.operands.push_back(known->second);
  }
  row.results = tables.types(op.getResultTypes());
  row.attributes = tables.named(op.getAttrDictionary().getValue());
  row.location = tables.attribute(op.getLoc());
  for (Region &region : op.getRegions()) {
    if (!region.hasOneBlock())
      return op.emitError("a .qfb cannot hold a region without its one block");
    if (failed(write(region.front(), *row.regions.emplace_back(
                                         std::make_unique<qfb::BlockT>()))))
      return failure();
  }
  return check(&op);
}

LogicalResult GraphWriter::write(Block &block, qfb::BlockT &row) {
  llvm::DenseMap<Value, uint32_t> values;
  const auto number = [&](ValueRange range) {
    for (Value value : range)
      values.try_emplace(value, uint32_t(values.size()));
  };
  number(block.getArguments());
  row.arguments = tables.types(block.getArgumentTypes());
  for (BlockArgument argument : block.getArguments())
    row.argument_locations.push_back(tables.attribute(argument.getLoc()));
  for (Operation &op : block) {
    if (failed(write(op, *row.ops.emplace_back(std::make_unique<qfb::OpT>()),
                     values)))
      return failure();
    number(op.getResults());
  }
  return success();
}

/// One dictionary each, or none where all are empty.
std::vector<uint32_t> GraphWriter::dictionaries(ArrayAttr list) {
  std::vector<uint32_t> result;
  if (list)
    for (Attribute each : list)
      result.push_back(tables.attribute(each));
  return result;
}

LogicalResult GraphWriter::write(func::FuncOp function) {
  if (!llvm::hasSingleElement(function.getBody()))
    return function.emitError(
        "a .qfb cannot hold a function without its one block");
  qfb::FunctionT &row =
      *model.functions.emplace_back(std::make_unique<qfb::FunctionT>());
  row.name = tables.string(function.getName());
  row.results = tables.types(function.getResultTypes());
  row.argument_attributes = dictionaries(function.getArgAttrsAttr());
  row.result_attributes = dictionaries(function.getResAttrsAttr());
  NamedAttrList rest(function->getAttrDictionary());
  for (StringRef field : functionFields)
    rest.erase(field);
  row.attributes = tables.named(rest.getAttrs());
  row.location = tables.attribute(function.getLoc());
  row.body = std::make_unique<qfb::BlockT>();
  if (failed(write(function.getBody().front(), *row.body)))
    return failure();
  return check(function);
}

/// Moves a string from the module's attributes to its own field.
void GraphWriter::setText(NamedAttrList &attributes, StringRef name,
                          std::string &field) {
  auto text = dyn_cast_or_null<StringAttr>(attributes.get(name));
  if (!text || text.getValue().empty())
    return;
  field = text.str();
  attributes.erase(name);
}

template <typename EnumT>
EnumT wordIndex(ArrayRef<llvm::StringLiteral> words, StringRef word) {
  return EnumT(llvm::find(words, word) - words.begin());
}

/// What has fields of its own; the other attributes of the module are left.
LogicalResult GraphWriter::writeBesides(NamedAttrList &attributes) {
  setText(attributes, modelAttr, model.name);
  setText(attributes, sha256Attr, model.source_sha256);
  setText(attributes, recipeAttr, model.recipe);
  if (auto notes = dyn_cast_or_null<ArrayAttr>(attributes.get(notesAttr));
      notes && !notes.empty() &&
      llvm::all_of(notes, llvm::IsaPred<StringAttr>)) {
    for (StringAttr note : notes.getAsRange<StringAttr>())
      model.notes.push_back(note.str());
    attributes.erase(notesAttr);
  }
  FailureOr<std::vector<Preprocess>> preprocess = preprocessOf(module);
  FailureOr<std::vector<Calibration>> calibration = calibrationOf(module);
  if (failed(preprocess) || failed(calibration))
    return failure();
  for (Preprocess &entry : *preprocess) {
    auto row = std::make_unique<qfb::PreprocessT>();
    row->input = entry.input;
    row->mean = std::move(entry.mean);
    row->std = std::move(entry.std);
    row->scale = std::move(entry.scale);
    row->resize = entry.resize;
    row->filter = wordIndex<qfb::Filter>(filterWords(), entry.filter);
    row->bgr = entry.bgr;
    row->layout = wordIndex<qfb::Layout>(layoutWords(), entry.layout);
    row->raw = wordIndex<qfb::Raw>(rawWords(), entry.raw);
    model.preprocess.push_back(std::move(row));
  }
  for (Calibration &entry : *calibration) {
    auto row = std::make_unique<qfb::CalibrationT>();
    row->tensor = entry.tensor;
    row->observer = entry.observer;
    row->min = entry.min;
    row->max = entry.max;
    row->samples = entry.samples;
    model.calibration.push_back(std::move(row));
  }
  if (!model.preprocess.empty())
    attributes.erase(preprocessAttr);
  if (!model.calibration.empty())
    attributes.erase(calibrationAttr);
  return success();
}

LogicalResult GraphWriter::write() {
  for (Operation &op : *module.getBody()) {
    auto function = dyn_cast<func::FuncOp>(op);
    if (!function)
      return op.emitError("a .qfb holds functions of level q only");
    if (failed(write(function)))
      return failure();
  }
  NamedAttrList attributes(module->getAttrDictionary());
  if (failed(writeBesides(attributes)))
    return failure();
  model.module_attributes = tables.named(attributes.getAttrs());
  model.location = tables.attribute(module.getLoc());
  return check(module);
}

} // namespace

FailureOr<std::string> artefact::writeQfb(ModuleOp module, StringRef producer) {
  qfb::ModelT model;
  model.major = majorVersion;
  model.minor = minorVersion;
  model.producer = producer.str();
  if (failed(GraphWriter(module, model).write()))
    return failure();
  model.blob_crc32 = llvm::crc32(model.blob);
  flatbuffers::FlatBufferBuilder builder(model.blob.size() + 65536);
  qfb::FinishModelBuffer(builder, qfb::Model::Pack(builder, &model));
  return std::string(reinterpret_cast<const char *>(builder.GetBufferPointer()),
                     builder.GetSize());
}
