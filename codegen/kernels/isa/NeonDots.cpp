// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// AArch64 processors that multiply whole dots:
//   arm_i8mm     by SMMLA, eight products of each of two pixels and channels.
//   arm_dotprod  by SDOT.

#include "codegen/kernels/isa/Neon.h"

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
  std::string pixelOfPair(std::string_view first, std::string_view second,
                          bool ofSecond) const override {
    return call(helper(ofSecond ? "second_of" : "first_of"), first, second);
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
};

// A vector of weights has eight products of two channels, SMMLA multiplies them
// by eight of two pixels: [pixel][channel] sums.
void NeonI8mm::dotHelpers(CppWriter &writer) const {
  for (const char *half : {"1", "2"}) {
    writer.blank();
    auto body = writer.function(inlineOf("int32x4_t"),
                                helper(*half == '1' ? "first_of" : "second_of"),
                                {"int32x4_t a", "int32x4_t b"});
    writer.line("return vreinterpretq_s32_s64(vzip" + std::string(half) +
                "q_s64(vreinterpretq_s64_s32(a), vreinterpretq_s64_s32(b)));");
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
