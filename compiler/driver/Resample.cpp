// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Separable resampling with antialiasing.

#include "compiler/driver/Picture.h"

#include <algorithm>
#include <cassert>
#include <cmath>

using namespace quench;

namespace {

double triangle(double x) { return std::max(0.0, 1.0 - std::fabs(x)); }

/// Keys (1981), a = -0.5.
double cubic(double x) {
  x = std::fabs(x);
  if (x < 1)
    return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2)
    return ((-0.5 * x + 2.5) * x - 4) * x + 2;
  return 0;
}

/// The weights of one output position: input first, first + 1, ...
struct Tap {
  int first;
  std::vector<double> weights;
};

std::vector<Tap> makeTaps(int from, int to, Filter filter) {
  double (*function)(double) = filter == Filter::Bilinear ? triangle : cubic;
  const double radius = filter == Filter::Bilinear ? 1 : 2;
  const double ratio = double(from) / to;
  const double stretch = std::max(1.0, ratio);
  std::vector<Tap> taps;
  for (int i = 0; i < to; ++i) {
    const double centre = (i + 0.5) * ratio;
    const int begin = std::max(0, int(centre - radius * stretch + 0.5));
    const int end = std::min(from, int(centre + radius * stretch + 0.5));
    Tap tap{begin, {}};
    double sum = 0;
    for (int x = begin; x < end; ++x) {
      tap.weights.push_back(function((x - centre + 0.5) / stretch));
      sum += tap.weights.back();
    }
    for (double &weight : tap.weights)
      weight /= sum;
    taps.push_back(std::move(tap));
  }
  return taps;
}

uint8_t toByte(double value) {
  return static_cast<uint8_t>(std::clamp(std::floor(value + 0.5), 0.0, 255.0));
}

/// Resamples one axis: `count` lines, elements `step` apart, lines `stride`
/// apart, in input and output.
void resampleAxis(const uint8_t *in, uint8_t *out, int lines, size_t inStride,
                  size_t outStride, size_t inStep, size_t outStep,
                  const std::vector<Tap> &taps) {
  for (int line = 0; line < lines; ++line)
    for (size_t i = 0; i < taps.size(); ++i)
      for (size_t c = 0; c < 3; ++c) {
        const uint8_t *at =
            in + size_t(line) * inStride + size_t(taps[i].first) * inStep + c;
        double sum = 0;
        for (double weight : taps[i].weights) {
          sum += weight * *at;
          at += inStep;
        }
        out[size_t(line) * outStride + i * outStep + c] = toByte(sum);
      }
}

} // namespace

static Picture resizeWidth(const Picture &picture, int width, Filter filter) {
  if (picture.width == width)
    return picture;
  Picture result{width, picture.height, {}};
  result.rgb.resize(size_t(width) * size_t(picture.height) * 3);
  resampleAxis(picture.rgb.data(), result.rgb.data(), picture.height,
               size_t(picture.width) * 3, size_t(width) * 3, 3, 3,
               makeTaps(picture.width, width, filter));
  return result;
}

static Picture resizeHeight(const Picture &picture, int height, Filter filter) {
  if (picture.height == height)
    return picture;
  const size_t row = size_t(picture.width) * 3;
  Picture result{picture.width, height, {}};
  result.rgb.resize(row * size_t(height));
  resampleAxis(picture.rgb.data(), result.rgb.data(), picture.width, 3, 3, row,
               row, makeTaps(picture.height, height, filter));
  return result;
}

Picture quench::resize(const Picture &picture, int width, int height,
                       Filter filter) {
  assert(width > 0 && height > 0 && "a picture has pixels");
  const double shrinkX = std::max(1.0, double(picture.width) / width);
  const double shrinkY = std::max(1.0, double(picture.height) / height);
  if (shrinkY > shrinkX)
    return resizeWidth(resizeHeight(picture, height, filter), width, filter);
  return resizeHeight(resizeWidth(picture, width, filter), height, filter);
}

Picture quench::centreCrop(const Picture &picture, int width, int height) {
  assert(width <= picture.width && height <= picture.height &&
         "the crop lies inside the picture");
  // Half to even, as Python's round() does in torchvision's CenterCrop.
  const int top = int(std::nearbyint((picture.height - height) / 2.0));
  const int left = int(std::nearbyint((picture.width - width) / 2.0));
  Picture result{width, height, {}};
  result.rgb.resize(size_t(width) * size_t(height) * 3);
  for (int y = 0; y < height; ++y)
    std::copy_n(
        &picture
             .rgb[(size_t(y + top) * size_t(picture.width) + size_t(left)) * 3],
        size_t(width) * 3, &result.rgb[size_t(y) * size_t(width) * 3]);
  return result;
}
