// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Joining channels.

#include "compiler/quantize/moments/ChannelMoments.h"

#include <algorithm>

using namespace quench;
using namespace quench::quantize;

double ChannelMoments::low() const {
  double low = channels.front().low;
  for (const Expected &channel : channels)
    low = std::min(low, channel.low);
  return low;
}

double ChannelMoments::high() const {
  double high = channels.front().high;
  for (const Expected &channel : channels)
    high = std::max(high, channel.high);
  return high;
}

void ChannelMoments::clamp(double low, double high) {
  for (Expected &channel : channels) {
    channel.moments = clippedNormal(channel.moments, low, high);
    channel.low = std::min(std::max(channel.low, low), high);
    channel.high = std::min(std::max(channel.high, low), high);
  }
}

Expected quantize::mixture(llvm::ArrayRef<Expected> parts) {
  Expected result = parts.front();
  double mean = 0, variance = 0;
  for (const Expected &part : parts)
    mean += part.moments.mean / parts.size();
  for (const Expected &part : parts) {
    const double off = part.moments.mean - mean;
    variance += (part.moments.variance + off * off) / parts.size();
    result.low = std::min(result.low, part.low);
    result.high = std::max(result.high, part.high);
  }
  result.moments = {mean, variance};
  return result;
}

ChannelMoments quantize::alongLastAxis(const ChannelMoments &moments,
                                       mlir::Value value) {
  const int64_t count = lastAxis(value).count;
  const ChannelView view = moments.view();
  ChannelMoments result;
  result.distance = moments.distance;
  if (count % (view.count * view.inner) == 0)
    for (int64_t i = 0; i < count; ++i)
      result.channels.push_back(moments.channels[view.channelOf(i)]);
  else
    result.channels.assign(count, mixture(moments.channels));
  return result;
}

ChannelMoments quantize::constantMoments(llvm::ArrayRef<float> values,
                                         int64_t channels) {
  ChannelMoments result;
  for (int64_t c = 0; c < channels; ++c) {
    std::vector<Expected> parts;
    for (size_t i = c; i < values.size(); i += channels)
      parts.push_back({
          {values[i], 0},
          values[i], values[i]
      });
    result.channels.push_back(mixture(parts));
  }
  return result;
}
