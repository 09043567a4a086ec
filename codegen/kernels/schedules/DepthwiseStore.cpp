// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The end of a depthwise pixel.

#include "codegen/kernels/schedules/DepthwiseStore.h"

using namespace quench::kernels;

void quench::kernels::storeDepthwisePixel(
    CppWriter &writer, const Kernel &kernel, const Isa &isa,
    const std::vector<std::string> &accs) {
  const bool wide = kernel.codes.y == 16;
  const int count = int(accs.size());
  writer.line(
      "const " +
      (wide ? isa.wordVector(count) : isa.codeVector(LaneOrder::Interleaved)) +
      " q = " +
      (wide ? isa.requantizeWords(accs, "mul")
            : isa.requantize(accs, "mul", LaneOrder::Interleaved)) +
      ";");
  writer.line("int8_t *to = residual ? codes : y;");
  writer.guarded("if (whole)",
                 wide ? isa.storeWords("to", "q", count)
                      : isa.storeCodes("to", "q", isa.rowChannels(),
                                       LaneOrder::Interleaved));
  writer.guarded("else",
                 wide ? isa.storePartialWords("to", "q", count, "channels")
                      : isa.storePartialCodes("to", "q", "channels",
                                              LaneOrder::Interleaved));
  const std::string pixel = wide ? "p->in_c * 2" : "p->in_c";
  {
    auto add = writer.block("if (residual)");
    // Helpers of a level exist at its full width.
    writer.line(addRunOf(kernel) + "(&p->add, codes, residual, y, channels);");
    writer.line("residual += " + pixel + ";");
  }
  writer.line("y += " + pixel + ";");
}
