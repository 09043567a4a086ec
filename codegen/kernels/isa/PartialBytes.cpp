// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "codegen/kernels/isa/PartialBytes.h"

namespace quench::kernels {

static std::string vectorType(int bytes) {
  return "__m" + std::to_string(bytes * 8) + "i";
}

static std::string name(std::string_view verb, const Isa &isa, int bytes) {
  return std::string(verb) + std::to_string(bytes) + "_" +
         std::string(isa.level()) + (isa.inputBytes() == 2 ? "_s16" : "");
}

static std::string prefix(int bytes) {
  return bytes == 16 ? "_mm_" : "_mm" + std::to_string(bytes * 8) + "_";
}

void loadPartialHelper(CppWriter &writer, const Isa &isa, int bytes) {
  const std::string type = vectorType(bytes);
  const std::string bits = std::to_string(bytes * 8);
  writer.blank();
  auto body = writer.function(
      "QUENCH_INLINE " + isa.attributeMacro() + " " + type,
      name("load_partial", isa, bytes), {"const int8_t *x", "ptrdiff_t count"});
  writer.line("int8_t buffer[" + std::to_string(bytes) + "] = {0};");
  writer.line("copy_bytes(buffer, x, count);");
  writer.line("return " + prefix(bytes) + "loadu_si" + bits + "((const " +
              type + " *)buffer);");
}

std::string loadPartial16(const Isa &isa, std::string_view pointer,
                          std::string_view count) {
  const std::string p(pointer), n(count);
  return n + " == 16 ? _mm_loadu_si128(" + Isa::cast("const __m128i", p) +
         ") : " + name("load_partial", isa, 16) + "(" + p + ", " + n + ")";
}

void storePartialHelper(CppWriter &writer, const Isa &isa, int bytes) {
  const std::string type = vectorType(bytes);
  const std::string bits = std::to_string(bytes * 8);
  writer.blank();
  auto body =
      writer.function("QUENCH_INLINE " + isa.attributeMacro() + " void",
                      name("store_partial", isa, bytes),
                      {"int8_t *y", type + " codes", "ptrdiff_t count"});
  writer.line("int8_t buffer[" + std::to_string(bytes) + "];");
  writer.line(prefix(bytes) + "storeu_si" + bits + "((" + type +
              " *)buffer, codes);");
  writer.line("copy_bytes(y, buffer, count);");
}

} // namespace quench::kernels
