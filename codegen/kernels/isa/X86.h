// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the levels of x86 share: intrinsics that differ in a prefix of the
// width.

#ifndef QUENCH_CODEGEN_KERNELS_ISA_X86_H
#define QUENCH_CODEGEN_KERNELS_ISA_X86_H

#include "codegen/kernels/isa/Isa.h"

namespace quench::kernels {

class X86 : public Isa {
public:
  std::string intVector() const override;
  std::string floatVector() const override;
  /// `_mm512_name(arguments)`.
  std::string call(std::string_view name, std::string_view arguments) const;

  std::string zeroAcc() const override;
  std::string splat(std::string_view int32) const override;
  std::string splatFloat(std::string_view value) const override;
  std::string loadAcc(std::string_view pointer) const override;
  std::string add(std::string_view a, std::string_view b) const override;
  std::string subtract(std::string_view a, std::string_view b) const override;
  std::string multiply(std::string_view a, std::string_view b) const override;
  std::string shiftRight(std::string_view a, int count) const override;
  std::string widen(std::string_view pointer, int bits = 8) const override;
  std::string widenLow(std::string_view pointer) const override;
  std::string loadBytes(std::string_view pointer) const override;
  std::string storeBytes(std::string_view pointer,
                         std::string_view value) const override;
  std::string bitsOfBytes(std::string_view stored, int shift,
                          std::string_view mask,
                          std::string_view half) const override;
  std::string bitwise(std::string_view operation, std::string_view a,
                      std::string_view b) const override;
  void declareMultipliers(CppWriter &writer, std::string_view name,
                          std::string_view pointer) const override;
  std::string addWords(std::string_view a, std::string_view b) const override;
  std::string subtractWords(std::string_view a,
                            std::string_view b) const override;
  std::string shiftLeftWords(std::string_view a, int count) const override;
  std::string loadWords(std::string_view pointer, bool partial) const override;
  std::string declareKeepWords(std::string_view count) const override;
  void declareOutput(CppWriter &writer, std::string_view out) const override;
  std::string codeVector(LaneOrder order) const override;
  std::string storeCodes(std::string_view pointer, std::string_view value,
                         int count, LaneOrder order) const override;
  std::string storePartialCodes(std::string_view pointer,
                                std::string_view value, std::string_view count,
                                LaneOrder order) const override;
  void declareWordOutput(CppWriter &writer,
                         std::string_view out) const override;
  std::string wordVector(int count) const override;
  std::string storeWords(std::string_view pointer, std::string_view value,
                         int count) const override;
  int scaledChannels() const override { return 8; }
  void declareScale(CppWriter &writer) const override;
  std::string scaleCodes(CppWriter &writer, std::string_view codes,
                         std::string_view multipliers) const override;
  std::string scaleComment() const override;
  std::string shiftLeft(std::string_view a, int count) const override;
  std::string splatByte(std::string_view code) const override;
  std::string maxBytes(std::string_view a, std::string_view b) const override;
  std::string splatWord(std::string_view code) const override;
  std::string multiplyWords(std::string_view a,
                            std::string_view b) const override;
  std::string maxWords(std::string_view a, std::string_view b) const override;
  int borderStep() const override { return 8; }
  void declareQuantize(CppWriter &writer) const override;
  void quantizeStep(CppWriter &writer, int bits) const override;
  void declareDequantize(CppWriter &writer) const override;
  void dequantizeStep(CppWriter &writer, int bits) const override;
  void interleaveThree(CppWriter &writer) const override;
  int tableStep() const override { return 32; }
  std::string_view tableMethod() const override;
  void declareTable(CppWriter &writer) const override;
  void lookUpStep(CppWriter &writer) const override;
  std::string prefetch(std::string_view pointer) const override {
    return "__builtin_prefetch(" + std::string(pointer) + ", 0, 2);";
  }
  std::string_view registerConstraint() const override {
    return hasMasks() ? "v" : "x";
  }
  std::string storeAcc(std::string_view pointer,
                       std::string_view value) const override {
    return storeBytes(pointer, value);
  }

protected:
  using Isa::Isa;
  /// Bytes of the vector requantize() returns.
  int codeBytes(LaneOrder order) const;
  /// The functions behind interleaveTaps(), takeTaps() and takeWeights().
  void interleaveTapsHelpers(CppWriter &writer) const;
  /// Declares c0, c1, ...: the rows x0, x1, ... interleaved, of activations
  /// plus biasA().
  virtual void interleave(CppWriter &writer, bool activations) const = 0;
  /// The requantize function for `count` accumulators, with a multiplier for
  /// each channel or one for all.
  void requantizeHelper(CppWriter &writer, int count, LaneOrder order,
                        bool oneMultiplier = false) const;
  /// The functions behind addCodes().
  void addCodesHelpers(CppWriter &writer) const;
  /// The functions behind requantizeWords() and storePartialWords(), and behind
  /// storeTapWords().
  void wordsHelpers(CppWriter &writer, int count) const;
  void tapWordsHelpers(CppWriter &writer) const;

private:
  void addCodesHelper(CppWriter &writer, int vectors) const;
  int wordBytes(int count) const;
};

} // namespace quench::kernels

#endif // QUENCH_CODEGEN_KERNELS_ISA_X86_H
