// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The bytes of a .qfb to a module: identifier and version, then the shape of
// the FlatBuffer, then what the tables say, then MLIR's verifiers.

#include "compiler/artefact/Artefact.h"
#include "compiler/artefact/Limits.h"
#include "compiler/artefact/ReadGraph.h"
#include "compiler/artefact/Records.h"

#include "dialects/nn/NN.h"
#include "dialects/q/Q.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace mlir;
using namespace quench;
using namespace quench::artefact;

namespace {

flatbuffers::Verifier verifierOf(StringRef bytes) {
  return flatbuffers::Verifier(reinterpret_cast<const uint8_t *>(bytes.data()),
                               bytes.size(), maxTableDepth, maxTables);
}

/// The word of an enum, or a diagnostic.
template <typename EnumT>
LogicalResult setWord(TableReader &tables, EnumT index,
                      ArrayRef<llvm::StringLiteral> words, std::string &word) {
  if (size_t(index) >= words.size())
    return tables.fail("expects one of " + llvm::join(words, ", ") +
                       ", found the number " + Twine(unsigned(index)));
  word = words[size_t(index)].str();
  return success();
}

/// What stands beside the graph.
class BesidesReader {
public:
  BesidesReader(const qfb::Model &model, TableReader &tables, ModuleOp module)
      : model(model), tables(tables), module(module),
        builder(module.getContext()) {}

  LogicalResult read() {
    if (failed(readText(modelAttr, model.name())) ||
        failed(readText(sha256Attr, model.source_sha256())) ||
        failed(readText(recipeAttr, model.recipe())) || failed(readNotes()) ||
        failed(readPreprocess()) || failed(readCalibration()))
      return failure();
    tables.setPlace("");
    return success();
  }

private:
  LogicalResult readText(StringRef name, const flatbuffers::String *field) {
    FailureOr<std::string> text = tables.text(field);
    if (failed(text))
      return failure();
    if (!text->empty())
      module->setAttr(name, builder.getStringAttr(*text));
    return success();
  }

  LogicalResult readNotes() {
    SmallVector<Attribute> notes;
    if (model.notes())
      for (const flatbuffers::String *each : *model.notes()) {
        FailureOr<std::string> note = tables.text(each);
        if (failed(note))
          return failure();
        notes.push_back(builder.getStringAttr(*note));
      }
    if (!notes.empty())
      module->setAttr(notesAttr, builder.getArrayAttr(notes));
    return success();
  }

  LogicalResult setNumbers(const flatbuffers::Vector<double> *numbers,
                           std::vector<double> &field) {
    if (failed(tables.spend(numbers)))
      return failure();
    if (numbers)
      field.assign(numbers->begin(), numbers->end());
    return success();
  }

  LogicalResult readPreprocess() {
    std::vector<Preprocess> entries;
    llvm::StringSet<> inputs;
    if (!model.preprocess())
      return success();
    for (const qfb::Preprocess *row : *model.preprocess()) {
      Preprocess &entry = entries.emplace_back();
      FailureOr<std::string> input = tables.text(row->input());
      if (failed(input))
        return failure();
      entry.input = *input;
      tables.setPlace("preprocessing of input '" + *input + "'");
      if (input->empty() || !inputs.insert(*input).second)
        return tables.fail("expects one entry for each input");
      entry.resize = row->resize();
      entry.bgr = row->bgr();
      if (failed(setNumbers(row->mean(), entry.mean)) ||
          failed(setNumbers(row->std(), entry.std)) ||
          failed(setNumbers(row->scale(), entry.scale)) ||
          failed(setWord(tables, row->filter(), filterWords(), entry.filter)) ||
          failed(setWord(tables, row->layout(), layoutWords(), entry.layout)) ||
          failed(setWord(tables, row->raw(), rawWords(), entry.raw)))
        return failure();
    }
    setPreprocess(module, entries);
    return success(succeeded(preprocessOf(module)));
  }

  LogicalResult readCalibration() {
    std::vector<Calibration> entries;
    if (!model.calibration())
      return success();
    tables.setPlace("calibration");
    for (const qfb::Calibration *row : *model.calibration()) {
      FailureOr<std::string> tensor = tables.text(row->tensor());
      FailureOr<std::string> observer = tables.text(row->observer());
      if (failed(tensor) || failed(observer))
        return failure();
      entries.push_back(
          {*tensor, *observer, row->min(), row->max(), row->samples()});
    }
    setCalibration(module, entries);
    return success();
  }

  const qfb::Model &model;
  TableReader &tables;
  ModuleOp module;
  Builder builder;
};

OwningOpRef<ModuleOp> readModule(const qfb::Model &model, TableReader &tables) {
  if (failed(tables.read()))
    return nullptr;
  tables.setPlace("module");
  LocationAttr location = tables.location(model.location());
  FailureOr<NamedAttrList> attributes = tables.named(model.module_attributes());
  if (!location || failed(attributes))
    return nullptr;
  OwningOpRef<ModuleOp> module = ModuleOp::create(location);
  if (failed(module.get()->getName().verifyInherentAttrs(*attributes, [&] {
        return emitError(tables.fileLocation()) << "module: ";
      })))
    return nullptr;
  for (NamedAttribute each : *attributes)
    module.get()->setAttr(each.getName(), each.getValue());
  if (failed(BesidesReader(model, tables, *module).read()) ||
      failed(readFunctions(model, tables, *module)))
    return nullptr;
  if (succeeded(verify(*module)))
    return module;
  emitError(tables.fileLocation())
      << "holds a graph that breaks the rules above";
  return nullptr;
}

/// Whether this version can read the file.
LogicalResult checkVersion(const qfb::Head &head, Location file) {
  const std::string found =
      std::to_string(head.major()) + "." + std::to_string(head.minor());
  const std::string known =
      std::to_string(majorVersion) + "." + std::to_string(minorVersion);
  if (head.major() != majorVersion)
    return emitError(file) << "has format version " << found
                           << ", and this program reads " << majorVersion
                           << ".x";
  if (head.minor() > minorVersion)
    emitRemark(file) << "has format version " << found << ", newer than the "
                     << known << " of this program: what that added is ignored";
  return success();
}

} // namespace

bool artefact::isQfb(StringRef bytes) {
  return bytes.size() >= 8 && bytes.substr(4, 4) == qfb::ModelIdentifier();
}

OwningOpRef<ModuleOp> artefact::readQfb(StringRef bytes, StringRef file,
                                        MLIRContext *context,
                                        Summary *summary) {
  Location fileLoc = FileLineColLoc::get(context, file, 0, 0);
  if (!isQfb(bytes)) {
    emitError(fileLoc) << "is no .qfb file: expects '" << qfb::ModelIdentifier()
                       << "' at byte 4";
    return nullptr;
  }
  if (bytes.size() >= FLATBUFFERS_MAX_BUFFER_SIZE) {
    emitError(fileLoc) << "is larger than 2 GiB";
    return nullptr;
  }
  // Numbers are read where they lie.
  std::unique_ptr<llvm::MemoryBuffer> aligned;
  if (reinterpret_cast<uintptr_t>(bytes.data()) % alignof(uint64_t)) {
    aligned = llvm::MemoryBuffer::getMemBufferCopy(bytes);
    bytes = aligned->getBuffer();
  }
  flatbuffers::Verifier head = verifierOf(bytes), whole = verifierOf(bytes);
  if (!head.VerifyBuffer<qfb::Head>(qfb::ModelIdentifier())) {
    emitError(fileLoc) << "is a damaged .qfb file: its root is not readable";
    return nullptr;
  }
  if (failed(checkVersion(*flatbuffers::GetRoot<qfb::Head>(bytes.data()),
                          fileLoc)))
    return nullptr;
  if (!qfb::VerifyModelBuffer(whole)) {
    emitError(fileLoc) << "is a damaged .qfb file: truncated, or its tables do "
                          "not have the form of the schema";
    return nullptr;
  }
  context->loadDialect<func::FuncDialect, quant::QuantDialect, nn::NNDialect,
                       q::QDialect>();
  const qfb::Model &model = *qfb::GetModel(bytes.data());
  if (summary)
    *summary = {model.major(), model.minor(), model.producer()->str(),
                bytes.size(), model.blob()->size()};
  TableReader tables(model, file, bytes.size(), context);
  return readModule(model, tables);
}
