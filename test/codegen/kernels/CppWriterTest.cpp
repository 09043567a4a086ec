// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "codegen/kernels/CppWriter.h"

#include <gtest/gtest.h>

#include <sstream>

using quench::kernels::CppWriter;

namespace {

TEST(CppWriter, BlocksIndentAndClose) {
  CppWriter w;
  {
    auto function = w.function("static int", "twice", {"int x"});
    auto branch = w.block("if (x)");
    w.line("return 2 * x;");
  }
  w.blank().blank();
  w.line("int y;");
  EXPECT_EQ(w.str(), "static int twice(int x) {\n"
                     "  if (x) {\n"
                     "    return 2 * x;\n"
                     "  }\n"
                     "}\n"
                     "\n"
                     "int y;\n");
}

TEST(CppWriter, NoBlankLineOpensABlockOrFile) {
  CppWriter w;
  w.blank();
  {
    auto block = w.block("", ";");
    w.blank();
    w.line("x;");
  }
  EXPECT_EQ(w.str(), "{\n  x;\n};\n");
}

TEST(CppWriter, GuardedStatementHasNoBraces) {
  CppWriter w;
  w.guarded("if (a)", "b();");
  EXPECT_EQ(w.str(), "if (a)\n  b();\n");
}

TEST(CppWriter, LongCallBreaksAfterACommaAndAligns) {
  CppWriter w;
  w.line("conv_pixels(&c, input + g * depth, copy, first, count, mr, table, "
         "scratch, last);");
  EXPECT_EQ(w.str(),
            "conv_pixels(&c, input + g * depth, copy, first, count, mr, table, "
            "scratch,\n"
            "            last);\n");
}

TEST(CppWriter, LongInitializerBreaksAfterTheEqualsSign) {
  CppWriter w;
  auto block = w.block("");
  w.line("const __m512 p1 = _mm512_mul_ps(_mm512_cvtepi32_ps(c1), "
         "_mm512_loadu_ps(mul + 16));");
  EXPECT_EQ(w.str(), "{\n"
                     "  const __m512 p1 =\n"
                     "      _mm512_mul_ps(_mm512_cvtepi32_ps(c1), "
                     "_mm512_loadu_ps(mul + 16));\n");
}

TEST(CppWriter, StringsAreNeverBroken) {
  CppWriter w;
  const std::string text = "\"" + std::string(90, 'a') + ", b, c, d\"";
  w.line("f(" + text + ", 1);");
  EXPECT_NE(w.str().find(text), std::string::npos);
}

TEST(CppWriter, CommentsAreFilledAndLabelsHang) {
  CppWriter w;
  w.comment("First.\n\nReads    " + std::string(40, 'x') + " " +
            std::string(40, 'y'));
  EXPECT_EQ(w.str(), "// First.\n"
                     "//\n"
                     "// Reads    " +
                         std::string(40, 'x') +
                         "\n"
                         "//          " +
                         std::string(40, 'y') + "\n");
}

TEST(CppWriter, ArraysAreFilled) {
  CppWriter w;
  w.array("static const int t[]", std::vector<std::string>(30, "-100"));
  std::istringstream lines(w.str());
  std::string line;
  while (std::getline(lines, line)) {
    EXPECT_LE(line.size(), 80u);
    EXPECT_NE(line.back(), ' ');
  }
  EXPECT_EQ(w.str().substr(w.str().size() - 8), " -100};\n");
}

} // namespace
