// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From `q` ops to kernel parameters.

#include "dialects/q/Params.h"

#include "dialects/nn/Elements.h"
#include "dialects/q/ParamParts.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace quench;
using q::broadcastStrides;
using q::countOf;
using q::shapeOf;
using q::spaceOf;
using q::windowParams;

namespace {

qrt_output output(const q::ActParams &y, ArrayRef<int64_t> clamp) {
  return {y.zero, int32_t(clamp[0]), int32_t(clamp[1])};
}

/// Output stage of an op without a clamp attribute: the whole storage range.
qrt_output output(Value y) {
  const q::ActParams p = q::actParams(y.getType());
  return {p.zero, p.min, p.max};
}

/// conv2d and conv_transpose2d.
template <typename Op>
qrt_conv2d convParams(Op op) {
  auto p = windowParams<qrt_conv2d>(op, shapeOf(op.getFilter()).slice(1, 2));
  p.in_c = int32_t(shapeOf(op.getInput())[3]);
  p.out_c = int32_t(shapeOf(op.getOutput())[3]);
  p.groups = int32_t(op.getGroups());
  p.in_zero = q::zeroOf(op.getInput().getType());
  p.filter_zero = q::zeroOf(op.getFilter().getType());
  return p;
}

template <typename Op>
qrt_pool2d poolParams(Op op) {
  auto p = windowParams<qrt_pool2d>(op, op.getKernel());
  p.channels = int32_t(shapeOf(op.getInput())[3]);
  return p;
}

template <typename Op>
qrt_add_nd addNdParams(Op op, bool subtract) {
  ArrayRef<int64_t> y = shapeOf(op.getOutput());
  qrt_add_nd p = {};
  p.space = spaceOf(y);
  broadcastStrides(shapeOf(op.getLhs()), y.size(), 1, p.a_stride);
  broadcastStrides(shapeOf(op.getRhs()), y.size(), 1, p.b_stride);
  p.add = q::addParams(q::actParams(op.getLhs().getType()),
                       q::actParams(op.getRhs().getType()),
                       q::actParams(op.getType()), op.getClamp(), subtract);
  return p;
}

qrt_reduce reducedAxes(Value input, ArrayRef<int64_t> axes) {
  ArrayRef<int64_t> x = shapeOf(input);
  SmallVector<int64_t> strides = q::stridesOf(x);
  qrt_reduce p = {};
  for (size_t axis = 0; axis < x.size(); ++axis) {
    const bool reduced = llvm::is_contained(axes, int64_t(axis));
    qrt_space &part = reduced ? p.inner : p.outer;
    int32_t *stride = reduced ? p.inner_stride : p.outer_stride;
    stride[part.rank] = int32_t(strides[axis]);
    part.size[part.rank++] = int32_t(x[axis]);
  }
  p.in_zero = q::zeroOf(input.getType());
  return p;
}

/// A reduction with an output stage; `divisor` is the count for a mean.
template <typename Op>
qrt_reduce reduceParams(Op op, bool mean) {
  qrt_reduce p = reducedAxes(op.getInput(), op.getAxes());
  const q::ActParams x = q::actParams(op.getInput().getType());
  const q::ActParams y = q::actParams(op.getType());
  int32_t count = 1;
  for (int32_t i = 0; mean && i < p.inner.rank; ++i)
    count *= p.inner.size[i];
  const float divisor = y.scale * float(count);
  p.mul = x.scale / divisor;
  p.out = output(op.getOutput());
  return p;
}

/// A copy of the codes of `value` over `sizes`.
qrt_copy copyOf(ArrayRef<int64_t> sizes, Value value) {
  qrt_copy p = {};
  p.space = spaceOf(sizes);
  p.element_bytes = q::isWide(value.getType()) ? 2 : 1;
  return p;
}

} // namespace

SmallVector<int64_t> q::stridesOf(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (size_t axis = shape.size(); axis-- > 1;)
    strides[axis - 1] = strides[axis] * shape[axis];
  return strides;
}

std::vector<float> q::multipliers(ElementsAttr multiplier, int64_t channels) {
  std::vector<float> values = nn::elementValues<float>(multiplier);
  if (values.size() == 1)
    values.resize(channels, values.front());
  return values;
}

template <typename Code>
std::vector<Code> q::requantizeTable(const ActParams &x, const ActParams &y) {
  const float mul = x.scale / y.scale;
  std::vector<Code> table;
  for (int32_t code = -128; code < 128; ++code)
    table.push_back(
        Code(qrt_requantize(code - x.zero, mul, y.zero, y.min, y.max)));
  return table;
}
template std::vector<int8_t> q::requantizeTable(const ActParams &,
                                                const ActParams &);
template std::vector<int16_t> q::requantizeTable(const ActParams &,
                                                 const ActParams &);

int32_t q::interpolationShift(const ActParams &x) {
  int32_t shift = 0;
  while (x.max >= 256 << shift || -x.min > 256 << shift)
    ++shift;
  return shift;
}

qrt_add q::addParams(const ActParams &a, const ActParams &b, const ActParams &y,
                     ArrayRef<int64_t> clamp, bool subtract) {
  const double ra = double(a.scale) / double(y.scale);
  const double rb = double(b.scale) / double(y.scale);
  const bool wide = reachOf(a) > 255 || reachOf(b) > 255;
  const int bits = wide ? 15 : 22;
  // max(ra, rb) = m * 2^e with m in (0.5, 1], so m * 2^bits is the larger
  // factor.
  int e = 0;
  if (std::frexp(std::max(ra, rb), &e) == 0.5)
    --e;
  // Keeps 2^-t a normal float. The verifier refuses ratios above 2^100; far
  // below 1 both factors just get smaller than they might.
  int t = std::clamp(bits - e, -100, 100);
  // 2^15 itself is one too many.
  if (wide && std::nearbyint(std::ldexp(std::max(ra, rb), t)) > 32767)
    --t;
  qrt_add p = {};
  p.a_zero = a.zero;
  p.b_zero = b.zero;
  p.a_mul = int32_t(std::nearbyint(std::ldexp(ra, t)));
  p.b_mul = int32_t(std::nearbyint(std::ldexp(rb, t)));
  if (subtract)
    p.b_mul = -p.b_mul;
  p.scale = std::ldexp(1.0f, -t);
  p.out = output(y, clamp);
  return p;
}

qrt_conv2d q::params(Conv2DOp op) {
  qrt_conv2d p = convParams(op);
  const ActParams y = actParams(op.getType());
  if (!op.getResidual()) {
    p.out = output(y, op.getClamp());
    return p;
  }
  const ActParams fused = actParams(*op.getFusedType());
  p.out = output(fused, op.getClamp());
  p.add = addParams(fused, actParams(op.getResidual().getType()), y,
                    *op.getAddClamp(), /*subtract=*/false);
  return p;
}

qrt_conv2d q::params(ConvTranspose2DOp op) {
  qrt_conv2d p = convParams(op);
  p.out = output(actParams(op.getType()), op.getClamp());
  return p;
}

qrt_conv2d q::params(LinearOp op) {
  qrt_conv2d p = {};
  p.batch = 1;
  p.in_h = p.out_h = 1;
  p.in_c = int32_t(shapeOf(op.getFilter())[1]);
  p.out_c = int32_t(shapeOf(op.getFilter())[0]);
  p.in_w = p.out_w = countOf(op.getInput()) / p.in_c;
  p.kernel_h = p.kernel_w = 1;
  p.stride_h = p.stride_w = p.dilation_h = p.dilation_w = 1;
  p.groups = 1;
  p.in_zero = zeroOf(op.getInput().getType());
  p.filter_zero = zeroOf(op.getFilter().getType());
  p.out = output(actParams(op.getType()), op.getClamp());
  return p;
}

qrt_matmul q::params(MatMulOp op) {
  ArrayRef<int64_t> a = shapeOf(op.getLhs());
  ArrayRef<int64_t> b = shapeOf(op.getRhs());
  qrt_matmul p = {};
  p.m = int32_t(a[a.size() - 2]);
  p.k = int32_t(a.back());
  p.n = int32_t(b.back());
  p.batch = countOf(op.getOutput()) / (p.m * p.n);
  // The verifier allows whole broadcasts only: 1 matrix or one per batch.
  const bool manyA = countOf(op.getLhs()) > p.m * p.k;
  const bool manyB = countOf(op.getRhs()) > p.k * p.n;
  p.a_batch_stride = manyA ? p.m * p.k : 0;
  p.b_batch_stride = manyB ? p.k * p.n : 0;
  p.a_zero = zeroOf(op.getLhs().getType());
  p.b_zero = zeroOf(op.getRhs().getType());
  p.mul = op.getMultiplier().convertToFloat();
  p.out = output(actParams(op.getType()), op.getClamp());
  return p;
}

qrt_add_nd q::params(AddOp op) { return addNdParams(op, false); }
qrt_add_nd q::params(SubOp op) { return addNdParams(op, true); }

qrt_mul_nd q::params(MulOp op) {
  ArrayRef<int64_t> y = shapeOf(op.getOutput());
  const ActParams a = actParams(op.getLhs().getType());
  const ActParams b = actParams(op.getRhs().getType());
  const ActParams out = actParams(op.getType());
  qrt_mul_nd p = {};
  p.space = spaceOf(y);
  broadcastStrides(shapeOf(op.getLhs()), y.size(), 1, p.a_stride);
  broadcastStrides(shapeOf(op.getRhs()), y.size(), 1, p.b_stride);
  p.a_zero = a.zero;
  p.b_zero = b.zero;
  p.mul = qrt_multiplier(a.scale, b.scale, out.scale);
  p.out = output(out, op.getClamp());
  return p;
}

qrt_lut q::params(LutOp op) {
  const int64_t tables = op.getTable().getNumElements() / 256;
  return {countOf(op.getInput()), int32_t(tables)};
}

qrt_lut q::params(RequantizeOp op) { return {countOf(op.getInput()), 1}; }

qrt_interpolate q::interpolateParams(LutOp op) {
  const int64_t tables = op.getTable().getNumElements() / interpolationEntries;
  return {countOf(op.getInput()), int32_t(tables),
          interpolationShift(actParams(op.getInput().getType())),
          output(op.getOutput())};
}

qrt_rescale q::rescaleParams(RequantizeOp op) {
  const ActParams x = actParams(op.getInput().getType());
  const ActParams y = actParams(op.getType());
  return {countOf(op.getInput()), x.scale / y.scale, output(op.getOutput())};
}

qrt_pool2d q::params(MaxPool2DOp op) {
  qrt_pool2d p = poolParams(op);
  if (isWide(op.getType()))
    p.out = output(op.getOutput());
  return p;
}

qrt_pool2d q::params(AvgPool2DOp op) {
  qrt_pool2d p = poolParams(op);
  const ActParams x = actParams(op.getInput().getType());
  const ActParams y = actParams(op.getType());
  p.in_zero = x.zero;
  p.in_scale = x.scale;
  p.out_scale = y.scale;
  p.count_include_pad = op.getCountIncludePad();
  p.padded_h = int32_t(p.in_h + op.getPads()[0] + op.getPads()[2]);
  p.padded_w = int32_t(p.in_w + op.getPads()[1] + op.getPads()[3]);
  p.out = output(y, op.getClamp());
  return p;
}

qrt_reduce q::params(ReduceMeanOp op) { return reduceParams(op, true); }
qrt_reduce q::params(ReduceSumOp op) { return reduceParams(op, false); }
qrt_reduce q::params(ReduceMaxOp op) {
  return reducedAxes(op.getInput(), op.getAxes());
}
qrt_reduce q::params(ArgMaxOp op) {
  return reducedAxes(op.getInput(), {int64_t(op.getAxis())});
}

qrt_copy q::params(SliceOp op) {
  ArrayRef<int64_t> y = shapeOf(op.getOutput());
  SmallVector<int64_t> xs = stridesOf(shapeOf(op.getInput()));
  SmallVector<int64_t> ys = stridesOf(y);
  qrt_copy p = copyOf(y, op.getOutput());
  for (size_t axis = 0; axis < y.size(); ++axis) {
    p.x_stride[axis] = int32_t(xs[axis] * op.getSteps()[axis]);
    p.y_stride[axis] = int32_t(ys[axis]);
    p.x_offset += int32_t(xs[axis] * op.getStarts()[axis]);
  }
  return p;
}

qrt_copy q::params(TransposeOp op) {
  ArrayRef<int64_t> y = shapeOf(op.getOutput());
  SmallVector<int64_t> xs = stridesOf(shapeOf(op.getInput()));
  SmallVector<int64_t> ys = stridesOf(y);
  qrt_copy p = copyOf(y, op.getOutput());
  for (size_t axis = 0; axis < y.size(); ++axis) {
    p.x_stride[axis] = int32_t(xs[op.getPerm()[axis]]);
    p.y_stride[axis] = int32_t(ys[axis]);
  }
  return p;
}

qrt_copy q::concatPart(ConcatOp op, unsigned index) {
  ArrayRef<int64_t> x = shapeOf(op.getInputs()[index]);
  SmallVector<int64_t> xs = stridesOf(x);
  SmallVector<int64_t> ys = stridesOf(shapeOf(op.getOutput()));
  int64_t before = 0;
  for (Value input : op.getInputs().take_front(index))
    before += shapeOf(input)[op.getAxis()];
  qrt_copy p = copyOf(x, op.getOutput());
  for (size_t axis = 0; axis < x.size(); ++axis) {
    p.x_stride[axis] = int32_t(xs[axis]);
    p.y_stride[axis] = int32_t(ys[axis]);
  }
  p.y_offset = int32_t(before * ys[op.getAxis()]);
  return p;
}

q::PadSteps q::padSteps(PadOp op) {
  ArrayRef<int64_t> x = shapeOf(op.getInput());
  ArrayRef<int64_t> y = shapeOf(op.getOutput());
  ArrayRef<int64_t> low = op.getLow(), high = op.getHigh();
  SmallVector<int64_t> xs = stridesOf(x), ys = stridesOf(y);
  const size_t rank = x.size();
  PadSteps steps;
  steps.fill = op.getMode() == "constant";
  steps.code = int32_t(op.getCode());

  // The part of x that is not cropped, where it lands in y.
  SmallVector<int64_t> sizes, first(rank);
  for (size_t axis = 0; axis < rank; ++axis) {
    sizes.push_back(x[axis] + std::min<int64_t>(low[axis], 0) +
                    std::min<int64_t>(high[axis], 0));
    first[axis] = std::max<int64_t>(low[axis], 0);
  }
  qrt_copy body = copyOf(sizes, op.getOutput());
  for (size_t axis = 0; axis < rank; ++axis) {
    body.x_stride[axis] = int32_t(xs[axis]);
    body.y_stride[axis] = int32_t(ys[axis]);
    body.x_offset += int32_t(xs[axis] * std::max<int64_t>(-low[axis], 0));
    body.y_offset += int32_t(ys[axis] * first[axis]);
  }
  steps.copies.push_back(body);
  if (steps.fill)
    return steps;

  // Axis by axis: the strips before and behind what is filled so far, which
  // spans the whole of the axes already done and the body of the others.
  const bool edge = op.getMode() == "edge";
  SmallVector<int64_t> begin(first), extent(sizes);
  for (size_t axis = 0; axis < rank; ++axis) {
    const int64_t inner = first[axis], outer = inner + sizes[axis] - 1;
    struct Strip {
      int64_t count, to, from, step;
    };
    const int64_t before = std::max<int64_t>(low[axis], 0);
    const int64_t behind = std::max<int64_t>(high[axis], 0);
    // Element `to + i` of the strip is element `from + i * step`.
    const Strip strips[] = {
        {before, 0,         edge ? inner : inner + before, edge ? 0 : -1},
        {behind, outer + 1, edge ? outer : outer - 1,      edge ? 0 : -1}
    };
    for (const Strip &strip : strips) {
      if (strip.count == 0)
        continue;
      SmallVector<int64_t> strip_sizes(extent);
      strip_sizes[axis] = strip.count;
      qrt_copy copy = copyOf(strip_sizes, op.getOutput());
      for (size_t i = 0; i < rank; ++i) {
        copy.y_stride[i] = int32_t(ys[i]);
        copy.x_stride[i] = int32_t(i == axis ? ys[i] * strip.step : ys[i]);
        copy.x_offset += int32_t(ys[i] * (i == axis ? strip.from : begin[i]));
        copy.y_offset += int32_t(ys[i] * (i == axis ? strip.to : begin[i]));
      }
      steps.copies.push_back(copy);
    }
    begin[axis] = 0;
    extent[axis] = y[axis];
  }
  return steps;
}

qrt_resize2d q::params(ResizeOp op) {
  ArrayRef<int64_t> x = shapeOf(op.getInput());
  ArrayRef<int64_t> y = shapeOf(op.getOutput());
  const ActParams in = actParams(op.getInput().getType());
  const ActParams out = actParams(op.getType());
  qrt_resize2d p = {};
  p.batch = int32_t(x[0]);
  p.in_h = int32_t(x[1]);
  p.in_w = int32_t(x[2]);
  p.channels = int32_t(x[3]);
  p.out_h = int32_t(y[1]);
  p.out_w = int32_t(y[2]);
  p.in_zero = in.zero;
  const float ratio = in.scale / out.scale;
  p.mul = ratio * 0x1p-22f;
  p.out = output(op.getOutput());
  return p;
}

qrt_border q::params(QuantizeOp op) {
  return {1,
          1,
          countOf(op.getInput()),
          actParams(op.getType()).scale,
          output(op.getOutput()),
          0};
}

qrt_border q::params(DequantizeOp op) {
  return {1,
          1,
          countOf(op.getInput()),
          actParams(op.getInput().getType()).scale,
          output(op.getInput()),
          0};
}
