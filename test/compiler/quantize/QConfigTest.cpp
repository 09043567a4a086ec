// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// QConfig: text and back, presets, and what is refused.

#include "compiler/quantize/QConfig.h"

#include "gmock/gmock.h"

using namespace quench::quantize;
using testing::HasSubstr;

namespace {

QConfig parsed(llvm::StringRef text) {
  llvm::Expected<QConfig> config = parseQConfig(text, "test");
  EXPECT_TRUE(bool(config)) << llvm::toString(config.takeError());
  return config ? *config : QConfig();
}

std::string errorOf(llvm::StringRef text) {
  llvm::Expected<QConfig> config = parseQConfig(text, "my.yaml");
  if (config)
    return "no error";
  return llvm::toString(config.takeError());
}

TEST(QConfig, EveryPresetIsValidAndReadsBackToItself) {
  for (const QConfig &preset : presets()) {
    SCOPED_TRACE(preset.name);
    EXPECT_FALSE(preset.summary.empty());
    const std::string text = printQConfig(preset);
    EXPECT_EQ(printQConfig(parsed(text)), text);
    EXPECT_EQ(findPreset(preset.name), &preset);
  }
}

TEST(QConfig, AFileSaysWhatDiffersFromItsBase) {
  const QConfig config = parsed("base: fast\n"
                                "name: mine\n"
                                "weight: {bits: 4}\n"
                                "overrides:\n"
                                "  - name: 'head.*'\n"
                                "    ops: [conv2d, linear]\n"
                                "    activation: {bits: 16, range: [-1, 2]}\n"
                                "  - ops: [softmax]\n"
                                "    keep_float: true\n");
  EXPECT_EQ(config.name, "mine");
  EXPECT_EQ(config.weight.observer, "min_max");
  EXPECT_EQ(config.weight.scheme.bits, 4);
  EXPECT_EQ(config.weight.scheme.granularity, Granularity::Channel);
  EXPECT_EQ(config.algorithms.biasCorrection, BiasCorrection::None);
  ASSERT_EQ(config.overrides.size(), 2u);
  EXPECT_EQ(config.overrides[0].activation.bits, 16);
  EXPECT_EQ(config.overrides[0].activation.range, std::vector<float>({-1, 2}));
  EXPECT_TRUE(config.overrides[1].keepFloat);
  EXPECT_EQ(printQConfig(parsed(printQConfig(config))), printQConfig(config));
}

TEST(QConfig, JsonIsYaml) {
  const QConfig config = parsed(
      R"({"base": "min_max", "activation": {"observer": "ema", "bits": 8}})");
  EXPECT_EQ(config.activation.observer, "ema");
  EXPECT_EQ(config.activation.scheme.symmetry, Symmetry::Symmetric);
}

TEST(QConfig, ChangesApplyPartByPart) {
  TensorChange change;
  change.bits = 16;
  TensorConfig config;
  config.observer = "ema";
  const TensorConfig changed = change.applied(config);
  EXPECT_EQ(changed.observer, "ema");
  EXPECT_EQ(changed.scheme.bits, 16);
  // 16 bits have the zero point 0.
  EXPECT_EQ(changed.scheme.symmetry, Symmetry::Symmetric);
}

// MegEngine's presets: weights qint8_narrow per tensor, activations qint8.
TEST(QConfig, MegEnginesPresets) {
  for (const char *name : {"min_max", "ema", "calibration", "tqt"}) {
    const QConfig *preset = findPreset(name);
    ASSERT_NE(preset, nullptr) << name;
    const Scheme weight{8, Symmetry::Narrow, Granularity::Tensor};
    const Scheme activation{8, Symmetry::Symmetric, Granularity::Tensor};
    EXPECT_TRUE(preset->weight.scheme == weight) << name;
    EXPECT_TRUE(preset->activation.scheme == activation) << name;
  }
}

TEST(QConfig, ErrorsSayWhereAndWhatIsKnown) {
  EXPECT_THAT(errorOf("bits: 4\n"), HasSubstr("'my.yaml', 1:1: "));
  EXPECT_THAT(errorOf("bits: 4\n"), HasSubstr("unknown key 'bits'"));
  EXPECT_THAT(errorOf("base: bets\n"),
              HasSubstr("base expects one of default, fast"));
  EXPECT_THAT(errorOf("{"), HasSubstr("'my.yaml', "));
  EXPECT_THAT(errorOf("weight: {observer: foo}"),
              HasSubstr("weight: observer expects one of min_max, ema"));
  EXPECT_THAT(errorOf("weight: {observer: passive}"),
              HasSubstr("weight: observer expects one of"));
  EXPECT_THAT(errorOf("weight: {bits: 16}"),
              HasSubstr("weight: bits expects 2 to 8, found 16"));
  EXPECT_THAT(errorOf("activation: {bits: 12}"),
              HasSubstr("activation: bits expects 2 to 8 or 16, found 12"));
  EXPECT_THAT(errorOf("activation: {bits: 16}"),
              HasSubstr("16 bits expect symmetry symmetric or narrow"));
  EXPECT_THAT(errorOf("weight: {symmetry: asymmetric}"),
              HasSubstr("weight: symmetry expects symmetric or narrow"));
  EXPECT_THAT(errorOf("activation: {granularity: channel}"),
              HasSubstr("activation: granularity expects tensor"));
  EXPECT_THAT(errorOf("activation: {group_size: 16}"),
              HasSubstr("activation: group_size is for weights"));
  EXPECT_THAT(
      errorOf("weight: {granularity: group}"),
      HasSubstr("weight: granularity group is for 2 to 4 bits, found 8"));
  EXPECT_THAT(errorOf("{base: w4, weight: {granularity: group, "
                      "symmetry: symmetric}}"),
              HasSubstr("weight: granularity group expects symmetry narrow"));
  EXPECT_THAT(errorOf("{base: w4, weight: {granularity: group, "
                      "group_size: 8}}"),
              HasSubstr("weight: group_size expects one of 16, 32, 64, 128, "
                        "found 8"));
  EXPECT_THAT(errorOf("{base: w4, weight: {granularity: group}, "
                      "overrides: [{weight: {bits: 8}}]}"),
              HasSubstr("override 1, weight: granularity group is for 2 to 4"));
  EXPECT_THAT(errorOf("overrides: [{name: '('}]"),
              HasSubstr("override 1: name is no regular expression"));
  EXPECT_THAT(errorOf("overrides: [{name: a, activation: {range: [2, 1]}}]"),
              HasSubstr("override 1, activation: range expects finite"));
  EXPECT_THAT(errorOf("overrides: [{weight: {range: [1, 2]}}]"),
              HasSubstr("override 1, weight: range is for activations"));
  EXPECT_THAT(errorOf("percentile: 40"), HasSubstr("percentile expects"));
  EXPECT_THAT(errorOf("momentum: 1"), HasSubstr("momentum expects"));
  EXPECT_THAT(errorOf("algorithms: {smooth: 2}"),
              HasSubstr("smooth expects a number from 0 to 1, found 2"));
  EXPECT_THAT(errorOf("algorithms: {samples: 0}"),
              HasSubstr("samples expects"));
}

} // namespace
