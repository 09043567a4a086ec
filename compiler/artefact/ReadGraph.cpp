// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Blocks, ops and functions. What an op means is left to its verifier; here it
// only has to be one that MLIR can make.

#include "compiler/artefact/ReadGraph.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"

using namespace mlir;
using namespace quench;
using namespace quench::artefact;

namespace {

class GraphReader {
public:
  GraphReader(TableReader &tables, MLIRContext *context)
      : tables(tables), context(context) {}

  LogicalResult read(const qfb::Function &row, ModuleOp module);

private:
  LogicalResult read(const qfb::Block &row, Region &region);
  FailureOr<Value> read(const qfb::Op &row, Block &block,
                        std::vector<Value> &values);
  FailureOr<Operation *> make(OperationState &state, NamedAttrList attributes);
  FailureOr<ArrayAttr>
  dictionaries(const flatbuffers::Vector<uint32_t> *indices, size_t expected);
  void setPlace(StringRef op) {
    tables.setPlace("op " + std::to_string(ops) + " '" + op.str() + "'");
  }

  TableReader &tables;
  MLIRContext *context;
  uint64_t ops = 0;
};

/// Ops of level q. Others may have structures that only their parsers check.
bool isAllowed(OperationName name) {
  return name.getStringRef() == func::ReturnOp::getOperationName() ||
         name.getDialectNamespace() == "q" ||
         name.getDialectNamespace() == "nn";
}

FailureOr<Operation *> GraphReader::make(OperationState &state,
                                         NamedAttrList attributes) {
  const auto onError = [&] {
    return emitError(tables.fileLocation()) << state.name << ": ";
  };
  if (failed(state.name.verifyInherentAttrs(attributes, onError)))
    return failure();
  state.attributes = std::move(attributes);
  return Operation::create(state);
}

LogicalResult readOpOperands(const qfb::Op &row, TableReader &tables,
                             ArrayRef<Value> values, OperationState &state) {
  if (!row.operands())
    return success();
  if (failed(tables.spend(row.operands())))
    return failure();
  for (uint32_t index : *row.operands()) {
    if (index >= values.size())
      return tables.fail("uses value " + Twine(index) + " where there are " +
                         Twine(values.size()));
    state.operands.push_back(values[index]);
  }
  return success();
}

LogicalResult GraphReader::read(const qfb::Block &row, Region &region) {
  auto *block = new Block;
  region.push_back(block);
  FailureOr<SmallVector<Type>> types = tables.types(row.arguments());
  if (failed(types))
    return failure();
  if (failed(tables.spend(row.argument_locations())))
    return failure();
  if (row.argument_locations()->size() != types->size())
    return tables.fail("expects " + Twine(types->size()) +
                       " locations of arguments, found " +
                       Twine(row.argument_locations()->size()));
  std::vector<Value> values;
  for (auto [type, index] : llvm::zip(*types, *row.argument_locations())) {
    LocationAttr location = tables.location(index);
    if (!location)
      return failure();
    values.push_back(block->addArgument(type, location));
  }
  for (const qfb::Op *op : *row.ops())
    if (failed(read(*op, *block, values)))
      return failure();
  return success();
}

FailureOr<Value> GraphReader::read(const qfb::Op &row, Block &block,
                                   std::vector<Value> &values) {
  tables.setPlace("op " + std::to_string(ops));
  StringAttr name = tables.string(row.name());
  if (!name)
    return failure();
  setPlace(name);
  const auto known = RegisteredOperationName::lookup(name, context);
  if (!known || !isAllowed(*known))
    return tables.fail("is no op of level q");
  LocationAttr location = tables.location(row.location());
  FailureOr<SmallVector<Type>> results = tables.types(row.results());
  FailureOr<NamedAttrList> attributes = tables.named(row.attributes());
  if (!location || failed(results) || failed(attributes))
    return failure();
  OperationState state(location, *known);
  state.types = std::move(*results);
  if (failed(readOpOperands(row, tables, values, state)))
    return failure();
  const unsigned numRegions = row.regions() ? row.regions()->size() : 0;
  if (failed(tables.spend(numRegions * sizeof(Region))))
    return failure();
  for (unsigned i = 0; i < numRegions; ++i)
    state.addRegion();
  FailureOr<Operation *> op = make(state, std::move(*attributes));
  if (failed(op))
    return failure();
  block.push_back(*op);
  ++ops;
  for (unsigned i = 0; i < numRegions; ++i)
    if (failed(read(*row.regions()->Get(i), (*op)->getRegion(i))))
      return failure();
  values.insert(values.end(), (*op)->result_begin(), (*op)->result_end());
  return Value();
}

FailureOr<ArrayAttr>
GraphReader::dictionaries(const flatbuffers::Vector<uint32_t> *indices,
                          size_t expected) {
  if (!indices)
    return ArrayAttr();
  if (failed(tables.spend(indices)))
    return failure();
  if (indices->size() != expected)
    return tables.fail("expects " + Twine(expected) + " dictionaries, found " +
                       Twine(indices->size()));
  SmallVector<Attribute> list;
  for (uint32_t index : *indices) {
    Attribute item = tables.attribute(index);
    if (!item)
      return failure();
    if (!isa<DictionaryAttr>(item))
      return tables.fail("attribute " + Twine(index) + " is no dictionary");
    list.push_back(item);
  }
  return ArrayAttr::get(context, list);
}

LogicalResult GraphReader::read(const qfb::Function &row, ModuleOp module) {
  tables.setPlace("function");
  StringAttr name = tables.string(row.name());
  if (!name)
    return failure();
  tables.setPlace("function '" + name.str() + "'");
  LocationAttr location = tables.location(row.location());
  FailureOr<SmallVector<Type>> arguments =
      tables.types(row.body()->arguments());
  FailureOr<SmallVector<Type>> results = tables.types(row.results());
  FailureOr<NamedAttrList> attributes = tables.named(row.attributes());
  if (!location || failed(arguments) || failed(results) || failed(attributes))
    return failure();
  FailureOr<ArrayAttr> argumentAttributes =
      dictionaries(row.argument_attributes(), arguments->size());
  FailureOr<ArrayAttr> resultAttributes =
      dictionaries(row.result_attributes(), results->size());
  if (failed(argumentAttributes) || failed(resultAttributes))
    return failure();
  attributes->set("sym_name", name);
  attributes->set("function_type", TypeAttr::get(FunctionType::get(
                                       context, *arguments, *results)));
  for (auto [field, value] : {std::pair("arg_attrs", *argumentAttributes),
                              std::pair("res_attrs", *resultAttributes)}) {
    attributes->erase(field);
    if (value)
      attributes->set(field, value);
  }
  OperationState state(location, func::FuncOp::getOperationName());
  state.addRegion();
  FailureOr<Operation *> function = make(state, std::move(*attributes));
  if (failed(function))
    return failure();
  module.push_back(*function);
  return read(*row.body(), (*function)->getRegion(0));
}

} // namespace

LogicalResult artefact::readFunctions(const qfb::Model &model,
                                      TableReader &tables, ModuleOp module) {
  GraphReader reader(tables, module.getContext());
  for (const qfb::Function *function : *model.functions())
    if (failed(reader.read(*function, module)))
      return failure();
  tables.setPlace("");
  return success();
}
