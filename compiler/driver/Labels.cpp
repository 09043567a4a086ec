// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Text here, arrays as samples of one number.

#include "compiler/driver/Labels.h"

#include "compiler/driver/Data.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/LineIterator.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cmath>

using namespace llvm;
using namespace quench;

static Expected<std::vector<int64_t>> readLines(StringRef path) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> file = MemoryBuffer::getFile(path);
  if (!file)
    return createStringError(file.getError(), "cannot open '" + path + "': " +
                                                  file.getError().message());
  std::vector<int64_t> labels;
  for (line_iterator line(**file); !line.is_at_eof(); ++line) {
    int64_t label = 0;
    if (line->trim().getAsInteger(10, label) || label < 0)
      return createStringError(
          "'" + path + "', line " + Twine(line.line_number()) +
          ": expects a class from 0, found '" + line->trim() + "'");
    labels.push_back(label);
  }
  return labels;
}

static Expected<std::vector<int64_t>> readArray(StringRef path) {
  DataOptions options;
  options.paths = {path.str()};
  auto data = openData(
      {
          InputInfo{"labels", {1}}
  },
      options);
  if (!data)
    return data.takeError();
  std::vector<int64_t> labels;
  for (std::vector<interpret::Tensor> sample;;) {
    Expected<bool> more = (*data)->next(sample);
    if (!more)
      return more.takeError();
    if (!*more)
      return labels;
    const float label = sample.front().data<float>().front();
    if (!(label >= 0 && label == std::floor(label)))
      return createStringError(
          "'" + path + "', number " + Twine(labels.size()) +
          ": expects a class from 0, found " + formatv("{0}", label).str());
    labels.push_back(int64_t(label));
  }
}

Expected<std::vector<int64_t>> quench::readLabels(StringRef path) {
  return path.ends_with(".txt") ? readLines(path) : readArray(path);
}
