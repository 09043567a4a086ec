// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// AVX512 VNNI: VPDPBUSD on zmm, narrower registers for channel tails, byte
// masks for partial loads and stores.

#include "codegen/kernels/isa/PartialBytes.h"
#include "codegen/kernels/isa/Vnni.h"

namespace quench::kernels {

namespace {

class Avx512Vnni final : public Vnni {
public:
  explicit Avx512Vnni(int bytes)
      : Vnni("x86_avx512vnni", bytes, "dpbusd_epi32") {}

  int naturalVectors() const override { return 4; }

  std::string loadRow(std::string_view pointer, bool partial) const override {
    if (!partial)
      return loadBytes(pointer);
    return call("maskz_loadu_epi8", "keep, " + std::string(pointer));
  }

  std::string declareLastB(std::string_view channels) const override {
    const std::string mask = "__mmask" + std::to_string(vectorBytes());
    return "const " + mask + " last = (" + mask +
           ")first_bytes_x86_avx512vnni(" + std::to_string(kr()) + " * " +
           std::string(channels) + ");";
  }

  std::string loadLastB(std::string_view pointer) const override {
    return call("maskz_loadu_epi8", "last, " + std::string(pointer));
  }

  std::string declareKeep(std::string_view count) const override {
    const std::string bits = std::to_string(vectorBytes());
    return "const __mmask" + bits + " keep = (__mmask" + bits +
           ")first_bytes_x86_avx512vnni(" + std::string(count) + ");";
  }

  void helpers(CppWriter &writer) const override {
    {
      writer.blank();
      writer.comment("The low `count` bits, 0 < count <= 64.");
      auto body =
          writer.function("QUENCH_INLINE uint64_t",
                          "first_bytes_x86_avx512vnni", {"ptrdiff_t count"});
      writer.line("return ~(uint64_t)0 >> (64 - count);");
    }
    for (int bytes : {64, 32, 16}) {
      const Avx512Vnni isa(bytes);
      storePartial(writer, isa);
      if (bytes == 64) {
        for (int count : {1, 2, 3, 4})
          isa.requantizeHelper(writer, count, LaneOrder::Natural);
        isa.addCodesHelpers(writer);
        isa.wordsHelpers(writer, 1);
      }
      isa.requantizeHelper(writer, 4, LaneOrder::Interleaved);
      isa.tapWordsHelpers(writer);
      isa.interleaveTapsHelpers(writer);
    }
  }

  std::string loadPartialCodes(std::string_view pointer,
                               std::string_view count) const override {
    return call("maskz_loadu_epi8", "(__mmask64)first_bytes_x86_avx512vnni(" +
                                        std::string(count) + "), " +
                                        std::string(pointer));
  }

private:
  static void storePartial(CppWriter &writer, const Avx512Vnni &isa) {
    const std::string bytes = std::to_string(isa.vectorBytes());
    writer.blank();
    auto body = writer.function(
        "QUENCH_INLINE " + isa.attributeMacro() + " void",
        "store_partial" + bytes + "_x86_avx512vnni",
        {"int8_t *y", isa.intVector() + " codes", "ptrdiff_t count"});
    writer.line(isa.declareKeep("count"));
    writer.line(isa.call("mask_storeu_epi8", "y, keep, codes") + ";");
  }
};

} // namespace

const Isa *avx512VnniIsa(int vectorBytes) {
  static const Avx512Vnni full(64), half(32), quarter(16);
  return vectorBytes == 16 ? &quarter : vectorBytes == 32 ? &half : &full;
}

} // namespace quench::kernels
