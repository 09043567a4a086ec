// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names of the inline functions behind the verbs, and finding a vocabulary.

#include "codegen/kernels/isa/Isa.h"
#include "codegen/kernels/isa/Neon.h"

#include <cassert>
#include <cctype>

namespace quench::kernels {

static std::string text(int value) { return std::to_string(value); }

static std::string pair(std::string_view a, std::string_view b) {
  return std::string(a) + ", " + std::string(b);
}

void Isa::dots(CppWriter &writer, const std::vector<std::string> &accs,
               std::string_view a,
               const std::vector<std::string> &weights) const {
  for (size_t j = 0; j < accs.size(); ++j) {
    writer.line(accs[j] + " = " + dot(accs[j], a, weights[j]) + ";");
    writer.line(keepInRegister(accs[j]));
  }
}

void Isa::dotsOfTaps(CppWriter &writer, const std::vector<std::string> &accs,
                     const std::vector<std::string> &taps,
                     const std::vector<std::string> &weights) const {
  for (size_t j = 0; j < accs.size(); ++j)
    writer.line(accs[j] + " = " + dot(accs[j], taps[j], weights[j]) + ";");
}

/// Of a verb that the level says it has not.
static std::string missing() {
  assert(false && "asked before");
  return {};
}

std::string Isa::dotLane(std::string_view, std::string_view, std::string_view,
                         int) const {
  return missing();
}
std::string Isa::loadHalfBytes(std::string_view) const { return missing(); }
std::string Isa::dotHalfLane(std::string_view, std::string_view,
                             std::string_view, int) const {
  return missing();
}
std::string Isa::dotWordsLane(std::string_view, std::string_view,
                              std::string_view, int) const {
  return missing();
}
std::string Isa::loadAPair(std::string_view, std::string_view) const {
  return missing();
}
std::string Isa::pairOf(std::string_view, std::string_view, bool) const {
  return missing();
}
std::string Isa::dotPair(std::string_view, std::string_view, std::string_view,
                         bool) const {
  return missing();
}
std::string Isa::pairWords(std::string_view, std::string_view,
                           std::string_view) const {
  return missing();
}
std::string Isa::pairCodes(const std::vector<std::string> &) const {
  return missing();
}
std::string Isa::codesOfPair(std::string_view, bool) const { return missing(); }

std::string Isa::attributeMacro() const {
  std::string macro = "QUENCH_";
  for (char c : levelName)
    macro += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return macro;
}

std::string Isa::helper(std::string_view name) const {
  std::string result = std::string(name) + "_" + levelName;
  if (codeSize == 2)
    result += "_s16";
  if (wideRegisters)
    result += "_" + text(bytes * 8);
  return result;
}

std::string Isa::cast(std::string_view type, std::string_view pointer) {
  std::string operand(pointer);
  if (operand.find(' ') != std::string::npos)
    operand = "(" + operand + ")";
  return "(" + std::string(type) + " *)" + operand;
}

static std::string tapsCall(std::string name, std::string_view to,
                            const std::vector<std::string> &rows) {
  name += "(" + std::string(to);
  for (const std::string &row : rows)
    name += ", " + row;
  return name + ");";
}

std::string Isa::interleaveTaps(std::string_view pointer,
                                const std::vector<std::string> &rows) const {
  return tapsCall(helper("interleave_taps"), pointer, rows);
}

std::string Isa::takeTaps(std::string_view array,
                          const std::vector<std::string> &rows) const {
  return tapsCall(helper("take_taps"), array, rows);
}

std::string Isa::takeWeights(std::string_view array,
                             const std::vector<std::string> &rows) const {
  return tapsCall(helper("take_weights"), array, rows);
}

std::string Isa::requantizeName(int count, LaneOrder order) const {
  return helper(order == LaneOrder::Natural ? "requantize" + text(count)
                                            : std::string("requantize_taps"));
}

std::string Isa::requantize(const std::vector<std::string> &accs,
                            std::string_view mul, LaneOrder order) const {
  std::string arguments;
  for (const std::string &acc : accs)
    arguments += acc + ", ";
  return requantizeName(static_cast<int>(accs.size()), order) + "(" +
         arguments + std::string(mul) + ", high, zero, low)";
}

std::string Isa::mulsOf(std::string_view pointer, int first) const {
  return std::string(pointer) +
         (first ? " + " + text(first * lanes()) : std::string());
}

std::string Isa::addCodes(int vectors, std::string_view value,
                          std::string_view other) const {
  return helper("add_codes" + text(vectors)) + "(add, " + pair(value, other) +
         ")";
}

void Isa::declareAdd(CppWriter &writer, std::string_view p) const {
  writer.line("const " + helper("add_constants") + " add = " +
              helper("add_constants_of") + "(" + std::string(p) + ");");
}

void Isa::addConstantsHelpers(CppWriter &writer,
                              const std::vector<std::string> &members) const {
  const std::string constants = helper("add_constants");
  writer.blank();
  writer.comment("What the vectors of a qrt_add need; `zeros` is both zero "
                 "points at once, which wraps back in the sum.");
  {
    auto body = writer.block("struct " + constants, ";");
    for (const std::string &member : members)
      writer.line(member);
  }
  writer.blank();
  auto body =
      writer.function("QUENCH_INLINE " + attributeMacro() + " " + constants,
                      helper("add_constants_of"), {"const qrt_add *p"});
  declareOutput(writer, "p->out");
  writer.line("const uint32_t zeros = (uint32_t)p->a_zero * "
              "(uint32_t)p->a_mul + (uint32_t)p->b_zero * "
              "(uint32_t)p->b_mul;");
  writer.line("return {" + splat("p->a_mul") + ", " + splat("p->b_mul") + ", " +
              splat("(int32_t)zeros") + ", high, zero, low, " +
              splatFloat("p->scale") + "};");
}

std::string Isa::requantizeWords(const std::vector<std::string> &accs,
                                 std::string_view mul) const {
  std::string result =
      helper("requantize_words" + text(int(accs.size()))) + "(";
  for (const std::string &acc : accs)
    result += acc + ", ";
  return result + std::string(mul) + ", high, low)";
}

std::string Isa::storePartialWords(std::string_view pointer,
                                   std::string_view value, int count,
                                   std::string_view words) const {
  return helper("store_words" + text(count)) + "(" + pair(pointer, value) +
         ", " + std::string(words) + ");";
}

std::string Isa::storeTapWords(std::string_view pointer,
                               const std::vector<std::string> &values,
                               std::string_view words) const {
  std::string result = helper("store_tap_words") + "(" + std::string(pointer);
  for (const std::string &value : values)
    result += ", " + value;
  return result + ", " + std::string(words) + ");";
}

const Isa &Isa::atWidth(int vectorBytes) const {
  return *findIsa(levelName, vectorBytes, 8 * codeSize);
}

const Isa *findIsa(std::string_view level, int vectorBytes, int codeBits) {
  if (codeBits == 16) {
    const Isa *neon = neonWordsIsa(level);
    return neon ? neon : wordsIsa(level, vectorBytes);
  }
  if (const Isa *neon = neonIsa(level))
    return neon;
  if (level == "x86_avx2")
    return avx2Isa(vectorBytes);
  if (level == "x86_avxvnni")
    return avxVnniIsa(vectorBytes);
  if (level == "x86_avx512vnni")
    return avx512VnniIsa(vectorBytes);
  return nullptr;
}

} // namespace quench::kernels
