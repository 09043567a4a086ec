// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The end of a depthwise pixel.

#include "codegen/kernels/schedules/DepthwiseStore.h"

using namespace quench::kernels;

void quench::kernels::storeDepthwisePixel(
    CppWriter &writer, const Kernel &kernel, const Isa &isa,
    const std::vector<std::string> &accs) {
  writer.line("const " + isa.codeVector(LaneOrder::Interleaved) + " q = " +
              isa.requantize(accs, "mul", LaneOrder::Interleaved) + ";");
  writer.line("int8_t *to = residual ? codes : y;");
  writer.guarded("if (whole)", isa.storeCodes("to", "q", isa.rowChannels(),
                                              LaneOrder::Interleaved));
  writer.guarded("else", isa.storePartialCodes("to", "q", "channels",
                                               LaneOrder::Interleaved));
  {
    auto add = writer.block("if (residual)");
    // Helpers of a level exist at its full width.
    writer.line(isaOf(kernel).helper("add_run") +
                "(&p->add, codes, residual, y, channels);");
    writer.line("residual += p->in_c;");
  }
  writer.line("y += p->in_c;");
}
