// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which axis a call is cut along, and the scratch of several workers. That the
// parts give the whole is tested beside each kernel.

#include "codegen/kernels/Split.h"

#include "gtest/gtest.h"

using namespace quench::kernels;

namespace {

Problem conv(int batch, int size, int inC, int outC, int kernel, int stride = 1,
             int groups = 1) {
  qrt_conv2d p = {};
  p.batch = batch;
  p.in_h = p.in_w = size, p.in_c = inC;
  p.out_h = p.out_w = (size - 1) / stride + 1, p.out_c = outC;
  p.kernel_h = p.kernel_w = kernel;
  p.stride_h = p.stride_w = stride;
  p.dilation_h = p.dilation_w = 1;
  p.pad_top = p.pad_left = kernel / 2;
  p.groups = groups;
  p.out = {0, -128, 127};
  return {Op::Conv2D, p};
}

const Kernel &chosen(const Problem &problem) {
  return *select(problem, *quench::targets::findTarget("x86_avx512vnni"))
              .kernel;
}

/// "rows 28 by 1", or "whole".
std::string splitText(const Problem &problem) {
  const std::optional<Split> split = splitOf(chosen(problem), problem, 2);
  if (!split)
    return "whole";
  return std::string(split->axis) + " " + std::to_string(split->count) +
         " by " + std::to_string(split->step);
}

TEST(Split, AxisOfAConvolution) {
  EXPECT_EQ(splitText(conv(1, 28, 64, 64, 5)), "rows 28 by 1");
  EXPECT_EQ(splitText(conv(1, 28, 64, 64, 1, 2)), "rows 14 by 1");
  EXPECT_EQ(splitText(conv(3, 28, 64, 64, 5)), "images 3 by 1");
  // Pairs of rows are computed together.
  EXPECT_EQ(splitText(conv(1, 28, 64, 64, 3, 1, 64)), "rows 28 by 2");
  EXPECT_EQ(splitText(conv(1, 28, 64, 64, 3, 2, 64)), "rows 14 by 1");

  const Problem flat = conv(2, 14, 64, 64, 1);
  EXPECT_EQ(splitText(flat),
            "pixels 392 by " + std::to_string(chosen(flat).tile.mr));
  Problem pixel = conv(1, 1, 64, 1000, 1);
  const Tile tile = chosen(pixel).tile;
  EXPECT_EQ(splitText(pixel), "channels 1000 by " + std::to_string(tile.nr));
  EXPECT_EQ(splitOf(chosen(pixel), pixel, 2)->column,
            (64 + tile.kr - 1) / tile.kr * tile.kr);
}

// Seven rows are four and three, eight blocks of channels are four and four;
// and a part with a third of Winograd's tiles transforms all filters.
TEST(Split, ChannelsWhereRowsAreFew) {
  const Problem few = conv(1, 7, 512, 512, 3, 2);
  EXPECT_EQ(splitText(few),
            "channels 512 by " + std::to_string(chosen(few).tile.nr));
  Problem winograd = conv(1, 14, 256, 256, 3);
  winograd.filterSum = 100000;
  ASSERT_EQ(chosen(winograd).symbol.find("conv2d_winograd"), 0u);
  EXPECT_EQ(splitText(winograd), "channels 256 by 32");
  EXPECT_EQ(splitOf(chosen(winograd), winograd, 2)->column, 256 * 9);
  // Parts of one block each are as large.
  EXPECT_EQ(splitText(conv(1, 56, 64, 64, 3)), "rows 56 by 4");
}

TEST(Split, ChannelsNeedAddresses) {
  Problem narrow = conv(1, 1, 64, 1000, 1);
  narrow.filterBits = 4;
  EXPECT_EQ(splitText(narrow), "whole");
  Problem zero = conv(1, 1, 64, 1000, 1);
  std::get<qrt_conv2d>(zero.params).filter_zero = 3;
  EXPECT_EQ(splitText(zero), "whole");
  Problem biases = conv(1, 1, 64, 1000, 1);
  std::get<qrt_conv2d>(biases.params).bias_bits = 24;
  EXPECT_EQ(splitText(biases), "whole");
  EXPECT_EQ(splitText(conv(1, 1, 64, 1000, 1, 1, 4)), "whole");
}

// A window wholly in the padding below would begin behind the part's input.
TEST(Split, RowsBeginInTheInput) {
  Problem problem = conv(1, 8, 64, 64, 5);
  std::get<qrt_conv2d>(problem.params).out_h = 10;
  EXPECT_EQ(splitText(problem), "rows 10 by 1");
  std::get<qrt_conv2d>(problem.params).out_h = 11;
  EXPECT_EQ(splitText(problem), "whole");
}

TEST(Split, AxisOfOthers) {
  EXPECT_EQ(splitText({
                Op::Lut, qrt_lut{1000, 1}
  }),
            "elements 1000 by 64");
  EXPECT_EQ(splitText({
                Op::Lut, qrt_lut{1000, 10}
  }),
            "elements 1000 by 10");
  EXPECT_EQ(splitText({
                Op::Lut, qrt_lut{64, 1}
  }),
            "whole");
  auto border = [](int batch, int channels, int pixels) {
    const qrt_border p = {
        batch, channels, pixels, 1, {0, -128, 127},
            0
    };
    return Problem{Op::QuantizeF32, p};
  };
  EXPECT_EQ(splitText(border(2, 1, 500)), "elements 1000 by 64");
  EXPECT_EQ(splitText(border(2, 3, 500)), "images 2 by 1");
  EXPECT_EQ(splitText(border(1, 3, 500)), "pixels 500 by 64");
  EXPECT_EQ(splitText({Op::ReduceSum, qrt_reduce{}}), "whole");
  qrt_copy copy = {};
  copy.space = {
      4, {1, 1, 7, 5}
  };
  EXPECT_EQ(splitText({Op::Copy, copy}), "outermost 7 by 1");
  copy.space = {
      3, {1, 300, 1}
  };
  EXPECT_EQ(splitText({Op::Copy, copy}), "outermost 300 by 64");
}

// Each of n workers finds its part's bytes in a share of a multiple of 64.
TEST(Split, ScratchHoldsEveryWorker) {
  const Problem problem = conv(1, 28, 48, 64, 3);
  const Kernel &kernel = chosen(problem);
  const Split split = *splitOf(kernel, problem, 2);
  size_t last = 0;
  for (int workers : {1, 2, 3, 28, 100}) {
    const std::optional<size_t> bytes =
        scratchBytes(kernel, problem, split, std::nullopt, workers);
    ASSERT_TRUE(bytes);
    EXPECT_GE(*bytes, kernel.scratchBytes(problem));
    EXPECT_GE(*bytes, last);
    last = *bytes;
    const int sharing = std::min(workers, split.units());
    const size_t share = *bytes / size_t(sharing) / 64 * 64;
    for (int worker = 0; worker < sharing; ++worker) {
      Problem part = problem;
      part.params = findSplit(Op::Conv2D, split.axis)
                        ->params(problem.params, split,
                                 qrt_part(split.count, sharing, worker));
      EXPECT_LE(kernel.scratchBytes(part), share);
    }
  }
}

} // namespace
