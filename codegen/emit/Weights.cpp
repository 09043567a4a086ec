// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The weights blob, as assembly that includes a binary file, or as C words.

#include "codegen/emit/Print.h"

#include <cstdio>

using namespace quench;
using namespace quench::emit;

std::string emit::printWeightsAssembly(const Model &model) {
  const std::string symbol = model.prefix + "_weights";
  std::string text = banner(model, model.prefix + "_weights.S: the weights, " +
                                       symbol + ".bin");
  text += "#if defined(__APPLE__)\n"
          "#define SYMBOL _" +
          symbol +
          "\n"
          "    .const\n"
          "    .private_extern SYMBOL\n"
          "#else\n"
          "#define SYMBOL " +
          symbol +
          "\n"
          "    .section .rodata." +
          symbol +
          ",\"a\"\n"
          "    .type SYMBOL, %object\n"
          "    .hidden SYMBOL\n"
          "    .size SYMBOL, " +
          std::to_string(model.weightBytes) +
          "\n"
          "#endif\n"
          "    .globl SYMBOL\n"
          "    .balign 64\n"
          "SYMBOL:\n"
          "    .incbin \"" +
          symbol +
          ".bin\"\n"
          "#if defined(__ELF__)\n"
          "    .section .note.GNU-stack,\"\",%progbits\n"
          "#endif\n";
  return text;
}

std::string emit::printWeightsArray(const Model &model) {
  const std::string symbol = model.prefix + "_weights";
  const std::vector<uint8_t> blob = weightsBlob(model);
  std::string text =
      banner(model, model.prefix + "_weights.c: the weights, little endian");
  text += "#include <stdint.h>\n\n";
  const std::string type =
      "const uint64_t " + symbol + "[" + std::to_string(blob.size() / 8) + "]";
  text += "extern " + type +
          ";\n\n__attribute__((aligned(64), visibility(\"hidden\")))\n" + type +
          " = {\n";
  // Words compile four times faster than bytes; four of them fill a line.
  text.reserve(text.size() + blob.size() / 8 * 20);
  for (size_t i = 0; i < blob.size(); i += 8) {
    uint64_t word = 0;
    for (size_t b = 8; b-- > 0;)
      word = word << 8 | blob[i + b];
    char digits[24];
    std::snprintf(digits, sizeof(digits), "0x%016llx,",
                  static_cast<unsigned long long>(word));
    const bool isLast = i + 8 == blob.size();
    text += i / 8 % 4 == 0 ? "    " : " ";
    text += digits;
    if (isLast || i / 8 % 4 == 3)
      text += "\n";
  }
  return text + "};\n";
}
