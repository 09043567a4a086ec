// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The 36 matrix products of Winograd.h, tiles x channels over pairs of input
// channels, in register tiles of the kernel's mr rows and, for the last rows,
// of a third of them. Rows of V are a vector apart, so that one register has
// the addresses of all.

#include "codegen/kernels/schedules/Winograd.h"

namespace quench::kernels::winograd {

static std::string number(int64_t value) { return std::to_string(value); }

static std::string productName(const Kernel &kernel, int rows, int vectors) {
  return kernel.inner + "_product_" + number(rows) + "x" +
         number(vectors * isaOf(kernel).lanes());
}

static std::string accumulator(int i, int j) {
  return "c" + number(i) + "_" + number(j);
}

/// Vector j of U of a step.
static std::string weights(const Isa &isa, int j) {
  return isa.loadWordVector(j ? "u + " + number(j * isa.vectorBytes())
                              : std::string("u"));
}

/// Steps of pairs one after the other.
static void emitSteps(CppWriter &writer, const Isa &isa, int nr, int rows,
                      int vectors) {
  const std::string words = number(isa.lanes()),
                    row = number(isa.vectorBytes());
  auto slices =
      writer.block("for (; steps > 0; steps -= " + words + ", v += slice)");
  writer.line("const ptrdiff_t end = steps < " + words +
              " ? 4 * steps : " + row + ";");
  auto loop = writer.block("for (ptrdiff_t k = 0; k < end; k += 4)");
  for (int j = 0; j < vectors; ++j)
    writer.line("const " + isa.wordsVector() + " b" + number(j) + " = " +
                weights(isa, j) + ";");
  writer.line(isa.wordsVector() + " a;");
  for (int i = 0; i < rows; ++i) {
    const std::string tile = "v + " + number(i * isa.vectorBytes());
    writer.line("a = " + isa.splatWordPair(tile + " + k") + ";");
    for (int j = 0; j < vectors; ++j) {
      const std::string acc = accumulator(i, j);
      writer.line(acc + " = " + isa.dotWords(acc, "a", "b" + number(j)) + ";");
      writer.line(isa.keepInRegister(acc));
    }
  }
  writer.line("u += " + number(4 * nr) + ";");
}

/// A whole slice at a time: dots take pairs by lane.
static void emitLaneSteps(CppWriter &writer, const Isa &isa, int nr, int rows,
                          int vectors) {
  const std::string words = number(isa.lanes());
  auto slices = writer.block("for (; steps >= " + words +
                             "; steps -= " + words + ", v += slice)");
  for (int i = 0; i < rows; ++i)
    writer.line("const " + isa.wordsVector() + " a" + number(i) + " = " +
                isa.loadWordVector("v + " + number(i * isa.vectorBytes())) +
                ";");
  writer.line(isa.wordsVector() + " b;");
  for (int lane = 0; lane < isa.lanes(); ++lane) {
    for (int j = 0; j < vectors; ++j) {
      writer.line("b = " + weights(isa, j) + ";");
      for (int i = 0; i < rows; ++i) {
        const std::string acc = accumulator(i, j);
        writer.line(acc + " = " +
                    isa.dotWordsLane(acc, "a" + number(i), "b", lane) + ";");
        writer.line(isa.keepInRegister(acc));
      }
    }
    writer.line("u += " + number(4 * nr) + ";");
  }
}

/// m[i][point] (+)= V[i] * U for `rows` tiles.
static void emitProduct(CppWriter &writer, const Kernel &kernel, int rows,
                        int vectors) {
  const Isa &isa = isaOf(kernel);
  const int nr = kernel.tile.nr;
  auto at = [&](int i, int j) {
    return "m + " + number(i * points * nr + j * isa.lanes());
  };
  const std::string type = isa.intVector() + " ";
  writer.blank();
  auto body =
      writer.function("static " + isa.attributeMacro() + " void",
                      productName(kernel, rows, vectors),
                      {"const int8_t *v", "ptrdiff_t slice", "const int8_t *u",
                       "ptrdiff_t steps", "bool add", "int32_t *m"});
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < vectors; ++j)
      writer.line(type + accumulator(i, j) + " = " + isa.zeroAcc() + ";");
  {
    auto sums = writer.block("if (add)");
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < vectors; ++j)
        writer.line(accumulator(i, j) + " = " + isa.loadAcc(at(i, j)) + ";");
  }
  if (isa.hasWordLanes())
    emitLaneSteps(writer, isa, nr, rows, vectors);
  emitSteps(writer, isa, nr, rows, vectors);
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < vectors; ++j)
      writer.line(isa.storeAcc(at(i, j), accumulator(i, j)) + ";");
}

void emitProducts(CppWriter &writer, const Kernel &kernel) {
  const Isa &isa = isaOf(kernel);
  const int nr = kernel.tile.nr, lanes = isa.lanes();
  const int mr = kernel.tile.mr, few = fewRows(kernel);
  for (int rows : {mr, few})
    for (int v = nr / lanes; v > 0; --v)
      emitProduct(writer, kernel, rows, v);
  writer.blank();
  auto body = writer.function(
      "static " + isa.attributeMacro() + " void", kernel.inner + "_products",
      {"const int8_t *v", "ptrdiff_t stride", "const int8_t *u",
       "ptrdiff_t steps", "bool add", "ptrdiff_t count", "int32_t channels",
       "int32_t *m", "const int8_t *next"});
  writer.line("const ptrdiff_t slice = " + number(points) + " * stride;");
  writer.comment("Of the next filters, which are as many: bytes a point.");
  writer.line("const ptrdiff_t share = steps * channels * " +
              number(2 * taps * taps) + " / " + number(points) + ";");
  auto all = writer.block("for (int point = 0; point < " + number(points) +
                          "; ++point)");
  writer.line("const int8_t *a = v + point * stride;");
  writer.line("const int8_t *b = u + point * (steps * " + number(4 * nr) +
              " + " + number(gap) + ");");
  writer.line("int32_t *c = m + point * " + number(nr) + ";");
  writer.guarded("for (ptrdiff_t i = 0; i < share; i += 64)",
                 "__builtin_prefetch(next + point * share + i, 0, 2);");
  writer.line("ptrdiff_t rows;");
  auto loop =
      writer.block("for (ptrdiff_t left = count; left > 0; left -= rows)");
  auto calls = [&](int rows) {
    writer.line("rows = " + number(rows) + ";");
    for (int v = nr / lanes; v > 0; --v) {
      const std::string call =
          productName(kernel, rows, v) + "(a, slice, b, steps, add, c);";
      const std::string least = "(channels > " + number((v - 1) * lanes) + ")";
      if (nr == lanes)
        writer.line(call);
      else
        writer.guarded(v == nr / lanes ? "if " + least
                       : v > 1         ? "else if " + least
                                       : std::string("else"),
                       call);
    }
  };
  {
    auto many = writer.block("if (left > " + number(mr - few) + ")");
    calls(mr);
  }
  {
    auto rest = writer.block("else");
    calls(few);
  }
  writer.line("a += rows * " + number(isa.vectorBytes()) + ";");
  writer.line("c += rows * " + number(points * nr) + ";");
}

} // namespace quench::kernels::winograd
