// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Options of the command line to records of the module, and back.

#include "compiler/driver/StoredPreprocess.h"

#include "compiler/artefact/Records.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace quench;

namespace {

/// The words of the records are those of these enums, in their order.
constexpr Filter filters[] = {Filter::Bicubic, Filter::Bilinear};
constexpr PixelLayout layouts[] = {PixelLayout::Auto, PixelLayout::Nchw,
                                   PixelLayout::Nhwc};

template <typename T, size_t n>
std::string toWord(const T (&values)[n], ArrayRef<llvm::StringLiteral> words,
                   T value) {
  return words[size_t(llvm::find(values, value) - values)].str();
}

template <typename T, size_t n>
T fromWord(const T (&values)[n], ArrayRef<llvm::StringLiteral> words,
           StringRef word) {
  return values[llvm::find(words, word) - words.begin()];
}

artefact::Preprocess toRecord(const Preprocess &p, StringRef input,
                              StringRef raw) {
  artefact::Preprocess record;
  record.input = input.str();
  record.mean = p.mean;
  record.std = p.std;
  record.scale = p.scale;
  record.resize = p.resize;
  record.filter = toWord(filters, artefact::filterWords(), p.filter);
  record.bgr = p.bgr;
  record.layout = toWord(layouts, artefact::layoutWords(), p.layout);
  record.raw = raw.empty() ? "none" : raw.str();
  return record;
}

Preprocess fromRecord(const artefact::Preprocess &record) {
  Preprocess p;
  p.mean = record.mean;
  p.std = record.std;
  p.scale = record.scale;
  p.resize = int(record.resize);
  p.filter = fromWord(filters, artefact::filterWords(), record.filter);
  p.bgr = record.bgr;
  p.layout = fromWord(layouts, artefact::layoutWords(), record.layout);
  return p;
}

} // namespace

Exit quench::resolvePreprocess(Session &session, ModuleOp module,
                               DataOptions &options) {
  if (options.isPreprocessGiven) {
    artefact::setPreprocess(
        module, toRecord(options.preprocess, artefact::anyInput, options.raw));
    if (failed(artefact::preprocessOf(module)))
      return Exit::Usage;
    return Exit::Ok;
  }
  FailureOr<std::vector<artefact::Preprocess>> entries =
      artefact::preprocessOf(module);
  if (failed(entries))
    return Exit::Failed;
  for (const artefact::Preprocess &entry : *entries) {
    if (entry.input == artefact::anyInput)
      options.preprocess = fromRecord(entry);
    else
      options.perInput[entry.input] = fromRecord(entry);
    if (entry.raw != "none")
      options.raw = entry.raw;
  }
  return Exit::Ok;
}

void quench::sayPreprocess(Session &session, const DataOptions &options) {
  const auto say = [&](const Preprocess &p, StringRef input) {
    artefact::Preprocess record = toRecord(p, input, options.raw);
    artefact::Preprocess none;
    none.input = record.input;
    if (!(record == none))
      session.say(
          Twine("preprocessing ") +
          (options.isPreprocessGiven ? "as given" : "as stored in the model") +
          (input == artefact::anyInput ? "" : ", input '" + input + "'") +
          ": " + artefact::describe(record));
  };
  say(options.preprocess, artefact::anyInput);
  for (const auto &[input, preprocess] : options.perInput)
    say(preprocess, input);
}

LogicalResult quench::noteInputs(ModuleOp module, emit::Model &model) {
  FailureOr<std::vector<artefact::Preprocess>> entries =
      artefact::preprocessOf(module);
  if (failed(entries))
    return failure();
  for (size_t index : model.inputs) {
    emit::Buffer &buffer = model.buffers[index];
    for (const artefact::Preprocess &entry : *entries)
      if (entry.input == buffer.sourceName ||
          (entry.input == artefact::anyInput && buffer.preparation.empty()))
        buffer.preparation = "Prepared as in calibration: " + describe(entry);
  }
  return success();
}
