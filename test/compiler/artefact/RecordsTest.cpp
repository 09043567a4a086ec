// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Records to attributes and back; attributes that people wrote.

#include "Fixture.h"

#include "compiler/artefact/Records.h"

#include "gmock/gmock.h"

using namespace mlir;
using namespace quench;
using namespace quench::artefact;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

TEST(Records, PreprocessComesBack) {
  Context context;
  OwningOpRef<ModuleOp> module = parse(context, "module {}");
  Preprocess any, own;
  any.input = "*";
  any.mean = {1.5};
  own.input = "x";
  own.std = {1, 2, 3};
  own.resize = 0;
  own.filter = "bilinear";
  own.bgr = true;
  own.layout = "nchw";
  own.raw = "int8";
  setPreprocess(*module, {own, any});
  FailureOr<std::vector<Preprocess>> back = preprocessOf(*module);
  ASSERT_TRUE(succeeded(back));
  EXPECT_THAT(*back, ElementsAre(any, own)); // in order of the names
  EXPECT_EQ(print(*module).find("resize = -1"), std::string::npos);
  setPreprocess(*module, {});
  EXPECT_FALSE(module.get()->hasAttr(preprocessAttr));
}

TEST(Records, CalibrationComesBack) {
  Context context;
  OwningOpRef<ModuleOp> module = parse(context, "module {}");
  setCalibration(*module, {
                              {"x", "ema", -0.1f, 0.2f, 7}
  });
  FailureOr<std::vector<Calibration>> back = calibrationOf(*module);
  ASSERT_TRUE(succeeded(back) && back->size() == 1);
  EXPECT_EQ(back->front().tensor, "x");
  EXPECT_EQ(back->front().observer, "ema");
  EXPECT_EQ(back->front().min, -0.1f);
  EXPECT_EQ(back->front().max, 0.2f);
  EXPECT_EQ(back->front().samples, 7);
}

TEST(Records, InWords) {
  Preprocess entry;
  entry.mean = {123.675};
  entry.std = {58.5, 57.25, 57};
  EXPECT_EQ(
      describe(entry),
      "value = (number - 123.675) / [58.5, 57.25, 57]; pictures: shorter "
      "side to the input's / 0.875, bicubic, centre crop, red green blue");
  entry = Preprocess();
  entry.scale = {0.5};
  entry.resize = 0;
  entry.bgr = true;
  entry.layout = "nhwc";
  entry.raw = "uint8";
  EXPECT_EQ(
      describe(entry),
      "value = number * 0.5; pictures: to the input's size, bicubic, blue "
      "green red, nhwc; raw files: uint8");
}

TEST(Records, WrongAttributes) {
  const std::pair<const char *, const char *> cases[] = {
      {"quench.preprocess = []",
       "expects a dictionary with an entry per input"                                                                  },
      {"quench.preprocess = {x = 1}",                                       "of input 'x': it is no dictionary"        },
      {"quench.preprocess = {x = {mean = 1.0}}",                            "'mean' has another type"                  },
      {"quench.preprocess = {x = {meen = 1.0}}",
       "it has fields of other names"                                                                                  },
      {"quench.preprocess = {x = {std = array<f64: 0.0>}}",
       "'std' must not be 0"                                                                                           },
      {"quench.preprocess = {x = {std = array<f64: 1.0>, "
       "scale = array<f64: 1.0>}}",                                  "'std' and 'scale' exclude each other"     },
      {"quench.preprocess = {x = {mean = array<f64: 0x7FF8000000000000>}}",
       "its numbers must be finite"                                                                                    },
      {"quench.preprocess = {x = {resize = -2 : i64}}",
       "'resize' must be in [-1, 2^31 - 1]"                                                                            },
      {"quench.preprocess = {x = {filter = \"box\"}}",
       "'box' is none of bicubic, bilinear"                                                                            },
      {"quench.calibration = {}",                                           "quench.calibration expects an array"      },
      {"quench.calibration = [1]",                                          "quench.calibration 0: it is no dictionary"},
      {"quench.calibration = [{tensor = \"x\"}]",
       "it needs tensor, observer, min, max and samples"                                                               },
      {"quench.calibration = [{max = 1.0 : f64}]",                          "'max' has another type"                   },
      {"quench.calibration = [{mix = 1}]",                                  "it has fields of other names"             },
  };
  for (const auto &[attribute, expected] : cases) {
    Context context;
    OwningOpRef<ModuleOp> module =
        parse(context, std::string("module attributes {") + attribute + "} {}");
    ASSERT_TRUE(module) << attribute;
    EXPECT_FALSE(succeeded(preprocessOf(*module)) &&
                 succeeded(calibrationOf(*module)));
    EXPECT_THAT(context.errors, ElementsAre(HasSubstr(expected)));
  }
}

} // namespace
