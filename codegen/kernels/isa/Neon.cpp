// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// AArch64. There is one width; partial loads and stores take a trip through
// memory. Codes are multiplied as they are, s8 by s8, four products to each of
// four lanes:
//   arm_i8mm     by SMMLA, eight products of each of two pixels and channels.
//   arm_dotprod  by SDOT.
//   arm_neon     by SMULL, SMLAL2 and SADALP: a vector of weights has the first
//                two products of its four channels, then the other two, so that
//                sums of two are in 16 bits before they are added in pairs.
//                Two products are at most 2 * 128 * 127: no weight may be -128.
// Words are multiplied by SMLAL, one lane of activations by four channels.

#include "codegen/kernels/isa/Neon.h"

namespace quench::kernels {

namespace {

std::string text(int value) { return std::to_string(value); }

std::string call(std::string_view name, std::string_view a) {
  return std::string(name) + "(" + std::string(a) + ")";
}
std::string call(std::string_view name, std::string_view a,
                 std::string_view b) {
  return call(name, std::string(a) + ", " + std::string(b));
}
std::string call(std::string_view name, std::string_view a, std::string_view b,
                 std::string_view c) {
  return call(name, a, std::string(b) + ", " + std::string(c));
}

class Neon : public Isa {
public:
  explicit Neon(std::string_view level) : Isa(level, 16, false) {}

  int kr() const override { return 4; }
  int biasA() const override { return 0; }
  int naturalVectors() const override { return 4; }

  // Types.
  std::string intVector() const override { return "int32x4_t"; }
  std::string floatVector() const override { return "float32x4_t"; }
  std::string operandVector() const override { return "int8x16_t"; }
  std::string wordsVector() const override { return "int16x8_t"; }
  std::string codeVector(LaneOrder) const override { return "int8x16_t"; }
  std::string wordVector(int) const override { return "int16x4_t"; }
  std::string_view registerConstraint() const override { return "w"; }

  // Whole vectors.
  std::string zeroAcc() const override { return call("vdupq_n_s32", "0"); }
  std::string splat(std::string_view x) const override {
    return call("vdupq_n_s32", x);
  }
  std::string splatFloat(std::string_view x) const override {
    return call("vdupq_n_f32", x);
  }
  std::string loadAcc(std::string_view pointer) const override {
    return call("vld1q_s32", pointer);
  }
  std::string storeAcc(std::string_view pointer,
                       std::string_view value) const override {
    return call("vst1q_s32", pointer, value);
  }
  std::string add(std::string_view a, std::string_view b) const override {
    return call("vaddq_s32", a, b);
  }
  std::string subtract(std::string_view a, std::string_view b) const override {
    return call("vsubq_s32", a, b);
  }
  std::string multiply(std::string_view a, std::string_view b) const override {
    return call("vmulq_s32", a, b);
  }
  std::string shiftLeft(std::string_view a, int count) const override {
    return call("vshlq_n_s32", a, text(count));
  }
  std::string shiftRight(std::string_view a, int count) const override {
    return call("vshrq_n_s32", a, text(count));
  }
  std::string widen(std::string_view pointer, int bits) const override {
    return bits == 16 ? call("vmovl_s16", call("vld1_s16", pointer))
                      : call(helper("widen"), pointer);
  }
  std::string widenLow(std::string_view pointer) const override {
    return call("vreinterpretq_s32_u32",
                call("vmovl_u16",
                     call("vld1_u16",
                          "(const uint16_t *)(" + std::string(pointer) + ")")));
  }
  std::string loadBytes(std::string_view pointer) const override {
    return call("vld1q_s8", pointer);
  }
  std::string storeBytes(std::string_view pointer,
                         std::string_view value) const override {
    return call("vst1q_s8", pointer, value);
  }
  std::string splatByte(std::string_view code) const override {
    return call("vdupq_n_s8", code);
  }
  std::string maxBytes(std::string_view a, std::string_view b) const override {
    return call("vmaxq_s8", a, b);
  }
  std::string bitsOfBytes(std::string_view stored, int shift,
                          std::string_view mask,
                          std::string_view half) const override {
    const std::string low =
        shift ? call("vreinterpretq_s8_u8",
                     call("vshrq_n_u8", call("vreinterpretq_u8_s8", stored),
                          text(shift)))
              : std::string(stored);
    return call("vsubq_s8", call("vandq_s8", low, mask), half);
  }
  std::string bitwise(std::string_view operation, std::string_view a,
                      std::string_view b) const override {
    // x86 complements the first operand, BIC the second.
    if (operation == "andnot")
      return call("vbicq_s8", b, a);
    return call(operation == "and" ? "vandq_s8" : "vorrq_s8", a, b);
  }
  int scaledChannels() const override { return 4; }
  void declareMultipliers(CppWriter &writer, std::string_view name,
                          std::string_view pointer) const override;
  std::string scaleCodes(CppWriter &, std::string_view codes,
                         std::string_view multipliers) const override {
    return call("vmulq_s8", codes, multipliers);
  }

  // Dot products.
  std::string declareSign() const override { return ""; }
  std::string loadB(std::string_view pointer) const override {
    return loadBytes(pointer);
  }

  // Words.
  std::string addWords(std::string_view a, std::string_view b) const override {
    return call("vaddq_s16", a, b);
  }
  std::string subtractWords(std::string_view a,
                            std::string_view b) const override {
    return call("vsubq_s16", a, b);
  }
  std::string shiftLeftWords(std::string_view a, int count) const override {
    return call("vshlq_n_s16", a, text(count));
  }
  std::string splatWord(std::string_view code) const override {
    return call("vdupq_n_s16", code);
  }
  std::string multiplyWords(std::string_view a,
                            std::string_view b) const override {
    return call("vmulq_s16", a, b);
  }
  std::string maxWords(std::string_view a, std::string_view b) const override {
    return call("vmaxq_s16", a, b);
  }
  std::string loadWords(std::string_view pointer, bool partial) const override {
    return call("vmovl_s8", partial
                                ? call("vget_low_s8", loadRow(pointer, true))
                                : call("vld1_s8", pointer));
  }
  std::string declareKeepWords(std::string_view count) const override {
    return declareKeep(count);
  }
  std::string loadWordPairs(std::string_view pointer, bool) const override {
    return call(helper("load_word_pairs"), pointer);
  }
  std::string loadWordVector(std::string_view pointer) const override {
    return call("vld1q_s16", cast("const int16_t", pointer));
  }
  std::string storeWordVector(std::string_view pointer,
                              std::string_view value) const override {
    return call("vst1q_s16", cast("int16_t", pointer), value);
  }
  std::string splatWordPair(std::string_view pointer) const override {
    return call("vreinterpretq_s16_s32", fourBytes(pointer));
  }
  std::string dotWords(std::string_view acc, std::string_view a,
                       std::string_view b) const override {
    return dotWordsLane(acc, a, b, 0);
  }
  bool hasWordLanes() const override { return true; }
  std::string dotWordsLane(std::string_view acc, std::string_view a,
                           std::string_view b, int lane) const override {
    const std::string first =
        call("vmlal_laneq_s16", acc, call("vget_low_s16", b),
             std::string(a) + ", " + text(2 * lane));
    return call("vmlal_high_laneq_s16", first, b,
                std::string(a) + ", " + text(2 * lane + 1));
  }

  // Rows and taps.
  std::string loadRow(std::string_view pointer, bool partial) const override {
    return partial ? call("load_partial16_" + levelName, pointer, "keep")
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
  void declareMuls(CppWriter &writer, std::string_view pointer,
                   int vectors) const override;
  std::string mulsOf(std::string_view, int first) const override {
    return first ? "muls + " + text(first) : std::string("muls");
  }
  std::string storeCodes(std::string_view pointer, std::string_view value,
                         int count, LaneOrder) const override;
  std::string storePartialCodes(std::string_view pointer,
                                std::string_view value, std::string_view count,
                                LaneOrder) const override {
    return call("store_partial16_" + levelName, pointer, value, count) + ";";
  }
  /// They would take registers that accumulators need.
  bool loadsResidualsFirst() const override { return false; }
  std::string loadPartialCodes(std::string_view pointer,
                               std::string_view count) const override {
    return call("load_partial16_" + levelName, pointer, count);
  }
  void declareWordOutput(CppWriter &writer,
                         std::string_view out) const override;
  std::string storeWords(std::string_view pointer, std::string_view value,
                         int) const override {
    return call("vst1_s16", pointer, value) + ";";
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
    return call("vdupq_n_s32", call("load_s32", pointer));
  }
  /// What dots need.
  virtual void dotHelpers(CppWriter &) const {}

private:
  void partialHelpers(CppWriter &writer) const;
  void interleaveHelpers(CppWriter &writer) const;
  /// `type` of the multipliers: pointers, to floats or to vectors of them, or
  /// one vector for all.
  void requantizeHelper(CppWriter &writer, int count, LaneOrder order,
                        const std::string &type) const;
  void addHelpers(CppWriter &writer) const;
};

void Neon::declareMultipliers(CppWriter &writer, std::string_view name,
                              std::string_view pointer) const {
  const std::string n(name);
  writer.line("const int8x16_t four = " +
              call("vreinterpretq_s8_s32", fourBytes(pointer)) + ";");
  const std::string twice = "vzip1q_s8(four, four)";
  if (productRun() == 2) {
    writer.line("const int8x16_t " + n + " = " + twice + ";");
    return;
  }
  writer.line("const int8x16_t twice = " + twice + ";");
  writer.line("const int8x16_t " + n + " = vzip1q_s8(twice, twice);");
}

// As on x86 (X86.cpp): conversion to nearest even, packs with saturation, zero
// point with saturation, clamp. FCVTNS saturates beyond int32.

void Neon::declareOutput(CppWriter &writer, std::string_view out) const {
  const std::string o(out);
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
    writer.line(c + " = vcvtnq_s32_f32(vmulq_f32(vcvtq_f32_s32(" + c + "), " +
                m + "));");
  }
  // A missing vector is its neighbour; nobody stores those bytes.
  auto words = [&](int j) {
    const std::string low = "vqmovn_s32(c" + text(std::min(j, count - 1)) + ")";
    const std::string both =
        call("vqmovn_high_s32", low, "c" + text(std::min(j + 1, count - 1)));
    return call("vqaddq_s16", both, "zero");
  };
  writer.line("const int16x8_t first = " + words(0) + ";");
  if (count > 2)
    writer.line("const int16x8_t second = " + words(2) + ";");
  writer.line("const int8x16_t codes = vqmovn_high_s16(vqmovn_s16(first), " +
              std::string(count > 2 ? "second" : "first") + ");");
  writer.line("return vminq_s8(vmaxq_s8(codes, low), high);");
}

std::string Neon::storeCodes(std::string_view pointer, std::string_view value,
                             int count, LaneOrder order) const {
  if (count == 16)
    return storeBytes(pointer, value) + ";";
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

void Neon::quantizeStep(CppWriter &writer, int) const {
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
  writer.line("vst1q_s8(y + i, vqmovn_high_s16(vqmovn_s16(low), high));");
}

void Neon::declareDequantize(CppWriter &writer) const {
  writer.line("const float32x4_t scale = vdupq_n_f32(p->scale);");
  writer.line("const int32x4_t shift = vdupq_n_s32(p->out.zero);");
}

void Neon::dequantizeStep(CppWriter &writer, int) const {
  writer.line("const int8x16_t codes = vld1q_s8(x + i);");
  writer.line("const int16x8_t low = vmovl_s8(vget_low_s8(codes));");
  writer.line("const int16x8_t high = vmovl_high_s8(codes);");
  for (int j = 0; j < 4; ++j) {
    const std::string words = j < 2 ? "low" : "high";
    const std::string wide =
        j % 2 ? call("vmovl_high_s16", words)
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
    auto body =
        writer.function(inlineOf("int8x16_t"), "load_partial16_" + levelName,
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
    writer.line("return vmovl_s8(vqtbl1_s8(vcombine_s8(codes, codes), "
                "order));");
  }
  writer.blank();
  auto body =
      writer.function(inlineOf("void"), "store_partial16_" + levelName,
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
      const std::string h(half), zip = "vzip" + h + "q_s8";
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
                         call(zip + type, "top" + h, "low" + h)) +
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
                    (half ? call("vmovl_high_s8", from)
                          : call("vmovl_s8", call("vget_low_s8", from))) +
                    ";");
      }
    std::string accs;
    for (int j = 0; j < vectors; ++j) {
      auto part = [&](const std::string &from) {
        const std::string words = from + (j > 1 ? "_high" : "_low");
        return j % 2 ? call("vmovl_high_s16", words)
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
  partialHelpers(writer);
  dotHelpers(writer);
  for (int count = 1; count <= naturalVectors(); ++count)
    for (const char *type : {"float ", "float32x4_t "})
      requantizeHelper(writer, count, LaneOrder::Natural, type);
  requantizeHelper(writer, 4, LaneOrder::Interleaved, "float ");
  interleaveHelpers(writer);
  addHelpers(writer);
}

class NeonDotprod final : public Neon {
public:
  NeonDotprod() : Neon("arm_dotprod") {}

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

class NeonPairs final : public Neon {
public:
  NeonPairs() : Neon("arm_neon") {}

  int productRun() const override { return 2; }
  int largestWeight() const override { return 127; }
  /// LD2R: the first two activations in every lane of one vector, the other
  /// two in another.
  std::string activationVector() const override { return "int16x8x2_t"; }
  std::string loadA(std::string_view pointer) const override {
    return call("vld2q_dup_s16", cast("const int16_t", pointer));
  }
  bool loadsAIndexed() const override { return false; }
  /// Of fewer channels, the first products end sooner: two halves.
  std::string weightsVector(bool last) const override {
    return last ? "int8x8x2_t" : operandVector();
  }
  std::string declareLastB(std::string_view channels) const override {
    return "const ptrdiff_t last = 2 * " + std::string(channels) + ";";
  }
  std::string loadLastB(std::string_view pointer) const override {
    return "{{" + call("vld1_s8", pointer) + ", " +
           call("vld1_s8", std::string(pointer) + " + last") + "}}";
  }
  std::string dot(std::string_view acc, std::string_view a,
                  std::string_view b) const override {
    return call(helper("dot"), acc, a, b);
  }
  void dots(CppWriter &writer, const std::vector<std::string> &accs,
            std::string_view a,
            const std::vector<std::string> &weights) const override;

private:
  /// Most vectors that dotsHelper() takes: of more, there are few pixels, and
  /// compilers have the registers.
  static constexpr int widest = 4;
  void dotHelpers(CppWriter &writer) const override;
  void dotsHelper(CppWriter &writer, int count) const;
};

void NeonPairs::dots(CppWriter &writer, const std::vector<std::string> &accs,
                     std::string_view a,
                     const std::vector<std::string> &weights) const {
  if (accs.size() > size_t(widest))
    return Isa::dots(writer, accs, a, weights);
  std::string arguments;
  for (const std::string &acc : accs)
    arguments += acc + ", ";
  arguments += a;
  for (const std::string &one : weights)
    arguments += ", " + one;
  writer.line(call(helper("dots" + text(int(accs.size()))), arguments) + ";");
}

void NeonPairs::dotsHelper(CppWriter &writer, int count) const {
  std::vector<std::string> parameters;
  for (int j = 0; j < count; ++j)
    parameters.push_back("int32x4_t &c" + text(j));
  parameters.push_back("int16x8x2_t a");
  for (int j = 0; j < count; ++j)
    parameters.push_back((j + 1 < count ? "int8x16_t b" : "int8x8x2_t b") +
                         text(j));
  writer.blank();
  auto body = writer.function(inlineOf("void"), helper("dots" + text(count)),
                              parameters);
  std::string temporaries, outputs,
      inputs = "[low] \"w\"(a.val[0]), [high] "
               "\"w\"(a.val[1])";
  std::vector<std::string> lines(3 * size_t(count));
  auto at = [&](int phase, int j) -> std::string & {
    return lines[size_t(phase * count + j)];
  };
  for (int j = 0; j < count; ++j) {
    const std::string n = text(j), t = "%[t" + n + "].8h, ";
    const bool last = j + 1 == count;
    temporaries += (j ? ", t" : "t") + n;
    outputs += (j ? ", [c" : "[c") + n + "] \"+w\"(c" + n + "), [t" + n +
               "] \"=&w\"(t" + n + ")";
    inputs += ", [b" + n + "] \"w\"(b" + n + (last ? ".val[0])" : ")");
    at(0, j) = "smull " + t + "%[low].8b, %[b" + n + "].8b";
    at(1, j) = last ? "smlal " + t + "%[high].8b, %[rest].8b"
                    : "smlal2 " + t + "%[high].16b, %[b" + n + "].16b";
    at(2, j) = "sadalp %[c" + n + "].4s, %[t" + n + "].8h";
  }
  inputs += ", [rest] \"w\"(b" + text(count - 1) + ".val[1])";
  writer.line("int16x8_t " + temporaries + ";");
  writer.line("__asm__(");
  for (const std::string &line : lines)
    writer.line("    \"" + line + "\\n\\t\"");
  writer.line("    : " + outputs);
  writer.line("    : " + inputs);
  writer.line("    : \"memory\");");
}

void NeonPairs::dotHelpers(CppWriter &writer) const {
  // The activations of a convolution are the same in both halves.
  const std::string low = "vget_low_s8(vreinterpretq_s8_s16(a.val[0]))";
  const std::string high = "vreinterpretq_s8_s16(a.val[1])";
  auto emit = [&](const char *a, const char *b, const std::string &first,
                  const std::string &second) {
    writer.blank();
    auto body = writer.function(inlineOf("int32x4_t"), helper("dot"),
                                {"int32x4_t acc", a, b});
    writer.line("const int16x8_t first = " + first + ";");
    writer.line("return vpadalq_s16(acc, " + second + ");");
  };
  emit("int8x16_t a", "int8x16_t b",
       call("vmull_s8", "vget_low_s8(a)", "vget_low_s8(b)"),
       call("vmlal_high_s8", "first", "a", "b"));
  emit("int16x8x2_t a", "int8x16_t b", call("vmull_s8", low, "vget_low_s8(b)"),
       call("vmlal_high_s8", "first", high, "b"));
  emit("int16x8x2_t a", "int8x8x2_t b", call("vmull_s8", low, "b.val[0]"),
       call("vmlal_s8", "first", call("vget_low_s8", high), "b.val[1]"));
  writer.blank();
  writer.comment("Dots of one pixel with several vectors of channels. As "
                 "assembly, since compilers multiply for a whole tile before "
                 "they add, and have no registers left.");
  for (int count = 1; count <= widest; ++count)
    dotsHelper(writer, count);
}

class NeonI8mm final : public Neon {
public:
  NeonI8mm() : Neon("arm_i8mm") {}

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
}

} // namespace

const Isa *neonIsa(std::string_view level) {
  static const NeonI8mm i8mm;
  static const NeonDotprod dotprod;
  static const NeonPairs pairs;
  for (const Neon *isa :
       std::initializer_list<const Neon *>{&i8mm, &dotprod, &pairs})
    if (isa->level() == level)
      return isa;
  return nullptr;
}

} // namespace quench::kernels
