// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ARM processors without dots: SMULL, SMLAL2 and SADALP. A vector of weights
// has the first two products of its four channels, then the other two, so that
// sums of two are in 16 bits before they are added in pairs. Two products are
// at most 2 * 128 * 127: no weight may be -128.
//   arm_neon    AArch64.
//   armv7_neon  32-bit: half as many registers, and without what AArch64 added.

#include "codegen/kernels/isa/Neon.h"

namespace quench::kernels {

using neon::call;
using neon::text;

namespace {

class NeonPairs : public Neon {
public:
  explicit NeonPairs(std::string_view level, bool near = false)
      : Neon(level, 1, near) {}

  bool hasNear() const override { return true; }
  const Isa &nearResults() const override {
    return hasNear() ? armNeonIsa(true) : *this;
  }
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
  void dotsOfTaps(CppWriter &writer, const std::vector<std::string> &accs,
                  const std::vector<std::string> &taps,
                  const std::vector<std::string> &weights) const override;

  /// One dot as assembly: its three instructions, of operands named low, high
  /// (activations), t, c and b with the vector's number; the last vector of
  /// weights is two halves, b and rest.
  struct DotLines {
    std::string lines[3];
  };

protected:
  virtual DotLines dotLines(int number, bool isLast) const;
  /// The same of operands named c, t, a and b, with the vector's number.
  virtual DotLines tapLines(int number) const;
  /// The first two activations of loadA()'s `a`, four times, or the other two.
  virtual std::string activations(int half) const {
    return call("vget_low_s8",
                "vreinterpretq_s8_s16(a.val[" + text(half) + "])");
  }
  /// `first` and the products of the other two with the upper half of `b`.
  virtual std::string highProducts() const {
    return call("vmlal_high_s8", "first", "vreinterpretq_s8_s16(a.val[1])",
                "b");
  }

private:
  /// Most vectors that dotsHelper() takes: of more, there are few pixels, and
  /// compilers have the registers.
  static constexpr int widest = 4;
  void dotHelpers(CppWriter &writer) const override;
  void dotsHelper(CppWriter &writer, int count) const;
  void tapsHelper(CppWriter &writer) const;
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

NeonPairs::DotLines NeonPairs::dotLines(int number, bool isLast) const {
  const std::string n = text(number), t = "%[t" + n + "].8h, ";
  return {
      {"smull " + t + "%[low].8b, %[b" + n + "].8b",
       isLast ? "smlal " + t + "%[high].8b, %[rest].8b"
              : "smlal2 " + t + "%[high].16b, %[b" + n + "].16b",
       "sadalp %[c" + n + "].4s, %[t" + n + "].8h"}
  };
}

NeonPairs::DotLines NeonPairs::tapLines(int number) const {
  const std::string n = text(number), t = "%[t" + n + "].8h, ";
  return {
      {"smull " + t + "%[a" + n + "].8b, %[b" + n + "].8b",
       "smlal2 " + t + "%[a" + n + "].16b, %[b" + n + "].16b",
       "sadalp %[c" + n + "].4s, %[t" + n + "].8h"}
  };
}

/// A statement of assembly: the lines of several vectors, the first of each
/// before the second ones. Adds to c<i>, writes t<i> early.
static void writeAssembly(CppWriter &writer,
                          const std::vector<NeonPairs::DotLines> &vectors,
                          const std::string &inputs) {
  std::string temporaries, outputs;
  for (size_t j = 0; j < vectors.size(); ++j) {
    const std::string n = text(int(j));
    temporaries += (j ? ", t" : "t") + n;
    outputs += (j ? ", [c" : "[c") + n + "] \"+w\"(c" + n + "), [t" + n +
               "] \"=&w\"(t" + n + ")";
  }
  writer.line("int16x8_t " + temporaries + ";");
  writer.line("__asm__(");
  for (size_t phase = 0; phase < 3; ++phase)
    for (const NeonPairs::DotLines &dot : vectors)
      writer.line("    \"" + dot.lines[phase] + "\\n\\t\"");
  writer.line("    : " + outputs);
  writer.line("    : " + inputs);
  writer.line("    : \"memory\");");
}

static std::vector<std::string> accumulatorParameters(int count) {
  std::vector<std::string> parameters;
  for (int j = 0; j < count; ++j)
    parameters.push_back("int32x4_t &c" + text(j));
  return parameters;
}

void NeonPairs::dotsHelper(CppWriter &writer, int count) const {
  std::vector<std::string> parameters = accumulatorParameters(count);
  parameters.push_back(activationVector() + " a");
  for (int j = 0; j < count; ++j)
    parameters.push_back((j + 1 < count ? "int8x16_t b" : "int8x8x2_t b") +
                         text(j));
  writer.blank();
  auto body = writer.function(inlineOf("void"), helper("dots" + text(count)),
                              parameters);
  std::string inputs = "[low] \"w\"(a.val[0]), [high] \"w\"(a.val[1])";
  std::vector<DotLines> lines;
  for (int j = 0; j < count; ++j) {
    const std::string n = text(j);
    const bool last = j + 1 == count;
    inputs += ", [b" + n + "] \"w\"(b" + n + (last ? ".val[0])" : ")");
    lines.push_back(dotLines(j, last));
  }
  inputs += ", [rest] \"w\"(b" + text(count - 1) + ".val[1])";
  writeAssembly(writer, lines, inputs);
}

void NeonPairs::dotsOfTaps(CppWriter &writer,
                           const std::vector<std::string> &accs,
                           const std::vector<std::string> &taps,
                           const std::vector<std::string> &weights) const {
  std::string arguments;
  for (const auto *operands : {&accs, &taps, &weights})
    for (const std::string &one : *operands)
      arguments += (arguments.empty() ? "" : ", ") + one;
  writer.line(call(helper("dots_of_taps"), arguments) + ";");
}

void NeonPairs::tapsHelper(CppWriter &writer) const {
  const int count = interleavedVectors();
  std::vector<std::string> parameters = accumulatorParameters(count);
  std::string inputs;
  std::vector<DotLines> lines;
  for (const char *name : {"a", "b"})
    for (int j = 0; j < count; ++j) {
      const std::string operand = name + text(j);
      parameters.push_back("int8x16_t " + operand);
      inputs +=
          (inputs.empty() ? "[" : ", [") + operand + "] \"w\"(" + operand + ")";
    }
  for (int j = 0; j < count; ++j)
    lines.push_back(tapLines(j));
  writer.blank();
  auto body =
      writer.function(inlineOf("void"), helper("dots_of_taps"), parameters);
  writeAssembly(writer, lines, inputs);
}

void NeonPairs::dotHelpers(CppWriter &writer) const {
  auto emit = [&](std::string_view a, std::string_view b,
                  const std::string &first, const std::string &second) {
    writer.blank();
    auto body = writer.function(
        inlineOf("int32x4_t"), helper("dot"),
        {"int32x4_t acc", std::string(a) + " a", std::string(b) + " b"});
    writer.line("const int16x8_t first = " + first + ";");
    writer.line("return vpadalq_s16(acc, " + second + ");");
  };
  emit("int8x16_t", "int8x16_t",
       call("vmull_s8", "vget_low_s8(a)", "vget_low_s8(b)"),
       call(v8("vmlal_high_s8"), "first", "a", "b"));
  const std::string low = activations(0), high = activations(1);
  emit(activationVector(), "int8x16_t", call("vmull_s8", low, "vget_low_s8(b)"),
       highProducts());
  emit(activationVector(), "int8x8x2_t", call("vmull_s8", low, "b.val[0]"),
       call("vmlal_s8", "first", high, "b.val[1]"));
  writer.blank();
  writer.comment("Dots of one pixel with several vectors of channels. As "
                 "assembly, since compilers multiply for a whole tile before "
                 "they add, and have no registers left.");
  for (int count = 1; count <= widest; ++count)
    dotsHelper(writer, count);
  tapsHelper(writer);
}

class Armv7Neon final : public NeonPairs {
public:
  Armv7Neon() : NeonPairs("armv7_neon") {}

  std::string activationVector() const override { return "int16x4x2_t"; }
  std::string loadA(std::string_view pointer) const override {
    return call("vld2_dup_s16", cast("const int16_t", pointer));
  }
  std::string dotWordsLane(std::string_view acc, std::string_view a,
                           std::string_view b, int lane) const override {
    const std::string four =
        call(lane < 2 ? "vget_low_s16" : "vget_high_s16", a);
    auto product = [&](std::string_view sum, const char *half, int word) {
      return call("vmlal_lane_s16", sum, call(half, b),
                  four + ", " + text(word % 4));
    };
    return product(product(acc, "vget_low_s16", 2 * lane), "vget_high_s16",
                   2 * lane + 1);
  }

private:
  bool hasNear() const override { return false; }
  std::string v8(std::string_view intrinsic) const override {
    return std::string(intrinsic) + "_armv7";
  }
  void before(CppWriter &writer) const override;
  DotLines dotLines(int number, bool isLast) const override;
  /// Sixteen registers cannot hold what assembly of all vectors names.
  void dotsOfTaps(CppWriter &writer, const std::vector<std::string> &accs,
                  const std::vector<std::string> &taps,
                  const std::vector<std::string> &weights) const override {
    Isa::dotsOfTaps(writer, accs, taps, weights);
  }
  std::string activations(int half) const override {
    return call("vreinterpret_s8_s16", "a.val[" + text(half) + "]");
  }
  std::string highProducts() const override {
    return call("vmlal_s8", "first", activations(1), "vget_high_s8(b)");
  }
};

// %q is a quadword register, %e and %f its halves, %P a doubleword register.
NeonPairs::DotLines Armv7Neon::dotLines(int number, bool isLast) const {
  const std::string n = text(number), t = "%q[t" + n + "], ";
  return {
      {"vmull.s8 " + t + "%P[low], " + (isLast ? "%P[b" : "%e[b") + n + "]",
       isLast ? "vmlal.s8 " + t + "%P[high], %P[rest]"
              : "vmlal.s8 " + t + "%P[high], %f[b" + n + "]",
       "vpadal.s16 %q[c" + n + "], %q[t" + n + "]"}
  };
}

/// What AArch64 added, by its names.
struct Substitute {
  const char *name, *result;
  std::vector<std::string> parameters;
  const char *value;
};

const std::vector<Substitute> &substitutes() {
  static const std::vector<Substitute> table = {
      {"vmovl_high_s8",
       "int16x8_t", {"int8x16_t a"},
       "vmovl_s8(vget_high_s8(a))"                       },
      {"vmovl_high_s16",
       "int32x4_t", {"int16x8_t a"},
       "vmovl_s16(vget_high_s16(a))"                     },
      {"vqmovn_high_s32",
       "int16x8_t", {"int16x4_t low", "int32x4_t a"},
       "vcombine_s16(low, vqmovn_s32(a))"                },
      {"vqmovn_high_s16",
       "int8x16_t", {"int8x8_t low", "int16x8_t a"},
       "vcombine_s8(low, vqmovn_s16(a))"                 },
      {"vmlal_high_s8",
       "int16x8_t", {"int16x8_t sum", "int8x16_t a", "int8x16_t b"},
       "vmlal_s8(sum, vget_high_s8(a), vget_high_s8(b))" },
      {"vzip1q_s8",
       "int8x16_t", {"int8x16_t a", "int8x16_t b"},
       "vzipq_s8(a, b).val[0]"                           },
      {"vzip2q_s8",
       "int8x16_t", {"int8x16_t a", "int8x16_t b"},
       "vzipq_s8(a, b).val[1]"                           },
      {"vzip1q_s64",
       "int64x2_t", {"int64x2_t a", "int64x2_t b"},
       "vcombine_s64(vget_low_s64(a), vget_low_s64(b))"  },
      {"vzip2q_s64",
       "int64x2_t", {"int64x2_t a", "int64x2_t b"},
       "vcombine_s64(vget_high_s64(a), vget_high_s64(b))"},
      {"vqtbl1_s8",
       "int8x8_t",  {"int8x16_t a", "uint8x8_t index"},
       "vtbl2_s8(int8x8x2_t{{vget_low_s8(a), vget_high_s8(a)}}, "
       "vreinterpret_s8_u8(index))"                      },
  };
  return table;
}

void Armv7Neon::before(CppWriter &writer) const {
  writer.blank();
  writer.comment("Intrinsics of AArch64, by what there is.");
  for (const Substitute &one : substitutes()) {
    writer.blank();
    auto body =
        writer.function(inlineOf(one.result), v8(one.name), one.parameters);
    writer.line("return " + std::string(one.value) + ";");
  }
  writer.blank();
  writer.comment(
      "To nearest even, between numbers that 16 bits saturate alike: "
      "1.5 * 2^23 has no bits for fractions (spec A1).");
  auto body = writer.function(inlineOf("int32x4_t"), v8("vcvtnq_s32_f32"),
                              {"float32x4_t a"});
  writer.line("const float32x4_t magic = vdupq_n_f32(12582912.0f);");
  writer.line("const float32x4_t most = vdupq_n_f32(65536.0f);");
  writer.line("a = vminq_f32(vmaxq_f32(a, vnegq_f32(most)), most);");
  writer.line("return vsubq_s32(vreinterpretq_s32_f32(vaddq_f32(a, magic)), "
              "vreinterpretq_s32_f32(magic));");
}

} // namespace

const Isa &armNeonIsa(bool near) {
  static const NeonPairs any("arm_neon"), isNear("arm_neon", true);
  return near ? isNear : any;
}

const Isa &armv7NeonIsa() {
  static const Armv7Neon isa;
  return isa;
}

} // namespace quench::kernels
