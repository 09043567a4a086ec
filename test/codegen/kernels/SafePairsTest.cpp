// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Orders of channels in which VPMADDUBSW does not saturate: that they are, that
// no weight is lost, that as few as possible are multiplied apart; and the
// kernels with extremes at every pair.

#include "codegen/kernels/SafePairs.h"
#include "test/codegen/kernels/KernelTest.h"

#include <gmock/gmock.h>

#include <algorithm>

using namespace quench::kernels;
using testing::HasSubstr;

namespace {

qrt_conv2d conv(int h, int w, int ic, int oc, int kernel = 1) {
  qrt_conv2d p = {};
  p.batch = 1;
  p.in_h = p.out_h = h;
  p.in_w = p.out_w = w;
  p.in_c = ic, p.out_c = oc;
  p.kernel_h = p.kernel_w = kernel;
  p.pad_top = p.pad_left = kernel / 2;
  p.stride_h = p.stride_w = p.dilation_h = p.dilation_w = 1;
  p.groups = 1;
  p.in_zero = -128;
  p.out = {0, -128, 127};
  return p;
}

const Kernel &row() { return *findKernel("conv2d_pairs_s8_3x24x4_x86_avx2"); }

/// What the kernel computes of one pixel, read from the packed filter as its
/// header says, with the arithmetic of VPMADDUBSW.
class Model {
public:
  Model(const qrt_conv2d &p, const std::vector<int8_t> &filter)
      : p(p), column(p.kernel_h * p.kernel_w * p.in_c) {
    const std::vector<int32_t> bias(size_t(p.out_c));
    const std::vector<float> mul(size_t(p.out_c), 1.0f);
    packed = pack(row(), p, filter.data(), bias.data(), mul.data());
  }

  /// The accumulators for activations [column]; bytes of them may be more than
  /// once in the copy.
  std::vector<int32_t> run(const std::vector<int8_t> &x) {
    std::vector<int32_t> sums;
    const uint8_t *filter = packed.filter.data(), *header = filter + 4;
    int32_t begin = 0;
    std::memcpy(&begin, filter, 4);
    EXPECT_EQ(begin % 32, 0);
    const auto *weights = reinterpret_cast<const int8_t *>(filter + begin);
    for (int oc = 0; oc < p.out_c; oc += pairBlock) {
      const int channels = std::min(pairBlock, p.out_c - oc);
      const int twice = header[0] | header[1] << 8;
      const uint8_t *order = header + 2 + 2 * twice;
      std::vector<int> codes;
      for (int tap = 0; tap < p.kernel_h * p.kernel_w; ++tap)
        for (int c = 0; c < p.in_c; order += 8) {
          const int count = (p.in_c - c) % 32 ? (p.in_c - c) % 32 : 32;
          const PairHalves &halves = pairHalves()[order[7] >> 4];
          int missing = 0;
          for (int i = 0; i < 16; ++i) {
            int partner = order[i / 2] >> (4 * (i % 2)) & 15;
            if (i == 15)
              partner = missing;
            missing ^= partner;
            for (int channel :
                 {halves[size_t(i)], halves[size_t(16 + partner)]})
              if (2 * i < count)
                codes.push_back(x[size_t(tap * p.in_c + c + channel)] + 128);
          }
          c += count;
        }
      for (int i = 0; i < twice; ++i)
        for (int byte : {0, 1})
          codes.push_back(codes[size_t(
              (header[2 + 2 * i] | header[3 + 2 * i] << 8) + byte)]);
      header = order;
      for (int c = 0; c < channels; ++c) {
        int32_t sum = packed.bias[size_t(oc + c)];
        for (size_t k = 0; k < codes.size(); k += 2) {
          const int8_t *w =
              weights + k / 4 * 4 * size_t(channels) + 4 * c + k % 4;
          const int pair = codes[k] * w[0] + codes[k + 1] * w[1];
          saturated |= pair != std::clamp(pair, -32768, 32767);
          sum += std::clamp(pair, -32768, 32767);
        }
        sums.push_back(sum);
      }
      weights += codes.size() * size_t(channels);
    }
    EXPECT_LE(header, packed.filter.data() + begin);
    const auto *end =
        reinterpret_cast<const int8_t *>(filter) + packed.filter.size();
    EXPECT_LE(weights, end);
    return sums;
  }

  std::vector<int32_t> expected(const std::vector<int8_t> &x,
                                const std::vector<int8_t> &filter) const {
    std::vector<int32_t> sums;
    for (int oc = 0; oc < p.out_c; ++oc) {
      int32_t sum = 0;
      for (int k = 0; k < column; ++k)
        sum += (x[size_t(k)] - p.in_zero) * filter[size_t(oc * column + k)];
      sums.push_back(sum);
    }
    return sums;
  }

  bool saturated = false;

private:
  qrt_conv2d p;
  int column;
  PackedFilter packed;
};

/// Of each kind: mostly safe, often not, hardly ever.
std::vector<int8_t> filterOf(size_t count, double spread,
                             std::mt19937 &random) {
  std::normal_distribution<double> normal(0, spread);
  std::vector<int8_t> filter(count);
  for (int8_t &w : filter)
    w = int8_t(std::clamp(normal(random), -128.0, 127.0));
  return filter;
}

TEST(SafePairs, NothingSaturatesAndNothingIsLost) {
  std::mt19937 random(3);
  for (int ic : {32, 36, 60, 64, 100, 132})
    for (int kernel : {1, 3})
      for (double spread : {20.0, 45.0, 400.0}) {
        const qrt_conv2d p = conv(3, 3, ic, 37, kernel);
        const int column = kernel * kernel * ic;
        const auto filter = filterOf(size_t(37 * column), spread, random);
        Model model(p, filter);
        for (int trial = 0; trial < 8; ++trial) {
          std::vector<int8_t> x(size_t(column), int8_t(trial ? -128 : 127));
          for (int8_t &code : x)
            if (trial > 0 && random() % 4)
              code = int8_t(random() % 4 ? 127 : random());
          ASSERT_EQ(model.run(x), model.expected(x, filter))
              << ic << " channels, kernel " << kernel << ", " << spread;
        }
        EXPECT_FALSE(model.saturated);
      }
}

/// Most pairs with one node in each half: which sets of the second half can be
/// taken is known for no node of the first, for one, for two...
int largestMatching(const std::vector<uint32_t> &edges,
                    const PairHalves &halves) {
  std::vector<bool> canTake(1 << 16, false);
  canTake[0] = true;
  for (size_t u = 0; u < 16; ++u)
    for (size_t taken = 1 << 16; taken-- > 0;)
      for (size_t v = 0; v < 16 && canTake[taken]; ++v)
        if (edges[halves[u]] >> halves[16 + v] & 1)
          canTake[taken | size_t(1) << v] = true;
  int most = 0;
  for (size_t taken = 0; taken < canTake.size(); ++taken)
    if (canTake[taken])
      most = std::max(most, __builtin_popcountll(taken));
  return most;
}

TEST(SafePairs, AsFewAsPossibleAreApart) {
  std::mt19937 random(5);
  int least = 16, most = 0;
  for (int trial = 0; trial < 24; trial += 4) {
    std::vector<uint32_t> edges(32, 0);
    // An output channel for each two that are to stay apart.
    std::vector<int8_t> filter;
    for (int u = 0; u < 32; ++u)
      for (int v = u + 1; v < 32; ++v) {
        if (int(random() % 100) < 1 + trial) {
          edges[size_t(u)] |= 1u << v;
          edges[size_t(v)] |= 1u << u;
          continue;
        }
        filter.resize(filter.size() + 32);
        int8_t *channel = &filter[filter.size() - 32];
        channel[u] = channel[v] = random() % 2 ? 65 : -65;
      }
    int matched = 0;
    for (const PairHalves &halves : pairHalves())
      matched = std::max(matched, largestMatching(edges, halves));
    least = std::min(least, matched), most = std::max(most, matched);
    const SafePairs pairs =
        safePairs(filter.data(), int(filter.size() / 32), 1, 32);
    ASSERT_EQ(pairs.split.size(), size_t(16 - matched)) << trial;
    std::vector<int> sorted = pairs.column;
    std::sort(sorted.begin(), sorted.end());
    for (int i = 0; i < 32; ++i)
      ASSERT_EQ(sorted[size_t(i)], i);
  }
  EXPECT_LT(least, 8);
  EXPECT_EQ(most, 16);
}

// Of any multiple of four channels, half are in each half, at its beginning.
TEST(SafePairs, HalvesOfFewerChannels) {
  for (const PairHalves &halves : pairHalves()) {
    EXPECT_TRUE(std::is_sorted(halves.begin(), halves.begin() + 16));
    EXPECT_TRUE(std::is_sorted(halves.begin() + 16, halves.end()));
    for (size_t count = 2; count <= 16; count += 2)
      for (size_t first : {size_t(0), size_t(16)})
        EXPECT_LT(halves[first + count - 1], 2 * count);
  }
}

TEST(SafePairs, Limits) {
  EXPECT_TRUE(isSafePair(127, 1));
  EXPECT_FALSE(isSafePair(127, 2));
  EXPECT_TRUE(isSafePair(-128, 0));
  EXPECT_FALSE(isSafePair(-128, -1));
  EXPECT_TRUE(isSafePair(-128, 127));
  EXPECT_TRUE(isSafePair(64, 64));
  EXPECT_FALSE(isSafePair(-64, -65));
}

TEST(SafePairs, RowsSayWhatIsProved) {
  Problem problem{Op::Conv2D, conv(7, 7, 64, 50)};
  std::vector<int8_t> filter(64 * 50, 3);
  problem.splitPairs =
      mostSplitPairs(std::get<qrt_conv2d>(problem.params), filter.data());
  EXPECT_EQ(problem.splitPairs, 0);
  const auto &target = *quench::targets::findTarget("x86_avx2");
  EXPECT_THAT(select(problem, target).reason,
              HasSubstr("conv2d_pairs_s8_3x24x4_x86_avx2: "));
  EXPECT_THAT(select(problem, target).reason,
              HasSubstr("no pair of products saturates, 0 of 32 multiplied "
                        "apart"));
  const double cost = row().cost(problem, target);
  // All pairs of the last block are bad.
  std::fill(filter.begin() + 48 * 64, filter.end(), int8_t(127));
  problem.splitPairs =
      mostSplitPairs(std::get<qrt_conv2d>(problem.params), filter.data());
  EXPECT_EQ(problem.splitPairs, 32);
  EXPECT_GT(row().cost(problem, target), 1.4 * cost);
  EXPECT_EQ(select(problem, target).kernel->symbol,
            "conv2d_rows_s8_6x16x2_x86_avx2");
  std::string why;
  EXPECT_FALSE(row().accepts({Op::Conv2D, conv(7, 7, 24, 50)}, &why));
  EXPECT_EQ(why, "24 input channels in 1 groups, wants a multiple of 4 and 32 "
                 "or more in one");
  EXPECT_EQ(mostSplitPairs(conv(7, 7, 24, 50), filter.data()), -1);
}

class Pairs : public testing::TestWithParam<Compiled> {};

/// Runs a kernel beside the reference.
void check(const Compiled &compiled, const qrt_conv2d &p,
           const std::vector<int8_t> &filter,
           const std::vector<int8_t> &codes) {
  const std::vector<int32_t> bias(size_t(p.out_c), 1000);
  const std::vector<float> mul(size_t(p.out_c), 0.001f);
  const PackedFilter packed =
      pack(*compiled.kernel, p, filter.data(), bias.data(), mul.data());
  const Exact<int8_t> stored(packed.filter), x(codes);
  Exact<uint8_t> scratch(compiled.kernel->scratchBytes(Problem{Op::Conv2D, p}),
                         64);
  std::memset(scratch.data(), 0xA5, scratch.size());
  const size_t count = size_t(p.out_h * p.out_w * p.out_c);
  Exact<int8_t> expected(count), y(count);
  qrt_ref_conv2d_s8(&p, codes.data(), filter.data(), bias.data(), mul.data(),
                    nullptr, expected.data());
  reinterpret_cast<ConvFunction<>>(compiled.function)(
      &p, x.data(), stored.data(), packed.bias.data(), mul.data(), nullptr,
      y.data(), scratch.data());
  ASSERT_EQ(y.values(), expected.values());
}

// Any two channels of all output channels have the largest weights, or the
// smallest; the codes are the largest.
TEST_P(Pairs, ExtremesAtEveryPair) {
  const qrt_conv2d p = conv(1, 2, 44, 26);
  const std::vector<int8_t> codes(2 * 44, 127);
  for (int extreme : {127, -128})
    for (int u = 0; u < 44; ++u)
      for (int v = 0; v < u; ++v) {
        std::vector<int8_t> filter(26 * 44);
        for (int oc = 0; oc < 26; ++oc)
          filter[size_t(44 * oc + u)] = filter[size_t(44 * oc + v)] =
              int8_t(extreme);
        check(GetParam(), p, filter, codes);
        if (HasFatalFailure())
          FAIL() << "channels " << u << " and " << v << ": " << extreme;
      }
}

// From none to all pairs are multiplied apart.
TEST_P(Pairs, AnyNumberApart) {
  std::mt19937 random(9);
  for (int number = 0; number <= 72; number += 1 + number / 8) {
    const qrt_conv2d p = conv(5, 11, 72, 25, 1);
    std::vector<int8_t> filter(25 * 72), codes(5 * 11 * 72);
    for (int8_t &code : codes)
      code = int8_t(random() % 3 ? 127 : random());
    for (int oc = 0; oc < 25; ++oc)
      for (int k = 0; k < 72; ++k)
        filter[size_t(72 * oc + k)] = int8_t(k < number ? 126 - oc % 2 : -k);
    check(GetParam(), p, filter, codes);
    if (HasFatalFailure())
      FAIL() << number << " channels";
  }
}

INSTANTIATE_TEST_SUITE_P(Catalogue, Pairs,
                         testing::ValuesIn(hostConvolutions("pairs")),
                         [](const testing::TestParamInfo<Compiled> &info) {
                           return info.param.name;
                         });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Pairs);

} // namespace
