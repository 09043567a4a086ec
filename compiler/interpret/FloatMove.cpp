// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Movement of f32 elements: concat, slice, pad, transpose, reshape, resize. The
// QFloat executor uses the same kernels on integer-valued floats.

#include "compiler/interpret/FloatKernels.h"

#include "dialects/nn/NN.h"
#include "dialects/q/Params.h"

#include <algorithm>
#include <cmath>
#include <cstring>

using namespace mlir;

namespace quench::interpret {
namespace {

/// Index in [0, size) that a pad of `mode` reads for index i, which may lie
/// outside.
int64_t paddedIndex(llvm::StringRef mode, int64_t i, int64_t size) {
  if (i >= 0 && i < size)
    return i;
  if (mode == "constant")
    return outside;
  if (mode == "edge" || size == 1)
    return std::clamp<int64_t>(i, 0, size - 1);
  // Mirrored without repeating the border: period 2 * (size - 1).
  const int64_t period = 2 * (size - 1);
  const int64_t phase = ((i % period) + period) % period;
  return phase < size ? phase : period - phase;
}

/// One axis of a linear resize: the two source indices and the second's share.
struct Mix {
  int64_t first, second;
  double share;
};
std::vector<Mix> mixAxis(llvm::StringRef coordinates, float scale, int64_t in,
                         int64_t out) {
  std::vector<Mix> axis;
  for (int64_t i = 0; i < out; ++i) {
    double x = (i + 0.5) / scale - 0.5; // half_pixel, pytorch_half_pixel
    if (coordinates == "align_corners")
      x = out == 1 ? 0 : double(i) * double(in - 1) / double(out - 1);
    else if (coordinates == "asymmetric")
      x = double(i) / scale;
    else if (coordinates == "pytorch_half_pixel" && out == 1)
      x = 0;
    x = std::clamp(x, 0.0, double(in - 1));
    const int64_t first = int64_t(x);
    axis.push_back({first, std::min(first + 1, in - 1), x - double(first)});
  }
  return axis;
}

Kernel gatherKernel(Gather gather) {
  return [gather = std::move(gather)](Inputs inputs, Tensor &out) {
    gather.run(inputs[0]->data<float>().data(), out.data<float>().data());
  };
}

} // namespace

Gather gatherOf(Operation *op, float fill) {
  const SizesRef x = shapeOf(op->getOperand(0)), y = shapeOf(op->getResult(0));
  const Sizes strides = denseStrides(x);
  Gather gather;
  gather.fill = fill;
  for (size_t axis = 0; axis < y.size(); ++axis) {
    std::vector<int64_t> &offsets = gather.offsets.emplace_back(y[axis]);
    for (int64_t i = 0; i < y[axis]; ++i) {
      if (auto slice = dyn_cast<nn::SliceOp>(op)) {
        offsets[i] = strides[axis] *
                     (slice.getStarts()[axis] + i * slice.getSteps()[axis]);
      } else if (auto transpose = dyn_cast<nn::TransposeOp>(op)) {
        offsets[i] = strides[transpose.getPerm()[axis]] * i;
      } else {
        auto pad = cast<nn::PadOp>(op);
        const int64_t at =
            paddedIndex(pad.getMode(), i - pad.getLow()[axis], x[axis]);
        offsets[i] = at == outside ? outside : strides[axis] * at;
      }
    }
  }
  return gather;
}

FailureOr<Kernel> makeGather(Operation *op, Inputs) {
  auto pad = dyn_cast<nn::PadOp>(op);
  return gatherKernel(gatherOf(op, pad ? pad.getValue().convertToFloat() : 0));
}

FailureOr<Kernel> makeReshape(Operation *, Inputs) {
  return Kernel(
      [](Inputs inputs, Tensor &out) { out.bytes = inputs[0]->bytes; });
}

FailureOr<Kernel> makeConcat(Operation *op, Inputs) {
  const SizesRef shape = shapeOf(op->getResult(0));
  const int64_t axis = cast<nn::ConcatOp>(op).getAxis();
  const int64_t outer = numElements(shape.take_front(axis));
  return Kernel([=](Inputs inputs, Tensor &out) {
    float *y = out.data<float>().data();
    for (int64_t i = 0; i < outer; ++i)
      for (const Tensor *input : inputs) {
        const int64_t run = input->numElements() / outer;
        std::copy_n(input->data<float>().data() + i * run, run, y);
        y += run;
      }
  });
}

FailureOr<Kernel> makeResize(Operation *op, Inputs) {
  auto resize = cast<nn::ResizeOp>(op);
  const SizesRef x = shapeOf(resize.getInput()),
                 y = shapeOf(resize.getOutput());
  const Sizes strides = denseStrides(x);
  if (resize.getMode() == "nearest") {
    const q::ResizeTables tables =
        q::resizeTables(resize.getMode(), resize.getCoordinates(),
                        resize.getRounding(), resize.getScales(), x, y);
    Gather gather;
    for (size_t axis = 0; axis < 4; ++axis) {
      std::vector<int64_t> &offsets = gather.offsets.emplace_back(y[axis]);
      for (int64_t i = 0; i < y[axis]; ++i)
        offsets[i] = strides[axis] * (axis == 1   ? tables.row[i]
                                      : axis == 2 ? tables.col[i]
                                                  : i);
    }
    return gatherKernel(std::move(gather));
  }
  const std::vector<Mix> rows =
      mixAxis(resize.getCoordinates(), resize.getScales()[0], x[1], y[1]);
  const std::vector<Mix> cols =
      mixAxis(resize.getCoordinates(), resize.getScales()[1], x[2], y[2]);
  const int64_t batch = x[0], channels = x[3];
  return Kernel([=](Inputs inputs, Tensor &out) {
    const float *image = inputs[0]->data<float>().data();
    float *py = out.data<float>().data();
    for (int64_t n = 0; n < batch; ++n, image += strides[0])
      for (const Mix &row : rows)
        for (const Mix &col : cols) {
          const float *top = image + row.first * strides[1];
          const float *bottom = image + row.second * strides[1];
          const int64_t left = col.first * strides[2];
          const int64_t right = col.second * strides[2];
          for (int64_t c = 0; c < channels; ++c) {
            const double above =
                top[left + c] * (1 - col.share) + top[right + c] * col.share;
            const double below = bottom[left + c] * (1 - col.share) +
                                 bottom[right + c] * col.share;
            *py++ = float(above * (1 - row.share) + below * row.share);
          }
        }
  });
}

} // namespace quench::interpret
