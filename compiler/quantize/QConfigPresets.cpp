// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The presets: one row each. Ours have weights per channel and asymmetric
// activations. Those named like MegEngine's mean what they mean there: weights
// per tensor in [-127, 127], symmetric activations in [-128, 127] with the
// scale max |x| / 127.5.

#include "compiler/quantize/QConfig.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace quench::quantize;

static constexpr Scheme channels{8, Symmetry::Narrow, Granularity::Channel};
static constexpr Scheme asymmetric{8, Symmetry::Asymmetric,
                                   Granularity::Tensor};
static constexpr Scheme narrow{8, Symmetry::Narrow, Granularity::Tensor};
static constexpr Scheme symmetric{8, Symmetry::Symmetric, Granularity::Tensor};
static constexpr Scheme lowbit{4, Symmetry::Symmetric, Granularity::Tensor};
static constexpr Scheme fourBits{4, Symmetry::Narrow, Granularity::Channel};

static Algorithms correcting(BiasCorrection biasCorrection, bool equalize,
                             int adaround = 0) {
  Algorithms algorithms;
  algorithms.biasCorrection = biasCorrection;
  algorithms.equalize = equalize;
  algorithms.adaround = adaround;
  return algorithms;
}

static QConfig preset(const char *name, const char *summary,
                      TensorConfig weight, TensorConfig activation,
                      Algorithms algorithms = {}) {
  QConfig config;
  config.name = name;
  config.summary = summary;
  config.weight = std::move(weight);
  config.activation = std::move(activation);
  config.algorithms = algorithms;
  return config;
}

llvm::ArrayRef<QConfig> quench::quantize::presets() {
  static const std::vector<QConfig> rows = {
      preset("default", "activations of least square error, biases corrected",
             {"min_max", "plain", channels}, {"mse", "plain", asymmetric},
             correcting(BiasCorrection::Empirical, false)),
      preset("fast", "smallest and largest value, nothing else: one pass",
             {"min_max", "plain", channels}, {"min_max", "plain", asymmetric}),
      preset("best", "default, and weights rounded by AdaRound: takes minutes",
             {"min_max", "plain", channels}, {"mse", "plain", asymmetric},
             correcting(BiasCorrection::Empirical, false, 1000)),
      preset("w4", "weights of 4 bits, rounded by AdaRound",
             {"mse", "plain", fourBits}, {"mse", "plain", asymmetric},
             correcting(BiasCorrection::Empirical, true, 2000)),
      preset("data_free", "no data: ranges from batch normalization",
             {"mse", "plain", channels}, {"statistics", "plain", asymmetric},
             correcting(BiasCorrection::Analytic, true)),
      preset("min_max", "MegEngine's min_max_fakequant_qconfig",
             {"min_max", "plain", narrow}, {"min_max", "plain", symmetric}),
      preset("ema", "MegEngine's ema_fakequant_qconfig",
             {"min_max", "plain", narrow}, {"ema", "plain", symmetric}),
      preset("ema_lowbit", "MegEngine's ema_lowbit_fakequant_qconfig: 4 bits",
             {"min_max", "plain", lowbit}, {"ema", "plain", lowbit}),
      preset("calibration", "MegEngine's calibration_qconfig: histograms",
             {"min_max", "plain", narrow}, {"mse", "plain", symmetric}),
      preset("tqt", "MegEngine's tqt_qconfig: scales that are powers of two",
             {"min_max", "tqt", narrow}, {"min_max", "tqt", symmetric}),
      preset("passive",
             "MegEngine's passive_qconfig: ranges given by overrides",
             {"min_max", "plain", narrow}, {"passive", "plain", narrow}),
  };
  return rows;
}

const QConfig *quench::quantize::findPreset(llvm::StringRef name) {
  for (const QConfig &config : presets())
    if (config.name == name)
      return &config;
  return nullptr;
}

std::string quench::quantize::presetNames() {
  return llvm::join(
      llvm::map_range(presets(),
                      [](const QConfig &config) { return config.name; }),
      ", ");
}
