// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Verbs that all levels of ARM share.

#include "codegen/kernels/isa/Neon.h"

#include <algorithm>
#include <initializer_list>

namespace quench::kernels {

using neon::call;
using neon::text;

void Neon::declareMultipliers(CppWriter &writer, std::string_view name,
                              std::string_view pointer) const {
  const std::string n(name);
  writer.line("const int8x16_t four = " +
              call("vreinterpretq_s8_s32", fourBytes(pointer)) + ";");
  const std::string zip = v8("vzip1q_s8");
  const std::string twice = call(zip, "four", "four");
  if (productRun() == 2) {
    writer.line("const int8x16_t " + n + " = " + twice + ";");
    return;
  }
  writer.line("const int8x16_t twice = " + twice + ";");
  writer.line("const int8x16_t " + n + " = " + call(zip, "twice", "twice") +
              ";");
}

// As on x86 (X86.cpp): conversion to nearest even, packs with saturation, zero
// point with saturation, clamp. FCVTNS saturates beyond int32.

// Where results are near, adding 1.5 * 2^23 and the zero point leaves the code
// in the low half of the sum's bits: the last of them has the weight 1, so that
// it rounds to nearest even as FCVTNS does if the zero point is even.

void Neon::declareOutput(CppWriter &writer, std::string_view out) const {
  const std::string o(out);
  if (near) {
    writer.line("const float32x4_t shift = vdupq_n_f32(12582912.0f + (float)" +
                o + ".zero);");
    return;
  }
  writer.line("const int8x16_t high = " + splatByte("(int8_t)" + o + ".max") +
              ";");
  writer.line("const int16x8_t zero = " + splatWord("(int16_t)" + o + ".zero") +
              ";");
  writer.line("const int8x16_t low = " + splatByte("(int8_t)" + o + ".min") +
              ";");
}

void Neon::declareMuls(CppWriter &writer, std::string_view pointer,
                       int vectors) const {
  std::string muls;
  for (int j = 0; j < vectors; ++j)
    muls += (j ? ", " : "") + call("vld1q_f32", Isa::mulsOf(pointer, j));
  writer.line("const float32x4_t muls[] = {" + muls + "};");
}

void Neon::requantizeHelper(CppWriter &writer, int count, LaneOrder order,
                            const std::string &type) const {
  std::vector<std::string> parameters;
  for (int j = 0; j < count; ++j)
    parameters.push_back("int32x4_t c" + text(j));
  const bool one = type == "float32x4_t";
  parameters.push_back(one ? type + " mul" : "const " + type + "*mul");
  parameters.insert(parameters.end(),
                    {"int8x16_t high", "int16x8_t zero", "int8x16_t low"});
  writer.blank();
  auto body = writer.function(inlineOf("int8x16_t"),
                              requantizeName(count, order) + (one ? "_by" : ""),
                              parameters);
  for (int j = 0; j < count; ++j) {
    const std::string c = "c" + text(j);
    const std::string m = one ? "mul"
                          : type == "float "
                              ? call("vld1q_f32", Isa::mulsOf("mul", j))
                              : "mul[" + text(j) + "]";
    writer.line(c + " = " +
                call(v8("vcvtnq_s32_f32"),
                     "vmulq_f32(vcvtq_f32_s32(" + c + "), " + m + ")") +
                ";");
  }
  // A missing vector is its neighbour; nobody stores those bytes.
  auto words = [&](int j) {
    const std::string low = "vqmovn_s32(c" + text(std::min(j, count - 1)) + ")";
    const std::string both = call(v8("vqmovn_high_s32"), low,
                                  "c" + text(std::min(j + 1, count - 1)));
    return call("vqaddq_s16", both, "zero");
  };
  writer.line("const int16x8_t first = " + words(0) + ";");
  if (count > 2)
    writer.line("const int16x8_t second = " + words(2) + ";");
  writer.line("const int8x16_t codes = " +
              call(v8("vqmovn_high_s16"), "vqmovn_s16(first)",
                   count > 2 ? "second" : "first") +
              ";");
  writer.line("return vminq_s8(vmaxq_s8(codes, low), high);");
}

std::string Neon::nearName(int count, LaneOrder order) const {
  return helper(order == LaneOrder::Natural ? "requantize_near" + text(count)
                                            : "requantize_near_taps");
}

std::string Neon::requantize(const std::vector<std::string> &accs,
                             std::string_view mul, LaneOrder order) const {
  if (!near)
    return Isa::requantize(accs, mul, order);
  std::string arguments;
  for (const std::string &acc : accs)
    arguments += acc + ", ";
  return nearName(static_cast<int>(accs.size()), order) + "(" + arguments +
         std::string(mul) + ", shift)";
}

void Neon::nearHelper(CppWriter &writer, int count, LaneOrder order,
                      const std::string &type) const {
  std::vector<std::string> parameters;
  for (int j = 0; j < count; ++j)
    parameters.push_back("int32x4_t c" + text(j));
  parameters.push_back("const " + type + "*mul");
  parameters.push_back("float32x4_t shift");
  writer.blank();
  auto body = writer.function(inlineOf("int8x16_t"), nearName(count, order),
                              parameters);
  for (int j = 0; j < count; ++j)
    writer.line("const int16x8_t w" + text(j) + " = " +
                call(helper("near_words"), "c" + text(j),
                     type == "float " ? call("vld1q_f32", Isa::mulsOf("mul", j))
                                      : "mul[" + text(j) + "]",
                     "shift") +
                ";");
  // A missing vector is its neighbour; nobody stores those bytes.
  auto words = [&](int j) {
    return call("vuzp1q_s16", "w" + text(std::min(j, count - 1)),
                "w" + text(std::min(j + 1, count - 1)));
  };
  if (count <= 2) {
    writer.line("const int8x8_t codes = vqmovn_s16(" + words(0) + ");");
    writer.line("return vcombine_s8(codes, codes);");
    return;
  }
  writer.line("return vqmovn_high_s16(vqmovn_s16(" + words(0) + "), " +
              words(2) + ");");
}

std::string Neon::storeCodes(std::string_view pointer, std::string_view value,
                             int count, LaneOrder order) const {
  if (count == 16)
    return call("vst1q_s8", pointer, value) + ";";
  if (count == 8)
    return call("vst1_s8", pointer, call("vget_low_s8", value)) + ";";
  return storePartialCodes(pointer, value, text(count), order);
}

void Neon::declareWordOutput(CppWriter &writer, std::string_view out) const {
  const std::string o(out);
  writer.line("const int16x4_t high = vdup_n_s16((int16_t)" + o + ".max);");
  writer.line("const int16x4_t low = vdup_n_s16((int16_t)" + o + ".min);");
}

void Neon::declareQuantize(CppWriter &writer) const {
  writer.line("const float32x4_t scale = vdupq_n_f32(p->scale);");
  writer.line("const float32x4_t smallest = vdupq_n_f32((float)(p->out.min - "
              "p->out.zero));");
  writer.line("const float32x4_t largest = vdupq_n_f32((float)(p->out.max - "
              "p->out.zero));");
  writer.line("const int32x4_t shift = vdupq_n_s32(p->out.zero);");
}

void Neon::quantizeStep(CppWriter &writer, int bits) const {
  for (int j = 0; j < 4; ++j) {
    const std::string n = text(j), v = "v" + n;
    writer.line("float32x4_t " + v + " = vdivq_f32(vld1q_f32(x + i" +
                (j ? " + " + text(4 * j) : std::string()) + "), scale);");
    writer.line(v +
                " = vreinterpretq_f32_u32(vandq_u32("
                "vreinterpretq_u32_f32(" +
                v + "), vceqq_f32(" + v + ", " + v + ")));");
    writer.line(v + " = vminq_f32(vmaxq_f32(" + v + ", smallest), largest);");
    writer.line("const int32x4_t q" + n + " = vaddq_s32(vcvtnq_s32_f32(" + v +
                "), shift);");
  }
  writer.line("const int16x8_t low = vqmovn_high_s32(vqmovn_s32(q0), q1);");
  writer.line("const int16x8_t high = vqmovn_high_s32(vqmovn_s32(q2), q3);");
  if (bits == 16) {
    writer.line("vst1q_s16(y + i, low);");
    writer.line("vst1q_s16(y + i + 8, high);");
    return;
  }
  writer.line("vst1q_s8(y + i, vqmovn_high_s16(vqmovn_s16(low), high));");
}

void Neon::declareDequantize(CppWriter &writer) const {
  writer.line("const float32x4_t scale = vdupq_n_f32(p->scale);");
  writer.line("const int32x4_t shift = vdupq_n_s32(p->out.zero);");
}

void Neon::dequantizeStep(CppWriter &writer, int bits) const {
  if (bits == 16) {
    writer.line("const int16x8_t low = vld1q_s16(x + i);");
    writer.line("const int16x8_t high = vld1q_s16(x + i + 8);");
  } else {
    writer.line("const int8x16_t codes = vld1q_s8(x + i);");
    writer.line("const int16x8_t low = vmovl_s8(vget_low_s8(codes));");
    writer.line("const int16x8_t high = " + call(v8("vmovl_high_s8"), "codes") +
                ";");
  }
  for (int j = 0; j < 4; ++j) {
    const std::string words = j < 2 ? "low" : "high";
    const std::string wide =
        j % 2 ? call(v8("vmovl_high_s16"), words)
              : call("vmovl_s16", call("vget_low_s16", words));
    writer.line("vst1q_f32(y + i" + (j ? " + " + text(4 * j) : std::string()) +
                ", vmulq_f32(vcvtq_f32_s32(vsubq_s32(" + wide +
                ", shift)), scale));");
  }
}

void Neon::interleaveThree(CppWriter &writer) const {
  writer.line("const int8x16x3_t three = {{vld1q_s8(lines), "
              "vld1q_s8(lines + 16), vld1q_s8(lines + 32)}};");
  writer.line("vst3q_s8(y, three);");
}

void Neon::declareTable(CppWriter &writer) const {
  for (int part = 0; part < 4; ++part) {
    std::string rows;
    for (int row = 0; row < 4; ++row)
      rows += (row ? ", " : "") +
              call("vld1q_s8", "table + " + text(64 * part + 16 * row));
    writer.line("const int8x16x4_t part" + text(part) + " = {{" + rows + "}};");
  }
  writer.line("const uint8x16_t sign = vdupq_n_u8(128);");
  writer.line("const uint8x16_t rows = vdupq_n_u8(64);");
}

void Neon::lookUpStep(CppWriter &writer) const {
  writer.line("uint8x16_t code = veorq_u8(vreinterpretq_u8_s8("
              "vld1q_s8(x + i)), sign);");
  writer.line("int8x16_t value = vqtbl4q_s8(part0, code);");
  for (int part = 1; part < 4; ++part) {
    writer.line("code = vsubq_u8(code, rows);");
    writer.line("value = vqtbx4q_s8(value, part" + text(part) + ", code);");
  }
  writer.line("vst1q_s8(y + i, value);");
}

void Neon::partialHelpers(CppWriter &writer) const {
  writer.blank();
  {
    auto body = writer.function(inlineOf("int32x4_t"), helper("widen"),
                                {"const int8_t *x"});
    writer.line("const int8x8_t codes = "
                "vreinterpret_s8_s32(vdup_n_s32(load_s32(x)));");
    writer.line("return vmovl_s16(vget_low_s16(vmovl_s8(codes)));");
  }
  writer.blank();
  {
    auto body = writer.function(inlineOf("int8x16_t"), helper("load_partial16"),
                                {"const int8_t *x", "ptrdiff_t count"});
    writer.line("int8_t buffer[16] = {0};");
    writer.line("copy_bytes(buffer, x, count);");
    writer.line("return vld1q_s8(buffer);");
  }
  writer.blank();
  writer.comment("Two codes of each of four channels as words, the first ones "
                 "and then the second ones.");
  {
    auto body = writer.function(inlineOf("int16x8_t"),
                                helper("load_word_pairs"), {"const int8_t *x"});
    writer.line("const uint8x8_t order = vcreate_u8(0x0705030106040200u);");
    writer.line("const int8x8_t codes = vld1_s8(x);");
    writer.line("return vmovl_s8(" +
                call(v8("vqtbl1_s8"), "vcombine_s8(codes, codes)", "order") +
                ");");
  }
  writer.blank();
  auto body =
      writer.function(inlineOf("void"), helper("store_partial16"),
                      {"int8_t *y", "int8x16_t codes", "ptrdiff_t count"});
  writer.line("int8_t buffer[16];");
  writer.line("vst1q_s8(buffer, codes);");
  writer.line("copy_bytes(y, buffer, count);");
}

void Neon::interleaveHelpers(CppWriter &writer) const {
  const std::vector<std::string> rows = {"int8x16_t x0", "int8x16_t x1",
                                         "int8x16_t x2", "int8x16_t x3"};
  auto begin = [&](std::string_view name, std::string_view to) {
    std::vector<std::string> parameters = {std::string(to)};
    parameters.insert(parameters.end(), rows.begin(), rows.end());
    writer.blank();
    return writer.function(inlineOf("void"), helper(name), parameters);
  };
  writer.blank();
  writer.comment("Four rows side by side: vector j has the four codes of "
                 "channels 4 * j ... 4 * j + 3" +
                 std::string(productRun() == 2
                                 ? ", of the first two rows and then of the "
                                   "other two."
                                 : "."));
  {
    const std::string type = productRun() == 2 ? "s64" : "s16";
    const std::string vector = productRun() == 2 ? "int64x2_t" : "int16x8_t";
    auto body = begin("take_taps", "int8x16_t *t");
    for (const char *half : {"1", "2"}) {
      const std::string h(half), zip = v8("vzip" + h + "q_s8");
      const std::string cast = "vreinterpretq_" + type + "_s8";
      writer.line("const " + vector + " top" + h + " = " +
                  call(cast, call(zip, "x0", "x1")) + ";");
      writer.line("const " + vector + " low" + h + " = " +
                  call(cast, call(zip, "x2", "x3")) + ";");
    }
    int j = 0;
    for (const char *half : {"1", "2"})
      for (const char *zip : {"vzip1q_", "vzip2q_"}) {
        const std::string h(half);
        writer.line("t[" + text(j++) + "] = " +
                    call("vreinterpretq_s8_" + type,
                         call(v8(zip + type), "top" + h, "low" + h)) +
                    ";");
      }
  }
  {
    auto body = begin("take_weights", "int8x16_t *t");
    writer.line(helper("take_taps") + "(t, x0, x1, x2, x3);");
  }
  auto body = begin("interleave_taps", "int8_t *y");
  writer.line("int8x16_t t[4];");
  writer.line(helper("take_taps") + "(t, x0, x1, x2, x3);");
  for (int j = 0; j < 4; ++j)
    writer.line(
        storeBytes(j ? "y + " + text(16 * j) : "y", "t[" + text(j) + "]") +
        ";");
}

void Neon::addHelpers(CppWriter &writer) const {
  addConstantsHelpers(writer, {"int32x4_t a_mul, b_mul, zeros;",
                               "int8x16_t high;", "int16x8_t zero;",
                               "int8x16_t low;", "float32x4_t scale;"});
  for (int vectors = 1; vectors <= naturalVectors(); ++vectors) {
    requantizeHelper(writer, vectors, LaneOrder::Natural, "float32x4_t");
    writer.blank();
    writer.comment("qrt_add_codes of `codes` and `other`.");
    auto body = writer.function(inlineOf("int8x16_t"),
                                helper("add_codes" + text(vectors)),
                                {"const " + helper("add_constants") + " &add",
                                 "int8x16_t codes", "int8x16_t other"});
    for (int half = 0; half < (vectors > 2 ? 2 : 1); ++half)
      for (const char *from : {"codes", "other"}) {
        const std::string name = std::string(from) + (half ? "_high" : "_low");
        writer.line("const int16x8_t " + name + " = " +
                    (half ? call(v8("vmovl_high_s8"), from)
                          : call("vmovl_s8", call("vget_low_s8", from))) +
                    ";");
      }
    std::string accs;
    for (int j = 0; j < vectors; ++j) {
      auto part = [&](const std::string &from) {
        const std::string words = from + (j > 1 ? "_high" : "_low");
        return j % 2 ? call(v8("vmovl_high_s16"), words)
                     : call("vmovl_s16", call("vget_low_s16", words));
      };
      const std::string c = "c" + text(j);
      writer.line("const int32x4_t " + c + " = vsubq_s32(vmlaq_s32(vmulq_s32(" +
                  part("codes") + ", add.a_mul), " + part("other") +
                  ", add.b_mul), add.zeros);");
      accs += c + ", ";
    }
    writer.line("return " + requantizeName(vectors, LaneOrder::Natural) +
                "_by(" + accs + "add.scale, add.high, add.zero, add.low);");
  }
}

void Neon::helpers(CppWriter &writer) const {
  before(writer);
  partialHelpers(writer);
  dotHelpers(writer);
  for (int count = 1; count <= naturalVectors(); ++count)
    for (const char *type : {"float ", "float32x4_t "})
      requantizeHelper(writer, count, LaneOrder::Natural, type);
  requantizeHelper(writer, 4, LaneOrder::Interleaved, "float ");
  if (hasNear()) {
    writer.blank();
    writer.comment("Results of at most 15 bits: rounded, with the zero point, "
                   "in the low half of each lane. `shift` is 1.5 * 2^23, which "
                   "leaves no bits for fractions (spec A1), and the zero "
                   "point, which is even. The assembly keeps compilers from "
                   "multiplying and adding with one rounding.");
    {
      auto body = writer.function(
          inlineOf("int16x8_t"), helper("near_words"),
          {"int32x4_t c", "float32x4_t mul", "float32x4_t shift"});
      writer.line("float32x4_t result = vmulq_f32(vcvtq_f32_s32(c), mul);");
      writer.line(keepInRegister("result"));
      writer.line("return vreinterpretq_s16_f32(vaddq_f32(result, shift));");
    }
    for (int count = 1; count <= naturalVectors(); ++count)
      for (const char *type : {"float ", "float32x4_t "})
        nearHelper(writer, count, LaneOrder::Natural, type);
    nearHelper(writer, 4, LaneOrder::Interleaved, "float ");
  }
  pairHelpers(writer);
  wordsHelpers(writer);
  interleaveHelpers(writer);
  addHelpers(writer);
}

// The output stage of 16-bit codes: without a zero point, so that the
// saturation to words gives the code.
void Neon::wordsHelpers(CppWriter &writer) const {
  for (int count : {1, 2}) {
    std::vector<std::string> parameters;
    for (int j = 0; j < count; ++j)
      parameters.push_back("int32x4_t c" + text(j));
    parameters.insert(parameters.end(),
                      {"const float *mul", "int16x4_t high", "int16x4_t low"});
    writer.blank();
    {
      auto body =
          writer.function(inlineOf(wordVector(count)),
                          helper("requantize_words" + text(count)), parameters);
      for (int j = 0; j < count; ++j)
        writer.line("const int16x4_t w" + text(j) + " = vqmovn_s32(" +
                    call(v8("vcvtnq_s32_f32"),
                         "vmulq_f32(vcvtq_f32_s32(c" + text(j) + "), " +
                             call("vld1q_f32", Isa::mulsOf("mul", j)) + ")") +
                    ");");
      auto clamped = [](const std::string &w) {
        return "vmin_s16(vmax_s16(" + w + ", low), high)";
      };
      writer.line("return " +
                  (count == 1
                       ? clamped("w0")
                       : call("vcombine_s16", clamped("w0"), clamped("w1"))) +
                  ";");
    }
    writer.blank();
    auto body = writer.function(
        inlineOf("void"), helper("store_words" + text(count)),
        {"int8_t *y", wordVector(count) + " words", "ptrdiff_t count"});
    writer.line("int8_t buffer[16];");
    writer.line(storeWords("buffer", "words", count));
    writer.line("copy_bytes(y, buffer, 2 * count);");
  }
  const int values = interleavedVectors() / 2;
  std::vector<std::string> parameters = {"int8_t *y"};
  for (int j = 0; j < values; ++j)
    parameters.push_back("int16x8_t w" + text(j));
  parameters.push_back("ptrdiff_t count");
  writer.blank();
  auto body =
      writer.function(inlineOf("void"), helper("store_tap_words"), parameters);
  writer.line("int8_t buffer[" + text(16 * values) + "];");
  writer.line("const bool whole = count == " + text(rowChannels()) + ";");
  writer.line("int8_t *to = whole ? y : buffer;");
  for (int j = 0; j < values; ++j)
    writer.line(
        storeWords(j ? "to + " + text(16 * j) : "to", "w" + text(j), 2));
  writer.guarded("if (!whole)", "copy_bytes(y, buffer, 2 * count);");
}

const Isa *neonIsa(std::string_view level) {
  for (const Isa *isa :
       {&armI8mmIsa(), &armDotprodIsa(), &armNeonIsa(), &armv7NeonIsa()})
    if (isa->level() == level)
      return isa;
  return nullptr;
}

} // namespace quench::kernels
