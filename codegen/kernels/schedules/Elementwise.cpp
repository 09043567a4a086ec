// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Elementwise kernels: sum, product, table, requantize. Whole
// vectors, then single ones, then scalar code through the functions of qrt, so
// that no byte outside the tensors is touched.

#include "codegen/kernels/schedules/Schedule.h"

#include <functional>

namespace quench::kernels {

namespace {

std::string number(int64_t value) { return std::to_string(value); }

std::string at(std::string_view pointer, int offset) {
  return std::string(pointer) + " + i" +
         (offset ? " + " + number(offset) : std::string());
}

/// Trailing axes that both operands walk densely, as one run.
struct Run {
  int64_t length = 1;
  int64_t count = 1; // runs
};

Run denseRun(const qrt_space &space, const int32_t *a, const int32_t *b) {
  Run run;
  int axis = space.rank - 1;
  for (; axis >= 0; --axis) {
    const bool dense = space.size[axis] == 1 ||
                       (a[axis] == run.length && b[axis] == run.length);
    if (!dense)
      break;
    run.length *= space.size[axis];
  }
  for (; axis >= 0; --axis)
    run.count *= space.size[axis];
  return run;
}

/// y[i] of runs of operands: whole steps of several vectors, then of one, of
/// int32 lanes that `combine` makes of a<v> and b<v>; then the scalar
/// statement.
void emitRuns(CppWriter &writer, const Isa &isa, const Codes &codes,
              std::string_view scalar, const std::vector<std::string> &operands,
              const std::function<std::string(const std::vector<std::string> &)>
                  &combine) {
  writer.line("ptrdiff_t i = 0;");
  for (int vectors : {isa.naturalVectors(), 1}) {
    const int step = vectors * isa.lanes();
    auto loop = writer.block("for (; i + " + number(step) +
                             " <= count; i += " + number(step) + ")");
    std::vector<std::string> accs;
    for (int v = 0; v < vectors; ++v) {
      accs.push_back("c" + number(v));
      const int offset = v * isa.lanes();
      std::vector<std::string> lanes;
      for (const std::string &operand : operands) {
        lanes.push_back(operand + number(v));
        const int bits = operand == "b" ? codes.b : codes.a;
        writer.line("const " + isa.intVector() + " " + lanes.back() + " = " +
                    isa.widen(at(operand, offset), bits) + ";");
      }
      writer.line("const " + isa.intVector() + " c" + number(v) + " = " +
                  combine(lanes) + ";");
    }
    if (codes.y == 16) {
      for (int v = 0; v < vectors; ++v)
        writer.line(
            isa.storeWords(at("y", v * isa.lanes()),
                           isa.requantizeWords({accs[size_t(v)]}, "mul"), 1));
      continue;
    }
    writer.line("const " + isa.codeVector(LaneOrder::Natural) + " q = " +
                isa.requantize(accs, "mul", LaneOrder::Natural) + ";");
    writer.line(isa.storeCodes("y + i", "q", step, LaneOrder::Natural));
  }
  writer.guarded("for (; i < count; ++i)", scalar);
}

/// "int8_t", "int16_t".
/// Pointers a, b and y of a binary kernel.
std::vector<std::string> binaryParameters(const char *params,
                                          const Codes &codes) {
  return {std::string("const ") + params + " *p",
          "const " + codeType(codes.a) + " *a",
          "const " + codeType(codes.b) + " *b", codeType(codes.y) + " *y"};
}

void declareOutput(CppWriter &writer, const Isa &isa, const Codes &codes) {
  if (codes.y == 16)
    isa.declareWordOutput(writer, "p->out");
  else
    isa.declareOutput(writer, "p->out");
}

void declareMul(CppWriter &writer, const Isa &isa, std::string_view value) {
  const std::string lanes = number(isa.naturalVectors() * isa.lanes());
  writer.line("float mul[" + lanes + "];");
  writer.guarded("for (int32_t j = 0; j < " + lanes + "; ++j)",
                 "mul[j] = " + std::string(value) + ";");
}

/// Calls `statement` for each dense run of a broadcast pair: `a`, `b` point at
/// its first operands, `y` advances by `run`.
void emitWalk(CppWriter &writer, std::string_view statement) {
  writer.comment("Trailing axes that are dense in both operands are one run.");
  writer.line("int32_t axes = p->space.rank;");
  writer.line("int32_t run = 1;");
  {
    auto loop = writer.block("for (; axes > 0; --axes)");
    writer.line("const int32_t size = p->space.size[axes - 1];");
    writer.guarded("if (size != 1 && (p->a_stride[axes - 1] != run || "
                   "p->b_stride[axes - 1] != run))",
                   "break;");
    writer.line("run *= size;");
  }
  writer.line("int32_t index[QRT_MAX_RANK] = {0};");
  writer.line("ptrdiff_t at_a = 0, at_b = 0;");
  auto loop = writer.block("for (;;)");
  writer.line(statement);
  writer.line("y += run;");
  writer.line("int32_t axis = axes - 1;");
  {
    auto carry = writer.block("for (; axis >= 0; --axis)");
    writer.line("at_a += p->a_stride[axis];");
    writer.line("at_b += p->b_stride[axis];");
    writer.guarded("if (++index[axis] < p->space.size[axis])", "break;");
    writer.line("at_a -= (ptrdiff_t)p->a_stride[axis] * index[axis];");
    writer.line("at_b -= (ptrdiff_t)p->b_stride[axis] * index[axis];");
    writer.line("index[axis] = 0;");
  }
  writer.guarded("if (axis < 0)", "return;");
}

class Binary : public Schedule {
public:
  bool accepts(const Kernel &kernel, const Problem &problem,
               std::string *why) const override {
    if (problem.op != kernel.op)
      return decline(why, "another op");
    const Run run = runOf(problem);
    if (run.length == 0 || run.count == 0)
      return decline(why, "no elements");
    if (run.length < isaOf(kernel).lanes())
      return decline(why, "dense runs of " + number(run.length) +
                              ", shorter than a vector");
    return true;
  }

  double cost(const Kernel &kernel, const Problem &problem,
              const targets::Target &) const override {
    const Run run = runOf(problem);
    const int lanes = isaOf(kernel).lanes();
    const double whole = double(run.length / lanes) * lanes;
    // Measured on Zen 4 with 8-bit codes: add and mul of two widths of vectors.
    const double vectors = isaOf(kernel).vectorBytes() == 64 ? 1.6 : 2.3;
    return 30 +
           double(run.count) * (10 + vectors * outputCycles(kernel, whole) +
                                3 * double(run.length - whole));
  }

protected:
  virtual Run runOf(const Problem &problem) const = 0;
};

/// y[0 .. count) = qrt_add_codes(a, b).
void emitAddBody(CppWriter &writer, const Isa &isa, const Codes &codes) {
  writer.line("const " + isa.intVector() + " a_mul = " + isa.splat("p->a_mul") +
              ";");
  writer.line("const " + isa.intVector() + " b_mul = " + isa.splat("p->b_mul") +
              ";");
  writer.comment("Both zero points at once; the sum wraps back.");
  writer.line("const uint32_t shift = (uint32_t)p->a_zero * (uint32_t)p->a_mul "
              "+ (uint32_t)p->b_zero * (uint32_t)p->b_mul;");
  writer.line("const " + isa.intVector() +
              " zeros = " + isa.splat("(int32_t)shift") + ";");
  declareOutput(writer, isa, codes);
  declareMul(writer, isa, "p->scale");
  emitRuns(writer, isa, codes,
           "y[i] = (" + codeType(codes.y) + ")qrt_add_codes(p, a[i], b[i]);",
           {"a", "b"}, [&](const std::vector<std::string> &v) {
             return isa.subtract(isa.add(isa.multiply(v[0], "a_mul"),
                                         isa.multiply(v[1], "b_mul")),
                                 "zeros");
           });
}

class Add final : public Binary {
  Run runOf(const Problem &problem) const override {
    const auto &p = std::get<qrt_add_nd>(problem.params);
    return denseRun(p.space, p.a_stride, p.b_stride);
  }

  unsigned helpers(const Kernel &kernel) const override {
    return HelperBytes | HelperVerbs |
           (kernel.codes == Codes() ? HelperAddRun : HelperNone);
  }

  void emit(CppWriter &writer, const Kernel &kernel,
            std::string_view linkage) const override {
    const Isa &isa = isaOf(kernel);
    writer.comment(kernel.symbol +
                   "\n\ny = requantize((a - a_zero) * a_mul + (b - b_zero) * "
                   "b_mul, scale)\n\nShapes   any broadcast whose last dense "
                   "axes hold a vector; y dense, may equal a or b.\nReads    a "
                   "and b exactly.");
    // The run of 8-bit codes is shared with the residuals of convolutions.
    std::string run = isa.helper("add_run");
    if (kernel.codes != Codes()) {
      run = kernel.symbol + "_run";
      std::vector<std::string> parameters =
          binaryParameters("qrt_add", kernel.codes);
      parameters.push_back("ptrdiff_t count");
      auto body = writer.function("static " + isa.attributeMacro() + " void",
                                  run, parameters);
      emitAddBody(writer, isa, kernel.codes);
    }
    if (kernel.codes != Codes())
      writer.blank();
    auto body = writer.function(entryPrefix(kernel, linkage), kernel.symbol,
                                binaryParameters("qrt_add_nd", kernel.codes));
    emitWalk(writer, run + "(&p->add, a + at_a, b + at_b, y, run);");
  }
};

class Mul final : public Binary {
  Run runOf(const Problem &problem) const override {
    const auto &p = std::get<qrt_mul_nd>(problem.params);
    return denseRun(p.space, p.a_stride, p.b_stride);
  }

  unsigned helpers(const Kernel &) const override {
    return HelperBytes | HelperVerbs;
  }

  void emit(CppWriter &writer, const Kernel &kernel,
            std::string_view linkage) const override {
    const Isa &isa = isaOf(kernel);
    writer.comment(kernel.symbol +
                   "\n\ny = requantize((a - a_zero) * (b - b_zero), "
                   "mul)\n\nShapes   any broadcast whose last dense axes hold "
                   "a vector; y dense, may equal a or b.\nReads    a and b "
                   "exactly.");
    std::vector<std::string> parameters =
        binaryParameters("qrt_mul_nd", kernel.codes);
    {
      parameters.push_back("ptrdiff_t count");
      auto body = writer.function("static " + isa.attributeMacro() + " void",
                                  kernel.symbol + "_run", parameters);
      writer.line("const " + isa.intVector() +
                  " a_zero = " + isa.splat("p->a_zero") + ";");
      writer.line("const " + isa.intVector() +
                  " b_zero = " + isa.splat("p->b_zero") + ";");
      declareOutput(writer, isa, kernel.codes);
      declareMul(writer, isa, "p->mul");
      emitRuns(writer, isa, kernel.codes,
               "y[i] = (" + codeType(kernel.codes.y) +
                   ")qrt_requantize((a[i] - p->a_zero) * (b[i] - "
                   "p->b_zero), p->mul, p->out.zero, p->out.min, p->out.max);",
               {"a", "b"}, [&](const std::vector<std::string> &v) {
                 return isa.multiply(isa.subtract(v[0], "a_zero"),
                                     isa.subtract(v[1], "b_zero"));
               });
    }
    writer.blank();
    auto body = writer.function(entryPrefix(kernel, linkage), kernel.symbol,
                                binaryParameters("qrt_mul_nd", kernel.codes));
    emitWalk(writer, kernel.symbol + "_run(p, a + at_a, b + at_b, y, run);");
  }
};

/// Elements of a flat kernel.
struct Count {
  double operator()(const qrt_lut &p) const { return p.count; }
  double operator()(const qrt_interpolate &p) const { return p.count; }
  double operator()(const qrt_rescale &p) const { return p.count; }
  template <typename Other>
  double operator()(const Other &) const {
    return 0;
  }
};

/// Flat kernels over `count` elements.
class Flat : public Schedule {
public:
  bool accepts(const Kernel &kernel, const Problem &problem,
               std::string *why) const override {
    if (problem.op != kernel.op)
      return decline(why, "another op");
    const auto *lut = std::get_if<qrt_lut>(&problem.params);
    const auto *lines = std::get_if<qrt_interpolate>(&problem.params);
    if ((lut && lut->channels != 1) || (lines && lines->channels != 1))
      return decline(why, "one table per channel");
    return true;
  }

  double cost(const Kernel &kernel, const Problem &problem,
              const targets::Target &) const override {
    const double count = std::visit(Count(), problem.params);
    // 64 operations for 32 table look-ups; two gathers take eight loads each.
    const double cycles = kernel.op == Op::Lut           ? 0.6
                          : kernel.op == Op::Interpolate ? 2.5
                                                         : 0.5;
    return 40 + count * cycles;
  }

  unsigned helpers(const Kernel &) const override {
    return HelperBytes | HelperVerbs;
  }
};

class Lut final : public Flat {
  void emit(CppWriter &writer, const Kernel &kernel,
            std::string_view linkage) const override {
    const Isa &isa = isaOf(kernel);
    writer.comment(kernel.symbol + "\n\ny[i] = table[x[i] + 128]\n\nMethod   " +
                   std::string(isa.tableMethod()) +
                   "\nReads    x and table exactly.");
    auto body = writer.function(entryPrefix(kernel, linkage), kernel.symbol,
                                {"const qrt_lut *p", "const int8_t *x",
                                 "const int8_t *table", "int8_t *y"});
    isa.declareTable(writer);
    writer.line("const int32_t count = p->count;");
    writer.line("int32_t i = 0;");
    {
      const std::string step = std::to_string(isa.tableStep());
      auto loop =
          writer.block("for (; i + " + step + " <= count; i += " + step + ")");
      isa.lookUpStep(writer);
    }
    writer.guarded("for (; i < count; ++i)", "y[i] = table[x[i] + 128];");
  }
};

/// One operand of 16-bit codes: whole steps of several vectors, then of one, of
/// the int32 lanes that `compute` makes of x<v>, requantized; then the scalar
/// statement.
void emitRun(CppWriter &writer, const Isa &isa, const Codes &codes,
             std::string_view scalar,
             const std::function<std::string(std::string)> &compute) {
  emitRuns(writer, isa, codes, scalar, {"x"},
           [&](const std::vector<std::string> &x) { return compute(x[0]); });
}

std::string requantizeScalar(const Codes &codes, const std::string &acc,
                             const std::string &mul) {
  return "y[i] = (" + codeType(codes.y) + ")qrt_requantize(" + acc + ", " +
         mul + ", p->out.zero, p->out.min, p->out.max);";
}

class Requantize final : public Flat {
  void emit(CppWriter &writer, const Kernel &kernel,
            std::string_view linkage) const override {
    const Isa &isa = isaOf(kernel);
    writer.comment(kernel.symbol +
                   "\n\ny = requantize(x, mul)\nReads    x exactly.");
    auto body = writer.function(entryPrefix(kernel, linkage), kernel.symbol,
                                {"const qrt_rescale *p", "const int16_t *x",
                                 codeType(kernel.codes.y) + " *y"});
    writer.line("const ptrdiff_t count = p->count;");
    declareOutput(writer, isa, kernel.codes);
    declareMul(writer, isa, "p->mul");
    emitRun(writer, isa, kernel.codes,
            requantizeScalar(kernel.codes, "x[i]", "p->mul"),
            [](std::string x) { return x; });
  }
};

class Interpolate final : public Flat {
  void emit(CppWriter &writer, const Kernel &kernel,
            std::string_view linkage) const override {
    const Isa &isa = isaOf(kernel);
    writer.comment(kernel.symbol +
                   "\n\ny = requantize(e[0] * (2^shift - f) + e[1] * f, "
                   "2^-(7 + shift)), e the entry left of x and f how far x is "
                   "behind it\n\nMethod   Both entries are gathered.\nReads    "
                   "x exactly.");
    const std::string type = codeType(kernel.codes.y);
    {
      // The lanes of `code` as accumulators.
      auto body = writer.function(
          "QUENCH_INLINE " + isa.attributeMacro() + " __m256i",
          kernel.symbol + "_lines",
          {"__m256i code", "const int32_t *table", "int32_t shift"});
      writer.line("const int32_t half = 256 << shift;");
      writer.line("__m256i at = _mm256_add_epi32(code, "
                  "_mm256_set1_epi32(half));");
      writer.line("at = _mm256_max_epi32(at, _mm256_setzero_si256());");
      writer.line(
          "at = _mm256_min_epi32(at, _mm256_set1_epi32(2 * half - 1));");
      writer.line("const __m256i index = _mm256_srl_epi32(at, "
                  "_mm_cvtsi32_si128(shift));");
      writer.line("const __m256i part = _mm256_and_si256(at, "
                  "_mm256_set1_epi32((1 << shift) - 1));");
      writer.line(
          "const __m256i rest = _mm256_sub_epi32(_mm256_set1_epi32(1 << "
          "shift), part);");
      writer.line("const __m256i left = _mm256_i32gather_epi32(table, index, "
                  "4);");
      writer.line("const __m256i right = _mm256_i32gather_epi32(table + 1, "
                  "index, 4);");
      writer.line("return _mm256_add_epi32(_mm256_mullo_epi32(left, rest), "
                  "_mm256_mullo_epi32(right, part));");
    }
    writer.blank();
    auto body = writer.function(entryPrefix(kernel, linkage), kernel.symbol,
                                {"const qrt_interpolate *p", "const int16_t *x",
                                 "const int32_t *table", type + " *y"});
    writer.line("const ptrdiff_t count = p->count;");
    writer.line("const int32_t shift = p->shift;");
    writer.line("const float scale = 1.0f / (float)(128 << shift);");
    declareOutput(writer, isa, kernel.codes);
    declareMul(writer, isa, "scale");
    writer.comment("The rest, one by one, as the reference does.");
    writer.line("qrt_interpolate one = *p;");
    writer.line("one.count = 1;");
    const std::string lines = kernel.symbol + "_lines";
    const std::string reference = kernel.codes.y == 16
                                      ? "qrt_ref_interpolate_s16"
                                      : "qrt_ref_interpolate_s16_s8";
    emitRun(writer, isa, kernel.codes,
            reference + "(&one, x + i, table, y + i);",
            [&](std::string x) { return lines + "(" + x + ", table, shift)"; });
  }
};

template <typename T>
const Schedule &instance() {
  static const T schedule;
  return schedule;
}

} // namespace

void emitAddRun(CppWriter &writer, const Isa &isa) {
  writer.blank();
  writer.comment(
      "y = requantized sum of two runs of `count` codes; y may equal "
      "a or b.");
  auto body = writer.function(
      "[[maybe_unused]] static " + isa.attributeMacro() + " void",
      isa.helper("add_run"),
      {"const qrt_add *p", "const int8_t *a", "const int8_t *b", "int8_t *y",
       "ptrdiff_t count"});
  emitAddBody(writer, isa, {});
}

void emitAddRunWords(CppWriter &writer, const Isa &isa) {
  writer.blank();
  writer.comment("The same for 16-bit codes.");
  auto body = writer.function(
      "[[maybe_unused]] static " + isa.attributeMacro() + " void",
      isa.helper("add_run_words"),
      {"const qrt_add *p", "const int8_t *a_bytes", "const int8_t *b_bytes",
       "int8_t *y_bytes", "ptrdiff_t count"});
  writer.line("const int16_t *a = (const int16_t *)(const void *)a_bytes;");
  writer.line("const int16_t *b = (const int16_t *)(const void *)b_bytes;");
  writer.line("int16_t *y = (int16_t *)(void *)y_bytes;");
  emitAddBody(writer, isa, {16, 16, 16});
}

const Schedule &addSchedule() { return instance<Add>(); }
const Schedule &mulSchedule() { return instance<Mul>(); }
const Schedule &lutSchedule() { return instance<Lut>(); }
const Schedule &requantizeSchedule() { return instance<Requantize>(); }
const Schedule &interpolateSchedule() { return instance<Interpolate>(); }

} // namespace quench::kernels
