// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Facts about the placed model.

#include "codegen/emit/Model.h"

#include <algorithm>

using namespace quench;
using namespace quench::emit;

const ElementRow &emit::row(Element element) {
  static constexpr ElementRow rows[] = {
      {"float",   "QRT_F32", "float32", 4},
      {"int8_t",  "QRT_S8",  "int8",    1},
      {"int32_t", "QRT_S32", "int32",   4},
      {"int64_t", "QRT_S64", "int64",   8},
      {"int16_t", "QRT_S16", "int16",   2},
  };
  return rows[static_cast<size_t>(element)];
}

int64_t Buffer::elements() const {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return count;
}

std::string Buffer::wholeShapeText() const {
  Buffer whole;
  whole.shape = channelShape.empty() ? shape : channelShape;
  if (windowStep)
    whole.shape[1] = windowRows;
  return whole.shapeText();
}

std::string Buffer::shapeText() const {
  std::string text = "[";
  for (int64_t size : shape) {
    if (text.size() > 1)
      text += ", ";
    text += std::to_string(size);
  }
  return text + "]";
}

bool Model::hasScratch() const {
  return std::any_of(calls.begin(), calls.end(),
                     [](const Call &call) { return call.scratchBytes > 0; });
}

int64_t Model::macs() const {
  // Each variant lists the calls again: count every step once.
  int64_t sum = 0;
  for (const Call &call : calls)
    if (call.variant <= 0)
      sum += call.macs;
  return sum;
}

std::vector<uint8_t> emit::weightsBlob(const Model &model) {
  std::vector<uint8_t> blob(model.weightBytes);
  for (const Buffer &buffer : model.buffers)
    if (buffer.kind == Buffer::Weights)
      std::copy(buffer.bytes.begin(), buffer.bytes.end(),
                blob.begin() + buffer.offset);
  return blob;
}
