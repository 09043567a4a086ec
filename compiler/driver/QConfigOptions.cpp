// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From options to a QConfig.

#include "compiler/driver/QConfigOptions.h"

#include "compiler/quantize/observers/Observer.h"
#include "dialects/q/GroupSizes.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Regex.h"

using namespace llvm;
using namespace quench;
using quantize::QConfig;

static Expected<QConfig> load(StringRef source) {
  if (source.empty())
    return quantize::presets().front();
  if (const QConfig *preset = quantize::findPreset(source))
    return *preset;
  // A word is meant to be a preset, what has a suffix or a folder is a file.
  if (!source.contains('.') && !source.contains('/')) {
    std::vector<std::string> known;
    for (const QConfig &preset : quantize::presets())
      known.push_back(preset.name);
    const std::string near = nearest(source, known);
    return createStringError(
        "--qconfig has no preset '" + source + "'" +
        (near.empty() ? "" : "; did you mean '" + near + "'?") + " (it has " +
        quantize::presetNames() + "; a file has a suffix)");
  }
  ErrorOr<std::unique_ptr<MemoryBuffer>> file = MemoryBuffer::getFile(source);
  if (!file)
    return createStringError(file.getError(), "cannot open '" + source + "': " +
                                                  file.getError().message());
  Expected<QConfig> config =
      quantize::parseQConfig((*file)->getBuffer(), source);
  if (config && config->name.empty())
    config->name = sys::path::stem(source).str();
  return config;
}

Expected<QConfig> quench::resolve(const QConfigOptions &options) {
  Expected<QConfig> config = load(options.source);
  if (!config)
    return config;
  quantize::TensorChange activation, weight;
  activation.observer = options.observer;
  activation.bits = options.activationBits;
  weight.bits = options.weightBits;
  if (options.perTensor && options.weightGroup)
    return createStringError("--per-tensor has one scale, --weight-group more "
                             "than one a channel: take one of them");
  if (options.perTensor)
    weight.granularity = quantize::Granularity::Tensor;
  if (options.weightGroup) {
    weight.granularity = quantize::Granularity::Group;
    weight.groupSize = *options.weightGroup;
  }
  config->activation = activation.applied(std::move(config->activation));
  config->weight = weight.applied(std::move(config->weight));
  config->algorithms.equalize |= options.equalize;
  if (options.dataFree) {
    config->activation.observer = quantize::statisticsObserver.str();
    config->algorithms.biasCorrection = quantize::BiasCorrection::Analytic;
    config->algorithms.adaround = 0; // learns from data
  }
  for (const std::string &name : options.keepFloat) {
    quantize::Override entry;
    entry.name = name;
    entry.keepFloat = true;
    config->overrides.push_back(std::move(entry));
  }
  if (Error error = quantize::checkQConfig(*config))
    return std::move(error);
  return config;
}

Exit quench::failQConfig(Session &session, Error error) {
  Exit code = Exit::Usage;
  std::string text;
  handleAllErrors(std::move(error), [&](const StringError &each) {
    text = each.getMessage();
    if (each.convertToErrorCode() != inconvertibleErrorCode())
      code = Exit::Io;
  });
  return session.fail(code, text);
}

std::string quench::describe(const QConfigOptions &options) {
  std::string text;
  auto add = [&](const Twine &option) { text += (" " + option).str(); };
  if (!options.source.empty())
    add("--qconfig=" + sys::path::filename(options.source));
  if (options.observer)
    add("--observer=" + *options.observer);
  if (options.perTensor)
    add("--per-tensor");
  if (options.weightBits)
    add("--weight-bits=" + Twine(*options.weightBits));
  if (options.weightGroup)
    add("--weight-group=" + Twine(*options.weightGroup));
  if (options.activationBits)
    add("--activation-bits=" + Twine(*options.activationBits));
  if (options.equalize)
    add("--equalize");
  if (options.dataFree)
    add("--data-free");
  for (const std::string &name : options.keepFloat)
    add("--keep-float=" + name);
  return text;
}

/// One of `known`.
static Option oneOf(std::string name, std::optional<int> &variable,
                    ArrayRef<int> known, std::string help) {
  return {
      std::move(name), "n", std::move(help),
      [&variable, known = std::vector<int>(known)](StringRef given) -> Error {
        int value = 0;
        if (given.getAsInteger(10, value) || !is_contained(known, value)) {
          std::string list;
          for (int each : known)
            list += (list.empty() ? "" : ", ") + std::to_string(each);
          return createStringError("expects one of " + list + ", found '" +
                                   given + "'");
        }
        variable = value;
        return Error::success();
      }};
}

std::vector<Option> quench::qconfigOptions(QConfigOptions &options) {
  std::vector<std::string> rows;
  for (const quantize::ObserverRow &row : quantize::observers())
    rows.push_back(row.name.str());
  return {
      text("qconfig", "name|file", options.source,
           "preset, or YAML or JSON file ('quench qconfig' lists and\n"
           "prints them); default: " +
               quantize::presets().front().name),
      choice(
          "observer", rows,
          [&options, rows](size_t i) { options.observer = rows[i]; },
          "how ranges of activations are taken"),
      {"per-tensor", "", "one scale per filter, not one per channel",
                                      [&options](StringRef) {
         options.perTensor = true;
         return Error::success();
       }},
      oneOf("weight-bits", options.weightBits, {2, 3, 4, 5, 6, 7, 8},
            "of filters; 4 and 2 are stored packed"),
      oneOf(
          "weight-group", options.weightGroup,
          std::vector<int>(std::begin(q::groupSizes), std::end(q::groupSizes)),
          "input channels that share a multiplier, on top of a scale\n"
          "per channel; for --weight-bits of 2 to 4"),
      oneOf("activation-bits", options.activationBits, {4, 5, 6, 7, 8, 16},
            "of everything between the layers"),
      flag("equalize", options.equalize,
           "even out the channels of consecutive filters first"),
      flag("data-free", options.dataFree,
           "ranges from the statistics of batch normalization, not\n"
           "from data; --mean and --std say what pixels become"),
      {"keep-float", "regex",
                                      "layers that stay float, by the whole name of the tensor\n"
       "they make; may be repeated; an error if it matches nothing", [&options](StringRef given) -> Error {
         std::string why;
         if (!Regex(given).isValid(why))
           return createStringError("expects a regular expression, found '" +
                                    given + "': " + why);
         options.keepFloat.push_back(given.str());
         return Error::success();
       }}
  };
}
