// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Partners by maximum bipartite matching (Kuhn 1955: augmenting ways), for each
// way to halve a window; the one that leaves the fewest channels is taken. With
// eight ways few are left that a matching in the whole graph would join, which
// takes more bytes to say.

#include "codegen/kernels/SafePairs.h"

#include <algorithm>
#include <cassert>

namespace quench::kernels {

namespace {

constexpr int halfWindow = pairWindow / 2;

/// Partners in the second half of a window for channels of the first.
class Matching {
public:
  /// \param edges  [first half]: bits of the second half
  explicit Matching(const std::array<uint32_t, halfWindow> &edges)
      : edges(edges) {
    partner.fill(none);
    owner.fill(none);
    for (int u = 0; u < halfWindow; ++u) {
      uint32_t seen = 0;
      count += augment(u, seen);
    }
  }

  static constexpr int none = -1;
  int count = 0;
  std::array<int, halfWindow> partner = {};

private:
  bool augment(int u, uint32_t &seen) {
    for (uint32_t left = edges[size_t(u)] & ~seen; left;
         left = edges[size_t(u)] & ~seen) {
      const int v = __builtin_ctz(left);
      seen |= 1u << v;
      if (owner[size_t(v)] == none || augment(owner[size_t(v)], seen)) {
        owner[size_t(v)] = u;
        partner[size_t(u)] = v;
        return true;
      }
    }
    return false;
  }

  const std::array<uint32_t, halfWindow> &edges;
  std::array<int, halfWindow> owner = {};
};

/// For each channel of a window, the channels it may be a neighbour of.
using Edges = std::array<uint32_t, pairWindow>;

/// \param weights  of the first output channel; the next is `stride` further
Edges edgesOf(const int8_t *weights, int count, int stride, int channels) {
  Edges edges = {};
  for (int u = 0; u < channels; ++u)
    for (int v = 0; v < u; ++v) {
      bool isSafe = true;
      for (int oc = 0; oc < count && isSafe; ++oc) {
        const int8_t *w = weights + ptrdiff_t(oc) * stride;
        isSafe = isSafePair(w[u], w[v]);
      }
      edges[size_t(u)] |= uint32_t(isSafe) << v;
      edges[size_t(v)] |= uint32_t(isSafe) << u;
    }
  return edges;
}

/// The code of the best order.
uint64_t bestCode(const Edges &edges, int channels) {
  uint64_t best = 0;
  int most = -1;
  for (size_t way = 0; way < pairHalves().size(); ++way) {
    const PairHalves &halves = pairHalves()[way];
    std::array<uint32_t, halfWindow> across = {};
    for (size_t u = 0; u < halfWindow; ++u)
      for (size_t v = 0; v < halfWindow; ++v)
        across[u] |= (edges[halves[u]] >> halves[halfWindow + v] & 1) << v;
    const Matching matching(across);
    if (matching.count <= most)
      continue;
    most = matching.count;
    // Channels without a partner take what is left, of those that there are
    // first.
    auto partner = matching.partner;
    uint32_t taken = 0;
    for (int v : partner)
      taken |= v == Matching::none ? 0 : 1u << v;
    for (int &v : partner)
      if (v == Matching::none) {
        v = __builtin_ctz(~taken);
        taken |= 1u << v;
      }
    best = way << 60;
    for (size_t u = 0; u + 1 < halfWindow; ++u)
      best |= uint64_t(partner[u]) << (4 * u);
    if (2 * most == channels)
      break;
  }
  return best;
}

/// The channels of a window in the order of a code.
std::array<int, pairWindow> decode(uint64_t code) {
  const PairHalves &halves = pairHalves()[code >> 60];
  std::array<int, pairWindow> order = {};
  uint64_t last = 0;
  for (size_t u = 0; u < halfWindow; ++u) {
    const uint64_t v = u + 1 < halfWindow ? code >> (4 * u) & 15 : last;
    last ^= v;
    order[2 * u] = halves[u];
    order[2 * u + 1] = halves[halfWindow + v];
  }
  return order;
}

std::array<PairHalves, 8> makeHalves() {
  // Two of four.
  static constexpr uint8_t choices[6][4] = {
      {0, 1, 2, 3},
      {0, 2, 1, 3},
      {0, 3, 1, 2},
      {1, 2, 0, 3},
      {1, 3, 0, 2},
      {2, 3, 0, 1}
  };
  std::array<PairHalves, 8> all = {};
  // Any sequence will do.
  uint32_t random = 1;
  for (PairHalves &halves : all)
    for (size_t four = 0; four < pairWindow / 4; ++four) {
      random = random * 1664525 + 1013904223;
      const uint8_t *choice = choices[(random >> 16) % 6];
      for (size_t i = 0; i < 4; ++i)
        halves[i / 2 * halfWindow + 2 * four + i % 2] =
            uint8_t(4 * four + choice[i]);
    }
  return all;
}

} // namespace

const std::array<PairHalves, 8> &pairHalves() {
  static const std::array<PairHalves, 8> all = makeHalves();
  return all;
}

SafePairs safePairs(const int8_t *filter, int count, int taps, int depth) {
  assert(depth % 4 == 0 && depth >= pairWindow);
  const int stride = taps * depth;
  SafePairs pairs;
  for (int tap = 0; tap < taps; ++tap)
    for (int first = 0; first < depth;) {
      const int rest = (depth - first) % pairWindow;
      const int channels = rest ? rest : pairWindow;
      const int start = tap * depth + first;
      const uint64_t code =
          bestCode(edgesOf(filter + start, count, stride, channels), channels);
      pairs.codes.push_back(code);
      const auto order = decode(code);
      for (int i = 0; i < channels; ++i)
        pairs.column.push_back(start + order[size_t(i)]);
      first += channels;
    }
  for (int i = 0; i < stride; i += 2)
    for (int oc = 0; oc < count; ++oc) {
      const int8_t *w = filter + ptrdiff_t(oc) * stride;
      if (isSafePair(w[pairs.column[size_t(i)]],
                     w[pairs.column[size_t(i) + 1]]))
        continue;
      pairs.split.push_back(i);
      break;
    }
  return pairs;
}

bool hasPairs(const qrt_conv2d &conv) {
  return conv.groups == 1 && conv.in_c >= pairWindow && conv.in_c % 4 == 0 &&
         conv.kernel_h * conv.kernel_w * conv.in_c < (1 << 15);
}

int mostSplitPairs(const qrt_conv2d &conv, const int8_t *filter) {
  if (!hasPairs(conv))
    return -1;
  const int taps = conv.kernel_h * conv.kernel_w;
  size_t most = 0;
  for (int oc = 0; oc < conv.out_c; oc += pairBlock)
    most = std::max(most, safePairs(filter + ptrdiff_t(oc) * taps * conv.in_c,
                                    std::min(pairBlock, conv.out_c - oc), taps,
                                    conv.in_c)
                              .split.size());
  return int(most);
}

} // namespace quench::kernels
