// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every convolution row the host can run, bit for bit against the reference, on
// shapes around its tile: pixel, channel and depth tails, pads, strides,
// dilation, groups, residuals, clamps, zero points, extremal codes.

#include "codegen/kernels/Biases.h"
#include "codegen/kernels/Split.h"
#include "qrt/split.h"
#include "test/codegen/kernels/KernelTest.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

using namespace quench::kernels;

namespace {

using GroupedFunction = void (*)(const qrt_conv2d *, int32_t, const int8_t *,
                                 const int8_t *, const void *, const float *,
                                 const int8_t *, int8_t *, uint8_t *);

/// The reference kernel of the widths X and Y.
template <typename X, typename Y>
void reference(const qrt_conv2d *p, const X *x, const int8_t *filter,
               const int32_t *bias, const float *mul, const Y *residual, Y *y) {
  if constexpr (sizeof(X) == 1 && sizeof(Y) == 1)
    qrt_ref_conv2d_s8(p, x, filter, bias, mul, residual, y);
  else if constexpr (sizeof(X) == 1)
    qrt_ref_conv2d_s8_s16(p, x, filter, bias, mul, residual, y);
  else if constexpr (sizeof(Y) == 1)
    qrt_ref_conv2d_s16_s8(p, x, filter, bias, mul, residual, y);
  else
    qrt_ref_conv2d_s16(p, x, filter, bias, mul, residual, y);
}

/// Calls `test` with a code of x and one of y in the widths of a kernel.
template <typename Test>
void withCodes(const Kernel &kernel, Test test) {
  if (kernel.codes.a == 8)
    kernel.codes.y == 8 ? test(int8_t(), int8_t()) : test(int8_t(), int16_t());
  else
    kernel.codes.y == 8 ? test(int16_t(), int8_t())
                        : test(int16_t(), int16_t());
}

/// A case of 8-bit codes for the codes of a kernel: no zero points where there
/// are 16 bits, ranges 256 times as wide.
qrt_conv2d widened(qrt_conv2d p, const Codes &codes) {
  if (codes.a == 16)
    p.in_zero = 0;
  if (codes.y == 8)
    return p;
  for (qrt_output *out : {&p.out, &p.add.out}) {
    out->zero = 0;
    out->min *= 256;
    out->max = out->max * 256 + 255;
  }
  p.add.a_zero = p.add.b_zero = 0;
  p.add.a_mul = 32767, p.add.b_mul = 21875;
  p.add.scale = 1.0f / (1 << 15);
  return p;
}

/// Codes of y for one of x, in their usual ranges.
double ratioOf(const Codes &codes) {
  return std::ldexp(1.0, codes.y - codes.a);
}

struct Case {
  const char *what;
  qrt_conv2d conv;
};

/// Output sizes and a requantization that spreads over the codes follow from
/// the rest.
qrt_conv2d conv(int h, int w, int ic, int oc, int kernel, int stride, int pad,
                int groups = 1, int dilation = 1) {
  qrt_conv2d p = {};
  p.batch = 1;
  p.in_h = h;
  p.in_w = w;
  p.in_c = ic;
  p.out_c = oc;
  p.kernel_h = p.kernel_w = kernel;
  p.stride_h = p.stride_w = stride;
  p.dilation_h = p.dilation_w = dilation;
  p.pad_top = p.pad_left = pad;
  p.groups = groups;
  const int span = (kernel - 1) * dilation + 1;
  p.out_h = (h + 2 * pad - span) / stride + 1;
  p.out_w = (w + 2 * pad - span) / stride + 1;
  p.in_zero = -7;
  p.out = {3, -128, 127};
  p.add = {
      3, -11, 1 << 20, 700001, 1.0f / (1 << 20), {-5, -100, 90}
  };
  return p;
}

/// The lowest code of `bits` bits, and the highest.
int lowest(int bits) { return -(1 << (bits - 1)); }
int highest(int bits) { return (1 << (bits - 1)) - 1; }
/// The largest multiplier whose product with the lowest code is a byte.
int largestMultiplier(int bits) { return 128 / -lowest(bits) - 1; }

std::vector<Case> casesFor(const Kernel &kernel) {
  const int mr = kernel.tile.mr, nr = kernel.tile.nr, kr = kernel.tile.kr;
  std::vector<Case> cases;
  auto add = [&](const char *what, const qrt_conv2d &p) {
    cases.push_back({what, p});
  };
  // Matrix products: each tail of pixels, channels and depth.
  for (int m : {1, mr - 1, mr, mr + 1, 16 * mr, 16 * mr + 1, 33 * mr - 1})
    if (m > 0)
      add("pixels", conv(1, m, 2 * kr, nr, 1, 1, 0));
  for (int n : {1, 7, 8, 15, 16, 17, 33, 48, nr - 1, nr, nr + 1, 2 * nr + 5})
    if (n > 0)
      add("channels", conv(1, mr + 1, 2 * kr, n, 1, 1, 0));
  for (int k = 1; k <= 2 * kr + 1; ++k)
    add("depth", conv(2, mr, k, nr + 3, 1, 1, 0));
  add("deep", conv(3, 3, 260, 40, 1, 1, 0));
  // Whole vectors of activations, a half and a quarter; odd steps of a tap.
  add("parts of vectors", conv(1, mr + 1, 28, nr, 1, 1, 0));
  add("odd steps", conv(5, 5, 24, nr + 3, 3, 1, 1));
  add("strided 1x1", conv(9, 9, 12, 20, 1, 2, 0));
  // Windows.
  for (int stride : {1, 2, 3})
    for (int pad : {0, 1, 2})
      add("3x3", conv(9, 7, 8, 20, 3, stride, pad));
  add("5x5", conv(8, 11, 4, 18, 5, 1, 2));
  add("dilated", conv(11, 10, 8, 16, 3, 1, 2, 1, 2));
  add("wide pad", conv(3, 3, 4, 16, 3, 1, 5));
  add("first layer", conv(23, 21, 3, 32, 3, 2, 1));
  add("one input channel", conv(12, 12, 1, 24, 5, 1, 2));
  add("many panels", conv(30, 29, 4, 16, 3, 1, 1));
  {
    qrt_conv2d p = conv(10, 12, 8, 20, 3, 1, 1);
    p.kernel_h = 1; // 1x3, stride 2 across, asymmetric pad
    p.pad_top = 0;
    p.out_h = 10;
    p.stride_w = 2;
    p.pad_left = 2;
    p.out_w = 6;
    add("asymmetric", p);
    p = conv(6, 5, 8, 20, 3, 1, 1);
    p.batch = 3;
    add("batch", p);
    p = conv(1, 1, 16, 20, 1, 1, 0);
    p.batch = 2 * mr + 1;
    add("batch of rows", p);
    p = conv(5, 5, 8, 20, 3, 1, 1);
    p.out = {0, 0, 127};
    add("relu", p);
    p.out = {-128, -128, -128 + 40};
    add("relu6", p);
    p.out = {127, 127, 127};
    p.in_zero = 127;
    add("empty clamp", p);
    p.in_zero = -128;
    p.out = {-128, -128, 127};
    add("lowest zero", p);
  }
  // Groups, depthwise.
  add("groups", conv(7, 7, 8 * kr, 48, 3, 1, 1, 4));
  add("odd groups", conv(7, 7, 9, 15, 3, 1, 1, 3));
  for (int c : {1, 5, 8, 15, 16, 17, 24, 31, 32, 33, 48, 63, 64, 65, 144})
    for (int size : {3, 5})
      add("depthwise", conv(8, 9, c, c, size, 1, size / 2, c));
  for (int size : {3, 5})
    for (int h : {5, 6, 7, 8, 9})
      for (int stride : {1, 2})
        add("depthwise rows", conv(h, 6 + h, 20, 20, size, stride, 1, 20));
  qrt_conv2d strides = conv(9, 9, 24, 24, 5, 1, 2, 24);
  strides.stride_h = 3, strides.out_h = 3;
  add("depthwise strides", strides);
  for (int stride : {1, 2})
    for (int kernelSize : {2, 3, 4, 5, 7})
      add("depthwise",
          conv(11, 13, 24, 24, kernelSize, stride, kernelSize / 2, 24));
  add("depthwise dilated", conv(13, 12, 20, 20, 3, 2, 2, 20, 2));
  add("depthwise wide pad", conv(2, 2, 16, 16, 3, 1, 4, 16));
  add("depthwise multiplier", conv(6, 6, 6, 12, 3, 1, 1, 6));
  // Groups of whole steps, the last one of a tap perhaps shorter.
  if (kernel.grouped)
    for (int k : {16, 17, 18, 20, 32, 36, 64, 100, 130}) {
      add("1x1 with multipliers", conv(1, mr + 1, k, nr + 5, 1, 1, 0));
      add("3x3 with multipliers", conv(5, 6, k, nr + 9, 3, 1, 1));
      add("dilated with multipliers", conv(6, 7, k, nr, 3, 1, 2, 1, 2));
      add("groups with multipliers", conv(5, 5, 3 * k, 3 * 20, 3, 1, 1, 3));
    }
  // Windows of 32 channels, the last one of a tap perhaps in part.
  if (kernel.symbol.find("pairs") != std::string::npos)
    for (int k : {32, 36, 44, 48, 60, 64, 68, 100}) {
      add("1x1 in pairs", conv(1, 17 * mr - 1, k, 2 * nr + k % 11, 1, 1, 0));
      add("strided 1x1 in pairs", conv(9, 7, k, nr + k % 16, 1, 2, 0));
      add("3x3 in pairs", conv(6, 7, k, nr - k % 16, 3, 1, 1));
      add("strided 3x3 in pairs", conv(9, 8, k, nr + k % 15, 3, 2, 1));
      add("dilated in pairs", conv(6, 7, k, nr + 1, 3, 1, 2, 1, 2));
    }
  if (kernel.filterZero)
    for (size_t i = 0; i < cases.size(); ++i)
      cases[i].conv.filter_zero = i % 3 == 0   ? lowest(kernel.filterBits)
                                  : i % 3 == 1 ? highest(kernel.filterBits)
                                  : kernel.filterBits == 2 ? -1
                                                           : 5;
  return cases;
}

template <typename X, typename Y>
struct Operands {
  Operands(const qrt_conv2d &p, const Kernel &kernel, std::mt19937 &random)
      : x(size_t(p.batch) * size_t(p.in_h) * size_t(p.in_w) * size_t(p.in_c)),
        filter(size_t(p.out_c) * size_t(p.kernel_h) * size_t(p.kernel_w) *
               size_t(p.in_c / p.groups)),
        bias(size_t(p.out_c)), mul(size_t(p.out_c)),
        residual(size_t(p.batch) * size_t(p.out_h) * size_t(p.out_w) *
                 size_t(p.out_c)) {
    fillCodes(x, random);
    fillCodes(filter, random);
    // The upper bits: extremes stay extreme.
    for (size_t i = 0; i < filter.size(); ++i)
      filter[i] = int8_t(std::max(filter[i] >> (8 - kernel.filterBits),
                                  -kernel.largestWeight()));
    if (kernel.grouped)
      makeGroups(p, kernel, random);
    fillCodes(residual, random);
    const double terms = double(p.kernel_h) * p.kernel_w * p.in_c / p.groups;
    for (size_t i = 0; i < bias.size(); ++i) {
      bias[i] = int32_t(random() % 20001) - 10000;
      // Some channels saturate, some stay near zero, some tie: a power of two
      // makes halves frequent.
      const double spread = 80 * 80 * std::sqrt(terms);
      const double factor = i % 4 == 0   ? 60 / spread
                            : i % 4 == 1 ? 0.0009765625
                            : i % 4 == 2 ? 2000 / spread
                                         : 10 / spread;
      mul[i] = float(std::ldexp(factor, 8 * (int(sizeof(Y)) - int(sizeof(X)))));
    }
  }

  /// Codes times random multipliers, with products of all magnitudes.
  void makeGroups(const qrt_conv2d &p, const Kernel &kernel,
                  std::mt19937 &random) {
    static constexpr int sizes[] = {16, 32, 64, 128};
    groups.size = sizes[random() % std::size(sizes)];
    const size_t depth = size_t(p.in_c / p.groups);
    const size_t each = (depth + size_t(groups.size) - 1) / size_t(groups.size);
    groups.multipliers.resize(filter.size() / depth * each);
    const auto most = uint32_t(largestMultiplier(kernel.filterBits));
    for (int8_t &multiplier : groups.multipliers)
      multiplier = int8_t(1 + int(random() % most));
    for (size_t i = 0; i < filter.size(); ++i)
      filter[i] = int8_t(filter[i] * groups.multipliers[groupOf(i, depth)]);
  }

  /// Of weight `i`, whose tap has `depth` of them.
  size_t groupOf(size_t i, size_t depth) const {
    const auto size = size_t(groups.size);
    return i / depth * ((depth + size - 1) / size) + i % depth / size;
  }

  Exact<X> x;
  Exact<int8_t> filter;
  FilterGroups groups;
  Exact<int32_t> bias;
  Exact<float> mul;
  Exact<Y> residual;
};

Problem problemOf(const Kernel &kernel, const qrt_conv2d &p, int group) {
  Problem problem;
  problem.op = Op::Conv2D;
  problem.params = p;
  problem.filterBits = kernel.filterBits;
  problem.filterGroup = group;
  problem.filterMax = kernel.largestWeight();
  problem.codes = kernel.codes;
  problem.largestProduct = kernel.near ? nearLimit : 0;
  return problem;
}

/// Outputs as Kernel::near wants them; the zero points of the cases stay apart.
void makeNear(const Kernel &kernel, qrt_conv2d &p) {
  if (kernel.near)
    p.out = {p.out.zero & ~1, -128, 127};
}

/// Multipliers that keep the promise of problemOf(), some just so.
template <typename X, typename Y>
void makeNear(const Kernel &kernel, Operands<X, Y> &in) {
  if (!kernel.near)
    return;
  const size_t count = in.filter.size() / in.bias.size();
  for (size_t i = 0; i < in.mul.size(); ++i) {
    double reach = std::abs(double(in.bias[i]));
    for (size_t k = i * count; k < (i + 1) * count; ++k)
      reach += 255 * std::abs(double(in.filter[k]));
    if (reach * double(in.mul[i]) > nearLimit)
      in.mul[i] = std::nextafter(float(nearLimit / reach), 0.0f);
  }
}

/// Biases as qrt_conv2d::bias_bits says.
std::vector<uint8_t> stored(const std::vector<int32_t> &biases, int bits) {
  if (bits == 24)
    return storeBiases24(biases);
  std::vector<uint8_t> bytes;
  for (int32_t bias : biases)
    for (int shift = 0; shift < bits; shift += 8)
      bytes.push_back(uint8_t(bias >> shift));
  return bytes;
}

/// The filter packed, and the kernel called with it.
template <typename X, typename Y>
class Run {
public:
  Run(const Compiled &compiled, const qrt_conv2d &p, Operands<X, Y> &in,
      const int32_t *bias)
      : compiled(compiled), p(p), in(in), x(in.x.values()),
        packed(pack(*compiled.kernel, p, in.filter.data(), bias, in.mul.data(),
                    in.groups)),
        filter(packed.filter), mul(packed.mul),
        scratch(compiled.kernel->scratchBytes(
                    problemOf(*compiled.kernel, p, in.groups.size)),
                64) {}

  /// The bits that its biases need.
  int bits() const { return biasBits(packed.bias); }

  /// With biases of `bits`, or 32.
  void operator()(int bits, const Y *residual, Y *y) {
    p.bias_bits = bits == 32 ? 0 : bits;
    const Exact<uint8_t> bias(stored(packed.bias, bits));
    std::memset(scratch.data(), 0xA5, scratch.size());
    call({p, 0, 0, 0, 0}, bias, residual, y, scratch.data());
  }

  /// Elements between the pixels of x and of y.
  void setGaps(int32_t xGap, int32_t yGap) {
    p.x_gap = xGap;
    p.y_gap = yGap;
    x = spread<X>(in.x.values(), size_t(p.in_c), size_t(xGap));
  }

  /// The ways to cut the call into parts.
  std::vector<Split> splits(int bits) {
    p.bias_bits = bits == 32 ? 0 : bits;
    const Kernel &kernel = *compiled.kernel;
    const Problem problem = problemOf(kernel, p, in.groups.size);
    std::vector<Split> all = splitsOf(kernel, problem);
    all.erase(std::remove_if(all.begin(), all.end(),
                             [&](const Split &split) {
                               return !scratchBytes(kernel, problem, split,
                                                    std::nullopt, 2);
                             }),
              all.end());
    return all;
  }

  /// Part by part, as `workers` would share it, each with its own part of the
  /// scratch.
  void inParts(const Split &split, int workers, int bits, const Y *residual,
               Y *y) {
    p.bias_bits = bits == 32 ? 0 : bits;
    const Problem problem = problemOf(*compiled.kernel, p, in.groups.size);
    const std::optional<size_t> bytes =
        scratchBytes(*compiled.kernel, problem, split, std::nullopt, workers);
    ASSERT_TRUE(bytes);
    const Exact<uint8_t> bias(stored(packed.bias, bits));
    workers = std::min(workers, split.units());
    const size_t share = *bytes / size_t(workers) / 64 * 64;
    Exact<uint8_t> shared(*bytes, 64);
    std::memset(shared.data(), 0xA5, shared.size());
    // Backwards: a part that wrote beyond its end would destroy the next one.
    for (int worker = workers; worker-- > 0;) {
      const qrt_range items = qrt_items(
          qrt_part(split.units(), workers, worker), split.step, split.count);
      call(partOf(split, items), bias, residual, y,
           shared.data() + size_t(worker) * share);
    }
  }

private:
  qrt_conv2d_part partOf(const Split &split, qrt_range items) const {
    if (split.axis == "channels")
      return qrt_conv2d_channels(&p, items, split.column);
    return split.axis == "images"   ? qrt_conv2d_images(&p, items)
           : split.axis == "pixels" ? qrt_conv2d_pixels(&p, items)
                                    : qrt_conv2d_rows(&p, items);
  }

  void call(const qrt_conv2d_part &part, const Exact<uint8_t> &biases,
            const Y *residual, Y *y, uint8_t *memory) {
    const X *codesOfX = x.data() + part.x;
    const int8_t *codes = filter.data() + part.filter;
    const uint8_t *bias =
        biases.data() + part.channel * (p.bias_bits ? p.bias_bits / 8 : 4);
    const float *muls = mul.data() + part.channel;
    residual = residual ? residual + part.y : nullptr;
    y += part.y;
    if (!compiled.kernel->grouped)
      return reinterpret_cast<ConvFunction<X, Y>>(compiled.function)(
          &part.p, codesOfX, codes, bias, muls, residual, y, memory);
    if constexpr (sizeof(X) == 1 && sizeof(Y) == 1)
      reinterpret_cast<GroupedFunction>(compiled.function)(
          &part.p, in.groups.size, codesOfX, codes, bias, muls, residual, y,
          memory);
  }

  const Compiled &compiled;
  qrt_conv2d p;
  Operands<X, Y> &in;
  Exact<X> x;
  PackedFilter packed;
  Exact<int8_t> filter;
  Exact<float> mul;
  Exact<uint8_t> scratch;
};

/// What a case is tried with.
enum class Form { SmallBias, NoBias, Residual, LargeBias };

/// Changes the biases so that those packed for `kernel` need 16 bits, or 24; a
/// multiplier of every four then shows the upper bits.
template <typename X, typename Y>
void rebias(const Kernel &kernel, const qrt_conv2d &p, Form form,
            Operands<X, Y> &in) {
  const std::vector<int32_t> folded =
      pack(kernel, p, in.filter.data(), nullptr, in.mul.data(), in.groups).bias;
  for (size_t i = 0; i < in.bias.size(); ++i) {
    in.bias[i] -= folded[i];
    if (form == Form::SmallBias)
      continue;
    in.bias[i] += i % 8 < 4 ? 1 << 20 : -(1 << 20);
    if (i % 4 == 3)
      in.mul[i] = float(std::ldexp(60.0, 8 * (int(sizeof(Y)) - 1) - 20));
  }
}

/// Pixels further apart, whole and in parts: the gaps keep what they hold.
template <typename X, typename Y>
void checkGaps(Run<X, Y> &run, const qrt_conv2d &p, const Operands<X, Y> &in,
               bool withResidual, const Exact<Y> &expected) {
  const size_t gap = 5, channels = size_t(p.out_c);
  run.setGaps(3, int32_t(gap));
  const Exact<Y> wide = spread<Y>(expected.values(), channels, gap);
  const Exact<Y> residuals = spread<Y>(in.residual.values(), channels, gap);
  const Y *residual = withResidual ? residuals.data() : nullptr;
  Exact<Y> y(wide.size());
  std::memset(y.data(), 0x5A, y.size() * sizeof(Y));
  run(32, residual, y.data());
  ASSERT_EQ(y.values(), wide.values()) << "gaps";
  for (const Split &split : run.splits(32)) {
    std::memset(y.data(), 0x5A, y.size() * sizeof(Y));
    run.inParts(split, 2, 32, residual, y.data());
    ASSERT_EQ(y.values(), wide.values()) << "gaps, parts of " << split.axis;
  }
}

/// `counts` counts runs by the bits of a bias, and by workers (negative).
template <typename X, typename Y>
void check(const Compiled &compiled, const Case &test, Form form,
           std::mt19937 &random, std::map<int, int> &counts) {
  const bool withBias = form != Form::NoBias;
  const bool withResidual = form == Form::Residual;
  const Kernel &kernel = *compiled.kernel;
  qrt_conv2d p = widened(test.conv, kernel.codes);
  makeNear(kernel, p);
  Problem problem = problemOf(kernel, p, kernel.grouped ? 16 : 0);
  problem.hasResidual = withResidual;
  if (!kernel.accepts(problem))
    return;
  Operands<X, Y> in(p, kernel, random);
  if (form == Form::SmallBias || form == Form::LargeBias)
    rebias(kernel, p, form, in);
  makeNear(kernel, in);
  const int32_t *bias = withBias ? in.bias.data() : nullptr;
  const Y *residual = withResidual ? in.residual.data() : nullptr;
  Exact<Y> expected(in.residual.size()), y(in.residual.size());
  reference<X, Y>(&p, in.x.data(), in.filter.data(), bias, in.mul.data(),
                  residual, expected.data());
  Run<X, Y> run(compiled, p, in, bias);
  // In every form that holds the biases.
  for (int bits : {32, 24, 16}) {
    if (bits < run.bits())
      break;
    std::memset(y.data(), 0x5A, y.size() * sizeof(Y));
    run(bits, residual, y.data());
    ASSERT_EQ(y.values(), expected.values()) << bits << " bits a bias";
    ++counts[bits];
    for (const Split &split : run.splits(bits))
      for (int workers : {2, 3}) {
        std::memset(y.data(), 0x5A, y.size() * sizeof(Y));
        run.inParts(split, workers, bits, residual, y.data());
        ASSERT_EQ(y.values(), expected.values())
            << workers << " workers share " << split.axis;
        ++counts[-workers];
      }
  }
  checkGaps(run, p, in, withResidual, expected);
  if (!withResidual)
    return;
  // In place: y may be the residual.
  run.setGaps(0, 0);
  run(32, residual, in.residual.data());
  ASSERT_EQ(in.residual.values(), expected.values()) << "in place";
}

class ConvKernel : public testing::TestWithParam<Compiled> {};

TEST_P(ConvKernel, EqualsReference) {
  std::mt19937 random(7);
  std::map<int, int> counts;
  for (const Case &test : casesFor(*GetParam().kernel)) {
    const qrt_conv2d &p = test.conv;
    for (Form form :
         {Form::SmallBias, Form::NoBias, Form::Residual, Form::LargeBias}) {
      SCOPED_TRACE(testing::Message()
                   << test.what << ": " << p.batch << "x" << p.in_h << "x"
                   << p.in_w << "x" << p.in_c << " -> " << p.out_h << "x"
                   << p.out_w << "x" << p.out_c << ", kernel " << p.kernel_h
                   << "x" << p.kernel_w << ", groups " << p.groups << ", form "
                   << int(form));
      withCodes(*GetParam().kernel, [&](auto x, auto y) {
        check<decltype(x), decltype(y)>(GetParam(), test, form, random, counts);
      });
      if (HasFatalFailure())
        return;
    }
  }
  EXPECT_GT(counts[16], 10);
  EXPECT_GT(counts[24], counts[16]);
  EXPECT_GT(counts[-2], 50);
  EXPECT_EQ(counts[-3], counts[-2]);
}

/// A kernel size that a depthwise row takes.
int depthwiseSize(const Kernel &kernel) {
  return kernel.symbol.find("depthwise5x5") == 0 ? 5 : 3;
}

// The largest accumulators there are: every product at its extreme.
template <typename X, typename Y>
void checkExtremes(const Compiled &compiled) {
  const Kernel &kernel = *compiled.kernel;
  const int bits = kernel.filterBits;
  const X least = std::numeric_limits<X>::min();
  const X most = std::numeric_limits<X>::max();
  for (X a : {least, most})
    for (int b :
         {std::max(lowest(bits), -kernel.largestWeight()), highest(bits)}) {
      const bool depthwise = kernel.symbol.find("depthwise") == 0;
      // 504 weights of -128 are nearly all that int32 has room for (Q-WRAP),
      // and 9 * 227 that Winograd is exact for.
      const bool winograd = kernel.symbol.find("winograd") != std::string::npos;
      const int size = depthwiseSize(kernel);
      qrt_conv2d p = depthwise  ? conv(7, 7, 64, 64, size, 1, size / 2, 64)
                     : winograd ? conv(4, 4, 227, 24, 3, 1, 1)
                     : sizeof(X) == 1 ? conv(4, 4, 512, 24, 3, 1, 1)
                                      : conv(4, 4, 56, 24, 3, 1, 1);
      p.in_zero = a == most ? -128 : 127;
      p = widened(p, kernel.codes);
      makeNear(kernel, p);
      if (kernel.filterZero)
        p.filter_zero = b > 0 ? lowest(bits) : highest(bits);
      std::mt19937 random(1);
      Operands<X, Y> in(p, kernel, random);
      std::fill_n(in.x.data(), in.x.size(), a);
      const int most = kernel.grouped ? largestMultiplier(bits) : 1;
      std::fill_n(in.filter.data(), in.filter.size(), int8_t(b * most));
      std::fill(in.groups.multipliers.begin(), in.groups.multipliers.end(),
                int8_t(most));
      const double one = depthwise        ? 1.0 / 6000
                         : sizeof(X) == 1 ? 1.0 / 4000000
                                          : 1.0 / 100000;
      for (size_t i = 0; i < in.mul.size(); ++i)
        in.mul[i] =
            float(one * ratioOf(kernel.codes) * double(1 << (8 - bits)) / most);
      makeNear(kernel, in);
      Exact<Y> expected(in.residual.size()), y(in.residual.size());
      reference<X, Y>(&p, in.x.data(), in.filter.data(), in.bias.data(),
                      in.mul.data(), nullptr, expected.data());
      ASSERT_TRUE(kernel.accepts(problemOf(kernel, p, in.groups.size)));
      Run<X, Y>(compiled, p, in, in.bias.data())(32, nullptr, y.data());
      ASSERT_EQ(y.values(), expected.values()) << int(a) << " * " << b;
    }
}

TEST_P(ConvKernel, ExtremalCodesDoNotSaturate) {
  withCodes(*GetParam().kernel, [&](auto x, auto y) {
    checkExtremes<decltype(x), decltype(y)>(GetParam());
  });
}

// The output stage for accumulators over the whole int32 range: a convolution
// whose products are zero and whose bias is the accumulator.
template <typename X, typename Y>
void checkMagnitudes(const Compiled &compiled) {
  const Kernel &kernel = *compiled.kernel;
  const bool depthwise = kernel.symbol.find("depthwise") == 0;
  const bool winograd = kernel.symbol.find("winograd") != std::string::npos;
  const int channels = 64;
  for (float m : {1.0f, 0.5f, 0.0009765625f, 3.1e-7f, 1.0e-3f, 17.0f}) {
    for (int zero : {-128, -1, 0, 77, 127}) {
      if (sizeof(Y) == 2 && zero != 0)
        continue;
      if (kernel.near && zero % 2 != 0)
        continue;
      const int size = depthwiseSize(kernel);
      qrt_conv2d p = depthwise  ? conv(1, 1, channels, channels, size, 1,
                                       size / 2, channels)
                     : winograd ? conv(1, 1, channels, channels, 3, 1, 1)
                                : conv(1, 1, channels, channels, 1, 1, 0);
      p.out.zero = zero;
      p.in_zero = 0;
      p = widened(p, kernel.codes);
      p.filter_zero = kernel.filterZero ? 1 : 0;
      std::mt19937 random(3);
      Operands<X, Y> in(p, kernel, random);
      std::fill_n(in.x.data(), in.x.size(), X(0));
      for (int i = 0; i < channels; ++i) {
        const int shift = i / 2;
        const int64_t wide = (int64_t(1) << shift) + (i % 2 ? shift : -1);
        in.bias[size_t(i)] = i == 0 ? INT32_MIN
                             : i == 1
                                 ? INT32_MAX
                                 : int32_t((i & 4 ? -1 : 1) *
                                           std::min<int64_t>(wide, INT32_MAX));
        in.mul[size_t(i)] = m;
        // What Kernel::accepts() guarantees: products are below 2^31.
        if (double(in.bias[size_t(i)]) * double(m) >= 2147483583)
          in.bias[size_t(i)] = int32_t(2147483520 / double(m));
        if (const double most = nearLimit / double(m);
            kernel.near && std::abs(double(in.bias[size_t(i)])) > most)
          in.bias[size_t(i)] = int32_t(i & 4 ? -most : most);
      }
      Exact<Y> expected(in.residual.size()), y(in.residual.size());
      reference<X, Y>(&p, in.x.data(), in.filter.data(), in.bias.data(),
                      in.mul.data(), nullptr, expected.data());
      Run<X, Y>(compiled, p, in, in.bias.data())(32, nullptr, y.data());
      ASSERT_EQ(y.values(), expected.values()) << m << ", zero " << zero;
    }
  }
}

TEST_P(ConvKernel, RequantizesEveryMagnitude) {
  withCodes(*GetParam().kernel, [&](auto x, auto y) {
    checkMagnitudes<decltype(x), decltype(y)>(GetParam());
  });
}

std::string compiledName(const testing::TestParamInfo<Compiled> &info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Catalogue, ConvKernel,
                         testing::ValuesIn(hostKernels(Op::Conv2D)),
                         compiledName);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ConvKernel);

} // namespace
