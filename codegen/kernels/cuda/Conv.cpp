// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Convolutions on GPUs: tiles on tensor cores, and depthwise ones.

#include "codegen/kernels/cuda/Cuda.h"
#include "codegen/kernels/schedules/Schedule.h"

#include <algorithm>
#include <deque>

namespace quench::kernels {

namespace {

/// Parts of K where a grid is too small for the chip.
constexpr int partCounts[] = {1, 2, 4, 8};

constexpr int stepBytes = 64;

int64_t depthOf(const qrt_conv2d &conv) {
  return int64_t{conv.kernel_h} * conv.kernel_w * conv.in_c;
}
int64_t pixelsOf(const qrt_conv2d &conv) {
  return int64_t{conv.batch} * conv.out_h * conv.out_w;
}

const targets::Gpu &gpuOf(const targets::Target &target) {
  return *targets::findGpu(target.name);
}

/// The bias less what the zero point of the input adds to every output: padding
/// has that code, so all taps count.
int32_t foldedBias(const qrt_conv2d &conv, const int8_t *filter, size_t count,
                   const int32_t *bias, size_t channel) {
  int64_t sum = 0;
  for (size_t i = 0; i < count; ++i)
    sum += filter[channel * count + i];
  const int64_t whole = (bias ? bias[channel] : 0) - sum * conv.in_zero;
  return static_cast<int32_t>(static_cast<uint32_t>(whole));
}

class Tiles final : public Schedule {
public:
  explicit Tiles(const CudaTile &tile) : tile(tile) {}

  bool accepts(const Kernel &, const Problem &problem,
               std::string *why) const override {
    const auto *conv = std::get_if<qrt_conv2d>(&problem.params);
    if (problem.op != Op::Conv2D || !conv)
      return decline(why, "another op");
    if (conv->groups != 1)
      return decline(why, "groups");
    if (conv->filter_zero != 0)
      return decline(why, "the filter has a zero point");
    // A row of the input has a bit for each tap.
    if (conv->kernel_h * conv->kernel_w > 63)
      return decline(why, "more than 63 taps");
    const int64_t steps = divideUp(depthOf(*conv), stepBytes);
    if (steps < 2 * tile.parts && tile.parts > 1)
      return decline(why, "too few products for " + std::to_string(tile.parts) +
                              " parts");
    return true;
  }

  double cost(const Kernel &, const Problem &problem,
              const targets::Target &target) const override {
    return boundOf(std::get<qrt_conv2d>(problem.params), tile, gpuOf(target))
        .cycles();
  }

  std::string bound(const Problem &problem,
                    const targets::Target &target) const override {
    const CudaBound bound =
        boundOf(std::get<qrt_conv2d>(problem.params), tile, gpuOf(target));
    auto part = [](const char *what, double cycles) {
      return std::string(what) + " " +
             std::to_string(static_cast<int64_t>(cycles + 0.5));
    };
    return "at least: " + part("tensor", bound.tensor) +
           part(", shared", bound.shared) + part(", issue", bound.issue) +
           part(", memory", bound.memory) + part(", launch", bound.overhead);
  }

  /// Why accumulators may be floats from the start.
  std::string proof(const Problem &problem) const override {
    if (!facts(problem)[1])
      return "";
    return "sums of at most " +
           std::to_string(static_cast<int64_t>(problem.accumulatorMax)) +
           ", below 2^22, are exact as floats";
  }

  /// Bytes of a copy, whether sums are exact as floats, channels stored at
  /// once, whether there is a residual.
  std::vector<int32_t> facts(const Problem &problem) const override {
    const auto &conv = std::get<qrt_conv2d>(problem.params);
    const int xPixel = conv.in_c + conv.x_gap, yPixel = conv.out_c + conv.y_gap;
    int chunk = 16;
    while (chunk > 1 &&
           (conv.in_c % chunk || xPixel % chunk || problem.alignment % chunk))
      chunk /= 2;
    if (chunk < 4)
      chunk = 1;
    const bool wide =
        conv.out_c % 8 == 0 && yPixel % 8 == 0 && problem.alignment % 8 == 0;
    const bool exact =
        problem.accumulatorMax >= 0 && problem.accumulatorMax < 1 << 22;
    return {chunk, exact, wide ? 8 : 1, problem.hasResidual};
  }

  size_t scratchBytes(const Kernel &, const Problem &problem) const override {
    if (tile.parts == 1)
      return 0;
    const auto &conv = std::get<qrt_conv2d>(problem.params);
    return static_cast<size_t>(tile.parts * pixelsOf(conv) *
                               roundUp(conv.out_c, 8) * 4);
  }

  PackedFilter pack(const Kernel &, const qrt_conv2d &conv,
                    const int8_t *filter, const int32_t *bias,
                    const float *mul) const override {
    const auto depth = static_cast<size_t>(depthOf(conv));
    const auto steps = static_cast<size_t>(divideUp(depthOf(conv), stepBytes));
    const auto n = static_cast<size_t>(tile.n);
    const auto channels = static_cast<size_t>(roundUp(conv.out_c, tile.n));
    PackedFilter packed;
    packed.filterAlignment = 64;
    packed.channelAlignment = 16;
    packed.filter.resize(channels * steps * stepBytes);
    packed.bias.resize(channels);
    packed.mul.resize(channels);
    for (size_t oc = 0; oc < static_cast<size_t>(conv.out_c); ++oc) {
      packed.bias[oc] = foldedBias(conv, filter, depth, bias, oc);
      packed.mul[oc] = mul[oc];
      // Channel 8 t + 2 j + e of 32 is column 8 j + 2 t + e of the tile.
      const size_t t = oc % 32 / 8, j = oc % 8 / 2, e = oc % 2;
      const size_t row = oc % n / 32 * 32 + 8 * j + 2 * t + e;
      for (size_t at = 0; at < depth; ++at) {
        const size_t chunk = (at % stepBytes / 16) ^ (row / 2 % 4);
        const size_t step = oc / n * steps + at / stepBytes;
        packed.filter[(step * n + row) * stepBytes + chunk * 16 + at % 16] =
            static_cast<uint8_t>(filter[oc * depth + at]);
      }
    }
    return packed;
  }

private:
  CudaTile tile;
};

class Depthwise final : public Schedule {
public:
  bool accepts(const Kernel &, const Problem &problem,
               std::string *why) const override {
    const auto *conv = std::get_if<qrt_conv2d>(&problem.params);
    if (problem.op != Op::Conv2D || !conv)
      return decline(why, "another op");
    if (conv->groups != conv->in_c || conv->out_c != conv->in_c)
      return decline(why, "not depthwise");
    if (conv->filter_zero != 0)
      return decline(why, "the filter has a zero point");
    if ((conv->in_c | conv->x_gap | conv->y_gap) % 4 || problem.alignment % 4)
      return decline(why, "channels are no multiples of 4");
    return true;
  }

  double cost(const Kernel &, const Problem &problem,
              const targets::Target &target) const override {
    const auto &conv = std::get<qrt_conv2d>(problem.params);
    // A word a tap is loaded; per four taps, eight exchanges and four dots.
    const double threads = double(pixelsOf(conv)) * conv.in_c / 4;
    const double instructions = 30 + 6.0 * conv.kernel_h * conv.kernel_w;
    return 3000 + threads * instructions / 128 / gpuOf(target).processors;
  }

  PackedFilter pack(const Kernel &, const qrt_conv2d &conv,
                    const int8_t *filter, const int32_t *bias,
                    const float *mul) const override {
    const auto taps = static_cast<size_t>(conv.kernel_h * conv.kernel_w);
    const auto channels = static_cast<size_t>(conv.in_c);
    const size_t fours = (taps + 3) / 4;
    PackedFilter packed;
    packed.filterAlignment = 16;
    packed.filter.resize(channels * fours * 4);
    packed.mul.assign(mul, mul + channels);
    for (size_t c = 0; c < channels; ++c) {
      packed.bias.push_back(foldedBias(conv, filter, taps, bias, c));
      for (size_t tap = 0; tap < taps; ++tap)
        packed.filter[((c / 4 * fours + tap / 4) * 4 + c % 4) * 4 + tap % 4] =
            static_cast<uint8_t>(filter[c * taps + tap]);
    }
    return packed;
  }
};

std::string dimensions(const CudaTile &tile) {
  return std::to_string(tile.m) + "x" + std::to_string(tile.n);
}

} // namespace

const std::vector<CudaTile> &cudaTiles() {
  /// Widest and narrowest tiles first. 128 x 128 needs 208 registers, which two
  /// blocks a multiprocessor have; small ones are for small grids.
  static const std::vector<CudaTile> tiles = {
      {128, 128, 64, 64, 3, 1, 208},
      {128, 64,  64, 32, 4, 1, 128},
      {64,  64,  32, 32, 4, 1, 72 },
      {128, 32,  32, 32, 4, 1, 80 },
      {32,  64,  16, 32, 4, 1, 64 },
      {16,  128, 16, 32, 4, 1, 64 },
  };
  return tiles;
}

void addCudaConvs(std::vector<Kernel> &rows) {
  static std::deque<Tiles> schedules;
  for (const CudaTile &shape : cudaTiles())
    for (int parts : partCounts) {
      CudaTile tile = shape;
      tile.parts = parts;
      schedules.emplace_back(tile);
      Kernel kernel;
      kernel.symbol = "conv2d_s8_" + dimensions(tile) +
                      (parts > 1 ? "_k" + std::to_string(parts) : "") + "_cuda";
      kernel.op = Op::Conv2D;
      kernel.isa = cudaLevel;
      kernel.tile = {tile.m, tile.n, stepBytes};
      kernel.schedule = &schedules.back();
      kernel.call = "conv_tile<@, ConvTile<" + std::to_string(tile.m) + ", " +
                    std::to_string(tile.n) + ", " + std::to_string(tile.warpM) +
                    ", " + std::to_string(tile.warpN) + ", " +
                    std::to_string(tile.stages) + ", " + std::to_string(parts) +
                    ", #, #, #, #>>";
      kernel.header = "qrt/cuda/conv_tile.cuh";
      rows.push_back(std::move(kernel));
    }
  static const Depthwise depthwise;
  Kernel kernel;
  kernel.symbol = "depthwise_s8_cuda";
  kernel.op = Op::Conv2D;
  kernel.isa = cudaLevel;
  kernel.tile = {1, 4, 4};
  kernel.schedule = &depthwise;
  kernel.call = "depthwise<@>";
  kernel.header = "qrt/cuda/conv_direct.cuh";
  rows.push_back(std::move(kernel));
}

} // namespace quench::kernels
