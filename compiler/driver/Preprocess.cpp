// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Numbers of files become numbers of an input.

#include "compiler/driver/Preprocess.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

using namespace llvm;
using namespace quench;
using interpret::Tensor;

std::optional<Axes> quench::axesOf(ArrayRef<int64_t> shape,
                                   PixelLayout layout) {
  if (shape.size() != 4 || shape[0] != 1)
    return std::nullopt;
  // Three is a number of channels more likely than one.
  for (const int64_t channels : {3, 1}) {
    if (layout != PixelLayout::Nhwc && shape[1] == channels)
      return Axes{channels, shape[2], shape[3], false};
    if (layout != PixelLayout::Nchw && shape[3] == channels)
      return Axes{channels, shape[1], shape[2], true};
  }
  return std::nullopt;
}

static double pick(ArrayRef<double> list, int64_t channel, double otherwise) {
  if (list.empty())
    return otherwise;
  return list[list.size() == 1 ? 0 : size_t(channel)];
}

float quench::normalize(double number, int64_t channel,
                        const Preprocess &preprocess) {
  const double centred = number - pick(preprocess.mean, channel, 0);
  if (!preprocess.scale.empty())
    return float(centred * pick(preprocess.scale, channel, 1));
  return float(centred / pick(preprocess.std, channel, 1));
}

Error quench::checkLengths(const InputInfo &input, const Preprocess &preprocess,
                           int64_t channels) {
  if (!preprocess.std.empty() && !preprocess.scale.empty())
    return createStringError("std and scale exclude each other");
  const std::pair<const char *, const std::vector<double> &> lists[] = {
      {"mean",  preprocess.mean },
      {"std",   preprocess.std  },
      {"scale", preprocess.scale}
  };
  for (const auto &[name, list] : lists)
    if (list.size() > 1 && int64_t(list.size()) != channels)
      return createStringError(Twine(name) + " expects 1 or " +
                               Twine(channels) + " numbers for input '" +
                               input.name + "', found " + Twine(list.size()));
  if (is_contained(preprocess.std, 0.0))
    return createStringError("std expects numbers other than 0");
  return Error::success();
}

Expected<Tensor> quench::pictureTensor(const Picture &picture,
                                       const InputInfo &input,
                                       const Preprocess &preprocess) {
  const std::optional<Axes> axes = axesOf(input.shape, preprocess.layout);
  if (!axes)
    return createStringError(
        "a picture needs an input of shape 1xCxHxW or 1xHxWxC with 1 or 3 "
        "channels, input '" +
        input.name + "' has " + interpret::shapeText(input.shape));
  if (Error error = checkLengths(input, preprocess, axes->channels))
    return std::move(error);
  const int width = int(axes->width), height = int(axes->height);

  Picture fitted;
  if (preprocess.resize == 0) {
    fitted = resize(picture, width, height, preprocess.filter);
  } else {
    // The short side to `target`, the other in proportion, never below the
    // crop.
    const int target = preprocess.resize > 0
                           ? preprocess.resize
                           : int(std::min(width, height) / 0.875);
    const int shorter = std::min(picture.width, picture.height);
    auto scaled = [&](int size, int atLeast) {
      return std::max(atLeast, int(int64_t(size) * target / shorter));
    };
    fitted =
        centreCrop(resize(picture, scaled(picture.width, width),
                          scaled(picture.height, height), preprocess.filter),
                   width, height);
  }

  Tensor tensor(interpret::ElementKind::F32, input.shape);
  MutableArrayRef<float> out = tensor.data<float>();
  const int64_t pixels = axes->height * axes->width;
  for (int64_t i = 0; i < pixels; ++i)
    for (int64_t c = 0; c < axes->channels; ++c) {
      const uint8_t *rgb = &fitted.rgb[size_t(i) * 3];
      // Grey as in ITU-R BT.601, the luma of JPEG.
      const double number =
          axes->channels == 1 ? 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]
                              : rgb[preprocess.bgr ? 2 - c : c];
      out[size_t(axes->channelsLast ? i * axes->channels + c
                                    : c * pixels + i)] =
          normalize(number, c, preprocess);
    }
  return tensor;
}
