// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernel parameters of q ops against the rules of docs/spec.md, written once
// more: the sum's factors, pads and copies as loops over indices, the resize
// coordinates as fractions of integers.

#include "dialects/q/Params.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <cmath>
#include <random>
#include <string>

using namespace mlir;
using namespace quench;
using testing::ElementsAreArray;

namespace {

using Shape = std::vector<int64_t>;

std::string list(const Shape &values) {
  std::string text = "[";
  for (size_t i = 0; i < values.size(); ++i)
    text += (i ? ", " : "") + std::to_string(values[i]);
  return text + "]";
}

std::string tensor(const Shape &shape) {
  std::string text = "tensor<";
  for (int64_t size : shape)
    text += std::to_string(size) + "x";
  return text + "!quant.uniform<i8:f32, 0.5>>";
}

/// The one op of a function on arguments %0, %1, ... of `shapes`, verified.
class Parsed {
public:
  Parsed(const std::string &op, const std::vector<Shape> &shapes,
         const Shape &result) {
    context.loadDialect<func::FuncDialect, q::QDialect, quant::QuantDialect>();
    std::string arguments, types;
    for (size_t i = 0; i < shapes.size(); ++i) {
      arguments +=
          (i ? ", %x" : "%x") + std::to_string(i) + ": " + tensor(shapes[i]);
      types += (i ? ", " : "") + tensor(shapes[i]);
    }
    text = "func.func @f(" + arguments + ") {\n%y = " + op + " : (" + types +
           ") -> " + tensor(result) + "\nreturn }";
    module = parseSourceString<ModuleOp>(text, &context);
  }

  /// Null when the verifier refused.
  template <typename Op>
  Op get() {
    Op found;
    if (module)
      module->walk([&](Op op) { found = op; });
    return found;
  }

  std::string text;

private:
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

int64_t count(const Shape &shape) {
  int64_t product = 1;
  for (int64_t size : shape)
    product *= size;
  return product;
}

/// Calls `visit` with every index of `shape`, in row-major order.
template <typename Visit>
void forEachIndex(const Shape &shape, Visit visit) {
  Shape index(shape.size());
  for (int64_t n = count(shape); n > 0; --n) {
    visit(index);
    for (size_t axis = shape.size(); axis-- > 0;) {
      if (++index[axis] < shape[axis])
        break;
      index[axis] = 0;
    }
  }
}

int64_t flat(const Shape &index, const Shape &shape) {
  int64_t at = 0;
  for (size_t i = 0; i < index.size(); ++i)
    at = at * shape[i] + index[i];
  return at;
}

/// What qrt_copy says, one element at a time, with every access checked.
void copy(const qrt_copy &p, const std::vector<int> &x, std::vector<int> &y) {
  ASSERT_EQ(p.element_bytes, 1);
  forEachIndex(Shape(p.space.size, p.space.size + p.space.rank),
               [&](const Shape &index) {
                 int64_t from = p.x_offset, to = p.y_offset;
                 for (size_t i = 0; i < index.size(); ++i) {
                   from += index[i] * p.x_stride[i];
                   to += index[i] * p.y_stride[i];
                 }
                 ASSERT_TRUE(from >= 0 && from < int64_t(x.size())) << from;
                 ASSERT_TRUE(to >= 0 && to < int64_t(y.size())) << to;
                 y[to] = x[from];
               });
}

/// 1, 2, 3, ...: every element differs from the others and from a fill.
std::vector<int> numbered(const Shape &shape) {
  std::vector<int> values(count(shape));
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = int(i) + 1;
  return values;
}

constexpr int unwritten = -1;
constexpr int fillCode = -7;

class Random {
public:
  int64_t between(int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(engine);
  }
  /// A normal float with exponent in [low, high].
  float scale(int low, int high) {
    const double mantissa = std::uniform_real_distribution<>(1, 2)(engine);
    return std::ldexp(float(mantissa), int(between(low, high)));
  }
  Shape shape(int64_t largestRank, int64_t largestSize) {
    Shape result(between(1, largestRank));
    for (int64_t &size : result)
      size = between(1, largestSize);
    return result;
  }

private:
  std::mt19937 engine{7};
};

//===-- Q-ADD -------------------------------------------------------------===//

void checkAdd(float sa, float sb, float sy, bool subtract) {
  SCOPED_TRACE(testing::Message() << sa << " " << sb << " " << sy);
  const q::ActParams a{sa, -128, -128, 127}, b{sb, 127, -128, 127};
  const q::ActParams y{sy, 3, -128, 127};
  const qrt_add p = q::addParams(a, b, y, {-100, 100}, subtract);
  int exponent = 0;
  ASSERT_EQ(std::frexp(p.scale, &exponent), 0.5f);
  const int t = 1 - exponent;
  const double wantedA = std::ldexp(double(sa) / sy, t);
  const double wantedB = std::ldexp(double(sb) / sy, t) * (subtract ? -1 : 1);
  EXPECT_LE(std::abs(p.a_mul - wantedA), 0.5);
  EXPECT_LE(std::abs(p.b_mul - wantedB), 0.5);
  const int64_t larger = std::max(std::abs(p.a_mul), std::abs(p.b_mul));
  EXPECT_LE(larger, 1 << 22);
  // One more would not fit: t is the largest.
  if (t < 100)
    EXPECT_GT(2 * std::max(std::abs(wantedA), std::abs(wantedB)), 1 << 22);
  // The codes farthest from both zero points.
  const int64_t reachA = 255, reachB = 255;
  EXPECT_LT(reachA * std::abs(int64_t(p.a_mul)) +
                reachB * std::abs(int64_t(p.b_mul)),
            int64_t(1) << 31);
  EXPECT_EQ(p.a_zero, -128);
  EXPECT_EQ(p.b_zero, 127);
  EXPECT_EQ(p.out.zero, 3);
  EXPECT_EQ(p.out.min, -100);
  EXPECT_EQ(p.out.max, 100);
}

TEST(AddParams, ManyScales) {
  Random random;
  for (int i = 0; i < 20000 && !testing::Test::HasFailure(); ++i)
    checkAdd(random.scale(-20, 20), random.scale(-20, 20),
             random.scale(-20, 20), i % 2);
}

TEST(AddParams, EndsOfTheRange) {
  checkAdd(1, 1, 1, false); // exactly 2^22
  checkAdd(1, 0x1p-30f, 1, true);
  checkAdd(0x1.fffffep-1f, 0x1.fffffep-1f, 1, false);
  checkAdd(0x1p60f, 1, 0x1p-40f, false);    // 2^100, the most that is verified
  checkAdd(0x1p-120f, 0x1p-126f, 1, false); // t stops at 100
}

// With an operand of 16-bit codes factors have 15 bits, and the sum of all ends
// fits int32.
TEST(AddParams, SixteenBits) {
  Random random;
  const q::ActParams narrow{1.0f, -128, -128, 127};
  for (int i = 0; i < 20000 && !testing::Test::HasFailure(); ++i) {
    const q::ActParams a{random.scale(-20, 20), 0, -32768, 32767};
    q::ActParams b = i % 3 ? a : narrow;
    b.scale = random.scale(-20, 20);
    const q::ActParams y{random.scale(-20, 20), 0, -32768, 32767};
    const qrt_add p = q::addParams(a, b, y, {-32768, 32767}, i % 2);
    const int64_t largest =
        std::max(std::abs(int64_t(p.a_mul)), std::abs(int64_t(p.b_mul)));
    ASSERT_LE(largest, 32767);
    ASSERT_GE(largest, 16384); // the largest t there is
    ASSERT_LT(q::reachOf(a) * std::abs(int64_t(p.a_mul)) +
                  q::reachOf(b) * std::abs(int64_t(p.b_mul)),
              int64_t(1) << 31);
    const double ratio = double(a.scale) / double(y.scale);
    ASSERT_EQ(p.a_mul, int32_t(std::nearbyint(ratio / double(p.scale))));
  }
  // 2^15 and what rounds to it are one too many.
  const q::ActParams wide{1.0f, 0, -32768, 32767};
  const std::pair<float, int32_t> ends[] = {
      {1.0f,           16384},
      {0x1.fffffep-1f, 16384},
      {0x1.fffcp-1f,   32767},
      {0x1.fff8p-1f,   32766}
  };
  for (auto [scale, factor] : ends) {
    q::ActParams a = wide;
    a.scale = scale;
    const qrt_add p = q::addParams(a, a, wide, {-32768, 32767}, false);
    EXPECT_EQ(p.a_mul, factor) << scale;
  }
  // A range of 8 bits in 16-bit codes counts as 8 bits.
  const q::ActParams small{1.0f, 0, -128, 127};
  EXPECT_EQ(q::addParams(small, small, small, {-128, 127}, false).a_mul,
            1 << 22);
}

//===-- Q-PAD -------------------------------------------------------------===//

/// Element of the padded tensor by the definition: crop, then pad each axis.
int padded(const Shape &index, const std::vector<int> &x, const Shape &shape,
           const Shape &low, const Shape &high, StringRef mode) {
  Shape source(shape.size());
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    const int64_t first = std::max<int64_t>(-low[axis], 0);
    const int64_t last = shape[axis] - 1 - std::max<int64_t>(-high[axis], 0);
    int64_t at = index[axis] - low[axis];
    if (at < first || at > last) {
      if (mode == "constant")
        return fillCode;
      if (mode == "edge")
        at = at < first ? first : last;
      else
        at = at < first ? 2 * first - at : 2 * last - at;
    }
    source[axis] = at;
  }
  return x[flat(source, shape)];
}

TEST(PadSteps, EqualTheDefinition) {
  Random random;
  int accepted[3] = {0, 0, 0}, crops = 0;
  const char *modes[] = {"constant", "reflect", "edge"};
  for (int i = 0; i < 3000; ++i) {
    const Shape x = random.shape(4, 5);
    const int mode = i % 3;
    Shape low, high, y;
    bool valid = true;
    for (int64_t size : x) {
      low.push_back(random.between(-2, 3));
      high.push_back(random.between(-2, 3));
      const int64_t kept = size + std::min<int64_t>(low.back(), 0) +
                           std::min<int64_t>(high.back(), 0);
      valid &= kept >= 1;
      valid &= mode != 1 || std::max(low.back(), high.back()) < kept;
      y.push_back(size + low.back() + high.back());
    }
    if (!valid)
      continue;
    Parsed parsed("q.pad %x0 low " + list(low) + " high " + list(high) +
                      " {mode = \"" + modes[mode] +
                      "\", code = " + std::to_string(fillCode) + "}",
                  {x}, y);
    auto op = parsed.get<q::PadOp>();
    ASSERT_TRUE(op) << parsed.text;
    SCOPED_TRACE(parsed.text);
    ++accepted[mode];
    crops += *std::min_element(low.begin(), low.end()) < 0;

    const std::vector<int> input = numbered(x);
    std::vector<int> found(count(y), unwritten), expected;
    const q::PadSteps steps = q::padSteps(op);
    ASSERT_EQ(steps.fill, mode == 0);
    if (steps.fill)
      std::fill(found.begin(), found.end(), steps.code);
    for (size_t step = 0; step < steps.copies.size(); ++step) {
      const std::vector<int> before = found;
      copy(steps.copies[step], step == 0 ? input : before, found);
      ASSERT_FALSE(HasFatalFailure());
    }
    forEachIndex(y, [&](const Shape &index) {
      expected.push_back(padded(index, input, x, low, high, modes[mode]));
    });
    ASSERT_THAT(found, ElementsAreArray(expected));
  }
  // The cases were there.
  EXPECT_GT(*std::min_element(accepted, accepted + 3), 100);
  EXPECT_GT(crops, 300);
}

//===-- Q-MOVE ------------------------------------------------------------===//

TEST(Copies, ConcatPartsTileTheResult) {
  Random random;
  for (int i = 0; i < 300; ++i) {
    const Shape base = random.shape(5, 4);
    const auto axis = size_t(random.between(0, int64_t(base.size()) - 1));
    std::vector<Shape> inputs(random.between(1, 4), base);
    Shape y = base;
    y[axis] = 0;
    std::string operands;
    for (size_t k = 0; k < inputs.size(); ++k) {
      inputs[k][axis] = random.between(1, 4);
      y[axis] += inputs[k][axis];
      operands += (k ? ", %x" : "%x") + std::to_string(k);
    }
    Parsed parsed("q.concat " + operands + " axis " + std::to_string(axis),
                  inputs, y);
    auto op = parsed.get<q::ConcatOp>();
    ASSERT_TRUE(op) << parsed.text;
    std::vector<int> found(count(y), unwritten), expected(count(y));
    int64_t before = 0;
    for (size_t k = 0; k < inputs.size(); ++k) {
      std::vector<int> part(count(inputs[k]));
      forEachIndex(inputs[k], [&](const Shape &index) {
        Shape to = index;
        to[axis] += before;
        const int value = int(1000 * k + flat(index, inputs[k]));
        part[flat(index, inputs[k])] = value;
        expected[flat(to, y)] = value;
      });
      before += inputs[k][axis];
      copy(q::concatPart(op, unsigned(k)), part, found);
      ASSERT_FALSE(HasFatalFailure());
    }
    ASSERT_THAT(found, ElementsAreArray(expected)) << parsed.text;
  }
}

TEST(Copies, SliceReadsItsBox) {
  Random random;
  for (int i = 0; i < 300; ++i) {
    const Shape x = random.shape(6, 4);
    Shape starts, sizes, steps;
    for (int64_t size : x) {
      const int64_t step = random.between(1, 3),
                    length = random.between(1, (size + step - 1) / step);
      const int64_t span = (length - 1) * step;
      const int64_t first = random.between(0, size - 1 - span);
      const bool backwards = random.between(0, 1);
      starts.push_back(backwards ? first + span : first);
      sizes.push_back(length);
      steps.push_back(backwards ? -step : step);
    }
    Parsed parsed("q.slice %x0 starts " + list(starts) + " sizes " +
                      list(sizes) + " steps " + list(steps),
                  {x}, sizes);
    auto op = parsed.get<q::SliceOp>();
    ASSERT_TRUE(op) << parsed.text;
    const std::vector<int> input = numbered(x);
    std::vector<int> found(count(sizes), unwritten), expected;
    copy(q::params(op), input, found);
    ASSERT_FALSE(HasFatalFailure());
    forEachIndex(sizes, [&](const Shape &index) {
      Shape from(x.size());
      for (size_t axis = 0; axis < x.size(); ++axis)
        from[axis] = starts[axis] + index[axis] * steps[axis];
      expected.push_back(input[flat(from, x)]);
    });
    ASSERT_THAT(found, ElementsAreArray(expected)) << parsed.text;
  }
}

TEST(Copies, TransposePermutes) {
  Random random;
  for (int i = 0; i < 300; ++i) {
    const Shape x = random.shape(6, 4);
    Shape perm, y;
    for (size_t axis = 0; axis < x.size(); ++axis)
      perm.insert(perm.begin() + random.between(0, int64_t(axis)),
                  int64_t(axis));
    for (int64_t axis : perm)
      y.push_back(x[axis]);
    Parsed parsed("q.transpose %x0 perm " + list(perm), {x}, y);
    auto op = parsed.get<q::TransposeOp>();
    ASSERT_TRUE(op) << parsed.text;
    const std::vector<int> input = numbered(x);
    std::vector<int> found(count(y), unwritten), expected;
    copy(q::params(op), input, found);
    ASSERT_FALSE(HasFatalFailure());
    forEachIndex(y, [&](const Shape &index) {
      Shape from(x.size());
      for (size_t axis = 0; axis < x.size(); ++axis)
        from[perm[axis]] = index[axis];
      expected.push_back(input[flat(from, x)]);
    });
    ASSERT_THAT(found, ElementsAreArray(expected)) << parsed.text;
  }
}

//===-- Q-REQ -------------------------------------------------------------===//

TEST(RequantizeTable, EveryCode) {
  Random random;
  for (int i = 0; i < 2000; ++i) {
    const q::ActParams x{random.scale(-8, 0),
                         int32_t(random.between(-128, 127)), -128, 127};
    // Every other ratio is a power of two, which has ties.
    const float sy = i % 2 ? x.scale * 4 : random.scale(-8, 0);
    const q::ActParams y{sy, int32_t(random.between(-128, 127)), -128, 127};
    const std::vector<int8_t> table = q::requantizeTable(x, y);
    ASSERT_EQ(table.size(), 256u);
    const float ratio = x.scale / y.scale;
    for (int code = -128; code < 128; ++code) {
      // The product of a float and 8 bits is exact in double.
      const auto product = float(double(code - x.zero) * double(ratio));
      const double rounded = std::nearbyint(double(product)) + y.zero;
      ASSERT_EQ(table[code + 128], std::clamp(rounded, -128.0, 127.0))
          << x.scale << ":" << x.zero << " to " << sy << ":" << y.zero
          << " code " << code;
    }
  }
}

//===-- Q-RESIZE ----------------------------------------------------------===//

/// A fraction; the denominator is positive.
struct Fraction {
  int64_t over, under;
};

int64_t floorOf(Fraction f) {
  return f.over >= 0 ? f.over / f.under : -((-f.over + f.under - 1) / f.under);
}
int64_t ceilOf(Fraction f) { return -floorOf({-f.over, f.under}); }
Fraction plusHalf(Fraction f) { return {2 * f.over + f.under, 2 * f.under}; }
Fraction minusHalf(Fraction f) { return {2 * f.over - f.under, 2 * f.under}; }

/// ONNX Resize, coordinate_transformation_mode, for scale = p / q.
Fraction coordinate(StringRef map, int64_t i, int64_t p, int64_t q, int64_t in,
                    int64_t out) {
  if (map == "align_corners")
    return out == 1 ? Fraction{0, 1} : Fraction{i * (in - 1), out - 1};
  if (map == "asymmetric")
    return {i * q, p};
  if (map == "pytorch_half_pixel" && out == 1)
    return {0, 1};
  return minusHalf({(2 * i + 1) * q, 2 * p});
}

int64_t nearest(StringRef rounding, Fraction x) {
  if (rounding == "floor")
    return floorOf(x);
  if (rounding == "ceil")
    return ceilOf(x);
  return rounding == "round_prefer_floor" ? ceilOf(minusHalf(x))
                                          : floorOf(plusHalf(x));
}

TEST(ResizeTables, EqualTheFormulaInFractions) {
  const char *maps[] = {"half_pixel", "pytorch_half_pixel", "asymmetric",
                        "align_corners"};
  const char *roundings[] = {"round_prefer_floor", "round_prefer_ceil", "floor",
                             "ceil"};
  // Scales that a float holds exactly, so that the fractions are the truth.
  const std::pair<int64_t, int64_t> scales[] = {
      {1, 1},
      {2, 1},
      {3, 1},
      {5, 4},
      {1, 2},
      {3, 4},
      {7, 1},
      {1, 8}
  };
  int ties = 0;
  for (auto [p, q] : scales)
    for (int64_t in : {1, 2, 3, 7, 16})
      for (const char *map : maps) {
        const int64_t out = std::max<int64_t>(1, in * p / q);
        const auto scale = float(p) / float(q);
        SCOPED_TRACE(testing::Message()
                     << map << " " << in << " to " << out << " by " << scale);
        for (const char *rounding : roundings) {
          const q::ResizeTables tables =
              q::resizeTables("nearest", map, rounding, {scale, 1.0f},
                              {1, in, 1, 1}, {1, out, 1, 1});
          ASSERT_EQ(int64_t(tables.row.size()), out);
          EXPECT_THAT(tables.col, ElementsAreArray({0}));
          for (int64_t i = 0; i < out; ++i) {
            const Fraction x = coordinate(map, i, p, q, in, out);
            ties += floorOf(plusHalf(x)) != ceilOf(minusHalf(x));
            EXPECT_EQ(tables.row[i],
                      std::clamp<int64_t>(nearest(rounding, x), 0, in - 1))
                << rounding << " at " << i;
          }
        }
        const q::ResizeTables tables =
            q::resizeTables("linear", map, "floor", {1.0f, scale},
                            {1, 1, in, 1}, {1, 1, out, 1});
        EXPECT_THAT(tables.row, ElementsAreArray({0}));
        EXPECT_THAT(tables.rowWeight, ElementsAreArray({0}));
        for (int64_t i = 0; i < out; ++i) {
          Fraction x = coordinate(map, i, p, q, in, out);
          if (x.over < 0)
            x = {0, 1};
          if (x.over > (in - 1) * x.under)
            x = {in - 1, 1};
          const int64_t base = floorOf(x);
          EXPECT_EQ(tables.col[i], base) << i;
          // 2048 * fraction, to nearest, ties to even.
          const Fraction weight{2048 * (x.over - base * x.under), x.under};
          int64_t rounded = floorOf(plusHalf(weight));
          if (plusHalf(weight).over % plusHalf(weight).under == 0 &&
              rounded % 2 != 0)
            --rounded;
          EXPECT_EQ(tables.colWeight[i], rounded) << i;
        }
      }
  EXPECT_GT(ties, 100);
}

} // namespace
