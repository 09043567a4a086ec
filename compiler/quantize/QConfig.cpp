// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// QConfig as text, by LLVM's YAML reader and writer.

#include "compiler/quantize/QConfig.h"

#include "compiler/quantize/fakequant/FakeQuant.h"
#include "dialects/q/GroupSizes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/YAMLTraits.h"

#include <cmath>

using namespace llvm;
using namespace quench::quantize;

TensorConfig TensorChange::applied(TensorConfig config) const {
  config.observer = observer.value_or(config.observer);
  config.fakeQuant = fakeQuant.value_or(config.fakeQuant);
  config.scheme.bits = bits.value_or(config.scheme.bits);
  config.scheme.symmetry = symmetry.value_or(config.scheme.symmetry);
  config.scheme.granularity = granularity.value_or(config.scheme.granularity);
  config.scheme.groupSize = groupSize.value_or(config.scheme.groupSize);
  // 16 bits always have the zero point 0.
  if (config.scheme.bits == 16 &&
      config.scheme.symmetry == Symmetry::Asymmetric)
    config.scheme.symmetry = Symmetry::Symmetric;
  return config;
}

//===----------------------------------------------------------------------===//
// YAML
//===----------------------------------------------------------------------===//

LLVM_YAML_IS_SEQUENCE_VECTOR(quench::quantize::Override)

namespace llvm::yaml {

template <>
struct ScalarEnumerationTraits<Symmetry> {
  static void enumeration(IO &io, Symmetry &value) {
    io.enumCase(value, "asymmetric", Symmetry::Asymmetric);
    io.enumCase(value, "symmetric", Symmetry::Symmetric);
    io.enumCase(value, "narrow", Symmetry::Narrow);
  }
};

template <>
struct ScalarEnumerationTraits<Granularity> {
  static void enumeration(IO &io, Granularity &value) {
    io.enumCase(value, "tensor", Granularity::Tensor);
    io.enumCase(value, "channel", Granularity::Channel);
    io.enumCase(value, "group", Granularity::Group);
  }
};

template <>
struct ScalarEnumerationTraits<BiasCorrection> {
  static void enumeration(IO &io, BiasCorrection &value) {
    io.enumCase(value, "none", BiasCorrection::None);
    io.enumCase(value, "analytic", BiasCorrection::Analytic);
    io.enumCase(value, "empirical", BiasCorrection::Empirical);
  }
};

template <>
struct MappingTraits<TensorConfig> {
  static void mapping(IO &io, TensorConfig &config) {
    io.mapOptional("observer", config.observer);
    io.mapOptional("fake_quant", config.fakeQuant);
    io.mapOptional("bits", config.scheme.bits);
    io.mapOptional("symmetry", config.scheme.symmetry);
    io.mapOptional("granularity", config.scheme.granularity);
    if (!io.outputting() || config.scheme.granularity == Granularity::Group)
      io.mapOptional("group_size", config.scheme.groupSize);
  }
};

template <>
struct MappingTraits<TensorChange> {
  static void mapping(IO &io, TensorChange &change) {
    io.mapOptional("observer", change.observer);
    io.mapOptional("fake_quant", change.fakeQuant);
    io.mapOptional("bits", change.bits);
    io.mapOptional("symmetry", change.symmetry);
    io.mapOptional("granularity", change.granularity);
    io.mapOptional("group_size", change.groupSize);
    io.mapOptional("range", change.range);
  }
};

template <>
struct MappingTraits<Override> {
  static void mapping(IO &io, Override &entry) {
    io.mapOptional("name", entry.name, std::string());
    io.mapOptional("ops", entry.ops);
    // A change without a part is not printed.
    if (!io.outputting() || !isEmpty(entry.weight))
      io.mapOptional("weight", entry.weight);
    if (!io.outputting() || !isEmpty(entry.activation))
      io.mapOptional("activation", entry.activation);
    io.mapOptional("keep_float", entry.keepFloat, false);
  }
  static bool isEmpty(const TensorChange &change) {
    return !change.observer && !change.fakeQuant && !change.bits &&
           !change.symmetry && !change.granularity && !change.groupSize &&
           !change.range;
  }
};

template <>
struct MappingTraits<Algorithms> {
  static void mapping(IO &io, Algorithms &algorithms) {
    io.mapOptional("equalize", algorithms.equalize);
    io.mapOptional("smooth", algorithms.smooth);
    io.mapOptional("bias_correction", algorithms.biasCorrection);
    io.mapOptional("adaround", algorithms.adaround);
    io.mapOptional("samples", algorithms.samples);
  }
};

template <>
struct MappingTraits<QConfig> {
  static void mapping(IO &io, QConfig &config) {
    if (!io.outputting())
      mapBase(io, config);
    io.mapOptional("name", config.name);
    io.mapOptional("summary", config.summary);
    io.mapOptional("weight", config.weight);
    io.mapOptional("activation", config.activation);
    io.mapOptional("algorithms", config.algorithms);
    io.mapOptional("percentile", config.percentile);
    io.mapOptional("momentum", config.momentum);
    if (!io.outputting() || !config.overrides.empty())
      io.mapOptional("overrides", config.overrides);
  }

  static void mapBase(IO &io, QConfig &config) {
    std::string base = presets().front().name;
    io.mapOptional("base", base);
    if (const QConfig *found = findPreset(base)) {
      config = *found;
      config.name.clear();
      config.summary.clear();
    } else {
      io.setError("base expects one of " + presetNames() + ", found '" + base +
                  "'");
    }
  }
};

} // namespace llvm::yaml

/// Errors of the reader as "file:line:column: message".
static void collectError(const SMDiagnostic &diagnostic, void *context) {
  auto &errors = *static_cast<std::string *>(context);
  if (!errors.empty())
    return; // the first one; what follows is its consequence
  errors =
      (Twine(diagnostic.getLineNo()) + ":" +
       Twine(diagnostic.getColumnNo() + 1) + ": " + diagnostic.getMessage())
          .str();
}

Expected<QConfig> quench::quantize::parseQConfig(StringRef text,
                                                 StringRef source) {
  std::string errors;
  yaml::Input input(text, nullptr, collectError, &errors);
  QConfig config;
  input >> config;
  if (input.error() || !errors.empty())
    return createStringError("'" + source + "', " + errors +
                             " (docs/quantization.md lists the keys)");
  if (Error error = checkQConfig(config))
    return createStringError("'" + source + "': " + toString(std::move(error)));
  return config;
}

std::string quench::quantize::printQConfig(const QConfig &config) {
  std::string text;
  raw_string_ostream stream(text);
  yaml::Output output(stream);
  QConfig copy = config;
  output << copy;
  return text;
}

ObserverOptions quench::quantize::observerOptions(const QConfig &config) {
  ObserverOptions options;
  options.momentum = config.momentum;
  options.percentile = config.percentile;
  return options;
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

namespace {

/// The first thing that is wrong.
class Check {
public:
  Error done() {
    return text.empty() ? Error::success() : createStringError(text);
  }

  void expect(bool holds, const Twine &sentence) {
    if (!holds && text.empty())
      text = sentence.str();
  }

  void observer(StringRef where, StringRef name, bool isActivation) {
    const bool known = findObserver(name) != nullptr ||
                       (isActivation && (name == passiveObserver ||
                                         name == statisticsObserver));
    expect(known, where + ": observer expects one of " + observerNames() +
                      (isActivation ? ", passive, statistics" : "") +
                      ", found '" + name + "'");
  }

  void fakeQuant(StringRef where, StringRef name) {
    expect(findFakeQuantizer(name) != nullptr,
           where + ": fake_quant expects one of " + fakeQuantizerNames() +
               ", found '" + name + "'");
  }

  void bits(StringRef where, int bits, bool isActivation) {
    expect((bits >= 2 && bits <= 8) || (isActivation && bits == 16),
           where + ": bits expects 2 to 8" + (isActivation ? " or 16" : "") +
               ", found " + Twine(bits));
  }

  void tensor(StringRef where, const TensorConfig &config, bool isActivation) {
    observer(where, config.observer, isActivation);
    fakeQuant(where, config.fakeQuant);
    bits(where, config.scheme.bits, isActivation);
    expect(isActivation || config.scheme.symmetry != Symmetry::Asymmetric,
           where + ": symmetry expects symmetric or narrow");
    expect(!isActivation || config.scheme.granularity == Granularity::Tensor,
           where + ": granularity expects tensor");
    expect(!isActivation || config.scheme.groupSize == Scheme().groupSize,
           where + ": group_size is for weights");
    expect(!isActivation || config.scheme.bits != 16 ||
               config.scheme.symmetry != Symmetry::Asymmetric,
           where + ": 16 bits expect symmetry symmetric or narrow");
    if (config.scheme.granularity == Granularity::Group)
      groups(where, config.scheme);
  }

  void groups(StringRef where, const Scheme &scheme) {
    expect(scheme.bits <= quench::q::mostGroupBits,
           where + ": granularity group is for " +
               Twine(quench::q::fewestGroupBits) + " to " +
               Twine(quench::q::mostGroupBits) + " bits, found " +
               Twine(scheme.bits) +
               ": take fewer (--weight-bits=4), or granularity channel");
    expect(scheme.symmetry == Symmetry::Narrow,
           where + ": granularity group expects symmetry narrow");
    expect(quench::q::isGroupSize(scheme.groupSize),
           where + ": group_size expects one of " + quench::q::groupSizeList() +
               ", found " + Twine(scheme.groupSize));
  }

  void change(StringRef where, const TensorChange &change,
              const TensorConfig &config, bool isActivation) {
    tensor(where, change.applied(config), isActivation);
    if (!change.range)
      return;
    expect(isActivation, where + ": range is for activations");
    const std::vector<float> &range = *change.range;
    expect(range.size() == 2 && std::isfinite(range[0]) &&
               std::isfinite(range[1]) && range[0] <= range[1],
           where + ": range expects finite [min, max]");
  }

private:
  std::string text;
};

} // namespace

Error quench::quantize::checkQConfig(const QConfig &config) {
  Check check;
  check.tensor("weight", config.weight, false);
  check.tensor("activation", config.activation, true);
  check.expect(config.percentile > 50 && config.percentile <= 100,
               "percentile expects a number above 50, up to 100, found " +
                   formatv("{0}", config.percentile).str());
  check.expect(config.momentum >= 0 && config.momentum < 1,
               "momentum expects a number from 0, below 1, found " +
                   formatv("{0}", config.momentum).str());
  const Algorithms &algorithms = config.algorithms;
  check.expect(algorithms.smooth >= 0 && algorithms.smooth <= 1,
               "algorithms: smooth expects a number from 0 to 1, found " +
                   formatv("{0}", algorithms.smooth).str());
  check.expect(algorithms.adaround >= 0,
               "algorithms: adaround expects a number of steps, found " +
                   Twine(algorithms.adaround));
  check.expect(algorithms.samples >= 1,
               "algorithms: samples expects a number from 1, found " +
                   Twine(algorithms.samples));
  for (const auto &[index, entry] : enumerate(config.overrides)) {
    const std::string where = ("override " + Twine(index + 1)).str();
    std::string why;
    check.expect(entry.name.empty() || Regex(entry.name).isValid(why),
                 where + ": name is no regular expression: " + why);
    check.change(where + ", weight", entry.weight, config.weight, false);
    check.change(where + ", activation", entry.activation, config.activation,
                 true);
  }
  return check.done();
}
