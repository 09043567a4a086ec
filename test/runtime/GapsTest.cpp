// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Poolings and resizes whose pixels have gaps give what dense ones do, and
// leave the gaps alone; as a whole and in parts. Convolutions with gaps are in
// test/codegen/kernels.

#include "Oracle.h"

#include "qrt/split.h"

#include "gtest/gtest.h"

using namespace quench;

namespace {

constexpr int32_t channels = 70; // averages keep 64 sums at a time

/// `dense` with `gap` elements of `filler` between pixels, none behind the
/// last.
template <typename T>
std::vector<T> spread(const std::vector<T> &dense, int32_t gap, T filler) {
  std::vector<T> wide;
  for (size_t i = 0; i < dense.size(); ++i) {
    if (i && i % channels == 0)
      wide.insert(wide.end(), size_t(gap), filler);
    wide.push_back(dense[i]);
  }
  return wide;
}

template <typename T>
std::vector<T> someOf(int32_t pixels) {
  const std::vector<int8_t> codes =
      oracle::Random(5).codes(size_t(pixels) * channels);
  return {codes.begin(), codes.end()};
}

/// Calls `run(params, x, y)` on dense pixels and on pixels with gaps, and
/// `parts(params, x, y)` on the latter. Gaps of x hold the largest code.
template <typename T, typename Params, typename Run, typename Parts>
void expectGaps(Params p, Run run, Parts parts) {
  const auto x = someOf<T>(p.batch * p.in_h * p.in_w);
  std::vector<T> dense(size_t(p.batch) * p.out_h * p.out_w * channels);
  run(p, x.data(), dense.data());
  for (auto [xGap, yGap] : {
           std::pair{0, 9 },
           std::pair{5, 0 },
           std::pair{3, 64}
  }) {
    SCOPED_TRACE(testing::Message() << "gaps " << xGap << " and " << yGap);
    p.x_gap = xGap, p.y_gap = yGap;
    const auto wide = spread<T>(x, xGap, 127);
    const auto expected = spread<T>(dense, yGap, 90);
    std::vector<T> y(expected.size(), 90);
    run(p, wide.data(), y.data());
    ASSERT_EQ(y, expected);
    std::fill(y.begin(), y.end(), T(90));
    parts(p, wide.data(), y.data());
    ASSERT_EQ(y, expected) << "in parts";
  }
}

qrt_pool2d poolOf(int32_t batch) {
  qrt_pool2d p{};
  p.batch = batch, p.in_h = 9, p.in_w = 7, p.channels = channels;
  p.kernel_h = 3, p.kernel_w = 2, p.stride_h = 2, p.stride_w = 1;
  p.dilation_h = 1, p.dilation_w = 2, p.pad_top = 1, p.pad_left = 1;
  p.padded_h = 11, p.padded_w = 9;
  p.out_h = 5, p.out_w = 7;
  p.in_zero = -11, p.in_scale = 0.75f, p.out_scale = 0.5f;
  p.count_include_pad = 1;
  p.out = {3, -128, 127};
  return p;
}

template <typename T>
void expectPoolGaps(void (*pool)(const qrt_pool2d *, const T *, T *)) {
  for (int32_t batch : {1, 3})
    expectGaps<T>(
        poolOf(batch),
        [&](const qrt_pool2d &p, const T *x, T *y) { pool(&p, x, y); },
        [&](const qrt_pool2d &p, const T *x, T *y) {
          const int32_t count = batch > 1 ? batch : p.out_h;
          for (int32_t i = 0; i < count; ++i) {
            const qrt_range one = {i, i + 1};
            const qrt_pool2d_part part = batch > 1 ? qrt_pool2d_images(&p, one)
                                                   : qrt_pool2d_rows(&p, one);
            pool(&part.p, x + part.x, y + part.y);
          }
        });
}

TEST(Gaps, MaxPool) {
  expectPoolGaps(&qrt_ref_max_pool2d_s8);
  expectPoolGaps(&qrt_ref_max_pool2d_f32);
}

TEST(Gaps, AvgPool) {
  expectPoolGaps(&qrt_ref_avg_pool2d_s8);
  expectPoolGaps(&qrt_ref_avg_pool2d_f32);
}

const int32_t rows[] = {0, 3, 1, 2, 3}, columns[] = {1, 4, 0};
const int32_t rowWeights[] = {0, 2048, 700, 1, 9};
const int32_t columnWeights[] = {3, 1024, 2047};

qrt_resize2d resizeOf(int32_t batch) {
  qrt_resize2d p{};
  p.batch = batch, p.in_h = 4, p.in_w = 5, p.channels = channels;
  p.out_h = 5, p.out_w = 3;
  p.in_zero = -5, p.mul = 0.9f / (1 << 22);
  p.out = {3, -128, 127};
  return p;
}

/// `resize(params, first row, x, y)`; only one image is cut.
template <typename T, typename Resize>
void expectResizeGaps(Resize resize) {
  for (int32_t batch : {1, 2})
    expectGaps<T>(
        resizeOf(batch),
        [&](const qrt_resize2d &p, const T *x, T *y) { resize(&p, 0, x, y); },
        [&](const qrt_resize2d &p, const T *x, T *y) {
          if (batch > 1)
            return resize(&p, 0, x, y);
          for (int32_t i = 0; i < p.out_h; ++i) {
            const qrt_resize2d_part part = qrt_resize2d_rows(&p, {i, i + 1});
            resize(&part.p, part.row, x, y + part.y);
          }
        });
}

TEST(Gaps, ResizeNearest) {
  expectResizeGaps<int8_t>(
      [](const qrt_resize2d *p, ptrdiff_t row, const int8_t *x, int8_t *y) {
        qrt_ref_resize_nearest_s8(p, rows + row, columns, x, y);
      });
  expectResizeGaps<float>(
      [](const qrt_resize2d *p, ptrdiff_t row, const float *x, float *y) {
        qrt_ref_resize_nearest_f32(p, rows + row, columns, x, y);
      });
}

TEST(Gaps, ResizeBilinear) {
  expectResizeGaps<int8_t>(
      [](const qrt_resize2d *p, ptrdiff_t row, const int8_t *x, int8_t *y) {
        qrt_ref_resize_bilinear_s8(p, rows + row, rowWeights + row, columns,
                                   columnWeights, x, y);
      });
  const float down[] = {0.0f, 1.0f, 0.3f, 0.5f, 0.9f};
  const float right[] = {0.25f, 0.0f, 0.7f};
  expectResizeGaps<float>(
      [&](const qrt_resize2d *p, ptrdiff_t row, const float *x, float *y) {
        qrt_ref_resize_bilinear_f32(p, rows + row, down + row, columns, right,
                                    x, y);
      });
}

} // namespace
