// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Decoding, resampling, cropping.

#include "compiler/driver/Picture.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <png.h>

using namespace quench;
using testing::Each;
using testing::ElementsAre;

namespace {

Picture grey(int width, int height, const std::vector<uint8_t> &values) {
  Picture picture{width, height, {}};
  for (uint8_t value : values)
    picture.rgb.insert(picture.rgb.end(), 3, value);
  return picture;
}

/// The red channel.
std::vector<int> red(const Picture &picture) {
  std::vector<int> values;
  for (size_t i = 0; i < picture.rgb.size(); i += 3)
    values.push_back(picture.rgb[i]);
  return values;
}

TEST(Picture, ResamplingKeepsAConstant) {
  const Picture flat = grey(7, 5, std::vector<uint8_t>(35, 200));
  for (Filter filter : {Filter::Bilinear, Filter::Bicubic})
    for (int size : {1, 3, 5, 7, 11})
      EXPECT_THAT(red(resize(flat, size, size, filter)), Each(200));
}

// By hand: the centre of output i lies at (i + 0.5) / 2 of the input, so that
// weights are 3/4 and 1/4; outside there is nothing, and the rest is scaled up.
TEST(Picture, BilinearDoublesARow) {
  EXPECT_THAT(red(resize(grey(2, 1, {0, 100}), 4, 1, Filter::Bilinear)),
              ElementsAre(0, 25, 75, 100));
}

// Halving with antialias: radius 2, weights 1/8 3/8 3/8 1/8 inside.
TEST(Picture, BilinearHalvesARowOverFourPixels) {
  EXPECT_THAT(red(resize(grey(8, 1, {0, 0, 0, 80, 0, 0, 0, 0}), 4, 1,
                         Filter::Bilinear)),
              ElementsAre(0, 30, 10, 0));
}

// What Pillow 13.0 gives for the same rows.
TEST(Picture, ResamplesLikePillow) {
  EXPECT_THAT(red(resize(grey(4, 1, {0, 255, 255, 0}), 8, 1, Filter::Bicubic)),
              ElementsAre(0, 48, 199, 255, 255, 199, 48, 0));
  const Picture row = grey(8, 1, {0, 10, 200, 90, 30, 60, 250, 7});
  EXPECT_THAT(red(resize(row, 3, 1, Filter::Bicubic)),
              ElementsAre(60, 89, 113));
  EXPECT_THAT(red(resize(row, 3, 1, Filter::Bilinear)),
              ElementsAre(58, 87, 117));
}

TEST(Picture, CropTakesTheMiddle) {
  const Picture picture = grey(3, 3, {1, 2, 3, 4, 5, 6, 7, 8, 9});
  EXPECT_THAT(red(centreCrop(picture, 1, 1)), ElementsAre(5));
  EXPECT_THAT(red(centreCrop(picture, 3, 1)), ElementsAre(4, 5, 6));
  // A margin of 1 is half a pixel on each side: to even, 0.
  EXPECT_THAT(red(centreCrop(picture, 2, 2)), ElementsAre(1, 2, 4, 5));
}

TEST(Picture, DecodesWhatLibpngWrites) {
  const uint8_t pixels[] = {10, 20, 30, 0, 40, 50, 60, 255}; // RGBA
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  image.width = 2;
  image.height = 1;
  image.format = PNG_FORMAT_RGBA;
  png_alloc_size_t size = 0;
  ASSERT_TRUE(
      png_image_write_to_memory(&image, nullptr, &size, 0, pixels, 0, nullptr));
  std::vector<uint8_t> bytes(size);
  ASSERT_TRUE(png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels,
                                        0, nullptr));
  std::string error;
  const std::optional<Picture> picture =
      decodePicture(bytes.data(), bytes.size(), error);
  ASSERT_TRUE(picture) << error;
  EXPECT_EQ(picture->width, 2);
  EXPECT_THAT(picture->rgb, ElementsAre(10, 20, 30, 40, 50, 60));

  // Cut short at every length: an error, never a crash.
  for (size_t length = 0; length + 12 < bytes.size(); ++length) {
    EXPECT_FALSE(decodePicture(bytes.data(), length, error)) << length;
    EXPECT_FALSE(error.empty());
  }
}

TEST(Picture, DamagedJpegIsAnError) {
  const uint8_t bytes[] = {0xff, 0xd8, 0xff, 0xe0, 0, 16, 'J', 'F', 'I', 'F'};
  std::string error;
  EXPECT_TRUE(looksLikePicture(bytes, sizeof(bytes)));
  EXPECT_FALSE(decodePicture(bytes, sizeof(bytes), error));
  EXPECT_FALSE(error.empty());
}

} // namespace
