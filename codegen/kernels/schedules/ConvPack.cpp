// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Packing. The bias takes everything that does not depend on the data:
//
//   sum (x - zx)(w - zw) = sum (x + s) w - zw sum (x + s)
//                          - (s + zx) (sum w - K zw)
//
// with s what the instruction adds to activations and K the products of one
// output. The first two sums are the kernel's; the last term is folded here.
// All of it modulo 2^32, as the accumulators are; the true sum fits int32.

#include "codegen/kernels/schedules/ConvPack.h"
#include "codegen/kernels/SafePairs.h"
#include "codegen/kernels/schedules/Schedule.h"

#include <algorithm>

namespace quench::kernels {

/// The bias of one channel, with `count` weights.
static int32_t foldedBias(int biasA, const qrt_conv2d &conv,
                          const int8_t *weights, int count, int32_t bias) {
  int64_t sum = 0;
  for (int i = 0; i < count; ++i)
    sum += weights[i];
  const int64_t shift = biasA + conv.in_zero;
  const int64_t folded =
      bias - shift * (sum - int64_t(count) * conv.filter_zero);
  return static_cast<int32_t>(static_cast<uint32_t>(folded));
}

/// A PackedFilter without its filter; `biasA` is added to activations.
static PackedFilter packChannels(const Isa &isa, int biasA,
                                 const qrt_conv2d &conv, const int8_t *filter,
                                 const int32_t *bias, const float *mul) {
  const int count = conv.kernel_h * conv.kernel_w * (conv.in_c / conv.groups);
  PackedFilter packed;
  for (int oc = 0; oc < conv.out_c; ++oc)
    packed.bias.push_back(foldedBias(biasA, conv,
                                     filter + ptrdiff_t(oc) * count, count,
                                     bias ? bias[oc] : 0));
  packed.mul.assign(mul, mul + conv.out_c);
  const int bytes = 4 * conv.out_c;
  packed.channelAlignment = std::min(bytes & -bytes, isa.vectorBytes());
  return packed;
}

ConvTaps convTaps(const Isa &isa, const qrt_conv2d &conv, bool copiesRows) {
  ConvTaps taps;
  taps.merged = copiesRows && conv.dilation_w == 1 && conv.groups == 1;
  taps.count = taps.merged ? conv.kernel_h : conv.kernel_h * conv.kernel_w;
  taps.depth = conv.in_c / conv.groups * (taps.merged ? conv.kernel_w : 1);
  taps.steps = static_cast<int>(divideUp(taps.depth, isa.kr()));
  return taps;
}

/// Appends one step of `channels` channels, in the order of loadB().
template <typename Code>
static void packStep(std::vector<uint8_t> &to, const Isa &isa, int channels,
                     Code code) {
  const int run = isa.productRun();
  for (int first = 0; first < channels; first += isa.lanes())
    for (int begin = 0; begin < isa.kr(); begin += run)
      for (int oc = first; oc < std::min(first + isa.lanes(), channels); ++oc)
        for (int i = begin; i < begin + run; ++i)
          to.push_back(static_cast<uint8_t>(code(oc, i)));
}

PackedFilter packConvTile(const Kernel &kernel, bool copiesRows,
                          const qrt_conv2d &conv, const int8_t *filter,
                          const int32_t *bias, const float *mul) {
  const Isa &isa = isaOf(kernel);
  const ConvTaps taps = convTaps(isa, conv, copiesRows);
  const int kr = isa.kr(), nr = kernel.tile.nr;
  const int channels = conv.out_c / conv.groups;
  const int depth = conv.kernel_h * conv.kernel_w * (conv.in_c / conv.groups);
  PackedFilter packed = packChannels(isa, isa.biasA(), conv, filter, bias, mul);
  packed.filter.reserve(size_t(conv.out_c) * size_t(taps.count) *
                        size_t(taps.steps) * size_t(kr));
  // A step of the last block has kr codes of all channels that are left.
  const int stride = kr * channels;
  packed.filterAlignment = std::min(stride & -stride, isa.loadBBytes());
  for (int g = 0; g < conv.groups; ++g) {
    const int8_t *group = filter + ptrdiff_t(g) * channels * depth;
    for (int first = 0; first < channels; first += nr) {
      const int last = std::min(first + nr, channels);
      for (int tap = 0; tap < taps.count; ++tap)
        for (int step = 0; step < taps.steps; ++step)
          packStep(packed.filter, isa, last - first, [&](int oc, int i) {
            const int k = step * kr + i;
            return k < taps.depth ? group[ptrdiff_t(first + oc) * depth +
                                          tap * taps.depth + k]
                                  : int8_t(0);
          });
      packed.blocks.push_back(
          {packed.filter.size(), g * channels + first, last - first});
    }
  }
  if (kernel.filterZero)
    for (int k = 0; k < taps.steps * kr; ++k) {
      packed.filter.push_back(k < taps.depth);
      if (isa.activationBytes() == 2)
        packed.filter.push_back(0);
    }
  // Unpacked weights have the rest of scratch behind them.
  if (!isa.hasMasks() && kernel.filterBits == 8)
    packed.filter.resize(packed.filter.size() +
                         size_t(roundUp(channels, isa.lanes()) - channels) *
                             size_t(kr));
  return packed;
}

/// `bytes` bytes of a number, the lowest first.
static void append(std::vector<uint8_t> &to, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i)
    to.push_back(uint8_t(value >> (8 * i)));
}

/// Appends the header of a block and its weights, of `count` channels.
static void packPairs(std::vector<uint8_t> &headers,
                      std::vector<uint8_t> &weights, const qrt_conv2d &conv,
                      const int8_t *filter, int count) {
  const int taps = conv.kernel_h * conv.kernel_w, column = taps * conv.in_c;
  SafePairs pairs = safePairs(filter, count, taps, conv.in_c);
  // A step is two pairs; the first one is safe by now.
  if (pairs.split.size() % 2)
    pairs.split.push_back(pairs.split.front());
  append(headers, pairs.split.size(), 2);
  for (int at : pairs.split)
    append(headers, uint64_t(at), 2);
  for (uint64_t code : pairs.codes)
    append(headers, code, 8);
  // Of each channel the weights in order, without the second of a pair that
  // saturates, then those.
  std::vector<std::vector<int8_t>> channels;
  for (int oc = 0; oc < count; ++oc) {
    const int8_t *w = filter + ptrdiff_t(oc) * column;
    auto &channel = channels.emplace_back();
    for (int at : pairs.column)
      channel.push_back(w[at]);
    for (int at : pairs.split) {
      int8_t *const pair = &channel[size_t(at)];
      const bool isSafe = isSafePair(pair[0], pair[1]);
      const int8_t second = isSafe ? int8_t(0) : pair[1];
      if (!isSafe)
        pair[1] = 0;
      channel.insert(channel.end(), {0, second});
    }
  }
  for (size_t k = 0; k < channels.front().size(); k += 4)
    for (const std::vector<int8_t> &channel : channels)
      for (size_t i = k; i < k + 4; ++i)
        weights.push_back(uint8_t(channel[i]));
}

PackedFilter packConvPairs(const Kernel &kernel, const qrt_conv2d &conv,
                           const int8_t *filter, const int32_t *bias,
                           const float *mul) {
  const Isa &isa = isaOf(kernel);
  const int column = conv.kernel_h * conv.kernel_w * conv.in_c;
  PackedFilter packed = packChannels(isa, isa.biasA(), conv, filter, bias, mul);
  std::vector<uint8_t> headers, weights;
  for (int oc = 0; oc < conv.out_c; oc += pairBlock)
    packPairs(headers, weights, conv, filter + ptrdiff_t(oc) * column,
              std::min(pairBlock, conv.out_c - oc));
  packed.filterAlignment = isa.loadBBytes();
  const int64_t begin =
      roundUp(int64_t(headers.size()) + 4, packed.filterAlignment);
  append(packed.filter, uint64_t(begin), 4);
  packed.filter.insert(packed.filter.end(), headers.begin(), headers.end());
  packed.filter.resize(size_t(begin));
  packed.filter.insert(packed.filter.end(), weights.begin(), weights.end());
  const int64_t beyond =
      (roundUp(conv.out_c, isa.lanes()) - conv.out_c) * isa.kr();
  packed.filter.resize(size_t(
      roundUp(int64_t(packed.filter.size()) + beyond, packed.filterAlignment)));
  packed.blocks.push_back({packed.filter.size(), 0, conv.out_c});
  return packed;
}

PackedFilter packWinograd(const Kernel &kernel, const qrt_conv2d &conv,
                          const int8_t *filter, const int32_t *bias,
                          const float *mul) {
  const Isa &isa = isaOf(kernel);
  const int nr = kernel.tile.nr, taps = conv.kernel_h * conv.kernel_w;
  PackedFilter packed = packChannels(isa, /*biasA=*/0, conv, filter, bias, mul);
  for (int first = 0; first < conv.out_c; first += nr) {
    const int last = std::min(first + nr, conv.out_c);
    for (int ic = 0; ic < conv.in_c; ic += 2)
      for (int tap = 0; tap < taps; ++tap)
        for (int oc = first; oc < last; ++oc)
          for (int k = ic; k < ic + 2; ++k)
            packed.filter.push_back(static_cast<uint8_t>(
                k < conv.in_c
                    ? filter[(ptrdiff_t(oc) * taps + tap) * conv.in_c + k]
                    : 0));
    packed.blocks.push_back({packed.filter.size(), first, last - first});
  }
  const int stride = 2 * conv.out_c;
  packed.filterAlignment = std::min(stride & -stride, isa.vectorBytes());
  if (!isa.hasMasks())
    packed.filter.resize(packed.filter.size() +
                         size_t(roundUp(conv.out_c, isa.lanes()) - conv.out_c) *
                             2);
  return packed;
}

std::vector<ChannelBlock> channelBlocks(const Isa &isa, int channels) {
  std::vector<ChannelBlock> blocks;
  const int widest = isa.rowChannels();
  int first = 0;
  for (; channels - first >= widest; first += widest)
    blocks.push_back({first, widest, widest, isa.vectorBytes()});
  // What is left goes into the narrowest register that holds it.
  if (const int left = channels - first) {
    int bytes = isa.vectorBytes(), width = widest;
    while (bytes > 16 && width / 2 >= left) {
      bytes /= 2;
      width /= 2;
    }
    blocks.push_back({first, left, width, bytes});
  }
  return blocks;
}

PackedFilter packDepthwise(const Kernel &kernel, const qrt_conv2d &conv,
                           const int8_t *filter, const int32_t *bias,
                           const float *mul) {
  const Isa &isa = isaOf(kernel);
  const int taps = conv.kernel_h * conv.kernel_w;
  PackedFilter packed = packChannels(isa, isa.biasA(), conv, filter, bias, mul);
  for (const ChannelBlock &block : channelBlocks(isa, conv.in_c)) {
    for (int tap = 0; tap < taps; ++tap)
      for (int c = block.first; c < block.first + block.count; ++c)
        packed.filter.push_back(
            static_cast<uint8_t>(filter[ptrdiff_t(c) * taps + tap]));
  }
  packed.blocks.push_back({packed.filter.size(), 0, conv.in_c});
  return packed;
}

} // namespace quench::kernels
