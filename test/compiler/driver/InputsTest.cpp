// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Formats are told by content.

#include "compiler/driver/Inputs.h"

#include "gtest/gtest.h"

using namespace quench;

namespace {

TEST(Format, ByContent) {
  EXPECT_EQ(formatOf("ML\xefR....", "x.onnx"), Format::MlirBytecode);
  EXPECT_EQ(formatOf("func.func @main() {\n", "x"), Format::MlirText);
  EXPECT_EQ(formatOf(llvm::StringRef("\x08\x08\x12\x05torch", 9), "model.bin"),
            Format::Onnx);
  EXPECT_EQ(formatOf(llvm::StringRef("\x10\0\0\0QFB1", 8), "x.onnx"),
            Format::Qfb);
  EXPECT_EQ(formatOf(llvm::StringRef("\x10\0\0\0", 4), "x.qfb"), Format::Qfb);
  EXPECT_EQ(formatOf("", "x.onnx"), Format::Onnx);
  EXPECT_EQ(formatOf("", "x.mlir"), Format::MlirText);
}

} // namespace
