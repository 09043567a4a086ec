// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Verbs that differ between x86 widths only in a prefix, and the output stage.

#include "codegen/kernels/isa/X86.h"

#include <algorithm>
#include <cassert>

namespace quench::kernels {

static std::string text(int value) { return std::to_string(value); }

static std::string prefixOf(int bytes) {
  return bytes == 16 ? "_mm_" : "_mm" + text(bytes * 8) + "_";
}

static std::string intVectorOf(int bytes) {
  return "__m" + text(bytes * 8) + "i";
}

std::string X86::intVector() const { return intVectorOf(bytes); }

std::string X86::floatVector() const { return "__m" + text(bytes * 8); }

std::string X86::call(std::string_view name, std::string_view arguments) const {
  return prefixOf(bytes) + std::string(name) + "(" + std::string(arguments) +
         ")";
}

static std::string pair(std::string_view a, std::string_view b) {
  return std::string(a) + ", " + std::string(b);
}

std::string X86::zeroAcc() const {
  return call("setzero_si" + text(bytes * 8), "");
}

std::string X86::splat(std::string_view int32) const {
  return call("set1_epi32", int32);
}

std::string X86::splatFloat(std::string_view value) const {
  return call("set1_ps", value);
}

std::string X86::loadBytes(std::string_view pointer) const {
  // The 512-bit form takes a void pointer.
  const std::string operand = bytes == 64
                                  ? std::string(pointer)
                                  : cast("const " + intVector(), pointer);
  return call("loadu_si" + text(bytes * 8), operand);
}

std::string X86::storeBytes(std::string_view pointer,
                            std::string_view value) const {
  const std::string operand =
      bytes == 64 ? std::string(pointer) : cast(intVector(), pointer);
  return call("storeu_si" + text(bytes * 8), pair(operand, value));
}

std::string X86::bitsOfBytes(std::string_view stored, int shift,
                             std::string_view mask,
                             std::string_view half) const {
  // There are no shifts of bytes; the mask drops what words bring along.
  const std::string low = shift ? call("srli_epi16", pair(stored, text(shift)))
                                : std::string(stored);
  return call("sub_epi8",
              pair(call("and_si" + text(bytes * 8), pair(low, mask)), half));
}

std::string X86::bitwise(std::string_view operation, std::string_view a,
                         std::string_view b) const {
  return call(std::string(operation) + "_si" + text(bytes * 8), pair(a, b));
}

void X86::declareMultipliers(CppWriter &writer, std::string_view name,
                             std::string_view pointer) const {
  assert(bytes / kr() == 8 && "a vector of eight channels");
  const std::string type = "const " + intVector() + " ";
  const std::string load =
      "_mm_loadl_epi64(" + cast("const __m128i", pointer) + ")";
  if (kr() == 2) {
    writer.line(type + std::string(name) + " = " + call("cvtepu8_epi16", load) +
                ";");
    return;
  }
  writer.line(type + "one = " + call("cvtepu8_epi32", load) + ";");
  writer.line(type + std::string(name) + " = " +
              bitwise("or", "one", call("slli_epi32", "one, 16")) + ";");
}

void X86::declareScale(CppWriter &writer) const {
  writer.line("const " + intVector() + " low = " + splatWord("0xff") + ";");
}

std::string X86::scaleCodes(CppWriter &writer, std::string_view codes,
                            std::string_view multipliers) const {
  const std::string type = "const " + intVector() + " ";
  writer.line(type + "even = " +
              bitwise("and", multiplyWords(codes, multipliers), "low") + ";");
  writer.line(type + "odd = " +
              multiplyWords(bitwise("andnot", "low", codes), multipliers) +
              ";");
  return bitwise("or", "even", "odd");
}

std::string X86::scaleComment() const {
  return "Bytes have no product: of the low and of the high byte of a word, "
         "the "
         "low byte of a product of words is theirs. ";
}

std::string X86::loadAcc(std::string_view pointer) const {
  return loadBytes(pointer);
}

std::string X86::add(std::string_view a, std::string_view b) const {
  return call("add_epi32", pair(a, b));
}

std::string X86::subtract(std::string_view a, std::string_view b) const {
  return call("sub_epi32", pair(a, b));
}

std::string X86::multiply(std::string_view a, std::string_view b) const {
  return call("mullo_epi32", pair(a, b));
}

std::string X86::shiftLeft(std::string_view a, int count) const {
  return call("slli_epi32", pair(a, text(count)));
}

std::string X86::splatByte(std::string_view code) const {
  return call("set1_epi8", code);
}

std::string X86::maxBytes(std::string_view a, std::string_view b) const {
  return call("max_epi8", pair(a, b));
}

std::string X86::splatWord(std::string_view code) const {
  return call("set1_epi16", code);
}

std::string X86::multiplyWords(std::string_view a, std::string_view b) const {
  return call("mullo_epi16", pair(a, b));
}

std::string X86::maxWords(std::string_view a, std::string_view b) const {
  return call("max_epi16", pair(a, b));
}

std::string X86::shiftRight(std::string_view a, int count) const {
  return call("srai_epi32", pair(a, text(count)));
}

std::string X86::addWords(std::string_view a, std::string_view b) const {
  return call("add_epi16", pair(a, b));
}

std::string X86::subtractWords(std::string_view a, std::string_view b) const {
  return call("sub_epi16", pair(a, b));
}

std::string X86::shiftLeftWords(std::string_view a, int count) const {
  return call("slli_epi16", pair(a, text(count)));
}

std::string X86::loadWords(std::string_view pointer, bool partial) const {
  // Two products a dot: weights are loaded as words.
  if (kr() == 2)
    return loadWeightRow(pointer, partial);
  return call("cvtepi8_epi16", atWidth(bytes / 2).loadRow(pointer, partial));
}

std::string X86::declareKeepWords(std::string_view count) const {
  return kr() == 2 ? declareKeep(count) : atWidth(bytes / 2).declareKeep(count);
}

/// Half a vector of bytes.
static std::string loadHalf(int bytes, std::string_view pointer) {
  const std::string half = std::max(16, bytes / 2) == 16 ? "128" : "256";
  const std::string load = bytes == 16
                               ? "_mm_loadl_epi64("
                               : prefixOf(bytes / 2) + "loadu_si" + half + "(";
  return load + Isa::cast("const __m" + half + "i", pointer) + ")";
}

std::string X86::widenLow(std::string_view pointer) const {
  return call("cvtepu16_epi32", loadHalf(bytes, pointer));
}

std::string X86::widen(std::string_view pointer, int bits) const {
  if (bits == 16)
    return call("cvtepi16_epi32", loadHalf(bytes, pointer));
  const char *load = lanes() == 16  ? "_mm_loadu_si128"
                     : lanes() == 8 ? "_mm_loadl_epi64"
                                    : "_mm_loadu_si32";
  const std::string operand =
      lanes() == 4 ? std::string(pointer) : cast("const __m128i", pointer);
  return call("cvtepi8_epi32", std::string(load) + "(" + operand + ")");
}

void X86::interleaveTapsHelpers(CppWriter &writer) const {
  struct Form {
    const char *name;
    bool toMemory, activations;
  };
  for (const Form &form : {
           Form{"interleave_taps", true,  true },
           Form{"take_taps",       false, true },
           Form{"take_weights",    false, false}
  }) {
    std::vector<std::string> parameters = {form.toMemory ? "int8_t *y"
                                                         : intVector() + " *t"};
    for (int i = 0; i < kr(); ++i)
      parameters.push_back(intVector() + " x" + text(i));
    writer.blank();
    auto body = writer.function("QUENCH_INLINE " + attributeMacro() + " void",
                                helper(form.name), parameters);
    interleave(writer, form.activations);
    for (int j = 0; j < interleavedVectors(); ++j) {
      const std::string value = "c" + text(j);
      const std::string at = j ? "y + " + text(j * bytes) : "y";
      writer.line(form.toMemory ? storeBytes(at, value) + ";"
                                : "t[" + text(j) + "] = " + value + ";");
    }
  }
}

// The output stage.
//
// q = clamp(rne((float)acc * mul) + zero, min, max) is computed as
//   conversion of p in MXCSR's mode, nearest even; pack to int16 with
//   saturation; + zero with saturation; pack to int8 with saturation; clamp to
//   [min, max].
// A p of 2^31 or more would convert to INT_MIN: Kernel::accepts() declines
// problems that could have one. One under -2^31 does convert to INT_MIN, packs
// to -32768 and -128 and is raised to `min`. Any other p keeps its order with
// the limits through both packs. So the result equals qrt_requantize.

void X86::declareOutput(CppWriter &writer, std::string_view out) const {
  const std::string o(out);
  writer.line("const " + intVector() +
              " high = " + call("set1_epi8", "(int8_t)" + o + ".max") + ";");
  writer.line("const " + intVector() +
              " zero = " + call("set1_epi16", "(int16_t)" + o + ".zero") + ";");
  writer.line("const " + intVector() +
              " low = " + call("set1_epi8", "(int8_t)" + o + ".min") + ";");
}

int X86::codeBytes(LaneOrder order) const {
  if (order == LaneOrder::Interleaved)
    return std::max(16, rowChannels());
  return std::max(16, naturalVectors() * lanes());
}

std::string X86::codeVector(LaneOrder order) const {
  return intVectorOf(codeBytes(order));
}

void X86::requantizeHelper(CppWriter &writer, int count, LaneOrder order,
                           bool oneMultiplier) const {
  const std::string vector = intVector();
  std::vector<std::string> parameters;
  for (int j = 0; j < count; ++j)
    parameters.push_back(vector + " c" + text(j));
  parameters.push_back(oneMultiplier ? floatVector() + " mul"
                                     : std::string("const float *mul"));
  parameters.push_back(vector + " high");
  parameters.push_back(vector + " zero");
  parameters.push_back(vector + " low");
  writer.blank();
  auto body = writer.function(
      "QUENCH_INLINE " + attributeMacro() + " " + codeVector(order),
      requantizeName(count, order) + (oneMultiplier ? "_by" : ""), parameters);
  for (int j = 0; j < count; ++j) {
    const std::string c = "c" + text(j);
    const std::string m =
        oneMultiplier
            ? "mul"
            : call("loadu_ps", "mul" + (j ? " + " + text(j * lanes()) : ""));
    const std::string p = call("mul_ps", call("cvtepi32_ps", c) + ", " + m);
    writer.line(c + " = " + call("cvtps_epi32", p) + ";");
  }
  // A missing vector of a pair is its neighbour; nobody stores those bytes.
  auto acc = [&](int j) { return "c" + text(std::min(j, count - 1)); };
  auto words = [&](int j) {
    return call("adds_epi16",
                call("packs_epi32", pair(acc(j), acc(j + 1))) + ", zero");
  };
  const bool oneHalf = bytes == 16 && count <= 2;
  if (codeBytes(order) == bytes && !oneHalf) {
    writer.line(vector + " codes = " +
                call("packs_epi16", words(0) + ", " + words(2)) + ";");
    if (order == LaneOrder::Natural) {
      // Part L of `codes` holds four bytes of each c; gather by c.
      writer.line("const __m512i by_vector = _mm512_setr_epi32(0, 4, 8, 12, 1, "
                  "5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);");
      writer.line("codes = _mm512_permutexvar_epi32(by_vector, codes);");
    }
    writer.line("return " +
                call("min_epi8", call("max_epi8", "codes, low") + ", high") +
                ";");
    return;
  }
  writer.line(vector + " words = " + words(0) + ";");
  if (bytes == 64) {
    writer.line("const __m256i codes = _mm512_cvtsepi16_epi8(words);");
    writer.line("return _mm256_min_epi8(_mm256_max_epi8(codes, "
                "_mm512_castsi512_si256(low)), _mm512_castsi512_si256(high));");
    return;
  }
  if (bytes == 32) {
    if (order == LaneOrder::Natural)
      writer.line("words = _mm256_permute4x64_epi64(words, 0xD8);");
    writer.line("const __m128i codes = "
                "_mm_packs_epi16(_mm256_castsi256_si128(words), "
                "_mm256_extracti128_si256(words, 1));");
    writer.line("return _mm_min_epi8(_mm_max_epi8(codes, "
                "_mm256_castsi256_si128(low)), _mm256_castsi256_si128(high));");
    return;
  }
  writer.line("return _mm_min_epi8(_mm_max_epi8(_mm_packs_epi16(words, words), "
              "low), high);");
}

void X86::addCodesHelpers(CppWriter &writer) const {
  addConstantsHelpers(writer,
                      {intVector() + " a_mul, b_mul, zeros, high, zero, low;",
                       floatVector() + " scale;"});
  for (int vectors = 1; vectors <= naturalVectors(); ++vectors)
    addCodesHelper(writer, vectors);
}

void X86::addCodesHelper(CppWriter &writer, int vectors) const {
  const std::string type = codeVector(LaneOrder::Natural);
  requantizeHelper(writer, vectors, LaneOrder::Natural, true);
  writer.blank();
  writer.comment("qrt_add_codes of `codes` and `other`.");
  auto body = writer.function("QUENCH_INLINE " + attributeMacro() + " " + type,
                              helper("add_codes" + text(vectors)),
                              {"const " + helper("add_constants") + " &add",
                               type + " codes", type + " other"});
  auto part = [&](const std::string &from, int j) {
    std::string bytes16 = from;
    if (type == "__m512i")
      bytes16 = j ? "_mm512_extracti32x4_epi32(" + from + ", " + text(j) + ")"
                  : "_mm512_castsi512_si128(" + from + ")";
    else if (j)
      bytes16 = "_mm_srli_si128(" + from + ", " + text(j * lanes()) + ")";
    return call("cvtepi8_epi32", bytes16);
  };
  std::string accs;
  for (int j = 0; j < vectors; ++j) {
    const std::string sum = this->add(multiply(part("codes", j), "add.a_mul"),
                                      multiply(part("other", j), "add.b_mul"));
    writer.line("const " + intVector() + " c" + text(j) + " = " +
                subtract(sum, "add.zeros") + ";");
    accs += "c" + text(j) + ", ";
  }
  writer.line("return " + requantizeName(vectors, LaneOrder::Natural) + "_by(" +
              accs + "add.scale, add.high, add.zero, add.low);");
}

std::string X86::storeCodes(std::string_view pointer, std::string_view value,
                            int count, LaneOrder order) const {
  const int full = codeBytes(order);
  const std::string v(value);
  if (count == 64)
    return "_mm512_storeu_si512(" + pair(pointer, v) + ");";
  if (count == 48)
    return "_mm512_mask_storeu_epi8(" + std::string(pointer) +
           ", 0xFFFFFFFFFFFF, " + v + ");";
  if (count == 32)
    return "_mm256_storeu_si256(" + cast("__m256i", pointer) + ", " +
           (full == 64 ? "_mm512_castsi512_si256(" + v + ")" : v) + ");";
  const std::string low = full == 64   ? "_mm512_castsi512_si128(" + v + ")"
                          : full == 32 ? "_mm256_castsi256_si128(" + v + ")"
                                       : v;
  if (count == 16)
    return "_mm_storeu_si128(" + cast("__m128i", pointer) + ", " + low + ");";
  assert(count == 8 && "requantize() gives 8, 16, 32, 48 or 64 bytes");
  return "_mm_storel_epi64(" + cast("__m128i", pointer) + ", " + low + ");";
}

std::string X86::storePartialCodes(std::string_view pointer,
                                   std::string_view value,
                                   std::string_view count,
                                   LaneOrder order) const {
  return "store_partial" + text(codeBytes(order)) + "_" + levelName +
         (codeSize == 2 ? "_s16(" : "(") + std::string(pointer) + ", " +
         std::string(value) + ", " + std::string(count) + ");";
}

// The output stage of 16-bit codes: as above, without a zero point, so that one
// pack with saturation gives the code. A p under -2^31 becomes -32768 there.

void X86::declareWordOutput(CppWriter &writer, std::string_view out) const {
  const std::string o(out);
  writer.line("const " + floatVector() +
              " high = " + splatFloat("(float)" + o + ".max") + ";");
  writer.line("const " + intVector() +
              " low = " + call("set1_epi16", "(int16_t)" + o + ".min") + ";");
}

int X86::wordBytes(int count) const { return count * bytes / 2; }

std::string X86::wordVector(int count) const {
  return intVectorOf(std::max(16, wordBytes(count)));
}

std::string X86::storeWords(std::string_view pointer, std::string_view value,
                            int count) const {
  const std::string v(value);
  switch (wordBytes(count)) {
  case 64:
    return "_mm512_storeu_si512(" + pair(pointer, v) + ");";
  case 32:
    return "_mm256_storeu_si256(" + pair(cast("__m256i", pointer), v) + ");";
  case 16:
    return "_mm_storeu_si128(" + pair(cast("__m128i", pointer), v) + ");";
  default:
    return "_mm_storel_epi64(" + pair(cast("__m128i", pointer), v) + ");";
  }
}

void X86::wordsHelpers(CppWriter &writer, int count) const {
  std::vector<std::string> parameters;
  for (int j = 0; j < count; ++j)
    parameters.push_back(intVector() + " c" + text(j));
  parameters.push_back("const float *mul");
  parameters.push_back(floatVector() + " high");
  parameters.push_back(intVector() + " low");
  writer.blank();
  {
    auto body = writer.function(
        "QUENCH_INLINE " + attributeMacro() + " " + wordVector(count),
        helper("requantize_words" + text(count)), parameters);
    for (int j = 0; j < count; ++j) {
      const std::string c = "c" + text(j), p = "p" + text(j);
      const std::string m =
          call("loadu_ps", "mul" + (j ? " + " + text(j * lanes()) : ""));
      writer.line("const " + floatVector() + " " + p + " = " +
                  call("mul_ps", call("cvtepi32_ps", c) + ", " + m) + ";");
      writer.line(c + " = " +
                  call("cvtps_epi32", call("min_ps", pair(p, "high"))) + ";");
    }
    if (count == 2)
      writer.line("return " +
                  call("max_epi16", call("packs_epi32", "c0, c1") + ", low") +
                  ";");
    else if (bytes == 64)
      writer.line("return _mm256_max_epi16(_mm512_cvtsepi32_epi16(c0), "
                  "_mm512_castsi512_si256(low));");
    else {
      // The words of both halves, side by side.
      assert(bytes == 32 && "natural order is of full vectors");
      writer.line(
          "const __m256i words = "
          "_mm256_permute4x64_epi64(_mm256_packs_epi32(c0, c0), 0x08);");
      writer.line("return _mm_max_epi16(_mm256_castsi256_si128(words), "
                  "_mm256_castsi256_si128(low));");
    }
  }
  writer.blank();
  auto body = writer.function(
      "QUENCH_INLINE " + attributeMacro() + " void",
      helper("store_words" + text(count)),
      {"int8_t *y", wordVector(count) + " words", "ptrdiff_t count"});
  writer.line("int8_t buffer[" + text(std::max(16, wordBytes(count))) + "];");
  writer.line(storeWords("buffer", "words", count));
  writer.line("copy_bytes(y, buffer, 2 * count);");
}

// Of four accumulators each 128-bit part has eight words in one vector and the
// next eight in the other.
void X86::tapWordsHelpers(CppWriter &writer) const {
  wordsHelpers(writer, 2);
  const bool two = interleavedVectors() == 4;
  std::vector<std::string> parameters = {"int8_t *y", intVector() + " a"};
  if (two)
    parameters.push_back(intVector() + " b");
  parameters.push_back("ptrdiff_t count");
  writer.blank();
  auto body = writer.function("QUENCH_INLINE " + attributeMacro() + " void",
                              helper("store_tap_words"), parameters);
  std::vector<std::string> parts = {"a"};
  if (two && bytes == 16) {
    parts = {"a", "b"};
  } else if (two) {
    const std::string type = "const " + intVector() + " ";
    parts = {"low", "high"};
    if (bytes == 32) {
      writer.line(type + "low = _mm256_permute2x128_si256(a, b, 0x20);");
      writer.line(type + "high = _mm256_permute2x128_si256(a, b, 0x31);");
    } else {
      writer.line(type +
                  "first = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);");
      writer.line(type +
                  "second = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);");
      writer.line(type + "low = _mm512_permutex2var_epi64(a, first, b);");
      writer.line(type + "high = _mm512_permutex2var_epi64(a, second, b);");
    }
  }
  auto store = [&](const std::string &to) {
    for (size_t i = 0; i < parts.size(); ++i)
      writer.line(storeBytes(i ? to + " + " + text(bytes) : to, parts[i]) +
                  ";");
  };
  {
    auto whole = writer.block("if (count == " + text(rowChannels()) + ")");
    store("y");
    writer.line("return;");
  }
  writer.line("int8_t buffer[" + text(2 * rowChannels()) + "];");
  store("buffer");
  writer.line("copy_bytes(y, buffer, 2 * count);");
}

} // namespace quench::kernels
