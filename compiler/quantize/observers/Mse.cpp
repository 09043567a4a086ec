// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The search over masses. 0 is a code, so the numbers of every grid of scale s
// are multiples of s: the rounding error of a mass depends on s alone, that of
// an interval is a difference of prefix sums, and all zero points of one scale
// cost no more than one pass over the masses.

#include "compiler/quantize/observers/Mse.h"

#include "compiler/quantize/fakequant/SchemeGrid.h"

#include <algorithm>
#include <cassert>
#include <cmath>

using namespace quench::quantize;

namespace {

/// Nearest integer of |u| < 2^51, ties to even, without a call of libm.
double nearest(double u) {
  constexpr double magic = 0x1.8p52;
  return (u + magic) - magic;
}

/// Mean of (u - code)^2 for u spread evenly over low..high, where code is the
/// nearest integer inside first..last. The integral from 0 is, with r the code
/// of u, r/12 for the whole codes below and (u - r)^3/3 for the rest, also far
/// outside the codes.
double meanError(double low, double high, double first, double last) {
  auto code = [&](double u) { return nearest(std::clamp(u, first, last)); };
  auto integral = [&](double u) {
    const double r = code(u);
    return r / 12 + (u - r) * (u - r) * (u - r) / 3;
  };
  const double width = high - low;
  // What is this narrow would drown in the difference.
  if (width <= 1e-6 * std::max(std::fabs(low), std::fabs(high))) {
    const double u = (low + high) / 2, error = u - code(u);
    return error * error;
  }
  return std::max(0.0, (integral(high) - integral(low)) / width);
}

double massError(const Mass &mass, double scale, double first, double last) {
  return mass.count * scale * scale *
         meanError(mass.low / scale, mass.high / scale, first, last);
}

/// A range in double, while it is searched for.
struct Ends {
  double low;
  double high;

  Range range() const {
    return {static_cast<float>(low), static_cast<float>(high)};
  }
};

constexpr double unbounded = 0x1p50; // codes: rounding without clipping
constexpr int scalesPerOctave = 8;   // of the coarse search
constexpr int octaves = 24;          // at most; clipping ends it long before
constexpr double zeroPoints = 256;   // tried for a scale, at most about

class Search {
public:
  Search(llvm::ArrayRef<Mass> masses, Range seen, const Scheme &scheme)
      : masses(masses), scheme(scheme),
        symmetric(scheme.symmetry != Symmetry::Asymmetric),
        outer{std::min(seen.min, 0.0f), std::max(seen.max, 0.0f)},
        rounding(masses.size() + 1), sums(masses.size() + 1) {
    if (symmetric)
      outer = around(std::max(-outer.low, outer.high));
    for (size_t i = 0; i < masses.size(); ++i) {
      const Mass &mass = masses[i];
      const double x = mass.center(), width = mass.high - mass.low;
      sums[i + 1].count = sums[i].count + mass.count;
      sums[i + 1].first = sums[i].first + mass.count * x;
      sums[i + 1].second =
          sums[i].second + mass.count * (x * x + width * width / 12);
    }
    best = outer;
    bestError = errorOf(best);
  }

  Ends run() {
    if (outer.low == outer.high)
      return outer;
    const Ends start = coarse();
    accept(start);
    refine();
    return best;
  }

private:
  /// Count, sum and sum of squares of the masses before one.
  struct Moments {
    double count = 0;
    double first = 0;
    double second = 0;
  };

  double errorOf(const Ends &ends) const {
    return squaredError(masses, schemeGrid(ends.range(), scheme));
  }

  bool accept(const Ends &ends) {
    const double error = errorOf(ends);
    if (error >= bestError)
      return false;
    best = ends;
    bestError = error;
    return true;
  }

  /// Sum of count * (x - end)^2 of masses from..to - 1.
  double clipping(size_t from, size_t to, double end) const {
    const Moments &a = sums[from], &b = sums[to];
    return (b.second - a.second) - 2 * end * (b.first - a.first) +
           end * end * (b.count - a.count);
  }

  /// The best of all zero points of a series of scales, from the whole range
  /// downwards until clipping alone is worse. A mass counts as inside or
  /// outside by its centre.
  Ends coarse() {
    const double steps = double(scheme.max() - scheme.min());
    const double most = (outer.high - outer.low) / steps;
    Ends found = outer;
    double foundError = bestError;
    for (int i = 1; i < scalesPerOctave * octaves; ++i) {
      const double scale = most * std::exp2(-double(i) / scalesPerOctave);
      for (size_t j = 0; j < masses.size(); ++j)
        rounding[j + 1] =
            rounding[j] + massError(masses[j], scale, -unbounded, unbounded);
      double leastClipping = INFINITY;
      size_t from = masses.size(), to = masses.size();
      // `below` codes are below 0; one more moves the range down.
      const double firstBelow = symmetric ? double(-scheme.min()) : 0;
      const double lastBelow = symmetric ? firstBelow : steps;
      const double stride = std::max(1.0, std::floor(steps / zeroPoints));
      for (double below = firstBelow; below <= lastBelow; below += stride) {
        const Ends ends{-below * scale, (steps - below) * scale};
        if (!symmetric &&
            (ends.low < outer.low - scale || ends.high > outer.high + scale))
          continue;
        while (from > 0 && masses[from - 1].center() >= ends.low)
          --from;
        while (to > 0 && masses[to - 1].center() > ends.high)
          --to;
        const double clipped = clipping(0, from, ends.low) +
                               clipping(to, masses.size(), ends.high);
        leastClipping = std::min(leastClipping, clipped);
        const double error = clipped + rounding[to] - rounding[from];
        if (error < foundError) {
          foundError = error;
          found = symmetric ? around(scale * steps / 2) : inside(ends);
        }
      }
      if (leastClipping > foundError)
        break;
    }
    return found;
  }

  /// Moves one end, or both, by less and less.
  void refine() {
    static constexpr Ends moves[] = {
        {1,  -1},
        {-1, 1 },
        {1,  0 },
        {-1, 0 },
        {0,  1 },
        {0,  -1},
        {1,  1 },
        {-1, -1},
    };
    const auto allowed =
        llvm::ArrayRef(moves).take_front(symmetric ? 2 : std::size(moves));
    const double steps = double(scheme.max() - scheme.min());
    for (double part = 1.0 / 16; part * steps > 1.0 / 4; part /= 2)
      for (bool moved = true; moved;) {
        moved = false;
        const double distance = (best.high - best.low) * part;
        for (const Ends &move : allowed)
          moved |= accept(inside({best.low + move.low * distance,
                                  best.high + move.high * distance}));
      }
  }

  static Ends around(double high) { return {-high, high}; }

  /// Not beyond the data, and around 0.
  Ends inside(const Ends &ends) const {
    return {std::clamp(ends.low, outer.low, 0.0),
            std::clamp(ends.high, 0.0, outer.high)};
  }

  llvm::ArrayRef<Mass> masses;
  const Scheme &scheme;
  bool symmetric;
  Ends outer;
  std::vector<double> rounding; ///< prefix sums of one scale
  std::vector<Moments> sums;
  Ends best;
  double bestError = 0;
};

Range mseOfHistogram(const Histogram &histogram,
                     const ObserverOptions &options) {
  return mseRange(histogram.masses(), histogram.range(), options.scheme);
}

} // namespace

double quench::quantize::squaredError(llvm::ArrayRef<Mass> masses,
                                      const Grid &grid) {
  const double first = double(grid.min) - grid.zero;
  const double last = double(grid.max) - grid.zero;
  double sum = 0;
  for (const Mass &mass : masses)
    sum += massError(mass, grid.scale, first, last);
  return sum;
}

Range quench::quantize::mseRange(llvm::ArrayRef<Mass> masses, Range seen,
                                 const Scheme &scheme) {
  assert(!masses.empty() && "something was seen");
  const Range found = Search(masses, seen, scheme).run().range();
  const float max = std::clamp(found.max, std::min(seen.max, 0.0f), seen.max);
  const float min = std::clamp(found.min, seen.min, std::max(seen.min, 0.0f));
  return {std::min(min, max), max};
}

std::unique_ptr<Observer>
quench::quantize::createMseObserver(const ObserverOptions &options) {
  return std::make_unique<HistogramObserver>(options, mseOfHistogram);
}
