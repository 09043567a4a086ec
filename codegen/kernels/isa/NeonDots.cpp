// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// AArch64 processors that multiply whole dots:
//   arm_i8mm     by SMMLA, eight products of each of two pixels and channels.
//   arm_dotprod  by SDOT.

#include "codegen/kernels/isa/Neon.h"

#include <algorithm>

namespace quench::kernels {

using neon::call;
using neon::text;

namespace {

class NeonDotprod final : public Neon {
public:
  explicit NeonDotprod(bool near) : Neon("arm_dotprod", 1, near) {}

  bool hasNear() const override { return true; }
  const Isa &nearResults() const override { return armDotprodIsa(true); }

  std::string loadA(std::string_view pointer) const override {
    return call("vreinterpretq_s8_s32", fourBytes(pointer));
  }
  std::string dot(std::string_view acc, std::string_view a,
                  std::string_view b) const override {
    return call("vdotq_s32", acc, a, b);
  }
  int laneSteps() const override { return 4; }
  std::string dotLane(std::string_view acc, std::string_view a,
                      std::string_view b, int lane) const override {
    return call("vdotq_laneq_s32", acc, b, std::string(a) + ", " + text(lane));
  }
  std::string halfOperand() const override { return "int8x8_t"; }
  std::string loadHalfBytes(std::string_view pointer) const override {
    return call("vld1_s8", pointer);
  }
  std::string dotHalfLane(std::string_view acc, std::string_view a,
                          std::string_view b, int lane) const override {
    return call("vdotq_lane_s32", acc, b, std::string(a) + ", " + text(lane));
  }
};

class NeonI8mm final : public Neon {
public:
  explicit NeonI8mm(bool near) : Neon("arm_i8mm", 1, near) {}

  bool hasNear() const override { return true; }
  const Isa &nearResults() const override { return armI8mmIsa(true); }

  int kr() const override { return 8; }
  bool pairsPixels() const override { return true; }
  std::string weightsVector(bool) const override { return "int8x16x2_t"; }
  std::string loadB(std::string_view pointer) const override {
    return "{{" + loadBytes(pointer) + ", " +
           loadBytes(std::string(pointer) + " + 16") + "}}";
  }
  std::string loadAPair(std::string_view first,
                        std::string_view second) const override {
    return call("vcombine_s8", call("vld1_s8", first), call("vld1_s8", second));
  }
  std::string pairOf(std::string_view first, std::string_view second,
                     bool secondHalf) const override {
    return call(helper(secondHalf ? "second_halves" : "first_halves"), first,
                second);
  }
  std::string dotPair(std::string_view acc, std::string_view a,
                      std::string_view b, bool second) const override {
    return call("vmmlaq_s32", acc, a,
                std::string(b) + ".val[" + text(second) + "]");
  }
  void declarePairChannels(CppWriter &writer, std::string_view bias,
                           std::string_view mul, int vectors) const override;
  std::string pairWords(std::string_view first, std::string_view second,
                        std::string_view mul) const override {
    return call(helper(near ? "pair_words_near" : "pair_words"), first, second,
                std::string(mul) + (near ? ", shift" : ", zero"));
  }
  std::string pairCodesVector() const override { return "int8x16x2_t"; }
  std::string pairCodes(const std::vector<std::string> &words) const override {
    std::string arguments;
    for (const std::string &one : words)
      arguments += (arguments.empty() ? "" : ", ") + one;
    return call(helper("pair_codes" + text(int(words.size()))),
                arguments + (near ? "" : ", high, low"));
  }
  std::string codesOfPair(std::string_view codes, bool second) const override {
    return std::string(codes) + ".val[" + text(second) + "]";
  }
  int scaledChannels() const override { return 2; }
  void declareMultipliers(CppWriter &writer, std::string_view name,
                          std::string_view pointer) const override {
    writer.line("const int8x16_t " + std::string(name) + " = " +
                call("vcombine_s8", call("vld1_dup_s8", pointer),
                     call("vld1_dup_s8", std::string(pointer) + " + 1")) +
                ";");
  }

  // Not asked for: pixels come in pairs.
  std::string loadA(std::string_view pointer) const override {
    return loadBytes(pointer);
  }
  std::string dot(std::string_view acc, std::string_view a,
                  std::string_view b) const override {
    return dotPair(acc, a, b, false);
  }

private:
  void dotHelpers(CppWriter &writer) const override;
  void pairHelpers(CppWriter &writer) const override;
};

void NeonI8mm::declarePairChannels(CppWriter &writer, std::string_view bias,
                                   std::string_view mul, int vectors) const {
  for (const bool isBias : {true, false}) {
    const std::string type = isBias ? "s32" : "f32";
    std::string all;
    for (int j = 0; j < vectors; ++j)
      for (int half : {0, 2}) {
        const int at = 4 * j + half;
        const std::string from =
            std::string(isBias ? bias : mul) + (at ? " + " + text(at) : "");
        all += (all.empty() ? "" : ", ") + call(helper("twice"), from);
      }
    writer.line("const " +
                std::string(isBias ? "int32x4_t starts" : "float32x4_t muls") +
                "[] = {" + all + "};");
  }
}

// A vector of weights has eight products of two channels, SMMLA multiplies them
// by eight of two pixels: [pixel][channel] sums.
void NeonI8mm::dotHelpers(CppWriter &writer) const {
  writer.blank();
  writer.comment("Biases or multipliers of two channels, for two pixels.");
  for (const char *type : {"int32", "float32"}) {
    const std::string t(type), s = *type == 'i' ? "s32" : "f32";
    auto body = writer.function(
        inlineOf(t + "x4_t"), helper("twice"),
        {std::string(*type == 'i' ? "const int32_t *x" : "const float *x")});
    writer.line("return vcombine_" + s + "(vld1_" + s + "(x), vld1_" + s +
                "(x));");
  }
  for (const char *half : {"1", "2"}) {
    writer.blank();
    auto body =
        writer.function(inlineOf("int8x16_t"),
                        helper(*half == '1' ? "first_halves" : "second_halves"),
                        {"int8x16_t a", "int8x16_t b"});
    writer.line("return vreinterpretq_s8_s64(vzip" + std::string(half) +
                "q_s64(vreinterpretq_s64_s8(a), vreinterpretq_s64_s8(b)));");
  }
}

// Words have two channels of the first pixel, two of the second, the next two
// of the first. Narrowed, two channels are a lane of 16 bits.
void NeonI8mm::pairHelpers(CppWriter &writer) const {
  const std::vector<std::string> sums = {"int32x4_t a", "int32x4_t b",
                                         "const float32x4_t *mul"};
  auto begin = [&](std::string_view name, const std::string &parameter) {
    std::vector<std::string> parameters = sums;
    parameters.push_back(parameter);
    writer.blank();
    return writer.function(inlineOf("int16x8_t"), helper(name), parameters);
  };
  {
    auto body = begin("pair_words", "int16x8_t zero");
    for (const char *c : {"a", "b"})
      writer.line(std::string(c) +
                  " = vcvtnq_s32_f32(vmulq_f32(vcvtq_f32_s32(" + c + "), mul[" +
                  (*c == 'b' ? "1" : "0") + "]));");
    writer.line("return vqaddq_s16(vqmovn_high_s32(vqmovn_s32(a), b), zero);");
  }
  {
    auto body = begin("pair_words_near", "float32x4_t shift");
    writer.line("return vuzp1q_s16(" +
                call(helper("near_words"), "a", "mul[0]", "shift") + ", " +
                call(helper("near_words"), "b", "mul[1]", "shift") + ");");
  }
  for (bool clamps : {true, false})
    for (int count = 1; count <= naturalVectors(); ++count) {
      std::vector<std::string> parameters;
      for (int j = 0; j < count; ++j)
        parameters.push_back("int16x8_t w" + text(j));
      if (clamps)
        parameters.insert(parameters.end(),
                          {"int8x16_t high", "int8x16_t low"});
      writer.blank();
      auto body =
          writer.function(inlineOf("int8x16x2_t"),
                          helper("pair_codes" + text(count)), parameters);
      // Missing words are their neighbours; nobody stores those bytes.
      auto narrowed = [&](int j) {
        const std::string codes =
            call("vqmovn_high_s16",
                 "vqmovn_s16(w" + text(std::min(j, count - 1)) + ")",
                 "w" + text(std::min(j + 1, count - 1)));
        return call("vreinterpretq_s16_s8",
                    clamps ? "vminq_s8(vmaxq_s8(" + codes + ", low), high)"
                           : codes);
      };
      writer.line("const int16x8_t first = " + narrowed(0) + ";");
      if (count > 2)
        writer.line("const int16x8_t second = " + narrowed(2) + ";");
      const std::string two =
          count > 2 ? "(first, second))" : "(first, first))";
      writer.line("return {{vreinterpretq_s8_s16(vuzp1q_s16" + two +
                  ", vreinterpretq_s8_s16(vuzp2q_s16" + two + "}};");
    }
}

} // namespace

const Isa &armI8mmIsa(bool near) {
  static const NeonI8mm any(false), isNear(true);
  return near ? isNear : any;
}

const Isa &armDotprodIsa(bool near) {
  static const NeonDotprod any(false), isNear(true);
  return near ? isNear : any;
}

} // namespace quench::kernels
