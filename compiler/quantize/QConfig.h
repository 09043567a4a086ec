// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// QConfig: the recipe of a quantization. Presets by name, files in YAML (JSON
// is a subset), and the attribute quench.qconfig of a module, which holds the
// text. docs/qconfig.schema.json describes the files. No IR in here.

#ifndef QUENCH_COMPILER_QUANTIZE_QCONFIG_H
#define QUENCH_COMPILER_QUANTIZE_QCONFIG_H

#include "compiler/quantize/fakequant/Scheme.h"
#include "compiler/quantize/observers/Observer.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>
#include <vector>

namespace quench::quantize {

/// What happens to one kind of tensor.
struct TensorConfig {
  /// Row of the observer registry; of activations also "passive" (ranges given
  /// by overrides) and "statistics" (from batch normalization, without data).
  std::string observer = "min_max";
  /// Row of the fake-quantizer registry: makes the scale of a range.
  std::string fakeQuant = "plain";
  Scheme scheme;
};

/// The parts of a TensorConfig that an override changes.
struct TensorChange {
  std::optional<std::string> observer, fakeQuant;
  std::optional<int> bits;
  std::optional<Symmetry> symmetry;
  std::optional<Granularity> granularity;
  std::optional<int64_t> groupSize;
  /// [min, max] that no data changes; activations only.
  std::optional<std::vector<float>> range;

  TensorConfig applied(TensorConfig config) const;
};

/// For the ops it matches; later overrides win.
struct Override {
  /// Regular expression that has to match the whole name of the tensor that
  /// the op makes; empty: any.
  std::string name;
  /// Kinds ("conv2d", ...; "input" for the graph's arguments); empty: any.
  std::vector<std::string> ops;
  TensorChange weight, activation;
  /// The op stays float, between dequantize and quantize.
  bool keepFloat = false;
};

enum class BiasCorrection {
  None,
  Analytic, ///< from the statistics of batch normalization
  Empirical ///< from calibration data
};

/// What is changed beyond ranges and scales.
struct Algorithms {
  bool equalize = false; ///< cross-layer equalization
  double smooth = 0;     ///< migration strength alpha; 0: off
  BiasCorrection biasCorrection = BiasCorrection::None;
  int adaround = 0; ///< steps of AdaRound a layer; 0: off
  /// Calibration samples that these look at; ranges see all.
  int samples = 32;
};

struct QConfig {
  std::string name;
  std::string summary;
  TensorConfig weight, activation;
  Algorithms algorithms;
  double percentile = 99.99; ///< of the observer of that name
  double momentum = 0.9;     ///< of the observer ema
  std::vector<Override> overrides;
};

/// The presets, for help texts; the first is the command line's default.
llvm::ArrayRef<QConfig> presets();
const QConfig *findPreset(llvm::StringRef name);
/// "default, fast, ...".
std::string presetNames();

/// Parses YAML or JSON. A file may name a preset as `base` and give what
/// differs. Errors name `source`, line and column, and list the known words.
llvm::Expected<QConfig> parseQConfig(llvm::StringRef text,
                                     llvm::StringRef source);

/// Everything, as YAML that parseQConfig reads back to the same.
std::string printQConfig(const QConfig &config);

/// Patterns that are no regular expression, unknown observers, bits that do
/// not exist and the like; names what is wrong and what is known.
llvm::Error checkQConfig(const QConfig &config);

/// The parameters of observers; the scheme is left to the caller.
ObserverOptions observerOptions(const QConfig &config);

/// Module attribute with printQConfig's text.
inline constexpr llvm::StringLiteral qconfigAttr = "quench.qconfig";

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_QCONFIG_H
