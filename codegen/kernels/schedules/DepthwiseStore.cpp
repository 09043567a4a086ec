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
  writer.line("int8_t *to = residual ? codes : y;");
  if (wide) {
    std::vector<std::string> values;
    for (size_t v = 0; v < accs.size(); v += 2) {
      values.push_back("q" + std::to_string(v));
      const int first = int(v) * isa.lanes();
      writer.line("const " + isa.wordVector(2) + " " + values.back() + " = " +
                  isa.requantizeWords({accs[v], accs[v + 1]},
                                      first ? "mul + " + std::to_string(first)
                                            : std::string("mul")) +
                  ";");
    }
    writer.line(isa.storeTapWords("to", values, "channels"));
  } else {
    writer.line("const " + isa.codeVector(LaneOrder::Interleaved) + " q = " +
                isa.requantize(accs, "mul", LaneOrder::Interleaved) + ";");
    writer.guarded("if (whole)", isa.storeCodes("to", "q", isa.rowChannels(),
                                                LaneOrder::Interleaved));
    writer.guarded("else", isa.storePartialCodes("to", "q", "channels",
                                                 LaneOrder::Interleaved));
  }
  const std::string pixel =
      std::string("qrt_y_pixel(p)") + (wide ? " * 2" : "");
  {
    auto add = writer.block("if (residual)");
    // Helpers of a level exist at its full width.
    writer.line(addRunOf(kernel) + "(&p->add, codes, residual, y, channels);");
    writer.line("residual += " + pixel + ";");
  }
  writer.line("y += " + pixel + ";");
}
