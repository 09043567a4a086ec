// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Identifiers made from names of a model.

#include "codegen/emit/Names.h"

#include "gtest/gtest.h"

using namespace quench::emit;

namespace {

struct NameCase {
  const char *given, *identifier;
};

constexpr NameCase nameCases[] = {
    {"conv1",                          "conv1"                        },
    {"/blocks/blocks.0/Conv_output_0", "blocks_blocks_0_conv_output_0"},
    {"onnx::Conv_12",                  "onnx_conv_12"                 },
    {"__x__",                          "x"                            },
    {"",                               "unnamed"                      },
    {"\xc3\xa4\xc3\xb6",               "unnamed"                      },
    {"224",                            "n224"                         },
    {"int",                            "int_"                         },
    {"Static",                         "static_"                      },
    {"a\n*/b",                         "a_b"                          },
};

TEST(Names, AreIdentifiers) {
  for (const NameCase &c : nameCases)
    EXPECT_EQ(identifier(c.given), c.identifier) << c.given;
  EXPECT_EQ(macroName("net-1.x"), "NET_1_X");
}

TEST(Names, LongOnesKeepWholeWordsOfTheirEnd) {
  const std::string name = identifier(
      "stage_one_of_the_encoder/stage_two/layer_norm/conv_dw_output");
  EXPECT_EQ(name, "the_encoder_stage_two_layer_norm_conv_dw_output");
}

TEST(Names, AreUnique) {
  NameSet names;
  names.reserve("arena");
  EXPECT_EQ(names.unique("x.y"), "x_y");
  EXPECT_EQ(names.unique("x/y"), "x_y_2");
  EXPECT_EQ(names.unique("X_Y"), "x_y_3");
  EXPECT_EQ(names.unique("arena"), "arena_2");
}

TEST(Names, OfTheEmittedCodeAreTaken) {
  NameSet names;
  reserveEmittedNames(names, "net");
  EXPECT_EQ(names.unique("base"), "base_2");
  EXPECT_EQ(names.unique("int8_t"), "int8_t_2");
  EXPECT_EQ(names.unique("net_inputs"), "net_inputs_2");
  EXPECT_EQ(names.unique("errno"), "errno_");
  EXPECT_EQ(names.unique("image"), "image");
}

} // namespace
