// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Parts of calls: for one to five workers, all of them together give the bytes
// of the whole, and each byte comes from one part. The kernels are those of
// libqrt; test/codegen/kernels cuts the emitted ones.

#include "Oracle.h"

#include "qrt/split.h"

#include "gtest/gtest.h"

using namespace quench;

namespace {

constexpr int8_t untouched = 0x5A;

/// Runs `part(range, y)` for the share of each worker, into tensors of its own,
/// and expects what the parts wrote to be `whole`, each element once. Two
/// fillings tell which elements a part writes.
template <typename Code, typename RunPart>
void expectParts(int32_t count, int32_t step, const std::vector<Code> &whole,
                 RunPart part) {
  for (int32_t workers = 1; workers <= 5; ++workers) {
    SCOPED_TRACE(testing::Message() << workers << " workers");
    std::vector<int> times(whole.size());
    const int32_t units = (count - 1) / step + 1;
    for (int32_t worker = 0; worker < workers; ++worker) {
      const qrt_range share = qrt_part(units, workers, worker);
      if (share.begin == share.end)
        continue;
      std::vector<Code> low(whole.size(), Code(untouched));
      std::vector<Code> high(whole.size(), Code(~untouched));
      part(qrt_items(share, step, count), low.data());
      part(qrt_items(share, step, count), high.data());
      for (size_t i = 0; i < whole.size(); ++i)
        if (low[i] == high[i]) {
          ++times[i];
          ASSERT_EQ(low[i], whole[i]) << "element " << i;
        }
    }
    ASSERT_EQ(times, std::vector<int>(whole.size(), 1));
  }
}

TEST(Items, LastUnitMayHaveFewer) {
  for (int32_t count : {1, 63, 64, 65, 1000, INT32_MAX})
    for (int32_t step : {1, 6, 64})
      for (int32_t workers : {1, 2, 5}) {
        const int32_t units = (count - 1) / step + 1;
        int32_t next = 0;
        for (int32_t worker = 0; worker < workers; ++worker) {
          const qrt_range share = qrt_part(units, workers, worker);
          if (share.begin == share.end)
            continue;
          const qrt_range items = qrt_items(share, step, count);
          ASSERT_EQ(items.begin, next);
          ASSERT_EQ(items.begin % step, 0);
          ASSERT_GT(items.end, items.begin);
          next = items.end;
        }
        ASSERT_EQ(next, count);
      }
}

struct ConvCase {
  int32_t batch, height, width, inC, outC;
  int32_t kernel, stride, dilation, top, bottom, groups;
};

qrt_conv2d convOf(const ConvCase &c) {
  qrt_conv2d p{};
  p.batch = c.batch, p.in_h = c.height, p.in_w = c.width, p.in_c = c.inC;
  p.out_c = c.outC;
  p.kernel_h = p.kernel_w = c.kernel;
  p.stride_h = p.stride_w = c.stride;
  p.dilation_h = p.dilation_w = c.dilation;
  p.pad_top = p.pad_left = c.top;
  p.groups = c.groups;
  const int32_t span = (c.kernel - 1) * c.dilation + 1;
  p.out_h = (c.height + c.top + c.bottom - span) / c.stride + 1;
  p.out_w = (c.width + 2 * c.top - span) / c.stride + 1;
  p.in_zero = -7;
  p.out = {3, -128, 127};
  p.add = {
      3, -11, 1 << 20, 700001, 1.0f / (1 << 20), {-5, -100, 90}
  };
  return p;
}

class ConvParts : public testing::Test {
protected:
  /// Runs the whole call and returns its result.
  std::vector<int8_t> run(const qrt_conv2d &whole) {
    p = whole;
    oracle::Random random(3);
    const auto outputs = size_t(p.batch) * p.out_h * p.out_w * p.out_c;
    x = random.codes(size_t(p.batch) * p.in_h * p.in_w * p.in_c);
    filter = random.codes(size_t(p.out_c) * p.kernel_h * p.kernel_w *
                          (p.in_c / p.groups));
    residual = random.codes(outputs);
    bias.clear(), mul.clear();
    for (int32_t c = 0; c < p.out_c; ++c) {
      bias.push_back(int32_t(random.integer(-3000, 3000)));
      mul.push_back(0.002f + 0.0001f * float(c % 7));
    }
    std::vector<int8_t> y(outputs);
    call({p, 0, 0, 0, 0}, y.data());
    return y;
  }
  void call(const qrt_conv2d_part &part, int8_t *y) {
    qrt_ref_conv2d_s8(&part.p, x.data() + part.x, filter.data() + part.filter,
                      bias.data() + part.channel, mul.data() + part.channel,
                      residual.data() + part.y, y + part.y);
  }

  qrt_conv2d p;
  std::vector<int8_t> x, filter, residual;
  std::vector<int32_t> bias;
  std::vector<float> mul;
};

TEST_F(ConvParts, Rows) {
  const ConvCase cases[] = {
      {1, 9,  7, 3, 5, 3, 1, 1, 1, 1, 1},
      {1, 11, 6, 4, 6, 3, 2, 1, 1, 1, 1},
      {1, 10, 5, 2, 3, 5, 3, 1, 2, 1, 1},
      {1, 13, 9, 4, 4, 3, 1, 3, 3, 2, 4}, // dilated, depthwise
      {1, 3,  4, 2, 3, 3, 1, 1, 2, 0, 1}, // all pads above
      {1, 7,  3, 2, 2, 3, 1, 1, 5, 2, 1}, // windows wholly above the input
      {1, 8,  8, 6, 4, 1, 2, 1, 0, 0, 2}, // 1x1 with stride
      {1, 12, 5, 3, 3, 7, 2, 1, 3, 3, 1},
  };
  for (const ConvCase &c : cases) {
    const std::vector<int8_t> whole = run(convOf(c));
    SCOPED_TRACE(testing::Message() << p.out_h << " rows");
    expectParts(p.out_h, 1, whole, [&](qrt_range rows, int8_t *y) {
      const qrt_conv2d_part part = qrt_conv2d_rows(&p, rows);
      ASSERT_GE(part.p.pad_top, 0);
      ASSERT_GE(part.p.in_h, 1);
      // Nothing beyond the input.
      ASSERT_LE(part.x + ptrdiff_t(part.p.in_h) * p.in_w * p.in_c,
                ptrdiff_t(x.size()));
      call(part, y);
    });
  }
}

TEST_F(ConvParts, NegativePadding) {
  qrt_conv2d p = convOf({1, 9, 7, 3, 5, 3, 1, 1, 0, 0, 1});
  p.pad_top = -2, p.out_h -= 2;
  const std::vector<int8_t> whole = run(p);
  expectParts(p.out_h, 1, whole, [&](qrt_range rows, int8_t *y) {
    call(qrt_conv2d_rows(&p, rows), y);
  });
}

TEST_F(ConvParts, Images) {
  const std::vector<int8_t> whole =
      run(convOf({7, 5, 6, 3, 5, 3, 2, 1, 1, 1, 1}));
  expectParts(p.batch, 1, whole, [&](qrt_range images, int8_t *y) {
    call(qrt_conv2d_images(&p, images), y);
  });
}

TEST_F(ConvParts, Pixels) {
  for (int32_t batch : {1, 3}) {
    const std::vector<int8_t> whole =
        run(convOf({batch, 7, 5, 6, 9, 1, 1, 1, 0, 0, 3}));
    for (int32_t step : {1, 6, 14})
      expectParts(batch * 35, step, whole, [&](qrt_range pixels, int8_t *y) {
        call(qrt_conv2d_pixels(&p, pixels), y);
      });
  }
}

TEST_F(ConvParts, Channels) {
  const std::vector<int8_t> whole =
      run(convOf({1, 1, 1, 33, 70, 1, 1, 1, 0, 0, 1}));
  for (int32_t step : {1, 16, 64})
    expectParts(p.out_c, step, whole, [&](qrt_range channels, int8_t *y) {
      call(qrt_conv2d_channels(&p, channels, 33), y);
    });
}

// 16 bits a bias move by elements, as 32 bits do.
TEST_F(ConvParts, ChannelsOfShortBiases) {
  std::vector<int8_t> whole = run(convOf({1, 1, 1, 9, 37, 1, 1, 1, 0, 0, 1}));
  p.bias_bits = 16;
  const std::vector<int16_t> shorts(bias.begin(), bias.end());
  expectParts(p.out_c, 8, whole, [&](qrt_range channels, int8_t *y) {
    const qrt_conv2d_part part = qrt_conv2d_channels(&p, channels, 9);
    qrt_ref_conv2d_s8(&part.p, x.data(), filter.data() + part.filter,
                      shorts.data() + part.channel, mul.data() + part.channel,
                      residual.data() + part.y, y + part.y);
  });
}

TEST(PoolParts, RowsAndImages) {
  for (int32_t batch : {1, 4})
    for (int32_t kernel : {2, 3, 5})
      for (int32_t stride : {1, 2, 3})
        for (int32_t dilation : {1, 2})
          for (int32_t include : {0, 1}) {
            qrt_pool2d p{};
            p.batch = batch, p.in_h = 12, p.in_w = 9, p.channels = 3;
            p.kernel_h = p.kernel_w = kernel;
            p.stride_h = p.stride_w = stride;
            p.dilation_h = p.dilation_w = dilation;
            p.pad_top = p.pad_left = kernel / 2;
            p.padded_h = p.in_h + 2 * p.pad_top;
            p.padded_w = p.in_w + 2 * p.pad_left;
            const int32_t span = (kernel - 1) * dilation + 1;
            // One more than fits: windows that hang over, as of ceil_mode.
            p.out_h = (p.padded_h - span) / stride + 1 + include;
            p.out_w = (p.padded_w - span) / stride + 1;
            p.in_zero = -11, p.in_scale = 0.75f, p.out_scale = 0.5f;
            p.count_include_pad = include;
            p.out = {3, -128, 127};
            SCOPED_TRACE(testing::Message()
                         << "batch " << batch << ", kernel " << kernel
                         << ", stride " << stride << ", dilation " << dilation
                         << ", include " << include);
            const std::vector<int8_t> x =
                oracle::Random(5).codes(size_t(batch) * 12 * 9 * 3);
            for (auto function :
                 {&qrt_ref_avg_pool2d_s8, &qrt_ref_max_pool2d_s8}) {
              std::vector<int8_t> whole(size_t(batch) * p.out_h * p.out_w * 3);
              function(&p, x.data(), whole.data());
              expectParts(batch > 1 ? batch : p.out_h, 1, whole,
                          [&](qrt_range range, int8_t *y) {
                            const qrt_pool2d_part part =
                                batch > 1 ? qrt_pool2d_images(&p, range)
                                          : qrt_pool2d_rows(&p, range);
                            function(&part.p, x.data() + part.x, y + part.y);
                          });
            }
          }
}

TEST(ResizeParts, Rows) {
  qrt_resize2d p{};
  p.batch = 1, p.in_h = 4, p.in_w = 5, p.channels = 7;
  p.out_h = 9, p.out_w = 8;
  p.in_zero = -5, p.mul = 0.9f / (1 << 22);
  p.out = {3, -128, 127};
  oracle::Random random(19);
  const std::vector<int8_t> x = random.codes(4 * 5 * 7);
  std::vector<int32_t> row, rowWeight, col, colWeight;
  for (int32_t i = 0; i < p.out_h; ++i) {
    row.push_back(int32_t(random.integer(0, p.in_h - 1)));
    rowWeight.push_back(int32_t(random.integer(0, 2048)));
  }
  for (int32_t i = 0; i < p.out_w; ++i) {
    col.push_back(int32_t(random.integer(0, p.in_w - 1)));
    colWeight.push_back(int32_t(random.integer(0, 2048)));
  }
  std::vector<int8_t> nearest(9 * 8 * 7), bilinear(9 * 8 * 7);
  qrt_ref_resize_nearest_s8(&p, row.data(), col.data(), x.data(),
                            nearest.data());
  qrt_ref_resize_bilinear_s8(&p, row.data(), rowWeight.data(), col.data(),
                             colWeight.data(), x.data(), bilinear.data());
  expectParts(p.out_h, 1, nearest, [&](qrt_range rows, int8_t *y) {
    const qrt_resize2d_part part = qrt_resize2d_rows(&p, rows);
    qrt_ref_resize_nearest_s8(&part.p, row.data() + part.row, col.data(),
                              x.data(), y + part.y);
  });
  expectParts(p.out_h, 1, bilinear, [&](qrt_range rows, int8_t *y) {
    const qrt_resize2d_part part = qrt_resize2d_rows(&p, rows);
    qrt_ref_resize_bilinear_s8(&part.p, row.data() + part.row,
                               rowWeight.data() + part.row, col.data(),
                               colWeight.data(), x.data(), y + part.y);
  });
}

/// A space of `sizes` with the strides of dense tensors; those of b are 0 for
/// axes in `broadcast`.
template <typename Params>
Params spaceOf(const std::vector<int32_t> &sizes, uint32_t broadcast) {
  Params p{};
  p.space.rank = int32_t(sizes.size());
  int32_t a = 1, b = 1;
  for (size_t axis = sizes.size(); axis-- > 0;) {
    p.space.size[axis] = sizes[axis];
    p.a_stride[axis] = sizes[axis] == 1 ? 0 : a;
    p.b_stride[axis] = sizes[axis] == 1 || broadcast >> axis & 1 ? 0 : b;
    a *= sizes[axis];
    b *= p.b_stride[axis] ? sizes[axis] : 1;
  }
  return p;
}

size_t elements(const qrt_space &space) {
  size_t count = 1;
  for (int32_t axis = 0; axis < space.rank; ++axis)
    count *= size_t(space.size[axis]);
  return count;
}

TEST(Outermost, SkipsAxesOfOneElement) {
  const std::pair<std::vector<int32_t>, int32_t> cases[] = {
      {{},           0},
      {{1, 1},       2},
      {{3},          0},
      {{1, 5, 2},    1},
      {{1, 1, 1, 9}, 3}
  };
  for (const auto &[sizes, axis] : cases) {
    const auto p = spaceOf<qrt_add_nd>(sizes, 0);
    EXPECT_EQ(qrt_outermost(&p.space), axis);
  }
}

TEST(BinaryParts, Outermost) {
  struct Case {
    std::vector<int32_t> sizes;
    uint32_t broadcast;
    int32_t step;
  };
  const Case cases[] = {
      {{1, 7, 5, 6}, 0,      1 },
      {{1, 7, 5, 6}, 0b0110, 1 }, // a value a channel
      {{3, 4, 5},    0b001,  1 }, // b has no outermost axis
      {{1, 1, 300},  0,      64},
      {{1, 300, 1},  0b010,  64}
  };
  const std::vector<int8_t> a = oracle::Random(1).codes(300);
  const std::vector<int8_t> b = oracle::Random(2).codes(300);
  for (const Case &c : cases) {
    auto add = spaceOf<qrt_add_nd>(c.sizes, c.broadcast);
    add.add = {
        -3, 12, 1 << 20, 923451, 1.0f / (1 << 20), {5, -128, 127}
    };
    auto mul = spaceOf<qrt_mul_nd>(c.sizes, c.broadcast);
    mul.a_zero = -128, mul.b_zero = 19, mul.mul = 0.0078125f;
    mul.out = {-20, -100, 127};
    const int32_t count = add.space.size[qrt_outermost(&add.space)];
    std::vector<int8_t> sum(elements(add.space)), product(sum.size());
    qrt_ref_add_s8(&add, a.data(), b.data(), sum.data());
    qrt_ref_mul_s8(&mul, a.data(), b.data(), product.data());
    expectParts(count, c.step, sum, [&](qrt_range range, int8_t *y) {
      const qrt_add_nd_part part = qrt_add_nd_outermost(&add, range);
      qrt_ref_add_s8(&part.p, a.data() + part.a, b.data() + part.b, y + part.y);
    });
    expectParts(count, c.step, product, [&](qrt_range range, int8_t *y) {
      const qrt_mul_nd_part part = qrt_mul_nd_outermost(&mul, range);
      qrt_ref_mul_s8(&part.p, a.data() + part.a, b.data() + part.b, y + part.y);
    });
  }
}

// NCHW to NHWC, and backwards along an axis: strides of all signs.
TEST(CopyParts, Outermost) {
  qrt_copy transpose{};
  transpose.space = {
      4, {1, 5, 7, 3}
  };
  const int32_t from[] = {0, 7, 1, 35}, to[] = {0, 21, 3, 1};
  std::copy_n(from, 4, transpose.x_stride);
  std::copy_n(to, 4, transpose.y_stride);
  transpose.element_bytes = 1;
  qrt_copy reverse{};
  reverse.space = {
      2, {21, 5}
  };
  reverse.x_stride[0] = -5, reverse.x_stride[1] = 1, reverse.x_offset = 100;
  reverse.y_stride[0] = 5, reverse.y_stride[1] = 1;
  reverse.element_bytes = 1;
  const std::vector<int8_t> x = oracle::Random(4).codes(105);
  for (const qrt_copy &p : {transpose, reverse}) {
    std::vector<int8_t> whole(105);
    qrt_ref_copy(&p, x.data(), whole.data());
    expectParts(p.space.size[qrt_outermost(&p.space)], 1, whole,
                [&](qrt_range range, int8_t *y) {
                  const qrt_copy_part part = qrt_copy_outermost(&p, range);
                  qrt_ref_copy(&part.p, x.data(), y);
                });
  }
}

TEST(ElementParts, Tables) {
  const std::vector<int8_t> x = oracle::Random(6).codes(390);
  const std::vector<int8_t> table = oracle::Random(7).codes(256 * 5);
  for (int32_t channels : {1, 5}) {
    const qrt_lut p = {390, channels};
    std::vector<int8_t> whole(390);
    qrt_ref_lut_s8(&p, x.data(), table.data(), whole.data());
    expectParts(p.count, channels > 1 ? channels : 64, whole,
                [&](qrt_range elements, int8_t *y) {
                  const qrt_lut_part part = qrt_lut_elements(&p, elements);
                  qrt_ref_lut_s8(&part.p, x.data() + part.first, table.data(),
                                 y + part.first);
                });
  }
}

TEST(ElementParts, WideCodes) {
  std::vector<int16_t> x;
  for (int32_t i = 0; i < 390; ++i)
    x.push_back(int16_t(i * 331 % 65536 - 32768));
  std::vector<int32_t> table;
  for (int32_t i = 0; i < 513 * 3; ++i)
    table.push_back(i * 7919 % (1 << 22));
  const qrt_rescale rescale = {
      390, 0.3f, {0, -30000, 30000}
  };
  const qrt_interpolate lines = {
      390, 3, 7, {0, -30000, 30000}
  };
  std::vector<int16_t> scaled(390), mixed(390);
  qrt_ref_requantize_s16(&rescale, x.data(), scaled.data());
  qrt_ref_interpolate_s16(&lines, x.data(), table.data(), mixed.data());
  expectParts(390, 64, scaled, [&](qrt_range elements, int16_t *y) {
    const qrt_rescale_part part = qrt_rescale_elements(&rescale, elements);
    qrt_ref_requantize_s16(&part.p, x.data() + part.first, y + part.first);
  });
  expectParts(390, 3, mixed, [&](qrt_range elements, int16_t *y) {
    const qrt_interpolate_part part =
        qrt_interpolate_elements(&lines, elements);
    qrt_ref_interpolate_s16(&part.p, x.data() + part.first, table.data(),
                            y + part.first);
  });
}

TEST(BorderParts, ElementsImagesAndPixels) {
  const qrt_border flat = {
      3, 1, 130, 0.25f, {-3, -128, 127},
          0
  };
  const qrt_border planes = {
      5, 3, 26, 0.25f, {-3, -128, 127},
          0
  };
  const qrt_border image = {
      1, 3, 130, 0.25f, {-3, -128, 127},
          0
  };
  std::vector<float> x, real(390);
  for (int32_t i = 0; i < 390; ++i)
    x.push_back(float(i - 195) * 0.125f);
  std::vector<int8_t> codes(390);
  for (const qrt_border &p : {flat, planes, image}) {
    const bool isFlat = p.channels == 1, isOne = p.batch == 1;
    auto partOf = [&](qrt_range range) {
      return isFlat  ? qrt_border_elements(&p, range)
             : isOne ? qrt_border_pixels(&p, range)
                     : qrt_border_images(&p, range);
    };
    const int32_t count = isFlat ? 390 : isOne ? 130 : p.batch;
    const int32_t step = isFlat || isOne ? 64 : 1;
    qrt_ref_quantize_f32_s8(&p, x.data(), codes.data());
    expectParts(count, step, codes, [&](qrt_range range, int8_t *y) {
      const qrt_border_part part = partOf(range);
      qrt_ref_quantize_f32_s8(&part.p, x.data() + part.planes, y + part.codes);
    });
    qrt_ref_dequantize_s8_f32(&p, codes.data(), real.data());
    expectParts(count, step, real, [&](qrt_range range, float *y) {
      const qrt_border_part part = partOf(range);
      qrt_ref_dequantize_s8_f32(&part.p, codes.data() + part.codes,
                                y + part.planes);
    });
  }
}

} // namespace
