// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// 16-bit codes on AArch64: SMLAL, four products of words. A vector has the
// first products of its four channels, then the second ones. Exact, because one
// factor is a weight of 8 bits: sums of 32 bits wrap as the reference does.
// Weights stay s8 in memory and are widened in registers.

#include "codegen/kernels/isa/Neon.h"

namespace quench::kernels {

using neon::call;
using neon::text;

namespace {

class NeonWords final : public Neon {
public:
  NeonWords() : Neon("arm_neon", /*codeSize=*/2) {}

  int kr() const override { return 2; }
  int productRun() const override { return 1; }
  std::string operandVector() const override { return "int16x8_t"; }
  /// LD2R: the first activation in four lanes, and the second one.
  std::string activationVector() const override { return "int16x4x2_t"; }

  std::string loadBytes(std::string_view pointer) const override {
    return loadWordVector(pointer);
  }
  std::string storeBytes(std::string_view pointer,
                         std::string_view value) const override {
    return storeWordVector(pointer, value);
  }
  std::string loadA(std::string_view pointer) const override {
    return call("vld2_dup_s16", cast("const int16_t", pointer));
  }
  bool loadsAIndexed() const override { return false; }
  std::string loadB(std::string_view pointer) const override {
    return call("vmovl_s8", call("vld1_s8", pointer));
  }
  /// Of fewer channels, the first products end sooner.
  std::string declareLastB(std::string_view channels) const override {
    return "const ptrdiff_t last = " + std::string(channels) + ";";
  }
  std::string loadLastB(std::string_view pointer) const override {
    return call(helper("load_last"), pointer, "last");
  }
  std::string dot(std::string_view acc, std::string_view a,
                  std::string_view b) const override {
    return call(helper("dot"), acc, a, b);
  }
  int laneSteps() const override { return 4; }
  std::string dotLane(std::string_view acc, std::string_view a,
                      std::string_view b, int lane) const override {
    return dotWordsLane(acc, a, b, lane);
  }

  std::string loadRow(std::string_view pointer, bool partial) const override {
    return partial ? call(helper("load_partial_words"), pointer, "keep")
                   : loadBytes(pointer);
  }
  std::string splatRow(std::string_view code) const override {
    return splatWord("(int16_t)" + std::string(code));
  }
  std::string zeroRow() const override { return splatWord("0"); }
  std::string loadWeightRow(std::string_view pointer,
                            bool partial) const override {
    return partial ? call("vmovl_s8", call("vget_low_s8",
                                           loadPartialCodes(pointer, "keep")))
                   : loadB(pointer);
  }

  void helpers(CppWriter &writer) const override;

private:
  void dotHelpers(CppWriter &writer) const override;
  void tapsHelpers(CppWriter &writer) const;
};

void NeonWords::dotHelpers(CppWriter &writer) const {
  auto emit = [&](const std::string &a, const std::string &low,
                  const std::string &high) {
    writer.blank();
    auto body = writer.function(inlineOf("int32x4_t"), helper("dot"),
                                {"int32x4_t acc", a + " a", "int16x8_t b"});
    writer.line("const int32x4_t first = vmlal_s16(acc, " + low +
                ", vget_low_s16(b));");
    writer.line("return vmlal_s16(first, " + high + ", vget_high_s16(b));");
  };
  emit("int16x4x2_t", "a.val[0]", "a.val[1]");
  emit("int16x8_t", "vget_low_s16(a)", "vget_high_s16(a)");
  writer.blank();
  writer.comment(
      "Two codes of each of `last` channels, the first ones and then "
      "the second ones.");
  auto body = writer.function(inlineOf("int16x8_t"), helper("load_last"),
                              {"const int8_t *w", "ptrdiff_t last"});
  writer.line("const int32x2_t first = vdup_n_s32(load_s32(w));");
  writer.line("return vmovl_s8(vreinterpret_s8_s32(vset_lane_s32(load_s32(w + "
              "last), first, 1)));");
}

/// Two rows: vector j has channels 4 * j ... 4 * j + 3 of one and of the other.
void NeonWords::tapsHelpers(CppWriter &writer) const {
  const std::vector<std::string> rows = {"int16x8_t x0", "int16x8_t x1"};
  auto begin = [&](std::string_view name, std::string_view to) {
    writer.blank();
    return writer.function(inlineOf("void"), helper(name),
                           {std::string(to), rows[0], rows[1]});
  };
  {
    auto body = begin("take_taps", "int16x8_t *t");
    for (const char *half : {"low", "high"})
      writer.line(std::string("t[") + (*half == 'l' ? "0" : "1") +
                  "] = vcombine_s16(vget_" + half + "_s16(x0), vget_" + half +
                  "_s16(x1));");
  }
  {
    auto body = begin("take_weights", "int16x8_t *t");
    writer.line(helper("take_taps") + "(t, x0, x1);");
  }
  auto body = begin("interleave_taps", "int8_t *y");
  writer.line("int16x8_t t[2];");
  writer.line(helper("take_taps") + "(t, x0, x1);");
  writer.line(storeBytes("y", "t[0]") + ";");
  writer.line(storeBytes("y + 16", "t[1]") + ";");
}

void NeonWords::helpers(CppWriter &writer) const {
  partialHelpers(writer);
  {
    writer.blank();
    auto body =
        writer.function(inlineOf("int16x8_t"), helper("load_partial_words"),
                        {"const int8_t *x", "ptrdiff_t count"});
    writer.line("int8_t buffer[16] = {0};");
    writer.line("copy_bytes(buffer, x, 2 * count);");
    writer.line("return " + loadBytes("buffer") + ";");
  }
  dotHelpers(writer);
  for (int count = 1; count <= naturalVectors(); ++count)
    for (const char *type : {"float ", "float32x4_t "})
      requantizeHelper(writer, count, LaneOrder::Natural, type);
  requantizeHelper(writer, 2, LaneOrder::Interleaved, "float ");
  wordsHelpers(writer);
  tapsHelpers(writer);
  addHelpers(writer);
}

} // namespace

const Isa *neonWordsIsa(std::string_view level) {
  static const NeonWords isa;
  return isa.level() == level ? &isa : nullptr;
}

} // namespace quench::kernels
