// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ARM's Advanced SIMD, 128 bits wide. Partial loads and stores take a trip
// through memory. Codes are multiplied as they are, s8 by s8, four products to
// each of four lanes (NeonDots.cpp, NeonPairs.cpp). Words are multiplied by
// SMLAL, one lane of activations by four channels.

#ifndef QUENCH_CODEGEN_KERNELS_ISA_NEON_H
#define QUENCH_CODEGEN_KERNELS_ISA_NEON_H

#include "codegen/kernels/isa/Isa.h"

namespace quench::kernels {

namespace neon {

inline std::string text(int value) { return std::to_string(value); }

inline std::string call(std::string_view name, std::string_view a) {
  return std::string(name) + "(" + std::string(a) + ")";
}
inline std::string call(std::string_view name, std::string_view a,
                        std::string_view b) {
  return call(name, std::string(a) + ", " + std::string(b));
}
inline std::string call(std::string_view name, std::string_view a,
                        std::string_view b, std::string_view c) {
  return call(name, a, std::string(b) + ", " + std::string(c));
}

} // namespace neon

/// What the levels have in common.
class Neon : public Isa {
public:
  /// \param codeSize  bytes of a code.
  /// \param near  whether results are as Kernel::near says.
  explicit Neon(std::string_view level, int codeSize = 1, bool near = false)
      : Isa(level, 16, false, codeSize), near(near) {}

  int kr() const override { return 4; }
  int biasA() const override { return 0; }
  /// There is one width.
  const Isa &atWidth(int) const override { return *this; }
  int naturalVectors() const override { return 4; }

  // Types.
  std::string intVector() const override { return "int32x4_t"; }
  std::string floatVector() const override { return "float32x4_t"; }
  std::string operandVector() const override { return "int8x16_t"; }
  std::string wordsVector() const override { return "int16x8_t"; }
  std::string codeVector(LaneOrder) const override { return "int8x16_t"; }
  std::string wordVector(int count) const override {
    return count == 2 ? "int16x8_t" : "int16x4_t";
  }
  std::string_view registerConstraint() const override { return "w"; }

  // Whole vectors.
  std::string zeroAcc() const override {
    return neon::call("vdupq_n_s32", "0");
  }
  std::string splat(std::string_view x) const override {
    return neon::call("vdupq_n_s32", x);
  }
  std::string splatFloat(std::string_view x) const override {
    return neon::call("vdupq_n_f32", x);
  }
  std::string loadAcc(std::string_view pointer) const override {
    return neon::call("vld1q_s32", pointer);
  }
  std::string storeAcc(std::string_view pointer,
                       std::string_view value) const override {
    return neon::call("vst1q_s32", pointer, value);
  }
  std::string add(std::string_view a, std::string_view b) const override {
    return neon::call("vaddq_s32", a, b);
  }
  std::string subtract(std::string_view a, std::string_view b) const override {
    return neon::call("vsubq_s32", a, b);
  }
  std::string multiply(std::string_view a, std::string_view b) const override {
    return neon::call("vmulq_s32", a, b);
  }
  std::string shiftLeft(std::string_view a, int count) const override {
    return neon::call("vshlq_n_s32", a, neon::text(count));
  }
  std::string shiftRight(std::string_view a, int count) const override {
    return neon::call("vshrq_n_s32", a, neon::text(count));
  }
  std::string widen(std::string_view pointer, int bits) const override {
    return bits == 16 ? neon::call("vmovl_s16", neon::call("vld1_s16", pointer))
                      : neon::call(helper("widen"), pointer);
  }
  std::string widenLow(std::string_view pointer) const override {
    return neon::call(
        "vreinterpretq_s32_u32",
        neon::call("vmovl_u16",
                   neon::call("vld1_u16", "(const uint16_t *)(" +
                                              std::string(pointer) + ")")));
  }
  std::string loadBytes(std::string_view pointer) const override {
    return neon::call("vld1q_s8", pointer);
  }
  std::string storeBytes(std::string_view pointer,
                         std::string_view value) const override {
    return neon::call("vst1q_s8", pointer, value);
  }
  std::string splatByte(std::string_view code) const override {
    return neon::call("vdupq_n_s8", code);
  }
  std::string maxBytes(std::string_view a, std::string_view b) const override {
    return neon::call("vmaxq_s8", a, b);
  }
  std::string bitsOfBytes(std::string_view stored, int shift,
                          std::string_view mask,
                          std::string_view half) const override {
    const std::string low =
        shift ? neon::call("vreinterpretq_s8_u8",
                           neon::call("vshrq_n_u8",
                                      neon::call("vreinterpretq_u8_s8", stored),
                                      neon::text(shift)))
              : std::string(stored);
    return neon::call("vsubq_s8", neon::call("vandq_s8", low, mask), half);
  }
  std::string bitwise(std::string_view operation, std::string_view a,
                      std::string_view b) const override {
    // x86 complements the first operand, BIC the second.
    if (operation == "andnot")
      return neon::call("vbicq_s8", b, a);
    return neon::call(operation == "and" ? "vandq_s8" : "vorrq_s8", a, b);
  }
  int scaledChannels() const override { return 4; }
  void declareMultipliers(CppWriter &writer, std::string_view name,
                          std::string_view pointer) const override;
  std::string scaleCodes(CppWriter &, std::string_view codes,
                         std::string_view multipliers) const override {
    return neon::call("vmulq_s8", codes, multipliers);
  }

  // Dot products.
  std::string declareSign() const override { return ""; }
  std::string loadB(std::string_view pointer) const override {
    return loadBytes(pointer);
  }

  // Words.
  std::string addWords(std::string_view a, std::string_view b) const override {
    return neon::call("vaddq_s16", a, b);
  }
  std::string subtractWords(std::string_view a,
                            std::string_view b) const override {
    return neon::call("vsubq_s16", a, b);
  }
  std::string shiftLeftWords(std::string_view a, int count) const override {
    return neon::call("vshlq_n_s16", a, neon::text(count));
  }
  std::string splatWord(std::string_view code) const override {
    return neon::call("vdupq_n_s16", code);
  }
  std::string multiplyWords(std::string_view a,
                            std::string_view b) const override {
    return neon::call("vmulq_s16", a, b);
  }
  std::string maxWords(std::string_view a, std::string_view b) const override {
    return neon::call("vmaxq_s16", a, b);
  }
  std::string loadWords(std::string_view pointer, bool partial) const override {
    return neon::call(
        "vmovl_s8", partial ? neon::call("vget_low_s8", loadRow(pointer, true))
                            : neon::call("vld1_s8", pointer));
  }
  std::string declareKeepWords(std::string_view count) const override {
    return declareKeep(count);
  }
  std::string loadWordPairs(std::string_view pointer, bool) const override {
    return neon::call(helper("load_word_pairs"), pointer);
  }
  std::string loadWordVector(std::string_view pointer) const override {
    return neon::call("vld1q_s16", cast("const int16_t", pointer));
  }
  std::string storeWordVector(std::string_view pointer,
                              std::string_view value) const override {
    return neon::call("vst1q_s16", cast("int16_t", pointer), value);
  }
  std::string splatWordPair(std::string_view pointer) const override {
    return neon::call("vreinterpretq_s16_s32", fourBytes(pointer));
  }
  std::string dotWords(std::string_view acc, std::string_view a,
                       std::string_view b) const override {
    return dotWordsLane(acc, a, b, 0);
  }
  bool hasWordLanes() const override { return true; }
  std::string dotWordsLane(std::string_view acc, std::string_view a,
                           std::string_view b, int lane) const override {
    const std::string first =
        neon::call("vmlal_laneq_s16", acc, neon::call("vget_low_s16", b),
                   std::string(a) + ", " + neon::text(2 * lane));
    return neon::call("vmlal_high_laneq_s16", first, b,
                      std::string(a) + ", " + neon::text(2 * lane + 1));
  }

  // Rows and taps.
  std::string loadRow(std::string_view pointer, bool partial) const override {
    return partial ? neon::call(helper("load_partial16"), pointer, "keep")
                   : loadBytes(pointer);
  }
  std::string splatRow(std::string_view code) const override {
    return splatByte("(int8_t)" + std::string(code));
  }
  std::string zeroRow() const override { return splatByte("0"); }
  int slidingRows() const override { return 1; }
  std::string declareKeep(std::string_view count) const override {
    return "const ptrdiff_t keep = " + std::string(count) + ";";
  }

  // Output stage.
  void declareOutput(CppWriter &writer, std::string_view out) const override;
  std::string requantize(const std::vector<std::string> &accs,
                         std::string_view mul, LaneOrder order) const override;
  void declareMuls(CppWriter &writer, std::string_view pointer,
                   int vectors) const override;
  std::string mulsOf(std::string_view, int first) const override {
    return first ? "muls + " + neon::text(first) : std::string("muls");
  }
  std::string storeCodes(std::string_view pointer, std::string_view value,
                         int count, LaneOrder) const override;
  std::string storePartialCodes(std::string_view pointer,
                                std::string_view value, std::string_view count,
                                LaneOrder) const override {
    return neon::call(helper("store_partial16"), pointer, value, count) + ";";
  }
  /// They would take registers that accumulators need.
  bool loadsResidualsFirst() const override { return false; }
  bool separatesWholeTiles() const override { return true; }
  std::string loadPartialCodes(std::string_view pointer,
                               std::string_view count) const override {
    return count == "16" ? neon::call("vld1q_s8", pointer)
                         : neon::call(helper("load_partial16"), pointer, count);
  }
  void declareWordOutput(CppWriter &writer,
                         std::string_view out) const override;
  std::string storeWords(std::string_view pointer, std::string_view value,
                         int count) const override {
    return neon::call(count == 2 ? "vst1q_s16" : "vst1_s16",
                      cast("int16_t", pointer), value) +
           ";";
  }

  // Between real numbers and codes, and tables.
  int borderStep() const override { return 16; }
  void declareQuantize(CppWriter &writer) const override;
  void quantizeStep(CppWriter &writer, int bits) const override;
  void declareDequantize(CppWriter &writer) const override;
  void dequantizeStep(CppWriter &writer, int bits) const override;
  void interleaveThree(CppWriter &writer) const override;
  int tableStep() const override { return 16; }
  std::string_view tableMethod() const override {
    return "Four look-ups of 64 bytes; an index beyond leaves what is there.";
  }
  void declareTable(CppWriter &writer) const override;
  void lookUpStep(CppWriter &writer) const override;

  void helpers(CppWriter &writer) const override;

protected:
  std::string inlineOf(std::string_view type) const {
    return "QUENCH_INLINE " + attributeMacro() + " " + std::string(type);
  }
  /// The four bytes at `pointer` in every lane.
  std::string fourBytes(std::string_view pointer) const {
    return neon::call("vdupq_n_s32", neon::call("load_s32", pointer));
  }
  /// Whether nearResults() is another vocabulary.
  virtual bool hasNear() const { return false; }
  /// What dots need.
  virtual void dotHelpers(CppWriter &) const {}
  /// What pairs of pixels need.
  virtual void pairHelpers(CppWriter &) const {}
  /// An intrinsic that came with AArch64: its own name, or that of an inline
  /// function of before().
  virtual std::string v8(std::string_view intrinsic) const {
    return std::string(intrinsic);
  }
  /// Inline functions that the others call.
  virtual void before(CppWriter &) const {}

  void partialHelpers(CppWriter &writer) const;
  /// `type` of the multipliers: pointers, to floats or to vectors of them, or
  /// one vector for all.
  void requantizeHelper(CppWriter &writer, int count, LaneOrder order,
                        const std::string &type) const;
  /// requantize() for results as Kernel::near says.
  void nearHelper(CppWriter &writer, int count, LaneOrder order,
                  const std::string &type) const;
  std::string nearName(int count, LaneOrder order) const;
  void addHelpers(CppWriter &writer) const;
  /// What 16-bit results need.
  void wordsHelpers(CppWriter &writer) const;

private:
  void interleaveHelpers(CppWriter &writer) const;

protected:
  bool near;
};

/// The vocabulary of a level, or nullptr; for codes of 16 bits, if there is
/// one.
const Isa *neonIsa(std::string_view level);
const Isa *neonWordsIsa(std::string_view level); // NeonWords.cpp

/// One per level.
const Isa &armI8mmIsa(bool near = false);    // NeonDots.cpp
const Isa &armDotprodIsa(bool near = false); // NeonDots.cpp
const Isa &armNeonIsa(bool near = false);    // NeonPairs.cpp
const Isa &armv7NeonIsa();                   // NeonPairs.cpp

} // namespace quench::kernels

#endif // QUENCH_CODEGEN_KERNELS_ISA_NEON_H
