// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The rows for GPUs: what they accept, know, pack, and cost.

#include "codegen/kernels/Catalogue.h"
#include "codegen/kernels/cuda/Model.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

namespace targets = quench::targets;
using namespace quench::kernels;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

const targets::Target &a100 = *targets::findTarget("cuda_sm80");

Problem convProblem(int size, int ic, int oc, int kernel, int batch = 1,
                    int groups = 1) {
  qrt_conv2d p = {};
  p.batch = batch;
  p.in_h = p.in_w = p.out_h = p.out_w = size;
  p.in_c = ic;
  p.out_c = oc;
  p.kernel_h = p.kernel_w = kernel;
  p.stride_h = p.stride_w = 1;
  p.dilation_h = p.dilation_w = 1;
  p.pad_top = p.pad_left = kernel / 2;
  p.groups = groups;
  p.out = {0, -128, 127};
  Problem problem = {Op::Conv2D, p};
  problem.alignment = 64;
  return problem;
}

qrt_conv2d &convOf(Problem &problem) {
  return std::get<qrt_conv2d>(problem.params);
}

std::string chosen(const Problem &problem,
                   std::string_view target = "cuda_sm80") {
  return select(problem, *targets::findTarget(target)).kernel->symbol;
}

/// What a bound counts besides the units: a launch, and the buffers' first
/// copies.
double overheadOf(const Selection &selection, const qrt_conv2d &p) {
  const Tile &tile = selection.kernel->tile;
  for (const CudaTile &each : cudaTiles())
    if (each.m == tile.mr && each.n == tile.nr)
      return boundOf(p, each, *targets::findGpu("cuda_sm80")).overhead;
  ADD_FAILURE() << selection.kernel->symbol;
  return 0;
}

// A model never falls back to a function of the host.
TEST(CudaCatalogue, EveryOpOfEveryWidthHasARow) {
  for (const Kernel &reference : kernels()) {
    if (reference.isEmitted() || reference.filterBits != 8)
      continue;
    bool found = false;
    for (const Kernel &kernel : kernels())
      found |= kernel.isCuda() && kernel.op == reference.op &&
               kernel.codes == reference.codes;
    EXPECT_TRUE(found) << reference.symbol;
  }
}

TEST(CudaCatalogue, RowsNameATemplateAndItsHeader) {
  for (const Kernel &kernel : kernels()) {
    if (!kernel.isCuda())
      continue;
    EXPECT_EQ(kernel.isa, "cuda_sm75") << kernel.symbol;
    EXPECT_THAT(kernel.header, testing::StartsWith("qrt/cuda/"));
    EXPECT_THAT(kernel.symbol, testing::EndsWith("cuda"));
    const auto facts = std::count(kernel.call.begin(), kernel.call.end(), '#');
    EXPECT_EQ(facts, kernel.call.find("conv_tile") == 0 ? 4 : 0);
  }
}

TEST(CudaCatalogue, CpuTargetsNeverSeeThem) {
  const Selection selection =
      select(convProblem(14, 64, 64, 3), *targets::findTarget("x86_avx2"));
  EXPECT_EQ(selection.reason.find("cuda"), std::string::npos);
  EXPECT_EQ(chosen(convProblem(14, 64, 64, 3)).find("qrt_ref"),
            std::string::npos);
}

TEST(CudaCatalogue, ReasonsSayWhatHoldsALayer) {
  Problem problem = convProblem(56, 64, 64, 3, 32);
  problem.accumulatorMax = 1000;
  EXPECT_THAT(select(problem, a100).reason,
              AllOf(HasSubstr("cycles, at least: tensor "),
                    HasSubstr(", shared "), HasSubstr(", issue "),
                    HasSubstr(", memory "), HasSubstr(", launch "),
                    HasSubstr("sums of at most 1000, below 2^22, are exact as "
                              "floats")));
}

TEST(CudaCatalogue, LargeLayersGetLargeTilesAndSmallOnesParts) {
  EXPECT_EQ(chosen(convProblem(56, 256, 256, 3, 32)), "conv2d_s8_128x128_cuda");
  // 49 pixels, many products: one part would leave most processors idle.
  EXPECT_THAT(chosen(convProblem(7, 512, 512, 3)), HasSubstr("_k"));
  EXPECT_EQ(chosen(convProblem(56, 64, 64, 3, 1, 64)), "depthwise_s8_cuda");
}

TEST(CudaCatalogue, WhatTensorCoresDoNotComputeIsComputedDirectly) {
  Problem groups = convProblem(14, 64, 64, 3, 1, 4);
  EXPECT_EQ(chosen(groups), "conv2d_s8_cuda");
  Problem zero = convProblem(14, 64, 64, 3);
  convOf(zero).filter_zero = 3;
  EXPECT_EQ(chosen(zero), "conv2d_s8_cuda");
  EXPECT_THAT(select(zero, a100).reason,
              HasSubstr("conv2d_s8_64x64_cuda: the filter has a zero point"));
  Problem odd = convProblem(14, 62, 62, 3, 1, 62);
  EXPECT_EQ(chosen(odd), "conv2d_s8_cuda");
  Problem window = convProblem(14, 64, 64, 9);
  EXPECT_EQ(chosen(window), "conv2d_s8_cuda"); // 81 taps
}

TEST(CudaCatalogue, NarrowFiltersAreStoredAsBytes) {
  Problem narrow = convProblem(14, 64, 64, 3);
  narrow.filterBits = 4;
  const Selection selection = select(narrow, a100);
  EXPECT_EQ(selection.kernel->filterBits, 8);
  EXPECT_THAT(selection.reason, HasSubstr("stored with 8 bits"));
}

// Chunk of the copies, exact as floats, channels stored at once, residual.
TEST(CudaCatalogue, FactsFollowFromAlignmentAndReach) {
  const Kernel &kernel = *findKernel("conv2d_s8_64x64_cuda");
  Problem problem = convProblem(14, 64, 64, 1);
  problem.hasResidual = true;
  EXPECT_THAT(kernel.facts(problem), ElementsAre(16, 0, 8, 1));
  problem.hasResidual = false;
  EXPECT_THAT(kernel.facts(problem), ElementsAre(16, 0, 8, 0));
  problem.accumulatorMax = (1 << 22) - 1;
  EXPECT_THAT(kernel.facts(problem), ElementsAre(16, 1, 8, 0));
  problem.accumulatorMax = 1 << 22;
  EXPECT_THAT(kernel.facts(problem), ElementsAre(16, 0, 8, 0));
  // A view of another tensor's channels.
  problem.alignment = 8;
  EXPECT_THAT(kernel.facts(problem), ElementsAre(8, 0, 8, 0));
  problem.alignment = 4;
  EXPECT_THAT(kernel.facts(problem), ElementsAre(4, 0, 1, 0));
  problem.alignment = 2;
  EXPECT_THAT(kernel.facts(problem), ElementsAre(1, 0, 1, 0));
  problem.alignment = 64;
  convOf(problem).x_gap = 24;
  convOf(problem).y_gap = 4;
  EXPECT_THAT(kernel.facts(problem), ElementsAre(8, 0, 1, 0));
  EXPECT_THAT(kernel.facts(convProblem(14, 3, 24, 3)), ElementsAre(1, 0, 8, 0));
  EXPECT_THAT(kernel.facts(convProblem(14, 20, 24, 3)),
              ElementsAre(4, 0, 8, 0));
}

// Column 8 j + 2 t + e of 32 is channel 8 t + 2 j + e; chunks of 16 bytes of a
// row are exchanged by row / 2 % 4; 64 bytes of K a step.
TEST(CudaPack, TileLayout) {
  qrt_conv2d p = std::get<qrt_conv2d>(convProblem(5, 40, 70, 2).params);
  p.in_zero = 3;
  const size_t depth = 160, steps = 3, n = 64;
  std::vector<int8_t> filter(70 * depth);
  for (size_t i = 0; i < filter.size(); ++i)
    filter[i] = static_cast<int8_t>(i * 31 % 251 - 125);
  const std::vector<int32_t> bias(70, 1000);
  const std::vector<float> mul(70, 0.5f);
  const PackedFilter packed = pack(*findKernel("conv2d_s8_64x64_cuda"), p,
                                   filter.data(), bias.data(), mul.data());
  ASSERT_EQ(packed.filter.size(), 2 * steps * n * 64);
  auto at = [&](size_t channel, size_t k) {
    const size_t t = channel % 32 / 8, j = channel % 8 / 2, e = channel % 2;
    const size_t row = channel % 64 / 32 * 32 + 8 * j + 2 * t + e;
    const size_t byte = (k % 64 / 16 ^ row / 2 % 4) * 16 + k % 16;
    return packed
        .filter[((channel / n * steps + k / 64) * n + row) * 64 + byte];
  };
  for (size_t channel : {0u, 1u, 2u, 8u, 31u, 33u, 63u, 64u, 69u})
    for (size_t k : {0u, 15u, 16u, 63u, 64u, 159u})
      EXPECT_EQ(static_cast<int8_t>(at(channel, k)),
                filter[channel * depth + k])
          << channel << ' ' << k;
  // What is behind K and behind the channels adds nothing.
  EXPECT_EQ(at(5, 160), 0);
  EXPECT_EQ(at(70, 0), 0);
  ASSERT_EQ(packed.bias.size(), 128u);
  int32_t sum = 0;
  for (size_t k = 0; k < depth; ++k)
    sum += filter[69 * depth + k];
  EXPECT_EQ(packed.bias[69], 1000 - 3 * sum);
  EXPECT_EQ(packed.bias[70], 0);
}

// [C / 4][taps / 4][4 channels][4 taps].
TEST(CudaPack, DepthwiseLayout) {
  qrt_conv2d p = std::get<qrt_conv2d>(convProblem(5, 8, 8, 3, 1, 8).params);
  p.in_zero = -2;
  std::vector<int8_t> filter(8 * 9);
  for (size_t i = 0; i < filter.size(); ++i)
    filter[i] = static_cast<int8_t>(i + 1);
  const std::vector<float> mul(8, 0.5f);
  const PackedFilter packed = pack(*findKernel("depthwise_s8_cuda"), p,
                                   filter.data(), nullptr, mul.data());
  ASSERT_EQ(packed.filter.size(), 8u * 12u);
  EXPECT_EQ(packed.filter[((0 * 3 + 0) * 4 + 1) * 4 + 2], filter[1 * 9 + 2]);
  EXPECT_EQ(packed.filter[((1 * 3 + 2) * 4 + 3) * 4 + 0], filter[7 * 9 + 8]);
  EXPECT_EQ(packed.filter[((1 * 3 + 2) * 4 + 3) * 4 + 1], 0);
  EXPECT_EQ(packed.bias[0], 2 * 45);
}

// 128 x 128 x 64 products are 512 cycles of an A100's tensor cores; shared
// memory takes 384 of them, issue 143 instructions of each of four warps.
TEST(CudaModel, BoundOfALargeTile) {
  const targets::Gpu &gpu = *targets::findGpu("cuda_sm80");
  const CudaTile tile = {128, 128, 64, 64, 3, 1, 204};
  // One block a processor, nine steps.
  qrt_conv2d p = std::get<qrt_conv2d>(convProblem(48, 64, 128, 3, 6).params);
  const CudaBound bound = boundOf(p, tile, gpu);
  EXPECT_EQ(bound.tensor, 9 * 512);
  EXPECT_EQ(bound.shared, 9 * (16 * 4 * 512 + 256 * 64) / 128.0);
  EXPECT_NEAR(bound.issue, 9 * 143 + 128 * 7, 9);
  EXPECT_DOUBLE_EQ(peakShare(p, tile, gpu), 1);
  // One block more is a second wave.
  p.batch = 7;
  EXPECT_EQ(boundOf(p, tile, gpu).tensor, 2 * 9 * 512);
}

// The issue's measure of the tiles: what the units of an A100 allow for the
// convolutions of ResNet-50 (He et al., 2015, table 1), 32 pictures at a time.
TEST(CudaModel, BoundOfResnet50) {
  struct Layer {
    int size, ic, oc, kernel, stride;
  };
  std::vector<Layer> net = {
      {224, 3, 64, 7, 2}
  };
  int size = 56, ic = 64;
  const int blocks[] = {3, 4, 6, 3};
  for (int stage = 0; stage < 4; ++stage)
    for (int block = 0; block < blocks[stage]; ++block) {
      const int width = 64 << stage;
      const int stride = block == 0 && stage > 0 ? 2 : 1;
      net.push_back({size, ic, width, 1, 1});
      net.push_back({size, width, width, 3, stride});
      if (block == 0)
        net.push_back({size, ic, width * 4, 1, stride});
      size /= stride;
      net.push_back({size, width, width * 4, 1, 1});
      ic = width * 4;
    }
  ASSERT_EQ(net.size(), 53u);

  const targets::Gpu &gpu = *targets::findGpu("cuda_sm80");
  const double peak = double(gpu.processors) * gpu.macsPerCycle;
  double ideal = 0, bound = 0;
  for (const Layer &layer : net) {
    Problem problem =
        convProblem(layer.size, layer.ic, layer.oc, layer.kernel, 32);
    qrt_conv2d &p = convOf(problem);
    p.stride_h = p.stride_w = layer.stride;
    p.out_h = p.out_w = layer.size / layer.stride;
    const Selection selection = select(problem, a100);
    const int parts = selection.kernel->symbol.find("_k") == std::string::npos
                          ? 1
                          : selection.kernel->symbol.back() - '0';
    EXPECT_EQ(parts, 1) << selection.kernel->symbol;
    ideal += double(p.batch) * p.out_h * p.out_w * p.out_c * p.kernel_h *
             p.kernel_w * p.in_c / peak;
    // Launches and the filling of buffers are no limit of the units.
    bound += selection.cost - overheadOf(selection, p);
  }
  EXPECT_GT(ideal / bound, 0.60);
  EXPECT_LT(ideal / bound, 0.75);
}

} // namespace
