// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Max and average pooling: windows clipped once an output pixel, channels in
// vectors. Channels that do not fill a vector are computed one by one.

#include "codegen/kernels/schedules/Schedule.h"

namespace quench::kernels {

namespace {

std::string number(int64_t value) { return std::to_string(value); }

class Pool : public Schedule {
public:
  bool accepts(const Kernel &kernel, const Problem &problem,
               std::string *why) const override {
    if (problem.op != kernel.op)
      return decline(why, "another op");
    const auto &pool = std::get<qrt_pool2d>(problem.params);
    if (pool.channels < smallest(kernel))
      return decline(why, number(pool.channels) +
                              " channels, fewer than a vector of " +
                              number(smallest(kernel)));
    return true;
  }

  unsigned helpers(const Kernel &) const override {
    return HelperBytes | HelperVerbs | HelperWindow;
  }

protected:
  virtual int smallest(const Kernel &kernel) const = 0;

  static std::string type(int bits) { return "int" + number(bits) + "_t"; }
  static std::vector<std::string> parameters(const Codes &codes) {
    return {"const qrt_pool2d *p", "const " + type(codes.a) + " *x",
            type(codes.y) + " *y"};
  }
  static std::string tap(const Codes &codes) {
    return "const " + type(codes.a) + " *tap = x + " + tapOffset + ";";
  }

  /// Opens the loops over output pixels: `rows`, `cols` are the taps inside and
  /// `window` points at tap (0, 0), which may lie outside.
  static void emitPixelHead(CppWriter &writer) {
    writer.line("const int32_t iw = ow * p->stride_w - p->pad_left;");
    writer.line("const clipped_taps cols = clip_taps(iw, p->dilation_w, "
                "p->kernel_w, p->in_w);");
    writer.line("const ptrdiff_t origin = ((ptrdiff_t)ih * p->in_w + iw) * "
                "x_pixel;");
  }

  static void emitRowHead(CppWriter &writer) {
    writer.line("const int32_t ih = oh * p->stride_h - p->pad_top;");
    writer.line("const clipped_taps rows = clip_taps(ih, p->dilation_h, "
                "p->kernel_h, p->in_h);");
  }

  static void emitStrides(CppWriter &writer) {
    writer.line("const ptrdiff_t x_pixel = qrt_pixel(p->channels, p->x_gap);");
    writer.line("const ptrdiff_t y_pixel = qrt_pixel(p->channels, p->y_gap);");
    writer.line("const ptrdiff_t image = p->in_h * (p->in_w * x_pixel);");
    writer.line("const ptrdiff_t row = p->dilation_h * (p->in_w * x_pixel);");
    writer.line("const ptrdiff_t column = p->dilation_w * x_pixel;");
  }

  static constexpr const char *imageLoop =
      "for (int32_t n = 0; n < p->batch; ++n, x += image)";
  static constexpr const char *rowLoop =
      "for (int32_t oh = 0; oh < p->out_h; ++oh)";
  static constexpr const char *pixelLoop =
      "for (int32_t ow = 0; ow < p->out_w; ++ow, y += y_pixel)";
  static constexpr const char *tapRows =
      "for (int32_t kh = rows.first; kh < rows.last; ++kh)";
  static constexpr const char *tapColumns =
      "for (int32_t kw = cols.first; kw < cols.last; ++kw)";
  static constexpr const char *tapOffset =
      "(origin + kh * row + kw * column + c)";
};

class MaxPool final : public Pool {
  /// Channels in 16 bytes.
  int smallest(const Kernel &kernel) const override {
    return 128 / kernel.codes.a;
  }

  double cost(const Kernel &kernel, const Problem &problem,
              const targets::Target &) const override {
    const auto &p = std::get<qrt_pool2d>(problem.params);
    const Isa &isa = isaOf(kernel);
    const double pixels = double(p.batch) * p.out_h * p.out_w;
    const double taps = double(p.kernel_h) * p.kernel_w;
    const int bytes = p.channels * kernel.codes.a / 8;
    const double wide = double(bytes / isa.vectorBytes());
    const double small = double(divideUp(bytes % isa.vectorBytes(), 16));
    return 50 + pixels * (20 + wide * (taps * isa.vectorBytes() / 64.0 + 8) +
                          small * (taps + 8));
  }

  /// One vector of channels at `c`.
  static void emitVector(CppWriter &writer, const Isa &isa,
                         const Codes &codes) {
    const bool wide = codes.a == 16;
    const std::string lowest =
        wide ? isa.splatWord("(int16_t)p->out.min") : isa.splatByte("-128");
    writer.line(isa.operandVector() + " most = " + lowest + ";");
    {
      auto kh = writer.block(tapRows);
      auto kw = writer.block(tapColumns);
      writer.line(tap(codes));
      writer.line("most = " +
                  (wide ? isa.maxWords("most", isa.loadBytes("tap"))
                        : isa.maxBytes("most", isa.loadBytes("tap"))) +
                  ";");
    }
    writer.line(isa.storeBytes("y + c", "most") + ";");
  }

  void emit(CppWriter &writer, const Kernel &kernel,
            std::string_view linkage) const override {
    const Isa &isa = isaOf(kernel);
    const std::string small = number(smallest(kernel));
    const std::string step = number(isa.vectorBytes() * 8 / kernel.codes.a);
    writer.comment(kernel.symbol +
                   "\n\ny = the largest code of the window; padding never "
                   "wins.\n\nShapes   x: batch x in_h x in_w x channels, y: "
                   "batch x out_h x out_w x channels, gaps between pixels.\n"
                   "Tails    channels: vectors of " +
                   small +
                   ", the last one "
                   "moved back to end with the pixel.\nReads    x exactly; "
                   "wants at least " +
                   small + " channels.");
    auto body = writer.function(entryPrefix(kernel, linkage), kernel.symbol,
                                parameters(kernel.codes));
    emitStrides(writer);
    auto images = writer.block(imageLoop);
    auto rows = writer.block(rowLoop);
    emitRowHead(writer);
    auto pixels = writer.block(pixelLoop);
    emitPixelHead(writer);
    writer.line("int32_t c = 0;");
    {
      auto loop = writer.block("for (; c + " + step +
                               " <= p->channels; c += " + step + ")");
      emitVector(writer, isa, kernel.codes);
    }
    auto loop = writer.block("for (; c < p->channels; c += " + small + ")");
    writer.guarded("if (c > p->channels - " + small + ")",
                   "c = p->channels - " + small + ";");
    emitVector(writer, isa.atWidth(16), kernel.codes);
  }
};

class AvgPool final : public Pool {
  int smallest(const Kernel &kernel) const override {
    return isaOf(kernel).lanes();
  }

  double cost(const Kernel &kernel, const Problem &problem,
              const targets::Target &) const override {
    const auto &p = std::get<qrt_pool2d>(problem.params);
    const Isa &isa = isaOf(kernel);
    const double pixels = double(p.batch) * p.out_h * p.out_w;
    const double taps = double(p.kernel_h) * p.kernel_w;
    const double vectors = double(p.channels / isa.lanes());
    const double rest = double(p.channels % isa.lanes());
    return 50 + pixels * (40 + vectors * taps * isa.vectorBytes() / 32.0 +
                          outputCycles(kernel, vectors * isa.lanes()) +
                          rest * (taps + 8));
  }

  static void emitVectors(CppWriter &writer, const Isa &isa, int vectors,
                          const Codes &codes) {
    const int step = vectors * isa.lanes();
    auto loop = writer.block("for (; c + " + number(step) +
                             " <= p->channels; c += " + number(step) + ")");
    std::vector<std::string> accs;
    for (int v = 0; v < vectors; ++v) {
      accs.push_back("c" + number(v));
      writer.line(isa.intVector() + " c" + number(v) + " = start;");
    }
    {
      auto kh = writer.block(tapRows);
      auto kw = writer.block(tapColumns);
      writer.line(tap(codes));
      for (int v = 0; v < vectors; ++v) {
        const std::string offset = v ? " + " + number(v * isa.lanes()) : "";
        writer.line("const " + isa.intVector() + " x" + number(v) + " = " +
                    isa.widen("tap" + offset, codes.a) + ";");
        writer.line(accs[size_t(v)] + " = " +
                    isa.add(accs[size_t(v)], "x" + number(v)) + ";");
      }
    }
    if (codes.y == 16) {
      for (int v = 0; v < vectors; ++v) {
        const std::string at = v ? " + " + number(v * isa.lanes()) : "";
        writer.line(isa.storeWords(
            "y + c" + at, isa.requantizeWords({accs[size_t(v)]}, "mul"), 1));
      }
      return;
    }
    writer.line("const " + isa.codeVector(LaneOrder::Natural) + " q = " +
                isa.requantize(accs, "mul", LaneOrder::Natural) + ";");
    writer.line(isa.storeCodes("y + c", "q", step, LaneOrder::Natural));
  }

  void emit(CppWriter &writer, const Kernel &kernel,
            std::string_view linkage) const override {
    const Isa &isa = isaOf(kernel);
    const std::string lanes = number(isa.naturalVectors() * isa.lanes());
    writer.comment(kernel.symbol +
                   "\n\ny = requantize(sum (x - in_zero), in_scale / "
                   "(out_scale * count)) over the taps inside\n\nShapes   x: "
                   "batch x in_h x in_w x channels, y: batch x out_h x out_w x "
                   "channels, gaps between pixels.\nTails    "
                   "channels: one vector, then one by one.\nReads    x "
                   "exactly.");
    auto body = writer.function(entryPrefix(kernel, linkage), kernel.symbol,
                                parameters(kernel.codes));
    emitStrides(writer);
    if (kernel.codes.y == 16)
      isa.declareWordOutput(writer, "p->out");
    else
      isa.declareOutput(writer, "p->out");
    writer.line("float mul[" + lanes + "];");
    auto images = writer.block(imageLoop);
    auto rows = writer.block(rowLoop);
    emitRowHead(writer);
    auto pixels = writer.block(pixelLoop);
    emitPixelHead(writer);
    writer.line(
        "const int32_t inside = (rows.last - rows.first) * (cols.last - "
        "cols.first);");
    writer.line("int32_t count = inside;");
    {
      auto padded = writer.block("if (p->count_include_pad)");
      writer.line("const clipped_taps high = clip_taps(oh * p->stride_h, "
                  "p->dilation_h, p->kernel_h, p->padded_h);");
      writer.line("const clipped_taps wide = clip_taps(ow * p->stride_w, "
                  "p->dilation_w, p->kernel_w, p->padded_w);");
      writer.line("count = (high.last - high.first) * (wide.last - "
                  "wide.first);");
    }
    writer.line("const float divisor = p->out_scale * (float)(count < 1 ? 1 : "
                "count);");
    writer.guarded("for (int32_t j = 0; j < " + lanes + "; ++j)",
                   "mul[j] = p->in_scale / divisor;");
    writer.line("const int32_t shift = -p->in_zero * inside;");
    writer.line("const " + isa.intVector() + " start = " + isa.splat("shift") +
                ";");
    writer.line("int32_t c = 0;");
    for (int vectors : {isa.naturalVectors(), 1})
      emitVectors(writer, isa, vectors, kernel.codes);
    auto rest = writer.block("for (; c < p->channels; ++c)");
    writer.line("int32_t sum = shift;");
    {
      auto kh = writer.block(tapRows);
      writer.guarded(tapColumns, std::string("sum += x[") + tapOffset + "];");
    }
    writer.line("y[c] = (" + type(kernel.codes.y) +
                ")qrt_requantize(sum, mul[0], p->out.zero, p->out.min, "
                "p->out.max);");
  }
};

} // namespace

const Schedule &maxPoolSchedule() {
  static const MaxPool schedule;
  return schedule;
}

const Schedule &avgPoolSchedule() {
  static const AvgPool schedule;
  return schedule;
}

} // namespace quench::kernels
