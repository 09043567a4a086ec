// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// 16-bit codes on every level: pairs of int16 products summed in int32, by
// VPDPWSSD where there is VNNI and by VPMADDWD and an addition where not.
// Exact, because one factor is a weight of 8 bits: no pair of products
// saturates. Weights stay s8 in memory and are widened in registers, as for
// AVX2.

#include "codegen/kernels/isa/PartialBytes.h"
#include "codegen/kernels/isa/X86.h"

namespace quench::kernels {

namespace {

/// What tells the levels apart.
struct Level {
  std::string_view name;
  int fullBytes;
  int naturalVectors;
  /// Adds products to an accumulator; empty: VPMADDWD and an addition.
  std::string_view dot;
  /// Partial loads and stores have byte masks.
  bool masks;
};

constexpr Level levels[] = {
    {"x86_avx512vnni", 64, 4, "dpwssd_epi32",     true },
    {"x86_avxvnni",    32, 2, "dpwssd_avx_epi32", false},
    {"x86_avx2",       32, 2, "",                 false},
};

std::string bits(int bytes) { return std::to_string(8 * bytes); }

class Words final : public X86 {
public:
  Words(const Level &level, int bytes)
      : X86(level.name, bytes, true, /*codeSize=*/2), row(level) {}

  int kr() const override { return 2; }
  int biasA() const override { return 0; }
  int naturalVectors() const override { return row.naturalVectors; }

  std::string declareSign() const override { return ""; }

  std::string loadA(std::string_view pointer) const override {
    return splat("load_s32(" + std::string(pointer) + ")");
  }

  std::string loadB(std::string_view pointer) const override {
    const int half = vectorBytes() / 2;
    if (half == 8)
      return call("cvtepi8_epi16",
                  "_mm_loadl_epi64(" + cast("const __m128i", pointer) + ")");
    const std::string prefix = half == 16 ? "_mm_" : "_mm256_";
    return call("cvtepi8_epi16",
                prefix + "loadu_si" + bits(half) + "(" +
                    cast("const __m" + bits(half) + "i", pointer) + ")");
  }

  std::string declareLastB(std::string_view channels) const override {
    if (!row.masks)
      return "";
    const std::string mask = "__mmask" + std::to_string(vectorBytes() / 2);
    return "const " + mask + " last = (" + mask + ")" + firstBits() + "(" +
           std::to_string(kr()) + " * " + std::string(channels) + ");";
  }

  std::string loadLastB(std::string_view pointer) const override {
    return row.masks ? call("cvtepi8_epi16", maskedBytes("last", pointer))
                     : loadB(pointer);
  }

  std::string dot(std::string_view acc, std::string_view a,
                  std::string_view b) const override {
    const std::string factors = std::string(a) + ", " + std::string(b);
    if (row.dot.empty())
      return add(acc, call("madd_epi16", factors));
    return call(row.dot, std::string(acc) + ", " + factors);
  }

  std::string loadRow(std::string_view pointer, bool partial) const override {
    if (!partial)
      return loadBytes(pointer);
    if (row.masks)
      return call("maskz_loadu_epi16", "keep, " + std::string(pointer));
    return "load_partial" + std::to_string(vectorBytes()) + "_" +
           std::string(level()) + "_s16(" + std::string(pointer) +
           ", 2 * keep)";
  }

  std::string loadWeightRow(std::string_view pointer,
                            bool partial) const override {
    if (!partial)
      return loadB(pointer);
    return call("cvtepi8_epi16",
                row.masks ? maskedBytes("keep", pointer)
                          : "load_partial16_" + std::string(level()) + "_s16(" +
                                std::string(pointer) + ", keep)");
  }

  std::string splatRow(std::string_view code) const override {
    return call("set1_epi16", "(int16_t)" + std::string(code));
  }

  std::string declareKeep(std::string_view count) const override {
    if (!row.masks)
      return "const ptrdiff_t keep = " + std::string(count) + ";";
    const std::string mask =
        "__mmask" + std::to_string(vectorBytes() < 16 ? 8 : vectorBytes() / 2);
    return "const " + mask + " keep = (" + mask + ")" + firstBits() + "(" +
           std::string(count) + ");";
  }

  void interleave(CppWriter &writer, bool) const override {
    const std::string type = "const " + intVector() + " ";
    writer.line(type + "c0 = " + call("unpacklo_epi16", "x0, x1") + ";");
    writer.line(type + "c1 = " + call("unpackhi_epi16", "x0, x1") + ";");
  }

  void helpers(CppWriter &writer) const override {
    if (row.masks) {
      writer.blank();
      writer.comment("The low `count` bits, 0 < count <= 64.");
      auto body = writer.function("QUENCH_INLINE uint64_t", firstBits(),
                                  {"ptrdiff_t count"});
      writer.line("return ~(uint64_t)0 >> (64 - count);");
    }
    for (int bytes = row.fullBytes; bytes >= 16; bytes /= 2) {
      const Words isa(row, bytes);
      isa.storePartial(writer);
      if (!row.masks)
        loadPartialHelper(writer, isa, bytes);
      if (bytes == row.fullBytes) {
        for (int count = 1; count <= row.naturalVectors; ++count)
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
    if (!row.masks)
      return loadPartial16(*this, pointer, count);
    return call("maskz_loadu_epi8", "(__mmask64)" + firstBits() + "(" +
                                        std::string(count) + "), " +
                                        std::string(pointer));
  }

private:
  /// The bytes of half a vector that `mask` has.
  std::string maskedBytes(std::string_view mask,
                          std::string_view pointer) const {
    return std::string(vectorBytes() == 64 ? "_mm256_" : "_mm_") +
           "maskz_loadu_epi8(" + std::string(mask) + ", " +
           std::string(pointer) + ")";
  }

  std::string firstBits() const {
    return "first_bits_" + std::string(level()) + "_s16";
  }

  /// Of 8-bit codes.
  void storePartial(CppWriter &writer) const {
    if (!row.masks)
      return storePartialHelper(writer, *this, vectorBytes());
    const std::string bytes = std::to_string(vectorBytes());
    writer.blank();
    auto body = writer.function(
        "QUENCH_INLINE " + attributeMacro() + " void",
        "store_partial" + bytes + "_" + std::string(level()) + "_s16",
        {"int8_t *y", intVector() + " codes", "ptrdiff_t count"});
    writer.line(call("mask_storeu_epi8", "y, (__mmask" + bytes + ")" +
                                             firstBits() + "(count), codes") +
                ";");
  }

  const Level &row;
};

/// All widths of one level.
struct Widths {
  explicit Widths(const Level &level)
      : level(level), half(level, level.fullBytes / 2),
        full(level, level.fullBytes), narrow(level, 16) {}
  const Level &level;
  Words half, full, narrow;
};

} // namespace

const Isa *wordsIsa(std::string_view level, int vectorBytes) {
  static const Widths all[] = {Widths(levels[0]), Widths(levels[1]),
                               Widths(levels[2])};
  for (const Widths &widths : all) {
    if (widths.level.name != level)
      continue;
    if (vectorBytes == 0 || vectorBytes == widths.level.fullBytes)
      return &widths.full;
    return vectorBytes == 16 ? &widths.narrow : &widths.half;
  }
  return nullptr;
}

} // namespace quench::kernels
