// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Between real numbers and codes, and tables, by AVX2: more is not quicker
// where a division or a shuffle sets the pace.

#include "codegen/kernels/isa/X86.h"

namespace quench::kernels {

static std::string text(int value) { return std::to_string(value); }

void X86::declareQuantize(CppWriter &writer) const {
  writer.line("const __m256 scale = _mm256_set1_ps(p->scale);");
  writer.line("const __m256 smallest = _mm256_set1_ps((float)(p->out.min - "
              "p->out.zero));");
  writer.line("const __m256 largest = _mm256_set1_ps((float)(p->out.max - "
              "p->out.zero));");
  writer.line("const __m256i shift = _mm256_set1_epi32(p->out.zero);");
}

void X86::quantizeStep(CppWriter &writer, int bits) const {
  writer.line("__m256 v = _mm256_div_ps(_mm256_loadu_ps(x + i), scale);");
  writer.line("v = _mm256_and_ps(v, _mm256_cmp_ps(v, v, _CMP_ORD_Q));");
  writer.line("v = _mm256_min_ps(_mm256_max_ps(v, smallest), largest);");
  writer.line("const __m256i q = _mm256_add_epi32(_mm256_cvtps_epi32(v), "
              "shift);");
  writer.line("const __m128i words = _mm_packs_epi32("
              "_mm256_castsi256_si128(q), _mm256_extracti128_si256(q, 1));");
  writer.line(bits == 16 ? "_mm_storeu_si128((__m128i *)(y + i), words);"
                         : "_mm_storel_epi64((__m128i *)(y + i), "
                           "_mm_packs_epi16(words, words));");
}

void X86::declareDequantize(CppWriter &writer) const {
  writer.line("const __m256 scale = _mm256_set1_ps(p->scale);");
  writer.line("const __m256i shift = _mm256_set1_epi32(p->out.zero);");
}

void X86::dequantizeStep(CppWriter &writer, int bits) const {
  writer.line("const __m256i q = " + widen("x + i", bits) + ";");
  writer.line("const __m256 v = _mm256_cvtepi32_ps(_mm256_sub_epi32(q, "
              "shift));");
  writer.line("_mm256_storeu_ps(y + i, _mm256_mul_ps(v, scale));");
}

// Byte j of vector k is channel (16 k + j) mod 3 of pixel (16 k + j) / 3.
void X86::interleaveThree(CppWriter &writer) const {
  for (int c = 0; c < 3; ++c)
    writer.line("const __m128i x" + text(c) +
                " = _mm_load_si128((const __m128i *)(lines + " + text(16 * c) +
                "));");
  for (int k = 0; k < 3; ++k) {
    std::string sum;
    for (int c = 0; c < 3; ++c) {
      std::string indices;
      for (int j = 0; j < 16; ++j) {
        const int at = 16 * k + j;
        indices +=
            (j ? ", " : "") + (at % 3 == c ? text(at / 3) : std::string("-1"));
      }
      const std::string part =
          "_mm_shuffle_epi8(x" + text(c) + ", _mm_setr_epi8(" + indices + "))";
      sum = c ? "_mm_or_si128(" + sum + ", " + part + ")" : part;
    }
    writer.line("_mm_storeu_si128((__m128i *)(y + " + text(16 * k) + "), " +
                sum + ");");
  }
}

std::string_view X86::tableMethod() const {
  return "The table is 16 rows of 16 bytes. For each row the index is moved so "
         "that its own 16 codes become 0x70..0x7F and all others get bit 7, "
         "for which VPSHUFB gives 0.";
}

void X86::declareTable(CppWriter &writer) const {
  writer.line("const __m256i limit = _mm256_set1_epi8(0x70);");
  writer.line("const __m256i sign = _mm256_set1_epi8(-128);");
  writer.line("const __m256i sixteen = _mm256_set1_epi8(16);");
}

void X86::lookUpStep(CppWriter &writer) const {
  writer.line("__m256i code = _mm256_xor_si256(_mm256_loadu_si256((const "
              "__m256i *)(x + i)), sign);");
  writer.line("__m256i value = _mm256_setzero_si256();");
  {
    auto rows = writer.block("for (int32_t row = 0; row < 256; row += 16)");
    writer.line("const __m256i bytes = _mm256_broadcastsi128_si256("
                "_mm_loadu_si128((const __m128i *)(table + row)));");
    writer.line("const __m256i index = _mm256_adds_epu8(code, limit);");
    writer.line("value = _mm256_or_si256(value, _mm256_shuffle_epi8(bytes, "
                "index));");
    writer.line("code = _mm256_sub_epi8(code, sixteen);");
  }
  writer.line("_mm256_storeu_si256((__m256i *)(y + i), value);");
}

} // namespace quench::kernels
