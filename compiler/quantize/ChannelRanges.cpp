// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Ranges of channels: the interpreter runs, two numbers a channel remember.

#include "compiler/quantize/ChannelRanges.h"

#include "compiler/interpret/Interpreter.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

float ChannelRange::reach(int64_t channel) const {
  return std::max(std::fabs(min[channel]), std::fabs(max[channel]));
}

/// False if a value is not finite.
static bool see(const interpret::Tensor &tensor, ChannelRange &range) {
  const size_t channels = tensor.shape.empty() ? 1 : tensor.shape.back();
  if (range.min.empty()) {
    range.min.assign(channels, std::numeric_limits<float>::infinity());
    range.max.assign(channels, -std::numeric_limits<float>::infinity());
  }
  ArrayRef<float> values = tensor.data<float>();
  bool finite = true;
  for (size_t i = 0; i < values.size(); i += channels) {
    for (size_t c = 0; c < channels; ++c) {
      const float value = values[i + c];
      finite &= std::isfinite(value);
      range.min[c] = std::min(range.min[c], value);
      range.max[c] = std::max(range.max[c], value);
    }
  }
  return finite;
}

FailureOr<ChannelRanges> quantize::collectChannelRanges(func::FuncOp function,
                                                        DataSource &data,
                                                        int64_t limit) {
  FailureOr<interpret::Interpreter> interpreter =
      interpret::Interpreter::create(function);
  if (failed(interpreter))
    return failure();
  ChannelRanges ranges;
  Operation *bad = nullptr;
  auto sink = [&](Operation *op, StringRef, const interpret::Tensor &tensor) {
    if (tensor.kind == interpret::ElementKind::F32 &&
        !see(tensor, ranges[op->getResult(0)]) && !bad)
      bad = op;
  };
  int64_t done = 0;
  std::vector<interpret::Tensor> sample;
  for (; limit == 0 || done < limit; ++done) {
    llvm::Expected<bool> more = data.next(sample);
    if (!more)
      return emitError(function.getLoc(), llvm::toString(more.takeError()));
    if (!*more)
      break;
    if (failed(interpreter->run(sample, sink)))
      return failure();
    if (bad)
      return emitError(bad->getLoc(), "tensor '")
             << interpret::tensorName(bad)
             << "' has a value that is not finite for calibration sample "
             << done;
  }
  if (done == 0)
    return emitError(function.getLoc(),
                     "calibration expects at least one sample");
  data.rewind();
  return ranges;
}
