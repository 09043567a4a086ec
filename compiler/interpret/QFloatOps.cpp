// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// QFloat elementwise ops, averages and bilinear resizing. Sums are taken in
// double, where integers of this size are exact.

#include "compiler/interpret/FloatKernels.h"
#include "compiler/interpret/QFloat.h"
#include "compiler/interpret/Unary.h"

#include "dialects/nn/NN.h"
#include "dialects/q/Params.h"

#include <algorithm>
#include <cmath>

using namespace mlir;

namespace quench::interpret {
namespace {

CodeRange rangeOf(GridType grid) {
  const q::ActParams p = q::actParams(grid);
  return {p.scale, p.zero, p.min, p.max};
}

/// y = stage(acc(a, b), mul) with broadcasting.
template <class Acc>
Kernel binary(Operation *op, OutputStage stage, float mul, Acc acc) {
  const SizesRef shape = shapeOf(op->getResult(0));
  const Sizes a = broadcastStrides(shapeOf(op->getOperand(0)), shape);
  const Sizes b = broadcastStrides(shapeOf(op->getOperand(1)), shape);
  return [=](Inputs inputs, Tensor &out) {
    const float *pa = inputs[0]->data<float>().data();
    const float *pb = inputs[1]->data<float>().data();
    float *y = out.data<float>().data();
    walkRows(shape, a, b,
             [&](int64_t ai, int64_t bi, int64_t length, int64_t aStep,
                 int64_t bStep) {
               for (int64_t i = 0; i < length; ++i)
                 *y++ = stage(
                     float(acc(pa[ai + i * aStep], pb[bi + i * bStep])), mul);
             });
  };
}

/// Codes of a table as carried values, indexed by the carried operand, the
/// smallest first.
std::vector<float> carriedTable(const UnaryFunction &function, GridType in,
                                GridType out) {
  const CodeRange from = rangeOf(in), to = rangeOf(out);
  std::vector<float> table;
  if (in.getStorageTypeIntegralWidth() == 8) {
    for (int32_t code = from.min; code <= from.max; ++code)
      table.push_back(float(unaryCode(function, code, from, to) - to.zero));
    return table;
  }
  // Spec Q-LUT16.
  const int shift = q::interpolationShift(q::actParams(in));
  const std::vector<int32_t> entries =
      interpolationTable(function, from, to, shift);
  const OutputStage stage(out);
  const double cell = std::ldexp(1.0, shift);
  for (int32_t code = from.min; code <= from.max; ++code) {
    const double at = code / cell + 256;
    const double base = std::floor(at), part = (at - base) * cell;
    const double left = entries[size_t(base)],
                 right = entries[size_t(base) + 1];
    table.push_back(stage(float(left * (cell - part) + right * part),
                          std::ldexp(1.0f, -7 - shift)));
  }
  return table;
}

} // namespace

FailureOr<Kernel> makeQFloatSum(const QFloatOp &op) {
  const bool subtract = isa<nn::SubOp>(op.op);
  const auto clamp = subtract ? cast<nn::SubOp>(op.op).getClamp()
                              : cast<nn::AddOp>(op.op).getClamp();
  const q::ActParams y = q::actParams(op.result);
  const qrt_add add =
      q::addParams(q::actParams(op.operands[0]), q::actParams(op.operands[1]),
                   y, {y.min, y.max}, subtract);
  const double aMul = add.a_mul, bMul = add.b_mul;
  return binary(op.op, OutputStage(op.result, clamp), add.scale,
                [=](double a, double b) { return a * aMul + b * bMul; });
}

FailureOr<Kernel> makeQFloatMul(const QFloatOp &op) {
  const OutputStage stage(op.result, cast<nn::MulOp>(op.op).getClamp());
  const float mul = qrt_multiplier(q::scaleOf(op.operands[0], 0),
                                   q::scaleOf(op.operands[1], 0), stage.scale);
  return binary(op.op, stage, mul, [](double a, double b) { return a * b; });
}

FailureOr<Kernel> makeQFloatUnary(const QFloatOp &op) {
  const std::vector<float> table =
      carriedTable(unaryFunction(op.op), op.operands[0], op.result);
  const CodeRange in = rangeOf(op.operands[0]);
  const int32_t first = in.min - in.zero;
  return Kernel([=](Inputs inputs, Tensor &out) {
    llvm::transform(inputs[0]->data<float>(), out.data<float>().begin(),
                    [&](float x) { return table[int32_t(x) - first]; });
  });
}

FailureOr<Kernel> makeQFloatPRelu(const QFloatOp &op) {
  const GridType slopeGrid = op.operands[1];
  const float slopeScale = slopeGrid ? q::scaleOf(slopeGrid, 0) : 1;
  std::vector<std::vector<float>> tables;
  for (float slope : op.constants[1]->data<float>())
    tables.push_back(carriedTable(preluFunction(slope * slopeScale),
                                  op.operands[0], op.result));
  const CodeRange in = rangeOf(op.operands[0]);
  const int32_t first = in.min - in.zero;
  return Kernel([=](Inputs inputs, Tensor &out) {
    float *y = out.data<float>().data();
    for (auto [i, x] : llvm::enumerate(inputs[0]->data<float>()))
      y[i] = tables[i % tables.size()][int32_t(x) - first];
  });
}

FailureOr<Kernel> makeQFloatAvgPool(const QFloatOp &op) {
  const Pool pool = poolOf(op.op);
  const OutputStage stage(op.result);
  const float inScale = q::scaleOf(op.operands[0], 0);
  return Kernel([=](Inputs inputs, Tensor &out) {
    const float *x = inputs[0]->data<float>().data();
    float *y = out.data<float>().data();
    std::vector<double> sum(pool.channels, 0);
    pool.walk(
        [&](int64_t, int64_t from) {
          for (int64_t c = 0; c < pool.channels; ++c)
            sum[c] += x[from + c];
        },
        [&](int64_t to, int64_t count) {
          const float divisor = stage.scale * float(count);
          const float mul = inScale / divisor;
          for (int64_t c = 0; c < pool.channels; ++c) {
            y[to + c] = stage(float(sum[c]), mul);
            sum[c] = 0;
          }
        });
  });
}

FailureOr<Kernel> makeQFloatReduce(const QFloatOp &op) {
  const SizesRef shape = shapeOf(op.op->getOperand(0));
  const int64_t kept = numElements(shapeOf(op.op->getResult(0)));
  const bool mean = isa<nn::ReduceMeanOp>(op.op);
  Sizes result(shape);
  for (int64_t axis : mean ? cast<nn::ReduceMeanOp>(op.op).getAxes()
                           : cast<nn::ReduceSumOp>(op.op).getAxes())
    result[axis] = 1;
  const Sizes xStrides = denseStrides(shape);
  const Sizes yStrides = broadcastStrides(result, shape);
  const OutputStage stage(op.result);
  const float divisor =
      stage.scale * float(mean ? numElements(shape) / kept : 1);
  const float mul = q::scaleOf(op.operands[0], 0) / divisor;
  return Kernel([=](Inputs inputs, Tensor &out) {
    const float *x = inputs[0]->data<float>().data();
    std::vector<double> sums(kept, 0);
    walkRows(shape, xStrides, yStrides,
             [&](int64_t xi, int64_t yi, int64_t length, int64_t xStep,
                 int64_t yStep) {
               for (int64_t i = 0; i < length; ++i)
                 sums[yi + i * yStep] += x[xi + i * xStep];
             });
    llvm::transform(sums, out.data<float>().begin(),
                    [&](double sum) { return stage(float(sum), mul); });
  });
}

FailureOr<Kernel> makeQFloatResize(const QFloatOp &op) {
  auto resize = cast<nn::ResizeOp>(op.op);
  const SizesRef shape = shapeOf(resize.getInput());
  const q::ResizeTables tables = q::resizeTables(
      resize.getMode(), resize.getCoordinates(), resize.getRounding(),
      resize.getScales(), shape, shapeOf(resize.getOutput()));
  const OutputStage stage(op.result);
  const float ratio = q::scaleOf(op.operands[0], 0) / stage.scale;
  const float mul = ratio * 0x1p-22f;
  const Sizes strides = denseStrides(shape);
  return Kernel([=](Inputs inputs, Tensor &out) {
    const float *image = inputs[0]->data<float>().data();
    float *y = out.data<float>().data();
    for (int64_t n = 0; n < shape[0]; ++n, image += strides[0])
      for (auto [row, low] : llvm::zip_equal(tables.row, tables.rowWeight))
        for (auto [col, right] :
             llvm::zip_equal(tables.col, tables.colWeight)) {
          const int64_t rows[] = {row,
                                  std::min<int64_t>(row + 1, shape[1] - 1)};
          const int64_t cols[] = {col,
                                  std::min<int64_t>(col + 1, shape[2] - 1)};
          const double rowShare[] = {2048.0 - low, double(low)};
          const double colShare[] = {2048.0 - right, double(right)};
          for (int64_t c = 0; c < shape[3]; ++c) {
            double sum = 0;
            for (int i : {0, 1})
              for (int j : {0, 1})
                sum += image[rows[i] * strides[1] + cols[j] * strides[2] + c] *
                       (rowShare[i] * colShare[j]);
            *y++ = stage(float(sum), mul);
          }
        }
  });
}

} // namespace quench::interpret
