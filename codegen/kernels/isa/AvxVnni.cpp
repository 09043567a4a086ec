// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// AVX-VNNI: VPDPBUSD in its VEX encoding, ymm and xmm, without mask registers.

#include "codegen/kernels/isa/PartialBytes.h"
#include "codegen/kernels/isa/Vnni.h"

namespace quench::kernels {

namespace {

class AvxVnni final : public Vnni {
public:
  explicit AvxVnni(int bytes)
      : Vnni("x86_avxvnni", bytes, "dpbusd_avx_epi32") {}

  int naturalVectors() const override { return 2; }

  std::string loadRow(std::string_view pointer, bool partial) const override {
    if (!partial)
      return loadBytes(pointer);
    return "load_partial" + std::to_string(vectorBytes()) + "_x86_avxvnni(" +
           std::string(pointer) + ", keep)";
  }

  std::string declareKeep(std::string_view count) const override {
    return "const ptrdiff_t keep = " + std::string(count) + ";";
  }

  void helpers(CppWriter &writer) const override {
    for (int bytes : {16, 32}) {
      const AvxVnni isa(bytes);
      loadPartialHelper(writer, isa, bytes);
      storePartialHelper(writer, isa, bytes);
      if (bytes == 32) {
        for (int count : {1, 2})
          isa.requantizeHelper(writer, count, LaneOrder::Natural);
        isa.wordsHelpers(writer, 1);
      }
      isa.requantizeHelper(writer, 4, LaneOrder::Interleaved);
      isa.tapWordsHelpers(writer);
      isa.interleaveTapsHelpers(writer);
    }
    addCodesHelpers(writer);
  }

  std::string loadPartialCodes(std::string_view pointer,
                               std::string_view count) const override {
    return loadPartial16(*this, pointer, count);
  }
};

} // namespace

const Isa *avxVnniIsa(int vectorBytes) {
  static const AvxVnni full(32), half(16);
  return vectorBytes == 16 ? &half : &full;
}

} // namespace quench::kernels
