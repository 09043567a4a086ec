// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What all encodings of VPDPBUSD share. Its first factor is unsigned, so codes
// get 128 added (their top bit flipped); the packed bias takes 128 * sum(w)
// back. It never saturates: four products of u8 x s8 fit the int32 addition,
// which wraps, as does VPDPWSSD's with two of s16 x s16.

#ifndef QUENCH_CODEGEN_KERNELS_ISA_VNNI_H
#define QUENCH_CODEGEN_KERNELS_ISA_VNNI_H

#include "codegen/kernels/isa/X86.h"

namespace quench::kernels {

class Vnni : public X86 {
public:
  int kr() const override { return 4; }
  int biasA() const override { return 128; }

  std::string declareSign() const override {
    return intVector() + " sign = " + call("set1_epi8", "-128") + ";";
  }

  std::string loadA(std::string_view pointer) const override {
    return flip(splat("load_s32(" + std::string(pointer) + ")"));
  }

  std::string loadB(std::string_view pointer) const override {
    return loadBytes(pointer);
  }

  std::string dot(std::string_view acc, std::string_view a,
                  std::string_view b) const override {
    return call("dpbusd" + encoding, std::string(acc) + ", " + std::string(a) +
                                         ", " + std::string(b));
  }

  std::string dotWords(std::string_view acc, std::string_view a,
                       std::string_view b) const override {
    return call("dpwssd" + encoding, std::string(acc) + ", " + std::string(a) +
                                         ", " + std::string(b));
  }

  std::string splatRow(std::string_view code) const override {
    return call("set1_epi8", "(int8_t)" + std::string(code));
  }

  bool canShiftTaps() const override { return true; }
  std::string shiftTaps(std::string_view taps) const override {
    return call("srli_epi32", std::string(taps) + ", 8");
  }

  /// Bytes, then pairs: dword i of part L of vector j is one channel's four
  /// taps, channel 16 * L + 4 * j + i.
  void interleave(CppWriter &writer, bool activations) const override {
    const std::string type = "const " + intVector() + " ";
    if (activations)
      writer.line("const " + declareSign());
    for (const char *half : {"lo", "hi"}) {
      const std::string unpack = std::string("unpack") + half + "_epi8";
      writer.line(type + "top_" + half + " = " + call(unpack, "x0, x1") + ";");
      writer.line(type + "low_" + half + " = " + call(unpack, "x2, x3") + ";");
    }
    int j = 0;
    for (const char *half : {"lo", "hi"})
      for (const char *unpack : {"unpacklo_epi16", "unpackhi_epi16"}) {
        const std::string operands =
            std::string("top_") + half + ", low_" + half;
        const std::string taps = call(unpack, operands);
        writer.line(type + "c" + std::to_string(j) + " = " +
                    (activations ? flip(taps) : taps) + ";");
        ++j;
      }
  }

protected:
  /// \param encoding  the end of the names of its dots.
  Vnni(std::string_view level, int bytes, std::string_view encoding)
      : X86(level, bytes, true), encoding(encoding) {}

  /// x + 128 of every byte.
  std::string flip(const std::string &value) const {
    return call("xor_si" + std::to_string(vectorBytes() * 8), value + ", sign");
  }

private:
  std::string encoding;
};

} // namespace quench::kernels

#endif // QUENCH_CODEGEN_KERNELS_ISA_VNNI_H
