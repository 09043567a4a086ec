// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// AVX2 without VNNI: products of int16 pairs summed in int32 (VPMADDWD), exact
// for all codes; or of int8 pairs summed in int16 (VPMADDUBSW), which are twice
// as many at once, where none saturates. Activations are widened once, when
// they are gathered; weights stay s8 in memory and are widened in registers
// (VPMOVSXBW): measured level with s16 weights in L1, and half the bytes
// everywhere else.

#include "codegen/kernels/isa/PartialBytes.h"
#include "codegen/kernels/isa/X86.h"

namespace quench::kernels {

namespace {

class Avx2 : public X86 {
public:
  explicit Avx2(int bytes) : X86("x86_avx2", bytes, true) {}

  int kr() const override { return 2; }
  int biasA() const override { return 0; }
  int naturalVectors() const override { return 2; }
  const Isa &withProducts(int products) const override;

  std::string declareSign() const override { return ""; }

  std::string loadA(std::string_view pointer) const override {
    return splat("load_s32(" + std::string(pointer) + ")");
  }

  std::string loadB(std::string_view pointer) const override {
    return widenWords(pointer);
  }

  std::string dot(std::string_view acc, std::string_view a,
                  std::string_view b) const override {
    return add(acc, call("madd_epi16", std::string(a) + ", " + std::string(b)));
  }

  std::string loadRow(std::string_view pointer, bool partial) const override {
    if (!partial)
      return widenWords(pointer);
    return call("cvtepi8_epi16",
                "load_partial16_x86_avx2(" + std::string(pointer) + ", keep)");
  }

  std::string splatRow(std::string_view code) const override {
    return call("set1_epi16", "(int16_t)" + std::string(code));
  }

  std::string declareKeep(std::string_view count) const override {
    return "const ptrdiff_t keep = " + std::string(count) + ";";
  }

  void interleave(CppWriter &writer, bool) const override {
    const std::string type = "const " + intVector() + " ";
    writer.line(type + "c0 = " + call("unpacklo_epi16", "x0, x1") + ";");
    writer.line(type + "c1 = " + call("unpackhi_epi16", "x0, x1") + ";");
  }

  void helpers(CppWriter &writer) const override {
    loadPartialHelper(writer, *this, 16);
    storePartialHelper(writer, *this, 16);
    for (int bytes : {32, 16}) {
      const Avx2 isa(bytes);
      if (bytes == 32) {
        for (int count : {1, 2})
          isa.requantizeHelper(writer, count, LaneOrder::Natural);
        isa.wordsHelpers(writer, 1);
      }
      isa.requantizeHelper(writer, 2, LaneOrder::Interleaved);
      isa.tapWordsHelpers(writer);
      isa.interleaveTapsHelpers(writer);
    }
    addCodesHelpers(writer);
  }

  std::string loadPartialCodes(std::string_view pointer,
                               std::string_view count) const override {
    return loadPartial16(*this, pointer, count);
  }

private:
  std::string widenWords(std::string_view pointer) const {
    const char *load =
        vectorBytes() == 32 ? "_mm_loadu_si128" : "_mm_loadl_epi64";
    return call("cvtepi8_epi16",
                std::string(load) + "(" + cast("const __m128i", pointer) + ")");
  }
};

/// Dots of VPMADDUBSW, exact for pairs of weights that are safe (SafePairs.h):
/// A is codes + 128 in their order.
class Avx2Pairs final : public Avx2 {
public:
  Avx2Pairs() : Avx2(32) {}

  int kr() const override { return 4; }
  int biasA() const override { return 128; }

  std::string loadB(std::string_view pointer) const override {
    return loadBytes(pointer);
  }

  std::string dot(std::string_view acc, std::string_view a,
                  std::string_view b) const override {
    const std::string pairs =
        call("maddubs_epi16", std::string(a) + ", " + std::string(b));
    return add(acc, call("madd_epi16", pairs + ", " + call("set1_epi16", "1")));
  }
};

const Isa &Avx2::withProducts(int products) const {
  static const Avx2Pairs pairs;
  return products == pairs.kr() ? pairs : *this;
}

} // namespace

const Isa *avx2Isa(int vectorBytes) {
  static const Avx2 full(32), half(16);
  return vectorBytes == 16 ? &half : &full;
}

} // namespace quench::kernels
