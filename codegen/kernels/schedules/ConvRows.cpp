// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// conv_rows: the padded copy of a panel's input rows, as ConvTile's `rows` form
// reads it.

#include "codegen/kernels/schedules/Schedule.h"

namespace quench::kernels {

/// Bytes in the copy for one in the input: 2 where codes are widened to int16.
/// Codes that are int16 already count as pairs of bytes.
static int growth(const Isa &isa) {
  return isa.activationBytes() / isa.inputBytes();
}

/// `y` gets `count` codes of x, as bytes or as int16.
static void emitGatherRun(CppWriter &writer, const Isa &isa) {
  const std::string bytes = std::to_string(isa.vectorBytes());
  writer.blank();
  auto body =
      writer.function("QUENCH_INLINE " + isa.attributeMacro() + " void",
                      isa.helper("gather_run"),
                      {"int8_t *y", "const int8_t *x", "ptrdiff_t count"});
  writer.line("ptrdiff_t i = 0;");
  if (growth(isa) == 1) {
    writer.guarded("for (; i + " + bytes + " <= count; i += " + bytes + ")",
                   isa.storeBytes("y + i", isa.loadBytes("x + i")) + ";");
    writer.line("copy_bytes(y + i, x + i, count - i);");
    return;
  }
  const std::string half = std::to_string(isa.vectorBytes() / 2);
  {
    auto loop =
        writer.block("for (; i + " + half + " <= count; i += " + half + ")");
    writer.line("const " + isa.operandVector() +
                " wide = " + isa.loadRow("x + i", false) + ";");
    writer.line(isa.storeBytes("y + 2 * i", "wide") + ";");
  }
  auto rest = writer.block("for (; i < count; ++i)");
  writer.line("const int16_t wide = x[i];");
  writer.line("__builtin_memcpy(y + 2 * i, &wide, 2);");
}

static void emitPadRun(CppWriter &writer, const Isa &isa) {
  const int bytes = isa.vectorBytes(), size = growth(isa);
  const std::string step = std::to_string(bytes / size);
  const std::string scale = size == 1 ? "i" : std::to_string(size) + " * i";
  writer.blank();
  auto body = writer.function("QUENCH_INLINE " + isa.attributeMacro() + " void",
                              isa.helper("pad_run"),
                              {"int8_t *y", "int32_t code", "ptrdiff_t count"});
  writer.line("const " + isa.operandVector() +
              " codes = " + isa.splatRow("code") + ";");
  writer.line("ptrdiff_t i = 0;");
  writer.guarded("for (; i + " + step + " <= count; i += " + step + ")",
                 isa.storeBytes("y + " + scale, "codes") + ";");
  if (size == 1) {
    writer.guarded("for (; i < count; ++i)", "y[i] = (int8_t)code;");
    return;
  }
  writer.line("const int16_t wide = (int16_t)code;");
  writer.guarded("for (; i < count; ++i)",
                 "__builtin_memcpy(y + 2 * i, &wide, 2);");
}

void emitConvRows(CppWriter &writer, const Isa &isa) {
  emitGatherRun(writer, isa);
  emitPadRun(writer, isa);
  writer.blank();
  writer.comment(
      "Copies the window `w` of one image; outside it holds in_zero.");
  auto body = writer.function("[[maybe_unused]] static " +
                                  isa.attributeMacro() + " void",
                              isa.helper("conv_rows"),
                              {"const qrt_conv2d *p", "const conv_window *w",
                               "const int8_t *x", "int8_t *copy"});
  const std::string size =
      growth(isa) == 1 ? "" : " * " + std::to_string(growth(isa));
  writer.line("const ptrdiff_t pixel = p->in_c;");
  writer.comment("Columns before the input, and before its right edge.");
  writer.line("int32_t left = w->column < 0 ? -w->column : 0;");
  writer.guarded("if (left > w->columns)", "left = w->columns;");
  writer.line("int32_t right = p->in_w - w->column;");
  writer.guarded("if (right > w->columns)", "right = w->columns;");
  writer.guarded("if (right < left)", "right = left;");
  writer.line("const ptrdiff_t bytes = w->columns * pixel" + size + ";");
  auto rows =
      writer.block("for (int32_t r = 0; r < w->rows; ++r, copy += bytes)");
  writer.line("const int32_t ih = w->row + r;");
  {
    auto outside = writer.block("if (ih < 0 || ih >= p->in_h)");
    writer.line(isa.helper("pad_run") +
                "(copy, p->in_zero, w->columns * pixel);");
    writer.line("continue;");
  }
  writer.line("const int8_t *from = x + ((ptrdiff_t)ih * p->in_w + w->column + "
              "left) * qrt_x_pixel(p);");
  writer.line(isa.helper("pad_run") + "(copy, p->in_zero, left * pixel);");
  const std::string gather = isa.helper("gather_run");
  writer.guarded("if (p->x_gap == 0)", gather + "(copy + left * pixel" + size +
                                           ", from, (right - left) * pixel);");
  {
    auto apart = writer.block("else");
    writer.guarded("for (int32_t i = left; i < right; ++i, from += "
                   "qrt_x_pixel(p))",
                   gather + "(copy + i * pixel" + size + ", from, pixel);");
  }
  writer.line(isa.helper("pad_run") + "(copy + right * pixel" + size +
              ", p->in_zero, (w->columns - right) * pixel);");
}

} // namespace quench::kernels
