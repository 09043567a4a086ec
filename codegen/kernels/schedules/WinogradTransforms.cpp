// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The transforms of Winograd.h. Each is a 1-D transform, down the columns and
// then along the rows; lanes are channels, or pairs of channels for filters.
// The rows of B' and G are signed so that additions do; those of G for the
// points 0 and infinity carry a factor of 3, which else every output would pay.

#include "codegen/kernels/schedules/Winograd.h"

namespace quench::kernels::winograd {

namespace {

std::string number(int64_t value) { return std::to_string(value); }

enum class Verb { Add, Subtract, Quadruple };

/// `result` = a verb b; of a quadruple there is no b.
struct Step {
  const char *result;
  Verb verb;
  const char *a;
  const char *b = "";
};

// r0 = 4 d0 - 5 d2 + d4                 r5 = 4 d1 - 5 d3 + d5
// r1 = 4 d2 - d4 + (4 d1 - d3)          r2 = 4 d2 - d4 - (4 d1 - d3)
// r3 = d4 - d2 + 2 (d3 - d1)            r4 = d4 - d2 - 2 (d3 - d1)
constexpr Step inputSteps[] = {
    {"even", Verb::Subtract, "d4", "d2"},
    {"odd", Verb::Subtract, "d3", "d1"},
    {"odd2", Verb::Add, "odd", "odd"},
    {"r3", Verb::Add, "even", "odd2"},
    {"r4", Verb::Subtract, "even", "odd2"},
    {"first", Verb::Subtract, "d0", "d2"},
    {"first4", Verb::Quadruple, "first"},
    {"r0", Verb::Add, "first4", "even"},
    {"last", Verb::Subtract, "d5", "d3"},
    {"odd4", Verb::Add, "odd2", "odd2"},
    {"r5", Verb::Subtract, "last", "odd4"},
    {"d1x4", Verb::Quadruple, "d1"},
    {"a", Verb::Subtract, "d1x4", "d3"},
    {"d2x4", Verb::Quadruple, "d2"},
    {"b", Verb::Subtract, "d2x4", "d4"},
    {"r1", Verb::Add, "b", "a"},
    {"r2", Verb::Subtract, "b", "a"},
};

// r0 = 3 d0           r1 = d0 + d1 + d2      r3 = d0 + 2 d1 + 4 d2
// r5 = 3 d2           r2 = d0 - d1 + d2      r4 = d0 - 2 d1 + 4 d2
constexpr Step filterSteps[] = {
    {"twice0", Verb::Add,      "d0",     "d0"    },
    {"r0",     Verb::Add,      "twice0", "d0"    },
    {"twice2", Verb::Add,      "d2",     "d2"    },
    {"r5",     Verb::Add,      "twice2", "d2"    },
    {"outer",  Verb::Add,      "d0",     "d2"    },
    {"r1",     Verb::Add,      "outer",  "d1"    },
    {"r2",     Verb::Subtract, "outer",  "d1"    },
    {"wide",   Verb::Add,      "outer",  "r5"    },
    {"twice1", Verb::Add,      "d1",     "d1"    },
    {"r3",     Verb::Add,      "wide",   "twice1"},
    {"r4",     Verb::Subtract, "wide",   "twice1"},
};

// 24 times the outputs are 2^k r with k = 0, 1, 2, 2 (outputShifts):
// r0 = 2 d0 + 4 (d1 + d2) + (d3 + d4)   r1 = 2 (d1 - d2) + (d3 - d4)
// r2 = (d1 + d2) + (d3 + d4)            r3 = (d1 - d2) + 2 (d3 - d4) + 2 d5
constexpr Step outputSteps[] = {
    {"s",  Verb::Add,      "d1", "d2"},
    {"d",  Verb::Subtract, "d1", "d2"},
    {"t",  Verb::Add,      "d3", "d4"},
    {"u",  Verb::Subtract, "d3", "d4"},
    {"s2", Verb::Add,      "s",  "s" },
    {"a",  Verb::Add,      "d0", "s2"},
    {"a2", Verb::Add,      "a",  "a" },
    {"r0", Verb::Add,      "a2", "t" },
    {"e",  Verb::Add,      "d",  "d" },
    {"r1", Verb::Add,      "e",  "u" },
    {"r2", Verb::Add,      "s",  "t" },
    {"b",  Verb::Add,      "u",  "d5"},
    {"b2", Verb::Add,      "b",  "b" },
    {"r3", Verb::Add,      "d",  "b2"},
};
constexpr int outputShifts[] = {0, 1, 2, 2};

constexpr int shiftOf576 = 6;
/// 9 * 954437177 = 1 modulo 2^32.
constexpr int64_t inverseOf9 = 954437177;

struct Transform {
  const char *name;
  int from, to;
  bool words; ///< lanes of int16, else of int32
};

constexpr Transform input = {"input", tileIn, tileIn, true};
constexpr Transform filter = {"filter", taps, tileIn, true};
constexpr Transform output = {"output", tileIn, tileOut, false};

std::string stepText(const Isa &isa, bool words, const Step &step) {
  switch (step.verb) {
  case Verb::Add:
    return words ? isa.addWords(step.a, step.b) : isa.add(step.a, step.b);
  case Verb::Subtract:
    return words ? isa.subtractWords(step.a, step.b)
                 : isa.subtract(step.a, step.b);
  case Verb::Quadruple:
    return isa.shiftLeftWords(step.a, 2);
  }
  return "";
}

std::string vectorOf(const Isa &isa, const Transform &transform) {
  return transform.words ? isa.wordsVector() : isa.intVector();
}

/// `<inner>_<name>_1d(from, step, to)`: of vectors `step` apart.
template <size_t Count>
void emitOneDimension(CppWriter &writer, const Kernel &kernel,
                      const Transform &transform, const Step (&steps)[Count]) {
  const Isa &isa = isaOf(kernel);
  const std::string vector = vectorOf(isa, transform);
  const std::string type = "const " + vector + " ";
  writer.blank();
  auto body =
      writer.function("QUENCH_INLINE " + isa.attributeMacro() + " void",
                      kernel.inner + "_" + transform.name + "_1d",
                      {type + "*from", "ptrdiff_t step", vector + " *to"});
  for (int i = 0; i < transform.from; ++i)
    writer.line(type + "d" + number(i) + " = from[" +
                (i == 0   ? std::string("0")
                 : i == 1 ? std::string("step")
                          : number(i) + " * step") +
                "];");
  for (const Step &step : steps)
    writer.line(type + step.result + " = " +
                stepText(isa, transform.words, step) + ";");
  for (int i = 0; i < transform.to; ++i)
    writer.line("to[" + number(i) + "] = r" + number(i) + ";");
}

std::string oneDimension(const Kernel &kernel, const Transform &transform,
                         std::string_view d, int step, std::string_view r) {
  return kernel.inner + "_" + transform.name + "_1d(" + std::string(d) + ", " +
         number(step) + ", " + std::string(r) + ");";
}

/// Declares `half`, the columns transformed: `load` gives the vector of row i
/// of column c.
void emitColumns(CppWriter &writer, const Kernel &kernel,
                 const Transform &transform, std::string_view load) {
  const std::string vector = vectorOf(isaOf(kernel), transform);
  const std::string from = number(transform.from);
  writer.line(vector + " d[" + from + "], half[" + from + " * " +
              number(transform.to) + "];");
  auto columns = writer.block("for (int c = 0; c < " + from + "; ++c)");
  writer.guarded("for (int i = 0; i < " + from + "; ++i)",
                 "d[i] = " + std::string(load) + ";");
  writer.line(oneDimension(kernel, transform, "d", 1,
                           "half + " + number(transform.to) + " * c"));
}

/// Stores all points, `stride` bytes apart from `to` on.
void emitRows(CppWriter &writer, const Kernel &kernel,
              const Transform &transform, std::string_view to,
              std::string_view stride) {
  const Isa &isa = isaOf(kernel);
  writer.line(vectorOf(isa, transform) + " r[" + number(tileIn) + "];");
  auto rows = writer.block("for (int i = 0; i < " + number(tileIn) + "; ++i)");
  writer.line(oneDimension(kernel, transform, "half + i", transform.to, "r"));
  writer.guarded("for (int j = 0; j < " + number(tileIn) + "; ++j)",
                 isa.storeWordVector(std::string(to) + " + (" + number(tileIn) +
                                         " * i + j) * " + std::string(stride),
                                     "r[j]") +
                     ";");
}

std::string staticFunction(const Isa &isa) {
  return "static " + isa.attributeMacro() + " void";
}

} // namespace

void emitPixels(CppWriter &writer) {
  writer.raw(R"(
// Pointers to the 6x6 input pixels of one image from (row, column) on; `zeros`
// outside.
[[maybe_unused]] static void
winograd_pixels(const qrt_conv2d *p, const int8_t *x, const int8_t *zeros,
                int32_t row, int32_t column, const int8_t **pixels) {
  for (int32_t i = 0; i < 6; ++i) {
    const bool above = row + i < 0 || row + i >= p->in_h;
    const ptrdiff_t first = (ptrdiff_t)(row + i) * p->in_w + column;
    for (int32_t j = 0; j < 6; ++j) {
      const bool outside = above || column + j < 0 || column + j >= p->in_w;
      *pixels++ = outside ? zeros : x + (first + j) * qrt_x_pixel(p);
    }
  }
}
)");
}

void emitInput(CppWriter &writer, const Kernel &kernel) {
  const Isa &isa = isaOf(kernel);
  const std::string width = number(2 * isa.lanes());
  emitOneDimension(writer, kernel, input, inputSteps);
  writer.blank();
  auto body =
      writer.function(staticFunction(isa), kernel.inner + "_input",
                      {"const qrt_conv2d *p", "const int8_t *const *pixels",
                       "ptrdiff_t stride", "int8_t *v"});
  auto slices =
      writer.block("for (int32_t ic = 0; ic < p->in_c; ic += " + width + ")");
  writer.line("const int32_t left = p->in_c - ic;");
  const std::string pointer = "pixels[" + number(tileIn) + " * i + c] + ic";
  std::string load = isa.loadWords(pointer, true);
  if (isa.hasMasks()) {
    writer.line(
        isa.declareKeepWords("(left < " + width + " ? left : " + width + ")"));
  } else {
    writer.line(isa.declareKeepWords("left"));
    load = "left >= " + width + " ? " + isa.loadWords(pointer, false) + " : " +
           load;
  }
  emitColumns(writer, kernel, input, load);
  emitRows(writer, kernel, input, "v", "stride");
  writer.line("v += " + number(points) + " * stride;");
}

void emitFilter(CppWriter &writer, const Kernel &kernel) {
  const Isa &isa = isaOf(kernel);
  const int nr = kernel.tile.nr, lanes = isa.lanes();
  emitOneDimension(writer, kernel, filter, filterSteps);
  writer.blank();
  auto body = writer.function(staticFunction(isa), kernel.inner + "_filter",
                              {"const int8_t *filter", "int32_t channels",
                               "ptrdiff_t steps", "int8_t *u"});
  writer.line("const ptrdiff_t tap = 2 * channels;");
  writer.line("const ptrdiff_t stride = steps * " + number(4 * nr) + " + " +
              number(gap) + ";");
  auto steps = writer.block("for (ptrdiff_t k = 0; k < steps; ++k)");
  {
    auto vectors = writer.block(
        "for (int32_t oc = 0; oc < channels; oc += " + number(lanes) + ")");
    const std::string pointer = "from + (" + number(taps) + " * i + c) * tap";
    if (isa.hasMasks()) {
      writer.line("const int32_t left = channels - oc;");
      writer.line(isa.declareKeepWords("(left < " + number(lanes) +
                                       " ? 2 * left : " + number(2 * lanes) +
                                       ")"));
    }
    writer.line("const int8_t *from = filter + 2 * oc;");
    emitColumns(writer, kernel, filter,
                isa.loadWordPairs(pointer, isa.hasMasks()));
    writer.line("int8_t *to = u + 4 * oc;");
    emitRows(writer, kernel, filter, "to", "stride");
  }
  writer.line("filter += " + number(taps * taps) + " * tap;");
  writer.line("u += " + number(4 * nr) + ";");
}

/// The pixels, from their sums.
static void emitStore(CppWriter &writer, const Kernel &kernel) {
  const Isa &isa = isaOf(kernel);
  const int nr = kernel.tile.nr, lanes = isa.lanes();
  isa.declareOutput(writer, "p->out");
  isa.declareAdd(writer, "&p->add");
  auto rows = writer.block("for (int32_t i = 0; i < rows; ++i)");
  auto columns = writer.block("for (int32_t j = 0; j < columns; ++j)");
  writer.line(
      "const ptrdiff_t at = ((ptrdiff_t)i * p->out_w + j) * t->stride;");
  writer.line("const int32_t *sum = sums + (" + number(tileOut) +
              " * i + j) * " + number(nr) + ";");
  writer.line("int8_t *y = t->y + at;");
  for (int v = nr / lanes; v > 0; --v) {
    const std::string least = "t->channels > " + number((v - 1) * lanes);
    auto width = writer.block(v == nr / lanes ? "if (" + least + ")"
                              : v > 1         ? "else if (" + least + ")"
                                              : std::string("else"));
    std::vector<std::string> accs;
    for (int i = 0; i < v; ++i)
      accs.push_back(
          isa.loadAcc(i ? "sum + " + number(i * lanes) : std::string("sum")));
    writer.line(isa.codeVector(LaneOrder::Natural) + " q = " +
                isa.requantize(accs, "t->mul", LaneOrder::Natural) + ";");
    writer.guarded("if (t->residual)",
                   "q = " +
                       isa.addCodes(v, "q",
                                    isa.loadPartialCodes("t->residual + at",
                                                         "t->channels")) +
                       ";");
    writer.guarded("if (t->channels == " + number(v * lanes) + ")",
                   isa.storeCodes("y", "q", v * lanes, LaneOrder::Natural));
    writer.guarded("else", isa.storePartialCodes("y", "q", "t->channels",
                                                 LaneOrder::Natural));
  }
}

void emitOutput(CppWriter &writer, const Kernel &kernel) {
  const Isa &isa = isaOf(kernel);
  const int nr = kernel.tile.nr, lanes = isa.lanes();
  emitOneDimension(writer, kernel, output, outputSteps);
  writer.blank();
  auto body = writer.function(staticFunction(isa), kernel.inner + "_output",
                              {"const qrt_conv2d *p", "const conv_panel *t",
                               "const int32_t *m", "int32_t *sums",
                               "int32_t rows", "int32_t columns"});
  writer.line("const " + isa.intVector() +
              " inverse = " + isa.splat(number(inverseOf9)) + ";");
  {
    auto vectors = writer.block(
        "for (int32_t oc = 0; oc < t->channels; oc += " + number(lanes) + ")");
    writer.line("const " + isa.intVector() +
                " bias = " + isa.loadAcc("t->bias + oc") + ";");
    emitColumns(writer, kernel, output,
                isa.loadAcc("m + (" + number(tileIn) + " * i + c) * " +
                            number(nr) + " + oc"));
    writer.line(isa.intVector() + " r[" + number(tileOut) + "];");
    writer.line("int32_t *to = sums + oc;");
    for (int i = 0; i < tileOut; ++i) {
      writer.line(oneDimension(
          kernel, output, i ? "half + " + number(i) : "half", tileOut, "r"));
      for (int j = 0; j < tileOut; ++j) {
        const std::string ninth =
            isa.multiply("r[" + number(j) + "]", "inverse");
        const int shift = shiftOf576 - outputShifts[i] - outputShifts[j];
        writer.line(
            isa.storeAcc("to + " + number((tileOut * i + j) * nr),
                         isa.add(isa.shiftRight(ninth, shift), "bias")) +
            ";");
      }
    }
  }
  emitStore(writer, kernel);
}

} // namespace quench::kernels::winograd
