// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Images, and blocks of channels in the narrowest registers that hold them.

#include "codegen/kernels/schedules/DepthwiseBlocks.h"

#include "codegen/kernels/schedules/DepthwiseWeights.h"

namespace quench::kernels {

static std::string number(int64_t value) { return std::to_string(value); }

bool fitsDepthwiseBlocks(const Kernel &kernel, const Problem &problem, int size,
                         std::string *why) {
  const auto *conv = std::get_if<qrt_conv2d>(&problem.params);
  if (problem.op != Op::Conv2D || !conv)
    return decline(why, "another op");
  if (conv->groups != conv->in_c || conv->out_c != conv->in_c)
    return decline(why, "not depthwise");
  if (conv->kernel_h != size || conv->kernel_w != size)
    return decline(why, "kernel " + number(conv->kernel_h) + "x" +
                            number(conv->kernel_w) + ", wants " + number(size) +
                            "x" + number(size));
  if (conv->stride_w > 2 || conv->dilation_w != 1)
    return decline(why, "wants horizontal stride 1 or 2, dilation 1");
  if (conv->pad_top < 0 || conv->pad_left < 0)
    return decline(why, "negative padding");
  if (conv->filter_zero != 0)
    return decline(why, "filter zero point is not 0");
  if (problem.hasResidual)
    return decline(why, "adds no residual");
  return fitsDots(kernel, problem, why);
}

void storeDepthwiseBlock(CppWriter &writer, const Isa &isa,
                         const std::vector<std::string> &accs,
                         const std::string &y) {
  writer.line("const " + isa.codeVector(LaneOrder::Interleaved) + " q = " +
              isa.requantize(accs, "mul", LaneOrder::Interleaved) + ";");
  writer.guarded("if (whole)", isa.storeCodes(y, "q", isa.rowChannels(),
                                              LaneOrder::Interleaved));
  writer.guarded("else", isa.storePartialCodes(y, "q", "channels",
                                               LaneOrder::Interleaved));
  writer.line(y + " += y_pixel;");
}

std::string depthwiseBlock(const Kernel &kernel, const Isa &isa, int stride) {
  return kernel.inner + "_" + number(isa.rowChannels()) + "_stride" +
         number(stride);
}

void emitDepthwiseBlocks(CppWriter &writer, const Kernel &kernel) {
  const Isa &isa = isaOf(kernel);
  const std::string weights = declareDepthwiseWeights(writer, kernel);
  auto images = writer.block("for (int32_t n = 0; n < p->batch; ++n)");
  auto blocks = writer.block("for (int32_t c = 0; c < p->in_c; c += " +
                             number(isa.rowChannels()) + ")");
  writer.line("const ptrdiff_t in = (ptrdiff_t)n * p->in_h * p->in_w * "
              "qrt_x_pixel(p) + c;");
  writer.line("const ptrdiff_t out = (ptrdiff_t)n * p->out_h * p->out_w * "
              "qrt_y_pixel(p) + c;");
  writer.line("const int32_t left = p->in_c - c;");
  writer.line("const int8_t *w = " + weights + " + c * taps;");
  const std::string full = number(isa.rowChannels());
  writer.line("const int32_t channels = left < " + full + " ? left : " + full +
              ";");
  auto choose = [&](const Isa &width) {
    return "p->stride_w == 1 ? " + depthwiseBlock(kernel, width, 1) + " : " +
           depthwiseBlock(kernel, width, 2) + ";";
  };
  writer.line("auto *block = " + choose(isa));
  for (int bytes = isa.vectorBytes() / 2; bytes >= 16; bytes /= 2) {
    const Isa &narrow = isa.atWidth(bytes);
    writer.guarded("if (left <= " + number(narrow.rowChannels()) + ")",
                   "block = " + choose(narrow));
  }
  writer.line("block(p, x + in, w, bias, mul, c, y + out, channels, scratch);");
}

} // namespace quench::kernels
