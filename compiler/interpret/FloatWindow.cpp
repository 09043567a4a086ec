// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Float pooling, reductions and arg-max. Sums are taken in double.

#include "compiler/interpret/FloatKernels.h"

#include "dialects/nn/NN.h"

#include <algorithm>
#include <limits>

using namespace mlir;

namespace quench::interpret {
namespace {

constexpr float lowest = -std::numeric_limits<float>::infinity();

template <class Op>
Pool sizesOf(Op op) {
  Pool pool;
  SizesRef x = shapeOf(op.getInput()), y = shapeOf(op.getOutput());
  pool.batch = x[0];
  pool.channels = x[3];
  for (int axis : {0, 1}) {
    pool.in[axis] = x[1 + axis];
    pool.out[axis] = y[1 + axis];
    pool.kernel[axis] = op.getKernel()[axis];
    pool.strides[axis] = op.getStrides()[axis];
    pool.dilations[axis] = op.getDilations()[axis];
  }
  llvm::copy(op.getPads(), pool.pads);
  return pool;
}

/// Taps of one window along one axis: those inside the picture, and how many
/// lie inside picture and padding.
struct Taps {
  SmallVector<int64_t, 8> inside;
  int64_t padded = 0;
};
Taps tapsOf(const Pool &pool, int axis, int64_t index) {
  Taps taps;
  const int64_t size = pool.in[axis];
  const int64_t low = pool.pads[axis], high = pool.pads[axis + 2];
  const int64_t first = index * pool.strides[axis] - low;
  for (int64_t k = 0; k < pool.kernel[axis]; ++k) {
    const int64_t at = first + k * pool.dilations[axis];
    if (at >= 0 && at < size)
      taps.inside.push_back(at);
    if (at < size + high)
      ++taps.padded;
  }
  return taps;
}

template <class Op>
std::pair<Sizes, Sizes> reduceStrides(Op op) {
  const SizesRef shape = shapeOf(op.getInput());
  Sizes kept(shape);
  SmallVector<int64_t> axes;
  if constexpr (std::is_same_v<Op, nn::ArgMaxOp>)
    axes.push_back(op.getAxis());
  else
    axes.append(op.getAxes().begin(), op.getAxes().end());
  for (int64_t axis : axes)
    kept[axis] = 1;
  return {denseStrides(shape), broadcastStrides(kept, shape)};
}

} // namespace

Pool poolOf(Operation *op) {
  if (auto max = dyn_cast<nn::MaxPool2DOp>(op))
    return sizesOf(max);
  auto average = cast<nn::AvgPool2DOp>(op);
  Pool pool = sizesOf(average);
  pool.countIncludePad = average.getCountIncludePad();
  return pool;
}

void Pool::walk(llvm::function_ref<void(int64_t, int64_t)> tap,
                llvm::function_ref<void(int64_t, int64_t)> done) const {
  int64_t y = 0;
  for (int64_t n = 0; n < batch; ++n)
    for (int64_t i = 0; i < out[0]; ++i) {
      const Taps rows = tapsOf(*this, 0, i);
      for (int64_t j = 0; j < out[1]; ++j, y += channels) {
        const Taps cols = tapsOf(*this, 1, j);
        for (int64_t row : rows.inside)
          for (int64_t col : cols.inside)
            tap(y, ((n * in[0] + row) * in[1] + col) * channels);
        const int64_t count =
            countIncludePad ? rows.padded * cols.padded
                            : int64_t(rows.inside.size() * cols.inside.size());
        done(y, std::max<int64_t>(count, 1));
      }
    }
}

FailureOr<Kernel> makePool(Operation *op, Inputs) {
  const Pool pool = poolOf(op);
  if (isa<nn::MaxPool2DOp>(op))
    return Kernel([pool](Inputs inputs, Tensor &out) {
      const float *px = inputs[0]->data<float>().data();
      llvm::MutableArrayRef<float> y = out.data<float>();
      llvm::fill(y, lowest);
      pool.walk(
          [&](int64_t to, int64_t from) {
            for (int64_t c = 0; c < pool.channels; ++c)
              y[to + c] = std::max(y[to + c], px[from + c]);
          },
          [](int64_t, int64_t) {});
    });
  return Kernel([pool](Inputs inputs, Tensor &out) {
    const float *px = inputs[0]->data<float>().data();
    float *py = out.data<float>().data();
    std::vector<double> sum(pool.channels, 0);
    pool.walk(
        [&](int64_t, int64_t from) {
          for (int64_t c = 0; c < pool.channels; ++c)
            sum[c] += px[from + c];
        },
        [&](int64_t to, int64_t count) {
          for (int64_t c = 0; c < pool.channels; ++c) {
            py[to + c] = float(sum[c] / count);
            sum[c] = 0;
          }
        });
  });
}

FailureOr<Kernel> makeReduce(Operation *op, Inputs) {
  const SizesRef shape = shapeOf(op->getOperand(0));
  const SizesRef result = shapeOf(op->getResult(0));
  if (auto max = dyn_cast<nn::ReduceMaxOp>(op)) {
    auto [x, y] = reduceStrides(max);
    return Kernel([=, x = x, y = y](Inputs inputs, Tensor &out) {
      const float *px = inputs[0]->data<float>().data();
      float *py = out.data<float>().data();
      llvm::fill(out.data<float>(), lowest);
      walkRows(shape, x, y,
               [&](int64_t xi, int64_t yi, int64_t length, int64_t xStep,
                   int64_t yStep) {
                 for (int64_t i = 0; i < length; ++i) {
                   float &to = py[yi + i * yStep];
                   to = std::max(to, px[xi + i * xStep]);
                 }
               });
    });
  }
  auto [x, y] = isa<nn::ReduceMeanOp>(op)
                    ? reduceStrides(cast<nn::ReduceMeanOp>(op))
                    : reduceStrides(cast<nn::ReduceSumOp>(op));
  const int64_t kept = numElements(result);
  const double divisor =
      isa<nn::ReduceMeanOp>(op) ? double(numElements(shape)) / kept : 1;
  return Kernel([=, x = x, y = y](Inputs inputs, Tensor &out) {
    const float *px = inputs[0]->data<float>().data();
    std::vector<double> sums(kept, 0);
    walkRows(shape, x, y,
             [&](int64_t xi, int64_t yi, int64_t length, int64_t xStep,
                 int64_t yStep) {
               for (int64_t i = 0; i < length; ++i)
                 sums[yi + i * yStep] += px[xi + i * xStep];
             });
    llvm::transform(sums, out.data<float>().begin(),
                    [&](double sum) { return float(sum / divisor); });
  });
}

FailureOr<Kernel> makeArgMax(Operation *op, Inputs) {
  auto argMax = cast<nn::ArgMaxOp>(op);
  const SizesRef shape = shapeOf(argMax.getInput());
  auto [x, y] = reduceStrides(argMax);
  const int64_t stride = x[argMax.getAxis()], length = shape[argMax.getAxis()];
  const bool last = argMax.getSelectLast();
  // Along the axis itself x stands still; the loop below walks it.
  Sizes space(shape), start(x);
  space[argMax.getAxis()] = 1;
  return Kernel([=, y = y](Inputs inputs, Tensor &out) {
    const float *px = inputs[0]->data<float>().data();
    int64_t *py = out.data<int64_t>().data();
    walkRows(space, start, y,
             [&](int64_t xi, int64_t yi, int64_t count, int64_t xStep,
                 int64_t yStep) {
               for (int64_t i = 0; i < count; ++i) {
                 const float *row = px + xi + i * xStep;
                 int64_t best = 0;
                 for (int64_t k = 1; k < length; ++k) {
                   const float found = row[k * stride];
                   const float largest = row[best * stride];
                   if (found > largest || (last && found == largest))
                     best = k;
                 }
                 py[yi + i * yStep] = best;
               }
             });
  });
}

} // namespace quench::interpret
